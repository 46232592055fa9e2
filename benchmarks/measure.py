"""What benchmarks share: medians after a warm-up, and the last line that programs read."""

import json
import statistics
import time
from collections.abc import Callable
from typing import Any


def median_ms(call: Callable[[], Any], repeats: int = 20, warm_up: int = 3) -> float:
    """Median wall time of `call` in milliseconds, after `warm_up` calls that do not count."""
    for _ in range(warm_up):
        call()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def print_figures(lines: list[str], figures: dict[str, Any]) -> None:
    """Lines for people, then the figures as one line of JSON, rounded to three places."""
    rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in figures.items()}
    print("\n".join(lines))
    print(json.dumps(rounded, allow_nan=False))
