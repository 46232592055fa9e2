"""Step 10: one code drawn four ways, and what each way keeps of the picture."""

from typing import Any, NamedTuple

import numpy as np

from explorer.learn.distributions import as_levels, sample_picture
from explorer.learn.model_access import distribution, means, tensor_of
from explorer.recipe.renderers import SHARP_RENDERER
from explorer.run.loaded import Loaded
from training.judge.sharpness import sharpness
from training.model.figures import likeness

SEED = 0  # of the noise in a sample of p(x|z)


class Drawn(NamedTuple):
    """One way to draw a code. psnr: dB against the picture. sharpness: as a share of its own."""

    name: str
    picture: np.ndarray
    psnr: float
    sharpness: float


def drawn_ways(loaded: Loaded, picture: np.ndarray) -> list[Drawn]:
    """A picture's code as the mean, as a sample of p(x|z) and, where there is one, sharp.

    picture: (S, S, 3) uint8, real or not. The code is refined (training/codes/refine.py).
    """
    code = loaded.encoder.refined(picture[None])
    ways = {
        "the mean of p(x|z)": as_levels(means(loaded.model, code)[0]),
        "a sample of p(x|z)": sample_picture(distribution(loaded.model, code[0]), SEED),
    }
    if SHARP_RENDERER in loaded.run.renderers:
        ways["sharp"] = loaded.named(SHARP_RENDERER).decode(code)[0]
    detail = _detail(picture)
    return [
        Drawn(name, drawn, float(likeness(picture, drawn)), _detail(drawn) / detail)
        for name, drawn in ways.items()
    ]


def measured(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of a table, mean and sharp: what a report tells of all validation pictures.

    Empty where the report tells of no sharp renderer.
    """
    if not (sharp := report.get("sharp")):
        return []
    quality = report.get("frechet") or {}
    rows = (
        ("mean", report["psnr_mean_db"], report["sharpness_mean"], quality.get("reconstructions")),
        ("sharp", sharp["psnr_db"], sharp["sharpness"], sharp["frechet_reconstructions"]),
    )
    titles = ("drawn", "PSNR, dB", "sharpness", "Fréchet distance")
    return [
        dict(
            zip(titles, (name, *(None if v is None else round(v, 2) for v in values)), strict=True)
        )
        for name, *values in rows
    ]


def _detail(picture: np.ndarray) -> float:
    return max(float(sharpness(tensor_of(picture))), 1e-9)
