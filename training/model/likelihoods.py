"""Output distributions p(x|z) side by side: what the numbers that a decoder gives mean.

    p = likelihood("optimal", outputs, log_scale)
    p.mean                    # (B, 3, S, S) the mean picture, in [0, 1]
    p.log_density(x)          # (B, 3, S, S) nats, what training maximises
    p.log_probability(x)      # (B, 3, S, S) nats, of the levels of an 8-bit picture
    p.sample(generator)       # (B, 3, S, S) a picture drawn from p(x|z)
    p.deviation               # (B, 3, S, S) standard deviation, before clipping to [0, 1]
    p.pictures()              # its parameters as pictures, by name

Arrays are of torch, where there are gradients, or of numpy; so is the generator.
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

import numpy as np

from training.model.arrays import (
    Array,
    Generator,
    log_ndtr,
    log_softmax,
    logsigmoid,
    logsumexp,
    namespace,
    normal_noise,
    parts,
    sigmoid,
    softplus,
    take_along,
    uniform_noise,
)

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


def alone(value: Array) -> Array:
    """The mean over processes when there is one."""
    return value


@dataclass(frozen=True, eq=False)
class Gaussian:
    """N(mean, sigma^2) of every value. log_scale: log sigma, () shared or (B, 3, S, S)."""

    mean: Array
    log_scale: Array

    def log_density(self, x: Array) -> Array:
        xp = namespace(x)
        u = (x - self.mean) * xp.exp(-self.log_scale)
        return -0.5 * xp.square(u) - self.log_scale - 0.5 * math.log(2 * math.pi)

    def log_probability(self, x: Array) -> Array:
        return _log_interval(x, self.mean, self.log_scale, log_ndtr)

    def sample(self, generator: Generator) -> Array:
        xp = namespace(self.mean)
        noise = normal_noise(self.mean, generator)
        return xp.clip(self.mean + xp.exp(self.log_scale) * noise, 0, 1)

    @property
    def deviation(self) -> Array:
        xp = namespace(self.mean)
        return xp.broadcast_to(xp.exp(self.log_scale), self.mean.shape)

    def pictures(self) -> dict[str, Array]:
        return {"mean": self.mean, "sigma": self.deviation}


@dataclass(frozen=True, eq=False)
class Laplace:
    """The two-sided exponential around `mean`, its median too. log_scale: () shared."""

    mean: Array
    log_scale: Array

    def log_density(self, x: Array) -> Array:
        xp = namespace(x)
        u = (x - self.mean) * xp.exp(-self.log_scale)
        return -xp.abs(u) - self.log_scale - math.log(2)

    def log_probability(self, x: Array) -> Array:
        return _log_interval(x, self.mean, self.log_scale, _laplace_log_cdf)

    def sample(self, generator: Generator) -> Array:
        xp, u = namespace(self.mean), _inside(self.mean, generator) - 0.5
        u = -xp.sign(u) * xp.log1p(-2 * xp.clip(xp.abs(u), None, 0.5 - 1e-7))
        return xp.clip(self.mean - xp.exp(self.log_scale) * u, 0, 1)

    @property
    def deviation(self) -> Array:
        xp = namespace(self.mean)
        return xp.broadcast_to(math.sqrt(2) * xp.exp(self.log_scale), self.mean.shape)

    def pictures(self) -> dict[str, Array]:
        scale = self.deviation / math.sqrt(2)
        return {"mean": self.mean, "scale": scale}


@dataclass(frozen=True, eq=False)
class ContinuousBernoulli:
    """Density proportional to exp(logit * x) on [0, 1] (Loaiza-Ganem & Cunningham 2019).

    Their lambda is sigmoid(logit); it is not the mean. All is written for |logit|: the density of
    1 - x has the logit of the other sign.
    """

    logit: Array

    @property
    def mean(self) -> Array:
        """1 / (1 - exp(-logit)) - 1 / logit, and 1/2 at logit 0 (their eq. 8)."""
        xp = namespace(self.logit)
        small = xp.abs(self.logit) < 0.1
        safe = xp.where(small, 1.0, self.logit)
        series = 0.5 + self.logit / 12 - self.logit**3 / 720
        return xp.where(small, series, -1 / xp.expm1(-safe) - 1 / safe)

    def log_density(self, x: Array) -> Array:
        # logit / (exp(logit) - 1) = exp(-logit / 2) y / sinh(y) with y = |logit| / 2
        xp = namespace(self.logit)
        y = 0.5 * xp.abs(self.logit)
        small = y < 0.1
        safe = xp.where(small, 1.0, y)
        closed = xp.log(safe) - safe - xp.log1p(-xp.exp(-2 * safe)) + math.log(2)
        series = -xp.square(y) / 6 + y**4 / 180
        return self.logit * (x - 0.5) + xp.where(small, series, closed)

    def log_probability(self, x: Array) -> Array:
        xp = namespace(self.logit)
        s = xp.clip(xp.abs(self.logit), 1e-5, None)
        upwards = xp.where(self.logit < 0, 1 - x, x)
        lower, upper = xp.clip(upwards - HALF, 0, None), xp.clip(upwards + HALF, None, 1)
        return s * (upper - 1) + _log1mexp(s * (upper - lower)) - _log1mexp(s)

    def sample(self, generator: Generator) -> Array:
        xp, u = namespace(self.logit), _inside(self.logit, generator)
        s = xp.clip(xp.abs(self.logit), 1e-3, None)
        upwards = xp.clip(1 + xp.log(u + (1 - u) * xp.exp(-s)) / s, 0, 1)
        return xp.where(self.logit < 0, 1 - upwards, upwards)

    @property
    def deviation(self) -> Array:
        """Root of 1 / logit^2 - 1 / (4 sinh^2(logit / 2)), the mean's slope; 1/12 at logit 0."""
        xp = namespace(self.logit)
        s = xp.abs(self.logit)
        safe = xp.clip(s, 0.3, 80)  # beyond 80 the second term is below float32's resolution
        closed = 1 / xp.square(xp.clip(s, 0.3, None)) - 0.25 / xp.square(xp.sinh(safe / 2))
        return xp.sqrt(xp.where(s < 0.3, 1 / 12 - xp.square(s) / 240, closed))

    def pictures(self) -> dict[str, Array]:
        return {"mean": self.mean, "lambda": sigmoid(self.logit)}


