"""Run folders beside the one that is open: which there are, their curves and their figures."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.json_text import parse_json, read_json
from explorer.language.text import N_
from explorer.run.report import believable
from explorer.run.twin import twin_folder
from training.run.run_folder import METRICS, REPORT, RunConfig, RunError, read_config

ROOT = Path(__file__).parents[2] / "runs"
POINTS = 300  # of a curve, at most; more cannot be seen


@dataclass(frozen=True, eq=False)
class Trained:
    """What a run folder tells without its weights.

    name: of the folder. curves: column of metrics.jsonl -> (T,) float64, "epoch" among them, at
    most POINTS, each the mean of its neighbourhood. report: report.json, empty without one.
    """

    root: Path
    name: str
    config: RunConfig
    curves: dict[str, np.ndarray]
    report: dict[str, Any]


def known_runs(chosen: Path, runs: Path = ROOT) -> list[Trained]:
    """The chosen run, its twin and every run in `runs`, those without a readable config left out.

    Names that are met twice get that of their parent folder, too.
    """
    places = [chosen, twin_folder(chosen), *sorted(p for p in runs.glob("*") if p.is_dir())]
    known: dict[Path, Trained] = {}
    for place in places:
        root = place.resolve()
        if root in known:
            continue
        try:
            config = read_config(root)
        except RunError:
            continue
        name = root.name
        if name in {trained.name for trained in known.values()}:
            name = f"{root.parent.name}/{name}"
        known[root] = Trained(root, name, config, read_curves(root), _report(root))
    return list(known.values())


def read_curves(run: Path) -> dict[str, np.ndarray]:
    """metrics.jsonl as columns; empty when there is none. A line cut short is left out."""
    try:
        lines = (run / METRICS).read_bytes().splitlines()
    except OSError:
        return {}
    rows = []
    for line in lines:
        try:
            row = parse_json(line)
        except ValueError:  # being written now, or none at all
            continue
        if isinstance(row, dict):
            rows.append({k: v for k, v in row.items() if _is_number(v)})
    if not rows:
        return {}
    names = [name for name in rows[0] if all(name in row for row in rows)]
    columns = {name: np.array([row[name] for row in rows], float) for name in names}
    parts = np.array_split(np.arange(len(rows)), min(POINTS, len(rows)))
    return {k: np.array([column[part].mean() for part in parts]) for k, column in columns.items()}


def _report(run: Path) -> dict[str, Any]:
    try:
        report = read_json(run / REPORT)
    except (OSError, ValueError):
        return {}
    return believable(report) if isinstance(report, dict) else {}


# What runs are compared by: title, what makes a number of the report, digits.
FIGURES = {
    N_("PSNR (dB)"): ("psnr_mean_db", 2),
    "SSIM": ("ssim_mean", 3),
    N_("Sharpness"): ("sharpness_mean", 2),
    N_("rate (nats)"): ("rate_nats", 1),
    N_("bits per dimension"): ("bits_per_dim", 3),
    N_("active units"): ("active_units", 0),
}


def comparison(runs: list[Trained]) -> list[dict[str, Any]]:
    """A row for each run: its figures, None where they were not measured."""
    samplers = dict.fromkeys(
        name for run in runs for name in (run.report.get("frechet") or {}).get("samples", {})
    )
    rows = []
    for run in runs:
        config = run.config.model
        row: dict[str, Any] = {
            N_("run"): run.name,
            N_("model"): f"{config.kind}, {'adopted' if config.adopted else config.likelihood}",
        }
        row |= {title: _rounded(run.report.get(key), n) for title, (key, n) in FIGURES.items()}
        drawn = (run.report.get("frechet") or {}).get("samples", {})
        row |= {f"Fréchet, {name}": _rounded(drawn.get(name), 2) for name in samplers}
        rows.append(row)
    return rows


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
