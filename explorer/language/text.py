"""`_("Reset edits")` is the text in the language that is spoken here and now.

What changes is put in afterwards, so that translators see the whole sentence and may turn it round:
`_("{count} faces").format(count=3)`. Numbers keep their decimal point in every language: they are
figures of measurements, as the field's papers print them, and can be typed again as they stand.

The language belongs to a session or a request, never to the process, which serves many at once. So
a text of a module's own, which is made once for all, is only marked, and translated where it is
shown: `LABELS = (N_("Map"), N_("Grid"))`, then `_(LABELS[0])`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from explorer.language.catalogues import LANGUAGES, SOURCE, catalogue
from explorer.language.nouns import Instead, instead, nouns, said

_speaking: ContextVar[str | None] = ContextVar("speaking", default=None)
_asked: list[Callable[[], str | None]] = []


def speak_by(asked: Callable[[], str | None]) -> None:
    """Ask this for the language where none is being spoken; None for who does not know.

    The page's sessions tell theirs so: this room knows nothing of Streamlit.
    """
    if asked not in _asked:
        _asked.append(asked)


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """One of LANGUAGES is spoken inside, in this thread or task; any other text is English."""
    token = _speaking.set(language if language in LANGUAGES else SOURCE)
    try:
        yield
    finally:
        _speaking.reset(token)


def language() -> str:
    """The one of LANGUAGES that is spoken here and now."""
    if (spoken := _speaking.get()) is not None:
        return spoken
    return next(filter(None, (ask() for ask in _asked)), SOURCE)


def _(text: str) -> str:
    """The text in the language that is spoken; itself where nobody has translated it."""
    return said(text, catalogue(language()).gettext(text), instead_of_faces())


def n_(one: str, many: str, count: int) -> str:
    """As `_`, of two texts: the one for 1, the other for the rest; languages may know more."""
    return said(one, catalogue(language()).ngettext(one, many, count), instead_of_faces())


def N_(text: str) -> str:
    """Marks a text for the catalogues; `_` translates it where it is shown."""
    return text


def label(name: str) -> str:
    """What a label of the data is called, see labels.py; other data's labels stay as they are."""
    return catalogue(language()).pgettext(LABEL, name)


def NP_(context: str, text: str) -> str:
    """Marks a text that means something else elsewhere; context: says where it stands."""
    return text


def instead_of_faces() -> Instead | None:
    """What is said in place of words about faces, in the language that is spoken; see nouns.py."""
    spoken = language()
    pairs = "" if spoken == SOURCE else catalogue(spoken).pgettext(INSTEAD, PICTURES)
    return instead(nouns(), pairs)


LABEL = "label"
INSTEAD = "instead"
# Translators: What is said where pictures show no faces: all forms of the word for a face that
# Translators: these texts use, compounds, too, each with that of a word of the same gender.
PICTURES = NP_("instead", "face: picture, faces: pictures")
