"""What decoder and discriminator of a sharp renderer minimise: pure functions.

D is the discriminator; a pair is a drawing and a picture, of the same code where there is one.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from training.optimization.slope import squared_slope
from training.sharp.discriminator import Judgement

LEAST = 1e-3  # mean size of a discriminator's map, below which nothing is divided by it
STRONGEST = 5.0  # weight that balances an adversarial loss, at most
TINY = 1e-9  # norm of a gradient that is as good as none


def pairing_loss(higher: Judgement, lower: Judgement) -> Tensor:
    """() softplus(D(lower) - D(higher)) of pairs, whole and patches: what wants `higher` higher.

    The discriminator minimises it with pictures as `higher`, the decoder with drawings. Each is
    judged beside its partner only, so D cannot reward one drawing for all (Jolicoeur-Martineau
    2019; R3GAN, Huang et al. 2024, eq. 2).
    """
    whole = functional.softplus(lower.whole - higher.whole).mean()
    return whole + functional.softplus(lower.patches - higher.patches).mean()


def gradient_penalty(judge: Callable[[Tensor], Judgement], x: Tensor) -> Tensor:
    """() mean over pictures (B, 3, S, S) of the squared norm of D's gradient in each.

    Of the score of the whole plus the mean score of the patches. On pictures it is R1 (Mescheder
    et al. 2018), on drawings R2; with both the pairing loss converges (Huang et al. 2024). Has a
    gradient in D's weights.
    """
    x = x.detach().requires_grad_(True)
    found = judge(x)
    total = found.whole.sum() + found.patches.mean((1, 2)).sum()
    return squared_slope(total, x)


def feature_matching(drawn: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
    """() mean over maps of mean |drawn - real| / mean |real| (Larsen et al. 2016).

    drawn, real: the discriminator's maps of pairs of the same code; no gradient in `real`.
    """
    apart = []
    for a, b in zip(drawn, real, strict=True):
        b = b.detach().float()
        apart.append((a.float() - b).abs().mean() / b.abs().mean().clamp(min=LEAST))
    return torch.stack(apart).mean()


def adaptive_weight(reconstruction: Tensor, adversarial: Tensor, drawn: Tensor) -> Tensor:
    """() |gradient of reconstruction| / |gradient of adversarial| in the drawings.

    With it either loss pulls the drawings as hard as the other. At most STRONGEST. So Esser et al.
    2021, eq. 7, who measure at the last layer's weights; there an adversarial gradient that points
    the same way in every picture adds up, and the weight came out a hundred times too small.
    """
    norms = [
        torch.autograd.grad(loss, drawn, retain_graph=True)[0].norm()
        for loss in (reconstruction, adversarial)
    ]
    return (norms[0] / (norms[1] + TINY)).clamp(max=STRONGEST)
