"""The figure of the report card: what a classifier sees before and after an edit."""

from collections.abc import Collection, Sequence

from explorer.figures.charts import GREY, ORANGE, Figure
from explorer.language.text import _
from explorer.recipe.attributes import attribute_name

SCORES_SHOWN = 12
ROW_HEIGHT = 24  # pixels
AFTER = "#0072b2"  # of Okabe & Ito's palette, as those of charts


def report_figure(changes: Sequence[tuple[str, float, float]], targets: Collection[str]) -> Figure:
    """SCORES_SHOWN changes, from top to bottom: targets, in another colour, and the first others.

    changes: (attribute, score before, score after), scores from 0 to 1. targets: attributes that
    the edit was to change.
    """
    others = [name for name, _unused, _unused in changes if name not in targets]
    kept = {*targets, *others[: max(0, SCORES_SHOWN - len(targets))]}
    shown = [change for change in changes if change[0] in kept]
    made = Figure(_("Scores of attributes before and after."), ROW_HEIGHT * len(shown) + 76)
    made.changes(
        {attribute_name(name): (100 * before, 100 * after) for name, before, after in shown},
        GREY,
        AFTER,
        [ORANGE if name in targets else AFTER for name, _unused, _unused in shown],
    )
    made.option["grid"] |= {"left": 150, "bottom": 32}
    made.option["xAxis"]["axisLabel"]["formatter"] = "{value} %"
    made.option["tooltip"] = {"trigger": "item", "valueFormatter": "%.0f %%"}
    return made.limit(x=(0, 100))
