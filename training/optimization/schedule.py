"""How the learning rate rises and falls over a training."""

import warnings

from torch.optim import Optimizer
from torch.optim.lr_scheduler import OneCycleLR

SHORTEST = 11  # OneCycleLR divides by 0 when a tenth of its steps is one


def one_cycle(
    optimizer: Optimizer,
    peak: float | list[float],
    steps: int,
    first: int = 0,
    rise: float = 0.1,
    momentum: bool = True,
) -> OneCycleLR:
    """The one-cycle schedule (Smith & Topin 2018) of a training, to be stepped after each step.

    peak: the highest rate, or one for each group of parameters. steps: of all the training; one
    shorter than SHORTEST ends before its rate is down. first: how many of them are done. rise:
    share of the steps in which the rate rises. momentum: whether Adam's falls and rises against it;
    it is a number of Python, which a recorded step keeps as it was.
    """
    schedule = OneCycleLR(
        optimizer,
        peak,
        total_steps=max(steps, SHORTEST),
        pct_start=rise,
        cycle_momentum=momentum and "betas" in optimizer.defaults,
    )
    if first:
        schedule.last_epoch = first - 1
        with warnings.catch_warnings():  # torch warns: it did not see the steps that are done
            warnings.simplefilter("ignore")
            schedule.step()
    return schedule
