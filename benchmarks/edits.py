"""What edits do: attributes added to faces without them and removed from faces with them, judged.

Every method that fitted a vector at its own strengths, and every place on the curve of vectors at
strengths that are effects, by each renderer of a run. The judges score the faces before and after;
explorer/judge/edit_figures.py says what is counted and how methods and places are elected: by
figures of other faces than those that are told of.
"""

from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.edit_bench import Bench, Plan
from explorer.derived.effects_file import set_elected
from explorer.derived.vectors import set_default_method
from explorer.judge.edit_figures import (
    LEARNED,
    EditFigures,
    Figures,
    Leaf,
    elect_place,
    elected,
    election,
    mean_figures,
    save_edit_figures,
    vectors_key,
)
from explorer.judge.judges import Judges, judges
from explorer.judge.unseen import unseen
from explorer.recipe.attributes import attribute_name
from explorer.recipe.methods import FITTED
from explorer.recipe.renderers import RENDERERS
from explorer.run.loaded import open_run
from explorer.run.run import Run

# --quick: a look at ten attributes that everybody knows.
QUICK = "Male Young Bald Mustache Blond_Hair Gray_Hair Eyeglasses Wearing_Hat Smiling Bangs"
QUICK_FACES = 30  # each way
QUICK_METHODS = (FITTED[0],)
QUICK_PLACES = (0.0, 0.5, 1.0)


def quick(run: Run) -> Plan:
    """The plan of --quick, by the run's last renderer."""
    known = [name for name in QUICK.split() if name in run.space.vectors]
    return Plan(
        known,
        QUICK_FACES,
        QUICK_METHODS,
        (1.0,),
        QUICK_PLACES,
        (1.0,),
        held={},
        renderers=run.renderers[-1:],
    )


def edits(
    root: Path, plan: Plan | None = None, write: bool = False, chosen: Judges | None = None
) -> tuple[list[str], dict[str, Any]]:
    """Judge the edits of a run: lines for people, and the figures as in edits.json.

    plan: that of --quick where None. write: keep the figures in the run folder and let the elected
    method be the default, the elected places those of the effects. chosen: judges, those that ship
    where None. Raises RunError, DataError, and ValueError for what cannot be judged.
    """
    loaded, by = open_run(root), judges() if chosen is None else chosen
    run = loaded.run
    plan = quick(run) if plan is None else plan
    known = [name for name in by.second.attributes if name in run.space.vectors]
    hidden = unseen(known)
    seen = [name for name in known if name not in hidden]
    asked = seen if plan.attributes is None else plan.attributes
    renderers = run.renderers if plan.renderers is None else plan.renderers
    locks = {lock for name in asked for lock in plan.held.get(name, ())}
    for what, found, choice in (
        ("attributes with a vector and a score", {*asked, *locks}, known),
        ("renderers", {*renderers}, run.renderers),
    ):
        if unknown := found - {*choice}:
            raise ValueError(
                f"expected: {what} of {root}\nfound: {', '.join(sorted(unknown))}\n"
                f"next: choose among {', '.join(choice)}"
            )
    by_renderer: dict[str, Figures] = {}
    for renderer in renderers:
        bench = Bench(run, loaded.named(renderer), by)
        with tqdm(asked, unit="attribute", desc=renderer, dynamic_ncols=True) as bar:
            judged = {name: bench.attribute(name, plan) for name in bar}
        by_renderer[renderer] = {name: ways for name, ways in judged.items() if ways}
    made = EditFigures(
        by_renderer,
        vectors_key(run.vectors),
        by.first.name,
        by.second.name,
        sorted(hidden),
    )
    if write:
        save_edit_figures(root, made)
        elect_all(root, run, made.figures)
    return lines(made), vars(made)


def elect_all(root: Path, run: Run, figures: Figures) -> None:
    """Make what the figures elect the default of a run folder."""
    places = {name: elect_place(ways) for name, ways in figures.items()}
    known = {name: place for name, place in places.items() if place is not None}
    by_face = {
        (name, 1 if way == "add" else -1)
        for name, ways in figures.items()
        for way, method in elected(ways).items()
        if method == LEARNED
    }
    if run.space.effects is not None:
        set_elected(root, run.vectors, known, by_face)
    if default := next(iter(election(figures)), None):
        set_default_method(root, default)


def lines(made: EditFigures) -> list[str]:
    """The table for people: what every method does at strength 1, added and removed."""
    told = []
    for renderer, figures in made.by_renderer.items():
        told.append(head(renderer, made.first, made.second))
        for name, ways in figures.items():
            chosen_by = elected(ways)
            note = " (hardly visible at this size)" if name in made.hidden else ""
            chosen = "; ".join(("", *(f"{way}: {method}" for way, method in chosen_by.items())))
            told.append(f"{attribute_name(name)}{note}{chosen}")
            for way, methods in ways.items():
                for method, by_strength in methods.items():
                    if "1" in by_strength:
                        told.append(f"  {way:6} {method:28} {leaf_told(by_strength['1'])}")
        told.append(f"mean of {len(figures)} attributes, added and removed")
        told += [
            f"  {method:35} {leaf_told(leaf)}" for method, leaf in mean_figures(figures).items()
        ]
        ratios = ", ".join(f"{method} {ratio:.2f}" for method, ratio in election(figures).items())
        told.append(f"leakage at equal success, as multiples of the mean difference's: {ratios}")
    return told


def head(renderer: str, first: str, second: str) -> str:
    """What the columns of `leaf_told` are, of the pictures of a renderer, by whose word."""
    return (
        f"{RENDERERS[renderer].told}: success by {second}"
        + (f" ({first})" if first != second else "")
        + ", sex flips (by both), change of the others, flips, correlation difference, "
        "identity, typicality (far out)"
    )


def leaf_told(leaf: Leaf) -> str:
    """The figures of one edit, in columns."""
    first, sex, both, identity = (
        leaf.get(key) for key in ("success_first", "sex_flips", "sex_flips_both", "identity")
    )
    return "  ".join(
        (
            f"{leaf['success']:4.0%}" + (f" ({first:4.0%})" if first is not None else ""),
            ("   -" if sex is None else f"{sex:4.0%}")
            + (f" ({both:4.0%})" if both is not None else ""),
            f"{leaf['leakage']:.3f}",
            f"{leaf['flips']:4.1f}",
            f"{leaf['correlation_difference']:.2f}",
            "   -" if identity is None else f"{identity:.2f}",
            f"{leaf['typical']:.2f} ({leaf['far_out']:.0%})",
        )
    )
