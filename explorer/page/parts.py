"""What every step of Learn is built of: its frame, texts, formulas, code, pictures and controls."""

import base64
import html
import inspect
import io
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from explorer.components.live_slider import live_slider
from explorer.figures.charts import Figure
from explorer.learn.pictures import Pictures
from explorer.run.loaded import Loaded
from training.run.run_folder import RunError

ROOT = Path(__file__).parents[2]
CSS = Path(__file__).with_name("parts.css")
ORIGINS = {
    "real": "Real pictures: validation faces of CelebA, prepared on this computer.",
    "sample": "CelebA's pictures do not come with this project. The picture is therefore drawn "
    "from the model itself, x ~ p(x|z) with z the code of a validation face.",
    "mean": "CelebA's pictures do not come with this project. The picture is therefore what the "
    "VAE makes of the code of a validation face.",
}
PICTURE_SIDE = 128  # pixels of a face on the page
MOST_APART = 6  # pictures in a row; of more, each stands close to the next


@dataclass(frozen=True)
class Step:
    """One page of Learn.

    path: the end of its address in the app, and the name of its file. lead: what it is about, in
    a sentence or two. show: draws what is below the lead. controls: what can be moved, each as the
    key of a widget and the key of a keyboard, none for a click; python -m benchmarks learn times
    these. sources: what the step follows.
    """

    path: str
    title: str
    lead: str
    show: Callable[[Loaded], None]
    controls: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]


def show_head(place: str, step: Step) -> None:
    """Where one is ("Step 4 of 9"), what it is called and what it is about."""
    st.html(CSS)
    with st.container(key="learn-place"):
        st.markdown(f":primary[{place}]")
    st.title(step.title, anchor=False)
    with st.container(key="learn-lead"):
        st.markdown(step.lead)


def show_foot(step: Step, before: st.Page | None, after: st.Page | None) -> None:
    """The sources, and links to the steps before and after."""
    with st.container(key="learn-text-sources"):
        st.caption("Sources: " + "; ".join(step.sources) + ".")
    with st.container(key="learn-links", horizontal=True, horizontal_alignment="distribute"):
        if before:
            st.page_link(before, icon=":material/arrow_back:")
        if after:
            st.page_link(after, icon=":material/arrow_forward:", icon_position="right")


@contextmanager
def section(
    key: str, figures: Callable[[], None], *code: Callable, first: bool = False
) -> Iterator[None]:
    """Text on the left, which is written inside, and figures on the wider right.

    key: unique on the page. figures: draws them. code: functions whose lines stand below the text.
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


def text(key: str):
    """A container whose markdown is large. key: unique on the page."""
    return st.container(key=f"learn-text-{key}")


def show_source(*functions: Callable) -> None:
    """The lines of our code that do it, read from its file now, so that they cannot be stale."""
    for function in functions:
        lines, first = inspect.getsourcelines(function)
        file = Path(inspect.getsourcefile(function)).resolve().relative_to(ROOT)
        where = f"{file.as_posix()}, lines {first} to {first + len(lines) - 1}"
        with st.expander(f"`{function.__name__}`: {where}", icon=":material/code:"):
            st.code(textwrap.dedent("".join(lines)), language="python", wrap_lines=True)
            whole = st.toggle("Show the whole file", key=f"file-{file}-{function.__qualname__}")
            if whole:
                st.code((ROOT / file).read_text(encoding="utf-8"), "python", line_numbers=True)


def show_pictures(
    pictures: Sequence[np.ndarray],
    captions: Sequence[str] = (),
    *,
    names: Sequence[str] = (),
    side: int = PICTURE_SIDE,
) -> None:
    """A row of pictures.

    pictures: (S, S, 3) uint8 each. captions: shown below, plain text; names: said of each to those
    who cannot see, the caption if absent. side: most pixels of one on the page.
    """
    captions = list(captions) or [""] * len(pictures)
    names = list(names) or captions
    figures = []
    for picture, caption, name in zip(pictures, captions, names, strict=True):
        below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
        alt = html.escape(name or "face")
        figures.append(f'<figure><img src="{data_uri(picture)}" alt="{alt}">{below}</figure>')
    grid = f"grid-template-columns: repeat({len(figures)}, minmax(0, {side}px))"
    kind = "learn-row many" if len(figures) > MOST_APART else "learn-row"
    st.html(f'<div class="{kind}" style="{grid}">{"".join(figures)}</div>')


def data_uri(picture: np.ndarray) -> str:
    """(H, W, 3) uint8 as a PNG in an address."""
    return _data_uri(picture.shape, picture.tobytes())


@lru_cache(1024)  # most pictures of a page stay as they are when one control moves
def _data_uri(shape: tuple[int, ...], pixels: bytes) -> str:
    content = io.BytesIO()
    picture = np.frombuffer(pixels, np.uint8).reshape(shape)
    Image.fromarray(picture).save(content, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()


def show_numbers(**numbers: str) -> None:
    """Large figures with their names; an underscore in a name is a space."""
    items = "".join(
        f"<div><dt>{html.escape(name.replace('_', ' '))}</dt><dd>{html.escape(value)}</dd></div>"
        for name, value in numbers.items()
    )
    st.html(f'<dl class="learn-numbers">{items}</dl>')


def nats(value: float, digits: int = 0) -> str:
    """ "−1,234 nats", with the sign that is as wide as a plus."""
    return f"{value:,.{digits}f} nats".replace("-", "−")


def show_chart(figure: Figure, key: str) -> None:
    """A figure in the page's colours. key: unique on the page."""
    st.echarts_chart(
        figure.option,
        height=figure.height,
        renderer="canvas" if figure.dense else "svg",
        alt=figure.about,
        key=key,
    )


def choose_face(
    label: str, thumbnails: np.ndarray, key: str, first: int = 0, numbered: bool = False
) -> int:
    """Buttons with faces on them; returns the number of the chosen one, from 0.

    thumbnails: (N, S, S, 3) uint8. key: unique on the page. numbered: with numbers, from 1.
    """
    pictures = [
        f"![face {k + 1}]({data_uri(face)})" + f" {k + 1}" * numbered
        for k, face in enumerate(thumbnails)
    ]
    return st.segmented_control(
        label,
        range(len(pictures)),
        format_func=pictures.__getitem__,
        default=first,
        required=True,
        key=f"face-{key}",
    )


def slider(label: str, low: float, high: float, first: float, step: float, key: str) -> float:
    """A number from low to high, followed while the hand moves. key: unique on the page.

    first: where it stands at the beginning. Whole numbers if low and step are.
    """
    digits = len(f"{step:g}".partition(".")[2])
    options = [round(low + k * step, digits) for k in range(round((high - low) / step) + 1)]
    return live_slider(label, options, first, key, lambda value: f"{value:.{digits}f}")


def say_where_from(pictures: Pictures) -> None:
    """Whether the pictures are real ones, in a line below them."""
    st.caption(ORIGINS[pictures.origin])


def say_missing(error: RunError, consequence: str) -> None:
    """What another model would be needed for: expected, found, and the commands that make it."""
    st.warning(consequence, icon=":material/folder_off:")
    with st.expander("How to make it", icon=":material/terminal:"):
        st.markdown(f"**Expected** {error.expected}  \n**Found** {error.found}")
        st.code(error.next, language="bash", wrap_lines=True)
        if "--model ae" in error.next:
            st.caption("The environment variable EXPLORER_TWIN names another folder for it.")
