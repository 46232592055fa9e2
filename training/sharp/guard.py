"""Keeps an adversarial training from running away: what was calm so far is the measure.

Decoder and discriminator may drive one another up. A step far from what was usual gets its
gradient cut to the usual size and lowers the learning rates for a while; one that is not finite is
left out. Where that does not help, the training is stopped. Clipping by what was seen before:
Seetharaman et al. 2020 (AutoClip).
"""

import math

import torch
from torch import Tensor, nn

from training.optimization.divergence import Diverged

WINDOW, FEWEST = 100, 20  # calm steps remembered, and how many it takes to judge by them
FAR_NORM, FAR_ERROR = 8.0, 2.0  # times the median, from which on a step is far from usual
FAR_LOSS = 6 * math.log(2)  # of the discriminator, three times that of one that knows nothing
SLOWER, FASTER = 0.5, 1.02  # factors of the rates after a far and after a calm step
SLOWEST = 1 / 64
PATIENCE = 30  # far steps in a row, after which it does not recover any more


class Guard(nn.Module):
    """Judges steps one after another; its buffers are kept in checkpoints.

    norms, errors: (WINDOW,) of the last calm steps, NaN where there are none yet. count: of them.
    first: () the error of the first, which no later one should much exceed.
    rate: () factor of the learning rates, in [SLOWEST, 1]. strikes: () far steps in a row.
    """

    norms: Tensor
    errors: Tensor
    first: Tensor
    count: Tensor
    rate: Tensor
    strikes: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("norms", torch.full((WINDOW,), torch.nan))
        self.register_buffer("errors", torch.full((WINDOW,), torch.nan))
        self.register_buffer("first", torch.tensor(torch.inf))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))
        self.register_buffer("rate", torch.ones(()))
        self.register_buffer("strikes", torch.zeros((), dtype=torch.int64))

    def forget(self) -> None:
        """Begin anew with the norms: what follows has other gradients, but no larger errors."""
        self.norms.fill_(torch.nan)

    def judge(self, norm: float, error: float, opponent: tuple[float, float], step: int) -> float:
        """The largest gradient norm that this step may have; 0 means to leave it out.

        norm: of the decoder's gradient. error: of its reconstructions. opponent: the pairing loss
        of the discriminator and its gradient norm. Raises Diverged after PATIENCE far steps in a
        row.
        """
        finite = all(math.isfinite(value) for value in (norm, error, *opponent))
        usual_norm = _usual(self.norms)
        usual_error = min(_usual(self.errors), self.first.item())
        far = norm > FAR_NORM * usual_norm or error > FAR_ERROR * usual_error
        far = far or opponent[0] > FAR_LOSS
        if finite and not far:
            if not self.count:
                self.first.fill_(error)
            place = int(self.count) % WINDOW
            self.norms[place], self.errors[place] = norm, error
            self.count += 1
            self.strikes.zero_()
            self.rate.mul_(FASTER).clamp_(max=1.0)
            return math.inf
        self.strikes += 1
        self.rate.mul_(SLOWER).clamp_(min=SLOWEST)
        if int(self.strikes) >= PATIENCE:
            raise Diverged(
                f"expected a gradient norm near {usual_norm:.3g} and an error near "
                f"{usual_error:.3g}; found {norm:.3g} and {error:.3g}, the discriminator's loss "
                f"{opponent[0]:.3g}, at step {step}, the last of {PATIENCE} steps far from usual; "
                "the last checkpoint is from before: start anew with a smaller --learning-rate and "
                "--discriminator-rate, or a larger --penalty"
            )
        return FAR_NORM * usual_norm if finite else 0.0


def _usual(values: Tensor) -> float:
    """The median of what there is, infinity where that is too little to judge by."""
    there = values[values.isfinite()]
    return float(there.median()) if len(there) >= FEWEST else math.inf
