"""`python -m explorer effects`: teach the reader what the judge says, and measure how well it does.

Codes of training pictures, most of them led some way along an attribute's vectors, are drawn and
judged; a small network learns the judge's logits from the codes. It errs, and where a face is first
sure by the reader it errs upwards; so the logits to aim at are shifted by what the judge itself
says of faces at full strength.
"""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.derived.effects_file import EffectsFile, load_effects, save_effects
from explorer.judge.fit_farther import LOOKED_AT, farther
from explorer.judge.full_strength import FEWEST, Eye, led, training_faces
from explorer.judge.judges import judges
from explorer.recipe.effects import FARTHEST, Effects, Reader
from explorer.run.loaded import open_run
from training.codes.partial_effects import PartialEffects
from training.edits.learned_steps import LearnedSteps
from training.edits.steps_file import load_steps
from training.judges.fooled import may_end_in_a_patch
from training.run.latents import Latents

if TYPE_CHECKING:
    from sklearn.neural_network import MLPRegressor

CODES = 40_000  # drawn and judged to learn from
HELD_OUT = 0.1  # of them, to measure the reader
AS_THEY_ARE = 0.25  # share of the codes that are led nowhere
OPPOSITE = 0.85  # share of the others that get what they lack or lose what they have
PLACES = np.linspace(0, 1, 5)  # on the curve, of the vectors that lead
BY_FACE = 0.4  # share of those that are led which follow learned steps, where there are some
HIDDEN = (256, 256)
EPOCHS = 12
CERTAIN = 0.9  # score that strength 1 is to reach; less where typical faces with it have less
ELECTED = 0.5  # place of every attribute until `python -m benchmarks edits` elects
FACES = 40  # without an attribute, or with it, to shift what is aimed at, and to measure
SHARE_LEFT = 0.1  # of the faces, which may need more than strength 1
MOST_LESS, MOST_MORE = 0.5, 3.0  # logits by which it is shifted; scores can jump
SEED = 0


def make_effects(
    run: Path, codes: int = CODES, seed: int = SEED, look_at: int = LOOKED_AT
) -> EffectsFile:
    """Make effects.npz, by the first judge and the run's last renderer. Prints what it measures.

    look_at: faces each way, to find how much farther full strength goes. What was elected before
    stays; before an election learned steps are taken where there are any.
    Raises RunError, DataError.
    """
    loaded, judge = open_run(run), judges().first
    vectors, renderer = loaded.run.vectors, loaded.renderers[-1]
    names = tuple(name for name in vectors.row_of if name in judge.attributes)
    eye = Eye(judge, [judge.attributes.index(name) for name in names], renderer)
    faces = training_faces(run)
    partial, rng = vectors.partial_effects(names), np.random.default_rng(seed)
    steps, before = load_steps(run), load_effects(run, vectors)
    given, rows = _given(faces, names, partial, steps, codes, rng)
    logits = eye.logits(given, "learned from")
    known = len(given) - int(HELD_OUT * len(given))
    reader = fit_reader(given[:known], logits[:known], seed)
    error = np.abs(reader.logits(given[known:]) - logits[known:]).mean(0)
    still = np.flatnonzero(rows >= 0)
    sure = typical_logits(logits[still], _labels(faces, names)[rows[still]])
    by_face = _by_face(before, names, steps)
    places, once = _places(before, names), np.ones_like(sure)
    effects = Effects(names, partial, places, reader, sure, once, steps, by_face)
    found = _at_full_strength(effects, faces, eye, rng, "aimed by")
    effects = replace(effects, sure=aimed(sure, found))
    effects = replace(effects, farther=farther(effects, faces, judges().second, renderer, look_at))
    reached = np.full((len(names), 2), np.nan, np.float32)
    for k, pair in enumerate(_at_full_strength(effects, loaded.run.faces, eye, rng, "measured on")):
        for side, (sign, found_there) in enumerate(zip((-1, 1), pair, strict=True)):
            if len(found_there):
                reached[k, side] = (sign * found_there > 0).mean()
    made = EffectsFile(
        attributes=np.array(names),
        places=effects.places,
        sure=effects.sure,
        farther=effects.farther,
        by_face=np.array([[(name, sign) in by_face for sign in (-1, 1)] for name in names]),
        reader=reader,
        error=error.astype(np.float32),
        reached=reached,
        renderer=loaded.run.renderers[-1],
        judge=judge.name,
        weights=vectors.weights,
    )
    save_effects(run, made)
    print(
        f"strengths of {len(names)} attributes as {judge.name} judges faces of the "
        f"{made.renderer} renderer; its logits are read off codes to within {error.mean():.2f}; at "
        f"full strength {np.nanmean(reached[:, 1]):.0%} of the validation faces have what was "
        f"added, {np.nanmean(reached[:, 0]):.0%} lack what was removed"
    )
    return made


