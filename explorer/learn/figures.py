"""Plotly figures in the manner of all steps: large letters and few lines."""

import numpy as np
import plotly.graph_objects as go

# Okabe & Ito's palette, told apart with every common kind of colour blindness.
ORANGE, BLUE, GREEN, PURPLE, GREY = "#d55e00", "#56b4e9", "#009e73", "#cc79a7", "#9a9a9a"
YELLOW = "#e69f00"


def figure(height: int = 340, x: str = "", y: str = "", **layout) -> go.Figure:
    """An empty figure. height: pixels. x, y: titles of the axes. layout: more of Plotly's."""
    made = go.Figure()
    made.update_layout(
        height=height,
        margin={"l": 60, "r": 10, "t": 30, "b": 50},
        font={"size": 16},
        xaxis={"title": {"text": x, "font": {"size": 16}}, "tickfont": {"size": 14}},
        yaxis={"title": {"text": y, "font": {"size": 16}}, "tickfont": {"size": 14}},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font": {"size": 15}},
        hovermode="closest",
        bargap=0.04,
    )
    made.update_layout(**layout)
    return made


def curve(
    x: np.ndarray, y: np.ndarray, at: float, value: float, x_title: str, y_title: str
) -> go.Figure:
    """A curve with a mark on it at (at, value)."""
    made = figure(x=x_title, y=y_title, showlegend=False)
    made.add_scatter(x=x, y=y, mode="lines", line={"color": BLUE, "width": 3}, hoverinfo="x+y")
    made.add_scatter(
        x=[at], y=[value], mode="markers", marker={"color": ORANGE, "size": 15}, hoverinfo="skip"
    )
    return made
