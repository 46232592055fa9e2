"""Step 6: the ELBO."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.language.text import N_, _
from explorer.learn.distributions import as_levels
from explorer.learn.elbo import (
    SPREADS,
    along_spread,
    best_spread,
    bound,
    change_figure,
    gap_figure,
    log_weights,
    moved,
    spread_figure,
)
from explorer.learn.model_access import bound_of_draws
from explorer.learn.tiny_training import STEPS, TINY, Report, drawn_faces, has_torch, two_trainings
from explorer.page import state
from explorer.page.learn import gallery
from explorer.page.learn.formula import show_formula
from explorer.page.learn.parts import Step, cache_key, nats, say_where_from, section
from explorer.page.learn.predict import Question, ask_first
from explorer.page.parts import select_slider, show_chart, show_numbers, show_pictures, slider
from explorer.run.loaded import Loaded
from training.model.objectives import importance_weighted, vae_objective
from training.model.objectives import log_weights as training_log_weights

DRAWS = 4  # of q(z|x) in an estimate, which are shown, too
BOUND_DRAWS = 64  # draws of the importance-weighted bound
INSTALL = 'pip install ".[train]"'
FACES = 64  # drawn faces that the two trainings see
QUESTION = Question(
    "elbo",
    N_(
        "The ELBO is minus distortion minus rate. We move the codes away from where the encoder "
        "puts them. Which of the two grows more?"
    ),
    (N_("The distortion"), N_("The rate"), N_("Both about equally")),
    N_(
        "The distortion grows, and with it nearly all of the ELBO is lost: the moved codes "
        "explain the picture worse. The rate hardly changes, because the new place is about as "
        "far from the middle of the prior as the old one."
    ),
)
DERIVATION = (
    (
        r"\log p(x) = \log \int p(x \mid z)\,p(z)\,dz",
        N_("The probability of the picture: all codes together. Nobody can compute this integral."),
    ),
    (
        r"= \log \mathbb E_{z \sim q(z \mid x)} \left[\frac{p(x \mid z)\,p(z)}{q(z \mid x)}\right]",
        N_(
            "Multiply and divide by $q(z \\mid x)$, which changes nothing. Now the integral is an "
            "average over codes that the encoder proposes."
        ),
    ),
    (
        r"\ge \mathbb E_{q} \left[\log \frac{p(x \mid z)\,p(z)}{q(z \mid x)}\right]",
        N_(
            "**Jensen's inequality.** The logarithm bends downwards, so the log of an average is "
            "never smaller than the average of the logs. They are equal only if all averaged "
            "values are."
        ),
    ),
    (
        r"= \underbrace{\mathbb E_{q}\big[\log p(x \mid z)\big]}_{-\,\text{distortion}}"
        r"- \underbrace{\mathrm{KL}\big(q(z \mid x)\,\|\,p(z)\big)}_{\text{rate}}",
        N_(
            "The logarithm of the fraction, taken apart. This is the **ELBO**, and you can "
            "estimate all of it: decode a draw, measure the error, add the rate."
        ),
    ),
    (
        r"= \log p(x) - \mathrm{KL}\big(q(z \mid x)\,\|\,p(z \mid x)\big)",
        N_(
            "The same number, written in another way: what is lost is how far the encoder's "
            "guess is from the true posterior. A higher ELBO means more probable pictures or a "
            "better guess."
        ),
    ),
)


def show(loaded: Loaded) -> None:
    """Jensen's inequality, the bars of one face, the bound above, and the two trainings."""
    with section(
        "jensen", ask_first(QUESTION, partial(_show_bars, loaded)), vae_objective, first=True
    ):
        st.markdown(_("A good model gives real pictures a high probability."))
        _show_lines()
    with section("gap", partial(_show_gap, loaded), training_log_weights, importance_weighted):
        st.markdown(
            _(
                "**How much is lost in Jensen's inequality?** Less, if you average more draws "
                "*before* the logarithm. With $K$ draws:"
            )
        )
        st.latex(
            r"\log p(x) \ \ge\ \mathbb E\left[\log \frac1K \sum_{k=1}^{K}"
            r"\frac{p(x \mid z_k)\,p(z_k)}{q(z_k \mid x)}\right] \ \ge\ \mathrm{ELBO}"
        )
        st.markdown(
            _(
                "For one draw this is the ELBO. With more draws it rises towards $\\log p(x)$. "
                "How far it rises shows how much of the true posterior the encoder's Gaussian "
                "misses."
            )
        )
    with section("sum", _show_trainings, two_trainings):
        values = TINY.values
        st.markdown(
            _(
                "**Sum, do not average.** The likelihood of a picture is a product over its "
                "values, so its logarithm is a *sum* over them. A loss that averages the squared "
                "error over the {values:,} values of a small picture, but sums the rate, makes "
                "each nat of the code {values:,} times too expensive."
            ).format(values=values)
        )
        st.markdown(
            _(
                "Train both here: two equal networks with the same first weights, on the same "
                "drawn faces with the same noise. Watch the rate of the one that averages. The "
                "cheapest code tells nothing, and then all faces look alike. This is "
                "called *posterior collapse*."
            )
        )


