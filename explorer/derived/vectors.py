"""vectors.npz: attribute vectors, principal components and the mixture, all made from the codes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from data.errors import T_
from data.schema import read_schema
from explorer.derived.attribute_vectors import fit_vectors
from explorer.recipe.latent_algebra import principal_components, strength_along
from explorer.recipe.methods import FITTED, METHODS
from training.codes.mixture import COMPONENTS, Mixture, fit_mixture
from training.codes.partial_effects import PartialEffects
from training.codes.roc import roc_areas
from training.model.figures import rates
from training.run.files import write_npz
from training.run.latents import Latents, load_latents
from training.run.run_folder import VECTORS, RunError, quoted, read_derived, reason

FEWEST = 10  # faces with, and faces without, that a vector needs
SEED = 0
TEXTS = ("made_from", "default_method", "weights")


@dataclass(frozen=True, eq=False)
class Vectors:
    """Vectors of V attributes in D dimensions by M methods, and statistics of the codes they were
    made from. Where two of something are given, the first is of faces without the attribute.

    methods: (M,) str. attributes: (V,) str. vectors: (M, V, D) float32, see
    explorer/derived/attribute_vectors.py. default_method: the one that new recipes take.
    auc: (M, V) float32, area under the ROC curve of the projection on the vector, on validation
    codes where training ones made the vector; NaN where these hold one class only.
    along_mean, along_spread: (M, V, 2) float32, mean and standard deviation of `strength_along`.
    effective: (V, 2) float32, as how many faces of equal weight those of "balanced" count.
    penalty: (V,) float32, the C chosen for "logistic".
    labelled: (A,) str, all attributes. together: (A, A) int64, faces with both; the diagonal
    counts those with one. faces: () int64, of which all this was made.
    center, spread, kl: (D,) float32, mean, standard deviation and mean KL in nats.
    components: (K, D), component_spread: (K,) float32, principal directions.
    mixture: the codes' density. made_from: one line that says from which codes and labels.
    weights: key of the weights.
    """

    methods: np.ndarray
    attributes: np.ndarray
    vectors: np.ndarray
    default_method: str
    auc: np.ndarray
    along_mean: np.ndarray
    along_spread: np.ndarray
    effective: np.ndarray
    penalty: np.ndarray
    labelled: np.ndarray
    together: np.ndarray
    faces: np.ndarray
    center: np.ndarray
    spread: np.ndarray
    kl: np.ndarray
    components: np.ndarray
    component_spread: np.ndarray
    mixture: Mixture
    made_from: str
    weights: str

    def __post_init__(self) -> None:
        if self.methods.tolist() != list(FITTED):
            found = ", ".join(map(str, self.methods))
            raise ValueError(f"expected the methods {', '.join(FITTED)}; found {found}")
        if self.default_method not in METHODS:
            raise ValueError(
                f"expected a default of the methods {', '.join(METHODS)}; "
                f"found {self.default_method!r}"
            )

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Attribute -> its row in arrays of V."""
        return {str(name): row for row, name in enumerate(self.attributes)}

    @cached_property
    def by_name(self) -> dict[str, dict[str, np.ndarray]]:
        """Attribute -> method -> its vector (D,), read-only."""
        self.vectors.setflags(write=False)
        return {
            name: dict(zip(FITTED, self.vectors[:, row], strict=True))
            for name, row in self.row_of.items()
        }

    @cached_property
    def positives(self) -> np.ndarray:
        """(V,) int64, faces with each attribute."""
        return np.diag(self.together)[self._labelled(self.attributes.tolist())]

    def partial_effects(self, attributes: Sequence[str]) -> PartialEffects:
        """The regression of codes on the labels of these attributes, which all have vectors.

        It needs no code: counts of labels and mean differences hold all that it asks of them.
        """
        labelled = self._labelled(attributes)
        differences = self.vectors[FITTED.index("mean_difference")]
        return PartialEffects.of(
            self.together[np.ix_(labelled, labelled)],
            int(self.faces),
            differences[[self.row_of[name] for name in attributes]],
            self.components,
            self.component_spread,
        )

    def _labelled(self, attributes: Sequence[str]) -> list[int]:
        known = self.labelled.tolist()
        return [known.index(name) for name in attributes]


