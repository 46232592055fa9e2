"""Muon: gradient descent whose steps are orthogonal matrices (Jordan et al. 2024).

Adam scales every weight by itself. Muon looks at the weights of a layer as the matrix that they
are and takes the nearest orthogonal one to the averaged gradient, so that rare directions count as
much as frequent ones. The networks here need a fraction of Adam's steps with it.

What is no matrix, biases and the scales of normalisation, takes Adam's steps (Kingma & Ba 2015).
Muon's are given the size that Adam's usually have, so that one learning rate serves both (Liu et
al. 2025, section 2.2). Weight decay is that of matrices alone, and apart from the gradient
(Loshchilov & Hutter 2019).
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from training.compute.device import bfloat16_helps

MOMENTUM = 0.95
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # Jordan et al. 2024: steep at 0, so five rounds suffice
ROUNDS = (2, 3)  # between two products of the whole matrix
BFLOAT16_FROM = 128  # rows and columns from which bfloat16 pays
ADAM_SIZE = 0.2  # root mean square of a step of Adam, in learning rates
ADAM_DECAYS = (0.9, 0.999)  # per step, of the running mean and mean square of the gradient
TINY = 1e-8


class Muon(torch.optim.Optimizer):
    """Muon for weights with two dimensions and more, Adam for the others.

    A convolution's kernel (O, I, H, W) counts as the matrix (O, I H W).
    """

    def __init__(self, parameters: Iterable[torch.nn.Parameter], lr: float, weight_decay: float):
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]  # nothing is computed anew between
        """One step along the gradients of all parameters."""
        for group in self.param_groups:
            matrices = [weight for weight in group["params"] if weight.ndim > 1]
            for weight in matrices:
                change = _muon(weight.grad, self.state[weight])
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.sub_(change, alpha=group["lr"])
            vectors = [weight for weight in group["params"] if weight.ndim <= 1]
            if vectors:
                changes = _adam([v.grad for v in vectors], [self.state[v] for v in vectors])
                torch._foreach_sub_(vectors, changes, alpha=group["lr"])


def _muon(gradient: Tensor, state: dict[str, Tensor]) -> Tensor:
    """The change of a weight (O, I) or (O, I, H, W), in learning rates."""
    momentum = _kept(state, "momentum", gradient)
    momentum.lerp_(gradient, 1 - MOMENTUM)
    ahead = gradient.lerp(momentum, MOMENTUM)  # Nesterov's
    change = orthogonal(ahead.flatten(1))
    return change.mul_(ADAM_SIZE * max(change.shape) ** 0.5).view(gradient.shape)


def _adam(gradients: list[Tensor], states: list[dict[str, Tensor]]) -> tuple[Tensor, ...]:
    """The changes of parameters of any shape, in learning rates; all by one call, being small."""
    (first, second), zero = ADAM_DECAYS, torch.zeros(())  # on the CPU: a GPU is not waited for
    each = list(zip(states, gradients, strict=True))
    steps = [_kept(state, "step", zero) for state in states]
    means = [_kept(state, "mean", gradient) for state, gradient in each]
    squares = [_kept(state, "square", gradient) for state, gradient in each]
    torch._foreach_add_(steps, 1)
    torch._foreach_lerp_(means, gradients, 1 - first)
    torch._foreach_mul_(squares, second)
    torch._foreach_addcmul_(squares, gradients, gradients, 1 - second)
    count = steps[0].item()
    sizes = torch._foreach_sqrt(torch._foreach_div(squares, 1 - second**count))
    torch._foreach_add_(sizes, TINY)
    return torch._foreach_div(torch._foreach_div(means, 1 - first**count), sizes)


def _kept(state: dict[str, Tensor], name: str, like: Tensor) -> Tensor:
    """What was kept from the steps before, at first zeros."""
    if name not in state:
        state[name] = torch.zeros_like(like)
    return state[name]


def orthogonal(matrix: Tensor) -> Tensor:
    """Near U V^T for matrix = U S V^T: (M, N) float32, most singular values from 0.7 to 1.2.

    A Newton-Schulz iteration (Jordan et al. 2024): X <- p(A) X, where A = X X^T is the matrix of
    its rows' products and p(A) = a I + b A + c A^2. Since p(A) X has the products p(A)^2 A, several
    rounds need A alone, which is far smaller than X, and the product of their polynomials. Starting
    again from the new X in between keeps rounding from growing.

    Large matrices are multiplied in bfloat16 where the device does that faster: the direction of a
    step matters, not its digits.
    """
    rough = min(matrix.shape) >= BFLOAT16_FROM and bfloat16_helps(matrix.device)
    x = matrix.to(torch.bfloat16 if rough else torch.float32)
    x = x.T if (tall := len(matrix) > matrix.shape[1]) else x
    x = x / (x.norm() + TINY)
    for rounds in ROUNDS:
        x = _polynomials(x @ x.T, rounds) @ x
    return (x.T if tall else x).float().contiguous()


def _polynomials(products: Tensor, rounds: int) -> Tensor:
    """p(A_n) ... p(A_2) p(A_1) for A_1 = products, (M, M), and A_k+1 = p(A_k)^2 A_k."""
    a, b, c = COEFFICIENTS
    every: Tensor | None = None
    for left in reversed(range(rounds)):
        one = torch.addmm(products, products, products, beta=b, alpha=c)
        one.diagonal().add_(a)
        every = one if every is None else one @ every
        if left:
            products = one @ (products @ one)
    assert every is not None  # at least one round
    return every
