"""Training a flow to the codes: noise is led along straight paths to where faces lie.

    python -m training flow runs/mine

Flow matching (Lipman et al. 2023; rectified flow, Liu et al. 2023): on x_t = (1 - t) noise + t code
a network learns the mean of code - noise, with t from a logistic normal (Esser et al. 2024). It is
told any part of a picture's labels, or none, so that attributes can be asked for and guidance works
(Ho & Salimans 2022). A second stage as that of Dai & Wipf 2019, but with a flow in its place, as in
latent diffusion (Rombach et al. 2022). Codes are small, so a CPU is enough.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from training.codes.belief_network import fit_belief_network
from training.codes.correspondence import paired_codes, rotation
from training.codes.flow_file import load_flow, save_flow
from training.codes.flow_network import FlowConfig, VelocityNetwork
from training.compute.device import bfloat16_helps, drawing_device, mixed_precision
from training.compute.randomness import Stream, seeded
from training.compute.recording import recorded_on
from training.model.config import ConfigError
from training.optimization.adam import Adam
from training.optimization.descent import Descent
from training.optimization.schedule import one_cycle
from training.run.checkpoint import load_checkpoint, save_checkpoint
from training.run.latents import Latents, load_latents
from training.run.run_folder import LATENTS, RunError, quoted, weights_key

CHECKPOINT = "flow.checkpoint.safetensors"
STEPS, BATCH = 9000, 1024  # of a training; codes in one of its steps
LEARNING_RATE, WEIGHT_DECAY, DECAYS = 2e-3, 0.02, (0.9, 0.99)  # AdamW; peak of one cycle
EMA = 0.999  # decay per step of the averaged weights, which are what is kept
CLIP = 1.0  # largest gradient norm
NOISE = 0.5  # codes are trained on up to so many standard deviations of q(z|x) around its mean
UNLABELLED = 0.3  # share of the codes of a step that are shown without labels
CHECK_EVERY = 250  # steps between looks at the validation codes, and checkpoints
PATIENCE = 16  # looks without a better one that end a training
DRAWS = 2  # of noise and time for each code in the loss on validation codes


class Codes(NamedTuple):
    """N codes as the flow learns them. x: (N, D) float32 and sigma: (N, D), the means and standard
    deviations of q(z|x), standardised. wanted: (N, A) float32, labels as 1 and -1.
    """

    x: Tensor
    sigma: Tensor
    wanted: Tensor

    def to(self, device: torch.device) -> "Codes":
        """The same on a device."""
        return Codes(*(part.to(device) for part in self))


class Example(NamedTuple):
    """What one step or one look is measured on, B rows: x (B, D) on the path at time t (B,), the
    velocity (B, D) there, and the labels that are told, (B, A), 0 for those that are not.
    """

    x: Tensor
    t: Tensor
    velocity: Tensor
    wanted: Tensor

    def to(self, device: torch.device) -> "Example":
        """The same on a device."""
        return Example(*(part.to(device) for part in self))


class Kept(nn.Module):
    """The averaged weights, and the best of them so far by the loss on validation codes.

    loss: () of the best; at_step: () where it was; looks: () since then. In the checkpoint.
    """

    loss: Tensor
    at_step: Tensor
    looks: Tensor

    def __init__(self, network: VelocityNetwork):
        super().__init__()
        self.average, self.best = copy.deepcopy(network), copy.deepcopy(network)
        self.register_buffer("loss", torch.tensor(float("inf")))
        self.register_buffer("at_step", torch.tensor(0))
        self.register_buffer("looks", torch.tensor(0))
        self.eval().requires_grad_(False)

    def look(self, loss: float, step: int) -> None:
        """Take the average as the best where its loss is the least so far."""
        self.looks += 1
        if loss < self.loss:
            self.best.load_state_dict(self.average.state_dict())
            self.loss.fill_(loss)
            self.at_step.fill_(step)
            self.looks.fill_(0)


def make_flow(
    run: Path,
    steps: int = STEPS,
    batch: int = BATCH,
    seed: int = 0,
    device: torch.device | None = None,
    resume: bool = False,
    stop_after: int | None = None,
    shape: dict[str, Any] | None = None,
    start: Path | None = None,
) -> dict[str, Any]:
    """Train on the run's training codes; writes flow.safetensors and returns its figures.

    batch: codes per step. resume: from the checkpoint of a training that was stopped, to the same
    weights. stop_after: steps in this call (for a test of resuming); nothing is written then and
    the figures are empty. shape: of the network, where it is not FlowConfig's. start: a run folder
    with whose flow to begin; that of other codes is taken along to these.
    Raises RunError for a run without training or validation codes, Diverged.
    """
    if steps < 1 or batch < 1:
        raise ConfigError(f"expected --steps and --batch from 1 up; found {steps} and {batch}")
    device = device or torch.device("cpu")
    latents = load_latents(run)
    train, held_out = (latents.rows(name) for name in ("train", "validation"))
    if len(train) < 2 or not len(held_out):
        raise RunError(
            f"codes of training and of validation pictures in {run / LATENTS}",
            f"{len(train):,} and {len(held_out):,} of them",
            f"python -m training encode {quoted(run)} --data DIR",
        )
    config = FlowConfig(latents.mean.shape[1], len(latents.attributes), **shape or {})
    torch.manual_seed(seed)
    network = VelocityNetwork(config)
    center, spread = latents.mean[train].mean(0), latents.mean[train].std(0) + 1e-6
    network.center.copy_(torch.from_numpy(center))
    network.spread.copy_(torch.from_numpy(spread))
    codes, seen = (standardised(latents.take(rows), center, spread) for rows in (train, held_out))
    if start is not None:
        begin_with(network, latents, start)
    about = {
        "network": asdict(config),
        "steps": steps,
        "batch": batch,
        "seed": seed,
        "data": latents.data,
        "weights": latents.weights,
        "refine_steps": latents.refine_steps,
    } | ({} if start is None else {"start": weights_key(start)})
    kept = fit(network.to(device), codes, seen, run / CHECKPOINT, about, device, resume, stop_after)
    if kept is None:
        return {}
    told = ("steps", "batch", "seed", "refine_steps", "start")
    figures = {k: about[k] for k in told if k in about} | {
        "codes": len(train),
        "validation_codes": len(held_out),
        "parameters": sum(p.numel() for p in network.parameters()),
        "best_step": int(kept.at_step),
        "validation_loss": round(float(kept.loss), 5),
        "gaussian_loss": round(validation_loss(VelocityNetwork(config).eval(), seen, seed), 5),
    }
    weights = {name: value.cpu().numpy() for name, value in kept.best.state_dict().items()}
    together = fit_belief_network(latents.labels[train])
    save_flow(run, weights, latents.attributes.tolist(), latents.weights, figures, together)
    (run / CHECKPOINT).unlink(missing_ok=True)
    return figures


def begin_with(network: VelocityNetwork, latents: Latents, start: Path) -> None:
    """Give the network the weights of a run's flow, turned to these codes where those are others.

    On standardised codes x of here and y of there, y near Q x, the flow of there is turned into
    v(x) = Q^T v(Q x); Q is a rotation, so that noise stays N(0, I).
    Raises RunError where that run has no flow, one of another size or attributes, or no codes.
    """
    flow = load_flow(start)
    if flow.attributes != tuple(latents.attributes.tolist()):
        raise RunError(
            f"a flow with the attributes of these codes in {start}",
            f"{len(flow.attributes)} attributes of other names",
            "start without --start",
        )
    own = network.state_dict()
    weights = {name: torch.from_numpy(value.copy()) for name, value in flow.weights.items()}
    if {k: v.shape for k, v in own.items()} != {k: v.shape for k, v in weights.items()}:
        raise RunError(
            f"a flow of the same size in {start}", "one of another", "start without --start"
        )
    if latents.weights != weights_key(start):
        here, there = paired_codes(latents, start)
        x, y = ((c - c.mean(0)) / (c.std(0) + 1e-6) for c in (here, there))
        turn = torch.from_numpy(rotation(x, y))
        weights["into.weight"] = weights["into.weight"] @ turn
        weights["out.weight"] = turn.T @ weights["out.weight"]
        weights["out.bias"] = turn.T @ weights["out.bias"]
    network.load_state_dict(weights | {name: own[name] for name in ("center", "spread")})


def standardised(latents: Latents, center: np.ndarray, spread: np.ndarray) -> Codes:
    """Codes with the mean `center` (D,) and the standard deviations `spread` (D,) taken out."""
    sigma = np.exp(0.5 * latents.logvar) / spread  # 0 for the hourglass
    wanted = torch.from_numpy(latents.labels).float() * 2 - 1
    return Codes(
        torch.from_numpy((latents.mean - center) / spread), torch.from_numpy(sigma), wanted
    )


def fit(
    network: VelocityNetwork,
    codes: Codes,
    held_out: Codes,
    checkpoint: Path,
    about: dict[str, Any],
    device: torch.device,
    resume: bool = False,
    stop_after: int | None = None,
    recorded: Callable[[torch.device, Callable], Callable] = recorded_on,
) -> Kept | None:
    """Train for about["steps"], or until the loss on `held_out` no longer falls.

    recorded: as `recorded_on`. None when it stopped early, after `stop_after` steps.
    Raises Diverged.
    """
    steps, seed = about["steps"], about["seed"]
    kept = Kept(network)
    optimizer = Adam(network.parameters(), LEARNING_RATE, WEIGHT_DECAY, DECAYS)
    of, first = json.dumps(about), 0
    if resume:
        first = load_checkpoint(checkpoint, network, kept, optimizer, of)
    else:  # at once: from now on there is something to resume
        save_checkpoint(checkpoint, network, kept, optimizer, 0, of)
    schedule = one_cycle(optimizer, LEARNING_RATE, steps, first)
    last = steps if stop_after is None else min(steps, first + stop_after)
    drawn_on = drawing_device(device)
    codes, loss = codes.to(drawn_on), loss_of(network, device)
    descent = Descent(network, loss, optimizer, schedule, CLIP, kept.average, EMA, recorded)
    network.train()
    with tqdm(total=steps, initial=first, unit="step", dynamic_ncols=True, mininterval=5) as bar:
        for step in range(first, last):
            if kept.looks >= PATIENCE:
                break
            generator = seeded(seed, Stream.STEP, step, drawn_on)
            torch.manual_seed(generator.initial_seed())  # dropout asks the global generator
            descent.step(step, example(codes, about["batch"], generator).to(device))
            bar.update()
            done = step + 1
            looked = done == steps or done % CHECK_EVERY == 0
            if looked or done == last:
                (trained,) = descent.told(done)
            if looked:
                kept.look(validation_loss(kept.average, held_out, seed), done)
                bar.set_postfix(loss=f"{trained:.4f}", best=f"{kept.loss:.4f}", refresh=False)
            if done == last or done % CHECK_EVERY == 0:
                save_checkpoint(checkpoint, network, kept, optimizer, done, of)
    return kept if last == steps or kept.looks >= PATIENCE else None


def example(codes: Codes, batch: int, generator: torch.Generator) -> Example:
    """Places on the paths of `batch` codes taken at random; all is where the generator draws.

    Codes lie between the mean and NOISE standard deviations of q(z|x) around it: q(z|x) is wide,
    and pictures of what lies far out are poor. Each code tells a part of its labels, more often a
    small one: that is what is asked for later.
    """
    device = generator.device

    def uniform(width: int) -> Tensor:
        return torch.rand(batch, width, generator=generator, device=device)

    rows = torch.randint(len(codes.x), (batch,), generator=generator, device=device)
    shape = (batch, codes.x.shape[1])
    around = NOISE * uniform(1) * codes.sigma[rows]
    code = codes.x[rows] + around * torch.randn(shape, generator=generator, device=device)
    chance = uniform(1).square()
    labelled = uniform(1) >= UNLABELLED
    told = uniform(codes.wanted.shape[1]) < chance * labelled
    return _on_path(code, codes.wanted[rows] * told, generator)


def _on_path(code: Tensor, wanted: Tensor, generator: torch.Generator) -> Example:
    noise = torch.randn(code.shape, generator=generator, device=generator.device)
    t = torch.randn(len(code), generator=generator, device=generator.device).sigmoid()
    return Example(torch.lerp(noise, code, t[:, None]), t, code - noise, wanted)


def loss_of(
    network: VelocityNetwork, device: torch.device
) -> Callable[[Example], tuple[Tensor, ...]]:
    """`flow_loss` of what a step is shown, in the precision that trains fastest."""
    mixed = bfloat16_helps(device)
    return lambda shown: (flow_loss(network, shown, device, mixed),)


def flow_loss(
    network: VelocityNetwork, shown: Example, device: torch.device, bfloat16: bool = False
) -> Tensor:
    """Mean squared error of the velocity, per standardised value: ()."""
    x, t, velocity, wanted = shown.to(device)
    with mixed_precision(device, bfloat16):
        found = network(x, t, wanted)
    return functional.mse_loss(found, velocity)


@torch.inference_mode()
def validation_loss(network: VelocityNetwork, codes: Codes, seed: int) -> float:
    """`flow_loss` without labels on codes that were not trained on, with noise of their own."""
    device, losses = next(network.parameters()).device, []
    for draw in range(DRAWS):
        generator = seeded(seed, Stream.FLOW_HELD_OUT, draw)
        shown = _on_path(codes.x, torch.zeros_like(codes.wanted), generator)
        losses.append(flow_loss(network, shown, device).item())
    return float(np.mean(losses))
