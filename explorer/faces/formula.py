"""Arithmetic on faces as text: "[Male, Eyeglasses] - [Male] + [not Male]".

A formula is a sum of terms, each with an optional weight ("0.5 face", "2 Smiling", "face / 2").
Parentheses hold a sum, with a weight of its own: "(seed 1 + seed 2) / 2". The terms are:

    [Male, not Young]   the mean code of the faces with Male and not Young
    face                the face in the editor
    mean                the mean of all codes
    seed 7              a random face
    182638              a picture by its number
    Eyeglasses          an attribute vector, added once

The first five are places, whose weights sum to 1 (the result is a face) or to 0 (a direction);
a vector is a direction and may have any weight.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.faces.filters import matching
from explorer.language.text import _
from explorer.recipe.attributes import attribute_name
from explorer.recipe.banks import BANKS
from explorer.recipe.compose import compose
from explorer.recipe.errors import RecipeError
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.space import LatentSpace, attribute_vector
from training.run.latents import Latents

MOST_TERMS = 12
DEEPEST = 8  # parentheses in one another
HEAVIEST = 10.0
EQUAL_WITHIN = 1e-6  # weights this close are equal

NUMBER = r"\d+(?:\.\d*)?|\.\d+"
SIGN = re.compile(r"\s*([+-])\s*")
# A number before something is a weight; a name may begin with a digit, too: "5 o'Clock Shadow".
WEIGHT = re.compile(rf"\s*(?!5[\s_]*o)({NUMBER})\s*\*?\s*(?=[^\d\s*/+-]|\d{{6}}|5[\s_]*o)")
FACTOR = re.compile(rf"\s*([*/])\s*({NUMBER})\s*")
OPENING, CLOSING = re.compile(r"\s*\("), re.compile(r"\s*\)")
NAME = re.compile(r"\s*([^+\-*/()\[\]]+)")
GROUP = re.compile(r"\s*(\[[^\[\]()]*)(\]?)")


class FormulaError(ValueError):
    """A formula that has no result: says what was expected and what was found."""


@dataclass(frozen=True)
class Term:
    """weight times an operand.

    kind: "face" (value: a Recipe), "group" (value: the attributes its faces have, and those they
    have not) or "vector" (value: an attribute).
    """

    weight: float
    kind: str
    value: Any

    @property
    def name(self) -> str:
        """As a reader knows it: "Male, not Young"."""
        if self.kind == "vector":
            return _("{value} vector").format(value=attribute_name(self.value))
        if self.kind == "group":
            has, has_not = self.value
            names = [attribute_name(n) for n in has] + [
                _("not {n}").format(n=attribute_name(n)) for n in has_not
            ]
            return ", ".join(names) or "everyone"
        source = self.value.source
        return {
            "picture": f"{source.value}",
            "seed": _("seed {value}").format(value=source.value),
        }.get(source.kind, _("mean face") if source.kind == "mean" else _("the edited face"))


@dataclass(frozen=True, eq=False)
class Result:
    """code: (D,) float32. is_face: whether it is a place; otherwise a direction from the origin.

    operands: (T, D) float32, each term's own code, a vector's as added to the mean face.
    counts: faces in each term that is a group, None for the others. notes: plain sentences.
    """

    code: np.ndarray
    is_face: bool
    operands: np.ndarray
    counts: tuple[int | None, ...]
    notes: tuple[str, ...]


def parse(text: str, attributes: list[str], edited: Recipe) -> list[Term]:
    """The terms of a formula. Raises FormulaError.

    attributes: names that vectors and conditions may have, read with blanks for underscores and in
    any case. edited: what "face" stands for.
    """
    reading = _Reading(text.replace("−", "-").replace("–", "-").rstrip(), attributes, edited)
    terms = [] if reading.ended else reading.sum(1.0, 0)
    if not reading.ended:
        raise reading.problem(_("+ or - and a term"))
    if not 1 <= len(terms) <= MOST_TERMS:
        raise FormulaError(
            _("expected 1 to {most_terms} terms; found {terms}").format(
                most_terms=MOST_TERMS, terms=len(terms)
            )
        )
    return terms


class _Reading:
    """A formula and how far it was read: each method reads one kind of part, from `at` on."""

    def __init__(self, text: str, attributes: list[str], edited: Recipe):
        self.text, self.attributes, self.edited, self.at = text, attributes, edited, 0

    @property
    def ended(self) -> bool:
        return self.at >= len(self.text)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What comes next, if it is of this pattern."""
        if match := pattern.match(self.text, self.at):
            self.at = match.end()
        return match

    def problem(self, expected: str, depth: int = 0) -> FormulaError:
        """Names what stands where something else was expected. depth: of parentheses."""
        found = self.text[self.at : self.at + 40].strip()
        if found[:1] == "]" or (found[:1] == ")" and not depth):
            opening = {")": "(", "]": "["}[found[0]]
            return FormulaError(
                _("expected a {opening} before the {found} in {before!r}").format(
                    opening=opening, found=found[0], before=self.before
                )
            )
        where = (
            _("found {found!r}").format(found=found) if found else _("found the end of the formula")
        )
        return FormulaError(
            _("expected {expected}; {where}").format(expected=expected, where=where)
        )

    @property
    def before(self) -> str:
        """The last of what was read, and the character that follows."""
        return self.text[max(0, self.at - 40) : self.at + 1].strip()

    def sum(self, weight: float, depth: int) -> list[Term]:
        """Terms with + or - between them, all weighted once more. depth: of parentheses."""
        terms: list[Term] = []
        sign = self.take(SIGN)
        while sign or not terms:
            terms += self.part(weight * (-1 if sign and sign[1] == "-" else 1), depth)
            sign = self.take(SIGN)
        return terms

    def part(self, weight: float, depth: int) -> list[Term]:
        """One term, or a sum in parentheses, with its weight before it or behind."""
        start, given = self.at, self.take(WEIGHT)
        inner = self.operand(depth)
        factor = float(given[1]) if given else 1.0
        while behind := self.take(FACTOR):
            number = float(behind[2])
            if behind[1] == "/" and not number:
                raise FormulaError(
                    _("expected a number to divide by; found {strip!r}").format(
                        strip=behind[0].strip()
                    )
                )
            factor = factor / number if behind[1] == "/" else factor * number
        terms = [Term(weight * factor * term.weight, term.kind, term.value) for term in inner]
        for term in terms:
            if not abs(term.weight) <= HEAVIEST:
                raise FormulaError(
                    _(
                        "expected weights within ±{heaviest:g}; found {weight:g} at {strip!r}"
                    ).format(
                        heaviest=HEAVIEST,
                        weight=term.weight,
                        strip=self.text[start : self.at].strip()[:40],
                    )
                )
        return terms

    def operand(self, depth: int) -> list[Term]:
        """A group, a name, or the sum that parentheses hold, each term with its own weight."""
        if self.take(OPENING):
            if depth == DEEPEST:
                raise FormulaError(
                    _("expected parentheses at most {deepest} deep; found more").format(
                        deepest=DEEPEST
                    )
                )
            start = self.at
            terms = self.sum(1.0, depth + 1)
            if not self.take(CLOSING):
                if not self.ended:
                    raise self.problem(_("+, - or )"), depth + 1)
                opened = self.text[start - 1 : start + 39]
                raise FormulaError(
                    _("expected a ) that closes {opened!r}; found the end of the formula").format(
                        opened=opened
                    )
                )
            return terms
        if group := self.take(GROUP):
            if not group[2]:
                rest = self.text[self.at :][:1]
                found = f"{rest!r}" if rest else _("the end of the formula")
                raise FormulaError(
                    _("expected a ] that closes {strip!r}; found {found}").format(
                        strip=group[1].strip()[:40], found=found
                    )
                )
            return [Term(1.0, *_operand(group[1] + "]", self.attributes, self.edited))]
        if name := self.take(NAME):
            if self.text[self.at : self.at + 1] == "]":
                raise self.problem(_("a term"), depth)
            return [Term(1.0, *_operand(name[1].strip(), self.attributes, self.edited))]
        raise self.problem(_("a term"), depth)


