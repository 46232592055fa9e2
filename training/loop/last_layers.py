"""The same decoder with other output distributions: its last layer anew, once for each likelihood.

    python -m training layers runs/mine --data data/prepared/celeba64

Six models would have to be trained to compare six likelihoods in full. Here encoder and decoder
stay as they are, and only the last layer, which makes the numbers that p(x|z) needs, is trained
once for each: the same codes, pictures, noise and order for all. What differs is the likelihood
alone, and a layer takes minutes. The rate is that of the run, the same for all.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import trange

from data.prepared import Prepared
from training.codes.encode import check_size
from training.compute.batches import PictureBatches, as_values, to_device
from training.compute.device import drawing_device
from training.compute.randomness import Stream, seeded
from training.compute.recording import recorded_on
from training.model.likelihoods import (
    LIKELIHOODS,
    OUTPUTS,
    SHARED,
    Likelihood,
    at_best_scale,
    likelihood,
)
from training.model.networks import Autoencoder
from training.model.objectives import gaussian_rate, psnr
from training.model.posterior import reparameterize
from training.optimization.adam import Adam
from training.optimization.averaging import error_weights, running_error
from training.optimization.descent import Descent
from training.optimization.schedule import one_cycle
from training.run.files import write_npz
from training.run.last_layers_file import BY_NAME
from training.run.run_folder import LAST_LAYERS, load_model, weights_key

BATCH, RATE = 32, 3e-3  # pictures per step; peak of the one-cycle schedule of Adam
RISE = 0.3  # share of the steps in which the rate rises
TOLD_EVERY = 50  # steps between looks at the loss
FIXED_SIGMA = 1.0  # sigma of "fixed": that of a plain squared error
MEASURED_PICTURES = 1024  # validation pictures at most
BINS = 20  # of the calibration, as many values in each


class LastLayers(nn.Module):
    """One convolution for each of LIKELIHOODS, and the scales that values share.

    channels: of what the layers are given; colours: of a picture. log_scale: (6,), in the order of
    LIKELIHOODS.
    """

    log_scale: Tensor

    def __init__(self, channels: int, colours: int = 3):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Conv2d(channels, 4 * colours * OUTPUTS[name], 3, padding=1) for name in LIKELIHOODS
        )
        self.shuffle = nn.PixelShuffle(2)
        self.register_buffer("log_scale", torch.full((len(LIKELIHOODS),), math.log(FIXED_SIGMA)))

    def forward(self, features: Tensor) -> dict[str, Likelihood]:
        """(B, C, S / 2, S / 2) of `Decoder.features` -> p(x|z) by the name of the likelihood."""
        return {
            name: likelihood(name, self.shuffle(layer(features)).float(), log_scale)
            for name, layer, log_scale in zip(LIKELIHOODS, self.layers, self.log_scale, strict=True)
        }


class Given(NamedTuple):
    """What differs from step to step, on the device.

    pictures: (B, S, S, 3) uint8. noise: (B, D). weights: (2,) float32, of the running error and of
    the error in it.
    """

    pictures: Tensor
    noise: Tensor
    weights: Tensor


def fit_last_layers(
    model: Autoencoder,
    pictures: PictureBatches,
    steps: int,
    seed: int,
    quiet: bool = False,
    recorded: Callable[[torch.device, Callable], Callable] = recorded_on,
) -> LastLayers:
    """Train all layers side by side on the same batches of z ~ q(z|x); the model is frozen.

    recorded: as `recorded_on`. Raises Diverged.
    """
    torch.manual_seed(seed)
    layers = LastLayers(model.config.widths[0], model.config.channels).to(pictures.device).train()
    optimizer = Adam(layers.parameters(), RATE)
    # One more than there are, so that the last one still moves.
    schedule = one_cycle(optimizer, RATE, steps + 1, rise=RISE)
    loss = loss_of(model, layers, pictures.device)
    descent = Descent(layers, loss, optimizer, schedule, recorded=recorded)
    for step in trange(steps, unit="step", dynamic_ncols=True, disable=quiet):
        descent.step(step, given(model, pictures, seed, step))
        if (step + 1) % TOLD_EVERY == 0 or step + 1 == steps:
            descent.told(step + 1)
    return layers.eval().requires_grad_(False)


def given(model: Autoencoder, pictures: PictureBatches, seed: int, step: int) -> Given:
    """What a step is given."""
    device = pictures.device
    drawing = drawing_device(device)
    generator = seeded(seed, Stream.LAST_LAYERS_STEP, step, drawing)
    index = torch.randint(len(pictures), (BATCH,), generator=generator, device=drawing)
    noise = torch.randn(BATCH, model.config.latent, generator=generator, device=drawing)
    return Given(
        pictures.bytes(index),
        noise.to(device),
        to_device(torch.tensor(error_weights(step)), device),
    )


def loss_of(
    model: Autoencoder, layers: LastLayers, device: torch.device
) -> Callable[[Given], tuple[Tensor, ...]]:
    """The loss () of what a step is given, which keeps the shared scales at their optima, too."""
    running = torch.ones(len(LIKELIHOODS), device=device)

    def loss(given: Given) -> tuple[Tensor, ...]:
        x = as_values(given.pictures)
        with torch.no_grad():
            features = model.decoder.features(reparameterize(model.posterior(x), given.noise))
        total = torch.zeros((), device=device)
        for k, (name, p) in enumerate(layers(features).items()):
            if name in SHARED:
                p = at_best_scale(name, x, p)
                power = SHARED[name]
                error = torch.exp(power * p.log_scale).detach()
                running[k].copy_(running_error(running[k], error, given.weights))
                layers.log_scale[k].copy_(running[k].log() / power)
            total = total - p.log_density(x).mean()
        return (total,)

    return loss


@torch.inference_mode()
def likelihood_figures(
    model: Autoencoder, layers: LastLayers, pictures: PictureBatches, seed: int
) -> dict[str, Any]:
    """What each likelihood makes of validation pictures, by one draw of z for each.

    By the name of the likelihood bits_per_dim, rate - log2 P(levels) per value, and psnr, dB of the
    means. rate_bits: () of them per value. pictures: (). sigma: (S, S) mean sigma that "learned"
    gives a place. calibration: (2, BINS), root mean square of the sigma that "learned" gives and of
    the error that its mean makes, of as many values each, those with the smallest sigma first.
    """
    count = min(MEASURED_PICTURES, len(pictures))
    rows = np.unique(np.linspace(0, len(pictures) - 1, count).astype(int))
    nats, squared, rate, given, made, place = [], [], [], [], [], []
    for k, index in enumerate(torch.from_numpy(rows).split(BATCH)):
        x = pictures.batch(index)
        generator = seeded(seed, Stream.LAST_LAYERS_MEASURED, k)
        rate.append(gaussian_rate(model.posterior(x)).sum(1).nan_to_num(posinf=0.0).cpu())
        found = layers(model.decoder.features(_draw(model, x, generator)))
        nats.append([-p.log_probability(x).double().mean().item() for p in found.values()])
        squared.append([(x - p.mean).double().square().mean().item() for p in found.values()])
        p, apart = found["learned"], torch.rand(x.shape, generator=generator).to(x.device) < 0.05
        sigma = torch.exp(p.log_scale)
        place.append(sigma.mean((0, 1)).cpu())
        given.append(sigma[apart].cpu())  # a twentieth of the values is enough
        made.append((x - p.mean)[apart].cpu())
    weight = np.array([len(part) for part in torch.from_numpy(rows).split(BATCH)])
    sigmas, errors = torch.cat(given).numpy(), torch.cat(made).numpy()
    order = np.array_split(np.argsort(sigmas), BINS)
    rate_bits = float(torch.cat(rate).mean()) / (model.config.values * math.log(2))
    bits = rate_bits + np.average(nats, 0, weight) / math.log(2)
    decibels = psnr(torch.from_numpy(np.average(squared, 0, weight)))
    return {
        "bits_per_dim": dict(zip(LIKELIHOODS, bits.tolist(), strict=True)),
        "psnr": dict(zip(LIKELIHOODS, decibels.tolist(), strict=True)),
        "rate_bits": np.array(rate_bits),
        "pictures": np.array(len(rows)),
        "sigma": np.average(np.stack(place), 0, weight).astype(np.float32),
        "calibration": np.array([
            [np.sqrt((values[part] ** 2).mean()) for part in order] for values in (sigmas, errors)
        ]),
    }  # fmt: skip


def make_last_layers(
    run: Path, prepared: Prepared, device: torch.device, steps: int, seed: int = 0
) -> dict[str, Any]:
    """Train and measure the layers of a run; writes last_layers.npz, returns its figures.

    Raises RunError, ConfigError.
    """
    model = load_model(run, device)
    check_size(model, prepared)
    layers = fit_last_layers(
        model, PictureBatches(prepared.pictures, prepared.rows("train"), device), steps, seed
    )
    validation = PictureBatches(prepared.pictures, prepared.rows("validation"), device)
    figures = likelihood_figures(model, layers, validation, seed)
    figures |= {"steps": np.array(steps), "trained_on": np.array(len(prepared.rows("train")))}
    tensors = {f"layers/{k}": v.cpu().numpy() for k, v in layers.state_dict().items()}
    key = {"weights": np.array(weights_key(run)), "likelihoods": np.array(LIKELIHOODS)}
    by_name = {k: np.array([figures[k][name] for name in LIKELIHOODS]) for k in BY_NAME}
    write_npz(run / LAST_LAYERS, figures | by_name | tensors | key)
    return figures


def _draw(model: Autoencoder, x: Tensor, generator: torch.Generator) -> Tensor:
    """z ~ q(z|x)."""
    posterior = model.posterior(x)
    noise = torch.randn(posterior.mean.shape, generator=generator).to(x.device)
    return reparameterize(posterior, noise)
