"""Codes of one model told from those of another."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.codes.correspondence import affine_map, paired_codes, rotation
from training.run.latents import Latents, save_latents
from training.run.run_folder import RunError, weights_key

RNG = np.random.default_rng(0)


def test_an_affine_map_is_found_again():
    x = RNG.normal(size=(20000, 4)) @ RNG.normal(size=(4, 4))
    weight, bias = RNG.normal(size=(3, 4)), RNG.normal(size=3)
    found = affine_map(x, x @ weight.T + bias + 0.1 * RNG.normal(size=(20000, 3)))
    np.testing.assert_allclose(found.weight, weight, atol=0.02)
    np.testing.assert_allclose(found.bias, bias, atol=0.02)


def test_a_rotation_is_found_again_and_is_one_whatever_it_is_given():
    x = RNG.normal(size=(5000, 6))
    turn = np.linalg.qr(RNG.normal(size=(6, 6)))[0]
    found = rotation(x, x @ turn.T + 0.3 * RNG.normal(size=x.shape))
    np.testing.assert_allclose(found, turn, atol=0.03)
    stretched = rotation(x, x @ np.diag([1, 2, 3, 4, 5, 6.0]))
    np.testing.assert_allclose(stretched @ stretched.T, np.eye(6), atol=1e-5)
    np.testing.assert_allclose(stretched, np.eye(6), atol=0.03)


def test_codes_are_paired_by_picture(run: Path):
    n = 40
    latents = Latents(
        ids=np.array([f"{k:06}.jpg" for k in range(n)]),
        partition=np.full(n, "train"),
        mean=RNG.normal(size=(n, 8)).astype(np.float32),
        logvar=np.zeros((n, 8), np.float32),
        attributes=np.array(["Smiling"]),
        labels=np.zeros((n, 1), bool),
        label_source="celeba",
        weights=weights_key(run),
        data="0123456789abcdef",
    )
    others = latents.take(np.arange(n)[::-1][3:])
    save_latents(run, replace(others, mean=2 * others.mean))
    here, there = paired_codes(latents, run)
    assert len(here) == n - 3
    np.testing.assert_array_equal(there, 2 * here)
    save_latents(run, others.take(np.arange(4)))
    with pytest.raises(RunError, match="found: 4 of them"):
        paired_codes(latents, run)
