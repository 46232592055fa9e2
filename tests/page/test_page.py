"""The page's script, run by Streamlit's own test runner: what it shows and what it remembers."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE
from data.shipped import SHIPPED
from explorer.map.layouts import layout
from explorer.map.route import mask
from explorer.page import main
from explorer.page.explore.export_panel import EXPORTS
from explorer.recipe.attributes import attribute_name
from explorer.recipe.code_text import code_to_text
from explorer.recipe.compose import random_source
from explorer.recipe.favourites import Favourite
from explorer.recipe.link_text import link_text
from explorer.recipe.names import source_name
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import open_run
from tests.page.told import offered
from training.run.files import read_npz

MIX = Source("mix", ((1.0, Recipe()), (2.0, Recipe(Source("seed", 1)))))
MIX_DATA = Recipe(MIX).to_data()
EDITED = Recipe(
    Source("seed", 7), attributes={"Eyeglasses": 1.5}, components={1: -2.0}, dimensions={3: 0.5}
)


@pytest.fixture
def page(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page of a new session with the model that ships, not run yet."""
    monkeypatch.delenv("EXPLORER_RUN", raising=False)
    return AppTest.from_file(main.__file__, default_timeout=PATIENCE)


@pytest.fixture
def opened(page: AppTest) -> AppTest:
    """The page after its first run."""
    return page.run()


@pytest.fixture(scope="module")
def faces(shipped: Path) -> dict[str, np.ndarray]:
    """latents.npz of the model that ships, its validation faces."""
    arrays = read_npz(shipped / "latents.npz")
    kept = arrays["partition"] == "validation"
    return arrays | {"labels": arrays["labels"][kept], "ids": arrays["ids"][kept]}


def component(page: AppTest, name: str) -> dict:
    """What the page hands to one of its components."""
    mounted = {found.proto.component_name: found.proto for found in page.get("bidi_component")}
    return json.loads(mounted[name].json)


def editor(page: AppTest) -> dict:
    return component(page, "face_editor")


def labels(page: AppTest, bank: str) -> list[str]:
    """The names of the sliders of a bank, in their order."""
    return next(
        [slider["label"] for slider in known["sliders"]]
        for known in editor(page)["banks"]
        if known["bank"] == bank
    )


def button(page: AppTest, label: str):
    return next(button for button in page.button if button.label == label)


# What the page shows


def test_it_opens_on_its_first_face_without_exception_or_warning(opened: AppTest, start: Recipe):
    assert not opened.exception
    assert not opened.warning
    assert not opened.error
    assert start.source.kind == "picture"
    assert editor(opened)["source"] == source_name(start.source)
    assert Recipe.from_data(editor(opened)["recipe"]) == start


def test_each_attribute_with_a_vector_has_a_slider(opened: AppTest, shipped: Path):
    known = read_npz(shipped / "vectors.npz")["attributes"]
    assert sorted(labels(opened, "attributes")) == sorted(attribute_name(str(k)) for k in known)
    assert {"Eyeglasses", "5 o'Clock Shadow"} <= set(labels(opened, "attributes"))


def test_principal_components_come_widest_first(opened: AppTest, shipped: Path):
    spread = read_npz(shipped / "vectors.npz")["component_spread"]
    assert (np.diff(spread) <= 0).all()
    assert labels(opened, "components") == [f"PC {k}" for k in range(1, len(spread) + 1)]


def test_latent_dimensions_come_most_informative_first(opened: AppTest, shipped: Path):
    kl = read_npz(shipped / "vectors.npz")["kl"]
    shown = [int(label.removeprefix("z ")) for label in labels(opened, "dimensions")]
    assert sorted(shown) == list(range(len(kl)))
    assert (np.diff(kl[shown]) <= 0).all()


@pytest.mark.parametrize(
    ("has", "has_not"),
    [(["Male"], []), ([], ["Young", "Smiling"]), (["Eyeglasses", "Male"], ["Young"])],
)
def test_a_filter_counts_the_faces_that_numpy_counts(opened: AppTest, faces, has, has_not):
    words = [*(f"+{name}" for name in has), *(f"-{name}" for name in has_not)]
    opened.multiselect(key="filter_words").set_value(words).run()
    names = list(faces["attributes"])
    keep = faces["labels"][:, [names.index(n) for n in has]].all(1)
    keep &= ~faces["labels"][:, [names.index(n) for n in has_not]].any(1)
    text = next(m.value for m in opened.markdown if "Click a point" in m.value)
    assert text.startswith(f"**{keep.sum():,}** of {len(keep):,} faces")
    told = component(opened, "face_map")["filter"]
    np.testing.assert_array_equal(mask(open_run(SHIPPED).run, told), keep)


