"""Alignment of own photos: its geometry by hand, and faces put somewhere are found again."""

import io
import math
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.celeba import read_celeba
from data.errors import DataError
from data.picture import CROP, FRAME, face_crop, in_frame, resized
from data.shipped import SHIPPED
from explorer.photo.align import (
    SIDE,
    Crop,
    aligned_face,
    detect,
    find_place,
    look_again,
    refine_place,
    warp,
)
from explorer.photo.aligner import Aligner, aligner
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import open_run
from training.alignment.alignment import POINTS, load_aligner
from training.alignment.frame import ALIGNER, CENTER
from training.alignment.similarity import Similarity
from training.run.tensors import save_tensors

STILL = Similarity(1 + 0j, CENTER)  # an aligned picture as the photo
CANVAS = 900, 700  # width, height in pixels


def place_of(scale: float, degrees: float, center: complex) -> Similarity:
    turn = scale * complex(math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))
    return Similarity(turn, center)


def photo_of(frame: np.ndarray, place: Similarity) -> np.ndarray:
    """A photo in which an aligned picture lies at a place, its edges drawn out."""
    back = place.inverse()
    to_frame = Similarity(back.turn, back.shift + CENTER)
    return warp(frame, to_frame, *CANVAS, Image.Resampling.BICUBIC)


def resized_to(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))


def error_px(found: Similarity, true: Similarity) -> float:
    """Mean distance of eyes and mouth in pixels of the frame."""
    return float(np.abs(found(POINTS) - true(POINTS)).mean() / true.scale)


@pytest.fixture(scope="module")
def network() -> Aligner:
    if not ALIGNER.is_file():
        pytest.skip(f"needs the alignment network that ships: no file {ALIGNER}")
    return aligner()


@pytest.fixture(scope="module")
def frames(drawn: Path) -> list[np.ndarray]:
    """Eight drawn faces, (218, 178, 3) uint8."""
    names = sorted((drawn / "img_align_celeba").iterdir())[:8]
    return [np.asarray(Image.open(name).convert("RGB")) for name in names]


# The geometry


def test_an_aligned_picture_is_prepared_as_celeba_is(drawn: Path):
    for name in sorted((drawn / "img_align_celeba").iterdir())[:4]:
        content = name.read_bytes()
        photo = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
        (prepared,) = resized([face_crop(content, 64)], 64)
        found = aligned_face(photo, STILL, 64).astype(int)
        assert np.abs(found - prepared).max() <= 1  # Pillow resizes one, torch's kernel many


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("scale", [1, 2, 5])
def test_a_turned_and_enlarged_picture_is_prepared_as_it_was(frames, quarters: int, scale: int):
    """Whole turns and scales lose nothing, so only the resampling differs."""
    frame = frames[0]
    photo = np.rot90(frame, -quarters).repeat(scale, 0).repeat(scale, 1)
    height, width = FRAME[1] * scale, FRAME[0] * scale
    corner = [0, height, width + 1j * height, 1j * width][quarters]  # where the top left goes
    turn = scale * 1j**quarters
    place = Similarity(turn, corner + turn * CENTER)
    expected = aligned_face(frame, STILL, 64).astype(int)
    difference = np.abs(aligned_face(np.ascontiguousarray(photo), place, 64) - expected)
    assert difference.mean() < 1.5


def test_a_large_photo_is_averaged_not_sampled():
    """Stripes of one pixel become even grey, whatever the angle."""
    stripes = np.zeros((1400, 1200, 3), np.uint8)
    stripes[::2] = 255
    for degrees in (0, 10):
        face = aligned_face(stripes, place_of(5.5, degrees, 600 + 700j), 64)
        assert np.abs(face.astype(int) - 127).max() <= 12


def test_beyond_its_edge_a_photo_goes_on():
    photo = np.full((100, 80, 3), 37, np.uint8)
    assert (aligned_face(photo, place_of(2, 30, 5 + 5j), 64) == 37).all()


