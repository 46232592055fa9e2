"""Output distributions p(x|z) side by side: what the numbers that a decoder gives mean.

    p = likelihood("optimal", outputs, log_scale)
    p.mean                    # (B, 3, S, S) the mean picture, in [0, 1]
    p.log_density(x)          # (B, 3, S, S) nats, what training maximises
    p.log_probability(x)      # (B, 3, S, S) nats, of the levels of an 8-bit picture
    p.sample(generator)       # (B, 3, S, S) a picture drawn from p(x|z)
    p.deviation               # (B, 3, S, S) standard deviation, before clipping to [0, 1]
    p.pictures()              # its parameters as pictures, by name

x: (B, 3, S, S) in [0, 1], levels 0..255 of an 8-bit picture divided by 255. Given z all values are
independent. The classes follow one another in the same order of lines.

What can be compared. A density of an 8-bit picture is no probability: it grows without bound where
it fits, and a Bernoulli-like and a Gaussian density have nothing in common. So each distribution
is also discretised in one way: the level is 255 X rounded, and what falls outside [0, 1] goes to
the outer levels. With half a level h = 0.5 / 255 and the distribution function F of one value,

    P(level k) = F(k / 255 + h) - F(k / 255 - h),   with F(-h) := 0 and F(1 + h) := 1

These telescope: they sum to F(1 + h) - F(-h) = 1 over the 256 levels for any F. -log2 P, averaged
over the values of a picture, is its code length in bits per dimension, the same unit for all.
Where the density hardly changes within a level, P = density / 255, so that bits per dimension are
nats / (values ln 2) + log2 255; `log_density` of the mixture, which has no other density, is
defined as log(255 P), so that all of them are densities on the [0, 1] range.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

LEVELS = 255  # steps from the lowest to the highest value of an 8-bit picture
HALF = 0.5 / LEVELS  # half the width of a level, in the [0, 1] range
LOG_FINEST = math.log(HALF)  # a narrower distribution would pretend to know more than 8 bits
LOG_WIDEST = 5.0  # far wider than any picture, and still finite when exponentiated
LOG_START = -2.0  # log scale of a fresh network: the spread of pictures around their mean
COMPONENTS = 5  # logistics in the mixture of one value

# Numbers that the decoder gives for one value of the picture.
OUTPUTS = {
    "fixed": 1,
    "optimal": 1,
    "learned": 2,
    "laplace": 1,
    "continuous-bernoulli": 1,
    "logistic-mixture": 3 * COMPONENTS,
}
LIKELIHOODS = tuple(OUTPUTS)
ABOUT = {
    "fixed": "Gaussian with one given sigma",
    "optimal": "Gaussian with one sigma, the maximum likelihood one",
    "learned": "Gaussian, the decoder gives sigma for every value",
    "laplace": "Laplace with one scale, the maximum likelihood one",
    "continuous-bernoulli": "density exp(a x) on [0, 1]; has no scale",
    "logistic-mixture": f"{COMPONENTS} discretized logistics, all given by the decoder",
}
# One scale for all values, the maximum likelihood one: scale^p is the mean of |x - mean|^p.
SHARED = {"optimal": 2, "laplace": 1}


def alone(value: Tensor) -> Tensor:
    """The mean over processes when there is one."""
    return value


@dataclass(frozen=True, eq=False)
class Gaussian:
    """N(mean, sigma^2) of every value. log_scale: log sigma, () shared or (B, 3, S, S)."""

    mean: Tensor
    log_scale: Tensor

    def log_density(self, x: Tensor) -> Tensor:
        u = (x - self.mean) * torch.exp(-self.log_scale)
        return -0.5 * u.square() - self.log_scale - 0.5 * math.log(2 * math.pi)

    def log_probability(self, x: Tensor) -> Tensor:
        return _log_interval(x, self.mean, self.log_scale, torch.special.log_ndtr)

    def sample(self, generator: torch.Generator) -> Tensor:
        return (self.mean + torch.exp(self.log_scale) * _normal(self.mean, generator)).clamp(0, 1)

    @property
    def deviation(self) -> Tensor:
        return torch.exp(self.log_scale).expand_as(self.mean)

    def pictures(self) -> dict[str, Tensor]:
        return {"mean": self.mean, "sigma": torch.exp(self.log_scale).expand_as(self.mean)}


@dataclass(frozen=True, eq=False)
class Laplace:
    """The two-sided exponential around `mean`, its median too. log_scale: () shared."""

    mean: Tensor
    log_scale: Tensor

    def log_density(self, x: Tensor) -> Tensor:
        u = (x - self.mean) * torch.exp(-self.log_scale)
        return -u.abs() - self.log_scale - math.log(2)

    def log_probability(self, x: Tensor) -> Tensor:
        return _log_interval(x, self.mean, self.log_scale, _laplace_log_cdf)

    def sample(self, generator: torch.Generator) -> Tensor:
        u = _uniform(self.mean, generator) - 0.5
        u = -u.sign() * torch.log1p(-2 * u.abs().clamp(max=0.5 - 1e-7))
        return (self.mean - torch.exp(self.log_scale) * u).clamp(0, 1)

    @property
    def deviation(self) -> Tensor:
        return math.sqrt(2) * torch.exp(self.log_scale).expand_as(self.mean)

    def pictures(self) -> dict[str, Tensor]:
        return {"mean": self.mean, "scale": torch.exp(self.log_scale).expand_as(self.mean)}


@dataclass(frozen=True, eq=False)
class ContinuousBernoulli:
    """Density proportional to exp(logit * x) on [0, 1] (Loaiza-Ganem & Cunningham 2019).

    Their lambda is sigmoid(logit); it is not the mean. All is written for |logit|: the density of
    1 - x has the logit of the other sign.
    """

    logit: Tensor

    @property
    def mean(self) -> Tensor:
        """1 / (1 - exp(-logit)) - 1 / logit, and 1/2 at logit 0 (their eq. 8)."""
        small = self.logit.abs() < 0.1
        safe = torch.where(small, 1.0, self.logit)
        series = 0.5 + self.logit / 12 - self.logit**3 / 720
        return torch.where(small, series, -1 / torch.expm1(-safe) - 1 / safe)

    def log_density(self, x: Tensor) -> Tensor:
        # logit / (exp(logit) - 1) = exp(-logit / 2) y / sinh(y) with y = |logit| / 2
        y = 0.5 * self.logit.abs()
        small = y < 0.1
        safe = torch.where(small, 1.0, y)
        closed = safe.log() - safe - torch.log1p(-torch.exp(-2 * safe)) + math.log(2)
        return self.logit * (x - 0.5) + torch.where(small, -y.square() / 6 + y**4 / 180, closed)

    def log_probability(self, x: Tensor) -> Tensor:
        s = self.logit.abs().clamp(min=1e-5)
        upwards = torch.where(self.logit < 0, 1 - x, x)
        lower, upper = (upwards - HALF).clamp(min=0), (upwards + HALF).clamp(max=1)
        return s * (upper - 1) + _log1mexp(s * (upper - lower)) - _log1mexp(s)

    def sample(self, generator: torch.Generator) -> Tensor:
        u, s = _uniform(self.logit, generator), self.logit.abs().clamp(min=1e-3)
        upwards = (1 + torch.log(u + (1 - u) * torch.exp(-s)) / s).clamp(0, 1)
        return torch.where(self.logit < 0, 1 - upwards, upwards)

    @property
    def deviation(self) -> Tensor:
        """Root of 1 / logit^2 - 1 / (4 sinh^2(logit / 2)), the mean's slope; 1/12 at logit 0."""
        s = self.logit.abs()
        safe = s.clamp(0.3, 80)  # beyond 80 the second term is below float32's resolution
        closed = 1 / s.clamp(min=0.3).square() - 0.25 / torch.sinh(safe / 2).square()
        return torch.where(s < 0.3, 1 / 12 - s.square() / 240, closed).sqrt()

    def pictures(self) -> dict[str, Tensor]:
        return {"mean": self.mean, "lambda": torch.sigmoid(self.logit)}


