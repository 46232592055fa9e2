"""An own photo -> the aligned frame of CelebA: find the face, put eyes and mouth in their places.

dlib's detector (histograms of oriented gradients, Dalal & Triggs 2005; King 2015, arXiv:1502.00046)
finds the face coarsely, also in turned photos; the network of training/alignment/alignment.py then
corrects the place in a few steps. A `place` is a Similarity from the frame, in its pixels from
CENTER, to the photo.
"""

import math
import threading
from functools import cache
from typing import Any, NamedTuple, Protocol

import dlib
import numpy as np
from PIL import Image

from data.picture import CROP, FRAME, crop_face
from training.alignment.frame import CENTER, ITERATIONS, SIDE, WINDOW
from training.alignment.similarity import Similarity

BOX_CENTER, BOX_SIDE = 87 + 132j, 100.0  # the detector's box on aligned pictures: medians
SEARCH_DIAGONAL = 1280  # pixels, to which a photo is resized: faces of a sixteenth of it are seen
LARGEST_SEARCH, FINEST_SEARCH = 8e6, 0.5  # pixels; of the photo, to one of the last, closest search
QUARTER_TURNS = (90, 180, 270)  # degrees by which the photo is turned
OBLIQUE_TURNS = (30, 60, 120, 150, 210, 240, 300, 330)  # tried when no quarter turn is clear
LEAST_CONFIDENCE = -0.2  # of a candidate; 0 is what the detector itself calls a face
SECOND_LOOKS = 4  # likeliest places that are looked at again
SECOND_SIDE, SECOND_FINER, SECOND_NEAR = 400, 1.25, 25  # canvas pixels, per frame's; frame pixels
NOTHING, CLEAR = -1.0, 0.27  # confidence at the second look; 95 of 100 aligned faces are clear
CROP_SIDE = CROP[2] - CROP[0]  # pixels of the frame
CROP_CENTER = complex(CROP[0] + CROP[2], CROP[1] + CROP[3]) / 2
SMALLEST_CROP = 32  # pixels of a photo; in fewer no face is seen
LARGEST_CROP = 2  # times the shorter side of a photo
MARGIN = 3  # pixels around what is warped, for the widest kernel
FINEST = 4  # canvas pixels per frame pixel

_turn = threading.Lock()  # the detector keeps its scratch memory inside


class Aligner(Protocol):
    """The network that says how far a face is from CelebA's frame."""

    def look(self, window: np.ndarray) -> Similarity:
        """From the aligned face to the face in a window (SIDE, SIDE, 3) uint8 RGB."""


class Crop(NamedTuple):
    """The square of a photo that becomes the face, as a person sets it.

    x, y: its centre, and side, in the photo's pixels; angle: degrees clockwise.
    """

    x: float
    y: float
    side: float
    angle: float

    @classmethod
    def of(cls, place: Similarity) -> "Crop":
        """The crop of a place."""
        center = place(CROP_CENTER - CENTER)
        return cls(center.real, center.imag, CROP_SIDE * place.scale, math.degrees(place.angle))

    @classmethod
    def middle(cls, photo: np.ndarray) -> "Crop":
        """Most of the middle of a photo (H, W, 3): where to start by hand."""
        height, width = photo.shape[:2]
        return cls(width / 2, height / 2, 0.8 * min(width, height), 0.0)

    def on(self, photo: np.ndarray) -> "Crop":
        """The nearest crop that a photo (H, W, 3) has: centred on it, its side no nonsense."""
        height, width = photo.shape[:2]
        x, y = np.clip((self.x, self.y), 0, (width, height))
        side = np.clip(self.side, 1, LARGEST_CROP * min(width, height))
        return Crop(float(x), float(y), float(side), self.angle)

    @property
    def place(self) -> Similarity:
        """Inverse of `of`."""
        turn = self.side / CROP_SIDE * np.exp(1j * math.radians(self.angle))
        return Similarity(complex(turn), complex(self.x, self.y) - turn * (CROP_CENTER - CENTER))

    @property
    def corners(self) -> list[tuple[float, float]]:
        """Top left, top right, bottom right and bottom left, in the photo's pixels."""
        place = self.place
        left, top, right, bottom = CROP
        corners = (complex(left, top), complex(right, top), complex(right, bottom))
        points = [place(c - CENTER) for c in (*corners, complex(left, bottom))]
        return [(p.real, p.imag) for p in points]


