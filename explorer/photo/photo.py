"""The bytes of an own photo -> an upright RGB array, with all limits and messages.

What a file is, its content says, not its name. The size is read from the header before anything is
decoded, a JPEG is decoded smaller, any other is made smaller strip by strip, and one photo is
decoded at a time: so a small file cannot unfold into gigabytes, nor can many at once. Nothing is
written to disk.
"""

import contextlib
import io
import struct
import sys
import threading
import warnings
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from data.errors import ErrorForPeople
from explorer.language.text import N_, _

LARGEST_MB = 5  # of a file; browsers make larger photos smaller before they send them
LARGEST_BYTES = LARGEST_MB * 1024 * 1024
LARGEST_PIXELS = 40_000_000
SMALLEST_SIDE = 48  # pixels; a smaller picture holds no face that could be found
LARGEST_SIDE = 1600  # pixels; larger photos are reduced, a face needs no more
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
NAMES = N_("JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF")
STRIP = 64  # rows of the smaller photo that are made at a time
EXTENSIONS = (
    "jpg",
    "jpeg",
    "jpe",
    "jfif",
    "jif",
    "pjpeg",
    "png",
    "webp",
    "gif",
    "bmp",
    "tif",
    "tiff",
    "avif",
    "heic",
    "heif",
)
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
# EXIF orientation -> what turns the picture as stored upright.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
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

_one_at_a_time = threading.Lock()  # of all uploads: memory for one large photo is enough


class PhotoError(ErrorForPeople):
    """A file that cannot be used as a photo: says what was expected, found, and to do next."""


def read_photo(content: bytes, upload: bool = True) -> np.ndarray:
    """(H, W, 3) uint8 RGB, upright, its longer side at most LARGEST_SIDE.

    content: a file of FORMATS; the first frame of an animation is taken, transparency becomes
    white, 16-bit and CMYK become 8-bit RGB. upload: of somebody else, so that it must be a photo
    of usual size. Raises PhotoError for anything else.
    """
    _check_bytes(content, LARGEST_BYTES if upload else sys.maxsize)
    try:
        with _one_at_a_time, Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            _check_pixels(*picture.size)
            if upload:
                _check_side(*picture.size)
            picture.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))  # a JPEG is decoded smaller
            return np.asarray(photo_of(picture))
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(_("even more")) from error
    except UnidentifiedImageError as error:
        raise PhotoError(
            _("a photo as {names}").format(names=_(NAMES)),
            _("a file of no such format") if content else _("an empty file"),
            _("choose another file, or save the picture as JPEG."),
        ) from error
    except DAMAGED as error:
        raise PhotoError(
            _("a whole photo"),
            _("a damaged one ({kind}: {error})").format(
                kind=type(error).__name__, error=str(error)[:120]
            ),
            _("download or export it again, or choose another file."),
        ) from error


def photo_of(picture: Image.Image) -> Image.Image:
    """An open picture of any mode: RGB, upright, its longer side at most LARGEST_SIDE."""
    picture.load()
    turn = _turn(picture)
    factor = max(1, max(picture.size) // LARGEST_SIDE)
    small = Image.new("RGB", (-(-picture.width // factor), -(-picture.height // factor)))
    top = _top(picture, factor)
    for row, strip in _strips(picture, factor):
        small.paste(_to_rgb(strip, top).reduce(factor), (0, row // factor))
    small.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
    return small if turn is None else small.transpose(turn)


def _strips(picture: Image.Image, factor: int) -> Iterator[tuple[int, Image.Image]]:
    """The picture from top to bottom, whole rows of the smaller one: first row and part."""
    step = STRIP * factor
    for row in range(0, picture.height, step):
        yield row, picture.crop((0, row, picture.width, min(row + step, picture.height)))


def _check_bytes(content: bytes, most: int) -> None:
    if len(content) > most:
        raise PhotoError(
            _("a file of at most {size} MB").format(size=LARGEST_MB),
            f"{len(content) / 1024**2:.1f} MB",
            _("save it smaller, or as JPEG."),
        )
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        raise PhotoError(
            _("a photo as {names}").format(names=_(NAMES)),
            _("HEIC, the format of iPhones, which cannot be read here"),
            _("export it as JPEG; on the phone: Settings, Camera, Formats, Most Compatible."),
        )


def _check_pixels(width: int, height: int) -> None:
    if width * height > LARGEST_PIXELS:
        raise _too_many_pixels(
            _("{width} x {height}, {millions:.0f} million").format(
                width=width, height=height, millions=width * height / 1e6
            )
        )


def _too_many_pixels(found: str) -> PhotoError:
    return PhotoError(
        _("at most {millions:.0f} million pixels").format(millions=LARGEST_PIXELS / 1e6),
        found,
        _("make the picture smaller, or cut the face out of it."),
    )


def _check_side(width: int, height: int) -> None:
    if min(width, height) < SMALLEST_SIDE:
        raise PhotoError(
            _("at least {side} pixels on each side").format(side=SMALLEST_SIDE),
            f"{width} x {height}",
            _("choose a larger version of the photo."),
        )


def _top(picture: Image.Image, factor: int) -> float:
    """The value that is white, of a picture with 16 or 32 bits; 0 of any other."""
    if not picture.mode.startswith(("I", "F")):
        return 0
    high = max(np.nan_to_num(np.asarray(part)).max() for _unused, part in _strips(picture, factor))
    top = next((top for top in (1, 255, 65535) if high <= top), high)
    return max(top, 255 if high <= 255 else 65535) if picture.mode.startswith("I") else top


def _to_rgb(picture: Image.Image, top: float) -> Image.Image:
    """top: as `_top` gives it, of the whole of which this may be a part."""
    if top:  # 16 or 32 bits, which `convert` would only clip
        values = np.nan_to_num(np.asarray(picture, np.float64))
        picture = Image.fromarray(np.clip(values * 255 / top, 0, 255).round().astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture.convert("RGB")


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """How a picture comes upright by its EXIF data; damaged ones say nothing."""
    with contextlib.suppress(*DAMAGED):
        return UPRIGHT.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    return None
