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

    def judge(self, norm: Tensor, error: Tensor, opponent: tuple[Tensor, Tensor]) -> Tensor:
        """() the largest gradient norm that this step may have; 0 means to leave it out.

        norm: () of the decoder's gradient. error: () of its reconstructions. opponent: the pairing
        loss of the discriminator and its gradient norm, both (). After PATIENCE far steps in a row
        all are far, until `check` says so. Nothing is waited for.
        """
        finite = torch.stack([norm, error, *opponent]).isfinite().all()
        usual_norm, usual_error = self._usual()
        far = (norm > FAR_NORM * usual_norm) | (error > FAR_ERROR * usual_error)
        far = far | (opponent[0] > FAR_LOSS) | (self.strikes >= PATIENCE)
        calm = finite & ~far
        self.first.copy_(torch.where(calm & (self.count == 0), error, self.first))
        place = (self.count % WINDOW).view(1)
        for kept, value in ((self.norms, norm), (self.errors, error)):
            kept.index_copy_(0, place, torch.where(calm, value, kept.index_select(0, place)))
        self.count += calm
        self.strikes.add_(1).masked_fill_(calm, 0)
        slower = (self.rate * SLOWER).clamp(min=SLOWEST)
        self.rate.copy_(torch.where(calm, (self.rate * FASTER).clamp(max=1.0), slower))
        return (FAR_NORM * usual_norm).masked_fill(calm, math.inf).masked_fill(~finite, 0.0)

    def check(self, norm: float, error: float, loss: float, step: int) -> None:
        """Raises Diverged where PATIENCE steps in a row were far from usual. A GPU is waited for.

        norm, error, loss: those of step number `step`, which was the last.
        """
        if int(self.strikes) < PATIENCE:
            return
        usual_norm, usual_error = (value.item() for value in self._usual())
        raise Diverged(
            f"expected a gradient norm near {usual_norm:.3g} and an error near "
            f"{usual_error:.3g}; found {norm:.3g} and {error:.3g}, the discriminator's loss "
            f"{loss:.3g}, at step {step}, the last of {int(self.strikes)} steps far from usual; "
            "the last checkpoint is from before: start anew with a smaller --learning-rate and "
            "--discriminator-rate, or a larger --penalty"
        )

    def _usual(self) -> tuple[Tensor, Tensor]:
        """Of the gradient norm and of the error, both ()."""
        return _median(self.norms), torch.minimum(_median(self.errors), self.first)


def _median(values: Tensor) -> Tensor:
    """() the median of what there is, infinity where that is too little to judge by."""
    there = values.isfinite().sum()
    middle = ((there - 1) // 2).clamp(min=0).view(1)
    ordered = values.sort().values  # what there is not yet comes last
    return ordered.index_select(0, middle)[0].masked_fill(there < FEWEST, math.inf)
