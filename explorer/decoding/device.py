"""Which device networks are computed on; torch is needed, and asked, only for a GPU."""

import importlib.util
import platform
import sys
from pathlib import Path

# Of drivers of NVIDIA, of Windows's Linux, and of AMD.
DRIVERS = (Path("/dev/nvidiactl"), Path("/dev/dxg"), Path("/dev/kfd"))


def pick_device(name: str = "auto") -> str:
    """ "cuda", "mps" or "cpu": the named one, or for "auto" the best one present.

    Raises ValueError when the named device is not there.
    """
    if name == "cpu" or (name == "auto" and not (may_have_gpu() and has_torch())):
        return "cpu"
    if not has_torch():
        raise ValueError(
            f"expected --device auto or cpu without torch; found {name!r}; "
            'next: pip install ".[train]"'
        )
    from training.compute.device import pick_device as pick

    return pick(name).type


def may_have_gpu() -> bool:
    """Whether it is worth the seconds that importing torch takes to ask it."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    return sys.platform == "win32" or any(driver.exists() for driver in DRIVERS)


def has_torch() -> bool:
    """Whether it is installed; it is not imported."""
    return importlib.util.find_spec("torch") is not None
