"""Who tells edited codes from those of faces, and what an edited code costs that is told.

A step is to end where the codes of faces lie that are labelled as the edited one then is: a hat
like those that people wear, not what a judge of hats likes best. A critic that sees codes with
their labels learns to tell the two apart; its gradient, turned round (Ganin et al. 2016), leads the
step where it cannot. Labels enter by projection (Miyato & Koyama 2018), and codes of faces beside
wrong labels, so that labels are looked at (Reed et al. 2016); the slope at faces is held down, R1
(Mescheder et al. 2018).
"""

from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from training.optimization.slope import squared_slope

EDITED, WRONG = 0.7, 0.3  # shares of edited codes and of wrong labels in what is to be told apart
SLOPE = 4.0  # weight of the squared slope at faces, over two
LEAK = 0.2  # of what is below 0, in a layer


class Contest(NamedTuple):
    """C edits and C other faces, which a critic tells apart.

    codes: (C, D) of faces, which, side: (C,) how each is edited, wished: (C, K) its labels then, 0
    and 1. faces: (C, D) other codes, labels: (C, K) theirs, wrong: (C, K) with one turned round.
    """

    codes: Tensor
    which: Tensor
    side: Tensor
    wished: Tensor
    faces: Tensor
    labels: Tensor
    wrong: Tensor


class Critic(nn.Module):
    """Logits that a code is a face's: codes (B, D) and labels (B, K) of 0 and 1 -> (B,)."""

    center: Tensor
    spread: Tensor

    def __init__(self, center: Tensor, spread: Tensor, labels: int, width: int):
        """center, spread: (D,) of the codes. labels: K. width: units of each of three layers."""
        super().__init__()
        sizes = [len(center), width, width, width]
        self.layers = nn.Sequential(
            *(
                layer
                for size, wider in pairwise(sizes)
                for layer in (nn.Linear(size, wider), nn.LeakyReLU(LEAK))
            )
        )
        self.any, self.labelled = nn.Linear(width, 1), nn.Linear(labels, width, bias=False)
        self.register_buffer("center", center.clone())
        self.register_buffer("spread", spread.clone())

    def forward(self, codes: Tensor, labels: Tensor) -> Tensor:
        found = self.layers((codes - self.center) / self.spread)
        with_labels = (self.labelled(2 * labels - 1) * found).sum(1) / labels.shape[1] ** 0.5
        return self.any(found)[:, 0] + with_labels


class _TurnedRound(torch.autograd.Function):
    """What is given, whose gradient goes back times -factor."""

    @staticmethod
    def forward(ctx: Any, given: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return given.view_as(given)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return -ctx.factor * gradient, None


def told_apart(critic: Critic, edited: Tensor, contest: Contest, factor: float) -> Tensor:
    """What the critic still fails to tell, and the slope: (). The critic goes down its gradient,
    and what made `edited` (C, D), the codes after the edits, goes up it, `factor` times as far.
    """
    faces = contest.faces.detach().requires_grad_()
    real = critic(faces, contest.labels)
    drawn = critic(_TurnedRound.apply(edited, factor), contest.wished)
    wrong = critic(contest.faces, contest.wrong)
    return (
        softplus(-real).mean()
        + EDITED * softplus(drawn).mean()
        + WRONG * softplus(wrong).mean()
        + SLOPE / 2 * squared_slope(real.sum(), faces, critic.spread)
    )
