"""How fast codes become pictures, and which way is the fastest that is exact enough.

First the renderers of the run as the page uses them, then other ways to draw the mean.

The ways are float32 and bfloat16, each eager, compiled by torch.compile and, on a GPU, recorded as
CUDA graph; on a CPU also onnxruntime. From codes to bytes in memory, in batches of a face, a strip,
an 8x8 grid and 512. Exact enough is what lies nowhere more than one of 256 levels from float32 on
the CPU, on codes of real faces: rounding alone makes one. Compiling takes a minute or two;
`--quick` leaves it out, and repeats less.
"""

import copy
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.measure import median_ms
from explorer.decoding.cuda_graphs import record
from explorer.decoding.decoder import Decoder
from explorer.decoding.networks_on_gpu import mean_of, pixels
from explorer.decoding.renderer import Renderer
from explorer.decoding.shared_model import SharedModel
from explorer.recipe.renderers import MEAN_RENDERER, RENDERERS
from explorer.run.renderers import KINDS, renderer_names
from training.compute.device import pick_device
from training.compute.onnx_runtime import default_threads
from training.model.networks import Autoencoder
from training.run.latents import load_latents
from training.run.run_folder import load_model

REPEATS = {1: 50, 8: 20, 64: 7, 512: 3}  # of each batch size, after WARM_UP that do not count
WARM_UP = 3
QUICK_REPEATS, QUICK_WARM_UP = {1: 20, 8: 10, 64: 3, 512: 1}, 1
GRID = 64  # an 8x8 grid
EXACT = 1  # levels of 256

Way = Callable[[np.ndarray], np.ndarray]  # codes -> pictures


def decode(run: Path, quick: bool = False) -> tuple[list[str], dict[str, Any]]:
    """Measure the renderers of `run`, and the ways of the mean, on the best device.

    Raises RunError.
    """
    codes, model = _codes(run), SharedModel(run)
    lines, figures = renderer_figures(Decoder(model), codes)
    lines.insert(0, RENDERERS[MEAN_RENDERER].told)
    for name in renderer_names(run)[1:]:
        more, its = renderer_figures(KINDS[name].open(run, model), codes)
        times = its["decode_1_ms"] / figures["decode_1_ms"]
        told = f"{times:.2f} times as long for a face as the mean"
        lines += ["", RENDERERS[name].told, *more, told]
        figures |= {f"{name}_{what}": value for what, value in its.items() if "decode" in what}
        figures[f"{name}_times"] = times
    repeats, warm_up = (QUICK_REPEATS, QUICK_WARM_UP) if quick else (REPEATS, WARM_UP)
    plain = load_model(run, torch.device("cpu"))
    with torch.inference_mode():
        expected = pixels(mean_of(plain), torch.from_numpy(codes)).numpy().astype(int)
        device = pick_device()
        exact: dict[int, dict[str, float]] = {batch: {} for batch in REPEATS}
        lines += ["", _row("milliseconds for a batch of", *REPEATS, "levels off")]
        ways = _ways(load_model(run, device), device, quick)
        if model.device == "cpu":
            ways = chain(ways, [("float32 onnxruntime", Decoder(model).decode)])
        for name, way in ways:
            try:
                off = int(np.abs(way(codes) - expected).max())
                times = [
                    median_ms(partial(way, codes[:n]), count, warm_up)
                    for n, count in repeats.items()
                ]
            except Exception as error:  # torch.compile raises whatever its compilers do
                lines.append(f"{name:<28}not on this machine: {str(error).splitlines()[0][:60]}")
                continue
            lines.append(_row(name, *(f"{ms:.2f}" for ms in times), off))
            figures |= {f"{_key(name)}_{n}_ms": ms for n, ms in zip(REPEATS, times, strict=True)}
            figures[f"{_key(name)}_levels"] = off
            if off <= EXACT:
                for n, ms in zip(REPEATS, times, strict=True):
                    exact[n][name] = ms
    fastest = {n: min(times, key=times.__getitem__) for n, times in exact.items()}
    lines.append(_row(f"fastest within {EXACT} level", *fastest.values()))
    figures |= {f"fastest_{n}": name for n, name in fastest.items()}
    return lines, figures


def renderer_figures(renderer: Renderer, codes: np.ndarray) -> tuple[list[str], dict[str, Any]]:
    """A renderer as the page uses it. codes: (B, D) float32 with B >= GRID."""
    grid = codes[:GRID]
    one = median_ms(lambda: renderer.decode(codes[:1]))
    batch = median_ms(lambda: renderer.decode(grid), repeats=7)
    one_by_one = median_ms(lambda: [renderer.decode(z[None]) for z in grid], repeats=5, warm_up=1)
    on_gpu = renderer.device != "cpu"
    device = torch.cuda.get_device_name() if renderer.device == "cuda" else renderer.device
    threads = torch.get_num_threads() if on_gpu else default_threads()
    lines = [
        f"decoding 1 face                 {one:9.2f} ms",
        f"decoding {GRID} faces as one batch  {batch:9.2f} ms",
        f"decoding {GRID} faces one by one    {one_by_one:9.2f} ms, "
        f"{one_by_one / batch:.1f} times as long",
        f"on {device}, {threads} threads, torch {torch.__version__}",
    ]
    return lines, {
        "decode_1_ms": one,
        f"decode_{GRID}_ms": batch,
        f"decode_{GRID}_one_by_one_ms": one_by_one,
        "batch_ratio": one_by_one / batch,
        "device": device,
        "threads": threads,
        "torch": str(torch.__version__),
    }


def decoder_alone(run: Path) -> tuple[list[str], dict[str, Any]]:
    """Only `renderer_figures` of its mean renderer. Raises RunError."""
    return renderer_figures(Decoder(SharedModel(run)), _codes(run))


def _codes(run: Path) -> np.ndarray:
    """(512, D) float32: codes of faces, repeated where there are fewer."""
    mean = load_latents(run).mean
    return np.resize(mean, (max(REPEATS), mean.shape[1]))


def _ways(model: Autoencoder, device: torch.device, quick: bool) -> Iterator[tuple[str, Way]]:
    """All ways of this device by name; what they need is made when they are called."""
    for kind in (torch.float32, torch.bfloat16):
        copied = copy.deepcopy(model).to(kind)
        draw = partial(_drawn, copied, kind)
        name = str(kind).removeprefix("torch.")
        yield f"{name} eager", partial(_through, draw, device)
        if not quick:
            # One size each: shapes that are known make faster code.
            compiled = torch.compile(draw, dynamic=False)
            yield f"{name} compiled", partial(_through, compiled, device)
        if device.type == "cuda":
            yield f"{name} CUDA graph", _Graphs(draw, device)


def _drawn(model: Autoencoder, kind: torch.dtype, z: torch.Tensor) -> torch.Tensor:
    return pixels(mean_of(model), z.to(kind))


def _through(draw: Callable, device: torch.device, codes: np.ndarray) -> np.ndarray:
    return draw(torch.from_numpy(codes).to(device)).cpu().numpy()


class _Graphs:
    """One CUDA graph for each batch size that is asked for."""

    def __init__(self, draw: Callable, device: torch.device):
        self._draw, self._device = draw, device
        self._recorded: dict[int, Callable] = {}

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        size, latent = codes.shape
        if size not in self._recorded:
            self._recorded[size] = record(self._draw, size, latent, self._device)
        return _through(self._recorded[size], self._device, codes)


def _key(name: str) -> str:
    return name.lower().replace(" ", "_")


def _row(name: str, *cells: object) -> str:
    return f"{name:<28}" + "".join(f"{cell!s:>22}" for cell in cells)
