"""How fast training is: our loop beside the customary one, on the same files and network.

Customary is what tutorials do: a DataLoader whose workers decode, crop and resize JPEG files for
every epoch, float32, the memory order of pictures left as it comes. Both train the network of a
preset from the same weights; the two take turns in short stretches, so that whatever else a machine
is doing slows both. Without `--data` the files are drawn faces in CelebA's layout.

The share of the device's matrix rate counts the multiplications of a step (torch's FlopCounterMode,
forward and backward) against those of one large product of square matrices, in bfloat16 where the
device has it, else in float32.
"""

import io
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.prepare import unpacked
from data.celeba import Celeba, read_celeba
from data.draw import draw_celeba
from data.machine import usable_cores
from data.picture import CROP, FRAME
from data.prepare import prepare
from training.compute.batches import PictureBatches, batch_steps
from training.compute.device import bfloat16_helps, drawing_device, pick_device
from training.compute.processes import Processes
from training.compute.randomness import Stream, seeded
from training.loop.presets import preset_configs
from training.loop.steps import Trainer, objective
from training.model.config import ModelConfig, TrainingConfig
from training.model.networks import build

CROP_SIDE = CROP[2] - CROP[0]  # pixels of the frame, in its centre
DRAWN = 640  # pictures, nine of ten to train on
MATRIX = {"cuda": 8192, "mps": 4096, "cpu": 1024}  # side of the product that is timed


class Jpegs(Dataset):
    """Files of CelebA's frame at any scale, cropped, resized, mirrored at random.

    Each (3, S, S) in [0, 1].
    """

    def __init__(self, celeba: Celeba, names: list[str], size: int):
        from torchvision import transforms  # only here: it takes seconds to import

        self.pictures, self.names = celeba.pictures, names
        self._read: Callable[[str], bytes] | None = None
        self.transform = transforms.Compose(
            [
                transforms.Resize(size),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
            ]
        )

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, row: int) -> Tensor:
        from torchvision.transforms.functional import center_crop

        self._read = self._read or self.pictures.reader()
        with Image.open(io.BytesIO(self._read(self.names[row]))) as picture:
            side = round(CROP_SIDE * picture.width / FRAME[0])
            return self.transform(center_crop(picture.convert("RGB"), [side, side]))


def train(
    source: Path | None = None, preset: str = "celeba64", steps: int = 8, rounds: int = 5
) -> tuple[list[str], dict[str, Any]]:
    """Pictures a second of both loops: lines for people, and figures.

    steps: of each loop in a round; rounds: of which the median counts, after one that does not.
    Raises DataError for a source that is not CelebA.
    """
    device = pick_device()
    model, own = preset_configs(preset)
    training, usual = replace(own, epochs=10_000), TrainingConfig(epochs=10_000)
    with tempfile.TemporaryDirectory() as scratch:
        celeba = read_celeba(source or draw_celeba(Path(scratch) / "celeba", DRAWN))
        most = usual.batch * steps * (rounds + 1)
        table = celeba.table[celeba.table["partition"] == "train"].head(most)
        celeba = unpacked(replace(celeba, table=table), Path(scratch))
        ours = _ours(celeba, Path(scratch), model, training, device)
        customary = _customary(celeba, model, usual, device)
        times: dict[str, list[float]] = {"ours": [], "customary": []}
        for turn in range(rounds + 1):
            for name, loop in (("ours", ours), ("customary", customary)):
                _wait(device)
                started = time.perf_counter()
                for _ in range(steps):
                    next(loop)
                _wait(device)
                if turn:
                    times[name].append(time.perf_counter() - started)
        customary.close()
    batch = {"ours": training.batch, "customary": usual.batch}
    per_s = {k: steps * batch[k] / statistics.median(v) for k, v in times.items()}
    larger = batch["ours"] / batch["customary"]
    ratios = [larger * c / o for o, c in zip(times["ours"], times["customary"], strict=True)]
    operations = step_operations(model, training.batch) / training.batch
    dtype, rate = matrix_rate(device)
    share = per_s["ours"] * operations / rate
    figures = {
        "ours_per_s": per_s["ours"],
        "customary_per_s": per_s["customary"],
        "ratio": statistics.median(ratios),
        "device": _named(device),
        "operations_per_picture": operations,
        "matrix_rate_tflops": rate / 1e12,
        "matrix_dtype": dtype,
        "share_of_matrix_rate": share,
        "cores": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
    }
    lines = [
        f"preset {preset}, batches of {training.batch}, customary ones of {usual.batch}, "
        f"on {figures['device']}",
        f"ours       {per_s['ours']:8.0f} pictures/s",
        f"customary  {per_s['customary']:8.0f} pictures/s, {_workers()} loading processes",
        f"ratio      {figures['ratio']:8.2f}, median of {rounds} turns "
        f"({min(ratios):.2f} to {max(ratios):.2f})",
        f"a step reaches {share:.0%} of the {rate / 1e12:.2f} TFLOP/s of {dtype} products",
    ]
    return lines, figures


