"""The map of faces: neighbours stay neighbours, and the same seed is the same map."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from explorer.face_map import LENSES, FaceMap, attribute_scores, load_map, make_map
from training.files import read_npz, write_npz
from training.latents import Latents, save_latents
from training.run_folder import CONFIG, LATENTS, MAP, WEIGHTS, RunError, weights_key

KINDS = ("Bald", "Smiling", "Young")


@pytest.fixture(scope="module")
def kinds(drawn_run: Path) -> Latents:
    """60 training and 60 validation codes: three heaps of 40, each with an attribute of its own."""
    rng = np.random.default_rng(0)
    kind = np.arange(120) % 3
    codes = rng.standard_normal((120, 8)) + 6 * np.eye(3, 8)[kind]
    return Latents(
        ids=np.array([f"{k:06d}.jpg" for k in range(120)]),
        partition=np.repeat(["train", "validation"], 60),
        mean=codes.astype(np.float32),
        logvar=np.zeros((120, 8), np.float32),
        attributes=np.array([*KINDS, "Male", "No_Beard"]),
        labels=np.hstack([np.eye(3, dtype=bool)[kind], np.tile([False, True], (120, 1))]),
        label_source="celeba",
        weights=weights_key(drawn_run),
        data="0123456789abcdef",
    )


@pytest.fixture
def bare_run(drawn_run: Path, tmp_path: Path) -> Path:
    """A run folder with nothing but a trained model."""
    for name in (CONFIG, WEIGHTS):
        shutil.copyfile(drawn_run / name, tmp_path / name)
    return tmp_path


@pytest.fixture(scope="module")
def kinds_run(drawn_run: Path, kinds: Latents, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with the codes of the three heaps and their map. Shared."""
    run = tmp_path_factory.mktemp("kinds")
    for name in (CONFIG, WEIGHTS):
        shutil.copyfile(drawn_run / name, run / name)
    save_latents(run, kinds)
    make_map(run)
    return run


@pytest.fixture(scope="module")
def face_map(kinds_run: Path) -> FaceMap:
    """The map of the 60 validation codes of the three heaps."""
    return load_map(kinds_run)


def nearest(points: np.ndarray, count: int) -> np.ndarray:
    """(N, count) rows of the nearest other points, nearest first, by all distances."""
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return distances.argsort(1, kind="stable")[:, :count]


def test_the_map_holds_the_validation_faces_and_how_it_was_made(face_map: FaceMap, kinds: Latents):
    assert list(face_map.ids) == list(kinds.ids[60:])
    for lens in LENSES:
        positions = face_map.positions(lens)
        assert (positions.shape, positions.dtype) == ((60, 2), np.float32)
        assert np.isfinite(positions).all()
    assert (face_map.n_neighbors, face_map.min_dist, face_map.seed) == (15, 0.1, 0)


def test_the_same_seed_is_the_same_map_and_another_seed_another(
    bare_run: Path, kinds: Latents, face_map: FaceMap
):
    save_latents(bare_run, kinds)
    again, other = make_map(bare_run, seed=0), make_map(bare_run, seed=1)
    for lens in LENSES:
        np.testing.assert_array_equal(again.positions(lens), face_map.positions(lens))
        assert not np.array_equal(other.positions(lens), face_map.positions(lens))
    assert other.seed == 1


def test_neighbours_stay_neighbours_on_the_map(face_map: FaceMap, kinds: Latents):
    scores = attribute_scores(kinds, kinds.mean[60:])
    for lens, laid_out, told in zip(
        LENSES, (scores, kinds.mean[60:]), face_map.trustworthiness, strict=True
    ):
        found = trustworthiness(laid_out, face_map.positions(lens), n_neighbors=15)
        assert told == pytest.approx(found, abs=1e-6)
        assert found > 0.8


def test_the_trustworthiness_of_a_part_of_the_faces_is_near_that_of_all(
    bare_run: Path, kinds: Latents, face_map: FaceMap, monkeypatch
):
    monkeypatch.setattr("explorer.face_map.SCORED", 45)
    save_latents(bare_run, kinds)
    told = make_map(bare_run).trustworthiness
    assert (told != face_map.trustworthiness).all()
    np.testing.assert_allclose(told, face_map.trustworthiness, atol=0.1)


