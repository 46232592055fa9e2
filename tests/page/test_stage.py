"""Explore as a stage: what is in view, how large it is, and what the page does by itself."""

from collections.abc import Iterator

import pytest

from benchmarks.browser import PATIENCE, STILL, App, places_on_screen, wait_for_face, wait_for_map
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import Loaded
from tests.page.seen import (
    at_rest,
    decoded,
    expect,
    expect_face,
    expect_link,
    face,
    face_map,
    frames,
    levels_apart,
    linked,
    pixels,
    press,
    slider,
)

pytestmark = pytest.mark.browser

TABS = ("Map", "Grid", "Kept faces", "Report card")
CHIP = ".chip > button:first-child"


def chips(page) -> list[str]:
    return page.locator(CHIP).all_text_contents()


def expect_chips(page, *texts: str) -> None:
    expect(lambda: sorted(chips(page)) == sorted(texts), f"the chips {texts}")


def in_view(page, box: dict) -> bool:
    size = page.viewport_size
    inside = box["x"] >= 0 and box["x"] + box["width"] <= size["width"]
    return inside and box["y"] >= 0 and box["y"] + box["height"] <= size["height"]


def tab(page, name: str):
    return page.get_by_role("tab", name=name, exact=True)


@pytest.fixture
def at(visit, app: App):
    """`at(1280, 800)`: a new visitor's page on such a screen."""

    def open_page(width: int, height: int, **more):
        page, complaints = visit(app, width, height, **more)
        wait_for_face(page)
        at_rest(page)
        return page, complaints

    return open_page


# What is in view


def test_the_face_is_large_and_grows_with_the_window(at):
    sides = []
    for width, height in ((1280, 800), (1440, 900), (1920, 1080)):
        page, complaints = at(width, height)
        box = face(page).bounding_box()
        assert in_view(page, box)
        assert box["width"] == pytest.approx(box["height"], abs=1)
        sides.append(box["width"])
        overflow = "document.documentElement.scrollWidth - window.innerWidth"
        assert page.evaluate(overflow) <= 0
        assert complaints == []
    assert sides[0] >= 400
    assert sides[0] < sides[1] < sides[2]


def test_the_sliders_that_people_look_for_are_in_view_at_once(at):
    page, _ = at(1280, 800)
    panel = page.locator(".bank").first.bounding_box()
    for name in ("Eyeglasses", "Smiling"):
        box = slider(page, name).bounding_box()
        assert in_view(page, box)
        assert box["y"] + box["height"] <= panel["y"] + panel["height"]


def test_the_face_stays_in_view_whatever_is_opened_and_scrolled(at):
    page, _ = at(1280, 800)
    wait_for_map(page)
    press(page, "Smiling", "PageUp", 2)
    for name in TABS:
        tab(page, name).click()
        at_rest(page)
        page.mouse.move(200, 600)
        page.evaluate("document.querySelector('.stMain').scrollTo(0, 1e6)")
        frames(page)
        assert in_view(page, face(page).bounding_box()), f"with {name} open"
        page.evaluate("document.querySelector('.stMain').scrollTo(0, 0)")


def test_the_cloud_fills_its_map_and_faces_stand_among_the_points(at, loaded: Loaded):
    page, _ = at(1280, 800)
    wait_for_map(page)
    stage = page.locator(".stage").bounding_box()
    assert stage["width"] * stage["height"] >= 0.2 * 1280 * 800
    places = places_on_screen(page, loaded.run.face_map.positions("attributes/umap2"))
    width, height = places.max(0) - places.min(0)
    assert width >= 0.8 * stage["width"]
    assert height >= 0.7 * stage["height"]
    overlay = page.locator("canvas.overlay")
    expect(lambda: int(overlay.get_attribute("data-faces") or 0) >= 8, "faces among the points")


# What is done to the face


