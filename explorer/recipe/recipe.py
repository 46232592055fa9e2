"""Recipe: what face is shown, as plain data. Every control edits one; `compose` makes it a code."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.json_text import parse_json
from explorer.language.text import N_, _
from explorer.recipe.banks import BANKS, Bank, Name
from explorer.recipe.code_text import code_from_text
from explorer.recipe.errors import RecipeError
from explorer.recipe.methods import METHODS
from explorer.recipe.renderers import MEAN_RENDERER, RENDERERS
from explorer.recipe.sample import Sample

SOURCES = ("picture", "seed", "sample", "mean", "code", "mix")
MOST_PARTS = 4  # faces in a mix
HEAVIEST = 100.0  # weight of one of them
DEEPEST_MIX = 2  # mixes of mixes


@dataclass(frozen=True)
class Source:
    """Where a face comes from.

    kind: "picture" (value: a picture id such as "182638.jpg"), "seed" (value: a whole number; one
    seed is one random face of the mixture), "sample" (value: a Sample; a random face of the flow),
    "mean" (the mean of all codes; no value), "code" (value: as text, see
    explorer/recipe/code_text.py, the code of an own photo, a place on the map or a result), or
    "mix" (value: two to four pairs of a weight, above 0 to 100, and a Recipe; the code is their
    weighted mean).
    """

    kind: str
    value: Any = None  # its type hangs on the kind, which is checked below

    def __post_init__(self) -> None:
        kinds: dict[str, Any] = {
            "picture": str,
            "seed": int,
            "sample": Sample,
            "mean": type(None),
            "code": str,
            "mix": tuple,
        }
        if self.kind not in kinds:
            raise RecipeError(
                _("expected a source of {kinds}; found {kind!r}").format(
                    kinds=", ".join(SOURCES), kind=self.kind
                )
            )
        if type(self.value) is not kinds[self.kind]:
            expected = {
                "picture": N_("a picture id"),
                "seed": N_("a whole number"),
                "sample": N_("what to draw"),
                "mean": N_("no value"),
                "code": N_("the text of a code"),
                "mix": N_("pairs of a weight and a recipe"),
            }
            raise RecipeError(
                _("expected {expected} for source {kind}; found {value!r}").format(
                    expected=_(expected[self.kind]), kind=self.kind, value=self.value
                )
            )
        if self.kind == "seed" and not 0 <= self.value < 2**32:
            raise RecipeError(
                _("expected a seed from 0 to 2^32 - 1; found {seed}").format(seed=self.value)
            )
        if self.kind == "code":
            try:
                code_from_text(self.value)
            except ValueError as error:
                raise RecipeError(str(error)) from error
        if self.kind == "mix":
            self._check_mix()

    def _check_mix(self) -> None:
        if not 2 <= len(self.value) <= MOST_PARTS:
            raise RecipeError(
                _("expected a mix of 2 to {most} faces; found {count} of them").format(
                    most=MOST_PARTS, count=len(self.value)
                )
            )
        for weight, recipe in self.value:
            if type(weight) not in (int, float) or not 0 < weight <= HEAVIEST:
                raise RecipeError(
                    _(
                        "expected weights of a mix above 0, at most {most:g}; found {weight!r}"
                    ).format(most=HEAVIEST, weight=weight)
                )
            if not isinstance(recipe, Recipe):
                raise RecipeError(
                    _("expected recipes in a mix; found {recipe!r}").format(recipe=recipe)
                )
        if self.depth > DEEPEST_MIX:
            raise RecipeError(
                _("expected mixes of mixes at most {most} deep").format(most=DEEPEST_MIX)
            )

    @property
    def depth(self) -> int:
        """How deep mixes are nested: 0 for all other sources."""
        if self.kind != "mix":
            return 0
        return 1 + max(recipe.source.depth for _, recipe in self.value)

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        value = self.value
        if self.kind == "mix":
            value = [[weight, recipe.to_data()] for weight, recipe in value]
        if self.kind == "sample":
            value = value.to_data()
        return {"kind": self.kind, "value": value}

    @classmethod
    def from_data(cls, values: dict[str, Any]) -> "Source":
        """Inverse of `to_data`. Raises RecipeError, TypeError, ValueError, KeyError."""
        if values["kind"] == "mix":
            parts = tuple((weight, Recipe.from_data(recipe)) for weight, recipe in values["value"])
            return cls("mix", parts)
        if values["kind"] == "sample":
            return cls("sample", Sample(**values["value"]))
        return cls(**values)


MEAN = Source("mean")


@dataclass(frozen=True, init=False)
class Recipe:
    """A source and what was done to it; amounts of 0 are dropped, so equal edits compare equal.

    amounts: bank -> slider -> amount, of every bank in BANKS, see there; sliders are sorted.
    method: one of METHODS, which gives the attributes' strengths their meaning. Recipes of before
    there was a choice name none and mean the first.
    locks: names of attributes that sliders of other attributes and of own directions hold still,
    sorted.
    renderer: one of RENDERERS, which draws the code and changes nothing about it. A recipe that
    names none, or one that a run does not have, is drawn as the mean.
    """

    source: Source
    amounts: Mapping[str, Mapping[Name, float]]
    method: str
    locks: tuple[str, ...]
    renderer: str

    def __init__(
        self,
        source: Source = MEAN,
        *,
        method: str = METHODS[0],
        locks: Sequence[str] = (),
        renderer: str = MEAN_RENDERER,
        **amounts: Mapping[Any, float],
    ):
        """amounts: those of each bank that is moved, as in `Recipe(source, attributes={...})`.

        Raises RecipeError, and TypeError for a bank that is not in BANKS.
        """
        if unknown := amounts.keys() - BANKS.keys():
            raise TypeError(f"expected amounts of {', '.join(BANKS)}; found {min(unknown)!r}")
        kept = {name: _kept(bank, amounts.get(name, {})) for name, bank in BANKS.items()}
        if method not in METHODS:
            raise RecipeError(
                _("expected a method of {methods}; found {method!r}").format(
                    methods=", ".join(METHODS), method=str(method)[:40]
                )
            )
        if not isinstance(locks, tuple | list) or not all(type(name) is str for name in locks):
            raise RecipeError(
                _("expected a list of attributes to lock; found {locks!r:.80}").format(locks=locks)
            )
        if not isinstance(renderer, str) or renderer not in RENDERERS:
            raise RecipeError(
                _("expected a renderer of {renderers}; found {renderer!r}").format(
                    renderers=", ".join(RENDERERS), renderer=str(renderer)[:40]
                )
            )
        fields = ("source", "amounts", "method", "locks", "renderer")
        values = (source, kept, method, tuple(sorted(set(locks))), renderer)
        for field, value in zip(fields, values, strict=True):
            object.__setattr__(self, field, value)

    @property
    def edited(self) -> bool:
        """Whether anything was done to the source."""
        return any(self.amounts.values())

    def changed(self, **values: Any) -> "Recipe":
        """The recipe with other values of what `Recipe(...)` takes; raises as that does."""
        kept: dict[str, Any] = {
            "source": self.source,
            "method": self.method,
            "locks": self.locks,
            "renderer": self.renderer,
            **self.amounts,
        }
        return Recipe(**kept | values)

    def with_amount(self, bank: str, name: Name, amount: float) -> "Recipe":
        """The recipe with one slider of a bank set."""
        return self.changed(**{bank: {**self.amounts[bank], name: amount}})

    def with_source(self, source: Source) -> "Recipe":
        """The same edits done to another face."""
        return self.changed(source=source)

    def fresh_face(self, source: Source) -> "Recipe":
        """A face without edits; method, locks and renderer go on."""
        return Recipe(source, method=self.method, locks=self.locks, renderer=self.renderer)

    def unedited(self) -> "Recipe":
        """The source alone, with method, locks and renderer as they are."""
        return self.fresh_face(self.source)

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data; keys of numbered banks become text, as in JSON.

        Banks but those that are `always` there, method, locks and renderer are left out where they
        are as in a new Recipe.
        """
        banks = {
            bank: {str(name): amount for name, amount in amounts.items()}
            for bank, amounts in self.amounts.items()
        }
        first = {bank: banks.pop(bank) for bank in BANKS if BANKS[bank].always}
        method = self.method if self.method != METHODS[0] else None
        renderer = self.renderer if self.renderer != MEAN_RENDERER else None
        later = {**banks, "method": method, "locks": list(self.locks), "renderer": renderer}
        return {"source": self.source.to_data(), **first} | {k: v for k, v in later.items() if v}

    @classmethod
    def from_data(cls, values: Any) -> "Recipe":
        """Inverse of `to_data`. Raises RecipeError for data that is not a recipe's."""
        try:
            given = {name: {} for name, bank in BANKS.items() if not bank.always} | values
            banks = {
                name: {bank.kind(k): v for k, v in given[name].items()}
                for name, bank in BANKS.items()
            }
            return cls(**given | banks | {"source": Source.from_data(given["source"])})
        except RecipeError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise _no_recipe(json.dumps(values, default=repr)) from error

    def to_json(self) -> str:
        """One line of JSON; `from_json` gives the equal recipe back."""
        return json.dumps(self.to_data(), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """Raises RecipeError for text that is not the JSON of a recipe."""
        try:
            values = parse_json(text)
        except ValueError as error:
            raise _no_recipe(text) from error
        return cls.from_data(values)


def _no_recipe(text: str) -> RecipeError:
    return RecipeError(_("expected the JSON of a recipe; found {text!r}").format(text=text[:80]))


def rules() -> dict[str, Any]:
    """What the page's recipe.js has to know to write recipes as `to_data` does."""
    banks = sorted(BANKS, key=lambda name: not BANKS[name].always)
    plain = Recipe().to_data()
    return {"plain": plain, "banks": banks, "method": METHODS[0], "renderer": MEAN_RENDERER}


def _kept(bank: Bank, amounts: Mapping[Any, float]) -> dict[Name, float]:
    """The amounts that are not 0, sorted by name. Raises RecipeError."""
    for name, amount in amounts.items():
        if type(name) is not bank.kind:
            raise RecipeError(
                _("expected {kind} keys in {bank}; found {name!r}").format(
                    kind=bank.kind.__name__, bank=bank.name, name=name
                )
            )
        if isinstance(amount, bool) or not isinstance(amount, int | float):
            raise RecipeError(
                _("expected a number for {bank} {name}; found {amount!r}").format(
                    bank=bank.name, name=name, amount=amount
                )
            )
        if not abs(amount) <= bank.limit:  # NaN is not either
            raise RecipeError(
                _("expected {bank} {name} within +-{limit:g}; found {amount}").format(
                    bank=bank.name, name=name, limit=bank.limit, amount=amount
                )
            )
    kept = {name: float(amounts[name]) for name in sorted(amounts) if amounts[name] != 0}
    if bank.most is not None and len(kept) > bank.most:
        raise RecipeError(
            _("{bank}: expected at most {most}; found {count}").format(
                bank=_(bank.title), most=bank.most, count=len(kept)
            )
        )
    for name in kept:
        try:
            bank.check(name)
        except ValueError as error:
            raise RecipeError(str(error)) from error
    return kept
