"""A run of digits in the explorer: its labels, vectors, pictures and words."""

from pathlib import Path

import numpy as np
import pytest

from explorer.__main__ import main
from explorer.decoding.web_decoder import mean_for_web
from explorer.editor.banks import banks
from explorer.faces.formula import evaluate, parse
from explorer.language.nouns import nouns
from explorer.learn.distributions import level_probabilities, mean_picture
from explorer.learn.model_access import distribution, explained, means
from explorer.page.arithmetic.formula_bench import examples
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import Loaded, open_run
from training.compute.onnx_runtime import onnxruntime


@pytest.fixture(scope="module")
def loaded(digits_run: Path) -> Loaded:
    return open_run(digits_run)


def test_the_run_knows_what_it_shows(loaded: Loaded, digits_run: Path, drawn_run: Path):
    assert (loaded.run.schema.one, loaded.run.schema.dataset) == ("digit", "digits")
    assert not loaded.run.judged
    open_run(digits_run)
    assert nouns() == ("digit", "digits", "digits")
    assert open_run(drawn_run).run.judged
    assert nouns() == ("face", "faces", "CelebA")


def test_grey_pictures_are_shown_in_three_equal_channels(loaded: Loaded):
    codes = loaded.run.faces.mean[:3]
    drawn = loaded.renderer.decode(codes)
    assert drawn.shape == (3, 32, 32, 3)
    assert (drawn == drawn[..., :1]).all()
    assert np.abs(means(loaded.model, codes) * 255 - drawn).max() <= 1
    p = distribution(loaded.model, codes[0])
    assert mean_picture(p).shape == (32, 32, 3)
    assert level_probabilities(p, 3, 4).shape == (1, 256)
    found = explained(loaded.model, drawn[0], codes[:1]).log_likelihoods
    assert found[0] == pytest.approx(float(p.log_density(p.mean).sum()), rel=0.05)


def test_a_picture_is_encoded_by_its_grey(loaded: Loaded):
    rng = np.random.default_rng(0)
    grey = np.repeat(rng.integers(0, 256, (1, 32, 32, 1), np.uint8), 3, -1)
    own = loaded.encoder.encode(grey)
    assert own.shape == (1, 8)
    coloured = grey.copy()
    coloured[..., 2] = 0  # blue counts least
    assert np.abs(loaded.encoder.encode(coloured) - own).max() > 0
    halved = np.stack([grey[0, ..., 0]] * 3, -1)[None]
    np.testing.assert_allclose(loaded.encoder.encode(halved), own, atol=1e-5)


def test_sliders_are_those_of_the_labels(loaded: Loaded):
    (attributes, *_) = banks(loaded.run, Recipe(), {})
    names = [slider["name"] for slider in attributes["sliders"]]
    assert sorted(names) == [f"digit_{k}" for k in range(10)]
    assert {slider["group"] for slider in attributes["sliders"]} == {"digit"}
    facts = next(s["facts"] for s in attributes["sliders"] if s["name"] == "digit_3")
    assert "Note: digit is 3" in facts


def test_labels_that_exclude_one_another_are_not_matched_on(loaded: Loaded):
    """Of one digit the others tell all: matched on them no picture would count."""
    vectors = loaded.run.vectors
    rarer = np.minimum(vectors.positives, vectors.faces - vectors.positives)
    np.testing.assert_allclose(vectors.effective.min(1), rarer)
    for digit in vectors.by_name.values():
        np.testing.assert_allclose(digit["balanced"], digit["mean_difference"], atol=1e-4)


def test_formulas_are_of_its_labels(loaded: Loaded):
    run = loaded.run
    names = [str(name) for name in run.faces.attributes]
    found = examples(run)
    assert len(found) == 3
    for text in (*found.values(), "face + 2 digit 3 - digit 5", "[digit 3, not digit 5]"):
        assert evaluate(parse(text, names, Recipe()), run.space, run.faces, "balanced").is_face


def test_a_page_without_a_server_draws_them_too(loaded: Loaded, digits_run: Path):
    session = onnxruntime.InferenceSession(mean_for_web(digits_run))
    codes = loaded.run.faces.mean[:4]
    (pixels,) = session.run(None, {"z": codes})
    drawn = loaded.renderer.decode(codes)
    assert pixels.shape == drawn.shape
    assert np.abs(pixels.astype(int) - drawn).max() <= 2  # large weights are halved there


def test_effects_are_refused(digits_run: Path, capsys):
    assert main(["effects", str(digits_run)]) == 2
    assert "found: pictures of digits" in capsys.readouterr().err
