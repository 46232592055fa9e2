"""Where random faces come from: samplers of codes, each with a seed and a temperature.

    sampler = samplers(run, mixture)["mixture"]
    codes = draw(sampler, seeds=range(16), temperature=0.8)     # (16, D) float32

A sampler has one method, `sample(seed, temperature)`: the same seed gives the same code, whatever
is drawn beside it. Temperature scales the noise; 1 is the sampler as fitted, less is more typical
and less varied, 0 is the centre.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from training.codes.flow_file import load_flow
from training.codes.flow_sampler import FlowSampler
from training.codes.mixture import COMPONENTS, Mixture, fit_mixture, gaussian
from training.run.run_folder import FLOW, SECOND_STAGE, RunError, check_key, quoted, unreadable
from training.run.tensors import BAD_TENSORS, load_tensors

FEWEST = 10  # codes that a mixture of chosen ones needs


class Sampler(Protocol):
    """Anything that draws codes."""

    def sample(self, seed: int, temperature: float = 1.0) -> np.ndarray:
        """One code, (D,) float32."""


def draw(sampler: Sampler, seeds: Iterable[int], temperature: float = 1.0) -> np.ndarray:
    """The codes of some seeds: (N, D) float32."""
    if isinstance(sampler, FlowSampler):
        return sampler.draw(seeds, temperature)
    return np.stack([sampler.sample(seed, temperature) for seed in seeds])


def prior(latent: int) -> Mixture:
    """N(0, I) of D dimensions: what the VAE was trained against."""
    return gaussian(np.zeros(latent), np.eye(latent))


def fitted_gaussian(mixture: Mixture) -> Mixture:
    """The Gaussian with the mean and the covariance of the codes that a mixture was fitted to."""
    return gaussian(*mixture.moments())


def conditional(codes: np.ndarray, seed: int = 0) -> Mixture:
    """A mixture of chosen codes, as those of faces that pass a filter: (N, D) -> Mixture.

    When they are too few for their covariance to be known (N below 5 D) it is one Gaussian, its
    covariance shrunk towards a round one (Ledoit & Wolf 2004). Raises ValueError below FEWEST.
    """
    n, d = codes.shape
    if n < FEWEST:
        raise ValueError(f"expected at least {FEWEST} faces to learn from; found {n}")
    if n >= 5 * d:
        return fit_mixture(codes, COMPONENTS, seed)
    return gaussian(codes.mean(0), shrunk_covariance(codes.astype(np.float64)))


def shrunk_covariance(codes: np.ndarray) -> np.ndarray:
    """The covariance of codes (N, D) float64 between their own and a round one (Ledoit & Wolf
    2004): (D, D).
    """
    n, d = codes.shape
    centred = codes - codes.mean(0)
    own = centred.T @ centred / n
    round_one = np.trace(own) / d
    apart = np.square(own).sum() / d - round_one**2
    noise = (np.square(np.square(centred).sum(1)).sum() / n - np.square(own).sum()) / (n * d)
    share = min(noise, apart) / apart if apart > 0 else 0.0
    return (1 - share) * own + share * round_one * np.eye(d)


@dataclass(frozen=True, eq=False)
class SecondStageSampler:
    """The decoder of training/codes/second_stage.py, in numpy.

    layers: weights (out, in) and biases (out,) float32 of a network with ReLU between. center,
    spread: (D,) of the codes. sigma: of the noise around what the network gives, standardised.
    """

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    center: np.ndarray
    spread: np.ndarray
    sigma: float

    def sample(self, seed: int, temperature: float = 1.0) -> np.ndarray:
        """One code, (D,) float32; temperature scales the noise before and after the network."""
        generator, d = np.random.default_rng(seed), len(self.center)
        h, noise = np.float32(temperature) * generator.standard_normal((2, d), dtype=np.float32)
        for number, (weight, bias) in enumerate(self.layers, 1):
            h = weight @ h + bias
            if number < len(self.layers):
                h = np.maximum(h, 0)
        return self.center + self.spread * (h + np.float32(self.sigma) * noise)


def load_second_stage(root: Path) -> SecondStageSampler:
    """Read second_stage.safetensors of a run folder.

    Raises RunError when it is missing, damaged or of other weights.
    """
    path, command = root / SECOND_STAGE, f"python -m training sampler {quoted(root)}"
    if not path.is_file():
        raise RunError(f"{SECOND_STAGE} in {root}", "no such file", command)
    try:
        tensors, about = load_tensors(path, numpy=True)
        key = about["weights"]
        numbers = sorted({int(k.split(".")[1]) for k in tensors if k.startswith("decoder.")})
        layers = [(tensors[f"decoder.{n}.weight"], tensors[f"decoder.{n}.bias"]) for n in numbers]
        made = SecondStageSampler(
            tuple(layers), tensors["center"], tensors["spread"], float(np.exp(tensors["log_sigma"]))
        )
    except BAD_TENSORS as error:
        raise unreadable(f"a readable {path}", path, error, command) from error
    check_key(root, SECOND_STAGE, key, command)
    return made


def samplers(run: Path, mixture: Mixture, flow: FlowSampler | None = None) -> dict[str, Sampler]:
    """The samplers of a run folder by name; "second stage" and "flow" only where the run has them.

    mixture: fitted to the run's codes. flow: of the run, where it has been read already. Raises
    RunError for one that is damaged or of other weights.
    """
    found: dict[str, Sampler] = {
        "prior": prior(mixture.means.shape[1]),
        "Gaussian": fitted_gaussian(mixture),
        "mixture": mixture,
    }
    if (run / SECOND_STAGE).is_file():
        found["second stage"] = load_second_stage(run)
    if (run / FLOW).is_file():
        found["flow"] = flow or load_flow(run)
    return found
