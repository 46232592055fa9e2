"""The export popover: nothing until it is opened, files that hold the face shown, and imports."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE
from explorer.decoding.decoder import Decoder
from explorer.editor.export import face_png, recipe_json
from explorer.map.layouts import layout
from explorer.page import main
from explorer.page.explore.export_panel import EXPORTS
from explorer.recipe.compose import compose
from explorer.recipe.favourites import Favourite, favourites_json
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import Loaded, open_run
from tests.page.told import give, handed, offered, saved, tell_once

EDITED = Recipe(
    Source("seed", 7), attributes={"Eyeglasses": 1.5}, components={1: -2.0}, dimensions={3: 0.5}
)
REFUSED = "Not imported; the face stays as it was."
NAMES = {
    "Face": {"face-seed-7-edited.png"},
    "Strip": {f"face-seed-7-edited-strip-eyeglasses.{kind}" for kind in ("png", "gif", "webp")},
    "Edit": {"face-seed-7-edited-edit.gif", "face-seed-7-edited-edit.webp"},
    "Path": set(),  # until one is drawn
    "Morph": {"face-seed-7-edited-morph.gif", "face-seed-7-edited-morph.webp"},
    "Code": {"face-seed-7-edited-z.npy", "face-seed-7-edited-z.csv"},
    "Recipe": {"face-seed-7-edited-recipe.json"},
    "Favourites": {"favourites.json"},
}
ANNA = Favourite("Anna", Recipe(Source("seed", 1), attributes={"Smiling": 1.0}))


@pytest.fixture
def loaded(drawn_run: Path) -> Loaded:
    """The model of the drawn faces that the page opens."""
    return open_run(drawn_run)


@pytest.fixture
def fresh(drawn_run: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page of a new session on the drawn run, not run yet."""
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_run))
    return AppTest.from_file(main.__file__, default_timeout=PATIENCE)


@pytest.fixture
def page(fresh: AppTest) -> AppTest:
    """The page opened with the edited face and a favourite, the popover closed."""
    fresh.query_params["face"] = EDITED.to_json()
    fresh.run()
    fresh.session_state["favourites"] = [ANNA]
    return fresh.run()


def open_export(page: AppTest, what: str = "Face") -> AppTest:
    """Click on Export, and choose what to export."""
    page.session_state["export"] = True
    page.run()
    return page.segmented_control(key="export_what").set_value(what).run()


def upload(page: AppTest, content: bytes, what: str = "import_a_recipe") -> AppTest:
    return give(page, what, content)


def editor(page: AppTest) -> dict:
    """What the editor is handed."""
    mounted = [found.proto for found in page.get("bidi_component")]
    proto = next(proto for proto in mounted if proto.component_name == "face_editor")
    return json.loads(proto.json)


def shown(page: AppTest) -> Recipe:
    """The recipe that the editor is handed."""
    return Recipe.from_data(editor(page)["recipe"])


