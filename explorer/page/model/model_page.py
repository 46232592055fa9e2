"""The model page: how it was trained, what its dimensions carry, what it draws, and other runs."""

import numpy as np
import streamlit as st

from explorer.figures.model_figures import curves_figures, dimensions_figure
from explorer.language.text import N_, _
from explorer.page import state
from explorer.page.glossary import define
from explorer.page.model.drawn import show_reconstructions, show_samples
from explorer.page.parts import CSS, choose_view, show_chart, show_numbers
from explorer.recipe.renderers import RENDERERS
from explorer.run.loaded import Loaded
from explorer.run.measured import Measured, measured
from explorer.run.runs import Trained, comparison, known_runs
from training.model.figures import ACTIVE

VIEWS = (N_("Training"), N_("Dimensions"), N_("Reconstructions"), N_("Samples"), N_("Runs"))


def show_model(loaded: Loaded) -> None:
    """The whole page; only the chosen view is computed."""
    state.open_session(loaded.run)
    st.html(CSS)
    run, config = loaded.run, loaded.run.config.model
    kind = _("variational autoencoder") if config.kind == "vae" else _("autoencoder (hourglass)")
    by_mean = "" if run.only_means else _(", as the mean renderer draws them")
    st.subheader(_("Model"), anchor=False)
    told = (
        _(
            "**{name}**: {kind}, {size}x{size} pixels, {latent} dimensions, adopted from {source} "
            "and measured on {pictures:,} pictures."
        )
        if config.adopted
        else _(
            "**{name}**: {kind}, {size}x{size} pixels, {latent} "
            "dimensions, trained on {train_pictures:,} pictures and measured on "
            "{pictures:,} others{by_mean}."
        )
    )
    st.caption(
        told.format(
            name=run.root.name,
            kind=kind,
            size=config.size,
            latent=config.latent,
            train_pictures=run.config.data.get("train_pictures", 0),
            source=config.adopted,
            pictures=run.report["pictures"],
            by_mean=by_mean,
        )
    )
    if not config.has_likelihood:
        st.info(
            _(
                "This model was trained elsewhere and tells no likelihood $p(x \\mid z)$. So ELBO "
                "and bits per dimension are left out here, what computes with it is left out in "
                "Learn, and codes of own photos are the encoder's guess."
            ),
            icon=":material/visibility_off:",
        )
    mean, *others = measured(run.report).items()
    show_numbers(**_drawn(mean[1]), **_model(run.report), **_of_samples(mean[1]))
    for name, figures in others:
        st.caption(_("The same codes as {told} draws them:").format(told=_(RENDERERS[name].told)))
        show_numbers(**_drawn(figures), **_of_samples(figures))
    if any(_of_samples(figures) for figures in (mean[1], *(one for _unused, one in others))):
        st.caption(define("Fréchet distance"))
    _views(loaded)


@st.fragment
def _views(loaded: Loaded) -> None:
    view = choose_view(VIEWS, "model_view", label_visibility="collapsed")
    runs = known_runs(loaded.run.root)
    if view == VIEWS[0]:
        _show_training(runs)
    elif view == VIEWS[1]:
        _show_dimensions(loaded)
    elif view == VIEWS[2]:
        show_reconstructions(loaded)
    elif view == VIEWS[3]:
        show_samples(loaded)
    else:
        _show_runs(runs)


def _drawn(figures: Measured) -> dict[str, str]:
    """What a renderer reaches; what was not measured is left out."""
    shown = {"PSNR": f"{figures.psnr:.2f} dB"}
    if figures.ssim is not None:
        shown["SSIM"] = f"{figures.ssim:.3f}"
    if figures.sharpness is not None:
        shown[N_("sharpness")] = f"{figures.sharpness:.2f}"
    return shown


def _model(report: dict) -> dict[str, str]:
    """What belongs to the model, whoever draws."""
    shown = {N_("rate"): f"{report['rate_nats']:.0f} nats"}
    if report["bits_per_dim"] is not None:
        shown[N_("bits per dimension")] = f"{report['bits_per_dim']:.3f}"
    return shown | {N_("active units"): str(report["active_units"])}


def _of_samples(figures: Measured) -> dict[str, str]:
    """That of the sampler which random faces come from: the flow, or else the mixture."""
    value = figures.samples.get("flow", figures.samples.get("mixture"))
    return {} if value is None else {N_("Fréchet distance of samples"): f"{value:.2f}"}


def _show_training(runs: list[Trained]) -> None:
    with_curves = [run for run in runs if run.curves]
    if not with_curves:
        st.info(_("No metrics.jsonl in this run folder: nothing was logged while it was trained."))
        return
    names = [run.name for run in with_curves]
    chosen = names[:1]
    if len(names) > 1:
        chosen = st.pills(
            _("Runs"), names, selection_mode="multi", default=names[:2], key="model_curves"
        )
    shown = [run for run in with_curves if run.name in chosen]
    if not shown:
        st.info(_("Choose a run to see its curves."))
        return
    places = [column for _unused in range(2) for column in st.columns(2)]
    for place, (name, made) in zip(places, curves_figures(shown).items(), strict=True):
        with place:
            show_chart(made, f"model_{name}")
    told = _("Of training batches with z sampled; the first tenth may leave the frame.")
    if later := [run.name for run in shown if run.config.training.start]:
        told += _(" {runs} began with the weights of another run, not anew.").format(
            runs=_(" and ").join(later)
        )
    st.caption(told)


def _show_dimensions(loaded: Loaded) -> None:
    report = loaded.run.report
    kl, spread = np.array(report["kl_per_dimension"]), np.array(report["spread_per_dimension"])
    show_chart(dimensions_figure(kl, spread, ACTIVE), "model_dimensions")
    if loaded.run.config.model.kind == "vae":
        used = int((spread**2 > ACTIVE).sum())
        st.caption(
            _("Blue: {used} active. Grey: {unused} not active.").format(
                used=used, unused=len(kl) - used
            )
        )
        st.markdown(
            _(
                "The rate of **{kl:.0f} nats** is what all dimensions together tell of a face. A "
                "dimension that tells nothing has a rate of 0, its posterior being the prior; it "
                "is counted as active where its posterior mean varies from face to face."
            ).format(kl=kl.sum())
        )
    else:
        st.markdown(_("An hourglass has no prior, so that its dimensions have no rate."))


def _show_runs(runs: list[Trained]) -> None:
    rows = [{_(title): value for title, value in row.items()} for row in comparison(runs)]
    st.dataframe(rows, hide_index=True, width="stretch", placeholder="–", key="model_runs")
    st.caption(
        _(
            "The run that is open, its twin, and those in the folder runs. A Fréchet distance "
            "compares only where it was measured on the same pictures; lower is better. "
            "`python -m training evaluate` fills what is empty. {definition}"
        ).format(definition=define("Fréchet distance"))
    )