@dataclass(frozen=True, eq=False)
class LogisticMixture:
    """A mixture of logistic distributions of every value, known by its levels only.

    log_weight, center, log_scale: (B, K, 3, S, S), K components each; weights sum to one over K.
    Source: Salimans et al. 2017 (PixelCNN++), eq. 2; without their coupling between the channels.
    """

    log_weight: Array
    center: Array
    log_scale: Array

    @property
    def mean(self) -> Array:
        """Mean of what is left after clipping to [0, 1], which the levels do too.

        E[clip X] = 1 - integral of F over [0, 1], and F is a logistic function.
        """
        xp = namespace(self.center)
        scale = xp.exp(self.log_scale)
        area = softplus((1 - self.center) / scale) - softplus(-self.center / scale)
        return xp.clip((xp.exp(self.log_weight) * (1 - scale * area)).sum(1), 0, 1)

    def log_density(self, x: Array) -> Array:
        return self.log_probability(x) + math.log(LEVELS)

    def log_probability(self, x: Array) -> Array:
        xp = namespace(self.center)
        x, rate = x[:, None], xp.exp(-self.log_scale)
        below = logsigmoid((x + HALF - self.center) * rate)
        above = logsigmoid((self.center - x + HALF) * rate)
        # F(b) - F(a) = F(b) (1 - F(a)) (1 - exp(a - b)) for the logistic F: no cancellation.
        between = below + above + _log1mexp(2 * HALF * rate)
        level = xp.where(x < HALF, below, xp.where(x > 1 - HALF, above, between))
        return logsumexp(self.log_weight + level, 1)

    def sample(self, generator: Generator) -> Array:
        xp = namespace(self.center)
        gumbel = -xp.log(-xp.log(_inside(self.log_weight, generator)))
        chosen = (self.log_weight + gumbel).argmax(1)[:, None]
        center, log_scale = (take_along(t, chosen, 1)[:, 0] for t in (self.center, self.log_scale))
        u = _inside(center, generator)
        return xp.clip(center + xp.exp(log_scale) * (xp.log(u) - xp.log1p(-u)), 0, 1)

    @property
    def deviation(self) -> Array:
        """A logistic has the variance (pi scale)^2 / 3."""
        xp = namespace(self.center)
        weight, center = xp.exp(self.log_weight), self.center
        middle = (weight * center).sum(1)[:, None]
        own = xp.square(math.pi * xp.exp(self.log_scale)) / 3
        return xp.sqrt((weight * (xp.square(center - middle) + own)).sum(1))

    def pictures(self) -> dict[str, Array]:
        xp = namespace(self.center)
        shown = {"weight": xp.exp(self.log_weight), "center": xp.clip(self.center, 0, 1)}
        shown["scale"] = xp.exp(self.log_scale)
        return {"mean": self.mean} | {
            f"{name} {k + 1}": part[:, k]
            for k in range(self.center.shape[1])
            for name, part in shown.items()
        }


