"""Encoder and decoder networks, and the two models made of them: the hourglass and the VAE.

Pictures are float tensors (B, C, S, S) with values in [0, 1], of C channels, 3 or 1 of grey; latent
codes are (B, D).
Residual blocks follow He et al. 2016 (pre-activation) with group normalisation (Wu & He 2018);
resolution changes are space-to-depth rearrangements (Shi et al. 2016) followed by a convolution.
"""

from typing import cast

import torch
from torch import Tensor, nn

from training.model.config import ModelConfig
from training.model.likelihoods import OUTPUTS, Likelihood, likelihood
from training.model.posterior import Posterior


def memory_order(layer: nn.Conv2d) -> torch.memory_format:
    """In which order a convolution larger than 1x1 has its weights, and so wants its input."""
    last = layer.weight.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if last else torch.contiguous_format


class ResidualBlock(nn.Module):
    """(B, C, H, W) -> (B, C, H, W); starts as the identity because its last layer starts at 0."""

    def __init__(self, channels: int):
        super().__init__()
        self.norm1 = nn.GroupNorm(8, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.activation = nn.SiLU()
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(cast(Tensor, self.conv2.bias))

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(self.activation(self.norm1(x)))
        return x + self.conv2(self.activation(self.norm2(h)))


class Encoder(nn.Module):
    """(B, C, S, S) in [0, 1] -> (B, outputs); each level halves the resolution."""

    def __init__(self, config: ModelConfig, outputs: int):
        super().__init__()
        levels: list[nn.Module] = []
        previous = config.channels
        for width, blocks in zip(config.widths, config.blocks_of_encoder, strict=True):
            levels += [nn.PixelUnshuffle(2), nn.Conv2d(4 * previous, width, 3, padding=1)]
            levels += [ResidualBlock(width) for _ in range(blocks)]
            previous = width
        self.levels = nn.Sequential(*levels)
        self.norm = nn.GroupNorm(8, previous)
        self.activation = nn.SiLU()
        self.head = nn.Linear(previous * config.grid**2, outputs)

    def forward(self, x: Tensor) -> Tensor:
        h = self.levels(2 * x - 1)  # (B, C, grid, grid)
        return self.head(self.activation(self.norm(h)).flatten(1))


class Decoder(nn.Module):
    """(B, D) -> (B, C P, S, S): the P numbers per value that p(x|z) needs, any real ones.

    The encoder's mirror image. P: OUTPUTS of the likelihood, 1 for most.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        widths = config.widths[::-1]
        self.grid = config.grid
        self.stem = nn.Linear(config.latent, widths[0] * config.grid**2)
        levels: list[nn.Module] = []
        counts = config.blocks_of_decoder[::-1]
        for width, following, blocks in zip(widths, [*widths[1:], None], counts, strict=True):
            levels += [ResidualBlock(width) for _ in range(blocks)]
            if following is None:
                levels += [nn.GroupNorm(8, width), nn.SiLU()]
            values = config.channels * OUTPUTS[config.likelihood]
            channels = values if following is None else following
            levels += [nn.Conv2d(width, 4 * channels, 3, padding=1), nn.PixelShuffle(2)]
        self.levels = nn.Sequential(*levels)

    def features(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, S / 2, S / 2): what the last layer, a convolution, is given."""
        h = self.stem(z).unflatten(1, (-1, self.grid, self.grid))
        order = memory_order(cast(nn.Conv2d, self.levels[-2]))
        return self.levels[:-2](h.contiguous(memory_format=order))

    def forward(self, z: Tensor) -> Tensor:
        return self.levels[-2:](self.features(z)).float()


class Autoencoder(nn.Module):
    """The hourglass: picture -> code -> picture, with nothing said about how codes are spread.

    `log_sigma`: () natural logarithm of the scale that all values share where the likelihood has
    one (sigma of a Gaussian), in units of the [0, 1] pixel range; a buffer that the training loop
    sets, never the forward pass.
    """

    log_sigma: Tensor

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        self.encoder = Encoder(config, config.latent)
        self.decoder = Decoder(config)
        self.register_buffer("log_sigma", torch.tensor(config.sigma).log())

    def posterior(self, x: Tensor) -> Posterior:
        """(B, C, S, S) -> a point mass: the code as mean, and a log-variance of minus infinity."""
        mean = self.encoder(x).float()
        return Posterior(mean, torch.full_like(mean, -torch.inf))

    def output(self, z: Tensor) -> Likelihood:
        """p(x|z) of codes (B, D)."""
        return likelihood(self.config.likelihood, self.decoder(z), self.log_sigma)

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, S, S) mean of p(x|z), float32 in [0, 1]."""
        return self.output(z).mean


class VAE(Autoencoder):
    """The encoder gives q(z|x), the decoder p(x|z) (Kingma & Welling 2013)."""

    def __init__(self, config: ModelConfig):
        super().__init__(config)
        self.encoder = Encoder(config, 2 * config.latent)

    def posterior(self, x: Tensor) -> Posterior:
        """(B, C, S, S) -> q(z|x): mean and log-variance, each (B, D) float32."""
        mean, logvar = self.encoder(x).float().chunk(2, dim=1)
        # Wider than any useful posterior; keeps exp() finite in the first steps.
        return Posterior(mean, logvar.clamp(-12.0, 6.0))


def build(config: ModelConfig) -> Autoencoder:
    """The model that `config.kind` names, with fresh weights, in channels_last memory order."""
    model = VAE(config) if config.kind == "vae" else Autoencoder(config)
    return model.to(memory_format=torch.channels_last)
