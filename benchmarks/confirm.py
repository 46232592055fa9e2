"""What was elected, looked at once more: on more faces, none of which elected it.

An election compares many ways to edit, so it has few faces for each. Of its winners, and of the
mean difference beside them, `python -m benchmarks edits --elected` says what they do at strength 1.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.edit_bench import Bench
from benchmarks.edits import head, leaf_told
from explorer.judge.edit_figures import (
    Figures,
    Leaf,
    at_place,
    elected,
    load_edit_figures,
    mean_leaf,
    save_edit_figures,
)
from explorer.judge.judges import judges
from explorer.recipe.attributes import attribute_name
from explorer.run.loaded import open_run
from training.run.run_folder import EDITS, RunError

FACES = 500  # each way


def confirm(
    root: Path, attributes: list[str] | None = None, faces: int = FACES, write: bool = False
) -> tuple[list[str], dict[str, Any]]:
    """Judge a run's elected edits by its last renderer: lines for people, and figures as those of
    edits.json.

    attributes: all that elected something where None. faces: at most, each way. write: keep them in
    edits.json, beside those of other attributes. Raises RunError where nothing was elected,
    ValueError for attributes that elected nothing.
    """
    loaded, by = open_run(root), judges()
    run = loaded.run
    kept = load_edit_figures(root, run.vectors)
    known = {} if kept is None else {n: ways for n, ways in kept.figures.items() if elected(ways)}
    if kept is None or not known:
        command = f"EXPLORER_RUN={root} python -m benchmarks edits --write"
        raise RunError(f"{EDITS} in {root} with elected edits", "none", command)
    asked = list(known) if attributes is None else attributes
    if unknown := {*asked} - {*known}:
        raise ValueError(
            f"expected: attributes that elected an edit in {root}\n"
            f"found: {', '.join(sorted(unknown))}\nnext: choose among {', '.join(known)}"
        )
    renderer = list(kept.by_renderer)[-1]
    bench = Bench(run, loaded.named(renderer), by)
    plain = at_place(0)
    found = {}
    for name in tqdm(asked, unit="attribute", desc=renderer, dynamic_ncols=True):
        ways = known[name]
        chosen = {way: {plain, method} for way, method in elected(ways).items()}
        past = {way: ways[way][plain]["1"].get("electing", {}).get("faces", 0) for way in ways}
        found[name] = bench.once_more(name, chosen, past, faces)
    if write:
        more = kept.confirmed | found
        save_edit_figures(root, replace(kept, confirmed=more))
    heading = head(renderer, kept.first, kept.second)
    return [heading, *lines(found)], vars(replace(kept, by_renderer={}, confirmed=found))


def lines(found: Figures) -> list[str]:
    """A line for each edit, and the means of the mean difference and of what was elected."""
    told, leaves = [], dict[str, list[Leaf]]()
    for name, ways in found.items():
        for way, methods in ways.items():
            for method, by_strength in methods.items():
                leaf = by_strength["1"]
                told.append(f"{attribute_name(name):24} {way:6} {method:12} {leaf_told(leaf)}")
            plain, chosen = at_place(0), [*methods][-1]
            for title, method in ((plain, plain), ("elected", chosen)):
                leaves.setdefault(title, []).append(methods[method]["1"])
    told.append("mean, added and removed")
    return told + [f"{title:44} {leaf_told(mean_leaf(of))}" for title, of in leaves.items()]
