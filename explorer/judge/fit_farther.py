"""How much farther full strength goes than to where the reader is sure, so that others see it, too.

Strengths are fitted by the first judge, and learned steps were learned through it, so it is sure of
faces that the second judge takes for what they were. The second judge is asked for no more than
whether that happens too often, on training faces: what is told of edits is of validation faces.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from explorer.decoding.renderer import Renderer
from explorer.derived.effects_file import load_effects, save_effects
from explorer.judge.full_strength import BATCH, FEWEST, led, training_faces
from explorer.judge.judges import Judge, judges
from explorer.judge.report_card import SCORE_THRESHOLD
from explorer.judge.unseen import unseen
from explorer.recipe.effects import Effects
from explorer.run.loaded import open_run
from training.run.latents import Latents
from training.run.run_folder import EFFECTS, RunError

FACTORS = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6)  # times as far
ENOUGH = 0.95  # share of the faces that are to have what was added, or lack what was removed
FAR = 1.3  # beyond, edits leave the faces: LEAST of them are enough, and going as far again once
LEAST, WORTH = 0.9, 0.15  # more has to win this share of them
LOOKED_AT = 200  # faces each way, unless told otherwise
SEED = 0  # of which faces


def go_farther(run: Path, look_at: int = LOOKED_AT) -> np.ndarray:
    """Find it anew for the effects of a run, and keep it: (V, 2) float32. Prints what it found.

    look_at: faces each way. To be done once more when other edits were elected. Raises RunError,
    DataError.
    """
    loaded, by = open_run(run), judges()
    made = load_effects(run, loaded.run.vectors)
    effects = loaded.run.space.effects
    if made is None or effects is None:
        raise RunError(f"{EFFECTS} in {run}", "no such file", f"python -m explorer effects {run}")
    found = farther(effects, training_faces(run), by.second, loaded.renderers[-1], look_at)
    save_effects(run, replace(made, farther=found))
    print(f"strength 1 goes {found.mean():.2f} times as far as to where {by.first.name} is sure")
    return found


def farther(
    effects: Effects, faces: Latents, judge: Judge, renderer: Renderer, look_at: int = LOOKED_AT
) -> np.ndarray:
    """(V, 2) float32: the least of FACTORS with which ENOUGH of the faces are on the wanted side at
    strengths -1 and 1, or LEAST from FAR on. Where none does, or where it is not worth going beyond
    FAR, the least with which most are.

    1 for what the judge does not tell at this size (explorer/judge/unseen.py), and where fewer than
    FEWEST faces could be led.
    """
    rng = np.random.default_rng(SEED)
    found = np.ones((len(effects.attributes), 2), np.float32)
    at = {f: replace(effects, farther=np.full_like(found, f)) for f in FACTORS}
    told = [name for name in effects.attributes if name in judge.attributes]
    seen = [name for name in told if name not in unseen(told)]
    pairs = [(name, sign) for name in seen for sign in (-1, 1)]
    for name, sign in tqdm(pairs, unit="edit", desc="how far", dynamic_ncols=True):
        adding, best = sign > 0, -1.0
        other = rng.permutation(np.flatnonzero(faces.label(name) != adding))[: 2 * look_at]
        codes = faces.mean[other]
        # Those that are taken to be as wanted already say nothing.
        codes = codes[~as_wanted(codes, name, adding, judge, renderer)][:look_at]
        if len(codes) < FEWEST:
            continue
        for factor in FACTORS:
            edited = led(at[factor], name, sign, codes)
            share = float(as_wanted(edited, name, adding, judge, renderer).mean())
            if (worth := share - WORTH * max(0.0, factor - FAR)) > best:
                best, found[effects.row_of[name], (sign + 1) // 2] = worth, factor
            if share >= (ENOUGH if factor < FAR else LEAST):
                break
    return found


def as_wanted(
    codes: np.ndarray, name: str, adding: bool, judge: Judge, renderer: Renderer
) -> np.ndarray:
    """(N,) bool: whether the judge says that the faces of codes (N, D) have an attribute, or lack
    it."""
    scores = [np.zeros(0, np.float32)]
    for start in range(0, len(codes), BATCH):
        faces = renderer.decode(codes[start : start + BATCH])
        scores.append(judge.scores(faces)[:, judge.attributes.index(name)])
    return (np.concatenate(scores) >= SCORE_THRESHOLD) == adding
