"""Exported files read back: the pixels, codes and recipes that went in, and nothing else."""

import csv
import io
import json
import re
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageSequence

from explorer.editor.export import (
    FACES_A_TURN,
    FORMATS,
    LARGEST_RECIPE,
    STRENGTHS,
    RecipeFile,
    code_csv,
    code_npy,
    edit_steps,
    face_png,
    file_name,
    morph,
    morph_file,
    read_recipe,
    recipe_json,
    strip_png,
    there_and_back,
)
from explorer.recipe.banks import BANKS
from explorer.recipe.compose import compose
from explorer.recipe.errors import RecipeError
from explorer.recipe.latent_algebra import lerp, slerp
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.sample import Sample
from explorer.recipe.space import LatentSpace
from explorer.run.loaded import Loaded, open_run

HERE, ELSEWHERE = "0123456789abcdef", "fedcba9876543210"  # keys of weights
EDITED = Recipe(
    Source("seed", 7), attributes={"Eyeglasses": 1.5}, components={1: -2.0}, dimensions={3: 0.5}
)
MIX = Source("mix", ((1.0, EDITED), (0.5, Recipe())))
KINDS = pytest.mark.parametrize("kind", FORMATS)
CODES = arrays(
    np.float32,
    st.integers(1, 12),
    elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
)


@pytest.fixture(scope="module")
def loaded(drawn_run: Path) -> Loaded:
    """The model of the drawn faces, on the best device."""
    return open_run(drawn_run)


@pytest.fixture(scope="module")
def space(loaded: Loaded) -> LatentSpace:
    """Its latent space of eight dimensions."""
    return loaded.run.space


@pytest.fixture(scope="module")
def decode(loaded: Loaded):
    """Its decoder."""
    return loaded.renderer.decode


@pytest.fixture(scope="module")
def ends(space: LatentSpace) -> tuple[np.ndarray, np.ndarray]:
    """The codes of two faces that are not alike: the first is without glasses, the second with."""
    return tuple(compose(Recipe(attributes={"Eyeglasses": amount}), space) for amount in (-3, 3))


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)))


def frames(content: bytes) -> np.ndarray:
    """(N, H, W, 3) int of an animation."""
    shown = ImageSequence.Iterator(Image.open(io.BytesIO(content)))
    return np.stack([np.asarray(frame.convert("RGB")) for frame in shown]).astype(int)


def durations(content: bytes) -> list[int]:
    """ms of each frame of an animation."""
    shown = ImageSequence.Iterator(Image.open(io.BytesIO(content)))
    found = []
    for frame in shown:
        frame.load()  # WebP tells the duration of a frame once it is read
        found.append(int(frame.info["duration"]))
    return found


def assert_nearly_same(found: np.ndarray, expected: np.ndarray) -> None:
    """Equal up to the rounding of a decoder that was given another batch."""
    assert np.abs(found.astype(int) - expected.astype(int)).max() <= 1


# Pictures


def test_a_face_in_its_own_size_is_the_decoders_pixels(space: LatentSpace, decode):
    found = pixels(face_png(EDITED, space, decode))
    np.testing.assert_array_equal(found, decode(compose(EDITED, space)[None])[0])


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_an_enlarged_face_shows_the_same(space: LatentSpace, decode, factor: int):
    face = pixels(face_png(EDITED, space, decode))
    large = pixels(face_png(EDITED, space, decode, factor))
    assert large.shape == (64 * factor, 64 * factor, 3)
    blocks = large.reshape(64, factor, 64, factor, 3).mean((1, 3))
    mirrored = np.abs(blocks[:, ::-1] - face).mean()
    assert np.abs(blocks - face).mean() < mirrored / 3


def test_an_enlarged_plain_picture_stays_plain(space: LatentSpace):
    plain = np.full((1, 64, 64, 3), (10, 200, 255), np.uint8)
    large = pixels(face_png(Recipe(), space, lambda codes: plain, 4))
    np.testing.assert_array_equal(large, np.broadcast_to(plain[0, 0, 0], (256, 256, 3)))


