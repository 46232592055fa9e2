"""One step of training: the objective as a module, the schedule, and what follows the weights."""

import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import OneCycleLR

from training.config import TrainingConfig
from training.likelihoods import SHARED, alone, at_best_scale
from training.networks import VAE, Autoencoder, reparameterize
from training.objectives import Parts, autoencoder_objective, vae_objective
from training.processes import Processes

SPREAD_DECAY = 0.99  # per step, of the running error that sets the scale of p(x|z)


def objective(
    model: Autoencoder,
    x: Tensor,
    noise: Tensor,
    beta: float = 1.0,
    free_bits: float = 0.0,
    mean_over: Callable[[Tensor], Tensor] = alone,
    perceptual: float = 0.0,
    distance: nn.Module | None = None,
) -> Parts:
    """One reparameterized pass of pictures (B, 3, S, S), noise (B, D), through a model.

    mean_over: averages over processes. perceptual: weight of `distance` in the loss, in nats per
    unit (training/perceptual.py).
    """
    posterior = model.posterior(x)
    p = model.output(reparameterize(posterior, noise))
    if model.config.likelihood in SHARED:
        p = at_best_scale(model.config.likelihood, x, p, mean_over)
    if isinstance(model, VAE):
        parts = vae_objective(x, p, posterior, beta, free_bits, mean_over)
    else:
        parts = autoencoder_objective(x, p)
    if distance is None:
        return parts
    return parts._replace(loss=parts.loss + perceptual * distance(x, p.mean))


class Step(nn.Module):
    """The objective as a module, so that several processes average its gradients."""

    def __init__(self, model: Autoencoder, training: TrainingConfig, processes: Processes):
        super().__init__()
        self.model, self.training_config = model, training
        self.mean_over, self.distance = processes.mean, None
        if training.perceptual:
            from training.perceptual import PerceptualDistance  # brings scikit-learn along

            self.distance = PerceptualDistance(device=processes.device)

    def forward(self, x: Tensor, noise: Tensor, beta: float) -> Parts:
        options = self.training_config
        return objective(
            self.model,
            x,
            noise,
            beta,
            options.free_bits,
            self.mean_over,
            options.perceptual,
            self.distance,
        )


def one_cycle(optimizer: Optimizer, peak: float, steps: int, first: int) -> OneCycleLR:
    """The one-cycle schedule (Smith & Topin 2018) of a run of which `first` steps are done."""
    # OneCycleLR divides by 0 when a tenth of its steps is one; a shorter run ends before it.
    schedule = OneCycleLR(optimizer, peak, total_steps=max(steps, 11), pct_start=0.1)
    if first:
        schedule.last_epoch = first - 1
        with warnings.catch_warnings():  # torch warns: it did not see the steps that are done
            warnings.simplefilter("ignore")
            schedule.step()
    return schedule


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, decay: float) -> None:
    """average <- decay * average + (1 - decay) * model."""
    ours, theirs = list(average.parameters()), list(model.parameters())
    torch._foreach_lerp_(ours, theirs, 1 - decay)


def follow_scale(
    model: Autoencoder,
    average: Autoencoder,
    parts: Parts,
    step: int,
    mean_over: Callable[[Tensor], Tensor] = alone,
) -> None:
    """Keep the shared scale at the optimum of the running error, where there is one."""
    if (name := model.config.likelihood) not in SHARED:
        return
    power, error = SHARED[name], {"optimal": parts.mse, "laplace": parts.mae}[name]
    decay = min(SPREAD_DECAY, step / (step + 1))
    running = decay * torch.exp(power * model.log_sigma) + (1 - decay) * mean_over(error.detach())
    model.log_sigma.copy_(running.log() / power)
    average.log_sigma.copy_(model.log_sigma)
