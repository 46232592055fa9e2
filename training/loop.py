"""The training loop: `fit` trains one model into one run folder and can be resumed."""

import copy
import json
import time
import warnings
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer
from torch.optim.lr_scheduler import OneCycleLR
from tqdm import tqdm

from data.prepared import Prepared
from training.batches import Pictures, batch_steps, flip_some, seeded
from training.checkpoint import load_checkpoint, save_checkpoint
from training.config import ConfigError, ModelConfig, TrainingConfig
from training.device import bfloat16_helps, mixed_precision
from training.files import write_atomically
from training.likelihoods import SHARED, at_best_scale
from training.networks import VAE, Autoencoder, build, reparameterize
from training.objectives import Parts, autoencoder_objective, psnr, vae_objective
from training.plan import steps_per_epoch
from training.run_folder import (
    CHECKPOINT,
    METRICS,
    RunConfig,
    read_config,
    versions,
    write_config,
    write_weights,
)

LOG_EVERY = 50  # steps
SPREAD_DECAY = 0.99  # per step, of the running error that sets the scale of p(x|z)


class Diverged(RuntimeError):
    """The loss is no longer a finite number."""


def objective(
    model: Autoencoder, x: Tensor, noise: Tensor, beta: float = 1.0, free_bits: float = 0.0
) -> Parts:
    """One reparameterized pass of pictures (B, 3, S, S), noise (B, D), through a model."""
    posterior = model.posterior(x)
    p = model.output(reparameterize(posterior, noise))
    if model.config.likelihood in SHARED:
        p = at_best_scale(model.config.likelihood, x, p)
    if isinstance(model, VAE):
        return vae_objective(x, p, posterior, beta, free_bits)
    return autoencoder_objective(x, p)


def fit(
    prepared: Prepared,
    run: Path,
    model_config: ModelConfig,
    training: TrainingConfig,
    *,
    device: torch.device,
    resume: bool = False,
    checkpoint_minutes: float = 5.0,
    stop_after: int | None = None,
) -> None:
    """Train on the train partition of `prepared` and leave a run folder at `run`.

    resume: continue from the run's checkpoint; its options must be the same as the run's.
    checkpoint_minutes: between two checkpoints. stop_after: steps in this call (for a test of
    resuming); the schedule still spans the whole run.
    Raises ConfigError on options that contradict the run or the data, Diverged on a loss that is
    not finite (the last checkpoint stays as it was).
    """
    per_epoch = steps_per_epoch(prepared, model_config, training)
    rows = prepared.rows("train")
    config = RunConfig(
        model_config,
        training,
        {
            "fingerprint": prepared.fingerprint,
            "size": prepared.size,
            "train_pictures": len(rows),
        },
        versions(),
    )
    _open_run(run, config, resume)

    pictures = Pictures(prepared.pictures, rows, device)
    torch.manual_seed(training.seed)
    model = build(model_config).to(device).train()
    average = copy.deepcopy(model).eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
    )
    steps = training.epochs * per_epoch
    first = load_checkpoint(run / CHECKPOINT, model, average, optimizer) if resume else 0
    schedule = one_cycle(optimizer, training.learning_rate, steps, first)
    _forget_lines_after(run / METRICS, first)

    mixed = bfloat16_helps(device)
    last = steps if stop_after is None else min(steps, first + stop_after)
    saved_at = logged_at = time.monotonic()
    logged = first
    with (
        (run / METRICS).open("a", encoding="utf-8") as metrics,
        tqdm(total=steps, initial=first, unit="step", dynamic_ncols=True) as bar,
    ):
        for step, index in batch_steps(
            len(rows), training.batch, training.epochs, training.seed, first, last
        ):
            generator = seeded(training.seed, 1, step)
            x = flip_some(pictures.batch(index), generator)
            noise = torch.randn(len(x), model_config.latent, generator=generator).to(device)

            beta = training.beta_at((step + 1) / per_epoch)
            with mixed_precision(device, mixed):
                parts = objective(model, x, noise, beta, training.free_bits)
            optimizer.zero_grad(set_to_none=True)
            (parts.loss / model_config.values).backward()
            norm = clip_grad_norm_(model.parameters(), training.clip)
            optimizer.step()
            if step + 1 < steps:
                schedule.step()
            _follow(average, model, min(training.ema, (step + 1) / (step + 10)))
            _follow_scale(model, average, parts, step)
            bar.update()

            done = step + 1
            if done % LOG_EVERY == 0 or done == last:
                _stop_on_nan(parts, norm, done, run)
                now = time.monotonic()
                line = {k: v.item() for k, v in parts._asdict().items()} | {
                    "step": done,
                    "epoch": done / per_epoch,
                    "beta": beta,
                    "psnr": psnr(parts.mse).item(),
                    "gradient_norm": norm.item(),
                    "learning_rate": optimizer.param_groups[0]["lr"],
                    "pictures_per_s": (done - logged) * training.batch / (now - logged_at),
                }
                logged, logged_at = done, now
                metrics.write(json.dumps(line) + "\n")
                metrics.flush()
                bar.set_postfix(psnr=f"{line['psnr']:.2f}", rate=f"{line['rate']:.0f}")
                if now - saved_at > 60 * checkpoint_minutes or done == last:
                    save_checkpoint(run / CHECKPOINT, model, average, optimizer, done)
                    write_weights(run, average)
                    saved_at = now


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


