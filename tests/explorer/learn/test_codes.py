"""Step 2: means of codes and lines between them."""

import numpy as np
import pytest

from explorer.judge.scorer import scorer
from explorer.learn.codes import blend, line, mean_code, surprise
from explorer.recipe.latent_algebra import mean_difference


def test_the_difference_of_two_means_is_the_attribute_vector(shipped):
    codes, has = shipped.run.faces.mean, shipped.run.faces.label("Eyeglasses")
    difference = mean_code(codes, has) - mean_code(codes, ~has)
    assert difference == pytest.approx(mean_difference(codes, has), abs=1e-5)


def test_a_line_of_codes_and_a_blend_of_pictures_begin_and_end_at_the_faces(shipped):
    start, end = shipped.run.faces.mean[[0, 9]]
    codes = line(start, end, 7)
    assert (codes[0] == start).all()
    assert (codes[-1] == end).all()
    assert codes[3] == pytest.approx((start + end) / 2, abs=1e-6)
    a, b = shipped.renderer.decode(codes[[0, -1]])
    pictures = blend(a, b, 7)
    assert pictures.dtype == np.uint8
    assert (pictures[0] == a).all()
    assert (pictures[-1] == b).all()


def test_more_faces_make_a_mean_less_surprising(shipped):
    codes = shipped.run.faces.mean
    found = [surprise(codes, mean_code(codes, np.arange(count))) for count in (1, 16, 256)]
    assert found[0] > 2 * found[1] > 4 * found[2]
    assert surprise(codes, codes.mean(0)) == pytest.approx(0, abs=1e-5)
    typical = np.mean([surprise(codes, code) for code in codes[:200]])
    assert typical == pytest.approx(1, abs=0.1)


def test_the_mean_of_faces_with_glasses_decodes_to_a_face_with_glasses(shipped):
    faces, seen = shipped.run.faces, scorer()
    has = faces.label("Eyeglasses")
    codes = np.stack([mean_code(faces.mean, has), mean_code(faces.mean, ~has)])
    column = seen.attributes.index("Eyeglasses")
    with_them, without = seen.scores(shipped.renderer.decode(codes))[:, column]
    assert with_them > 2 * without
