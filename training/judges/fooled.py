"""Which attributes judges take a plain patch for: steps may end in it, or in its opposite."""

from functools import cache
from pathlib import Path

from data.errors import DataError
from data.shipped import PRETRAINED
from training.judges.files import SCORING, TRAINED_THROUGH, judge_figures

FOOLED_FROM = 0.4  # share of the faces without the attribute that get it by a patch


@cache
def fooled(name: str, folder: Path = PRETRAINED) -> dict[str, float]:
    """Attribute -> share of faces without it to which a patch gives it by the word of a set of
    judges, "a" or "b"; those of FOOLED_FROM and above.

    Empty where the figures of the judges are missing: nothing is known, then.
    """
    try:
        patches = judge_figures(name, folder).get("patches", {})
        shares = {attribute: float(by["local"]["after"]) for attribute, by in patches.items()}
    except (DataError, LookupError, TypeError, ValueError):
        return {}
    return {attribute: share for attribute, share in shares.items() if share >= FOOLED_FROM}


def may_end_in_a_patch(attribute: str, adding: bool) -> bool:
    """Whether a learned step towards an attribute, or else away, is not to be believed in.

    Towards it a step may draw the patch that the judges like which it was learned through; away,
    the opposite of one that the scoring judges believe: spots of light where glasses would be.
    """
    return attribute in fooled(TRAINED_THROUGH if adding else SCORING)
