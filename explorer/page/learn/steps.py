"""The steps of Learn in their order, as pages of the app."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer.language.text import _
from explorer.page import state
from explorer.page.learn import (
    codes,
    compare,
    discriminator,
    edits,
    elbo,
    generate,
    hourglass,
    likelihood,
    outputs,
    posterior,
    prior,
    reparameterization,
)
from explorer.page.learn.parts import Step, say_missing, show_foot, show_head
from explorer.run.loaded import Loaded
from explorer.run.twin import of_kind
from training.run.run_folder import RunError

NUMBERED: tuple[Step, ...] = (
    hourglass.STEP,
    codes.STEP,
    generate.STEP,
    likelihood.STEP,
    posterior.STEP,
    elbo.STEP,
    reparameterization.STEP,
    outputs.STEP,
    prior.STEP,
    discriminator.STEP,
    edits.STEP,
)
STEPS: tuple[Step, ...] = (*NUMBERED, compare.STEP)


def pages(loaded: Loaded) -> list[st.Page]:
    """One page for each of STEPS, at /learn-<path>."""
    return [_page(step, partial(_show, k, loaded)) for k, step in enumerate(STEPS)]


def name(step: Step) -> str:
    """ "6. The ELBO"; a step without a number has its title alone."""
    number = f"{NUMBERED.index(step) + 1}. " if step in NUMBERED else ""
    return number + _(step.title)


def _page(step: Step, show: Callable[[], None]) -> st.Page:
    return st.Page(show, title=name(step), url_path=f"learn-{step.path}")


def _show(k: int, loaded: Loaded) -> None:
    step = STEPS[k]
    place = (
        _("Step {number} of {total}").format(number=k + 1, total=len(NUMBERED))
        if step in NUMBERED
        else _("After the last step")
    )
    show_head(place, step)
    state.let_questions_fit(loaded.run.schema.is_celeba)
    if not loaded.run.schema.is_celeba:
        told = _(
            "Examples in the text, such as glasses, are of faces; the pictures are of {dataset}."
        )
        st.caption(told.format(dataset=loaded.run.schema.dataset))
    if (shown := _shown(step, loaded)) is not None:
        step.show(shown)
    # Links need pages of the same address only; what they show is never called.
    before = _page(STEPS[k - 1], print) if k > 0 else None
    after = _page(STEPS[k + 1], print) if k + 1 < len(STEPS) else None
    show_foot(step, before, after, loaded.run.only_means)


def _shown(step: Step, loaded: Loaded) -> Loaded | None:
    """The model that a step is about, told where it is not the open one; None without one."""
    if step.of_likelihood and not loaded.run.config.model.has_likelihood:
        st.info(
            _(
                "This page computes with $p(x \\mid z)$, so it is left out: the model that is open "
                "was trained elsewhere, and its decoder gives a picture and no density."
            ),
            icon=":material/visibility_off:",
        )
        return None
    if not step.of_vae or loaded.run.config.model.kind != "ae":
        return loaded
    try:
        vae = of_kind(loaded, "vae")
    except RunError as error:
        say_missing(
            error,
            _(
                "The model that is open is an hourglass: for each picture its encoder returns "
                "one code and no distribution, and this page is about that distribution. The VAE "
                "that belongs to it is not here."
            ),
        )
        return None
    st.info(
        _(
            "The model that is open, {name}, is an hourglass: its encoder returns one "
            "code and no distribution. This page shows the VAE that belongs to it, "
            "{vae}."
        ).format(name=loaded.run.root.name, vae=vae.run.root.name),
        icon=":material/swap_horiz:",
    )
    return vae
