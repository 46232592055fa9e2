"""`compose`: the code of a recipe, by hand on a latent space of three dimensions."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.recipe.code_text import code_to_text, direction_to_text
from explorer.recipe.compose import compose, is_quick, random_source
from explorer.recipe.errors import RecipeError
from explorer.recipe.methods import FITTED
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.sample import USUAL, Sample
from explorer.recipe.samples import MOST_KEPT
from explorer.recipe.space import LatentSpace, attribute_vector, direction_vector
from training.codes.belief_network import fit_belief_network
from training.codes.flow_network import FlowConfig, VelocityNetwork
from training.codes.flow_sampler import FlowSampler
from training.codes.mixture import Mixture


def floats(values: list) -> np.ndarray:
    return np.array(values, np.float32)


def by_method(**vectors: list) -> dict[str, np.ndarray]:
    """An attribute's vectors: those given, and zeros."""
    return dict.fromkeys(FITTED, floats([0, 0, 0])) | {k: floats(v) for k, v in vectors.items()}


@pytest.fixture
def space() -> LatentSpace:
    """Two pictures, three attributes, two principal components; no array may be written to."""
    made = LatentSpace(
        ids=np.array(["000001.jpg", "000002.jpg"]),
        codes=floats([[1, 2, 3], [-1, 0, 1]]),
        vectors={
            "Eyeglasses": by_method(mean_difference=[1, 0, -1], balanced=[1, 0, 0]),
            "Smiling": by_method(mean_difference=[0, 0.5, 0], logistic=[0, 1, 1]),
            "Male": by_method(mean_difference=[0, 0, 2], logistic=[0, 0, 2]),
        },
        center=floats([0.1, 0.2, 0.3]),
        spread=floats([1, 2, 0.5]),
        components=floats([[0.6, 0.8, 0], [0, 0, 1]]),
        component_spread=floats([10, 3]),
        kl=floats([0.5, 0.1, 2]),
        mixture=Mixture(floats([1]), floats([[5, 6, 7]]), floats([np.eye(3)])),
    )
    vectors = [vector for by in made.vectors.values() for vector in by.values()]
    for array in (*vars(made).values(), *vectors, *vars(made.mixture).values()):
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return made


def test_the_code_is_the_source_plus_every_edit(space: LatentSpace):
    recipe = Recipe(
        Source("picture", "000002.jpg"),
        attributes={"Eyeglasses": 2, "Smiling": -1},
        components={1: 0.5, 2: -1},
        dimensions={1: 3},
    )
    # 000002.jpg, 2 Eyeglasses - Smiling, 0.5 * 10 PC 1 - 3 PC 2, 3 * 2 along z 1
    by_hand = [-1 + 2 + 3, 0 - 0.5 + 4 + 6, 1 - 2 - 3]
    np.testing.assert_allclose(compose(recipe, space), by_hand, rtol=1e-6)


def test_the_code_is_float32_of_one_face_and_the_same_each_time(space: LatentSpace):
    recipe = Recipe(Source("seed", 3), attributes={"Smiling": 1})
    code = compose(recipe, space)
    assert (code.shape, code.dtype) == ((3,), np.float32)
    np.testing.assert_array_equal(compose(recipe, space), code)


def test_edits_add_up(space: LatentSpace):
    banks = {"attributes": {"Smiling": 1.5}, "components": {2: 2}, "dimensions": {0: -1}}
    mean = compose(Recipe(), space)
    moves = [compose(Recipe(**{bank: edits}), space) - mean for bank, edits in banks.items()]
    together = compose(Recipe(**banks), space) - mean
    np.testing.assert_allclose(together, np.sum(moves, 0), rtol=1e-5)


def test_a_source_without_edits_is_its_own_code(space: LatentSpace):
    np.testing.assert_array_equal(compose(Recipe(), space), space.center)
    picture = Recipe(Source("picture", "000001.jpg"))
    np.testing.assert_array_equal(compose(picture, space), space.codes[0])
    photo = Recipe(Source("code", code_to_text(floats([0.5, -2, 8]))))
    np.testing.assert_array_equal(compose(photo, space), [0.5, -2, 8])
    seed = Recipe(Source("seed", 11))
    np.testing.assert_array_equal(compose(seed, space), space.mixture.sample(11))


