"""Whether a judge looks at the attribute: what it says of faces that nobody has.

A composite has the place of one person in the face of another, of the other sex: a man's mustache
on a woman, a woman's bare lip on a man. A patch is a spot that is no hair, no hat and no glasses.
Whole faces mislead a judge here; one that sees the place alone should not care.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from data import ATTRIBUTES
from training.codes.roc import roc_areas
from training.judges.augmentation import Strip, box, skin_colour
from training.judges.places import LOCAL, PLACE_OF, SIZE

Judge = Callable[[Tensor], Tensor]  # (B, 3, S, S) in [0, 1] -> (B, 40) logits
MOST = 100  # composites of a kind
INWARDS = 2.0  # pixels from the edges of a place to those of what is pasted
SIDES = (6.0, SIZE - 6.0)  # columns of what is pasted
GIVERS = {  # attribute -> whether a man has it, whose place goes into a woman's face
    "Mustache": True,
    "Goatee": True,
    "Wearing_Lipstick": False,
    "Smiling": False,
    "Eyeglasses": True,
    "Bald": True,
    "Bangs": False,
    "Blond_Hair": False,
    "Gray_Hair": True,
    "Wearing_Hat": True,
}


class Patch(NamedTuple):
    """Boxes (top, bottom, left, right) of one colour (R, G, B) in [0, 1], and how opaque.

    Without a colour it has that of the face's own skin.
    """

    boxes: tuple[tuple[int, int, int, int], ...]
    colour: tuple[float, float, float] | None
    strength: float


OVER_HAIR = Patch(((2, 18, 14, 50),), None, 0.9)
DARK, BROWN = (0.12, 0.08, 0.06), (0.35, 0.22, 0.15)
WHITE, BLACK, RED = (0.95, 0.95, 0.95), (0.05, 0.05, 0.05), (0.8, 0.1, 0.1)
PATCHES = {  # attribute -> what has been taken for it and is none
    "Bald": (OVER_HAIR,),
    "Bangs": (Patch(((8, 25, 14, 50),), DARK, 0.9), Patch(((10, 24, 12, 52),), BROWN, 0.9)),
    "Receding_Hairline": (OVER_HAIR,),
    "Wearing_Hat": (Patch(((6, 18, 8, 56),), WHITE, 0.9), Patch(((10, 18, 4, 60),), RED, 0.9)),
    "Eyeglasses": (
        Patch(((26, 34, 15, 29), (26, 34, 35, 49)), (0.1, 0.06, 0.05), 0.5),
        Patch(((31, 35, 14, 50),), BLACK, 0.9),  # a bar under the eyes
    ),
}


def pasted(face: Tensor, other: Tensor, attribute: str) -> Tensor:
    """(B, 3, S, S): `face` with the place of the attribute from `other`, its edges soft."""
    top, bottom = next(place.rows for place in LOCAL if place.name == PLACE_OF[attribute])
    edges = (
        top + INWARDS if top else -INWARDS,
        bottom - INWARDS if bottom < SIZE else SIZE + INWARDS,
        *SIDES,
    )
    mask = box(Strip(0, SIZE), *(torch.tensor(edge) for edge in edges))
    return torch.lerp(face, other, mask.to(face.device))


def patched(face: Tensor, patch: Patch) -> Tensor:
    """(B, 3, S, S) with the patch, its edges softer than those in training."""
    mask = torch.zeros(1, 1, SIZE, SIZE)
    for top, bottom, left, right in patch.boxes:
        mask[:, :, top:bottom, left:right] = patch.strength
    mask = functional.avg_pool2d(mask, 5, 1, 2).to(face.device)
    colour = (
        skin_colour(face, Strip(0, SIZE))
        if patch.colour is None
        else torch.tensor(patch.colour, device=face.device).view(1, 3, 1, 1)
    )
    return torch.lerp(face, colour, mask)


@torch.inference_mode()
def composite_figures(
    judges: Mapping[str, Judge],
    batch: Callable[[np.ndarray], Tensor],
    labels: np.ndarray,
    seed: int = 0,
) -> dict[str, dict[str, dict[str, float]]]:
    """Attribute -> judge -> what it says of composites: shares of them, and an AUC.

    batch: (B,) rows of the N faces -> (B, 3, S, S). labels: (N, 40) bool. `on`: taken to have the
    attribute, with the place of someone who has it in a face of the other sex without it. `off`:
    taken not to, with the place of someone without it in a face with it. `auc`: how well `on` are
    told from faces that got the place of someone of the same sex without the attribute.
    Attributes that too few faces have are left out.
    """
    male, rng = labels[:, ATTRIBUTES.index("Male")], np.random.default_rng(seed)
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, giver in GIVERS.items():
        k = ATTRIBUTES.index(name)
        has, of_giver = labels[:, k], male == giver
        groups = {
            "with": has & of_giver,
            "same without": ~has & of_giver,
            "other without": ~has & ~of_giver,
        }
        rows = {key: rng.permutation(np.flatnonzero(group))[:MOST] for key, group in groups.items()}
        count = min(map(len, rows.values()))
        if count < 2:
            continue
        giving, same, other = (batch(of[:count]) for of in rows.values())
        on, none, off = (
            pasted(face, place, name)
            for face, place in ((other, giving), (other.flip(0), same), (giving, other))
        )
        found[name] = {}
        for judge, score in judges.items():
            said = [score(x)[:, k].float().cpu().numpy() for x in (on, none, off)]
            both = np.concatenate(said[:2])[:, None]
            truth = (np.arange(2 * count) < count)[:, None]
            found[name][judge] = {
                "on": round(float((said[0] > 0).mean()), 4),
                "off": round(float((said[2] <= 0).mean()), 4),
                "auc": round(float(roc_areas(both, truth)[0]), 4),
            }
    return found


@torch.inference_mode()
def patch_figures(
    judges: Mapping[str, Judge],
    batch: Callable[[np.ndarray], Tensor],
    labels: np.ndarray,
    seed: int = 0,
) -> dict[str, dict[str, dict[str, float]]]:
    """Attribute -> judge -> share of faces without it that are taken to have it: `before`, and
    `after` that patch of PATCHES which is believed most. Of batch, labels see `composite_figures`.
    """
    rng = np.random.default_rng(seed)
    found: dict[str, dict[str, dict[str, float]]] = {}
    neither = ~labels[:, [ATTRIBUTES.index(name) for name in PATCHES]].any(1)
    if not neither.any():
        return {}
    x = batch(rng.permutation(np.flatnonzero(neither))[: 2 * MOST])
    for name, tried in PATCHES.items():
        k, shown = ATTRIBUTES.index(name), [x, *(patched(x, patch) for patch in tried)]
        found[name] = {}
        for judge, score in judges.items():
            before, *after = (round(float((score(y)[:, k] > 0).float().mean()), 4) for y in shown)
            found[name][judge] = {"before": before, "after": max(after)}
    return found
