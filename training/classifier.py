"""A small network that says which of CelebA's 40 attributes a picture of a face has.

    python -m training classify --data data/prepared/celeba64 --out runs/attributes.safetensors

It judges what a decoder draws, and decoded faces are softer than photographs. So it learns from
pictures and from their reconstructions by a trained model alike, and its scores are calibrated on
reconstructions of pictures it never saw (Platt 1999). It never sees a code.

How frequent an attribute is in CelebA says nothing about an edited face. So scores are what they
would be if half of all faces had the attribute: a picture that scores 0.5 is as likely among faces
labelled with it as among those without.

A judge must not take one attribute for a sign of another: hardly any man in CelebA is labelled
blond, so a network learns to call no man blond. Its last layer is therefore fitted once more, with
every attribute made equally frequent among men and women, young and old (Kirichenko et al. 2023).
"""

import copy
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_
from tqdm import tqdm

from data import ATTRIBUTES
from data.errors import DataError
from data.prepared import Prepared
from training.batches import Pictures, batch_steps, flip_some, seeded
from training.checkpoint import load_checkpoint, save_checkpoint
from training.config import ConfigError
from training.device import bfloat16_helps, mixed_precision
from training.encode import check_size
from training.files import write_atomically, write_json
from training.loop import Diverged
from training.networks import Autoencoder
from training.run_folder import load_model, weights_key
from training.steps import one_cycle

CLASSIFIER = Path(__file__).parents[1] / "data" / "pretrained" / "attributes.safetensors"
BATCH = 64  # pictures per step
LEARNING_RATE, WEIGHT_DECAY = 2e-3, 0.05  # AdamW; peak of the one-cycle schedule
EMA = 0.998  # decay per step of the averaged weights, which are what is kept
CLIP = 5.0  # largest gradient norm
SAVE_EVERY = 500  # steps between checkpoints
MOVED = (0.08, 0.08, 0.08, 0.10)  # shares of the half side, twice; log scale; radians: at most
BALANCED = ("Male", "Young")  # the attributes that most others go along with
HEAVIEST = 5.0  # of the weights that balance; a face counts as an average one at 1
RIDGE = 1e-2  # weight decay of the last layer's second fit
FEWEST = 15  # faces with, and faces without, for an area among men or among women
BINS = 10  # of the calibration error


@dataclass(frozen=True)
class ClassifierConfig:
    """What the network is. Raises ConfigError when its levels do not fit the picture."""

    size: int = 64  # pixels, side of the square picture
    widths: tuple[int, ...] = (24, 64, 128, 160)  # channels per level, finest first
    blocks: tuple[int, ...] = (0, 1, 1, 1)  # residual blocks per level
    features: int = 256  # F, width of the layer below the 40 outputs
    dropout: float = 0.3  # share of the features left out in a step

    def __post_init__(self):
        factor = 2 ** len(self.widths)
        if self.size <= 0 or self.size % factor:
            raise ConfigError(
                f"expected pictures of a size that is a multiple of {factor}; found {self.size}"
            )
        if len(self.widths) != len(self.blocks):
            raise ConfigError(f"expected blocks for each of {self.widths}; found {self.blocks}")


class Block(nn.Module):
    """(B, C, H, W) -> (B, C, H, W), a residual block (He et al. 2016)."""

    def __init__(self, channels: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.layers(x))