def click(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def test_a_closed_popover_draws_nothing(page: AppTest):
    page.run()
    assert not page.exception
    assert not offered(page)
    assert not handed(page, "given_file")


@pytest.mark.parametrize("what", list(EXPORTS))
def test_each_choice_offers_its_files(page: AppTest, what: str):
    open_export(page, what)
    assert not page.exception
    assert set(offered(page)) == NAMES[what]
    assert not [data for data in handed(page, "download") if "content" in data]


def test_opening_and_choosing_make_no_file(page: AppTest, monkeypatch: pytest.MonkeyPatch):
    decoded, decode = [], Decoder.decode

    def noted(self, codes):
        decoded.append(len(codes))
        return decode(self, codes)

    monkeypatch.setattr(Decoder, "decode", noted)
    for what in EXPORTS:
        open_export(page, what)
    assert decoded == []


def test_the_face_is_that_of_the_recipe_in_the_size_chosen(page: AppTest, loaded: Loaded):
    open_export(page)
    page.segmented_control(key="export_size_8").set_value(8).run()
    made = saved(page, "face-seed-7-edited.png")
    assert made == face_png(EDITED, loaded.run.space, loaded.renderer.decode, 8)
    assert Image.open(io.BytesIO(made)).size == (512, 512)


def test_the_strip_is_along_the_attribute_chosen(page: AppTest):
    open_export(page, "Strip")
    other = saved(page, "face-seed-7-edited-strip-eyeglasses.png")
    page.selectbox(key="export_attribute").set_value("Smiling").run()
    made = saved(page, "face-seed-7-edited-strip-smiling.png")
    assert Image.open(io.BytesIO(made)).size == (7 * 256, 256)
    assert made != other


def test_the_strip_is_played_beside_the_face(page: AppTest, loaded: Loaded):
    open_export(page, "Strip")
    page.segmented_control(key="export_size_8").set_value(1).run()
    made = Image.open(io.BytesIO(saved(page, "face-seed-7-edited-strip-eyeglasses.webp")))
    assert made.size == (128, 64)
    assert made.n_frames > 10
    frame = np.asarray(made.convert("RGB"), int)
    face = loaded.renderer.decode(compose(EDITED, loaded.run.space)[None])[0]
    assert np.abs(frame[:, :64] - face).mean() < 6  # WebP at quality 90
    assert np.abs(frame[:, 64:] - face).mean() > 6  # its first face is far along the slider


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_a_path_on_the_map_is_the_faces_along_it(page: AppTest, loaded: Loaded, ending: str):
    name = "attributes/umap2"
    places = layout(loaded.run, name).positions
    drawn = {"ends": places[[0, 5]].tolist(), "layout": name}
    tell_once(page, "face_map", "messages", [{"revision": 1, "path": drawn}])
    open_export(page, "Path")
    page.segmented_control(key="export_size_8").set_value(2).run()
    made = Image.open(io.BytesIO(saved(page, f"path.{ending}")))
    assert made.size == (256, 128)
    frames = []
    for k in range(made.n_frames):
        made.seek(k)
        frames.append(np.asarray(made.convert("RGB"), int)[:, 128:])
    ends = loaded.renderer.decode(layout(loaded.run, name).blend.at(places[[0, 5]]).codes)
    for face in ends:  # each is met on the way
        large = np.asarray(Image.fromarray(face).resize((128, 128), Image.Resampling.LANCZOS), int)
        assert min(np.abs(frame - large).mean() for frame in frames) < 8
    assert len(frames) > 3


@pytest.mark.parametrize(
    "drawn", [None, {}, {"ends": [[0, 0]], "layout": "attributes/umap2"},
              {"ends": [[0, 0], [1, 1]], "layout": "nowhere"},
              {"ends": [[0, float("inf")], [1, 1]], "layout": "attributes/umap2"}],
)  # fmt: skip
def test_what_is_no_path_on_the_map_is_none(page: AppTest, drawn: dict | None):
    tell_once(page, "face_map", "messages", [{"revision": 1, "path": drawn}])
    open_export(page, "Path")
    assert not page.exception
    assert not offered(page)


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_the_morph_is_as_the_options_say(page: AppTest, kind: str):
    open_export(page, "Morph")
    page.slider(key="export_frames").set_value(4)
    page.slider(key="export_duration").set_value(200)
    page.toggle(key="export_back").set_value(False)
    page.segmented_control(key="export_size_4").set_value(1).run()
    made = Image.open(io.BytesIO(saved(page, f"face-seed-7-edited-morph.{kind}")))
    made.load()
    assert (made.n_frames, made.size, made.info["duration"]) == (4, (64, 64), 200)


def test_each_start_and_path_makes_another_morph(page: AppTest):
    open_export(page, "Morph")
    name = "face-seed-7-edited-morph.webp"
    original = saved(page, name)
    assert saved(page, name) == original
    page.segmented_control(key="export_path").set_value("lerp").run()
    straight = saved(page, name)
    page.selectbox(key="export_from").set_value("Mean face").run()
    assert len({original, straight, saved(page, name)}) == 3


def test_a_morph_may_start_at_the_face_before(page: AppTest, loaded: Loaded):
    assert (
        "Before the last change"
        not in open_export(page, "Morph").selectbox(key="export_from").options
    )
    click(page, "Mean face")
    starts = page.selectbox(key="export_from").options
    assert starts == ["Before the last change", "★ Anna"]  # the original is the mean face itself
    page.segmented_control(key="export_size_4").set_value(1).run()
    made = Image.open(io.BytesIO(saved(page, "face-mean-morph.webp"))).convert("RGB")
    expected = loaded.renderer.decode(compose(EDITED, loaded.run.space)[None])[0].astype(int)
    assert np.abs(np.asarray(made) - expected).mean() < 6  # the losses of WebP


@pytest.mark.parametrize("end", ["From", "To"])
def test_a_favourite_may_be_either_end_of_a_morph(page: AppTest, loaded: Loaded, end: str):
    open_export(page, "Morph")
    page.selectbox(key=f"export_{end.lower()}").set_value("★ Anna").run()
    if end == "To":
        page.selectbox(key="export_from").set_value("This face")
    page.toggle(key="export_back").set_value(False)
    page.segmented_control(key="export_size_4").set_value(1).run()
    name = {"From": "face-seed-7-edited-morph.webp", "To": "face-seed-1-edited-morph.webp"}[end]
    made = Image.open(io.BytesIO(saved(page, name)))
    ends = [ANNA.recipe, EDITED] if end == "From" else [EDITED, ANNA.recipe]
    for frame, recipe in ((0, ends[0]), (made.n_frames - 1, ends[1])):
        made.seek(frame)
        expected = loaded.renderer.decode(compose(recipe, loaded.run.space)[None])[0].astype(int)
        assert np.abs(np.asarray(made.convert("RGB")) - expected).mean() < 8  # the losses of WebP


def test_a_face_without_another_end_has_no_morph(fresh: AppTest):
    open_export(fresh.run(), "Morph")  # the mean face, unedited, the first of the session
    assert not fresh.exception
    assert not offered(fresh)
    assert "edit the face first" in " ".join(caption.value for caption in fresh.caption)


def test_the_code_reads_back_as_that_of_the_recipe(page: AppTest, loaded: Loaded):
    open_export(page, "Code")
    code = compose(EDITED, loaded.run.space)
    npy = np.load(io.BytesIO(saved(page, "face-seed-7-edited-z.npy")))
    np.testing.assert_array_equal(npy, code)
    csv = saved(page, "face-seed-7-edited-z.csv").decode().splitlines()
    np.testing.assert_array_equal(np.float32(csv[1].split(",")), code)


def test_options_outlive_the_closed_popover(page: AppTest):
    open_export(page, "Morph")
    page.slider(key="export_frames").set_value(77).run()
    page.session_state["export"] = False
    page.run()
    assert not page.slider
    page.session_state["export"] = True
    page.run()
    assert page.segmented_control(key="export_what").value == "Morph"
    assert page.slider(key="export_frames").value == 77


def test_an_exported_recipe_comes_back_and_the_import_can_be_undone(page: AppTest):
    open_export(page, "Recipe")
    content = saved(page, "face-seed-7-edited-recipe.json")
    click(page, "Mean face")
    assert shown(page) == Recipe()
    upload(page, content)
    assert not page.exception
    assert not page.error
    assert not page.warning
    assert shown(page) == EDITED
    assert [message.value for message in page.success] == [
        "Imported. **Undo** brings back the face before."
    ]
    click(page, "Undo")
    assert shown(page) == Recipe()  # and the file, still held, is not imported again


def test_a_recipe_of_another_model_comes_with_a_warning(page: AppTest):
    open_export(page, "Recipe")
    upload(page, recipe_json(Recipe(attributes={"Smiling": 1}), "0123456789abcdef").encode())
    assert shown(page) == Recipe(attributes={"Smiling": 1})
    assert "made with the weights 0123456789abcdef" in page.warning[0].value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x89PNG\r\n", r"expected a recipe file as Export makes it; found b'\x89PNG\r\n'"),
        (b" " * 65_537, "expected a recipe file of at most 65,536 bytes; found 65,537"),
        (
            recipe_json(Recipe(Source("picture", "x.jpg")), "0123456789abcdef").encode(),
            "expected the id of a picture in this run; found 'x.jpg' (the file was made with",
        ),
    ],
)
def test_a_file_that_cannot_be_is_said_and_nothing_is_lost(
    page: AppTest, content: bytes, message: str
):
    open_export(page, "Recipe")
    upload(page, content)
    assert not page.exception
    assert [error.value for error in page.error] == [REFUSED]
    assert page.code[0].value.startswith(message)
    assert shown(page) == EDITED
    assert next(b for b in page.button if b.label == "Undo").disabled


