"""How much it takes: what is tried to break the explorer, and what of it is survived.

    python -m benchmarks abuse

One half is damaged files and killed commands (abuse_files.py), the other is clients of the server
(abuse_server.py); each prints a table of what it tried.
"""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.abuse_files import INPUTS, abuse_files
from benchmarks.abuse_server import MESSAGES, abuse_server

HALVES = ("files", "server")


def abuse(
    run: Path,
    inputs: int = INPUTS,
    step: int = 1,
    messages: int = MESSAGES,
    half: str | None = None,
) -> tuple[list[str], dict[str, Any]]:
    """Lines for people, and figures: inputs tried of each kind, and faults survived.

    run: that the server opens. half: of HALVES, None for both. The others: as the halves take them.
    """
    lines: list[str] = []
    figures: dict[str, Any] = {}
    if half != "server":
        with tempfile.TemporaryDirectory() as scratch:
            tried = abuse_files(Path(scratch), inputs, step)
        lines += [f"{'':24}{'tried':>8}{'survived':>10}"]
        lines += [f"{kind:24}{count:8,}{survived:10,}" for kind, (count, survived) in tried.items()]
        for kind, (count, survived) in tried.items():
            name = kind.replace(",", "").replace(" ", "_")
            figures |= {f"{name}_tried": count, f"{name}_survived": survived}
    if half != "files":
        told, found = abuse_server(run, messages)
        lines += ["", *told] if lines else told
        figures |= found
    return lines, figures
