"""What edits do, as figures: closed forms, both elections, and the file in the run folder."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.derived.vectors import load_vectors, set_default_method
from explorer.judge.edit_figures import (
    LEARNED,
    PLACES,
    EditFigures,
    at_place,
    at_success,
    both_ways,
    correlation_difference,
    elect,
    elect_place,
    elected,
    election,
    equal_success,
    figures_of,
    load_edit_figures,
    mean_figures,
    save_edit_figures,
    surely,
    title,
    vectors_key,
)
from explorer.recipe.methods import FITTED
from training.run.run_folder import EDITS, RunError

NAMES = ("Eyeglasses", "Male", "Young")


def curve(success: list[float], leakage: list[float]) -> dict:
    """Figures at strengths 1, 2 and so on."""
    return {
        f"{k + 1:g}": {"success": s, "leakage": each}
        for k, (s, each) in enumerate(zip(success, leakage, strict=True))
    }


def places(**leakage: float) -> dict:
    """Places on the curve that all succeed alike, and leak so much at full strength."""
    return {
        at_place(place): curve([0.9], [leakage.get(f"at_{100 * place:.0f}", 0.2)])
        for place in PLACES
    }


def test_known_scores_give_the_known_figures():
    before = np.array([[0.1, 0.4, 0.2], [0.4, 0.4, 0.2], [0.0, 0.4, 0.2], [0.3, 0.4, 0.2]])
    after = np.array([[0.5, 0.3, 0.2], [0.49, 0.6, 0.2], [0.9, 0.4, 0.2], [1.0, 0.4, 0.6]])
    assert figures_of(NAMES, "Eyeglasses", True, before, after) == {
        "success": 0.75,
        "leakage": 0.0875,  # of changes 0.1, 0.2, 0 and 0 of Male, 0.4 of one Young
        "worst": {"Young": 0.1, "Male": 0.075},
        "flips": 0.5,
        "sex_flips": 0.25,
        "faces": 4,
    }
    removed = figures_of(NAMES, "Male", False, 1 - before, 1 - after)
    assert (removed["success"], removed["sex_flips"]) == (0.25, None)


def test_changes_that_go_together_as_labels_do_have_no_correlation_difference():
    rng = np.random.default_rng(0)
    labels = rng.random((500, 3)) < 0.5
    labels[:, 1] = labels[:, 0]
    changes = rng.standard_normal((400, 3))
    apart = correlation_difference(changes, labels, 0, [1])
    assert apart == pytest.approx(1 - np.corrcoef(changes[:, :2].T)[0, 1])
    changes[:, 1] = changes[:, 0]
    assert correlation_difference(changes, labels, 0, [1]) == pytest.approx(0)
    slow = abs(np.corrcoef(changes.T)[0, 2] - np.corrcoef(labels.T.astype(float))[0, 2])
    assert correlation_difference(changes, labels, 0, [2]) == pytest.approx(slow)
    assert correlation_difference(np.zeros((4, 3)), labels, 0, [1]) == pytest.approx(1)
    assert correlation_difference(changes, labels, 0, []) == 0


def test_leakage_at_equal_success_lies_between_strengths():
    found = curve([0.4, 0.8], [0.01, 0.05])
    assert at_success(found, 0.2) == pytest.approx(0.005)  # between strengths 0 and 1
    assert at_success(found, 0.4) == pytest.approx(0.01)
    assert at_success(found, 0.7) == pytest.approx(0.04)
    assert math.isnan(at_success(found, 0.81))
    assert math.isnan(at_success({}, 0.1))
    order = {"10": found["2"], "5": found["1"]}  # of numbers, not of texts
    assert at_success(order, 0.7) == pytest.approx(0.04)


def test_adding_and_removing_count_alike():
    found = both_ways({"add": {"m": curve([1.0], [0.1])}, "remove": {"m": curve([0.5], [0.3])}})
    assert found["m"]["1"] == pytest.approx({"success": 0.75, "leakage": 0.2})
    one = {"m": curve([1.0], [0.1])}
    for ways in ({"add": one | {"learned": one["m"]}, "remove": one}, {"add": one, "remove": one}):
        assert list(both_ways(ways)) == ["m"]  # of steps one way alone nothing is said


def test_methods_are_compared_where_all_of_them_are_successful():
    methods = dict.fromkeys(FITTED, curve([0.5, 0.9], [0.1, 0.2]))
    assert equal_success(methods) == 0.8
    assert equal_success(methods | {"logistic": curve([0.3, 0.2], [0.1, 0.2])}) == 0.3


def test_the_place_that_leaks_least_is_elected():
    ways = {"add": places(at_25=0.15, at_50=0.1, at_75=0.12)}
    assert elect_place(ways) == 0.5
    assert elect_place({"add": {"balanced": curve([1], [0.1])}}) is None


def test_other_faces_elect_than_are_told_of():
    found = places(at_25=0.1)
    for method, of in places(at_75=0.1).items():
        found[method]["1"]["electing"] = of["1"]
    assert elect_place({"add": found}) == 0.75
    assert mean_figures({"Male": {"add": found}})["elected"]["leakage"] == 0.2
    found[at_place(0.75)]["1"]["electing"]["success"] = 0.5
    assert elect_place({"add": found}) == 0


def test_a_step_that_leaks_more_than_the_mean_difference_at_equal_success_is_refused():
    """Even where it leaks less at equal strength, because it does less."""
    worse = dict.fromkeys((at_place(p) for p in PLACES[1:]), curve([0.4, 0.9], [0.15, 0.4]))
    ways = {"add": worse | {at_place(0): curve([0.9, 1], [0.2, 0.3])}}
    assert elect_place(ways) == 0
    better = {at_place(1): curve([0.9, 1], [0.15, 0.3])}
    assert elect_place({"add": ways["add"] | better}) == 1


def test_what_strength_one_promises_is_kept_before_little_leaks():
    ways = {"add": places() | {at_place(0.75): curve([0.8, 1], [0.01, 0.02])}}
    assert elect_place(ways) == 0
    ways["add"] |= {at_place(0.25): curve([0.9], [0.15]), at_place(0.5): curve([1.0], [0.19])}
    assert elect_place(ways) == 0.25
    # Where none keeps it, what is nearly as good as the best does.
    weak = {"add": {m: curve([0.6, 1], [0.2, 0.3]) for m in places()}}
    weak["add"][at_place(0.5)] = curve([0.56, 1], [0.1, 0.2])
    weak["add"][at_place(0.75)] = curve([0.5, 1], [0.05, 0.1])
    assert elect_place(weak) == 0.5


def test_a_step_that_does_not_get_as_far_is_refused():
    ways = {"add": places() | {at_place(0.75): curve([0.6], [0.01])}}
    assert elect_place(ways) == 0


def test_a_step_that_does_not_get_as_far_one_way_is_refused():
    ways = {"add": places(at_50=0.1) | {at_place(0.5): curve([0.6], [0.01])}, "remove": places()}
    assert elect_place(ways) == 0


def test_a_step_that_leads_many_more_faces_far_out_is_refused():
    found = places(at_50=0.1, at_75=0.05)
    found[at_place(0)]["1"]["far_out"] = 0.1
    found[at_place(0.5)]["1"]["far_out"] = 0.2
    found[at_place(0.75)]["1"]["far_out"] = 0.4
    assert elect_place({"add": found}) == 0.5


def test_a_face_that_becomes_another_sex_counts_for_more_than_other_changes():
    found = places(at_50=0.1, at_75=0.11)
    found[at_place(0.5)]["1"]["sex_flips"] = 0.3
    found[at_place(0.75)]["1"]["sex_flips"] = 0.2
    assert elect_place({"add": found}) == 0.75  # 0.11 and 0.15 of 0.2 is less
    found[at_place(0.5)]["1"]["sex_flips"] = 0.25
    assert elect_place({"add": found}) == 0.5
    found[at_place(0.5)]["1"]["sex_flips"] = found[at_place(0.75)]["1"]["sex_flips"] = None  # Male
    assert elect_place({"add": found}) == 0.5


def test_both_ways_of_an_attribute_are_elected_together():
    ways = {"add": places(at_50=0.1), "remove": places(at_50=0.5, at_25=0.15)}
    assert elect_place(ways) == 0.25


def test_the_method_that_leaks_least_at_equal_success_is_elected():
    """Not the one that leaks least at equal strength: that one does little."""
    methods = {
        "mean_difference": curve([0.5, 1.0], [0.10, 0.20]),
        "balanced": curve([0.4, 0.8], [0.04, 0.08]),
        "logistic": curve([0.1, 0.2], [0.03, 0.06]),
        "discriminant": curve([0.5, 1.0], [0.10, 0.20]),
    }
    found = election({"Smiling": {"add": methods}})
    assert list(found) == ["balanced", "mean_difference", "discriminant", "logistic"]
    assert found == pytest.approx(
        {"balanced": 0.5, "mean_difference": 1, "discriminant": 1, "logistic": 1.5}
    )
    halved = methods | {"balanced": curve([0.4, 0.8], [0.16, 0.32])}  # twice the mean difference's
    both = election({"Smiling": {"add": methods}, "Young": {"add": halved}})
    assert both["balanced"] == pytest.approx(1)  # the geometric mean of a half and twice
    cleaner = {"Smiling": {"add": methods | places(at_50=0.02)}}
    assert next(iter(election(cleaner))) == "elected"


def test_attributes_that_some_method_hardly_moves_elect_nobody():
    still = {"add": dict.fromkeys(FITTED, curve([0.0, 0.1], [0.1, 0.2]))}
    assert election({"Oval_Face": still}) == {}
    assert election({}) == {}
    assert election({"Smiling": {"add": places()}}) == {}  # no mean difference to compare with


def test_means_are_of_all_attributes_and_ways_at_full_strength():
    ways = {"add": places(at_100=0.1), "remove": places(at_100=0.3)}
    more = {"add": {"mean_difference": curve([0.5, 1], [0.4, 0.9])}}
    found = mean_figures({"Smiling": ways, "Young": more})
    assert found[at_place(1)]["leakage"] == found["elected"]["leakage"] == pytest.approx(0.2)
    assert found["mean_difference"] == {"success": 0.5, "leakage": 0.4}


def test_a_method_with_locks_says_so():
    assert title("balanced", ()) == "balanced"
    assert title("balanced", ("Male", "Young")) == "balanced, Male and Young held"


def test_what_can_be_promised_of_an_attribute():
    figures = {
        "Smiling": {"add": places(at_50=0.1) | {"balanced": curve([0.3], [0.1])}},
        "Young": {"add": {"balanced": curve([0.4], [0.1])}},
    }
    found = EditFigures({"mean": {}, "sharp": figures}, "", "one", "two", [])
    assert found.figures is figures
    assert found.success("Smiling", "elected") == 0.9
    assert found.success("Smiling", "balanced") == 0.3
    assert found.success("Young", "elected") is None
    assert found.success("Male", "elected") is None


def test_the_file_comes_back_and_belongs_to_its_vectors(own_run: Path):
    vectors = load_vectors(own_run)
    assert load_edit_figures(own_run, vectors) is None
    figures = {"Smiling": {"add": dict.fromkeys(FITTED, curve([0.5], [0.1]))}}
    written = EditFigures({"sharp": figures}, vectors_key(vectors), "one", "two", ["Young"])
    save_edit_figures(own_run, written)
    assert load_edit_figures(own_run, vectors) == written
    other = replace(vectors, vectors=2 * vectors.vectors)
    command = f"next: EXPLORER_RUN={own_run} python -m benchmarks edits --write"
    with pytest.raises(RunError, match=f"found: figures of others\n{command}"):
        load_edit_figures(own_run, other)
    before = '{"figures": {}, "vectors": "", "classifier": "", "renderer": "mean"}'
    for damaged in ("{", "[]", "{}", before):
        (own_run / EDITS).write_text(damaged)
        with pytest.raises(RunError, match=command):
            load_edit_figures(own_run, vectors)


def test_another_default_method_changes_nothing_else(own_run: Path):
    before = load_vectors(own_run)
    set_default_method(own_run, "elected")
    after = load_vectors(own_run)
    assert before.default_method != after.default_method == "elected"
    assert vectors_key(after) == vectors_key(before)
    for name, array in vars(before).items():
        if isinstance(array, np.ndarray):
            np.testing.assert_array_equal(array, getattr(after, name))


def test_learned_steps_are_elected_where_they_change_less_and_refused_where_they_leak_more():
    ways = {"add": places(at_50=0.1), "remove": places(at_50=0.1)}
    better, worse = ({LEARNED: curve([0.9], [leakage])} for leakage in (0.05, 0.3))
    assert elect({way: of | better for way, of in ways.items()}) == LEARNED
    assert elect({way: of | worse for way, of in ways.items()}) == at_place(0.5)
    assert elect_place({way: of | better for way, of in ways.items()}) == 0.5
    assert elect({"add": ways["add"] | better, "remove": ways["remove"] | worse}) == at_place(0.5)
    short = {LEARNED: curve([0.5], [0.01])}  # does not get as far
    assert elect({way: of | short for way, of in ways.items()}) == at_place(0.5)
    assert elect(ways) == at_place(0.5)


def test_who_comes_within_one_standard_error_is_not_refused():
    assert surely({"success": 0.5, "faces": 100}) == pytest.approx(0.45)
    assert surely({"success": 0.5}) == 0.5
    plain, near = curve([0.7], [0.2]), curve([0.66], [0.1])
    ways = {"add": places() | {at_place(0): plain, at_place(0.5): near}}
    others = {name: curve([0.2], [0.1]) for name in map(at_place, (0.25, 0.75, 1))}
    ways["add"] |= others
    assert elect(ways) == at_place(0)
    plain["1"]["faces"] = 100
    assert elect(ways) == at_place(0.5)


def test_adding_and_removing_are_elected_apart():
    ways = {"add": places(at_50=0.1), "remove": places(at_50=0.1)}
    ways["add"] |= {LEARNED: curve([0.9], [0.05])}
    ways["remove"] |= {LEARNED: curve([0.5], [0.01])}  # does not get as far
    assert elected(ways) == {"add": LEARNED, "remove": at_place(0.5)}
    means = mean_figures({"Smiling": ways})["elected"]
    assert means["leakage"] == pytest.approx((0.05 + 0.1) / 2)
    assert elected({"add": {"balanced": curve([1], [0.1])}}) == {}
