"""The flow of a run folder in numpy: random codes, with the attributes that are asked for.

    flow = load_flow(run)
    flow.sample(seed=7)                                                  # (D,) float32
    flow.draw(range(12), having=("Smiling",), lacking=("Male",))         # (12, D)

flow.safetensors, made by `python -m training flow`, holds the weights in half precision; its
metadata hold the key of the run's weights, the names of the attributes and figures of its making.
Each code is computed by itself, so that its seed names it to the last bit, whatever is drawn beside
it; products of one or two rows are what numpy is quick at, too.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from data.json_text import parse_json
from training.run.files import write_atomically
from training.run.run_folder import FLOW, RunError, reason, weights_key

STEPS = 10  # of Heun's method from noise to a code
GUIDANCE = 2.0  # how far labels that are asked for are overdone; 1 is what was learned
EPSILON = np.float32(1e-5)  # of torch's LayerNorm
WHOLE = ("center", "spread", "frequencies")  # kept in single precision
MOST_TABLES = 32  # sets of labels whose conditions are kept, half a MB each


@dataclass(frozen=True, eq=False)
class FlowSampler:
    """A trained flow to the codes of a run.

    weights: those of VelocityNetwork (training/codes/flow_network.py) by name, float32.
    attributes: (A,) names in the order of the labels. figures: of its making.
    """

    weights: Mapping[str, np.ndarray]
    attributes: tuple[str, ...]
    figures: Mapping[str, Any]

    @property
    def latent(self) -> int:
        """D, the number of latent dimensions."""
        return len(self.weights["center"])

    def sample(
        self,
        seed: int,
        temperature: float = 1.0,
        having: Sequence[str] = (),
        lacking: Sequence[str] = (),
        guidance: float = GUIDANCE,
    ) -> np.ndarray:
        """One code, (D,) float32: the same for the same arguments.

        temperature: scales the noise that the path starts at. having, lacking: attributes to be
        seen and not to be seen. guidance: 1 for faces as they are with these, more for faces that
        show them clearly; of no account where none is asked for.
        Raises ValueError for an attribute that the flow does not know or that is asked for both
        ways, and for a temperature below 0.
        """
        if not temperature >= 0:
            raise ValueError(f"expected a temperature from 0 up; found {temperature}")
        noise = np.random.default_rng(seed).standard_normal(self.latent, dtype=np.float32)
        return self.lead(np.float32(temperature) * noise, having, lacking, guidance)

    def draw(
        self,
        seeds: Iterable[int],
        temperature: float = 1.0,
        having: Sequence[str] = (),
        lacking: Sequence[str] = (),
        guidance: float = GUIDANCE,
    ) -> np.ndarray:
        """The codes of some seeds, (N, D) float32; see `sample`."""
        codes = [self.sample(seed, temperature, having, lacking, guidance) for seed in seeds]
        return np.stack(codes) if codes else np.empty((0, self.latent), np.float32)

    def lead(
        self,
        noise: np.ndarray,
        having: Sequence[str] = (),
        lacking: Sequence[str] = (),
        guidance: float = GUIDANCE,
        steps: int = STEPS,
    ) -> np.ndarray:
        """The code, (D,) float32, at the end of the path from `noise` (D,), by Heun's method."""
        asked = self._asked(having, lacking)
        free = (0,) * len(self.attributes)
        guided = asked != free and guidance != 1
        tables = [self._adapted(labels, steps) for labels in ([asked, free] if guided else [asked])]

        def velocity(x: np.ndarray, k: int) -> np.ndarray:
            found = self._learned(np.stack([x] * len(tables)), [table[k] for table in tables])
            if guided:  # away from what any face is like (Ho & Salimans 2022)
                found = found[1] + np.float32(guidance) * (found[0] - found[1])
            t = k / steps
            return np.float32((2 * t - 1) / (t**2 + (1 - t) ** 2)) * x + found.reshape(-1)

        x, h = noise.astype(np.float32), np.float32(1 / steps)
        for k in range(steps):
            first = velocity(x, k)
            x = x + h / 2 * (first + velocity(x + h * first, k + 1))
        return self.weights["center"] + self.weights["spread"] * x

    def check(self, having: Sequence[str], lacking: Sequence[str]) -> None:
        """Raises ValueError as `sample` does, for what is asked for."""
        self._asked(having, lacking)

    def _asked(self, having: Sequence[str], lacking: Sequence[str]) -> tuple[int, ...]:
        """Labels as 1, -1 or 0, in the order of `attributes`."""
        for name in (*having, *lacking):
            if name not in self.attributes:
                raise ValueError(f"expected attributes that the flow learned; found {name!r}")
        if both := set(having) & set(lacking):
            raise ValueError(f"expected a face with or without {min(both)}; found both asked for")
        return tuple((name in having) - (name in lacking) for name in self.attributes)

    @cached_property
    def _adapted(self) -> Any:
        """(labels, steps) -> (steps + 1, depth, 3, W): scale, shift and gate of all blocks.

        They depend on time and labels alone, so a set of labels needs them once.
        """

        @lru_cache(MOST_TABLES)
        def adapted(labels: tuple[int, ...], steps: int) -> np.ndarray:
            w = self.weights
            t = np.linspace(0, 1, steps + 1, dtype=np.float32)[:, None]
            wanted = np.array(labels, np.float32)
            angle = t * w["frequencies"]
            time = _silu(_linear(w, "time", np.concatenate([np.sin(angle), np.cos(angle)], 1)))
            told = _linear(w, "labels", np.concatenate([wanted, abs(wanted)])[None])
            condition = _silu(_linear(w, "time_again", time) + told)  # (T, C)
            parts = [_linear(w, f"blocks.{n}.adapt", condition) for n in range(self._depth)]
            table = np.stack(parts, 1).reshape(steps + 1, self._depth, 3, -1)
            table[:, :, 0] += 1
            return table

        return adapted

    @cached_property
    def _depth(self) -> int:
        return 1 + max(int(name.split(".")[1]) for name in self.weights if name[:7] == "blocks.")

    def _learned(self, x: np.ndarray, adapted: list[np.ndarray]) -> np.ndarray:
        """What the network adds to the velocity of x (K, D) under K conditions (depth, 3, W)."""
        w, by_block = self.weights, np.stack(adapted, 2)  # (depth, 3, K, W)
        h = _linear(w, "into", x)
        for n, (scale, shift, gate) in enumerate(by_block):
            inner = _silu(_linear(w, f"blocks.{n}.first", _normalised(h) * scale + shift))
            h += gate * _linear(w, f"blocks.{n}.second", inner)
        return _linear(w, "out", _normalised(h))


