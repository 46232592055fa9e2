"""The messages of the live route: what a page may ask, and how it is answered.

A message is JSON, an object with a number and one question:

    {"number": 7, "recipes": [RECIPE, ...]}                 pictures of 1 to 64 recipes
    {"number": 8, "place": {"recipe": RECIPE, "layout": NAME}}
                                                            where a face lies on the map
    {"number": 9, "blend": {"points": [[x, y], ...], "layout": NAME, "renderer": "sharp"}}
                                                            faces at 1 to 64 places of the map

With "twin": true they are asked of the run whose map lies beside that of the open one; it places
what both runs understand, see explorer/map/whereabouts.py. Layouts are named as in
explorer/map/layouts.py. Each recipe names its renderer; a blend names one of
explorer/recipe/renderers.py, or none for the mean. Pictures and blends are answered by bytes,
little-endian: uint32 number, uint16 count, uint16 side, float32 milliseconds of decoding, then
count * side * side * 3 bytes of RGB; a blend adds count float32, how much each is held up by faces
around it, 0 to 1. A place is answered by text:

    {"number": 8, "place": {"position": [x, y], "confidence": 0.9, "nearest": [ROW, ...],
                            "distances": [...]}}

with rows of the map and their distances in z. What cannot be met is answered by text, too:
{"number": 7, "error": "expected ...; found ..."}.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.json_text import parse_json
from explorer.map.whereabouts import Whereabouts
from explorer.recipe.errors import RecipeError
from explorer.recipe.recipe import Recipe
from explorer.recipe.renderers import MEAN_RENDERER, RENDERERS

MOST_RECIPES = 64  # an 8x8 grid
MOST_POINTS = 64
FARTHEST = 1e6  # of a place on the map; beyond it float32 has no neighbours to tell apart
HEADER = struct.Struct("<IHHf")


class Refused(ValueError):
    """A message that cannot be met: says what was expected and what was found."""

    def __init__(self, number: int | None, reason: str):
        super().__init__(reason)
        self.number = number


@dataclass(frozen=True)
class PicturesOf:
    """Recipes to be drawn."""

    recipes: list[Recipe]


@dataclass(frozen=True)
class PlaceOf:
    """The recipe whose place on a layout is asked for."""

    recipe: Recipe
    layout: str


@dataclass(frozen=True, eq=False)
class BlendAt:
    """Places (P, 2) or (P, 3) float32 on a layout, whose faces are asked for.

    renderer: of RENDERERS, which draws them.
    """

    points: np.ndarray
    layout: str
    renderer: str


Question = PicturesOf | PlaceOf | BlendAt


def parse_message(text: str) -> tuple[int, Question, bool]:
    """The number and the question of a message, and whether it is the twin's. Raises Refused."""
    number = None
    try:
        message = parse_json(text)
        number = message["number"]
        if type(number) is not int or not 0 <= number < 2**32:
            number = None
            raise Refused(None, "expected a number from 0 to 2^32 - 1")
        asked = [name for name in _QUESTIONS if name in message]
        if len(asked) != 1:
            raise Refused(number, f"expected JSON with number and one of {', '.join(_QUESTIONS)}")
        twin = message.get("twin", False)
        if type(twin) is not bool:
            raise Refused(number, "expected twin: true, or no twin")
        return number, _QUESTIONS[asked[0]](message[asked[0]]), twin
    except Refused as refused:
        raise Refused(number, str(refused)) from refused
    except RecipeError as error:
        raise Refused(number, str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(
            number, f"expected JSON with number and one of {', '.join(_QUESTIONS)}"
        ) from error


def _pictures(recipes: Any) -> PicturesOf:
    if not isinstance(recipes, list) or not 1 <= len(recipes) <= MOST_RECIPES:
        raise Refused(None, f"expected a list of 1 to {MOST_RECIPES} recipes")
    return PicturesOf([Recipe.from_data(values) for values in recipes])


def _place(asked: Any) -> PlaceOf:
    return PlaceOf(Recipe.from_data(asked["recipe"]), _layout(asked))


def _blend(asked: Any) -> BlendAt:
    points = asked["points"]
    if not isinstance(points, list) or not 1 <= len(points) <= MOST_POINTS:
        raise Refused(None, f"expected a list of 1 to {MOST_POINTS} places")
    dims = {len(point) if isinstance(point, list) else 0 for point in points}
    numbers = [v for point in points if isinstance(point, list) for v in point]
    # Comparisons that NaN fails, too.
    near = all(type(v) in (int, float) and -FARTHEST <= v <= FARTHEST for v in numbers)
    if len(dims) > 1 or not dims <= {2, 3} or not near:
        raise Refused(None, "expected places of two or of three finite numbers each")
    renderer = asked.get("renderer", MEAN_RENDERER)
    if not isinstance(renderer, str) or renderer not in RENDERERS:
        raise Refused(
            None, f"expected a renderer of {', '.join(RENDERERS)}; found {renderer!r:.80}"
        )
    return BlendAt(np.array(points, np.float32), _layout(asked), renderer)


def _layout(asked: dict[str, Any]) -> str:
    if not isinstance(asked["layout"], str):
        raise Refused(None, f"expected the name of a layout; found {asked['layout']!r:.80}")
    return asked["layout"]


_QUESTIONS: dict[str, Callable[[Any], Question]] = {
    "recipes": _pictures,
    "place": _place,
    "blend": _blend,
}


def pictures_answer(
    number: int, pictures: np.ndarray, milliseconds: float, support: np.ndarray | None = None
) -> bytes:
    """(B, S, S, 3) uint8 pictures, and (B,) support of blends, as one answer."""
    count, side = pictures.shape[:2]
    header = HEADER.pack(number, count, side, milliseconds)
    return (
        header + pictures.tobytes() + (b"" if support is None else support.astype("<f4").tobytes())
    )


def place_answer(number: int, found: Whereabouts) -> str:
    """Where a face is, as one answer."""
    answer = {
        "position": found.place.position.tolist(),
        "confidence": found.place.confidence,
        "nearest": found.rows.tolist(),
        "distances": found.distances.tolist(),
    }
    return json.dumps({"number": number, "place": answer})


def refusal(refused: Refused) -> str:
    """The answer to what cannot be met."""
    return json.dumps({"number": refused.number, "error": str(refused)})
