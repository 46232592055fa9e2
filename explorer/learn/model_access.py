"""What the steps ask of a model beyond pictures of codes: means that are not rounded, and sigma."""

import numpy as np
import torch

from explorer.decoder import Decoder

AT_ONCE = 16  # codes decoded together; on a CPU larger batches fall out of its cache


def sigma(decoder: Decoder) -> float:
    """The standard deviation of p(x|z), in units of the [0, 1] pixel range."""
    with decoder.lent() as model:
        return model.log_sigma.exp().item()


def means(decoder: Decoder, codes: np.ndarray) -> np.ndarray:
    """(B, D) float32 codes -> (B, S, S, 3) float32 in [0, 1], the means of p(x|z), not rounded."""
    z = torch.from_numpy(decoder.checked(codes))
    parts = []
    for part in z.split(AT_ONCE):  # other sessions get their turn in between
        with decoder.lent() as model:
            mean = model.decode(part.to(model.log_sigma.device))
            parts.append(mean.permute(0, 2, 3, 1).cpu().numpy())
    return np.concatenate(parts)
