"""The benchmark of edits: the shape of its figures, its lines, what it keeps and refuses."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks import confirm
from benchmarks.__main__ import main
from benchmarks.edit_bench import Bench, Plan, electing, others_than
from benchmarks.edits import edits, quick
from data import ATTRIBUTES
from data.shipped import SHIPPED
from explorer.decoding.decoder import Decoder
from explorer.decoding.shared_model import SharedModel
from explorer.derived.vectors import load_vectors
from explorer.judge.edit_figures import WAYS, elect_place, elected, election, load_edit_figures
from explorer.judge.judges import Judges, judges
from explorer.judge.scorer import scorer
from explorer.recipe.methods import FITTED
from explorer.run.run import load_run

FEW = Plan(["Eyeglasses", "Smiling"], faces=8, methods=FITTED[:2], renderers=("mean",))
LEAF = {
    *("success", "success_first", "leakage", "worst", "flips", "faces"),
    *("sex_flips", "sex_flips_both"),
    *("typical", "far_out", "identity", "correlation_difference", "electing"),
}


@pytest.fixture(scope="module")
def printed() -> tuple[list[str], dict]:
    """Lines and figures of two attributes on the run that ships, few faces each."""
    return edits(SHIPPED, FEW)


def leaves(ways: dict) -> list[dict]:
    return [leaf for methods in ways.values() for of in methods.values() for leaf in of.values()]


def test_figures_have_the_shape_that_is_told(printed: tuple[list[str], dict]):
    figures = printed[1]["by_renderer"]["mean"]
    assert list(figures) == FEW.attributes
    assert [*figures["Smiling"]] == [*WAYS]
    held = [f"{method}, Male held" for method in FEW.methods]
    assert {*FEW.methods} <= {*figures["Smiling"]["add"]}
    assert {*FEW.methods, *held} <= {*figures["Eyeglasses"]["remove"]}
    for ways in figures.values():
        for leaf in leaves(ways):
            assert set(leaf) == LEAF
            assert leaf["faces"] == leaf["electing"]["faces"] == 8
            assert 0 <= leaf["success"] <= 1
            assert 0 <= leaf["success_first"] <= 1
            assert 0 <= leaf["far_out"] <= 1
            assert 0 <= leaf["typical"] <= 1


def test_stronger_edits_succeed_more_often(printed: tuple[list[str], dict]):
    for ways in printed[1]["by_renderer"]["mean"].values():
        plain = ways["add"]["mean_difference"]
        assert plain["2"]["success"] >= plain["1"]["success"] > 0


def test_the_command_ends_with_one_line_of_json(capsys, monkeypatch, drawn_run: Path):
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_run))
    options = ["--faces", "3", "--attributes", "Smiling", "--locks", "Male"]
    assert main(["edits", *options]) == 0
    *told, last = capsys.readouterr().out.splitlines()
    figures = json.loads(last)["by_renderer"]["mean"]
    for way, methods in figures["Smiling"].items():
        assert list(methods) == [*FITTED, *(f"{m}, Male held" for m in FITTED)]
        assert any(f"{way:6} balanced, Male held" in line for line in told)


def test_faces_are_those_that_label_and_judge_agree_on():
    run = load_run(SHIPPED)
    decoder = Decoder(SharedModel(SHIPPED, "cpu"))
    bench = Bench(run, decoder, judges())
    second = judges().second
    column = second.attributes.index("Eyeglasses")
    for adding in (True, False):
        rows = bench.faces("Eyeglasses", adding, 20).rows
        assert len(np.unique(rows)) == len(rows) == 20
        assert (run.faces.label("Eyeglasses")[rows] != adding).all()
        scores = second.scores(decoder.decode(run.faces.mean[rows]))[:, column]
        assert ((scores < 0.5) == adding).all()
        assert np.array_equal(bench.faces("Eyeglasses", adding, 20).rows, rows)
        assert set(bench.faces("Eyeglasses", adding, 10).rows) < set(rows)


class Blind:
    """A judge who sees that every attribute is there, in every picture."""

    name = "blind"
    attributes = ATTRIBUTES

    def scores(self, pictures: np.ndarray) -> np.ndarray:
        return np.ones((len(pictures), len(ATTRIBUTES)), np.float32)


def test_success_is_what_the_second_judge_says(drawn_run: Path):
    plan = Plan(["Smiling"], 4, FITTED[:1], (2.0,), renderers=("mean",))
    _, figures = edits(drawn_run, plan, chosen=Judges(scorer(), Blind()))
    (ways,) = figures["by_renderer"]["mean"].values()
    assert list(ways) == ["remove"]  # nobody lacks it
    assert [leaf["success"] for leaf in leaves(ways)] == [0]
    assert (figures["first"], figures["second"]) == ("the classifier", "blind")


def test_unknown_attributes_and_renderers_are_refused(capsys, monkeypatch, drawn_run: Path):
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_run))
    assert main(["edits", "--attributes", "Freckles"]) == 2
    assert "found: Freckles\nnext: choose among " in capsys.readouterr().err
    assert main(["edits", "--renderer", "sharp"]) == 2
    assert "found: sharp\nnext: choose among mean" in capsys.readouterr().err


def test_figures_are_kept_and_elect_the_default_and_the_places(drawn_effects: Path, tmp_path: Path):
    root = shutil.copytree(drawn_effects, tmp_path / "run")
    names = ["Smiling", "Eyeglasses", "Male", "Young", "Bangs", "Mouth_Slightly_Open"]
    told, figures = edits(root, Plan(names, faces=3, held={}), write=True)
    run = load_run(root)
    found = load_edit_figures(root, run.vectors)
    assert vars(found) == figures
    assert {*found.figures} == {*names}
    assert run.vectors.default_method == next(iter(election(found.figures)), "mean_difference")
    assert any("place 0.75" in line for line in told)
    effects = run.space.effects
    for name, ways in found.figures.items():
        assert effects.places[effects.row_of[name]] == elect_place(ways)


def test_faces_that_elect_and_others_are_all():
    for count, chosen in ((7, 3), (8, 4), (40, 20), (100, 20), (3, 0)):
        first = electing(min(count, 2 * chosen))
        assert len(first) == chosen
        assert np.array_equal(np.union1d(first, others_than(count, chosen)), np.arange(count))
        assert not np.isin(others_than(count, chosen), first).any()


def test_a_flip_of_sex_by_both_is_one_by_each():
    run = load_run(SHIPPED)
    bench = Bench(run, Decoder(SharedModel(SHIPPED, "cpu")), judges())
    rows = bench.faces("Male", True, 24).rows
    for vector in (0, 2 * run.space.vectors["Male"]["mean_difference"]):
        before, after = bench.look(rows), bench.look(rows, np.tile(vector, (len(rows), 1)))
        leaf = bench.leaf("Smiling", True, before, after)
        by = judges()
        columns = [judge.attributes.index("Male") for judge in (by.first, by.second)]
        first = (before.first[:, columns[0]] < 0.5) != (after.first[:, columns[0]] < 0.5)
        second = (before.second[:, columns[1]] < 0.5) != (after.second[:, columns[1]] < 0.5)
        assert leaf["sex_flips"] == round(second.mean(), 3)
        assert leaf["sex_flips_both"] == round((first & second).mean(), 3)
    assert leaf["sex_flips_both"] > 0.3


def test_what_was_elected_is_looked_at_once_more(
    capsys, monkeypatch, drawn_effects: Path, tmp_path: Path
):
    root = shutil.copytree(drawn_effects, tmp_path / "run")
    monkeypatch.setenv("EXPLORER_RUN", str(root))
    assert main(["edits", "--elected"]) == 2
    assert (
        f"next: EXPLORER_RUN={root} python -m benchmarks edits --write" in capsys.readouterr().err
    )
    names = ["Smiling", "Eyeglasses"]
    edits(root, Plan(names, 3, methods=FITTED[:1], held={}), write=True)
    assert main(["edits", "--elected", "--attributes", "Young"]) == 2
    assert "found: Young\nnext: choose among Smiling, Eyeglasses" in capsys.readouterr().err
    for name in names:
        assert main(["edits", "--elected", "--faces", "5", "--attributes", name, "--write"]) == 0
    run = load_run(root)
    found = load_edit_figures(root, run.vectors)
    assert [*found.confirmed] == names
    for name, ways in found.confirmed.items():
        assert {*ways} == {*found.figures[name]}
        for way, methods in ways.items():
            assert {*methods} == {"place 0", elected(found.figures[name])[way]}
            for leaf in (of["1"] for of in methods.values()):
                assert set(leaf) == LEAF - {"electing"}
                assert 0 < leaf["faces"] <= 5


def test_ways_may_have_elected_unlike_methods():
    leaf = {"leakage": 0.1, "flips": 2.0, "correlation_difference": 0.3, "typical": 0.4}
    leaf |= {"far_out": 0.1, "sex_flips": 0.2, "identity": 0.8}
    ways = {
        way: {method: {"1": leaf | {"success": share}} for method, share in by.items()}
        for way, by in {
            "add": {"place 0": 0.8, "learned": 1.0},
            "remove": {"place 0": 0.6, "place 0.5": 0.9},
        }.items()
    }
    *edits_told, _, plain, chosen = confirm.lines({"Smiling": ways})
    assert [line.split()[1:4] for line in edits_told[::3]] == [
        ["add", "place", "0"],
        ["remove", "place", "0.5"],
    ]
    assert plain.split()[:3] == ["place", "0", "70%"]
    assert chosen.split()[:2] == ["elected", "95%"]


def test_a_quick_look_is_at_what_the_run_has(drawn_run: Path):
    run = load_run(drawn_run)
    plan = quick(run)
    assert set(plan.attributes) <= set(run.space.vectors)
    assert plan.renderers == run.renderers[-1:]


def test_the_kept_figures_are_those_of_the_run_that_ships():
    """They elected the page's default."""
    run = load_run(SHIPPED)
    found = load_edit_figures(SHIPPED, run.vectors)
    if found is None:
        pytest.skip("needs edits.json of the run that ships: python -m benchmarks edits --write")
    assert load_vectors(SHIPPED).default_method == next(iter(election(found.figures)))
    if run.space.effects is not None:
        for name, ways in found.figures.items():
            row = run.space.effects.row_of[name]
            assert run.space.effects.places[row] == elect_place(ways)
