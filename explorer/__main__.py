"""Command line of explorer/: `python -m explorer vectors|effects|map|sample|site RUN`, and
`python -m explorer adopt SOURCE`.
"""

import argparse
import sys
from pathlib import Path

from data.boundary import print_anything, tell
from data.lock import one_writer, writer_in
from data.prepared import PARTITIONS
from explorer.recipe.methods import METHODS
from training.run.files import write_atomically
from training.run.run_folder import quoted

COLUMNS = 8  # faces in a row of a sheet


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 bad input, 130 interrupted."""
    print_anything()
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except Exception as error:
        if not tell(error):
            raise
        return 2
    return 0


def _vectors(options: argparse.Namespace) -> None:
    from explorer.derived.vectors import make_vectors

    with writer_in(options.run):
        make_vectors(options.run, options.default)


def _effects(options: argparse.Namespace) -> None:
    from data.schema import need_faces, read_schema
    from explorer.judge.fit_effects import make_effects
    from explorer.judge.fit_farther import go_farther

    need_faces(read_schema(options.run), "strengths that judges of faces set")
    with writer_in(options.run):
        if options.farther:
            go_farther(options.run, options.faces)
        else:
            make_effects(options.run, options.codes, options.seed, options.faces)


def _map(options: argparse.Namespace) -> None:
    from explorer.derived.face_map import make_map

    with writer_in(options.run):
        make_map(options.run, options.seed, options.partition, options.like)


def _sample(options: argparse.Namespace) -> None:
    from explorer.notebook import load, show

    with one_writer(options.out, is_folder=False):
        model = load(options.run)
        codes = model.sample(
            options.count, options.having, options.lacking, options.seed, options.temperature
        )
        faces = model.decode(codes)
        sheet = show(*(faces[start : start + COLUMNS] for start in range(0, len(faces), COLUMNS)))
        write_atomically(options.out, lambda temporary: sheet.save(temporary, format="PNG"))
    print(f"{len(faces):,} random faces in {options.out}")


def _site(options: argparse.Namespace) -> None:
    from explorer.site.write import write_site

    with one_writer(options.out):
        size = write_site(options.run, options.out, options.faces)
    print(
        f"a page without a server in {options.out}, {size / 1e6:.1f} MB; to look at it: "
        f"python -m http.server --directory {quoted(options.out)}"
    )


def _adopt(options: argparse.Namespace) -> None:
    from explorer.adapters.adopt import adopt_source

    adopt_source(options.source, options.data, options.out, tuple(options.pixel_range))


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
    effects = commands.add_parser("effects", help="how far vectors lead faces to an effect")
    effects.set_defaults(command=_effects)
    effects.add_argument(
        "--codes", type=_seed, default=40_000, metavar="N", help="to draw and judge (default 40000)"
    )
    effects.add_argument("--seed", type=_seed, default=0, help="of the codes (default 0)")
    effects.add_argument(
        "--faces",
        type=_seed,
        default=200,
        metavar="N",
        help="each way, to find how much farther full strength goes (default 200)",
    )
    effects.add_argument(
        "--farther",
        action="store_true",
        help="keep all, but find anew how much farther elected edits go (default all anew)",
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
    sample = commands.add_parser("sample", help="draw random faces of the run's flow as one PNG")
    sample.set_defaults(command=_sample)
    sample.add_argument("--count", type=_seed, default=24, metavar="N", help="faces (default 24)")
    for name, what in (("having", "have"), ("lacking", "not have")):
        sample.add_argument(
            f"--{name}", nargs="+", default=(), metavar="A", help=f"attributes that they {what}"
        )
    sample.add_argument("--seed", type=_seed, default=0, help="of the first face (default 0)")
    sample.add_argument(
        "--temperature", type=float, default=1.0, metavar="X", help="of the noise (default 1)"
    )
    sample.add_argument("--out", type=Path, required=True, metavar="FILE", help="PNG to write")
    site = commands.add_parser("site", help="write a page that needs no server")
    site.set_defaults(command=_site)
    site.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    site.add_argument(
        "--faces", type=_seed, default=500, metavar="N", help="random faces in it (default 500)"
    )
    adopt = commands.add_parser("adopt", help="make a run folder of a model trained elsewhere")
    adopt.set_defaults(command=_adopt)
    adopt.add_argument(
        "source",
        type=Path,
        nargs="+",
        metavar="SOURCE",
        help="folder with encoder.onnx and decoder.onnx, or of pythae or diffusers; or two files",
    )
    adopt.add_argument("--data", type=Path, required=True, metavar="DIR", help="prepared folder")
    adopt.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder to write")
    adopt.add_argument(
        "--pixel-range",
        type=int,
        nargs=2,
        default=(0, 1),
        metavar=("BLACK", "WHITE"),
        help="what black and white are to the model (default 0 1)",
    )
    for command in (vectors, effects, face_map, sample, site):
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
