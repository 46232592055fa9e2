"""The output distributions against numerical integration over the 256 levels and SciPy."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import laplace, logistic, norm
from torch import Tensor

from training.model.likelihoods import (
    COMPONENTS,
    HALF,
    LIKELIHOODS,
    OUTPUTS,
    SHARED,
    ContinuousBernoulli,
    LogisticMixture,
    at_best_scale,
    likelihood,
)

LEVEL = torch.arange(256, dtype=torch.float64) / 255


def outputs(name: str, seed: int = 0, size: int = 2, dtype=torch.float64) -> Tensor:
    """(2, 3 P, size, size) numbers as a decoder gives them."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 3 * OUTPUTS[name], size, size, generator=generator, dtype=dtype)


def made(name: str, dtype=torch.float64, **options):
    return likelihood(name, outputs(name, dtype=dtype, **options), torch.tensor(-2.0, dtype=dtype))


def pictures(p) -> Tensor:
    """(2, 3, S, S) random levels of the shape of p."""
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, p.mean.shape, generator=generator).to(p.mean) / 255


def probabilities(p) -> Tensor:
    """(256, 2, 3, S, S) of every level."""
    return torch.stack([p.log_probability(torch.full_like(p.mean, k)).exp() for k in LEVEL])


@pytest.mark.parametrize("name", LIKELIHOODS)
@pytest.mark.parametrize(("dtype", "near"), [(torch.float64, 1e-12), (torch.float32, 1e-4)])
def test_the_256_levels_sum_to_one(name: str, dtype: torch.dtype, near: float):
    total = probabilities(made(name, dtype)).sum(0)
    assert (total - 1).abs().max() < near


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_the_deviation_is_the_root_of_the_variance(name: str):
    """Of the density; the levels have the same where nothing is clipped."""
    p = made(name)
    if name == "logistic-mixture":  # inside, and narrow
        p = LogisticMixture(p.log_weight, 0.5 + 0.05 * p.center, p.log_scale.clamp(max=-4))
    elif name in ("optimal", "fixed", "laplace", "learned"):
        p = replace(p, mean=0.45 + 0.1 * p.mean, log_scale=p.log_scale.clamp(max=-3) - 0.5)
    chances, level = probabilities(p), LEVEL.view(-1, 1, 1, 1, 1)
    middle = (chances * level).sum(0)
    found = (chances * (level - middle).square()).sum(0)
    # A level is 1/255 wide, and rounding to it adds its variance.
    expected = p.deviation.square() + 1 / (12 * 255**2)
    assert torch.allclose(found, expected, rtol=0.01)


def test_the_deviation_of_the_continuous_bernoulli_is_smooth_where_the_formula_is_not():
    logit = torch.tensor([0.0, 1e-3, 0.2999, 0.3001, 5.0, 100.0], dtype=torch.float64)
    found = ContinuousBernoulli(logit).deviation
    assert found[0] == pytest.approx(12**-0.5)
    assert found[2] == pytest.approx(float(found[3]), rel=1e-4)
    assert found[5] == pytest.approx(1e-2, rel=1e-6)


@pytest.mark.parametrize("name", LIKELIHOODS[:5])
def test_a_level_is_the_integral_of_the_density_over_it(name: str):
    p = made(name)
    found = probabilities(p)[:, 0, 0, 0, 0]
    bounded = name == "continuous-bernoulli"

    def density(x: float) -> float:
        return float(p.log_density(torch.full_like(p.mean, x))[0, 0, 0, 0].exp())

    for k in (0, 1, 90, 128, 254, 255):
        lowest, highest = (0, 1) if bounded else (-5, 6)
        a = lowest if k == 0 else (k - 0.5) / 255
        b = highest if k == 255 else (k + 0.5) / 255
        middle = float(p.mean[0, 0, 0, 0])
        points = [v for v in (0, 0.5, 1, middle) if a < v < b] or None
        assert quad(density, a, b, points=points, limit=500, epsabs=1e-14)[0] == pytest.approx(
            float(found[k]), rel=1e-6, abs=1e-12
        )


def test_a_level_of_the_mixture_is_the_sum_of_its_components_of_scipy():
    p = made("logistic-mixture")
    expected = np.zeros(256)
    for k in range(COMPONENTS):
        weight, center, log_scale = (
            float(t[0, k, 0, 0, 0]) for t in (p.log_weight, p.center, p.log_scale)
        )
        cdf = logistic(center, np.exp(log_scale)).cdf((np.arange(255) + 0.5) / 255)
        expected += np.exp(weight) * np.diff([0, *cdf, 1])
    np.testing.assert_allclose(probabilities(p)[:, 0, 0, 0, 0], expected, rtol=1e-8)


@pytest.mark.parametrize(
    ("name", "scipy"), [("optimal", norm), ("fixed", norm), ("laplace", laplace)]
)
def test_densities_are_those_of_scipy(name: str, scipy):
    p = made(name)
    x = pictures(p)
    expected = scipy(p.mean.numpy(), np.exp(-2.0)).logpdf(x.numpy())
    np.testing.assert_allclose(p.log_density(x), expected)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_a_density_is_255_times_the_probability_where_it_is_flat(name: str):
    p = made(name)
    x = torch.full_like(p.mean, 100 / 255)
    near = 0.2 if name in ("learned", "logistic-mixture") else 0.005  # some are narrow
    gap = p.log_density(x) - p.log_probability(x) - np.log(255)
    assert gap.abs().max() < near


