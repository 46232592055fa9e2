"""The model that ships: it opens, is good enough, and holds nothing that may not be given away."""

import numpy as np
import pytest
from safetensors import safe_open

from data.picture import CROP
from data.shipped import SHIPPED
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.sample import Sample
from explorer.run.loaded import Loaded, open_run
from explorer.run.run import READ_FILES
from explorer.run.twin import load_twin
from training.run.run_folder import (
    EDITS,
    EFFECTS,
    FIRST_FACE,
    FLOW,
    LAST_LAYERS,
    METRICS,
    PEOPLE,
    SHARP,
    STEPS,
    WEIGHTS,
)

pytestmark = pytest.mark.skipif(not SHIPPED.is_dir(), reason=f"no run folder at {SHIPPED}")


@pytest.fixture(scope="module")
def shipped() -> Loaded:
    """The run that ships, loaded."""
    return open_run(SHIPPED)


def test_all_3175_validation_faces_are_there_with_predicted_labels(shipped: Loaded):
    faces = shipped.run.faces
    assert len(faces) == len(shipped.run.space.ids) == len(set(faces.ids)) == 3175
    assert set(faces.partition) == {"validation"}
    assert faces.label_source == "predicted"
    assert faces.labels.shape == (3175, 40)


def test_no_file_is_a_picture_or_a_pickle():
    found = {path.name for path in SHIPPED.iterdir()}
    assert found - {EDITS, LAST_LAYERS} == {
        *(*READ_FILES, METRICS, SHARP, FLOW, EFFECTS, STEPS, FIRST_FACE, PEOPLE)
    }
    for path in SHIPPED.glob("*.npz"):
        with np.load(path, allow_pickle=False) as arrays:
            assert not any(arrays[name].dtype.hasobject for name in arrays.files)
    for path in SHIPPED.glob("*.safetensors"):
        with safe_open(path, framework="numpy") as weights:
            assert len(weights.keys()) > 0


def test_the_weights_are_small_enough_to_ship():
    assert (SHIPPED / WEIGHTS).stat().st_size <= 25e6


def test_the_model_is_good_enough(shipped: Loaded):
    report = shipped.run.report
    assert report["pictures"] == 3175
    assert report["active_units"] >= 64
    assert report["refine_steps"] == 5
    assert report["psnr_mean_db"] >= 26.8
    assert report["psnr_mean_db"] >= report["encoder"]["psnr_mean_db"] + 0.3
    assert report["rate_nats"] <= 400


def test_the_twin_copies_as_well_as_the_vae(shipped: Loaded):
    report = load_twin(shipped).run.report
    assert (report["pictures"], report["refine_steps"]) == (3175, 5)
    assert report["psnr_mean_db"] >= 27.0
    assert report["psnr_mean_db"] >= report["encoder"]["psnr_mean_db"] + 0.3


def test_the_sharp_renderer_is_sharp_and_near_its_pictures(shipped: Loaded):
    assert shipped.run.renderers == ("mean", "sharp")
    sharp = shipped.run.report["sharp"]
    assert 0.7 <= sharp["sharpness"] <= 1.05
    assert sharp["psnr_db"] >= 24.5
    assert sharp["psnr_db"] < shipped.run.report["psnr_mean_db"]


def test_the_flow_draws_more_like_faces_than_the_mixture_and_repeats_none(shipped: Loaded):
    flow = shipped.run.report["frechet"]["flow"]
    assert max(flow["excess_of_mixture"].values()) <= 0.25
    nearest = flow["nearest_training_code"]
    assert nearest["flow"] >= 0.97 * nearest["validation"]


def test_there_are_vectors_that_find_their_attributes(shipped: Loaded):
    vectors = shipped.run.vectors
    assert "84,507 training faces, celeba labels" in vectors.made_from
    assert (vectors.auc[:, vectors.row_of["Eyeglasses"]] > 0.75).all()
    assert len(vectors.attributes) == 40


def test_adding_eyeglasses_changes_the_eyes_more_than_the_border(shipped: Loaded):
    faces = shipped.run.faces
    bare = faces.ids[~faces.label("Eyeglasses")][:32]

    def pictures(strength: float) -> np.ndarray:
        sources = [Source("picture", str(name)) for name in bare]
        recipes = [Recipe(source, attributes={"Eyeglasses": strength}) for source in sources]
        codes = np.stack([compose(recipe, shipped.run.space) for recipe in recipes])
        return shipped.renderer.decode(codes).astype(float)

    change = np.abs(pictures(2) - pictures(0)).mean((0, 3))  # (S, S)
    scale = len(change) / (CROP[2] - CROP[0])
    left, right = (round((x - CROP[0]) * scale) for x in (55, 122))  # around eyes at 69 and 108
    top, bottom = (round((y - CROP[1]) * scale) for y in (101, 123))  # around eyes at 111
    border = np.ones_like(change, bool)
    border[6:-6, 6:-6] = False
    assert change[top:bottom, left:right].mean() > 1.5 * change[border].mean()


@pytest.mark.parametrize("kind", ["seed", "sample"])
def test_a_random_face_is_like_the_encoded_ones(shipped: Loaded, kind: str):
    space = shipped.run.space
    values = [seed if kind == "seed" else Sample(seed) for seed in range(500)]
    codes = np.stack([compose(Recipe(Source(kind, value)), space) for value in values])
    spread = (codes - space.center) / space.spread
    np.testing.assert_allclose(spread.mean(), 0, atol=0.05)
    np.testing.assert_allclose(spread.std(), 1, atol=0.1)
