"""Command line of data/: `python -m data {prepare,download,draw,example} --help`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from data.boundary import print_anything, tell
from data.errors import DataError, quoted
from data.lock import one_writer
from data.machine import workers_for

EXAMPLES = ("digits", "shapes", "fashion-mnist")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 bad input, 130 interrupted."""
    print_anything()
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except Exception as error:
        if not tell(error):
            raise
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m data",
        description="Pictures as files: download CelebA, draw stand-ins, prepare these or others.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    prepare = commands.add_parser(
        "prepare",
        help="crop and resize pictures into one array",
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=27),
    )
    prepare.description = (
        "Crop and resize pictures into one array: CelebA, or any others with a table of labels "
        "(--table) or without (--no-labels), as a dataset.json in SOURCE may say. A stopped run "
        "continues."
    )
    prepare.set_defaults(run=_prepare)
    add = prepare.add_argument
    add("source", type=Path, metavar="SOURCE", help="folder with CelebA, or with other pictures")
    add("--size", type=_whole, metavar="N", help="side in pixels (default 64)")
    add(
        "--partition-file",
        type=Path,
        metavar="F",
        help="table of partitions (default list_eval_partition)",
    )
    add("--out", type=Path, metavar="DIR", help="result (default data/prepared/celeba<size>)")
    add("--workers", type=_whole, metavar="N", help="processes (default: by cores and memory)")
    add(
        "--replace",
        action="store_true",
        help="fewer or smaller may replace more (default no)",
    )
    _add_labelled(prepare)

    download = commands.add_parser("download", help="fetch CelebA from its Google Drive, 1.5 GB")
    download.set_defaults(run=_download)
    folder: dict[str, Any] = {"type": Path, "metavar": "DIR"}
    default = Path("data/celeba")
    download.add_argument(
        "dir",
        nargs="?",
        default=default,
        help="where to put the files (default data/celeba)",
        **folder,
    )

    example = commands.add_parser("example", help="write another set of labelled pictures")
    example.set_defaults(run=_example)
    told = f"{', '.join(EXAMPLES[:-1])} or {EXAMPLES[-1]}"
    example.add_argument("name", choices=EXAMPLES, metavar="NAME", help=told)
    example.add_argument("dir", help="a new folder", **folder)
    example.add_argument(
        "--count", type=_whole, metavar="N", help="number of pictures (default: all, or 20000)"
    )

    draw = commands.add_parser("draw", help="draw stand-in faces in the layout of CelebA")
    draw.set_defaults(run=_draw)
    draw.add_argument("dir", help="a new folder", **folder)
    draw.add_argument("--count", type=_whole, required=True, metavar="N", help="number of faces")
    draw.add_argument(
        "--seed", type=_seed, default=0, metavar="S", help="a whole number (default 0)"
    )
    return parser


def _add_labelled(prepare: argparse.ArgumentParser) -> None:
    """The options of `data.labelled.Options`, whose defaults stand there."""
    add = prepare.add_argument
    given: dict[str, Any] = {"default": argparse.SUPPRESS}
    names: dict[str, Any] = given | {"nargs": "+", "metavar": "C"}
    flag: dict[str, Any] = given | {"action": "store_true"}
    add("--table", metavar="F", help="labels, a row for each picture (default CelebA)", **given)
    add("--no-labels", action="store_true", help="pictures without a table (default no)")
    add("--columns", help="those that become labels (default all)", **names)
    add("--categories", help="are so, though whole numbers (default few ones)", **names)
    add("--numbers", help="are so, though few (default many ones)", **names)
    add("--factors", help="columns that are true causes (default none)", **names)
    add("--crop", dest="cut", help="centre, whole or a box L T R B (default centre)", **names)
    add("--grey", help="keep one channel (default no)", **flag)
    add("--mirror", help="mirrored ones are as good, to train (default no)", **flag)
    add("--name", metavar="W", help="of the set (default that of its folder)", **given)
    add("--one", metavar="W", help="what a picture shows (default picture)", **given)
    add("--many", metavar="W", help="what several show (default pictures)", **given)


def _whole(text: str, least: int = 1) -> int:
    if not text.isdigit() or int(text) < least:
        raise argparse.ArgumentTypeError(f"expected a whole number from {least} up, found {text!r}")
    return int(text)


def _seed(text: str) -> int:
    return _whole(text, least=0)


def _prepare(options: argparse.Namespace) -> None:
    from data.prepare import CHUNK, WORKER_MEMORY, prepare

    source, size, name = _source(options)
    out = options.out or Path(f"data/prepared/{name}{size}")
    print(source.summary())
    workers = options.workers or workers_for(-(-len(source.table) // CHUNK), WORKER_MEMORY)
    print(f"to {out}: {size}x{size} pixels, worker processes: {workers}")
    with one_writer(out, needed=0):  # it knows to the byte what it needs
        prepare(source, out, size, workers, replace=options.replace)


def _source(options: argparse.Namespace) -> tuple[Any, int, str]:
    """What is to be prepared, the side of its pictures, and what the result is called after."""
    from dataclasses import fields

    from data.celeba import read_celeba
    from data.labelled import Options, read_labelled, told_by, with_given

    known = [f.name for f in fields(Options)]
    given = {k: v for k, v in vars(options).items() if k in known and v is not None}
    told = told_by(options.source)
    if told is None and not options.no_labels and not {*given} - {"size"}:
        size = options.size or 64
        return read_celeba(options.source, options.partition_file), size, "celeba"
    if options.partition_file is not None:
        raise DataError(
            "--partition-file with CelebA",
            f"other pictures in {options.source}",
            "tell partitions in a column `partition` of the table.",
        )
    if options.no_labels:
        given |= {"table": None, "columns": (), "categories": (), "numbers": (), "factors": ()}
    if (cut := given.get("cut")) is not None:
        box = all(part.isdecimal() for part in cut)
        given["cut"] = tuple(map(int, cut)) if box else " ".join(cut)
    wished = with_given(told or Options(), given)
    source = read_labelled(options.source, wished)
    return source, wished.size, options.source.resolve().stem


def _download(options: argparse.Namespace) -> None:
    from data.download import download

    print(f"to {options.dir}: about 1.5 GB")
    with one_writer(options.dir):
        download(options.dir)
    print(f"next: python -m data prepare {quoted(options.dir)}")


def _example(options: argparse.Namespace) -> None:
    from data.examples import write_example

    print(f"to {options.dir}: {options.name}")
    with one_writer(options.dir):
        write_example(options.name, options.dir, options.count)
    print(f"next: python -m data prepare {quoted(options.dir)}")


def _draw(options: argparse.Namespace) -> None:
    from data.draw import draw_celeba

    print(f"to {options.dir}: {options.count} faces of seed {options.seed}")
    with one_writer(options.dir):
        draw_celeba(options.dir, options.count, options.seed)
    print(f"next: python -m data prepare {quoted(options.dir)}")


if __name__ == "__main__":
    sys.exit(main())
