"""The arithmetic pages: their scripts, run by Streamlit's own test runner, and Chromium."""

import json
import re
from collections.abc import Callable
from urllib.parse import quote

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE, App
from data.shipped import SHIPPED
from explorer.faces.formula import evaluate, parse
from explorer.judge.judges import judges
from explorer.judge.scorer import Scorer, scorer
from explorer.page.arithmetic.formula_bench import EXAMPLES
from explorer.page.arithmetic.vector_lab import SHOWN
from explorer.recipe.compose import compose
from explorer.recipe.methods import METHODS
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.space import attribute_vector, methods_of
from explorer.run.loaded import open_run
from explorer.run.run import load_run
from tests.page.seen import expect, levels_apart, linked, pixels


def formula_bench():
    import streamlit as st

    from explorer.page.arithmetic.formula_bench import show_formula_bench
    from explorer.page.to_explore import PATH, TITLE
    from explorer.run.loaded import chosen_run, open_run

    def bench():
        show_formula_bench(open_run(chosen_run()))

    # Explore is there to be gone to; the first page is the one that AppTest opens.
    bench_page = st.Page(bench, title="Formula bench", url_path="formula", default=True)
    explore = st.Page(lambda: st.title("the editor"), title=TITLE, url_path=PATH)
    st.navigation([bench_page, explore], position="hidden").run()


def matrix():
    from explorer.page.arithmetic.matrix import show_matrix
    from explorer.run.loaded import chosen_run, open_run

    show_matrix(open_run(chosen_run()))


def vector_lab():
    from explorer.page.arithmetic.vector_lab import show_vector_lab
    from explorer.run.loaded import chosen_run, open_run

    show_vector_lab(open_run(chosen_run()))


@pytest.fixture
def opened(shipped, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable], AppTest]:
    monkeypatch.delenv("EXPLORER_RUN", raising=False)
    return lambda page: AppTest.from_function(page, default_timeout=PATIENCE).run()


@pytest.fixture(scope="module")
def space(shipped):
    return load_run(shipped).space


def table(page: AppTest) -> dict:
    """What the page hands to the table of faces."""
    (found,) = page.get("bidi_component")
    return json.loads(found.proto.json)


def shown(page: AppTest) -> list[tuple[str, str]]:
    """What stands before each picture of the formula, and its name."""
    (body,) = [html.proto.body for html in page.get("html") if "<figure" in html.proto.body]
    signs = re.findall(r'class="sign">(.*?)</div>', body)
    return list(zip(signs, re.findall(r'alt="(.*?)"', body), strict=True))


def choice(page: AppTest, key: str):
    """Pills or a segmented control."""
    return next(found for found in page.get("button_group") if found.key == key)


def pictures(page: AppTest) -> list[str]:
    """Pictures of the page itself."""
    bodies = [element.proto.body for element in page.get("html")]
    return [body for body in bodies if body.startswith("<img")]


def test_the_first_formula_is_shown_with_its_operands(opened):
    page = opened(formula_bench)
    assert not page.exception
    assert page.text_input(key="formula").value == "2 [Male, Eyeglasses] - 2 [Male] + [not Male]"
    assert shown(page) == [
        ("2 ×", "Male, Eyeglasses"), ("− 2 ×", "Male"), ("+", "not Male"), ("=", "the result")
    ]  # fmt: skip


def test_an_example_is_taken_and_opens_in_the_editor(opened, space):
    page = opened(formula_bench)
    choice(page, "formula_example").set_value("half of each").run()
    assert page.text_input(key="formula").value == "(seed 1 + seed 2) / 2"
    assert shown(page)[:2] == [("0.5 ×", "seed 1"), ("+ 0.5 ×", "seed 2")]
    next(b for b in page.button if b.label == "Open in the editor").click().run()
    wanted = (space.mixture.sample(1) + space.mixture.sample(2)) / 2
    found = compose(page.session_state["recipe"], space)
    np.testing.assert_allclose(found, wanted, atol=0.01)  # a code is kept in half precision


def test_a_bad_formula_is_said_and_nothing_is_lost(opened):
    page = opened(formula_bench)
    page.text_input(key="formula").set_value("face + face").run()
    assert not page.exception
    assert "sum to 1" in page.error[0].value
    page.text_input(key="formula").set_value("face").run()
    assert not page.error
    assert len(shown(page)) == 2


@pytest.mark.parametrize(
    ("formula", "said"),
    [("[Male", "closes"), ("(face", "closes"), ("face)", "before"), ("Male]", "before")],
)
def test_one_bracket_too_few_or_too_many_is_said(opened, formula: str, said: str):
    page = opened(formula_bench)
    page.text_input(key="formula").set_value(formula).run()
    assert not page.exception
    assert said in page.error[0].value


