"""The banks of sliders of a run, as plain data for the page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from explorer.editor.attribute_facts import attribute_facts
from explorer.editor.promises import NOTHING, Promises, folded, ordered
from explorer.language.text import N_, _, language
from explorer.recipe.attributes import attribute_name
from explorer.recipe.banks import BANKS, Bank, Name
from explorer.recipe.recipe import Recipe
from explorer.run.run import Run

LEAST_CORRELATION = 0.2  # correlation from which a dimension is labelled with an attribute
LINKED = N_("From a recipe or a link; which faces made it is not known here.")


def banks(
    run: Run,
    recipe: Recipe,
    made: Mapping[str, Mapping[Any, Sequence[str]]],
    promises: Promises = NOTHING,
) -> list[dict[str, Any]]:
    """Every bank that has sliders: bank, title, short, about, limit, by_method, held, lockable,
    folded (the headings whose sliders are folded away at first) and sliders.

    A slider has name, label, group, hint and facts, lines about it. First come those of the run,
    then those that this session made, last those that only the recipe holds.

    made: bank -> slider -> facts, of this session's own. promises: of the attribute sliders.
    """
    found = []
    for bank in BANKS.values():
        of_run = list(_of_run(run, bank, language()))
        if bank.name == "attributes":
            of_run = ordered(of_run, promises)
        known = {slider["name"] for slider in of_run}
        others = dict(made.get(bank.name, {}))
        for name in recipe.amounts[bank.name]:
            others.setdefault(name, [_(LINKED)])
        sliders = [
            *of_run,
            *(_slider(run, bank, n, facts=f) for n, f in others.items() if n not in known),
        ]
        if sliders:
            away = folded(of_run) if bank.name == "attributes" else []
            told = [slider | {"group": _heading(slider["group"])} for slider in sliders]
            found.append(_about(bank) | {"folded": [*map(_heading, away)], "sliders": told})
    return found


def _about(bank: Bank) -> dict[str, Any]:
    said = {"title": _(bank.title), "short": _(bank.short or bank.title), "about": _(bank.about)}
    told = ("limit", "by_method", "held", "lockable")
    return {"bank": bank.name} | said | {name: getattr(bank, name) for name in told}


def _heading(group: str) -> str:
    return _(group) if group else ""  # the text of an empty one is a catalogue's own header


@lru_cache(maxsize=16)  # the correlations of a large run take as long as a page
def _of_run(run: Run, bank: Bank, _language: str) -> tuple[dict[str, Any], ...]:
    """The sliders that every session of a run has, whose words are those of a language."""
    names = bank.names(run.space)
    hints = HINTS[bank.name](run, names) if bank.name in HINTS else [""] * len(names)
    tell = FACTS.get(bank.name, lambda run, name: [])
    return tuple(
        _slider(run, bank, name, hint, tell(run, name))
        for name, hint in zip(names, hints, strict=True)
    )


def _slider(
    run: Run, bank: Bank, name: Name, hint: str = "", facts: Sequence[str] = ()
) -> dict[str, Any]:
    return {
        "name": name,
        "label": bank.label(name),
        "group": bank.group(run.space, name),
        "hint": hint,
        "facts": list(facts),
    }


def _correlated(run: Run, dimensions: Iterable[int]) -> list[str]:
    """The attribute that each dimension goes along with most, and which way."""
    if not len(run.faces.attributes):
        return ["" for _ in dimensions]
    correlation = correlations(run.faces.mean, run.faces.labels)
    strongest = np.abs(correlation).argmax(1)
    hints = []
    for dimension in dimensions:
        value = correlation[dimension, strongest[dimension]]
        name = attribute_name(str(run.faces.attributes[strongest[dimension]]))
        clear = abs(value) >= LEAST_CORRELATION
        hints.append(f"{'+' if value > 0 else '−'} {name}" if clear else "")
    return hints


# What the labels of a run's faces tell of sliders; most banks have nothing of the kind.
HINTS: dict[str, Callable[[Run, Sequence], list[str]]] = {"dimensions": _correlated}
FACTS: dict[str, Callable[[Run, str], list[str]]] = {
    "attributes": lambda run, name: attribute_facts(run.vectors, name, run.schema)
}


def correlations(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Pearson correlation of each dimension with each label: (D, A), 0 where one is constant.

    codes: (N, D), labels: (N, A) bool.
    """

    def standardised(values: np.ndarray) -> np.ndarray:
        values = values - values.mean(0)
        spread = values.std(0)
        return values / np.where(spread > 0, spread, 1)

    return standardised(codes).T @ standardised(labels.astype(np.float32)) / len(codes)
