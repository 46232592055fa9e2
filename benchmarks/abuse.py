"""How much it takes: what is tried to break the explorer, and what of it is survived.

    python -m benchmarks abuse

Each half prints a table of what it tried: files and killed commands here, clients beside them where
there is a half for them.
"""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.abuse_files import INPUTS, abuse_files


def abuse(inputs: int = INPUTS, step: int = 1) -> tuple[list[str], dict[str, Any]]:
    """Lines for people, and figures: inputs tried of each kind, and faults survived."""
    with tempfile.TemporaryDirectory() as scratch:
        tried = abuse_files(Path(scratch), inputs, step)
    lines = [f"{'':24}{'tried':>8}{'survived':>10}"]
    lines += [f"{kind:24}{count:8,}{survived:10,}" for kind, (count, survived) in tried.items()]
    names = {kind: kind.replace(",", "").replace(" ", "_") for kind in tried}
    figures = {f"{names[kind]}_tried": count for kind, (count, _) in tried.items()}
    return lines, figures | {f"{names[kind]}_survived": well for kind, (_, well) in tried.items()}
