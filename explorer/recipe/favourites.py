"""Named favourites: faces that a user keeps. They come from a browser or a file and are checked."""

import json
import re
from typing import Any, NamedTuple

from data.json_text import TooLarge, parse_json
from explorer.language.text import _
from explorer.recipe.compose import compose
from explorer.recipe.errors import RecipeError
from explorer.recipe.names import recipe_name
from explorer.recipe.recipe import Recipe
from explorer.recipe.space import LatentSpace

MOST_FAVOURITES = 60
LONGEST_NAME = 60  # characters
LARGEST_FILE = 1024 * 1024  # bytes


class Favourite(NamedTuple):
    """A face under a name; names in a list differ, and so do recipes."""

    name: str
    recipe: Recipe

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data, for `checked`."""
        return {"name": self.name, "recipe": self.recipe.to_data()}


class Checked(NamedTuple):
    """What `checked` found. problems: what was left out and why, a line each."""

    favourites: list[Favourite]
    problems: list[str]


def checked(values: Any, space: LatentSpace, others: list[Favourite] | None = None) -> Checked:
    """The favourites of plain data that nobody vouches for, after `others`.

    values: what a browser stored or a file holds; a list of {"name", "recipe"} if all is well.
    What this model cannot show is left out, a recipe that is there already quietly so; a missing
    name is made from the recipe, and a name that is taken gets a number.
    """
    found = {favourite.recipe.to_json(): favourite for favourite in others or []}
    if not isinstance(values, list):
        return Checked(list(found.values()), [_("expected a list of favourites; found none")])
    problems = []
    for number, value in enumerate(values[:MOST_FAVOURITES], 1):
        try:
            recipe = Recipe.from_data(value.get("recipe") if isinstance(value, dict) else value)
            compose(recipe, space)
        except RecipeError as error:
            problems.append(f"{number}: {error}")
            continue
        if recipe.to_json() in found:
            continue
        if len(found) == MOST_FAVOURITES:
            problems.append(
                _("{number}: {most_favourites} favourites are the most").format(
                    number=number, most_favourites=MOST_FAVOURITES
                )
            )
            continue
        name = _clean(value.get("name")) or recipe_name(recipe)
        taken = {favourite.name for favourite in found.values()}
        found[recipe.to_json()] = Favourite(_free(name, taken), recipe)
    if len(values) > MOST_FAVOURITES:
        many = _("{most_favourites} to {values}").format(
            most_favourites=MOST_FAVOURITES + 1, values=len(values)
        )
        problems.append(
            _("{many}: {most_favourites} favourites are the most").format(
                many=many, most_favourites=MOST_FAVOURITES
            )
        )
    return Checked(list(found.values()), problems)


def favourites_json(favourites: list[Favourite], weights: str) -> str:
    """All favourites and the key of the weights they were made with, for `read_favourites`."""
    data = [favourite.to_data() for favourite in favourites]
    return json.dumps({"favourites": data, "weights": weights}, allow_nan=False, indent=2)


def read_favourites(
    content: bytes, space: LatentSpace, weights: str, others: list[Favourite]
) -> Checked:
    """`others` and after them the favourites of a file that `favourites_json` made.

    space, weights: of the model that is to show them; a file made with other weights is a problem
    that is told, and its favourites are taken. Raises RecipeError for another or too large a file.
    """
    try:
        values = parse_json(content, LARGEST_FILE)
        made_with, data = values["weights"], values["favourites"]
        whole = isinstance(data, list) and re.fullmatch(r"[0-9a-f]{16}", made_with)
    except TooLarge as error:
        raise RecipeError(
            _(
                "expected a file of favourites of at most {largest_file:,} bytes; found {content:,}"
            ).format(largest_file=LARGEST_FILE, content=len(content))
        ) from error
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise RecipeError(
            _("expected a file of favourites as Export makes it; found {bytes!r}").format(
                bytes=bytes(content[:60])
            )
        )
    favourites, problems = checked(data, space, others)
    if made_with != weights:
        problems.insert(
            0,
            _("made with the weights {made_with}, this model has {weights}").format(
                made_with=made_with, weights=weights
            ),
        )
    return Checked(favourites, problems)


def _clean(name: Any) -> str:
    """One line of at most LONGEST_NAME printable characters; empty for what is no text."""
    if not isinstance(name, str):
        return ""
    printable = "".join(c if c.isprintable() else " " for c in name[: 4 * LONGEST_NAME])
    return " ".join(printable.split())[:LONGEST_NAME].strip()


def _free(name: str, taken: set[str]) -> str:
    """The name, or with the smallest number that makes it another one."""
    free, number = name, 1
    while free in taken:
        number += 1
        ending = f" ({number})"
        free = name[: LONGEST_NAME - len(ending)] + ending
    return free
