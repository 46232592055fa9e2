"""An own photo on the page: from the file to the recipe, by Streamlit's runner and in Chromium."""

import base64
import gc
import io
import json
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import ExifTags, Image
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE, App, wait_for_face
from explorer.page.explore.photo_panel import open_photo
from explorer.page.parts import _data_uri
from explorer.page.state import uploads
from explorer.photo.align import SMALLEST_CROP, aligned_face
from explorer.photo.photo import LARGEST_BYTES
from explorer.recipe.code_text import code_from_text
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import Loaded
from explorer.server.connections import LARGEST_MESSAGE
from tests.page.seen import expect, linked
from tests.page.told import file_told, handed, tell, tell_once

SCRIPT = """
import streamlit as st
from explorer.run.loaded import chosen_run, open_run
from explorer.page import state
from explorer.page.explore.photo_panel import show_photo

loaded = open_run(chosen_run())
state.open_session(loaded.run)
show_photo(loaded)
"""
SEED = 12  # of a random face that the cascade finds, put into a photo


@pytest.fixture(scope="module")
def portrait(loaded: Loaded) -> np.ndarray:
    """(600, 800, 3) uint8: a decoded face of nobody, 400 pixels wide, on grey."""
    code = compose(Recipe(Source("seed", SEED)), loaded.run.space)
    face = Image.fromarray(loaded.renderer.decode(code[None])[0]).resize((400, 400))
    photo = Image.new("RGB", (800, 600), (128, 128, 128))
    photo.paste(face, (300, 120))
    return np.asarray(photo)


def jpeg(pixels: np.ndarray, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=95, exif=exif)
    return file.getvalue()


def bomb() -> bytes:
    """A PNG of 10000 x 10000 pixels by its header."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", 10_000, 10_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def board() -> np.ndarray:
    """(480, 640, 3) uint8: a board of squares, no face."""
    y, x = np.mgrid[:480, :640]
    return (255 * ((x // 48 + y // 48) % 2))[..., None].repeat(3, 2).astype(np.uint8)


@pytest.fixture
def panel(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The popover alone, open."""
    monkeypatch.delenv("EXPLORER_RUN", raising=False)
    test = AppTest.from_string(SCRIPT, default_timeout=PATIENCE)
    test.session_state["own_photo"] = True
    return test.run()


def upload(panel: AppTest, content: bytes, name: str = "photo.jpg") -> AppTest:
    return tell_once(panel, "photo_given", "photo", file_told(content, name))


def frame(panel: AppTest) -> dict:
    """What the frame is handed."""
    (data,) = handed(panel, "photo_frame")
    return data


def move(panel: AppTest, crop: list[float] | None) -> AppTest:
    """A hand moves the frame; None takes it back to where it was found."""
    return tell(panel, "photo_frame", moved={"photo": frame(panel)["photo"], "crop": crop})


def press(panel: AppTest, label: str) -> AppTest:
    return next(button for button in panel.button if button.label == label).click().run()


def recipe(panel: AppTest) -> Recipe:
    return panel.session_state["recipe"]


def test_a_found_face_keeps_its_place(portrait: np.ndarray):
    crop = open_photo("a", jpeg(portrait)).found
    assert crop is not None
    assert np.hypot(crop.x - 500, crop.y - 320) < 30
    assert 0.85 < crop.side / 400 < 1.15
    assert abs(crop.angle) < 6


def test_a_photo_becomes_the_recipe_and_can_be_undone(panel: AppTest, portrait, loaded: Loaded):
    upload(panel, jpeg(portrait))
    assert not panel.exception
    assert not panel.error
    press(panel, "Use this face")
    source = recipe(panel).source
    assert source.kind == "code"
    assert len(code_from_text(source.value)) == loaded.run.space.latent
    original = compose(Recipe(Source("seed", SEED)), loaded.run.space)
    faces = loaded.renderer.decode(np.stack([compose(recipe(panel), loaded.run.space), original]))
    difference = np.abs(faces[0].astype(int) - faces[1].astype(int)).mean()
    others = loaded.renderer.decode(loaded.run.space.codes[:20]).astype(int)
    assert difference < 0.7 * np.abs(others - faces[1].astype(int)).mean((1, 2, 3)).min()
    assert panel.session_state["past"] == [loaded.run.first_recipe]


