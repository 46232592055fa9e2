"""Imports go one way, data -> training -> explorer -> streamlit_app, and heavy ones stay apart."""

import ast
import subprocess
import sys
from pathlib import Path, PurePath

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("data", "training", "explorer", "streamlit_app")
# Of explorer: where a model runs.
WITH_TORCH = (
    "cuda_graphs.py",
    "decoder.py",
    "encoder.py",
    "shared_model.py",
    "onnx_decoder.py",
    "scorer.py",
    "model_access.py",
    "distributions.py",
    "outputs.py",
    "tiny_training.py",
)
RESIZING = "picture.py"  # of data: takes torch's kernel
PAGE = ("explorer/page", "explorer/components", "streamlit_app.py")  # where Streamlit may be


def offences(root: Path) -> list[str]:
    """Every import below `root` that breaks a rule, as "file: module"."""
    files = sorted(path for room in ROOMS for path in (root / room).rglob("*.py"))
    files += root.glob("streamlit_app.py")
    return [
        f"{path.relative_to(root)}: {module}"
        for path in files
        for module, at_import in imports(path)
        if forbidden(path.relative_to(root), module, at_import)
    ]


def imports(path: Path) -> list[tuple[str, bool]]:
    """Full names of the modules a file imports, and whether it does so when it is imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    later = {id(node) for f in ast.walk(tree) if isinstance(f, functions) for node in ast.walk(f)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [] if node.level else [node.module]  # a relative one stays in its room
        else:
            continue
        found += [(name, id(node) not in later) for name in names]
    return found


def forbidden(file: PurePath, module: str, at_import: bool) -> bool:
    """Whether this file may not import this module."""
    room, package = file.parts[0].removesuffix(".py"), module.split(".")[0]
    if package in ROOMS:
        return ROOMS.index(package) > ROOMS.index(room)
    return {
        "streamlit": not file.as_posix().startswith(PAGE),
        "plotly": room in ("data", "training"),
        "torch": (room == "data" and file.name != RESIZING)
        or (room == "explorer" and file.name not in WITH_TORCH),
        "umap": at_import or file.as_posix() != "explorer/derived/face_map.py",
    }.get(package, False)


def test_imports_go_one_way_and_heavy_ones_stay_where_they_are_used():
    assert offences(ROOT) == []


def test_the_walk_sees_every_room():
    seen = {
        module
        for file in (
            "training/loop/loop.py",
            "explorer/decoding/decoder.py",
            "explorer/derived/face_map.py",
        )
        for module, _ in imports(ROOT / file)
    }
    assert {"data.prepared", "training.run.run_folder", "torch", "umap"} <= seen


@pytest.mark.parametrize(
    ("file", "source", "module"),
    [
        ("data/prepare.py", "import training", "training"),
        ("data/prepare.py", "from explorer.run.run import Run", "explorer.run.run"),
        ("data/prepare.py", "import torch.nn as nn", "torch.nn"),
        ("explorer/picture.py", "import torch", "torch"),
        ("training/loop/loop.py", "from explorer import run", "explorer"),
        ("training/loop/loop.py", "def f():\n    import streamlit as st", "streamlit"),
        ("training/loop/loop.py", "import numpy, plotly.express", "plotly.express"),
        ("explorer/run/run.py", "import streamlit_app", "streamlit_app"),
        ("explorer/run/run.py", "from torch import Tensor", "torch"),
        ("explorer/page/main.py", "import torch", "torch"),
        ("explorer/deep/down.py", "try:\n    from streamlit import write\nfinally: 1", "streamlit"),
        ("explorer/derived/face_map.py", "import umap", "umap"),
        ("explorer/derived/face_map.py", "class A:\n    import umap", "umap"),
        ("explorer/run/run.py", "def f():\n    import umap", "umap"),
        ("streamlit_app.py", "import umap", "umap"),
    ],
)
def test_an_import_that_breaks_a_rule_is_found(tmp_path: Path, file: str, source: str, module: str):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{source}\n")
    assert offences(tmp_path) == [f"{file}: {module}"]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("training/loop/loop.py", "import torch\nfrom data import load_prepared"),
        ("explorer/run/run.py", "from training.run.latents import Latents\nimport plotly"),
        ("explorer/run/run.py", "from .space import compose"),
        ("explorer/page/main.py", "import streamlit"),
        ("explorer/decoding/decoder.py", "import torch"),
        ("data/picture.py", "import torch"),
        ("explorer/derived/face_map.py", "def f():\n    import umap"),
        ("streamlit_app.py", "import streamlit\nfrom explorer.run.run import Run"),
    ],
)
def test_an_import_that_breaks_no_rule_is_left_alone(tmp_path: Path, file: str, source: str):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{source}\n")
    assert offences(tmp_path) == []


def heavy_after(modules: str) -> str:
    """Which of streamlit, umap and plotly a fresh Python has loaded after importing `modules`."""
    code = f"import sys, {modules}; print({{'streamlit', 'umap', 'plotly'}} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_training_and_decoding_load_neither_streamlit_nor_umap_nor_plotly():
    rooms = "data.prepared, training.loop.loop, training.codes.encode"
    rooms += ", training.judge.evaluate, training.judge.classifier"
    models = "explorer.decoding.decoder, explorer.judge.scorer"
    assert (
        heavy_after(f"{rooms}, {models}, explorer.recipe.space, explorer.judge.report_card")
        == "set()"
    )


def test_a_heavy_import_is_noticed():
    assert heavy_after("plotly") == "{'plotly'}"
