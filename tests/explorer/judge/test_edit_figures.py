"""What edits do, as figures: closed forms, the election, and the file in the run folder."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.derived.vectors import load_vectors, set_default_method
from explorer.judge.edit_figures import (
    EditFigures,
    at_success,
    election,
    equal_success,
    figures_of,
    load_edit_figures,
    save_edit_figures,
    title,
    vectors_key,
)
from explorer.recipe.methods import METHODS
from training.run.run_folder import EDITS, RunError


def curve(success: list[float], leakage: list[float], into_male: float = 0.0) -> dict:
    """Figures at strengths 1, 2 and so on."""
    return {
        f"{k + 1:g}": {"success": s, "leakage": each, "leakage_by": {"Male": into_male * s}}
        for k, (s, each) in enumerate(zip(success, leakage, strict=True))
    }


def test_known_scores_give_the_known_success_and_leakage():
    before = np.array([[0.1, 0.5, 0.2], [0.4, 0.5, 0.2], [0.0, 0.5, 0.2], [0.3, 0.5, 0.2]])
    after = np.array([[0.5, 0.4, 0.2], [0.49, 0.6, 0.2], [0.9, 0.5, 0.2], [1.0, 0.5, 0.6]])
    assert figures_of(("Eyeglasses", "Male", "Young"), "Eyeglasses", before, after) == {
        "success": 0.75,
        "leakage": 0.075,
        "leakage_by": {"Male": 0.05, "Young": 0.1},
        "faces": 4,
    }


def test_leakage_at_equal_success_lies_between_strengths():
    found = curve([0.4, 0.8], [0.01, 0.05], into_male=0.5)
    assert at_success(found, 0.2) == pytest.approx(0.005)  # between strengths 0 and 1
    assert at_success(found, 0.4) == pytest.approx(0.01)
    assert at_success(found, 0.7) == pytest.approx(0.04)
    assert at_success(found, 0.7, "Male") == pytest.approx(0.35)
    assert math.isnan(at_success(found, 0.81))
    order = {"10": found["2"], "5": found["1"]}  # of numbers, not of texts
    assert at_success(order, 0.7) == pytest.approx(0.04)


def test_methods_are_compared_where_all_of_them_are_successful():
    methods = dict.fromkeys(METHODS, curve([0.5, 0.9], [0.1, 0.2]))
    assert equal_success(methods) == 0.8
    methods |= {"logistic": curve([0.3, 0.2], [0.1, 0.2]), "balanced, Male held": curve([0], [0])}
    assert equal_success(methods) == 0.3


def test_the_method_that_leaks_least_at_equal_success_is_elected():
    """Not the one that leaks least at equal strength: that one does little."""
    methods = {
        "mean_difference": curve([0.5, 1.0], [0.10, 0.20]),
        "balanced": curve([0.4, 0.8], [0.04, 0.08]),
        "logistic": curve([0.1, 0.2], [0.03, 0.06]),
        "discriminant": curve([0.5, 1.0], [0.10, 0.20]),
    }
    found = election({"Smiling": methods})
    assert list(found) == ["balanced", "mean_difference", "discriminant", "logistic"]
    assert found == pytest.approx(
        {"balanced": 0.5, "mean_difference": 1, "discriminant": 1, "logistic": 1.5}
    )
    halved = methods | {"balanced": curve([0.4, 0.8], [0.16, 0.32])}  # twice the mean difference's
    both = election({"Smiling": methods, "Young": halved})
    assert both["balanced"] == pytest.approx(1)  # the geometric mean of a half and twice


def test_attributes_that_some_method_hardly_moves_elect_nobody():
    still = dict.fromkeys(METHODS, curve([0.0, 0.1], [0.1, 0.2]))
    assert election({"Oval_Face": still}) == {}
    assert election({}) == {}


def test_a_method_with_locks_says_so():
    assert title("balanced", ()) == "balanced"
    assert title("balanced", ("Male", "Young")) == "balanced, Male and Young held"


def test_the_file_comes_back_and_belongs_to_its_vectors(own_run: Path):
    vectors = load_vectors(own_run)
    assert load_edit_figures(own_run, vectors) is None
    figures = {"Smiling": dict.fromkeys(METHODS, curve([0.5], [0.1]))}
    written = EditFigures(figures, vectors_key(vectors), "0123456789abcdef", "sharp")
    save_edit_figures(own_run, written)
    assert load_edit_figures(own_run, vectors) == written
    other = replace(vectors, vectors=2 * vectors.vectors)
    command = f"next: EXPLORER_RUN={own_run} python -m benchmarks edits --write"
    with pytest.raises(RunError, match=f"found: figures of others\n{command}"):
        load_edit_figures(own_run, other)
    for damaged in ("{", "[]", "{}", '{"figures": {}}'):
        (own_run / EDITS).write_text(damaged)
        with pytest.raises(RunError, match=command):
            load_edit_figures(own_run, vectors)


def test_another_default_method_changes_nothing_else(own_run: Path):
    before = load_vectors(own_run)
    set_default_method(own_run, "discriminant")
    after = load_vectors(own_run)
    assert before.default_method != after.default_method == "discriminant"
    assert vectors_key(after) == vectors_key(before)
    for name, array in vars(before).items():
        if isinstance(array, np.ndarray):
            np.testing.assert_array_equal(array, getattr(after, name))
