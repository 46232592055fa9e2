"""Compare: the hourglass and the VAE in step, and the way of a walk on each one's map."""

import numpy as np
import plotly.graph_objects as go
from sklearn.neighbors import NearestNeighbors

from explorer.learn.figures import BLUE, GREEN, GREY, ORANGE
from explorer.learn.hourglass import psnr
from explorer.loaded import Loaded
from explorer.recipe import Recipe, Source
from explorer.space import compose

NEIGHBORS = 8  # codes whose places say where a code belongs


def edited(model: Loaded, picture_id: str, attribute: str, strength: float) -> np.ndarray:
    """The code of a face with an attribute added: (D,) float32, of this model's own vectors."""
    recipe = Recipe(Source("picture", picture_id), {attribute: strength})
    return compose(recipe, model.run.space)


def shared_attributes(*models: Loaded) -> list[str]:
    """Names of the attributes that all of the models have vectors of, in the first one's order."""
    others = [set(model.run.space.vectors) for model in models[1:]]
    return [name for name in models[0].run.space.vectors if all(name in k for k in others)]


def steadiness(pictures: np.ndarray) -> float:
    """How evenly a walk changes from picture to picture: its longest step over its mean step.

    pictures: (P, S, S, 3) uint8, P at least 2. 1 is perfectly even.
    """
    steps = np.sqrt((np.diff(pictures.astype(np.float64), axis=0) ** 2).mean((1, 2, 3)))
    return float(steps.max() / max(steps.mean(), 1e-9))


def likeness(picture: np.ndarray, reconstruction: np.ndarray) -> float:
    """PSNR in dB of a reconstruction, both (S, S, 3) uint8."""
    return float(psnr(picture, reconstruction[None] / 255)[0])


def on_map(codes: np.ndarray, known: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Where codes belong on a map: the mean place of their nearest codes, the nearer the heavier.

    codes: (P, D). known: (N, D) codes at places (N, 2), N at least NEIGHBORS. Returns (P, 2). A
    known code has (almost) its own place.
    """
    distance, rows = NearestNeighbors(n_neighbors=NEIGHBORS).fit(known).kneighbors(codes)
    scale = np.maximum(np.median(distance, 1, keepdims=True), 1e-9)
    weight = 1 / np.maximum(distance / scale, 1e-6) ** 2
    weight /= weight.sum(1, keepdims=True)
    return (weight[..., None] * places[rows]).sum(1)


def walk_figure(
    places: np.ndarray, has: np.ndarray, way: np.ndarray, at: int, edit: np.ndarray | None = None
) -> go.Figure:
    """A map with the way of a walk on it.

    places: (N, 2) of faces, has: (N,) bool colours them. way: (P, 2), a mark at step `at`. edit:
    (2, 2), from the face to the edited face.
    """
    made = go.Figure()
    for rows, colour in ((~has, GREY), (has, BLUE)):
        made.add_scattergl(
            x=places[rows, 0],
            y=places[rows, 1],
            mode="markers",
            marker={"color": colour, "size": 4, "opacity": 0.45},
            hoverinfo="skip",
        )
    made.add_scatter(
        x=way[:, 0],
        y=way[:, 1],
        mode="lines+markers",
        line={"color": ORANGE, "width": 3},
        marker={"size": 8},
        hoverinfo="skip",
    )
    made.add_scatter(
        x=way[at : at + 1, 0],
        y=way[at : at + 1, 1],
        mode="markers",
        marker={"color": ORANGE, "size": 20, "symbol": "circle-open", "line": {"width": 4}},
        hoverinfo="skip",
    )
    if edit is not None:
        made.add_scatter(
            x=edit[:, 0],
            y=edit[:, 1],
            mode="lines+markers",
            line={"color": GREEN, "width": 3},
            marker={"size": 10, "symbol": ["circle", "diamond"]},
            hoverinfo="skip",
        )
    bare = {"visible": False}
    made.update_layout(
        height=340,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        xaxis=bare,
        yaxis=bare | {"scaleanchor": "x"},
        showlegend=False,
    )
    return made
