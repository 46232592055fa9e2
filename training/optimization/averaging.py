"""Running averages of what a training changes: of weights, and of the errors that set a scale."""

import torch
from torch import Tensor, nn

ERROR_DECAY = 0.99  # per step, of a running error


def share_after(step: int, decay: float) -> float:
    """The share of the weights in their average after step `step`, from 0 up.

    1 - decay, but larger in the first steps, so that the average forgets where it started.
    """
    return 1 - min((step + 1) / (step + 10), decay)


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, share: Tensor) -> None:
    """average <- (1 - share) average + share model, of weights and of floating buffers.

    share: () float32 on the device.
    """
    blend(_floating(average), _floating(model), share)


def blend(ours: list[Tensor], theirs: list[Tensor], share: Tensor) -> None:
    """ours <- ours + share (theirs - ours), in place, of tensors of equal shapes.

    share: () float32 on their device, which is not waited for.
    """
    if share.device.type == "cpu":
        torch._foreach_lerp_(ours, theirs, [share] * len(ours))
    else:  # that would be a kernel for each of them
        apart = torch._foreach_sub(theirs, ours)
        torch._foreach_mul_(apart, share)
        torch._foreach_add_(ours, apart)


def error_weights(step: int) -> tuple[float, float]:
    """Of the running error before step `step`, from 0 up, and of the error in it.

    At first all errors so far count alike.
    """
    decay = min(step / (step + 1), ERROR_DECAY)
    return decay, 1 - decay


def running_error(before: Tensor, error: Tensor, weights: Tensor) -> Tensor:
    """The running mean of an error after a step. weights: (2,) of `error_weights`."""
    kept, new = weights.unbind()
    return kept * before + new * error


def _floating(model: nn.Module) -> list[Tensor]:
    """Weights and buffers, such as the statistics of a norm; counts are left out."""
    return [*model.parameters(), *(b for b in model.buffers() if b.is_floating_point())]