def fit_reader(codes: np.ndarray, logits: np.ndarray, seed: int) -> Reader:
    """The network that tells logits (N, V) from codes (N, D), both of which it learns standardised.

    The statistics are folded into its first and last layers.
    """
    from sklearn.neural_network import MLPRegressor

    center, spread = codes.mean(0), np.maximum(codes.std(0), 1e-6)
    middle, scale = logits.mean(0), np.maximum(logits.std(0), 1e-6)
    network = MLPRegressor(
        hidden_layer_sizes=HIDDEN,
        alpha=1e-2,
        batch_size=min(256, len(codes)),
        max_iter=EPOCHS,
        n_iter_no_change=EPOCHS,
        random_state=seed,
    )
    _fitted_quietly(network, (codes - center) / spread, (logits - middle) / scale)
    (first, second, last), (bias_1, bias_2, bias_3) = network.coefs_, network.intercepts_
    first = first / spread[:, None]
    arrays = first, bias_1 - center @ first, second, bias_2, last * scale, bias_3 * scale + middle
    return Reader(*(np.ascontiguousarray(array, np.float32) for array in arrays))


def _fitted_quietly(network: "MLPRegressor", codes: np.ndarray, logits: np.ndarray) -> None:
    """It stops after so many epochs on purpose, and need not warn of that."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(codes, logits)


def typical_logits(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(V, 2) float32: the logits that strengths -1 and 1 are to reach.

    Those of a score of CERTAIN, or what half of the faces with the label have, or without it, where
    that is less far from 0. logits: (N, V) of faces as they are, labels: (N, V) bool.
    """
    certain = float(np.log(CERTAIN / (1 - CERTAIN)))
    found = np.full((logits.shape[1], 2), [-certain, certain], np.float32)
    for k, has in enumerate(labels.T):
        if has.any():
            found[k, 1] = np.clip(np.median(logits[has, k]), 0, certain)
        if not has.all():
            found[k, 0] = np.clip(np.median(logits[~has, k]), -certain, 0)
    return found


def aimed(sure: np.ndarray, found: list[list[np.ndarray]]) -> np.ndarray:
    """(V, 2) float32: the reader's logits to aim at so that the median face has those of `sure` and
    all but SHARE_LEFT of the faces are past the tipping point.

    found: for each attribute the judge's logits of faces that were led to `sure` by the reader, at
    strength -1 and at 1; few of them say too little.
    """
    to = sure.astype(np.float64)
    for k, pair in enumerate(found):
        for side, (sign, logits) in enumerate(zip((-1, 1), pair, strict=True)):
            if len(logits) >= FEWEST:
                lacking = sign * (sure[k, side] - np.median(logits))
                behind = -np.quantile(sign * logits, SHARE_LEFT)
                to[k, side] += sign * np.clip(max(lacking, behind), -MOST_LESS, MOST_MORE)
    return to.astype(np.float32)


def _places(before: EffectsFile | None, names: tuple[str, ...]) -> np.ndarray:
    """(V,) those that were elected before, ELECTED for others."""
    known = {} if before is None else dict(zip(before.attributes, before.places, strict=True))
    return np.array([known.get(name, ELECTED) for name in names], np.float32)


def _by_face(
    before: EffectsFile | None, names: tuple[str, ...], steps: LearnedSteps | None
) -> frozenset[tuple[str, int]]:
    """Attributes and signs that follow learned steps: as elected before, at first all of them but
    those that may end in a patch.
    """
    known = frozenset() if steps is None else frozenset(steps.attributes) & {*names}
    every = frozenset(
        (name, sign) for name in known for sign in (-1, 1) if not may_end_in_a_patch(name, sign > 0)
    )
    return every if before is None else every & before.followed()


def _labels(faces: Latents, names: tuple[str, ...]) -> np.ndarray:
    return np.stack([faces.label(name) for name in names], 1)


def _given(
    faces: Latents,
    names: tuple[str, ...],
    partial: PartialEffects,
    steps: LearnedSteps | None,
    count: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """(count, D) codes to learn from, and (count,) rows in `faces` of those that are as they were,
    -1 for the others.
    """
    rows = rng.integers(len(faces), size=count)
    which = rng.integers(len(names), size=count)
    has = _labels(faces, names)[rows, which]
    way = np.where(has, -1, 1) * np.where(rng.random(count) < OPPOSITE, 1, -1)
    still = rng.random(count) < AS_THEY_ARE
    times = np.where(still, 0, rng.uniform(0, FARTHEST, count)) * way
    curve = np.stack([partial.vectors(float(where)) for where in PLACES])
    vectors = curve[rng.integers(len(PLACES), size=count), which]
    by_face = rng.random(count) < (BY_FACE if steps else 0)
    for k in np.flatnonzero(by_face & ~still):
        if steps and (name := names[which[k]]) in steps.row_of:
            vectors[k] = way[k] * steps.step(faces.mean[rows[k]], name, bool(way[k] > 0))
    codes = faces.mean[rows] + times[:, None] * vectors
    return codes.astype(np.float32), np.where(still, rows, -1)


def _at_full_strength(
    effects: Effects, faces: Latents, eye: Eye, rng: np.random.Generator, what: str
) -> list[list[np.ndarray]]:
    """For each attribute the logits of at most FACES faces with it after strength -1, and of as
    many without it after strength 1.
    """
    read = effects.reader.logits(faces.mean)
    parts = []
    for k, name in enumerate(effects.attributes):
        for sign in (-1, 1):
            other = np.flatnonzero((faces.label(name) != (sign > 0)) & (sign * read[:, k] < 0))
            parts.append(led(effects, name, sign, faces.mean[rng.permutation(other)[:FACES]]))
    logits = np.split(
        eye.logits(np.concatenate(parts), what), np.cumsum([len(part) for part in parts])[:-1]
    )
    return [[logits[2 * k][:, k], logits[2 * k + 1][:, k]] for k in range(len(effects.attributes))]
