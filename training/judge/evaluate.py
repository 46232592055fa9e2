"""How good a trained model is: writes report.json and pictures of reconstructions and samples."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from data.prepared import Prepared
from training.codes.encode import BATCH, check_size, posteriors
from training.codes.probes import fit_probes, probe_aucs
from training.compute.batches import PictureBatches, to_device
from training.compute.randomness import Stream, seeded
from training.judge.attribute_network import CLASSIFIER, load_classifier
from training.judge.disentanglement import disentanglement
from training.judge.frechet import SAMPLES, sample_quality
from training.judge.renderers import renderer_figures
from training.judge.sharpness import sharpness
from training.judge.ssim import ssim
from training.model.figures import ACTIVE
from training.model.networks import VAE, Autoencoder
from training.model.objectives import gaussian_rate, importance_weighted, log_weights, psnr
from training.model.posterior import Posterior, reparameterize
from training.run.adopted_model import load_any
from training.run.files import write_atomically, write_json
from training.run.latents import Latents, load_latents_of
from training.run.run_folder import (
    REPORT,
    own_report,
    read_config,
    weights_key,
)
from training.run.sharp import has_sharp, load_sharp

GRID_PICTURES = 32  # pictures in a grid of reconstructions, and of samples
SEED = 0
IMPORTANCE_SAMPLES = 64  # of z for each picture in the importance-weighted bound
OF_THE_GUESS = (  # figures told of the encoder's guess beside the refined codes
    "psnr_mean_db",
    "psnr_sample_db",
    "sharpness_mean",
    "distortion_nats",
    "rate_nats",
    "elbo_nats",
    "bits_per_dim",
)
GAUSSIAN = ("fixed", "optimal")  # likelihoods with one sigma


def evaluate(
    run: Path,
    prepared: Prepared,
    device: torch.device,
    importance_pictures: int = 256,
    samples: int = SAMPLES,
    fid: bool = False,
) -> dict[str, Any]:
    """Measure the model on the validation partition and write report.json into the run folder.

    Also writes reconstructions.png (pairs of rows: pictures above their reconstructions) and, for a
    VAE, samples.png (from the prior). Needs latents.npz, made from the same pictures. The figures
    are those of the codes in it; where these were refined, `encoder` tells what the guess reaches.
    Where the run has a sharp renderer, `sharp` tells what that makes of the same codes.
    importance_pictures: how many the importance-weighted bound is measured on; 0 leaves it out.
    samples: pictures drawn from each sampler for its Fréchet distance; 0 leaves that out, and so do
    other pictures than CelebA's, which its networks have not seen. fid: the FID of each, too.
    Where the pictures' factors are known, `disentanglement` tells how far dimensions are theirs.
    Raises RunError, ConfigError, DataError.
    """
    model = load_any(run, device)
    check_size(model, prepared)
    latents = load_latents_of(run, prepared.root, prepared.fingerprint)
    rows = prepared.rows("validation")
    pictures = PictureBatches(prepared.pictures, rows, device)
    codes = latents.take(latents.rows("validation"))  # a published run has no others
    sharp = load_sharp(run, device).network if has_sharp(run) else None
    faces = prepared.schema.is_celeba
    quality = (
        sample_quality(run, model, prepared, latents, samples, fid=fid, sharp=sharp)
        if samples and faces
        else None
    )
    if samples and not faces:
        print("no Fréchet distances: the networks that measure them have seen CelebA's faces alone")
    report = {
        "weights": weights_key(run),
        "data": prepared.fingerprint,
        "partition": "validation",
        "pictures": len(rows),
        "trained_on": read_config(run).data,
        **validation_figures(model, pictures, codes),
        "refine_steps": codes.refine_steps,
        "encoder": _of_the_guess(model, prepared, codes, pictures) if codes.refine_steps else None,
        "importance_weighted": importance(model, pictures, codes, importance_pictures)
        if isinstance(model, VAE) and importance_pictures > 0
        else None,
        "sharp": {
            **renderer_figures(
                sharp, pictures, torch.from_numpy(codes.mean), load_classifier(CLASSIFIER, device)
            ),
            "frechet_samples": quality.pop("sharp") if quality else None,
        }
        if sharp
        else None,
        "frechet": quality,
        "probes": _probe_report(latents),
    } | _of_the_map(run)
    if factors := prepared.schema.factor_columns:
        table = prepared.table.set_index("id").loc[latents.ids]
        known = {name: table[column].to_numpy() for name, column in factors.items()}
        report["disentanglement"] = disentanglement(latents, known)
    write_json(run / REPORT, report)
    shown = PictureBatches(prepared.pictures, rows[:GRID_PICTURES], device)
    _draw(run, model, shown, codes.mean[:GRID_PICTURES])
    return report


def _of_the_guess(
    model: Autoencoder, prepared: Prepared, refined: Latents, pictures: PictureBatches
) -> dict[str, float]:
    """What the encoder's guess reaches, beside which the refined codes stand in the report."""
    codes = posteriors(model, prepared, prepared.rows("validation"), quiet=True)
    guess = replace(refined, mean=codes.mean, logvar=codes.logvar, error=codes.error)
    figures = validation_figures(model, pictures, guess)
    return {name: figures[name] for name in OF_THE_GUESS}


