"""Own photos: every format, mode and orientation comes out upright; what cannot be is refused."""

import io
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, features

from explorer.photo.photo import (
    EXTENSIONS,
    LARGEST_BYTES,
    LARGEST_PIXELS,
    LARGEST_SIDE,
    SMALLEST_SIDE,
    PhotoError,
    read_photo,
)

WIDTH, HEIGHT = 96, 64
LOSSLESS = {"PNG": {}, "BMP": {}, "TIFF": {}, "WEBP": {"lossless": True}}
LOSSY = {"JPEG": {"quality": 95}, "GIF": {}}
# EXIF orientation -> how the camera stored the upright picture
STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a),
    7: lambda a: a.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda a: np.rot90(a, -1),
}


@pytest.fixture(scope="module")
def upright() -> np.ndarray:
    """(HEIGHT, WIDTH, 3) uint8: smooth, and different when turned or mirrored in any way."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([255 * x / WIDTH, 255 * y / HEIGHT, 40 + 0 * x], -1).astype(np.uint8)


def file_of(picture: Image.Image | np.ndarray, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    picture.save(file, kind, **options)
    return file.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def assert_close(found: np.ndarray, expected: np.ndarray, levels: float) -> None:
    assert (found.shape, found.dtype) == (expected.shape, np.uint8)
    assert np.abs(found.astype(int) - expected).mean() <= levels


@pytest.mark.parametrize("kind", LOSSLESS)
def test_a_lossless_photo_comes_as_it_is(upright: np.ndarray, kind: str):
    np.testing.assert_array_equal(read_photo(file_of(upright, kind, **LOSSLESS[kind])), upright)


@pytest.mark.parametrize("kind", LOSSY)
def test_a_lossy_photo_comes_nearly_as_it_is(upright: np.ndarray, kind: str):
    assert_close(read_photo(file_of(upright, kind, **LOSSY[kind])), upright, 8)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_an_avif_can_be_read(upright: np.ndarray):
    assert_close(read_photo(file_of(upright, "AVIF", quality=95)), upright, 4)


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_every_orientation_comes_upright(upright: np.ndarray, kind: str, orientation: int):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = np.ascontiguousarray(STORED[orientation](upright))
    options = LOSSLESS.get(kind) or LOSSY.get(kind) or {}
    assert_close(read_photo(file_of(stored, kind, exif=exif, **options)), upright, 3)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_damaged_orientation_is_ignored(upright: np.ndarray):
    content = file_of(upright, exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff broken")
    np.testing.assert_array_equal(read_photo(content), upright)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 77
    np.testing.assert_array_equal(read_photo(file_of(upright, exif=exif)), upright)


def test_grey_and_palette_photos_become_rgb(upright: np.ndarray):
    grey = Image.fromarray(upright).convert("L")
    expected = np.repeat(np.asarray(grey)[..., None], 3, 2)
    np.testing.assert_array_equal(read_photo(file_of(grey)), expected)
    bits = Image.fromarray(upright).convert("1")
    assert set(np.unique(read_photo(file_of(bits)))) == {0, 255}
    palette = Image.fromarray(upright).quantize(64)
    np.testing.assert_array_equal(read_photo(file_of(palette)), np.asarray(palette.convert("RGB")))


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(upright: np.ndarray, kind: str):
    cmyk = Image.fromarray(upright).convert("CMYK")
    assert_close(read_photo(file_of(cmyk, kind)), upright, 4)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_become_eight(kind: str):
    levels = np.linspace(0, 65535, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH).astype(np.uint16)
    found = read_photo(file_of(Image.fromarray(levels), kind))
    np.testing.assert_array_equal(
        found, np.rint(levels / 257).astype(np.uint8)[..., None].repeat(3, 2)
    )


def test_a_dark_photo_of_sixteen_bits_stays_dark():
    found = read_photo(file_of(Image.fromarray(np.full((HEIGHT, WIDTH), 5140, np.uint16))))
    assert np.unique(found) == [20]


def test_floating_point_values_become_eight_bits():
    share = np.linspace(0, 1, WIDTH * HEIGHT, dtype=np.float32).reshape(HEIGHT, WIDTH)
    expected = np.rint(255 * share.astype(np.float64)).astype(np.uint8)[..., None].repeat(3, 2)
    np.testing.assert_array_equal(read_photo(file_of(Image.fromarray(share), "TIFF")), expected)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_transparency_becomes_white(upright: np.ndarray, kind: str):
    alpha = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    alpha[:, : WIDTH // 2] = 0
    content = file_of(np.concatenate([upright, alpha], 2), kind, **LOSSLESS[kind])
    found = read_photo(content)
    assert (found[:, : WIDTH // 2] == 255).all()
    np.testing.assert_array_equal(found[:, WIDTH // 2 :], upright[:, WIDTH // 2 :])


def test_transparency_of_grey_and_of_a_palette_becomes_white(upright: np.ndarray):
    grey = Image.fromarray(upright).convert("LA")
    grey.putalpha(0)
    assert (read_photo(file_of(grey)) == 255).all()
    palette = Image.new("P", (WIDTH, HEIGHT), 0)
    palette.putpalette([10, 20, 30])
    assert (read_photo(file_of(palette, transparency=0)) == 255).all()


def test_the_first_frame_of_an_animation_is_taken():
    red, blue = (Image.new("RGB", (WIDTH, HEIGHT), colour) for colour in ("red", "blue"))
    for kind in ("GIF", "PNG", "WEBP"):
        content = file_of(red, kind, save_all=True, append_images=[blue, blue])
        assert_close(read_photo(content), np.asarray(red), 1)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_photo_is_reduced(kind: str):
    found = read_photo(file_of(Image.new("RGB", (4000, 2000), (10, 200, 90)), kind))
    assert found.shape == (LARGEST_SIDE // 2, LARGEST_SIDE, 3)
    assert_close(found, np.broadcast_to(np.uint8([10, 200, 90]), found.shape), 2)


# What is refused


def refused(content: bytes) -> str:
    with pytest.raises(PhotoError) as caught:
        read_photo(content)
    error = caught.value
    assert str(error) == f"expected: {error.expected}\nfound: {error.found}\nnext: {error.next}"
    return str(error)


def test_a_file_that_is_too_long_is_refused():
    message = refused(bytes(LARGEST_BYTES + 1024**2))
    assert message.startswith("expected: a file of at most 5 MB\nfound: 6.0 MB\nnext: save it sm")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("width", "height", "found"),
    [
        (8000, 5001, "8000 x 5001, 40 million"),
        (10000, 10000, "10000 x 10000, 100 million"),
        (50000, 50000, "even more"),
        (2**31 - 1, 2**31 - 1, "even more"),
    ],
)
def test_a_bomb_is_refused_by_its_header(width: int, height: int, found: str):
    message = refused(png_header(width, height))
    assert message.startswith(f"expected: at most 40 million pixels\nfound: {found}\nnext: make ")


def test_a_photo_just_small_enough_is_not_a_bomb():
    """It passes the limit and fails later, on its missing pixels."""
    assert LARGEST_PIXELS == 8000 * 5000
    assert "a damaged one" in refused(png_header(8000, 5000))


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_bomb_of_any_format_is_refused(kind: str):
    quick = {"WEBP": {"lossless": True, "method": 0, "quality": 0}}
    bits = Image.new("RGB" if kind == "WEBP" else "1", (8200, 5000))
    content = file_of(bits, kind, **quick.get(kind, {}))
    assert len(content) < LARGEST_BYTES
    assert "at most 40 million pixels" in refused(content)


def test_a_tiny_picture_is_refused():
    message = refused(file_of(Image.new("RGB", (SMALLEST_SIDE - 1, 300))))
    assert message.startswith("expected: at least 48 pixels on each side\nfound: 47 x 300\nnext: ")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"%PDF-1.7 not a picture", "a file of no such format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a file of no such format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n", "a file of no such format"),
    ],
)
def test_what_is_no_photo_is_refused(content: bytes, found: str):
    message = refused(content)
    expected = f"expected: a photo as JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF\nfound: {found}\n"
    assert message.startswith(f"{expected}next: choose another file")


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_heic_is_refused_with_the_way_around(brand: bytes):
    message = refused(struct.pack(">I", 24) + b"ftyp" + brand + bytes(12))
    assert "found: HEIC, the format of iPhones" in message
    assert "next: export it as JPEG" in message


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP"])
def test_a_photo_cut_short_is_refused_whatever_is_left(kind: str):
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    content = file_of(noise, kind)
    message = refused(content[: len(content) // 2])
    assert re.match("expected: a (whole )?photo", message)
    for length in range(0, len(content) // 2, len(content) // 60):
        refused(content[:length])


@pytest.mark.filterwarnings("ignore::UserWarning")  # of Pillow, about what it finds
def test_bytes_changed_at_random_give_a_photo_or_a_refusal(upright: np.ndarray):
    rng = np.random.default_rng(0)
    for kind in ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP"):
        content = np.frombuffer(file_of(upright, kind), np.uint8)
        for _ in range(60):
            changed = content.copy()
            changed[rng.integers(0, len(content), 8)] = rng.integers(0, 256, 8)
            try:
                found = read_photo(changed.tobytes())
            except PhotoError:
                continue
            assert found.dtype == np.uint8
            assert found.shape[2] == 3


MEASURE = """
import resource, sys
from pathlib import Path
from explorer.photo.photo import read_photo
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
content = Path(sys.argv[1]).read_bytes()
shape = read_photo(content).shape
print(*shape[:2], (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("mode", ["RGBA", "I;16", "P"])
def test_a_small_file_does_not_unfold_into_a_gigabyte(tmp_path: Path, mode: str):
    """Forty million pixels: decoded they take 160 MB, and little more is taken than that."""
    path = tmp_path / "photo.png"
    Image.new(mode, (8000, 5000)).save(path)
    assert path.stat().st_size < 300_000
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
    )
    height, width, megabytes = map(int, done.stdout.split())
    assert (height, width) == (1000, 1600)
    assert megabytes < 260


def test_a_large_photo_made_smaller_strip_by_strip_is_as_if_at_once():
    """Strips meet without a seam, and the last one may be narrow."""
    y, x = np.mgrid[:5003, :3301]
    large = np.stack([255 * x / 3301, 255 * y / 5003, (x + y) % 256], -1).astype(np.uint8)
    at_once = Image.fromarray(large)
    at_once.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
    assert_close(read_photo(file_of(large)), np.asarray(at_once), 2)


def test_an_ending_says_nothing():
    assert {"jpe", "jfif"} <= set(EXTENSIONS)
