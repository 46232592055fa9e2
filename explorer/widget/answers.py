"""What the kernel answers a widget: the questions of the live route and the routes of the map.

The same questions as explorer/live/messages.py tells, and three of the page itself, as
explorer/site/answers.js answers them: the code of a place, that of a sum, and what sliders tell.
"""

import json
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

import numpy as np

from data.json_text import parse_json
from explorer.editor.calibration import removed_shares
from explorer.editor.ticks import slider_ticks
from explorer.language.text import _
from explorer.live.messages import (
    BlendAt,
    PicturesOf,
    PlaceOf,
    Refused,
    parse_message,
    pictures_answer,
    place_answer,
    refusal,
)
from explorer.map import route
from explorer.map.columns import columns
from explorer.map.layouts import layout
from explorer.map.whereabouts import whereabouts
from explorer.recipe.banks import BANKS
from explorer.recipe.code_text import code_to_text
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import Loaded

Answer = bytes | str


def answer(loaded: Loaded, text: str) -> Answer:
    """The answer to one message, as the live route gives it; a refusal for what cannot be met."""
    asked = _read(text)
    number = asked.get("number")
    try:
        for name, found in OF_PAGE.items():
            if name in asked:
                return json.dumps({"number": number, **found(loaded, asked[name])})
        number, question, _of_twin = parse_message(text)
        match question:
            case PicturesOf(recipes):
                return _pictures(loaded, number, recipes)
            case PlaceOf(recipe, name):
                return place_answer(number, whereabouts(loaded.run, name, recipe))
            case BlendAt(points, name, renderer):
                began = time.perf_counter()
                blended = layout(loaded.run, name).blend.at(points)
                pictures = loaded.named(renderer).decode(blended.codes)
                return pictures_answer(number, pictures, _since(began), blended.support)
    except Refused as refused:
        return refusal(refused)
    except ValueError as error:  # RecipeError and LayoutError among them
        return refusal(Refused(number, str(error)))
    except (KeyError, TypeError, AttributeError):
        reason = _("expected a question of the page; found {found}").format(found=repr(text[:80]))
        return refusal(Refused(number, reason))
    raise AssertionError(question)


def _read(text: str) -> dict[str, Any]:
    """A message, empty where it is none: `parse_message` says why not."""
    try:
        asked = parse_json(text)
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}


def _pictures(loaded: Loaded, number: int, recipes: Sequence[Recipe]) -> bytes:
    """Each by its own renderer."""
    began = time.perf_counter()
    codes = np.stack([compose(recipe, loaded.run.space) for recipe in recipes])
    drawn = np.empty((len(codes), *loaded.renderer.shape), np.uint8)
    names = np.array([loaded.name_of(recipe) for recipe in recipes])
    for name in set(names):
        drawn[names == name] = loaded.named(str(name)).decode(codes[names == name])
    return pictures_answer(number, drawn, _since(began))


def _since(began: float) -> float:
    return 1000 * (time.perf_counter() - began)


def _taken(loaded: Loaded, asked: Any) -> dict[str, Any]:
    """The code at a place of the map."""
    point = np.array([asked["place"]], np.float32)
    return {"code": code_to_text(layout(loaded.run, asked["layout"]).blend.at(point).codes[0])}


def _sum(loaded: Loaded, terms: Any) -> dict[str, Any]:
    """The weighted sum of codes: of recipes, and means of faces with an attribute or without."""
    run, codes = loaded.run, []
    faces: list[int | None] = []  # in each group
    for term in terms:
        if "recipe" in term:
            codes.append(compose(Recipe.from_data(term["recipe"]), run.space))
            faces.append(None)
            continue
        if term["attribute"] not in run.faces.attributes:
            name = f"{term['attribute']!r:.80}"
            raise ValueError(_("expected an attribute of this run; found {name}").format(name=name))
        has = run.faces.label(term["attribute"]).astype(bool) == term["has"]
        if not has.any():
            raise ValueError(_("expected faces with that; found none"))
        codes.append(run.faces.mean[has].mean(0))
        faces.append(int(has.sum()))
    whole = np.array([term["weight"] for term in terms]) @ np.stack(codes)
    parts = [{"code": code_to_text(c), "faces": n} for c, n in zip(codes, faces, strict=True)]
    return {"code": code_to_text(whole), "parts": parts}


def _about(loaded: Loaded, asked: Any) -> dict[str, Any]:
    """What the sliders tell of a face: ticks, and what locks take of each."""
    run, recipe = loaded.run, Recipe.from_data(asked)
    sliders = {
        bank.name: [*bank.names(run.space), *recipe.amounts[bank.name]] for bank in BANKS.values()
    }
    removed = removed_shares(recipe, run.space, sliders)
    return {"ticks": slider_ticks(recipe, run), "removed": removed}


# What pages ask besides the live route's questions.
OF_PAGE = {"take": _taken, "sum": _sum, "about": _about}


def map_answer(loaded: Loaded, address: str) -> tuple[dict[str, Any], bytes]:
    """What the map's routes answer below their path: status and headers, and the body.

    address: "/KEY/positions/LAYOUT" and so on, see explorer/map/route.py.
    """
    run = loaded.run
    path = address.partition("?")[0]
    what, *rest = map(unquote, path.split("/")[2:])
    name, headers = "/".join(rest), {}
    try:
        match what:
            case "ids":
                body = "\n".join(map(str, run.faces.ids)).encode()
            case "columns":
                body = json.dumps(columns(run)).encode()
            case "positions":
                body = route.positions(run, name).astype("<f4").tobytes()
            case "column":
                values, meaning = route.column(run, name)
                body, headers = values.tobytes(), {"Column": json.dumps(meaning)}
            case "about":
                body = json.dumps(route.about(run, name)).encode()
            case _:
                raise route.NotOnMap(
                    _("expected what this page's map holds; found {address}").format(
                        address=repr(address)
                    )
                )
    except route.NotOnMap as error:
        return {"status": 404}, str(error).encode()
    return {"status": 200, "headers": headers}, body
