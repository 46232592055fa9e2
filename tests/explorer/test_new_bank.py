"""A bank of sliders is added by one entry of a table: everything that has sliders takes it up."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from explorer.editor.banks import banks
from explorer.editor.calibration import removed_shares
from explorer.editor.ticks import slider_ticks
from explorer.map.columns import ColumnError, column
from explorer.recipe.banks import BANKS, Axis, Bank, Name
from explorer.recipe.compose import compose
from explorer.recipe.errors import RecipeError
from explorer.recipe.names import recipe_name
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.space import LatentSpace
from explorer.run.loaded import open_run
from explorer.run.run import Run

RUN = Path(__file__).parents[1] / "fixtures" / "before_the_rooms" / "run"
COUNT = 5


class Chance(Bank):
    """Number of a direction that chance drew -> shift in standard deviations along it."""

    name = "chance"
    title = "Random directions"
    about = "Nobody chose them."
    limit = 2.5
    kind = int
    most = 3
    in_deviations = True

    def names(self, space: LatentSpace) -> Sequence[Name]:
        return range(COUNT)

    def label(self, name: Name) -> str:
        return f"chance {name}"

    def group(self, space: LatentSpace, name: Name) -> str:
        return "odd" if int(name) % 2 else "even"

    def axis(
        self, space: LatentSpace, name: Name, method: str = "", locks: tuple[str, ...] = ()
    ) -> Axis:
        if name not in self.names(space):
            raise RecipeError(f"expected chance 0 to {COUNT - 1}; found chance {name}")
        direction = np.random.default_rng(int(name)).standard_normal(space.latent)
        direction = (direction / np.linalg.norm(direction)).astype(np.float32)
        unit = float(((space.codes - space.center) @ direction).std())
        return Axis(self.label(name), direction, unit)


@pytest.fixture
def run() -> Run:
    return open_run(RUN).run


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    """The bank, in the table and nowhere else."""
    added = Chance()
    monkeypatch.setitem(BANKS, added.name, added)
    return added


def test_a_recipe_without_it_does_not_know_it(bank: Bank):
    text = Recipe(attributes={"Male": 1}).to_json()
    assert bank.name not in text
    assert Recipe.from_json(text) == Recipe(attributes={"Male": 1})


def test_a_recipe_moves_its_sliders_and_json_gives_them_back(bank: Bank):
    recipe = Recipe(Source("seed", 7), chance={3: 1.5, 1: 0}).with_amount("chance", 0, -2)
    assert recipe.amounts["chance"] == {0: -2.0, 3: 1.5}
    assert recipe.edited
    assert recipe.to_data()["chance"] == {"0": -2.0, "3": 1.5}
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert recipe_name(recipe) == "Random face, seed 7, chance 0 −2.00"


@pytest.mark.parametrize(
    ("amounts", "message"),
    [
        ({"1": 1}, "expected int keys in chance; found '1'"),
        ({1: 2.6}, r"expected chance 1 within \+-2.5; found 2.6"),
        (dict.fromkeys(range(4), 1), "Random directions: expected at most 3; found 4"),
    ],
)
def test_its_own_limits_hold(bank: Bank, amounts: dict, message: str):
    with pytest.raises(RecipeError, match=f"^{message}$"):
        Recipe(chance=amounts)


def test_compose_adds_it_to_the_others(bank: Bank, run: Run):
    source, axis = Source("seed", 7), bank.axis(run.space, 2)
    plain = Recipe(source, attributes={"Male": 1}, components={1: 1})
    moved = compose(plain.with_amount("chance", 2, 1.5), run.space) - compose(plain, run.space)
    np.testing.assert_allclose(moved, 1.5 * axis.unit * axis.direction, atol=1e-5)
    with pytest.raises(RecipeError, match=r"^expected chance 0 to 4; found chance 5$"):
        compose(Recipe(chance={5: 1}), run.space)


def test_the_editor_shows_it(bank: Bank, run: Run):
    told = banks(run, Recipe(chance={9: 1}), {})
    assert [b["bank"] for b in told] == ["attributes", "components", "dimensions", "chance"]
    found = told[-1]
    assert (found["title"], found["about"], found["limit"]) == (bank.title, bank.about, 2.5)
    assert [s["label"] for s in found["sliders"]] == [f"chance {k}" for k in (0, 1, 2, 3, 4, 9)]
    assert [s["group"] for s in found["sliders"]][:2] == ["even", "odd"]
    assert [bool(s["facts"]) for s in found["sliders"]] == [False] * COUNT + [True]


def test_it_has_ticks_where_it_counts_in_deviations(bank: Bank, run: Run):
    source = Source("picture", str(run.faces.ids[4]))
    ticks = slider_ticks(Recipe(source), run)["chance"]
    assert list(ticks) == [str(k) for k in range(COUNT)]
    own, mean = ticks["2"]
    assert (own["kind"], mean["kind"]) == ("own", "mean")
    moved = compose(Recipe(source, chance={2: mean["at"]}), run.space) - run.space.center
    assert bank.axis(run.space, 2).along(moved) == pytest.approx(0, abs=0.006)


def test_the_map_is_coloured_by_its_sliders(bank: Bank, run: Run):
    values, about = column(run, "slider/chance/2")
    along = bank.axis(run.space, 2).along(run.faces.mean - run.space.center)
    low, high = about["range"]
    assert about["title"] == "chance 2, slider"
    assert about["note"] == "standard deviations from the mean face"
    np.testing.assert_allclose(
        low + values / 255 * (high - low), along.clip(low, high), atol=(high - low) / 255
    )
    with pytest.raises(ColumnError, match="expected a slider of this run"):
        column(run, "slider/chance/5")


def test_locks_leave_it_alone_unless_it_says_that_they_hold_it(bank: Bank, run: Run):
    lock = next(iter(run.space.vectors))
    shown = {"chance": [0, 1]}
    assert removed_shares(Recipe(locks=(lock,)), run.space, shown) == {}


def test_without_the_entry_nothing_knows_it(run: Run):
    with pytest.raises(TypeError, match=r"^expected amounts of attributes, components, dimensions"):
        Recipe(chance={1: 1})
    with pytest.raises(RecipeError, match=r"^expected the JSON of a recipe"):
        Recipe.from_data(Recipe().to_data() | {"chance": {"1": 1}})
    with pytest.raises(ColumnError):
        column(run, "slider/chance/2")
