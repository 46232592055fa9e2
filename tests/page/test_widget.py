"""The widget in a real JupyterLab, in Chromium."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks.browser import PATIENCE, REPOSITORY, free_port, wait_for_face, wait_for_map
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import Loaded
from tests.page.seen import decoded, expect, face, pixels, slider

pytestmark = pytest.mark.browser

NEEDED = ("anywidget", "jupyterlab", "ipykernel")
CELLS = (
    "from explorer import load\nmodel = load()\nshown = model.widget()\nshown",
    "import json\nprint('RECIPE', json.dumps(shown.recipe), shown.face.mean().round(2))",
    "picture = {'kind': 'picture', 'value': str(model.run.faces.ids[7])}\n"
    "shown.recipe = {**shown.recipe, 'source': picture}",
)


@pytest.fixture(scope="module")
def lab(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a notebook with CELLS in a JupyterLab of its own."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: pip install anywidget jupyterlab")
    root = tmp_path_factory.mktemp("lab")
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{k}",
            "source": text,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for k, text in enumerate(CELLS)
    ]
    kernel = {"name": "python3", "display_name": "Python 3"}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}}
    (root / "faces.ipynb").write_text(json.dumps({**notebook, "cells": cells}))
    address = f"http://localhost:{(port := free_port())}"
    own = {name: str(root / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    with (root / "log").open("w") as log:
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}"]
        command += ["--allow-root", "--IdentityProvider.token=", f"--ServerApp.root_dir={root}"]
        never = "jupyterlab.handlers.announcements.NeverCheckForUpdate"
        command += [f"--LabApp.check_for_updates_class={never}"]
        process = subprocess.Popen(
            command,
            cwd=root,
            env=os.environ | own | {"PYTHONPATH": str(REPOSITORY), "EXPLORER_RUN": str(shipped)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            end = time.monotonic() + PATIENCE
            while not _answers(f"{address}/api"):
                assert process.poll() is None, (root / "log").read_text()
                assert time.monotonic() < end, (root / "log").read_text()
                time.sleep(0.2)
            yield f"{address}/lab/tree/faces.ipynb"
        finally:
            process.terminate()
            process.wait(30)


def _answers(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(url, timeout=5):
        return True
    return False


def expect_drawn(page, loaded: Loaded, recipe: Recipe) -> None:
    expected = decoded(loaded, recipe).astype(int)
    expect(
        lambda: np.abs(pixels(face(page)).astype(int) - expected).max() <= 1,
        f"{recipe} in the output",
    )


def run_cell(page, k: int) -> None:
    """As a person does: a click into the cell, then Shift and Enter."""
    page.locator(".jp-CodeCell .cm-content").nth(k).click()
    page.keyboard.press("Shift+Enter")


def printed(page) -> str:
    texts = page.locator(".jp-OutputArea-output").all_text_contents()
    return next((text for text in reversed(texts) if text.startswith("RECIPE")), "")


def test_face_sliders_and_map_in_an_output(browser, lab: str, loaded: Loaded):
    page = browser.new_page(viewport={"width": 1500, "height": 1000})
    page.set_default_timeout(1000 * PATIENCE)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(lab)
    page.locator(".jp-CodeCell .cm-content").nth(len(CELLS) - 1).wait_for()
    # The kernel is there when its state is told.
    page.locator('.jp-NotebookPanel [data-status="idle"]').first.wait_for()
    run_cell(page, 0)
    wait_for_face(page)
    wait_for_map(page)
    first = loaded.run.first_recipe
    expect_drawn(page, loaded, first)

    wanted = slider(page, "Smiling")
    wanted.scroll_into_view_if_needed()
    box = wanted.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.25 * box["width"], y, steps=6)
    page.mouse.up()
    moved = float(wanted.input_value())
    assert -2 < moved < -1
    smiling = first.with_amount("attributes", "Smiling", moved)
    expect_drawn(page, loaded, smiling)
    run_cell(page, 1)  # the kernel knows the face
    expect(lambda: bool(printed(page)), "what the second cell prints")
    assert Recipe.from_json(printed(page).split(" ", 1)[1].rsplit(" ", 1)[0]) == smiling

    run_cell(page, 2)  # and sets another one
    other = smiling.with_source(Source("picture", str(loaded.run.faces.ids[7])))
    expect_drawn(page, loaded, other)
    assert complaints == []
    page.close()
