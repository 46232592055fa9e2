"""Command line of explorer/: `python -m explorer vectors|map RUN`."""

import argparse
import sys
from pathlib import Path

from data.prepared import PARTITIONS
from explorer.recipe.recipe import METHODS
from training.run.run_folder import RunError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 bad input, 130 interrupted."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except (RunError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    return 0


def _vectors(options: argparse.Namespace) -> None:
    from explorer.derived.vectors import make_vectors

    make_vectors(options.run, options.default)


def _map(options: argparse.Namespace) -> None:
    from explorer.derived.face_map import make_map

    make_map(options.run, options.seed, options.partition, options.like)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m explorer", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    vectors = commands.add_parser("vectors", help="attribute vectors and statistics of the codes")
    vectors.set_defaults(command=_vectors)
    vectors.add_argument(
        "--default",
        choices=METHODS,
        default=METHODS[0],
        help=f"method of the page's attribute sliders (default {METHODS[0]})",
    )
    face_map = commands.add_parser("map", help="lay out the faces by UMAP")
    face_map.set_defaults(command=_map)
    face_map.add_argument("--seed", type=_seed, default=0, help="of UMAP (default 0)")
    face_map.add_argument(
        "--partition",
        choices=(*PARTITIONS, "all"),
        default="validation",
        help="which faces (default validation)",
    )
    face_map.add_argument(
        "--like", type=Path, metavar="OTHER", help="run whose map of the same faces to lie on"
    )
    for command in (vectors, face_map):
        command.add_argument("run", type=Path, metavar="RUN", help="run folder")
    return parser


def _seed(text: str) -> int:
    if not (text.isdecimal() and int(text) < 2**32):
        raise argparse.ArgumentTypeError(
            f"expected a whole number from 0 to 2^32 - 1; found {text!r}"
        )
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
