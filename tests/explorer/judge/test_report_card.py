"""The report card: closed forms of its figures, and its lines."""

import numpy as np
import pytest

from data.shipped import SHIPPED
from explorer.decoding.decoder import Decoder
from explorer.decoding.shared_model import SharedModel
from explorer.judge.judges import Judges
from explorer.judge.report_card import (
    REFERENCE_FACES,
    EditReport,
    Reference,
    cosine,
    edit_report,
    judge_edit,
    leakage,
    pair_cosines,
    reference,
)
from explorer.judge.scorer import scorer
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.run.run import Run, load_run

NAMES = ("Eyeglasses", "Male", "Smiling", "Young")
REFERENCE = Reference(
    likelihoods=np.arange(100.0),
    pairs=np.linspace(-1, 1, 201),
)


def report(
    before=(0.1, 0.2, 0.5, 0.9),
    after=(0.8, 0.6, 0.5, 0.8),
    targets=None,
    features=((1.0, 0.0), (1.0, 1.0)),
    likelihoods=(89.5, 9.5),
) -> EditReport:
    return edit_report(
        REFERENCE,
        NAMES,
        np.array([before, after]),
        np.array(features),
        np.array(likelihoods),
        {"Eyeglasses": 1.0} if targets is None else targets,
    )


def test_leakage_is_the_mean_absolute_change_of_the_others():
    assert report().leakage == pytest.approx((0.4 + 0 + 0.1) / 3)
    assert report(targets={"Eyeglasses": 1, "Male": 1}).leakage == pytest.approx(0.1 / 2)
    assert report(after=(0.9, 0.2, 0.5, 0.9)).leakage == 0
    change = np.array([[1.0, -0.2, 0.4], [0.5, 0.0, 0.0]])
    assert leakage(change, [0]) == pytest.approx(0.15)
    assert leakage(change, [0, 1, 2]) == 0


def test_success_is_the_side_of_one_half_that_was_asked_for():
    found = report(targets={"Eyeglasses": 1, "Smiling": 0.5, "Young": -1, "Male": -2})
    assert found.success == {"Eyeglasses": True, "Smiling": True, "Young": False, "Male": False}
    assert report(after=(0.499, 0, 0, 0)).success == {"Eyeglasses": False}
    assert report(after=(0.499, 0, 0, 0), targets={"Eyeglasses": -1}).success["Eyeglasses"]


def test_progress_counts_in_the_direction_that_was_asked_for():
    found = report(targets={"Eyeglasses": 2, "Young": -1, "Male": -1}).progress
    assert found == pytest.approx({"Eyeglasses": 0.7, "Young": 0.1, "Male": -0.4})


def test_all_changes_are_told_largest_first():
    found = report()
    assert [name for name, _, _ in found.changes] == ["Eyeglasses", "Male", "Young", "Smiling"]
    assert found.changes[1] == ("Male", 0.2, 0.6)
    assert [name for name, _, _ in found.side_effects] == ["Male", "Young"]


def test_likelihoods_become_shares_of_the_validation_codes():
    found = report()
    assert (found.likely_before, found.likely) == (0.9, 0.1)
    assert (report(likelihoods=(-5, 500)).likely_before, report(likelihoods=(0, 500)).likely) == (
        0,
        1,
    )


def test_nearness_is_told_by_pairs_of_different_faces():
    """The features of this edit are 45 degrees apart."""
    found = report()
    assert found.cosine == pytest.approx(np.sqrt(0.5))
    assert found.alike == pytest.approx(171 / 201)
    same = report(features=((3.0, 0.0), (3.0, 0.0)))
    assert same.cosine == pytest.approx(1)
    opposite = report(features=((1.0, 0.0), (-2.0, 0.0)))
    assert (opposite.cosine, opposite.alike) == (pytest.approx(-1), pytest.approx(0))


def test_a_face_without_features_is_like_no_other():
    assert report(features=((0.0, 0.0), (2.0, 1.0))).cosine == 0


def test_targets_that_cannot_be_scored_are_left_out():
    assert report(targets={"Freckles": 1.0, "Male": 0.0}).targets == {}
    assert report(targets={}).leakage == pytest.approx((0.7 + 0.4 + 0 + 0.1) / 4)


