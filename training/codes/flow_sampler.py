"""The flow of a run folder in numpy: random codes, with the attributes that are asked for.

    flow = load_flow(run)
    flow.sample(seed=7)                                                  # (D,) float32
    flow.draw(range(12), having=("Smiling",), lacking=("Male",))         # (12, D)

A seed names a code to the last bit, whatever is drawn beside it. training/codes/flow.py trains the
network, training/codes/flow_file.py keeps it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from training.codes.belief_network import draw_labels

STEPS = 10  # of Heun's method from noise to a code
GUIDANCE = 2.0  # how far labels that are asked for are overdone; 1 is what was learned
EPSILON = np.float32(1e-5)  # of torch's LayerNorm
TOGETHER = 64  # codes at most, whose numbers still fit into a core's cache


@dataclass(frozen=True, eq=False)
class FlowSampler:
    """A trained flow to the codes of a run.

    weights: those of VelocityNetwork (training/codes/flow_network.py) by name, float32.
    attributes: (A,) names in the order of the labels. figures: of its making.
    together: (A, A + 1) float32, how labels go together (training/codes/belief_network.py), None
    in files of before flows knew.
    """

    weights: Mapping[str, np.ndarray]
    attributes: tuple[str, ...]
    figures: Mapping[str, Any]
    together: np.ndarray | None = None

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
        labelled: bool | None = None,
    ) -> np.ndarray:
        """One code, (D,) float32: the same for the same arguments.

        temperature: scales the noise that the path starts at. having, lacking: attributes to be
        seen and not to be seen. guidance: 1 for faces as they are with these, more for faces that
        show them clearly; of no account where none is asked for. labelled: whether a whole set of
        labels is drawn first, which the code then has (belief_network.py): such codes lie nearer
        to those of faces. Where None, if the flow can; of no account where attributes are asked
        for.
        Raises ValueError for an attribute that the flow does not know or that is asked for both
        ways, for a temperature below 0, and for labels that the flow cannot draw.
        """
        return self.draw([seed], temperature, having, lacking, guidance, labelled)[0]

    def draw(
        self,
        seeds: Iterable[int],
        temperature: float = 1.0,
        having: Sequence[str] = (),
        lacking: Sequence[str] = (),
        guidance: float = GUIDANCE,
        labelled: bool | None = None,
    ) -> np.ndarray:
        """The codes of some seeds, (N, D) float32, each that of `sample` to the last bit."""
        if not temperature >= 0:
            raise ValueError(f"expected a temperature from 0 up; found {temperature}")
        if labelled and self.together is None:
            raise ValueError("expected a flow that knows how labels go together; found none")
        together = None if having or lacking or labelled is False else self.together
        noise, labels = [], []
        for seed in seeds:
            generator = np.random.default_rng(seed)
            noise.append(generator.standard_normal(self.latent, dtype=np.float32))
            if together is not None:
                labels.append(draw_labels(together, generator))
        parts = [
            self.lead(
                np.float32(temperature) * np.stack(noise[part]),
                having,
                lacking,
                guidance,
                labels=np.stack(labels[part]) if labels else None,
            )
            for part in (slice(k, k + TOGETHER) for k in range(0, len(noise), TOGETHER))
        ]
        return np.concatenate([np.empty((0, self.latent), np.float32), *parts])

    def lead(
        self,
        noise: np.ndarray,
        having: Sequence[str] = (),
        lacking: Sequence[str] = (),
        guidance: float = GUIDANCE,
        steps: int = STEPS,
        labels: np.ndarray | None = None,
    ) -> np.ndarray:
        """Where the paths from `noise` end, both (N, D) float32, by Heun's method.

        labels: (N, A) of 1, -1 and 0, what each code is to have, where nothing is asked for all.
        """
        asked = self._asked(having, lacking)[None]
        conditions = [asked if labels is None else labels]
        if labels is None and asked.any() and guidance != 1:
            conditions.append(np.zeros_like(asked))  # what any face is like
        table = self._adapted(np.stack(conditions, 1), steps)

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

    def _asked(self, having: Sequence[str], lacking: Sequence[str]) -> np.ndarray:
        """Labels (A,) float32 of 1, -1 or 0, in the order of `attributes`."""
        for name in (*having, *lacking):
            if name not in self.attributes:
                raise ValueError(f"expected attributes that the flow learned; found {name!r}")
        if both := set(having) & set(lacking):
            raise ValueError(f"expected a face with or without {min(both)}; found both asked for")
        signs = ((name in having) - (name in lacking) for name in self.attributes)
        return np.array([*signs], np.float32)

    def _adapted(self, wanted: np.ndarray, steps: int) -> np.ndarray:
        """Labels (M, K, A) -> (steps + 1, depth, 3, M, K, 1, W): scale, shift, gate of all blocks.

        They depend on time and labels alone, so paths with the same labels share them. Each set of
        labels is multiplied by itself, so that its numbers are the same beside others.
        """
        w = self.weights
        t = np.linspace(0, 1, steps + 1, dtype=np.float32)[:, None]
        angle = t * w["frequencies"]
        time = _silu(_linear(w, "time", np.concatenate([np.sin(angle), np.cos(angle)], 1)))
        told = _linear(w, "labels", np.concatenate([wanted, abs(wanted)], -1)[:, :, None])
        condition = _silu(_linear(w, "time_again", time) + told)  # (M, K, T, C)
        parts = [_linear(w, f"blocks.{n}.adapt", condition) for n in range(self._depth)]
        table = np.stack(parts).reshape(self._depth, *condition.shape[:3], 3, -1)
        table[..., 0, :] += 1
        return np.ascontiguousarray(table.transpose(3, 0, 4, 1, 2, 5))[..., None, :]

    @cached_property
    def _depth(self) -> int:
        return 1 + max(int(name.split(".")[1]) for name in self.weights if name[:7] == "blocks.")

    def _learned(self, x: np.ndarray, adapted: np.ndarray) -> np.ndarray:
        """What the network adds to the velocity of x (N, D) under K conditions of each or of all,
        adapted to as (depth, 3, N or 1, K, 1, W): (N, K, D).

        numpy multiplies an (N, K, 1, W) by a matrix row by row, so a face is computed in the same
        way whatever lies beside it, and its weights are at hand for the next face; products of two
        rows take four times as long as those of one.
        """
        w = self.weights
        h = _linear(w, "into", np.repeat(x[:, None, None], adapted.shape[3], 1))
        for n, (scale, shift, gate) in enumerate(adapted):
            inner = _silu(_linear(w, f"blocks.{n}.first", _normalised(h) * scale + shift))
            h += gate * _linear(w, f"blocks.{n}.second", inner)
        return _linear(w, "out", _normalised(h))[:, :, 0]


def _linear(weights: Mapping[str, np.ndarray], name: str, x: np.ndarray) -> np.ndarray:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _silu(x: np.ndarray) -> np.ndarray:
    return x / (1 + np.exp(-x))


def _normalised(h: np.ndarray) -> np.ndarray:
    """Each of (..., W) with mean 0 and variance 1 (layer norm, Ba et al. 2016)."""
    h = h - h.mean(-1, keepdims=True)
    return h / np.sqrt(np.square(h).mean(-1, keepdims=True) + EPSILON)