def make_vectors(run: Path, default_method: str = METHODS[0]) -> Vectors:
    """Make vectors.npz from the run's training codes, or from all its codes if it has no such.

    Attributes that all or none of the faces have, or with too few faces on one side, get no
    vector; they are named. Pictures without labels have none. Raises RunError when the run has no
    codes, or none of its attributes has faces enough.
    """
    latents = load_latents(run)
    train = latents.rows("train")
    basis = latents.take(train) if len(train) else latents
    held_out = latents.take(latents.rows("validation")) if len(train) else latents
    enough = _with_faces_enough(run, basis)
    excluded, known = read_schema(run), basis.attributes.tolist()
    beside = [
        [known.index(name) for name in excluded.beside(known[column]) if name in known]
        for column in enough
    ]
    each = fit_vectors(basis.mean, basis.labels, enough.tolist(), beside)
    fitted = list(
        tqdm(each, total=len(enough), unit="attribute", desc="vectors", dynamic_ncols=True)
    )
    shape = len(FITTED), len(enough)
    vectors = np.array(
        [[by[method] for by, _, _ in fitted] for method in FITTED], np.float32
    ).reshape(*shape, basis.mean.shape[1])
    along = np.array(
        [
            [_along(basis, column, v) for column, v in zip(enough, of, strict=True)]
            for of in vectors
        ],
        np.float32,
    ).reshape(*shape, 2, 2)  # statistics, classes
    labels = basis.labels.astype(np.int64)
    _, components, component_spread = principal_components(basis.mean)
    made = Vectors(
        methods=np.array(FITTED),
        attributes=basis.attributes[enough],
        vectors=vectors,
        default_method=default_method,
        auc=np.stack([_areas(held_out, enough, of) for of in vectors]),
        along_mean=along[:, :, 0],
        along_spread=along[:, :, 1],
        effective=np.array([effective for _, effective, _ in fitted], np.float32).reshape(-1, 2),
        penalty=np.array([penalty for _, _, penalty in fitted], np.float32),
        labelled=basis.attributes,
        together=labels.T @ labels,
        faces=np.array(len(basis)),
        center=basis.mean.mean(0),
        spread=basis.mean.std(0),
        kl=rates(basis.mean, basis.logvar).mean(0).astype(np.float32),
        components=components,
        component_spread=component_spread,
        mixture=fit_mixture(basis.mean, COMPONENTS, SEED),
        made_from=f"{len(basis):,} {'training' if len(train) else 'encoded'} faces, "
        f"{basis.label_source} labels",
        weights=latents.weights,
    )
    _save(run, made)
    print(f"{len(enough)} attribute vectors by {len(FITTED)} methods from {made.made_from}")
    for name, effective in zip(made.attributes, made.effective.min(1), strict=True):
        if effective < FEWEST:
            print(f"balanced {name}: rests on only {effective:.1f} faces; expect noise")
    return made


def _with_faces_enough(run: Path, basis: Latents) -> np.ndarray:
    """Columns of the attributes that can have a vector; the others are named."""
    counts = basis.labels.sum(0)
    rarer = np.minimum(counts, len(basis) - counts)
    enough = rarer >= FEWEST
    if len(enough) and not enough.any():
        raise RunError(
            f"an attribute with at least {FEWEST} faces with and without it in {run}",
            f"at most {int(rarer.max(initial=0))}",
            f"encode more pictures: python -m training encode {quoted(run)} --data DIR",
        )
    for why, rows in (
        ("the same for all faces", rarer == 0),
        (f"fewer than {FEWEST} faces", (rarer > 0) & ~enough),
    ):
        if rows.any():
            print(f"{why}, no vector: {', '.join(basis.attributes[rows])}")
    return np.flatnonzero(enough)


def _along(basis: Latents, column: int, vector: np.ndarray) -> np.ndarray:
    """(2, 2) float32: mean and standard deviation along a vector, each without and with."""
    along, has = strength_along(basis.mean, vector), basis.labels[:, column]
    classes = along[~has], along[has]
    return np.array([[c.mean() for c in classes], [c.std() for c in classes]], np.float32)


def set_default_method(run: Path, method: str) -> None:
    """Let new recipes of a run take the vectors of another method. Raises RunError."""
    _save(run, replace(load_vectors(run), default_method=method))


def load_vectors(run: Path) -> Vectors:
    """Read vectors.npz. Raises RunError when it is missing, damaged or of other weights."""
    command = f"python -m explorer vectors {quoted(run)}"
    arrays: dict[str, Any] = read_derived(run, VECTORS, command)
    try:
        mixture = Mixture(*(arrays.pop(f"mixture_{k}") for k in ("weights", "means", "factors")))
        arrays |= {k: str(arrays[k]) for k in TEXTS}
        return Vectors(**arrays, mixture=mixture)
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            T_("whole vectors in {path}", path=run / VECTORS), reason(error), command
        ) from error


def _save(run: Path, vectors: Vectors) -> None:
    arrays = {f.name: np.asarray(getattr(vectors, f.name)) for f in fields(vectors)}
    del arrays["mixture"]
    arrays |= {f"mixture_{k}": v for k, v in vars(vectors.mixture).items()}
    write_npz(run / VECTORS, arrays)


def _areas(faces: Latents, columns: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """(V,) float32 areas under the ROC curve of projections on vectors (V, D)."""
    return roc_areas(faces.mean @ vectors.T, faces.labels[:, columns]).astype(np.float32)
