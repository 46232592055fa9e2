"""onnxruntime, imported here alone: told first that it must not report its use.

Since 1.29 it sends figures of each model to its maker and keeps a number of this machine for that,
unless this is in the environment when it is imported (its Privacy.md).
"""

import os
from collections.abc import Callable

import numpy as np

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

__all__ = ["default_threads", "onnxruntime", "program"]

Program = Callable[..., list[np.ndarray]]


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
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = default_threads()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return lambda **given: session.run(None, given)
