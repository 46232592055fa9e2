"""Which attributes the judges take a plain patch for that steps are learned through."""

from functools import cache
from pathlib import Path

from data.errors import DataError
from data.shipped import PRETRAINED
from training.judges.files import TRAINED_THROUGH, judge_figures

FOOLED_FROM = 0.4  # share of the faces without the attribute that get it by a patch


@cache
def fooled(folder: Path = PRETRAINED) -> dict[str, float]:
    """Attribute -> share of faces without it to which a patch gives it; those of FOOLED_FROM and
    above. Steps towards these may end in a patch, steps away not.

    Empty where the figures of the judges are missing: nothing is known, then.
    """
    try:
        patches = judge_figures(TRAINED_THROUGH, folder).get("patches", {})
        shares = {attribute: float(by["local"]["after"]) for attribute, by in patches.items()}
    except (DataError, LookupError, TypeError, ValueError):
        return {}
    return {attribute: share for attribute, share in shares.items() if share >= FOOLED_FROM}


def may_end_in_a_patch(attribute: str, adding: bool) -> bool:
    """Whether a learned step towards an attribute, or else away, is not to be believed in."""
    return adding and attribute in fooled()