def test_a_term_is_added_without_typing(opened):
    page = opened(formula_bench)
    page.selectbox(key="term_kind").set_value("An attribute vector").run()
    page.selectbox(key="term_of").set_value("Smiling").run()
    page.number_input(key="term_weight").set_value(-0.5).run()
    next(b for b in page.button if b.label == "Add").click().run()
    assert page.text_input(key="formula").value.endswith("+ [not Male] - 0.5 Smiling")
    assert not page.error


def test_the_matrix_shows_faces_by_attributes(opened, space):
    page = opened(matrix)
    assert not page.exception
    shown = table(page)
    assert [c["title"] for c in shown["columns"]] == [
        "as it is", "Eyeglasses", "Smiling", "Blond Hair", "Male", "Young",
    ]  # fmt: skip
    assert len(shown["cells"]) == 5
    assert all(len(row) == 6 for row in shown["cells"])
    for row in shown["cells"]:
        assert row[0]["attribute"] is None
        assert row[1]["attribute"] == "Eyeglasses"
        compose(Recipe.from_data(row[1]["recipe"]), space)


def test_locks_and_method_reach_every_cell_of_the_matrix(opened, space):
    page = opened(matrix)
    page.multiselect(key="matrix_locks").set_value(["Male"]).run()
    page.selectbox(key="matrix_method").set_value(METHODS[1]).run()
    shown = table(page)
    recipes = [Recipe.from_data(cell["recipe"]) for row in shown["cells"] for cell in row]
    assert {(r.method, r.locks) for r in recipes} == {(METHODS[1], ("Male",))}
    share = attribute_vector(space, "Eyeglasses", METHODS[1], ("Male",))[1]
    assert shown["columns"][1]["note"] == (f"{share:.0%} held" if share >= 0.005 else "")


def test_every_edited_face_of_the_matrix_is_scored(opened, space):
    shown = table(opened(matrix))
    (plain, edited), names = shown["cells"][1][:2], Scorer.attributes
    assert plain["note"] == ""
    recipe = Recipe.from_data(edited["recipe"])
    both = recipe, recipe.with_amount("attributes", edited["attribute"], 1.0)
    loaded = open_run(SHIPPED)
    codes = np.stack([compose(each, space) for each in both])
    before, after = scorer().scores(loaded.renderer_of(recipe).decode(codes))
    told = re.fullmatch(r"(\d+)% → (\d+)%\nleaks ([\d.]+)", edited["note"]).groups()
    target = names.index(edited["attribute"])
    others = [k for k in range(len(names)) if k != target]
    leaks = 100 * np.abs(after - before)[others].mean()
    expected = 100 * before[target], 100 * after[target], leaks
    np.testing.assert_allclose([float(t) for t in told], expected, atol=1.01)


def test_the_lab_tells_cosine_and_leakage_of_each_method(opened, shipped):
    shown, run = table(opened(vector_lab)), load_run(shipped)
    decode = open_run(SHIPPED).renderer_of(run.first_recipe).decode

    def scores(row: list[dict], strength: float) -> np.ndarray:
        recipes = [Recipe.from_data(cell["recipe"]) for cell in row]
        recipes = [recipe.with_amount("attributes", "Eyeglasses", strength) for recipe in recipes]
        return scorer().scores(decode(np.stack([compose(r, run.space) for r in recipes])))

    others = [k for k, name in enumerate(Scorer.attributes) if name != "Eyeglasses"]
    before = scores(shown["cells"][0], 0.0)[:, others]
    methods = methods_of(run.space, *SHOWN)
    vectors = np.stack([attribute_vector(run.space, "Eyeglasses", m, ())[0] for m in methods])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert len(shown["rows"]) == 1 + len(methods)
    for k in range(len(methods)):
        note = shown["rows"][k + 1]["note"]
        leaks = 100 * np.abs(scores(shown["cells"][k + 1], 1.0)[:, others] - before).mean()
        told = float(re.search(r"leakage ([\d.]+) points", note)[1])
        assert told == pytest.approx(leaks, abs=0.11)
        alike = f"cosine {unit[0] @ unit[k]:.2f} to the mean difference"
        assert (alike in note) == (k > 0)


def test_a_matrix_without_columns_says_what_to_do(opened):
    page = opened(matrix)
    page.multiselect(key="matrix_attributes").set_value([]).run()
    assert "Choose an attribute" in page.info[0].value
    assert not page.get("bidi_component")


