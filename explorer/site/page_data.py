"""page.json of a site: what its page knows besides the space file, as plain data.

Its texts are in the language that is spoken, and a site has one such file for each.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from explorer.decoding.near_the_mean import EMPTY, NEAREST
from explorer.editor.banks import banks
from explorer.editor.export import EFFECTS, STRENGTHS
from explorer.judge.measured_edits import promises_of
from explorer.language.in_browser import told_instead
from explorer.language.text import N_, _, language
from explorer.live.route import SOCKET
from explorer.map.columns import column, columns, first_colour
from explorer.map.layouts import LENS_NAMES, LENS_NOTES, layout
from explorer.map.route import PATH
from explorer.recipe import link_text
from explorer.recipe.attributes import attribute_name
from explorer.recipe.banks import STEP
from explorer.recipe.favourites import LONGEST_NAME, MOST_FAVOURITES
from explorer.recipe.methods import CURVE
from explorer.recipe.names import method_name
from explorer.recipe.recipe import MOST_PARTS, Source, rules
from explorer.recipe.renderers import RENDERERS
from explorer.recipe.space import methods_of
from explorer.run.run import Run, run_key
from explorer.site.space_file import layouts_of

TITLE = N_("Latent-space explorer")
FIRST_EDIT, FIRST_COLOUR = "Eyeglasses", "Smiling"
MAP_HEIGHT = "max(300px, 100vh - 17rem)"
# What recipes are written with in an address.
WRITING = {"version": link_text.VERSION, "words": link_text.WORDS.decode()}
FONT = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
# Of Streamlit's theme -> as the components know them.
COLOURS = {
    "primaryColor": "--st-primary-color",
    "backgroundColor": "--st-background-color",
    "secondaryBackgroundColor": "--st-secondary-background-color",
    "textColor": "--st-text-color",
    "borderColor": "--st-border-color",
}
STREAMLIT = Path(__file__).parents[2] / ".streamlit" / "config.toml"


def page_data(run: Run, drawn: Sequence[Source], files: Mapping[str, int]) -> dict[str, Any]:
    """The contents. drawn: the random faces that the space file holds. files: path in the site ->
    bytes, of what its worker fetches.
    """
    names = list(run.space.vectors)
    recipe = run.first_recipe
    known = {name: RENDERERS[name] for name in run.renderers}
    switch = [{"name": n, "label": _(w.label), "hint": _(w.hint)} for n, w in known.items()]
    return {
        "language": language(),
        "instead": told_instead(),
        "title": _(TITLE),
        "told": _told(run, len(drawn)),
        "first": recipe.to_data(),
        "drawn": [source.to_data() for source in drawn],
        "groups": [
            {"name": str(name), "title": attribute_name(str(name))} for name in run.faces.attributes
        ],
        "lenses": [_lens(run, name) for name in layouts_of(run)],
        "writing": WRITING,
        "files": dict(files),
        "renderers": {"names": list(run.renderers), "nearest": NEAREST, "empty": EMPTY},
        "editor": {
            "run": run.vectors.weights,
            "banks": banks(run, recipe, {}, promises_of(run)),
            "ticks": {},
            "removed": {},
            "methods": [{"name": m, "label": method_name(m)} for m in methods_of(run.space)],
            "curve": [m for m in reversed(CURVE) if m in methods_of(run.space)],
            "strip": FIRST_EDIT if FIRST_EDIT in names else next(iter(names), ""),
            "strengths": {"counted": STRENGTHS, "effects": EFFECTS},
            "renderers": [] if run.only_means else switch,
            "link": link_text.PARAMETER,
            "private": False,
            "opening": None,
            "live": SOCKET,
            "rules": rules(),
            "limits": {"favourites": MOST_FAVOURITES, "name": LONGEST_NAME, "mixed": MOST_PARTS},
            "step": STEP,
        },
        "map": {
            "path": PATH,
            "live": SOCKET,
            "rules": rules(),
            "key": run_key(run),
            "count": len(run.faces),
            "colour": first_colour(run, FIRST_COLOUR),
            "first_colour": first_colour(run, FIRST_COLOUR),
            "opening": None,
            "filter": "",
            "twin": False,
            "pictures": False,
            "tells_colour": False,
            "takes": True,
            "height": MAP_HEIGHT,
            "name": _("Face map"),
        },
    }


def words(run: Run) -> dict[str, Any]:
    """How what the space file holds is called: attributes, colours and their values."""
    known = columns(run)
    names = [*map(str, run.faces.attributes), *run.space.vectors]
    return {
        "titles": {name: attribute_name(name) for name in names},
        "columns": known,
        "meanings": [column(run, entry["name"]).about for entry in known],
    }


def _told(run: Run, drawn: int) -> list[str]:
    """What "About this page" says."""
    renderers = _(" and ").join(_(RENDERERS[name].told) for name in run.renderers)
    if run.faces.label_source == "predicted":
        shows = _(
            "The map shows {count} faces as their codes and labels that probes predict from these."
        )
    elif len(run.faces.attributes):
        shows = _("The map shows {count} faces as their codes and their labels.")
    else:
        shows = _("The map shows {count} faces as their codes.")
    random = (
        _("Random faces are {count} that the model's mixture of codes drew beforehand.")
        if run.space.flow is None
        else _("Random faces are {count} that the model's flow drew beforehand.")
    )
    links = _(
        "Links are those of the explorer on a server, both ways, as long as this page holds the "
        "face."
    )
    return [
        _(
            "Your browser composes the codes of {latent} dimensions and draws them itself, by "
            "{renderers}; no server takes part, and nothing that you do leaves this page."
        ).format(latent=run.space.latent, renderers=renderers),
        " ".join(
            [
                shows.format(count=f"{len(run.faces):,}"),
                random.format(count=f"{drawn:,}"),
                links,
            ]
        ),
        _(
            "Only the explorer on a server has own photos, filters, groups of faces that you make, "
            "the report card, files of motion, the pages Learn and Model, and random faces without "
            "end."
        ),
    ]


def _lens(run: Run, name: str) -> dict[str, str]:
    lens = name.partition("/")[0]
    trust = layout(run, name).kept.trustworthiness
    return {
        "name": _(LENS_NAMES[lens]),
        "layout": name,
        "note": _("{what} Trustworthiness {trustworthiness:.2f}.").format(
            what=_(LENS_NOTES[lens]), trustworthiness=trust
        ),
    }


def colours() -> dict[str, dict[str, str]]:
    """The app's own colours: "light" and "dark" -> name of a CSS property -> its value."""
    told = tomllib.loads(STREAMLIT.read_text(encoding="utf-8"))["theme"]
    both = {"--st-font": FONT, "--st-base-radius": told["baseRadius"]}
    return {
        scheme: both | {css: told[scheme][name] for name, css in COLOURS.items()}
        for scheme in ("light", "dark")
    }


def theme() -> str:
    """The same as CSS, light or dark as the browser prefers."""
    found = {
        scheme: " ".join(f"{name}: {value};" for name, value in of.items())
        for scheme, of in colours().items()
    }
    return (
        f":root {{ color-scheme: light dark; {found['light']} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {found['dark']} }} }}"
    )