@pytest.mark.parametrize("factor", [1, 2])
def test_the_strip_holds_the_face_at_every_strength(space: LatentSpace, decode, factor: int):
    strip = pixels(strip_png(EDITED, "Eyeglasses", space, decode, factor))
    assert strip.shape == (64 * factor, 7 * 64 * factor, 3)
    for strength, found in zip(STRENGTHS, np.split(strip, 7, 1), strict=True):
        recipe = EDITED.with_amount("attributes", "Eyeglasses", strength)
        assert_nearly_same(found, pixels(face_png(recipe, space, decode, factor)))
    assert (STRENGTHS[0], STRENGTHS[-1]) == (-3, 3)
    assert np.ptp(strip.astype(int).reshape(64 * factor, 7, -1), axis=1).max() > 20


def test_the_strip_of_strengths_that_are_effects_shows_where_the_face_tips(drawn_effects: Path):
    opened = open_run(drawn_effects)
    space, decode = opened.run.space, opened.renderer.decode
    recipe = Recipe(Source("seed", 7), method="elected")
    faces = np.split(pixels(strip_png(recipe, "Smiling", space, decode)), 7, 1)
    for strength, found in ((-1, faces[1]), (0, faces[3]), (0.5, faces[4]), (1, faces[5])):
        edited = recipe.with_amount("attributes", "Smiling", strength)
        assert_nearly_same(found, pixels(face_png(edited, space, decode)))


# Morphs


@pytest.mark.parametrize(("path", "along"), [("lerp", lerp), ("slerp", slerp)])
def test_a_morph_goes_in_even_steps_from_end_to_end(ends, path: str, along):
    codes = morph(*ends, 5, path)
    assert (codes.shape, codes.dtype) == ((5, 8), np.float32)
    np.testing.assert_array_equal(codes, [along(*ends, t) for t in (0, 0.25, 0.5, 0.75, 1)])


@pytest.mark.parametrize("count", [1, 0, -3, 121])
def test_too_few_and_too_many_frames_are_refused(ends, count: int):
    with pytest.raises(ValueError, match=f"^expected 2 to 120 frames; found {count}$"):
        morph(*ends, count, "lerp")


@given(st.integers(2, 40))
def test_there_and_back_never_jumps_and_shows_each_frame_between_twice(count: int):
    looped = there_and_back(list(range(count)))
    steps = np.diff([*looped, looped[0]])
    assert set(np.abs(steps)) == {1}
    assert np.bincount(looped).tolist() == [1, *[2] * (count - 2), 1]


@KINDS
@pytest.mark.parametrize("back", [False, True])
def test_an_animation_shows_the_faces_in_order(ends, decode, kind: str, back: bool):
    codes = morph(*ends, 5, "slerp")
    faces = decode(codes).astype(int)
    found = frames(morph_file(codes, decode, kind, back=back))
    order = [0, 1, 2, 3, 4, 3, 2, 1] if back else [0, 1, 2, 3, 4]
    assert len(found) == len(order)
    for frame, expected in zip(found, order, strict=True):
        off = np.abs(faces - frame).mean((1, 2, 3))
        assert off.argmin() == expected
        assert off[expected] < 6  # 256 colours, and the losses of WebP


@KINDS
def test_an_animation_is_as_large_and_as_slow_as_asked_and_never_ends(ends, decode, kind: str):
    content = morph_file(morph(*ends, 4, "lerp"), decode, kind, 130, 2, back=False)
    assert durations(content) == [130] * 4
    opened = Image.open(io.BytesIO(content))
    assert (opened.format.lower(), opened.size) == (kind, (128, 128))
    assert opened.info["loop"] == 0