@dataclass(frozen=True, eq=False)
class LogisticMixture:
    """A mixture of logistic distributions of every value, known by its levels only.

    log_weight, center, log_scale: (B, K, 3, S, S), K components each; weights sum to one over K.
    Source: Salimans et al. 2017 (PixelCNN++), eq. 2; without their coupling between the channels.
    """

    log_weight: Tensor
    center: Tensor
    log_scale: Tensor

    @property
    def mean(self) -> Tensor:
        """Mean of what is left after clipping to [0, 1], which the levels do too.

        E[clip X] = 1 - integral of F over [0, 1], and F is a logistic function.
        """
        scale = torch.exp(self.log_scale)
        area = softplus((1 - self.center) / scale) - softplus(-self.center / scale)
        return (torch.exp(self.log_weight) * (1 - scale * area)).sum(1).clamp(0, 1)

    def log_density(self, x: Tensor) -> Tensor:
        return self.log_probability(x) + math.log(LEVELS)

    def log_probability(self, x: Tensor) -> Tensor:
        x, rate = x[:, None], torch.exp(-self.log_scale)
        below = logsigmoid((x + HALF - self.center) * rate)
        above = logsigmoid((self.center - x + HALF) * rate)
        # F(b) - F(a) = F(b) (1 - F(a)) (1 - exp(a - b)) for the logistic F: no cancellation.
        between = below + above + _log1mexp(2 * HALF * rate)
        parts = torch.where(x < HALF, below, torch.where(x > 1 - HALF, above, between))
        return torch.logsumexp(self.log_weight + parts, 1)

    def sample(self, generator: torch.Generator) -> Tensor:
        gumbel = -torch.log(-torch.log(_uniform(self.log_weight, generator)))
        chosen = (self.log_weight + gumbel).argmax(1, keepdim=True)
        center, log_scale = (t.gather(1, chosen)[:, 0] for t in (self.center, self.log_scale))
        noise = torch.logit(_uniform(center, generator))
        return (center + torch.exp(log_scale) * noise).clamp(0, 1)

    @property
    def deviation(self) -> Tensor:
        """A logistic has the variance (pi scale)^2 / 3."""
        weight, center = torch.exp(self.log_weight), self.center
        middle = (weight * center).sum(1, keepdim=True)
        own = (math.pi * torch.exp(self.log_scale)).square() / 3
        return (weight * ((center - middle).square() + own)).sum(1).sqrt()

    def pictures(self) -> dict[str, Tensor]:
        parts = {"weight": self.log_weight.exp(), "center": self.center.clamp(0, 1)}
        parts["scale"] = self.log_scale.exp()
        return {"mean": self.mean} | {
            f"{name} {k + 1}": part[:, k]
            for k in range(self.center.shape[1])
            for name, part in parts.items()
        }


