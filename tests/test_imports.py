"""Imports go one way, from the pictures to the page, and heavy packages stay where they are used.

`MAY_IMPORT` is the map of the house: a row for each room, with the rooms that it imports, all of
them from rows above it. A new arrow is a new word in it; docs/design.md tells what is in a room.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("data", "training", "explorer", "streamlit_app.py")

# A room is a folder, or what lies in the open in one. A file is a room of its own where it puts
# together what its neighbours are made of.
MAY_IMPORT = {
    "data": "",
    "training": "",
    "training/compute": "data",
    "training/model": "",
    "training/optimization": "training/compute",
    "training/run": "data training/compute training/model",
    "training/alignment": "data training/compute training/model training/optimization training/run",
    "training/codes": "data training/compute training/model training/optimization training/run",
    "training/judges": (
        "data training/compute training/model training/optimization training/run training/codes"
    ),
    "training/judge": (
        "data training/compute training/model training/optimization training/run training/codes "
        "training/judges"
    ),
    "training/graphs": "data training/model training/run training/judges training/judge",
    "training/loop": (
        "data training/compute training/model training/optimization training/run training/codes "
        "training/judge"
    ),
    "training/sharp": (
        "data training/compute training/model training/optimization training/run training/codes "
        "training/judge training/loop"
    ),
    "training/edits": (
        "data training/compute training/model training/optimization training/run training/codes "
        "training/judge training/judges"
    ),
    "training/options.py": (
        "data training/model training/codes training/judges training/loop training/sharp "
        "training/edits"
    ),
    "training/release": (
        "data training/compute training/model training/run training/codes training/graphs"
    ),
    "training/__main__.py": (
        "data training/compute training/model training/alignment training/codes training/judges "
        "training/judge training/loop training/sharp training/edits training/options.py "
        "training/release"
    ),
    "explorer/language": "data",
    "explorer/scripts.py": "",
    "explorer/components": "explorer/language explorer/scripts.py",
    "explorer/components/live_slider": "explorer/components",
    "explorer/components/given_file": "explorer/components",
    "explorer/components/photo_frame": "explorer/components",
    "explorer/components/download": "explorer/components",
    "explorer/decoding": (
        "training/compute training/model training/run training/codes training/graphs"
        " explorer/language"
    ),
    "explorer/photo": (
        "data training/compute training/run training/alignment training/graphs explorer/language"
    ),
    "explorer/recipe": "data training/codes training/edits explorer/language",
    "explorer/derived": (
        "data training/model training/run training/codes training/edits explorer/recipe"
    ),
    "explorer/adapters": (
        "data training/compute training/model training/run training/codes training/judge "
        "training/release explorer/derived"
    ),
    "explorer/faces": "data training/run explorer/recipe explorer/language",
    "explorer/run": (
        "data training/run training/codes training/edits explorer/decoding explorer/recipe "
        "explorer/derived"
        " explorer/language"
    ),
    "explorer/editor": "data explorer/recipe explorer/derived explorer/run explorer/language",
    "explorer/figures": "explorer/recipe explorer/run explorer/language",
    "explorer/judge": (
        "data training/compute training/model training/run training/codes training/judges "
        "training/judge training/edits training/graphs explorer/decoding explorer/recipe "
        "explorer/derived explorer/run explorer/editor explorer/language"
    ),
    "explorer/map": (
        "training/model training/run explorer/recipe explorer/derived explorer/faces explorer/run"
        " explorer/language"
    ),
    "explorer/learn": (
        "data training/model training/run training/codes training/judge training/loop "
        "explorer/decoding explorer/recipe explorer/derived explorer/faces explorer/run "
        "explorer/figures explorer/judge explorer/map"
        " explorer/language"
    ),
    "explorer/live": (
        "data training/run explorer/decoding explorer/recipe explorer/run explorer/map"
        " explorer/language"
    ),
    "explorer/server": "",
    "explorer/site": (
        "data training/run explorer/scripts.py explorer/decoding explorer/recipe explorer/derived "
        "explorer/run explorer/editor explorer/judge explorer/map explorer/live explorer/language"
    ),
    "explorer/components/editor_part": "explorer/components",
    "explorer/components/face_editor": "explorer/components explorer/recipe explorer/live",
    "explorer/components/face_map": (
        "explorer/language explorer/components explorer/recipe explorer/map explorer/live"
    ),
    "explorer/components/face_table": "explorer/components explorer/recipe explorer/live",
    "explorer/widget": (
        "data explorer/scripts.py explorer/recipe explorer/run explorer/editor explorer/map "
        "explorer/live explorer/site explorer/language"
    ),
    "explorer/notebook.py": (
        "training/run training/codes explorer/photo explorer/recipe explorer/run explorer/widget"
        " explorer/language"
    ),
    "explorer/__main__.py": (
        "data training/run explorer/recipe explorer/derived explorer/adapters explorer/judge "
        "explorer/site explorer/notebook.py"
    ),
    "explorer/__init__.py": "explorer/notebook.py",
    "explorer/launch.py": "explorer/__init__.py",
    "explorer/page/state": (
        "explorer/photo explorer/recipe explorer/faces explorer/run explorer/learn explorer/map"
        " explorer/language"
    ),
    "explorer/page": (
        "training/run explorer/components/live_slider explorer/components/download "
        "explorer/figures explorer/page/state"
        " explorer/language"
    ),
    "explorer/page/arithmetic": (
        "data explorer/recipe explorer/faces explorer/run explorer/judge "
        "explorer/components/face_table explorer/page/state explorer/page"
        " explorer/language"
    ),
    "explorer/page/explore": (
        "data training/run explorer/photo explorer/recipe explorer/derived explorer/faces "
        "explorer/run explorer/editor explorer/figures explorer/judge explorer/map "
        "explorer/components/editor_part explorer/components/face_editor "
        "explorer/components/face_map explorer/components/given_file "
        "explorer/components/photo_frame explorer/page/state explorer/page"
        " explorer/language"
    ),
    "explorer/page/learn": (
        "training/model training/run training/codes training/judge explorer/recipe "
        "explorer/derived explorer/run explorer/learn explorer/map explorer/components/face_map "
        "explorer/page/state explorer/page"
        " explorer/language"
    ),
    "explorer/page/model": (
        "training/model training/run training/codes explorer/recipe explorer/faces explorer/run "
        "explorer/figures explorer/page/state explorer/page"
        " explorer/language"
    ),
    "explorer/page/main.py": (
        "training/run explorer/decoding explorer/run explorer/page explorer/page/state "
        "explorer/page/arithmetic explorer/page/explore explorer/page/learn explorer/page/model"
        " explorer/language"
    ),
    "streamlit_app.py": (
        "training/run explorer/components explorer/decoding explorer/run "
        "explorer/map explorer/live explorer/server"
    ),
}

# Packages that take seconds to load or tie a room to a library: where they may be imported.
STREAMLIT = ("explorer/page", "explorer/components", "streamlit_app.py")
# Where torch is in data/ and explorer/: in files of a GPU, and elsewhere only when it is called. So
# the light install opens every page without it (tests/test_without_torch.py).
TORCH_OF_GPU = (
    "explorer/decoding/cuda_graphs.py",
    "explorer/decoding/in_flight.py",
    "explorer/decoding/networks_on_gpu.py",
    "explorer/judge/scorer_on_gpu.py",
)
TORCH_WHEN_CALLED = (
    "explorer/adapters/diffusers_folder.py",
    "explorer/adapters/pythae_folder.py",
    "explorer/adapters/torch_functions.py",
    "data/picture.py",  # takes torch's kernel to prepare many
    "explorer/learn/tiny_training.py",
)
# Of training/ the explorer imports these, which know arrays of numpy and of torch.
NO_TORCH = ("training/graphs", "training/model/arrays.py", "training/model/likelihoods.py")
UMAP = "explorer/derived/face_map.py"  # and there only when it is called


def files(root: Path) -> Iterator[Path]:
    """Every module below `root` that the rules are about."""
    for package in PACKAGES:
        path = root / package
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def room_of(file: PurePath, table: dict[str, str]) -> str:
    """The row of a file: its own name if there is one, or its folder."""
    return file.as_posix() if file.as_posix() in table else file.parent.as_posix()


def imports(path: Path) -> list[tuple[str, bool]]:
    """Full names of the modules a file imports, and whether it does so when it is imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    later = {id(node) for f in ast.walk(tree) if isinstance(f, functions) for node in ast.walk(f)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue  # a relative one stays in its room
        found += [(name, id(node) not in later) for name in names]
    return found


def file_of(module: str, root: Path) -> PurePath | None:
    """Where a name that is imported stands, below `root`; None for what is not ours.

    "training.loop.fit" may be a function of the package training.loop, or a module of it.
    """
    parts = module.split(".")
    while parts:
        for path in (Path(*parts).with_suffix(".py"), Path(*parts, "__init__.py")):
            if (root / path).is_file():
                return path
        parts.pop()
    return None


def arrows(root: Path, table: dict[str, str]) -> Iterator[tuple[PurePath, str, str]]:
    """Every import from one room into another: the file, its room, and the other."""
    for path in files(root):
        file = path.relative_to(root)
        for module, _ in imports(path):
            if module.split(".")[0] not in [name.removesuffix(".py") for name in PACKAGES]:
                continue
            other = file_of(module, root)
            if other is None:
                continue
            pair = room_of(file, table), room_of(other, table)
            if pair[0] != pair[1]:
                yield file, *pair


def offences(root: Path, table: dict[str, str]) -> list[str]:
    """What breaks a rule below `root`, a line each."""
    found = []
    rooms = {room_of(path.relative_to(root), table) for path in files(root)}
    found += [f"{room}: no row" for room in sorted(rooms - set(table))]
    found += [f"{room}: a row without a room" for room in sorted(set(table) - rooms)]
    above: set[str] = set()
    for room, others in table.items():
        found += [
            f"{room}: {other} is not above it" for other in others.split() if other not in above
        ]
        above.add(room)
    drawn = {(room, other) for _, room, other in arrows(root, table)}
    allowed = {(room, other) for room, others in table.items() for other in others.split()}
    found += [
        f"{file}: {other}"
        for file, room, other in arrows(root, table)
        if (room, other) not in allowed
    ]
    found += [f"{room}: nothing imports {other}" for room, other in sorted(allowed - drawn)]
    return sorted(set(found))


def heavy_offences(root: Path) -> list[str]:
    """Every import of a heavy package where it may not be, as "file: module"."""
    return [
        f"{path.relative_to(root)}: {module}"
        for path in files(root)
        for module, at_import in imports(path)
        if misplaced(path.relative_to(root).as_posix(), module.split(".")[0], at_import)
    ]


def misplaced(file: str, package: str, at_import: bool) -> bool:
    """Whether this file may not import this package."""
    return {
        "streamlit": not file.startswith(STREAMLIT),
        "plotly": True,  # of the benchmarks alone: figures of the page are options of ECharts
        "torch": (file.startswith(("data/", "explorer/", *NO_TORCH)) and file not in TORCH_OF_GPU)
        and (at_import or file not in TORCH_WHEN_CALLED),
        "umap": at_import or file != UMAP,
    }.get(package, False)


def test_rooms_import_what_the_table_says():
    assert offences(ROOT, MAY_IMPORT) == []


def test_every_room_says_what_is_in_it():
    folders = [ROOT / room for room in MAY_IMPORT if (ROOT / room).is_dir()]
    heads = {folder: ast.parse((folder / "__init__.py").read_text()) for folder in folders}
    assert [folder for folder, head in heads.items() if not ast.get_docstring(head)] == []


def test_heavy_packages_stay_where_they_are_used():
    assert heavy_offences(ROOT) == []


def test_the_walk_sees_every_kind_of_import():
    seen = {
        module
        for file in (
            "training/loop/loop.py",
            "explorer/decoding/networks_on_gpu.py",
            "explorer/derived/face_map.py",
        )
        for module, _ in imports(ROOT / file)
    }
    assert {"data.prepared.Prepared", "training.run.run_folder.RunError", "torch", "umap"} <= seen


TABLE = {"data": "", "training/run": "data", "training/loop": "training/run"}


def house(root: Path, **sources: str) -> Path:
    """A small house of three rooms, with lines added to some of its files."""
    lines = {
        "data/prepare.py": "",
        "training/run/folder.py": "from data import prepare\n",
        "training/loop/loop.py": "from training.run.folder import read\n",
    }
    for path, text in (lines | sources).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(lines.get(path, "") + (text if path in sources else ""))
    return root


def test_a_house_in_order_has_no_offences(tmp_path: Path):
    assert offences(house(tmp_path), TABLE) == []


@pytest.mark.parametrize(
    ("file", "source", "said"),
    [
        ("data/prepare.py", "import training.run.folder", "data/prepare.py: training/run"),
        (
            "training/run/folder.py",
            "def f():\n    from training.loop import loop",
            "training/run/folder.py: training/loop",
        ),
        ("training/loop/loop.py", "import numpy, data.prepare", "training/loop/loop.py: data"),
        ("training/new/file.py", "", "training/new: no row"),
    ],
)
def test_an_arrow_that_the_table_does_not_know_is_found(
    tmp_path: Path, file: str, source: str, said: str
):
    assert offences(house(tmp_path, **{file: source}), TABLE) == [said]


def test_an_arrow_back_up_cannot_stand_in_the_table(tmp_path: Path):
    table = TABLE | {"data": "training/loop"}
    house(tmp_path, **{"data/prepare.py": "from training.loop.loop import fit\n"})
    assert offences(tmp_path, table) == ["data: training/loop is not above it"]


def test_a_row_that_nothing_needs_is_found(tmp_path: Path):
    house(tmp_path)
    (tmp_path / "training/loop/loop.py").write_text("")
    assert offences(tmp_path, TABLE) == ["training/loop: nothing imports training/run"]
    table = TABLE | {"training/old": ""}
    assert "training/old: a row without a room" in offences(tmp_path, table)


@pytest.mark.parametrize(
    ("file", "source", "module"),
    [
        ("data/prepare.py", "import torch.nn as nn", "torch.nn"),
        ("explorer/recipe/picture.py", "import torch", "torch"),
        ("explorer/recipe/picture.py", "def f():\n    import torch", "torch"),
        ("data/picture.py", "import torch", "torch"),
        ("training/graphs/writer.py", "import torch", "torch"),
        ("training/loop.py", "def f():\n    import streamlit as st", "streamlit"),
        ("training/loop.py", "import numpy, plotly.express", "plotly.express"),
        ("explorer/run/run.py", "from torch import Tensor", "torch.Tensor"),
        ("explorer/page/main.py", "import torch", "torch"),
        ("explorer/page/main.py", "import plotly.express as px", "plotly.express"),
        (
            "explorer/deep/down.py",
            "try:\n    from streamlit import write\nfinally: 1",
            "streamlit.write",
        ),
        ("explorer/derived/face_map.py", "import umap", "umap"),
        ("explorer/derived/face_map.py", "class A:\n    import umap", "umap"),
        ("explorer/run/run.py", "def f():\n    import umap", "umap"),
        ("streamlit_app.py", "import umap", "umap"),
    ],
)
def test_a_heavy_import_that_breaks_a_rule_is_found(
    tmp_path: Path, file: str, source: str, module: str
):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{source}\n")
    assert heavy_offences(tmp_path) == [f"{file}: {module}"]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("training/loop.py", "import torch\nfrom data import load_prepared"),
        ("explorer/page/main.py", "import streamlit"),
        ("explorer/decoding/cuda_graphs.py", "import torch"),
        ("data/picture.py", "def f():\n    import torch"),
        ("explorer/derived/face_map.py", "def f():\n    import umap"),
        ("streamlit_app.py", "import streamlit"),
    ],
)
def test_a_heavy_import_that_breaks_no_rule_is_left_alone(tmp_path: Path, file: str, source: str):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{source}\n")
    assert heavy_offences(tmp_path) == []


