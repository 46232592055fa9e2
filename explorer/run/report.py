"""What a report.json may tell: of a run that somebody else made, or that a disk has changed.

The page shows its figures in many places; each may believe that a number is one.
"""

from collections.abc import Mapping
from typing import Any

# Figures that are numbers, or None where they were not measured.
NUMBERS = (
    *("pictures", "psnr_mean_db", "psnr_first_percentile_db", "psnr_sample_db", "ssim_mean"),
    *("sharpness_mean", "sigma", "distortion_nats", "rate_nats", "elbo_nats", "bits_per_dim"),
    *("active_units", "refine_steps"),
)
LISTS = ("kl_per_dimension", "spread_per_dimension")  # of numbers
# Figures that are objects; what in each of them holds numbers by name.
OBJECTS: Mapping[str, tuple[str, ...]] = {
    "probes": ("auc",),
    "frechet": ("samples",),
    "sharp": ("frechet_samples",),
    **dict.fromkeys(("map", "importance_weighted", "encoder", "trained_on"), ()),
}


def wrong_figures(report: Mapping[str, Any]) -> list[str]:
    """Names of the figures that are of another kind than they must be."""
    wrong = [name for name in NUMBERS if not _is_number(report.get(name))]
    wrong += [name for name in LISTS if not _is_list(report.get(name))]
    for name, inner in OBJECTS.items():
        part = report.get(name)
        if part is None:
            continue
        if not isinstance(part, dict):
            wrong.append(name)
            continue
        tables = {key: part.get(key) for key in (part if name == "map" else inner)}
        wrong += [f"{name}.{key}" for key, table in tables.items() if not _is_table(table)]
    return wrong


def believable(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report without those of its figures that are of another kind."""
    wrong = {name.partition(".")[0] for name in wrong_figures(report)}
    return {name: value for name, value in report.items() if name not in wrong}


def _is_number(value: Any) -> bool:
    return value is None or (
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    )


def _is_list(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(map(_is_number, value)))


def _is_table(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and all(map(_is_number, value.values())))
