"""How the learning rate rises and falls over a training."""

import warnings

from torch.optim import Optimizer
from torch.optim.lr_scheduler import OneCycleLR


def one_cycle(optimizer: Optimizer, peak: float, steps: int, first: int) -> OneCycleLR:
    """The one-cycle schedule (Smith & Topin 2018) of a run of which `first` steps are done."""
    # OneCycleLR divides by 0 when a tenth of its steps is one; a shorter run ends before it.
    schedule = OneCycleLR(
        optimizer,
        peak,
        total_steps=max(steps, 11),
        pct_start=0.1,
        cycle_momentum="betas" in optimizer.defaults,
    )
    if first:
        schedule.last_epoch = first - 1
        with warnings.catch_warnings():  # torch warns: it did not see the steps that are done
            warnings.simplefilter("ignore")
            schedule.step()
    return schedule
