"""Strength as effect: the reader, reaches along scores that are known, and `compose`."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.recipe.compose import compose
from explorer.recipe.effects import (
    AS_WANTED,
    BEYOND,
    FARTHEST,
    OF_VECTORS,
    TIPS_BETWEEN,
    Effects,
    Reach,
    Reader,
    first_crossing,
    place,
)
from explorer.recipe.errors import LocksError
from explorer.recipe.methods import CURVE, FITTED
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.space import LatentSpace, attribute_vector, methods_of
from training.codes.mixture import Mixture
from training.codes.partial_effects import PartialEffects
from training.edits.learned_steps import LearnedSteps

NAMES = ("Eyeglasses", "Smiling")
D = 4


def straight(weights: np.ndarray, bias: np.ndarray) -> Reader:
    """A reader whose logits are exactly codes @ weights + bias: relu(x) - relu(-x) = x, twice."""
    v = weights.shape[1]
    twice = np.hstack([np.eye(v), -np.eye(v)])
    arrays = weights @ twice, bias @ twice, np.eye(2 * v), np.zeros(2 * v), twice.T, np.zeros(v)
    return Reader(*(np.ascontiguousarray(a, np.float32) for a in arrays))


@pytest.fixture
def effects() -> Effects:
    """Logits of both attributes are -1 + z0 + z1 / 2 and -3 + 2 z1; the labels come together."""
    counts, differences = np.array([[50, 40], [40, 50]]), np.eye(2, D) + 0.5 * np.eye(2, D)[::-1]
    return Effects(
        NAMES,
        PartialEffects.of(counts, 100, differences, np.eye(D), np.ones(D)),
        places=np.array([0.5, 0.25], np.float32),
        reader=straight(np.array([[1, 0], [0.5, 2], [0, 0], [0, 0]]), np.array([-1.0, -3.0])),
        sure=np.array([[-2, 2], [-1, 1]], np.float32),
        farther=np.ones((2, 2), np.float32),
    )


@pytest.fixture
def space(effects: Effects) -> LatentSpace:
    def floats(values):
        return np.array(values, np.float32)

    vectors = {
        name: {method: floats(np.eye(D)[k] + (method == "logistic")) for method in FITTED}
        for k, name in enumerate(NAMES)
    }
    return LatentSpace(
        ids=np.array(["000001.jpg"]),
        codes=floats([[0.2, -0.3, 1, 0]]),
        vectors=vectors,
        center=floats(np.zeros(D)),
        spread=floats(np.ones(D)),
        components=floats(np.eye(D)),
        component_spread=floats(np.ones(D)),
        kl=floats(np.ones(D)),
        mixture=Mixture(floats([1]), floats([np.zeros(D)]), floats([np.eye(D)])),
        effects=effects,
    )


def test_the_reader_is_the_network_that_torch_makes_of_its_arrays():
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(D, 16),
        torch.nn.ReLU(),
        torch.nn.Linear(16, 16),
        torch.nn.ReLU(),
        torch.nn.Linear(16, 3),
    )
    layers = [network[k] for k in (0, 2, 4)]
    arrays = [a for at in layers for a in (at.weight.detach().numpy().T, at.bias.detach().numpy())]
    reader = Reader(*arrays)
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((5, D)).astype(np.float32)
    expected = network(torch.from_numpy(codes)).detach().numpy()
    np.testing.assert_allclose(reader.logits(codes), expected, atol=1e-5)
    code, vector, times = codes[0], codes[1], np.linspace(-2, 2, 7)
    path = code + times[:, None].astype(np.float32) * vector
    np.testing.assert_allclose(reader.along(code, vector, times), reader.logits(path), atol=1e-5)


def test_the_first_crossing_lies_on_the_line_between_two_points():
    path = np.array([0.0, 1, 2, 3])
    assert first_crossing(path, np.array([-1.0, 1, -5, 9]), 0) == 0.5
    assert first_crossing(path, np.array([2.0, 1, 0, 0]), 1.5) == 0
    assert first_crossing(path, np.array([-4.0, -1, -2, -3]), 0) == 1  # never: the highest


def test_strength_goes_through_the_tipping_point_to_where_it_is_sure():
    reach = Reach(tips=2, sure=3)
    found = [reach.times(s) for s in (0, 0.25, 0.5, 0.75, 1, 2)]
    assert found == pytest.approx([0, 1, 2, 2.5, 3, 3 * (1 + BEYOND)])


def test_the_choice_leads_from_the_mean_difference_over_the_elected_place_to_the_full_effect():
    assert [place(0.3, c) for c in (0, 0.25, 0.5, 0.75, 1)] == pytest.approx(
        [0, 0.15, 0.3, 0.65, 1]
    )
    assert CURVE["elected"] == 0.5


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", CURVE)
def test_a_face_gets_what_it_needs_by_the_known_scores(effects, space, name, method):
    """The reader is linear, so where the score tips and is sure can be told by hand."""
    row = NAMES.index(name)
    for sign in (-1, 1):
        code = space.codes[0] if sign > 0 else np.array([2, 3, 0, 0], np.float32)
        logit = float(effects.reader.logits(code)[row])
        assert sign * logit < 0
        vector = effects.vector(name, method)
        slope = float(effects.reader.along(np.zeros(D), vector, np.array([0, 1]))[:, row] @ [-1, 1])
        reach = effects.reach(name, sign, vector, code)
        by_hand = [
            (level - logit) / slope * sign for level in (0, effects.sure[row, int(sign > 0)])
        ]
        assert max(by_hand) < FARTHEST
        sure = max(by_hand[1], OF_VECTORS.least)
        least, most = (share * sure for share in TIPS_BETWEEN)
        assert reach == pytest.approx((min(max(by_hand[0], least), most), sure), rel=1e-4)
        for strength in (0.5, 1.0):
            times = effects.times(name, sign * strength, vector, code)
            assert times == pytest.approx(sign * reach.times(strength), rel=1e-5)


def test_a_face_that_has_the_attribute_gets_somewhat_more_of_it(effects):
    code = np.array([9, 9, 0, 0], np.float32)
    reach = effects.reach("Smiling", 1, effects.vector("Smiling", "elected"), code)
    assert reach == Reach(TIPS_BETWEEN[0] * OF_VECTORS.least, OF_VECTORS.least)
    # One that barely has it would need more than AS_WANTED to be as sure as this.
    stricter = replace(effects, sure=np.array([[-9, 9], [-9, 9]], np.float32))
    for sign in (-1, 1):
        code = np.array([0, 1.5 + sign * 1e-3, 0, 0], np.float32)
        reach = stricter.reach("Smiling", sign, stricter.vector("Smiling", "clean"), code)
        assert reach.sure == AS_WANTED


def test_judges_that_see_less_are_gone_farther_for(effects):
    code, vector = np.array([0, 1, 0, 0], np.float32), effects.vector("Smiling", "elected")
    before = effects.reach("Smiling", 1, vector, code)
    farther = replace(effects, farther=np.array([[1, 1], [1, 1.5]], np.float32))
    after = farther.reach("Smiling", 1, vector, code)
    assert after.sure == pytest.approx(1.5 * before.sure)
    assert after.tips == pytest.approx(max(before.tips, TIPS_BETWEEN[0] * after.sure))
    assert farther.reach("Smiling", -1, vector, -code) == effects.reach(
        "Smiling", -1, vector, -code
    )


def test_compose_leads_the_source_to_the_score_that_strength_promises(effects, space):
    source = Source("picture", "000001.jpg")
    for method in CURVE:
        recipe = Recipe(source, attributes={"Smiling": 1}, method=method)
        code = compose(recipe, space)
        assert effects.reader.logits(code)[1] == pytest.approx(effects.sure[1, 1], abs=1e-3)
        half = compose(recipe.with_amount("attributes", "Smiling", 0.5), space)
        assert effects.reader.logits(half)[1] == pytest.approx(0, abs=1e-3)
        np.testing.assert_array_equal(code, compose(recipe, space))


def test_each_step_looks_at_the_source_alone(space):
    source = Source("picture", "000001.jpg")
    both = Recipe(source, attributes={"Smiling": 1, "Eyeglasses": -1}, method="elected")
    apart = [
        compose(Recipe(source, attributes={name: amount}, method="elected"), space)
        for name, amount in both.amounts["attributes"].items()
    ]
    plain = compose(Recipe(source), space)
    np.testing.assert_allclose(
        compose(both, space) - plain, apart[0] + apart[1] - 2 * plain, atol=1e-5
    )


def test_locks_are_honoured_and_the_score_is_reached_along_what_they_leave(effects, space):
    """What a lock holds still is the readout "logistic"; the rest goes farther in its place."""
    source = Source("picture", "000001.jpg")
    free = Recipe(source, attributes={"Smiling": 1}, method="clean")
    held = free.changed(locks=("Eyeglasses",))
    plain = compose(Recipe(source), space)
    readout = space.vectors["Eyeglasses"]["logistic"]
    assert abs((compose(held, space) - plain) @ readout) < 1e-5
    assert abs((compose(free, space) - plain) @ readout) > 0.1
    for recipe in (free, held):
        found = effects.reader.logits(compose(recipe, space))[1]
        assert found == pytest.approx(effects.sure[1, 1], abs=1e-3)
    only = {name: {m: np.eye(D, dtype=np.float32)[0] for m in FITTED} for name in NAMES}
    along = replace(space, vectors=only, effects=None)
    with pytest.raises(LocksError):
        compose(held, along)


def test_fitted_methods_count_their_vector_whatever_the_run_knows_of_effects(space):
    """A link of before draws what it drew: to the last bit."""
    without = replace(space, effects=None)
    for method in FITTED:
        recipe = Recipe(
            Source("seed", 3),
            attributes={"Smiling": 1.35, "Eyeglasses": -0.7},
            method=method,
            locks=("Smiling",),
        )
        np.testing.assert_array_equal(compose(recipe, space), compose(recipe, without))


def test_a_run_without_effects_counts_the_mean_difference(space):
    without = replace(space, effects=None)
    for method in CURVE:
        recipe = Recipe(attributes={"Smiling": 2}, method=method)
        plain = recipe.changed(method="mean_difference")
        np.testing.assert_array_equal(compose(recipe, without), compose(plain, without))
        vector, _ = attribute_vector(without, "Smiling", method, ())
        np.testing.assert_array_equal(vector, space.vectors["Smiling"]["mean_difference"])
    assert methods_of(without) == FITTED
    assert methods_of(space) == (*FITTED, *CURVE)
    assert methods_of(space, "clean") == (*FITTED, "clean")


@pytest.fixture
def by_face(space: LatentSpace, effects: Effects) -> LatentSpace:
    """Eyeglasses has learned steps: towards it along z1, away along -z0; and along z2."""
    weights = {
        "center": np.zeros(D),
        "spread": np.ones(D),
        "directions": np.stack([[-np.eye(D)[0], np.eye(D)[1]]]),
        "told": np.full((1, 2, 1), 50.0),  # so far up SiLU is the identity
        "first.weight": np.eye(D)[2:3],
        "second.weight": 0.1 * np.eye(D)[:, 2:3],
    }
    steps = LearnedSteps({k: v.astype(np.float32) for k, v in weights.items()}, NAMES[:1], {})
    learned = replace(effects, steps=steps, by_face=frozenset({(NAMES[0], -1), (NAMES[0], 1)}))
    return replace(space, effects=learned)


def test_learned_steps_are_taken_as_often_as_the_face_needs(by_face: LatentSpace, monkeypatch):
    monkeypatch.setattr("explorer.recipe.effects.LONGEST", 1e9)
    source = Source("picture", "000001.jpg")
    code = by_face.codes[0]
    own = np.array([0, 1, 5.1, 0])  # 0.1 (50 + z2), and z2 is 1
    recipe = Recipe(source, attributes={"Eyeglasses": 1.0}, method="elected")
    moved = compose(recipe, by_face) - code
    # Its logit is -1 + z0 + z1 / 2, here -0.95, and is to be 2.
    np.testing.assert_allclose(moved, min(2.95 / 0.5, FARTHEST) * own, rtol=1e-3)
    away = Recipe(source, attributes={"Eyeglasses": -1.0}, method="elected")
    moved = compose(away, by_face) - code
    np.testing.assert_allclose(moved[:3], 1.05 * np.array([-1, 0, 5.1]), rtol=0.05)
    for method in ("strong", "clean", "mean_difference"):
        plain = Recipe(source, attributes={"Eyeglasses": 1.0}, method=method)
        before = replace(by_face, effects=replace(by_face.effects, by_face=frozenset()))
        np.testing.assert_array_equal(compose(plain, by_face), compose(plain, before))


def test_a_learned_step_is_taken_once_and_until_it_gets_long(by_face: LatentSpace):
    effects, step = by_face.effects, np.array([0, 1, 2, 0], np.float32)
    assert effects.steps.weights["spread"].tolist() == [1, 1, 1, 1]
    length = np.sqrt(5 / 4)
    for times, most in ((0.1 / length, 4), (0.2 / length, 2), (2.0, 1)):
        bounds = effects.of_step(np.float32(times) * step)
        assert bounds == pytest.approx((1, most), rel=1e-5)
    near, far = np.array([1, -0.4, 0, 0], np.float32), np.array([-9, 0, 0, 0], np.float32)
    short = np.array([0, 0.3, 0.5, 0], np.float32)
    assert effects.reach("Eyeglasses", 1, 20 * short, near).sure < 1
    assert effects.reach("Eyeglasses", 1, 20 * short, near, own=True).sure == 1
    bounds = effects.of_step(short)
    assert effects.reach("Eyeglasses", 1, short, far).sure == FARTHEST > bounds.most
    assert effects.reach("Eyeglasses", 1, short, far, own=True).sure == bounds.most


def test_locks_hold_learned_steps_too(by_face: LatentSpace):
    source = Source("picture", "000001.jpg")
    recipe = Recipe(source, attributes={"Eyeglasses": 1.0}, method="elected", locks=("Smiling",))
    moved = compose(recipe, by_face) - by_face.codes[0]
    readout = by_face.vectors["Smiling"]["logistic"]
    assert np.linalg.norm(moved) > 0.1
    assert abs(moved @ readout) < 1e-4 * np.linalg.norm(moved) * np.linalg.norm(readout)
