"""The one loaded run: shared by all until a file changes."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from data.shipped import SHIPPED
from explorer.recipe.recipe import Recipe
from explorer.recipe.renderers import RENDERERS
from explorer.run.loaded import as_run_error, chosen_run, open_run
from explorer.run.renderers import KINDS
from training.run.run_folder import (
    CONFIG,
    MAP,
    METRICS,
    REPORT,
    SHARP,
    VECTORS,
    RunError,
)
from training.run.tensors import load_tensors, save_tensors


def touch(path: Path) -> None:
    """Make a file look changed."""
    changed = path.stat().st_mtime_ns + 1
    os.utime(path, ns=(changed, changed))


def test_the_run_comes_with_what_draws_and_encodes_by_its_weights(own_run: Path):
    opened = open_run(own_run)
    assert opened.run.root == own_run
    pictures = opened.renderer.decode(opened.run.space.codes[:2])
    assert pictures.shape == (2, 64, 64, 3)
    assert opened.encoder.encode(pictures).shape == (2, opened.model.latent)


def test_each_renderer_that_a_recipe_may_name_can_be_opened():
    assert list(KINDS) == list(RENDERERS)


def test_a_run_with_a_sharp_renderer_draws_by_either_as_a_recipe_says(drawn_sharp_run: Path):
    opened = open_run(drawn_sharp_run)
    assert opened.run.renderers == ("mean", "sharp")
    assert opened.run.first_recipe.renderer == "sharp"
    assert opened.renderer_of(opened.run.first_recipe) is opened.renderers[1]
    assert opened.told(Recipe(renderer="sharp")) == "the sharp renderer"
    assert opened.renderer_of(Recipe()) is opened.renderer
    assert opened.told(Recipe()) == "the mean renderer"


def test_a_run_without_one_draws_the_mean_whatever_a_recipe_says(drawn_run: Path):
    opened = open_run(drawn_run)
    assert opened.run.renderers == ("mean",)
    assert opened.run.first_recipe.renderer == "mean"
    assert opened.renderer_of(Recipe(renderer="sharp")) is opened.renderer
    assert opened.told(Recipe(renderer="sharp")) == "the mean renderer"


def test_a_sharp_renderer_that_comes_and_goes_is_noticed(own_run: Path, drawn_sharp_run: Path):
    assert len(open_run(own_run).renderers) == 1
    shutil.copy(drawn_sharp_run / SHARP, own_run / SHARP)
    with_one = open_run(own_run)
    assert len(with_one.renderers) == 2
    touch(own_run / SHARP)
    assert open_run(own_run) is not with_one
    (own_run / SHARP).unlink()
    assert len(open_run(own_run).renderers) == 1


def test_a_damaged_sharp_renderer_and_one_of_other_weights_are_refused(
    own_run: Path, drawn_sharp_run: Path
):
    whole = (drawn_sharp_run / SHARP).read_bytes()
    command = f"python -m training sharpen {own_run} --data DIR"
    for content in (b"", whole[: len(whole) // 2], b"x" * 2000):
        (own_run / SHARP).write_bytes(content)
        with pytest.raises(RunError) as caught:
            open_run(own_run)
        assert caught.value.expected == f"a readable {own_run / SHARP}"
        assert caught.value.next == f"copy it again from where it is whole, or {command}"
    tensors, about = load_tensors(drawn_sharp_run / SHARP)
    save_tensors(own_run / SHARP, tensors, about | {"weights": "0" * 16})
    with pytest.raises(RunError, match=r"sharp\.safetensors of other weights") as caught:
        open_run(own_run)
    assert caught.value.next == command


def test_a_run_is_loaded_once_until_one_of_its_files_changes(own_run: Path):
    first = open_run(own_run)
    assert open_run(own_run) is first
    touch(own_run / METRICS)  # not read by the explorer
    assert open_run(own_run) is first
    touch(own_run / MAP)
    second = open_run(own_run)
    assert second is not first
    assert second.model is not first.model
    assert open_run(own_run) is second


def test_threads_that_come_together_share_one_loaded_run(own_run: Path):
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(open_run, [own_run] * 16))
    assert all(one is found[0] for one in found)


def test_two_runs_are_kept_apart(own_run: Path, drawn_run: Path):
    mine, shared = open_run(own_run), open_run(drawn_run)
    assert (mine.run.root, shared.run.root) == (own_run, drawn_run)
    assert open_run(own_run) is mine


def test_a_run_that_was_refused_opens_once_it_is_mended(own_run: Path):
    whole = (own_run / REPORT).read_bytes()
    (own_run / REPORT).write_bytes(b"{")
    for _ in range(2):
        with pytest.raises(RunError, match="expected: a readable"):
            open_run(own_run)
    (own_run / REPORT).write_bytes(whole)
    assert np.isfinite(open_run(own_run).run.report["psnr_mean_db"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [("runs/mine", Path("runs/mine")), ("", SHIPPED), (None, SHIPPED)],
)
def test_explorer_run_names_the_run_otherwise_it_is_the_one_that_ships(
    monkeypatch, value: str | None, expected: Path
):
    monkeypatch.delenv("EXPLORER_RUN", raising=False)
    if value is not None:
        monkeypatch.setenv("EXPLORER_RUN", value)
    assert chosen_run() == expected


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        (REPORT, b'{"weights": 7, "pictures": "many"}', "report of others"),
        (REPORT, b"\xff\xfe\x00", "codec can't decode"),
        (REPORT, b"[" * 100_000, "recursion"),
        (MAP, b"version https://git-lfs.github.com/spec/v1\n", "git-lfs pointer"),
        (
            CONFIG,
            b'{"model": {"latent": 1e8}, "training": {}, "data": {}, "versions": {}}',
            "--latent as whole",
        ),
        (VECTORS, b"PK\x03\x04", "cut short or damaged"),
    ],
)
def test_whatever_is_in_its_files_a_run_is_opened_or_told(
    own_run: Path, name: str, content: bytes, found: str
):
    (own_run / name).write_bytes(content)
    with pytest.raises(RunError) as caught:
        open_run(own_run)
    assert found in caught.value.found


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), MemoryError(), KeyError("x")])
def test_what_a_library_says_of_a_run_becomes_the_page_of_a_problem(error: Exception):
    with pytest.raises(RunError) as caught, as_run_error(Path("runs/mine")):
        raise error
    assert caught.value.next
