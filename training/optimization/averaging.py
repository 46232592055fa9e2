"""Running averages of what a training changes: of weights, and of the errors that set a scale."""

import torch
from torch import Tensor, nn

ERROR_DECAY = 0.99  # per step, of a running error


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, decay: float, step: int) -> None:
    """average <- decay * average + (1 - decay) * model, of weights and of floating buffers.

    step: from 0 up; in the first ones the decay is less, so that the average forgets where it
    started.
    """
    decay = min(decay, (step + 1) / (step + 10))
    torch._foreach_lerp_(_floating(average), _floating(model), 1 - decay)


def running_error(before: Tensor, error: Tensor, step: int) -> Tensor:
    """The running mean of an error after step `step`, from 0 up; at first of all so far alike."""
    decay = min(ERROR_DECAY, step / (step + 1))
    return decay * before + (1 - decay) * error


def _floating(model: nn.Module) -> list[Tensor]:
    """Weights and buffers, such as the statistics of a norm; counts are left out."""
    return [*model.parameters(), *(b for b in model.buffers() if b.is_floating_point())]