@st.fragment
def _show_lines() -> None:
    count = st.segmented_control(
        _("Up to line"),
        range(1, len(DERIVATION) + 1),
        default=len(DERIVATION),
        required=True,
        key="elbo_lines",
    )
    for formula, why in DERIVATION[:count]:
        show_formula(formula)
        st.markdown(_(why))


@st.fragment
def _show_bars(loaded: Loaded) -> None:
    chosen = gallery.pick(loaded, _("Picture x"), "elbo")
    left, right = st.columns(2)
    with left:
        shift = slider(_("Move z away from the mean, in σ"), 0.0, 5.0, 1.0, 0.25, key="elbo_shift")
    with right:
        spread = select_slider(_("Width of q, times the encoder's σ"), SPREADS, 1.0, "elbo_spread")
    picture, mean, logvar, noise = _face(loaded, chosen)
    before = bound(loaded, picture, mean, logvar, noise)
    after = bound(loaded, picture, *moved(mean, logvar, shift, spread), noise)
    show_pictures(
        [picture, *as_levels(after.means)],
        [_("the picture x")] + [_("a draw of q, decoded")] * DRAWS,
    )
    show_numbers(**{
        _("distortion"): nats(after.distortion),
        _("rate"): nats(after.rate),
        _("ELBO = −(distortion + rate)"): nats(after.elbo),
    })  # fmt: skip
    show_chart(change_figure(before, after), "elbo_change")
    along = _spreads(cache_key(loaded), loaded, chosen)
    show_chart(spread_figure(along, spread), "elbo_curve")
    st.caption(
        _(
            "The distortion may be negative, because p(x|z) is a density. Bars: the change "
            "against the encoder's own q(z|x). Curve: the ELBO for each width, without a move. "
            "Both use the same {draws} draws."
        ).format(draws=DRAWS)
    )
    if (best := best_spread(loaded)) != 1:
        st.markdown(
            _(
                "*Why is the curve not highest at 1?* This model is a β-VAE: in its training the "
                "rate counted **β = {beta:g}** times. Such a $q$ is about $\\sqrt\\beta$ times "
                "as wide as the one with the best ELBO, so the curve is highest near {best:.2f}. "
                "With a Gaussian $p(x \\mid z)$ it is as if $\\sigma$ were $\\sqrt\\beta$ times "
                "as large."
            ).format(beta=loaded.run.config.training.beta, best=best)
        )
    say_where_from(gallery.pictures(loaded))


@st.fragment
def _show_gap(loaded: Loaded) -> None:
    chosen = gallery.pick(loaded, _("Picture"), "elbo-gap")
    counts = [2**k for k in range(BOUND_DRAWS.bit_length())]
    draws = select_slider(_("Draws K"), counts, counts[-1], "elbo_draws")
    weights = _weights(cache_key(loaded), loaded, chosen)
    bounds = {count: bound_of_draws(weights, count) for count in counts}
    show_numbers(**{
        "ELBO": nats(bounds[1], 1),
        _("bound of {draws} draws").format(draws=draws): nats(bounds[draws], 1),
        _("gained"): nats(bounds[draws] - bounds[1], 1),
    })  # fmt: skip
    show_chart(gap_figure(bounds, draws), "elbo_gap")


