"""A run in a notebook: it gives what the page's parts give, and errors say what is known."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer import load, show
from explorer.notebook import Model
from explorer.run.loaded import open_run
from training.run.run_folder import RunError


@pytest.fixture(scope="module")
def model() -> Model:
    return load()


def test_codes_and_pictures_go_to_and_fro(model: Model, tmp_path: Path):
    codes = model.random([3, 4])
    assert codes.shape == (2, model.run.space.latent)
    np.testing.assert_array_equal(codes[1:], model.random(4))
    pictures = model.decode(codes)
    again = model.encode(pictures)
    assert np.corrcoef(codes.ravel(), again.ravel())[0, 1] > 0.8
    np.testing.assert_array_equal(model.encode(pictures[0]), model.encode(pictures[:1]))
    Image.fromarray(pictures[0]).save(tmp_path / "face.png")
    np.testing.assert_array_equal(model.encode(tmp_path / "face.png"), model.encode(pictures[0]))
    wide = Image.fromarray(np.pad(pictures[0], ((0, 0), (20, 20), (0, 0))))
    np.testing.assert_allclose(model.encode(wide), model.encode(pictures[0]), atol=1e-4)


def test_codes_are_drawn_as_the_page_does_or_by_the_renderer_named(drawn_sharp_run: Path):
    model, opened = load(drawn_sharp_run), open_run(drawn_sharp_run)
    codes = model.faces[:2]
    mean, sharp = (opened.named(name).decode(codes).astype(int) for name in ("mean", "sharp"))
    assert model.renderers == ("mean", "sharp")
    assert np.abs(model.decode(codes) - sharp).max() <= 1
    assert np.abs(model.decode(codes, renderer="sharp") - sharp).max() <= 1
    assert np.abs(model.decode(codes, renderer="mean") - mean).max() <= 1
    assert np.abs(mean - sharp).max() > 8


def test_a_renderer_that_a_run_does_not_have_is_refused(drawn_run: Path):
    model = load(drawn_run)
    assert model.renderers == ("mean",)
    with pytest.raises(ValueError, match=r"^expected one of mean; found 'sharp'$"):
        model.decode(model.faces[:1], renderer="sharp")


def test_faces_of_the_flow_are_those_of_their_seeds(drawn_flow: Path, drawn_run: Path):
    model = load(drawn_flow)
    codes = model.sample(3, having=["Smiling"], lacking=["Male"], seed=5, temperature=0.8)
    expected = [model.run.space.flow.sample(s, 0.8, ["Smiling"], ["Male"]) for s in (5, 6, 7)]
    np.testing.assert_array_equal(codes, expected)
    plain = model.sample(2, having=["Smiling"], guidance=1)
    assert not np.allclose(plain, model.sample(2, having=["Smiling"], guidance=3))
    for n, seed in ((0, 0), (2, 2**32 - 1), (1, -1)):
        with pytest.raises(ValueError, match=f"seeds from 0 to 2.32 - 1; found {n} from {seed} up"):
            model.sample(n, seed=seed)
    with pytest.raises(ValueError, match="expected attributes that the flow learned; found 'Tall'"):
        model.sample(1, having=["Tall"])
    with pytest.raises(RunError, match="next: python -m training flow"):
        load(drawn_run).sample(1)


def test_an_attribute_is_added_and_taken_away(model: Model):
    codes = model.faces[:3]
    added = model.add(codes, "Smiling", 2, method="balanced")
    np.testing.assert_allclose(model.add(added, "Smiling", -2, method="balanced"), codes, atol=1e-5)
    vector = model.run.space.vectors["Smiling"]["balanced"]
    np.testing.assert_allclose(added - codes, np.tile(2 * vector, (3, 1)), atol=1e-5)
    with pytest.raises(ValueError, match=r"expected one of .*Smiling.*; found 'Smilling'"):
        model.add(codes, "Smilling")
    with pytest.raises(ValueError, match=r"expected one of mean_difference, .*; found 'guess'"):
        model.add(codes, "Smiling", method="guess")


def test_rows_are_shown_under_one_another(model: Model):
    black, grey = np.zeros((3, 4, 4, 3), np.uint8), np.full((1, 4, 4, 3), 99, np.uint8)
    image = np.asarray(show(black, grey))
    assert image.shape == (2 * 10, 2 * 16, 3)
    assert (image[:8, :8] == 0).all()
    assert (image[12:, :8] == 99).all()
    assert (image[12:, 8:] == 255).all()
    with pytest.raises(ValueError, match="found none"):
        show()


def test_the_package_stays_light():
    code = "import explorer, explorer.recipe.names, sys; assert 'onnxruntime' not in sys.modules"
    code += "; explorer.load; assert not {'torch', 'streamlit', 'sklearn'} & sys.modules.keys()"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    with pytest.raises(ImportError, match="cannot import name 'lode'"):
        from explorer import lode  # noqa: F401


def test_a_photo_on_its_side_has_the_code_of_the_upright_one(model: Model, tmp_path: Path):
    """EXIF, transparency and the ending of the name count as they do on the page."""
    upright = Image.fromarray(model.decode(model.faces[:1])[0])
    upright.save(tmp_path / "upright.png")
    exif = Image.Exif()
    exif[274] = 6
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "side.png", exif=exif)
    (tmp_path / "side.png").rename(tmp_path / "side.jfif")
    upright.convert("RGBA").save(tmp_path / "alpha.png")
    expected = model.encode(tmp_path / "upright.png")
    for name in ("side.jfif", "alpha.png"):
        np.testing.assert_array_equal(model.encode(tmp_path / name), expected)
        with Image.open(tmp_path / name) as picture:
            np.testing.assert_array_equal(model.encode(picture), expected)
    (tmp_path / "none.png").write_text("no picture")
    with pytest.raises(ValueError, match="found: a file of no such format"):
        model.encode(tmp_path / "none.png")