def find_place(photo: np.ndarray, network: Aligner) -> Similarity | None:
    """The place of the clearest face in a photo (H, W, 3) uint8 RGB; None when none is found.

    A fold of cloth may look much like a face. So each of the likeliest places is corrected by the
    network, and the detector looks once more, at just that place and upright. Where nothing is
    clear, faces too small to be seen until then are searched, and last the photo is turned.
    """
    looked: list[tuple[float, float, Similarity]] = []
    searches = (((0,), False), ((0,), True), (QUARTER_TURNS, False), (OBLIQUE_TURNS, False))
    for angles, closely in searches:
        for confidence, coarse in detect(photo, angles, closely)[:SECOND_LOOKS]:
            place = refine_place(photo, coarse, network)
            looked.append((look_again(photo, place), confidence, place))
        if any(again >= CLEAR for again, _, _ in looked):
            break
    return max(looked, key=lambda each: each[:2])[2] if looked else None


def detect(
    photo: np.ndarray,
    angles: tuple[int, ...] = (0, *QUARTER_TURNS, *OBLIQUE_TURNS),
    closely: bool = False,
) -> list[tuple[float, Similarity]]:
    """(confidence, coarse place) of faces when the photo is turned by `angles`, clearest first.

    closely: of small ones, too, in as many pixels as LARGEST_SEARCH and FINEST_SEARCH allow.
    """
    height, width = photo.shape[:2]
    scale = math.hypot(width, height) / SEARCH_DIAGONAL  # photo pixels per searched one
    if closely:
        scale = min(scale, max(FINEST_SEARCH, math.sqrt(width * height / LARGEST_SEARCH)))
    grey = _shrunk(np.asarray(Image.fromarray(photo).convert("L")), scale)
    to_photo = Similarity(width / grey.shape[1])
    candidates = []
    for degrees in angles:
        searched, to_grey = _turned(grey, degrees, to_photo.scale / scale)
        for center, side, confidence in _boxes(searched, LEAST_CONFIDENCE):
            turn = side / BOX_SIDE
            box = Similarity(turn, center - turn * (BOX_CENTER - CENTER))
            candidates.append((confidence, to_photo.after(to_grey).after(box)))
    return sorted(candidates, key=lambda candidate: -candidate[0])


def look_again(photo: np.ndarray, place: Similarity) -> float:
    """The detector's confidence in a face at just this place of a photo, NOTHING or more."""
    middle = SECOND_SIDE / 2 * (1 + 1j)
    pixel = Similarity(1 / SECOND_FINER, -middle / SECOND_FINER)  # canvas pixel -> frame
    canvas = Image.fromarray(warp(photo, place.after(pixel), SECOND_SIDE, SECOND_SIDE))
    expected = middle + SECOND_FINER * (BOX_CENTER - CENTER)
    near = [
        confidence
        for center, _, confidence in _boxes(np.asarray(canvas.convert("L")), NOTHING)
        if abs(center - expected) < SECOND_FINER * SECOND_NEAR
    ]
    return max(near, default=NOTHING)


def refine_place(photo: np.ndarray, place: Similarity, network: Aligner) -> Similarity:
    """Correct a coarse place by what the network sees there, ITERATIONS times."""
    # As in training, the window is taken from a picture of half the frame's resolution.
    shrink = max(1.0, 2 * place.scale)
    small = _shrunk(photo, shrink)
    factor = small.shape[1] / photo.shape[1]
    pixel = Similarity(WINDOW / SIDE, -WINDOW / 2 * (1 + 1j))  # window pixel -> frame
    for _ in range(ITERATIONS):
        to_small = Similarity(factor).after(place)
        window = warp(small, to_small.after(pixel), SIDE, SIDE)
        place = place.after(network.look(window))
    return place