def test_the_code_fits_the_photo_better_than_the_guess(panel: AppTest, portrait, loaded: Loaded):
    upload(panel, jpeg(portrait))
    told = psnr(panel)
    press(panel, "Use this face")
    code = code_from_text(recipe(panel).source.value)
    photo = open_photo("", jpeg(portrait))
    assert photo.found is not None
    face = aligned_face(photo.pixels, photo.found.place, loaded.renderer.shape[0])
    guess = loaded.encoder.encode(face[None])[0]
    drawn = loaded.renderer.decode(np.stack([guess, code])).astype(float)
    of_guess, of_code = np.square(drawn - face).mean((1, 2, 3))
    assert of_code < of_guess
    assert told == pytest.approx(10 * np.log10(255**2 / of_code), abs=0.06)


def psnr(panel: AppTest) -> float:
    lines = [*(c.value for c in panel.caption), *(w.value for w in panel.warning)]
    line = next(line for line in lines if "reconstruction reaches" in line)
    return float(line.split("reconstruction reaches ")[1].split(" dB")[0])


def test_without_a_face_the_frame_is_set_by_hand(panel: AppTest, loaded: Loaded):
    upload(panel, jpeg(board()))
    assert panel.warning[0].value.startswith("No face was found: move the frame")
    assert any(w.value.startswith("Outside the training faces") for w in panel.warning)
    move(panel, [130.0, 200.0, 200.0, 45.0])
    assert not panel.exception
    press(panel, "Use this face")
    assert recipe(panel).source.kind == "code"


def test_moving_the_frame_changes_the_face_and_takes_back(panel: AppTest, portrait):
    faces = []
    x, y, side, angle = 0.0, 0.0, 0.0, 0.0
    for moved in (None, "right", "back"):
        panel.session_state["own_photo"] = True
        upload(panel.run(), jpeg(portrait))
        x, y, side, angle = frame(panel)["crop"]
        if moved:
            move(panel, [x + 60, y, side, angle])
        if moved == "back":
            move(panel, None)
        press(panel, "Use this face")
        faces.append(recipe(panel))
    assert faces[1] != faces[0]
    assert faces[2] == faces[0]


@pytest.mark.parametrize(
    "crop",
    [[1.0], "middle", [float("nan")] * 4, [None] * 4, [1e300] * 4, {"x": 1}, [True, "1", 2, 3]],
)
def test_a_frame_that_is_none_is_where_the_face_was_found(panel: AppTest, portrait, crop):
    upload(panel, jpeg(portrait))
    press(panel, "Use this face")
    first = recipe(panel)
    panel.session_state["own_photo"] = True
    upload(panel.run(), jpeg(portrait))
    move(panel, crop)
    assert not panel.exception
    press(panel, "Use this face")
    assert recipe(panel) == first


def test_a_frame_far_away_is_brought_to_the_photo(panel: AppTest, portrait):
    upload(panel, jpeg(portrait))
    move(panel, [-9e5, 9e5, 9e5, 1e4])
    assert not panel.exception
    assert press(panel, "Use this face").session_state["recipe"].source.kind == "code"


def test_a_frame_of_few_pixels_is_refused_with_the_reason(panel: AppTest, portrait):
    upload(panel, jpeg(portrait))
    x, y, _, angle = frame(panel)["crop"]
    move(panel, [x, y, SMALLEST_CROP - 2, angle])
    assert "The frame holds 30 x 30 pixels of the photo, too few" in panel.warning[-1].value
    assert "Use this face" not in [button.label for button in panel.button]


def test_using_a_face_closes_the_popover_and_forgets_the_photo(panel: AppTest, portrait):
    upload(panel, jpeg(portrait))
    press(panel, "Use this face")
    assert panel.session_state["own_photo"] is False
    assert "photo" not in panel.session_state
    assert not handed(panel, "photo_frame")
    panel.session_state["own_photo"] = True
    assert not handed(panel.run(), "photo_frame")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_bad_files_are_said_and_change_nothing(panel: AppTest, portrait, start: Recipe):
    for content, words in ((bomb(), "at most 40 million pixels"), (b"no", "no such format")):
        upload(panel, content, "photo.png")
        assert not panel.exception
        assert words in panel.error[0].value
        assert "photo" not in panel.session_state
    assert recipe(panel) == start
    upload(panel, jpeg(portrait))
    assert not panel.error


def test_nothing_is_kept_when_it_is_closed(panel: AppTest, portrait):
    upload(panel, jpeg(portrait))
    assert "photo" in panel.session_state
    panel.session_state["own_photo"] = False
    panel.run()
    assert "photo" not in panel.session_state


