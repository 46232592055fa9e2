"""The page as a visitor meets it, in a real Chromium: pixels against the decoder's own."""

import re
from pathlib import Path

import pytest

from benchmarks.browser import App, map_view, running_app, wait_for_face, wait_for_map
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import Loaded
from tests.page.seen import (
    SIDE,
    choose,
    choose_method,
    decoded,
    expect,
    expect_face,
    expect_link,
    face,
    face_map,
    legend,
    levels_apart,
    linked,
    pane,
    pixels,
    points,
    press,
    slider,
)

pytestmark = pytest.mark.browser

GREETING = r"""
    .* Did\ not\ auto\ detect\ external\ IP\. | Please\ go\ to\ https://docs\.streamlit\.io/ .*
    | \s* You\ can\ now\ view\ your\ Streamlit\ app\ in\ your\ browser\.
    | \s* (Local|Network|External)?\ ?URL: .*
"""


def test_a_face_of_the_map_edited_in_two_banks_and_reset(page, loaded: Loaded, start: Recipe):
    expect_face(page, decoded(loaded, start))
    point = points(page, loaded)[0]
    page.mouse.click(point["x"], point["y"])
    picked = start.with_source(Source("picture", point["id"]))
    original = decoded(loaded, picked)
    expect_face(page, original)
    expect_face(page, original, "Original face")
    assert levels_apart(original, decoded(loaded, start)) > 1

    page.get_by_role("tab", name="Principal components").click()
    press(page, "PC 1", "ArrowRight", 30)
    shifted = picked.with_amount("components", 1, 1.5)
    expect_face(page, decoded(loaded, shifted))
    expect_link(page, shifted)
    assert levels_apart(decoded(loaded, shifted), original) > 1

    page.get_by_role("tab", name="Attributes").click()
    press(page, "Eyeglasses", "PageUp", 4)
    both = shifted.with_amount("attributes", "Eyeglasses", 2.0)
    expect_face(page, decoded(loaded, both))
    expect_face(page, original, "Original face")
    expect_link(page, both)
    assert levels_apart(decoded(loaded, both), decoded(loaded, shifted)) > 1

    page.get_by_role("button", name="Reset edits").click()
    expect_face(page, original)
    expect_link(page, picked)


def test_the_face_follows_the_hand_before_it_lets_go(page, loaded: Loaded, start: Recipe):
    smiling = slider(page, "Smiling")
    smiling.scroll_into_view_if_needed()
    box = smiling.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 0.2 * box["width"], y, steps=4)
    amount = float(smiling.input_value())
    assert amount > 0.5
    expected = start.changed(attributes={"Smiling": amount})
    expect_face(page, decoded(loaded, expected))
    assert linked(page) is None  # Streamlit has not heard of it
    page.mouse.up()
    expect_link(page, expected)
    expect_face(page, decoded(loaded, expected))


def test_undo_brings_the_face_before_and_redo_the_one_after(page, loaded: Loaded, start: Recipe):
    press(page, "Male", "PageUp", 2)
    edited = start.changed(attributes={"Male": 1.0})
    expect_link(page, edited)
    page.get_by_role("button", name="Undo").click()
    expect_face(page, decoded(loaded, start))
    assert slider(page, "Male").input_value() == "0"
    page.get_by_role("button", name="Redo").click()
    expect_face(page, decoded(loaded, edited))
    assert slider(page, "Male").input_value() == "1"


def test_a_copied_address_shows_the_same_face(page, loaded: Loaded):
    page.get_by_role("button", name="Random face").click()
    expect(lambda: linked(page) is not None, "a recipe in the address")
    expected = decoded(loaded, linked(page))
    expect_face(page, expected)
    address = page.evaluate("location.href")
    page.goto("about:blank")
    page.goto(address)
    wait_for_face(page)
    expect_face(page, expected)


def test_a_focused_slider_keeps_the_focus_when_it_is_let_go(page, start: Recipe):
    press(page, "Eyeglasses", "ArrowRight", 1)
    expect_link(page, start.changed(attributes={"Eyeglasses": 0.05}))
    page.keyboard.press("ArrowRight")
    expect_link(page, start.changed(attributes={"Eyeglasses": 0.1}))


def test_the_strip_shows_the_edited_face_at_seven_strengths(page, loaded: Loaded, start: Recipe):
    press(page, "Male", "PageUp", 2)
    male = start.changed(attributes={"Male": 1.0})
    effects = (-1.5, "Strip −1.50"), (0.5, "Strip +0.50 tips"), (1, "Strip +1.00")
    counted = (-3, "Strip −3.00"), (0, "Strip 0"), (2, "Strip +2.00")
    page.get_by_role("combobox", name="Strip along").select_option(label="Eyeglasses")
    for method, shown in ((None, effects), ("mean_difference", counted)):
        if method:
            choose_method(page, "Mean difference")
        for strength, name in shown:
            recipe = male.changed(method=method or start.method)
            recipe = recipe.with_amount("attributes", "Eyeglasses", strength)
            expect_face(page, decoded(loaded, recipe), name)


