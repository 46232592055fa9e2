"""`sharpen` trains a sharp renderer of the codes in a run folder, into it, and can be resumed.

    python -m training sharpen runs/mine --data data/prepared/celeba64

The decoder of a VAE draws the mean of p(x|z), and a mean of many sharp pictures is blurred. A
second decoder of the same codes draws a picture that could be one of them: trained against a
discriminator, with the encoder frozen (VAE/GAN, Larsen et al. 2016). It has no likelihood.
"""

import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from data.prepared import Prepared
from training.codes.encode import check_size
from training.compute.device import bfloat16_helps
from training.judge.attribute_network import CLASSIFIER, load_classifier
from training.judge.renderers import renderer_figures
from training.judge.sharpness import sharpness
from training.loop.board import FOLDER, GRID_PICTURES, Board, open_board
from training.model.config import ConfigError
from training.model.networks import VAE
from training.model.objectives import psnr
from training.run.checkpoint import keeping_checkpoint
from training.run.files import forget_lines_after
from training.run.latents import load_latents
from training.run.run_folder import (
    SHARP,
    SHARP_CHECKPOINT,
    SHARP_METRICS,
    load_model,
    weights_key,
)
from training.run.sharp import SharpDecoder, load_start, save_sharp
from training.sharp.codes import CodedPictures, OtherCodes, coded_pictures, take_along
from training.sharp.config import SharpConfig
from training.sharp.discriminator import Discriminator
from training.sharp.steps import FIGURES, SharpTrainer

LOG_EVERY = 25  # steps
LOOKED_AT = 128  # validation pictures at a checkpoint
BOARD = f"{FOLDER}/sharp"  # in the run folder


def plan(
    prepared: Prepared,
    run: Path,
    config: SharpConfig,
    device: torch.device,
    checkpoint_minutes: float,
    start: Path | None = None,
) -> list[str]:
    """The training as lines for people. Raises ConfigError, RunError."""
    taken, model = "", _vae(run, prepared, device)
    if start is not None:
        _, key = load_start(start, model.config, config.widths, config.blocks)
        taken = ", taken along to these codes" * _of_other_codes(start, key, run)
    with torch.device("meta"):  # counted, not made
        decoder = SharpDecoder(model.config, config.widths, config.blocks)
        opponent = Discriminator(model.config.size, config.discriminator)
    millions = [sum(p.numel() for p in net.parameters()) / 1e6 for net in (decoder, opponent)]
    size = model.config.size
    lines = {
        "codes": f"{model.config.latent} latent dimensions of {run} ({weights_key(run)})",
        "decoder": f"{size}x{size} pixels, widths {' '.join(map(str, config.widths))}, "
        f"{millions[0]:.2f} million parameters, "
        f"{'fresh' if start is None else f'at first those of {start}{taken}'}",
        "opponent": f"widths {' '.join(map(str, config.discriminator))}, "
        f"{millions[1]:.2f} million parameters",
        "steps": f"{config.steps:,} of {config.batch} pictures and {config.others} other codes on "
        f"{device}; {config.alone:.0%} with the {'opponent' if start else 'decoder'} alone",
        "loss": f"L1 + {config.perceptual:g} perceptual + {config.matching:g} feature matching + "
        f"s ({config.adversarial:g} adversarial + {config.cycle:g} cycle)",
        "optimizer": f"Adam, learning rates {config.learning_rate:g} and "
        f"{config.discriminator_rate:g}, gradient penalties {config.penalty:g}",
        "precision": "bfloat16 products, float32 weights" if bfloat16_helps(device) else "float32",
        "writes": f"{run / SHARP}, a checkpoint every {checkpoint_minutes:g} minutes",
    }
    return [f"{name:11}{text}" for name, text in lines.items()]


