"""The steps of Learn in their order, as pages of the app."""

from collections.abc import Callable
from functools import partial

import streamlit as st

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
from explorer.page.learn.parts import Step, show_foot, show_head
from explorer.run.loaded import Loaded

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
    return number + step.title


def _page(step: Step, show: Callable[[], None]) -> st.Page:
    return st.Page(show, title=name(step), url_path=f"learn-{step.path}")


def _show(k: int, loaded: Loaded) -> None:
    step = STEPS[k]
    place = f"Step {k + 1} of {len(NUMBERED)}" if step in NUMBERED else "After the last step"
    show_head(place, step)
    step.show(loaded)
    # Links need pages of the same address only; what they show is never called.
    before = _page(STEPS[k - 1], print) if k > 0 else None
    after = _page(STEPS[k + 1], print) if k + 1 < len(STEPS) else None
    show_foot(step, before, after, loaded.run.only_means)