def aligned_face(photo: np.ndarray, place: Similarity, size: int) -> np.ndarray:
    """The face at a place, cropped and resized as CelebA's are: (size, size, 3) uint8 RGB.

    The photo is first brought into the aligned frame, in its own resolution or a finer one, but not
    more than FINEST times the frame's; an already aligned picture stays as it is.
    """
    fine = min(FINEST, max(1, math.ceil(place.scale - 1e-6)))
    pixel = Similarity(1 / fine, -CENTER)  # canvas pixel -> frame
    size_of_canvas = FRAME[0] * fine, FRAME[1] * fine
    canvas = warp(photo, place.after(pixel), *size_of_canvas, Image.Resampling.BICUBIC)
    return crop_face(Image.fromarray(canvas), size)


def warp(
    photo: np.ndarray,
    place: Similarity,
    width: int,
    height: int,
    resampling: Image.Resampling = Image.Resampling.BILINEAR,
) -> np.ndarray:
    """(height, width, ...) whose point q shows the photo at place(q), edges repeated.

    Both uint8, of one channel or of several in the last axis. Where many pixels become one they are
    averaged first, so that it takes the memory of what is shown and not of what lies below it.
    """
    whole, photo = photo, _shrunk(photo, place.scale / 2)  # two to one, the kernel averages
    place = Similarity(photo.shape[1] / whole.shape[1]).after(place)
    corners = place(np.array([0, width, height * 1j, width + height * 1j]))
    left, top = (math.floor(c.min()) - MARGIN for c in (corners.real, corners.imag))
    right, bottom = (math.ceil(c.max()) + MARGIN for c in (corners.real, corners.imag))
    rows = np.clip(np.arange(top, bottom), 0, photo.shape[0] - 1)
    columns = np.clip(np.arange(left, right), 0, photo.shape[1] - 1)
    part = photo[rows[:, None], columns].astype(np.float32)  # Pillow cuts decimals of bytes off
    turn, shift = place.turn, place.shift - complex(left, top)
    affine = (turn.real, -turn.imag, shift.real, turn.imag, turn.real, shift.imag)
    size, kind = (width, height), Image.Transform.AFFINE
    shown = [
        np.asarray(Image.fromarray(channel).transform(size, kind, affine, resampling))
        for channel in part.reshape(*part.shape[:2], -1).transpose(2, 0, 1)
    ]
    levels = np.stack(shown, -1).round().clip(0, 255).astype(np.uint8)
    return levels.reshape(height, width, *photo.shape[2:])


def _turned(grey: np.ndarray, degrees: float, zoom: float) -> tuple[np.ndarray, Similarity]:
    """A picture (H, W), turned and `zoom` times as large; from its points to those before."""
    turn = complex(np.exp(1j * math.radians(degrees))) / zoom
    half = complex(*grey.shape[::-1]) / 2
    corners = np.array([half, half.conjugate()]) / turn
    across, down = (math.ceil(2 * np.abs(c).max() - 1e-6) for c in (corners.real, corners.imag))
    to_grey = Similarity(turn, half - turn * complex(across, down) / 2)
    return warp(grey, to_grey, across, down), to_grey


def _boxes(grey: np.ndarray, least: float) -> list[tuple[complex, float, float]]:
    """(centre, side, confidence) of the detector's boxes in (H, W) uint8, of `least` and more."""
    with _turn:
        boxes, confidences, _ = _detector().run(np.ascontiguousarray(grey), 0, least)
    return [
        (complex(box.left() + box.right(), box.top() + box.bottom()) / 2, box.width(), confidence)
        for box, confidence in zip(boxes, confidences, strict=True)
    ]


@cache
def _detector() -> Any:
    return dlib.get_frontal_face_detector()


def _shrunk(photo: np.ndarray, factor: float) -> np.ndarray:
    """Every `factor` pixels averaged into one; unchanged when that is less than one."""
    if factor <= 1:
        return photo
    height, width = photo.shape[:2]
    size = max(1, round(width / factor)), max(1, round(height / factor))
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.BOX))
