"""Composites and patches: who looks at the place passes, who looks elsewhere fails."""

import numpy as np
import pytest
import torch
from torch import Tensor

from data import ATTRIBUTES
from training.judges.composites import (
    GIVERS,
    PATCHES,
    composite_figures,
    pasted,
    patch_figures,
    patched,
)
from training.judges.places import LOCAL, PLACE_OF, SIZE

MALE = ATTRIBUTES.index("Male")
ROWS = {place.name: place.rows for place in LOCAL}


@pytest.fixture
def labels() -> np.ndarray:
    """(400, 40) bool, all coins."""
    return np.random.default_rng(0).random((400, 40)) < 0.5


def drawn(labels: np.ndarray, attribute: str) -> Tensor:
    """(N, 3, S, S): 0.8 in the rows of the attribute where a face has it, 0.2 where it has not;
    elsewhere the same for its sex."""
    values = np.where(labels, 0.8, 0.2).astype(np.float32)
    x = torch.from_numpy(values[:, MALE]).view(-1, 1, 1, 1).repeat(1, 3, SIZE, SIZE)
    top, bottom = ROWS[PLACE_OF[attribute]]
    place = torch.from_numpy(values[:, ATTRIBUTES.index(attribute)]).view(-1, 1, 1, 1)
    x[:, :, top:bottom] = place
    return x


def at_place(x: Tensor, attribute: str) -> Tensor:
    """(B, 40) logits: how light the middle of the place is."""
    top, bottom = ROWS[PLACE_OF[attribute]]
    return (x[:, :, top + 6 : bottom - 6, 20:44].mean((1, 2, 3)) - 0.5)[:, None].expand(-1, 40)


def elsewhere(x: Tensor, attribute: str) -> Tensor:
    """(B, 40) logits: how light the rest of the face is, men being light."""
    top, bottom = ROWS[PLACE_OF[attribute]]
    rest = torch.cat([x[:, :, :top], x[:, :, bottom:]], 2)
    sign = 1 if GIVERS[attribute] else -1  # the sex that has it more often
    return (sign * (rest.mean((1, 2, 3)) - 0.5))[:, None].expand(-1, 40)


@pytest.mark.parametrize("attribute", ["Mustache", "Eyeglasses", "Bangs"])
def test_composites_tell_who_looks_at_the_place(labels: np.ndarray, attribute: str):
    x = drawn(labels, attribute)
    judges = {
        "local": lambda y: at_place(y, attribute),
        "elsewhere": lambda y: elsewhere(y, attribute),
    }
    found = composite_figures(judges, lambda rows: x[torch.from_numpy(rows)], labels)[attribute]
    assert found["local"] == {"on": 1, "off": 1, "auc": 1}
    assert found["elsewhere"]["on"] == found["elsewhere"]["off"] == 0
    assert found["elsewhere"]["auc"] == 0.5


def test_a_composite_keeps_the_face_and_takes_the_place():
    face, other = torch.zeros(1, 3, SIZE, SIZE), torch.ones(1, 3, SIZE, SIZE)
    found = pasted(face, other, "Mustache")[0, 0]
    assert found[50, 32] > 0.99
    assert found[-1, 32] > 0.9  # to the edge of the picture
    assert found[30].max() < 0.01
    assert found[50, 0] < 0.01
    assert 0.2 < found[38, 32] < 0.8  # a soft edge


def test_a_rare_attribute_has_no_composites(labels: np.ndarray):
    labels[:, ATTRIBUTES.index("Bald")] = False
    x = torch.rand(400, 3, SIZE, SIZE)
    found = composite_figures(
        {"any": lambda y: torch.zeros(len(y), 40)}, lambda rows: x[torch.from_numpy(rows)], labels
    )
    assert set(found) == set(GIVERS) - {"Bald"}


def test_a_patch_changes_its_boxes_alone():
    for patch in (patch for tried in PATCHES.values() for patch in tried):
        face = torch.full((1, 3, SIZE, SIZE), 0.5)
        found = patched(face, patch)[0]
        top, bottom, left, right = patch.boxes[0]
        middle = found[:, (top + bottom) // 2, (left + right) // 2]
        if patch.colour is None:  # skin, which all of this face is
            assert torch.equal(found, face[0])
            continue
        expected = torch.lerp(torch.tensor(0.5), torch.tensor(patch.colour), patch.strength)
        # A few rows high, it is soft up to its middle.
        torch.testing.assert_close(middle, expected, atol=0.02 if bottom - top > 4 else 0.1, rtol=0)
        assert torch.equal(found[:, 60], face[0, :, 60])


def test_a_patch_without_a_colour_has_that_of_the_skin():
    face = torch.full((1, 3, SIZE, SIZE), 0.1)
    face[:, 0, 20:] = 0.8
    found = patched(face, PATCHES["Bald"][0])[0, :, 10, 32]
    expected = torch.lerp(torch.tensor([0.1] * 3), torch.tensor([0.8, 0.1, 0.1]), 0.9)
    torch.testing.assert_close(found, expected)


def test_patches_tell_who_takes_a_dark_spot_for_an_attribute(labels: np.ndarray):
    x = torch.full((400, 3, SIZE, SIZE), 0.5)
    judges = {
        "fooled": lambda y: (0.4 - y[:, :, 8:25, 14:50].mean((1, 2, 3)))[:, None].expand(-1, 40),
        "careful": lambda y: torch.full((len(y), 40), -1.0),
    }
    found = patch_figures(judges, lambda rows: x[torch.from_numpy(rows)], labels)
    assert found["Bangs"]["fooled"] == {"before": 0, "after": 1}
    assert found["Bangs"]["careful"] == {"before": 0, "after": 0}
    assert found["Wearing_Hat"]["fooled"]["after"] == 0
    assert list(found) == list(PATCHES)