def _operand(text: str, attributes: list[str], edited: Recipe) -> tuple[str, Any]:
    """Kind and value of a term."""
    if text.startswith("["):
        has: list[str] = []
        has_not: list[str] = []
        for condition in filter(None, (part.strip() for part in text[1:-1].split(","))):
            negated = re.match(r"not\s+", condition, re.IGNORECASE)
            name = condition[negated.end() :] if negated else condition
            (has_not if negated else has).append(_attribute(name, attributes))
        return "group", (tuple(has), tuple(has_not))
    if text.lower() == "face":
        return "face", edited
    if text.lower() == "mean":
        return "face", Recipe()
    try:
        if seed := re.fullmatch(r"seed\s*(\d+)", text, re.IGNORECASE):
            return "face", Recipe(Source("seed", int(seed[1])))
    except RecipeError as error:
        raise FormulaError(str(error)) from error
    if re.fullmatch(r"\d{6}", text):
        return "face", Recipe(Source("picture", f"{text}.jpg"))
    return "vector", _attribute(text, attributes)


def _attribute(text: str, attributes: list[str]) -> str:
    def plain(name: str) -> str:
        return re.sub(r"[\W_]+", "", name).lower()

    for name in attributes:
        if plain(name) == plain(text):
            return name
    raise FormulaError(
        _(
            "expected an attribute such as Eyeglasses, a group such as [Male, not Young], face, "
            "mean, seed 7 or the six digits of a picture; found {text!r}"
        ).format(text=text[:40])
    )


