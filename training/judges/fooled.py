"""Which attributes the judges take a plain patch for: nothing is to be trained through these."""

from pathlib import Path

from data.shipped import PRETRAINED
from training.judges.files import SETS, judge_figures

FOOLED_FROM = 0.3  # share of the faces without the attribute that get it by a patch


def fooled(folder: Path = PRETRAINED) -> dict[str, float]:
    """Attribute -> share of faces without it to which a patch gives it, by the set that believes it
    more; those of FOOLED_FROM and above.

    What a set does not say is taken to be 0. Raises DataError for missing or damaged figures.
    """
    found: dict[str, float] = {}
    for name in SETS:
        for attribute, by in judge_figures(name, folder).get("patches", {}).items():
            found[attribute] = max(found.get(attribute, 0.0), by["local"]["after"])
    return {attribute: share for attribute, share in found.items() if share >= FOOLED_FROM}
