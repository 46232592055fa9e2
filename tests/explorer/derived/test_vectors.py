"""vectors.npz: attribute vectors and statistics of the codes against slow twins."""

import shutil
from dataclasses import fields, replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from explorer.derived.vectors import FEWEST, Vectors, load_vectors, make_vectors
from explorer.recipe.methods import FITTED
from explorer.run.run import load_run
from training.run.files import read_npz, write_npz
from training.run.latents import Latents, save_latents
from training.run.run_folder import VECTORS, RunError


@pytest.fixture(scope="module")
def vectors(drawn_run: Path) -> Vectors:
    """The vectors of the drawn run."""
    return load_vectors(drawn_run)


@pytest.fixture(scope="module")
def train(latents: Latents) -> Latents:
    """The codes of the 256 training faces."""
    return latents.take(latents.rows("train"))


def test_a_mean_difference_is_the_mean_code_with_minus_the_mean_code_without(
    vectors: Vectors, train: Latents
):
    assert vectors.made_from == "256 training faces, celeba labels"
    for name, vector, positives in zip(
        vectors.attributes, vectors.vectors[0], vectors.positives, strict=True
    ):
        has = [code for code, label in zip(train.mean, train.label(name), strict=True) if label]
        rest = [c for c, label in zip(train.mean, train.label(name), strict=True) if not label]
        assert positives == len(has)
        np.testing.assert_allclose(vector, np.mean(has, 0) - np.mean(rest, 0), atol=1e-5)


def test_by_every_method_strength_1_covers_the_distance_of_the_class_means(
    vectors: Vectors, train: Latents
):
    for method, row in product(range(len(FITTED)), range(len(vectors.attributes))):
        vector, has = vectors.vectors[method, row], train.label(vectors.attributes[row])
        along = train.mean @ vector / (vector @ vector)
        means, spreads = vectors.along_mean[method, row], vectors.along_spread[method, row]
        assert means == pytest.approx([along[~has].mean(), along[has].mean()], abs=1e-3)
        assert spreads == pytest.approx([along[~has].std(), along[has].std()], rel=1e-3)
        if vector @ vectors.vectors[0, row] > 0:
            assert means[1] - means[0] == pytest.approx(1, abs=1e-3)


def test_what_comes_together_is_counted(vectors: Vectors, train: Latents):
    assert vectors.faces == 256
    assert vectors.labelled.tolist() == train.attributes.tolist()
    male, glasses = (vectors.labelled.tolist().index(n) for n in ("Male", "Eyeglasses"))
    pairs = zip(train.label("Male"), train.label("Eyeglasses"), strict=True)
    both = sum(bool(a and b) for a, b in pairs)
    assert vectors.together[male, glasses] == vectors.together[glasses, male] == both
    assert vectors.together[male, male] == train.label("Male").sum()


def test_statistics_are_those_of_the_training_codes(vectors: Vectors, train: Latents):
    np.testing.assert_allclose(vectors.center, np.mean(train.mean, 0), atol=1e-5)
    np.testing.assert_allclose(vectors.spread, np.std(train.mean, 0), rtol=1e-5)
    mean, deviation = torch.tensor(train.mean), torch.tensor(train.logvar / 2).exp()
    kl = kl_divergence(Normal(mean, deviation), Normal(0.0, 1.0)).mean(0)
    np.testing.assert_allclose(vectors.kl, kl, rtol=1e-4)
    along = (train.mean - vectors.center) @ vectors.components.T
    np.testing.assert_allclose(along.std(0, ddof=1), vectors.component_spread, rtol=1e-4)
    np.testing.assert_allclose(np.corrcoef(along.T), np.eye(8), atol=1e-4)


def test_auc_is_the_share_of_validation_pairs_in_the_right_order(vectors: Vectors, faces: Latents):
    for method, row in product(range(len(FITTED)), range(len(vectors.attributes))):
        has = faces.label(vectors.attributes[row])
        along = faces.mean @ vectors.vectors[method, row]
        pairs = [(a > b) + (a == b) / 2 for a in along[has] for b in along[~has]]
        assert vectors.auc[method, row] == pytest.approx(np.mean(pairs), abs=1e-6)


def test_the_vector_of_what_is_plain_to_see_tells_faces_apart(vectors: Vectors):
    assert (vectors.auc[:, vectors.row_of["Black_Hair"]] > 0.75).all()


def test_random_faces_come_from_a_mixture_of_the_training_codes(vectors: Vectors, train: Latents):
    drawn = np.stack([vectors.mixture.sample(seed) for seed in range(2000)])
    np.testing.assert_allclose(drawn.mean(0), vectors.center, atol=0.25 * vectors.spread.max())
    np.testing.assert_allclose(drawn.std(0), vectors.spread, rtol=0.2)


