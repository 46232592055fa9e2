"""What only the steps of Learn are built of: their frame, texts, code and notes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.language.text import N_, _
from explorer.learn.pictures import FacePictures
from explorer.learn.source import source_of
from explorer.page.glossary import show_words
from explorer.page.parts import CSS
from explorer.run.loaded import Loaded
from training.run.run_folder import RunError

FRAME_CSS = Path(__file__).with_name("learn.css")
NO_LABELS = N_("These pictures have no labels, so there is nothing to show here.")
ORIGINS = {
    "real": N_("Real pictures: validation faces of CelebA, prepared on this computer."),
    "sample": N_(
        "CelebA's pictures do not come with this project. So this picture is drawn "
        "from the model itself: a sample of p(x|z), with z the code of a validation face."
    ),
    "mean": N_(
        "CelebA's pictures do not come with this project. So this picture is a drawing of the "
        "VAE, made from the code of a validation face."
    ),
}


@dataclass(frozen=True)
class Step:
    """One page of Learn.

    path: the end of its address in the app, and the name of its file. lead: what it is about, in
    a sentence or two. show: draws what is below the lead. controls: what can be moved, each as the
    key of a widget and the key of a keyboard, none for a click; python -m benchmarks learn times
    these. words: of the glossary, that the step uses. sources: what the step follows. of_vae: it is
    about q(z|x), of which an hourglass has none; where one is open, its VAE is shown.
    of_likelihood: it computes with p(x|z), which an adopted model does not tell; it is left out.
    """

    path: str
    title: str
    lead: str
    show: Callable[[Loaded], None]
    controls: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    sources: tuple[str, ...]
    of_vae: bool = False
    of_likelihood: bool = False


def show_head(place: str, step: Step) -> None:
    """Where one is ("Step 4 of 9"), what it is called and what it is about."""
    st.html(CSS)
    st.html(FRAME_CSS)
    with st.container(
        key="learn-place",
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
    ):
        st.markdown(f":primary[{place}]", width="content")
        show_words(step.words)
    st.title(_(step.title), anchor=False)
    with st.container(key="learn-lead"):
        st.markdown(_(step.lead))


def show_foot(step: Step, before: st.Page | None, after: st.Page | None, only_means: bool) -> None:
    """The sources, and links to the steps before and after.

    only_means: whether Explore can draw faces by no other renderer than Learn.
    """
    with st.container(key="learn-text-sources"):
        if not only_means:
            st.caption(
                _(
                    "If nothing else is said, Learn shows the mean of p(x|z), whichever renderer "
                    "is chosen in Explore: Learn is about this distribution."
                )
            )
        st.caption(_("Sources: ") + "; ".join(step.sources) + ".")
    with st.container(key="learn-links", horizontal=True, horizontal_alignment="distribute"):
        if before:
            st.page_link(before, icon=":material/arrow_back:")
        if after:
            st.page_link(after, icon=":material/arrow_forward:", icon_position="right")


@contextmanager
def section(
    key: str, figures: Callable[[], None], *code: Callable | str, first: bool = False
) -> Iterator[None]:
    """Text on the left, which is written inside, and figures on the wider right.

    key: unique on the page. figures: draws them. code: functions whose lines stand below the text,
    as `source_of` takes them.
    first: of a page; a line parts the others from what is above.
    """
    if not first:
        st.divider()
    left, right = st.columns([5, 7], gap="large")
    with left, text(key):
        yield
        show_source(*code)
    with right, st.container(key=f"learn-figures-{key}"):
        figures()


def text(key: str) -> DeltaGenerator:
    """A container whose markdown is large. key: unique on the page."""
    return st.container(key=f"learn-text-{key}")


def show_source(*functions: Callable | str) -> None:
    """The lines of our code that do it, read from its file now, so that they cannot be stale."""
    for function in functions:
        found = source_of(function)
        where = _("{file}, lines {first} to {last}").format(
            file=found.file, first=found.first, last=found.last
        )
        with st.expander(f"`{found.name}`: {where}", icon=":material/code:"):
            st.code(found.text, language="python", wrap_lines=True)
            key = f"file-{found.file}-{found.qualified}"
            whole = st.toggle(_("Show the whole file"), key=key)
            if whole:
                st.code(found.whole, "python", line_numbers=True)


def say_where_from(pictures: FacePictures) -> None:
    """Whether the pictures are real ones, in a line below them."""
    st.caption(_(ORIGINS[pictures.origin]))


def say_missing(error: RunError, consequence: str) -> None:
    """What another model would be needed for: expected, found, and the commands that make it."""
    st.warning(consequence, icon=":material/folder_off:")
    with st.expander(_("How to make it"), icon=":material/terminal:"):
        st.markdown(
            _("**Expected** {expected}  \n**Found** {found}").format(
                expected=error.expected, found=error.found
            )
        )
        st.code(error.next, language="bash", wrap_lines=True)
        if "--model" in error.next:
            st.caption(_("The environment variable EXPLORER_TWIN names another folder for it."))


def told_codes(faces: int) -> str:
    """What is meant where a figure shows where codes lie, the end of a sentence."""
    return _("{faces:,} draws of the aggregate posterior, one for each validation face").format(
        faces=faces
    )


def nats(value: float, digits: int = 0) -> str:
    """ "−1,234 nats", with the sign that is as wide as a plus."""
    return f"{value:,.{digits}f} nats".replace("-", "−")


def cache_key(loaded: Loaded) -> str:
    """The key of the model's weights, for caches."""
    return loaded.run.faces.weights
