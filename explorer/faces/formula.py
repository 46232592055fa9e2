"""Arithmetic on faces as text: "[Male, Eyeglasses] - [Male] + [not Male]".

A formula is a sum of terms, each with an optional weight ("0.5 face", "2 Smiling"):

    [Male, not Young]   the mean code of the faces with Male and without Young
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
from explorer.recipe.attributes import attribute_name
from explorer.recipe.banks import BANKS
from explorer.recipe.compose import compose
from explorer.recipe.errors import RecipeError
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.space import LatentSpace, attribute_vector
from training.run.latents import Latents

MOST_TERMS = 12
HEAVIEST = 10.0
EQUAL_WITHIN = 1e-6  # weights this close are equal

# A name may begin with a digit, too: "5 o'Clock Shadow".
TERM = re.compile(
    r"\s*(?P<sign>[+-])?\s*(?:(?!5[\s_]*o)(?P<weight>\d+(?:\.\d*)?|\.\d+)\s*\*?\s*(?=[^\d\s*+-]|\d{6}))?"
    r"(?P<operand>\[[^\]]*\]|[^+\-\[\]]+)"
)


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
            return f"{attribute_name(self.value)} vector"
        if self.kind == "group":
            has, has_not = self.value
            names = [attribute_name(n) for n in has] + [f"not {attribute_name(n)}" for n in has_not]
            return ", ".join(names) or "everyone"
        source = self.value.source
        return {"picture": f"{source.value}", "seed": f"seed {source.value}"}.get(
            source.kind, "mean face" if source.kind == "mean" else "the edited face"
        )


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
    terms: list[Term] = []
    at = 0
    text = text.replace("−", "-").replace("–", "-").rstrip()
    while at < len(text):
        match = TERM.match(text, at)
        if not match or (terms and not match["sign"]):
            raise FormulaError(f"expected + or - and a term; found {text[at : at + 40]!r}")
        weight = float(match["weight"] or 1) * (-1 if match["sign"] == "-" else 1)
        if not abs(weight) <= HEAVIEST:
            raise FormulaError(f"expected weights within ±{HEAVIEST:g}; found {weight:g}")
        terms.append(Term(weight, *_operand(match["operand"].strip(), attributes, edited)))
        at = match.end()
    if not 1 <= len(terms) <= MOST_TERMS:
        raise FormulaError(f"expected 1 to {MOST_TERMS} terms; found {len(terms)}")
    return terms


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
        "expected an attribute such as Eyeglasses, a group such as [Male, not Young], face, mean, "
        f"seed 7 or the six digits of a picture; found {text[:40]!r}"
    )


def evaluate(terms: list[Term], space: LatentSpace, faces: Latents, method: str) -> Result:
    """The sum of the terms. Raises FormulaError where it means nothing.

    faces: of whom groups are made. method: of the attribute vectors.
    """
    total = sum(term.weight for term in terms if term.kind != "vector")
    is_face = abs(total - 1) < EQUAL_WITHIN
    if not is_face and abs(total) > EQUAL_WITHIN:
        raise FormulaError(
            "expected weights of faces and groups that sum to 1 (the result is a face) or to 0 (a "
            f"direction); found {total:g}: take one away or weigh them differently"
        )
    code, operands, counts = np.zeros(space.latent), [], []
    for term in terms:
        value, count = _code(term, space, faces, method)
        code += term.weight * value
        operands.append(space.center + value if term.kind == "vector" else value)
        counts.append(count)
    if not is_face and np.abs(code).max() < EQUAL_WITHIN:
        raise FormulaError("expected terms that leave something; these cancel each other out")
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
            f"expected faces in the group [{term.name}]; found none: take a condition away"
        )
    return faces.mean[keep].mean(0), int(keep.sum())


def _notes(terms: list[Term]) -> list[str]:
    """What a reader may not have meant."""
    notes = []
    for k, term in enumerate(terms):
        for other in terms[k + 1 :]:
            if (term.kind, term.value) == (other.kind, other.value):
                meets = term.weight * other.weight < 0
                what = "cancel each other, wholly or in part" if meets else "add up"
                notes.append(f"“{term.name}” is there twice: the two {what}.")
        if term.kind == "vector" and abs(term.weight) > BANKS["attributes"].limit:
            notes.append(
                f"“{term.name}” at {term.weight:g} lies far beyond the faces that the model knows."
            )
        if term.kind == "group" and set(term.value[0]) & set(term.value[1]):
            notes.append(f"“{term.name}” asks for an attribute and for its absence.")
    return notes
