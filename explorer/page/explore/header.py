"""The head of the editor: own photo, export, and the figures of the model that is open."""

import streamlit as st

from explorer.page.explore.directions_panel import show_directions
from explorer.page.explore.export_panel import show_export
from explorer.page.explore.photo_panel import show_photo
from explorer.recipe.attributes import attribute_name
from explorer.run.loaded import Loaded
from explorer.run.run import Run


def show_header(loaded: Loaded) -> None:
    """Behind buttons: the own photo, own directions, the export and the model's card."""
    photo, directions, export, card = st.columns(4, vertical_alignment="bottom")
    with photo:
        show_photo(loaded)
    with directions:
        show_directions(loaded.run)
    with export:
        show_export(loaded)
    with card.popover("This model", icon=":material/info:", width="stretch"):
        _show_card(loaded.run)


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
    st.caption(
        f"Measured on {report['pictures']:,} validation pictures of CelebA{by_mean}. "
        "Non-commercial research only. CelebA shows celebrities, most of them labelled young, and "
        "its labels are opinions of annotators: what the model draws inherits both."
    )


def _likelihood(run: Run) -> str:
    sigma, name = run.report["sigma"], run.config.model.likelihood
    return name if sigma is None else f"Gaussian, {name} sigma {sigma:.4f}"
