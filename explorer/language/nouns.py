"""What the pictures of the open run show: texts about faces speak of digits, if it is these.

Texts are written about CelebA's faces, of which most runs are. What also speaks of things that
only faces have stays as it is: it is an example then. The run belongs to the process, which opens
one, and so do these words; the catalogues of other languages speak of faces in any case.
"""

import re

FACES = ("face", "faces", "CelebA")
_nouns = FACES

# Values and code are no words: {face}, `face`.
_WORD = re.compile(r"(\{[^{}]*\}|`[^`]*`)|\b([Aa]n? )?(?:([Ff])aces?)\b")
_OF_FACES = re.compile(
    r"[Gg]lasses|\b[Hh]air|[Ss]mil|[Bb]eard|\b(?:wo)?m[ae]n\b|\b[Ee]yes?\b|[Mm]outh|\b[Nn]ose"
    r"|\b[Ss]kin\b|[Cc]elebrit"
)


def speak_of(one: str, many: str, dataset: str) -> None:
    """From now on texts speak of these: what a picture shows, several, and the name of the set."""
    global _nouns
    _nouns = one, many, dataset


def nouns() -> tuple[str, str, str]:
    """What texts speak of, as `speak_of` was told."""
    return _nouns


def said(text: str) -> str:
    """A text of the page, about what the pictures show."""
    if _nouns == FACES or _OF_FACES.search(text):
        return text
    text = (
        re.sub(r"^CelebA's", "The data's", text)
        .replace("CelebA's", "the data's")
        .replace("CelebA", _nouns[2])
    )
    return _WORD.sub(_replaced, text)


def _replaced(found: re.Match[str]) -> str:
    if found[1]:
        return found[1]
    noun = _nouns[found[0].endswith("s")]
    if found[3] == "F":
        noun = noun[0].upper() + noun[1:]
    article = found[2] or ""
    if article:
        article = f"{article[0]}{'n' if noun[0].lower() in 'aeio' else ''} "
    return article + noun
