"""vectors.npz: attribute vectors, principal components and the mixture, all made from the codes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from explorer.latent_algebra import mean_difference, principal_components
from explorer.mixture import Mixture, fit_mixture
from training.files import write_npz
from training.latents import Latents, load_latents
from training.run_folder import VECTORS, RunError, read_derived, reason

FEWEST = 10  # faces with, and faces without, that a vector needs
MIXTURE_COMPONENTS = 20
SEED = 0


@dataclass(frozen=True, eq=False)
class Vectors:
    """A attribute vectors in D dimensions and statistics of the codes they were made from.

    attributes: (A,) str. vectors: (A, D) float32, mean code with minus mean code without.
    positives: (A,) int64, codes with the attribute. auc: (A,) float32, area under the ROC curve of
    the projection on the vector, on validation codes where training ones made the vector; NaN
    where these hold one class only.
    center, spread, kl: (D,) float32, mean, standard deviation and mean KL in nats.
    components: (K, D), component_spread: (K,) float32, principal directions.
    mixture: the codes' density. made_from: one line that says from which codes and labels.
    weights: key of the weights.
    """

    attributes: np.ndarray
    vectors: np.ndarray
    positives: np.ndarray
    auc: np.ndarray
    center: np.ndarray
    spread: np.ndarray
    kl: np.ndarray
    components: np.ndarray
    component_spread: np.ndarray
    mixture: Mixture
    made_from: str
    weights: str


def make_vectors(run: Path) -> Vectors:
    """Make vectors.npz from the run's training codes, or from all its codes if it has no such.

    Attributes with too few faces on one side get no vector; they are named. Raises RunError when
    the run has no codes, or none of its attributes has faces enough.
    """
    latents = load_latents(run)
    train = latents.rows("train")
    basis = latents.take(train) if len(train) else latents
    held_out = latents.take(latents.rows("validation")) if len(train) else latents

    counts = basis.labels.sum(0)
    enough = np.minimum(counts, len(basis) - counts) >= FEWEST
    if not enough.any():
        raise RunError(
            f"an attribute with at least {FEWEST} faces with and without it in {run}",
            f"at most {int(np.minimum(counts, len(basis) - counts).max(initial=0))}",
            f"encode more pictures: python -m training encode {run} --data DIR",
        )
    if not enough.all():
        print(f"fewer than {FEWEST} faces, no vector: {', '.join(basis.attributes[~enough])}")
    vectors = np.stack([mean_difference(basis.mean, has) for has in basis.labels[:, enough].T])
    _, components, component_spread = principal_components(basis.mean)
    made = Vectors(
        attributes=basis.attributes[enough],
        vectors=vectors,
        positives=counts[enough].astype(np.int64),
        auc=_aucs(held_out.mean @ vectors.T, held_out.labels[:, enough]),
        center=basis.mean.mean(0),
        spread=basis.mean.std(0),
        kl=_mean_kl(basis),
        components=components,
        component_spread=component_spread,
        mixture=fit_mixture(basis.mean, MIXTURE_COMPONENTS, SEED),
        made_from=f"{len(basis):,} {'training' if len(train) else 'encoded'} faces, "
        f"{basis.label_source} labels",
        weights=latents.weights,
    )
    _save(run, made)
    print(f"{len(vectors)} attribute vectors from {made.made_from}")
    return made


def load_vectors(run: Path) -> Vectors:
    """Read vectors.npz. Raises RunError when it is missing, damaged or of other weights."""
    command = f"python -m explorer vectors {run}"
    arrays = read_derived(run, VECTORS, command)
    try:
        mixture = Mixture(*(arrays.pop(f"mixture_{k}") for k in ("weights", "means", "factors")))
        text = {k: str(arrays.pop(k)) for k in ("made_from", "weights")}
        return Vectors(**arrays, **text, mixture=mixture)
    except (KeyError, TypeError) as error:
        raise RunError(f"whole vectors in {run / VECTORS}", reason(error), command) from error


def _save(run: Path, vectors: Vectors) -> None:
    arrays = {k: np.asarray(v) for k, v in vars(vectors).items() if k != "mixture"}
    arrays |= {f"mixture_{k}": v for k, v in vars(vectors.mixture).items()}
    write_npz(run / VECTORS, arrays)


def _aucs(projections: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.array(
        [
            roc_auc_score(has, along) if 0 < has.sum() < len(has) else np.nan
            for has, along in zip(labels.T, projections.T, strict=True)
        ],
        np.float32,
    )


def _mean_kl(latents: Latents) -> np.ndarray:
    """(D,) mean KL to N(0, I) per dimension in nats (Kingma & Welling 2013, appendix B)."""
    if not np.isfinite(latents.logvar).all():  # the hourglass has no posterior
        return np.zeros(latents.mean.shape[1], np.float32)
    mean, logvar = latents.mean.astype(np.float64), latents.logvar.astype(np.float64)
    return (0.5 * (mean**2 + np.exp(logvar) - 1 - logvar)).mean(0).astype(np.float32)
