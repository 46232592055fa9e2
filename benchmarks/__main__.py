"""`python -m benchmarks NAME`: lines for people, then one line of JSON. Measures EXPLORER_RUN."""

import argparse
import sys

from benchmarks.browser import AppStopped, BrowserMissing
from benchmarks.decode import decode
from benchmarks.drag import drag
from benchmarks.measure import print_figures
from benchmarks.start import start
from explorer.loaded import chosen_run
from training.run_folder import RunError


def main(arguments: list[str] | None = None) -> int:
    """Run one benchmark; returns 0, or 2 after printing an error meant for people."""
    options = _parser().parse_args(arguments)
    try:
        print_figures(*options.measure(options))
    except (AppStopped, BrowserMissing, RunError) as error:
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
    decoding = names.add_parser("decode", help="codes to pictures; needs no browser")
    decoding.add_argument("--quick", action="store_true", help="without compiling")
    decoding.set_defaults(measure=lambda options: decode(chosen_run(), options.quick))
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 up, found {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
