"""An own photo -> the aligned frame of CelebA: find the face, put eyes and mouth in their places.

A Haar cascade (Viola & Jones 2001; its file ships inside the opencv package) finds the face
coarsely, also in turned photos; the network of training/alignment/alignment.py then corrects the
place in a few steps. A `place` is a Similarity from the frame, in its pixels from CENTER, to the
photo.
"""

import math
import threading
from functools import cache
from typing import NamedTuple, Protocol

import cv2
import cv2.data
import numpy as np
from PIL import Image

from data.picture import CROP, FRAME, crop_face
from training.alignment.frame import CENTER, ITERATIONS, SIDE, WINDOW
from training.alignment.similarity import Similarity

CASCADE = "haarcascade_frontalface_alt2.xml"
BOX_CENTER, BOX_SIDE = 88.8 + 123.5j, 100.7  # the cascade's box on aligned pictures: medians
SEARCH_SIDE = 640  # pixels, side of the square in which a photo is searched
SMALLEST_FACE = 36  # pixels there
SMALL = 28, 120  # pixels of the photo; of faces that are looked for where there are no larger ones
QUARTER_TURNS = (0, 90, 180, 270)  # degrees by which the photo is turned
OBLIQUE_TURNS = (30, 60, 120, 150, 210, 240, 300, 330)  # tried when no quarter turn is clear
SECOND_LOOKS = 4  # likeliest places that are looked at again
SECOND_SIDE, SECOND_BOXES, SECOND_NEAR = 320, (70, 140), 25  # frame pixels: canvas, boxes, distance
CLEAR_CONFIDENCE = 55.7  # at the second look; ninety-nine of a hundred upright faces have more
CROP_SIDE = CROP[2] - CROP[0]  # pixels of the frame
CROP_CENTER = complex(CROP[0] + CROP[2], CROP[1] + CROP[3]) / 2
SMALLEST_CROP = 32  # pixels of a photo; in fewer no face is seen
LARGEST_CROP = 2  # times the shorter side of a photo
FINEST = 8  # canvas pixels per frame pixel

_turn = threading.Lock()  # OpenCV's cascades keep their scratch memory inside


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

    Turned by an odd angle, a face and a fold of cloth look much alike to the cascade. So each of
    the likeliest places is corrected by the network, and the cascade looks once more, upright.
    Where nothing is clear, it looks for upright faces too small to be seen until then.
    """
    looked: list[tuple[float, float, Similarity]] = []
    for angles, is_small in ((QUARTER_TURNS, False), (OBLIQUE_TURNS, False), ((0,), True)):
        for confidence, coarse in detect(photo, angles, is_small)[:SECOND_LOOKS]:
            place = refine_place(photo, coarse, network)
            looked.append((look_again(photo, place), confidence, place))
        if any(again >= CLEAR_CONFIDENCE for again, _, _ in looked):
            break
    return max(looked, key=lambda each: each[:2])[2] if looked else None


def detect(
    photo: np.ndarray,
    angles: tuple[int, ...] = QUARTER_TURNS + OBLIQUE_TURNS,
    is_small: bool = False,
) -> list[tuple[float, Similarity]]:
    """(confidence, coarse place) of faces when the photo is turned by `angles`, clearest first.

    is_small: of those in SMALL pixels of the photo, instead of SMALLEST_FACE where it is reduced.
    """
    find = _small_candidates if is_small else _candidates
    candidates = [candidate for degrees in angles for candidate in find(photo, degrees)]
    return sorted(candidates, key=lambda candidate: -candidate[0])


def look_again(photo: np.ndarray, place: Similarity) -> float:
    """The cascade's confidence in a face at just this place of a photo; 0 where it sees none."""
    corner = Similarity(1, -SECOND_SIDE / 2 * (1 + 1j))  # canvas pixel -> frame
    canvas = warp(photo, place.after(corner), SECOND_SIDE, SECOND_SIDE, cv2.INTER_LINEAR)
    expected = BOX_CENTER - CENTER + SECOND_SIDE / 2 * (1 + 1j)
    grey = cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY)
    return max(
        (
            confidence
            for center, side, confidence in _boxes(grey, 1.05, SECOND_BOXES)
            if abs(center - expected) < SECOND_NEAR
        ),
        default=0.0,
    )