@torch.inference_mode()
def validation_figures(
    model: Autoencoder, pictures: PictureBatches, latents: Latents
) -> dict[str, Any]:
    """The ELBO's parts with one noise sample per picture, PSNR, SSIM, sharpness, use of dimensions.

    pictures: N pictures; latents: their N codes. Nats are those of the density, as in
    training/model/objectives.py, bits per dimension those of the levels, as in
    training/model/likelihoods.py, both with the scale that training left in the model. Squared
    errors are averaged over all values of all pictures before PSNR is taken; 99 % of the pictures
    reach the first percentile. Sharpness is that of the reconstructions beside that of the
    pictures. Active units: Burda et al. 2016, section 5.2. What needs a likelihood is None
    where the model tells none.
    """
    known = model.config.has_likelihood
    mse_mean, similarity, mse_sample, density, probability = [], [], [], [], []  # per picture
    sharp, sharp_pictures = [], []
    codes = _posterior(latents, pictures.device)
    for start, x in zip(range(0, len(pictures), BATCH), pictures.in_order(BATCH), strict=True):
        posterior = Posterior(*(part[start : start + BATCH] for part in codes))
        noise = torch.randn(
            posterior.mean.shape, generator=seeded(SEED, Stream.EVALUATION_NOISE, start)
        )
        at_mean = model.decode(posterior.mean)
        mse_mean.append((at_mean - x).square().mean((1, 2, 3)))
        similarity.append(ssim(at_mean, x))
        sharp.append(sharpness(at_mean))
        sharp_pictures.append(sharpness(x))
        z = reparameterize(posterior, to_device(noise, x.device))
        if known:
            p = model.output(z)
            density.append(p.log_density(x).flatten(1).sum(1))
            probability.append(p.log_probability(x).flatten(1).sum(1))
        drawn = p.mean if known else model.decode(z)
        mse_sample.append((drawn - x).square().mean((1, 2, 3)))

    posterior = _posterior(latents, torch.device("cpu"))
    is_vae = model.config.kind == "vae"
    kl = gaussian_rate(posterior).double().mean(0) if is_vae else torch.zeros(model.config.latent)
    rate = kl.sum()
    distortion = -_read(density).mean() if known else None
    levels = rate - _read(probability).mean() if known else None
    errors, detail = _read(mse_mean), _read(sharp_pictures).sum()
    spread = posterior.mean.double().var(0)
    name = model.config.likelihood
    return {
        "psnr_mean_db": float(psnr(errors.mean())),
        "psnr_first_percentile_db": float(psnr(errors.quantile(0.99))),
        "psnr_sample_db": float(psnr(_read(mse_sample).mean())),
        "ssim_mean": float(_read(similarity).mean()),
        "sharpness_mean": float(_read(sharp).sum() / detail) if detail else None,
        "likelihood": name,
        "sigma": float(model.log_sigma.double().exp()) if name in GAUSSIAN else None,
        "distortion_nats": None if distortion is None else float(distortion),
        "rate_nats": float(rate),
        "elbo_nats": float(-(distortion + rate)) if is_vae and distortion is not None else None,
        "bits_per_dim": float(_bits(levels, model)) if is_vae and levels is not None else None,
        "active_units": int((spread > ACTIVE).sum()),
        "kl_per_dimension": [round(float(v), 4) for v in kl],
        "spread_per_dimension": [round(float(v), 4) for v in spread.sqrt()],
    }


