"""Linear probes: logistic regressions that read attributes off the codes.

They say how much of an attribute the latent space holds linearly, and they give the predicted
labels that may ship where CelebA's own annotation may not. Source: Alain & Bengio 2016.
"""

from dataclasses import dataclass

import numpy as np

from training.codes.roc import roc_areas
from training.run.latents import Latents

C = 0.1  # inverse strength of the L2 penalty, on standardised codes


@dataclass(frozen=True, eq=False)
class Probes:
    """One linear probe per attribute.

    attributes: (A,) str. weight: (D, A) and bias: (A,) float32 give log-odds from codes.
    threshold: (A,) float32; the log-odds above which as many of the fitting codes lie as have the
    label, so that predicted labels are as frequent as true ones.
    """

    attributes: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    threshold: np.ndarray

    def log_odds(self, codes: np.ndarray) -> np.ndarray:
        """(N, D) codes -> (N, A) float32 log-odds of every attribute."""
        return codes @ self.weight + self.bias

    def labels(self, codes: np.ndarray) -> np.ndarray:
        """(N, D) codes -> (N, A) bool predicted labels."""
        return self.log_odds(codes) > self.threshold


def fit_probes(latents: Latents) -> Probes:
    """Fit on all codes given. An attribute that all or none of them have is predicted so."""

    from training.codes.logistic import fit_together, turned  # scipy

    mean, spread = latents.mean.mean(0), latents.mean.std(0) + 1e-8
    codes = (latents.mean - mean) / spread
    shares = latents.labels.mean(0)
    known = (shares > 0) & (shares < 1)
    weight, bias = np.zeros((codes.shape[1], len(shares))), np.zeros(len(shares))
    threshold = np.where(shares > 0, -1.0, 1.0)
    if known.any():
        own, labels = turned(codes), latents.labels[:, known]
        fitted = fit_together(own, labels, np.ones_like(labels), np.full(known.sum(), C))
        weight[:, known] = own.turn @ fitted[:-1] / spread[:, None]
        bias[known] = fitted[-1] - mean @ weight[:, known]
        odds = latents.mean @ weight[:, known] + bias[known]
        each = zip(odds.T, shares[known], strict=True)
        threshold[known] = [np.quantile(own_odds, 1 - share) for own_odds, share in each]
    return Probes(
        latents.attributes,
        weight.astype(np.float32),
        bias.astype(np.float32),
        threshold.astype(np.float32),
    )


def probe_aucs(probes: Probes, latents: Latents) -> dict[str, float | None]:
    """Area under the ROC curve per attribute; None where the labels hold one class only."""
    areas = roc_areas(probes.log_odds(latents.mean), latents.labels)
    return {
        str(name): float(area) if np.isfinite(area) else None
        for name, area in zip(probes.attributes, areas, strict=True)
    }
