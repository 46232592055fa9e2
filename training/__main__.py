"""Command line of training/: `python -m training COMMAND`."""

import argparse
import importlib.util
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from data.boundary import missing_package, print_anything, tell

if importlib.util.find_spec("torch") is None:
    tell(missing_package("torch"))
    sys.exit(2)

from data import load_prepared
from data.lock import one_writer, writer_in
from data.schema import need_faces, read_schema
from training.compute.device import pick_device
from training.compute.processes import (
    give_up,
    join,
    joined,
    leave,
    run_in_processes,
    to_start,
    watch_starter,
)
from training.loop.loop import fit
from training.loop.plan import plan
from training.loop.presets import PRESETS, preset_configs
from training.model.config import ModelConfig, TrainingConfig, from_options, options_of
from training.options import parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 bad input, 130 interrupted.

    One of several processes does not return after an error: it ends (`give_up`).
    """
    watch_starter()
    print_anything()
    options = parser(COMMANDS).parse_args(arguments)
    if getattr(options, "preset", None):  # once more, with its options as defaults
        options = parser(COMMANDS, PRESETS[options.preset]).parse_args(arguments)
    command: Callable[[argparse.Namespace], int | None] = options.command
    try:
        wanted = getattr(options, "processes", 1)
        if command is not _all and to_start(wanted) and not getattr(options, "dry_run", False):
            return run_in_processes(sys.argv[1:] if arguments is None else arguments, wanted)
        with _writing(options):
            code = command(options)
        leave()
        return code or 0
    except KeyboardInterrupt:
        resumable = command in (_fit, _flow, _classify, _sharpen, _steps, _judges)
        print(f"stopped{'; continue with --resume' if resumable else ''}", file=sys.stderr)
        code = 130
    except Exception as error:
        code = 2
        if not tell(error):
            if not joined():
                raise
            traceback.print_exc()
            code = 1
    give_up(code)
    return code


def _writing(options: argparse.Namespace) -> AbstractContextManager[None]:
    """The lock of what a command writes, which one of several processes takes for all."""
    if getattr(options, "dry_run", False) or int(os.environ.get("RANK", "0")):
        return nullcontext()
    if options.command is _all:  # each of its stages locks what it writes
        return nullcontext()
    if "out" not in options:
        return writer_in(options.run)
    return one_writer(options.out, is_folder=options.command not in (_align, _classify))


def _fit(options: argparse.Namespace) -> None:
    model = from_options(ModelConfig, vars(options))
    training = from_options(TrainingConfig, vars(options))
    prepared = load_prepared(options.data)
    model = replace(model, channels=prepared.channels)
    processes = join(options.device)
    minutes, device = options.checkpoint_minutes, processes.device
    count = options.processes if options.dry_run else processes.count
    start = options.start if "start" in options else None
    lines = plan(prepared, options.out, model, training, device, minutes, count, start)
    if processes.first:
        print("\n".join(lines), flush=True)
    if options.dry_run:
        return
    fit(
        prepared,
        options.out,
        model,
        training,
        processes=processes,
        start=start,
        resume=options.resume,
        checkpoint_minutes=minutes,
        tensorboard=options.tensorboard,
    )


def _all(options: argparse.Namespace) -> int:
    from training.loop.whole_run import make_whole_run, stages

    judged = ("importance_pictures", "samples")
    todo = stages(
        options.out,
        options.data,
        options.device,
        _given(options, ("start", "processes", "checkpoint_minutes", *FIT_OPTIONS))
        + ["--tensorboard"] * options.tensorboard,
        _given(options, judged),
    )
    if options.dry_run:
        print("\n".join(f"python -m {shlex.join(stage.words)}" for stage in todo))
        return 0
    with one_writer(options.out):  # told before the first of hours, not by a stage
        pass
    return make_whole_run(options.out, todo, lambda line: print(line, flush=True))


FIT_OPTIONS = tuple(options_of(ModelConfig) | options_of(TrainingConfig))


def _given(options: argparse.Namespace, names: Iterable[str]) -> list[str]:
    """Values that options have, as a command line gives them."""
    words: list[str] = []
    for name in names:
        value = getattr(options, name, ())
        values = value if isinstance(value, list | tuple) else (value,)
        if values:
            words += [f"--{name.replace('_', '-')}", *map(str, values)]
    return words


def _encode(options: argparse.Namespace) -> None:
    from training.codes.encode import encode

    prepared = load_prepared(options.data)
    encode(options.run, prepared, processes=join(options.device), steps=options.steps)


def _evaluate(options: argparse.Namespace) -> None:
    from training.judge.evaluate import evaluate
    from training.judge.frechet import second_network

    report = evaluate(
        options.run,
        load_prepared(options.data),
        pick_device(options.device),
        options.importance_pictures,
        options.samples,
        options.fid,
    )
    shown = {k: v for k, v in report.items() if isinstance(v, int | float)}
    for name, value in shown.items():
        print(f"{name:26} {value:,.4g}" if isinstance(value, float) else f"{name:26} {value:,}")
    if (bound := report["importance_weighted"]) is not None:
        for name in ("elbo_bits_per_dim", "bits_per_dim"):
            print(f"{'importance ' + name:26} {bound[name]:.4f}")
    if (quality := report["frechet"]) is not None:
        for name in ("training_pictures", "reconstructions", "training_codes"):
            print(f"{'Fréchet ' + name:26} {quality[name]:.3f}")
        for name, value in quality["samples"].items():
            print(f"{'Fréchet ' + name:26} {value:.3f}")
        if (flow := quality["flow"]) is not None:
            for name, share in flow["excess_of_mixture"].items():
                if share is not None:
                    print(f"{'excess of mixture, ' + name:26} {share:.2f}")
            for name, value in flow["nearest_training_code"].items():
                print(f"{'nearest code, ' + name:26} {value:.2f}")
        for name, value in second_network(quality["second"]).items():
            print(f"{'Fréchet, judges, ' + name:42} {value:.3f}")
        for name, value in (quality["fid"] or {}).items():
            print(f"{'FID ' + name:26} {value:.3f}")
    if (sharp := report["sharp"]) is not None:
        drawn = {f"samples {k}": v for k, v in (sharp["frechet_samples"] or {}).items()}
        for name, value in (sharp | drawn).items():
            if isinstance(value, float):
                print(f"{f'sharp {name}':26} {value:.4g}")
    for name in ("mig", "disentanglement", "completeness", "informativeness"):
        if (told := report.get("disentanglement")) is not None:
            print(f"{name:26} {told[name]:.4f}")
    if report["probes"]:
        print(f"{'mean probe AUC':26} {report['probes']['mean_auc']:.4f}")


def _sweep(options: argparse.Namespace) -> None:
    from training.loop.sweep import sweep, table

    prepared = load_prepared(options.data)
    model, training = preset_configs(options.preset)
    model = replace(model, size=prepared.size, channels=prepared.channels)
    given = {k: getattr(options, k) for k in ("epochs", "learning_rate") if k in options}
    training = replace(training, **given)
    rows = sweep(
        prepared,
        options.out,
        model,
        training,
        options.betas,
        join(options.device),
        options.samples,
        options.start if "start" in options else None,
    )
    print(table(rows), end="")


def _sampler(options: argparse.Namespace) -> None:
    from training.codes.second_stage import make_second_stage

    device = pick_device(options.device)
    for name, value in make_second_stage(options.run, options.epochs, options.seed, device).items():
        print(f"{name:26} {value:,}")


def _flow(options: argparse.Namespace) -> None:
    from training.codes.flow import make_flow

    figures = make_flow(
        options.run,
        options.steps,
        options.batch,
        options.seed,
        device=pick_device(options.device),
        resume=options.resume,
        start=options.start if "start" in options else None,
    )
    for name, value in figures.items():
        print(f"{name:26} {value if isinstance(value, str) else f'{value:,}'}")


def _layers(options: argparse.Namespace) -> None:
    from training.loop.last_layers import make_last_layers

    figures = make_last_layers(
        options.run,
        load_prepared(options.data),
        pick_device(options.device),
        steps=options.steps,
        seed=options.seed,
    )
    for name, bits in figures["bits_per_dim"].items():
        print(f"{name:26} {bits:.4f} bits per dimension")


def _sharpen(options: argparse.Namespace) -> None:
    from training.sharp.config import SharpConfig
    from training.sharp.sharpen import plan, sharpen

    prepared, device = load_prepared(options.data), pick_device(options.device)
    need_faces(prepared.schema, "a renderer whose detail a classifier of faces judges")
    config, minutes = from_options(SharpConfig, vars(options)), options.checkpoint_minutes
    start = options.start if "start" in options else None
    print("\n".join(plan(prepared, options.run, config, device, minutes, start)), flush=True)
    if options.dry_run:
        return
    figures = sharpen(
        prepared,
        options.run,
        config,
        device=device,
        start=start,
        resume=options.resume,
        checkpoint_minutes=minutes,
        tensorboard=options.tensorboard,
    )
    for renderer in ("mean", "sharp"):
        for name, value in figures[renderer].items():
            print(f"{f'{renderer} {name}':32} {value:,.4g}")


def _steps(options: argparse.Namespace) -> None:
    from training.edits.config import EditConfig
    from training.edits.learn import learn_steps

    need_faces(read_schema(options.run), "steps that judges of faces teach")
    figures = learn_steps(
        options.run,
        from_options(EditConfig, vars(options)),
        device=pick_device(options.device),
        resume=options.resume,
        add=options.add,
    )
    for name, (removed, added) in figures.get("reached", {}).items():
        shares = (f"{'-' if share is None else f'{share:.0%}':>5}" for share in (added, removed))
        print(f"{name:22} added {next(shares)}  removed {next(shares)}")


def _publish(options: argparse.Namespace) -> None:
    from training.release.publish import publish

    publish(options.run, options.out)


def _export(options: argparse.Namespace) -> None:
    from training.release.export import export

    for name, apart in export(options.run, options.out).items():
        print(f"{name}.onnx differs from torch by at most {apart:.1e}")
    print(f"exported to {options.out}")


def _align(options: argparse.Namespace) -> None:
    from data.celeba import read_celeba
    from training.alignment.alignment import align

    celeba = read_celeba(options.data, options.partition_file)
    print(celeba.summary())
    device = pick_device(options.device)
    for name, value in align(celeba, options.out, options.steps, options.seed, device).items():
        print(f"{name:24} {value:,}")


def _classify(options: argparse.Namespace) -> None:
    from training.judge.attribute_network import ClassifierConfig
    from training.judge.classifier import classify

    prepared = load_prepared(options.data)
    need_faces(prepared.schema, "a classifier of its 40 attributes")
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


def _judges(options: argparse.Namespace) -> None:
    from training.judge.attribute_network import CLASSIFIER, load_classifier
    from training.judges.judges import calibrate_judges, summary, train_judges

    prepared, device = load_prepared(options.data), pick_device(options.device)
    need_faces(prepared.schema, "judges of places of a face")
    others = {"classifier": load_classifier(CLASSIFIER, device)} if CLASSIFIER.is_file() else {}
    run = options.run if "run" in options else None
    if options.calibrate:
        figures = calibrate_judges(
            prepared, options.out, options.set, run=run, others=others, device=device
        )
    else:
        figures = train_judges(
            prepared,
            options.out,
            options.set,
            steps=options.steps,
            whole_steps=options.whole_steps,
            run=run,
            others=others,
            device=device,
            resume=options.resume,
        )
    print("\n".join(summary(figures)))


def _identity(options: argparse.Namespace) -> None:
    from training.codes.people import make_people

    for name, value in make_people(options.run).items():
        print(f"{name:24} {value}")


COMMANDS = {
    "fit": _fit,
    "all": _all,
    "encode": _encode,
    "evaluate": _evaluate,
    "sweep": _sweep,
    "sampler": _sampler,
    "flow": _flow,
    "layers": _layers,
    "sharpen": _sharpen,
    "steps": _steps,
    "publish": _publish,
    "export": _export,
    "align": _align,
    "classify": _classify,
    "judges": _judges,
    "identity": _identity,
}

if __name__ == "__main__":
    sys.exit(main())
