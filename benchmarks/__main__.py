"""`python -m benchmarks NAME`: lines for people, then one line of JSON. Measures EXPLORER_RUN."""

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path

from benchmarks import confirm
from benchmarks.abuse import HALVES, abuse
from benchmarks.abuse_files import INPUTS
from benchmarks.abuse_server import MESSAGES
from benchmarks.browser import AppStopped, BrowserMissing
from benchmarks.decode import decode
from benchmarks.drag import drag
from benchmarks.edit_bench import FACES, HELD, Plan
from benchmarks.edits import edits
from benchmarks.gpu import SHARES, gpu, part
from benchmarks.learn import learn
from benchmarks.live import ROUNDS, SECONDS, SESSIONS, live
from benchmarks.map import COUNTS, LOADS, face_map, umap_times
from benchmarks.measure import print_figures
from benchmarks.memory import memory
from benchmarks.prepare import prepare
from benchmarks.site import site
from benchmarks.start import start
from benchmarks.train import train
from data import ATTRIBUTES
from data.lock import writer_in
from explorer.recipe.renderers import RENDERERS
from explorer.run.loaded import chosen_run
from training.loop.presets import PRESETS


def main(arguments: list[str] | None = None) -> int:
    """Run one benchmark; returns 0, or 2 after printing an error meant for people."""
    options = _parser().parse_args(arguments)
    try:
        if getattr(options, "part", None):
            part(options.part, options.seconds, options.prepared)
            return 0
        print_figures(*options.measure(options))
    except (AppStopped, BrowserMissing, ValueError) as error:  # RunError is a ValueError
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    names = parser.add_subparsers(required=True, metavar="NAME")
    starting = names.add_parser("start", help="from starting the app to the first face")
    starting.add_argument(
        "--starts", type=_count, default=3, metavar="N", help="of which the median"
    )
    starting.set_defaults(measure=lambda options: start(chosen_run(), options.starts))
    dragging = names.add_parser("drag", help="how quickly a face follows the hand")
    dragging.set_defaults(measure=lambda options: drag(chosen_run()))
    without_server = names.add_parser("site", help="the same of a page without a server, beside it")
    without_server.set_defaults(measure=lambda options: site(chosen_run()))
    decoding = names.add_parser("decode", help="codes to pictures; needs no browser")
    decoding.add_argument("--quick", action="store_true", help="without compiling, and fewer times")
    decoding.set_defaults(measure=lambda options: decode(chosen_run(), options.quick))
    many = names.add_parser("live", help="the live route for many sessions; needs no browser")
    many.add_argument(
        "--sessions", type=_count, nargs="+", default=SESSIONS, metavar="N", help="at once"
    )
    many.add_argument("--seconds", type=float, default=SECONDS, metavar="S", help="of a drag")
    many.add_argument(
        "--rounds", type=_count, default=ROUNDS, metavar="N", help="of which the median"
    )
    many.set_defaults(measure=lambda o: live(chosen_run(), o.sessions, o.seconds, o.rounds))
    mapping = names.add_parser("map", help="the face map, with up to as many faces as CelebA")
    mapping.add_argument(
        "--points", type=_count, nargs="+", default=COUNTS, metavar="N", help="instead of all three"
    )
    mapping.add_argument(
        "--loads", type=_count, default=LOADS, metavar="N", help="first paints of which the median"
    )
    mapping.add_argument("--umap", action="store_true", help="how long UMAP takes, instead")
    mapping.set_defaults(measure=_map)
    learning = names.add_parser("learn", help="how quickly the steps of Learn answer")
    learning.set_defaults(measure=lambda options: learn(chosen_run()))
    training = names.add_parser("train", help="our training loop and the customary one")
    training.add_argument("--preset", choices=PRESETS, default="celeba64", metavar="NAME")
    training.add_argument("--rounds", type=_count, default=5, metavar="N", help="in turns")
    training.set_defaults(measure=lambda o: train(o.data, o.preset, rounds=o.rounds))
    minutes = names.add_parser("gpu", help="all that concerns a GPU, in minutes")
    minutes.add_argument(
        "--seconds", type=float, default=120.0, metavar="S", help="for all of it (default 120)"
    )
    minutes.add_argument(
        "--logs", type=Path, default=Path("runs/gpu"), metavar="DIR", help="default runs/gpu"
    )
    minutes.add_argument("--parts", nargs="+", choices=SHARES, default=(), help="these alone")
    minutes.add_argument("--part", choices=SHARES, help="in this process; for the command itself")
    minutes.add_argument(
        "--prepared", type=Path, metavar="DIR", help="prepared pictures, for a whole run folder"
    )
    minutes.set_defaults(measure=lambda o: gpu(o.seconds, o.logs, o.parts, o.prepared))
    preparing = names.add_parser("prepare", help="preparing pictures, and decoding them only")
    preparing.add_argument(
        "--rounds", type=_count, default=5, metavar="N", help="of both, in turns"
    )
    preparing.set_defaults(measure=lambda o: prepare(o.data, rounds=o.rounds))
    for sub in (training, preparing):
        sub.add_argument("--data", type=Path, metavar="DIR", help="CelebA instead of drawn faces")
    holding = names.add_parser("memory", help="the most memory that preparing and training hold")
    holding.add_argument(
        "--pictures",
        type=_count,
        default=202_599,
        metavar="N",
        help="synthetic ones",
    )
    holding.set_defaults(measure=lambda o: memory(o.pictures))
    editing = names.add_parser("edits", help="what attribute edits reach and what else they do")
    editing.add_argument(
        "--quick", action="store_true", help="ten well-known attributes and few methods"
    )
    editing.add_argument(
        "--elected",
        action="store_true",
        help="what was elected before, and the mean difference, on more faces that did not elect",
    )
    editing.add_argument(
        "--faces",
        type=_count,
        metavar="N",
        help="to add each attribute to, and to remove it from; as many elect "
        f"(default {FACES}, with --elected {confirm.FACES})",
    )
    editing.add_argument(
        "--attributes", nargs="+", metavar="A", help="these instead of all that judges tell"
    )
    editing.add_argument(
        "--locks", nargs="+", metavar="A", help="hold these still, too (Male for Eyeglasses)"
    )
    editing.add_argument(
        "--write", action="store_true", help="keep the figures and what they elect in the run"
    )
    editing.add_argument(
        "--renderer", choices=RENDERERS, help="whose faces are judged (default all of the run)"
    )
    editing.set_defaults(measure=_edits)
    abusing = names.add_parser(
        "abuse", help="what damaged files, killed commands and hostile clients do"
    )
    abusing.add_argument(
        "--inputs", type=_count, default=INPUTS, metavar="N", help="damaged ones of each kind"
    )
    abusing.add_argument(
        "--step", type=_count, default=1, metavar="N", help="kill at every N-th change of the disk"
    )
    abusing.add_argument(
        "--messages", type=_count, default=MESSAGES, metavar="N", help="hostile ones to the server"
    )
    abusing.add_argument("--half", choices=HALVES, help="this one instead of both")
    abusing.set_defaults(
        measure=lambda o: abuse(chosen_run(), o.inputs, o.step, o.messages, o.half)
    )
    return parser


def _map(options: argparse.Namespace) -> tuple[list[str], dict]:
    if options.umap:
        return umap_times(chosen_run())
    return face_map(chosen_run(), tuple(options.points), options.loads)


def _edits(options: argparse.Namespace) -> tuple[list[str], dict]:
    with writer_in(chosen_run()) if options.write else nullcontext():
        return _judged(options)


def _judged(options: argparse.Namespace) -> tuple[list[str], dict]:
    if options.elected:
        faces = options.faces or confirm.FACES
        return confirm.confirm(chosen_run(), options.attributes, faces, options.write)
    if options.quick:
        return edits(chosen_run(), write=options.write)
    held = HELD
    if options.locks:
        names = options.attributes or ATTRIBUTES
        held = {a: tuple(lock for lock in options.locks if lock != a) for a in names}
    renderers = None if options.renderer is None else (options.renderer,)
    plan = Plan(options.attributes, options.faces or FACES, held=held, renderers=renderers)
    return edits(chosen_run(), plan, options.write)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 up, found {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
