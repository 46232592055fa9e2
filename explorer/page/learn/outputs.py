"""Step 8: better output distributions."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.language.text import N_, _
from explorer.learn.distributions import (
    WHITE,
    as_levels,
    bits_per_dim,
    level_probabilities,
    level_spread,
    marked,
    mean_picture,
    sample_picture,
    spread_picture,
)
from explorer.learn.likelihood import residual
from explorer.learn.model_access import distribution
from explorer.learn.outputs import (
    RAW_BITS,
    Outputs,
    bits_figure,
    calibration_figure,
    levels_figure,
    load_outputs,
)
from explorer.page import state
from explorer.page.learn import gallery
from explorer.page.learn.formula import show_formula
from explorer.page.learn.likelihood_text import likelihood_text
from explorer.page.learn.parts import Step, say_missing, say_where_from, section, show_source
from explorer.page.learn.predict import Question, ask_first
from explorer.page.parts import show_chart, show_numbers, show_pictures, slider
from explorer.run.loaded import Loaded
from training.model.likelihoods import ABOUT, Gaussian, Likelihood, LogisticMixture
from training.run.run_folder import LAST_LAYERS, RunError

CHANNELS = (N_("red"), N_("green"), N_("blue"))
LIKELIHOOD = "outputs_likelihood"
QUESTION = Question(
    "outputs",
    N_(
        "Without a model, a value of a picture takes 8 bits. One of these likelihoods "
        "needs more than that. Which one?"
    ),
    (
        N_("The plain squared error, which is a Gaussian with σ = 1"),
        N_("The Laplace distribution"),
        N_("The mixture of logistic distributions"),
    ),
    N_(
        "Find the bar that is longer than the dotted line. It is *fixed*, the plain squared "
        "error: a Gaussian with σ = 1 is far too wide for values between 0 and 1. A σ that is "
        "learned already helps; a σ for every value helps more."
    ),
)


def show(loaded: Loaded) -> None:
    """Six likelihoods of one face, one value under all of them, and what sigma learned."""
    try:
        outputs = _load(_key(loaded), loaded)
    except RunError as error:
        say_missing(
            error, _("Only the model's own likelihood: it has no layers for the others yet.")
        )
        _show_own(loaded)
        show_source(likelihood_text(loaded).cls.log_probability)
        return
    with section(
        "six",
        ask_first(QUESTION, partial(_show_six, loaded, outputs)),
        Gaussian.log_probability,
        LogisticMixture.log_probability,
        first=True,
    ):
        st.markdown(
            _(
                "This model was trained with {kind}. That is a choice. One "
                "$\\sigma$ for all values fits badly: a cheek is easy to guess, hair is not, and a "
                "value can neither be below 0 nor above 255. Here are "
                "{count} choices for $p(x \\mid z)$."
            ).format(kind=_(likelihood_text(loaded).kind), count=len(outputs.bits_per_dim))
        )
        st.markdown("\n".join(f"- **{name}**: {about}" for name, about in ABOUT.items()))
        st.markdown(
            _(
                "Densities of different kinds cannot be compared. So each one must give a "
                "probability to each of the 256 levels of a value, and we count how many bits it "
                "needs to store a picture:"
            )
        )
        show_formula(
            r"\frac{1}{V \ln 2}\Big(\underbrace{\mathrm{KL}(q\,\|\,p)}_{\text{rate}} + "
            r"\underbrace{-\log P(\text{levels} \mid z)}_{\text{distortion}}\Big)"
        )
        st.markdown(
            _(
                "Without any model a value takes {raw_bits:g} bits. A likelihood that needs more "
                "is worse than no model at all."
            ).format(raw_bits=RAW_BITS)
        )
        st.caption(
            _(
                "How this was measured: encoder and decoder are those of this model. Only the last "
                "layer was trained again, once for each likelihood: {steps:,} steps on "
                "{trained_on:,} training pictures, with the same codes and noise in the same "
                "order. Bits and errors are those of {pictures:,} validation pictures."
            ).format(steps=outputs.steps, trained_on=outputs.trained_on, pictures=outputs.pictures)
        )
    with section("value", partial(_show_value, loaded, outputs), level_probabilities):
        st.markdown(
            _(
                "**One value of the picture.** Take one place and one colour. The curves say how "
                "probable each level is there, given the code."
            )
        )
        st.markdown(
            _(
                "*Try it:* go from a cheek to an eye. The Gaussian with one σ stays the same; "
                "the one that learned its σ becomes wider. Laplace and the mixture have a "
                "sharper peak and longer tails: most errors are small, and a few are large."
            )
        )
    with section("sigma", partial(_show_sigma, loaded, outputs), Gaussian.log_density):
        st.markdown(
            _(
                "**What σ learns.** Nobody told the network where it makes errors. But σ is part "
                "of the likelihood:"
            )
        )
        show_formula(
            r"-\log p(x_i \mid z) = \underbrace{\frac{(x_i - \mu_i)^2}{2\sigma_i^2}}"
            r"_{\text{wants a large } \sigma_i} + \underbrace{\log \sigma_i}"
            r"_{\text{wants a small one}} + \text{const}"
        )
        st.markdown(
            _(
                "The best $\\sigma_i$ is as large as the expected error. So the decoder learns "
                "to say how sure it is. If it is right, then values with a given σ have errors "
                "of that size, and the points lie on the dotted line."
            )
        )


@st.fragment
def _show_six(loaded: Loaded, outputs: Outputs) -> None:
    number = gallery.pick(loaded, _("A face"), "outputs")
    chosen = st.segmented_control(
        _("Likelihood"),
        list(outputs.bits_per_dim),
        default="learned",
        required=True,
        key=LIKELIHOOD,
    )
    seed = st.number_input(_("Draw number"), 0, 9999, 0, key="outputs_seed", width=160)
    found, picture = _of(_key(loaded), loaded, outputs, number), _real(loaded, number)
    p = found[chosen]
    pictures = {
        _("mean"): mean_picture(p),
        _("spread (white is {white})").format(white=WHITE): spread_picture(p),
    }
    pictures[_("a sample")] = sample_picture(p, seed)
    if picture is not None:
        pictures = {_("the picture x"): picture} | pictures
    show_pictures(list(pictures.values()), list(pictures), side=150)
    figures = {
        _("bits per dimension"): f"{outputs.bits_per_dim[chosen]:.3f}",
        _("of these the rate"): f"{outputs.rate_bits:.3f}",
        _("mean picture (PSNR)"): f"{outputs.psnr[chosen]:.2f} dB",
    }
    if picture is not None:
        own = bits_per_dim(p, picture, *_posterior(loaded, number))
        figures[_("bits of this picture")] = f"{own:.3f}"
    show_numbers(**figures)
    show_chart(bits_figure(outputs.bits_per_dim, chosen), "outputs_bits")
    st.markdown(_("**Samples of all six**, with the same code"))
    show_pictures([sample_picture(q, seed) for q in found.values()], list(found))


@st.fragment
def _show_value(loaded: Loaded, outputs: Outputs) -> None:
    number = gallery.pick(loaded, _("Face"), "outputs-value")
    last = loaded.renderer.shape[0] - 1
    left, right = st.columns([1, 2])
    with right:
        eye = round(0.49 * last), round(0.35 * last)  # of an aligned face
        row = slider(_("Place, from above"), 0, last, eye[0], 1, key="outputs_row")
        column = slider(_("Place, from the left"), 0, last, eye[1], 1, key="outputs_column")
        channel = CHANNELS[0]
        if loaded.model.channels == len(CHANNELS):
            channel = st.segmented_control(
                _("Colour"),
                CHANNELS,
                format_func=_,
                default="green",
                required=True,
                key="outputs_channel",
            )
    found, picture = _of(_key(loaded), loaded, outputs, number), _real(loaded, number)
    shown = mean_picture(found["learned"]) if picture is None else picture
    with left:
        caption = _("mean") if picture is None else _("the picture x")
        show_pictures([marked(shown, row, column)], [caption], side=220)
    k = CHANNELS.index(channel)
    chances = {name: level_probabilities(p, row, column)[k] for name, p in found.items()}
    level = None if picture is None else int(picture[row, column, k])
    chosen = state.widget(LIKELIHOOD, "learned")
    show_chart(levels_figure(chances, level, chosen), "outputs_levels")
    show_numbers(**{
        _(
            "{name}: width"
).format(name=name): _(
            "{count:.1f} levels"
).format(count=level_spread(chances[name]))
        for name in ("optimal", "learned", "logistic-mixture")
    })  # fmt: skip
    told = _("Levels 0 and 255 also hold what would be below or above them.")
    st.caption(
        told if level is None else _("Dotted: the level in the picture. {told}").format(told=told)
    )


@st.fragment
def _show_sigma(loaded: Loaded, outputs: Outputs) -> None:
    number = gallery.pick(loaded, _("Whose sigma"), "outputs-sigma")
    found, picture = _of(_key(loaded), loaded, outputs, number), _real(loaded, number)
    p, one = found["learned"], float(found["optimal"].deviation.mean())
    pictures = {
        _("mean"): mean_picture(p),
        _("its sigma (white is {white})").format(white=WHITE): spread_picture(p),
    }
    if picture is not None:
        pictures[_("the error it makes")] = residual(picture, mean_picture(p) / 255)
    mean_of = _("sigma, mean of {count:,} faces").format(count=outputs.pictures)
    pictures[mean_of] = as_levels(np.stack([outputs.sigma / WHITE] * 3, 2))
    show_pictures(list(pictures.values()), list(pictures), side=150)
    show_numbers(**{
        _("one sigma for all"): f"{one:.3f}",
        _("smallest of this face"): f"{float(p.deviation.min()):.3f}",
        _("largest"): f"{float(p.deviation.max()):.3f}",
    })  # fmt: skip
    show_chart(calibration_figure(outputs.calibration, one), "outputs_calibration")
    st.caption(
        _("Each point is a twentieth of all values; those with the smallest sigma come first.")
    )
    say_where_from(gallery.pictures(loaded))


def _show_own(loaded: Loaded) -> None:
    """Without other layers: the model's own likelihood."""
    p = distribution(loaded.model, loaded.run.faces.mean[gallery.rows(loaded)[0]])
    show_pictures(
        [mean_picture(p), spread_picture(p), sample_picture(p, 0)],
        [_("mean"), _("spread (white is {white})").format(white=WHITE), _("a sample")],
        side=150,
    )


