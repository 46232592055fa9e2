"""latents.npz: codes and labels that belong together, and to the weights beside them."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.model.config import ModelConfig
from training.model.networks import build
from training.run.files import read_npz, write_npz
from training.run.latents import Latents, load_latents, save_latents
from training.run.run_folder import LATENTS, RunError, weights_key, write_weights


@pytest.fixture
def latents(run: Path) -> Latents:
    """Five codes of 8 dimensions with 2 attributes, of the weights in `run`."""
    rng = np.random.default_rng(0)
    return Latents(
        ids=np.array([f"{i:06d}.jpg" for i in range(1, 6)]),
        partition=np.array(["train", "test", "train", "validation", "train"]),
        mean=rng.standard_normal((5, 8), np.float32),
        logvar=rng.standard_normal((5, 8), np.float32),
        attributes=np.array(["Eyeglasses", "Smiling"]),
        labels=np.array([[0, 1], [1, 1], [0, 0], [1, 0], [0, 1]], bool),
        label_source="celeba",
        weights=weights_key(run),
        data="0123456789abcdef",
        error=rng.random(5, np.float32),
        identity=np.array([7, 3, 7, -1, 2], np.int32),
    )


def assert_equal(found: Latents, expected: Latents) -> None:
    for name, value in vars(expected).items():
        np.testing.assert_array_equal(getattr(found, name), value, err_msg=name)
        assert type(getattr(found, name)) is type(value)


def test_latents_survive(run: Path, latents: Latents):
    save_latents(run, latents)
    assert_equal(load_latents(run), latents)


def test_codes_of_an_hourglass_survive_with_their_log_variance_of_minus_infinity(
    run: Path, latents: Latents
):
    points = replace(latents, logvar=np.full((5, 8), -np.inf, np.float32))
    save_latents(run, points)
    assert_equal(load_latents(run), points)


def test_latents_without_errors_and_persons_are_read_as_not_knowing_them(
    run: Path, latents: Latents
):
    save_latents(run, latents)
    arrays = read_npz(run / LATENTS)
    write_npz(run / LATENTS, {k: arrays[k] for k in arrays.keys() - {"error", "identity"}})
    unknown = replace(latents, error=None, identity=None)
    assert_equal(load_latents(run), unknown)
    assert np.isnan(unknown.error).all()
    assert (unknown.identity == -1).all()


def test_rows_and_labels_are_those_asked_for(latents: Latents):
    assert len(latents) == 5
    assert latents.rows("train").tolist() == [0, 2, 4]
    assert latents.rows("nobody").tolist() == []
    assert latents.label("Smiling").tolist() == [True, True, False, False, True]


def test_an_unknown_attribute_is_refused_with_the_known_ones(latents: Latents):
    message = "unknown attribute 'Glasses'; known: Eyeglasses, Smiling"
    with pytest.raises(KeyError, match=message):
        latents.label("Glasses")


def test_taken_rows_keep_their_codes_and_labels_together(latents: Latents):
    taken = latents.take(np.array([3, 0]))
    assert taken.ids.tolist() == ["000004.jpg", "000001.jpg"]
    assert taken.partition.tolist() == ["validation", "train"]
    np.testing.assert_array_equal(taken.mean, latents.mean[[3, 0]])
    np.testing.assert_array_equal(taken.logvar, latents.logvar[[3, 0]])
    np.testing.assert_array_equal(taken.error, latents.error[[3, 0]])
    assert taken.identity.tolist() == [-1, 7]
    assert taken.label("Eyeglasses").tolist() == [True, False]
    assert_equal(taken.take(np.array([1])), latents.take(np.array([0])))


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"partition": np.array(["train"])}, "expected partition of shape (5,); found (1,)"),
    ({"mean": np.zeros((4, 8))}, "expected mean of shape (5, 8); found (4, 8)"),
    ({"logvar": np.zeros((5, 7))}, "expected logvar of shape (5, 8); found (5, 7)"),
    ({"labels": np.zeros((5, 3), bool)}, "expected labels of shape (5, 2); found (5, 3)"),
    ({"label_source": "me"}, "expected labels from celeba, table or predicted; found 'me'"),
]


@pytest.mark.parametrize(("change", "message"), IMPOSSIBLE)
def test_parts_that_do_not_belong_together_are_refused(
    latents: Latents, change: dict[str, Any], message: str
):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        replace(latents, **change)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_codes_that_are_not_finite_are_refused_with_their_number(latents: Latents, value: float):
    mean = latents.mean.copy()
    mean[1, 2] = mean[3, 4] = mean[3, 5] = value
    with pytest.raises(ValueError, match="expected finite codes; found 2 of 5 with NaN or inf"):
        replace(latents, mean=mean)


def encode_command(run: Path) -> str:
    return f"python -m training encode {run} --data DIR"


def test_missing_latents_name_the_command_that_makes_them(run: Path):
    with pytest.raises(RunError) as caught:
        load_latents(run)
    text = f"expected: latents.npz in {run}\nfound: no such file\nnext: {encode_command(run)}"
    assert str(caught.value) == text


def test_latents_of_other_weights_are_refused(run: Path, latents: Latents, tiny: ModelConfig):
    save_latents(run, latents)
    write_weights(run, build(tiny))
    with pytest.raises(RunError) as caught:
        load_latents(run)
    assert caught.value.expected.endswith(f"({weights_key(run)})")
    assert caught.value.found == f"latents.npz of other weights ({latents.weights})"
    assert caught.value.next == encode_command(run)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"mean": None}, "missing 1 required positional argument: 'mean'"),
        ({"data": None}, "no entry 'data'"),
        ({"extra": np.zeros(1)}, "unexpected keyword argument 'extra'"),
        ({"mean": np.full((5, 8), np.nan)}, "found 5 of 5 with NaN or infinity"),
        ({"mean": np.array(1.0)}, "tuple index out of range"),
        ({"labels": np.zeros((4, 2), bool)}, "expected labels of shape (5, 2); found (4, 2)"),
    ],
)
def test_latents_that_are_not_whole_are_refused_with_the_reason(
    run: Path, latents: Latents, change: dict[str, Any], found: str
):
    save_latents(run, latents)
    arrays = read_npz(run / LATENTS) | change
    write_npz(run / LATENTS, {k: v for k, v in arrays.items() if v is not None})
    with pytest.raises(RunError) as caught:
        load_latents(run)
    assert caught.value.expected == f"whole latents in {run / LATENTS}"
    assert found in caught.value.found
    assert caught.value.next == encode_command(run)


def test_truncated_latents_are_refused(run: Path, latents: Latents):
    save_latents(run, latents)
    (run / LATENTS).write_bytes((run / LATENTS).read_bytes()[:100])
    with pytest.raises(RunError) as caught:
        load_latents(run)
    assert caught.value.expected == f"a readable {run / LATENTS}"
    assert "cut short or damaged" in caught.value.found
    assert caught.value.next.endswith(f"or {encode_command(run)}")
