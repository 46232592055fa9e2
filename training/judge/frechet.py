"""How good samples are: a Fréchet distance in the features of two networks.

The first is the attribute classifier, which the sharp renderer is trained with. The second is the
network of whole faces of the scoring judges (training/judges/), through which nothing is trained.

The distance between two Gaussians (Dowson & Landau 1982) with the moments of what a fixed network
sees in real and in drawn pictures, as the FID does with another network (Heusel et al. 2017). It
is not an FID and compares with none; it compares models on the same pictures by the same protocol,
which is therefore stored beside it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from data.prepared import Prepared, read_about
from training.codes.encode import posteriors
from training.codes.mixture import COMPONENTS, fit_mixture
from training.codes.samplers import draw, samplers
from training.compute.batches import PictureBatches
from training.judge.attribute_network import CLASSIFIER, load_classifier
from training.judge.moments import Moments as Moments
from training.judge.moments import frechet_distance as frechet_distance
from training.judge.moments import moments as moments
from training.judges.files import SCORING, judges_path, load_judges
from training.model.config import ConfigError
from training.model.networks import Autoencoder
from training.run.latents import Latents
from training.run.run_folder import read_config, reason

SAMPLES = 5000  # pictures drawn from each sampler
MOST_NEAREST = 2000  # codes whose nearest training code is sought
SEED = 0  # of the mixture; samples take the seeds 0, 1, 2 and so on
BATCH = 64
FIRST, SECOND = "classifier", "judges"  # the networks in whose features distances are


class Options(Protocol):
    """size: pixels, side of the pictures that a network sees."""

    @property
    def size(self) -> int: ...


class Seeing(Protocol):
    """A network whose features are compared."""

    @property
    def config(self) -> Options: ...

    def features(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) in [0, 1] -> (B, F)."""


def seen(network: Seeing, batches: Iterable[Tensor]) -> Moments:
    """Moments of the features of pictures, batches of (B, 3, S, S) in [0, 1], as 8 bits a value.

    Pictures of another size than the network's are resized.
    """
    return seen_by([network], batches)[0]


def seen_by(networks: Sequence[Seeing], batches: Iterable[Tensor]) -> list[Moments]:
    """The same by several networks, for which pictures are drawn only once."""
    found: list[list[Tensor]] = [[] for _ in networks]
    for x in batches:
        x = (x * 255).round() / 255
        for network, features in zip(networks, found, strict=True):
            side, y = network.config.size, x
            if x.shape[2:] != (side, side):
                y = functional.interpolate(x, (side, side), mode="bilinear", antialias=True)
            features.append(network.features(y).float())
    return [moments(_exactly(torch.cat(features))) for features in found]


def _exactly(values: Tensor) -> Tensor:
    """Where they can be summed in double precision, which Apple's GPUs do not have."""
    return values.cpu() if values.device.type == "mps" else values


