"""A copy of a run folder that may be given to others.

CelebA's agreement forbids handing on its pictures and its annotations. What models compute from
them may be: weights, codes, vectors, map positions, and labels that probes predict from codes.
"""

import shutil
from pathlib import Path

import numpy as np

from data.schema import SCHEMA
from training.codes.probes import fit_probes
from training.release.card import CARD, run_card
from training.run.files import check_room, write_together
from training.run.latents import load_latents, save_latents
from training.run.run_folder import (
    CONFIG,
    EDITS,
    EFFECTS,
    FIRST_FACE,
    FLOW,
    LAST_LAYERS,
    LATENTS,
    MAP,
    METRICS,
    PEOPLE,
    REPORT,
    SECOND_STAGE,
    SHARP,
    STEPS,
    VECTORS,
    WEIGHTS,
    RunError,
    load_model,
    own_config,
    quoted,
    read_derived,
    refuse_others,
)

COPIED = (CONFIG, WEIGHTS, METRICS, REPORT, VECTORS, MAP)
# Copied where there is one.
OPTIONAL = (
    SCHEMA,
    EFFECTS,
    STEPS,
    EDITS,
    PEOPLE,
    SECOND_STAGE,
    LAST_LAYERS,
    SHARP,
    FLOW,
    FIRST_FACE,
)


def publish(run: Path, out: Path) -> None:
    """Write into `out` the run with its validation codes only and predicted labels, and a card.

    Needs CelebA's labels of training codes in the run, and all derived files, the map one of the
    validation faces; `out` may hold nothing else. Raises RunError.
    """
    own_config(run)
    latents = load_latents(run)
    if not latents.annotated or not len(latents.rows("train")):
        raise RunError(
            f"codes of training pictures with CelebA's labels in {run}",
            f"{len(latents.rows('train'))} training codes, labels {latents.label_source}",
            f"python -m training encode {quoted(run)} --data DIR",
        )
    missing = [name for name in COPIED if not (run / name).is_file()]
    if missing:
        raise RunError(
            f"{', '.join(COPIED)} in {run}",
            f"no {', '.join(missing)}",
            f"python -m training evaluate {quoted(run)} --data DIR; "
            f"python -m explorer vectors {quoted(run)}; python -m explorer map {quoted(run)}",
        )
    refuse_others(out, (*COPIED, *OPTIONAL, LATENTS, CARD), "published")
    validation = latents.take(latents.rows("validation"))
    remake = f"python -m explorer map {quoted(run)}"
    if not np.array_equal(read_derived(run, MAP, remake)["ids"], validation.ids):
        raise RunError("a map of the validation faces, the only ones published", "another", remake)
    probes = fit_probes(latents.take(latents.rows("train")))
    predicted = {
        "labels": probes.labels(validation.mean),
        "label_source": "predicted",
        "identity": None,
    }
    copied = (*COPIED, *(name for name in OPTIONAL if (run / name).is_file()))

    def write(folder: Path) -> None:
        for name in copied:
            shutil.copyfile(run / name, folder / name)
        save_latents(folder, type(validation)(**(vars(validation) | predicted)))
        text = run_card(run, load_model(run), len(validation))
        (folder / CARD).write_text(text, encoding="utf-8")

    check_room(out, sum((run / name).stat().st_size for name in (*copied, LATENTS)))
    write_together(out, write, without=OPTIONAL)
    print(f"published to {out}: {len(validation):,} codes with predicted labels, no checkpoint")
