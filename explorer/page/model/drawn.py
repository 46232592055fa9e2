"""What the model draws: reconstructions of validation faces, and samples of every sampler."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from explorer.faces.filters import matching
from explorer.language.text import N_, _
from explorer.page import state
from explorer.page.parts import show_pictures, slider
from explorer.recipe.attributes import attribute_name
from explorer.run.loaded import Loaded
from explorer.run.measured import measured
from training.codes.flow_sampler import FlowSampler
from training.codes.samplers import FEWEST, Sampler, conditional, draw, samplers
from training.model.figures import psnr
from training.run.run_folder import RunError

COLUMNS, ROWS = 8, 3
SIDE = 170  # pixels of a face on the page, at most
ORDERS = (N_("typical"), N_("best"), N_("worst"))
SAMPLERS = {
    "prior": N_("prior"),
    "Gaussian": "Gaussian",
    "mixture": N_("mixture"),
    "second stage": N_("second stage"),
    "flow": N_("flow"),
}
SAMPLER_NOTES = {
    "prior": N_("N(0, I), what the VAE was trained against."),
    "Gaussian": N_("One Gaussian with the mean and covariance of the codes."),
    "mixture": N_(
        "A Gaussian mixture of the codes; the page's random faces where there is no flow."
    ),
    "second stage": N_("A second, small VAE of the codes."),
    "flow": N_("Noise led along a learned flow to where codes lie; the page's random faces."),
}


def _sampler_name(sampler: str) -> str:
    return _(SAMPLERS[sampler]) if sampler in SAMPLERS else sampler


def show_reconstructions(loaded: Loaded) -> None:
    """Validation faces as the model draws them from their codes; z the mean, and z sampled."""
    faces = loaded.run.faces
    known = np.isfinite(faces.error)
    order = ORDERS[0]
    if known.any():
        order = st.segmented_control(
            _("Which"), ORDERS, format_func=_, default=ORDERS[0], required=True, key="model_order"
        )
    rows = reconstructed_rows(faces.error, order, COLUMNS)
    mean, sigma = faces.mean[rows], np.exp(0.5 * faces.logvar[rows])
    noise = np.random.default_rng(0).standard_normal(mean.shape, dtype=np.float32)
    renderer = loaded.renderer_of(state.recipe())
    pictures = renderer.decode(np.concatenate([mean, mean + sigma * noise]))
    likenesses = [f"{psnr(e):.1f} dB" if np.isfinite(e) else "" for e in faces.error[rows]]
    st.markdown(_("**z is the mean of the posterior**"))
    names = [_("face {name}").format(name=name) for name in faces.ids[rows]]
    show_pictures(pictures[: len(rows)], likenesses, names=names, side=SIDE)
    if loaded.run.config.model.kind == "vae":
        st.markdown(_("**z is drawn from the posterior**, as in training"))
        names = [_("{name}, sampled").format(name=name) for name in names]
        show_pictures(pictures[len(rows) :], names=names, side=SIDE)
    by_mean = "" if loaded.run.only_means else _(", as the mean renderer draws it")
    said = (
        _("Below each, its PSNR against the picture{by_mean}.").format(by_mean=by_mean)
        if known.any()
        else ""
    )
    st.caption(
        _(
            "What the model makes of validation pictures, drawn from their codes"
            "{drawn_by}; CelebA's own pictures are not shown. {said}"
        ).format(drawn_by=_drawn_by(loaded), said=said)
    )


def _drawn_by(loaded: Loaded) -> str:
    return (
        ""
        if loaded.run.only_means
        else _(" by {renderer}").format(renderer=loaded.told(state.recipe()))
    )


def reconstructed_rows(error: np.ndarray, order: str, count: int) -> np.ndarray:
    """Rows of `count` faces: the best or worst reconstructed, or typical ones, evenly spread.

    error: (N,) squared error of each, NaN where it is not known.
    """
    known = np.flatnonzero(np.isfinite(error))
    if order == "typical" or not len(known):
        return np.linspace(0, len(error) - 1, min(count, len(error))).round().astype(int)
    ranked = known[np.argsort(error[known])]
    return ranked[:count] if order == "best" else ranked[::-1][:count]


def show_samples(loaded: Loaded) -> None:
    """Random faces of a sampler with a temperature, or of a mixture of the faces that pass."""
    try:
        space = loaded.run.space
        found = samplers(loaded.run.root, space.mixture, space.flow)
    except RunError as error:
        st.warning(
            _("Expected {expected}; found {found}; next: `{next}`").format(
                expected=error.expected, found=error.found, next=error.next
            )
        )
        return
    if loaded.run.config.model.kind != "vae":
        del found["prior"]
    which, options = st.columns([5, 4], gap="large")
    with which:
        name = st.segmented_control(
            _("Sampler"),
            list(found),
            format_func=_sampler_name,
            default="flow" if "flow" in found else "mixture",
            required=True,
            key="model_sampler",
        )
        attributes = sorted(loaded.run.space.vectors)
        with_, without = st.columns(2)
        has, has_not = (
            place.multiselect(label, attributes, format_func=attribute_name, key=f"model_{key}")
            for place, label, key in ((with_, _("with"), "has"), (without, _("without"), "has_not"))
        )
    with options:
        temperature = slider(_("Temperature"), 0.0, 1.5, 1.0, 0.05, key="model_temperature")
        first = st.number_input(_("First seed"), 0, 99_999, 0, COLUMNS * ROWS, key="model_seed")
    sampler, said = found[name], _(SAMPLER_NOTES[name])
    seeds = range(first, first + COLUMNS * ROWS)
    if isinstance(sampler, FlowSampler):
        if both := sorted(set(has) & set(has_not)):
            names = _(" and ").join(attribute_name(attribute) for attribute in both)
            st.info(
                _("No face can be both with and without {names}. Ask for less.").format(names=names)
            )
            return
        codes = sampler.draw(seeds, temperature, has, has_not)
    else:
        if has or has_not:
            chosen = _conditional(loaded, tuple(has), tuple(has_not))
            if chosen is None:
                st.info(
                    _("Fewer than {count} faces of the map are like this. Ask for less.").format(
                        count=FEWEST
                    )
                )
                return
            sampler, count = chosen
            said = _(
                "A mixture of the codes of the {count:,} faces like this, in place of the sampler."
            ).format(count=count)
        codes = draw(sampler, seeds, temperature)
    quality = _frechet(loaded)
    if name in quality and not (has or has_not):
        said += _(" Fréchet distance {distance:.2f} at temperature 1; it is not FID.").format(
            distance=quality[name]
        )
    st.caption(
        said
        if loaded.run.only_means
        else _("{said} Drawn{drawn_by}.").format(said=said, drawn_by=_drawn_by(loaded))
    )
    pictures = loaded.renderer_of(state.recipe()).decode(codes)
    for k in range(ROWS):
        row = slice(k * COLUMNS, (k + 1) * COLUMNS)
        show_pictures(
            pictures[row],
            names=[_("seed {seed}").format(seed=seed) for seed in seeds[row]],
            side=SIDE,
        )


def _frechet(loaded: Loaded) -> Mapping[str, float]:
    """Sampler -> distance of its samples as drawn by the session's renderer, of those measured."""
    found = measured(loaded.run.report).get(loaded.name_of(state.recipe()))
    return found.samples if found else {}


def _conditional(
    loaded: Loaded, has: tuple[str, ...], has_not: tuple[str, ...]
) -> tuple[Sampler, int] | None:
    """A mixture of the faces with and without some attributes and their number, or None."""
    with st.spinner(_("Fitting the faces that pass…")):
        return _fitted(f"{loaded.run.faces.weights} {loaded.run.root}", has, has_not, loaded)


@st.cache_resource(max_entries=16, show_spinner=False)
def _fitted(
    key: str, has: tuple[str, ...], has_not: tuple[str, ...], _loaded: Loaded
) -> tuple[Sampler, int] | None:
    faces = _loaded.run.faces
    codes = faces.mean[matching(faces, has, has_not)]
    return (conditional(codes), len(codes)) if len(codes) >= FEWEST else None
