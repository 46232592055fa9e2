"""Step 8 and outputs.npz: output distributions fitted around the means of one decoder.

A model is trained with one likelihood. To compare likelihoods on the same faces, its means are
kept and the scale of each distribution is fitted to them by maximum likelihood: one scale for all
values, or one for each of the 3 S S values of a picture. Half of the validation pictures are
fitted, the other half measured, in bits per dimension of 8-bit levels (training/likelihoods.py).
The pictures do not ship, so the result does.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from data.prepared import Prepared
from explorer.decoder import Decoder
from explorer.learn.model_access import means
from training.encode import check_size
from training.files import write_npz
from training.latents import load_latents
from training.likelihoods import (
    HALF,
    LEVELS,
    ContinuousBernoulli,
    Gaussian,
    Laplace,
    Likelihood,
    LogisticMixture,
)
from training.run_folder import OUTPUTS, RunError, read_derived, reason

KINDS = ("Gaussian", "Laplace", "logistic", "continuous Bernoulli")
SHARINGS = ("one scale", "a scale for each value")
BATCH = 64  # pictures
FIXED_POINT_STEPS = 40  # of the logistic scale, which has no closed form


@dataclass(frozen=True, eq=False)
class Outputs:
    """L fitted distributions; S is the side of a picture.

    kinds: (L,) str of KINDS. sharings: (L,) str of SHARINGS; the continuous Bernoulli has no scale
    and counts as "one scale". log_scale: (L, S, S, 3) float32, in the [0, 1] pixel range. bits:
    (L,) float64 per dimension, on the `measured` pictures, given z at the mean of q(z|x).
    fitted, measured: () numbers of pictures. weights, data: keys of the weights and the pictures.
    """

    kinds: np.ndarray
    sharings: np.ndarray
    log_scale: np.ndarray
    bits: np.ndarray
    fitted: np.ndarray
    measured: np.ndarray
    weights: str
    data: str

    def find(self, kind: str, sharing: str) -> int:
        """The number of one of them; a kind without a scale has one sharing only."""
        rows = np.flatnonzero((self.kinds == kind) & (self.sharings == sharing))
        return int(rows[0]) if len(rows) else int(np.flatnonzero(self.kinds == kind)[0])


def make_outputs(run: Path, prepared: Prepared) -> Outputs:
    """Fit and measure all distributions and write outputs.npz into the run folder.

    prepared: the pictures that the run was encoded from. Raises RunError, ConfigError.
    """
    decoder, latents = Decoder(run), load_latents(run)
    with decoder.lent() as model:
        check_size(model, prepared)
    if latents.data != prepared.fingerprint:
        raise RunError(
            f"the pictures that {run} was encoded from ({latents.data})",
            f"others in {prepared.root} ({prepared.fingerprint})",
            f"python -m training encode {run} --data {prepared.root}",
        )
    faces = latents.take(latents.rows("validation"))
    row_of = {str(name): row for row, name in enumerate(prepared.table["id"])}
    rows = np.array([row_of[str(name)] for name in faces.ids])
    fitting, measuring = rows[::2], rows[1::2]
    size = np.abs(_errors(decoder, prepared.pictures, fitting, faces.mean[::2]))
    fits = [
        (kind, sharing, _log_scale(kind, sharing, size))
        for kind in KINDS
        for sharing in SHARINGS[: 1 if kind == KINDS[-1] else 2]
    ]
    bits = np.zeros(len(fits))
    for start in range(0, len(measuring), BATCH):
        part = slice(start, start + BATCH)
        x = _planes(prepared.pictures[measuring[part]] / np.float32(LEVELS))
        mean = _planes(means(decoder, faces.mean[1::2][part]))
        for k, (kind, _, log_scale) in enumerate(fits):
            p = output(kind, mean, _planes(log_scale[None]))
            bits[k] -= float(p.log_probability(x).double().sum()) / math.log(2)
    made = Outputs(
        kinds=np.array([kind for kind, _, _ in fits]),
        sharings=np.array([sharing for _, sharing, _ in fits]),
        log_scale=np.stack([log_scale for _, _, log_scale in fits]),
        bits=bits / (len(measuring) * size[0].size),
        fitted=np.array(len(fitting)),
        measured=np.array(len(measuring)),
        weights=latents.weights,
        data=latents.data,
    )
    write_npz(run / OUTPUTS, {k: np.asarray(v) for k, v in vars(made).items()})
    for kind, sharing, value in zip(made.kinds, made.sharings, made.bits, strict=True):
        print(f"{kind}, {sharing}: {value:.3f} bits per dimension")
    return made


def load_outputs(run: Path) -> Outputs:
    """Read outputs.npz. Raises RunError when it is missing, damaged or of other weights."""
    command = f"python -m explorer outputs {run} --data DIR"
    arrays = read_derived(run, OUTPUTS, command)
    try:
        return Outputs(**arrays | {k: str(arrays[k]) for k in ("weights", "data")})
    except (TypeError, KeyError) as error:
        raise RunError(f"whole outputs in {run / OUTPUTS}", reason(error), command) from error


def output(kind: str, mean: Tensor, log_scale: Tensor) -> Likelihood:
    """The distribution of a kind around means.

    mean: (B, 3, S, S) in [0, 1]. log_scale: broadcastable; the continuous Bernoulli has none.
    """
    if kind == "Gaussian":
        return Gaussian(mean, log_scale)
    if kind == "Laplace":
        return Laplace(mean, log_scale)
    if kind == "logistic":
        center = mean[:, None]
        wide = log_scale.expand_as(mean)[:, None]
        return LogisticMixture(torch.zeros_like(center), center, wide)
    return ContinuousBernoulli(logit_of_mean(mean))


def logit_of_mean(mean: Tensor) -> Tensor:
    """The logit of a continuous Bernoulli of a given mean, which has no closed form.

    mean: in [0, 1]; what no logit of at most 1000 reaches gets that one.
    """
    grid = torch.sinh(torch.linspace(-7.6, 7.6, 20_001, dtype=torch.float64))
    known = ContinuousBernoulli(grid).mean
    found = np.interp(mean.double().cpu().numpy(), known.numpy(), grid.numpy())
    return torch.from_numpy(found).to(mean)


def level_probabilities(kind: str, mean: float, log_scale: float) -> np.ndarray:
    """P of each of the 256 levels of one value: (256,) float64, sum 1."""
    x = torch.arange(LEVELS + 1, dtype=torch.float64)[:, None, None, None] / LEVELS
    p = output(kind, torch.full_like(x, mean), torch.tensor(log_scale, dtype=torch.float64))
    return p.log_probability(x).exp().flatten().numpy()


def sampled(kind: str, mean: np.ndarray, log_scale: np.ndarray, seed: int) -> np.ndarray:
    """A picture drawn from a distribution: (S, S, 3) uint8.

    mean: (S, S, 3) float32 in [0, 1]. log_scale: (S, S, 3).
    """
    p = output(kind, _planes(mean[None]), _planes(log_scale[None]))
    drawn = p.sample(torch.Generator().manual_seed(seed))[0].permute(1, 2, 0)
    return (drawn * LEVELS).round().to(torch.uint8).numpy()


def _errors(
    decoder: Decoder, pictures: np.ndarray, rows: np.ndarray, codes: np.ndarray
) -> np.ndarray:
    """Pictures minus their means: (N, S, S, 3) float32."""
    parts = []
    for start in range(0, len(rows), BATCH):
        part = slice(start, start + BATCH)
        parts.append(pictures[rows[part]] / np.float32(LEVELS) - means(decoder, codes[part]))
    return np.concatenate(parts)


def _log_scale(kind: str, sharing: str, size: np.ndarray) -> np.ndarray:
    """The maximum likelihood log scale of absolute errors (N, S, S, 3): (S, S, 3) float32."""
    axes = None if sharing == SHARINGS[0] else 0
    if kind == "Gaussian":
        scale = np.sqrt((size**2).mean(axes))
    else:
        scale = size.mean(axes)
        # d/ds of the log-likelihood is 0 where s is the mean of |e| tanh(|e| / 2 s).
        for _ in range(FIXED_POINT_STEPS if kind == "logistic" else 0):
            scale = (size * np.tanh(size / (2 * np.maximum(scale, HALF)))).mean(axes)
    full = np.broadcast_to(np.maximum(scale, HALF), size.shape[1:])
    return np.log(full).astype(np.float32)


def _planes(pictures: np.ndarray) -> Tensor:
    """(B, S, S, 3) -> (B, 3, S, S)."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2)
