"""One aligned CelebA picture -> one small square face; any other picture -> a square of it.

The usual preparation of CelebA: the centre 148x148 of the 178x218 frame (x 15..163, y 35..183),
resized by an antialiased bicubic filter. A clean resize of an aligned picture (89x109, 356x436) is
cropped at the same place.
"""

import io
import zlib
from collections.abc import Sequence
from zipfile import BadZipFile

import numpy as np
from PIL import Image, ImageOps

from data.source import CENTRE, WHOLE, Cut

FRAME = (178, 218)  # width, height of the aligned pictures
CROP = (15, 35, 163, 183)  # left, top, right, bottom in that frame
FILTER = Image.Resampling.BICUBIC  # a = -0.5, stretched by the factor of the reduction
ASPECT_TOLERANCE = 0.01  # relative; rounding to whole pixels gives 0.003 at 89x109

# What reading and decoding a damaged file raises.
BAD_PICTURE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    BadZipFile,
    zlib.error,
    RuntimeError,  # of zipfile, for what is packed in a way that it does not know
    Image.DecompressionBombError,
)


def face_crop(jpeg: bytes, size: int) -> np.ndarray:
    """Decode and crop a picture file of the aligned frame, at any resolution: (C, C, 3) uint8 RGB.

    C: the crop's side in its pixels, or size where it begins or ends between two of them, since
    resizing alone can begin there.
    Raises one of BAD_PICTURE when it cannot be decoded or has another aspect ratio.
    """
    with Image.open(io.BytesIO(jpeg)) as picture:
        return _cropped(picture, size)


def square(content: bytes, cut: Cut, grey: bool = False) -> np.ndarray:
    """Decode any picture file and take a part of it: (H, W, 3) uint8 RGB, or (H, W, 1) of grey.

    cut: see data/source.py; the parts of CENTRE and WHOLE are square. What is see-through is black.
    Raises one of BAD_PICTURE when it cannot be decoded, or a box reaches out of it.
    """
    with Image.open(io.BytesIO(content)) as opened:
        picture = ImageOps.exif_transpose(opened)
        if "A" in picture.mode or "transparency" in picture.info:
            picture = Image.alpha_composite(
                Image.new("RGBA", picture.size, "black"), picture.convert("RGBA")
            )
        picture = picture.convert("L" if grey else "RGB")
    width, height = picture.size
    if cut == CENTRE:
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        picture = picture.crop((left, top, left + side, top + side))
    elif cut == WHOLE:
        side = max(width, height)
        black = Image.new(picture.mode, (side, side))
        black.paste(picture, ((side - width) // 2, (side - height) // 2))
        picture = black
    else:
        left, top, right, bottom = map(int, cut)
        if not (0 <= left < right <= width and 0 <= top < bottom <= height):
            raise ValueError(
                f"{width}x{height} does not hold the box {left} {top} {right} {bottom}"
            )
        picture = picture.crop((left, top, right, bottom))
    pixels = np.asarray(picture)
    return pixels[..., None] if grey else pixels


def crop_face(picture: Image.Image, size: int) -> np.ndarray:
    """Crop and resize a picture that is already open: (size, size, 3) uint8 RGB in 0..255.

    Raises ValueError when it has another aspect ratio.
    """
    crop = _cropped(picture, size)
    if crop.shape[0] == size:
        return np.array(crop)
    return np.asarray(Image.fromarray(crop).resize((size, size), FILTER))


def in_frame(picture: Image.Image, size: tuple[int, int] = FRAME) -> Image.Image:
    """An open picture of the aligned frame, at any resolution, as RGB of `size`: width, height.

    size: the frame's, or that at another scale.
    Raises ValueError when it has another aspect ratio, or what decoding it raises.
    """
    _scale(picture)
    picture.draft("RGB", size)  # decodes a JPEG smaller at once
    return picture.convert("RGB").resize(size, FILTER)


def resized(crops: Sequence[np.ndarray], size: int) -> np.ndarray:
    """Crops as `face_crop` or `square` gives them -> (N, size, size, C) uint8.

    torch's kernel gives the same as Pillow's to within one level, in a fraction of the time, and
    most quickly for many of one size at once.
    """
    import torch
    from torch.nn.functional import interpolate

    channels = crops[0].shape[2] if crops else 3
    faces = np.empty((len(crops), size, size, channels), np.uint8)
    for shape in {crop.shape for crop in crops}:
        rows = [row for row, crop in enumerate(crops) if crop.shape == shape]
        # Strides say that the channels lie side by side, for which there is a quick kernel.
        pixels = torch.from_numpy(np.stack([crops[row] for row in rows])).permute(0, 3, 1, 2)
        same = interpolate(pixels, (size, size), mode=FILTER.name.lower(), antialias=True)
        faces[rows] = same.permute(0, 2, 3, 1).numpy()
    return faces


def _cropped(picture: Image.Image, size: int) -> np.ndarray:
    scale_x, scale_y = _scale(picture)
    left, top, right, bottom = CROP
    box = (left * scale_x, top * scale_y, right * scale_x, bottom * scale_y)
    rgb = picture if picture.mode == "RGB" else picture.convert("RGB")  # which would copy
    if not all(edge.is_integer() for edge in box):
        return np.asarray(rgb.resize((size, size), FILTER, box=box))
    return np.asarray(rgb.crop(box))


def _scale(picture: Image.Image) -> tuple[float, float]:
    """Pixels of the picture per pixel of the frame, across and down."""
    across, down = picture.width / FRAME[0], picture.height / FRAME[1]
    if abs(across / down - 1) > ASPECT_TOLERANCE:
        raise ValueError(
            f"{picture.width}x{picture.height} is not the aligned frame 178x218 at any scale"
        )
    return across, down
