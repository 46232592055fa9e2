"""Pictures -> codes: writes latents.npz with CelebA's own labels."""

from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from data import ATTRIBUTES
from data.prepared import PARTITIONS, Prepared
from training.batches import Pictures
from training.config import ConfigError
from training.latents import Latents, save_latents
from training.networks import Autoencoder
from training.run_folder import load_model, weights_key

BATCH = 256  # pictures


def encode(run: Path, prepared: Prepared, device: torch.device) -> Latents:
    """Encode every picture of `prepared` and write latents.npz into the run folder.

    Raises ConfigError when the pictures are not of the model's size, RunError on a damaged run.
    """
    model = load_model(run, device)
    check_size(model, prepared)
    mean, logvar = posteriors(model, prepared, np.arange(len(prepared.table)))
    latents = Latents(
        ids=prepared.table["id"].to_numpy(str),
        partition=prepared.table["partition"].to_numpy(str),
        mean=mean,
        logvar=logvar,
        attributes=np.array(ATTRIBUTES),
        labels=prepared.table[list(ATTRIBUTES)].to_numpy(bool),
        label_source="celeba",
        weights=weights_key(run),
        data=prepared.fingerprint,
    )
    save_latents(run, latents)
    counts = ", ".join(f"{len(latents.rows(p)):,} {p}" for p in PARTITIONS)
    print(f"encoded {len(latents):,} pictures ({counts})")
    return latents


@torch.inference_mode()
def posteriors(
    model: Autoencoder, prepared: Prepared, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """q(z|x) of the given rows: mean and log-variance, each (n, D) float32, computed in float32."""
    pictures = Pictures(prepared.pictures, rows, next(model.parameters()).device)
    means, logvars = [], []
    with tqdm(total=len(rows), unit="picture", desc="encode", dynamic_ncols=True) as bar:
        for x in pictures.in_order(BATCH):
            mean, logvar = model.posterior(x)
            means.append(mean.cpu().numpy())
            logvars.append(logvar.cpu().numpy())
            bar.update(len(x))
    return np.concatenate(means), np.concatenate(logvars)


def check_size(model: Autoencoder, prepared: Prepared) -> None:
    """Raises ConfigError when the pictures are not of the size the model was trained on."""
    if model.config.size != prepared.size:
        raise ConfigError(
            f"expected pictures of the model's size, {model.config.size}; found size "
            f"{prepared.size} in {prepared.root}; prepare them with --size {model.config.size}"
        )
