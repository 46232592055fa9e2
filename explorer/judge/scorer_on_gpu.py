"""The networks that look at pictures by torch, on the device of torch that is asked for."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from explorer.judge.scorer import Network
from training.judge.attribute_network import load_classifier
from training.judges.files import load_judges


def classifier_on_gpu(path: Path, device: str) -> Network:
    """Scores (B, 40) and features (B, F). Raises DataError for a missing or damaged file."""
    network = load_classifier(path, device)

    def both(x: Tensor) -> list[Tensor]:
        features = network.features(x)
        return [torch.sigmoid(network.logits(features)), features]

    return _in_turns(both, device)


def judges_on_gpu(name: str, folder: Path, device: str) -> Network:
    """Scores (B, 40). Raises DataError for a missing or damaged file."""
    network = load_judges(name, folder, device)
    return _in_turns(lambda x: [torch.sigmoid(network(x))], device)


def _in_turns(say: Callable[[Tensor], list[Tensor]], device: str) -> Network:
    turn = threading.Lock()

    def network(x: np.ndarray) -> list[np.ndarray]:
        with turn, torch.inference_mode():
            found = say(torch.from_numpy(x).to(device))
            return [each.float().cpu().numpy() for each in found]

    return network
