"""`latent-explorer`: open the page from a package that pip installed.

    latent-explorer [RUN] [--port N] [options of `streamlit run`]

In notebooks `from latent_explorer import load, show`.

The package `latent_explorer` holds the folders of the project side by side, and this file as its
own. They import one another by their own names, data, training and explorer, which other packages
may have, too: so their folder comes first where Python looks, in this process alone.
"""

import argparse
import os
import runpy
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = next(p for p in Path(__file__).resolve().parents if (p / "streamlit_app.py").is_file())


def main(arguments: list[str] | None = None) -> None:
    """Run the app until it is stopped."""
    parser = argparse.ArgumentParser(
        "latent-explorer",
        description="Open the latent space of a trained model in the browser.",
        epilog="What follows these is passed on to `streamlit run`.",
    )
    parser.add_argument("run", nargs="?", help="run folder, otherwise the model that ships")
    parser.add_argument("--port", type=int, default=8501, metavar="N", help="(default 8501)")
    parser.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    options, others = parser.parse_known_args(arguments)
    if options.run:
        os.environ["EXPLORER_RUN"] = str(Path(options.run).resolve())
    os.environ["STREAMLIT_SERVER_PORT"] = str(options.port)
    open_page(others)


def open_page(options: list[str]) -> None:
    """`streamlit run` in this process. options: of it."""
    _look_here_first()
    # Streamlit reads its configuration below the folder that it is started in.
    for name in ("EXPLORER_RUN", "EXPLORER_TWIN"):
        if os.environ.get(name):
            os.environ[name] = str(Path(os.environ[name]).resolve())
    os.chdir(ROOT)
    sys.argv = ["streamlit", "run", str(ROOT / "streamlit_app.py"), *options]
    runpy.run_module("streamlit", run_name="__main__")  # as `python -m streamlit` does


def __getattr__(name: str) -> Any:
    """What `explorer` offers to notebooks, read when asked for: it brings much along."""
    if name not in ("load", "show"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _look_here_first()
    import explorer

    return getattr(explorer, name)


def _look_here_first() -> None:
    """Make data, training and explorer those of this folder."""
    if str(ROOT) not in sys.path[:1]:
        sys.path.insert(0, str(ROOT))


def _version() -> str:
    try:
        return version("latent-space-explorer")
    except PackageNotFoundError:
        return "of a folder that is not installed"


if __name__ == "__main__":
    main()
