"""Every page opens with every run that ships, with either kind of model and with each likelihood.

A page is a script; it is well when it ends without a traceback and without a message in red.
"""

import importlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE, REPOSITORY
from data.shipped import SHIPPED
from explorer.faces import prepared_pictures
from explorer.page.learn.steps import STEPS
from explorer.run.twin import twin_folder
from training.model.likelihoods import LIKELIHOODS
from training.model.networks import build
from training.run.run_folder import (
    CONFIG,
    LATENTS,
    MAP,
    REPORT,
    VECTORS,
    read_config,
    weights_key,
    write_weights,
)

SHIPPED_RUNS = (SHIPPED, twin_folder(SHIPPED))
MAIN = (REPOSITORY / "explorer" / "page" / "main.py").read_text(encoding="utf-8")
# Name of what shows a page -> its module; the steps of Learn come by their table.
SHOWN = dict(
    reversed(found)
    for found in re.findall(r"^from (explorer\.page\.\w+\.\w+) import (show_\w+)$", MAIN, re.M)
)
PAGES = (*SHOWN, *(step.path for step in STEPS))


def page(name: str, module: str) -> None:
    import importlib

    from explorer.page.learn.steps import STEPS, pages
    from explorer.run.loaded import chosen_run, open_run

    loaded = open_run(chosen_run())
    if module:
        getattr(importlib.import_module(module), name)(loaded)
    else:
        import streamlit as st

        made = pages(loaded)
        first = [step.path for step in STEPS].index(name)
        order = [made[first], *made[:first], *made[first + 1 :]]
        st.navigation(order, position="hidden").run()


def opened(name: str, run: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("EXPLORER_RUN", str(run))
    monkeypatch.delenv("EXPLORER_TWIN", raising=False)
    given = {"name": name, "module": SHOWN.get(name, "")}
    test = AppTest.from_function(page, kwargs=given, default_timeout=PATIENCE).run()
    assert not [error.value for error in test.exception], f"{name} of {run}"
    assert not [error.value for error in test.error], f"{name} of {run}"
    return test


@pytest.fixture(autouse=True)
def no_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No pictures of CelebA, even where they are on the disk: tests are the same everywhere."""
    monkeypatch.setattr(prepared_pictures, "PREPARED", tmp_path / "none")


def test_the_table_has_all_pages():
    assert set(re.findall(r"page\((show_\w+)", MAIN)) == set(SHOWN)
    for name, module in SHOWN.items():
        assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("run", SHIPPED_RUNS, ids=lambda run: run.name)
def test_every_page_opens_with_every_run_that_ships(run: Path, name: str, monkeypatch):
    if not run.is_dir():
        pytest.skip(f"needs a run that ships: no folder {run}")
    opened(name, run, monkeypatch)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_with_an_hourglass_without_a_twin(name: str, drawn_twin, monkeypatch):
    test = opened(name, drawn_twin, monkeypatch)
    if any(step.path == name and step.of_vae for step in STEPS):
        (told,) = test.warning
        assert told.value.startswith("The model that is open is an hourglass")
        assert "--model vae" in " ".join(code.value for code in test.code)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_every_page_opens_with_each_likelihood(
    likelihood: str, drawn_run: Path, tmp_path: Path, monkeypatch
):
    run = with_likelihood(drawn_run, tmp_path / likelihood, likelihood)
    for name in PAGES:
        opened(name, run, monkeypatch)


def with_likelihood(run: Path, root: Path, likelihood: str) -> Path:
    """A copy of a run whose network has another output, of weights that learned nothing; the
    derived files carry the new key."""
    shutil.copytree(run, root)
    config = json.loads((root / CONFIG).read_text())
    config["model"]["likelihood"] = likelihood
    (root / CONFIG).write_text(json.dumps(config))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        write_weights(root, build(read_config(root).model))
    key = weights_key(root)
    for name in (LATENTS, VECTORS, MAP):
        with np.load(root / name) as arrays:
            content = {**arrays, "weights": np.array(key)}
        np.savez(root / name, **content)
    report = json.loads((root / REPORT).read_text())
    (root / REPORT).write_text(json.dumps(report | {"weights": key}))
    return root


def test_the_pages_about_a_posterior_show_the_vae_of_an_open_hourglass(monkeypatch):
    vae, hourglass = SHIPPED_RUNS
    if not (vae.is_dir() and hourglass.is_dir()):
        pytest.skip("needs both runs that ship")
    own = opened("posterior", vae, monkeypatch)
    shown = opened("posterior", hourglass, monkeypatch)
    assert hourglass.name in shown.info[0].value
    assert shown.info[0].value.endswith(f"{vae.name}.")
    assert [m.value for m in shown.markdown] == [m.value for m in own.markdown]
