"""Rate against distortion and samples: the same VAE with several weights of the rate.

    python -m training sweep --data data/prepared/celeba64 --out runs/sweep --betas 0.5 1 2 4

Each beta is fitted, encoded and evaluated into a folder of its own, OUT/beta0.5 and so on, all from
fresh weights or all from those of one run (--start). What is done is not done again, so a stopped
sweep continues. sweep.md holds the table and sweep.svg the plot: what a nat of rate buys in PSNR,
and what it costs in samples.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from data.prepared import Prepared
from training.codes.encode import encode
from training.compute.processes import Processes
from training.judge.evaluate import evaluate
from training.loop.loop import fit
from training.model.config import ConfigError, ModelConfig, TrainingConfig
from training.run.files import write_atomically
from training.run.run_folder import CONFIG, own_report

TABLE, PLOT = "sweep.md", "sweep.svg"
WIDTH, HEIGHT, LEFT, BELOW, ABOVE = 420, 300, 60, 50, 30  # pixels of a panel, and of its margins
COLOURS = {"prior": "#9a9a9a", "mixture": "#d55e00", "psnr": "#0072b2"}


def sweep(
    prepared: Prepared,
    out: Path,
    model: ModelConfig,
    training: TrainingConfig,
    betas: Sequence[float],
    processes: Processes,
    samples: int,
    start: Path | None = None,
) -> list[dict[str, Any]]:
    """Train and measure the model with each beta: a row of figures for each, by rising beta.

    start: a run of the same network with whose weights each begins.

    Raises ConfigError for fewer than two betas, and what `fit` and `evaluate` raise.
    """
    if len({*betas}) < 2:
        raise ConfigError(f"expected at least two different --betas; found {list(betas)}")
    if model.kind != "vae":
        raise ConfigError(f"expected --preset of a VAE; found one of {model.kind}")
    rows = []
    for beta in sorted({*betas}):
        run, options = out / f"beta{beta:g}", replace(training, beta=beta)
        resume = (run / CONFIG).is_file()  # where all is done, it asks for the same options
        fit(prepared, run, model, options, processes=processes, start=start, resume=resume)
        if not own_report(run).get("frechet"):
            encode(run, prepared, processes.device, steps=0)
            evaluate(run, prepared, processes.device, importance_pictures=0, samples=samples)
        report = own_report(run)
        drawn = report["frechet"]["samples"]
        rows.append(
            {
                "beta": beta,
                "rate": report["rate_nats"],
                "psnr": report["psnr_mean_db"],
                "active_units": report["active_units"],
                "prior": drawn["prior"],
                "mixture": drawn["mixture"],
            }
        )
    for name, text in ((TABLE, table(rows)), (PLOT, plot(rows))):
        write_atomically(out / name, partial(Path.write_text, data=text, encoding="utf-8"))
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown."""
    head = "| beta | rate, nats | PSNR, dB | active units | Fréchet, prior | Fréchet, mixture |"
    lines = [head, "| --- " * 6 + "|"]
    lines += [
        f"| {r['beta']:g} | {r['rate']:.1f} | {r['psnr']:.2f} | {r['active_units']} "
        f"| {r['prior']:.2f} | {r['mixture']:.2f} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def plot(rows: list[dict[str, Any]]) -> str:
    """SVG: PSNR, and beside it both Fréchet distances, over the rate; betas stand at the points."""
    panels = [
        _panel(rows, ("psnr",), "PSNR, dB", 0),
        _panel(rows, ("prior", "mixture"), "Fréchet distance of samples", WIDTH),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}" '
        f'width="{2 * WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="13">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{"".join(panels)}</svg>\n'
    )


def _panel(rows: list[dict[str, Any]], names: tuple[str, ...], title: str, x0: int) -> str:
    rates = [r["rate"] for r in rows]
    values = [r[name] for r in rows for name in names]
    x = _scale(rates, x0 + LEFT, x0 + WIDTH - 20)
    y = _scale(values, HEIGHT - BELOW, ABOVE)
    bottom = HEIGHT - BELOW
    parts = [
        f'<text x="{x0 + LEFT}" y="18" font-weight="bold">{title}</text>\n',
        f'<path d="M{x0 + LEFT} {ABOVE}V{bottom}H{x0 + WIDTH - 10}" fill="none" stroke="#555"/>\n',
        f'<text x="{x0 + (LEFT + WIDTH) / 2:.0f}" y="{HEIGHT - 12}" text-anchor="middle">'
        "rate, nats</text>\n",
    ]
    for value in (min(values), max(values)):
        place = f'x="{x0 + LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end"'
        parts.append(f"<text {place}>{value:.1f}</text>\n")
    for rate in (min(rates), max(rates)):
        parts.append(
            f'<text x="{x(rate):.1f}" y="{bottom + 18}" text-anchor="middle">{rate:.0f}</text>\n'
        )
    for k, name in enumerate(names):
        places = [(x(r["rate"]), y(r[name])) for r in rows]
        path = "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
        parts.append(f'<path d="M{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>\n')
        for row, (a, b) in zip(rows, places, strict=True):
            parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{COLOURS[name]}"/>\n')
            if k == 0:
                parts.append(f'<text x="{a + 6:.1f}" y="{b - 8:.1f}">β {row["beta"]:g}</text>\n')
        if len(names) > 1:
            parts.append(
                f'<text x="{x0 + WIDTH - 20}" y="{18 + 16 * k}" text-anchor="end" '
                f'fill="{COLOURS[name]}">{name}</text>\n'
            )
    return "".join(parts)


def _scale(values: list[float], start: float, end: float) -> Callable[[float], float]:
    """Maps the span of values, and a little more, onto start to end."""
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or 1.0
    return lambda v: start + (v - low + room) / (high - low + 2 * room) * (end - start)
