"""Command line of the training room: `python -m training COMMAND`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from data import load_prepared
from training.config import KINDS, LIKELIHOODS, ModelConfig, TrainingConfig
from training.device import pick_device
from training.loop import Diverged, fit

SHIPPED = Path(__file__).parents[1] / "data" / "pretrained" / "celeba64"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 bad input, 130 interrupted."""
    options = _parser().parse_args(arguments)
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
        ema=options.ema,
        clip=options.clip,
        seed=options.seed,
    )
    prepared = load_prepared(options.data)
    device = pick_device(options.device)
    print(f"{model}\n{training}\n{len(prepared.rows('train')):,} pictures on {device}")
    fit(
        prepared,
        options.out,
        model,
        training,
        device=device,
        resume=options.resume,
        checkpoint_minutes=options.checkpoint_minutes,
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
    )
    shown = {k: v for k, v in report.items() if isinstance(v, int | float)}
    for name, value in shown.items():
        print(f"{name:26} {value:,.4g}" if isinstance(value, float) else f"{name:26} {value:,}")
    if (bound := report["importance_weighted"]) is not None:
        for name in ("elbo_bits_per_dim", "bits_per_dim"):
            print(f"{'importance ' + name:26} {bound[name]:.4f}")
    if report["probes"]:
        print(f"{'mean probe AUC':26} {report['probes']['mean_auc']:.4f}")


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Callable, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name, help=help, formatter_class=argparse.ArgumentDefaultsHelpFormatter
        )
        sub.set_defaults(command=function)
        return sub

    # Without SUPPRESS the help would say that their default is None.
    folder = {"type": Path, "metavar": "DIR", "required": True, "default": argparse.SUPPRESS}

    def add_data(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--data", help="prepared folder to read", **folder)
        sub.add_argument("--device", default="auto", help="cuda, mps, cpu; auto takes the best")

    m, t = ModelConfig(), TrainingConfig()
    sub = command("fit", _fit, "train a model into a run folder")
    add_data(sub)
    sub.add_argument("--out", help="run folder to write", **folder)
    sub.add_argument("--resume", action="store_true", help="continue from the run's checkpoint")
    sub.add_argument("--checkpoint-minutes", type=float, default=5.0, help="between checkpoints")
    sub.add_argument("--model", choices=KINDS, default=m.kind, help="VAE or hourglass")
    sub.add_argument("--size", type=int, default=m.size, help="side of a picture, pixels")
    sub.add_argument("--latent", type=int, default=m.latent, help="dimensions of z")
    sub.add_argument("--widths", type=int, nargs="+", default=m.widths, help="channels per level")
    sub.add_argument("--blocks", type=int, default=m.blocks, help="residual blocks per level")
    sub.add_argument("--likelihood", choices=LIKELIHOODS, default=m.likelihood, help="p(x|z)")
    sub.add_argument("--sigma", type=float, default=m.sigma, help="for fixed, in the [0, 1] range")
    sub.add_argument("--epochs", type=int, default=t.epochs, help="passes over the pictures")
    sub.add_argument("--batch", type=int, default=t.batch, help="pictures per step")
    sub.add_argument("--learning-rate", type=float, default=t.learning_rate, help="peak, AdamW")
    sub.add_argument("--weight-decay", type=float, default=t.weight_decay, help="AdamW")
    sub.add_argument("--beta", type=float, default=t.beta, help="weight of the rate")
    sub.add_argument("--ema", type=float, default=t.ema, help="decay of averaged weights, per step")
    sub.add_argument("--clip", type=float, default=t.clip, help="largest gradient norm")
    sub.add_argument("--seed", type=int, default=t.seed, help="of weights, order, flips, noise")

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
        default=256,
        help="pictures of the importance-weighted bound, 64 samples each",
    )
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