@KINDS
def test_the_original_stands_still_beside_all_frames(ends, decode, kind: str):
    codes = morph(*ends, 4, "lerp")
    found = frames(morph_file(codes, decode, kind, back=False, beside=ends[1]))
    assert found.shape[1:] == (64, 128, 3)
    still, moving = found[:, :, :64], found[:, :, 64:]
    assert np.abs(still - decode(ends[1][None]).astype(int)).mean() < 6
    assert np.abs(moving - decode(codes).astype(int)).mean() < 6


def test_the_steps_of_an_edit_lead_from_the_original_to_it(space: LatentSpace):
    codes = edit_steps(EDITED, space, 3)
    half = EDITED.changed(
        attributes={"Eyeglasses": 0.75}, components={1: -1.0}, dimensions={3: 0.25}
    )
    for code, expected in zip(codes, (EDITED.unedited(), half, EDITED), strict=True):
        np.testing.assert_array_equal(code, compose(expected, space))


@KINDS
def test_frames_that_look_the_same_become_one_that_lasts_longer(ends, decode, kind: str):
    codes = np.stack([ends[0], ends[0], ends[0], ends[1]])
    assert durations(morph_file(codes, decode, kind, 50, back=False)) == [150, 50]


@KINDS
def test_two_frames_there_and_back_are_two_frames(ends, decode, kind: str):
    assert len(frames(morph_file(np.stack(ends), decode, kind))) == 2


def test_a_long_morph_is_decoded_in_parts(ends, decode):
    asked = []

    def watched(codes: np.ndarray) -> np.ndarray:
        asked.append(codes)
        return decode(codes)

    codes = morph(*ends, 2 * FACES_A_TURN + 1, "lerp")
    content = morph_file(codes, watched, "webp", back=False)
    assert [len(part) for part in asked] == [FACES_A_TURN, FACES_A_TURN, 1]
    np.testing.assert_array_equal(np.concatenate(asked), codes)
    assert sum(durations(content)) == 80 * len(codes)


@pytest.mark.parametrize("duration", [19, 1001, 0])
def test_a_duration_that_browsers_do_not_keep_is_refused(ends, decode, duration: int):
    with pytest.raises(ValueError, match=f"^expected 20 to 1000 ms of a frame; found {duration}$"):
        morph_file(np.stack(ends), decode, "gif", duration)


def test_another_format_is_refused(ends, decode):
    with pytest.raises(ValueError, match=r"^expected a format of gif, webp; found 'mp4'$"):
        morph_file(np.stack(ends), decode, "mp4")


# What else a picture could tell


def test_a_png_holds_pixels_only(space: LatentSpace, decode):
    for content in (
        face_png(EDITED, space, decode, 4),
        strip_png(EDITED, "Eyeglasses", space, decode),
    ):
        assert set(png_chunks(content)) == {b"IHDR", b"IDAT", b"IEND"}


def test_a_gif_holds_frames_and_its_loop_only(ends, decode):
    content = morph_file(np.stack(ends), decode, "gif")
    info = Image.open(io.BytesIO(content)).info
    assert set(info) <= {"version", "background", "transparency", "duration", "extension", "loop"}
    assert info["extension"][0] == b"NETSCAPE2.0"


def test_a_webp_holds_frames_only(ends, decode):
    content = morph_file(np.stack(ends), decode, "webp")
    assert set(webp_chunks(content)) == {b"VP8X", b"ANIM", b"ANMF"}


def test_a_text_in_a_picture_would_be_noticed():
    noted = io.BytesIO()
    Image.new("RGB", (4, 4)).save(noted, "PNG", exif=b"Exif")
    assert b"eXIf" in png_chunks(noted.getvalue())
    noted = io.BytesIO()
    picture = Image.new("RGB", (4, 4))
    picture.save(noted, "WEBP", xmp=b"who")
    assert b"XMP " in webp_chunks(noted.getvalue())


def test_the_same_face_makes_the_same_bytes(space: LatentSpace, ends, decode):
    codes = morph(*ends, 3, "slerp")
    assert face_png(EDITED, space, decode, 2) == face_png(EDITED, space, decode, 2)
    for kind in FORMATS:
        assert morph_file(codes, decode, kind) == morph_file(codes, decode, kind)