def test_a_filter_that_no_face_passes_says_so(opened: AppTest):
    opened.multiselect(key="filter_words").set_value(["+Male", "-Male"]).run()
    assert not opened.exception
    assert [warning.value for warning in opened.warning] == [
        "No face passes this filter: take a condition away."
    ]


def test_what_the_map_is_given_is_small(opened: AppTest):
    assert len(json.dumps(component(opened, "face_map"))) < 1000


def test_the_page_says_that_labels_were_predicted(opened: AppTest):
    assert any("Labels: predicted by linear probes" in c.value for c in opened.caption)


def test_the_page_says_that_labels_are_celebas(drawn_run: Path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_run))
    page = AppTest.from_file(main.__file__, default_timeout=PATIENCE).run()
    assert not page.exception
    assert any("Labels: CelebA's own annotation" in c.value for c in page.caption)


# What a session remembers


def test_a_random_face_is_its_seed(opened: AppTest):
    button(opened, "Random face").click().run()
    source = opened.session_state["recipe"].source
    seed = source.value if source.kind == "seed" else source.value.seed
    assert source == random_source(seed, open_run(SHIPPED).run.space)
    assert editor(opened)["source"] == f"Random face, seed {seed}"
    assert editor(opened)["recipe"]["source"] == source.to_data()


def test_the_mean_face_comes_back(page: AppTest):
    page.query_params["face"] = EDITED.to_json()
    button(page.run(), "Mean face").click().run()
    assert page.session_state["recipe"] == Recipe()
    assert editor(page)["source"] == "Mean face"


def test_undo_and_redo_walk_through_the_recipes(opened: AppTest):
    assert button(opened, "Undo").disabled
    seen = [opened.session_state["recipe"]]
    for _ in range(2):
        button(opened, "Random face").click().run()
        seen.append(opened.session_state["recipe"])
    for expected in (seen[1], seen[0]):
        button(opened, "Undo").click().run()
        assert Recipe.from_data(editor(opened)["recipe"]) == expected
    assert button(opened, "Undo").disabled
    for expected in (seen[1], seen[2]):
        button(opened, "Redo").click().run()
        assert Recipe.from_data(editor(opened)["recipe"]) == expected
    assert button(opened, "Redo").disabled


def test_a_new_face_after_undo_ends_redo(opened: AppTest):
    button(opened, "Random face").click().run()
    button(opened, "Undo").click().run()
    assert not button(opened, "Redo").disabled
    button(opened, "Random face").click().run()
    assert button(opened, "Redo").disabled


def test_the_address_holds_the_recipe_and_opens_it(opened: AppTest):
    button(opened, "Random face").click().run()
    other = AppTest.from_file(main.__file__, default_timeout=PATIENCE)
    other.query_params["face"] = opened.query_params["face"]
    assert other.run().session_state["recipe"] == opened.session_state["recipe"]


@pytest.mark.parametrize(
    "link",
    [
        "",
        "[]",
        '{"source": {"kind": "seed", "value": -1}}',
        Recipe(Source("picture", "nobody.jpg")).to_json(),
        Recipe(attributes={"Wings": 1.0}).to_json(),
    ],
)
def test_an_address_without_a_face_of_this_run_is_said(page: AppTest, link: str, start: Recipe):
    page.query_params["face"] = link
    page.run()
    assert not page.exception
    assert Recipe.from_data(editor(page)["recipe"]) == start
    assert ["cannot show the face in the address" in t.value for t in page.toast] == [True]


def test_two_sessions_have_recipes_of_their_own(opened: AppTest, start: Recipe):
    other = AppTest.from_file(main.__file__, default_timeout=PATIENCE).run()
    button(opened, "Random face").click().run()
    other.run()
    assert Recipe.from_data(editor(other)["recipe"]) == start
    assert button(other, "Undo").disabled


