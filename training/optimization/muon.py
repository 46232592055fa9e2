"""Muon: gradient descent whose steps are orthogonal matrices (Jordan et al. 2024).

Adam scales every weight by itself. Muon looks at the weights of a layer as the matrix that they
are and takes the nearest orthogonal one to the averaged gradient, so that rare directions count as
much as frequent ones. The networks here need a fraction of Adam's steps with it.

What is no matrix, biases and the scales of normalisation, takes Adam's steps (Kingma & Ba 2015).
Muon's are given the size that Adam's usually have, so that one learning rate serves both (Liu et
al. 2025, section 2.2). Weight decay is that of matrices alone, and apart from the gradient
(Loshchilov & Hutter 2019).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, cast

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

    A convolution's kernel (O, I, H, W) counts as the matrix (O, I H W). Weights of equal shape take
    their steps together.

    lr: a number or, for a step that is recorded (training/compute/recording.py), () on the device.
    Nothing waits for the device.
    """

    def __init__(
        self, parameters: Iterable[torch.nn.Parameter], lr: float | Tensor, weight_decay: float
    ):
        # capturable: says torch's load_state_dict that the counts of steps are on the device, too.
        defaults = {"lr": lr, "weight_decay": weight_decay, "capturable": True}
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]  # nothing is computed anew between
        """One step along the gradients of all parameters."""
        for group in self.param_groups:
            rate, decay = group["lr"], group["weight_decay"]
            alike: dict[tuple[int, ...], list[Tensor]] = defaultdict(list)
            for weight in group["params"]:
                alike[weight.shape if weight.ndim > 1 else ()].append(weight)
            vectors = alike.pop((), [])
            for weights in alike.values():
                changes = _muon(weights, [self.state[weight] for weight in weights], rate)
                torch._foreach_mul_(weights, 1 - rate * decay)
                torch._foreach_sub_(weights, changes)
            if vectors:
                _adam(vectors, [self.state[vector] for vector in vectors], rate)


def _muon(weights: list[Tensor], states: list[dict[str, Tensor]], rate: float | Tensor) -> Any:
    """The changes of K weights of one shape, (O, I) or (O, I, H, W), at a learning rate."""
    gradients = _gradients(weights)
    momenta = _kept(states, "momentum", gradients)
    torch._foreach_lerp_(momenta, gradients, 1 - MOMENTUM)
    ahead = torch._foreach_lerp(gradients, momenta, MOMENTUM)  # Nesterov's
    matrices = [_as_matrix(each) for each in ahead]
    for matrix, change in zip(matrices, _orthogonals(matrices), strict=True):
        matrix.copy_(change)
    torch._foreach_mul_(ahead, ADAM_SIZE * max(matrices[0].shape) ** 0.5 * rate)
    return ahead


def _orthogonals(matrices: list[Tensor]) -> Sequence[Tensor]:
    """`orthogonal` of matrices of one shape; a CPU multiplies them faster one after the other."""
    if matrices[0].device.type == "cpu":
        return [orthogonal(matrix) for matrix in matrices]
    return orthogonal(torch.stack(matrices)).unbind()


def _as_matrix(weight: Tensor) -> Tensor:
    """A view (O, the rest) of a weight, the rest in the order that memory has it.

    In which order columns are makes no difference to Muon.
    """
    if weight.ndim == 4 and weight.is_contiguous(memory_format=torch.channels_last):
        weight = weight.permute(0, 2, 3, 1)
    return weight.view(len(weight), -1)


def _adam(vectors: list[Tensor], states: list[dict[str, Tensor]], rate: float | Tensor) -> None:
    """One step of parameters of any shape, by torch's kernel, which takes all of them at once."""
    gradients = _gradients(vectors)
    counts = _kept(states, "step", [gradient.new_zeros(()) for gradient in gradients])
    means, squares = (_kept(states, name, gradients) for name in ("mean", "square"))
    torch._foreach_add_(counts, 1)
    first, second = ADAM_DECAYS
    torch._fused_adam_(
        vectors,
        gradients,
        means,
        squares,
        [],
        counts,
        lr=cast(float, rate),  # or a tensor
        beta1=first,
        beta2=second,
        weight_decay=0.0,
        eps=TINY,
        amsgrad=False,
        maximize=False,
    )


def _gradients(weights: list[Tensor]) -> list[Tensor]:
    return [cast(Tensor, weight.grad) for weight in weights]


def _kept(states: list[dict[str, Tensor]], name: str, like: list[Tensor]) -> list[Tensor]:
    """What was kept from the steps before, at first zeros, in the memory order of `like`."""
    for state, one in zip(states, like, strict=True):
        kept = state.get(name)
        if kept is None:
            state[name] = torch.zeros_like(one)
        elif kept.stride() != one.stride():  # as a checkpoint gives it
            state[name] = torch.empty_like(one).copy_(kept)
    return [state[name] for state in states]


def orthogonal(matrices: Tensor) -> Tensor:
    """Near U V^T of a matrix U S V^T, (M, N) float32, or of each of (K, M, N): most singular values
    from 0.7 to 1.2.

    A Newton-Schulz iteration (Jordan et al. 2024): X <- p(A) X, where A = X X^T is the matrix of
    its rows' products and p(A) = a I + b A + c A^2. Since p(A) X has the products p(A)^2 A, several
    rounds need A alone, which is far smaller than X, and the product of their polynomials. Starting
    again from the new X in between keeps rounding from growing.

    Large matrices are multiplied in bfloat16 where the device does that faster: the direction of a
    step matters, not its digits.
    """
    rough = min(matrices.shape[-2:]) >= BFLOAT16_FROM and bfloat16_helps(matrices.device)
    x = matrices.to(torch.bfloat16 if rough else torch.float32)
    x = x.mT if (tall := matrices.shape[-2] > matrices.shape[-1]) else x
    x = x / (torch.linalg.vector_norm(x, dim=(-2, -1), keepdim=True) + TINY)
    for rounds in ROUNDS:
        x = _polynomials(x @ x.mT, rounds) @ x
    return (x.mT if tall else x).float().contiguous()


def _polynomials(products: Tensor, rounds: int) -> Tensor:
    """p(A_n) ... p(A_2) p(A_1) for A_1 = products, (K, M, M), and A_k+1 = p(A_k)^2 A_k.

    Or of one matrix, (M, M).
    """
    a, b, c = COEFFICIENTS
    with_products = torch.addmm if products.ndim == 2 else torch.baddbmm
    every: Tensor | None = None
    for left in reversed(range(rounds)):
        one = with_products(products, products, products, beta=b, alpha=c)
        one.diagonal(dim1=-2, dim2=-1).add_(a)
        every = one if every is None else one @ every
        if left:
            products = one @ (products @ one)
    assert every is not None  # at least one round
    return every
