"""What the pictures of the open run show: texts about faces speak of digits, if it is these.

Texts are written about CelebA's faces, of which most runs are. What also speaks of things that
only faces have stays as it is: it is an example then. English takes the nouns of the run; other
languages, in which these have no translation, speak of pictures, and their catalogues say how. The
run belongs to the process, which opens one, and so do these words.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

FACES = ("face", "faces", "CelebA")
_nouns = FACES

# Of a text in English; JavaScript reads it, too.
OF_FACES = (
    r"[Gg]lasses|\b[Hh]air|[Ss]mil|[Bb]eard|\b(?:wo)?m[ae]n\b|\b[Ee]yes?\b|[Mm]outh|\b[Nn]ose"
    r"|\b[Ss]kin\b|[Cc]elebrit"
)


class Instead(NamedTuple):
    """words: word -> what is said in its place. pattern: finds these, and what is none in group 1:
    values and code, such as {face} and `face`.
    """

    words: Mapping[str, str]
    pattern: re.Pattern[str]


def speak_of(one: str, many: str, dataset: str) -> None:
    """From now on texts speak of these: what a picture shows, several, and the name of the set."""
    global _nouns
    # Values are put in afterwards, between braces.
    one, many, dataset = (re.sub("[{}]", "", word) for word in (one, many, dataset))
    _nouns = one, many, dataset


def nouns() -> tuple[str, str, str]:
    """What texts speak of, as `speak_of` was told."""
    return _nouns


@lru_cache(maxsize=16)
def instead(nouns: tuple[str, str, str], pairs: str = "") -> Instead | None:
    """What is said in place of words about faces; None where they are meant.

    pairs: as "face: picture, faces: pictures", of another language than English.
    """
    if nouns == FACES:
        return None
    one, many, dataset = nouns
    words = dict(pair.split(": ") for pair in pairs.split(", ")) if pairs else {
        "a face": f"a{'n' if one[:1].lower() in 'aeio' else ''} {one}",
        "face": one,
        "faces": many,
        "CelebA's": "the data's",
    }  # fmt: skip
    words = {_capital(word): _capital(other) for word, other in words.items()} | words
    words["CelebA"] = dataset
    longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return Instead(words, re.compile(rf"(\{{[^{{}}]*\}}|`[^`]*`)|\b(?:{longest_first})\b"))


def said(text: str, translated: str, instead: Instead | None) -> str:
    """A text about what the pictures show. translated: from English, what `text` is."""
    if not instead or re.search(OF_FACES, text):
        return translated
    told = instead.pattern.sub(lambda found: found[1] or instead.words[found[0]], translated)
    return _capital(told) if translated[:1].isupper() else told


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