class AttributeNetwork(nn.Module):
    """Pictures (B, 3, S, S) in [0, 1] -> 40 logits, in the order of ATTRIBUTES.

    Every level halves the resolution by space-to-depth (Shi et al. 2016). `scale` and `shift`,
    both (40,), calibrate the logits; they are buffers, set after training.
    """

    def __init__(self, config: ClassifierConfig):
        super().__init__()
        self.config = config
        levels, previous = [], 3
        for width, blocks in zip(config.widths, config.blocks, strict=True):
            levels.append(
                nn.Sequential(
                    nn.PixelUnshuffle(2),
                    nn.Conv2d(4 * previous, width, 3, padding=1, bias=False),
                    nn.BatchNorm2d(width),
                    nn.ReLU(),
                    *(Block(width) for _ in range(blocks)),
                )
            )
            previous = width
        self.levels = nn.ModuleList(levels)
        grid = config.size // 2 ** len(levels)
        self.embed = nn.Linear(previous * grid**2, config.features)
        self.norm = nn.BatchNorm1d(config.features)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(config.features, len(ATTRIBUTES))
        self.register_buffer("scale", torch.ones(len(ATTRIBUTES)))
        self.register_buffer("shift", torch.zeros(len(ATTRIBUTES)))

    def maps(self, x: Tensor) -> list[Tensor]:
        """The output of every level, finest first: (B, C, S / 2, S / 2), then halves of that."""
        h, found = 2 * x - 1, []
        for level in self.levels:
            h = level(h)
            found.append(h)
        return found

    def features(self, x: Tensor) -> Tensor:
        """(B, F): the layer below the outputs, at least 0."""
        return functional.relu(self.norm(self.embed(self.maps(x)[-1].flatten(1))))

    def logits(self, features: Tensor) -> Tensor:
        """(B, F) -> (B, 40) calibrated logits."""
        return self.scale * self.head(self.dropout(features)).float() + self.shift

    def forward(self, x: Tensor) -> Tensor:
        return self.logits(self.features(x))


def classify(
    prepared: Prepared,
    run: Path,
    out: Path,
    config: ClassifierConfig,
    *,
    epochs: int,
    seed: int = 0,
    device: torch.device,
    resume: bool = False,
    stop_after: int | None = None,
) -> dict[str, Any]:
    """Train on the training pictures and their reconstructions by the model in `run`.

    Writes the weights to `out` (safetensors, float16) and the figures beside them (.json), which
    it returns; in between a checkpoint, from which `resume` continues.
    stop_after: steps in this call (for a test of resuming); the figures are then empty.
    Raises ConfigError for pictures of another size than the model's, DataError and RunError for
    missing ones, Diverged on a loss that is not finite.
    """
    model = load_model(run, device)
    check_size(model, prepared)
    train, held_out = prepared.rows("train"), prepared.rows("validation")
    labels = torch.from_numpy(prepared.table[list(ATTRIBUTES)].to_numpy(np.float32))
    real = Pictures(prepared.pictures, train, device)
    soft = reconstructed(model, real)
    about = {
        "network": {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(config).items()},
        "epochs": epochs,
        "seed": seed,
        "data": prepared.fingerprint,
        "weights": weights_key(run),
    }
    torch.manual_seed(seed)
    network = AttributeNetwork(config).to(device, memory_format=torch.channels_last)
    checkpoint = out.with_suffix(".checkpoint.safetensors")
    average = fit(
        network,
        (real, soft),
        labels[train],
        epochs,
        seed,
        checkpoint,
        json.dumps(about),
        resume,
        stop_after,
    )
    if average is None:
        return {}
    seen = (Pictures(prepared.pictures, held_out, device),)
    seen += (reconstructed(model, seen[0]),)
    truth = labels[held_out].numpy() > 0
    before = measure(*(logits(average, pictures) for pictures in seen), truth)
    both = torch.cat([embeddings(average, pictures) for pictures in (real, soft)])
    balance(average, both, labels[train].repeat(2, 1))
    average.half().float()  # what the file will hold
    calibrate(average, logits(average, seen[1]), truth)
    figures = about | {
        "train_pictures": len(train),
        "held_out_pictures": len(held_out),
        "parameters": sum(p.numel() for p in average.parameters()),
        "mean_auc_before_balancing": {name: before[name]["mean_auc"] for name in before},
        **measure(*(logits(average, pictures) for pictures in seen), truth),
    }
    save_classifier(out, average)
    write_json(out.with_suffix(".json"), figures)
    checkpoint.unlink(missing_ok=True)
    return figures