def sharpen(
    prepared: Prepared,
    run: Path,
    config: SharpConfig,
    *,
    device: torch.device,
    start: Path | None = None,
    resume: bool = False,
    checkpoint_minutes: float = 5.0,
    tensorboard: bool = False,
    stop_after: int | None = None,
) -> dict[str, Any]:
    """Train on the train partition and its codes in the run; writes sharp.safetensors there.

    Returns the figures that stand in it: options, and on the validation pictures what the sharp
    renderer and beside it the mean renderer make of the same codes (`renderer_figures`); empty
    when it stopped early. start: a sharp renderer, or a run folder that has one, with whose weights
    to begin; those of a run folder of other codes are taken along to these codes. resume: continue
    from the checkpoint, with the same options. checkpoint_minutes: between two checkpoints, each of
    which also renews sharp.safetensors, without figures. tensorboard: write events, too.
    stop_after: steps in this call (for a test of resuming).
    Raises ConfigError on options that contradict the run or the pictures, RunError for codes that
    are missing or of others, DataError for a missing classifier, Diverged.
    """
    model, checkpoint = _vae(run, prepared, device), run / SHARP_CHECKPOINT
    if checkpoint.is_file() and not resume:
        raise ConfigError(
            f"expected no unfinished training in {run}; found {checkpoint.name}; add --resume to "
            "continue it, or remove that file"
        )
    faces = coded_pictures(run, prepared, "train", device)
    held_out = coded_pictures(run, prepared, "validation", device)
    if start is None and config.steps == 0:
        raise ConfigError("expected --steps at least 1 without --start; found 0")
    begin = None
    if start is not None:
        begin, key = load_start(start, model.config, config.widths, config.blocks)
        if _of_other_codes(start, key, run):
            take_along(begin, load_latents(run), start)
        config = replace(config, start=key)
    about = json.dumps(asdict(config) | {"weights": weights_key(run), "data": prepared.fingerprint})
    others = OtherCodes.fitted(faces.mean) if config.others else None
    trainer = SharpTrainer(faces, others, model, config, begin)
    first = 0
    with keeping_checkpoint(checkpoint):
        if resume:
            first = trainer.restore(checkpoint, about)
            forget_lines_after(run / SHARP_METRICS, first)
        else:  # at once: from now on there is something to resume
            trainer.save(checkpoint, 0, about)
    last = config.steps if stop_after is None else min(config.steps, first + stop_after)
    figures = _about(config, prepared, len(faces.mean))
    saved_at = logged_at = time.monotonic()
    logged, sums = first, torch.zeros(len(FIGURES), device=device)
    with (
        keeping_checkpoint(checkpoint),
        (run / SHARP_METRICS).open("a" if resume else "w", encoding="utf-8") as metrics,
        open_board(run, prepared, first, device, tensorboard, BOARD) as board,
        tqdm(total=config.steps, initial=first, unit="step", dynamic_ncols=True) as bar,
    ):
        for step in range(first, last):
            found = trainer.step(step)
            sums += found
            bar.update()
            done, now = step + 1, time.monotonic()
            if done % LOG_EVERY and done != last:
                continue
            trainer.check(found, done)
            means = (sums / (done - logged)).tolist()  # a GPU is waited for
            line = dict(zip(FIGURES, means, strict=True))
            line |= {"step": done, "steps_per_s": (done - logged) / (now - logged_at)}
            bar.set_postfix(
                l1=f"{line['l1']:.4f}",
                score=f"{line['score']:.2f}",
                norm=f"{line['gradient_norm']:.2g}",
            )
            if now - saved_at > 60 * checkpoint_minutes or done == last:
                trainer.save(checkpoint, done, about)
                save_sharp(run, trainer.average, figures | {"done": done})
                line |= _look(board, trainer.average, model, held_out, done)
                saved_at = now
            metrics.write(json.dumps(line) + "\n")
            metrics.flush()
            board.scalars(line)
            logged, logged_at = done, time.monotonic()
            sums.zero_()
    if last < config.steps:
        return {}
    figures |= {"done": last} | _measure(trainer.average, model, held_out)
    save_sharp(run, trainer.average, figures)
    checkpoint.unlink(missing_ok=True)
    return figures


def _vae(run: Path, prepared: Prepared, device: torch.device) -> VAE:
    model = load_model(run, device)
    check_size(model, prepared)
    if not isinstance(model, VAE):
        raise ConfigError(f"expected a run of a VAE; found one of {model.config.kind} in {run}")
    return model


def _of_other_codes(start: Path, key: str, run: Path) -> bool:
    return start.is_dir() and key != weights_key(run)


def _about(config: SharpConfig, prepared: Prepared, pictures: int) -> dict[str, Any]:
    """How it was made, as JSON holds it."""
    options = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(config).items()}
    return options | {"data": prepared.fingerprint, "train_pictures": pictures}


def _measure(network: SharpDecoder, model: VAE, faces: CodedPictures) -> dict[str, Any]:
    """Figures of the sharp renderer as it is kept, in half precision, and of the mean renderer."""
    device = faces.pictures.device
    kept = SharpDecoder(model.config, network.widths, network.blocks).to(device).eval()
    kept.load_state_dict({k: v.half().float() for k, v in network.state_dict().items()})
    classifier = load_classifier(CLASSIFIER, device)
    drawn = {
        name: renderer_figures(draw, faces.pictures, faces.mean, classifier)
        for name, draw in (("sharp", kept), ("mean", model.decode))
    }
    return {"validation_pictures": len(faces.mean)} | drawn


@torch.inference_mode()
def _look(
    board: Board, network: SharpDecoder, model: VAE, faces: CodedPictures, step: int
) -> dict[str, float]:
    """Sharpness and PSNR of what it makes of some validation pictures, a few of them on the board.

    There they stand above what the mean and the sharp renderer make of their codes.
    """
    x = faces.pictures.batch(torch.arange(min(LOOKED_AT, len(faces.mean))))
    z = faces.mean[: len(x)]
    y, few = network(z), slice(GRID_PICTURES)
    board.grids({"renderers": torch.cat([x[few], model.decode(z[few]), y[few]])}, step)
    return {
        "validation_sharpness": (sharpness(y).mean() / sharpness(x).mean()).item(),
        "validation_psnr": psnr((y - x).square().mean()).item(),
    }