def test_what_is_made_is_what_is_read(own_run: Path):
    (own_run / VECTORS).unlink()
    made, found = make_vectors(own_run), load_vectors(own_run)
    for written, read in ((made, found), (made.mixture, found.mixture)):
        for name in {field.name for field in fields(written)} - {"mixture"}:
            before, after = getattr(written, name), getattr(read, name)
            np.testing.assert_array_equal(after, before, err_msg=name)
            assert type(after) is type(before)


def with_positives(latents: Latents, counts: dict[str, int]) -> Latents:
    """The codes with so many positives among the training faces, and in no other attribute."""
    labels = np.zeros_like(latents.labels)
    for name, count in counts.items():
        labels[latents.rows("train")[:count], latents.attributes == name] = True
    return replace(latents, labels=labels)


def test_attributes_with_too_few_faces_on_one_side_are_named_and_left_out(
    own_run: Path, latents: Latents, capsys
):
    counts = {"Bald": FEWEST, "Male": FEWEST - 1, "Young": 256 - FEWEST, "Smiling": 250}
    save_latents(own_run, with_positives(latents, counts))
    made = make_vectors(own_run)
    assert made.attributes.tolist() == ["Bald", "Young"]
    assert made.vectors.shape == (len(FITTED), 2, 8)
    assert made.positives.tolist() == [FEWEST, 256 - FEWEST]
    assert np.isnan(made.auc).all()  # no validation face has either
    printed = capsys.readouterr().out
    assert "the same for all faces, no vector: 5_o_Clock_Shadow, Arched_Eyebrows" in printed
    assert "fewer than 10 faces, no vector: Male, Smiling\n" in printed
    assert "2 attribute vectors by 4 methods from 256 training faces, celeba labels" in printed


def test_a_run_without_any_attribute_of_enough_faces_is_refused(own_run: Path, latents: Latents):
    save_latents(own_run, with_positives(latents, {"Bald": 9, "Young": 250}))
    with pytest.raises(RunError) as caught:
        make_vectors(own_run)
    assert str(caught.value) == (
        f"expected: an attribute with at least 10 faces with and without it in {own_run}\n"
        "found: at most 9\n"
        f"next: encode more pictures: python -m training encode {own_run} --data DIR"
    )


def test_without_training_codes_all_codes_make_the_vectors(own_run: Path, latents: Latents):
    others = latents.take(np.flatnonzero(latents.partition != "train"))
    save_latents(own_run, replace(others, label_source="predicted"))
    made = make_vectors(own_run)
    assert made.made_from == "64 encoded faces, predicted labels"
    np.testing.assert_allclose(made.center, np.mean(others.mean, 0), atol=1e-5)
    has = others.label("Male")
    expected = others.mean[has].mean(0) - others.mean[~has].mean(0)
    np.testing.assert_allclose(made.vectors[0, made.row_of["Male"]], expected, atol=1e-5)


def test_an_hourglass_has_no_kl(own_run: Path, latents: Latents):
    save_latents(own_run, replace(latents, logvar=np.full_like(latents.mean, -np.inf)))
    np.testing.assert_array_equal(make_vectors(own_run).kl, np.zeros(8))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"auc": None}, "missing 1 required positional argument: 'auc'"),
        ({"mixture_means": None}, "no entry 'mixture_means'"),
        ({"made_from": None}, "no entry 'made_from'"),
        ({"methods": np.array(["mean_difference"])}, "expected the methods mean_difference, balan"),
        ({"default_method": np.array("median")}, "found 'median'"),
        ({"extra": np.zeros(1)}, "unexpected keyword argument 'extra'"),
    ],
)
def test_vectors_that_are_not_whole_are_refused(own_run: Path, change: dict, found: str):
    arrays = read_npz(own_run / VECTORS) | change
    write_npz(own_run / VECTORS, {k: v for k, v in arrays.items() if v is not None})
    with pytest.raises(RunError) as caught:
        load_vectors(own_run)
    assert caught.value.expected == f"whole vectors in {own_run / VECTORS}"
    assert found in caught.value.found
    assert caught.value.next == f"python -m explorer vectors {own_run}"


def test_the_same_codes_make_the_same_vectors(own_run: Path, tmp_path: Path):
    again = shutil.copytree(own_run, tmp_path / "again")
    make_vectors(own_run)
    make_vectors(again)
    assert (own_run / VECTORS).read_bytes() == (again / VECTORS).read_bytes()


def test_the_default_method_is_the_one_asked_for(own_run: Path):
    assert make_vectors(own_run, "balanced").default_method == "balanced"
    assert load_vectors(own_run).default_method == "balanced"
    assert load_run(own_run).first_recipe.method == "balanced"
