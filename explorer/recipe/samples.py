"""The codes that a flow drew, kept: a recipe is composed for every frame of a drag."""

import threading

import numpy as np

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
        """(D,) float32, read-only. Raises RecipeError where the run cannot draw it."""
        if self._flow is None:
            raise RecipeError(
                "expected a model with a flow, which drew this random face; found none in this run"
            )
        found = self._codes.get(sample)
        if found is None:
            try:
                found = self._flow.sample(
                    sample.seed, sample.temperature, sample.having, sample.lacking
                )
            except ValueError as error:
                raise RecipeError(str(error)) from error
            found.setflags(write=False)
            with self._changing:
                self._codes[sample] = found
                while len(self._codes) > MOST_KEPT:
                    del self._codes[next(iter(self._codes))]
        return found
