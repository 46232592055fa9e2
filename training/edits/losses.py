"""What a step has to do, and what it must leave alone.

    judged:     the judges that see the attribute's place are sure of it
    others:     what they, the judges of whole faces and the classifier say of all else stays, the
                less the more an attribute comes along with the one that is edited; of sex more
                than of the rest
    pixels:     few change, most of all away from the attribute's place

Whether the code is one that faces have is asked by critic.py.
After Yao et al. 2021 and Huang et al. 2023, who weigh other attributes by their correlation and
learn through judges; judges of a place (training/judges/) keep a step from changing the face around
it, which a judge of whole faces rewards.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from data import ATTRIBUTES
from training.judges.places import PLACE_OF, PLACES, SIZE

SURE = 0.95  # score that the judges are to give; 1 - SURE where the attribute is taken away
SEX = 8.0  # times as much as another attribute it counts when sex changes
ELSEWHERE = 3.0  # times as much as in the attribute's place a pixel counts
MARGIN = 3  # rows around a place that still belong to it


class Opinions(NamedTuple):
    """What is said of B pictures, logits (B, 40) each: by the judges of places, by those of whole
    faces, and by the classifier, which reads sex off all that comes along with it and so errs less.
    """

    place: Tensor
    whole: Tensor
    known: Tensor


def judged(place: Tensor, column: Tensor, side: Tensor) -> Tensor:
    """Cross-entropy of the edited attributes: logits (B, 40), columns (B,), sides (B,) -> ()."""
    wanted = torch.where(side == 1, SURE, 1 - SURE)
    found = place.gather(1, column[:, None])[:, 0]
    return functional.binary_cross_entropy_with_logits(found, wanted)


def others_changed(after: Opinions, before: Opinions, apart: Tensor, column: Tensor) -> Tensor:
    """Mean change of the other attributes' scores, of all opinions: ().

    apart: (40, 40) how much a change of the second attribute counts when the first is edited.
    """
    change = (torch.stack(after).sigmoid() - torch.stack(before).sigmoid()).abs().mean(0)
    weights = apart[column]
    return ((weights * change).sum(1) / weights.sum(1)).mean()


def how_far_apart(labels: Tensor) -> Tensor:
    """(40, 40) weights of `others_changed` from labels (N, 40) of 0 and 1: 1 - |correlation|, and
    SEX times that for sex. An attribute that all faces have, or none, is correlated with nothing.
    """
    apart = 1 - torch.corrcoef(labels.T.double()).nan_to_num(0.0).abs()
    apart[:, ATTRIBUTES.index("Male")] *= SEX
    return apart.fill_diagonal_(0).float()


def pixels_changed(after: Tensor, before: Tensor, weights: Tensor) -> Tensor:
    """Mean absolute change of pictures (B, 3, S, S), weighted by rows (B, S): ()."""
    change = (after - before).abs().mean((1, 3))
    return (weights * change).sum(1).div(weights.sum(1)).mean()


def row_weights(size: int) -> Tensor:
    """(40, S): how much each row of a picture counts when an attribute is edited."""
    rows = (torch.arange(size) + 0.5) * SIZE / size
    places = {place.name: place.rows for place in PLACES}
    found = torch.full((len(ATTRIBUTES), size), ELSEWHERE)
    for column, name in enumerate(ATTRIBUTES):
        top, bottom = places[PLACE_OF[name]]
        found[column, (rows > top - MARGIN) & (rows < bottom + MARGIN)] = 1.0
    return found