def test_a_mix_is_the_weighted_mean_of_its_faces_with_their_edits(space: LatentSpace):
    first = Recipe(Source("picture", "000001.jpg"), attributes={"Eyeglasses": 1})
    second = Recipe(Source("picture", "000002.jpg"))
    by_hand = [(3 * 2 - 1) / 4 + 1, 6 / 4, (3 * 2 + 1) / 4]
    for weights in ((3, 1), (0.3, 0.1)):
        mix = Source("mix", tuple(zip(weights, (first, second), strict=True)))
        code = compose(Recipe(mix, dimensions={0: 1}), space)
        np.testing.assert_allclose(code, by_hand, rtol=1e-6)


def test_taking_the_edits_back_gives_the_source_code(space: LatentSpace):
    source = Recipe(Source("picture", "000001.jpg"))
    edited = source.with_amount("attributes", "Eyeglasses", 3).with_amount("components", 1, -4)
    assert not np.array_equal(compose(edited, space), space.codes[0])
    np.testing.assert_array_equal(compose(edited.unedited(), space), space.codes[0])


def test_a_code_may_be_changed_without_changing_the_space(space: LatentSpace):
    for source in (Source("mean"), Source("picture", "000001.jpg"), Source("seed", 0)):
        code = compose(Recipe(source), space)
        before = code.copy()
        code += 1
        np.testing.assert_array_equal(compose(Recipe(source), space), before)


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (
            Recipe(Source("picture", "999999.jpg")),
            "expected the id of a picture in this run; found '999999.jpg'",
        ),
        (
            Recipe(attributes={"Glasses": 1}),
            "expected an attribute with a vector in this run; found 'Glasses'",
        ),
        (
            Recipe(Source("code", code_to_text(np.zeros(4)))),
            "expected a code of 3 dimensions, as in this run; found 4",
        ),
        (
            Recipe(Source("mix", ((1, Recipe()), (1, Recipe(dimensions={7: 1}))))),
            "expected z 0 to 2; found z 7",
        ),
        (
            Recipe(locks=("Glasses",)),
            "expected an attribute with a vector in this run; found 'Glasses'",
        ),
        (
            Recipe(directions={direction_to_text("Mine", np.ones(4)): 1}),
            "expected own directions of 3 dimensions, as in this run; found 4 in 'Mine'",
        ),
        (
            Recipe(
                directions={direction_to_text("Mine", floats([0.05, 0, 1])): 1}, locks=("Male",)
            ),
            "expected locks that leave something of Mine; found 100% of it removed; release one of "
            "the locks",
        ),
        (Recipe(components={0: 1}), "expected PC 1 to 2; found PC 0"),
        (Recipe(components={3: 1}), "expected PC 1 to 2; found PC 3"),
        (Recipe(dimensions={3: 1}), "expected z 0 to 2; found z 3"),
        (Recipe(dimensions={-1: 1}), "expected z 0 to 2; found z -1"),
    ],
)
def test_what_the_space_does_not_hold_is_refused(space: LatentSpace, recipe: Recipe, message: str):
    with pytest.raises(RecipeError, match=f"^{re.escape(message)}$"):
        compose(recipe, space)


def test_dimensions_are_ordered_by_their_kl(space: LatentSpace):
    assert space.dimension_order == [2, 0, 1]


def test_dimensions_of_an_hourglass_are_ordered_by_their_spread(space: LatentSpace):
    assert replace(space, kl=np.zeros(3)).dimension_order == [1, 0, 2]


def test_the_method_chooses_the_vector(space: LatentSpace):
    for method, by_hand in (("mean_difference", [1, 0, -1]), ("balanced", [1, 0, 0])):
        moved = compose(Recipe(attributes={"Eyeglasses": 2}, method=method), space) - space.center
        np.testing.assert_allclose(moved, 2 * floats(by_hand), rtol=1e-6)


def test_locks_hold_the_readouts_of_other_attributes(space: LatentSpace):
    recipe = Recipe(attributes={"Eyeglasses": 2, "Male": 0.5}, locks=("Male", "Smiling"))
    moved = compose(recipe, space) - space.center
    # Eyeglasses without its z 2, because Male and Smiling both stand still; Male moves itself,
    # but holds Smiling: of [0, 0, 2] the half along [0, 1, 1] is removed.
    np.testing.assert_allclose(moved, [2, -0.5, 0.5], atol=1e-6)


def test_the_share_that_locks_remove(space: LatentSpace):
    assert attribute_vector(space, "Eyeglasses", "mean_difference", ())[1] == 0
    _, share = attribute_vector(space, "Eyeglasses", "mean_difference", ("Male",))
    assert share == pytest.approx(0.5)
    assert attribute_vector(space, "Male", "mean_difference", ("Male",))[1] == 0
    text = direction_to_text("Mine", floats([3, 0, 1]))
    assert direction_vector(space, text, ("Male",))[1] == pytest.approx(0.1)


