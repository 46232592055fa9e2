"""A model that somebody else might have trained: a small convolutional VAE, of plain torch."""

import numpy as np
import torch
from torch import Tensor, nn

from data.prepared import Prepared

LATENT = 6


class ForeignVae(nn.Module):
    """Pictures in [0, 1], or, with `signed`, in [-1, 1]."""

    def __init__(self, channels: int, size: int, signed: bool = False):
        super().__init__()
        side = size // 8
        self.signed = signed
        self.encoder = nn.Sequential(
            nn.Conv2d(channels, 8, 8, stride=8), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten()
        )
        self.head = nn.Linear(8 * side**2, 2 * LATENT)
        self.decoder = nn.Sequential(
            nn.Linear(LATENT, 8 * side**2), nn.Unflatten(1, (8, side, side)), nn.ReLU(),
            nn.ConvTranspose2d(8, channels, 8, stride=8), nn.Tanh() if signed else nn.Sigmoid(),
        )  # fmt: skip

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, logvar = self.head(self.encoder(x)).chunk(2, 1)
        return mean, logvar.clamp(-8, 8)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)


def trained(prepared: Prepared, signed: bool = False, steps: int = 200) -> ForeignVae:
    """Until its reconstructions are nearer than the mean picture; still in training mode."""
    rows = prepared.rows("train")
    x = torch.from_numpy(np.ascontiguousarray(prepared.pictures[rows].transpose(0, 3, 1, 2))) / 255
    x = 2 * x - 1 if signed else x
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = ForeignVae(prepared.channels, prepared.size, signed)
        optimizer = torch.optim.Adam(model.parameters(), 1e-2)
        for _ in range(steps):
            batch = x[torch.randint(len(x), (32,))]
            mean, logvar = model.encode(batch)
            z = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
            error = (model.decode(z) - batch).square().sum((1, 2, 3)).mean() * 10
            rate = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).sum(1).mean()
            optimizer.zero_grad()
            (error + rate).backward()
            optimizer.step()
    return model.requires_grad_(False)