def step_operations(model: ModelConfig, batch: int) -> float:
    """Floating-point operations of the products in a step, forward and backward."""
    network = build(model)
    x, noise = torch.rand(2, 3, model.size, model.size), torch.randn(2, model.latent)
    with FlopCounterMode(display=False) as counter:
        objective(network, x, noise).loss.backward()
    return counter.get_total_flops() * batch / 2


def matrix_rate(device: torch.device) -> tuple[str, float]:
    """Operations a second of one large product of square matrices, and in which type."""
    dtype = torch.bfloat16 if bfloat16_helps(device) else torch.float32
    side = MATRIX[device.type]
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    times = []
    for _ in range(10):
        _wait(device)
        started = time.perf_counter()
        a @ b
        _wait(device)
        times.append(time.perf_counter() - started)
    return str(dtype).removeprefix("torch."), 2 * side**3 / min(times)


def _ours(
    celeba: Celeba,
    scratch: Path,
    model: ModelConfig,
    training: TrainingConfig,
    device: torch.device,
) -> Iterator[object]:
    """Our loop, a step at a time."""
    prepared = prepare(celeba, scratch / "prepared", model.size, workers=1, say=lambda _: None)
    rows = prepared.rows("train")
    rows = np.resize(rows, max(len(rows), training.batch))  # of few pictures some are seen twice
    pictures = PictureBatches(prepared.pictures, rows, device)
    steps = training.epochs * (len(rows) // training.batch)
    trainer = Trainer(pictures, model, training, steps, Processes(device))
    for step, index in batch_steps(
        len(rows), training.batch, training.epochs, 0, 0, steps, drawing_device(pictures.asked_on)
    ):
        yield trainer.step(step, index, training.beta)


def _customary(
    celeba: Celeba, model: ModelConfig, training: TrainingConfig, device: torch.device
) -> Generator[None]:
    """The customary loop, a step at a time."""
    torch.manual_seed(training.seed)
    network = build(model).to(device).to(memory_format=torch.contiguous_format).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=training.learning_rate)
    loader = DataLoader(
        Jpegs(celeba, celeba.table["id"].tolist(), model.size),
        training.batch,
        shuffle=True,
        num_workers=_workers(),
        pin_memory=device.type == "cuda",
        drop_last=True,
        persistent_workers=True,
        multiprocessing_context="spawn",
    )
    for epoch in itertools.count():
        noise = seeded(training.seed, Stream.STEP, epoch)
        for x in loader:
            x = x.to(device, non_blocking=True)
            e = torch.randn(len(x), model.latent, generator=noise).to(device)
            parts = objective(network, x, e)
            optimizer.zero_grad(set_to_none=True)
            (parts.loss / model.values).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), training.clip)
            optimizer.step()
            yield


def _workers() -> int:
    return usable_cores()


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _named(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
