"""Stands for a GPU where there is none: tensors that lie elsewhere, and what waits for them.

A far tensor says that it is on "cuda" and holds one of the CPU, which all is computed with. So code
runs as it would on a GPU, gives what it gives on the CPU, and each operation for which Python would
have to wait until the device is done is counted. Of gradients it knows nothing.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from tests.training.compute.tape import LOOKS, _memory

CUDA = torch.device("cuda", 0)
# They look at whether they came to an end.
LOOKS_ALSO = ("_linalg_eigh", "linalg_cholesky_ex", "_linalg_svd", "linalg_inv_ex")


class Far(Tensor):
    """held: the values."""

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> "Far":
        with torch.inference_mode(False):  # a view of what was made outside of it is none
            far = Tensor._make_wrapper_subclass(
                cls,
                held.shape,
                strides=held.stride(),
                storage_offset=held.storage_offset(),
                dtype=held.dtype,
                device=CUDA,
            )
        far.held = held
        return far

    @classmethod
    def __torch_dispatch__(cls, operation, types, args=(), kwargs=None):
        raise AssertionError(f"{operation} came after the device was gone")


class FarDevice(TorchDispatchMode):
    """waits: where the program waited for the device, as lines of it."""

    def __init__(self):
        super().__init__()
        self.waits: list[str] = []
        self._pinned: list[Tensor] = []

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if torch._C._dispatch_has_kernel_for_dispatch_key(
            operation.name(), "CompositeImplicitAutograd"
        ):  # made of others, each of which comes here
            with self:
                return operation.decompose(*args, **kwargs)
        name = operation.name().split("::")[1].split(".")[0]
        if name == "_pin_memory":
            self._pinned.append(args[0].clone())
            return self._pinned[-1]
        if kwargs.get("pin_memory"):
            self._pinned.append(operation(*args, **kwargs | {"pin_memory": False}))
            return self._pinned[-1]
        taken = [value for value in tree_leaves((args, kwargs)) if isinstance(value, Tensor)]
        asked = torch.device(kwargs["device"]) if kwargs.get("device") is not None else None
        was_far = any(isinstance(value, Far) for value in taken)
        is_far = was_far if asked is None else asked.type == "cuda"
        if name == "copy_":
            is_far = isinstance(args[0], Far)
        if is_far and asked is not None:
            kwargs["device"] = torch.device("cpu")
        if self._waits(name, taken, args, kwargs, was_far, is_far):
            stack = traceback.extract_stack()[::-1]
            line = next(f for f in stack if f.filename != __file__ and "/torch/" not in f.filename)
            self.waits.append(f"{operation} at {line.filename}:{line.lineno}")
        held = {id(value.held): value for value in taken if isinstance(value, Far)}
        found = operation(*tree_map(_held, args), **tree_map(_held, kwargs))
        if not is_far:
            return found.clone() if name == "_to_copy" and was_far else found

        def far(value: Any) -> Any:
            if not isinstance(value, Tensor):
                return value
            return held[id(value)] if id(value) in held else Far(value)

        return tree_map(far, found)

    def _waits(
        self, name: str, taken: list[Tensor], args: Any, kwargs: Any, was_far: bool, is_far: bool
    ) -> bool:
        if not (was_far or is_far):
            return False
        near = [value for value in taken if not isinstance(value, Far)]
        if name in ("_to_copy", "copy_") and taken:
            pinned = {_memory(v) for v in near} <= {_memory(v) for v in self._pinned}
            at_once = kwargs.get("non_blocking") or (name == "copy_" and args[2:] == (True,))
            crosses = was_far != is_far or bool(near)
            return crosses and not (at_once and near and pinned)
        if any(value.dim() for value in near):
            if not name.startswith("index"):
                raise RuntimeError(f"expected all tensors on one device; {name} has two")
            return True  # positions are brought to the device
        masked = name.startswith("index") and any(v.dtype == torch.bool for v in taken[1:])
        return masked or name in (*LOOKS, *LOOKS_ALSO)


def _held(value: Any) -> Any:
    return value.held if isinstance(value, Far) else value


@contextmanager
def far_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[FarDevice]:
    """While this lasts there is a GPU, for what computes without gradients."""
    if not torch.cuda.is_available():
        torch._C._ensureCUDADeviceGuardSet()  # as torch does for its fake tensors
        monkeypatch.setattr(torch.cuda, "_lazy_init", lambda: None)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device=None: (1 << 40, 1 << 40))
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: False)
    monkeypatch.setattr(torch.__future__, "_overwrite_module_params_on_conversion", True)
    # Without cuDNN its operations are those that the CPU has, too.
    with torch.backends.cudnn.flags(enabled=False), FarDevice() as device:
        yield device
