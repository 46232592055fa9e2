"""The codes that a flow drew, kept: a recipe is composed for every frame of a drag."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from explorer.language.text import _
from explorer.recipe.errors import RecipeError
from explorer.recipe.sample import Sample
from training.codes.flow_sampler import FlowSampler

MOST_KEPT = 512  # codes; the oldest go first


class Samples:
    """Codes of samples of one flow, each drawn once, in some ten milliseconds.

    flow: None for a run that has none.
    """

    def __init__(self, flow: FlowSampler | None):
        self._flow = flow
        self._codes: dict[Sample, np.ndarray] = {}
        self._changing = threading.Lock()

    def known(self, sample: Sample) -> bool:
        """Whether `code` need not draw it: it did, or it never can."""
        return self._flow is None or sample in self._codes

    def code(self, sample: Sample) -> np.ndarray:
        """(D,) float32. Raises RecipeError where the run cannot draw it."""
        return self.codes([sample])[0]

    def codes(self, samples: Sequence[Sample]) -> np.ndarray:
        """(N, D) float32, those that differ by their seeds drawn together. Errors as in `code`."""
        if self._flow is None:
            raise RecipeError(
                _(
                    "expected a model with a flow, which drew this random face; found none in "
                    "this run"
                )
            )
        codes = {s: code for s in samples if (code := self._codes.get(s)) is not None}
        unknown = [sample for sample in dict.fromkeys(samples) if sample not in codes]
        for asked in {replace(sample, seed=0) for sample in unknown}:
            alike = [sample for sample in unknown if replace(sample, seed=0) == asked]
            try:
                drawn = self._flow.draw(
                    [sample.seed for sample in alike],
                    asked.temperature,
                    asked.having,
                    asked.lacking,
                    labelled=asked.labelled,
                )
            except ValueError as error:
                raise RecipeError(str(error)) from error
            codes |= dict(zip(alike, drawn, strict=True))
        self._keep({sample: codes[sample] for sample in unknown})
        return np.stack([codes[sample] for sample in samples])

    def _keep(self, drawn: dict[Sample, np.ndarray]) -> None:
        with self._changing:
            self._codes |= drawn
            while len(self._codes) > MOST_KEPT:
                del self._codes[next(iter(self._codes))]
