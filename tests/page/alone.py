"""Runs code without a network: in a namespace of its own, where there is loopback and no route.

The kernel counts there what was sent to where no route leads, whoever sent it: also libraries that
do not ask Python, and names that are looked up.
"""

import fcntl
import json
import socket
import struct
import subprocess
import sys
from functools import cache
from pathlib import Path

UNSHARE = ("unshare", "--net", "--map-root-user")
SIOCSIFFLAGS, UP, RUNNING = 0x8914, 0x1, 0x40  # of netdevice(7)
BEGIN = "from tests.page.alone import begin, end; begin()\n"
END = "\nend()\n"


def why_not() -> str:
    """Why there is no such namespace here; "" where there is."""
    try:
        subprocess.run([*UNSHARE, "true"], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"needs the right to make a network namespace: {getattr(error, 'stderr', error)}"
    return ""


def alone(code: str, cwd: Path, patience: float) -> int:
    """Run Python code without a network; returns how often it asked for anything but loopback."""
    command = [*UNSHARE, sys.executable, "-c", f"{BEGIN}{code}{END}"]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=patience)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


# In the namespace


@cache
def begin() -> None:
    """Loopback is down in a new namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sH14s", b"lo", UP | RUNNING, b"")
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, asked)
    assert not asked_outside()


def end() -> None:
    """Print how often something outside was asked."""
    print(asked_outside())


def asked_outside() -> int:
    """How often something was sent to where no route leads, since the namespace is there."""
    names, values = (line.split() for line in _lines("/proc/net/snmp") if line.startswith("Ip:"))
    version_4 = int(dict(zip(names, values, strict=True))["OutNoRoutes"])
    version_6 = sum(
        int(line.split()[1])
        for line in _lines("/proc/net/snmp6")
        if line.startswith("Ip6OutNoRoutes")
    )
    return version_4 + version_6


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()
