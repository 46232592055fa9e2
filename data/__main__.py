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

    prepare = commands.add_parser("prepare", help="crop and resize pictures into one array")
    prepare.description = (
        "Crop and resize pictures into one array: CelebA, or any others with a table of labels "
        "(--table) or without (--no-labels). A stopped run continues."
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
        help="fewer or smaller pictures may replace more (default no)",
    )
    others = prepare.add_argument_group(
        "other pictures than CelebA's", "A dataset.json in SOURCE may say these, too."
    )
    _add_labelled(others)

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
    example.add_argument("name", choices=EXAMPLES, help="which one")
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


def _add_labelled(others: Any) -> None:
    """The options of `data.labelled.Options`, none of which has a default here."""
    add, none = others.add_argument, argparse.SUPPRESS
    names: dict[str, Any] = {"nargs": "+", "metavar": "COLUMN", "default": none}
    add("--table", metavar="F", default=none, help="a row for each picture, with a header")
    add("--no-labels", action="store_true", help="pictures alone, without a table")
    add("--columns", help="those that become labels (default all)", **names)
    add("--categories", help="columns of categories that look like numbers", **names)
    add("--numbers", help="columns of numbers that look like categories", **names)
    add("--factors", help="columns that are true causes of the pictures", **names)
    add(
        "--crop",
        dest="cut",
        nargs="+",
        metavar="C",
        default=none,
        help="centre (the largest square, default), whole (on black), or LEFT TOP RIGHT BOTTOM",
    )
    add("--grey", action="store_true", default=none, help="one channel")
    add("--mirror", action="store_true", default=none, help="mirrored ones are as good, to train")
    add("--name", default=none, help="of the set (default the folder's)")
    add("--one", metavar="WORD", default=none, help="what a picture shows (default picture)")
    add("--many", metavar="WORD", default=none, help="the same of several (default pictures)")


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
