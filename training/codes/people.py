"""people.npz: where in the codes a person is, so that two faces can be told to be one person's.

    python -m training identity runs/mine

Codes of one person's pictures differ by light, pose and expression; people differ by more. Linear
discriminant analysis (Fisher 1936) finds the directions in which they differ most for how much one
person's pictures do, in closed form. Each is weighed by how far a picture tells where its person is
along it (Ioffe 2006): b / (1 + b) for a variance b of people where one person's pictures have 1.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from training.codes.roc import roc_area
from training.run.files import write_npz
from training.run.latents import Latents, load_latents
from training.run.run_folder import PEOPLE, RunError, quoted, read_derived, reason

AXES = 32  # directions that are kept
RIDGE = 1e-2  # of the mean variance within people, so that dead dimensions do not count


class People(NamedTuple):
    """What makes an embedding of a code. center: (D,), axes: (D, P), float64."""

    center: np.ndarray
    axes: np.ndarray

    def embed(self, codes: np.ndarray) -> np.ndarray:
        """Codes (B, D) -> (B, P) of length one; the inner product of two is their cosine."""
        found = (codes - self.center) @ self.axes
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)


def fit_people(codes: np.ndarray, who: np.ndarray, axes: int = AXES) -> People:
    """Of codes (N, D) and whose they are, (N,). People of one picture count among all alone.

    Raises ValueError where nobody has two.
    """
    codes = codes.astype(np.float64)
    names, person, pictures = np.unique(who, return_inverse=True, return_counts=True)
    free = int((pictures - 1).sum())
    if not free:
        raise ValueError("nobody with two pictures")
    means = np.zeros((len(names), codes.shape[1]))
    np.add.at(means, person, codes)
    apart = codes - (means / pictures[:, None])[person]
    within = apart.T @ apart / free
    between = np.cov(codes.T) - within
    within += RIDGE * np.trace(within) / len(within) * np.eye(len(within))
    variance, directions = np.linalg.eigh(within)
    white = directions / np.sqrt(variance)
    spread, turned = np.linalg.eigh(white.T @ between @ white)
    best = np.argsort(-spread)[:axes]
    told = np.clip(spread[best], 0, None)
    return People(codes.mean(0), white @ turned[:, best] * np.sqrt(told / (1 + told)))


def verification(embeddings: np.ndarray, identity: np.ndarray) -> dict[str, Any]:
    """How well the cosine of two pictures tells whether they are of one person.

    embeddings: (N, E) of length one. identity: (N,), whose each is. All pairs count. `auc`: the
    chance that a pair of one person has the higher cosine than a pair of two. Medians of both.
    """
    one, two = np.triu_indices(len(embeddings), 1)
    cosine, same = (embeddings @ embeddings.T)[one, two], identity[one] == identity[two]
    if not 0 < same.sum() < len(same):
        return {"pictures": len(identity), "auc": None, "one_person": None, "two_people": None}
    return {
        "pictures": len(identity),
        "people": len(np.unique(identity)),
        "pairs_of_one_person": int(same.sum()),
        "auc": round(roc_area(cosine, same), 4),
        "one_person": round(float(np.median(cosine[same])), 4),
        "two_people": round(float(np.median(cosine[~same])), 4),
    }


def make_people(run: Path) -> dict[str, Any]:
    """Fit to the run's training codes and write people.npz: figures on its validation people.

    Raises RunError where the codes do not say who is who.
    """
    latents = load_latents(run)
    train, held_out = (_known(latents, part) for part in ("train", "validation"))
    try:
        people = fit_people(train.mean, train.identity)
    except ValueError as error:
        raise RunError(
            f"training codes of people with two pictures and more in {run}",
            reason(error),
            "put identity_CelebA.txt beside the pictures, prepare again, and "
            f"python -m training encode {quoted(run)} --data DIR",
        ) from error
    figures = verification(people.embed(held_out.mean), held_out.identity)
    medians = {
        name: np.float32(np.nan if (value := figures[name]) is None else value)
        for name in ("auc", "one_person", "two_people")
    }
    arrays = {name: value.astype(np.float32) for name, value in people._asdict().items()}
    write_npz(run / PEOPLE, arrays | medians | {"weights": np.array(latents.weights)})
    return figures


def load_people(run: Path) -> People | None:
    """What tells people apart by the codes of a run; None where nothing does.

    Raises RunError for a file that is damaged or of other weights.
    """
    if not (run / PEOPLE).is_file():
        return None
    command = f"python -m training identity {quoted(run)}"
    arrays = read_derived(run, PEOPLE, command)
    try:
        found = People(*(arrays[name].astype(np.float64) for name in People._fields))
        if found.axes.shape[:1] != found.center.shape:
            raise ValueError("arrays that do not fit together")
    except (KeyError, ValueError) as error:
        raise RunError(f"a whole {run / PEOPLE}", reason(error), command) from error
    return found


def _known(latents: Latents, partition: str) -> Latents:
    """The faces of a partition of whom is known who they are."""
    rows = latents.rows(partition)
    return latents.take(rows[latents.identity[rows] >= 0])