@pytest.mark.parametrize("lens", LENSES)
def test_faces_with_the_same_attribute_lie_together(face_map: FaceMap, kinds: Latents, lens: str):
    kind = kinds.labels[60:].argmax(1)
    beside = nearest(face_map.positions(lens), 5)
    assert (kind[beside] == kind[:, None]).mean() > 0.9


def test_neighbours_are_those_of_all_distances(face_map: FaceMap, kinds: Latents):
    np.testing.assert_array_equal(face_map.neighbors, nearest(kinds.mean[60:], 15))


def test_a_face_is_not_its_own_neighbour_even_where_codes_repeat(bare_run: Path, kinds: Latents):
    mean = kinds.mean.copy()
    mean[80:100] = mean[80]
    save_latents(bare_run, replace(kinds, mean=mean))
    made = make_map(bare_run)
    assert not (made.neighbors == np.arange(60)[:, None]).any()


def test_attribute_scores_have_unit_variance_and_no_constant_attribute(kinds: Latents):
    scores = attribute_scores(kinds, kinds.mean)
    assert (scores.shape, scores.dtype) == ((120, 3), np.float32)  # Male and No_Beard are constant
    np.testing.assert_allclose(scores.std(0), 1, rtol=1e-4)
    np.testing.assert_array_equal(scores.argmax(1), kinds.labels.argmax(1))


def test_attribute_scores_are_fitted_on_training_codes_alone(kinds: Latents):
    labels = kinds.labels.copy()
    labels[60:] = ~labels[60:]
    wrong_on_validation = replace(kinds, labels=labels)
    np.testing.assert_array_equal(
        attribute_scores(wrong_on_validation, kinds.mean), attribute_scores(kinds, kinds.mean)
    )


def test_attribute_scores_are_fitted_on_all_codes_where_none_is_for_training(kinds: Latents):
    published = kinds.take(kinds.rows("validation"))
    scores = attribute_scores(published, published.mean)
    np.testing.assert_array_equal(scores.argmax(1), published.labels.argmax(1))


def test_too_few_faces_are_refused(bare_run: Path, kinds: Latents):
    save_latents(bare_run, kinds.take(np.arange(90)))
    with pytest.raises(RunError) as caught:
        make_map(bare_run)
    assert str(caught.value) == (
        f"expected: more than 30 validation faces in {bare_run}, twice the neighbours of UMAP\n"
        "found: 30\n"
        f"next: encode more pictures: python -m training encode {bare_run} --data DIR"
    )


def test_codes_that_are_not_finite_are_refused(bare_run: Path, kinds: Latents):
    save_latents(bare_run, kinds)
    arrays = read_npz(bare_run / LATENTS)
    arrays["mean"][70, 3] = np.nan
    write_npz(bare_run / LATENTS, arrays)
    with pytest.raises(RunError, match="expected finite codes; found 1 of 120 with NaN"):
        make_map(bare_run)
    assert not (bare_run / MAP).exists()


def test_what_is_made_is_what_is_read(bare_run: Path, face_map: FaceMap):
    write_npz(bare_run / MAP, {k: np.asarray(v) for k, v in vars(face_map).items()})
    found = load_map(bare_run)
    for name, value in vars(face_map).items():
        np.testing.assert_array_equal(getattr(found, name), value, err_msg=name)
        assert type(getattr(found, name)) is type(value)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"neighbors": None}, "missing 1 required positional argument: 'neighbors'"),
        ({"lens": np.zeros(1)}, "unexpected keyword argument 'lens'"),
    ],
)
def test_a_map_that_is_not_whole_is_refused(own_run: Path, change: dict, found: str):
    arrays = read_npz(own_run / MAP) | change
    write_npz(own_run / MAP, {k: v for k, v in arrays.items() if v is not None})
    with pytest.raises(RunError) as caught:
        load_map(own_run)
    assert caught.value.expected == f"a whole map in {own_run / MAP}"
    assert found in caught.value.found
    assert caught.value.next == f"python -m explorer map {own_run}"