def evaluate(terms: list[Term], space: LatentSpace, faces: Latents, method: str) -> Result:
    """The sum of the terms. Raises FormulaError where it means nothing.

    faces: of whom groups are made. method: of the attribute vectors.
    """
    total = sum(term.weight for term in terms if term.kind != "vector")
    is_face = abs(total - 1) < EQUAL_WITHIN
    if not is_face and abs(total) > EQUAL_WITHIN:
        raise FormulaError(
            _(
                "expected weights of faces and groups that sum to 1 (the result is a face) or to "
                "0 (a direction); found {total:g}: take one away or weigh them differently"
            ).format(total=total)
        )
    code, operands, counts = np.zeros(space.latent), [], []
    for term in terms:
        value, count = _code(term, space, faces, method)
        code += term.weight * value
        operands.append(space.center + value if term.kind == "vector" else value)
        counts.append(count)
    if not is_face and np.abs(code).max() < EQUAL_WITHIN:
        raise FormulaError(_("expected terms that leave something; these cancel each other out"))
    return Result(
        code.astype(np.float32),
        is_face,
        np.stack(operands).astype(np.float32),
        tuple(counts),
        tuple(_notes(terms)),
    )


def _code(
    term: Term, space: LatentSpace, faces: Latents, method: str
) -> tuple[np.ndarray, int | None]:
    try:
        if term.kind == "vector":
            return attribute_vector(space, term.value, method, ())[0], None
        if term.kind == "face":
            return compose(term.value, space), None
    except RecipeError as error:
        raise FormulaError(str(error)) from error
    keep = matching(faces, *term.value)
    if not keep.any():
        raise FormulaError(
            _("expected faces in the group [{name}]; found none: take a condition away").format(
                name=term.name
            )
        )
    return faces.mean[keep].mean(0), int(keep.sum())


def _notes(terms: list[Term]) -> list[str]:
    """What a reader may not have meant."""
    notes = []
    for k, term in enumerate(terms):
        for other in terms[k + 1 :]:
            if (term.kind, term.value) == (other.kind, other.value):
                meets = term.weight * other.weight < 0
                what = _("cancel each other, wholly or in part") if meets else _("add up")
                notes.append(
                    _("“{name}” is there twice: the two {what}.").format(name=term.name, what=what)
                )
        if term.kind == "vector" and abs(term.weight) > BANKS["attributes"].limit:
            notes.append(
                _("“{name}” at {weight:g} lies far beyond the faces that the model knows.").format(
                    name=term.name, weight=term.weight
                )
            )
        if term.kind == "group" and set(term.value[0]) & set(term.value[1]):
            notes.append(
                _("“{name}” asks for an attribute and for its absence.").format(name=term.name)
            )
    return notes
