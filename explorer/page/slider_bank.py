"""Banks of sliders over the recipe: attributes, principal components, latent dimensions."""

from collections.abc import Sequence

import streamlit as st

from explorer.names import slider_name
from explorer.page import state
from explorer.recipe import BANKS, LIMITS
from explorer.run import Run

TITLES = {
    "attributes": "Attributes",
    "components": "Principal components",
    "dimensions": "Latent dimensions",
}
ABOUT = {
    "attributes": "Strength 1 adds the vector from the mean face without an attribute to the mean "
    "face with it. What goes together in CelebA goes together here.",
    "components": "Directions in which faces differ most, widest first, in standard deviations.",
    "dimensions": "Single dimensions of z, most informative (KL) first, in standard deviations.",
}
FEW = 24  # sliders shown before "show all"
HEIGHT = 360  # pixels


def show_banks(run: Run) -> None:
    """One tab a bank; only the open one is drawn."""
    tabs = st.tabs([TITLES[bank] for bank in BANKS], key="bank", on_change="rerun")
    for tab, bank in zip(tabs, BANKS, strict=True):
        if tab.open:
            with tab:
                _show_bank(bank, _names(bank, run))


def _names(bank: str, run: Run) -> Sequence[str | int]:
    if bank == "attributes":
        return list(run.space.vectors)
    if bank == "components":
        return range(1, len(run.space.components) + 1)
    return run.space.dimension_order


def _show_bank(bank: str, names: Sequence[str | int]) -> None:
    st.caption(ABOUT[bank])
    if bank != "attributes" and len(names) > FEW:
        everything = st.toggle(f"Show all {len(names)}", key=f"all_{bank}")
        # A slider that is moved stays in sight.
        moved = [n for n in names[FEW:] if state.recipe().amount(bank, n)]
        names = names if everything else [*names[:FEW], *moved]
    with st.container(height=HEIGHT, border=True, key=f"bank_{bank}"):
        columns = st.columns(2, gap="medium")
        for position, name in enumerate(names):
            with columns[position % 2]:
                _show_slider(bank, name)


def _show_slider(bank: str, name: str | int) -> None:
    key = f"{bank}:{name}"
    st.session_state[key] = state.recipe().amount(bank, name)
    st.slider(
        slider_name(bank, name),
        -LIMITS[bank],
        LIMITS[bank],
        step=0.1,
        format="%+.1f",
        key=key,
        on_change=state.edit_amount,
        args=(bank, name, key),
    )
