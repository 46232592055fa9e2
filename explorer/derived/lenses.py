"""Lenses: what of the codes a map lays out.

"codes" takes the codes as they are. "attributes" takes scores: for every attribute a linear probe
(training/codes/probes.py) says how clearly a face has it, so that faces alike in what people name
come to lie together. "mix" takes both, half and half. All are fitted on training codes alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.codes.probes import fit_probes
from training.run.latents import Latents

LENSES = ("attributes", "mix", "codes")


@dataclass(frozen=True, eq=False)
class Lenses:
    """The lenses of one run. D latent dimensions, A attributes that some training faces have and
    others have not.

    attributes: (A,) str. weight: (D, A), bias: (A,) float32 give from codes how far a face lies
    beyond the border of an attribute, in standard deviations of the training faces; as many of
    these lie beyond it as have the attribute. scale: (A,) float32, what a score weighs on the
    map. code_scale: (1,) float32, the same for codes in the mix.
    """

    attributes: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    scale: np.ndarray
    code_scale: np.ndarray

    @property
    def seeing(self) -> tuple[str, ...]:
        """Those of LENSES that show anything: without attributes the codes alone."""
        return LENSES if len(self.attributes) else ("codes",)

    def margins(self, codes: np.ndarray) -> np.ndarray:
        """(N, D) codes -> (N, A) float32 standard deviations beyond the border."""
        return codes @ self.weight + self.bias

    def presence(self, codes: np.ndarray) -> np.ndarray:
        """(N, D) codes -> (N, A) float32 from -1, clearly without, to 1, clearly with."""
        return np.tanh(self.margins(codes))

    def scores(self, codes: np.ndarray) -> np.ndarray:
        """(N, D) codes -> (N, A) float32: presence, weighted as on the map."""
        return self.presence(codes) * self.scale

    def features(self, lens: str, codes: np.ndarray) -> np.ndarray:
        """(N, D) codes -> (N, F) float32: what a lens of LENSES lays out."""
        return {
            "attributes": self.scores,
            "mix": lambda z: np.hstack([self.scores(z), z * self.code_scale]),
            "codes": lambda z: z,
        }[lens](codes)

    def take(self, names: Sequence[str]) -> "Lenses":
        """Those of some attributes. Raises KeyError for an unknown one."""
        k = self.columns(names)
        return replace(
            self,
            attributes=self.attributes[k],
            weight=self.weight[:, k],
            bias=self.bias[k],
            scale=self.scale[k],
        )

    def columns(self, names: Sequence[str]) -> list[int]:
        """Where the attributes of these names are. Raises KeyError for an unknown one."""
        places = {str(name): k for k, name in enumerate(self.attributes)}
        return [places[name] for name in names]


def fit_lenses(latents: Latents) -> Lenses:
    """Fit on the training codes, or on all where there are none.

    A score's variance is its reliability: the squared correlation of presence and label. All
    scores together have a variance of 1, and so have the codes in the mix. Pictures without labels
    have lenses without attributes, of which "codes" alone shows anything. Raises ValueError when
    every attribute is had by all or by none.
    """
    train = latents.rows("train")
    basis = latents.take(train) if len(train) else latents
    usable = basis.labels.any(0) & ~basis.labels.all(0)
    code_scale = np.array([1 / np.sqrt(basis.mean.var(0).sum())], np.float32)
    if not basis.labels.shape[1]:
        none = np.zeros(0, np.float32)
        no_weight = np.zeros((basis.mean.shape[1], 0), np.float32)
        return Lenses(basis.attributes, no_weight, none, none, code_scale)
    if not usable.any():
        raise ValueError("expected an attribute that some faces have and others have not")
    probes = fit_probes(basis)
    labels = basis.labels[:, usable]
    log_odds = probes.log_odds(basis.mean)[:, usable]
    spread = log_odds.std(0)
    weight = probes.weight[:, usable] / spread
    bias = (probes.bias - probes.threshold)[usable] / spread
    presence = np.tanh(basis.mean @ weight + bias)
    deviation = presence - presence.mean(0)
    covariance = (deviation * (labels - labels.mean(0))).mean(0)
    reliability = np.abs(covariance) / (deviation.std(0) * labels.std(0))
    scale = reliability / deviation.std(0) / np.sqrt((reliability**2).sum())
    return Lenses(
        probes.attributes[usable],
        weight.astype(np.float32),
        bias.astype(np.float32),
        scale.astype(np.float32),
        code_scale,
    )