Likelihood = Gaussian | Laplace | ContinuousBernoulli | LogisticMixture


def likelihood(name: str, outputs: Array, log_scale: Array) -> Likelihood:
    """p(x|z) of a name of LIKELIHOODS.

    outputs: (B, C * OUTPUTS[name], S, S), as the decoder gives them, any real numbers. log_scale:
    () the scale of "fixed" and of SHARED; the others do not use it.
    """
    if name in ("fixed", "optimal"):
        return Gaussian(sigmoid(outputs), log_scale)
    if name == "learned":
        mean, log_scale = parts(outputs, 2)
        return Gaussian(sigmoid(mean), _bounded(log_scale))
    if name == "laplace":
        return Laplace(sigmoid(outputs), log_scale)
    if name == "continuous-bernoulli":
        return ContinuousBernoulli(outputs)
    channels, side = outputs.shape[1] // OUTPUTS[name], outputs.shape[2:]
    weight, center, log_scale = (
        t.reshape(t.shape[0], -1, channels, *side) for t in parts(outputs, 3)
    )
    return LogisticMixture(log_softmax(weight, 1), 0.5 + center, _bounded(log_scale))


def at_best_scale(
    name: str, x: Array, p: Gaussian | Laplace, mean_over: Callable[[Array], Array] = alone
) -> Gaussian | Laplace:
    """p of a name of SHARED with the scale of maximum likelihood for pictures x.

    The scale has no gradient, which is zero at the maximum anyhow. mean_over: averages over
    processes. Source: Rybkin et al. 2021 (sigma-VAE), section 4.2.
    """
    error = (x - p.mean).detach().abs().pow(SHARED[name]).mean()
    return replace(p, log_scale=mean_over(error).log() / SHARED[name])


def _bounded(output: Array) -> Array:
    """A log scale between LOG_FINEST and LOG_WIDEST; about LOG_START for 0."""
    grown = LOG_FINEST + softplus(output + (LOG_START - LOG_FINEST))
    return namespace(output).clip(grown, None, LOG_WIDEST)


def _log_interval(
    x: Array, mean: Array, log_scale: Array, log_cdf: Callable[[Array], Array]
) -> Array:
    """log P of the level of x for a symmetric distribution with the standard `log_cdf`.

    A level above the mean is mirrored to below it, where F is small and its logarithm exact.
    """
    xp = namespace(mean)
    lower = xp.where(x < HALF, -math.inf, (x - HALF - mean) * xp.exp(-log_scale))
    upper = xp.where(x > 1 - HALF, math.inf, (x + HALF - mean) * xp.exp(-log_scale))
    mirrored = x > mean
    a, b = xp.where(mirrored, -upper, lower), xp.where(mirrored, -lower, upper)
    log_f = log_cdf(b)
    return log_f + _log1mexp(log_f - log_cdf(a))