def refine_place(photo: np.ndarray, place: Similarity, network: Aligner) -> Similarity:
    """Correct a coarse place by what the network sees there, ITERATIONS times."""
    # As in training, the window is taken from a picture of half the frame's resolution.
    shrink = max(1.0, 2 * place.scale)
    small = _shrunk(photo, shrink)
    factor = small.shape[1] / photo.shape[1]
    pixel = Similarity(WINDOW / SIDE, -WINDOW / 2 * (1 + 1j))  # window pixel -> frame
    for _ in range(ITERATIONS):
        to_small = Similarity(factor).after(place)
        window = warp(small, to_small.after(pixel), SIDE, SIDE, cv2.INTER_LINEAR)
        place = place.after(network.look(window))
    return place


def aligned_face(photo: np.ndarray, place: Similarity, size: int) -> np.ndarray:
    """The face at a place, cropped and resized as CelebA's are: (size, size, 3) uint8 RGB.

    The photo is first brought into the aligned frame at its own resolution or finer, its edge
    repeated; an already aligned picture stays as it is.
    """
    fine = min(FINEST, max(1, math.ceil(place.scale - 1e-6)))
    pixel = Similarity(1 / fine, -CENTER)  # canvas pixel -> frame
    canvas = warp(photo, place.after(pixel), FRAME[0] * fine, FRAME[1] * fine, cv2.INTER_CUBIC)
    return crop_face(Image.fromarray(canvas), size)


def warp(
    photo: np.ndarray, place: Similarity, width: int, height: int, interpolation: int
) -> np.ndarray:
    """(height, width, ...) whose point q shows the photo at place(q), edges repeated."""
    half = 0.5 + 0.5j  # OpenCV counts from the centre of the first pixel
    turn, shift = place.turn, place(half) - half
    matrix = np.array(
        [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]], np.float64
    )
    flags = interpolation | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        photo, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )


def _small_candidates(photo: np.ndarray, degrees: float) -> list[tuple[float, Similarity]]:
    """The same of faces in SMALL pixels of the photo, which is searched as it is."""
    side = math.ceil(math.hypot(*photo.shape[:2]))
    return _candidates(photo, degrees, side, SMALL) if side > SEARCH_SIDE else []


def _candidates(
    photo: np.ndarray,
    degrees: float,
    searched: int = SEARCH_SIDE,
    sides: tuple[int, int] = (SMALLEST_FACE, SEARCH_SIDE),
) -> list[tuple[float, Similarity]]:
    """(confidence, coarse place) of every face found when the photo is turned by `degrees`.

    searched: pixels, side of the square that it is searched in; sides: of faces there, from-to.
    """
    height, width = photo.shape[:2]
    scale = math.hypot(width, height) / searched  # whatever the turn, all of it is in the square
    small = _shrunk(photo, scale)
    factor = photo.shape[1] / small.shape[1]
    turn = complex(np.exp(1j * math.radians(degrees))) * scale
    middle = searched / 2 * (1 + 1j)
    to_photo = Similarity(turn, complex(width, height) / 2 - turn * middle)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    to_small = Similarity(1 / factor).after(to_photo)
    square = warp(grey, to_small, searched, searched, cv2.INTER_LINEAR)
    candidates = []
    for center, side, confidence in _boxes(square, 1.1, sides):
        turn = side / BOX_SIDE
        box = Similarity(turn, center - turn * (BOX_CENTER - CENTER))
        candidates.append((confidence, to_photo.after(box)))
    return candidates


def _boxes(
    grey: np.ndarray, step: float, sides: tuple[int, int]
) -> list[tuple[complex, float, float]]:
    """(centre, side, confidence) of the cascade's boxes in (H, W) uint8, of sides from-to."""
    smallest, largest = sides
    with _turn:
        boxes, _, weights = _cascade().detectMultiScale3(
            grey,
            scaleFactor=step,
            minNeighbors=3,
            minSize=(smallest, smallest),
            maxSize=(largest, largest),
            outputRejectLevels=True,
        )
    return [
        (complex(x + side / 2, y + side / 2), float(side), float(weight))
        for (x, y, side, _), weight in zip(boxes, np.ravel(weights), strict=True)
    ]


@cache
def _cascade() -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(cv2.data.haarcascades + CASCADE)


def _shrunk(photo: np.ndarray, factor: float) -> np.ndarray:
    """Every `factor` pixels averaged into one; unchanged when that is less than one."""
    if factor <= 1:
        return photo
    height, width = photo.shape[:2]
    size = max(1, round(width / factor)), max(1, round(height / factor))
    return cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
