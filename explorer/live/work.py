"""How much work a message is, estimated before anything is computed: milliseconds on one core.

The estimates are of a machine that draws a face in 2.5 ms; what hangs on them is whose
turn it is and what is refused, not how long anything takes.
"""

from collections.abc import Iterator, Sequence

from explorer.recipe.banks import BANKS
from explorer.recipe.compose import samples_of
from explorer.recipe.recipe import Recipe
from explorer.recipe.space import LatentSpace

PARSED_PER_MS = 30_000  # characters of a message
SLIDER_MS = 0.003
LOCK_MS = 0.015  # of one slider that locks hold, for each lock; once for all faces of a message
SAMPLE_MS = 12.0  # that the flow has to draw
PLACE_MS, POINT_MS = 15.0, 2.0  # where a face lies on the map; a face of a place there
PLAIN = ("picture", "seed", "mean", "code")  # sources that are looked up
QUICK_MESSAGE = 8 * 1024  # characters of which questions are made on the spot
QUICK_MS = 4.0  # of composing a face; what takes longer is done aside


def parsing(text: str) -> float:
    """Of making questions of a message."""
    return len(text) / PARSED_PER_MS


def composing(recipes: Sequence[Recipe], space: LatentSpace) -> float:
    """Of making the codes of recipes."""
    if all(recipe.source.kind in PLAIN and not recipe.locks for recipe in recipes):  # most are
        return SLIDER_MS * sum(
            len(amounts) for recipe in recipes for amounts in recipe.amounts.values()
        )
    parts = [part for recipe in recipes for part in _parts(recipe)]
    sliders = sum(len(amounts) for part in parts for amounts in part.amounts.values())
    held = {
        (name, slider, part.method, part.locks)
        for part in parts
        if part.locks
        for name, amounts in part.amounts.items()
        if BANKS[name].held
        for slider in amounts
    }
    locks = sum(len(locks) for *_, locks in held)
    asked = {sample for recipe in recipes for sample in samples_of(recipe.source)}
    samples = sum(not space.samples.known(sample) for sample in asked)
    return SLIDER_MS * sliders + LOCK_MS * locks + SAMPLE_MS * samples


def _parts(recipe: Recipe) -> Iterator[Recipe]:
    """The recipe and those that it mixes."""
    yield recipe
    if recipe.source.kind == "mix":
        for _, part in recipe.source.value:
            yield from _parts(part)
