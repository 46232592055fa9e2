"""The options of `python -m training`: one line each, with unit and default."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import Field
from pathlib import Path
from typing import Any

from data.shipped import SHIPPED
from training.codes.descent import STEPS
from training.codes.flow import BATCH as FLOW_BATCH
from training.codes.flow import STEPS as FLOW_STEPS
from training.edits.config import EditConfig
from training.judges.files import SETS
from training.judges.learning import STEPS as STEPS_OF_BANDS
from training.judges.learning import WHOLE_STEPS
from training.loop.presets import ABOUT, PRESETS
from training.model import likelihoods
from training.model.config import ModelConfig, TrainingConfig, options_of
from training.sharp.config import SharpConfig


class _Lines(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """One line for each option, and what follows them as it is."""

    def __init__(self, prog: str, **_: Any):
        super().__init__(prog, max_help_position=33, width=100)


def parser(
    functions: Mapping[str, Callable], preset: Mapping[str, Any] | None = None
) -> argparse.ArgumentParser:
    """What `python -m training` understands.

    functions: what runs each command, by its name. preset: options of `fit` that are its defaults.
    """
    parser = argparse.ArgumentParser("python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, formatter_class=_Lines)
        sub.set_defaults(command=functions[name])
        return sub

    # Without SUPPRESS the help would say that their default is None.
    no_default: dict[str, Any] = {"default": argparse.SUPPRESS}
    folder: dict[str, Any] = {"type": Path, "metavar": "DIR", "required": True} | no_default

    def add_data(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--data", help="prepared folder to read", **folder)
        sub.add_argument("--device", default="auto", help="cuda, mps or cpu; auto takes the best")

    def add_processes(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--processes",
            type=_count,
            metavar="N",
            default=1,
            help="that share the work, a GPU for each",
        )

    def add_loop(sub: argparse.ArgumentParser, resumes: bool = True) -> None:
        sub.add_argument("--dry-run", action="store_true", help="print the plan and stop")
        if resumes:
            sub.add_argument(
                "--resume", action="store_true", help="continue from the run's checkpoint"
            )
        sub.add_argument(
            "--tensorboard", action="store_true", help="write events for TensorBoard, too"
        )

    def add_minutes(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--checkpoint-minutes",
            type=float,
            metavar="MIN",
            default=5.0,
            help="minutes between checkpoints",
        )

    def add_start(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--start",
            type=Path,
            metavar="RUN",
            **no_default,
            help="whose weights to begin with, fresh ones if absent",
        )

    def add_judged(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--importance-pictures",
            type=int,
            metavar="N",
            default=256,
            help="pictures of the importance-weighted bound",
        )
        sub.add_argument(
            "--samples",
            type=int,
            metavar="N",
            default=5000,
            help="pictures per sampler for its Fréchet distance",
        )

    for command_name, told in (
        ("fit", "train a model into a run folder"),
        ("all", "make a whole run folder: fit, encode, sampler, evaluate, vectors, map"),
    ):
        sub = command(command_name, told)
        add_data(sub)
        sub.add_argument("--out", help="run folder to write", **folder)
        add_loop(sub, resumes=command_name == "fit")
        add_start(sub)
        add_processes(sub)
        sub.add_argument(
            "--preset", choices=PRESETS, metavar="NAME", **no_default, help="see below"
        )
        if command_name == "all":
            add_judged(sub)
        named: list[tuple[str, Field]] = []
        counted: list[tuple[str, Field]] = []
        for name, field in (options_of(ModelConfig) | options_of(TrainingConfig)).items():
            (named if field.metadata["choices"] else counted).append((name, field))
        for name, field in named:
            add_option(sub, name, field)
        add_minutes(sub)
        for name, field in counted:
            add_option(sub, name, field)
        sub.set_defaults(**preset or {})
        sub.epilog = "\n".join(
            [
                "likelihoods, of a value given z:",
                *(f"  {name:22}{text}" for name, text in likelihoods.ABOUT.items()),
                "presets, which other options override:",
                *(f"  {name:22}{text}" for name, text in ABOUT.items()),
            ]
        )

    for name, help in (
        ("encode", "write the codes of all pictures, latents.npz"),
        ("evaluate", "write report.json, reconstructions.png and samples.png"),
    ):
        sub = command(name, help)
        sub.add_argument("run", type=Path, metavar="RUN", help="run folder")
        add_data(sub)
        if name == "encode":
            sub.add_argument(
                "--steps",
                type=int,
                metavar="N",
                default=STEPS,
                help="from the encoder's guess to codes that fit; 0 keeps the guess",
            )
            add_processes(sub)
    add_judged(sub)
    sub.add_argument("--fid", action="store_true", help="FID, too; downloads the Inception network")
    sub = command("sweep", "train with several weights of the rate: a table and a plot")
    add_data(sub)
    sub.add_argument("--out", help="folder for the runs to write", **folder)
    sub.add_argument(
        "--betas", type=float, nargs="+", metavar="X", default=[0.5, 1.0, 2.0, 4.0], help="weights"
    )
    sub.add_argument(
        "--preset",
        choices=PRESETS,
        metavar="NAME",
        default="celeba64",
        help="of python -m training fit",
    )
    sub.add_argument(
        "--epochs", type=_count, metavar="N", **no_default, help="the preset's if absent"
    )
    sub.add_argument(
        "--learning-rate", type=float, metavar="X", **no_default, help="the preset's if absent"
    )
    add_start(sub)
    sub.add_argument(
        "--samples", type=_count, metavar="N", default=5000, help="pictures per Fréchet distance"
    )
    sub = command("sampler", "train a second VAE of the codes, to draw new ones from")
    sub.add_argument("run", type=Path, metavar="RUN", help="run folder")
    sub.add_argument("--device", default="auto", help="cuda, mps or cpu; auto takes the best")
    sub.add_argument("--epochs", type=int, metavar="N", default=200, help="passes over the codes")
    sub.add_argument("--seed", type=int, metavar="N", default=0, help="of weights, order, noise")
    sub = command("flow", "train a flow to the codes, to draw faces from, with attributes or any")
    sub.add_argument("run", type=Path, metavar="RUN", help="run folder")
    sub.add_argument("--device", default="auto", help="cuda, mps or cpu; auto takes the best")
    sub.add_argument("--resume", action="store_true", help="continue from RUN's checkpoint")
    sub.add_argument(
        "--start",
        type=Path,
        metavar="RUN",
        **no_default,
        help="with whose flow to begin, taken along to these codes",
    )
    sub.add_argument("--steps", type=_count, metavar="N", default=FLOW_STEPS, help="at most")
    sub.add_argument("--batch", type=_count, metavar="N", default=FLOW_BATCH, help="codes per step")
    sub.add_argument("--seed", type=int, metavar="N", default=0, help="of weights, codes and noise")
    sub = command("layers", "train last layers for every likelihood, to compare them")
    sub.add_argument("run", type=Path, metavar="RUN", help="run folder")
    add_data(sub)
    sub.add_argument("--steps", type=_count, default=800, help="optimizer steps, 32 pictures each")
    sub.add_argument("--seed", type=int, metavar="N", default=0, help="of weights, order, noise")
    sub = command("sharpen", "train a second decoder of the codes, whose pictures are sharp")
    sub.add_argument("run", type=Path, metavar="RUN", help="run folder, with codes")
    add_data(sub)
    add_loop(sub)
    sub.add_argument(
        "--start",
        type=Path,
        metavar="RUN",
        **no_default,
        help="or file, whose sharp decoder to begin with, a fresh one if absent",
    )
    add_minutes(sub)
    for name, field in options_of(SharpConfig).items():
        add_option(sub, name, field)
    sub = command("steps", "learn for every face the step towards an attribute and away from it")
    sub.add_argument("run", type=Path, metavar="RUN", help="run folder, with codes")
    sub.add_argument("--add", action="store_true", help="for attributes that have none yet alone")
    sub.add_argument("--device", default="auto", help="cuda, mps or cpu; auto takes the best")
    sub.add_argument("--resume", action="store_true", help="continue from RUN's checkpoint")
    for name, field in options_of(EditConfig).items():
        add_option(sub, name, field)
    sub = command("publish", "copy a run without CelebA's pictures and labels")
    sub.add_argument("run", type=Path, metavar="RUN", help="run folder")
    sub.add_argument("--out", help="folder to write", **folder)

    sub = command("export", "write ONNX networks and a folder for a model hub")
    sub.add_argument("run", type=Path, metavar="RUN", help="run folder")
    sub.add_argument("--out", help="folder to write", **folder)

    sub = command("align", "train the network that aligns own photos")
    sub.add_argument("--data", help="CelebA as downloaded", **folder)
    sub.add_argument("--partition-file", type=Path, metavar="F", help="another table of partitions")
    sub.add_argument("--out", help="safetensors file to write", **folder | {"metavar": "FILE"})
    sub.add_argument("--device", default="auto", help="cuda or cpu; auto takes the best")
    sub.add_argument("--steps", type=int, default=4000, help="optimizer steps, 64 pictures each")
    sub.add_argument("--seed", type=int, default=0, help="of weights, order and random moves")

    sub = command("classify", "train the classifier of attributes that judges edits")
    add_data(sub)
    sub.add_argument(
        "--run",
        type=Path,
        metavar="RUN",
        default=SHIPPED,
        help="model whose reconstructions it also learns from",
    )
    sub.add_argument("--out", help="safetensors file to write", **folder | {"metavar": "FILE"})
    sub.add_argument("--resume", action="store_true", help="continue from FILE's checkpoint")
    sub.add_argument("--epochs", type=_count, default=16, help="passes over the pictures")
    sub.add_argument("--seed", type=int, default=0, help="of weights, order and augmentation")

    sub = command("judges", "train or calibrate judges that look where an attribute is")
    add_data(sub)
    sub.add_argument("--out", help="folder to write", **folder)
    sub.add_argument(
        "--set",
        choices=SETS,
        required=True,
        **no_default,
        help="a may be trained through, b only scores",
    )
    sub.add_argument(
        "--run",
        type=Path,
        metavar="RUN",
        **no_default,
        help="whose renderers draw what they are calibrated on; pictures if absent",
    )
    sub.add_argument("--calibrate", action="store_true", help="those in the folder; no training")
    sub.add_argument("--resume", action="store_true", help="continue from the folder's checkpoints")
    sub.add_argument(
        "--steps", type=_count, metavar="N", default=STEPS_OF_BANDS, help="of the judge of a band"
    )
    sub.add_argument(
        "--whole-steps",
        type=_count,
        metavar="N",
        default=WHOLE_STEPS,
        help="of the judge of whole faces",
    )

    sub = command("identity", "find where in the codes a person is, to tell who is who")
    sub.add_argument("run", type=Path, metavar="RUN", help="run folder, with codes")
    return parser


def add_option(sub: argparse.ArgumentParser, name: str, field: Field) -> None:
    """The option of a field of a config, see `options_of`."""
    default: Any = field.default
    many = isinstance(default, tuple)
    sub.add_argument(
        f"--{name.replace('_', '-')}",
        type=type((default or (0,))[0] if many else default),
        nargs="+" if many else None,
        metavar=field.metadata["unit"],
        choices=field.metadata["choices"],
        default=default,
        help=field.metadata["help"],
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 up, found {text!r}")
    return int(text)