def test_edits_are_chips_whatever_tab_is_open_and_go_by_a_click(page, start: Recipe):
    assert chips(page) == []
    press(page, "Eyeglasses", "PageUp", 2)
    tab(page, "Principal components").click()
    press(page, "PC 1", "PageUp", 1)
    expect_chips(page, "Eyeglasses +1.00", "PC 1 +0.50")
    edited = start.with_amount("attributes", "Eyeglasses", 1.0).with_amount("components", 1, 0.5)
    expect_link(page, edited)

    page.reload()  # a link with an edit shows it
    wait_for_face(page)
    expect_chips(page, "Eyeglasses +1.00", "PC 1 +0.50")
    page.locator(CHIP, has_text="Eyeglasses").click()
    assert slider(page, "Eyeglasses").evaluate("s => s.getRootNode().activeElement === s")
    page.get_by_role("button", name="Take Eyeglasses away").click()
    expect_chips(page, "PC 1 +0.50")
    expect_link(page, start.with_amount("components", 1, 0.5))


def test_a_folded_group_tells_how_many_of_its_sliders_are_moved(page):
    name = page.locator(".bank details:not([open]) > summary").first.text_content()
    folded = page.locator(".bank summary", has_text=name)
    folded.click()
    folded.locator("xpath=..").get_by_role("slider").first.focus()
    page.keyboard.press("PageUp")
    folded.click()
    expect(lambda: folded.text_content() == f"{name}1 moved", "the count of what is moved")


def test_nothing_is_black_where_nothing_has_changed(page, loaded: Loaded, start: Recipe):
    page.get_by_role("radio", name="Difference").check()
    page.get_by_text("Nothing has changed yet").wait_for()
    press(page, "Smiling", "PageDown", 2)
    page.get_by_text("Nothing has changed yet").wait_for(state="hidden")
    edited = start.with_amount("attributes", "Smiling", -1.0)
    apart = abs(decoded(loaded, edited).astype(int) - decoded(loaded, start))
    expect_face(page, (4 * apart).clip(0, 255).astype("uint8"), "Difference")


def test_the_original_is_seen_while_a_key_is_held(page, loaded: Loaded, start: Recipe):
    press(page, "Smiling", "PageDown", 2)
    edited = decoded(loaded, start.with_amount("attributes", "Smiling", -1.0))
    expect_face(page, edited)
    page.keyboard.down("o")
    expect_face(page, decoded(loaded, start))
    page.keyboard.up("o")
    expect_face(page, edited)
    page.get_by_role("radio", name="Side by side").check()
    expect_face(page, decoded(loaded, start), "Original face")
    boxes = [face(page, name).bounding_box() for name in ("Original face", "Edited face")]
    assert all(in_view(page, box) for box in boxes)
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]


def test_the_strip_follows_the_slider_in_hand_and_a_click_takes_a_face(
    page, loaded: Loaded, start: Recipe
):
    along = page.get_by_role("combobox", name="Strip along")
    slider(page, "Smiling").focus()
    assert along.input_value() == "attributes:Smiling"
    tab(page, "Principal components").click()
    slider(page, "PC 2").focus()
    assert along.input_value() == "components:2"
    page.get_by_role("button", name="Take PC 2 +3").click()
    taken = start.with_amount("components", 2, 3.0)
    expect_link(page, taken)
    expect_face(page, decoded(loaded, taken))
    with page.expect_download() as saved:
        page.locator(".along").get_by_role("button", name="Save").click()
    assert saved.value.suggested_filename == "strip-2.png"


def test_a_resting_pointer_shows_what_a_slider_would_do(page, loaded: Loaded, start: Recipe):
    slider(page, "Bald").hover()
    shown = page.locator(".preview canvas")
    shown.first.wait_for()
    for canvas, amount in zip(shown.all(), (-1.0, 1.0), strict=True):
        expected = decoded(loaded, start.with_amount("attributes", "Bald", amount))
        expect(
            lambda c=canvas, e=expected: levels_apart(pixels(c), e) <= 1, f"the face at {amount}"
        )
    page.mouse.move(10, 10)
    shown.first.wait_for(state="hidden")
    assert chips(page) == []