def _stop_on_nan(parts: Parts, norm: Tensor, step: int, run: Path) -> None:
    if torch.isfinite(parts.loss) and torch.isfinite(norm):
        return
    raise Diverged(
        f"expected a finite loss; found {parts.loss.item()} (gradient norm {norm.item()}) at step "
        f"{step}; a checkpoint in {run} is from before: start anew, into another --out, with a "
        "smaller --learning-rate or --clip"
    )


def _open_run(run: Path, config: RunConfig, resume: bool) -> None:
    if not resume:
        if (run / CHECKPOINT).exists() or (run / METRICS).exists():
            raise ConfigError(
                f"expected a new folder for --out; found a run in {run}; "
                "add --resume to continue it, or name another folder"
            )
        run.mkdir(parents=True, exist_ok=True)
        write_config(run, config)
        return
    before = read_config(run)
    for name in ("model", "training", "data"):
        if (old := getattr(before, name)) != (new := getattr(config, name)):
            old, new = (v if isinstance(v, dict) else asdict(v) for v in (old, new))
            differing = ", ".join(f"{k} {old[k]} -> {new[k]}" for k in old if old[k] != new.get(k))
            raise ConfigError(
                f"expected the same {name} options as the run in {run}; found {differing}"
            )


def _forget_lines_after(path: Path, step: int) -> None:
    """Cut what was logged after the checkpoint of `step`: it is logged once more on resuming."""
    if not path.is_file():
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    whole = [line for line in lines if line.endswith("\n")]  # the last may be cut short
    kept = "".join(line for line in whole if json.loads(line)["step"] <= step)
    write_atomically(path, lambda temporary: temporary.write_text(kept, encoding="utf-8"))


@torch.no_grad()
def _follow(average: nn.Module, model: nn.Module, decay: float) -> None:
    """average <- decay * average + (1 - decay) * model."""
    ours, theirs = list(average.parameters()), list(model.parameters())
    torch._foreach_lerp_(ours, theirs, 1 - decay)


def _follow_scale(model: Autoencoder, average: Autoencoder, parts: Parts, step: int) -> None:
    """Keep the shared scale at the optimum of the running error, where there is one."""
    if (name := model.config.likelihood) not in SHARED:
        return
    power, error = SHARED[name], {"optimal": parts.mse, "laplace": parts.mae}[name].detach()
    decay = min(SPREAD_DECAY, step / (step + 1))
    running = decay * torch.exp(power * model.log_sigma) + (1 - decay) * error
    model.log_sigma.copy_(running.log() / power)
    average.log_sigma.copy_(model.log_sigma)
