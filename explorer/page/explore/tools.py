"""The tools at the top of the page: own directions, export, and the figures of the open model."""

import time

import numpy as np
import streamlit as st

from explorer.language.text import _
from explorer.page import state
from explorer.page.explore.directions_panel import show_directions
from explorer.page.explore.export_panel import show_export
from explorer.recipe.attributes import attribute_name
from explorer.recipe.compose import compose
from explorer.run.loaded import Loaded
from explorer.run.run import Run

TIMES = 9  # faces decoded one by one to tell how long one takes


def show_tools(loaded: Loaded) -> None:
    """Behind buttons, out of the way of the face."""
    with st.container(horizontal=True, gap="xsmall", key="tools"):
        show_directions(loaded.run)
        show_export(loaded)
        card = st.popover(_("This model"), icon=":material/info:", key="card", on_change="rerun")
        if card.open:
            with card:
                _show_card(loaded.run)
                st.caption(_speed(loaded))


def _speed(loaded: Loaded) -> str:
    """The device that decodes, and the median time of one face."""
    renderer = loaded.renderer_of(state.recipe())
    code = compose(state.recipe(), loaded.run.space)[None]
    taken = []
    for _unused in range(TIMES):
        start = time.perf_counter()
        renderer.decode(code)
        taken.append(1000 * (time.perf_counter() - start))
    return _("Drawn on {device}: one face takes {time:.1f} ms now.").format(
        device=renderer.device, time=np.median(taken)
    )


def _show_card(run: Run) -> None:
    report, config = run.report, run.config.model
    kind = _("variational autoencoder") if config.kind == "vae" else _("autoencoder (hourglass)")
    st.markdown(
        _("**{name}**: {kind}, {size}x{size}, {latent} dimensions").format(
            name=run.root.name, kind=kind, size=config.size, latent=config.latent
        )
    )
    rows = [
        (_("PSNR of reconstructions from the mean"), f"{report['psnr_mean_db']:.2f} dB"),
        (
            _("active units"),
            _("{active_units} of {latent}").format(
                active_units=report["active_units"], latent=config.latent
            ),
        ),
        (_("rate"), f"{report['rate_nats']:.0f} nats"),
        (_("likelihood p(x|z)"), _likelihood(run)),
        (_("vectors made from"), run.vectors.made_from),
    ]
    if report["bits_per_dim"] is not None:
        rows.insert(
            3,
            (
                "ELBO",
                _("{bits_per_dim:.3f} bits per dimension").format(
                    bits_per_dim=report["bits_per_dim"]
                ),
            ),
        )
    st.markdown("\n".join(f"- {name}: {value}" for name, value in rows))
    if report["probes"]:
        aucs = {k: v for k, v in report["probes"]["auc"].items() if v is not None}
        best = sorted(aucs, key=aucs.__getitem__, reverse=True)
        st.markdown(
            _(
                "Linear probes read attributes off the codes with a mean AUC of "
                "{mean_auc:.3f}: best {best} "
                "({best_auc:.3f}), worst {worst} ({worst_auc:.3f})."
            ).format(
                mean_auc=report["probes"]["mean_auc"],
                best=attribute_name(best[0]),
                best_auc=aucs[best[0]],
                worst=attribute_name(best[-1]),
                worst_auc=aucs[best[-1]],
            )
        )
    by_mean = "" if run.only_means else _(", as the mean renderer draws them")
    if not run.schema.is_celeba:
        st.caption(
            _("Measured on {pictures:,} pictures of {dataset}{by_mean}.").format(
                pictures=report["pictures"], dataset=run.schema.dataset, by_mean=by_mean
            )
        )
        return
    st.caption(
        _(
            "Measured on {pictures:,} validation pictures of CelebA{by_mean}. Non-commercial "
            "research only. CelebA shows celebrities, most of them labelled young, and its "
            "labels are opinions of annotators: what the model draws inherits both."
        ).format(pictures=report["pictures"], by_mean=by_mean)
    )


def _likelihood(run: Run) -> str:
    if not run.config.model.has_likelihood:
        return _("not known, as the model was trained elsewhere")
    sigma, name = run.report["sigma"], run.config.model.likelihood
    return (
        name
        if sigma is None
        else _("Gaussian, {name} sigma {sigma:.4f}").format(name=name, sigma=sigma)
    )
