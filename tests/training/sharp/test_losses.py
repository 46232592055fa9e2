"""Losses against closed forms and slow twins; augmentations."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from training.sharp.augment import Augmentation, augment, draw_augmentation
from training.sharp.discriminator import Discriminator, Judgement
from training.sharp.losses import (
    STRONGEST,
    adaptive_weight,
    feature_matching,
    gradient_penalty,
    pairing_loss,
)

SIZE = 16


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def discriminator() -> Discriminator:
    """One whose every layer does something: blocks start as the identity."""
    torch.manual_seed(0)
    network = Discriminator(SIZE, (8, 16))
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return network


def test_a_discriminator_judges_the_whole_and_patches(discriminator: Discriminator):
    found = discriminator(normal(3, 3, SIZE, SIZE))
    assert found.whole.shape == (3,)
    assert found.patches.shape == (3, 8, 8)
    assert [tuple(m.shape) for m in found.maps] == [(3, 8, 8, 8), (3, 16, 4, 4)]


def test_a_judgement_depends_on_its_own_picture_alone(discriminator: Discriminator):
    x = normal(4, 3, SIZE, SIZE)
    together, alone = discriminator(x), discriminator(x[2:3])
    torch.testing.assert_close(together.whole[2:3], alone.whole)
    torch.testing.assert_close(together.patches[2:3], alone.patches)


def test_the_pairing_loss_in_closed_form():
    def judgement(whole: float, patch: float) -> Judgement:
        return Judgement(torch.full((2,), whole), torch.full((2, 3, 3), patch), [])

    level = judgement(0.3, -0.2)
    assert pairing_loss(level, level).item() == pytest.approx(2 * math.log(2))
    found = pairing_loss(judgement(3.0, 1.0), judgement(1.0, 4.0)).item()
    assert found == pytest.approx(math.log1p(math.exp(-2)) + math.log1p(math.exp(3)))


def slow_penalty(network: Discriminator, x: Tensor) -> Tensor:
    """Picture by picture, with the gradient of every single score."""
    norms = []
    for picture in x:
        picture = picture[None].clone().requires_grad_(True)
        found = network(picture)
        scores = [found.whole[0], *(found.patches[0].flatten() / found.patches[0].numel())]
        gradient = sum(torch.autograd.grad(s, picture, create_graph=True)[0] for s in scores)
        norms.append(sum(value**2 for value in gradient.flatten()))
    return sum(norms) / len(norms)


def test_gradient_penalties_equal_a_loop_over_pictures_and_scores(discriminator: Discriminator):
    x = normal(2, 3, SIZE, SIZE)
    fast, slow = gradient_penalty(discriminator, x), slow_penalty(discriminator, x)
    assert fast.item() == pytest.approx(slow.item(), rel=1e-5)
    assert fast.item() > 0
    weights = [discriminator.levels[0][0].weight, discriminator.whole.weight]
    gradients = (torch.autograd.grad(penalty, weights) for penalty in (fast, slow))
    for a, b in zip(*gradients, strict=True):
        assert a.abs().max() > 0
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_the_penalty_of_a_linear_judge_is_the_squared_norm_of_its_weights():
    weight = normal(3, 4, 4)

    def judge(x: Tensor) -> Judgement:
        return Judgement((x * weight).sum((1, 2, 3)), torch.zeros(len(x), 2, 2) * x.sum(), [])

    found = gradient_penalty(judge, normal(5, 3, 4, 4, seed=1))
    assert found.item() == pytest.approx(weight.square().sum().item(), rel=1e-6)


def test_feature_matching_is_relative_to_the_pictures():
    real = [normal(2, 3, 4, 4), normal(2, 5, 2, 2, seed=1)]
    assert feature_matching(real, real).item() == 0
    assert feature_matching([1.5 * m for m in real], real).item() == pytest.approx(0.5)
    scaled = [100 * m for m in real]
    assert feature_matching([1.5 * m for m in scaled], scaled).item() == pytest.approx(0.5)


def test_the_adaptive_weight_in_closed_form():
    last = torch.ones(3, requires_grad=True)
    a, b = torch.tensor([3.0, 4.0, 0.0]), torch.tensor([0.0, 0.0, 2.5])
    assert adaptive_weight(a @ last, b @ last, last).item() == pytest.approx(2.0, rel=1e-5)
    assert adaptive_weight(a @ last, (0 * b) @ last, last).item() == STRONGEST
    assert adaptive_weight((0 * a) @ last, b @ last, last).item() == 0


def test_both_of_a_pair_are_seen_alike():
    x, generator = normal(6, 3, SIZE, SIZE), torch.Generator().manual_seed(3)
    how = draw_augmentation(6, SIZE, generator)
    assert torch.equal(augment(x, how), augment(x.clone(), how))
    other = draw_augmentation(6, SIZE, generator)
    assert not torch.equal(augment(x, how), augment(x, other))


def still(count: int) -> Augmentation:
    """Changes nothing."""
    one, margin = torch.ones(count, 1, 1, 1), SIZE // 8
    no = torch.zeros(count, 1, 1, 1, dtype=torch.bool)
    where = torch.full((count, 1, 1, 1), SIZE // 2)
    return Augmentation(no, 0 * one, one, one, torch.full((count, 2), margin), where, where, no)


def test_every_augmentation_does_what_its_name_says():
    x = normal(2, 3, SIZE, SIZE)
    plain, yes = still(2), torch.ones(2, 1, 1, 1, dtype=torch.bool)
    torch.testing.assert_close(augment(x, plain), x)
    torch.testing.assert_close(augment(x, plain._replace(mirrored=yes)), x.flip(3))
    brighter = augment(x, plain._replace(brightness=torch.full((2, 1, 1, 1), 0.1)))
    torch.testing.assert_close(brighter, x + 0.1)
    grey = augment(x, plain._replace(saturation=torch.zeros(2, 1, 1, 1)))
    torch.testing.assert_close(grey, x.mean(1, keepdim=True).expand_as(x))
    flat = augment(x, plain._replace(contrast=torch.zeros(2, 1, 1, 1)))
    torch.testing.assert_close(flat, x.mean((1, 2, 3), keepdim=True).expand_as(x))
    moved = augment(x, plain._replace(moved=torch.tensor([[2, 3], [1, 2]])))
    torch.testing.assert_close(moved[0, :, :, :-1], x[0, :, :, 1:])
    torch.testing.assert_close(moved[1, :, 1:], x[1, :, :-1])
    holed = augment(x, plain._replace(holed=yes)) == 0
    assert holed.sum().item() == 2 * 3 * 3 * 3
    assert holed[:, :, SIZE // 2, SIZE // 2].all()


def test_augmentations_have_a_gradient():
    x = normal(3, 3, SIZE, SIZE).requires_grad_(True)
    how = draw_augmentation(3, SIZE, torch.Generator().manual_seed(0))
    (gradient,) = torch.autograd.grad(functional.softplus(augment(x, how)).sum(), x)
    assert (gradient.flatten(1).abs().sum(1) > 0).all()
