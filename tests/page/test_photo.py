"""An own photo on the page: from the file to the recipe, by Streamlit's runner and in Chromium."""

import io
import struct
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import ExifTags, Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE, App, wait_for_face
from explorer.page.explore.photo_panel import PHOTO_SIDE, framed, open_photo
from explorer.page.parts import _data_uri
from explorer.page.state import uploads
from explorer.photo.align import Crop, aligned_face
from explorer.photo.photo import LARGEST_BYTES
from explorer.recipe.code_text import code_from_text
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import Loaded

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
    panel.file_uploader(key="photo_upload").set_value((name, content, "image/jpeg"))
    return panel.run()


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


def test_the_frame_is_drawn_where_the_crop_is():
    pixels = np.zeros((500, 1000, 3), np.uint8)
    shown = np.asarray(framed(pixels, Crop(500, 250, 200, 0)))
    assert shown.shape == (PHOTO_SIDE // 2, PHOTO_SIDE, 3)
    lit = np.argwhere(shown.max(-1) > 200)
    scale = PHOTO_SIDE / 1000
    np.testing.assert_allclose(lit.min(0), [150 * scale, 400 * scale], atol=3)
    np.testing.assert_allclose(lit.max(0), [350 * scale, 600 * scale], atol=3)
    assert pixels.max() == 0


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
    press(panel, "Use this face")
    code = code_from_text(recipe(panel).source.value)
    photo = open_photo("", jpeg(portrait))
    assert photo.found is not None
    face = aligned_face(photo.pixels, photo.found.place, loaded.renderer.shape[0])
    guess = loaded.encoder.encode(face[None])[0]
    drawn = loaded.renderer.decode(np.stack([guess, code])).astype(float)
    of_guess, of_code = np.square(drawn - face).mean((1, 2, 3))
    assert of_code < of_guess
    assert psnr(panel) == pytest.approx(10 * np.log10(255**2 / of_code), abs=0.06)


def psnr(panel: AppTest) -> float:
    lines = [*(c.value for c in panel.caption), *(w.value for w in panel.warning)]
    line = next(line for line in lines if "reconstruction reaches" in line)
    return float(line.split("reconstruction reaches ")[1].split(" dB")[0])


def test_without_a_face_the_frame_is_set_by_hand(panel: AppTest, loaded: Loaded):
    upload(panel, jpeg(board()))
    assert panel.warning[0].value.startswith("No face was found: move the frame")
    assert any(w.value.startswith("Outside the training faces") for w in panel.warning)
    panel.slider(key="photo_x").set_value(20.0)
    panel.slider(key="photo_angle").set_value(45.0).run()
    assert not panel.exception
    press(panel, "Use this face")
    assert recipe(panel).source.kind == "code"


def test_moving_the_frame_changes_the_face_and_takes_back(panel: AppTest, portrait):
    upload(panel, jpeg(portrait))
    found = panel.slider(key="photo_x").value
    press(panel, "Use this face")
    first = recipe(panel)
    panel.slider(key="photo_x").set_value(found + 8).run()
    press(panel, "Use this face")
    assert recipe(panel) != first
    press(panel, "As it was found")
    assert panel.slider(key="photo_x").value == found
    press(panel, "Use this face")
    assert recipe(panel) == first


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


def test_nothing_is_kept_when_it_is_closed_or_taken_away(panel: AppTest, portrait):
    upload(panel, jpeg(portrait))
    assert "photo" in panel.session_state
    panel.file_uploader(key="photo_upload").set_value(None)
    panel.run()
    assert "photo" not in panel.session_state


def test_no_copy_of_it_is_left_in_the_process(panel: AppTest, portrait):
    """Neither in the manager of uploads nor among the addresses that are kept for the next run."""
    kept = _data_uri.cache_info()
    upload(panel, jpeg(portrait))
    bodies = "".join(element.proto.body for element in panel.get("html"))
    assert bodies.count("data:image/") == 4  # framed, the face, its reconstruction, the error
    assert not panel.get("imgs")  # st.image, which puts pictures at an address for everybody
    assert _data_uri.cache_info() == kept


def test_the_bytes_of_a_photo_are_forgotten_once_it_is_read(monkeypatch):
    storage = MemoryUploadedFileManager("/upload")
    record = UploadedFileRec("a", "me.jpg", "image/jpeg", b"x" * 1000)
    storage.add_file("session", record)
    context = SimpleNamespace(uploaded_file_mgr=storage, session_id="session")
    file = UploadedFile(record, FileURLs())
    monkeypatch.setattr(uploads, "get_script_run_ctx", lambda: context)
    uploads.empty_upload(file)
    (left,) = storage.get_files("session", ["a"])
    assert (left.name, left.data) == ("me.jpg", b"")


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


def test_uploads_stay_in_memory_whatever_their_size():
    """Starlette writes the file of a form to disk where it is larger than this."""
    import streamlit_app  # noqa: F401

    async def take(request: Request) -> PlainTextResponse:
        async with request.form() as form:
            return PlainTextResponse(str(form["file"].file._rolled))

    client = TestClient(Starlette(routes=[Route("/", take, methods=["POST"])]))
    answer = client.post("/", files={"file": ("me.jpg", bytes(LARGEST_BYTES), "image/jpeg")})
    assert answer.text == "False"


# In a browser


@pytest.mark.browser
def test_a_turned_phone_photo_is_used_and_bad_files_are_said(
    visit: Callable, app: App, portrait: np.ndarray
):
    page, complaints = visit(app)
    wait_for_face(page)
    page.get_by_role("button", name="Own photo").click()
    chooser = page.locator("[data-testid=stFileUploaderDropzoneInput]")

    def choose(content: bytes, name: str = "photo.jpg") -> None:
        chooser.set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": content})

    choose(bomb(), "bomb.png")
    page.get_by_text("at most 40 million pixels").wait_for()
    choose(jpeg(board()))
    page.get_by_text("No face was found").wait_for()
    page.get_by_text("Outside the training faces").wait_for()
    choose(jpeg(np.rot90(portrait), orientation=6))  # a phone held upright stores it lying
    page.get_by_text("No face was found").wait_for(state="detached")
    page.get_by_role("button", name="Use this face").click()
    page.wait_for_url(lambda url: "code" in url)
    assert complaints == []


@pytest.mark.browser
def test_no_address_shows_a_photo_while_it_is_open_or_after(
    visit: Callable, app: App, portrait: np.ndarray
):
    page, _ = visit(app)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    wait_for_face(page)
    page.get_by_role("button", name="Own photo").click()
    file = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": jpeg(portrait)}
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
    shown = page.get_by_alt_text("The photo, the square of the face framed")
    shown.wait_for()
    assert shown.evaluate("image => image.src").startswith("data:image/jpeg;base64,")
    addresses = page.locator("img").evaluate_all("found => found.map((image) => image.src)")
    assert not [address for address in [*addresses, *asked] if "/media/" in address]
    (upload,) = {url for url in asked if "/upload_file/" in url}
    try:
        with urllib.request.urlopen(upload, timeout=PATIENCE) as found:
            answer = found.read()
    except urllib.error.HTTPError as error:
        answer = error.read()
    assert jpeg(portrait) not in answer  # but the page, as at any other address
