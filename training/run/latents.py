"""latents.npz: the codes of encoded pictures with their labels."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import T_
from training.run.files import write_npz
from training.run.run_folder import LATENTS, RunError, quoted, read_derived, unreadable

LABEL_SOURCES = ("celeba", "table", "predicted")
PER_PICTURE = ("ids", "partition", "mean", "logvar", "labels", "error", "identity")


@dataclass(frozen=True, eq=False)
class Latents:
    """Codes of N pictures in D dimensions with labels of A attributes.

    ids: (N,) str, CelebA's file names. partition: (N,) str, train, validation or test.
    mean, logvar: (N, D) float32, q(z|x); logvar is -inf for the hourglass.
    attributes: (A,) str names. labels: (N, A) bool.
    label_source: "celeba" (CelebA's annotation), "table" (that of other pictures) or "predicted"
    (by probes on the codes).
    weights: key of the weights that encoded them; data: fingerprint of the pictures.
    error: (N,) float32, mean squared error per value of the reconstruction from the mean, pixel
    range [0, 1]; NaN where it was not measured, which is everywhere when left out.
    identity: (N,) int32, whose face it is by CelebA's annotation; -1 where that is not known, which
    is everywhere when left out.
    refine_steps: by how many steps from the encoder's guess the means were refined, see
    training/codes/refine.py; 0, as in files of before there were any, for the guess itself.
    """

    ids: np.ndarray
    partition: np.ndarray
    mean: np.ndarray
    logvar: np.ndarray
    attributes: np.ndarray
    labels: np.ndarray
    label_source: str
    weights: str
    data: str
    # Filled in below where they are left out.
    error: np.ndarray = None  # type: ignore[assignment]
    identity: np.ndarray = None  # type: ignore[assignment]
    refine_steps: int = 0

    def __post_init__(self) -> None:
        n, d, a = len(self.ids), self.mean.shape[-1], len(self.attributes)
        if self.error is None:
            object.__setattr__(self, "error", np.full(n, np.nan, np.float32))
        if self.identity is None:
            object.__setattr__(self, "identity", np.full(n, -1, np.int32))
        expected = {
            "ids": (n,),
            "partition": (n,),
            "mean": (n, d),
            "logvar": (n, d),
            "attributes": (a,),
            "labels": (n, a),
            "error": (n,),
            "identity": (n,),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(
                    f"expected {name} of shape {shape}; found {getattr(self, name).shape}"
                )
        if self.label_source not in LABEL_SOURCES:
            raise ValueError(
                f"expected labels from {', '.join(LABEL_SOURCES[:-1])} or {LABEL_SOURCES[-1]}; "
                f"found {self.label_source!r}"
            )
        if not np.isfinite(self.mean).all():
            bad = int((~np.isfinite(self.mean)).any(1).sum())
            raise ValueError(f"expected finite codes; found {bad} of {n} with NaN or infinity")

    @property
    def annotated(self) -> bool:
        """Whether people said the labels, and not probes."""
        return self.label_source != "predicted"

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, partition: str) -> np.ndarray:
        """(n,) int64 rows of one partition, possibly none."""
        return np.flatnonzero(self.partition == partition)

    def label(self, attribute: str) -> np.ndarray:
        """(N,) bool labels of one attribute. Raises KeyError for an unknown one."""
        found = np.flatnonzero(self.attributes == attribute)
        if not len(found):
            raise KeyError(f"unknown attribute {attribute!r}; known: {', '.join(self.attributes)}")
        return self.labels[:, found[0]]

    def take(self, rows: np.ndarray) -> "Latents":
        """The given rows only."""
        per_row = {name: getattr(self, name)[rows] for name in PER_PICTURE}
        return Latents(
            **per_row,
            attributes=self.attributes,
            label_source=self.label_source,
            weights=self.weights,
            data=self.data,
            refine_steps=self.refine_steps,
        )


def save_latents(run: Path, latents: Latents) -> None:
    """Write latents.npz."""
    write_npz(run / LATENTS, {k: np.asarray(v) for k, v in vars(latents).items()})


def load_latents(run: Path) -> Latents:
    """Read latents.npz. Raises RunError when it is missing, damaged or of other weights."""
    command = f"python -m training encode {quoted(run)} --data DIR"
    arrays = read_derived(run, LATENTS, command)
    try:
        text = {k: str(arrays.pop(k)) for k in ("label_source", "weights", "data")}
        steps = int(arrays.pop("refine_steps", np.array(0)))
        values: dict[str, Any] = arrays | text | {"refine_steps": steps}
        return Latents(**values)
    except (LookupError, TypeError, ValueError) as error:
        path = run / LATENTS
        raise unreadable(T_("whole latents in {path}", path=path), path, error, command) from error


def load_latents_of(run: Path, pictures: Path, fingerprint: str) -> Latents:
    """The same, if they are of the pictures in a prepared folder, which has this fingerprint.

    Raises RunError where they are of others, too.
    """
    latents = load_latents(run)
    if latents.data != fingerprint:
        raise RunError(
            f"latents of the pictures in {pictures} ({fingerprint})",
            f"latents of others ({latents.data})",
            f"python -m training encode {quoted(run)} --data {quoted(pictures)}",
        )
    return latents