def fit(
    network: AttributeNetwork,
    pictures: tuple[Pictures, Pictures],
    labels: Tensor,
    epochs: int,
    seed: int,
    checkpoint: Path,
    about: str,
    resume: bool = False,
    stop_after: int | None = None,
) -> AttributeNetwork | None:
    """Train on real and reconstructed pictures, one of the two each time: the averaged network.

    labels: (N, 40) float, 1 with the attribute. about: what the checkpoint must be of.
    None when it stopped early, after `stop_after` steps.
    """
    device = pictures[0].device
    average = copy.deepcopy(network).eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    batch = min(BATCH, len(labels))
    steps = epochs * (len(labels) // batch)
    first = load_checkpoint(checkpoint, network, average, optimizer, about) if resume else 0
    schedule = one_cycle(optimizer, LEARNING_RATE, steps, first)
    last = steps if stop_after is None else min(steps, first + stop_after)
    mixed, losses = bfloat16_helps(device), []
    network.train()
    with tqdm(total=steps, initial=first, unit="step", dynamic_ncols=True, mininterval=5) as bar:
        for step, index in batch_steps(len(labels), batch, epochs, seed, first, last):
            generator = seeded(seed, 1, step)
            torch.manual_seed(generator.initial_seed())  # dropout asks the global generator
            soft = torch.rand(len(index), 1, 1, 1, generator=generator).to(device) < 0.5
            x = torch.where(soft, pictures[1].batch(index), pictures[0].batch(index))
            x = augment(x, generator).contiguous(memory_format=torch.channels_last)
            with mixed_precision(device, mixed):
                found = network(x)
            loss = functional.binary_cross_entropy_with_logits(found, labels[index].to(device))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            clip_grad_norm_(network.parameters(), CLIP)
            optimizer.step()
            if step + 1 < steps:
                schedule.step()
            _follow(average, network, min(EMA, (step + 1) / (step + 10)))
            losses.append(loss.item())
            if not np.isfinite(losses[-1]):
                raise Diverged(f"expected a finite loss; found {losses[-1]} at step {step + 1}")
            bar.update()
            done = step + 1
            if done % 50 == 0:
                bar.set_postfix(loss=f"{np.mean(losses[-50:]):.4f}", refresh=False)
            if done == last or done % SAVE_EVERY == 0:
                save_checkpoint(checkpoint, network, average, optimizer, done, about)
    return average if last == steps else None


def augment(x: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror, move, blur and tint each picture of (B, 3, S, S) in [0, 1] a little."""
    x = flip_some(x, generator)
    size = torch.rand(len(x), 1, generator=generator)
    sides = 2 * torch.rand(len(x), 4, generator=generator) - 1
    dx, dy, log_scale, angle = (size * sides * torch.tensor(MOVED)).unbind(1)
    cos, sin = log_scale.exp() * angle.cos(), log_scale.exp() * angle.sin()
    place = torch.stack([cos, -sin, dx, sin, cos, dy], 1).view(-1, 2, 3).to(x.device)
    grid = functional.affine_grid(place, list(x.shape), align_corners=False)
    x = functional.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    blurred = functional.avg_pool2d(functional.pad(x, (1, 1, 1, 1), "reflect"), 3, 1)
    share = (2 * torch.rand(len(x), 1, 1, 1, generator=generator) - 1).clamp(min=0).to(x.device)
    tint = 1 + 0.12 * (torch.rand(len(x), 3, 1, 1, generator=generator).to(x.device) - 0.5)
    return (torch.lerp(x, blurred, share) * tint).clamp(0, 1)


@torch.inference_mode()
def reconstructed(model: Autoencoder, pictures: Pictures) -> Pictures:
    """What a model makes of pictures: decoded from the means of their posteriors."""
    found = np.empty((len(pictures), *pictures.pictures.shape[1:]), np.uint8)
    mixed, start = bfloat16_helps(pictures.device), 0
    with tqdm(total=len(found), unit="picture", desc="reconstruct", mininterval=5) as bar:
        for x in pictures.in_order(4 * BATCH):
            with mixed_precision(pictures.device, mixed):
                y = model.decode(model.posterior(x).mean)
            y = (y * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
            found[start : start + len(x)] = y.cpu().numpy()
            start += len(x)
            bar.update(len(x))
    return Pictures(found, np.arange(len(found)), pictures.device)


@torch.inference_mode()
def logits(network: AttributeNetwork, pictures: Pictures) -> np.ndarray:
    """(N, 40) float32 calibrated logits of all pictures, computed in float32."""
    return np.concatenate([network(x).cpu().numpy() for x in pictures.in_order(4 * BATCH)])


@torch.inference_mode()
def embeddings(network: AttributeNetwork, pictures: Pictures) -> Tensor:
    """(N, F) float32 features of all pictures, on their device."""
    return torch.cat([network.features(x) for x in pictures.in_order(4 * BATCH)])


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
        if not 0 < has.sum() < len(has):
            continue
        line = LogisticRegression(C=100.0, class_weight="balanced").fit(along[:, None], has)
        if (scale := float(line.coef_[0, 0])) > 0:
            network.scale[k], network.shift[k] = scale, float(line.intercept_[0])


def measure(real: np.ndarray, soft: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
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
        auc = {ATTRIBUTES[k]: float(roc_auc_score(truth[:, k], found[:, k])) for k in both}
        score = torch.from_numpy(found).double().sigmoid().numpy()
        errors = [calibration_error(score[:, k], truth[:, k]) for k in both]
        within = [
            float(roc_auc_score(truth[group, k], found[group, k]))
            for k in both
            for group in (male, ~male)
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


def calibration_error(score: np.ndarray, has: np.ndarray) -> float:
    """Mean distance of scores (N,) from the frequency of `has` (N,) bool among like scores.

    BINS bins of equal width, weighted by how many scores they hold (Naeini et al. 2015); faces
    with and without count half each.
    """
    bins = np.minimum((score * BINS).astype(int), BINS - 1)
    weights = np.where(has, 0.5 / has.sum(), 0.5 / (~has).sum())
    return float(np.abs(np.bincount(bins, weights * (score - has), minlength=BINS)).sum())


def save_classifier(path: Path, network: AttributeNetwork) -> None:
    """Write the weights as float16 safetensors; the network's options are in the metadata."""
    tensors = {
        k: (v.half() if v.is_floating_point() else v).cpu().contiguous()
        for k, v in network.state_dict().items()
    }
    content = save(tensors, metadata={"network": json.dumps(asdict(network.config))})
    write_atomically(path, lambda temporary: temporary.write_bytes(content))


def load_classifier(path: Path, device: torch.device | str = "cpu") -> AttributeNetwork:
    """Read what `classify` wrote: in eval mode, without gradients, float32.

    Raises DataError when it is missing or not this network's.
    """
    command = f"make it: python -m training classify --data DIR --out {path}"
    if not path.is_file():
        raise DataError(f"the attribute classifier in {path}", "no such file", command)
    try:
        with safe_open(path, framework="pt") as file:
            options = json.loads((file.metadata() or {})["network"])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        options |= {k: tuple(options[k]) for k in ("widths", "blocks")}
        network = AttributeNetwork(ClassifierConfig(**options))
        network.load_state_dict(tensors)
    except (SafetensorError, RuntimeError, OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"the attribute classifier in {path}", str(error)[:200], command) from error
    network = network.eval().requires_grad_(False)
    return network.to(device, memory_format=torch.channels_last)


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    """average <- decay * average + (1 - decay) * network, statistics of the norms included."""
    theirs = network.state_dict()
    ours = {k: v for k, v in average.state_dict().items() if v.is_floating_point()}
    torch._foreach_lerp_(list(ours.values()), [theirs[k] for k in ours], 1 - decay)
