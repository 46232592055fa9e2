"""The objectives against closed forms, torch.distributions and a slow twin."""

import itertools
import math

import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from training.model.likelihoods import Gaussian
from training.model.objectives import (
    autoencoder_objective,
    bits_per_dim,
    gaussian_rate,
    importance_weighted,
    log_weights,
    psnr,
    vae_objective,
)
from training.model.posterior import Posterior, reparameterize


def draw(seed: int, *shape: int) -> Tensor:
    """Standard normal float64 numbers that depend on the seed only."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


X, X_MEAN = draw(1, 3, 3, 2, 2), draw(2, 3, 3, 2, 2)
POSTERIOR = Posterior(draw(3, 3, 5), draw(4, 3, 5))
LOG_SIGMA = torch.tensor(-1.3, dtype=torch.float64)
P = Gaussian(X_MEAN, LOG_SIGMA)


def test_rate_is_the_kl_divergence_of_torch():
    q = Normal(POSTERIOR.mean, (0.5 * POSTERIOR.logvar).exp())
    expected = kl_divergence(q, Normal(0.0, 1.0))
    torch.testing.assert_close(gaussian_rate(POSTERIOR), expected, check_dtype=False)


def test_rate_is_zero_only_at_the_prior():
    prior = Posterior(torch.zeros(1, 5), torch.zeros(1, 5))
    assert gaussian_rate(prior).abs().max() == 0
    assert (gaussian_rate(POSTERIOR) > 0).all()


def test_parts_equal_a_slow_twin_that_visits_every_number():
    sigma, beta = math.exp(-1.3), 4.0
    distortion = rate = error = absolute = 0.0
    for i in range(3):
        for c, row, column in itertools.product(range(3), range(2), range(2)):
            difference = float(X[i, c, row, column] - X_MEAN[i, c, row, column])
            error += difference**2 / (3 * 12)
            absolute += abs(difference) / (3 * 12)
            density = math.exp(-((difference / sigma) ** 2) / 2) / (sigma * math.sqrt(2 * math.pi))
            distortion -= math.log(density) / 3
        for d in range(5):
            mean, variance = float(POSTERIOR.mean[i, d]), math.exp(POSTERIOR.logvar[i, d])
            rate += (mean**2 + variance - 1 - math.log(variance)) / 2 / 3

    parts = vae_objective(X, P, POSTERIOR, beta)

    assert float(parts.mse) == pytest.approx(error)
    assert float(parts.mae) == pytest.approx(absolute)
    assert float(parts.distortion) == pytest.approx(distortion)
    assert float(parts.rate) == pytest.approx(rate)
    assert float(parts.elbo) == pytest.approx(-distortion - rate)
    assert float(parts.loss) == pytest.approx(distortion + beta * rate)
    bits = (distortion + rate) / math.log(2) / 12 + math.log2(255)
    assert float(parts.bits_per_dim) == pytest.approx(bits)


def test_the_hourglass_pays_the_distortion_alone():
    hourglass = autoencoder_objective(X, P)
    vae = vae_objective(X, P, POSTERIOR)
    assert hourglass.distortion == vae.distortion == hourglass.loss == -hourglass.elbo
    assert hourglass.rate == 0


def test_beta_weighs_the_rate_in_the_loss_and_changes_nothing_else():
    one = vae_objective(X, P, POSTERIOR)
    four = vae_objective(X, P, POSTERIOR, beta=4.0)
    assert float(four.loss - one.loss) == pytest.approx(3 * float(one.rate))
    assert four._replace(loss=one.loss) == one


def test_terms_are_sums_over_a_picture_and_a_code_and_means_over_the_batch():
    one = vae_objective(X, P, POSTERIOR)
    wide = Posterior(*(torch.cat([part, part], 1) for part in POSTERIOR))
    wider = Gaussian(torch.cat([X_MEAN, X_MEAN], 3), LOG_SIGMA)
    doubled = vae_objective(torch.cat([X, X], 3), wider, wide)
    assert float(doubled.distortion) == pytest.approx(2 * float(one.distortion))
    assert float(doubled.rate) == pytest.approx(2 * float(one.rate))
    assert float(doubled.bits_per_dim) == pytest.approx(float(one.bits_per_dim))

    twice = Posterior(*(torch.cat([part, part]) for part in POSTERIOR))
    more = Gaussian(torch.cat([X_MEAN, X_MEAN]), LOG_SIGMA)
    repeated = vae_objective(torch.cat([X, X]), more, twice)
    torch.testing.assert_close(repeated, one)


def test_free_bits_leave_dimensions_alone_that_cost_less():
    kl = gaussian_rate(POSTERIOR).mean(0)
    free = float(kl.median()) / math.log(2)
    mean = POSTERIOR.mean.clone().requires_grad_()
    parts = vae_objective(X, P, Posterior(mean, POSTERIOR.logvar), 2.0, free)
    expected = kl.clamp(min=float(kl.median())).sum()
    assert float((parts.loss - parts.distortion).detach()) == pytest.approx(2 * float(expected))
    assert float(parts.rate.detach()) == pytest.approx(float(kl.sum()))
    parts.loss.backward()
    paid = kl > kl.median()
    assert (mean.grad.abs().sum(0) > 0).tolist() == paid.tolist()
    assert 0 < paid.sum() < 5


def test_free_bits_of_a_share_of_the_batch_are_those_of_the_batch():
    whole = vae_objective(X, P, POSTERIOR, free_bits=2.0)
    kl = gaussian_rate(POSTERIOR).mean(0)
    losses = [
        vae_objective(
            X[i : i + 1],
            Gaussian(X_MEAN[i : i + 1], LOG_SIGMA),
            Posterior(*(part[i : i + 1] for part in POSTERIOR)),
            free_bits=2.0,
            mean_over=lambda _: kl,
        ).loss
        for i in range(3)
    ]
    assert float(torch.stack(losses).mean()) == pytest.approx(float(whole.loss))


def test_bits_per_dim_adds_the_bits_of_a_level():
    uniform = float(bits_per_dim(torch.tensor(0.0), 12))  # a uniform density on [0, 1]
    assert uniform == pytest.approx(math.log2(255))
    assert float(bits_per_dim(torch.tensor(-12 * math.log(2)), 12)) == pytest.approx(uniform - 1)


def test_bits_per_dim_is_the_code_length_of_the_discretised_likelihood():
    level = torch.arange(40, 220, dtype=torch.float64) / 255
    p = Gaussian(torch.full_like(level, 0.45), torch.tensor(0.1, dtype=torch.float64).log())
    nats = -p.log_density(level).sum()
    expected = -p.log_probability(level).mean() / math.log(2)
    torch.testing.assert_close(bits_per_dim(nats, len(level)), expected, atol=2e-3, rtol=0)


def test_psnr_of_an_error_of_a_tenth_is_20_db():
    assert float(psnr(torch.tensor(0.01))) == pytest.approx(20)
    assert float(psnr(torch.tensor(1.0))) == 0


def test_gradient_through_the_sample_is_the_one_of_the_expectation():
    # E[z^2] = mean^2 + exp(logvar); noise -1 and 1 has mean 0 and variance 1, so it is exact.
    mean, logvar = draw(5, 1, 4).requires_grad_(), draw(6, 1, 4).requires_grad_()
    noise = torch.tensor([[-1.0], [1.0]], dtype=torch.float64)
    reparameterize(Posterior(mean, logvar), noise).square().mean(0).sum().backward()
    torch.testing.assert_close(mean.grad, 2 * mean.detach())
    torch.testing.assert_close(logvar.grad, logvar.detach().exp())
    assert not noise.requires_grad
    assert noise.grad is None


class LinearGaussian:
    """p(z) = N(0, I), p(x|z) = N(Wz + b, sigma^2 I): its evidence and posterior are known.

    The columns of W are orthogonal, so the posterior is a diagonal Gaussian as the encoder's is.
    """

    sigma = 0.3
    scales = torch.tensor([0.9, 0.5, 0.2], dtype=torch.float64)
    w = torch.linalg.qr(draw(7, 12, 3)).Q * scales  # (12, 3)
    b = draw(8, 12)
    x = b + w @ draw(9, 3) + sigma * draw(10, 12)

    def log_evidence(self) -> Tensor:
        covariance = self.w @ self.w.T + self.sigma**2 * torch.eye(12)
        return MultivariateNormal(self.b, covariance).log_prob(self.x)

    def exact_posterior(self) -> Posterior:
        variance = 1 / (1 + self.scales.square() / self.sigma**2)
        mean = variance * (self.w.T @ (self.x - self.b)) / self.sigma**2
        return Posterior(mean[None], variance.log()[None])

    def elbo(self, q: Posterior, draws: int = 100_000) -> Tensor:
        """The average ELBO of many draws of z, each taken as a picture of the batch."""
        z = reparameterize(q, draw(11, draws, 3))
        x_mean = (z @ self.w.T + self.b).unflatten(1, (3, 2, 2))
        x = self.x.reshape(1, 3, 2, 2)
        return vae_objective(x, Gaussian(x_mean, torch.tensor(self.sigma).log()), q).elbo

    def weights(self, q: Posterior, samples: int, repeats: int = 2000) -> Tensor:
        """(samples, repeats) log weights of draws from q."""
        noise = draw(12, samples, repeats, 3)
        sigma = torch.tensor(self.sigma, dtype=torch.float64)
        p = Gaussian(reparameterize(q, noise) @ self.w.T + self.b, sigma.log())
        return log_weights(p.log_density(self.x).sum(-1), q, noise)


WRONG = {
    "the prior": (0.0, 0.0, 0.0),
    "shifted": (1.0, 0.4, 0.0),
    "too wide": (1.0, 0.0, 1.0),
    "too narrow": (1.0, 0.0, -1.0),
}


@pytest.mark.parametrize(("weight", "shift", "widen"), WRONG.values(), ids=WRONG.keys())
def test_elbo_is_the_evidence_less_the_kl_to_the_exact_posterior(
    weight: float, shift: float, widen: float
):
    model = LinearGaussian()
    exact = model.exact_posterior()
    wrong = Posterior(weight * exact.mean + shift, weight * exact.logvar + widen)
    gap = kl_divergence(*(Normal(q.mean, (0.5 * q.logvar).exp()) for q in (wrong, exact))).sum()
    assert gap > 0.2
    assert model.elbo(wrong) < model.log_evidence()
    torch.testing.assert_close(model.elbo(wrong), model.log_evidence() - gap, atol=0.1, rtol=0)


def test_elbo_is_the_evidence_at_the_exact_posterior():
    model = LinearGaussian()
    elbo = model.elbo(model.exact_posterior())
    torch.testing.assert_close(elbo, model.log_evidence(), atol=0.02, rtol=0)


@pytest.mark.parametrize(("weight", "shift", "widen"), WRONG.values(), ids=WRONG.keys())
def test_the_importance_weighted_bound_lies_between_the_elbo_and_the_evidence(
    weight: float, shift: float, widen: float
):
    model = LinearGaussian()
    exact = model.exact_posterior()
    wrong = Posterior(weight * exact.mean + shift, weight * exact.logvar + widen)
    few, many = (importance_weighted(model.weights(wrong, samples)).mean() for samples in (8, 64))
    elbo = importance_weighted(model.weights(wrong, 1)).mean()
    assert elbo < few < many < model.log_evidence()
    torch.testing.assert_close(elbo, model.elbo(wrong), atol=0.5, rtol=0)


def test_every_sample_of_the_exact_posterior_weighs_the_evidence():
    model = LinearGaussian()
    weights = model.weights(model.exact_posterior(), 4)
    torch.testing.assert_close(weights, model.log_evidence().expand_as(weights))
