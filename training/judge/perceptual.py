"""An objective for sharper faces: how different two pictures look to the attribute classifier.

The squared error forgives blur, because a blurred picture is the mean of many sharp ones. What a
network sees does not: its maps tell hair from a smear. The distance compares the maps of every
level, each position's channels scaled to length one (Zhang et al. 2018, LPIPS, without its learned
weights; perceptual losses: Johnson et al. 2016). The classifier is frozen, and the model still has
one Gaussian latent vector.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.judge.attribute_network import CLASSIFIER, load_classifier

TINY = 1e-8


class PerceptualDistance(nn.Module):
    """Pictures (B, 3, S, S) in [0, 1], twice -> () mean over the batch of the distance.

    The sum over L levels of the mean over positions of a squared distance of unit vectors that are
    at least 0: from 0, for equal pictures, to 2 L. Raises DataError for a missing classifier.
    """

    def __init__(self, classifier: Path = CLASSIFIER, device: torch.device | str = "cpu"):
        super().__init__()
        self.network = load_classifier(classifier, device)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Has a gradient in y; x is the picture to come near to."""
        with torch.no_grad():
            expected = self._maps(x)
        pairs = zip(expected, self._maps(y), strict=True)
        return torch.stack([(a - b).square().sum(1).mean() for a, b in pairs]).sum()

    def _maps(self, x: Tensor) -> list[Tensor]:
        """(B, C, H, W) unit vectors of every level, float32."""
        side = self.network.config.size
        if x.shape[2:] != (side, side):
            x = functional.interpolate(x, (side, side), mode="bilinear", antialias=True)
        return [functional.normalize(m.float(), dim=1, eps=TINY) for m in self.network.maps(x)]
