"""What the classifier's scores mean: its last layer balanced, its logits calibrated, both measured.

A judge must not take one attribute for a sign of another: hardly any man in CelebA is labelled
blond, so a network learns to call no man blond. Its last layer is therefore fitted once more, with
every attribute made equally frequent among men and women, young and old (Kirichenko et al. 2023).

How frequent an attribute is in CelebA says nothing about an edited face. So scores are what they
would be if half of all faces had the attribute: a picture that scores 0.5 is as likely among faces
labelled with it as among those without.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from data import ATTRIBUTES
from training.codes.roc import roc_areas
from training.judge.attribute_network import AttributeNetwork
from training.judges.calibration import calibration_error, class_weights, platt

BALANCED = ("Male", "Young")  # the attributes that most others go along with
HEAVIEST = 5.0  # of the weights that balance; a face counts as an average one at 1
RIDGE = 1e-2  # weight decay of the last layer's second fit
FEWEST = 15  # faces with, and faces without, for an area among men or among women


def balance(network: AttributeNetwork, features: Tensor, labels: Tensor) -> None:
    """Fit the last layer once more, faces weighted by `group_weights`.

    Retraining the last layer alone is enough to unlearn shortcuts (Kirichenko et al. 2023).
    features: (N, F). labels: (N, 40) float, 1 with the attribute.
    """
    columns = [group_weights(labels.cpu().numpy() > 0, k) for k in range(len(ATTRIBUTES))]
    weights = torch.from_numpy(np.stack(columns, 1)).to(features)
    labels = labels.to(features)
    weight, bias = network.head.weight.requires_grad_(), network.head.bias.requires_grad_()
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        found = functional.binary_cross_entropy_with_logits(
            network.head(features), labels, weights, reduction="none"
        )
        total = found.mean(0).sum() + RIDGE * weight.square().sum()
        total.backward()
        return total

    optimizer.step(loss)
    network.requires_grad_(False)


def group_weights(labels: np.ndarray, column: int) -> np.ndarray:
    """How much each face counts when one attribute is learned: (N,) float64, about 1 on average.

    With these weights the attribute is as frequent in every group that the other attributes of
    BALANCED make as it is among all faces, as far as weights of at most HEAVIEST can do it.
    labels: (N, 40) bool.
    """
    has = labels[:, column]
    by = [ATTRIBUTES.index(name) for name in BALANCED if ATTRIBUTES[column] != name]
    group = labels[:, by] @ (1 << np.arange(len(by)))
    faces = np.bincount(group)
    share = (np.bincount(group, has) / np.maximum(faces, 1))[group]  # in each face's group
    everywhere = has.mean()
    weights = np.where(
        has, everywhere / np.maximum(share, 1e-9), (1 - everywhere) / np.maximum(1 - share, 1e-9)
    )
    return np.minimum(weights, HEAVIEST)


def calibrate(network: AttributeNetwork, found: np.ndarray, truth: np.ndarray) -> None:
    """Set scale and shift so that scores are probabilities, were both classes equally frequent.

    Platt 1999, with classes of equal weight.
    found: (N, 40) logits while scale is 1 and shift 0; truth: (N, 40) bool. An attribute with one
    class only, or told worse than by chance, keeps its logits.
    """
    for k, (along, has) in enumerate(zip(found.T, truth.T, strict=True)):
        line = platt(along, has, class_weights(has))
        if line is not None:
            network.scale[k], network.shift[k] = line


def classifier_figures(real: np.ndarray, soft: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """Area under the ROC curve per attribute, how far scores are from frequencies, and which share
    of faces with the label score 0.5 (recall), and without it less (specificity).

    real, soft: (N, 40) logits of held-out pictures and of their reconstructions. Attributes of
    one class only have no figures and do not count in the means. Among men and among women only
    attributes count that FEWEST of them have and FEWEST have not.
    """
    both = [k for k, has in enumerate(truth.T) if 0 < has.sum() < len(has)]
    figures: dict[str, Any] = {}
    male = truth[:, ATTRIBUTES.index("Male")]
    for name, found in (("pictures", real), ("reconstructions", soft)):
        areas = roc_areas(found, truth)
        auc = {ATTRIBUTES[k]: float(areas[k]) for k in both}
        score = torch.from_numpy(found).double().sigmoid().numpy()
        errors = [calibration_error(score[:, k], truth[:, k]) for k in both]
        groups = [(group, roc_areas(found[group], truth[group])) for group in (male, ~male)]
        within = [
            areas_within[k]
            for k in both
            for group, areas_within in groups
            if ATTRIBUTES[k] != "Male" and FEWEST <= truth[group, k].sum() <= group.sum() - FEWEST
        ]
        figures[name] = {
            "mean_auc": round(float(np.mean(list(auc.values()))), 4),
            "mean_auc_among_men_and_among_women": round(float(np.mean(within)), 4)
            if within
            else None,
            "mean_calibration_error": round(float(np.mean(errors)), 4),
            "recall": {ATTRIBUTES[k]: _share(score[truth[:, k], k] >= 0.5) for k in both},
            "specificity": {ATTRIBUTES[k]: _share(score[~truth[:, k], k] < 0.5) for k in both},
            "auc": {k: round(v, 4) for k, v in auc.items()},
        }
    return figures


def _share(holds: np.ndarray) -> float:
    return round(float(holds.mean()), 4)