@torch.inference_mode()
def importance(
    model: VAE,
    pictures: PictureBatches,
    latents: Latents,
    count: int,
    samples: int = IMPORTANCE_SAMPLES,
) -> dict[str, Any]:
    """The importance-weighted bound of log P(levels) beside the ELBO of the same samples.

    Measured on `count` of the N pictures, evenly spread, since each needs `samples` decodings.
    Both as bits per dimension, where a tighter bound is a smaller number.
    """
    chosen = torch.linspace(0, len(pictures) - 1, min(count, len(pictures))).round().long()
    codes = _posterior(latents, pictures.device)
    elbo, bound = [], []
    for index in chosen.split(max(1, BATCH // samples)):
        x = pictures.batch(index)
        rows = to_device(index, x.device)
        posterior = Posterior(*(part[rows] for part in codes))
        noise = torch.stack(
            [
                torch.randn(
                    (samples, model.config.latent),
                    generator=seeded(SEED, Stream.IMPORTANCE, int(row)),
                )
                for row in index
            ],
            1,
        )
        noise = to_device(noise, x.device)  # (K, B, D)
        p = model.output(reparameterize(posterior, noise).flatten(0, 1))
        likelihood = p.log_probability(x.repeat(samples, 1, 1, 1)).flatten(1).sum(1)
        weights = log_weights(likelihood.unflatten(0, (samples, -1)).double(), posterior, noise)
        elbo.append(weights.mean(0))
        bound.append(importance_weighted(weights))
    return {
        "samples": samples,
        "pictures": len(chosen),
        "elbo_bits_per_dim": float(_bits(-_read(elbo).mean(), model)),
        "bits_per_dim": float(_bits(-_read(bound).mean(), model)),
    }


def _posterior(latents: Latents, device: torch.device) -> Posterior:
    """Of all codes."""
    return Posterior(*(torch.from_numpy(a).to(device) for a in (latents.mean, latents.logvar)))


def _read(parts: list[torch.Tensor]) -> torch.Tensor:
    """What was measured of each picture, in batches: (N,) float64 on the CPU.

    Read at once, so that a GPU is waited for once and not in every batch.
    """
    return torch.cat(parts).cpu().double()


def _of_the_map(run: Path) -> dict[str, Any]:
    """What `python -m explorer map` told in a report of the same weights, which stays true."""
    return {name: value for name, value in own_report(run).items() if name == "map"}


def _bits(nats: torch.Tensor, model: Autoencoder) -> torch.Tensor:
    """Code length per value of the 8-bit picture."""
    return nats / (model.config.values * math.log(2))


def _probe_report(latents: Latents) -> dict[str, Any] | None:
    """Probes fitted on the training codes, scored on the validation codes.

    None without true labels, and when no attribute tells validation codes apart.
    """
    train, validation = latents.rows("train"), latents.rows("validation")
    if not latents.annotated or not len(train) or not len(latents.attributes):
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
def _draw(run: Path, model: Autoencoder, pictures: PictureBatches, codes: np.ndarray) -> None:
    """reconstructions.png of pictures and their codes (N, D), and samples.png."""
    x = torch.cat(list(pictures.in_order(BATCH)))
    columns = min(8, len(x))
    x = x[: len(x) - len(x) % columns]  # whole rows
    reconstructed = model.decode(torch.from_numpy(codes[: len(x)]).to(x.device))
    halves = x.split(columns), reconstructed.split(columns)
    pairs = [half for rows in zip(*halves, strict=True) for half in rows]
    save_grid(run / "reconstructions.png", torch.cat(pairs), columns)
    if model.config.kind == "vae":
        noise = torch.randn(
            GRID_PICTURES, model.config.latent, generator=seeded(SEED, Stream.PRIOR_SAMPLES, 0)
        )
        save_grid(run / "samples.png", model.decode(noise.to(x.device)))


def save_grid(path: Path, pictures: torch.Tensor, columns: int = 8) -> None:
    """Write (N, 3, S, S) pictures in [0, 1] as one PNG, `columns` in a row."""
    from torchvision.utils import make_grid  # only here: it takes seconds to import

    grid = make_grid(pictures.cpu(), nrow=columns, padding=1, pad_value=1.0)
    image = Image.fromarray((grid * 255).round().byte().permute(1, 2, 0).numpy())
    write_atomically(path, lambda temporary: image.save(temporary, format="PNG"))
