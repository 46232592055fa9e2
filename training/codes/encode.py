"""Pictures -> codes that fit them: writes latents.npz with the pictures' own labels."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from data.prepared import PARTITIONS, Prepared
from training.codes.descent import STEPS
from training.codes.refine import refine
from training.compute.batches import PictureBatches
from training.compute.device import bfloat16_helps, training_order
from training.compute.processes import Processes
from training.model.config import ConfigError
from training.model.networks import Autoencoder
from training.run.adopted_model import load_any
from training.run.files import check_room
from training.run.latents import Latents, save_latents
from training.run.run_folder import read_config, weights_key, write_schema

BATCH = 256  # pictures


def encode(
    run: Path,
    prepared: Prepared,
    device: torch.device | None = None,
    processes: Processes | None = None,
    steps: int = STEPS,
) -> Latents:
    """Encode every picture of `prepared` and write latents.npz into the run folder.

    device: where to compute, or else processes: this one's place among several, each of which
    encodes its part; the first writes. steps: by which codes are refined from the encoder's guess,
    with the beta of training (training/codes/refine.py); an adopted model, whose likelihood is not
    known, keeps its guess.
    Raises ConfigError when the pictures are not of the model's size, RunError on a damaged run.
    """
    if steps < 0:
        raise ConfigError(f"expected --steps at least 0; found {steps}")
    processes = processes or Processes(device or torch.device("cpu"))
    model = load_any(run, processes.device)
    check_size(model, prepared)
    rows = np.array_split(np.arange(len(prepared.table)), processes.count)[processes.rank]
    if processes.first:  # mean and logvar are nearly all of it
        check_room(run, len(prepared.table) * 2 * 4 * model.config.latent)
    steps = steps if model.config.has_likelihood else 0
    beta = read_config(run).training.beta
    quiet = not processes.first
    parts = processes.gather(posteriors(model, prepared, rows, quiet, steps, beta))
    codes = Codes(*map(np.concatenate, zip(*parts, strict=True)))
    latents = Latents(
        ids=prepared.table["id"].to_numpy(str),
        partition=prepared.table["partition"].to_numpy(str),
        mean=codes.mean,
        logvar=codes.logvar,
        attributes=np.array(prepared.schema.labels, str),
        labels=prepared.labels,
        label_source="celeba" if prepared.schema.is_celeba else "table",
        weights=weights_key(run),
        data=prepared.fingerprint,
        error=codes.error,
        identity=prepared.table["identity"].to_numpy(np.int32),
        refine_steps=steps,
    )
    if not processes.first:
        return latents
    save_latents(run, latents)
    write_schema(run, prepared.schema)
    counts = ", ".join(f"{len(latents.rows(p)):,} {p}" for p in PARTITIONS)
    refined = f", codes refined by {steps} steps" if steps else ""
    print(f"encoded {len(latents):,} pictures ({counts}){refined}")
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
    model: Autoencoder,
    prepared: Prepared,
    rows: np.ndarray,
    quiet: bool = False,
    steps: int = 0,
    beta: float = 1.0,
) -> Codes:
    """Encode the pictures of the given rows, and decode them again, in float32.

    steps, beta: of the refinement of the means, in bfloat16 where that is faster; none of the
    encoder's guess.
    """
    device = model.log_sigma.device
    pictures, bfloat16 = PictureBatches(prepared.pictures, rows, device), bfloat16_helps(device)
    with torch.inference_mode(False):  # what it makes there has no gradients, and refining needs
        model.to(memory_format=training_order(device))
    parts = []
    with tqdm(
        total=len(rows), unit="picture", desc="encode", dynamic_ncols=True, disable=quiet
    ) as bar:
        for x in pictures.in_order(BATCH):
            mean, logvar = posterior = model.posterior(x)
            mean = refine(model, x, posterior, beta, steps, bfloat16=bfloat16)
            error = (model.decode(mean) - x).square().mean((1, 2, 3))
            parts.append((mean, logvar, error))
            bar.update(len(x))
    # Read at once: a GPU goes on to the next batch while this one is computed.
    return Codes(*(torch.cat(part).cpu().numpy() for part in zip(*parts, strict=True)))


def check_size(model: Autoencoder, prepared: Prepared) -> None:
    """Raises ConfigError when the pictures are not of the size and colours of the model's."""
    if model.config.size != prepared.size:
        raise ConfigError(
            f"expected pictures of the model's size, {model.config.size}; found size "
            f"{prepared.size} in {prepared.root}; prepare them with --size {model.config.size}"
        )
    if model.config.channels != prepared.channels:
        raise ConfigError(
            f"expected pictures of {model.config.channels} channels, as the model's; found "
            f"{prepared.channels} in {prepared.root}; prepare them with or without --grey"
        )
