"""Training the identity network, and how well it tells people apart whom it never saw.

    python -m training identity --data data/prepared/celeba64 --out runs/judges

It learns to tell the people of the training pictures from one another, each a direction on the
sphere (a softmax over cosines with a margin, Wang et al. 2018), and is then asked about others.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional

from data.errors import DataError
from data.prepared import Prepared
from training.compute.device import bfloat16_helps, mixed_precision
from training.judges.augmentation import blurred, moved, tinted
from training.judges.files import identity_path, save_network
from training.judges.identity_network import IdentityConfig, IdentityNetwork
from training.judges.learning import Pictures, in_order, learn

SCALE, MARGIN = 20.0, 0.15  # of the cosines before the softmax; asked of the right one
FEWEST = 3  # pictures of a person to be learned
MOST_JUDGED = 4000  # validation pictures, each compared with each


class Classes(nn.Module):
    """Pictures and whose they are -> the loss; a direction (P, E) for each person goes with it."""

    def __init__(self, network: IdentityNetwork, people: int):
        super().__init__()
        self.network = network
        self.directions = nn.Parameter(torch.randn(people, network.config.embedding))

    def forward(self, x: Tensor, who: Tensor) -> Tensor:
        with mixed_precision(x.device, bfloat16_helps(x.device)):
            found = self.network(x)
        cosines = found @ functional.normalize(self.directions).T
        asked = MARGIN * functional.one_hot(who, len(self.directions))
        return functional.cross_entropy(SCALE * (cosines - asked), who)


def train_identity(
    prepared: Prepared,
    folder: Path,
    config: IdentityConfig,
    *,
    steps: int,
    seed: int = 0,
    device: torch.device,
    resume: bool = False,
) -> dict[str, Any]:
    """Train on the people of the training pictures; writes identity.safetensors and its figures.

    Raises DataError where the folder does not say who is who.
    """
    everyone = prepared.table["identity"].to_numpy()
    rows, held_out = prepared.rows("train"), prepared.rows("validation")
    identity = everyone[rows]
    names, who, pictures = np.unique(identity, return_inverse=True, return_counts=True)
    known = (pictures[who] >= FEWEST) & (identity >= 0)
    if not known.any():
        raise DataError(
            f"people with {FEWEST} training pictures and more in {prepared.root}",
            "none",
            "put identity_CelebA.txt beside the pictures and prepare again",
        )
    rows = rows[known]
    names, who = np.unique(identity[known], return_inverse=True)
    torch.manual_seed(seed)
    network = IdentityNetwork(config).to(device).to(memory_format=torch.channels_last)
    classes, wanted = Classes(network, len(names)).to(device), torch.from_numpy(who)
    shown = Pictures(prepared.pictures, rows, device)

    def loss(index: Tensor, generator: torch.Generator) -> Tensor:
        x = moved(shown.batch(index), generator, 2.0, 0.05, 0.05)
        x = tinted(blurred(x, generator), generator)
        x = x.contiguous(memory_format=torch.channels_last)
        return classes(x, wanted[index].to(device))

    checkpoint = identity_path(folder).with_suffix(".checkpoint.safetensors")
    average: Classes = learn(classes, loss, len(rows), steps, seed, checkpoint, "identity", resume)
    kept = average.network.half().float()  # what the file will hold
    shown = Pictures(prepared.pictures, held_out[:MOST_JUDGED], device)
    figures = {
        "steps": steps,
        "seed": seed,
        "data": prepared.fingerprint,
        "people": len(names),
        "pictures": len(rows),
        "parameters": sum(p.numel() for p in kept.parameters()),
        "validation": verification(in_order(kept, shown), everyone[shown.rows]),
    }
    save_network(identity_path(folder), kept, figures)
    checkpoint.unlink(missing_ok=True)
    return figures


def verification(embeddings: np.ndarray, identity: np.ndarray) -> dict[str, Any]:
    """How well the cosine of two pictures tells whether they are of one person.

    embeddings: (N, E) of length one. identity: (N,), whose each is. All pairs count. `auc`: the
    chance that a pair of one person has the higher cosine than a pair of two. Medians of both.
    """
    one, two = np.triu_indices(len(embeddings), 1)
    cosine, same = (embeddings @ embeddings.T)[one, two], identity[one] == identity[two]
    if not 0 < same.sum() < len(same):
        return {"pictures": len(identity), "auc": None, "one_person": None, "two_people": None}
    return {
        "pictures": len(identity),
        "people": len(np.unique(identity)),
        "pairs_of_one_person": int(same.sum()),
        "auc": round(float(roc_auc_score(same, cosine)), 4),
        "one_person": round(float(np.median(cosine[same])), 4),
        "two_people": round(float(np.median(cosine[~same])), 4),
    }
