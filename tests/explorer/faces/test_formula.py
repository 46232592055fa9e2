"""Formulas on faces: what they mean, and what they refuse."""

import numpy as np
import pytest

from explorer.faces.formula import FormulaError, evaluate, parse
from explorer.recipe.compose import compose
from explorer.recipe.methods import FITTED
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.space import LatentSpace
from training.codes.mixture import Mixture
from training.run.latents import Latents

ATTRIBUTES = ["Male", "Eyeglasses", "5_o_Clock_Shadow"]
D = 4


@pytest.fixture
def faces() -> Latents:
    generator = np.random.default_rng(0)
    n = 40
    labels = np.stack([np.arange(n) % 2 < 1, np.arange(n) % 4 < 2, np.zeros(n)], 1).astype(bool)
    return Latents(
        ids=np.array([f"{k:06d}.jpg" for k in range(n)]),
        partition=np.full(n, "validation"),
        mean=generator.normal(size=(n, D)).astype(np.float32),
        logvar=np.zeros((n, D), np.float32),
        attributes=np.array(ATTRIBUTES),
        labels=labels,
        label_source="celeba",
        weights="w",
        data="d",
    )


@pytest.fixture
def space(faces: Latents) -> LatentSpace:
    vectors = {
        name: {method: np.eye(D, dtype=np.float32)[k] for method in FITTED}
        for k, name in enumerate(ATTRIBUTES)
    }
    mixture = Mixture(np.ones(1), np.zeros((1, D)), np.eye(D)[None])
    center = faces.mean.mean(0)
    ones = np.ones(D, np.float32)
    return LatentSpace(faces.ids, faces.mean, vectors, center, ones, np.eye(D), ones, ones, mixture)


@pytest.fixture
def result(space: LatentSpace, faces: Latents):
    def result(text: str, edited: Recipe | None = None):
        terms = parse(text, ATTRIBUTES, edited or Recipe())
        return evaluate(terms, space, faces, FITTED[0])

    return result


def test_groups_are_means_of_codes(result, faces: Latents):
    man, glasses = faces.label("Male"), faces.label("Eyeglasses")
    found = result("[Male, Eyeglasses] - [Male] + [not Male]")
    z = faces.mean
    wanted = z[man & glasses].mean(0) - z[man].mean(0) + z[~man].mean(0)
    np.testing.assert_allclose(found.code, wanted, atol=1e-6)
    assert found.is_face
    assert found.counts == (10, 20, 20)
    np.testing.assert_allclose(found.operands[1], z[man].mean(0), atol=1e-6)


def test_every_operand_and_weight_counts(result, space: LatentSpace, faces: Latents):
    edited = Recipe(Source("seed", 3), attributes={"Male": 1.0})
    found = result(".5 face + 0.25*mean + 0.25 000007 + 2 eyeglasses - 5 o'clock shadow", edited)
    wanted = (
        0.5 * compose(edited, space)
        + 0.25 * space.center
        + 0.25 * faces.mean[7]
        + 2 * space.vectors["Eyeglasses"][FITTED[0]]
        - space.vectors["5_o_Clock_Shadow"][FITTED[0]]
    )
    np.testing.assert_allclose(found.code, wanted, atol=1e-5)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("(seed 1 + seed 2) / 2", "0.5 seed 1 + 0.5 seed 2"),
        ("0.5 (seed 1 + seed 2)", "0.5 seed 1 + 0.5 seed 2"),
        ("0.5*(seed 1+seed 2)", "0.5 seed 1 + 0.5 seed 2"),
        ("face - (mean - seed 1)", "face - mean + seed 1"),
        (
            "face + 2 (mean - (seed 1 - Male) / 4) - 1.5 mean",
            "face + 0.5 mean - .5 seed 1 + .5 Male",
        ),
        ("-(face - 2 face)", "- face + 2 face"),
        ("face / 2 + mean * 0.5", ".5 face + .5 mean"),
        (
            "([Male] + [not Male]) / 2 - 2 5 o'clock shadow",
            ".5 [Male] + .5 [not Male] - 2 5_o_Clock_Shadow",
        ),
    ],
)
def test_parentheses_hold_a_sum(result, short: str, long: str):
    edited = Recipe(Source("seed", 3))
    np.testing.assert_allclose(result(short, edited).code, result(long, edited).code, atol=1e-6)


def test_a_difference_is_a_direction(result, space: LatentSpace):
    found = result("seed 1 − seed 2")
    wanted = space.mixture.sample(1) - space.mixture.sample(2)
    np.testing.assert_allclose(found.code, wanted, atol=1e-6)
    assert not found.is_face


def test_a_vector_is_shown_on_the_mean_face(result, space: LatentSpace):
    found = result("mean + Male")
    np.testing.assert_allclose(
        found.operands[1], space.center + space.vectors["Male"][FITTED[0]], atol=1e-6
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1 to 12 terms"),
        ("face face", "expected an attribute"),
        ("[Male] [Male]", r"expected \+ or -"),
        ("face + mean", "sum to 1 .* or to 0 .* found 2"),
        ("Hat", "expected an attribute such as"),
        ("[Hat]", "expected an attribute such as"),
        ("[Male, not Male]", "found none"),
        ("[5 o'clock shadow]", "found none"),
        ("face - face", "cancel each other out"),
        ("999999", "expected the id of a picture"),
        ("seed 99999999999", "expected a seed"),
        ("11 face - 10 mean", "weights within ±10"),
        ("face +", "expected a term; found the end of the formula"),
        ("face + + mean", "expected a term; found '[+] mean'"),
        ("[Male", "expected a ] that closes '.Male'; found the end of the formula"),
        ("[Male, Eyeglasses - [Male]", "expected a ] that closes .*; found '.'"),
        ("[[Male]]", "expected a ] that closes"),
        ("Male] - mean", "expected a .* before the ] in 'Male]'"),
        ("face - mean]", "expected a .* before the ]"),
        ("(seed 1 + seed 2", r"expected a \) that closes '\(seed 1 \+ seed 2'"),
        ("seed 1 + seed 2) / 2", r"expected a \( before the \) in 'seed 1 \+ seed 2\)'"),
        ("(face", r"expected a \) that closes '\(face'"),
        ("()", "expected a term; found '.'"),
        ("(face] - mean", "expected a .* before the ]"),
        ("face / 0", "expected a number to divide by; found '/ 0'"),
        ("6 (2 face - 2 mean)", "weights within ±10; found 12 at"),
        ("(" * 20 + "face" + ")" * 20, "parentheses at most 8 deep"),
        ("(" * 5000, "parentheses at most 8 deep"),
        ("+".join(["mean"] * 13), "1 to 12 terms"),
    ],
)
def test_what_means_nothing_is_said(result, text: str, said: str):
    with pytest.raises(FormulaError, match=said):
        result(text)


def test_doubtful_formulas_are_noted(result):
    assert "cancel" in result("mean + Male - Male").notes[0]
    assert "add up" in result("mean + Male + Male").notes[0]
    assert "far beyond" in result("mean + 4 Male").notes[0]
    assert result("mean + Male").notes == ()


def test_names_are_those_of_the_page(space: LatentSpace):
    edited = Recipe(Source("code", "AAAAAAAAAAA="))
    terms = parse("face + [Male, not 5 o clock shadow] - mean + eyeglasses", ATTRIBUTES, edited)
    assert [term.name for term in terms] == [
        "the edited face",
        "Male, not 5 o'Clock Shadow",
        "mean face",
        "Eyeglasses vector",
    ]
