"""The face map as a Plotly figure."""

import numpy as np
import plotly.graph_objects as go

from explorer.names import attribute_name
from training.latents import Latents

# Okabe & Ito's palette, told apart with every common kind of colour blindness.
WITH, WITHOUT, OUTSIDE, PICKED = "#d55e00", "#56b4e9", "#9a9a9a", "#009e73"
HEIGHT = 430  # pixels


def map_figure(
    faces: Latents, positions: np.ndarray, colour_by: str, keep: np.ndarray, picked: str | None
) -> go.Figure:
    """Places of faces, coloured by an attribute.

    faces: N. positions: (N, 2). keep: (N,) bool, the filter; the others stay, grey. picked: the id
    of the face being edited, ringed. Every face carries its picture id as custom data, every
    group what it shows as meta.
    """
    has = faces.label(colour_by)
    name = attribute_name(colour_by)
    figure = go.Figure()
    groups = (
        ("outside the filter", ~keep, OUTSIDE, 0.18),
        (f"without {name}", keep & ~has, WITHOUT, 0.75),
        (f"with {name}", keep & has, WITH, 0.9),
    )
    for label, rows, colour, opacity in groups:
        if not rows.any():
            continue
        figure.add_scattergl(
            x=positions[rows, 0],
            y=positions[rows, 1],
            customdata=faces.ids[rows],
            mode="markers",
            name=f"{label} ({rows.sum():,})",
            marker={"color": colour, "size": 6, "opacity": opacity},
            meta=label,
            hoverinfo="none",  # the page shows the face itself
        )
    at = np.flatnonzero(faces.ids == picked)
    figure.add_scattergl(
        x=positions[at, 0],
        y=positions[at, 1],
        mode="markers",
        name="edited face",
        marker={"color": PICKED, "size": 18, "symbol": "circle-open", "line": {"width": 4}},
        hoverinfo="skip",
        showlegend=bool(len(at)),
    )
    bare = {"visible": False, "fixedrange": False}
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        xaxis=bare,
        yaxis=bare | {"scaleanchor": "x"},
        dragmode="pan",
        uirevision="map",  # keeps zoom and pan when the colour changes
        legend={"orientation": "h", "y": 0, "yanchor": "top", "x": 0, "itemsizing": "constant"},
    )
    return figure
