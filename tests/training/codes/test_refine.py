"""Refined codes fit their pictures better, never worse, and reach the closed form where there is
one.
"""

from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from training.codes.descent import RATE, curvature, descend
from training.codes.refine import code_loss, refine, refinements
from training.model.config import ModelConfig
from training.model.likelihoods import likelihood
from training.model.networks import Autoencoder, build
from training.model.posterior import Posterior

D, SIZE = 3, 2


class Linear(nn.Module):
    """A decoder whose picture is A z + 1/2, so that best codes have a closed form."""

    def __init__(self, weight: Tensor):
        super().__init__()
        self.weight = weight

    def forward(self, z: Tensor) -> Tensor:
        picture = (z @ self.weight.T + 0.5).view(-1, 3, SIZE, SIZE)
        return picture.clamp(1e-3, 1 - 1e-3).logit()  # which the likelihood undoes


def linear(sigma: float, kind: str = "vae") -> tuple[Autoencoder, Tensor]:
    """A model of 2x2 pictures whose decoder is linear, and its matrix (12, D)."""
    config = ModelConfig(kind, SIZE, latent=D, widths=(8,), likelihood="fixed", sigma=sigma)
    model = build(config).eval().requires_grad_(False)
    weight = 0.1 * torch.randn(12, D, generator=torch.Generator().manual_seed(1))
    model.decoder = Linear(weight)
    return model, weight


def exact(weight: Tensor, x: Tensor, sigma: float, beta: float) -> tuple[Tensor, Tensor]:
    """Mean (B, D) and variance (D,) of the posterior of a linear Gaussian model with that beta."""
    precision = torch.eye(D) + weight.T @ weight / (beta * sigma**2)
    right = (x.flatten(1) - 0.5) @ weight / (beta * sigma**2)
    return torch.linalg.solve(precision, right.T).T, 1 / precision.diag()


@pytest.mark.parametrize("beta", [1.0, 10.0])
def test_steps_lead_to_the_closed_form_of_a_linear_decoder(beta: float):
    model, weight = linear(sigma=0.1)
    noise = torch.rand(5, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(2))
    x = 0.4 + 0.2 * noise  # so that no mean is cut off at black or white
    best, variance = exact(weight, x, 0.1, beta)
    guess = Posterior(best + 0.3, variance.log().expand(5, D))
    far, near = guess.mean, refine(model, x, guess, beta, steps=60)
    assert (near - best).abs().max() < 1e-3
    after = refine(model, x, guess, beta, steps=5)
    assert (after - best).norm() < 0.5 * (far - best).norm()


def test_the_loss_is_the_negative_log_joint_up_to_a_constant():
    model, _ = linear(sigma=0.2)
    x, z = torch.rand(4, 3, SIZE, SIZE), torch.randn(4, D)
    p = likelihood("fixed", model.decoder(z), model.log_sigma)
    normal = torch.distributions.Normal(p.mean, 0.2).log_prob(x).flatten(1).sum(1)
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)
    apart = code_loss(model, x, z, 4.0) - (-normal / 4 - prior)
    torch.testing.assert_close(apart, apart[:1].expand(4))


@pytest.fixture(scope="module")
def vae() -> Autoencoder:
    torch.manual_seed(0)
    model = build(ModelConfig(size=16, latent=6, widths=(8, 16))).eval().requires_grad_(False)
    model.log_sigma.fill_(-2.0)
    return model


def test_no_picture_gets_worse_even_where_steps_run_away(vae: Autoencoder):
    x = torch.rand(8, 3, 16, 16, generator=torch.Generator().manual_seed(3))
    mean, logvar = vae.posterior(x)
    wild = Posterior(mean, logvar + 8)  # steps thousands of times too long
    losses = [code_loss(vae, x, z, 1.0) for z in refinements(vae, x, wild, 1.0, 8)]
    assert len(losses) == 9
    for before, after in pairwise(losses):
        assert (after <= before).all()
    tame = refine(vae, x, Posterior(mean, logvar), 1.0, 8)
    assert (code_loss(vae, x, tame, 1.0) < code_loss(vae, x, mean, 1.0)).all()


def test_each_picture_is_refined_as_if_it_were_alone(vae: Autoencoder):
    x = torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(4))
    posterior = vae.posterior(x)
    together = refine(vae, x, posterior, 2.0, 4)
    alone = refine(vae, x[2:3], Posterior(*(p[2:3] for p in posterior)), 2.0, 4)
    torch.testing.assert_close(together[2:3], alone, atol=1e-5, rtol=1e-4)


def test_no_steps_keep_the_guess(vae: Autoencoder):
    x = torch.rand(2, 3, 16, 16)
    posterior = vae.posterior(x)
    torch.testing.assert_close(refine(vae, x, posterior, 1.0, 0), posterior.mean, rtol=0, atol=0)


def test_an_hourglass_is_led_to_least_squares_by_what_is_measured():
    model, weight = linear(sigma=0.1, kind="ae")
    x = 0.5 + 0.1 * torch.randn(5, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(2))
    best = torch.linalg.lstsq(weight, (x.flatten(1) - 0.5).T).solution.T
    start = Posterior(best + 0.3, torch.full_like(best, -torch.inf))
    for beta in (1.0, 7.0):  # which is nothing to it: there is no prior
        assert (refine(model, x, start, beta, steps=80) - best).abs().max() < 1e-3
        after = refine(model, x, start, beta, steps=5)
        assert (after - best).norm() < 0.5 * (start.mean - best).norm()


def test_curvature_is_the_mean_second_derivative():
    bends = torch.tensor([[1.0, 3.0, 5.0, 7.0], [2.0, 2.0, 2.0, 2.0]])

    def look(z: Tensor, wanted: bool) -> tuple[Tensor, Tensor]:
        return (bends * z.square()).sum(1) / 2, bends * z

    z = torch.randn(2, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(curvature(look, z, bends * z), bends.mean(1)[:, None])
    flat = Posterior(torch.zeros(2, 4), None)
    *_, codes = descend(lambda z, _: (z.sum(1) * 0, torch.ones_like(z)), flat, 3)
    assert not codes.any()  # where nothing bends no step is safe


def test_it_works_where_gradients_are_switched_off(vae: Autoencoder):
    with torch.inference_mode():
        x = torch.rand(2, 3, 16, 16)
        posterior = vae.posterior(x)
        refined = refine(vae, x, posterior, 1.0, 3)
    assert not torch.equal(refined, posterior.mean)


def test_a_step_is_the_gradient_scaled_by_the_variance(vae: Autoencoder):
    """The first step, written out by hand."""
    x = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(5))
    mean, logvar = (p.detach() for p in vae.posterior(x))
    z = mean.clone().requires_grad_()
    code_loss(vae, x, z, 5.0).sum().backward()
    by_hand = mean - RATE * logvar.exp() * z.grad
    better = code_loss(vae, x, by_hand, 5.0) <= code_loss(vae, x, mean, 5.0)
    assert better.all()
    torch.testing.assert_close(refine(vae, x, Posterior(mean, logvar), 5.0, 1), by_hand)
