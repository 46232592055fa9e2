"""Figures of the Model page: training curves and how much each dimension is used."""

import numpy as np

from explorer.figures.charts import BLUE, GREEN, GREY, ORANGE, PURPLE, YELLOW, Figure
from explorer.language.text import N_, _
from explorer.run.runs import Trained

COLOURS = (ORANGE, BLUE, GREEN, PURPLE, YELLOW, "#0072b2")
CURVES = {
    "psnr": N_("PSNR (dB)"),
    "rate": N_("rate (nats)"),
    "bits_per_dim": N_("bits per dimension"),
    "gradient_norm": N_("gradient norm"),
}
TAIL = 0.1  # of the curve at its beginning, which would squeeze the rest


def curves_figures(runs: list[Trained]) -> dict[str, Figure]:
    """Each of CURVES over epochs, by its name, with a colour for each run."""
    return {name: _curves(runs, name) for name in CURVES}


def _curves(runs: list[Trained], name: str) -> Figure:
    made = Figure(
        _("{curve} over the epochs of training.").format(curve=_(CURVES[name])),
        290,
        _("epoch"),
        _(CURVES[name]),
    )
    tails, ends = [], []
    for number, run in enumerate(runs):
        if name not in run.curves:
            continue
        x, y = run.curves["epoch"], run.curves[name]
        made.line(x, y, COLOURS[number % len(COLOURS)], run.name, width=2.5)
        tails.append(y[int(TAIL * len(y)) :])
        ends.append(x[-1])
    if tails:
        low, high = (float(f(np.concatenate(tails))) for f in (np.min, np.max))
        room = 0.08 * (high - low) or 1.0
        made.limit((0, max(ends)), (low - room, high + room))
    return made.tell("place")


def dimensions_figure(kl: np.ndarray, spread: np.ndarray, active: float) -> Figure:
    """Mean KL of every dimension, the most used first.

    kl: (D,) nats. spread: (D,) standard deviation of the posterior mean; a dimension is an active
    unit, and blue, where its square is above `active`.
    """
    order = np.argsort(-kl)
    used = spread[order] ** 2 > active
    about = _("The rate of {count} dimensions, most used first; {used} are active.").format(
        count=len(kl), used=used.sum()
    )
    made = Figure(about, 380, _("dimensions of z, most used first"), _("rate (nats)"))
    made.bars({f"z {d}": kl[d] for d in order}, np.where(used, BLUE, GREY), upright=True)
    return made.hide_labels("x").tell("bar")