def test_one_slider_of_a_group_is_in_the_tab_order_and_arrows_lead_on(page):
    first = page.locator(".bank details[open]").first.get_by_role("slider")
    names = [one.get_attribute("aria-label") for one in first.all()]
    assert [one.get_attribute("tabindex") for one in first.all()].count("0") == 1
    slider(page, names[0]).focus()
    page.keyboard.press("ArrowDown")
    assert slider(page, names[1]).evaluate("s => s.getRootNode().activeElement === s")
    assert slider(page, names[1]).get_attribute("tabindex") == "0"
    assert chips(page) == []


# One history


def test_back_and_forward_are_undo_and_redo(page, loaded: Loaded, start: Recipe):
    seen = [start]
    for _ in range(2):
        press(page, "Smiling", "PageDown", 1)
        seen.append(seen[-1].changed(attributes={"Smiling": -0.5 * len(seen)}))
        expect_link(page, seen[-1])
    page.go_back()
    expect_face(page, decoded(loaded, seen[1]))
    page.get_by_role("button", name="Redo", exact=True).and_(
        page.locator(":not([disabled])")
    ).wait_for()
    page.go_back()
    expect_face(page, decoded(loaded, seen[0]))
    assert linked(page) is None
    page.go_forward()
    expect_face(page, decoded(loaded, seen[1]))
    page.reload()
    wait_for_face(page)
    expect_face(page, decoded(loaded, seen[1]))
    assert linked(page) == seen[1]


def test_another_page_and_back_keeps_the_face(page, loaded: Loaded, start: Recipe):
    press(page, "Smiling", "PageDown", 2)
    edited = start.with_amount("attributes", "Smiling", -1.0)
    expect_link(page, edited)
    page.get_by_role("link", name="Model", exact=True).click()
    page.get_by_role("heading", name="Model", exact=True).wait_for()
    page.get_by_role("link", name="Explore", exact=True).click()
    wait_for_face(page)
    expect_face(page, decoded(loaded, edited))
    expect_link(page, edited)


# What it begins with


@pytest.fixture
def fresh(browser, app: App) -> Iterator:
    """`fresh(reduced_motion="reduce")`: the page of someone who was never here."""
    contexts = []

    def open_page(**more):
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 800}, **more))
        page = contexts[-1].new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(app.url)
        wait_for_face(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_it_opens_on_something_alive_which_ends_for_ever_at_the_first_touch(
    fresh, loaded: Loaded, start: Recipe
):
    page = fresh()
    expect(lambda: bool(chips(page)), "glasses that slide on")
    assert chips(page)[0].startswith("Eyeglasses +")
    page.mouse.click(5, 790)  # nothing is there
    expect_chips(page)
    expect_face(page, decoded(loaded, start))
    assert linked(page) is None  # nothing was done
    assert page.evaluate("localStorage.getItem('latent-space-explorer opening seen')") == "1"
    moved = page.evaluate(
        """async () => {
            const before = document.querySelectorAll("*").length;
            await new Promise((done) => setTimeout(done, 3000));
            return before;
        }"""
    )
    assert moved
    assert chips(page) == []


def test_it_keeps_still_for_people_who_ask_for_less_motion(fresh, start: Recipe, loaded: Loaded):
    page = fresh(reduced_motion="reduce")
    at_rest(page)
    frame = face(page).get_attribute("data-frame")
    page.wait_for_timeout(3000)  # the opening would have begun after one
    assert face(page).get_attribute("data-frame") == frame
    expect_face(page, decoded(loaded, start))


def test_the_invitations_add_glasses_and_walk_to_another_face(page, loaded: Loaded, start: Recipe):
    page.get_by_role("button", name="Add glasses").click()
    glasses = start.with_amount("attributes", "Eyeglasses", 1.0)
    expect_link(page, glasses)
    expect_face(page, decoded(loaded, glasses))
    page.get_by_role("button", name="Walk between two faces").click()
    walk = page.get_by_role("slider", name="Walk between two faces")
    expect(lambda: walk.is_visible() and walk.input_value() == "1", "the end of the walk")
    expect(lambda: (linked(page) or start).source.kind == "sample", "another face in the address")
    walk.focus()
    page.keyboard.press("ArrowLeft")
    expect(lambda: (linked(page) or start).source.kind == "mix", "a face between the two")


def test_a_walk_is_over_when_the_page_is_opened_again(page, loaded: Loaded):
    page.get_by_role("button", name="Walk between two faces").click()
    walk = page.get_by_role("slider", name="Walk between two faces")
    start = loaded.run.first_recipe
    expect(lambda: (linked(page) or start).source.kind == "sample", "another face in the address")
    page.get_by_role("button", name="Mean face").click()
    mean = start.fresh_face(Source("mean"))
    expect_link(page, mean)
    page.get_by_role("link", name="Model", exact=True).click()
    page.get_by_role("heading", name="Model", exact=True).wait_for()
    page.get_by_role("link", name="Explore", exact=True).click()
    wait_for_face(page)
    at_rest(page)
    assert not walk.is_visible()
    expect_face(page, decoded(loaded, mean))
    expect_link(page, mean)


def test_the_tour_leads_to_what_it_tells(page, loaded: Loaded, start: Recipe):
    page.get_by_role("button", name="Tour").click()
    stops = page.locator(".tour a")
    assert stops.count() == 8
    stops.nth(1).click()
    wait_for_face(page)
    expect_face(page, decoded(loaded, start.with_amount("attributes", "Eyeglasses", 1.0)))


# For a room, and on a phone


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1024, 768)])
def test_present_mode_shows_map_and_face_alone_in_large_type(at, width: int, height: int):
    page, _ = at(width, height)
    wait_for_map(page)
    search = page.get_by_role("searchbox", name="Find a slider")
    search.focus()
    page.keyboard.press("f")  # a letter of a word
    assert page.locator(".stAppHeader").is_visible()
    search.fill("")
    page.get_by_role("tab", name="Attributes").focus()
    page.keyboard.press("f")
    page.locator(".stAppHeader").wait_for(state="hidden")
    frames(page)
    boxes = [face_map(page).bounding_box(), face(page).bounding_box()]
    assert all(in_view(page, box) for box in boxes)
    assert boxes[1]["width"] >= 0.3 * width
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    assert page.evaluate(size) >= max(16, 0.012 * width)
    page.keyboard.press("Escape")
    page.locator(".stAppHeader").wait_for()


