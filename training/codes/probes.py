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
    from sklearn.linear_model import LogisticRegression

    mean, spread = latents.mean.mean(0), latents.mean.std(0) + 1e-8
    codes = (latents.mean - mean) / spread
    weights, biases, thresholds = [], [], []
    for label in latents.labels.T:
        if label.all() or not label.any():
            weight, bias = np.zeros(codes.shape[1]), 0.0
            threshold = -1.0 if label.all() else 1.0
        else:
            probe = LogisticRegression(C=C, max_iter=300, tol=1e-3).fit(codes, label)
            weight = probe.coef_[0] / spread
            bias = float(probe.intercept_[0] - mean @ weight)
            threshold = np.quantile(latents.mean @ weight + bias, 1 - label.mean())
        weights.append(weight)
        biases.append(bias)
        thresholds.append(threshold)
    return Probes(
        latents.attributes,
        np.stack(weights, 1).astype(np.float32),
        np.array(biases, np.float32),
        np.array(thresholds, np.float32),
    )


def probe_aucs(probes: Probes, latents: Latents) -> dict[str, float | None]:
    """Area under the ROC curve per attribute; None where the labels hold one class only."""
    areas = roc_areas(probes.log_odds(latents.mean), latents.labels)
    return {
        str(name): float(area) if np.isfinite(area) else None
        for name, area in zip(probes.attributes, areas, strict=True)
    }
