"""Step 8: better output distributions."""

import numpy as np
import streamlit as st

from explorer.learn.model_access import means
from explorer.learn.output_fits import (
    KINDS,
    SHARINGS,
    Outputs,
    level_probabilities,
    load_outputs,
    sampled,
)
from explorer.learn.outputs import (
    SCALED,
    bits_figure,
    bits_of,
    levels_figure,
    scale_picture,
)
from explorer.learn.pictures import as_levels
from explorer.loaded import Loaded
from explorer.page.learn import shared
from explorer.page.learn.parts import (
    Step,
    columns,
    say_missing,
    say_where_from,
    show_chart,
    show_numbers,
    show_pictures,
    show_source,
    slider,
    text,
)
from training.likelihoods import ContinuousBernoulli, Gaussian
from training.run_folder import RunError

CHANNELS = ("red", "green", "blue")


def show(model: Loaded) -> None:
    """What each distribution says of one value, then what all say of whole pictures."""
    try:
        found = _outputs(shared.weights(model), model)
    except RunError as error:
        say_missing(
            error,
            "The distributions of this page were not fitted to this model yet, which takes "
            "CelebA's pictures and a minute.",
        )
        show_pictures(shared.gallery_means(model), names=["face"] * len(shared.rows(model)))
        show_source(Gaussian, ContinuousBernoulli)
        return
    left, right = columns()
    with left, text("value"):
        st.markdown(
            "A Gaussian with one $\\sigma$ for everything is the simplest likelihood, not the only "
            "one. Which is better? Pictures have 256 levels, so every distribution can be asked "
            "for the **probability of a level**, with $F$ its distribution function:"
        )
        st.latex(r"P(k) = F\big(\tfrac{k + 1/2}{255}\big) - F\big(\tfrac{k - 1/2}{255}\big)")
        st.markdown(
            "Its negative base-2 logarithm is what it costs to send the level: **bits**. The mean "
            "over all values of a picture, *bits per dimension*, is one scale for all likelihoods. "
            "Move to a pixel and see what each of them expects there."
        )
        st.markdown(
            "The *continuous Bernoulli* lives on [0, 1] and has no scale of its own, only a mean. "
            "Training with the cross entropy of coloured pixels, as many do, is using it without "
            "its normaliser."
        )
        st.caption(
            "All distributions stand around the means of the one decoder that ships, and their "
            "scales were fitted to these by maximum likelihood. A model trained with another "
            "likelihood from the start would have other means."
        )
        show_source(Gaussian, ContinuousBernoulli)
    with right:
        _show_value(model, found)
    st.divider()
    left, right = columns()
    with left, text("pictures"):
        st.markdown(
            "**What sigma learns.** Give each of the values a scale of its own, and it shows where "
            "the decoder errs: little on the skin, much in the background and at the rim of the "
            "hair, which a short code cannot hold. Samples then put their noise where the doubt is."
        )
        st.markdown(
            f"Below, bits per dimension of {int(found.measured):,} validation pictures of CelebA "
            f"that were not among the {int(found.fitted):,} fitted, given their codes. The rate, "
            "the cost of the code itself, comes on top and is the same for all."
        )
    with right:
        _show_pictures(model, found)


@st.fragment
def _show_value(model: Loaded, found: Outputs) -> None:
    side = model.decoder.shape[0]
    chosen = shared.pick(model, "Picture x", "outputs")
    left, middle, right = st.columns([3, 3, 2])
    with left:
        across = slider("Pixel, from the left", 0, side - 1, side // 2, 1, key="outputs_x")
    with middle:
        down = slider("Pixel, from above", 0, side - 1, side // 2, 1, key="outputs_y")
    channel = right.segmented_control(
        "Channel", range(3), default=0, required=True, format_func=CHANNELS.__getitem__,
        key="outputs_channel",
    )  # fmt: skip
    sharing = st.segmented_control(
        "Scale", SHARINGS, default=SHARINGS[0], required=True, key="outputs_sharing"
    )
    given, mean = shared.gallery_pictures(model), _mean(model, chosen)
    at = down, across, channel
    probabilities = {
        kind: level_probabilities(
            kind, float(mean[at]), float(found.log_scale[found.find(kind, sharing)][at])
        )
        for kind in KINDS
    }
    level = int(given.pixels[chosen][at])
    show_pictures(
        [_marked(given.pixels[chosen], across, down), _marked(as_levels(mean), across, down)],
        ["the picture x", "the mean μ(z)"],
        side=150,
    )
    show_numbers(**{
        f"{kind}, bits": f"{bits_of(p[level]):.1f}" for kind, p in probabilities.items()
    })  # fmt: skip
    show_chart(levels_figure(probabilities, level), "outputs_levels")
    st.caption(f"Dotted: the level that is there, {level}.")
    say_where_from(given)


@st.fragment
def _show_pictures(model: Loaded, found: Outputs) -> None:
    chosen = shared.pick(model, "Face", "outputs-samples", 3)
    sharing = st.segmented_control(
        "Scale of the samples", SHARINGS, default=SHARINGS[1], required=True,
        key="outputs_sample_sharing",
    )  # fmt: skip
    mean = _mean(model, chosen)
    log_scales = {kind: found.log_scale[found.find(kind, sharing)] for kind in KINDS}
    show_pictures(
        [as_levels(mean), *(sampled(kind, mean, log_scales[kind], 0) for kind in KINDS)],
        ["the mean", *(f"a sample, {kind}" for kind in KINDS)],
    )
    show_pictures(
        [scale_picture(log_scales[kind]) for kind in SCALED],
        [f"scale of the {kind}, {_range(log_scales[kind])}" for kind in SCALED],
        side=160,
    )
    show_chart(bits_figure(found.kinds, found.sharings, found.bits), "outputs_bits")


def _mean(model: Loaded, chosen: int) -> np.ndarray:
    return means(model.decoder, model.run.faces.mean[shared.rows(model)[chosen]][None])[0]


def _marked(picture: np.ndarray, across: int, down: int) -> np.ndarray:
    """The picture with a frame of white and black around one pixel."""
    marked = picture.copy()
    side = len(marked)
    for away, colour in ((3, 0), (2, 255)):
        top, bottom = max(down - away, 0), min(down + away, side - 1)
        start, end = max(across - away, 0), min(across + away, side - 1)
        marked[[top, bottom], start : end + 1] = colour
        marked[top : bottom + 1, [start, end]] = colour
    return marked


def _range(log_scale: np.ndarray) -> str:
    low, high = np.exp(log_scale.min()), np.exp(log_scale.max())
    return f"{low:.3f}" if np.isclose(low, high) else f"{low:.3f} to {high:.3f} (white)"


@st.cache_resource(max_entries=4, show_spinner=False)
def _outputs(key: str, _model: Loaded) -> Outputs:
    return load_outputs(_model.run.root)


STEP = Step(
    path="outputs",
    title="Better output distributions",
    lead="The likelihood says how wrong a picture may be, and where. It deserves a better choice "
    "than habit.",
    show=show,
    sources=(
        "Rybkin, Daniilidis & Levine 2021, Simple and effective VAE training with calibrated "
        "decoders",
        "Loaiza-Ganem & Cunningham 2019, The continuous Bernoulli: fixing a pervasive error in "
        "variational autoencoders",
        "Salimans et al. 2017, PixelCNN++ (levels as intervals of a logistic distribution)",
        "Theis, van den Oord & Bethge 2016, A note on the evaluation of generative models",
        "Dai & Wipf 2019, Diagnosing and enhancing VAE models (what a learned sigma does)",
    ),
)
