"""One picture of the aligned frame, whatever its resolution."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.picture import FRAME, in_frame


@pytest.fixture
def face(drawn: Path) -> Image.Image:
    """A drawn face of the frame's own size."""
    with Image.open(drawn / "img_align_celeba" / "000001.jpg") as picture:
        return picture.convert("RGB")


@pytest.mark.parametrize("size", [(356, 436), (178, 218), (89, 109)])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_picture_at_any_scale_is_brought_to_the_frame(
    face: Image.Image, size: tuple[int, int], kind: str
):
    file = io.BytesIO()
    face.resize(size, Image.Resampling.LANCZOS).convert("L").save(file, kind, quality=95)
    found = in_frame(Image.open(file))
    assert (found.size, found.mode) == (FRAME, "RGB")
    # What half the size keeps of both.
    one, other = (np.asarray(picture.convert("L").reduce(2), float) for picture in (found, face))
    moved = np.abs(other[:, 1:] - other[:, :-1]).mean()
    assert np.abs(one - other).mean() < moved / 2  # a pixel off would show


def test_a_picture_of_the_frames_own_size_stays_as_it_is(face: Image.Image):
    np.testing.assert_array_equal(in_frame(face), face)


def test_the_frame_at_another_scale(face: Image.Image):
    assert in_frame(face, (89, 109)).size == (89, 109)


def test_another_aspect_ratio_is_refused():
    with pytest.raises(ValueError, match="178x178 is not the aligned frame 178x218"):
        in_frame(Image.new("RGB", (178, 178)))