def test_the_faces_beside_the_edited_one_are_chosen(opened):
    page = opened(matrix)
    before = [row["title"] for row in table(page)["rows"]]
    next(b for b in page.button if b.label == "Others").click().run()
    after = [row["title"] for row in table(page)["rows"]]
    assert before[0] == after[0] == "The edited face"
    assert not set(before[1:]) & set(after[1:])
    choice(page, "matrix_faces").set_value("From the map").run()
    assert all(row["title"].startswith("Face ") for row in table(page)["rows"][1:])


def painted(tab, name: str):
    """The canvas of this name, once a face is on it."""
    return tab.locator(f'canvas[aria-label="{name}"][data-frame]')


def test_a_slider_of_the_matrix_moves_its_column_only(app: App, visit):
    tab, complaints = visit(app, path="/matrix")
    names = [f"The edited face, {column}" for column in ("as it is", "Smiling", "Male")]
    for name in names:
        painted(tab, name).wait_for()
    before = [pixels(painted(tab, name)) for name in names]
    slider = tab.get_by_role("slider", name="Smiling")
    slider.focus()
    for _ in range(5):
        tab.keyboard.press("PageUp")
    strength = float(slider.input_value())
    assert strength > 1
    # Shown is what the decoder makes of the recipe.
    loaded = open_run(SHIPPED)
    recipe = loaded.run.first_recipe.with_amount("attributes", "Smiling", strength)
    wanted = loaded.renderer_of(recipe).decode(compose(recipe, loaded.run.space)[None])[0]
    moved = painted(tab, names[1])
    expect(lambda: levels_apart(pixels(moved), wanted) <= 1, f"{names[1]} as decoded")
    for k in (0, 2):
        assert np.array_equal(pixels(painted(tab, names[k])), before[k])
    assert complaints == []


def test_a_face_of_the_matrix_is_opened_in_the_editor(app: App, visit):
    tab, complaints = visit(app, path="/matrix")
    tab.get_by_role("button", name="Edit The edited face, Blond Hair").click()
    tab.get_by_role("img", name="Edited face", exact=True).wait_for()
    expect(lambda: tab.evaluate("location.pathname") in ("/", "/explore"), "the address of Explore")
    wanted = open_run(SHIPPED).run.first_recipe.with_amount("attributes", "Blond_Hair", 1.0)
    expect(
        lambda: (linked(tab) or wanted.unedited()).amounts == wanted.amounts, "it in the address"
    )
    assert tab.get_by_role("slider", name="Blond Hair").input_value() == "1"
    assert complaints == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_a_long_formula_wraps_and_opens_in_the_editor(app: App, visit, width: int):
    terms = " + ".join(f"seed {k}" for k in range(1, 11))
    tab, complaints = visit(app, width=width, path=f"/formula?formula={quote(f'({terms}) / 10')}")
    faces = tab.locator(".formula img")
    expect(lambda: faces.count() == 11, "ten faces and the result")
    boxes = [faces.nth(k).bounding_box() for k in range(11)]
    assert all(100 <= box["width"] <= 256 for box in boxes)  # to be seen, and no blur
    assert max(box["x"] + box["width"] for box in boxes) <= width
    assert len({round(box["y"]) for box in boxes}) > 1
    tab.get_by_role("button", name="Open in the editor").click()
    tab.get_by_role("img", name="Edited face", exact=True).wait_for()
    expect(lambda: "formula" not in tab.evaluate("location.pathname"), "the address of Explore")
    assert complaints == []


# What the judge has to see in the result of an example: attribute -> whether it is there.
SHOWS = {
    "man with glasses − man, twice, + woman": {"Eyeglasses": True, "Male": False},
    "smiling woman − woman + man": {"Smiling": True, "Male": True},
    "the edited face, older": {"Young": False},
    "half of each": {},
    "the edited face with glasses": {"Eyeglasses": True},
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_shows_what_it_says_to_the_second_judge(shipped, example):
    """On the face that a session starts with, and on most of eight others where one is edited."""
    loaded = open_run(shipped)
    run, judge, wanted = loaded.run, judges().second, SHOWS[example]
    rows = np.linspace(0, len(run.faces) - 1, 8).round().astype(int)
    start = run.first_recipe
    faces = [start, *(start.with_source(Source("picture", str(i))) for i in run.faces.ids[rows])]
    names = [str(name) for name in run.faces.attributes]
    codes = [
        evaluate(parse(EXAMPLES[example], names, face), run.space, run.faces, face.method).code
        for face in faces
    ]
    scores = judge.scores(loaded.renderer_of(start).decode(np.stack(codes)))
    for name, there in wanted.items():
        seen = (scores[:, judge.attributes.index(name)] >= 0.5) == there
        assert seen[0], f"{example}: {name}"
        assert seen.mean() > 0.7, f"{example}: {name}"