@torch.inference_mode()
def sample_quality(
    run: Path,
    model: Autoencoder,
    prepared: Prepared,
    latents: Latents,
    samples: int = SAMPLES,
    classifier: Path = CLASSIFIER,
    fid: bool = False,
    sharp: Callable[[Tensor], Tensor] | None = None,
) -> dict[str, Any]:
    """Fréchet distance to the validation pictures of what each sampler draws, and the protocol.

    latents: codes of the run. The Gaussian and the mixture are fitted to its training codes; the
    training pictures are encoded for it when it has none. Beside the samplers stand the
    reconstructions of the validation pictures, which no sampler is expected to reach, at most
    `samples` training pictures, real ones and the floor, and what is decoded from as many training
    codes, which a perfect sampler draws. An hourglass has no prior. Where the run has a flow,
    `flow` says how good it is as a sampler.
    `second` has the same by the scoring judges' network, which nothing that draws was trained with;
    None where they are missing. fid: the same samples by the Inception network, too
    (`inception_distance`).
    sharp: the sharp renderer of the run, (B, D) -> (B, 3, S, S), which then draws them once more.
    Raises DataError when the classifier is missing, RunError for a damaged second stage,
    ConfigError where the Inception network cannot be had.
    """
    device = model.log_sigma.device
    networks: dict[str, Seeing] = {FIRST: load_classifier(classifier, device)}
    judges = load_judges(SCORING, device=device) if judges_path(SCORING).is_file() else None
    if judges is not None:
        networks[SECOND] = judges
    train, held_out = prepared.rows("train"), prepared.rows("validation")
    if len(rows := latents.rows("train")):
        codes = latents.mean[rows]
    else:
        beta, steps = read_config(run).training.beta, latents.refine_steps
        codes = posteriors(model, prepared, train, steps=steps, beta=beta).mean
    validation_codes = latents.mean[latents.rows("validation")]
    mixture = fit_mixture(codes, COMPONENTS, SEED)
    found = samplers(run, mixture)
    if model.config.kind != "vae":
        del found["prior"]
    pictures = PictureBatches(prepared.pictures, held_out, device)
    reference = seen_by(list(networks.values()), pictures.in_order(BATCH))

    def distance(batches: Iterable[Tensor]) -> dict[str, float]:
        """By each network."""
        found = seen_by(list(networks.values()), batches)
        apart = (frechet_distance(a, b) for a, b in zip(reference, found, strict=True))
        return {name: round(value, 4) for name, value in zip(networks, apart, strict=True)}

    def decoded(
        codes: np.ndarray, renderer: Callable[[Tensor], Tensor] = model.decode
    ) -> Iterator[Tensor]:
        return (renderer(z) for z in torch.from_numpy(codes).to(device).split(BATCH))

    inception = inception_distance(pictures.in_order(BATCH), device) if fid else None
    about = read_about(prepared.root)
    floor = PictureBatches(prepared.pictures, train[_spread(len(train), samples)], device)
    drawn = {name: draw(sampler, range(samples)) for name, sampler in found.items()}
    renderers = {"mean": model.decode} | ({"sharp": sharp} if sharp else {})
    among_train = codes[_spread(len(codes), samples)]
    real = distance(floor.in_order(BATCH))
    # renderer -> what it draws -> network -> distance
    reconstructed = {
        k: distance(decoded(validation_codes, draws)) for k, draws in renderers.items()
    }
    floors = {k: distance(decoded(among_train, draws)) for k, draws in renderers.items()}
    distances = {
        k: {name: distance(decoded(z, draws)) for name, z in drawn.items()}
        for k, draws in renderers.items()
    }

    def of_samples(network: str) -> dict[str, dict[str, float]]:
        return {
            k: {name: by[network] for name, by in drawn_by.items()}
            for k, drawn_by in distances.items()
        }

    def by_network(network: str) -> dict[str, Any]:
        return {
            "training_pictures": real[network],
            "reconstructions": reconstructed["mean"][network],
            "training_codes": floors["mean"][network],
            "samples": of_samples(network)["mean"],
        }

    def excess(network: str) -> dict[str, float | None]:
        return excess_of_mixture(
            of_samples(network), {k: floor[network] for k, floor in floors.items()}
        )

    flow = "flow" in found
    return {
        "protocol": {
            "features": f"{classifier.name}, the layer below its outputs",
            "features_key": hashlib.sha256(classifier.read_bytes()).hexdigest()[:16],
            "crop": about.get("crop"),
            "filter": about.get("filter"),
            "size": prepared.size,
            "reference": "validation",
            "reference_pictures": len(held_out),
            "samples": samples,
            "seed": SEED,
            "temperature": 1.0,
            "components": len(mixture.weights),
            "fitted_on": len(codes),
        },
        **by_network(FIRST),
        "flow": {
            "excess_of_mixture": excess(FIRST),
            "nearest_training_code": nearest_training_code(
                {name: torch.from_numpy(z).to(device) for name, z in drawn.items()},
                *(torch.from_numpy(z).to(device) for z in (validation_codes, codes)),
            ),
        }
        if flow
        else None,
        "second": {
            "features": f"{judges_path(SCORING).name}, what its network of whole faces sees",
            "features_key": judges.features_key(),
            **by_network(SECOND),
            "excess_of_mixture": excess(SECOND) if flow else None,
            "sharp": {
                "reconstructions": reconstructed["sharp"][SECOND],
                "training_codes": floors["sharp"][SECOND],
                "samples": of_samples(SECOND)["sharp"],
            }
            if sharp
            else None,
        }
        if judges is not None
        else None,
        "fid": {name: inception(decoded(z)) for name, z in drawn.items()} if inception else None,
    } | ({"sharp": of_samples(FIRST)["sharp"]} if sharp else {})