def _linear(weights: Mapping[str, np.ndarray], name: str, x: np.ndarray) -> np.ndarray:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _silu(x: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # of exp, where the quotient is 0
        return x / (1 + np.exp(-x))


def _normalised(h: np.ndarray) -> np.ndarray:
    """Each row of (K, W) with mean 0 and variance 1 (layer norm, Ba et al. 2016)."""
    h = h - h.mean(1, keepdims=True)
    variance = np.einsum("kw,kw->k", h, h)[:, None] / np.float32(h.shape[1])
    return h / np.sqrt(variance + EPSILON)


def save_flow(
    run: Path,
    weights: Mapping[str, np.ndarray],
    attributes: Sequence[str],
    key: str,
    figures: Mapping[str, Any],
) -> None:
    """Write flow.safetensors into a run folder.

    weights: of a VelocityNetwork by name. key: of the run's weights whose codes it learned.
    """
    metadata = {
        "weights": key,
        "attributes": json.dumps(list(attributes)),
        "figures": json.dumps(dict(figures), allow_nan=False),
    }
    kept = {
        name: np.ascontiguousarray(values, np.float32 if name in WHOLE else np.float16)
        for name, values in weights.items()
    }
    content = save(kept, metadata=metadata)
    write_atomically(run / FLOW, lambda temporary: temporary.write_bytes(content))


def load_flow(run: Path) -> FlowSampler:
    """Read flow.safetensors of a run folder.

    Raises RunError when it is missing, damaged or learned the codes of other weights.
    """
    path, command = run / FLOW, f"python -m training flow {run}"
    if not path.is_file():
        raise RunError(f"{FLOW} in {run}", "no such file", command)
    try:
        with safe_open(path, framework="numpy") as file:
            about = file.metadata() or {}
            weights = {k: file.get_tensor(k).astype(np.float32) for k in file.keys()}  # noqa: SIM118
        key = about["weights"]
        names, figures = parse_json(about["attributes"]), parse_json(about["figures"])
        made = FlowSampler(weights, tuple(names), figures)
        made.lead(np.zeros(made.latent, np.float32), steps=1)  # all that it needs is there
    except (SafetensorError, OSError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise RunError(f"a readable {path}", reason(error), command) from error
    if key != weights_key(run):
        raise RunError(
            f"{FLOW} of the codes of the weights in {run} ({weights_key(run)})",
            f"one of other weights ({key})",
            command,
        )
    return made
