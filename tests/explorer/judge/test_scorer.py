"""The scorer service: the classifier's scores and features, whatever the batch and the thread."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from data import ATTRIBUTES
from data.errors import DataError
from data.shipped import PRETRAINED
from explorer.judge.scorer import LARGEST_BATCH, NetworkJudge, Scorer, Sight, set_of_judges
from explorer.judge.scorer_on_gpu import classifier_on_gpu, judges_on_gpu
from training.judge.attribute_network import (
    AttributeNetwork,
    ClassifierConfig,
    load_classifier,
    save_classifier,
)
from training.judges.files import SETS

CONFIG = ClassifierConfig(size=16, widths=(8, 16), blocks=(0, 1), features=24)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fresh weights of a small classifier of 16x16 pictures."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("scorer") / "attributes.safetensors"
    save_classifier(path, AttributeNetwork(CONFIG))
    return path


@pytest.fixture(scope="module")
def scorer(weights: Path) -> Scorer:
    """The service on the CPU."""
    return Scorer(weights, "cpu")


def random_pictures(count: int, side: int = 16) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), np.uint8)


def test_scores_are_the_networks_probabilities_and_features_its_last_layer(
    scorer: Scorer, weights: Path
):
    pictures = random_pictures(3)
    seen = scorer.look(pictures)
    network = load_classifier(weights)
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    np.testing.assert_allclose(seen.scores, torch.sigmoid(network(x)).numpy(), atol=1e-5)
    np.testing.assert_allclose(seen.features, network.features(x).numpy(), atol=1e-4)
    assert (seen.scores.shape, seen.features.shape) == ((3, len(ATTRIBUTES)), (3, 24))
    assert seen.scores.dtype == seen.features.dtype == np.float32
    assert scorer.attributes == ATTRIBUTES
    assert len(seen) == 3
    assert np.array_equal(scorer.scores(pictures), seen.scores)


def test_a_score_does_not_depend_on_the_batch(scorer: Scorer):
    pictures = random_pictures(LARGEST_BATCH + 5)
    seen = scorer.look(pictures)
    assert len(seen) == LARGEST_BATCH + 5
    for rows in ([0], [LARGEST_BATCH - 1, LARGEST_BATCH], slice(-3, None)):
        alone = scorer.look(pictures[rows])
        np.testing.assert_allclose(alone.scores, seen.take(rows).scores, atol=1e-5)
        np.testing.assert_allclose(alone.features, seen.take(rows).features, atol=1e-4)


def test_many_threads_get_what_one_gets(scorer: Scorer):
    pictures = random_pictures(24)
    expected = scorer.scores(pictures)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda k: scorer.scores(pictures[k : k + 1])[0], range(24)))
    np.testing.assert_allclose(np.stack(found), expected, atol=1e-5)


def test_no_pictures_give_no_scores(scorer: Scorer):
    seen = scorer.look(np.zeros((0, 16, 16, 3), np.uint8))
    assert (seen.scores.shape, seen.features.shape) == ((0, 40), (0, 24))


def test_pictures_of_another_size_are_resized(scorer: Scorer):
    x, y = np.meshgrid(np.linspace(0, 255, 64), np.linspace(0, 255, 64))
    large = np.stack([x, y, x / 2], -1).astype(np.uint8)
    small = np.asarray(Image.fromarray(large).resize((16, 16), Image.Resampling.BILINEAR))
    found = scorer.scores(large[None])
    np.testing.assert_allclose(found, scorer.scores(small[None]), atol=0.01)


@pytest.mark.parametrize(
    "pictures",
    [
        np.zeros((16, 16, 3), np.uint8),
        np.zeros((1, 16, 16, 4), np.uint8),
        np.zeros((1, 16, 16, 3), np.float32),
    ],
)
def test_what_is_no_picture_is_refused(scorer: Scorer, pictures: np.ndarray):
    with pytest.raises(ValueError, match=r"expected pictures of shape \(B, S, S, 3\) uint8; found"):
        scorer.look(pictures)


def test_missing_weights_are_told_with_the_command(tmp_path: Path):
    with pytest.raises(DataError, match="python -m training classify"):
        Scorer(tmp_path / "none.safetensors")


def test_any_network_of_pictures_can_judge():
    pictures = random_pictures(LARGEST_BATCH + 2)

    def brightness(x: np.ndarray) -> list[np.ndarray]:
        assert x.dtype == np.float32
        return [x.mean((2, 3))[:, :2]]

    judge = NetworkJudge("a judge", brightness, 16, ("Bald", "Smiling"))
    expected = pictures.mean((1, 2))[:, :2] / 255
    np.testing.assert_allclose(judge.scores(pictures), expected, atol=1e-5)
    assert judge.scores(pictures[:0]).shape == (0, 2)
    assert (judge.name, judge.attributes) == ("a judge", ("Bald", "Smiling"))


def test_torch_sees_the_same_where_there_is_a_gpu(scorer: Scorer, weights: Path):
    pictures = random_pictures(3)
    x = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2) / np.float32(255))
    scores, features = classifier_on_gpu(weights, "cpu")(x)
    seen = scorer.look(pictures)
    np.testing.assert_allclose(seen.scores, scores, atol=1e-5)
    np.testing.assert_allclose(seen.features, features, atol=1e-4)


@pytest.mark.parametrize("name", SETS)
def test_judges_score_as_their_networks_of_torch_do(name: str):
    pictures = random_pictures(5, 64)
    x = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2) / np.float32(255))
    (expected,) = judges_on_gpu(name, PRETRAINED, "cpu")(x)
    found = set_of_judges("a judge", name, PRETRAINED, "cpu").scores(pictures)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert expected.std() > 0.01


@pytest.mark.parametrize("side", [8, 15, 16, 31, 64])
def test_pictures_are_resized_as_torch_does(scorer: Scorer, side: int):
    pictures = random_pictures(2, side)
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    small = torch.nn.functional.interpolate(x, (16, 16), mode="bilinear", antialias=True)
    sight = Sight(lambda given: [given], 16)
    np.testing.assert_allclose(sight.of(pictures)[0], small.numpy(), atol=1e-5)