def test_the_text_of_a_file_is_never_markdown(page: AppTest):
    open_export(page, "Recipe")
    values = Recipe(Source("picture", "![](http://elsewhere.example/seen.png)")).to_data()
    upload(page, json.dumps({"recipe": values, "weights": "0123456789abcdef"}).encode())
    drawn = [*page.error, *page.warning, *page.markdown, *page.caption, *page.success]
    assert "elsewhere" in page.code[0].value
    assert not [element for element in drawn if "elsewhere" in element.value]


def test_favourites_come_back_from_their_file_after_those_that_are_kept(page: AppTest):
    open_export(page, "Favourites")
    content = saved(page, "favourites.json")
    bert = Favourite("Bert", Recipe())
    page.session_state["favourites"] = [bert]
    page.run()
    upload(page, content, "import_favourites")
    assert not page.exception
    assert not page.error
    assert not page.warning
    assert page.session_state["favourites"] == [bert, ANNA]
    assert editor(page)["favourites"] == [bert.to_data(), ANNA.to_data()]
    page.session_state["favourites"] = []
    page.run()
    assert page.session_state["favourites"] == []  # the file, still held, is not imported again


def test_favourites_that_cannot_be_are_told_and_the_others_taken(page: AppTest):
    open_export(page, "Favourites")
    bad = Favourite("![](http://elsewhere.example)", Recipe(attributes={"Wings": 1.0}))
    other = Favourite("Other", Recipe())
    content = favourites_json([bad, other], "0123456789abcdef")
    upload(page, content.encode(), "import_favourites")
    assert page.session_state["favourites"] == [ANNA, other]
    assert page.warning[0].value == "Not all is as in the file:"
    told = page.code[0].value.splitlines()
    assert told[0].startswith("made with the weights 0123456789abcdef")
    assert told[1] == "1: expected an attribute with a vector in this run; found 'Wings'"


def test_another_file_is_no_file_of_favourites(page: AppTest):
    open_export(page, "Favourites")
    upload(page, recipe_json(EDITED, "0123456789abcdef").encode(), "import_favourites")
    assert [error.value for error in page.error] == [
        "Not imported; the favourites stay as they were."
    ]
    assert page.code[0].value.startswith("expected a file of favourites as Export makes it")
    assert page.session_state["favourites"] == [ANNA]
