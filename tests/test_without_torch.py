"""The light install: everything that the page does works where there is no torch.

In a Python that sees only the packages which `pip install .` brings.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.installs import ROOT, environment, linked, needed
from explorer.page.learn.steps import STEPS

MAIN = (ROOT / "explorer" / "page" / "main.py").read_text(encoding="utf-8")
# Name of what shows a page -> its module; the steps of Learn, which a table shows, have none.
PAGES = {
    show: module
    for module, show in re.findall(
        r"^from (explorer\.page\.\w+\.\w+) import (show_\w+)$", MAIN, re.M
    )
} | {step.path: "" for step in STEPS}

Python = Callable[[str], subprocess.CompletedProcess]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Python:
    """Runs code in such a Python."""
    packages = linked(needed(light=True), tmp_path_factory.mktemp("light"))
    env = os.environ | environment(packages)

    def run(code: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-S", "-c", code]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)

    return run


@pytest.mark.parametrize("package", ["torch", "torchvision", "umap", "scipy", "sklearn", "plotly"])
def test_what_is_absent_cannot_be_imported(python: Python, package: str):
    done = python(f"import {package}")
    assert done.returncode == 1
    assert f"No module named '{package}'" in done.stderr


def test_faces_are_drawn_encoded_scored_and_aligned(python: Python):
    done = python(
        """
import numpy as np
from data.shipped import SHIPPED
from explorer.judge.judges import judges
from explorer.judge.scorer import scorer
from explorer.photo.align import aligned_face, find_place
from explorer.photo.aligner import aligner
from explorer.run.loaded import open_run

loaded = open_run(SHIPPED)
codes = loaded.run.faces.mean[:6]
drawn = {name: loaded.named(name).decode(codes) for name in loaded.run.renderers}
assert list(drawn) == ["mean", "sharp"]
assert all(pictures.std() > 20 for pictures in drawn.values())
refined = loaded.encoder.refined(drawn["mean"])
before, after = (
    np.square(loaded.renderer.decode(z).astype(float) - drawn["mean"]).mean()
    for z in (loaded.encoder.encode(drawn["mean"]), refined)
)
assert after < before < 200, (before, after)
assert scorer().scores(drawn["sharp"]).shape == (6, 40)
for judge in judges():
    assert judge.scores(drawn["sharp"]).std() > 0.1
photo = np.full((300, 260, 3), 120, np.uint8)
photo[60:252, 30:222] = drawn["mean"][0].repeat(3, 0).repeat(3, 1)
place = find_place(photo, aligner())
assert place is not None
assert aligned_face(photo, place, 64).shape == (64, 64, 3)
"""
    )
    assert done.returncode == 0, done.stderr


PAGE = """
import importlib
import streamlit as st
from explorer.page.learn.steps import STEPS, pages
from explorer.run.loaded import chosen_run, open_run

name, module = {name!r}, {module!r}
loaded = open_run(chosen_run())
if module:
    getattr(importlib.import_module(module), name)(loaded)
else:
    made = pages(loaded)
    first = [step.path for step in STEPS].index(name)
    st.navigation([made[first], *made[:first], *made[first + 1 :]], position="hidden").run()
"""


def test_every_page_opens(python: Python, tmp_path: Path):
    done = python(
        f"""
import os
from pathlib import Path
from streamlit.testing.v1 import AppTest
from data.shipped import SHIPPED
from explorer.faces import prepared_pictures

prepared_pictures.PREPARED = Path({str(tmp_path / "none")!r})
os.environ["EXPLORER_RUN"] = str(SHIPPED)
for name, module in {list(PAGES.items())!r}:
    script = {PAGE!r}.format(name=name, module=module)
    test = AppTest.from_string(script, default_timeout=240).run()
    assert not test.exception, (name, [each.value for each in test.exception])
    assert not test.error, (name, [each.value for each in test.error])
    if name == "elbo":
        told = [each.value for each in test.caption if "torch" in each.value]
        assert told == [
            'This training needs torch, which is not installed: `pip install ".[train]"`'
        ], told
        (train,) = [each for each in test.button if each.label == "Train both"]
        assert train.disabled
    print(name)
"""
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == list(PAGES)


@pytest.mark.parametrize(
    ("room", "arguments", "package"),
    [
        ("training", ["encode", "none", "--data", "none"], "torch"),
        ("explorer", ["vectors", "RUN"], "sklearn"),
    ],
)
def test_a_command_that_needs_more_says_which_extra(
    python: Python, drawn_run: Path, tmp_path: Path, room: str, arguments: list[str], package: str
):
    run = shutil.copytree(drawn_run, tmp_path / "run")
    given = [str(run) if word == "RUN" else word for word in arguments]
    code = (
        f"import runpy, sys; sys.argv[1:] = {given!r}; runpy.run_module({room!r}, None, '__main__')"
    )
    done = python(code)
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-3:] == [
        f"expected: the package {package}",
        "found: an installation without it",
        'next: pip install ".[train]", or make app for all packages',
    ]
