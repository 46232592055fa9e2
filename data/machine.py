"""What of the machine this process may use, and how its children end with it.

A container's share of cores and memory (cgroup, versions 1 and 2) counts, not what the hardware
has.
"""

import multiprocessing
import os
import threading
from multiprocessing.connection import wait
from pathlib import Path
from typing import BinaryIO

CGROUP = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = CGROUP) -> int:
    """Cores that this process may use: of its affinity, and of its group's quota of time."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:  # macOS, Windows
        cores = os.cpu_count() or 1
    quota, period = [*_words(cgroup / "cpu.max"), "max", "100000"][:2]
    if quota == "max":
        quota = [*_words(cgroup / "cpu/cpu.cfs_quota_us"), "-1"][0]
        period = [*_words(cgroup / "cpu/cpu.cfs_period_us"), "100000"][0]
    share = float(quota) / float(period) if quota not in ("max", "-1") else cores
    return max(1, min(cores, int(share)))


def free_memory(cgroup: Path = CGROUP, meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Bytes that this process may still take up; None where the system does not say."""
    bounds = []
    for line in _lines(meminfo):
        if line.startswith("MemAvailable:"):
            bounds.append(int(line.split()[1]) * 1024)
    for most, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        limit, held = _words(cgroup / most), _words(cgroup / used)
        if limit and held and limit[0] != "max":
            bounds.append(max(0, int(limit[0]) - int(held[0])))
    return min(bounds, default=None)


def workers_for(most: int, memory: int, free: int | None = None) -> int:
    """Processes to share work among: a core for each, and `memory` bytes of what is free.

    most: how many parts the work has. free: bytes, measured where None.
    """
    room = free_memory() if free is None else free
    by_memory = most if room is None else room // memory
    return max(1, min(most, usable_cores(), by_memory))


def end_with_parent(pipe: BinaryIO | None = None) -> None:
    """End this process as soon as the one that started it has ended, however that ended.

    To be called in a child: of multiprocessing, or with the reading end of a `pipe` whose writing
    end the parent alone holds and never writes to.
    """
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if pipe is not None:
            while os.read(pipe.fileno(), 4096):  # a buffered read would hold a lock at shutdown
                pass
        elif parent is not None:
            wait([parent.sentinel])
        os._exit(1)

    if pipe is not None or parent is not None:
        threading.Thread(target=watch, daemon=True).start()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:  # another system, or no such limit
        return []


def _words(path: Path) -> list[str]:
    return " ".join(_lines(path)).split()
