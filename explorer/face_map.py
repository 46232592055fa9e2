"""map.npz: a place in the plane for every validation face, by UMAP.

Two lenses on the same codes. "codes" lays out the codes as they are: one cloud, because a VAE makes
its codes nearly Gaussian. "attributes" lays out what linear probes read off the codes, so
that faces with the same attributes come to lie together. Source: McInnes et al. 2018.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from training.files import write_npz
from training.latents import Latents, load_latents
from training.run_folder import MAP, RunError, read_derived, reason

LENSES = ("attributes", "codes")
NEIGHBORS = 15
MIN_DIST = 0.1
SCORED = 5000  # faces that the trustworthiness is computed from


@dataclass(frozen=True, eq=False)
class FaceMap:
    """Places of N faces.

    ids: (N,) str. attributes, codes: (N, 2) float32 positions through either lens.
    neighbors: (N, k) int32 rows of the nearest codes, nearest first, without the face itself.
    n_neighbors, min_dist, seed: () parameters given to UMAP.
    trustworthiness: (2,) float32 in the order of LENSES, each against what that lens lays out
    (Venna & Kaski 2001; 1 is best). weights: key of the weights.
    """

    ids: np.ndarray
    attributes: np.ndarray
    codes: np.ndarray
    neighbors: np.ndarray
    n_neighbors: np.ndarray
    min_dist: np.ndarray
    seed: np.ndarray
    trustworthiness: np.ndarray
    weights: str

    def positions(self, lens: str) -> np.ndarray:
        """(N, 2) float32 through a lens of LENSES."""
        return {"attributes": self.attributes, "codes": self.codes}[lens]


def make_map(run: Path, seed: int = 0) -> FaceMap:
    """Lay out the run's validation faces and write map.npz; the same seed gives the same map.

    Raises RunError when there are too few faces to tell whether neighbours stay together.
    """
    latents = load_latents(run)
    shown = latents.rows("validation")
    if len(shown) <= 2 * NEIGHBORS:
        raise RunError(
            f"more than {2 * NEIGHBORS} validation faces in {run}, twice the neighbours of UMAP",
            f"{len(shown)}",
            f"encode more pictures: python -m training encode {run} --data DIR",
        )
    faces = latents.take(shown)
    features = {"attributes": attribute_scores(latents, faces.mean), "codes": faces.mean}
    positions, trust = {}, []
    for lens in LENSES:
        print(f"umap of {len(faces):,} faces, {features[lens].shape[1]} {lens} ...", flush=True)
        positions[lens] = _umap(features[lens], seed)
        trust.append(_trustworthiness(features[lens], positions[lens], seed))
    near = NearestNeighbors(n_neighbors=NEIGHBORS).fit(faces.mean)
    made = FaceMap(
        ids=faces.ids,
        **positions,
        neighbors=near.kneighbors(return_distance=False).astype(np.int32),
        n_neighbors=np.array(NEIGHBORS),
        min_dist=np.array(MIN_DIST),
        seed=np.array(seed),
        trustworthiness=np.array(trust, np.float32),
        weights=latents.weights,
    )
    write_npz(run / MAP, {k: np.asarray(v) for k, v in vars(made).items()})
    print(", ".join(f"{n}: trustworthiness {t:.3f}" for n, t in zip(LENSES, trust, strict=True)))
    return made


def load_map(run: Path) -> FaceMap:
    """Read map.npz. Raises RunError when it is missing, damaged or of other weights."""
    command = f"python -m explorer map {run}"
    arrays = read_derived(run, MAP, command)
    try:
        return FaceMap(**arrays | {"weights": str(arrays["weights"])})
    except TypeError as error:
        raise RunError(f"a whole map in {run / MAP}", reason(error), command) from error


def attribute_scores(latents: Latents, codes: np.ndarray) -> np.ndarray:
    """What ridge regressions read off the codes, per attribute, scaled to unit variance.

    latents: fitted on their training codes, or on all if there are none. codes: (N, D).
    Returns (N, A') float32, without attributes that all or none of the fitting faces have.
    """
    train = latents.rows("train")
    basis = latents.take(train) if len(train) else latents
    labels = basis.labels[:, basis.labels.any(0) & ~basis.labels.all(0)]
    center, spread = basis.mean.mean(0), basis.mean.std(0) + 1e-8
    ridge = Ridge(alpha=1.0).fit((basis.mean - center) / spread, labels.astype(np.float32))
    scores = ridge.predict((codes - center) / spread)
    return (scores / (scores.std(0) + 1e-8)).astype(np.float32)


def _trustworthiness(features: np.ndarray, positions: np.ndarray, seed: int) -> float:
    """Of at most SCORED faces: its memory grows with the square of their number."""
    rows = np.random.default_rng(seed).permutation(len(features))[:SCORED]
    return trustworthiness(features[rows], positions[rows], n_neighbors=NEIGHBORS)


def _umap(features: np.ndarray, seed: int) -> np.ndarray:
    import umap  # seconds to import

    reducer = umap.UMAP(
        n_neighbors=NEIGHBORS, min_dist=MIN_DIST, random_state=seed, n_jobs=1, metric="euclidean"
    )
    return reducer.fit_transform(features).astype(np.float32)
