"""onnxruntime, imported here alone: told first that it must not report its use.

Since 1.29 it sends figures of each model to its maker and keeps a number of this machine for that,
unless this is in the environment when it is imported (its Privacy.md).
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as errors

__all__ = ["default_threads", "onnxruntime", "program", "program_of_others"]

Program = Callable[..., list[np.ndarray]]
# What onnxruntime raises has no class in common.
ERRORS = tuple(
    found
    for found in vars(errors).values()
    if isinstance(found, type) and issubclass(found, Exception)
)


def default_threads() -> int:
    """Half of the cores.

    Threads wait for each other at every layer: on a busy machine a second one makes a face thirty
    times slower, on an idle one a fifth faster.
    """
    return max(1, (os.cpu_count() or 1) // 2)


def program(graph: bytes) -> Program:
    """Runs a graph on the CPU: called with its inputs by name, it gives all its outputs.

    Many threads may call it at once.
    """
    session = _session(graph)
    return lambda **given: session.run(None, given)


def program_of_others(graph: bytes) -> Callable[[np.ndarray], list[np.ndarray]]:
    """The same of a graph that somebody else wrote, of one input, whatever that is called.

    Raises ValueError for bytes that are no such graph, and when it is called with what it does not
    take.
    """
    with _as_value_error():
        session = _session(graph)
    names = [given.name for given in session.get_inputs()]
    if len(names) != 1:
        raise ValueError(f"{len(names)} inputs: {', '.join(names)}")

    def run(given: np.ndarray) -> list[np.ndarray]:
        with _as_value_error():
            return session.run(None, {names[0]: given})

    return run


@contextmanager
def _as_value_error() -> Iterator[None]:
    try:
        yield
    except ERRORS as error:
        told = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", str(error))
        raise ValueError(re.sub(r"^/.*?\) (?=[A-Z])", "", told)) from error  # a place in its code


def _session(graph: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = default_threads()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