def _posterior(loaded: Loaded, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and log-variance of q(z|x) of a face of the gallery, (D,) each."""
    row = gallery.rows(loaded)[number]
    return loaded.run.faces.mean[row], loaded.run.faces.logvar[row]


def _real(loaded: Loaded, number: int) -> np.ndarray | None:
    """The picture of a face of the gallery, if it is a real one: a drawn one has drawn noise."""
    given = gallery.pictures(loaded)
    return given.pixels[number] if given.origin == "real" else None


@st.cache_resource(max_entries=64, show_spinner=False)
def _of(key: str, _loaded: Loaded, _outputs: Outputs, number: int) -> dict[str, Likelihood]:
    """p(x|z) of one draw z ~ q(z|x) of a face, under each likelihood."""
    mean, logvar = _posterior(_loaded, number)
    noise = np.random.default_rng(number).standard_normal(len(mean), dtype=np.float32)
    return _outputs.of(_loaded, mean + np.exp(0.5 * logvar) * noise)


def _key(loaded: Loaded) -> str:
    """Changes with the file of the layers."""
    file = loaded.run.root / LAST_LAYERS
    return f"{file}: {file.stat().st_mtime_ns if file.is_file() else 0}"


@st.cache_resource(max_entries=4, show_spinner=False)
def _load(key: str, _loaded: Loaded) -> Outputs:
    return load_outputs(_loaded)


STEP = Step(
    path="outputs",
    title=N_("Better output distributions"),
    lead=N_(
        "What should a decoder say about one value of a picture? A better answer needs fewer bits "
        "and says how sure the network is."
    ),
    show=show,
    controls=(("outputs_row", "ArrowRight"), ("outputs_likelihood", "")),
    words=(
        "likelihood",
        "bits per dimension",
        "density",
        "Gaussian",
        "standard deviation",
        "rate",
        "distortion",
        "PSNR",
    ),
    sources=(
        "Rybkin, Daniilidis & Levine 2021, Simple and effective VAE training with calibrated "
        "decoders (one sigma, learned or optimal)",
        "Kendall & Gal 2017, What uncertainties do we need in Bayesian deep learning for computer "
        "vision? (a sigma for every value)",
        "Loaiza-Ganem & Cunningham 2019, The continuous Bernoulli",
        "Salimans et al. 2017, PixelCNN++ (discretized mixture of logistics)",
    ),
    of_likelihood=True,
)
