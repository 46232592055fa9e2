"""The two installs, of the packages that are here: all of them, and those of the page alone.

The light one is a folder with links to the packages that `pip install .` brings, for a Python that
is told to look nowhere else.
"""

import os
import tomllib
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def needed(light: bool) -> list[Distribution]:
    """The distributions of an install, theirs included; what is not installed here is left out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = list(project["dependencies"])
    if not light:
        wanted += [each for group in project["optional-dependencies"].values() for each in group]
    return list(_closure(wanted).values())


def megabytes(distributions: Iterable[Distribution]) -> float:
    """What their files take, without modules that Python compiled."""
    files = {
        Path(str(found.locate_file(file)))
        for found in distributions
        for file in found.files or ()
        if file.suffix != ".pyc"
    }
    return sum(path.stat().st_size for path in files if path.is_file()) / 1e6


def linked(distributions: Iterable[Distribution], folder: Path) -> Path:
    """Links to them in an empty folder, for PYTHONPATH; returns it."""
    for found in distributions:
        for name in {file.parts[0] for file in found.files or () if _is_package(file)}:
            if not (folder / name).exists():
                (folder / name).symlink_to(Path(str(found.locate_file(name))))
    return folder


def environment(packages: Path) -> dict[str, str]:
    """For `python -S`: nothing but the project and these packages."""
    return {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(packages)]),
        # Outside of a folder site-packages Streamlit takes itself for its own source.
        "STREAMLIT_GLOBAL_DEVELOPMENT_MODE": "false",
    }


def _is_package(file: PurePath) -> bool:
    return file.parts[0] not in ("..", "__pycache__")


def _closure(wanted: Iterable[str]) -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    waiting = [Requirement(each) for each in wanted]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        extras = requirement.extras or {""}
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue
        for text in found[name].requires or ():
            below = Requirement(text)
            if below.marker is None or any(below.marker.evaluate({"extra": e}) for e in extras):
                waiting.append(below)
    return found
