"""A tour of eight steps, each a link that opens the page at what it tells."""

import html
from typing import NamedTuple
from urllib.parse import urlencode

import streamlit as st

from explorer.language.text import _
from explorer.page import state
from explorer.recipe.compose import random_source
from explorer.recipe.link_text import link_text
from explorer.recipe.recipe import Recipe
from explorer.run.run import Run

WIDTH = 380  # pixels of the popover's content


class Stop(NamedTuple):
    """title: of the link. told: what to look at there. address: relative to the app's own."""

    title: str
    told: str
    address: str


def show_tour(run: Run) -> None:
    """Behind a button, for those who want it."""
    with st.popover(_("Tour"), key="tour"), st.container(width=WIDTH):
        items = "".join(
            f'<li><a href="{html.escape(stop.address)}" target="_self">'
            f"{html.escape(stop.title)}</a><br>{html.escape(stop.told)}</li>"
            for stop in stops(run)
        )
        st.html(f'<ol class="tour">{items}</ol>')


def stops(run: Run) -> list[Stop]:
    """The eight steps, as far as the run has what they show."""
    first = run.first_recipe

    def edited(**strengths: float) -> str:
        if not set(run.space.vectors).issuperset(strengths):
            return ""
        recipe = first
        for name, strength in strengths.items():
            recipe = recipe.with_amount("attributes", name, strength)
        return _address(recipe)

    found = [
        Stop(
            _("A face and its code"),
            _("Press the large face, or hold key O, to see it before your edits."),
            _address(first),
        ),
        Stop(
            _("Put glasses on"),
            _("Strength 1 is a face that surely wears them. On the map, its marker has moved."),
            edited(Eyeglasses=1),
        ),
        Stop(
            _("See what else changed"),
            _("Choose Difference (key D), then open the tab Report card."),
            edited(Eyeglasses=1, Smiling=-1),
        ),
        Stop(
            _("Let one slider be no attribute"),
            _("Principal components are the ways in which faces differ most. Try 1 to 5."),
            _address(first.with_amount("components", 1, 2)),
        ),
        Stop(
            _("A face that nobody has"),
            _("A random code, drawn. The dial beside Random face says how far it goes."),
            _address(first.fresh_face(random_source(8, run.space))),
        ),
        Stop(
            _("Find a group on the map"),
            _("The filter leaves faces with a hat. Draw a lasso around some of them."),
            f"?{urlencode({'filter': '+Wearing_Hat'} | state.language_link())}",
        ),
        Stop(
            _("Add and take away"),
            _("The formula bench: the code of one face minus another plus a third."),
            _page("formula"),
        ),
        Stop(
            _("Why it works"),
            _("Learn begins with an hourglass of numbers and ends with this model."),
            _page("learn-hourglass"),
        ),
    ]
    return [stop for stop in found if stop.address]


def _address(recipe: Recipe) -> str:
    return f"?{urlencode({state.link(): link_text(recipe)} | state.language_link())}"


def _page(path: str) -> str:
    language = urlencode(state.language_link())
    return f"{path}?{language}" if language else path
