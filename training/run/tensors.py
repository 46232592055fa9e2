"""Files of tensors, safetensors, with a checksum of all that is in them: whatever holds weights.

The checksum stands in the file's own metadata, so that both are renamed into place at once. It is
the SHA-256 of the file with zeros in its place. Files from before there was one are read as they
are.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from data.files import write_atomically
from data.json_text import parse_json
from training.run.files import Damaged, refuse_pointer

if TYPE_CHECKING:
    from torch import Tensor

CHECKSUM = "checksum"  # its name in the metadata
NONE_YET = "0" * 64  # stands for it while it is computed
# What a file raises that is missing, damaged or not of the tensors that are asked of it.
BAD_TENSORS = (OSError, ValueError, LookupError, TypeError, RuntimeError)


class Tensors(NamedTuple):
    """What a file holds: arrays by name, of torch or numpy as asked for, and texts by name."""

    tensors: dict[str, Any]
    about: dict[str, str]


def save_tensors(path: Path, tensors: Mapping[str, Any], about: Mapping[str, str]) -> None:
    """Write tensors of torch, or arrays of numpy, by name; about: texts by name, kept beside."""
    metadata = {**about, CHECKSUM: NONE_YET}
    if any(isinstance(value, np.ndarray) for value in tensors.values()):
        content = safetensors.numpy.save(dict(tensors), metadata)
    else:
        from safetensors.torch import save

        plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
        content = save(plain, metadata)
    header, body = _split(content)
    whole = header.replace(NONE_YET.encode(), _digest(header, body).encode()) + body
    # Not save_file: what it writes can be read by its owner only.
    write_atomically(path, lambda temporary: temporary.write_bytes(whole))


def halved(tensors: Mapping[str, "Tensor"]) -> dict[str, "Tensor"]:
    """Weights as they are kept where half precision is enough; counts stay what they are."""
    return {name: v.half() if v.is_floating_point() else v for name, v in tensors.items()}


def load_tensors(path: Path, numpy: bool = False) -> Tensors:
    """Read a file that `save_tensors` wrote, or another of its format.

    Raises one of BAD_TENSORS where it is missing, cut short, or not as it was written.
    """
    content = path.read_bytes()
    refuse_pointer(content)
    header, body = _split(content)
    tensors: dict[str, Any]
    try:
        if numpy:
            tensors = safetensors.numpy.load(content)
        else:
            from safetensors.torch import load

            tensors = load(content)
    except SafetensorError as error:
        raise Damaged(f"a file that is cut short or damaged ({error})") from error
    about = parse_json(header[8:]).get("__metadata__", {})
    told = about.pop(CHECKSUM, None)
    if told is not None and told != _digest(header.replace(told.encode(), NONE_YET.encode()), body):
        raise Damaged("content that is not as it was written: its checksum differs")
    return Tensors(tensors, about)


def _split(content: bytes) -> tuple[bytes, bytes]:
    """The header, with its length before it, and the tensors' bytes."""
    end = 8 + int.from_bytes(content[:8], "little")
    return content[:end], content[end:]


def _digest(header: bytes, body: bytes) -> str:
    digest = hashlib.sha256(header)
    digest.update(body)
    return digest.hexdigest()
