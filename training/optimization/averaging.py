"""Running averages of what a training changes: of weights, and of the errors that set a scale."""

import torch
from torch import Tensor, nn

ERROR_DECAY = 0.99  # per step, of a running error


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, decay: float, step: int | Tensor) -> None:
    """average <- decay * average + (1 - decay) * model, of weights and of floating buffers.

    step: from 0 up, a number or () on the device; in the first ones the decay is less, so that the
    average forgets where it started.
    """
    ours, theirs = _floating(average), _floating(model)
    share = 1 - _at_most((step + 1) / (step + 10), decay)
    if isinstance(share, float):
        torch._foreach_lerp_(ours, theirs, share)
    else:  # lerp would wait for the device, to look at it
        apart = torch._foreach_sub(theirs, ours)
        torch._foreach_mul_(apart, share)
        torch._foreach_add_(ours, apart)


def running_error(before: Tensor, error: Tensor, step: int | Tensor) -> Tensor:
    """The running mean of an error after step `step`, from 0 up; at first of all so far alike.

    step: a number or () on the device.
    """
    decay = _at_most(step / (step + 1), ERROR_DECAY)
    return decay * before + (1 - decay) * error


def _at_most(value: float | Tensor, most: float) -> float | Tensor:
    return value.clamp(max=most) if isinstance(value, Tensor) else min(value, most)


def _floating(model: nn.Module) -> list[Tensor]:
    """Weights and buffers, such as the statistics of a norm; counts are left out."""
    return [*model.parameters(), *(b for b in model.buffers() if b.is_floating_point())]
