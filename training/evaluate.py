"""How good a trained model is: writes report.json and pictures of reconstructions and samples."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torchvision.utils import make_grid

from data.prepared import Prepared
from training.batches import Pictures, seeded
from training.encode import BATCH, check_size
from training.files import write_atomically, write_json
from training.latents import Latents, load_latents
from training.networks import VAE, Autoencoder, Posterior, reparameterize
from training.objectives import bits_per_dim, gaussian_distortion, gaussian_rate, psnr
from training.probes import fit_probes, probe_aucs
from training.run_folder import REPORT, RunError, load_model, read_config, weights_key

ACTIVE = 0.01  # variance of a dimension's posterior mean above which it is an active unit
SHOWN = 32  # pictures in a grid of reconstructions, and of samples
SEED = 0


def evaluate(run: Path, prepared: Prepared, device: torch.device) -> dict[str, Any]:
    """Measure the model on the validation partition and write report.json into the run folder.

    Also writes reconstructions.png (pairs of rows: pictures above their reconstructions) and, for a
    VAE, samples.png (from the prior). Needs latents.npz, made from the same pictures.
    Raises RunError, ConfigError.
    """
    model = load_model(run, device)
    check_size(model, prepared)
    latents = load_latents(run)
    if latents.data != prepared.fingerprint:
        raise RunError(
            f"latents of the pictures in {prepared.root} ({prepared.fingerprint})",
            f"latents of others ({latents.data})",
            f"python -m training encode {run} --data {prepared.root}",
        )
    rows = prepared.rows("validation")
    report = {
        "weights": weights_key(run),
        "data": prepared.fingerprint,
        "partition": "validation",
        "pictures": len(rows),
        "trained_on": read_config(run).data,
        **measure(
            model,
            Pictures(prepared.pictures, rows, device),
            latents.take(latents.rows("validation")),  # a published run has no others
        ),
        "probes": _probe_report(latents),
    }
    write_json(run / REPORT, report)
    _draw(run, model, Pictures(prepared.pictures, rows[:SHOWN], device))
    return report


@torch.inference_mode()
def measure(model: Autoencoder, pictures: Pictures, latents: Latents) -> dict[str, Any]:
    """The ELBO's parts with one noise sample per picture, PSNR, and the use of the dimensions.

    pictures: N pictures; latents: their N codes. All terms as in training/objectives.py, with the
    sigma that training left in the model. Squared errors are averaged over all values of all
    pictures before PSNR is taken; 99 % of the pictures reach the first percentile. Active units:
    Burda et al. 2016, section 5.2.
    """
    device = pictures.device
    at_mean, at_sample = [], []  # squared error per picture
    for start, x in zip(range(0, len(pictures), BATCH), pictures.in_order(BATCH), strict=True):
        posterior = Posterior(
            *(
                torch.from_numpy(a[start : start + BATCH]).to(device)
                for a in (latents.mean, latents.logvar)
            )
        )
        noise = torch.randn(posterior.mean.shape, generator=seeded(SEED, 0, start)).to(device)
        for errors, z in (
            (at_mean, posterior.mean),
            (at_sample, reparameterize(posterior, noise)),
        ):
            errors.append((model.decode(z) - x).square().mean((1, 2, 3)).double().cpu())
    mse_mean, mse_sample = torch.cat(at_mean).mean(), torch.cat(at_sample).mean()
    mse_worst = torch.cat(at_mean).quantile(0.99)

    values, log_sigma = model.config.values, model.log_sigma.double().cpu()
    posterior = Posterior(torch.from_numpy(latents.mean), torch.from_numpy(latents.logvar))
    is_vae = isinstance(model, VAE)
    kl = gaussian_rate(posterior).double().mean(0) if is_vae else torch.zeros(model.config.latent)
    distortion = gaussian_distortion(mse_sample, log_sigma, values)
    rate = kl.sum()
    spread = posterior.mean.double().var(0)
    return {
        "psnr_mean_db": float(psnr(mse_mean)),
        "psnr_first_percentile_db": float(psnr(mse_worst)),
        "psnr_sample_db": float(psnr(mse_sample)),
        "sigma": float(log_sigma.exp()),
        "distortion_nats": float(distortion),
        "rate_nats": float(rate),
        "elbo_nats": float(-(distortion + rate)) if is_vae else None,
        "bits_per_dim": float(bits_per_dim(distortion + rate, values)) if is_vae else None,
        "active_units": int((spread > ACTIVE).sum()),
        "kl_per_dimension": [round(float(v), 4) for v in kl],
        "spread_per_dimension": [round(float(v), 4) for v in spread.sqrt()],
    }


def _probe_report(latents: Latents) -> dict[str, Any] | None:
    """Probes fitted on the training codes, scored on the validation codes.

    None without true labels, and when no attribute tells validation codes apart.
    """
    train, validation = latents.rows("train"), latents.rows("validation")
    if latents.label_source != "celeba" or not len(train):
        return None
    aucs = probe_aucs(fit_probes(latents.take(train)), latents.take(validation))
    known = [v for v in aucs.values() if v is not None]
    if not known:
        return None
    return {
        "fitted_on": len(train),
        "mean_auc": float(np.mean(known)),
        "auc": aucs,
    }


@torch.inference_mode()
def _draw(run: Path, model: Autoencoder, pictures: Pictures) -> None:
    x = torch.cat(list(pictures.in_order(BATCH)))
    columns = min(8, len(x))
    x = x[: len(x) - len(x) % columns]  # whole rows
    halves = x.split(columns), model.decode(model.posterior(x).mean).split(columns)
    pairs = [half for rows in zip(*halves, strict=True) for half in rows]
    save_grid(run / "reconstructions.png", torch.cat(pairs), columns)
    if isinstance(model, VAE):
        noise = torch.randn(SHOWN, model.config.latent, generator=seeded(SEED, 1, 0))
        save_grid(run / "samples.png", model.decode(noise.to(x.device)))


def save_grid(path: Path, pictures: torch.Tensor, columns: int = 8) -> None:
    """Write (N, 3, S, S) pictures in [0, 1] as one PNG, `columns` in a row."""
    grid = make_grid(pictures.cpu(), nrow=columns, padding=1, pad_value=1.0)
    image = Image.fromarray((grid * 255).round().byte().permute(1, 2, 0).numpy())
    write_atomically(path, lambda temporary: image.save(temporary, format="PNG"))
