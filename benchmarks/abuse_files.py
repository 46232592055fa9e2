"""Files that are damaged, hostile or odd, and commands that are killed: what is tried, what holds.

An input is survived where what comes back is right, or an error that is meant for people; any other
error is not, nor are other values than were written.
"""

import contextlib
import io
import json
import random
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from benchmarks.faults import Command, in_a_fork, killed_everywhere
from data.__main__ import main as data
from data.celeba import read_attributes, read_partitions
from data.draw import draw_celeba
from data.errors import DataError
from data.files import LOCK, recover
from data.prepared import load_prepared
from explorer.photo.photo import PhotoError, read_photo
from explorer.run.report import believable
from explorer.run.runs import read_curves
from training.__main__ import main as training
from training.model.networks import build
from training.run.files import read_npz, write_json, write_npz
from training.run.latents import load_latents
from training.run.run_folder import (
    CONFIG,
    MAP,
    METRICS,
    REPORT,
    VECTORS,
    WEIGHTS,
    RunError,
    load_model,
    read_config,
    weights_key,
)
from training.run.tensors import BAD_TENSORS, load_tensors, save_tensors

SEED = 0
INPUTS = 1000  # of each kind
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP")
Contents = dict[str, bytes]  # name of a file -> what it holds
# What stands in the place of a value of a JSON file.
STRANGE: tuple[Any, ...] = (
    *(None, True, -1, 0, 1e8, 1e308, 10**400, "256.0", "", "é" * 1000, "__proto__"),
    *([], {}, [[1]], {"a": {"b": []}}, [8] * 100, [10**9]),
)


def abuse_files(scratch: Path, inputs: int = INPUTS, step: int = 1) -> dict[str, tuple[int, int]]:
    """Kind of abuse -> how many were tried and how many survived.

    scratch: a folder to work in. inputs: of each kind. step: between the places at which commands
    are killed.
    """
    rng = random.Random(SEED)
    celeba = draw_celeba(scratch / "celeba", 40)
    tried: dict[str, tuple[int, int]] = {
        "tables": _each(_tables(celeba, scratch, inputs, rng)),
        "photos": _each(_photos(inputs, rng)),
        "arrays and tensors": _each(_arrays(scratch, inputs, rng)),
    }
    places = ["--data", str(scratch / "prepared"), "--device", "cpu", "--size", "16"]
    options = [*places, "--latent", "4", "--widths", "8", "--batch", "16", "--epochs", "1"]

    def prepare(folder: Path) -> int:
        size = ["--size", "16", "--workers", "1"]
        return data(["prepare", str(celeba), "--out", str(folder), *size])

    def fit(folder: Path, *more: str) -> int:
        return training(["fit", "--out", str(folder), *options, *more])

    if in_a_fork(prepare, scratch / "prepared") or in_a_fork(fit, scratch / "run"):
        raise RuntimeError("expected prepare and fit to run; found that they do not")
    fingerprint = load_prepared(scratch / "prepared").fingerprint
    weights = (scratch / "run" / WEIGHTS).read_bytes()
    tried["run folders"] = _each(_runs(scratch / "run", scratch / "damaged", inputs, rng))

    def prepared_again(folder: Path) -> bool:
        return not in_a_fork(prepare, folder) and load_prepared(folder).fingerprint == fingerprint

    def resumed(folder: Path) -> bool:
        again = ["--resume"] if (folder / CONFIG).is_file() else []
        done = in_a_fork(lambda place: fit(place, *again), folder) == 0
        return done and (folder / WEIGHTS).read_bytes() == weights

    tried["prepare, killed"] = killed_everywhere(prepare, None, scratch, prepared_again, step)
    tried["fit, killed"] = killed_everywhere(fit, None, scratch, resumed, step)
    # An hourglass: what else is exported of a VAE needs autograd, which no fork can use again.
    if in_a_fork(lambda folder: fit(folder, "--model", "ae"), scratch / "hourglass"):
        raise RuntimeError("expected fit to run; found that it does not")
    runs = {"publish": scratch / "run", "export": scratch / "hourglass"}
    tried |= _copies(scratch, runs, scratch / "prepared", step)
    return tried


def _copies(
    scratch: Path, runs: dict[str, Path], pictures: Path, step: int
) -> dict[str, tuple[int, int]]:
    """Copies of runs, killed while they write over an earlier one. runs: command -> run folder.

    After each kill the copy is one of both, the earlier or the new one, whole; and once the command
    is repeated it is the new one.
    """
    run = runs["publish"]
    encode = ["encode", str(run), "--data", str(pictures), "--device", "cpu", "--steps", "0"]
    if in_a_fork(lambda _: training(encode), run):
        raise RuntimeError("expected encode to run; found that it does not")
    # What else is copied need not be good, but whole.
    key, ids = weights_key(run), load_latents(run).take(load_latents(run).rows("validation")).ids
    write_json(run / REPORT, {})
    for name in (VECTORS, MAP):
        write_npz(run / name, {"weights": np.array(key), "ids": ids})
    tried = {}
    for name, run in runs.items():

        def write(folder: Path, name: str = name, run: Path = run) -> int:
            return training([name, str(run), "--out", str(folder)])

        new, earlier = scratch / f"{name}-new", scratch / f"{name}-earlier"
        with contextlib.redirect_stdout(io.StringIO()):  # here, so that forks need not import
            done = write(new)
        if done:
            raise RuntimeError(f"expected {name} to run; found that it does not")
        # As another model's: every file has other bytes.
        shutil.copytree(new, earlier)
        for path in earlier.iterdir():
            path.write_bytes(path.read_bytes() + b" ")
        whole = _contents(new), _contents(earlier)

        def holds(
            folder: Path, write: Command = write, whole: tuple[Contents, Contents] = whole
        ) -> bool:
            recover(folder)  # as whoever writes there next does first
            kept = _contents(folder) in whole
            return kept and not in_a_fork(write, folder) and _contents(folder) == whole[0]

        tried[f"{name}, killed"] = killed_everywhere(write, earlier, scratch, holds, step)
    return tried