def test_a_mix_of_two_kept_faces_is_their_mean(page, loaded: Loaded, start: Recipe):
    keep = page.get_by_role("button", name="Keep this face")
    keep.click()
    pane(page, "Kept faces")
    page.get_by_role("checkbox", name="Mix favourite 1").check()
    pane(page, "Map")
    point = points(page, loaded)[0]
    page.mouse.click(point["x"], point["y"])
    picked = start.with_source(Source("picture", point["id"]))
    expect_face(page, decoded(loaded, picked))
    keep.click()
    pane(page, "Kept faces")
    page.get_by_role("checkbox", name="Mix favourite 2").check()
    mix = start.with_source(Source("mix", ((1, start), (1, picked))))
    expect_link(page, mix)
    expect_face(page, decoded(loaded, mix))
    mean = (compose(start, loaded.run.space) + compose(picked, loaded.run.space)) / 2
    assert levels_apart(decoded(loaded, mix), loaded.renderer_of(mix).decode(mean[None])[0]) <= 1


def test_a_face_of_the_grid_is_taken_by_a_click(page, loaded: Loaded, start: Recipe):
    pane(page, "Grid")
    grid = face(page, "Grid of faces")
    corner = start.changed(attributes={"Smiling": 1.5, "Male": -1.5})  # upper right
    expected = decoded(loaded, corner)
    expect(lambda: levels_apart(pixels(grid, x=7 * SIDE), expected) <= 1, "the grid's corner")
    box = grid.bounding_box()
    grid.click(position={"x": box["width"] - 5, "y": 5})
    expect_link(page, corner)
    expect_face(page, expected)


def test_the_face_under_the_pointer_appears_on_the_map(page, loaded: Loaded, start: Recipe):
    point = points(page, loaded)[0]
    page.mouse.move(point["x"], point["y"])
    card = page.locator(f".card canvas[data-id='{point['id']}']")
    card.wait_for()
    expected = decoded(loaded, start.with_source(Source("picture", point["id"])))
    assert levels_apart(pixels(card), expected) <= 1
    page.mouse.move(1, 1)
    card.wait_for(state="hidden")


def test_colour_and_filter_change_the_legend(page, loaded: Loaded):
    faces = loaded.run.faces
    male, young = faces.label("Male"), faces.label("Young")

    def expect_legend(**counts: int) -> None:
        expected = [f"{name.replace('_', ' ')} ({n:,})" for name, n in counts.items()]
        expect(lambda: legend(page) == expected, f"the legend {expected}")

    page.get_by_label("Colour by").select_option(label="Male")
    expect_legend(not_Male=(~male).sum(), Male=male.sum())
    choose(page, "Filter", "Young")
    expect_legend(
        outside_the_filter=(~young).sum(),
        not_Male=(young & ~male).sum(),
        Male=(young & male).sum(),
    )
    page.get_by_text(f"{young.sum():,} of {len(faces):,} faces").wait_for()


def test_zoom_outlives_a_picked_face_and_another_colour(page, loaded: Loaded):
    point = points(page, loaded)[0]
    page.mouse.move(point["x"], point["y"])
    before = map_view(page)
    page.mouse.wheel(0, -300)
    expect(lambda: map_view(page)["scale"] > 1.3 * before["scale"], "a zoomed map")
    zoomed = map_view(page)
    page.mouse.click(point["x"], point["y"])  # zooming keeps in place what is under the pointer
    page.get_by_text(f"Face {point['id'].removesuffix('.jpg')}", exact=True).wait_for()
    page.get_by_label("Colour by").select_option(label="Male")
    expect(lambda: any(text.startswith("Male (") for text in legend(page)), "another legend")
    assert map_view(page) == zoomed


def test_a_face_left_for_another_loses_its_ring_and_can_be_picked_again(
    page, loaded: Loaded, start: Recipe
):
    ring = page.get_by_role("group", name="Legend").get_by_text("where it started")
    point = points(page, loaded)[0]
    picked = start.with_source(Source("picture", point["id"]))
    page.mouse.click(point["x"], point["y"])
    expect_link(page, picked)
    ring.wait_for()
    page.get_by_role("button", name="Mean face").click()
    expect_link(page, start.fresh_face(Source("mean")))
    ring.wait_for(state="detached")
    page.mouse.click(point["x"], point["y"])
    expect_face(page, decoded(loaded, picked))
    ring.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (1920, 1080)])
def test_the_page_is_calm(visit, app: App, scheme: str, width: int, height: int, start: Recipe):
    page, complaints = visit(app, width, height, color_scheme=scheme)
    wait_for_face(page)
    wait_for_map(page)
    places = [face_map(page), face(page), face(page, "Original face")]
    before = [place.bounding_box() for place in places]
    press(page, "Young", "PageUp", 2)
    expect_link(page, start.changed(attributes={"Young": 1.0}))
    assert [place.bounding_box() for place in places] == before
    for element in ("html", "[data-testid=stMain]"):
        content, view = page.locator(element).evaluate("(e) => [e.scrollWidth, e.clientWidth]")
        assert content <= view, f"{element} scrolls sideways"
    assert complaints == []
    lines = [line for line in app.log.read_text().splitlines() if line.strip()]
    assert [line for line in lines if not re.fullmatch(GREETING, line, re.VERBOSE)] == []


def test_a_missing_run_is_said_with_the_command_that_makes_one(visit, tmp_path: Path):
    missing = tmp_path / "none"
    with running_app(tmp_path / "app.log", missing) as app:
        app.wait()
        page, complaints = visit(app)
        page.get_by_role("heading", name="This model cannot be opened yet").wait_for()
        command = f"python -m training fit --data DIR --model vae --out {missing}"
        page.get_by_text(command).wait_for()
        assert complaints == []