def _laplace_log_cdf(u: Array) -> Array:
    xp = namespace(u)
    return xp.where(u < 0, u - math.log(2), xp.log1p(-0.5 * xp.exp(-xp.abs(u))))


def _log1mexp(d: Array) -> Array:
    """log(1 - exp(-d)) for d >= 0, exact at both ends, with finite gradients."""
    xp = namespace(d)
    near, far = xp.clip(d, None, math.log(2)), xp.clip(d, math.log(2), None)
    return xp.where(d < math.log(2), xp.log(-xp.expm1(-near)), xp.log1p(-xp.exp(-far)))


def _inside(like: Array, generator: Generator) -> Array:
    """Draws inside (0, 1), so that logarithms stay finite."""
    return namespace(like).clip(uniform_noise(like, generator), 1e-6, 1 - 1e-6)


def slope(name: str, outputs: Array, log_scale: np.ndarray, x: Array) -> Array:
    """d log p(x|z) / d outputs, of the density, for arrays of numpy and graphs: as `outputs`.

    Torch finds it by itself; written out it refines codes without torch. Arguments as in
    `likelihood`, x: (B, 3, S, S) float32 in [0, 1].
    """
    if name in ("fixed", "optimal"):
        return _gaussian_slope(sigmoid(outputs), log_scale, x)
    if name == "learned":
        mean, given = parts(outputs, 2)
        bounded = _bounded(given)
        squared = np.square((x - sigmoid(mean)) * np.exp(-bounded))
        return np.concatenate(
            [
                _gaussian_slope(sigmoid(mean), bounded, x),
                (squared - 1) * _bounded_slope(given, bounded),
            ],
            1,
        )
    if name == "laplace":
        mean = sigmoid(outputs)
        return np.sign(x - mean) * np.exp(-log_scale) * mean * (1 - mean)
    p = likelihood(name, outputs, log_scale)
    if not isinstance(p, LogisticMixture):  # continuous-bernoulli
        return x - p.mean
    return _mixture_slope(p.log_weight, p.center, p.log_scale, outputs, x[:, None])


def _gaussian_slope(mean: Array, log_scale: Array, x: Array) -> Array:
    return (x - mean) * np.exp(-2 * log_scale) * mean * (1 - mean)


def _bounded_slope(given: Array, bounded: Array) -> Array:
    """The slope of a bounded log scale in what the decoder gave."""
    return sigmoid(given + (LOG_START - LOG_FINEST)) * (bounded < LOG_WIDEST)


def _mixture_slope(
    log_weight: Array,
    center: Array,
    log_scale: Array,
    outputs: Array,
    x: Array,
) -> Array:
    """Of `LogisticMixture`. x: (B, 1, 3, S, S); the others as its fields."""
    rate = np.exp(-log_scale)
    a, b, d = (x + HALF - center) * rate, (center - x + HALF) * rate, 2 * HALF * rate
    # logsigmoid(a) and logsigmoid(b) by what is in them; log(1 - exp(-d)) by d.
    below, above = sigmoid(-a), sigmoid(-b)
    inner = (x >= HALF) & (x <= 1 - HALF)
    by_center = rate * (np.where(x > 1 - HALF, 0, -below) + np.where(x < HALF, 0, above))
    by_scale = -np.where(x > 1 - HALF, 0, a * below) - np.where(x < HALF, 0, b * above)
    by_scale = by_scale - np.where(inner, d / np.expm1(d), 0)
    levels = -np.logaddexp(0, -np.where(x > 1 - HALF, np.inf, a))
    levels = levels - np.logaddexp(0, -np.where(x < HALF, np.inf, b))
    levels = levels + np.where(inner, np.log(-np.expm1(-d)), 0)
    joint = log_weight + levels
    share = np.exp(joint - logsumexp(joint, 1)[:, None])
    _, _, given = (part.reshape(center.shape) for part in parts(outputs, 3))
    found = (
        share - np.exp(log_softmax(log_weight, 1)),
        share * by_center,
        share * by_scale * _bounded_slope(given, log_scale),
    )
    return np.concatenate([part.reshape(len(part), -1, *part.shape[3:]) for part in found], 1)
