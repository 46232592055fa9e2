"""The one loaded run: shared by all until a file changes."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from data.shipped import SHIPPED
from explorer.run.loaded import chosen_run, open_run
from training.run.run_folder import MAP, METRICS, REPORT, RunError


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
