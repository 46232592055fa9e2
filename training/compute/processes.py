"""Several processes that work on one model, on one machine or more, through accelerate.

    python -m training fit --processes 2 ...                 # this machine
    torchrun --nnodes 2 --nproc-per-node 8 ... -m training fit ...    # several machines

Both set the environment by which torch.distributed knows who takes part. Every process draws what
one process would draw and takes its share of it, so that the result is the same up to the order of
sums. One process needs no accelerate.
"""

import gc
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from data.machine import end_with_parent, usable_cores
from training.compute.device import pick_device

STARTED = "STARTED_BY_TRAINING"  # in the environment of those that `run_in_processes` starts


@dataclass(frozen=True)
class Processes:
    """This process among `count`, its number `rank` from 0 up, computing on `device`."""

    device: torch.device
    rank: int = 0
    count: int = 1
    accelerator: Any = None  # accelerate.Accelerator, where count is above 1

    @property
    def first(self) -> bool:
        """Whether it is the one that writes and prints."""
        return self.rank == 0

    def share(self, values: Any) -> Any:
        """The part of (N, ...) values that falls to this process; N a multiple of `count`."""
        part = len(values) // self.count
        return values[self.rank * part : (self.rank + 1) * part]

    def mean(self, value: Tensor) -> Tensor:
        """The mean over all processes, on each; without a gradient where there are several."""
        if self.accelerator is None:
            return value
        return self.accelerator.reduce(value.detach(), "mean")

    def wrap(self, module: nn.Module) -> nn.Module:
        """The module with its gradients averaged over all processes in every backward pass."""
        return module if self.accelerator is None else self.accelerator.prepare(module)

    def gather(self, value: Any) -> list[Any]:
        """What every process gives, in the order of ranks, on each."""
        if self.accelerator is None:
            return [value]
        from accelerate.utils import gather_object

        return gather_object([value])

    def wait(self) -> None:
        """Until all processes are here."""
        if self.accelerator is not None:
            self.accelerator.wait_for_everyone()


def join(device: str = "auto") -> Processes:
    """This process's place among those that the environment names; alone where it names none.

    device: as for `pick_device`; with several GPUs each process takes the one of its number on its
    machine. Raises ValueError when the device is not there, or accelerate is not.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Processes(pick_device(device))
    # Its functions have as a default the group that there is when it is imported. DDP imports it:
    # sooner than that, so that nothing but this process's work refers to the group.
    import_module("torch.distributed.nn.functional")
    try:
        from accelerate import Accelerator
    except ImportError as error:
        raise ValueError(
            "expected accelerate for several processes; found none; next: pip install accelerate"
        ) from error
    kind = pick_device(device).type
    accelerator = Accelerator(cpu=kind == "cpu", mixed_precision="no")  # the loop casts by itself
    return Processes(
        accelerator.device, accelerator.process_index, accelerator.num_processes, accelerator
    )


def joined() -> bool:
    """Whether this process is one of several: between `join` and `leave`."""
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def leave() -> None:
    """End this process's part among several, once all are here: when its work is done.

    To be called when nothing of that work is referred to any more. A thread of the group that lives
    on while Python ends may end the process with an abort.
    """
    if joined():
        from accelerate import PartialState

        group = PartialState()
        group.wait_for_everyone()
        gc.collect()  # models and what averages their gradients refer to each other
        group.destroy_process_group()


def give_up(code: int) -> None:
    """End this process at once when it is one of several: after an error, which has been told.

    The others may wait for it, and it for them; leaving the group in order would do so, too. That
    its connections close tells them.
    """
    if joined():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def to_start(wanted: int) -> bool:
    """Whether `wanted` processes have still to be started.

    Raises ValueError when this one was started as one of another number.
    """
    if (found := os.environ.get("WORLD_SIZE")) is None:
        return wanted > 1
    if wanted not in (1, int(found)):
        raise ValueError(
            f"expected no --processes beside torchrun, which started {found}; "
            f"found --processes {wanted}"
        )
    return False


def watch_starter() -> None:
    """End with the process that started this one by `run_in_processes`, even one that is killed."""
    if os.environ.pop(STARTED, None):
        end_with_parent(sys.stdin.buffer)


def run_in_processes(arguments: list[str], count: int) -> int:
    """Run `python -m training ARGUMENTS` in `count` processes of this machine: the exit code.

    The first process prints; the others say only what goes wrong with them alone. When one of them
    fails, the rest are ended, and its exit code is that of all.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count)}
    place[STARTED] = "1"
    command, children = [sys.executable, "-m", "training", *arguments], []
    with tempfile.TemporaryFile() as aside:
        for rank in range(count):
            environment = os.environ | place | {"RANK": str(rank), "LOCAL_RANK": str(rank)}
            environment.setdefault("OMP_NUM_THREADS", str(max(1, usable_cores() // count)))
            output: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": aside} if rank else {}
            # A pipe that nothing is written to: it closes when this process ends in any way.
            child = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, **output)
            children.append(child)
        try:
            code = _first_failure(children)
        except KeyboardInterrupt:  # the terminal told all of them
            code = 130
        finally:
            for child in children:
                if child.poll() is None:
                    child.terminate()
            ended = [child.wait() for child in children]
            for child in children:
                assert child.stdin is not None  # asked for above
                child.stdin.close()
        if code not in (0, 130) and ended[0] in (0, -signal.SIGTERM):
            aside.seek(0)
            print(aside.read().decode(errors="replace"), file=sys.stderr, end="")
    return code


def _first_failure(children: list[subprocess.Popen]) -> int:
    """The exit code of the first process that fails, or 0 when all have ended well."""
    while True:
        codes = [child.poll() for child in children]
        if failed := [code for code in codes if code]:
            return failed[0]
        if all(code == 0 for code in codes):
            return 0
        time.sleep(0.05)
