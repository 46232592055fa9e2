"""One aligned CelebA picture -> one small square face.

The usual preparation: the centre 148x148 of the 178x218 frame (x 15..163, y 35..183), resized by
an antialiased bicubic filter. A clean resize of an aligned picture (89x109, 356x436) is cropped at
the same place.
"""

import io
import zlib
from zipfile import BadZipFile

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import interpolate

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
    Image.DecompressionBombError,
)


def face_pixels(jpeg: bytes, size: int) -> np.ndarray:
    """Decode, crop and resize: (size, size, 3) uint8 RGB in 0..255.

    jpeg: a picture file of the aligned frame, at any resolution.
    Raises one of BAD_PICTURE when it cannot be decoded or has another aspect ratio.
    """
    with Image.open(io.BytesIO(jpeg)) as picture:
        return crop_face(picture, size)


def crop_face(picture: Image.Image, size: int) -> np.ndarray:
    """The same of a picture that is already open. Raises as `face_pixels`."""
    scale_x, scale_y = picture.width / FRAME[0], picture.height / FRAME[1]
    if abs(scale_x / scale_y - 1) > ASPECT_TOLERANCE:
        raise ValueError(
            f"{picture.width}x{picture.height} is not the aligned frame 178x218 at any scale"
        )
    left, top, right, bottom = CROP
    box = (left * scale_x, top * scale_y, right * scale_x, bottom * scale_y)
    rgb = picture if picture.mode == "RGB" else picture.convert("RGB")  # which would copy
    if not all(edge.is_integer() for edge in box):
        return np.asarray(rgb.resize((size, size), FILTER, box=box))
    # torch's kernel gives the same to within one level, and takes a fraction of Pillow's time.
    # It keeps channels last where the strides of all four dimensions say so.
    pixels = torch.from_numpy(np.array(rgb.crop(box)))[None].permute(0, 3, 1, 2)
    face = interpolate(pixels, (size, size), mode=FILTER.name.lower(), antialias=True)
    return face[0].permute(1, 2, 0).numpy()
