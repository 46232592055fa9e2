"""The codes that a sharp renderer is trained on: those of pictures, and others without one."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from data.prepared import Prepared
from training.codes.correspondence import affine_map, paired_codes
from training.codes.mixture import COMPONENTS, Mixture, fit_mixture
from training.compute.batches import PictureBatches
from training.run.latents import Latents, load_latents_of
from training.run.run_folder import LATENTS, RunError, quoted
from training.run.sharp import SharpDecoder

SEED = 0  # of the mixture


class CodedPictures(NamedTuple):
    """N pictures of a partition and their posteriors, as latents.npz tells them.

    mean: (N, D) float32, refined where `encode` refined it. sigma: (N, D), on the pictures' device.
    """

    pictures: PictureBatches
    mean: Tensor
    sigma: Tensor


def coded_pictures(
    run: Path, prepared: Prepared, partition: str, device: torch.device
) -> CodedPictures:
    """The pictures of a partition with the codes in a run folder, matched by picture id.

    Raises RunError where the latents are missing, of other weights, of other pictures, or without
    the codes of some of these; DataError for a partition without pictures.
    """
    latents = load_latents_of(run, prepared.root, prepared.fingerprint)
    again = f"python -m training encode {quoted(run)} --data {quoted(prepared.root)}"
    rows = prepared.rows(partition)
    place = {name: row for row, name in enumerate(latents.ids.tolist())}
    wanted = prepared.table["id"].to_numpy(str)[rows].tolist()
    if missing := [name for name in wanted if name not in place]:
        raise RunError(
            f"codes of the {len(rows):,} {partition} pictures in {run / LATENTS}",
            f"none of {len(missing):,} of them",
            again,
        )
    found = latents.take(np.array([place[name] for name in wanted]))
    return CodedPictures(
        PictureBatches(prepared.pictures, rows, device),
        torch.from_numpy(found.mean).to(device),
        torch.from_numpy(found.logvar).mul(0.5).exp().to(device),
    )


def take_along(network: SharpDecoder, latents: Latents, other: Path) -> None:
    """Make a renderer of the codes in another run folder one of these codes, in place.

    What it draws of a code is what it drew of the other model's code for the same picture, as far
    as an affine map tells that code: its first layer, which is linear, takes the map in.
    Raises RunError where the other folder lacks such codes.
    """
    to_others = affine_map(*paired_codes(latents, other))
    stem = network.decoder.stem
    with torch.no_grad():
        stem.bias.add_(stem.weight @ torch.from_numpy(to_others.bias).to(stem.weight))
        stem.weight.copy_(stem.weight @ torch.from_numpy(to_others.weight).to(stem.weight))


@dataclass(frozen=True, eq=False)
class OtherCodes:
    """Where codes without a picture come from: half of the mixture of a run's codes, a fourth from
    N(0, I) and a fourth between two faces.

    So the renderer meets what samplers draw and what edits pass through.
    """

    weights: Tensor  # (C,) cumulative
    means: Tensor  # (C, D)
    factors: Tensor  # (C, D, D)

    @classmethod
    def of(cls, mixture: Mixture, device: torch.device) -> "OtherCodes":
        """Of a mixture fitted to the codes, on a device."""
        arrays = (np.cumsum(mixture.weights), mixture.means, mixture.factors)
        return cls(*(torch.from_numpy(a).to(device) for a in arrays))

    @classmethod
    def fitted(cls, mean: Tensor) -> "OtherCodes":
        """Of the mixture fitted to codes (N, D)."""
        return cls.of(fit_mixture(mean.cpu().numpy(), COMPONENTS, SEED), mean.device)

    def draw(self, noise: Tensor, chance: Tensor, faces: tuple[Tensor, Tensor]) -> Tensor:
        """(n, D) codes: first those of the mixture, then between two faces, then of N(0, I).

        noise: (3 n / 4, D) normal. chance: (3 n / 4,) uniform in [0, 1): the component, or the
        place between the faces. faces: two times (n / 4, D) codes.
        """
        half = 2 * len(faces[0])
        component = torch.searchsorted(self.weights, chance[:half] * self.weights[-1])
        spread = torch.bmm(self.factors[component], noise[:half, :, None])[..., 0]
        between = torch.lerp(*faces, chance[half:, None])
        return torch.cat([self.means[component] + spread, between, noise[half:]])
