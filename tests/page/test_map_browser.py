"""The face map under a hand and under keys, in a real Chromium, against what numpy says."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest
from PIL import Image

from benchmarks.browser import App, map_view, places_on_screen, wait_for_face, wait_for_map
from benchmarks.map_scripts import INKED
from explorer.map.columns import column
from explorer.map.layouts import layout
from explorer.map.whereabouts import whereabouts
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import Loaded, open_run
from explorer.run.twin import load_twin, twin_folder
from tests.page.seen import (
    at_rest,
    decoded,
    expect,
    expect_link,
    face,
    frames,
    levels_apart,
    linked,
    pixels,
    points,
    press,
    slider,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def loaded(shipped: Path) -> Loaded:
    """The model that ships, to say what the map has to show."""
    return open_run(shipped)


@pytest.fixture
def page(visit: Callable, app: App):
    """A new visitor's page, its map drawn, nothing more to come."""
    page, _ = visit(app)
    wait_for_face(page)
    wait_for_map(page)
    at_rest(page)
    return page


def stage(page):
    return page.get_by_role("application")


def legend(page) -> list[str]:
    return page.locator(".legend button .text").all_text_contents()


def places(page, loaded: Loaded, lens: str = "attributes") -> np.ndarray:
    """(N, 2): where the faces are in the window."""
    return places_on_screen(page, loaded.run.face_map.positions(f"{lens}/umap2"))


def tool(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def draw(page, corners: list, *keys: str) -> None:
    """Drag along corners, whole pixels, while keys are held."""
    for key in keys:
        page.keyboard.down(key)
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=4)
    page.mouse.up()
    for key in keys:
        page.keyboard.up(key)


def lonely(loaded: Loaded) -> int:
    """The row of the face that lies farthest from all others, away from the toolbar."""
    at = loaded.run.face_map.positions("attributes/umap2")
    gaps = np.sort(np.hypot(*(at[:, None] - at).transpose(2, 0, 1)))[:, 1]
    return int(np.where(at[:, 0] < np.median(at[:, 0]), gaps, 0).argmax())


