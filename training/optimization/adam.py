"""Adam whose schedule a recorded step follows (training/compute/recording.py).

torch's own takes its decays as numbers of Python, which a record keeps as they were.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from training.optimization.averaging import blend

TINY = 1e-8
OF_OPPONENTS = (0.0, 0.99)  # decays: one that moves makes old gradients worthless (StyleGAN2)


class Adam(torch.optim.Optimizer):
    """Adam (Kingma & Ba 2015); weight decay apart from the gradient (Loshchilov & Hutter 2019).

    On a CPU it does what torch.optim.AdamW does, to the bit, and its state is read as that one's.
    What changes from step to step are a few numbers, which `next` computes on the CPU and `step`
    is handed as a tensor on the device; it waits for nothing.
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        weight_decay: float = 0.0,
        betas: tuple[float, float] = (0.9, 0.999),
    ):
        """parameters: all of them have gradients in every step; or groups of such."""
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay, "betas": betas})

    @torch.no_grad()
    def next(self) -> Tensor:
        """Counts a step: what `step` is to be handed for it, (G, 4) float32 on the CPU.

        For each group of parameters what weights are kept of, how far the mean gradient moves,
        the size of the step, and the root of how much of the mean square there is.
        """
        found = []
        for group in self.param_groups:
            rate, (first, second) = group["lr"], group["betas"]
            for weight in group["params"]:
                if not (state := self.state[weight]):
                    state["step"] = torch.zeros(())
                    state["exp_avg"] = torch.zeros_like(weight)
                    state["exp_avg_sq"] = torch.zeros_like(weight)
                state["step"] += 1
            count = self.state[group["params"][0]]["step"].item()  # on the CPU
            found.append([
                1 - rate * group["weight_decay"],
                1 - first,
                -rate / (1 - first**count),
                (1 - second**count) ** 0.5,
            ])  # fmt: skip
        return torch.tensor(found)

    @torch.no_grad()
    def step(self, numbers: Tensor) -> None:  # type: ignore[override]  # of `next`
        """One step along the gradients. numbers: what `next` told, on the device."""
        for group, of_group in zip(self.param_groups, numbers, strict=True):
            kept, moved, size, there = of_group.unbind()
            second, weights = group["betas"][1], group["params"]
            gradients = [weight.grad for weight in weights]
            means, squares = (
                [self.state[weight][name] for weight in weights]
                for name in ("exp_avg", "exp_avg_sq")
            )
            if group["weight_decay"]:
                torch._foreach_mul_(weights, kept)
            blend(means, gradients, moved)
            torch._foreach_mul_(squares, second)
            torch._foreach_addcmul_(squares, gradients, gradients, 1 - second)
            spread = torch._foreach_sqrt(squares)
            torch._foreach_div_(spread, there)
            torch._foreach_add_(spread, TINY)
            torch._foreach_addcdiv_(weights, torch._foreach_mul(means, size), spread)
