"""A second VAE, of codes: it learns where the first one's codes lie, to draw new ones from.

    python -m training sampler runs/mine

The prior N(0, I) is not the aggregate posterior; a second model of what the encoder gives makes up
for it (Dai & Wipf 2019, Diagnosing and enhancing VAE models, section 4). It is a small network on
codes, so that minutes of training on a CPU are enough. Its decoder is drawn from without torch by
training/codes/samplers.py.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.compute.batches import epoch_order, to_device
from training.compute.device import drawing_device
from training.compute.randomness import Stream, seeded
from training.compute.recording import recorded_on
from training.model.objectives import gaussian_rate
from training.model.posterior import Posterior, reparameterize
from training.optimization.averaging import error_weights, running_error
from training.optimization.schedule import one_cycle
from training.run.latents import Latents, load_latents
from training.run.run_folder import SECOND_STAGE
from training.run.tensors import save_tensors

WIDTH, DEPTH = 256, 2  # of the hidden layers of either half
BATCH, LEARNING_RATE = 256, 1e-3  # codes per step; peak of the one-cycle schedule
RISE = 0.3  # share of the steps in which the learning rate rises
WARM_UP = 0.3  # of the training, over which the rate comes to count fully


def mlp(inputs: int, outputs: int) -> nn.Sequential:
    """DEPTH hidden layers of WIDTH with ReLU."""
    hidden: list[nn.Module] = [nn.Linear(inputs, WIDTH), nn.ReLU()]
    for _ in range(DEPTH - 1):
        hidden += [nn.Linear(WIDTH, WIDTH), nn.ReLU()]
    return nn.Sequential(*hidden, nn.Linear(WIDTH, outputs))


class SecondStageVAE(nn.Module):
    """A VAE of codes (B, D) with as many latent dimensions of its own.

    center, spread: (D,) by which codes are standardised. log_sigma: () of p(code|u), the maximum
    likelihood one, in standardised units.
    """

    center: Tensor
    spread: Tensor
    log_sigma: Tensor

    def __init__(self, latent: int):
        super().__init__()
        self.encoder, self.decoder = mlp(latent, 2 * latent), mlp(latent, latent)
        self.register_buffer("center", torch.zeros(latent))
        self.register_buffer("spread", torch.ones(latent))
        self.register_buffer("log_sigma", torch.zeros(()))

    def posterior(self, codes: Tensor) -> Posterior:
        """q(u|code): mean and log-variance, each (B, D)."""
        mean, logvar = self.encoder((codes - self.center) / self.spread).chunk(2, 1)
        return Posterior(mean, logvar.clamp(-12, 6))

    def forward(
        self, codes: Tensor, noise: Tensor, beta: float | Tensor = 1.0
    ) -> tuple[Tensor, Tensor]:
        """The negative ELBO in nats per code, its rate weighed by beta, and the squared error per
        value, both ()."""
        posterior = self.posterior(codes)
        found = self.decoder(reparameterize(posterior, noise))
        mse = functional.mse_loss(found, (codes - self.center) / self.spread)
        # With the optimal sigma, as the first model (Rybkin et al. 2021).
        distortion = 0.5 * codes.shape[1] * (mse.log() + 1 + math.log(2 * math.pi))
        return distortion + beta * gaussian_rate(posterior).sum(1).mean(), mse


class Given(NamedTuple):
    """What differs from step to step, on the device.

    rows: (B,) of the codes. noise: (2, B, D). beta: () weight of the rate. weights: (2,) float32,
    of the running error and of the error in it.
    """

    rows: Tensor
    noise: Tensor
    beta: Tensor
    weights: Tensor


def fit_second_stage(
    mean: np.ndarray,
    logvar: np.ndarray,
    epochs: int,
    seed: int,
    device: torch.device | None = None,
    recorded: Callable[[torch.device, Callable], Callable] = recorded_on,
) -> tuple[SecondStageVAE, list[float]]:
    """Train on samples of q(z|x); returns the model and the mean loss of each epoch in nats.

    mean, logvar: (N, D) float32 of N pictures, N at least 2; a logvar of minus infinity (the
    hourglass) means the code itself. recorded: as `recorded_on`.
    """
    device = device or torch.device("cpu")
    drawing, on_gpu = drawing_device(device), device.type == "cuda"
    torch.manual_seed(seed)
    model = SecondStageVAE(mean.shape[1]).to(device)
    means = torch.from_numpy(mean).to(device)
    sigmas = torch.from_numpy(logvar).mul(0.5).exp().to(device)
    model.center.copy_(means.mean(0))
    model.spread.copy_((means.var(0) + sigmas.square().mean(0)).sqrt() + 1e-6)
    rate = torch.tensor(LEARNING_RATE, device=device)
    optimizer = torch.optim.AdamW(model.parameters(), rate, fused=True, capturable=on_gpu)
    batch = min(BATCH, len(means))
    steps = len(means) // batch
    # One more than there are, so that the last one still moves.
    schedule = one_cycle(optimizer, LEARNING_RATE, epochs * steps + 1, rise=RISE, momentum=False)
    running = torch.ones((), device=device)

    def plain_step(given: Given) -> tuple[Tensor]:
        """Down the gradient once: the loss. Nothing in it waits for the device."""
        codes = means[given.rows] + sigmas[given.rows] * given.noise[0]
        loss, mse = model(codes, given.noise[1], given.beta)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        running.copy_(running_error(running, mse.detach(), given.weights))
        return (loss.detach(),)

    one_step, losses = recorded(device, plain_step), []
    for epoch in range(epochs):
        total = torch.zeros((), device=device)
        order = epoch_order(len(means), seed, epoch, drawing).to(device)
        for k, index in enumerate(order.split(batch)[:steps]):
            step = epoch * steps + k
            generator = seeded(seed, Stream.STEP, step, drawing)
            noise = torch.randn(2, batch, mean.shape[1], generator=generator, device=drawing)
            # With all of the rate at once, the code soon tells nothing (Bowman et al. 2016).
            beta = min(1.0, (step + 1) / (WARM_UP * epochs * steps))
            (loss,) = one_step(
                Given(
                    index,
                    noise.to(device),
                    torch.full((), beta, device=device),
                    to_device(torch.tensor(error_weights(step)), device),
                )
            )
            schedule.step()
            total += loss
        losses.append(total.item() / steps)  # a GPU is waited for, once an epoch
    model.log_sigma.copy_(0.5 * running.log())
    return model.cpu().eval().requires_grad_(False), losses


def make_second_stage(
    run: Path, epochs: int = 200, seed: int = 0, device: torch.device | None = None
) -> dict[str, Any]:
    """Train on the run's training codes, or all its codes if it has no such; returns figures.

    Writes second_stage.safetensors: what drawing codes needs, float32. Raises RunError.
    """
    latents = load_latents(run)
    train = latents.rows("train")
    basis = latents.take(train) if len(train) else latents
    model, losses = fit_second_stage(basis.mean, basis.logvar, epochs, seed, device)
    figures = {
        "codes": len(basis),
        "epochs": epochs,
        "seed": seed,
        "first_loss_nats": round(losses[0], 3),
        "last_loss_nats": round(losses[-1], 3),
        "held_out_loss_nats": round(_held_out(model, latents, seed), 3),
    }
    kept = {k: v for k, v in model.state_dict().items() if not k.startswith("encoder.")}
    about = {"weights": latents.weights, "made_from": f"{len(basis):,} codes"}
    save_tensors(run / SECOND_STAGE, kept, about)
    return figures


@torch.inference_mode()
def _held_out(model: SecondStageVAE, latents: Latents, seed: int) -> float:
    """The negative ELBO of the validation codes."""
    codes = latents.take(latents.rows("validation")) if len(latents.rows("validation")) else latents
    mean, logvar = torch.from_numpy(codes.mean), torch.from_numpy(codes.logvar)
    noise = torch.randn(2, *mean.shape, generator=seeded(seed, Stream.SECOND_STAGE_HELD_OUT, 0))
    loss, _ = model(mean + torch.exp(0.5 * logvar) * noise[0], noise[1])
    return loss.item()
