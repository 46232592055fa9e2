"""What judges learn from: composites, patches, and small changes that leave a picture as it is."""

import pytest
import torch

from training.judges.augmentation import (
    COMPOSITES,
    LARGE,
    PATCHES,
    SHAPES,
    Strip,
    blurred,
    box,
    coarse,
    composites,
    contrasted,
    moved,
    oval,
    patches,
    skin_colour,
    tinted,
)
from training.judges.learning import RECIPES
from training.judges.places import SIZE

STRIP = Strip(32, 32)


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def edges(*values: float) -> list[torch.Tensor]:
    return [torch.tensor(float(value)).view(1, 1, 1, 1) for value in values]


def test_shapes_fill_their_box_in_the_rows_of_the_face():
    for shape in (oval, box):
        mask = shape(STRIP, *edges(40, 60, 10, 50))[0, 0]
        assert mask.shape == (32, SIZE)
        assert mask[18, 30] > 0.95  # row 50 of the face
        assert mask[:4].max() < 0.01
        assert mask[18, :4].max() < 0.02
    assert box(STRIP, *edges(40, 60, 10, 50))[0, 0, 10, 12] > 0.9  # a corner
    assert oval(STRIP, *edges(40, 60, 10, 50))[0, 0, 10, 12] < 0.2


@pytest.mark.parametrize("name", SHAPES)
def test_a_composite_has_the_place_of_another_face_whose_labels_it_gets(name: str):
    x = torch.arange(400.0).view(-1, 1, 1, 1).expand(400, 3, 32, SIZE) / 400
    found, donors = composites(x, STRIP, (36, 64), SHAPES[name], chance())
    changed = donors != torch.arange(400)
    assert changed.float().mean() == pytest.approx(COMPOSITES, abs=0.08)
    assert torch.equal(found[~changed], x[~changed])
    middle = found[changed][:, 0, 18, 32]  # row 50 of the face
    torch.testing.assert_close(middle, donors[changed] / 400, atol=0.02, rtol=0)
    above = found[changed][:, 0, 0, 32]  # row 32, outside the place
    torch.testing.assert_close(above, x[changed][:, 0, 0, 32], atol=0.02, rtol=0)
    below = found[changed][:, 0, -1, 32]  # the chin, at the edge of the picture, comes along
    if name == "box":
        torch.testing.assert_close(below, donors[changed] / 400, atol=0.02, rtol=0)


def test_a_patch_is_plain_and_changes_some_of_a_picture():
    x = torch.full((400, 3, 32, SIZE), 0.5)
    found, hidden = patches(x, STRIP, box, chance())
    changed = (found - x).abs().amax((1, 2, 3)) > 1e-4
    assert torch.equal(changed, hidden)
    assert changed.float().mean() == pytest.approx(PATCHES, abs=0.08)
    assert 0 <= found.min() <= found.max() <= 1
    touched = ((found - x).abs().amax(1) > 0.05).float().mean((1, 2))[changed]
    assert 0 < touched.median() < 0.5


def test_large_patches_lie_where_hair_is_in_the_colours_it_is_taken_for():
    strip = Strip(0, 36)
    x = torch.full((2000, 3, 36, SIZE), 0.4)
    x[:, 0] = 0.7  # a skin that is no colour of hair, and neither dark nor light
    found, hidden = patches(x, strip, box, chance(), LARGE)
    assert hidden.float().mean() == pytest.approx(LARGE.share, abs=0.05)
    assert torch.equal(found[~hidden], x[~hidden])
    change = (found - x).abs().amax(1)
    assert (change.amax((0, 2)) > 0.1).all()  # no row is never touched
    most = change[hidden].flatten(1).argmax(1)
    colours = found[hidden].flatten(2).gather(2, most.view(-1, 1, 1).expand(-1, 3, -1))[:, :, 0]
    assert (colours.amax(1) < 0.5).float().mean() > 0.1  # dark
    assert (colours.amin(1) > 0.6).float().mean() > 0.1  # light
    own = skin_colour(x, strip)
    assert torch.allclose(own[:, :, 0, 0], torch.tensor([0.7, 0.4, 0.4]))
    alone = LARGE._replace(tones=("skin",), shade=0.0, blur=0)
    plain, _ = patches(x, strip, box, chance(), alone)
    ratio = plain[hidden].flatten(2).mean(2)
    torch.testing.assert_close(ratio[:, 0] / ratio[:, 1], torch.full((len(ratio),), 1.75))


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_pictures_are_changed_alike_by_the_same_chance_and_stay_like_themselves(recipe):
    low = torch.rand(64, 3, 4, 4, generator=chance(1))
    x = torch.nn.functional.interpolate(low, size=(36, SIZE), mode="bicubic").clamp(0, 1)
    found = recipe.augment(x, chance())
    assert found.shape == x.shape
    assert 0 <= found.min() <= found.max() <= 1
    error = [(found - y).abs().mean((1, 2, 3)) for y in (x, x.flip(3))]
    assert torch.minimum(*error).median() < 0.12
    assert (found.flatten(1) != x.flatten(1)).any(1).all()
    assert torch.equal(found, recipe.augment(x, chance()))


def test_moves_turn_circles_into_circles():
    """The strip is wider than high: a turn must not shear it."""
    y, x = torch.meshgrid(torch.arange(32) - 15.5, torch.arange(64) - 31.5, indexing="ij")
    disc = ((y**2 + x**2).sqrt() < 10).float().expand(50, 3, 32, 64)
    found = moved(disc, chance(), 0, 0, 0.8)
    assert (found - disc).abs().mean() < 0.02
    bar = ((y.abs() < 2) & (x.abs() < 12)).float().expand(50, 3, 32, 64)
    turned = moved(bar, chance(), 0, 0, 0.4)
    torch.testing.assert_close(turned.sum((1, 2, 3)), bar.sum((1, 2, 3)), rtol=0.05, atol=0)
    assert (turned - bar).abs().mean() > 0.01


@pytest.mark.parametrize("soften", [blurred, coarse])
def test_half_of_the_pictures_become_soft(soften):
    x = torch.rand(400, 3, 32, 64, generator=chance())
    found = soften(x, chance())
    same = (found == x).flatten(1).all(1)
    assert same.float().mean() == pytest.approx(0.5, abs=0.08)
    assert found[~same].std() < x.std()
    torch.testing.assert_close(found.mean(), x.mean(), atol=0.01, rtol=0)


@pytest.mark.parametrize("change", [tinted, contrasted])
def test_colours_change_a_little(change):
    x = torch.full((200, 3, 8, 64), 0.5)
    found = change(x, chance())
    apart = (found.mean((2, 3)) - 0.5).abs()
    assert 0.005 < apart.mean() < 0.06
    assert apart.max() < 0.1