def test_warp_shows_the_photo_where_the_place_says():
    y, x = np.mgrid[:90, :120]
    photo = np.stack([2 * x + 1, 2 * y + 1, 0 * x], -1).astype(np.uint8)  # colours are coordinates
    place = place_of(1.5, 20, 40 + 12j)
    shown = warp(photo, place, 30, 20) / 2
    at = place(np.arange(30)[None] + 0.5 + 1j * (np.arange(20)[:, None] + 0.5))
    np.testing.assert_allclose(shown[..., 0] + 1j * shown[..., 1], at, atol=0.36)


def test_a_look_at_much_of_a_large_photo_takes_little_memory():
    """The largest crop of twelve million pixels: less than a few copies of the photo."""
    photo = np.zeros((3000, 4000, 3), np.uint8)
    crop = Crop(2000.0, 1500.0, 9000.0, 45.0).on(photo)
    tracemalloc.start()
    try:
        look_again(photo, crop.place)
        aligned_face(photo, crop.place, 64)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 3 * photo.nbytes


def test_a_crop_is_a_place_and_back():
    crop = Crop(300.0, 200.0, 148.0, -35.0)
    np.testing.assert_allclose(Crop.of(crop.place), crop)
    place = place_of(2.5, 170, 31 - 4j)
    np.testing.assert_allclose(tuple(Crop.of(place).place), tuple(place))


def test_the_crop_of_an_aligned_picture_is_that_of_celeba():
    left, top, right, bottom = CROP
    crop = Crop.of(STILL)
    np.testing.assert_allclose(crop, [(left + right) / 2, (top + bottom) / 2, right - left, 0])
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    np.testing.assert_allclose(crop.corners, corners)


def test_without_a_face_the_crop_starts_in_the_middle():
    crop = Crop.middle(np.zeros((300, 500, 3), np.uint8))
    assert crop == (250, 150, 240, 0)


# Finding faces


def test_a_photo_without_a_face_gives_none(network: Aligner):
    y, x = np.mgrid[:480, :640]
    ramp = np.stack([x / 3, y / 3, (x + y) / 6], -1).astype(np.uint8)
    assert detect(ramp) == []
    assert find_place(ramp, network) is None


def test_the_second_look_sees_a_face_only_where_one_is():
    if not SHIPPED.is_dir():
        pytest.skip(f"needs the model that ships: no folder {SHIPPED}")
    loaded = open_run(SHIPPED)
    rng = np.random.default_rng(0)
    turned = place_of(2.5, 140, 450 + 350j)
    seen = {"face": [], "elsewhere": [], "smooth": []}
    for face in loaded.renderer.decode(loaded.run.faces.mean[:20]):
        frame = np.zeros((FRAME[1], FRAME[0], 3), np.uint8)
        left, top, right, bottom = CROP
        frame[top:bottom, left:right] = resized_to(face, (right - left, bottom - top))
        photo = photo_of(frame, turned)
        seen["face"].append(look_again(photo, turned) > 0)
        seen["elsewhere"].append(look_again(photo, place_of(2.5, 50, 450 + 350j)) > 0)
        smooth = resized_to(rng.integers(0, 256, (4, 4, 3), np.uint8), FRAME)
        seen["smooth"].append(look_again(smooth, STILL) > 0)
    assert np.mean(seen["face"]) >= 0.9
    assert np.mean(seen["elsewhere"]) <= 0.1
    assert np.mean(seen["smooth"]) == 0


@pytest.mark.parametrize("shape", [(1600, 48), (48, 1600), (48, 48)])
def test_long_and_tiny_photos_can_be_searched(shape: tuple[int, int]):
    assert detect(np.zeros((*shape, 3), np.uint8)) == []