def test_no_copy_of_it_is_left_in_the_process(panel: AppTest, portrait):
    """Neither as it was sent, nor at an address, nor among those that are kept for the next run."""
    kept = _data_uri.cache_info()
    content = jpeg(portrait)
    upload(panel, content)
    bodies = "".join(element.proto.body for element in panel.get("html"))
    assert bodies.count("data:image/") == 3  # the face, its reconstruction, the error
    assert frame(panel)["picture"].startswith("data:image/jpeg;base64,")
    assert not panel.get("imgs")  # st.image, which puts pictures at an address for everybody
    assert _data_uri.cache_info() == kept
    sent = base64.b64encode(content).decode()
    assert not held(content)
    assert not held(sent)


def held(wanted: bytes | str) -> list[type]:
    """What of the process holds an equal text or bytes."""
    gc.collect()
    return [
        type(holder)
        for holder in gc.get_objects()
        for thing in (gc.get_referents(holder) if isinstance(holder, HOLDERS) else ())
        if type(thing) is type(wanted) and thing is not wanted and wanted in thing
    ]


HOLDERS = (dict, list, tuple, set)


def test_a_copy_would_be_found():
    text = "abc" * 1000
    kept = [f"{text}{len(text)}"]
    assert held(text)
    kept.clear()


def test_a_photo_is_forgotten_once_its_page_is_closed(monkeypatch):
    """Streamlit keeps the session itself for a while, so that a lost connection can come back."""
    active, looked, gone = [True], threading.Event(), threading.Event()

    def is_active_session(session: str) -> bool:
        if session != "mine":  # of a test before
            return False
        (looked if active[0] else gone).set()
        return active[0]

    server = SimpleNamespace(
        exists=lambda: True,
        get_instance=lambda: SimpleNamespace(is_active_session=is_active_session),
    )
    monkeypatch.setattr(uploads, "runtime", server)
    monkeypatch.setattr(uploads, "LOOK_EVERY", 0.001)
    kept = uploads._Kept(uploads.Photo("a", np.zeros((2, 2, 3), np.uint8), None))
    kept.watch("mine")
    for _ in range(3):
        looked.clear()
        assert looked.wait(PATIENCE)
        assert kept.photo is not None
    active[0] = False
    assert gone.wait(PATIENCE)
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(PATIENCE)
    assert kept.photo is None


def test_a_photo_of_the_largest_size_fits_into_a_message():
    sent = -(-LARGEST_BYTES // 3) * 4  # in base64
    assert sent + 512 * 1024 < LARGEST_MESSAGE  # with all else that a page tells


# In a browser


@pytest.fixture
def opened(visit: Callable, app: App):
    """A page with the popover open, and what its console complains of."""
    page, complaints = visit(app)
    wait_for_face(page)
    page.get_by_role("button", name="Own photo").click()
    page.get_by_role("button", name="Choose a photo").wait_for()
    return page, complaints


def choose(page, content: bytes, name: str = "photo.jpg") -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a photo").click()
    chooser.value.set_files({"name": name, "mimeType": "image/jpeg", "buffer": content})


def crop_of(page) -> list[float]:
    """The frame as it stands on the page."""
    frame = page.locator(".photo-frame svg")
    frame.wait_for()
    return json.loads(frame.get_attribute("data-crop"))


@pytest.mark.browser
def test_a_turned_phone_photo_is_used_and_bad_files_are_said(opened, portrait: np.ndarray):
    page, complaints = opened
    choose(page, bomb(), "bomb.png")
    page.get_by_text("at most 40 million pixels").wait_for()
    choose(page, jpeg(board()))
    page.get_by_text("No face was found").wait_for()
    page.get_by_text("Outside the training faces").wait_for()
    choose(page, jpeg(np.rot90(portrait), orientation=6))  # a phone held upright stores it lying
    page.get_by_text("No face was found").wait_for(state="detached")
    page.get_by_role("button", name="Use this face").click()
    page.get_by_text("Own face", exact=True).wait_for()
    page.get_by_role("button", name="Choose a photo").wait_for(state="hidden")
    assert linked(page) is None  # nobody asked for a link to it
    assert complaints == []


@pytest.mark.browser
def test_no_address_shows_a_photo_while_it_is_open_or_after(opened, portrait: np.ndarray):
    page, _ = opened
    asked: list[tuple[str, str]] = []
    page.on("request", lambda request: asked.append((request.method, request.url)))
    choose(page, jpeg(portrait))
    shown = page.get_by_alt_text("The photo, the square of the face framed")
    shown.wait_for()
    assert shown.evaluate("image => image.src").startswith("data:image/jpeg;base64,")
    addresses = page.locator("img").evaluate_all("found => found.map((image) => image.src)")
    assert not [address for address in addresses if "/media/" in address]
    page.get_by_role("button", name="Use this face").wait_for()
    assert [url for method, url in asked if method != "GET" or "_stcore" in url] == []
    assert [url for _, url in asked if "/media/" in url] == []


@pytest.mark.browser
def test_a_photo_larger_than_any_message_is_made_smaller_and_one_that_cannot_be_is_refused(
    opened, portrait: np.ndarray
):
    page, complaints = opened
    rng = np.random.default_rng(0)
    large = Image.fromarray(portrait).resize((3200, 2400))
    noisy = np.asarray(large, np.int16) + rng.integers(-40, 40, (2400, 3200, 3))
    content = jpeg(np.clip(noisy, 0, 255).astype(np.uint8))
    assert len(content) > LARGEST_BYTES
    choose(page, content)
    x, y, side, _ = crop_of(page)
    assert np.hypot(x - 1000, y - 640) < 60  # in the photo of half its size
    assert 0.85 < side / 800 < 1.15
    tiff = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (1500, 1500, 3), np.uint8)).save(tiff, "TIFF")
    choose(page, tiff.getvalue(), "large.tiff")
    page.get_by_text("Expected a file of at most 5.0 MB").wait_for()
    assert complaints == []


