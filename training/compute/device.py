"""Which device and which precision to compute with."""

import contextlib
import functools
from collections.abc import Iterator

import torch


def pick_device(name: str = "auto") -> torch.device:
    """The named device, or for "auto" the best one present: cuda, then mps, then cpu.

    Raises ValueError when the named device is not there.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, present in there.items() if present))
    if not there.get(name.split(":")[0], False):
        present = ", ".join(kind for kind, present in there.items() if present)
        raise ValueError(f"expected --device auto or one of: {present}; found {name!r}")
    return torch.device(name)


def bfloat16_helps(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 matrices faster than float32 ones."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return False


def training_order(device: torch.device) -> torch.memory_format:
    """The memory order in which convolutions and what stands between them train fastest.

    A CPU multiplies a little faster with channels last, and torch's gradient of a GroupNorm with
    few channels a group takes ten times as long there in bfloat16.
    """
    return torch.contiguous_format if device.type == "cpu" else torch.channels_last


def mixed_precision(device: torch.device, bfloat16: bool) -> contextlib.AbstractContextManager:
    """Autocast to bfloat16 where asked for; weights and losses stay float32."""
    return torch.autocast(device.type, torch.bfloat16) if bfloat16 else contextlib.nullcontext()


def drawing_device(device: torch.device) -> torch.device:
    """Where a training on this device draws its random numbers.

    A GPU draws its own, since what is drawn elsewhere would have to be copied to it. Other devices
    take those of a CPU.
    """
    return device if device.type == "cuda" else torch.device("cpu")


@functools.cache
def constant(
    values: tuple[float, ...], device: torch.device, dtype: torch.dtype = torch.float32
) -> torch.Tensor:
    """(N,) of N numbers on a device, the same tensor each time: not to be written to.

    Copying them there would make a step wait for a GPU.
    """
    with torch.inference_mode(False):
        return torch.tensor(values, dtype=dtype, device=device)


@contextlib.contextmanager
def repeatable(device: torch.device) -> Iterator[None]:
    """Convolutions give the same each time on a GPU, too; elsewhere they do anyway."""
    if device.type != "cuda":
        yield
        return
    before = torch.backends.cudnn.deterministic
    torch.backends.cudnn.deterministic = True
    try:
        yield
    finally:
        torch.backends.cudnn.deterministic = before