def test_a_drawn_face_moved_a_little_is_put_back(network: Aligner, frames):
    """The network alone, which never saw a drawing, and the detector does not know any."""
    errors = []
    for k, frame in enumerate(frames):
        true = place_of(1.5 + 0.1 * k, 8 * k - 28, 430 + 330j)
        start = true.after(Similarity(1.1 + 0.08j, 6 - 5j))
        found = refine_place(photo_of(frame, true), start, network)
        errors.append(error_px(found, true))
    assert np.median(errors) < 4
    assert error_px(start, true) > 6


def test_the_window_at_the_border_of_a_photo_is_whole(network: Aligner, frames):
    place = refine_place(frames[0], Similarity(1 + 0j, 0j), network)
    assert np.isfinite([place.scale, place.angle, *tuple(Crop.of(place))]).all()
    assert network.look(np.zeros((SIDE, SIDE, 3), np.uint8)).scale > 0


@pytest.mark.celeba
def test_real_faces_come_back_however_they_lie(network: Aligner, celeba_root: Path):
    """Thirty from all over the validation partition."""
    celeba = read_celeba(celeba_root)
    names = celeba.table["id"][celeba.table["partition"] == "validation"]
    names = names.iloc[:: max(1, len(names) // 30)].iloc[:30]
    read, rng = celeba.pictures.reader(), np.random.default_rng(0)
    errors, scales, angles = [], [], []
    for name in names:
        frame = np.asarray(in_frame(Image.open(io.BytesIO(read(name)))))
        degrees = rng.uniform(0, 360)
        center = complex(rng.uniform(300, 600), rng.uniform(300, 400))
        true = place_of(float(np.exp(rng.uniform(0, 0.9))), degrees, center)
        found = find_place(photo_of(frame, true), network)
        if found is None:
            continue
        left = found.after(true.inverse())
        errors.append(error_px(found, true))
        scales.append(abs(math.log(left.scale)))
        angles.append(abs(math.degrees(left.angle)))
    assert len(errors) >= 0.95 * len(names)
    assert np.mean(np.array(errors) < 10) >= 0.95
    assert np.median(errors) < 1.5
    assert np.median(scales) < 0.03
    assert np.median(angles) < 1.2


@pytest.mark.parametrize("side", [64, 100])
def test_a_small_face_in_a_large_photo_is_framed(network: Aligner, side: int):
    """A face of fifty pixels and more, in 1600 x 1200, of which a coarser search sees nothing."""
    if not SHIPPED.is_dir():
        pytest.skip(f"needs the model that ships: no folder {SHIPPED}")
    loaded = open_run(SHIPPED)
    rng = np.random.default_rng(1)
    ground = Image.fromarray(rng.integers(0, 256, (12, 16, 3), np.uint8))
    ground = ground.resize((1600, 1200), Image.Resampling.BICUBIC)
    for seed, (x, y) in ((1, (200, 150)), (2, (1100, 800)), (6, (700, 400))):
        code = compose(Recipe(Source("seed", seed)), loaded.run.space)
        face = Image.fromarray(loaded.renderer.decode(code[None])[0])
        photo = ground.copy()
        photo.paste(face.resize((side, side), Image.Resampling.LANCZOS), (x, y))
        place = find_place(np.asarray(photo), network)
        assert place is not None
        crop = Crop.of(place)
        assert np.hypot(crop.x - x - side / 2, crop.y - y - side / 2) < 0.05 * side
        assert 0.9 < crop.side / side < 1.1


def test_the_aligner_says_what_its_network_of_torch_says(network: Aligner):
    window = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    found, expected = network.look(window), load_aligner(ALIGNER).look(window)
    assert abs(expected.shift) > 0.1
    assert abs(found.turn - expected.turn) < 1e-5
    assert abs(found.shift - expected.shift) < 1e-4


def test_other_weights_are_refused_with_the_command(tmp_path: Path):
    path = tmp_path / "alignment.safetensors"
    save_tensors(path, {"head.weight": np.zeros(3, np.float32)}, {})
    with pytest.raises(DataError, match="next: make it: python -m training align --data CELEBA"):
        Aligner(path)