def test_pairs_are_those_of_different_rows():
    features = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0]])
    np.testing.assert_allclose(pair_cosines(features), [0, np.sqrt(0.5), np.sqrt(0.5)], atol=1e-7)
    many = np.random.default_rng(0).normal(size=(20, 5))
    slow = sorted(cosine(a, b) for k, a in enumerate(many) for b in many[k + 1 :])
    np.testing.assert_allclose(pair_cosines(many), slow, atol=1e-7)


@pytest.fixture(scope="module")
def shipped() -> Run:
    """The run that ships."""
    return load_run(SHIPPED)


def test_an_edit_of_the_run_that_ships_is_judged(shipped: Run):
    renderer = Decoder(SharedModel(SHIPPED, "cpu"))
    bare = shipped.faces.ids[~shipped.faces.label("Eyeglasses") & ~shipped.faces.label("Male")][0]
    source = Source("picture", str(bare))
    targets = {"Eyeglasses": 2.0}

    def judged(method: str) -> EditReport:
        recipes = Recipe(source), Recipe(source, attributes=targets, method=method)
        codes = np.stack([compose(recipe, shipped.space) for recipe in recipes])
        return judge_edit(shipped, renderer, scorer(), codes, targets)

    plain, found = judged("mean_difference"), judged("balanced")
    assert plain.success == found.success == {"Eyeglasses": True}
    male = plain.attributes.index("Male")
    assert plain.change[male] > found.change[male] + 0.02
    assert found.leakage < plain.leakage
    assert 0 < found.leakage < found.progress["Eyeglasses"]
    assert found.likely < found.likely_before
    assert 0.5 < found.alike < 1
    usual = reference(shipped, renderer, scorer())
    assert usual is reference(shipped, renderer, scorer())  # made once
    assert len(usual.likelihoods) == len(shipped.faces)
    assert len(usual.pairs) == REFERENCE_FACES * (REFERENCE_FACES - 1) / 2
    assert (np.diff(usual.pairs) >= 0).all()
    code = compose(Recipe(source), shipped.space)
    still = judge_edit(shipped, renderer, scorer(), np.stack([code, code]), {})
    assert (still.leakage, still.alike) == (pytest.approx(0, abs=1e-5), 1)


def test_the_lines_say_it_all():
    text = "\n".join(report(targets={"Eyeglasses": 1.5, "Young": -1}).lines)
    assert text == (
        "Target Eyeglasses (with): 10% → 80%, reached.\n"
        "Target Young (without): 90% → 80%, not reached.\n"
        "Leakage: the other scores change by 20.0 percentage points on average.\n"
        "Not asked for: Male 20% → 60%.\n"
        "How typical: 10% of the validation faces have a less likely code (before the edit: 90%).\n"
        "How near to the original: more alike than 85.1% of pairs of different faces (cosine 0.71; "
        "features of the attribute classifier, not an identity embedding)."
    )
    still = report(after=(0.9, 0.2, 0.5, 0.9)).lines
    assert not any(line.startswith("Not asked for") for line in still)


class Sure:
    """A judge of two attributes who gives the same scores to the face before and after."""

    def __init__(self, name: str, before: float, after: float):
        self.name, self.attributes, self.given = name, ("Eyeglasses", "Bald"), (before, after)

    def scores(self, pictures: np.ndarray) -> np.ndarray:
        return np.array([[score, np.nan] for score in self.given], np.float32)


def test_reached_is_what_the_second_judge_says_and_the_first_is_told_where_it_differs(
    shipped: Run,
):
    renderer = Decoder(SharedModel(SHIPPED, "cpu"))
    codes = shipped.faces.mean[:2]
    doubt, sure = Sure("the doubter", 0.1, 0.3), Sure("the sure one", 0.2, 0.95)
    targets = {"Eyeglasses": 1, "Bald": 1}
    alone = judge_edit(shipped, renderer, scorer(), codes, targets)
    assert alone.other is None
    found = judge_edit(shipped, renderer, scorer(), codes, targets, Judges(sure, doubt))
    assert found.lines[0] == "Target Eyeglasses (with): 10% → 30%, not reached."
    assert found.lines[1] == alone.lines[1]  # the classifier, for nobody else judges Bald
    assert found.lines[2] == (
        "The judges disagree on Eyeglasses: the sure one sees 20% → 95%, reached."
    )
    agreed = judge_edit(shipped, renderer, scorer(), codes, targets, Judges(sure, Sure("b", 0, 1)))
    assert "Both judges say so: b and the sure one." in agreed.lines
