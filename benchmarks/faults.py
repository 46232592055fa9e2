"""Killing a command at every place at which it changes the disk, as a power cut might.

Python tells of each file that is opened for writing, renamed or removed (`sys.addaudithook`); at
one of these the process ends itself by SIGKILL, which nothing can catch. The command runs in a fork
of this process, so that its modules are read once.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.link"}

Command = Callable[[Path], int]  # works in a folder, returns an exit code


def in_a_fork(command: Command, folder: Path, kill_at: int = 0) -> int:
    """Run a command in a process of its own: its exit code, -9 where it was killed.

    kill_at: at which change of a file below `folder`, from 1 up; 0 for none.
    """
    child = os.fork()
    if not child:
        silent = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(silent, stream)
        code = 1
        try:
            if kill_at:
                _kill_at(kill_at, folder)
            code = command(folder)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def killed_everywhere(
    command: Command,
    template: Path | None,
    scratch: Path,
    holds: Callable[[Path], bool],
    step: int = 1,
) -> tuple[int, int]:
    """Kill a command at its first change, `step` later, and so on: how often, and how often well.

    template: what the folder holds before; None for nothing. holds: whether all is well in the
    folder of a command that was killed.
    """
    killed = well = 0
    for at in range(1, 10_000, step):
        folder = scratch / "folder"
        shutil.rmtree(folder, ignore_errors=True)
        if template is not None:
            shutil.copytree(template, folder)
        if in_a_fork(command, folder, at) != -signal.SIGKILL:
            break
        killed, well = killed + 1, well + holds(folder)
    return killed, well


def _kill_at(number: int, folder: Path) -> None:
    left, below = number, str(folder)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        written = event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)
        if not (written or event in CHANGES) or not str(arguments[0]).startswith(below):
            return
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
