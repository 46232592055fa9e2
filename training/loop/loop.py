"""The training loop: `fit` trains one model into one run folder and can be resumed."""

import errno
import json
import shlex
import time
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from data.files import recover
from data.prepared import Prepared
from training.compute.batches import PictureBatches, batch_steps
from training.compute.device import drawing_device
from training.compute.processes import Processes
from training.loop.board import open_board
from training.loop.plan import check_start, steps_per_epoch
from training.loop.steps import Trainer
from training.model.config import ConfigError, ModelConfig, TrainingConfig
from training.model.networks import Autoencoder
from training.model.objectives import Parts, psnr
from training.optimization.divergence import Diverged
from training.run.checkpoint import keeping_checkpoint
from training.run.files import check_room, forget_lines_after
from training.run.run_folder import (
    CHECKPOINT,
    CONFIG,
    METRICS,
    PAIR,
    WEIGHTS,
    RunConfig,
    RunError,
    load_model,
    read_config,
    versions,
    weights_key,
    write_config,
    write_schema,
    write_weights,
)
from training.run.tensors import BAD_TENSORS, load_tensors

LOG_EVERY = 50  # steps
# Of the weights, on the disk at once: two checkpoints, the new beside the old, each with weights,
# their average and two moments, and the weights alone.
COPIES = 9


def fit(
    prepared: Prepared,
    run: Path,
    model_config: ModelConfig,
    training: TrainingConfig,
    *,
    device: torch.device | None = None,
    processes: Processes | None = None,
    start: Path | None = None,
    resume: bool = False,
    checkpoint_minutes: float = 5.0,
    tensorboard: bool = False,
    stop_after: int | None = None,
) -> None:
    """Train on the train partition of `prepared` and leave a run folder at `run`.

    device: where to compute, or else processes: this one's place among several, each of which
    calls `fit` alike. start: a run of the same network with whose weights to begin. resume:
    continue from the run's checkpoint; its options must be the same as the run's.
    checkpoint_minutes: between two checkpoints. tensorboard: write events, too.
    stop_after: steps in this call (for a test of resuming); the schedule still spans the whole run.
    Raises ConfigError on options that contradict the run, the data or `start`, Diverged on a loss
    that is not finite, OSError when the run cannot be written; the last checkpoint stays as it was.
    """
    processes = processes or Processes(device or torch.device("cpu"))
    device = processes.device
    if start is not None:
        check_start(start, model_config)
        training = replace(training, start=weights_key(start))
    per_epoch = steps_per_epoch(prepared, model_config, training, processes.count)
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
    if processes.first:
        _open_run(run, config, resume)
        write_schema(run, prepared.schema)
    processes.wait()

    steps = training.epochs * per_epoch
    pictures = PictureBatches(prepared.pictures, rows, device)
    mirror = prepared.schema.mirrored
    trainer = Trainer(pictures, model_config, training, steps, processes, mirror)
    continued = resume and (run / CHECKPOINT).is_file()
    if start is not None and not continued:
        trainer.begin_with(load_model(start, device))
    first = trainer.restore(run / CHECKPOINT) if continued else 0
    processes.wait()
    if processes.first:
        check_room(run, COPIES * sum(4 * p.numel() for p in trainer.average.parameters()))
        forget_lines_after(run / METRICS, first)
        with keeping_checkpoint(run / CHECKPOINT):
            if not continued:  # at once: from now on there is something to resume
                trainer.save(run / CHECKPOINT, 0)
            elif first:
                _renew_weights(run, trainer.average)

    # A GPU that holds the pictures draws their order, too; another way it would be waited for.
    drawn_on = drawing_device(pictures.asked_on)
    last = steps if stop_after is None else min(steps, first + stop_after)
    saved_at = logged_at = time.monotonic()
    logged = first
    with (
        keeping_checkpoint(run / CHECKPOINT),
        (run / METRICS).open("a", encoding="utf-8") as metrics,
        open_board(run, prepared, first, device, tensorboard and processes.first) as board,
        tqdm(
            total=steps, initial=first, unit="step", dynamic_ncols=True, disable=not processes.first
        ) as bar,
    ):
        for step, index in batch_steps(
            len(rows), training.batch, training.epochs, training.seed, first, last, drawn_on
        ):
            beta = training.beta_at((step + 1) / per_epoch)
            parts, norm = trainer.step(step, index, beta)
            bar.update()

            done = step + 1
            if done % LOG_EVERY == 0 or done == last:
                means = [processes.mean(part) for part in parts]
                *told, norm = torch.stack([*means, norm]).cpu()  # a GPU is waited for, once
                parts = Parts(*told)
                _stop_on_nan(parts, norm, done, run)
                now = time.monotonic()
                line = {k: v.item() for k, v in parts._asdict().items()} | {
                    "step": done,
                    "epoch": done / per_epoch,
                    "beta": beta,
                    "psnr": psnr(parts.mse).item(),
                    "gradient_norm": norm.item(),
                    "learning_rate": trainer.learning_rate,
                    "pictures_per_s": (done - logged) * training.batch / (now - logged_at),
                }
                logged, logged_at = done, now
                bar.set_postfix(psnr=f"{line['psnr']:.2f}", rate=f"{line['rate']:.0f}")
                if not processes.first:
                    continue
                metrics.write(json.dumps(line) + "\n")
                metrics.flush()
                board.scalars(line)
                if now - saved_at > 60 * checkpoint_minutes or done == last:
                    _require(run)
                    write_weights(run, trainer.average)
                    trainer.save(run / CHECKPOINT, done)  # last: it says that the rest is there
                    board.pictures(trainer.average, done)
                    saved_at = now
    processes.wait()


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
        if any((run / name).exists() for name in (CHECKPOINT, METRICS, WEIGHTS, *PAIR)):
            raise ConfigError(
                f"expected a new folder for --out; found a run in {run}; "
                "add --resume to continue it, or name another folder"
            )
        run.mkdir(parents=True, exist_ok=True)
        write_config(run, config)
        return
    before = read_config(run)
    recover(run)
    if (run / WEIGHTS).exists() and not (run / CHECKPOINT).exists():
        raise RunError(
            f"{CHECKPOINT} in {run}",
            "a trained model without one, as publish leaves it",
            f"train on from its weights: --start {shlex.quote(str(run))}, into another --out",
        )
    for name in ("model", "training", "data"):
        if (old := getattr(before, name)) != (new := getattr(config, name)):
            old, new = (v if isinstance(v, dict) else asdict(v) for v in (old, new))
            differing = ", ".join(f"{k} {old[k]} -> {new[k]}" for k in old if old[k] != new.get(k))
            raise ConfigError(
                f"expected the same {name} options as the run in {run}; found {differing}"
            )


def _renew_weights(run: Path, average: Autoencoder) -> None:
    """Write the weights of the checkpoint, where others or none are in the folder."""
    wanted = average.state_dict()
    try:
        found = load_tensors(run / WEIGHTS).tensors
        same = found.keys() == wanted.keys() and all(
            torch.equal(found[name], value.cpu()) for name, value in wanted.items()
        )
    except BAD_TENSORS:
        same = False
    if not same:
        write_weights(run, average)


def _require(run: Path) -> None:
    """Raises OSError for a folder that is gone: half of a run would be worth nothing."""
    if not (run / CONFIG).is_file():
        raise FileNotFoundError(errno.ENOENT, f"{CONFIG} is gone, removed during training")