@pytest.mark.browser
def test_the_frame_follows_hand_wheel_and_keys_and_goes_back(opened, portrait: np.ndarray):
    page, complaints = opened
    choose(page, jpeg(portrait))
    first = x, y, side, angle = crop_of(page)
    page.get_by_role("button", name="Use this face").wait_for()
    face = page.get_by_alt_text("The face", exact=True)
    seen = face.get_attribute("src")
    box = page.locator(".photo-frame svg").bounding_box()
    scale = 800 / box["width"]
    at = box["x"] + x / scale, box["y"] + y / scale
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] - 40, at[1] + 20, steps=4)
    page.mouse.up()
    np.testing.assert_allclose(crop_of(page), [x - 40 * scale, y + 20 * scale, side, angle], atol=2)
    expect(lambda: face.get_attribute("src") != seen, "another face")
    page.mouse.wheel(0, 100)
    expect(lambda: crop_of(page)[2] < side, "a smaller frame")
    page.keyboard.press("+")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("]")
    moved = crop_of(page)
    assert moved[0] > x - 40 * scale + 20
    assert moved[3] == pytest.approx(angle + 2, abs=0.02)
    page.get_by_role("button", name="As it was found").click()
    assert crop_of(page) == list(first)
    expect(lambda: face.get_attribute("src") == seen, "the first face")
    assert complaints == []


@pytest.mark.browser
def test_a_photo_may_be_dropped_or_pasted(opened, portrait: np.ndarray):
    page, complaints = opened
    for event, where in (("paste", "document"), ("drop", "place")):
        page.locator(".given-file .place").evaluate(
            """(place, [event, where, content]) => {
                const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
                const transfer = new DataTransfer();
                transfer.items.add(new File([bytes], `${event}.jpg`, { type: "image/jpeg" }));
                const options = { bubbles: true, cancelable: true };
                const made =
                    event === "paste"
                        ? new ClipboardEvent(event, { ...options, clipboardData: transfer })
                        : new DragEvent(event, { ...options, dataTransfer: transfer });
                (where === "document" ? document : place).dispatchEvent(made);
            }""",
            [event, where, base64.b64encode(jpeg(portrait)).decode()],
        )
        page.locator(".given-file .status", has_text=f"{event}.jpg").wait_for()
        page.locator(".photo-frame svg").wait_for()
    assert complaints == []


@pytest.mark.browser
def test_another_popover_closes_it_and_the_photo_is_forgotten(opened, portrait: np.ndarray):
    page, _ = opened
    choose(page, jpeg(portrait))
    page.get_by_role("button", name="Use this face").wait_for()
    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="PNG").wait_for()
    page.keyboard.press("Escape")  # it covers the other button
    page.get_by_role("button", name="PNG").wait_for(state="hidden")
    page.get_by_role("button", name="Own photo").click()
    page.get_by_role("button", name="Choose a photo").wait_for()
    page.get_by_text("or drop or paste it").wait_for()
    assert page.locator(".photo-frame svg").count() == 0
