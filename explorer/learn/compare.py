"""Compare: the hourglass and the VAE in step, the way of a walk on each one's map, and what they
reach in numbers.
"""

from typing import NamedTuple

import numpy as np

from explorer.figures.charts import BLUE, GREEN, GREY, ORANGE, Figure
from explorer.judge.judges import judges
from explorer.judge.report_card import SCORE_THRESHOLD
from explorer.language.text import _
from explorer.map.layouts import layout
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Source
from explorer.run.loaded import Loaded

MAP_HEIGHT = 340  # pixels of a map
AS_WELL = 0.5  # dB of PSNR between two models that copy about equally well


def edited(loaded: Loaded, picture_id: str, attribute: str, strength: float) -> np.ndarray:
    """The code of a face with an attribute added, (D,) float32: as Explore makes it at first."""
    recipe = loaded.run.first_recipe.with_source(Source("picture", picture_id))
    return compose(recipe.with_amount("attributes", attribute, strength), loaded.run.space)


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


def on_map(loaded: Loaded, name: str, codes: np.ndarray) -> np.ndarray:
    """Where codes (P, D) lie on a layout of a model's map: (P, 2), as Explore marks them."""
    found = layout(loaded.run, name)
    return np.stack([found.place(code).position for code in codes])


class Reached(NamedTuple):
    """What a model reaches.

    psnr: dB, of all validation pictures, drawn from the encoder's own codes. in_holes: share of
    random codes that fall into holes. seen: share of faces in which the judge sees an attribute
    that was added, None for one that it does not know.
    """

    psnr: float
    in_holes: float
    seen: float | None


def seen(loaded: Loaded, ids: np.ndarray, attribute: str, strength: float) -> float | None:
    """Share of the pictures (N,) in which the second judge sees the attribute once it was added."""
    judge = judges().second
    if attribute not in judge.attributes:
        return None
    codes = np.stack([edited(loaded, str(name), attribute, strength) for name in ids])
    scores = judge.scores(loaded.renderer.decode(codes))[:, judge.attributes.index(attribute)]
    return float((scores >= SCORE_THRESHOLD).mean())


def conclusion(hourglass: Reached, vae: Reached) -> str:
    """What the numbers say, in plain sentences."""
    better = vae.psnr - hourglass.psnr
    if abs(better) <= AS_WELL:
        copies = _(
            "Both copy faces about equally well: {hourglass:.1f} dB (hourglass) and {vae:.1f} dB "
            "(VAE)."
        )
    elif better > 0:
        copies = _(
            "The VAE copies faces better: {hourglass:.1f} dB (hourglass) and {vae:.1f} dB (VAE)."
        )
    else:
        copies = _(
            "The hourglass copies faces better: {hourglass:.1f} dB (hourglass) and {vae:.1f} dB "
            "(VAE)."
        )
    said = [copies.format(hourglass=hourglass.psnr, vae=vae.psnr)]
    if hourglass.seen is not None and vae.seen is not None:
        said.append(
            _(
                "After the edit the judge sees the attribute in {hourglass:.0%} and {vae:.0%} of "
                "the faces."
            ).format(hourglass=hourglass.seen, vae=vae.seen)
        )
    said.append(
        _(
            "Of random codes {hourglass:.1%} fall into holes of the hourglass, and {vae:.1%} into "
            "holes of the VAE."
        ).format(hourglass=hourglass.in_holes, vae=vae.in_holes)
    )
    if vae.in_holes < hourglass.in_holes:
        bought = _("This is what the rate buys: a decoder that knows what to do with random codes.")
    else:
        bought = _("So here the rate has not bought what it should.")
    return " ".join([*said, bought])


def map_figure(places: np.ndarray, has: np.ndarray) -> Figure:
    """The map below a walk: places (N, 2) of faces, which has: (N,) bool colours."""
    about = _("A map of {places:,} faces, {has:,} with the attribute.").format(
        places=len(places), has=has.sum()
    )
    made = Figure(about, MAP_HEIGHT, equal=True)
    return made.cloud(places[~has], GREY).cloud(places[has], BLUE, 0.75).bare(places)


def walk_figure(places: np.ndarray, way: np.ndarray, at: int, edit: np.ndarray) -> Figure:
    """The way of a walk, to be laid on `map_figure` of the same places: a control moves only this.

    way: (P, 2), a mark at step `at`. edit: (2, 2), from the face to the edited face.
    """
    about = _("The way of the walk on the map, at step {at} of {way}.").format(
        at=at + 1, way=len(way)
    )
    made = Figure(about, MAP_HEIGHT, equal=True)
    (x, y), (way_x, way_y) = edit.T, way.T
    made.line(x, y, GREEN).points(x[1:], y[1:], GREEN, size=14, symbol="diamond")
    made.line(way_x, way_y, ORANGE, dots=True)
    made.points([way_x[at]], [way_y[at]], ORANGE, size=20, symbol="ring")
    return made.bare(places)