def take(messages, favourites=None) -> AppTest:
    """A session at message 2 on the mean face, after it took messages of the editor."""

    def script(messages, favourites):
        import streamlit as st

        from explorer.page import state
        from explorer.run.loaded import chosen_run, open_run

        state.open_session(open_run(chosen_run()).run)
        if "revisions" not in st.session_state:
            st.session_state.update(revisions={"editor": 2}, favourites=favourites)
            st.session_state["editor"] = {"messages": messages}
            state.hear_editor(open_run(chosen_run()).run.space)
            state.show_notices()

    kwargs = {"messages": messages, "favourites": favourites}
    page = AppTest.from_function(script, kwargs=kwargs, default_timeout=PATIENCE).run()
    assert not page.exception
    return page


@pytest.fixture
def shipped_opened(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPLORER_RUN", raising=False)


@pytest.mark.usefixtures("shipped_opened")
def test_a_click_finds_what_a_slider_told_when_it_was_let_go_by_it():
    """Both are heard at once, and the click's callback may be called first."""

    def script(edited):
        import streamlit as st

        from explorer.page import state
        from explorer.run.loaded import chosen_run, open_run

        run = open_run(chosen_run()).run
        state.open_session(run)
        told = {"messages": [{"revision": 1, "recipe": edited}]}
        for messages in (told, told, {}):  # told once more; and nothing was told
            st.session_state["editor"] = messages
            state.after_editor(state.random_face, run.space)(run.space)
        st.session_state["seen"] = [state.recipe(), *state.past()]

    page = AppTest.from_function(script, kwargs={"edited": EDITED.to_data()}).run(timeout=PATIENCE)
    assert not page.exception
    *faces, edited, first = page.session_state["seen"]
    assert edited == EDITED != first
    assert [face.amounts for face in faces] == [EDITED.amounts] * 3
    assert len({face.source for face in faces}) == 3


@pytest.mark.usefixtures("shipped_opened")
def test_messages_are_taken_once_and_in_their_order(start: Recipe):
    other = Recipe(Source("seed", 8))
    page = take(
        [
            {"revision": 2, "recipe": MIX_DATA},  # taken before
            {"revision": 3, "recipe": EDITED.to_data()},
            {"revision": 4, "recipe": other.to_data()},
            {"revision": 5, "step": -1},
            {"revision": 6, "step": -1},
            {"revision": 7, "step": -1},  # there is nothing before
            {"revision": 8, "step": 1},
        ]
    )
    held = page.session_state
    assert (held["recipe"], held["past"], held["future"]) == (EDITED, [start], [other])
    assert held["revisions"] == {"editor": 8}
    assert page.query_params["face"] == link_text(EDITED)


@pytest.mark.usefixtures("shipped_opened")
@pytest.mark.parametrize(
    "values", [None, {}, Recipe(attributes={"Wings": 1.0}).to_data(), {"source": 3}]
)
def test_a_recipe_that_cannot_be_is_said_and_changes_nothing(values, start: Recipe):
    page = take([{"revision": 3, "recipe": values}])
    assert page.session_state["recipe"] == start
    assert page.session_state["revisions"] == {"editor": 3}
    assert [t.value for t in page.toast] == [
        "This model cannot show that face; the one before stays."
    ]


@pytest.mark.usefixtures("shipped_opened")
def test_favourites_are_checked_before_they_are_taken():
    good = Favourite("Anna", EDITED)
    page = take([{"revision": 3, "favourites": [{"name": "x"}, good.to_data()]}])
    assert page.session_state["favourites"] == [good]
    assert page.toast[0].value.startswith("One favourite was left out")
    page = take([{"revision": 3, "favourites": "unreadable"}], [good])
    assert page.session_state["favourites"] == []


def test_a_click_on_the_map_takes_another_face_and_keeps_the_edits():
    def click(recipe):
        import streamlit as st

        from explorer.page import state
        from explorer.recipe.recipe import Recipe

        st.session_state.update(recipe=Recipe.from_data(recipe), past=[], future=[])
        state.pick_on_map("182638.jpg")

    page = AppTest.from_function(click, kwargs={"recipe": EDITED.to_data()}).run()
    assert not page.exception
    expected = EDITED.with_source(Source("picture", "182638.jpg"))
    assert page.session_state["recipe"] == expected
    assert page.session_state["past"] == [EDITED]


def test_the_face_of_a_place_on_the_map_keeps_the_edits_and_one_that_cannot_be_is_said(
    shipped: Path,
):
    def take(recipe, root, taken):
        import streamlit as st

        from explorer.page import state
        from explorer.recipe.recipe import Recipe
        from explorer.run.loaded import open_run

        st.session_state.update(recipe=Recipe.from_data(recipe), past=[], future=[], notices=[])
        state.take_place(taken, open_run(root).run)
        state.show_notices()

    def taken(place: object, name: object = "attributes/umap2") -> AppTest:
        values = {"place": place, "layout": name}
        given = {"recipe": EDITED.to_data(), "root": shipped, "taken": values}
        page = AppTest.from_function(take, kwargs=given).run(timeout=PATIENCE)
        assert not page.exception
        return page

    found = layout(open_run(shipped).run, "attributes/umap2")
    place = found.positions[:1]
    page = taken(place[0].tolist())
    code = found.blend.at(place).codes[0]
    expected = EDITED.with_source(Source("code", code_to_text(code)))
    assert page.session_state["recipe"] == expected
    assert page.session_state["past"] == [EDITED]
    far = [1e4, 1e4]
    for values in ([[1.0]], [far], [[float("nan"), 0.0]], ["x"], [None], [far, "no/layout"]):
        page = taken(*values)
        assert page.session_state["recipe"] == EDITED
        assert page.toast[0].value.startswith(("That place is not", "No faces lie near"))


# Favourites and a path on the map are there once there are some.
@pytest.mark.parametrize("what", sorted({*EXPORTS} - {"Favourites", "Path"}))
def test_a_mixed_face_can_be_exported(page: AppTest, what: str):
    page.query_params["face"] = Recipe(MIX, attributes={"Smiling": 1.0}).to_json()
    page.session_state["export"] = True
    page.session_state["export_what"] = what
    page.run()
    assert not page.exception
    assert offered(page)


# What the page says when the run folder cannot be read

COMMANDS = {
    "config.json": "python -m training fit --data DIR --model vae --out {run}",
    "weights.safetensors": "python -m training fit --data DIR --model vae --out {run}",
    "latents.npz": "python -m training encode {run} --data DIR",
    "vectors.npz": "python -m explorer vectors {run}",
    "map.npz": "python -m explorer map {run}",
    "report.json": "python -m training evaluate {run} --data DIR",
}


def problem(run: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The message and the command that the page shows instead of the explorer."""
    monkeypatch.setenv("EXPLORER_RUN", str(run))
    page = AppTest.from_file(main.__file__, default_timeout=PATIENCE).run()
    assert not page.exception
    assert not page.get("bidi_component")
    return page.error[0].value, page.code[0].value


def test_a_missing_run_is_said_with_the_command_that_makes_one(tmp_path: Path, monkeypatch):
    message, command = problem(tmp_path / "none", monkeypatch)
    assert str(tmp_path / "none") in message
    assert COMMANDS["config.json"].format(run=tmp_path / "none") in command


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("damage", ["deleted", "cut"])
def test_a_missing_or_damaged_file_is_named_with_the_command_that_makes_it(
    name: str, damage: str, drawn_run: Path, tmp_path: Path, monkeypatch
):
    run = shutil.copytree(drawn_run, tmp_path / "run")
    if damage == "deleted":
        (run / name).unlink()
    else:
        content = (run / name).read_bytes()
        (run / name).write_bytes(content[: len(content) // 2])
    message, command = problem(run, monkeypatch)
    assert name in message
    assert COMMANDS[name].format(run=run) in command


def test_a_run_put_in_order_opens_without_a_restart(drawn_run: Path, tmp_path: Path, monkeypatch):
    run = shutil.copytree(drawn_run, tmp_path / "run")
    kept = (run / "map.npz").rename(tmp_path / "map.npz")
    problem(run, monkeypatch)
    kept.rename(run / "map.npz")
    page = AppTest.from_file(main.__file__, default_timeout=PATIENCE).run()
    assert not page.exception
    assert not page.error
