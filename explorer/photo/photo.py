"""The bytes of an own photo -> an upright RGB array, with all limits and messages.

The size is read from the header before anything is decoded, so that a small file cannot unfold
into gigabytes. Nothing is written to disk.
"""

import contextlib
import io
import struct
import warnings
import zlib

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from data.errors import ErrorForPeople

LARGEST_MB = 10
LARGEST_BYTES = LARGEST_MB * 1024 * 1024
LARGEST_PIXELS = 40_000_000
SMALLEST_SIDE = 48  # pixels; a smaller picture holds no face that could be found
LARGEST_SIDE = 1600  # pixels; larger photos are reduced, a face needs no more
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
NAMES = "JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF"
EXTENSIONS = ("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "heif")
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
# What the decoders of damaged files raise.
DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
)
# `_check_pixels` is stricter than Pillow's warning, which would only fill the log.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class PhotoError(ErrorForPeople):
    """A file that cannot be used as a photo: says what was expected, found, and to do next."""


def read_photo(content: bytes) -> np.ndarray:
    """(H, W, 3) uint8 RGB, upright, its longer side at most LARGEST_SIDE.

    content: a file of FORMATS; the first frame of an animation is taken, transparency becomes
    white, 16-bit and CMYK become 8-bit RGB. Raises PhotoError for anything else.
    """
    _check_bytes(content)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            _check_pixels(*picture.size)
            _check_side(*picture.size)
            picture.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))  # a JPEG is decoded smaller
            picture.load()
            return np.asarray(_reduced(_to_rgb(_upright(picture))))
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels("even more") from error
    except UnidentifiedImageError as error:
        raise PhotoError(
            f"a photo as {NAMES}",
            "a file of no such format" if content else "an empty file",
            "choose another file, or save the picture as JPEG.",
        ) from error
    except DAMAGED as error:
        raise PhotoError(
            "a whole photo",
            f"a damaged one ({type(error).__name__}: {str(error)[:120]})",
            "download or export it again, or choose another file.",
        ) from error


def _check_bytes(content: bytes) -> None:
    if len(content) > LARGEST_BYTES:
        raise PhotoError(
            f"a file of at most {LARGEST_MB} MB",
            f"{len(content) / 1024**2:.1f} MB",
            "save it smaller, or as JPEG.",
        )
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        raise PhotoError(
            f"a photo as {NAMES}",
            "HEIC, the format of iPhones, which cannot be read here",
            "export it as JPEG; on the phone: Settings, Camera, Formats, Most Compatible.",
        )


def _check_pixels(width: int, height: int) -> None:
    if width * height > LARGEST_PIXELS:
        raise _too_many_pixels(f"{width} x {height}, {width * height / 1e6:.0f} million")


def _too_many_pixels(found: str) -> PhotoError:
    return PhotoError(
        f"at most {LARGEST_PIXELS / 1e6:.0f} million pixels",
        found,
        "make the picture smaller, or cut the face out of it.",
    )


def _check_side(width: int, height: int) -> None:
    if min(width, height) < SMALLEST_SIDE:
        raise PhotoError(
            f"at least {SMALLEST_SIDE} pixels on each side",
            f"{width} x {height}",
            "choose a larger version of the photo.",
        )


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith(("I", "F")):  # 16 or 32 bits, which `convert` would only clip
        values = np.nan_to_num(np.asarray(picture, np.float64))
        top = next((top for top in (1, 255, 65535) if values.max() <= top), values.max())
        if picture.mode.startswith("I"):
            top = max(top, 255 if values.max() <= 255 else 65535)
        picture = Image.fromarray(np.clip(values * 255 / top, 0, 255).round().astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture.convert("RGB")


def _upright(picture: Image.Image) -> Image.Image:
    """A loaded picture turned as its EXIF data say; damaged ones say nothing."""
    with contextlib.suppress(*DAMAGED):  # in place: it is turned before the data are written anew
        ImageOps.exif_transpose(picture, in_place=True)
    return picture


def _reduced(picture: Image.Image) -> Image.Image:
    picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
    return picture