def second_network(second: Mapping[str, Any] | None) -> dict[str, float]:
    """What the second network says, in a row for people: name -> distance, or share of the flow."""
    if second is None:
        return {}
    drawn = {"": second} | ({", sharp": second["sharp"]} if second["sharp"] else {})
    rows = {"training pictures": second["training_pictures"]}
    for by, found in drawn.items():
        rows |= {
            f"reconstructions{by}": found["reconstructions"],
            f"training codes{by}": found["training_codes"],
            **{f"samples {name}{by}": value for name, value in found["samples"].items()},
        }
    shares = (second["excess_of_mixture"] or {}).items()
    return rows | {
        f"excess of mixture, {renderer}": share for renderer, share in shares if share is not None
    }


def excess_of_mixture(
    distances: Mapping[str, Mapping[str, float]], floors: Mapping[str, float]
) -> dict[str, float | None]:
    """For each renderer, by what the flow's distance exceeds the floor, as a share of what the
    mixture's does; None where that does not.

    distances: renderer -> sampler -> Fréchet distance; floors: renderer -> that of training codes.
    """
    return {
        renderer: excess_share(of["flow"], of["mixture"], floors[renderer])
        for renderer, of in distances.items()
    }


def nearest_training_code(
    drawn: Mapping[str, Tensor], validation: Tensor, train: Tensor
) -> dict[str, float]:
    """Median distance to it, of the flow's and the mixture's samples and of validation codes.

    A flow that is nearer than these learned its training codes by heart. drawn: the samplers' codes
    (N, D); validation: (M, D); train: (L, D).
    """
    judged = {name: drawn[name] for name in ("flow", "mixture")} | {"validation": validation}
    return {
        name: round(float(nearest_distance(codes[:MOST_NEAREST], train).quantile(0.5)), 3)
        for name, codes in judged.items()
    }


def excess_share(flow: float, mixture: float, floor: float) -> float | None:
    """(flow - floor) / (mixture - floor), None where the mixture is no farther than the floor."""
    return round((flow - floor) / (mixture - floor), 4) if mixture > floor else None


def nearest_distance(codes: Tensor, train: Tensor) -> Tensor:
    """Of each code (N, D) to the nearest of (M, D): (N,), Euclidean."""
    squares = train.square().sum(1)
    found = [
        (squares - 2 * part @ train.T).amin(1) + part.square().sum(1) for part in codes.split(BATCH)
    ]
    return torch.cat(found).clamp(min=0).sqrt()


def _spread(count: int, most: int) -> np.ndarray:
    """At most so many of `count` rows, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(most, count)).round().astype(int))


def inception_distance(
    reference: Iterable[Tensor], device: torch.device
) -> Callable[[Iterable[Tensor]], float]:
    """The FID of pictures to those of `reference`, by torchmetrics (Heusel et al. 2017).

    Its Inception network is downloaded when it is first used. Raises ConfigError where it or
    torchmetrics cannot be had.
    """
    try:
        from torchmetrics.image.fid import FrechetInceptionDistance

        metric = FrechetInceptionDistance(normalize=True, reset_real_features=False).to(device)
    except (ImportError, OSError) as error:  # URLError is an OSError
        raise ConfigError(
            f"expected torchmetrics and its Inception network for --fid; found {reason(error)}; "
            'next: pip install "torchmetrics[image]", once with a connection'
        ) from error
    for x in reference:
        metric.update(x, real=True)

    def distance(batches: Iterable[Tensor]) -> float:
        metric.reset()
        for x in batches:
            metric.update(x, real=False)
        return float(metric.compute())

    return distance
