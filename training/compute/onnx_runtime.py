"""onnxruntime, imported here alone: told first that it must not report its use.

Since 1.29 it sends figures of each model to its maker and keeps a number of this machine for that,
unless this is in the environment when it is imported (its Privacy.md).
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

__all__ = ["onnxruntime"]
