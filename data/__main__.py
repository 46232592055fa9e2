"""Command line of data/: `python -m data {prepare,download,draw} --help`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from data.boundary import print_anything, tell
from data.errors import quoted
from data.lock import one_writer
from data.machine import workers_for


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
        "python -m data", description="CelebA as files: download it, prepare it, or draw stand-ins."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    prepare = commands.add_parser("prepare", help="crop and resize CelebA into one array")
    prepare.description = "Crop and resize CelebA into one array. A stopped run continues."
    prepare.set_defaults(run=_prepare)
    add = prepare.add_argument
    add("source", type=Path, metavar="SOURCE", help="folder with CelebA, the zip packed or not")
    add("--size", type=_whole, default=64, metavar="N", help="side in pixels (default 64)")
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

    draw = commands.add_parser("draw", help="draw stand-in faces in the layout of CelebA")
    draw.set_defaults(run=_draw)
    draw.add_argument("dir", help="a new folder", **folder)
    draw.add_argument("--count", type=_whole, required=True, metavar="N", help="number of faces")
    draw.add_argument(
        "--seed", type=_seed, default=0, metavar="S", help="a whole number (default 0)"
    )
    return parser


def _whole(text: str, least: int = 1) -> int:
    if not text.isdigit() or int(text) < least:
        raise argparse.ArgumentTypeError(f"expected a whole number from {least} up, found {text!r}")
    return int(text)


def _seed(text: str) -> int:
    return _whole(text, least=0)


def _prepare(options: argparse.Namespace) -> None:
    from data.celeba import read_celeba
    from data.prepare import CHUNK, WORKER_MEMORY, prepare

    out = options.out or Path(f"data/prepared/celeba{options.size}")
    celeba = read_celeba(options.source, options.partition_file)
    print(celeba.summary())
    workers = options.workers or workers_for(-(-len(celeba.table) // CHUNK), WORKER_MEMORY)
    print(f"to {out}: {options.size}x{options.size} pixels, worker processes: {workers}")
    with one_writer(out, needed=0):  # it knows to the byte what it needs
        prepare(celeba, out, options.size, workers, replace=options.replace)


def _download(options: argparse.Namespace) -> None:
    from data.download import download

    print(f"to {options.dir}: about 1.5 GB")
    with one_writer(options.dir):
        download(options.dir)
    print(f"next: python -m data prepare {quoted(options.dir)}")


def _draw(options: argparse.Namespace) -> None:
    from data.draw import draw_celeba

    print(f"to {options.dir}: {options.count} faces of seed {options.seed}")
    with one_writer(options.dir):
        draw_celeba(options.dir, options.count, options.seed)
    print(f"next: python -m data prepare {quoted(options.dir)}")


if __name__ == "__main__":
    sys.exit(main())
