"""What the map can be coloured by: a byte for every face, and what the bytes mean.

Smiling                            label of an attribute
score/Smiling                      how clearly a face has it, see Lenses.presence
error    kl                        of the reconstruction; of the posterior
partition    identity              by CelebA's tables
slider/components/1                where along a slider's direction a face lies, in what the
slider/dimensions/17               slider counts: strengths or standard deviations from the
slider/directions/TEXT             mean face; a bank of explorer/recipe/banks.py and its slider,
slider/attributes/METHOD/Smiling   after the method where there is a choice

The browser knows one more, IN_HAND of slider_in_hand.js, which stands for the column of the slider
touched last.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from explorer.language.text import _, language
from explorer.recipe.attributes import attribute_name
from explorer.recipe.banks import BANKS
from explorer.run.run import Run
from training.model.figures import rates_of_codes

TAIL = 0.005  # of the faces at either end of a scale share its last colour
MOST_PERSONS = 7  # told apart by colour


class ColumnError(ValueError):
    """A column that the run does not have; says what was expected and what was found."""


class Column(NamedTuple):
    """A colour for N faces.

    values: (N,) uint8. about: title, kind and what the values mean: for "categories" labels, the
    text of each value from 0; for "scale" range, what 0 and 255 stand for, faces beyond it among
    those at its ends. note: where it comes from.
    """

    values: np.ndarray
    about: dict[str, Any]


def first_colour(run: Run, wanted: str) -> str:
    """The column that a map begins with: the wanted label, another one, or the widest component."""
    names = [str(name) for name in run.faces.attributes]
    return wanted if wanted in names else next(iter(names), "slider/components/1")


def columns(run: Run) -> list[dict[str, str]]:
    """What there is to colour by, in the order of a menu, sliders left out."""
    return _columns(run, language())


@lru_cache(maxsize=16)  # on all of CelebA it takes as long as a colour itself
def _columns(run: Run, _language: str) -> list[dict[str, str]]:
    labels = _("Attributes") if run.faces.annotated else _("Attributes, predicted")
    found = [_entry(str(name), attribute_name(str(name)), labels) for name in run.faces.attributes]
    found += [
        _entry(
            f"score/{name}",
            _("{name}, score").format(name=attribute_name(str(name))),
            _("Attribute scores"),
        )
        for name in run.face_map.lenses.attributes
    ]
    others = {
        "error": (_("Reconstruction error"), np.isfinite(run.faces.error).all()),
        "kl": (_("KL from the prior"), np.isfinite(run.faces.logvar).all()),
        "identity": (_("Person"), (run.faces.identity >= 0).any()),
        "partition": (_("Partition"), len(set(run.faces.partition)) > 1),
    }
    found += [_entry(name, title, _("Others")) for name, (title, there) in others.items() if there]
    return found


def column(run: Run, name: str) -> Column:
    """One column by its name, see above. Raises ColumnError."""
    kind, _unused, rest = name.partition("/")
    if kind == "slider":
        return _slider(run, rest)
    entries = {entry["name"]: entry for entry in columns(run)}
    if name not in entries:
        found = repr(name[:80])
        raise ColumnError(_("expected a column of this run; found {name}").format(name=found))
    title = entries[name]["title"]
    if kind == "score":
        presence = run.face_map.lenses.take([rest]).presence(run.faces.mean)[:, 0]
        note = _("-1: clearly without, 1: clearly with, as a linear probe reads it off the code")
        return _scale(presence, title, note, (-1.0, 1.0))
    if name in others:
        return others[name](run, title)
    whose = _("CelebA's annotation") if run.faces.annotated else _("predicted by probes")
    labels = [_("not {title}").format(title=title), title]
    return _categories(run.faces.label(name).astype(np.uint8), title, labels, whose)


def _error(run: Run, title: str) -> Column:
    levels = 255 * np.sqrt(run.faces.error)
    return _scale(levels, title, _("root mean squared error in levels of 0 to 255"))


def _kl(run: Run, title: str) -> Column:
    nats = rates_of_codes(run.faces.mean, run.faces.logvar)
    return _scale(nats, title, _("nats, from q(z|x) to N(0, I)"))


def _partition(run: Run, title: str) -> Column:
    labels, values = np.unique(run.faces.partition, return_inverse=True)
    return _categories(values.astype(np.uint8), title, list(map(str, labels)), _("CelebA's"))


def _identity(run: Run, title: str) -> Column:
    """The persons with the most pictures, the first of equals, and all the others."""
    persons, counts = np.unique(run.faces.identity[run.faces.identity >= 0], return_counts=True)
    told = persons[np.argsort(-counts, kind="stable")[:MOST_PERSONS]]
    values = np.zeros(len(run.faces), np.uint8)
    for k, person in enumerate(told):
        values[run.faces.identity == person] = k + 1
    labels = [_("other persons"), *(_("person {person}").format(person=person) for person in told)]
    return _categories(
        values,
        title,
        labels,
        _("CelebA's; {persons:,} persons on the map").format(persons=len(persons)),
    )


others = {"error": _error, "kl": _kl, "partition": _partition, "identity": _identity}


def _slider(run: Run, name: str) -> Column:
    kind, _unused, rest = name.partition("/")
    method = ""
    try:
        bank = BANKS[kind]
        if bank.by_method:
            method, _unused, rest = rest.partition("/")
        slider = bank.kind(rest)
        bank.check(slider)
        axis = bank.axis(run.space, slider, method)
    except (KeyError, ValueError) as error:  # RecipeError
        found = repr(name[:80])
        raise ColumnError(
            _("expected a slider of this run; found {name}").format(name=found)
        ) from error
    unit = _("standard deviations") if bank.in_deviations else _("strengths")
    along = np.nan_to_num(axis.along(run.faces.mean - run.space.center))
    return _scale(
        along,
        _("{label}, slider").format(label=bank.label(slider)),
        _("{unit} from the mean face").format(unit=unit),
    )


def _entry(name: str, title: str, group: str) -> dict[str, str]:
    return {"name": name, "title": title, "group": group}


def _categories(values: np.ndarray, title: str, labels: list[str], note: str) -> Column:
    return Column(values, {"title": title, "kind": "categories", "labels": labels, "note": note})


def _scale(
    values: np.ndarray, title: str, note: str, ends: tuple[float, float] | None = None
) -> Column:
    """Finite values in 256 equal steps from end to end, by default of all but few faces."""
    low, high = ends or map(float, np.quantile(values, [TAIL, 1 - TAIL]))
    steps = (values - low) * (255 / (high - low)) if high > low else np.zeros(len(values))
    about = {"title": title, "kind": "scale", "range": [low, high], "note": note}
    return Column(np.clip(np.rint(steps), 0, 255).astype(np.uint8), about)