HEAVY = ("streamlit", "umap", "plotly", "torch", "torchvision", "sklearn", "scipy")


def heavy_after(modules: str) -> set[str]:
    """Which of HEAVY a fresh Python has loaded after importing `modules`."""
    code = f"import sys, {modules}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {*HEAVY} & {*done.stdout.split()}


def test_training_loads_neither_streamlit_nor_umap_nor_plotly():
    rooms = "data.prepared, training.loop.loop, training.codes.encode"
    rooms += ", training.judge.evaluate, training.judge.classifier"
    assert not heavy_after(rooms) & {"streamlit", "umap", "plotly"}


@pytest.mark.parametrize("commands", ["training.__main__", "benchmarks.__main__"])
def test_commands_load_at_first_no_more_than_torch(commands: str):
    """What a single command needs, it imports itself: --help and the others need not wait."""
    assert heavy_after(commands) == {"torch"}


def test_the_page_and_all_that_it_opens_load_no_torch():
    pages = "explorer.page.explore.explore_page, explorer.page.learn.steps"
    pages += ", explorer.page.model.model_page, explorer.page.arithmetic.matrix"
    models = "explorer.run.loaded, explorer.judge.scorer, explorer.photo.aligner"
    found = heavy_after(f"{pages}, {models}, explorer.live.route, data.picture")
    assert found <= {"streamlit", "plotly"}  # streamlit looks for plotly itself
    assert heavy_after(models) == set()


def test_a_heavy_import_is_noticed():
    assert heavy_after("plotly") == {"plotly"}