@pytest.mark.parametrize("logit", [-300.0, -8.0, -0.21, -1e-3, 0.0, 1e-7, 0.19, 3.0, 80.0])
def test_the_continuous_bernoulli_at_every_logit(logit: float):
    p = likelihood("continuous-bernoulli", torch.full((1, 3, 1, 1), logit).double(), None)
    x = torch.linspace(0, 1, 100_001, dtype=torch.float64)
    density = p.log_density(x)[0, 0, 0].exp()
    assert torch.trapezoid(density, x) == pytest.approx(1, rel=1e-4)
    assert torch.trapezoid(density * x, x) == pytest.approx(p.mean[0, 0, 0, 0].item(), rel=1e-3)
    assert (probabilities(p).sum(0) - 1).abs().max() < 1e-5


def test_the_mean_of_the_mixture_is_that_of_its_levels():
    p = made("logistic-mixture")
    expected = (probabilities(p) * LEVEL[:, None, None, None, None]).sum(0)
    torch.testing.assert_close(p.mean, expected, atol=1e-4, rtol=0)
    far = LogisticMixture(torch.zeros(1, 1, 3, 1, 1), torch.full((1, 1, 3, 1, 1), 7.0), p.log_scale)
    assert (far.mean == 1).all()


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_samples_follow_the_probabilities(name: str):
    given = outputs(name, seed=3, size=1)[:1].repeat(20_000, 1, 1, 1)
    p = likelihood(name, given, torch.tensor(-2.0, dtype=torch.float64))
    drawn = p.sample(torch.Generator().manual_seed(5))[:, 0, 0, 0]
    assert drawn.shape == (20_000,)
    assert 0 <= drawn.min() <= drawn.max() <= 1
    one = likelihood(name, given[:1], torch.tensor(-2.0, dtype=torch.float64))
    expected = probabilities(one)[:, 0, 0, 0, 0].cumsum(0)[:-1]
    found = (drawn[:, None] <= LEVEL[:-1] + HALF).double().mean(0)
    assert (found - expected).abs().max() < 0.015  # Kolmogorov's distance


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_samples_depend_on_the_generator_alone(name: str):
    p = made(name)
    one, same, other = (p.sample(torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("name", LIKELIHOODS)
@pytest.mark.parametrize("size", [1.0, 40.0])
def test_gradients_are_finite_at_black_and_white_and_for_wild_outputs(name: str, size: float):
    given = (size * outputs(name, dtype=torch.float32)).requires_grad_()
    p = likelihood(name, given, torch.tensor(-2.0))
    for x in (torch.zeros_like(p.mean), torch.ones_like(p.mean), pictures(p)):
        (gradient,) = torch.autograd.grad(p.log_density(x).sum(), given, retain_graph=True)
        assert gradient.isfinite().all()
        assert gradient.abs().max() > 0
        assert p.log_probability(x).max() <= 1e-6


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_parameters_are_pictures(name: str):
    p = made(name)
    shown = p.pictures()
    assert shown["mean"] is p.mean or torch.equal(shown["mean"], p.mean)
    assert {picture.shape for picture in shown.values()} == {(2, 3, 2, 2)}
    assert len(shown) == (1 + 3 * COMPONENTS if name == "logistic-mixture" else 2)
    assert 0 <= p.mean.min() <= p.mean.max() <= 1


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("step", [-0.3, -0.01, 0.01, 0.3])
def test_any_other_shared_scale_than_the_best_is_less_likely(name: str, step: float):
    p = made(name)
    x = pictures(p)
    best = at_best_scale(name, x, p)
    other = likelihood(name, outputs(name), best.log_scale + step)
    assert other.log_density(x).sum() < best.log_density(x).sum()


@pytest.mark.parametrize("name", SHARED)
def test_the_gradient_at_the_best_scale_is_the_one_through_it(name: str):
    x = pictures(made(name))
    objectives: list[Callable[[Tensor], Tensor]] = [
        lambda mean: at_best_scale(name, x, likelihood(name, mean, None)).log_density(x).mean(),
        # At the maximum the density is a function of the error alone.
        lambda mean: -(x - mean.sigmoid()).abs().pow(SHARED[name]).mean().log() / SHARED[name],
    ]
    gradients = []
    for objective in objectives:
        given = outputs(name).requires_grad_()
        gradients += torch.autograd.grad(objective(given), given)
    torch.testing.assert_close(*gradients)


def test_no_learned_scale_is_finer_than_half_a_level():
    for name in ("learned", "logistic-mixture"):
        p = likelihood(name, -1e4 * torch.ones(1, 3 * OUTPUTS[name], 1, 1), None)
        assert p.log_scale.exp().min() == pytest.approx(HALF)
