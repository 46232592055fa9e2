"""What a run's report tells of each of its renderers, wherever it stands there."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from explorer.recipe.renderers import MEAN_RENDERER, SHARP_RENDERER


class Measured(NamedTuple):
    """Of all validation pictures, drawn from their codes; None for what was not measured.

    psnr: dB. ssim: at most 1. sharpness: as a share of the pictures'. reconstructions: Fréchet
    distance to the pictures. samples: sampler -> Fréchet distance of what it draws.
    """

    psnr: float
    ssim: float | None
    sharpness: float | None
    reconstructions: float | None
    samples: Mapping[str, float]


def guess_psnr(report: Mapping[str, Any]) -> float:
    """PSNR in dB of all validation pictures, drawn from the encoder's codes as they are."""
    return float((report.get("encoder") or report)["psnr_mean_db"])


def measured(report: Mapping[str, Any]) -> dict[str, Measured]:
    """Name of a renderer -> its figures; the mean first, others where the report tells of them."""
    quality = report.get("frechet") or {}
    found = {
        MEAN_RENDERER: Measured(
            report["psnr_mean_db"],
            report.get("ssim_mean"),
            report.get("sharpness_mean"),
            quality.get("reconstructions"),
            quality.get("samples", {}),
        )
    }
    if sharp := report.get(SHARP_RENDERER):
        found[SHARP_RENDERER] = Measured(
            sharp["psnr_db"],
            sharp["ssim"],
            sharp["sharpness"],
            sharp["frechet_reconstructions"],
            sharp["frechet_samples"] or {},
        )
    return found