def in_triangle(places: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(N,) bool by the signs of three cross products."""
    edges = np.roll(corners, -1, 0) - corners
    away = places[:, None] - corners[None]
    sides = edges[:, 0] * away[..., 1] - edges[:, 1] * away[..., 0]
    return (sides > 0).all(1) | (sides < 0).all(1)


def expect_selected(page, count: int) -> None:
    expected = [f"selected ({count:,})"] if count else []
    shown = lambda: [text for text in legend(page) if text.startswith("selected")]  # noqa: E731
    expect(lambda: shown() == expected, f"{count} selected; found {shown()}")


def test_a_box_selects_what_numpy_finds_in_it_shift_adds_and_alt_removes(page, loaded: Loaded):
    at = places(page, loaded)
    (left, top), (right, bottom) = np.quantile(at, [0.3, 0.6], 0).round()
    middle, far = (left + right) // 2, np.quantile(at[:, 0], 0.9).round()

    def inside(x0: float, x1: float) -> np.ndarray:
        return ((at > [x0, top]) & (at < [x1, bottom])).all(1)

    tool(page, "Select with a box")
    draw(page, [(left, top), (right, bottom)])
    expect_selected(page, inside(left, right).sum())
    draw(page, [(right, top), (far, bottom)], "Shift")
    expect_selected(page, (inside(left, right) | inside(right, far)).sum())
    draw(page, [(middle, top), (far, bottom)], "Alt")
    expect_selected(page, inside(left, middle).sum())
    page.locator("strong", has_text=f"{inside(left, middle).sum():,} faces selected").wait_for()
    stage(page).focus()
    page.keyboard.press("Escape")
    expect_selected(page, 0)


def test_a_lasso_selects_what_lies_inside_its_outline(page, loaded: Loaded):
    at = places(page, loaded)
    x, y = np.median(at, 0).round()
    corners = np.array([[x - 90, y + 60], [x + 110, y + 40], [x + 10, y - 90]])
    expected = int(in_triangle(at, corners).sum())
    assert expected > 20
    tool(page, "Select with a lasso")
    draw(page, [tuple(corner) for corner in corners])
    expect_selected(page, expected)


def test_of_quick_hands_nothing_is_lost(page, loaded: Loaded):
    """Streamlit hears only the last of values that are told while it runs."""
    at, start = places(page, loaded), loaded.run.first_recipe
    (left, top), (right, bottom) = np.quantile(at, [0.3, 0.6], 0).round()
    inside = ((at > [left, top]) & (at < [right, bottom])).all(1)
    clicked = points(page, loaded)[:3]
    tool(page, "Select with a box")
    draw(page, [(left, top), (right, bottom)])
    tool(page, "Move the map")
    for point in clicked:
        page.mouse.click(point["x"], point["y"])
    page.locator("strong", has_text=f"{inside.sum():,} faces selected").wait_for()
    for point in clicked[::-1]:
        expect_link(page, start.with_source(Source("picture", point["id"])))
        page.get_by_role("button", name="Undo").click()


def test_the_ids_of_a_lassoed_group_are_those_that_numpy_finds(page, loaded: Loaded, tmp_path):
    at = places(page, loaded)
    x, y = np.median(at, 0).round()
    corners = np.array([[x - 70, y + 50], [x + 90, y + 40], [x + 10, y - 70]])
    inside = in_triangle(at, corners)
    tool(page, "Select with a lasso")
    draw(page, [tuple(corner) for corner in corners])
    page.locator("strong", has_text=f"{inside.sum():,} faces selected").wait_for()
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as file:
        page.get_by_role("button", name="Ids and attributes, CSV").click()
    lines = list(csv.DictReader(Path(file.value.path()).read_text().splitlines()))
    assert [line["id"] for line in lines] == list(loaded.run.faces.ids[inside])
    names = loaded.run.faces.attributes
    found = np.array([[line[name] == "1" for name in names] for line in lines])
    np.testing.assert_array_equal(found, loaded.run.faces.labels[inside])


def test_the_address_brings_its_filter_and_points_have_their_colours(
    visit: Callable, app: App, loaded: Loaded
):
    page, complaints = visit(app, path="/?filter=%2BMale+-Young")
    wait_for_map(page)
    at_rest(page)
    faces, at = loaded.run.faces, places(page, loaded)
    smiling, keep = faces.label("Smiling"), faces.label("Male") & ~faces.label("Young")
    outside = f"outside the filter ({(~keep).sum():,})"
    counts = [f"not Smiling ({(keep & ~smiling).sum():,})"]
    counts += [f"Smiling ({(keep & smiling).sum():,})"]
    expect(lambda: legend(page) == [outside, *counts], f"{[outside, *counts]}")
    page.get_by_role("button", name=outside).click()  # only those that pass are drawn
    page.get_by_role("button", name="Faces", exact=True).click()  # which would cover points
    gaps = np.hypot(*(at[keep][:, None] - at[keep][None]).transpose(2, 0, 1))
    np.fill_diagonal(gaps, np.inf)
    box = stage(page).bounding_box()
    free = (gaps.min(1) > 12) & (at[keep][:, 0] < box["x"] + box["width"] - 60)
    alone = np.flatnonzero(keep)[free]
    drawn = lambda: page.locator("canvas.points").get_attribute("data-points")  # noqa: E731
    expect(lambda: drawn() == str(keep.sum()), f"{keep.sum()} points")
    frames(page)
    shot = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), int)
    colours = np.array([[0x56, 0xB4, 0xE9], [0xD5, 0x5E, 0x00]])  # as in palette.js
    seen = shot[at[alone, 1].astype(int), at[alone, 0].astype(int)]
    nearer = np.abs(seen[:, None] - colours).sum(2).argmin(1)
    assert len(set(smiling[alone])) == 2
    np.testing.assert_array_equal(nearer == 1, smiling[alone])
    assert complaints == []


def test_the_map_is_coloured_by_a_scale_and_by_the_slider_in_hand(page, loaded: Loaded):
    canvas = page.locator("canvas.points")
    assert canvas.get_attribute("data-points") == str(len(loaded.run.faces))
    at = places(page, loaded) - [canvas.bounding_box()[k] for k in "xy"]
    assert canvas.evaluate(INKED, at.astype(int).tolist()) == len(at)  # every point is seen
    page.get_by_label("Colour by").select_option("kl")
    values, _ = column(loaded.run, "kl")
    lowest = (values < 32).sum()
    part = page.locator(".legend .parts button").first
    expect(
        lambda: f"({lowest:,})" in part.get_attribute("aria-label"), f"{lowest} in its first part"
    )
    part.click()  # hides an eighth of the scale
    expect(
        lambda: canvas.get_attribute("data-points") == str(len(values) - lowest),
        f"{len(values) - lowest} points",
    )
    assert part.get_attribute("aria-pressed") == "false"
    page.get_by_label("Colour by").select_option(label="The slider you move")
    title = page.locator(".legend .title")
    expect(lambda: title.all_text_contents() == ["PC 1, slider"], "the first slider to begin with")
    page.get_by_role("slider", name="Young", exact=True).focus()
    expect(lambda: title.all_text_contents() == ["Young, slider"], "the slider that was touched")
    page.get_by_role("link", name="Model", exact=True).click()
    canvas.wait_for(state="detached")
    page.get_by_role("link", name="Explore", exact=True).click()
    expect(lambda: title.all_text_contents() == ["Young, slider"], "the same after another page")


def test_an_id_and_an_attribute_are_typed_one_after_the_other(visit: Callable, app: App):
    page, complaints = visit(app)
    wait_for_face(page)
    box = page.get_by_role("combobox", name="Filter")
    for typed, chips in (("1859", ["id 1859"]), ("Male", ["id 1859", "Male"])):
        box.click()
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(lambda chips=chips: filter_chips(page) == chips, f"chips {chips}")
        at_rest(page)
    expect(lambda: "%231859" in page.evaluate("location.search"), "the id in the address")
    page.keyboard.press("Escape")  # the list of the box lies over nothing then
    chips = page.locator(".st-key-filter_words .react-aria-ComboBox")
    chips.locator("[aria-label='Remove id 1859']").click()
    expect(lambda: filter_chips(page) == ["Male"], "the attribute alone")
    expect(lambda: "filter=%2BMale" in page.evaluate("location.search"), "its address")
    assert complaints == []


def filter_chips(page) -> list[str]:
    """What the box of the filter says is asked."""
    return page.locator(".st-key-filter_words .react-aria-ComboBox [data-tag]").all_text_contents()


def test_a_selection_outlives_a_colour_and_takes_part_in_a_filter(page, loaded: Loaded):
    at = places(page, loaded)
    x, y = np.median(at, 0).round()
    tool(page, "Select with a box")
    draw(page, [(x - 60, y - 60), (x + 60, y + 60)])
    inside = int((np.abs(at - [x, y]) < 60).all(1).sum())
    expect_selected(page, inside)
    page.get_by_label("Colour by").select_option(label="Male")
    expect(lambda: any(text.startswith("Male (") for text in legend(page)), "another legend")
    expect_selected(page, inside)


def test_the_keyboard_walks_selects_and_takes_a_face(page, loaded: Loaded):
    page.get_by_role("button", name="Mean face").click()  # else it would begin at the picked one
    page.get_by_text("Mean face", exact=True).first.wait_for()
    at_rest(page)
    at = places(page, loaded)
    box = stage(page).bounding_box()
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    start = int(np.hypot(*(at - middle).T).argmin())
    stage(page).focus()
    page.keyboard.press("ArrowRight")  # the first one begins in the middle
    card = page.locator(".card canvas")
    ids = loaded.run.faces.ids
    expect(lambda: card.get_attribute("data-id") == ids[start], f"{ids[start]} in the card")
    page.keyboard.press("ArrowRight")
    dx, dy = (at - at[start]).T
    cost = np.where((dx > 0) & (np.abs(dy) <= dx), dx + 2 * np.abs(dy), np.inf)
    cost[start] = np.inf
    ahead = int(cost.argmin())
    expect(lambda: card.get_attribute("data-id") == ids[ahead], f"{ids[ahead]} in the card")
    spoken = page.locator(".said")
    number = ids[ahead].removesuffix(".jpg")
    expect(lambda: spoken.text_content().startswith(number), f"{number} spoken")
    page.keyboard.press(" ")
    expect_selected(page, 1)
    page.keyboard.press("Escape")
    expect_selected(page, 0)
    page.keyboard.press("Enter")
    page.get_by_text(f"Face {number}", exact=True).wait_for()


def test_a_lasso_a_box_and_a_path_are_drawn_by_keys(page, loaded: Loaded):
    def steps(key: str, count: int) -> None:
        for _ in range(count):
            page.keyboard.press(key)

    def tool(name: str) -> None:
        page.get_by_role("button", name=name).focus()
        page.keyboard.press("Enter")  # the map has the focus then
        focused = "node => node === node.getRootNode().activeElement"
        expect(lambda: stage(page).evaluate(focused), "the focus on the map")

    at_rest(page)

    def middle() -> list[float]:
        box = stage(page).bounding_box()
        return [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]

    tool("Select with a lasso")
    steps("ArrowUp", 1)  # shows the cross
    gone = places(page, loaded) - middle()  # from there
    page.keyboard.press("Enter")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        steps(key, 6)
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # once more at the last corner
    square = int(((gone > 0) & (gone < 60)).all(1).sum())
    assert square
    expect_selected(page, square)
    tool("Select with a box")
    steps("ArrowUp", 1)
    gone = places(page, loaded) - middle()
    page.keyboard.press("Enter")
    for key in ("ArrowLeft", "ArrowUp"):
        steps(key, 6)
    page.keyboard.press("Shift+Enter")  # adds
    expect_selected(page, square + int(((gone < 0) & (gone > -60)).all(1).sum()))
    page.keyboard.press("Escape")  # the selection
    expect_selected(page, 0)

    tool("Decode under the pointer")
    canvas = page.locator(".decoded canvas")
    steps("ArrowUp", 1)
    canvas.wait_for()
    page.keyboard.press("Enter")
    steps("ArrowRight", 5)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Pause the path").wait_for()
    page.keyboard.press("Escape")
    slider(page, "Place on the path").wait_for(state="hidden")
    steps("ArrowLeft", 2)
    there = np.add(middle(), [30, 0])

    def told() -> np.ndarray:
        return np.array(json.loads(canvas.get_attribute("data-place")))

    expect(lambda: np.abs(places_on_screen(page, told()[None])[0] - there).max() < 1, "the cross")
    page.keyboard.press("e")
    edited = face(page, "Edited face")
    expect(lambda: levels_apart(pixels(edited), pixels(canvas)) <= 2, "its face in the editor")


def test_the_address_keeps_colour_view_and_selection(
    page, visit: Callable, app: App, loaded: Loaded
):
    def held() -> dict[str, list[str]]:
        return parse_qs(page.evaluate("location.search.slice(1)"))

    at_rest(page)
    entries = page.evaluate("history.length")
    page.get_by_label("Colour by").select_option(label="Male")
    expect(lambda: held().get("colour") == ["Male"], "the colour in the address")
    stage(page).focus()
    page.keyboard.press("+")
    expect(lambda: "view" in held(), "the view in the address")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    expect_selected(page, 1)
    expect(lambda: "selected" in held(), "the selection in the address")
    frames(page)
    query, view = page.evaluate("location.search"), map_view(page)

    other, _ = visit(app, height=890, path=f"/{query}")  # another tab
    stage(other).wait_for()
    expect_selected(other, 1)
    middle = pytest.approx([view["x"], view["y"]], abs=1e-3)
    expect(lambda: [map_view(other)[name] for name in "xy"] == middle, "the same view")
    assert other.get_by_label("Colour by").input_value() == "Male"

    press(page, "Smiling", "PageUp", 2)  # a step of the face is one of the history
    expect(lambda: page.evaluate("history.length") == entries + 1, "one more place to go back to")
    expect(lambda: "view" in held(), "the view beside the new face")
    page.go_back()
    expect(lambda: linked(page) is None, "the face without the edit")
    expect(lambda: map_view(page) == view, "the map as it is")
    stage(page).focus()
    page.keyboard.press("Escape")
    page.keyboard.press("0")
    expect(lambda: not {"view", "selected"} & set(held()), "neither view nor selection")


def test_keys_zoom_and_come_back_to_the_whole_map(page):
    before = map_view(page)
    stage(page).focus()
    page.keyboard.press("+")
    expect(lambda: map_view(page)["scale"] > 1.3 * before["scale"], "a zoomed map")
    page.keyboard.press("0")
    expect(lambda: map_view(page) == before, "the whole map")


def test_the_legend_hides_a_group_and_what_is_hidden_cannot_be_met(page, loaded: Loaded):
    smiling = loaded.run.faces.label("Smiling")
    at = places(page, loaded)
    hidden = at[smiling]
    gaps = np.hypot(*(hidden[:, None] - at[None, ~smiling]).transpose(2, 0, 1)).min(1)
    alone = np.flatnonzero(smiling)[gaps > 15]  # no other group within reach
    assert len(alone)
    k = alone[np.hypot(*(at[alone] - at.mean(0)).T).argmin()]  # away from the toolbar
    page.mouse.move(*at[k])
    card = page.locator(f".card canvas[data-id='{loaded.run.faces.ids[k]}']")
    card.wait_for()
    met = page.locator(".stage.over")  # known before its face is asked for
    assert met.count() == 1
    page.mouse.move(1, 1)
    button = page.get_by_role("button", name=f"Smiling ({smiling.sum():,})", exact=True)
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    page.mouse.move(*at[k])
    frames(page)
    assert met.count() == 0
    assert card.is_hidden()
    button.click()
    page.mouse.move(*at[k] + 1)
    card.wait_for()


def test_the_edited_face_walks_and_its_nearest_real_faces_can_be_taken(
    page, loaded: Loaded, start: Recipe
):
    found = layout(loaded.run, "attributes/umap2")
    overlay = page.locator("canvas.overlay")

    def expect_place(recipe: Recipe) -> np.ndarray:
        code = compose(recipe, loaded.run.space)
        position = found.place(code).position
        told = lambda: json.loads(overlay.get_attribute("data-place") or "[]")  # noqa: E731
        expect(lambda: np.allclose(told(), position, atol=1e-4), f"the edited face at {position}")
        ids = loaded.run.faces.ids[
            np.argsort(np.linalg.norm(loaded.run.faces.mean - code, axis=1), kind="stable")[:8]
        ]
        shown = lambda: [s.get_attribute("data-id") for s in slots.all()]  # noqa: E731
        expect(lambda: shown() == ids.tolist(), f"{ids} below the map")
        return position

    slots = page.get_by_role("group", name="Nearest real faces").get_by_role("button")
    before = expect_place(start)
    press(page, "Male", "PageUp", 6)
    man = start.with_amount("attributes", "Male", 3.0)
    end = expect_place(man)
    assert np.linalg.norm(end - before) > 0.5
    assert int(overlay.get_attribute("data-trail")) >= 2
    x, y = places_on_screen(page, end[None])[0] - [overlay.bounding_box()[k] for k in "xy"]
    ink = "(c, at) => [...c.getContext('2d').getImageData(...at, 1, 1).data]"
    assert overlay.evaluate(ink, [round(x), round(y)]) == [0, 158, 115, 255]  # PICKED_COLOUR
    press(page, "Male", "PageDown", 6)  # a face without edits has come no way
    expect_place(start)
    expect(lambda: overlay.get_attribute("data-trail") == "1", "no trail")
    press(page, "Male", "PageUp", 6)
    expect_place(man)
    other = slots.nth(1)
    name = other.get_attribute("data-id")
    expected = decoded(loaded, start.with_source(Source("picture", name)))
    assert levels_apart(pixels(other.locator("canvas")), expected) <= 1
    other.click()
    expect_place(man.with_source(Source("picture", name)))


def test_any_place_has_a_face_and_a_path_between_two_is_played(page, loaded: Loaded):
    positions, codes = loaded.run.face_map.positions("attributes/umap2"), loaded.run.faces.mean
    canvas = face(page, "Face under the pointer")

    def told() -> np.ndarray:
        return np.array(json.loads(canvas.get_attribute("data-place")))

    def expect_blend() -> None:
        def same() -> bool:
            place, shown = told(), pixels(canvas)
            away = np.linalg.norm(positions - place, axis=1).astype(np.float64)
            rows = np.argsort(away)[:9]
            weights = (1 / away[rows] - 1 / away[rows[-1]]) ** 2
            code = (weights / weights.sum() @ codes[rows]).astype(np.float32)
            renderer = loaded.renderer_of(loaded.run.first_recipe)
            return levels_apart(shown, renderer.decode(code[None])[0]) <= 1

        expect(same, "the decoded mean of the codes around the place")

    tool(page, "Decode under the pointer")
    gaps = np.sort(np.hypot(*(positions[:, None] - positions).transpose(2, 0, 1)))[:, 8]
    gaps[np.abs(positions - np.median(positions, 0)).max(1) > 3] = np.inf
    x, y = places(page, loaded)[gaps.argmin()].round()  # where most faces are in the middle
    page.mouse.move(x, y)
    canvas.wait_for()
    np.testing.assert_allclose(places_on_screen(page, told()[None])[0], [x, y], atol=0.6)
    assert canvas.evaluate("c => c.style.opacity") == "1"
    expect_blend()
    box = stage(page).bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] - 50)  # above the legend
    page.get_by_text("No faces near here").wait_for()
    canvas.wait_for(state="hidden")  # nothing to see, and nothing to read out
    for dx in (-80, 80):
        page.mouse.move(x + dx, y)
        page.mouse.click(x + dx, y)
    page.get_by_role("button", name="Pause the path").click()
    on_path = slider(page, "Place on the path")
    on_path.fill("250")
    quarter = lambda: np.abs(places_on_screen(page, told()[None])[0] - [x - 40, y]).max() < 1  # noqa: E731
    expect(quarter, "the face a quarter of the way")
    expect_blend()
    edited = face(page, "Edited face")

    def expect_edited() -> None:
        same = lambda: levels_apart(pixels(edited), pixels(canvas)) <= 2  # noqa: E731
        expect(same, "the face of that place in the editor")

    page.get_by_role("button", name="Edit this face").click()
    expect_edited()
    stage(page).focus()
    page.keyboard.press("Escape")
    on_path.wait_for(state="hidden")
    page.mouse.move(x + 30, y + 20)
    expect_blend()
    page.keyboard.press("e")
    expect_edited()
    page.mouse.move(x - 30, y - 10)
    expect_blend()
    page.mouse.dblclick(x - 30, y - 10)
    expect_edited()
    assert on_path.is_hidden()
    kept = linked(page)
    assert levels_apart(pixels(edited), decoded(loaded, kept)) <= 1  # the address holds it


def test_faces_stand_for_points_where_there_is_room_and_density_lies_beneath(page, loaded: Loaded):
    overlay = page.locator("canvas.overlay")
    stage(page).focus()
    page.keyboard.press("ArrowRight")  # near the middle, there are faces to zoom into
    for _ in range(8):
        goal = 1.4 * map_view(page)["scale"]
        page.keyboard.press("+")
        expect(lambda goal=goal: map_view(page)["scale"] == pytest.approx(goal), "a zoomed map")
    at = places(page, loaded)
    box = stage(page).bounding_box()
    at = at - [box["x"], box["y"]]
    width, height = box["width"], box["height"]
    inside = np.flatnonzero(((at >= 0) & (at <= [width, height])).all(1))
    room = np.sqrt(np.prod(np.ptp(at[inside], 0)) / len(inside))
    assert room >= 26
    size = np.clip(0.8 * room, 26, 56).round()
    rows = []
    for row in inside:
        if all(np.abs(at[row] - at[other]).max() >= size + 2 for other in rows):
            rows.append(row)
    assert 1 < len(rows) <= 160
    expect(lambda: overlay.get_attribute("data-faces") == str(len(rows)), f"{len(rows)} faces")
    half = np.array([width, height]) / 2
    whole = [r for r in rows if (np.abs(at[r] - half) < 0.8 * half).all()]
    row = max(whole, key=lambda r: np.abs(at[r] - half).max())  # away from the cursor's ring
    middle = int(size / 2)
    drawn = overlay.evaluate(
        "(c, [x, y, n]) => [...c.getContext('2d').getImageData(x, y, n, n).data]",
        [*(at[row] - middle / 2).round().tolist(), middle],
    )
    source = Source("picture", str(loaded.run.faces.ids[row]))
    expected = decoded(loaded, loaded.run.first_recipe.with_source(source))[16:48, 16:48]
    found = np.array(drawn).reshape(-1, 4)[:, :3].mean(0)
    assert np.abs(found - expected.mean((0, 1))).max() < 12
    tool(page, "Faces")
    expect(lambda: overlay.get_attribute("data-faces") == "0", "points alone")
    page.keyboard.press("0")
    tool(page, "Density")
    density = page.locator("canvas.density")
    density.wait_for()
    alphas = density.evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    )
    assert alphas[3] == 0  # in the corner
    assert max(alphas[3::4]) in (127, 128)  # half, where they are densest


def test_the_twins_map_marks_the_edited_face_where_the_twin_has_it(
    visit: Callable, app: App, loaded: Loaded
):
    if not twin_folder(loaded.run.root).is_dir():
        pytest.skip("needs the hourglass twin that ships")
    twin = load_twin(loaded)
    name = str(loaded.run.faces.ids[0])
    recipe = loaded.run.first_recipe.with_source(Source("picture", name))
    recipe = recipe.with_amount("attributes", "Eyeglasses", 2.0)
    page, complaints = visit(app, path=f"/?{urlencode({'face': recipe.to_json()})}")
    wait_for_face(page)
    page.get_by_text("Twin's map", exact=True).click()
    overlay = page.locator("canvas.overlay").nth(1)
    found = whereabouts(twin.run, "attributes/umap2", recipe, loaded.run).place.position
    told = lambda: json.loads(overlay.get_attribute("data-place") or "[]")  # noqa: E731
    overlay.wait_for()
    away = lambda: np.abs(np.subtract(told() or np.inf, found)).max()  # noqa: E731
    expect(lambda: away() < 1e-4, f"the edited face at {found}")
    press(page, "Eyeglasses", "PageDown", 4)
    expect(lambda: 0.1 < away() < np.inf, "it walks")
    page.get_by_role("button", name="Random face").first.click()
    expect(lambda: not told(), "no place for a face that the twin does not know")
    assert complaints == []


def test_the_twins_map_rings_the_same_face_and_selects_the_same_group(page, loaded: Loaded):
    if not twin_folder(loaded.run.root).is_dir():
        pytest.skip("needs the hourglass twin that ships")
    twin = load_twin(loaded)
    switch = page.get_by_text("Twin's map", exact=True)
    before = switch.bounding_box()
    switch.click()
    drawn = page.get_by_role("img", name="Face map of the hourglass twin", exact=True)
    expect(lambda: drawn.get_attribute("data-frame") is not None, "the twin's map")
    assert switch.bounding_box() == before, "the switch stays where it is"
    view = lambda: json.loads(drawn.get_attribute("data-view"))  # noqa: E731

    def expect_places(width: int, apart: Callable) -> None:
        page.set_viewport_size({"width": width, "height": 900})
        boxes = lambda: [stage(page).nth(k).bounding_box() for k in (0, 1)]  # noqa: E731

        def said() -> bool:
            one, two = boxes()
            same = all(abs(one[k] - two[k]) < 1 for k in ("width", "height"))
            return same and apart(one, two)

        expect(said, f"both maps equally large, placed as in {width} pixels; found {boxes()}")

    expect_places(
        1600, lambda one, two: one["x"] + one["width"] < two["x"] and one["y"] == two["y"]
    )
    expect_places(
        1280, lambda one, two: one["y"] + one["height"] < two["y"] and one["x"] == two["x"]
    )

    def expect_same_view(lens: str) -> None:
        layout = lambda: drawn.get_attribute("data-layout")  # noqa: E731
        expect(lambda: layout() == f"{lens}/umap2" and view() == map_view(page), "the same view")

    expect_same_view("attributes")
    for lens in ("codes", "attributes"):
        page.locator(".st-key-lens").get_by_text(lens, exact=True).click()
        expect_same_view(lens)
    page.get_by_label("Colour by").first.select_option("Male")
    expect(lambda: drawn.get_attribute("data-colour") == "Male", "the twin's map in that colour")
    own, other = page.locator(".card").nth(0), page.locator(".card").nth(1)
    k = lonely(loaded)
    stage(page).first.scroll_into_view_if_needed()
    page.mouse.move(*places(page, loaded)[k])
    name = str(loaded.run.faces.ids[k])
    recipe = Recipe(Source("picture", name), renderer=loaded.run.first_recipe.renderer)
    for card, of in ((own, loaded), (other, twin)):
        canvas = card.locator(f"canvas[data-id='{name}']")
        canvas.wait_for()
        assert levels_apart(pixels(canvas), decoded(of, recipe)) <= 1
    tool(page.get_by_role("toolbar").first, "Select with a box")
    at = places(page, loaded)
    low, high = np.quantile(at, [0.35, 0.55], 0).round()
    draw(page, [tuple(low), tuple(high)])
    inside = int(((at > low) & (at < high)).all(1).sum())
    shown = page.get_by_text(f"selected ({inside:,})", exact=True)
    expect(lambda: shown.count() == 2, f"{inside} selected on both maps")
