"""The judges that ship: small, whole, and what they say on faces that nobody has."""

import pytest
import torch

from data import ATTRIBUTES
from data.shipped import SHIPPED
from explorer.run.run import load_run
from training.judges.files import SETS, judge_figures, judges_path, load_judges
from training.judges.fooled import fooled
from training.judges.places import LOCAL, PLACE_OF, SIZE, WHOLE
from training.judges.visible import hardly_visible, visible

MISSING = [name for name in SETS if not judges_path(name).is_file()]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no judges {MISSING} in data/pretrained")


def test_they_are_small():
    assert sum(judges_path(name).stat().st_size for name in SETS) <= 6.5e6


@pytest.mark.parametrize("name", SETS)
def test_they_load_and_belong_to_their_figures(name: str):
    judges, figures = load_judges(name), judge_figures(name)
    assert judges.features_key() == figures["features_key"]
    assert judges(torch.rand(2, 3, SIZE, SIZE)).shape == (2, 40)
    assert list(figures["validation"]["pictures"]["local"]["auc"]) == list(ATTRIBUTES)
    assert figures["calibrated_on"]["ways"] == ["mean", "sharp"]


def test_the_sets_are_unlike():
    a, b = (judge_figures(name) for name in SETS)
    for key in ("seed", "half_of_people", "composites_and_patches", "features_key"):
        assert a[key] != b[key], key
    assert a["network"]["kind"] != b["network"]["kind"]


@pytest.mark.parametrize("name", SETS)
def test_what_lies_in_one_place_is_told_from_it(name: str):
    auc = judge_figures(name)["validation"]["pictures"]["local"]["auc"]
    for attribute in ("Eyeglasses", "Wearing_Hat", "Bald", "Mustache", "Smiling", "Bangs"):
        assert PLACE_OF[attribute] != WHOLE
        assert auc[attribute] >= 0.93, attribute


@pytest.mark.parametrize("name", SETS)
def test_a_mustache_is_one_on_a_woman_too(name: str):
    """By composites of faces never seen; the classifier that reads sex for beard believes less."""
    composites = judge_figures(name)["composites"]
    for attribute in ("Mustache", "Goatee", "Eyeglasses", "Bald", "Gray_Hair"):
        by = composites[attribute]
        assert by["local"]["on"] > by["classifier"]["on"], attribute
        assert by["local"]["auc"] > by["classifier"]["auc"], attribute
    assert composites["Mustache"]["local"]["on"] >= 0.85
    assert composites["Mustache"]["local"]["off"] >= 0.85


@pytest.mark.parametrize("name", SETS)
def test_a_patch_is_no_hair_no_hat_and_no_baldness(name: str):
    patches = judge_figures(name)["patches"]
    for attribute in ("Bald", "Bangs", "Receding_Hairline", "Wearing_Hat"):
        most = 0.5 if attribute == "Bangs" else 0.3
        assert patches[attribute]["local"]["after"] < most, attribute


def test_nobody_is_led_by_steps_that_may_end_in_a_patch():
    assert [fooled(name).keys() for name in ("a", "b")] == [{"Bangs"}, {"Eyeglasses"}]
    effects = load_run(SHIPPED).space.effects
    assert effects is not None
    assert {("Bangs", -1), ("Eyeglasses", 1)} <= effects.by_face
    assert not {("Bangs", 1), ("Eyeglasses", -1)} & effects.by_face


def test_what_can_be_judged_is_said():
    hidden = hardly_visible()
    assert {"Wearing_Earrings", "Oval_Face", "Pointy_Nose"} <= hidden.keys()
    for attribute in ("Male", "Young", "Bald", "Mustache", "Eyeglasses", "Smiling", "Bangs"):
        assert visible(attribute)
    assert list(hidden.values()) == sorted(hidden.values())


def test_a_gradient_leads_through_the_judges_to_the_place_of_an_attribute():
    judges = load_judges("a")
    x = torch.full((1, 3, SIZE, SIZE), 0.5, requires_grad=True)
    judges(x)[0, ATTRIBUTES.index("Mustache")].backward()
    felt = x.grad.abs().sum((0, 1, 3)) > 0
    top, bottom = next(place.rows for place in LOCAL if place.name == "mouth")
    assert felt.nonzero().min() >= top
    assert felt.nonzero().max() < bottom
