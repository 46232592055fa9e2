"""The flow of a run folder in numpy: random codes, with the attributes that are asked for.

    flow = load_flow(run)
    flow.sample(seed=7)                                                  # (D,) float32
    flow.draw(range(12), having=("Smiling",), lacking=("Male",))         # (12, D)

A seed names a code to the last bit, whatever is drawn beside it. training/codes/flow.py trains the
network, training/codes/flow_file.py keeps it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

STEPS = 10  # of Heun's method from noise to a code
GUIDANCE = 2.0  # how far labels that are asked for are overdone; 1 is what was learned
EPSILON = np.float32(1e-5)  # of torch's LayerNorm
TOGETHER = 64  # codes at most, whose numbers still fit into a core's cache
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
        return self.draw([seed], temperature, having, lacking, guidance)[0]

    def draw(
        self,
        seeds: Iterable[int],
        temperature: float = 1.0,
        having: Sequence[str] = (),
        lacking: Sequence[str] = (),
        guidance: float = GUIDANCE,
    ) -> np.ndarray:
        """The codes of some seeds, (N, D) float32, each that of `sample` to the last bit."""
        if not temperature >= 0:
            raise ValueError(f"expected a temperature from 0 up; found {temperature}")
        noise = [
            np.random.default_rng(seed).standard_normal(self.latent, dtype=np.float32)
            for seed in seeds
        ]
        parts = [
            self.lead(np.float32(temperature) * np.stack(part), having, lacking, guidance)
            for part in (
                noise[start : start + TOGETHER] for start in range(0, len(noise), TOGETHER)
            )
        ]
        return np.concatenate([np.empty((0, self.latent), np.float32), *parts])

    def lead(
        self,
        noise: np.ndarray,
        having: Sequence[str] = (),
        lacking: Sequence[str] = (),
        guidance: float = GUIDANCE,
        steps: int = STEPS,
    ) -> np.ndarray:
        """Where the paths from `noise` end, both (N, D) float32, by Heun's method."""
        asked = self._asked(having, lacking)
        conditions = [asked]
        if any(asked) and guidance != 1:
            conditions.append((0,) * len(asked))  # what any face is like
        # (steps + 1, depth, 3, K, W) of K conditions
        table = np.stack([self._adapted(labels, steps) for labels in conditions], 3)

        def velocity(x: np.ndarray, k: int) -> np.ndarray:
            found = self._learned(x, table[k])
            if len(conditions) > 1:  # (Ho & Salimans 2022)
                learned = found[:, 1] + np.float32(guidance) * (found[:, 0] - found[:, 1])
            else:
                learned = found[:, 0]
            t = k / steps
            return np.float32((2 * t - 1) / (t**2 + (1 - t) ** 2)) * x + learned

        x, h = noise.astype(np.float32), np.float32(1 / steps)
        with np.errstate(over="ignore"):  # of the exponential in a SiLU, where the quotient is 0
            for k in range(steps):
                first = velocity(x, k)
                x = x + h / 2 * (first + velocity(x + h * first, k + 1))
        return self.weights["center"] + self.weights["spread"] * x

    def _asked(self, having: Sequence[str], lacking: Sequence[str]) -> tuple[int, ...]:
        """Labels as 1, -1 or 0, in the order of `attributes`."""
        for name in (*having, *lacking):
            if name not in self.attributes:
                raise ValueError(f"expected attributes that the flow learned; found {name!r}")
        if both := set(having) & set(lacking):
            raise ValueError(f"expected a face with or without {min(both)}; found both asked for")
        return tuple((name in having) - (name in lacking) for name in self.attributes)

    @cached_property
    def _adapted(self) -> Callable[[tuple[int, ...], int], np.ndarray]:
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

    def _learned(self, x: np.ndarray, adapted: np.ndarray) -> np.ndarray:
        """What the network adds to the velocity of x (N, D) under K conditions (depth, 3, K, W):
        (N, K, D).

        numpy multiplies an (N, K, W) by a matrix K rows at a time, so a face is computed in the
        same way whatever lies beside it, and its weights are at hand for the next face.
        """
        w = self.weights
        h = _linear(w, "into", np.repeat(x[:, None], adapted.shape[2], 1))
        for n, (scale, shift, gate) in enumerate(adapted):
            inner = _silu(_linear(w, f"blocks.{n}.first", _normalised(h) * scale + shift))
            h += gate * _linear(w, f"blocks.{n}.second", inner)
        return _linear(w, "out", _normalised(h))


def _linear(weights: Mapping[str, np.ndarray], name: str, x: np.ndarray) -> np.ndarray:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _silu(x: np.ndarray) -> np.ndarray:
    return x / (1 + np.exp(-x))


def _normalised(h: np.ndarray) -> np.ndarray:
    """Each of (..., W) with mean 0 and variance 1 (layer norm, Ba et al. 2016)."""
    h = h - h.mean(-1, keepdims=True)
    return h / np.sqrt(np.square(h).mean(-1, keepdims=True) + EPSILON)
