"""Steps of the trainings besides `fit`: launched one by one, and as the records of a GPU.

Synthetic pictures, frames and codes; the networks have the sizes of those that ship. Each training
has its own limit of time, and one that fails says so while the others go on.
"""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from types import FrameType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.utils._pytree import tree_map

from data import ATTRIBUTES
from data.picture import FRAME
from training.alignment import alignment
from training.alignment.frame import NETWORK
from training.codes import flow
from training.codes.flow_network import FlowConfig, VelocityNetwork
from training.compute.batches import PictureBatches, to_device
from training.compute.randomness import Stream, seeded, within_steps
from training.compute.recording import recorded_on
from training.edits import learn as edits
from training.edits.config import EditConfig
from training.edits.examples import Pool, draw_example
from training.edits.step_network import StepNetwork
from training.judge import classifier
from training.judge.attribute_network import AttributeNetwork, ClassifierConfig
from training.judges import learning
from training.judges.networks import JudgeSet, PlaceJudge
from training.judges.places import PLACES, SIZE
from training.loop import last_layers
from training.loop.presets import preset_configs
from training.model.config import ModelConfig
from training.model.networks import VAE, Encoder, build
from training.optimization.adam import Adam
from training.optimization.descent import Descent
from training.optimization.schedule import one_cycle
from training.sharp.codes import CodedPictures
from training.sharp.config import SharpConfig
from training.sharp.steps import BALANCED, SharpTrainer

STEPS = 100_000  # of the schedules
FEW = 6  # steps after which what is always alike is recorded
SETTLED = {"sharpen": 5 * BALANCED, "steps": 32}  # where they are of several kinds

Figures = dict[str, Any]
Step = Callable[[int], object]  # takes the number of a step
Recording = Callable[[torch.device, Callable], Callable]


class Sizes(NamedTuple):
    """Of networks and data. codes: how many; flow: codes per step."""

    model: ModelConfig
    sharp: SharpConfig
    classifier: ClassifierConfig
    velocity: FlowConfig
    edits: EditConfig = EditConfig()
    pictures: int = 4096
    codes: int = 80_000
    flow: int = flow.BATCH


def shipped() -> Sizes:
    """The sizes of what ships, but for the renderer's, which are those of its options."""
    model = preset_configs("celeba64")[0]
    return Sizes(
        model,
        SharpConfig(steps=STEPS, alone=0.0),
        ClassifierConfig(),
        FlowConfig(model.latent, len(ATTRIBUTES)),
    )


