"""What a training run is going to do, told before it starts."""

from pathlib import Path

import torch

from data.prepared import Prepared
from training.compute.device import bfloat16_helps
from training.model.config import ConfigError, ModelConfig, TrainingConfig, refuse_contradictions
from training.model.likelihoods import OUTPUTS
from training.model.networks import build
from training.run.run_folder import read_config

NETWORK = (
    "kind",
    "size",
    "channels",
    "latent",
    "widths",
)  # options that make the weights, but for blocks


def steps_per_epoch(
    prepared: Prepared, model: ModelConfig, training: TrainingConfig, processes: int = 1
) -> int:
    """Whole batches in the train partition.

    Raises ConfigError on options that contradict one another or the pictures.
    """
    refuse_contradictions(model, training)
    if model.size != prepared.size:
        raise ConfigError(
            f"expected --size {prepared.size}, the size of the pictures in {prepared.root}; "
            f"found {model.size}"
        )
    if model.channels != prepared.channels:
        raise ConfigError(
            f"expected a network of {prepared.channels} channels, as the pictures in "
            f"{prepared.root} have; found {model.channels}"
        )
    pictures = len(prepared.rows("train"))
    if training.batch > pictures:
        raise ConfigError(
            f"expected --batch of at most {pictures}, the number of training pictures; "
            f"found {training.batch}"
        )
    if training.batch % processes:
        raise ConfigError(
            f"expected --batch a multiple of the {processes} processes that share it; "
            f"found {training.batch}"
        )
    return pictures // training.batch


def check_start(start: Path, model: ModelConfig) -> None:
    """Raises ConfigError when run `start` is of another network, RunError when it is none.

    It may have fewer residual blocks: new ones change nothing at first (training/model/growth.py).
    """
    theirs = read_config(start).model
    for half in ("encoder", "decoder"):
        own, other = (getattr(config, f"blocks_of_{half}") for config in (model, theirs))
        if any(a < b for a, b in zip(own, other, strict=False)):
            raise ConfigError(
                f"expected --start to name a run with at most {' '.join(map(str, own))} residual "
                f"blocks in the {half}'s levels; found {' '.join(map(str, other))} in {start}"
            )
    parts = {name: (getattr(model, name), getattr(theirs, name)) for name in NETWORK}
    parts["numbers per value"] = OUTPUTS[model.likelihood], OUTPUTS[theirs.likelihood]
    for name, (expected, found) in parts.items():
        if expected != found:
            raise ConfigError(
                f"expected --start to name a run of the same network, {name} {expected}; "
                f"found {name} {found} in {start}"
            )


def plan(
    prepared: Prepared,
    run: Path,
    model: ModelConfig,
    training: TrainingConfig,
    device: torch.device,
    checkpoint_minutes: float,
    processes: int = 1,
    start: Path | None = None,
) -> list[str]:
    """The run as lines for people. Raises as `steps_per_epoch` and `check_start` do."""
    if start is not None:
        check_start(start, model)
    steps = steps_per_epoch(prepared, model, training, processes)
    pictures = len(prepared.rows("train"))
    grey = " of grey" if model.channels == 1 else ""
    with torch.device("meta"):  # counted, not made
        parameters = sum(p.numel() for p in build(model).parameters())
    blocks = f"{model.blocks} residual block{'' if model.blocks == 1 else 's'} per level"
    if model.encoder_blocks or model.decoder_blocks:
        halves = (model.blocks_of_encoder, model.blocks_of_decoder)
        encoder, decoder = (" ".join(map(str, counts)) for counts in halves)
        blocks = f"residual blocks per level {encoder} in the encoder, {decoder} in the decoder"
    sigma = f", sigma {model.sigma:g}" if model.likelihood == "fixed" else ""
    rate = f"beta {training.beta:g}" if model.kind == "vae" else "none: an hourglass has no prior"
    if training.warm_up:
        rate += f", rising from 0 over {training.warm_up:g} epochs"
    if training.free_bits:
        rate += f", {training.free_bits:g} bits of each dimension free"
    objective = f"{model.likelihood}{sigma}"
    if training.perceptual:
        objective += f", and {training.perceptual:g} nats per unit of the perceptual distance"
    lines = {
        "model": f"{model.kind}, {model.size}x{model.size} pixels{grey}, {model.latent} latent "
        f"dimensions, {parameters / 1e6:.2f} million parameters",
        "network": f"widths {' '.join(map(str, model.widths))}, {blocks}",
        "likelihood": objective,
        "rate": rate,
        "pictures": f"{pictures:,} pictures on {f'{processes} times ' * (processes > 1)}{device}, "
        f"{pictures * model.values / 1e9:.2f} GB as bytes",
        "steps": f"{training.epochs} epochs of {steps:,} steps of {training.batch} pictures: "
        f"{training.epochs * steps:,} steps",
        "optimizer": f"Muon, learning rate up to {training.learning_rate:g} and down again, "
        f"weight decay {training.weight_decay:g}, gradient norm up to {training.clip:g}",
        "precision": "bfloat16 products, float32 weights" if bfloat16_helps(device) else "float32",
        "weights": f"{'fresh' if start is None else f'at first those of {start}'}, "
        f"averaged with decay {training.ema:g} per step, seed {training.seed}",
        "writes": f"{run}, a checkpoint every {checkpoint_minutes:g} minutes",
    }
    return [f"{name:11}{text}" for name, text in lines.items()]
