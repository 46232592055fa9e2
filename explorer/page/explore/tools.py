"""The tools at the top of the page: own directions, export, and the figures of the open model."""

import time

import numpy as np
import streamlit as st

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
        card = st.popover("This model", icon=":material/info:", key="card", on_change="rerun")
        if card.open:
            with card:
                _show_card(loaded.run)
                st.caption(_speed(loaded))


def _speed(loaded: Loaded) -> str:
    """The device that decodes, and the median time of one face."""
    renderer = loaded.renderer_of(state.recipe())
    code = compose(state.recipe(), loaded.run.space)[None]
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        renderer.decode(code)
        taken.append(1000 * (time.perf_counter() - start))
    return f"Drawn on {renderer.device}: one face takes {np.median(taken):.1f} ms now."


def _show_card(run: Run) -> None:
    report, config = run.report, run.config.model
    kind = "variational autoencoder" if config.kind == "vae" else "autoencoder (hourglass)"
    st.markdown(
        f"**{run.root.name}**: {kind}, {config.size}x{config.size}, {config.latent} dimensions"
    )
    rows = [
        ("PSNR of reconstructions from the mean", f"{report['psnr_mean_db']:.2f} dB"),
        ("active units", f"{report['active_units']} of {config.latent}"),
        ("rate", f"{report['rate_nats']:.0f} nats"),
        ("likelihood p(x|z)", _likelihood(run)),
        ("vectors made from", run.vectors.made_from),
    ]
    if report["bits_per_dim"] is not None:
        rows.insert(3, ("ELBO", f"{report['bits_per_dim']:.3f} bits per dimension"))
    st.markdown("\n".join(f"- {name}: {value}" for name, value in rows))
    if report["probes"]:
        aucs = {k: v for k, v in report["probes"]["auc"].items() if v is not None}
        best = sorted(aucs, key=aucs.__getitem__, reverse=True)
        st.markdown(
            f"Linear probes read attributes off the codes with a mean AUC of "
            f"{report['probes']['mean_auc']:.3f}: best {attribute_name(best[0])} "
            f"({aucs[best[0]]:.3f}), worst {attribute_name(best[-1])} ({aucs[best[-1]]:.3f})."
        )
    by_mean = "" if run.only_means else ", as the mean renderer draws them"
    if not run.schema.is_celeba:
        st.caption(f"Measured on {report['pictures']:,} pictures of {run.schema.dataset}{by_mean}.")
        return
    st.caption(
        f"Measured on {report['pictures']:,} validation pictures of CelebA{by_mean}. "
        "Non-commercial research only. CelebA shows celebrities, most of them labelled young, and "
        "its labels are opinions of annotators: what the model draws inherits both."
    )


def _likelihood(run: Run) -> str:
    sigma, name = run.report["sigma"], run.config.model.likelihood
    return name if sigma is None else f"Gaussian, {name} sigma {sigma:.4f}"
