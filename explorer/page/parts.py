"""What several pages are built of: pictures, numbers, figures and sliders."""

import base64
import html
import io
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from PIL import Image

from explorer.components.download import download
from explorer.components.live_slider import live_slider
from explorer.figures.charts import Figure
from explorer.language.text import N_, _
from explorer.page import state

CSS = Path(__file__).with_name("parts.css")
PICTURE_SIDE = 128  # pixels of a face on the page
# Of a code that is not refined, which needs the likelihood.
ONLY_A_GUESS = N_(
    "Codes are the encoder's guess here: this model tells no likelihood by which they could be "
    "refined."
)
MOST_APART = 6  # pictures in a row; of more, each stands close to the next

Number = TypeVar("Number", int, float)
Option = TypeVar("Option")


def show_pictures(
    pictures: Sequence[np.ndarray] | np.ndarray,
    captions: Sequence[str] = (),
    *,
    names: Sequence[str] = (),
    side: int = PICTURE_SIDE,
    private: bool = False,
) -> None:
    """A row of pictures.

    pictures: (S, S, 3) uint8 each. captions: shown below, plain text; names: said of each to those
    who cannot see, the caption if absent. side: most pixels of one on the page.
    """
    captions = list(captions) or [""] * len(pictures)
    names = list(names) or captions
    figures = []
    address = _png_uri if private else data_uri
    for picture, caption, name in zip(pictures, captions, names, strict=True):
        below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
        alt = html.escape(name or _("face"))
        figures.append(f'<figure><img src="{address(picture)}" alt="{alt}">{below}</figure>')
    grid = f"grid-template-columns: repeat({len(figures)}, minmax(0, {side}px))"
    kind = "picture-row many" if len(figures) > MOST_APART else "picture-row"
    st.html(f'<div class="{kind}" style="{grid}">{"".join(figures)}</div>')


def data_uri(picture: np.ndarray) -> str:
    """(H, W, 3) uint8 as a PNG in an address."""
    return _data_uri(picture.shape, picture.tobytes())


@lru_cache(1024)  # most pictures of a page stay as they are when one control moves
def _data_uri(shape: tuple[int, ...], pixels: bytes) -> str:
    return _png_uri(np.frombuffer(pixels, np.uint8).reshape(shape))


def _png_uri(picture: np.ndarray) -> str:
    return picture_uri(Image.fromarray(picture), "PNG", compress_level=1)


def picture_uri(picture: Image.Image, kind: str, **options: int) -> str:
    """A picture in an address. kind: PNG or JPEG; options: of its writer."""
    content = io.BytesIO()
    picture.save(content, kind, **options)
    data = base64.b64encode(content.getvalue()).decode()
    return f"data:image/{kind.lower()};base64,{data}"


def show_picture(picture: np.ndarray, name: str, side: int | None = None) -> None:
    """One picture, as wide as there is room, or side pixels at most.

    picture: (H, W, 3) uint8. name: said of it to those who cannot see. It comes with the page:
    pictures of st.image lie at an address of one server, that answers everybody.
    """
    width = "" if side is None else f' style="max-width: {side}px"'
    address = data_uri(picture)
    st.html(f'<img src="{address}" alt="{html.escape(name)}" width="100%"{width}>')


@st.fragment
def download_button(
    label: str, make: Callable[[], bytes | str], name: str, key: str, about: str = ""
) -> None:
    """A button for a file, which is made when it is pressed.

    name: of the file. key: unique on the page. about: shown where the pointer rests; the name if
    absent.
    """
    wished, answered = f"{key}-wished", f"{key}-answered"

    def note() -> None:
        state.set_widget(wished, state.told(key).wanted)

    wish, content = state.widget(wished), None
    if isinstance(wish, str) and len(wish) < 100:  # it comes from the browser
        made = make()
        content = made.encode() if isinstance(made, str) else made
        state.set_widget(answered, wish)
    state.set_widget(wished, None)  # a file is told once
    download(label, name, about or name, state.widget(answered), content, key, note)


def show_numbers(**numbers: str) -> None:
    """Large figures with their names, which are marked texts or said already."""
    items = "".join(
        f"<div><dt>{html.escape(_(name) if name else '')}</dt><dd>{html.escape(value)}</dd></div>"
        for name, value in numbers.items()
    )
    st.html(f'<dl class="number-list">{items}</dl>')


def show_chart(figure: Figure, key: str) -> None:
    """A figure in the page's colours. key: unique on the page."""
    st.echarts_chart(
        figure.option,
        height=figure.height,
        renderer="canvas" if figure.dense else "svg",
        alt=figure.about,
        key=key,
    )


def slider(label: str, low: Number, high: Number, first: Number, step: Number, key: str) -> Number:
    """A number from low to high, followed while the hand moves. key: unique on the page.

    first: where it stands at the beginning. Whole numbers if low and step are.
    """
    digits = len(f"{step:g}".partition(".")[2])
    options = [round(low + k * step, digits) for k in range(round((high - low) / step) + 1)]
    return select_slider(label, options, first, key, lambda value: f"{value:.{digits}f}")


def choose_view(views: Sequence[str], key: str, **more: Any) -> str:
    """Buttons for what a part of a page shows; the chosen one of `views`, in English. more: as
    st.segmented_control has it.
    """
    return st.segmented_control(
        _("View"), views, format_func=_, default=views[0], required=True, key=key, **more
    )


def select_slider(
    label: str,
    options: Sequence[Option],
    first: Option,
    key: str,
    text: Callable[[Option], str] = str,
) -> Option:
    """The chosen one of the options, followed while the hand moves. key: unique on the page.

    options: from left to right, at least one. first: the one chosen at the beginning. text: what
    stands above the slider for an option. A value that is not among the options (any more) is as
    if none had been chosen.
    """
    options = list(options)
    if state.widget(key) not in options:
        state.set_widget(key, first)
    slider_key = f"{key}-slider"

    def take() -> None:
        at = state.told(slider_key).at
        if isinstance(at, int) and 0 <= at < len(options):  # it comes from the browser
            state.set_widget(key, options[at])

    chosen = state.widget(key)
    texts = [text(option) for option in options]
    live_slider(label, texts, options.index(chosen), slider_key, take)
    return chosen
