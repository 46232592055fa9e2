"""What a process may use, and that children end with their parent."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from data.machine import free_memory, usable_cores, workers_for

OWN = len(os.sched_getaffinity(0))


def group(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_of_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, OWN),
        ({"cpu_of_max": "max 100000"}, OWN),
        ({"cpu_of_max": "100000 100000"}, 1),
        ({"cpu_of_max": "10000 100000"}, 1),
        ({"cpu_of_max": "9900000 100000"}, OWN),
        ({"cpu__cpu_of_cfs_quota_us": "-1", "cpu__cpu_of_cfs_period_us": "100000"}, OWN),
        ({"cpu__cpu_of_cfs_quota_us": "150000", "cpu__cpu_of_cfs_period_us": "100000"}, 1),
    ],
)
def test_cores_are_those_of_the_group(tmp_path: Path, files: dict[str, str], cores: int):
    assert usable_cores(group(tmp_path, **files)) == cores


def test_cores_are_those_of_the_affinity():
    program = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "from data.machine import usable_cores; print(usable_cores())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "1\n"


def test_memory_is_the_least_of_machine_and_group(tmp_path: Path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9000 kB\nMemAvailable: 4000 kB\n")
    assert free_memory(tmp_path, meminfo) == 4000 * 1024
    group(tmp_path, memory_of_max="max", memory_of_current="5")
    assert free_memory(tmp_path, meminfo) == 4000 * 1024
    group(tmp_path, memory_of_max="1000000", memory_of_current="400000")
    assert free_memory(tmp_path, meminfo) == 600_000
    assert free_memory(tmp_path / "none", tmp_path / "none") is None


def test_workers_are_as_many_as_parts_cores_and_memory_allow():
    assert workers_for(1, 1, free=100) == 1
    assert workers_for(1000, 60, free=100) == 1
    assert workers_for(1000, 200, free=100) == 1  # one there must be
    assert workers_for(1000, 1, free=10**6) == OWN


# Under nohup, a process is born deaf to the third of the signals.
HEARING = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)"
CHILD = """
import sys, time
from data.machine import end_with_parent
end_with_parent(sys.stdin.buffer)
print("child", flush=True)
time.sleep(600)
"""
PARENT = f"""
{HEARING}
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdin=subprocess.PIPE)
print(child.pid, flush=True)
time.sleep(600)
"""
POOL = f"""
{HEARING}
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
import os
from data.machine import end_with_parent

if __name__ == "__main__":
    with ProcessPoolExecutor(1, get_context("spawn"), end_with_parent) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        print("child", flush=True)
        time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("kind", ["pipe", "pool"])
def test_a_child_ends_with_its_parent_however_that_ends(tmp_path: Path, how: int, kind: str):
    """A pipe that both hold closes when the last of them has ended: no waiting for a while."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT if kind == "pipe" else POOL)
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )
    assert int(parent.stdout.readline()) != parent.pid
    assert parent.stdout.readline() == "child\n"
    parent.send_signal(how)
    parent.wait()
    assert parent.stdout.read() == ""  # returns when nobody holds the other end any more