def recorded(
    device: torch.device,
    seconds: float,
    sizes: Sizes | None = None,
    names: Sequence[str] = (),
    limit: float | None = None,
) -> Iterator[Figures]:
    """Steps a second of each training, plain and recorded, and the ratio; what failed, and why.

    names: of TRAININGS, all where there are none. limit: seconds of each, its part of all of them
    where there is none.
    """
    sizes = sizes or shipped()
    names = names or tuple(TRAININGS)
    for name in names:
        each = seconds * _share(name) / sum(map(_share, names))
        found: Figures = {}
        try:
            with limited(limit or each):
                for way, how in (("plain", _as_it_is), ("recorded", recorded_on)):
                    step = TRAININGS[name](device, sizes, how)
                    as_record = way == "recorded" and device.type == "cuda"
                    settled = SETTLED.get(name, FEW) if as_record else FEW
                    found[f"{name}_{way}_per_s"] = _rate(step, device, settled, each / 6)
            found[f"{name}_ratio"] = found[f"{name}_recorded_per_s"] / found[f"{name}_plain_per_s"]
        except Exception as error:
            found[f"{name}_failed"] = f"{type(error).__name__}: {error}".splitlines()[0]
        yield found


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises TimeoutError in what takes longer. In the main thread alone."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"stopped after {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _rate(step: Step, device: torch.device, settled: int, seconds: float) -> float:
    """Steps a second, of as many as come in so many seconds, two at least."""
    numbers = count()
    for _ in range(settled):
        step(next(numbers))
    _wait(device)
    started, done = time.perf_counter(), 0
    while done < 2 or time.perf_counter() - started < seconds:
        for _ in range(16 if device.type == "cuda" else 1):
            step(next(numbers))
            done += 1
        _wait(device)
    return done / (time.perf_counter() - started)


def _sharpen(device: torch.device, sizes: Sizes, how: Recording) -> Step:
    pictures, vae = _pictures(device, sizes), _model(device, sizes)
    assert isinstance(vae, VAE)
    codes = torch.randn(len(pictures), sizes.model.latent, device=device)
    faces = CodedPictures(pictures, codes, 0.1 * torch.ones_like(codes))
    return SharpTrainer(faces, None, vae, sizes.sharp, recorded=how).step


def _classify(device: torch.device, sizes: Sizes, how: Recording) -> Step:
    network = AttributeNetwork(sizes.classifier).to(device)
    network = network.to(memory_format=torch.channels_last).train()
    pictures = _pictures(device, sizes)
    labels = torch.zeros(len(pictures), len(ATTRIBUTES), device=device)
    descent = _descent(network, classifier.loss_of(network, device), how)

    def step(number: int) -> object:
        index = _some(number, len(pictures), classifier.BATCH, device)
        own = classifier.given((pictures, pictures), labels, index, 0, number)
        return descent.step(number, own)

    return step


def _align(device: torch.device, sizes: Sizes, how: Recording) -> Step:
    network = Encoder(NETWORK, 4).to(device).to(memory_format=torch.channels_last)
    shape = (256, 3, FRAME[1] // 2, FRAME[0] // 2)
    frames = torch.randint(256, shape, dtype=torch.uint8)
    descent = _descent(network, alignment.loss_of(network), how)

    def step(number: int) -> object:
        index = _some(number, len(frames), alignment.BATCH, torch.device("cpu"))
        return descent.step(number, alignment.given(frames[index], 0, number, device))

    return step


def _judges(device: torch.device, sizes: Sizes, how: Recording) -> Step:
    recipe, rng = learning.RECIPES["a"], np.random.default_rng(0)
    network = PlaceJudge(PLACES[0], recipe.config).to(device).train()
    pictures = rng.integers(0, 256, (sizes.pictures, SIZE, SIZE, 3), np.uint8)
    shown = learning.Pictures(pictures, np.arange(len(pictures)), device)
    labels = rng.random((len(pictures), len(ATTRIBUTES))) < 0.5
    given, loss = learning.task(network, recipe, shown, labels)
    chance = within_steps(device, torch.Generator())
    descent = _descent(network, lambda own: (loss(own, chance),), how)

    def step(number: int) -> object:
        torch.manual_seed(number)
        index = _some(number, len(pictures), learning.BATCH, torch.device("cpu"))
        return descent.step(number, given(index))

    return step


def _layers(device: torch.device, sizes: Sizes, how: Recording) -> Step:
    model, pictures = _model(device, sizes), _pictures(device, sizes)
    layers = last_layers.LastLayers(sizes.model.widths[0], sizes.model.channels).to(device)
    descent = _descent(layers, last_layers.loss_of(model, layers, device), how)
    return lambda number: descent.step(number, last_layers.given(model, pictures, 0, number))


def _flow(device: torch.device, sizes: Sizes, how: Recording) -> Step:
    config = sizes.velocity
    network = VelocityNetwork(config).to(device).train()
    x = torch.randn(sizes.codes, config.latent, device=device)
    wanted = torch.randn(sizes.codes, config.attributes, device=device).sign()
    codes = flow.Codes(x, torch.full_like(x, 0.3), wanted)
    descent = _descent(network, flow.loss_of(network, device), how)

    def step(number: int) -> object:
        generator = seeded(0, Stream.STEP, number, device)
        torch.manual_seed(number)
        return descent.step(number, flow.example(codes, sizes.flow, generator))

    return step


def _steps(device: torch.device, sizes: Sizes, how: Recording) -> Step:
    config, model, columns = sizes.edits, _model(device, sizes), list(range(len(ATTRIBUTES)))
    codes = torch.randn(sizes.codes, sizes.model.latent)
    has = torch.rand(sizes.codes, len(ATTRIBUTES)) < 0.5
    pool = Pool.made(codes, has, columns)
    judges = JudgeSet(learning.RECIPES["a"].config).to(device).eval().requires_grad_(False)
    draws = edits.Renderers(model.decode, model.decode)
    sees = replace(sizes.classifier, size=SIZE)  # what judges see
    onlooker = AttributeNetwork(sees).to(device).eval().requires_grad_(False)
    losses = edits.Losses(draws, judges, onlooker, has, sizes.model.size, config)
    directions = torch.randn(len(columns), 2, sizes.model.latent)
    network = StepNetwork(codes.mean(0), codes.std(0), directions, config.hidden)
    opponents = edits.Opponents(network).to(device)
    chance = within_steps(device, torch.Generator())
    descent = _descent(opponents, edits.loss_of(opponents, losses, columns, chance), how)

    def step(number: int) -> object:
        generator = seeded(0, Stream.STEP, number)
        chance.manual_seed(number)
        example = draw_example(pool, config.batch, edits.CONTEST, generator)
        return descent.step(number, tree_map(lambda value: to_device(value, device), example))

    return step


TRAININGS: dict[str, Callable[[torch.device, Sizes, Recording], Step]] = {
    "sharpen": _sharpen,
    "classify": _classify,
    "align": _align,
    "layers": _layers,
    "judges": _judges,
    "flow": _flow,
    "steps": _steps,
}


def _share(name: str) -> int:
    """Of the time: an adversarial step is long and of several kinds."""
    return 4 if name == "sharpen" else 1


def _descent(network: torch.nn.Module, loss: Callable, how: Recording) -> Descent:
    optimizer = Adam(network.parameters(), 1e-3, 0.05)
    return Descent(network, loss, optimizer, one_cycle(optimizer, 1e-3, STEPS), recorded=how)


def _pictures(device: torch.device, sizes: Sizes) -> PictureBatches:
    shape = (sizes.pictures, sizes.model.size, sizes.model.size, 3)
    pictures = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    return PictureBatches(pictures, np.arange(sizes.pictures), device)


def _model(device: torch.device, sizes: Sizes) -> Any:
    return build(sizes.model).to(device).eval().requires_grad_(False)


def _some(number: int, below: int, batch: int, device: torch.device) -> torch.Tensor:
    return (torch.arange(batch, device=device) + number * batch) % below


def _as_it_is(device: torch.device, function: Callable) -> Callable:
    return function


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