@pytest.fixture
def phone(browser, app: App) -> Iterator:
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as context:
        context.add_init_script(STILL)
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(app.url)
        wait_for_face(page)
        at_rest(page)
        yield page


def test_on_a_phone_the_face_comes_first_and_the_map_has_a_tab(phone):
    box = face(phone).bounding_box()
    assert in_view(phone, box)
    assert box["width"] >= 340
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert not face_map(phone).is_visible()
    phone.get_by_text("Map and more").tap()
    wait_for_map(phone)
    assert not face(phone).is_visible()
    phone.get_by_text("Face", exact=True).first.tap()
    face(phone).wait_for()


def test_on_a_phone_no_control_is_too_low_for_a_finger(phone):
    low = """() => {
        const found = [];
        const look = (root) => {
            for (const node of root.querySelectorAll("*")) {
                if (node.shadowRoot) look(node.shadowRoot);
                const box = node.getBoundingClientRect();
                const seen = box.width > 1 && box.height > 1 && node.checkVisibility();
                const isControl = node.matches("button, select, summary, input[type=range]");
                const own = node.closest(".st-key-explore") || root !== document;
                if (seen && isControl && own && box.height < 39.5)
                    found.push(`${node.ariaLabel ?? node.textContent} ${box.height}`);
            }
        };
        look(document);
        return found;
    }"""
    assert phone.evaluate(low) == []


def test_on_a_phone_a_swipe_over_the_map_scrolls_until_it_was_tapped(phone):
    phone.get_by_text("Map and more").tap()
    wait_for_map(phone)
    stage = phone.locator(".stage")
    action = "s => getComputedStyle(s).touchAction"
    assert stage.evaluate(action) == "pan-y"
    box = stage.bounding_box()
    phone.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 60)
    assert stage.evaluate(action) == "none"
    phone.touchscreen.tap(200, 30)
    assert stage.evaluate(action) == "pan-y"
