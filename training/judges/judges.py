"""Two sets of judges that look where an attribute is: trained, calibrated and put to the test.

    python -m training judges --data data/prepared/celeba64 --out runs/judges --set a
    python -m training judges --data data/prepared/celeba64 --out runs/judges --set b

Set "a" may be trained through, set "b" only scores what was. They share neither people's pictures
nor architecture, seed and augmentation, so that what fools one is no secret of the other's.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from data import ATTRIBUTES
from data.errors import DataError
from data.prepared import Prepared
from training.codes.encode import check_size
from training.codes.roc import roc_areas
from training.judges.calibration import calibration, calibration_error
from training.judges.composites import Judge, composite_figures, patch_figures
from training.judges.files import judge_figures, judges_path, load_judges, save_network
from training.judges.learning import (
    BATCH,
    FEWER,
    RECIPES,
    STEPS,
    WHOLE_STEPS,
    Pictures,
    Recipe,
    half_of_people,
    in_order,
    label_table,
    learn_place,
)
from training.judges.networks import JudgeSet
from training.judges.places import PLACES, SIZE, WHOLE
from training.judges.visible import least_visible
from training.model.config import ConfigError
from training.run.latents import load_latents_of
from training.run.run_folder import load_model, weights_key
from training.run.sharp import has_sharp, load_sharp

PICTURES = "pictures"  # what is judged: validation pictures, or what a renderer makes of them


def train_judges(
    prepared: Prepared,
    folder: Path,
    name: str,
    *,
    steps: int = STEPS,
    whole_steps: int = WHOLE_STEPS,
    run: Path | None = None,
    others: Mapping[str, Judge] | None = None,
    recipe: Recipe | None = None,
    device: torch.device,
    resume: bool = False,
) -> dict[str, Any]:
    """Train a set and write judges_NAME.safetensors and its figures, which it returns.

    Each place's network leaves a checkpoint until all are done; `resume` continues from these.
    run, others: as in `calibrate_judges`. recipe: another than the set's. Raises ConfigError for
    pictures of another size, DataError and RunError for what is missing, Diverged.
    """
    if prepared.size != SIZE:
        raise ConfigError(
            f"expected pictures of {SIZE}x{SIZE}, which judges look at; found {prepared.size}"
        )
    recipe = recipe or RECIPES[name]
    rows = prepared.rows("train")
    rows = rows[half_of_people(prepared.table["identity"].to_numpy()[rows], recipe.half)]
    if not len(rows):
        raise DataError(
            f"training pictures of half {recipe.half} of the people in {prepared.root}",
            "none",
            "prepare a folder with more pictures",
        )
    drawn = drawn_again(run, prepared, device) if run else {}  # first: it may be missing
    labels = label_table(prepared.table)[rows]
    shown = Pictures(prepared.pictures, rows, device)
    torch.manual_seed(recipe.seed)
    judges = JudgeSet(recipe.config).to(device).to(memory_format=torch.channels_last)
    checkpoints = []
    for place in PLACES:
        checkpoints.append(folder / f"judges_{name}.{place.name}.checkpoint.safetensors")
        network = judges.of_place(place.name)
        bands = max(1, round(FEWER.get(place.name, 1) * steps))
        count = whole_steps if place.name == WHOLE else bands
        average = learn_place(network, recipe, shown, labels, count, checkpoints[-1], resume)
        network.load_state_dict(average.state_dict())
    judges = judges.eval().requires_grad_(False).half().float()  # what the file will hold
    about = {
        "set": name,
        "network": asdict(recipe.config),
        "seed": recipe.seed,
        "half_of_people": recipe.half,
        "composites_and_patches": recipe.shape,
        "steps": steps,
        "fewer": FEWER,
        "whole_steps": whole_steps,
        "batch": BATCH,
        "data": prepared.fingerprint,
        "train_pictures": len(rows),
        "parameters": sum(p.numel() for p in judges.parameters()),
        "features_key": judges.features_key(),
    }
    figures = _calibrated(judges, about, prepared, run, drawn, others or {}, device)
    save_network(judges_path(name, folder), judges, figures)
    for path in checkpoints:
        path.unlink(missing_ok=True)
    return figures


def calibrate_judges(
    prepared: Prepared,
    folder: Path,
    name: str,
    *,
    run: Path | None = None,
    others: Mapping[str, Judge] | None = None,
    device: torch.device,
) -> dict[str, Any]:
    """Calibrate a trained set anew, measure it, and write it once more: the figures.

    run: whose renderers draw the validation pictures that scores are calibrated on; without one,
    the pictures themselves are. others: further judges for the composites, to compare with.
    Raises DataError and RunError for what is missing.
    """
    judges, before = load_judges(name, folder, device), judge_figures(name, folder)
    about = {key: before[key] for key in before if key not in MEASURED}
    drawn = drawn_again(run, prepared, device) if run else {}
    figures = _calibrated(judges, about, prepared, run, drawn, others or {}, device)
    save_network(judges_path(name, folder), judges, figures)
    return figures


MEASURED = (
    *("calibrated_on", "validation", "hardly_visible", "composites", "patches"),
)  # figures that calibration makes anew


def _calibrated(
    judges: JudgeSet,
    about: dict[str, Any],
    prepared: Prepared,
    run: Path | None,
    drawn: Mapping[str, Pictures],
    others: Mapping[str, Judge],
    device: torch.device,
) -> dict[str, Any]:
    """Set the scales and shifts; returns `about` with what was measured.

    Scores are calibrated on one half of the validation people and their error is measured on the
    other.
    """
    rows = prepared.rows("validation")
    labels = label_table(prepared.table)[rows]
    apart = half_of_people(prepared.table["identity"].to_numpy()[rows], 0)
    if apart.all() or not apart.any():  # one person
        apart = np.arange(len(rows)) % 2 == 0
    shown = {PICTURES: Pictures(prepared.pictures, rows, device)} | dict(drawn)
    for prefix in ("", "whole_"):
        getattr(judges, f"{prefix}scale").fill_(1)
        getattr(judges, f"{prefix}shift").fill_(0)
    ways = list(drawn) or [PICTURES]
    of_place = {way: in_order(judges, pictures) for way, pictures in shown.items()}
    of_whole = {way: in_order(judges.whole, pictures) for way, pictures in shown.items()}
    for prefix, logits in (("", of_place), ("whole_", of_whole)):
        scale, shift = calibration([logits[way][apart] for way in ways], labels[apart])
        scale, shift = scale.astype(np.float16), shift.astype(np.float16)  # as the file will
        getattr(judges, f"{prefix}scale").copy_(torch.from_numpy(scale))
        getattr(judges, f"{prefix}shift").copy_(torch.from_numpy(shift))
        for way in shown:
            logits[way] = scale.astype(np.float32) * logits[way] + shift.astype(np.float32)
    validation = {
        way: {
            "local": _figures(of_place[way], labels, ~apart),
            "whole": _figures(of_whole[way], labels, ~apart),
        }
        for way in shown
    }
    best = {
        name: max(validation[PICTURES][judge]["auc"].get(name, 0.5) for judge in ("local", "whole"))
        for name in validation[PICTURES]["local"]["auc"]
    }

    def batch(index: np.ndarray) -> Tensor:
        return shown[PICTURES].batch(torch.from_numpy(index))

    compared: dict[str, Judge] = {"local": judges, "whole": judges.whole, **others}
    return about | {
        "calibrated_on": {"ways": ways, "weights": weights_key(run) if run else None},
        "validation": validation,
        "hardly_visible": least_visible(best),
        "composites": composite_figures(compared, batch, labels),
        "patches": patch_figures(compared, batch, labels),
    }


def drawn_again(run: Path, prepared: Prepared, device: torch.device) -> dict[str, Pictures]:
    """Renderer -> the validation pictures as it draws them from their codes in `run`.

    Raises RunError where these are missing or of other pictures.
    """
    model = load_model(run, device)
    check_size(model, prepared)
    latents = load_latents_of(run, prepared.root, prepared.fingerprint)
    codes = torch.from_numpy(latents.mean[latents.rows("validation")])
    renderers = {"mean": model.decode}
    if has_sharp(run):
        renderers["sharp"] = load_sharp(run, device).network
    found = {}
    with torch.inference_mode():
        for name, draw in renderers.items():
            parts = [(draw(z.to(device)) * 255).round().byte().cpu() for z in codes.split(BATCH)]
            pictures = torch.cat(parts).permute(0, 2, 3, 1).numpy()
            found[name] = Pictures(pictures, np.arange(len(pictures)), device)
    return found


def _figures(logits: np.ndarray, labels: np.ndarray, measured: np.ndarray) -> dict[str, Any]:
    """AUC of each attribute that some have and some have not, and how far scores are from
    frequencies among those `measured`, (N,) bool. logits, labels: (N, 40).
    """
    aucs = roc_areas(logits, labels)
    auc = {name: round(float(aucs[k]), 4) for k, name in enumerate(ATTRIBUTES) if aucs[k] >= 0}
    scores = 1 / (1 + np.exp(-logits[measured].astype(np.float64)))
    truth = labels[measured]
    errors = [
        calibration_error(scores[:, k], has)
        for k, has in enumerate(truth.T)
        if 0 < has.sum() < len(has)
    ]
    return {
        "mean_auc": round(float(np.mean(list(auc.values()))), 4) if auc else None,
        "mean_calibration_error": round(float(np.mean(errors)), 4) if errors else None,
        "auc": auc,
    }


def summary(figures: Mapping[str, Any]) -> list[str]:
    """The figures as lines to print: areas, what no judge tells, composites and patches."""
    lines = []
    for way, of in figures["validation"].items():
        for judge, found in of.items():
            if found["mean_auc"] is not None:
                error = found["mean_calibration_error"]
                told = f"mean AUC {found['mean_auc']:.4f}"
                told += "" if error is None else f", calibration error {error:.4f}"
                lines.append(f"{f'{way}, {judge}':26} {told}")
    hidden = (f"{name} {auc:.2f}" for name, auc in figures["hardly_visible"].items())
    lines.append(f"{'hardly visible':26} {', '.join(hidden) or 'none'}")
    for title, words in (
        ("composites", ("believed", "disbelieved", "AUC")),
        ("patches", ("taken for it before", "after")),
    ):
        for attribute, by in figures[title].items():
            for judge, found in by.items():
                told = ", ".join(f"{w} {v:.2f}" for w, v in zip(words, found.values(), strict=True))
                lines.append(f"{f'{attribute}, {judge}':36} {told}")
    return lines
