"""The benchmark of edits: the shape of its figures, its lines, and what it refuses."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.edits import STRENGTHS, Judge, edits
from data import ATTRIBUTES
from data.shipped import SHIPPED
from explorer.decoding.decoder import Decoder
from explorer.decoding.shared_model import SharedModel
from explorer.derived.vectors import load_vectors
from explorer.judge.edit_figures import election, load_edit_figures
from explorer.judge.scorer import Scorer, scorer
from explorer.recipe.methods import METHODS
from explorer.recipe.renderers import RENDERERS
from explorer.run.loaded import open_run
from explorer.run.run import load_run
from training.run.run_folder import SHARP

NAMES = [f"{strength:g}" for strength in STRENGTHS]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict]:
    """Lines and figures of two attributes on the run that ships, few faces each."""
    return edits(SHIPPED, faces=12, attributes=["Eyeglasses", "Smiling"])


def test_figures_have_the_shape_that_is_told(printed: tuple[list[str], dict]):
    _, figures = printed
    assert list(figures) == ["Eyeglasses", "Smiling"]
    assert list(figures["Smiling"]) == list(METHODS)
    assert list(figures["Eyeglasses"]) == [*METHODS, *(f"{m}, Male held" for m in METHODS)]
    for name, methods in figures.items():
        for by_strength in methods.values():
            assert list(by_strength) == NAMES
            for leaf in by_strength.values():
                assert set(leaf["leakage_by"]) == set(ATTRIBUTES) - {name}
                assert leaf["faces"] == 12
                assert 0 <= leaf["success"] <= 1
                mean = np.mean(list(leaf["leakage_by"].values()))
                assert leaf["leakage"] == pytest.approx(mean, abs=1e-3)


def test_stronger_edits_succeed_more_often(printed: tuple[list[str], dict]):
    for methods in printed[1].values():
        for by_strength in methods.values():
            assert by_strength["2"]["success"] > by_strength["0.5"]["success"]


def test_the_command_ends_with_one_line_of_json(capsys, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUN", str(SHIPPED))
    options = ["--faces", "3", "--attributes", "Smiling", "--locks", "Young"]
    assert main(["edits", *options]) == 0
    *told, last = capsys.readouterr().out.splitlines()
    figures = json.loads(last)
    assert list(figures["Smiling"]) == [*METHODS, *(f"{m}, Young held" for m in METHODS)]
    assert told[0] == "Smiling, added to 3 faces without it"
    assert any(line.startswith("  balanced, Young held") for line in told)


def test_faces_are_those_without_label_and_score():
    run = load_run(SHIPPED)
    judge = Judge(run, Decoder(SharedModel(SHIPPED, "cpu")), scorer())
    rows = judge.without("Eyeglasses", 40)
    assert len(np.unique(rows)) == len(rows) == 40
    assert not run.faces.label("Eyeglasses")[rows].any()
    pictures = Decoder(SharedModel(SHIPPED, "cpu")).decode(run.faces.mean[rows])
    assert (scorer().scores(pictures)[:, ATTRIBUTES.index("Eyeglasses")] < 0.5).all()
    assert np.array_equal(judge.without("Eyeglasses", 40), rows)
    assert set(judge.without("Eyeglasses", 20)) < set(rows)


def test_unknown_attributes_and_a_part_that_shall_be_kept_are_refused(capsys):
    assert main(["edits", "--attributes", "Freckles"]) == 2
    assert "found: Freckles\nnext: choose among 5_o_Clock_Shadow" in capsys.readouterr().err
    assert main(["edits", "--attributes", "Smiling", "--write"]) == 2
    assert "expected --write without --attributes" in capsys.readouterr().err


def test_figures_of_all_attributes_are_kept_and_elect_the_default(drawn_run: Path, tmp_path: Path):
    root = shutil.copytree(drawn_run, tmp_path / "run")
    known = list(load_run(root).space.vectors)
    _, figures = edits(root, faces=2, held={}, write=True)
    assert list(figures) == known
    vectors = load_vectors(root)
    found = load_edit_figures(root, vectors)
    assert (found.figures, found.renderer) == (figures, "mean")
    assert vectors.default_method == next(iter(election(figures)), "mean_difference")


def test_the_faces_that_are_judged_are_those_of_the_renderer_that_is_named(
    drawn_sharp_run: Path, tmp_path: Path
):
    root, judged = shutil.copytree(drawn_sharp_run, tmp_path / "run"), {}
    for renderer in ("mean", "sharp"):
        told, judged[renderer] = edits(root, 4, ["Smiling"], {}, renderer=renderer)
        assert told[-1] == f"judged as {RENDERERS[renderer].told} draws them"
        judge = Judge(load_run(root), open_run(root).named(renderer), scorer())
        assert judge.methods("Smiling", 4) == judged[renderer]["Smiling"]
    assert judged["mean"] != judged["sharp"]
    (root / SHARP).unlink()
    with pytest.raises(ValueError, match=r"found: sharp\nnext: choose among mean$"):
        edits(root, renderer="sharp")


def test_the_kept_figures_are_those_of_the_run_that_ships():
    """Measured once more on fewer faces, and they elected the page's default."""
    run = load_run(SHIPPED)
    found = load_edit_figures(SHIPPED, run.vectors)
    if found is None:
        pytest.skip("needs edits.json of the run that ships: python -m benchmarks edits --write")
    kept = found.figures
    assert list(kept) == list(ATTRIBUTES)
    assert run.vectors.default_method == next(iter(election(kept)))
    judge = Judge(run, open_run(SHIPPED).named(found.renderer), Scorer())
    again = judge.methods("Smiling", 100)
    for method in METHODS:
        for strength in NAMES:
            found, expected = again[method][strength], kept["Smiling"][method][strength]
            assert found["success"] == pytest.approx(expected["success"], abs=0.15)
            assert found["leakage"] == pytest.approx(expected["leakage"], abs=0.02)
