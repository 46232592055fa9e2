"""Figures of the Model page: training curves and how much each dimension is used."""

import numpy as np

from explorer.figures.charts import BLUE, GREEN, GREY, ORANGE, PURPLE, YELLOW, Figure
from explorer.run.runs import Trained

COLOURS = (ORANGE, BLUE, GREEN, PURPLE, YELLOW, "#0072b2")
CURVES = {
    "psnr": "PSNR (dB)",
    "rate": "rate (nats)",
    "bits_per_dim": "bits per dimension",
    "gradient_norm": "gradient norm",
}
TAIL = 0.1  # of the curve at its beginning, which would squeeze the rest


def curves_figures(runs: list[Trained]) -> dict[str, Figure]:
    """Each of CURVES over epochs, by its name, with a colour for each run."""
    return {name: _curves(runs, name) for name in CURVES}


def _curves(runs: list[Trained], name: str) -> Figure:
    made = Figure(f"{CURVES[name]} over the epochs of training.", 290, "epoch", CURVES[name])
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
    about = f"The rate of {len(kl)} dimensions, most used first; {used.sum()} are active."
    made = Figure(about, 380, "dimensions of z, most used first", "rate (nats)")
    made.bars({f"z {d}": kl[d] for d in order}, np.where(used, BLUE, GREY), upright=True)
    return made.hide_labels("x").tell("bar")
