"""Plotly figures of the Model page: training curves and how much each dimension is used."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.learn.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, figure
from explorer.runs import Trained

COLOURS = (ORANGE, BLUE, GREEN, PURPLE, "#e69f00", "#0072b2")
CURVES = {
    "psnr": "PSNR (dB)",
    "rate": "rate (nats)",
    "bits_per_dim": "bits per dimension",
    "gradient_norm": "gradient norm",
}
TAIL = 0.1  # of the curve at its beginning, which would squeeze the rest


def curves_figure(runs: list[Trained]) -> go.Figure:
    """Four curves over epochs, a colour for each run."""
    made = make_subplots(
        rows=2, cols=2, subplot_titles=list(CURVES.values()), vertical_spacing=0.16
    )
    for k, name in enumerate(CURVES):
        row, column = divmod(k, 2)
        shown = []
        for number, run in enumerate(runs):
            if name not in run.curves:
                continue
            y = run.curves[name]
            made.add_scatter(
                x=run.curves["epoch"],
                y=y,
                name=run.name,
                legendgroup=run.name,
                showlegend=k == 0,
                mode="lines",
                line={"color": COLOURS[number % len(COLOURS)], "width": 2.5},
                hovertemplate="%{y:.4g}, epoch %{x:.1f}",
                row=row + 1,
                col=column + 1,
            )
            shown.append(y[int(TAIL * len(y)) :])
        if shown:
            low, high = (f(np.concatenate(shown)) for f in (np.min, np.max))
            room = 0.08 * (high - low) or 1
            made.update_yaxes(range=[low - room, high + room], row=row + 1, col=column + 1)
    made.update_xaxes(title_text="epoch", row=2)
    made.update_layout(
        height=540,
        margin={"l": 50, "r": 10, "t": 60, "b": 45},
        font={"size": 15},
        legend={"orientation": "h", "y": 1.08, "yanchor": "bottom", "x": 0},
        hovermode="x unified",
    )
    made.update_annotations(font_size=16)
    return made


def dimensions_figure(kl: np.ndarray, spread: np.ndarray, active: float) -> go.Figure:
    """Mean KL of every dimension, the most used first.

    kl: (D,) nats. spread: (D,) standard deviation of the posterior mean; a dimension is an active
    unit where its square is above `active`.
    """
    order = np.argsort(-kl)
    used = spread[order] ** 2 > active
    made = figure(height=380, x="dimensions of z, most used first", y="rate (nats)", bargap=0.15)
    for name, chosen, colour in (("active", used, BLUE), ("not active", ~used, GREY)):
        if chosen.any():
            made.add_bar(
                x=np.flatnonzero(chosen) + 1,
                y=kl[order][chosen],
                customdata=np.stack([order[chosen], spread[order][chosen]], 1),
                name=f"{name} ({chosen.sum()})",
                marker={"color": colour, "line": {"width": 0}},
                hovertemplate="z%{customdata[0]:.0f}: %{y:.2f} nats, spread %{customdata[1]:.2f}"
                "<extra></extra>",
            )
    return made
