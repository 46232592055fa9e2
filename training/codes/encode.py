"""Pictures -> codes: writes latents.npz with CelebA's own labels."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from data import ATTRIBUTES
from data.prepared import PARTITIONS, Prepared
from training.compute.batches import PictureBatches
from training.compute.processes import Processes
from training.model.config import ConfigError
from training.model.networks import Autoencoder
from training.run.latents import Latents, save_latents
from training.run.run_folder import load_model, weights_key

BATCH = 256  # pictures


def encode(
    run: Path,
    prepared: Prepared,
    device: torch.device | None = None,
    processes: Processes | None = None,
) -> Latents:
    """Encode every picture of `prepared` and write latents.npz into the run folder.

    device: where to compute, or else processes: this one's place among several, each of which
    encodes its part; the first writes.
    Raises ConfigError when the pictures are not of the model's size, RunError on a damaged run.
    """
    processes = processes or Processes(device or torch.device("cpu"))
    model = load_model(run, processes.device)
    check_size(model, prepared)
    rows = np.array_split(np.arange(len(prepared.table)), processes.count)[processes.rank]
    parts = processes.gather(posteriors(model, prepared, rows, quiet=not processes.first))
    codes = Codes(*map(np.concatenate, zip(*parts, strict=True)))
    latents = Latents(
        ids=prepared.table["id"].to_numpy(str),
        partition=prepared.table["partition"].to_numpy(str),
        mean=codes.mean,
        logvar=codes.logvar,
        attributes=np.array(ATTRIBUTES),
        labels=prepared.table[list(ATTRIBUTES)].to_numpy(bool),
        label_source="celeba",
        weights=weights_key(run),
        data=prepared.fingerprint,
        error=codes.error,
        identity=prepared.table["identity"].to_numpy(np.int32),
    )
    if not processes.first:
        return latents
    save_latents(run, latents)
    counts = ", ".join(f"{len(latents.rows(p)):,} {p}" for p in PARTITIONS)
    print(f"encoded {len(latents):,} pictures ({counts})")
    return latents


class Codes(NamedTuple):
    """What a model makes of n pictures. mean, logvar: (n, D) float32, q(z|x). error: (n,) float32,
    mean squared error per value of the picture decoded from the mean, pixel range [0, 1].
    """

    mean: np.ndarray
    logvar: np.ndarray
    error: np.ndarray


@torch.inference_mode()
def posteriors(
    model: Autoencoder, prepared: Prepared, rows: np.ndarray, quiet: bool = False
) -> Codes:
    """Encode the pictures of the given rows, and decode them again, in float32."""
    pictures = PictureBatches(prepared.pictures, rows, next(model.parameters()).device)
    parts = []
    with tqdm(
        total=len(rows), unit="picture", desc="encode", dynamic_ncols=True, disable=quiet
    ) as bar:
        for x in pictures.in_order(BATCH):
            mean, logvar = model.posterior(x)
            error = (model.decode(mean) - x).square().mean((1, 2, 3))
            parts.append([part.cpu().numpy() for part in (mean, logvar, error)])
            bar.update(len(x))
    return Codes(*map(np.concatenate, zip(*parts, strict=True)))


def check_size(model: Autoencoder, prepared: Prepared) -> None:
    """Raises ConfigError when the pictures are not of the size the model was trained on."""
    if model.config.size != prepared.size:
        raise ConfigError(
            f"expected pictures of the model's size, {model.config.size}; found size "
            f"{prepared.size} in {prepared.root}; prepare them with --size {model.config.size}"
        )