def test_locks_apply_to_own_directions_but_not_to_components_and_dimensions(space: LatentSpace):
    mine = direction_to_text("Mine", floats([3, 0, 1]))
    recipe = Recipe(components={2: 1}, dimensions={2: 1}, directions={mine: 2}, locks=("Male",))
    moved = compose(recipe, space) - space.center
    np.testing.assert_allclose(moved, [6, 0, 3 + 0.5], rtol=1e-6)


def test_a_lock_on_what_does_not_move_changes_nothing(space: LatentSpace):
    recipe = Recipe(
        Source("seed", 1), attributes={"Smiling": 1}, components={1: 1}, dimensions={0: -1}
    )
    held = recipe.changed(locks=("Male",))
    np.testing.assert_allclose(compose(held, space), compose(recipe, space), rtol=1e-6)


def test_a_sample_is_drawn_by_the_flow_once_and_kept(space: LatentSpace):
    class Counted(FlowSampler):
        drawn = 0

        def draw(self, seeds, *arguments, **more):
            Counted.drawn += len(seeds)
            return super().draw(seeds, *arguments, **more)

    torch.manual_seed(0)
    weights = VelocityNetwork(FlowConfig(3, 2, width=8, depth=1, condition=4)).state_dict()
    flow = Counted({k: v.numpy() for k, v in weights.items()}, ("Smiling", "Male"), {})
    space = replace(space, flow=flow)
    sample = Sample(7, 0.5, lacking=["Male"])
    recipe = Recipe(Source("sample", sample), dimensions={1: 1})
    mixed = Recipe(Source("mix", ((1, recipe), (1, Recipe(Source("sample", Sample(8)))))))
    assert not is_quick(recipe, space)
    plain = FlowSampler.draw(flow, [7], 0.5, (), ("Male",))[0]
    np.testing.assert_allclose(compose(recipe, space), plain + floats([0, 2, 0]), rtol=1e-6)
    assert is_quick(recipe, space)
    assert not is_quick(mixed, space)
    compose(mixed, space)
    assert is_quick(mixed, space)
    compose(mixed, space)
    assert Counted.drawn == 2
    many = [Sample(9), sample, Sample(9), Sample(8), Sample(4, 0.5, (), ["Male"])]
    found = space.samples.codes(many)
    assert Counted.drawn == 4  # two of them were not known
    for code, one in zip(found, many, strict=True):
        np.testing.assert_array_equal(code, compose(Recipe(Source("sample", one)), space))
    for seed in range(MOST_KEPT):
        compose(Recipe(Source("sample", Sample(seed, 0))), space)
    assert not is_quick(recipe, space)  # the oldest went
    with pytest.raises(RecipeError, match="expected attributes that the flow learned; found 'Hat'"):
        compose(Recipe(Source("sample", Sample(7, having=["Hat"]))), space)


def test_random_faces_have_labels_of_their_own_where_the_flow_can_draw_them(space: LatentSpace):
    torch.manual_seed(0)
    made = VelocityNetwork(FlowConfig(3, 2, width=8, depth=1, condition=4))
    for part in (made.out, made.blocks[0].adapt, made.labels):
        torch.nn.init.normal_(part.weight)
    weights = {k: v.detach().numpy() for k, v in made.state_dict().items()}
    together = fit_belief_network(np.random.default_rng(0).random((200, 2)) < 0.5)
    of_before = FlowSampler(weights, ("Smiling", "Male"), {})
    flow = replace(of_before, together=together)
    before, now = (replace(space, flow=each) for each in (of_before, flow))
    assert random_source(7, before) == Source("sample", Sample(7, USUAL))
    assert random_source(7, now) == Source("sample", Sample(7, USUAL, labelled=True))
    drawn = {s: compose(Recipe(random_source(7, s)), s) for s in (before, now)}
    np.testing.assert_array_equal(drawn[now], flow.sample(7, USUAL))
    assert not np.allclose(drawn[now], drawn[before], atol=1e-3)
    # A link of before draws what it drew; one of now needs a flow that draws labels.
    old, new = (Recipe(random_source(7, each)) for each in (before, now))
    np.testing.assert_array_equal(compose(old, now), drawn[before])
    with pytest.raises(RecipeError, match="expected a flow that knows how labels go together"):
        compose(new, before)


def test_a_sample_needs_a_flow(space: LatentSpace):
    recipe = Recipe(Source("sample", Sample(7)))
    assert is_quick(recipe, space)  # it is refused at once
    with pytest.raises(RecipeError, match=r"^expected a model with a flow, .*; found none in this"):
        compose(recipe, space)
