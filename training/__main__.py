"""Command line of the training room: `python -m training COMMAND`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from data import load_prepared
from training import likelihoods
from training.config import KINDS, ModelConfig, TrainingConfig
from training.device import pick_device
from training.loop import Diverged, fit
from training.plan import plan
from training.presets import ABOUT, PRESETS

SHIPPED = Path(__file__).parents[1] / "data" / "pretrained" / "celeba64"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 bad input, 130 interrupted."""
    options = _parser().parse_args(arguments)
    if getattr(options, "preset", None):  # once more, with its options as defaults
        options = _parser(PRESETS[options.preset]).parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = options.command
    try:
        command(options)
    except (ValueError, OSError, Diverged) as error:  # DataError and its like are ValueErrors
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            f"stopped{'; continue with --resume' if command in (_fit, _classify) else ''}",
            file=sys.stderr,
        )
        return 130
    return 0


def _fit(options: argparse.Namespace) -> None:
    model = ModelConfig(
        kind=options.model,
        size=options.size,
        latent=options.latent,
        widths=tuple(options.widths),
        blocks=options.blocks,
        likelihood=options.likelihood,
        sigma=options.sigma,
    )
    training = TrainingConfig(
        epochs=options.epochs,
        batch=options.batch,
        learning_rate=options.learning_rate,
        weight_decay=options.weight_decay,
        beta=options.beta,
        warm_up=options.warm_up,
        free_bits=options.free_bits,
        ema=options.ema,
        clip=options.clip,
        seed=options.seed,
    )
    prepared = load_prepared(options.data)
    device = pick_device(options.device)
    minutes = options.checkpoint_minutes
    print("\n".join(plan(prepared, options.out, model, training, device, minutes)), flush=True)
    if options.dry_run:
        return
    fit(
        prepared,
        options.out,
        model,
        training,
        device=device,
        resume=options.resume,
        checkpoint_minutes=minutes,
    )


def _encode(options: argparse.Namespace) -> None:
    from training.encode import encode

    encode(options.run, load_prepared(options.data), pick_device(options.device))


def _evaluate(options: argparse.Namespace) -> None:
    from training.evaluate import evaluate

    report = evaluate(
        options.run,
        load_prepared(options.data),
        pick_device(options.device),
        options.importance_pictures,
        options.samples,
    )
    shown = {k: v for k, v in report.items() if isinstance(v, int | float)}
    for name, value in shown.items():
        print(f"{name:26} {value:,.4g}" if isinstance(value, float) else f"{name:26} {value:,}")
    if (bound := report["importance_weighted"]) is not None:
        for name in ("elbo_bits_per_dim", "bits_per_dim"):
            print(f"{'importance ' + name:26} {bound[name]:.4f}")
    if (quality := report["frechet"]) is not None:
        for name in ("training_pictures", "reconstructions"):
            print(f"{'Fréchet ' + name:26} {quality[name]:.3f}")
        for name, value in quality["samples"].items():
            print(f"{'Fréchet ' + name:26} {value:.3f}")
    if report["probes"]:
        print(f"{'mean probe AUC':26} {report['probes']['mean_auc']:.4f}")


def _sampler(options: argparse.Namespace) -> None:
    from training.second_stage import make_second_stage

    for name, value in make_second_stage(options.run, options.epochs, options.seed).items():
        print(f"{name:26} {value:,}")


def _layers(options: argparse.Namespace) -> None:
    from training.last_layers import make_last_layers

    figures = make_last_layers(
        options.run,
        load_prepared(options.data),
        pick_device(options.device),
        steps=options.steps,
        seed=options.seed,
    )
    for name, bits in zip(likelihoods.LIKELIHOODS, figures["bits_per_dim"], strict=True):
        print(f"{name:26} {bits:.4f} bits per dimension")


def _publish(options: argparse.Namespace) -> None:
    from training.publish import publish

    publish(options.run, options.out)


def _align(options: argparse.Namespace) -> None:
    from data.celeba import read_celeba
    from training.alignment import align

    celeba = read_celeba(options.data, options.partition_file)
    print(celeba.summary())
    for name, value in align(celeba, options.out, options.steps, options.seed).items():
        print(f"{name:24} {value:,}")


def _classify(options: argparse.Namespace) -> None:
    from training.classifier import ClassifierConfig, classify

    prepared = load_prepared(options.data)
    figures = classify(
        prepared,
        options.run,
        options.out,
        ClassifierConfig(size=prepared.size),
        epochs=options.epochs,
        seed=options.seed,
        device=pick_device(options.device),
        resume=options.resume,
    )
    for name in ("pictures", "reconstructions"):
        print(f"mean AUC on {name:16} {figures[name]['mean_auc']:.4f}")


