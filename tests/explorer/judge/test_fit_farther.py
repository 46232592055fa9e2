"""How much farther edits go for a second judge that sees less, in closed form and on a run."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from explorer.__main__ import main
from explorer.derived.effects_file import load_effects, save_effects
from explorer.derived.vectors import load_vectors
from explorer.judge.fit_farther import FACTORS, farther
from explorer.recipe.effects import Effects, Reader
from training.codes.partial_effects import PartialEffects
from training.run.files import read_npz, write_npz
from training.run.latents import Latents
from training.run.run_folder import EFFECTS

NAME, SURE, COUNT = "Smiling", 2.0, 200


class PicturesOfCodes:
    """A picture is its code."""

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return codes


@dataclass(frozen=True)
class Sees:
    """Takes a face for a smile where the first number of its code is at least `least`."""

    least: float
    name: str = "a judge"
    attributes: tuple[str, ...] = (NAME,)

    def scores(self, pictures: np.ndarray) -> np.ndarray:
        return np.where(pictures[:, :1] >= self.least, 1.0, 0.0).astype(np.float32)


def effects() -> Effects:
    """The reader's logit is the first number of a code, and the vector is that axis."""
    line = np.array([[1.0, -1.0], [0.0, 0.0]], np.float32)
    both = np.eye(2, dtype=np.float32)
    reader = Reader(
        line,
        np.zeros(2, np.float32),
        both,
        np.zeros(2, np.float32),
        line[:1].T,
        np.zeros(1, np.float32),
    )
    partial = PartialEffects.of(np.array([[50]]), 100, np.eye(1, 2), np.eye(2), np.ones(2))
    one = np.ones((1, 2), np.float32)
    return Effects((NAME,), partial, one[:, 0], reader, SURE * np.array([[-1, 1]], np.float32), one)


def faces() -> Latents:
    """Half of them with the attribute, a logit of 1 on its side."""
    has = np.arange(COUNT) % 2 == 1
    codes = np.stack([np.where(has, 1.0, -1.0), np.zeros(COUNT)], 1).astype(np.float32)
    return Latents(
        ids=np.array([f"{k:06}.jpg" for k in range(COUNT)]),
        partition=np.full(COUNT, "train"),
        mean=codes,
        logvar=np.zeros_like(codes),
        attributes=np.array([NAME]),
        labels=has[:, None],
        label_source="celeba",
        weights="0" * 16,
        data="0" * 16,
        error=np.zeros(COUNT, np.float32),
        identity=np.zeros(COUNT, np.int32),
        refine_steps=0,
    )


# At strength 1 the reader is at 2: from -1 that is 3 on the way, and 1.1 times it ends at 2.3.
@pytest.mark.parametrize(
    ("least", "factor"), [(1.99, 1.0), (2.2, 1.1), (2.5, 1.2), (2.8, 1.3), (3.1, 1.4), (3.7, 1.6)]
)
def test_full_strength_goes_as_far_as_the_stricter_judge_asks(least: float, factor: float):
    found = farther(effects(), faces(), Sees(least), PicturesOfCodes())
    assert found.tolist() == [[1.0, pytest.approx(factor)]]


@dataclass(frozen=True)
class SeesMost(Sees):
    """Takes a share of such faces for a smile, and more of those whose first number is 3.1."""

    share: float = 0.94
    far: float = 0.99

    def scores(self, pictures: np.ndarray) -> np.ndarray:
        seen = np.arange(len(pictures)) < self.share * len(pictures)
        more = np.arange(len(pictures)) < self.far * len(pictures)
        code = pictures[:, 0]
        smiles = ((code >= self.least) & seen) | ((code >= 3.1) & more)
        return smiles[:, None].astype(np.float32)


@pytest.mark.parametrize(
    ("least", "share", "factor"),
    # Up to 1.2 all but five in a hundred are asked for, then all but ten.
    [(1.99, 0.96, 1.0), (1.99, 0.94, 1.0), (1.99, 0.88, 1.4), (2.8, 0.94, 1.3), (2.8, 0.88, 1.4)],
)
def test_far_out_fewer_faces_are_enough(least: float, share: float, factor: float):
    found = farther(effects(), faces(), SeesMost(least, share=share), PicturesOfCodes())
    assert found[0, 1] == pytest.approx(factor)


@pytest.mark.parametrize(("far", "factor"), [(0.88, 1.4), (0.86, 1.0)])
def test_farther_still_has_to_be_worth_it(far: float, factor: float):
    found = farther(effects(), faces(), SeesMost(1.99, share=0.85, far=far), PicturesOfCodes())
    assert found[0, 1] == pytest.approx(factor)


def test_a_judge_that_never_sees_it_is_not_followed():
    found = farther(effects(), faces(), Sees(99.0), PicturesOfCodes())
    assert found.tolist() == [[1.0, 1.0]]


def test_what_the_judge_takes_for_wanted_already_says_nothing():
    found = farther(effects(), faces(), Sees(-9.0), PicturesOfCodes())
    assert found[0, 1] == 1


def test_the_command_keeps_the_rest_and_a_file_of_before_goes_as_far_as_before(
    drawn_effects: Path, tmp_path: Path
):
    root = shutil.copytree(drawn_effects, tmp_path / "run")
    vectors = load_vectors(root)
    before = load_effects(root, vectors)
    write_npz(root / EFFECTS, {k: v for k, v in read_npz(root / EFFECTS).items() if k != "farther"})
    assert (load_effects(root, vectors).farther == 1).all()
    save_effects(root, replace(before, farther=np.full_like(before.sure, 9)))
    assert main(["effects", str(root), "--farther", "--faces", "12"]) == 0
    after = load_effects(root, vectors)
    assert np.isin(after.farther, np.float32(FACTORS)).all()
    np.testing.assert_array_equal(after.sure, before.sure)
    np.testing.assert_array_equal(after.reader.weights_1, before.reader.weights_1)
