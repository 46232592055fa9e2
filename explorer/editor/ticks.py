"""Ticks of the sliders: where the face at hand lies among all faces, and where these lie from it.

A slider shifts the source, so zero is always the face itself. A tick says how far from the mean
it lies, and another one where a shift brings it to the mean.
"""

from typing import Any

import numpy as np

from explorer.editor.calibration import Typical, typical
from explorer.language.text import _
from explorer.recipe.banks import BANKS, STEP, Name
from explorer.recipe.compose import compose
from explorer.recipe.errors import RecipeError
from explorer.recipe.recipe import Recipe
from explorer.recipe.space import LatentSpace
from explorer.run.run import Run

SAME_WITHIN = STEP  # a mean nearer than this is the face itself


def own_values(code: np.ndarray, space: LatentSpace) -> dict[str, dict[Name, float]]:
    """Where a code (D,) lies on each axis, in standard deviations from the mean of all codes.

    Bank -> slider -> value, of the banks that count in these; NaN where no codes differ.
    """
    away = code.astype(np.float64) - space.center
    return {
        bank.name: {name: float(bank.axis(space, name).along(away)) for name in bank.names(space)}
        for bank in BANKS.values()
        if bank.in_deviations
    }


def slider_ticks(recipe: Recipe, run: Run) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Bank -> name of a slider -> its ticks, each with at (on the slider), label and kind.

    Kinds: "own", the source itself, at 0; "mean", where the mean of all faces lies; "without" and
    "with", where the slider, with the recipe's method and locks, makes the face as those without
    or with the attribute are on average, and "tips" between them, where it becomes one of the
    others. Only what the slider reaches has a tick. Edits do not
    matter. A source that this run cannot show has no ticks.
    """
    space = run.space
    try:
        values = own_values(compose(Recipe(recipe.source), space), space)
    except RecipeError:
        return {}
    ticks = {
        bank: {str(name): _ticks(value, BANKS[bank].limit) for name, value in of.items()}
        for bank, of in values.items()
    }
    known = typical(recipe, space, run.vectors)
    return {
        "attributes": {name: _attribute_ticks(known.get(name)) for name in space.vectors}
    } | ticks


def _attribute_ticks(known: Typical | None) -> list[dict[str, Any]]:
    if known is None:
        return [_tick(0, _("This face"), "own")]
    own = f"{known.own:.0%}"
    if known.tips is not None:
        return [
            _tick(0, _("This face: {own} sure, as read off its code").format(own=own), "own"),
            _tick(known.tips, _("Tips: as likely with as without"), "tips"),
            _tick(known.without, _("As sure as a typical face without"), "without"),
            _tick(known.having, _("As sure as a typical face with"), "with"),
        ]
    ticks = [
        _tick(0, _("This face: {own} of the way from without to with").format(own=own), "own"),
        _tick(known.without, _("Typical without"), "without"),
        _tick(known.having, _("Typical with"), "with"),
    ]
    return [tick for tick in ticks if abs(tick["at"]) <= BANKS["attributes"].limit]


def _ticks(value: float, limit: float) -> list[dict[str, Any]]:
    if np.isnan(value):
        return []
    if abs(value) < SAME_WITHIN:
        return [_tick(0, _("This face, at the mean of all faces"), "own")]
    sign, size = "+" if value > 0 else "−", f"{abs(value):.1f}"
    own = _tick(0, _("This face: {sign}{size} σ").format(sign=sign, size=size), "own")
    mean = [_tick(-value, _("Mean of all faces"), "mean")] if abs(value) <= limit else []
    return [own, *mean]


def _tick(at: float, label: str, kind: str) -> dict[str, Any]:
    return {"at": round(float(at), 2), "label": label, "kind": kind}