def _show_trainings() -> None:
    """Not a fragment: only a run of the whole page interrupts one that is under way."""
    start = st.button(
        _("Train both"), icon=":material/play_arrow:", key="elbo_train", disabled=not has_torch()
    )
    if not has_torch():
        st.caption(_("This training needs torch, which is not installed:") + f" `{INSTALL}`")
    place = st.empty()
    if start:
        # A click runs the page anew, which ends the loop; what was reached is kept.
        stop = st.empty()
        stop.button(_("Stop"), icon=":material/stop:", key="elbo_stop")
        for reached in two_trainings(_drawn()):
            state.set_training_report(reached)
            with place.container():
                _show_report(reached)
        stop.empty()  # nothing is left to stop
    elif (report := state.training_report()) is not None:
        with place.container():
            _show_report(report)
    else:
        show_pictures(_drawn()[:6], [_("drawn faces")] + [""] * 5, side=96)


def _show_report(report: Report) -> None:
    st.progress(report.done, _("step {step} of {steps}").format(step=report.step, steps=STEPS))
    faces = _drawn()[: len(report.reconstructions[0])]
    for name, pictures in (
        (_("drawn faces"), faces),
        (_told(_("summed"), report, 0), report.reconstructions[0]),
        (_told(_("averaged"), report, 1), report.reconstructions[1]),
    ):
        st.markdown(f"**{name}**")
        show_pictures(pictures, names=[name] * len(pictures), side=96)


def _told(name: str, report: Report, k: int) -> str:
    return _("{name}: rate {rate:.1f} nats, {psnr:.1f} dB").format(
        name=name, rate=report.rate[k], psnr=report.psnr[k]
    )


def _face(loaded: Loaded, chosen: int) -> tuple[np.ndarray, ...]:
    """Picture (S, S, 3), mean and log-variance of its q(z|x), (D,) float64, noise (DRAWS, D)."""
    pictures = gallery.pictures(loaded)
    mean, logvar = _posteriors(cache_key(loaded), loaded)
    noise = np.random.default_rng(0).standard_normal((DRAWS, mean.shape[1]))
    return pictures.pixels[chosen], mean[chosen], logvar[chosen], noise


@st.cache_resource(max_entries=4, show_spinner=False)
def _posteriors(key: str, _loaded: Loaded) -> tuple[np.ndarray, np.ndarray]:
    mean, logvar = _loaded.encoder.posterior(gallery.pictures(_loaded).pixels)
    return mean.astype(np.float64), logvar.astype(np.float64)


@st.cache_data(max_entries=64, show_spinner=False)
def _spreads(key: str, _loaded: Loaded, chosen: int) -> np.ndarray:
    return along_spread(_loaded, *_face(_loaded, chosen))


@st.cache_data(max_entries=64, show_spinner=False)
def _weights(key: str, _loaded: Loaded, chosen: int) -> np.ndarray:
    picture, mean, logvar, _unused = _face(_loaded, chosen)
    noise = np.random.default_rng(1).standard_normal((BOUND_DRAWS, len(mean)))
    return log_weights(_loaded, picture, mean, logvar, noise)


def _drawn() -> np.ndarray:
    with st.spinner(_("Drawing faces")):
        return _faces()


@st.cache_resource(show_spinner=False)
def _faces() -> np.ndarray:
    return drawn_faces(FACES)


STEP = Step(
    path="elbo",
    title=N_("The ELBO"),
    lead=N_(
        "The probability of a picture cannot be computed, but it has a lower bound that can. "
        "Training a VAE is raising this bound."
    ),
    show=show,
    controls=(("elbo_shift", "ArrowRight"), ("elbo_draws", "ArrowLeft")),
    words=("ELBO", "distortion", "rate", "KL divergence", "likelihood", "density", "nat"),
    sources=(
        "Kingma & Welling 2013, Auto-encoding variational Bayes, section 2.2",
        "Jordan et al. 1999, An introduction to variational methods for graphical models",
        "Burda, Grosse & Salakhutdinov 2016, Importance weighted autoencoders",
        "Higgins et al. 2017, beta-VAE (the weight of the rate)",
        "Rybkin, Daniilidis & Levine 2021, Simple and effective VAE training with calibrated "
        "decoders",
    ),
    of_vae=True,
    of_likelihood=True,
)