Likelihood = Gaussian | Laplace | ContinuousBernoulli | LogisticMixture


def likelihood(name: str, outputs: Tensor, log_scale: Tensor) -> Likelihood:
    """p(x|z) of a name of LIKELIHOODS.

    outputs: (B, C * OUTPUTS[name], S, S), as the decoder gives them, any real numbers. log_scale:
    () the scale of "fixed" and of SHARED; the others do not use it.
    """
    if name in ("fixed", "optimal"):
        return Gaussian(torch.sigmoid(outputs), log_scale)
    if name == "learned":
        mean, log_scale = outputs.chunk(2, 1)
        return Gaussian(torch.sigmoid(mean), _bounded(log_scale))
    if name == "laplace":
        return Laplace(torch.sigmoid(outputs), log_scale)
    if name == "continuous-bernoulli":
        return ContinuousBernoulli(outputs)
    channels = outputs.shape[1] // OUTPUTS[name]
    weight, center, log_scale = outputs.unflatten(1, (3, -1, channels)).unbind(1)
    return LogisticMixture(weight.log_softmax(1), 0.5 + center, _bounded(log_scale))


def at_best_scale(
    name: str, x: Tensor, p: Gaussian | Laplace, mean_over: Callable[[Tensor], Tensor] = alone
) -> Gaussian | Laplace:
    """p of a name of SHARED with the scale of maximum likelihood for pictures x.

    The scale has no gradient, which is zero at the maximum anyhow. mean_over: averages over
    processes. Source: Rybkin et al. 2021 (sigma-VAE), section 4.2.
    """
    error = (x - p.mean).detach().abs().pow(SHARED[name]).mean()
    return replace(p, log_scale=mean_over(error).log() / SHARED[name])


def _bounded(output: Tensor) -> Tensor:
    """A log scale between LOG_FINEST and LOG_WIDEST; about LOG_START for 0."""
    return (LOG_FINEST + softplus(output + (LOG_START - LOG_FINEST))).clamp(max=LOG_WIDEST)


def _log_interval(
    x: Tensor, mean: Tensor, log_scale: Tensor, log_cdf: Callable[[Tensor], Tensor]
) -> Tensor:
    """log P of the level of x for a symmetric distribution with the standard `log_cdf`.

    A level above the mean is mirrored to below it, where F is small and its logarithm exact.
    """
    lower = torch.where(x < HALF, -torch.inf, (x - HALF - mean) * torch.exp(-log_scale))
    upper = torch.where(x > 1 - HALF, torch.inf, (x + HALF - mean) * torch.exp(-log_scale))
    mirrored = x > mean
    a, b = torch.where(mirrored, -upper, lower), torch.where(mirrored, -lower, upper)
    log_f = log_cdf(b)
    return log_f + _log1mexp(log_f - log_cdf(a))


def _laplace_log_cdf(u: Tensor) -> Tensor:
    return torch.where(u < 0, u - math.log(2), torch.log1p(-0.5 * torch.exp(-u.abs())))


def _log1mexp(d: Tensor) -> Tensor:
    """log(1 - exp(-d)) for d >= 0, exact at both ends, with finite gradients."""
    near, far = d.clamp(max=math.log(2)), d.clamp(min=math.log(2))
    return torch.where(d < math.log(2), torch.log(-torch.expm1(-near)), torch.log1p(-(-far).exp()))


def _normal(like: Tensor, generator: torch.Generator) -> Tensor:
    noise = torch.randn(like.shape, generator=generator, device=generator.device)
    return noise.to(like)


def _uniform(like: Tensor, generator: torch.Generator) -> Tensor:
    """Inside (0, 1), so that logarithms stay finite."""
    noise = torch.rand(like.shape, generator=generator, device=generator.device)
    return noise.to(like).clamp(1e-6, 1 - 1e-6)