class _Lines(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """One line for each option, and what follows them as it is."""

    def __init__(self, prog: str, **_: Any):
        super().__init__(prog, max_help_position=33, width=100)


def _parser(preset: dict[str, Any] | None = None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Callable, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, formatter_class=_Lines)
        sub.set_defaults(command=function)
        return sub

    # Without SUPPRESS the help would say that their default is None.
    no_default = {"default": argparse.SUPPRESS}
    folder = {"type": Path, "metavar": "DIR", "required": True} | no_default

    def add_data(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--data", help="prepared folder to read", **folder)
        sub.add_argument("--device", default="auto", help="cuda, mps or cpu; auto takes the best")

    m, t = ModelConfig(), TrainingConfig()
    sub = command("fit", _fit, "train a model into a run folder")
    add_data(sub)
    sub.add_argument("--out", help="run folder to write", **folder)
    sub.add_argument("--dry-run", action="store_true", help="print the plan and stop")
    sub.add_argument("--resume", action="store_true", help="continue from the run's checkpoint")
    sub.add_argument("--preset", choices=PRESETS, metavar="NAME", **no_default, help="see below")
    sub.add_argument("--model", choices=KINDS, default=m.kind, help="VAE or hourglass")
    names = {"choices": likelihoods.LIKELIHOODS, "metavar": "NAME"}
    sub.add_argument("--likelihood", **names, default=m.likelihood, help="see below")
    for option, kind, unit, default, help in (
        ("--checkpoint-minutes", float, "MIN", 5.0, "minutes between checkpoints"),
        ("--size", int, "PIXELS", m.size, "side of a picture"),
        ("--latent", int, "N", m.latent, "dimensions of z"),
        ("--widths", int, "N", m.widths, "channels per level, finest first"),
        ("--blocks", int, "N", m.blocks, "residual blocks per level"),
        ("--sigma", float, "X", m.sigma, "of likelihood fixed, in the [0, 1] pixel range"),
        ("--epochs", int, "N", t.epochs, "passes over the pictures"),
        ("--batch", int, "N", t.batch, "pictures per step"),
        ("--learning-rate", float, "X", t.learning_rate, "peak, of AdamW"),
        ("--weight-decay", float, "X", t.weight_decay, "of AdamW, times the learning rate"),
        ("--beta", float, "X", t.beta, "weight of the rate, 1 is the ELBO"),
        ("--warm-up", float, "EPOCHS", t.warm_up, "epochs in which beta rises from 0"),
        ("--free-bits", float, "BITS", t.free_bits, "bits per dimension that cost nothing"),
        ("--ema", float, "X", t.ema, "decay of the averaged weights, per step"),
        ("--clip", float, "X", t.clip, "largest gradient norm"),
        ("--seed", int, "N", t.seed, "of weights, order, flips, noise"),
    ):
        many = {"nargs": "+"} if option == "--widths" else {}
        sub.add_argument(option, type=kind, metavar=unit, default=default, help=help, **many)
    sub.set_defaults(**preset or {})
    sub.epilog = "\n".join(
        [
            "likelihoods, of a value given z:",
            *(f"  {name:22}{text}" for name, text in likelihoods.ABOUT.items()),
            "presets, which other options override:",
            *(f"  {name:22}{text}" for name, text in ABOUT.items()),
        ]
    )

    for name, function, help in (
        ("encode", _encode, "write the codes of all pictures, latents.npz"),
        ("evaluate", _evaluate, "write report.json, reconstructions.png and samples.png"),
    ):
        sub = command(name, function, help)
        sub.add_argument("run", type=Path, metavar="RUN", help="run folder")
        add_data(sub)
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
    sub = command("sampler", _sampler, "train a second VAE of the codes, to draw new ones from")
    sub.add_argument("run", type=Path, metavar="RUN", help="run folder")
    sub.add_argument("--epochs", type=int, metavar="N", default=200, help="passes over the codes")
    sub.add_argument("--seed", type=int, metavar="N", default=0, help="of weights, order, noise")
    sub = command("layers", _layers, "train last layers for every likelihood, to compare them")
    sub.add_argument("run", type=Path, metavar="RUN", help="run folder")
    add_data(sub)
    sub.add_argument("--steps", type=_count, default=800, help="optimizer steps, 32 pictures each")
    sub.add_argument("--seed", type=int, metavar="N", default=0, help="of weights, order, noise")
    sub = command("publish", _publish, "copy a run without CelebA's pictures and labels")
    sub.add_argument("run", type=Path, metavar="RUN", help="run folder")
    sub.add_argument("--out", help="folder to write", **folder)

    sub = command("align", _align, "train the network that aligns own photos")
    sub.add_argument("--data", help="CelebA as downloaded", **folder)
    sub.add_argument("--partition-file", type=Path, metavar="F", help="another table of partitions")
    sub.add_argument("--out", help="safetensors file to write", **folder | {"metavar": "FILE"})
    sub.add_argument("--steps", type=int, default=4000, help="optimizer steps, 64 pictures each")
    sub.add_argument("--seed", type=int, default=0, help="of weights, order and random moves")

    sub = command("classify", _classify, "train the classifier of attributes that judges edits")
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
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 up, found {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
