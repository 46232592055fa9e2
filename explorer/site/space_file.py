"""space.safetensors of a site: what the browser composes codes from and lays out, in one file.

It is the same in every language: words for it stand in page.json, see page_data.py. The tensors and
what the metadata say are those that explorer/site/space.js reads. Codes are in half precision, as
links hold them; what they are computed with is not. Numbers of rules that both sides follow are
written here, so that each stands in one place.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from safetensors.numpy import save

from explorer.derived.lenses import LENSES
from explorer.map import blend, place, whereabouts
from explorer.map.columns import TAIL, column, columns
from explorer.map.layouts import layout
from explorer.map.route import strongest
from explorer.recipe import effects as effect
from explorer.recipe.banks import BANKS, STEP
from explorer.recipe.compose import LEAST_LEFT, compose, random_source
from explorer.recipe.methods import CURVE
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.space import LatentSpace, attribute_vector, methods_of
from explorer.run.run import Run

LAYOUTS = tuple(f"{lens}/umap2" for lens in LENSES)  # that a site offers, as far as a run has them


def space_file(run: Run, drawn: Sequence[Source]) -> bytes:
    """The bytes of the file. drawn: random faces, whose codes it holds beside those of the map."""
    space = run.space
    tensors = {
        "codes": run.faces.mean.astype(np.float16),
        "drawn": _codes(space, drawn).astype(np.float16),
        "center": space.center,
        "spread": space.spread,
        "components": space.components,
        "component_spread": space.component_spread.astype(np.float32),
        "along_mean": run.vectors.along_mean.astype(np.float32),
        "vectors": _vectors(space),
    }
    told: dict[str, Any] = {
        "ids": list(map(str, run.faces.ids)),
        "drawn": [source.to_data() for source in drawn],
        "attributes": list(space.vectors),
        "methods": list(methods_of(space)),
        "curve": list(CURVE),
        "least_left": LEAST_LEFT,
        "effects": _effects(space, tensors),
        "editor": {
            "plain": Recipe().to_data(),
            "limits": {bank.name: bank.limit for bank in BANKS.values()},
            "step": STEP,
        },
        "map": _map(run, tensors),
    }
    metadata = {"space": json.dumps(told, allow_nan=False)}
    return save({k: np.ascontiguousarray(v) for k, v in tensors.items()}, metadata)


def layouts_of(run: Run) -> tuple[str, ...]:
    """Those of LAYOUTS that the run's map has."""
    return tuple(name for name in LAYOUTS if name in run.face_map.layouts)


def _vectors(space: LatentSpace) -> np.ndarray:
    """(M, A, D) float32: what attribute sliders add, by methods and attributes in their order."""
    methods = methods_of(space)
    found = [attribute_vector(space, name, m, ())[0] for m in methods for name in space.vectors]
    shape = (len(methods), len(space.vectors), space.latent)
    return np.array(found, np.float32).reshape(shape)


def random_sources(space: LatentSpace, count: int) -> list[Source]:
    """The random faces of the first so many seeds, as the page gives them."""
    return [random_source(seed, space) for seed in range(count)]


def _codes(space: LatentSpace, sources: Sequence[Source]) -> np.ndarray:
    samples = [source.value for source in sources if source.kind == "sample"]
    if samples:
        space.samples.codes(samples)  # together, which takes a fraction of the time
    codes = [compose(Recipe(source), space) for source in sources]
    return np.stack(codes) if codes else np.zeros((0, space.latent), np.float32)


def _effects(space: LatentSpace, tensors: dict[str, np.ndarray]) -> dict[str, Any] | None:
    """The rules of explorer/recipe/effects.py; None where strengths count vectors."""
    effects = space.effects
    if effects is None:
        return None
    tensors |= {f"reader.{name}": value for name, value in vars(effects.reader).items()}
    tensors["sure"], tensors["farther"] = effects.sure, effects.farther
    steps = effects.steps
    if steps is not None:
        tensors |= {f"steps.{name}": value for name, value in steps.weights.items()}
    return {
        "attributes": list(effects.attributes),
        "by_face": sorted(effects.by_face),
        "steps": [] if steps is None else list(steps.attributes),
        "farthest": effect.FARTHEST,
        "points": effect.POINTS,
        "of_vectors": effect.OF_VECTORS,
        "once": effect.ONCE,
        "longest": effect.LONGEST,
        "as_wanted": effect.AS_WANTED,
        "tips_between": effect.TIPS_BETWEEN,
        "beyond": effect.BEYOND,
    }


def _map(run: Run, tensors: dict[str, np.ndarray]) -> dict[str, Any]:
    """Places, colours and cards of the map's faces, and what places and blends are made by."""
    lenses = run.face_map.lenses
    values = [column(run, entry["name"]).values for entry in columns(run)]
    tensors["columns"] = np.stack(values)  # (C, N)
    for name in ("weight", "bias", "scale", "code_scale"):
        tensors[f"lenses.{name}"] = getattr(lenses, name)
    layouts = {}
    for name in layouts_of(run):
        found = layout(run, name)
        tensors[f"positions.{name}"] = found.positions
        layouts[name] = {
            "lens": name.partition("/")[0],
            "placer": found.placer.calibration,
            "usual": found.blend.usual,
        }
    return {
        "about": [strongest(run, str(name)) for name in run.faces.ids],
        "layouts": layouts,
        "tail": TAIL,
        "place": {
            "neighbours": place.NEIGHBOURS,
            "steps": place.WEISZFELD_STEPS,
            "smoothing": place.SMOOTHING,
            "told": whereabouts.NEIGHBOURS,
        },
        "blend": {"neighbours": blend.NEIGHBOURS, "unsupported": blend.UNSUPPORTED_FROM},
        "deviations": [bank.name for bank in BANKS.values() if bank.in_deviations],
    }