def png_chunks(content: bytes) -> list[bytes]:
    """Types of the chunks of a PNG, in order."""
    at, found = 8, []
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        found.append(kind)
        at += 12 + length
    return found


def webp_chunks(content: bytes) -> list[bytes]:
    """Types of the outer chunks of a WebP, in order."""
    at, found = 12, []
    while at < len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        found.append(kind)
        at += 8 + length + length % 2
    return found


# Codes


@given(CODES)
def test_a_code_as_npy_reads_back_bit_by_bit(code: np.ndarray):
    found = np.load(io.BytesIO(code_npy(code)), allow_pickle=False)
    assert found.dtype == np.float32
    assert found.tobytes() == code.tobytes()


@given(CODES)
def test_a_code_as_csv_reads_back_bit_by_bit(code: np.ndarray):
    header, values = csv.reader(io.StringIO(code_csv(code)))
    assert header == [f"z{d}" for d in range(len(code))]
    assert np.array([float(value) for value in values], np.float32).tobytes() == code.tobytes()


def test_every_digit_of_a_float32_is_in_the_csv():
    bits = np.random.default_rng(0).integers(2**32, size=10_000, dtype=np.uint32)
    code = bits.view(np.float32)
    code = code[np.isfinite(code)]
    values = code_csv(code).splitlines()[1].split(",")
    assert np.array([float(value) for value in values], np.float32).tobytes() == code.tobytes()


# Recipes


@st.composite
def recipes(draw, space: LatentSpace) -> Recipe:
    """Any recipe that the space can show."""

    def amounts(bank: str, names: list) -> dict:
        limit = BANKS[bank].limit
        return draw(st.dictionaries(st.sampled_from(names), st.floats(-limit, limit), max_size=4))

    sources = st.one_of(
        st.sampled_from([Source("mean"), MIX]),
        st.builds(Source, st.just("seed"), st.integers(0, 2**32 - 1)),
        st.builds(Source, st.just("picture"), st.sampled_from(list(map(str, space.ids)))),
    )
    return Recipe(
        draw(sources),
        attributes=amounts("attributes", list(space.vectors)),
        components=amounts("components", list(range(1, len(space.components) + 1))),
        dimensions=amounts("dimensions", list(range(space.latent))),
    )


@given(st.data())
def test_an_exported_recipe_is_imported_as_it_was(space: LatentSpace, data):
    recipe = data.draw(recipes(space))
    content = recipe_json(recipe, HERE).encode()
    assert read_recipe(content, space, HERE) == RecipeFile(recipe, None)


def test_a_recipe_of_other_weights_is_imported_with_a_warning(space: LatentSpace):
    found = read_recipe(recipe_json(EDITED, ELSEWHERE).encode(), space, HERE)
    assert found.recipe == EDITED
    assert found.warning == (
        f"the file was made with the weights {ELSEWHERE}, this model has {HERE}"
    )


def file(values, weights=HERE) -> bytes:
    return json.dumps({"recipe": values, "weights": weights}).encode()


