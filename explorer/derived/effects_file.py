"""effects.npz: what makes an attribute's strength an effect, kept in the run folder."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import T_
from explorer.derived.vectors import Vectors
from explorer.recipe.effects import Effects, Reader
from training.edits.learned_steps import LearnedSteps
from training.run.files import write_npz
from training.run.run_folder import EFFECTS, RunError, read_derived, reason

TEXTS = ("renderer", "judge", "weights")
READER = ("weights_1", "bias_1", "weights_2", "bias_2", "weights_3", "bias_3")


@dataclass(frozen=True, eq=False)
class EffectsFile:
    """V attributes that have a vector and a score. Where two of something are given, the first is
    of removing (strength -1), the second of adding (strength 1).

    attributes: (V,) str. places: (V,) float32, where on the curve of vectors the elected one lies,
    0 the mean difference to 1 the full partial effect. by_face: (V, 2) bool, whether learned
    steps (training/edits/) are elected in its place. sure: (V, 2) float32, the reader's logits at
    full strength; farther: (V, 2) float32, times that it goes as far. reader: of the logits that
    `judge` gives to the faces that `renderer` draws.
    error: (V,) float32, mean absolute error of its logits on codes that it did not learn.
    reached: (V, 2) float32, share of validation faces on the wanted side of score 0.5 at full
    strength, by the judge itself. weights: key of the weights.
    """

    attributes: np.ndarray
    places: np.ndarray
    by_face: np.ndarray
    sure: np.ndarray
    farther: np.ndarray
    reader: Reader
    error: np.ndarray
    reached: np.ndarray
    renderer: str
    judge: str
    weights: str

    def effects(self, vectors: Vectors, steps: LearnedSteps | None) -> Effects:
        """What `compose` needs of it. vectors, steps: of the same run."""
        names = tuple(str(name) for name in self.attributes)
        known = () if steps is None else steps.attributes
        by_face = frozenset(pair for pair in self.followed() if pair[0] in known)
        partial = vectors.partial_effects(names)
        return Effects(
            names, partial, self.places, self.reader, self.sure, self.farther, steps, by_face
        )

    def followed(self) -> frozenset[tuple[str, int]]:
        """Attributes and signs, -1 away and 1 towards, for which learned steps are elected."""
        pairs = zip(*np.nonzero(self.by_face), strict=True)
        return frozenset((str(self.attributes[row]), 2 * int(side) - 1) for row, side in pairs)


def save_effects(run: Path, made: EffectsFile) -> None:
    """Write effects.npz."""
    arrays = {name: np.asarray(value) for name, value in vars(made).items() if name != "reader"}
    arrays |= {f"reader_{name}": getattr(made.reader, name) for name in READER}
    write_npz(run / EFFECTS, arrays)


def load_effects(run: Path, vectors: Vectors) -> EffectsFile | None:
    """Read effects.npz; None when there is none. Raises RunError for one that is damaged, of other
    weights or of attributes without a vector.
    """
    if not (run / EFFECTS).is_file():
        return None
    command = f"python -m explorer effects {run}"
    arrays: dict[str, Any] = read_derived(run, EFFECTS, command)
    try:
        reader = Reader(*(arrays.pop(f"reader_{name}") for name in READER))
        arrays |= {name: str(arrays[name]) for name in TEXTS}
        arrays.setdefault("farther", np.ones_like(arrays["sure"]))  # files from before have none
        found = EffectsFile(**arrays, reader=reader)
        v, d = len(found.attributes), vectors.vectors.shape[2]
        shapes = {
            "places": (v,),
            "by_face": (v, 2),
            "sure": (v, 2),
            "farther": (v, 2),
            "error": (v,),
            "reached": (v, 2),
        }
        wrong = [name for name, shape in shapes.items() if getattr(found, name).shape != shape]
        if wrong or (len(reader.weights_1), reader.weights_3.shape[1]) != (d, v):
            raise ValueError(f"arrays that do not fit together: {', '.join(wrong) or 'the reader'}")
        if unknown := set(map(str, found.attributes)) - vectors.row_of.keys():
            raise ValueError(f"attributes without a vector: {', '.join(sorted(unknown))}")
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            T_("whole effects in {path}", path=run / EFFECTS), reason(error), command
        ) from error
    return found


def set_elected(
    run: Path, vectors: Vectors, places: Mapping[str, float], by_face: Collection[tuple[str, int]]
) -> None:
    """Let the elected vectors of a run lie elsewhere on the curve, and these attributes follow
    learned steps, away (-1) or towards (1). Raises RunError."""
    found = load_effects(run, vectors)
    if found is None:
        raise RunError(f"{EFFECTS} in {run}", "no such file", f"python -m explorer effects {run}")
    chosen = [
        places.get(str(name), float(old))
        for name, old in zip(found.attributes, found.places, strict=True)
    ]
    follow = np.array([[(str(a), sign) in by_face for sign in (-1, 1)] for a in found.attributes])
    save_effects(run, replace(found, places=np.array(chosen, np.float32), by_face=follow))
