"""Compare: the hourglass and the VAE in step, and the way of a walk on each one's map."""

import numpy as np
from sklearn.neighbors import NearestNeighbors

from explorer.figures.charts import BLUE, GREEN, GREY, ORANGE, Figure
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe, Source
from explorer.run.loaded import Loaded

NEIGHBORS = 8  # codes whose places say where a code belongs
MAP_HEIGHT = 340  # pixels of a map


def edited(loaded: Loaded, picture_id: str, attribute: str, strength: float) -> np.ndarray:
    """The code of a face with an attribute added: (D,) float32, of this model's own vectors."""
    recipe = Recipe(Source("picture", picture_id), attributes={attribute: strength})
    return compose(recipe, loaded.run.space)


def shared_attributes(*opened: Loaded) -> list[str]:
    """Names of the attributes that all of the models have vectors of, in the first one's order."""
    others = [set(loaded.run.space.vectors) for loaded in opened[1:]]
    return [name for name in opened[0].run.space.vectors if all(name in k for k in others)]


def steadiness(pictures: np.ndarray) -> float:
    """How evenly a walk changes from picture to picture: its longest step over its mean step.

    pictures: (P, S, S, 3) uint8, P at least 2. 1 is perfectly even.
    """
    steps = np.sqrt((np.diff(pictures.astype(np.float64), axis=0) ** 2).mean((1, 2, 3)))
    return float(steps.max() / max(steps.mean(), 1e-9))


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


def map_figure(places: np.ndarray, has: np.ndarray) -> Figure:
    """The map below a walk: places (N, 2) of faces, which has: (N,) bool colours."""
    about = f"A map of {len(places):,} faces, {has.sum():,} with the attribute."
    made = Figure(about, MAP_HEIGHT, equal=True)
    return made.cloud(places[~has], GREY).cloud(places[has], BLUE, 0.75).bare(places)


def walk_figure(places: np.ndarray, way: np.ndarray, at: int, edit: np.ndarray) -> Figure:
    """The way of a walk, to be laid on `map_figure` of the same places: a control moves only this.

    way: (P, 2), a mark at step `at`. edit: (2, 2), from the face to the edited face.
    """
    about = f"The way of the walk on the map, at step {at + 1} of {len(way)}."
    made = Figure(about, MAP_HEIGHT, equal=True)
    (x, y), (way_x, way_y) = edit.T, way.T
    made.line(x, y, GREEN).points(x[1:], y[1:], GREEN, size=14, symbol="diamond")
    made.line(way_x, way_y, ORANGE, dots=True)
    made.points([way_x[at]], [way_y[at]], ORANGE, size=20, symbol="ring")
    return made.bare(places)