PLAIN = Recipe().to_data()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"3",
        b"[]",
        b'"recipe"',
        b"{}",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xfe\x00",
        b"[" * 60_000,
        b'{"recipe": ' * 900 + b"1" + b"}" * 900,
        Recipe().to_json().encode(),  # without the key of the weights
        json.dumps({"recipe": PLAIN}).encode(),
        json.dumps({"recipe": PLAIN, "weights": HERE, "more": 1}).encode(),
        file(PLAIN, None),
        file(PLAIN, 16),
        file(PLAIN, "![](http://elsewhere.example/picture.png)"),
        file(PLAIN, HERE + "0"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused(space: LatentSpace, content: bytes):
    found = re.escape(repr(content[:60]))
    with pytest.raises(
        RecipeError, match=f"^expected a recipe file as Export makes it; found {found}$"
    ):
        read_recipe(content, space, HERE)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (3, "expected the JSON of a recipe; found '3'"),
        (PLAIN | {"attributes": {"Eyeglasses": 9}}, "expected attributes Eyeglasses within +-3"),
        (PLAIN | {"attributes": {"Eyeglasses": float("nan")}}, "within +-3; found nan"),
        (PLAIN | {"source": {"kind": "url", "value": "x"}}, "expected a source of picture, seed"),
        (PLAIN | {"attributes": {"Halo": 1}}, "with a vector in this run; found 'Halo'"),
        (PLAIN | {"dimensions": {"8": 1}}, "expected z 0 to 7; found z 8"),
        (
            PLAIN | {"source": {"kind": "picture", "value": "x.jpg"}},
            "expected the id of a picture in this run; found 'x.jpg'",
        ),
    ],
)
def test_a_recipe_that_this_model_cannot_show_is_refused(space: LatentSpace, values, message: str):
    with pytest.raises(RecipeError, match=re.escape(message)) as refused:
        read_recipe(file(values), space, HERE)
    assert "weights" not in str(refused.value)


def test_a_recipe_of_another_latent_space_is_refused_and_the_other_weights_are_told(
    space: LatentSpace,
):
    small = replace(
        space, center=space.center[:2], spread=space.spread[:2], components=space.components[:2, :2]
    )
    content = recipe_json(Recipe(dimensions={3: 1}), ELSEWHERE).encode()
    message = (
        f"expected z 0 to 1; found z 3 "
        f"(the file was made with the weights {ELSEWHERE}, this model has {HERE})"
    )
    with pytest.raises(RecipeError, match=f"^{re.escape(message)}$"):
        read_recipe(content, small, HERE)


def test_a_file_may_be_as_large_as_told_and_no_larger(space: LatentSpace):
    content = recipe_json(EDITED, HERE).encode().ljust(LARGEST_RECIPE)
    assert read_recipe(content, space, HERE).recipe == EDITED
    message = "expected a recipe file of at most 65,536 bytes; found 65,537"
    with pytest.raises(RecipeError, match=f"^{message}$"):
        read_recipe(content + b" ", space, HERE)


@given(st.one_of(st.binary(), st.text().map(str.encode), st.from_type(bytes)))
def test_no_bytes_break_the_import(space: LatentSpace, content: bytes):
    with pytest.raises(RecipeError):
        read_recipe(content, space, HERE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(PLAIN)), JSON)
def test_a_damaged_part_of_a_recipe_is_refused_or_harmless(space: LatentSpace, part: str, value):
    try:
        found = read_recipe(file(PLAIN | {part: value}), space, HERE)
    except RecipeError:
        return
    assert np.isfinite(compose(found.recipe, space)).all()


# Names


@pytest.mark.parametrize(
    ("recipe", "ending", "details", "name"),
    [
        (Recipe(Source("picture", "182638.jpg")), "png", [], "face-182638.png"),
        (
            Recipe(Source("picture", "182638.jpg"), attributes={"Smiling": 1}),
            "png",
            [],
            "face-182638-edited.png",
        ),
        (Recipe(Source("seed", 0)), "gif", ["morph"], "face-seed-0-morph.gif"),
        (Recipe(Source("sample", Sample(3, 0.5, ["Male"]))), "png", [], "face-sample-3.png"),
        (
            EDITED,
            "png",
            ["strip", "5_o_Clock_Shadow"],
            "face-seed-7-edited-strip-5-o-clock-shadow.png",
        ),
        (Recipe(), "csv", ["z"], "face-mean-z.csv"),
        (Recipe(MIX), "npy", ["z"], "face-mix-z.npy"),
    ],
)
def test_a_file_name_says_what_is_inside(
    recipe: Recipe, ending: str, details: list[str], name: str
):
    assert file_name(recipe, ending, *details) == name


@given(st.text())
def test_no_picture_id_leads_a_file_name_elsewhere(value: str):
    name = file_name(Recipe(Source("picture", value)), "png")
    assert re.fullmatch(r"face(-[^\W_]+)*\.png", name)
