"""What the steps say of p(x|z), for each likelihood that a run may have been trained with."""

from typing import NamedTuple

from explorer.language.text import N_
from explorer.run.loaded import Loaded
from training.model.likelihoods import (
    ContinuousBernoulli,
    Gaussian,
    Laplace,
    Likelihood,
    LogisticMixture,
)


class LikelihoodText(NamedTuple):
    """One likelihood in words and formulas (LaTeX).

    kind: what lists call it. cls: where the code of it is. drawn: how a value of the picture is
    drawn. given: what the network gives. log_density: of a picture with V values. meaning: what
    that is. error: what the hourglass with this likelihood makes small. scale: the symbol of the
    scale, none if it has none. shared: whether all values have the same one.
    """

    kind: str
    cls: type[Likelihood]
    drawn: str
    given: str
    log_density: str
    meaning: str
    error: str
    scale: str | None
    shared: bool


_SQUARED = r"\lVert x - \mathrm{dec}(\mathrm{enc}(x))\rVert^2"
_GAUSSIAN = LikelihoodText(
    N_("a Gaussian with one $\\sigma$ for all values"),
    Gaussian,
    r"x \mid z \sim \mathcal N\big(\mu(z),\,\sigma^2 I\big)",
    N_(
        "The network returns one mean $\\mu$ for each value. All values share one $\\sigma$, "
        "learned from the data: it is as large as the decoder's typical error."
    ),
    r"-\frac{\lVert x - \mu(z)\rVert^2}{2\sigma^2} - \frac V2\log 2\pi\sigma^2",
    N_("It is the squared error, measured in units of $\\sigma$."),
    _SQUARED,
    "σ",
    True,
)
_FIXED = _GAUSSIAN._replace(
    kind=N_("a Gaussian with one fixed $\\sigma$ for all values"),
    given=N_(
        "The network returns one mean $\\mu$ for each value. All values share one $\\sigma$, "
        "which was chosen before training and not learned."
    ),
)
_LEARNED = LikelihoodText(
    N_("a Gaussian with a $\\sigma$ of its own for every value"),
    Gaussian,
    r"x_i \mid z \sim \mathcal N\big(\mu_i(z),\,\sigma_i(z)^2\big)",
    N_(
        "The network returns two numbers for each value: a mean $\\mu_i$, and a $\\sigma_i$ that "
        "says how large an error it expects there."
    ),
    r"-\sum_{i=1}^V \Big(\frac{(x_i - \mu_i(z))^2}{2\sigma_i(z)^2} + \log \sigma_i(z)\Big)"
    r"- \frac V2\log 2\pi",
    N_("It is a squared error in which every value has its own unit, its $\\sigma_i$."),
    r"-\log p(x \mid \mathrm{enc}(x))",
    "σ",
    False,
)
_LAPLACE = LikelihoodText(
    N_("a Laplace distribution with one scale $b$ for all values"),
    Laplace,
    r"x_i \mid z \sim \mathrm{Laplace}\big(\mu_i(z),\,b\big)",
    N_(
        "The network returns one centre $\\mu$ for each value. All values share one scale $b$, "
        "learned from the data: it is the decoder's mean absolute error."
    ),
    r"-\frac1b \sum_{i=1}^V \lvert x_i - \mu_i(z)\rvert - V \log 2b",
    N_("It is the absolute error, measured in units of $b$."),
    r"\lVert x - \mathrm{dec}(\mathrm{enc}(x))\rVert_1",
    "b",
    True,
)
_BERNOULLI = LikelihoodText(
    N_("a continuous Bernoulli distribution"),
    ContinuousBernoulli,
    r"p(x_i \mid z) \propto e^{a_i(z)\,x_i}, \qquad 0 \le x_i \le 1",
    N_(
        "The network returns one slope $a_i$ for each value. There is no scale that could be "
        "learned: the mean of a value decides how wide its distribution is."
    ),
    r"\sum_{i=1}^V \Big(a_i(z)\,x_i + \log \frac{a_i(z)}{e^{a_i(z)} - 1}\Big)",
    N_("It is the cross entropy, with the normalising term that is often left out."),
    r"-\log p(x \mid \mathrm{enc}(x))",
    None,
    False,
)
_MIXTURE = LikelihoodText(
    N_("a mixture of logistic distributions for every value"),
    LogisticMixture,
    r"x_i \mid z \sim \sum_k w_{ik}(z)\,\mathrm{Logistic}\big(m_{ik}(z),\,s_{ik}(z)\big)",
    N_(
        "The network returns weight, centre and scale of several logistic distributions for each "
        "value."
    ),
    r"\sum_{i=1}^V \log 255\,P\big(\text{level of } x_i \mid z\big)",
    N_("$P$ is the probability that the mixture gives to the level of the value, one of 256."),
    r"-\log p(x \mid \mathrm{enc}(x))",
    "s",
    False,
)
TEXTS = {
    "fixed": _FIXED,
    "optimal": _GAUSSIAN,
    "learned": _LEARNED,
    "laplace": _LAPLACE,
    "continuous-bernoulli": _BERNOULLI,
    "logistic-mixture": _MIXTURE,
}


def likelihood_text(loaded: Loaded) -> LikelihoodText:
    """Of the run's own likelihood."""
    return TEXTS[loaded.run.config.model.likelihood]