def _contents(folder: Path) -> Contents:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != LOCK}


def _each(outcomes: Iterator[bool]) -> tuple[int, int]:
    survived = list(outcomes)
    return len(survived), sum(survived)


def _survives(
    act: Callable[[], Any], told: tuple[type[BaseException], ...], right: Callable[[Any], bool]
) -> bool:
    """Whether what comes back is right, or one of the errors that say what is wrong."""
    try:
        return right(act())
    except told:
        return True
    except Exception:
        return False


def damaged(content: bytes, rng: random.Random) -> bytes:
    """A bit flipped, a part left out, doubled, made zeros or something else, or cut short."""
    at, length = rng.randrange(len(content)), rng.choice((1, 7, 100, 4000))
    before, part, after = content[:at], content[at : at + length], content[at + length :]
    return rng.choice(
        (
            before + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :],
            before + after,
            before + part + part + after,
            before + bytes(len(part)) + after,
            before + rng.randbytes(len(part)) + after,
            before,
        )
    )


def _tables(celeba: Path, scratch: Path, inputs: int, rng: random.Random) -> Iterator[bool]:
    path = scratch / "table.csv"
    for number in range(inputs):
        name, read = (
            ("list_attr_celeba.txt", read_attributes),
            ("list_eval_partition.txt", read_partitions),
        )[number % 2]
        text = (celeba / name).read_text()
        spelled = text.replace("  ", " ").replace(" ", rng.choice((" ", ",", ";", "\t")))
        encoding = rng.choice(("utf-8", "utf-8-sig", "utf-16", "utf-16-le"))
        path.write_bytes(damaged(spelled.encode(encoding), rng))
        yield _survives(partial(read, path), (DataError,), lambda _: True)


def _photos(inputs: int, rng: random.Random) -> Iterator[bool]:
    y, x = np.mgrid[:80, :100]
    picture = Image.fromarray(np.stack([x * 2, y * 3, x + y], -1).astype(np.uint8))
    files = []
    for kind in FORMATS:
        file = io.BytesIO()
        picture.save(file, kind)
        files.append(file.getvalue())
    for number in range(inputs):
        content = damaged(files[number % len(files)], rng)
        yield _survives(
            partial(read_photo, content),
            (PhotoError,),
            lambda found: found.dtype == np.uint8 and found.ndim == 3,
        )


def _arrays(scratch: Path, inputs: int, rng: random.Random) -> Iterator[bool]:
    """No value may ever be another than was written."""
    arrays = {"mean": np.arange(500, dtype=np.float32), "weights": np.array("0123")}
    npz, tensors = scratch / "arrays.npz", scratch / "tensors"
    write_npz(npz, arrays)
    save_tensors(tensors, {"mean": arrays["mean"]}, {"step": "7"})
    contents = npz.read_bytes(), tensors.read_bytes()

    def right(found: dict[str, np.ndarray]) -> bool:
        shared = found.keys() & arrays.keys()
        return all(np.array_equal(found[name], arrays[name]) for name in shared)

    for number in range(inputs):
        path = (npz, tensors)[number % 2]
        path.write_bytes(damaged(contents[number % 2], rng))
        if path is npz:
            yield _survives(lambda: read_npz(npz), (OSError, ValueError), right)
        else:
            yield _survives(lambda: load_tensors(tensors, numpy=True).tensors, BAD_TENSORS, right)


def _runs(run: Path, folder: Path, inputs: int, rng: random.Random) -> Iterator[bool]:
    """Values of another kind in the JSON files, and bytes that are no text in the others."""
    config = json.loads((run / CONFIG).read_text())
    shutil.copytree(run, folder)
    whole = load_model(run).state_dict()

    def right(found: torch.nn.Module) -> bool:
        state = found.state_dict()
        return all(torch.equal(state[name], value) for name, value in whole.items())

    for number in range(inputs):
        shutil.copyfile(run / CONFIG, folder / CONFIG)
        shutil.copyfile(run / WEIGHTS, folder / WEIGHTS)
        if number % 4 == 0:
            part = rng.choice(("model", "training"))
            strange = {rng.choice(list(config[part])): rng.choice(STRANGE)}
            changed = config | {part: config[part] | strange}
            (folder / CONFIG).write_text(json.dumps(changed))
            yield _survives(lambda: _built(read_config(folder)), (RunError,), lambda _: True)
        elif number % 4 == 1:
            (folder / WEIGHTS).write_bytes(damaged((run / WEIGHTS).read_bytes(), rng))
            yield _survives(lambda: load_model(folder), (RunError,), right)
        elif number % 4 == 2:
            (folder / METRICS).write_bytes(damaged((run / METRICS).read_bytes(), rng))
            yield _survives(
                lambda: read_curves(folder),
                (),
                lambda curves: all(np.isfinite(curve).all() for curve in curves.values()),
            )
        else:
            report = {"psnr_mean_db": 20.0, "frechet": {"samples": {"prior": 9.0}}}
            report[rng.choice(list(report))] = rng.choice(STRANGE)
            yield _survives(partial(believable, report), (), lambda _: True)


def _built(config: Any) -> torch.nn.Module:
    with torch.device("meta"):
        return build(config.model)
