"""Samplers of codes: each draws from what it was made of, and a seed is a code."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from sklearn.covariance import ledoit_wolf

from explorer.derived.vectors import load_vectors
from tests.training.compute.tape import taped
from training.__main__ import main
from training.codes.mixture import Mixture, fit_mixture
from training.codes.samplers import (
    FEWEST,
    SecondStageSampler,
    conditional,
    draw,
    fitted_gaussian,
    load_second_stage,
    prior,
    samplers,
    shrunk_covariance,
)
from training.codes.second_stage import fit_second_stage
from training.run.latents import load_latents
from training.run.run_folder import SECOND_STAGE, RunError

RNG = np.random.default_rng(0)
COVARIANCE = np.array([[2.0, 0.8], [0.8, 0.5]])
RING = np.stack([np.cos(a := RNG.uniform(0, 2 * np.pi, 4000)), np.sin(a)], 1)
RING = (3 * RING + 0.1 * RNG.standard_normal((4000, 2))).astype(np.float32)


def test_the_prior_is_standard_normal():
    drawn = draw(prior(3), range(4000))
    np.testing.assert_allclose(drawn.mean(0), 0, atol=0.06)
    np.testing.assert_allclose(np.cov(drawn.T), np.eye(3), atol=0.08)
    assert drawn.dtype == np.float32


def test_the_gaussian_has_the_moments_of_the_codes_that_the_mixture_was_fitted_to():
    fitted = fitted_gaussian(fit_mixture(RING, 8, seed=0))
    np.testing.assert_allclose(fitted.means[0], RING.mean(0), atol=0.02)
    found = fitted.factors[0] @ fitted.factors[0].T
    np.testing.assert_allclose(found, np.cov(RING.T, bias=True), atol=0.05)
    assert len(fitted.weights) == 1


def test_the_conditional_mixture_recovers_a_known_mixture():
    codes = np.concatenate(
        [
            RNG.multivariate_normal((5, 0), COVARIANCE, 3000),
            RNG.multivariate_normal((-5, 2), 0.3 * np.eye(2), 1000),
        ]
    ).astype(np.float32)
    drawn = draw(conditional(codes), range(4000))
    right = drawn[:, 0] > 0
    assert right.mean() == pytest.approx(0.75, abs=0.02)
    np.testing.assert_allclose(drawn[right].mean(0), (5, 0), atol=0.1)
    np.testing.assert_allclose(drawn[~right].mean(0), (-5, 2), atol=0.1)
    np.testing.assert_allclose(np.cov(drawn[right].T), COVARIANCE, atol=0.15)


def test_few_codes_give_one_gaussian_that_can_be_drawn_from():
    codes = RNG.standard_normal((FEWEST, 64)).astype(np.float32) + 3
    fitted = conditional(codes)
    assert len(fitted.weights) == 1
    drawn = draw(fitted, range(200))
    np.testing.assert_allclose(drawn.mean(), codes.mean(), atol=0.1)
    assert np.linalg.matrix_rank(np.cov(drawn.T)) == 64  # not only where the few codes lie
    with pytest.raises(ValueError, match="expected at least 10 faces to learn from; found 9"):
        conditional(codes[:9])


@pytest.fixture(scope="module")
def second_stage() -> SecondStageSampler:
    """A second stage of the ring, as its torch model and as numpy."""
    model, losses = fit_second_stage(RING, np.full_like(RING, -np.inf), epochs=30, seed=0)
    assert losses[-1] < losses[0] - 0.5
    state = {k: v.numpy() for k, v in model.state_dict().items()}
    layers = [(state[f"decoder.{n}.weight"], state[f"decoder.{n}.bias"]) for n in (0, 2, 4)]
    sigma = float(np.exp(state["log_sigma"]))
    return SecondStageSampler(tuple(layers), state["center"], state["spread"], sigma)


def test_the_second_stage_draws_a_ring_where_a_gaussian_cannot(second_stage: SecondStageSampler):
    def on_the_ring(codes: np.ndarray) -> float:
        return float((np.abs(np.linalg.norm(codes, axis=1) - 3) < 1).mean())

    gaussian = fitted_gaussian(fit_mixture(RING, 1, seed=0))
    assert on_the_ring(draw(gaussian, range(1000))) < 0.7
    drawn = draw(second_stage, range(1000))
    assert on_the_ring(drawn) > 0.85
    np.testing.assert_allclose(np.abs(drawn).mean(0), np.abs(RING).mean(0), atol=0.3)


SAMPLERS = {
    "prior": prior(2),
    "mixture": fit_mixture(RING, 8, seed=0),
    "second stage": None,
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_seed_is_a_code_and_temperature_scales_the_noise(
    name: str, second_stage: SecondStageSampler
):
    sampler = SAMPLERS[name] or second_stage
    one, two = draw(sampler, [7, 8])
    np.testing.assert_array_equal(sampler.sample(8), two)
    assert not np.allclose(one, two)
    cold, warm, hot = (draw(sampler, range(500), t) for t in (0.0, 0.5, 1.5))
    middle = sampler.means if isinstance(sampler, Mixture) else cold[:1]
    assert {tuple(code) for code in cold} == {tuple(code) for code in middle.astype(np.float32)}
    assert cold.std() <= warm.std() < hot.std()


def test_the_command_makes_a_second_stage_that_the_run_offers(
    drawn_run: Path, tmp_path: Path, capsys
):
    import shutil

    run = shutil.copytree(drawn_run, tmp_path / "run")
    assert set(samplers(run, load_vectors(run).mixture)) == {"prior", "Gaussian", "mixture"}
    with pytest.raises(RunError, match="found: no such file\nnext: python -m training sampler"):
        load_second_stage(run)

    assert main(["sampler", str(run), "--epochs", "3"]) == 0
    assert "held_out_loss_nats" in capsys.readouterr().out
    found = samplers(run, load_vectors(run).mixture)
    assert list(found) == ["prior", "Gaussian", "mixture", "second stage"]
    spread = load_latents(run).mean.std()
    assert draw(found["second stage"], range(50)).std() == pytest.approx(spread, rel=0.7)

    tensors = load_file(run / SECOND_STAGE)
    save_file(tensors, run / SECOND_STAGE, metadata={"weights": "f" * 16})
    with pytest.raises(
        RunError, match=r"found: second_stage\.safetensors of other weights \(f{16}\)"
    ):
        samplers(run, load_vectors(run).mixture)
    save_file({"a": torch.zeros(1)}, run / SECOND_STAGE, metadata={"weights": "f" * 16})
    with pytest.raises(RunError, match="found: no entry 'center'"):
        load_second_stage(run)
    (run / SECOND_STAGE).write_bytes(b"1")
    with pytest.raises(RunError, match="expected: a readable"):
        load_second_stage(run)


def test_the_recorded_steps_of_the_second_stage_are_the_plain_ones():
    codes, sigmas = RING[:64], np.full_like(RING[:64], -2.0)
    (plain, losses), (recorded, same) = (
        fit_second_stage(codes, sigmas, epochs=6, seed=0, **more)
        for more in ({}, {"recorded": taped})
    )
    assert losses == same
    for name, value in plain.state_dict().items():
        assert torch.equal(value, recorded.state_dict()[name]), name


@pytest.mark.parametrize(("count", "dimensions"), [(12, 30), (60, 20), (400, 5)])
def test_a_covariance_is_shrunk_as_ledoit_and_wolf_do(count: int, dimensions: int):
    draw = np.random.default_rng(0)
    codes = draw.standard_normal((count, dimensions)) * np.linspace(0.2, 3, dimensions) + 5
    expected, _ = ledoit_wolf(codes)
    np.testing.assert_allclose(shrunk_covariance(codes), expected, rtol=1e-9, atol=1e-12)
