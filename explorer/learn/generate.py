"""Step 3: samples of an autoencoder and of a VAE, and where their codes lie."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from sklearn.neighbors import NearestNeighbors

from explorer.learn.figures import BLUE, GREY, ORANGE, figure
from explorer.learn.prior import SAMPLERS, densities, draw, radii
from explorer.loaded import Loaded

DRAWN_FROM = SAMPLERS[:2]  # the prior, and one Gaussian fitted to the codes
SCORED = 256  # samples in a Fréchet distance
THUMBNAIL = 8  # pixels, side of what it compares
AT_ONCE = 32  # pictures decoded between two reports of progress
COLOURS = {"hourglass": ORANGE, "VAE": BLUE}


def samples(model: Loaded, drawn_from: str, seeds: range) -> np.ndarray:
    """One code for each seed from a density of DRAWN_FROM: (B, D) float32."""
    return draw(densities(model.run.space)[drawn_from], seeds)


class Shape(NamedTuple):
    """Where the codes of a model lie.

    spread: (D,) standard deviation of each dimension, largest first; the prior's is 1. radius:
    (N,) distance of each code from the origin.
    """

    spread: np.ndarray
    radius: np.ndarray


def shape_of(codes: np.ndarray) -> Shape:
    """codes: (N, D)."""
    return Shape(np.sort(codes.std(0))[::-1], radii(codes))


class Holes(NamedTuple):
    """Distances to the nearest code, in units of the median one between codes.

    codes: (N,) from each code to the nearest other one. samples: (M,) from each sample.
    """

    codes: np.ndarray
    samples: np.ndarray

    @property
    def outside(self) -> float:
        """Share of the samples farther from all codes than 99 % of the codes are from others."""
        return float((self.samples > np.quantile(self.codes, 0.99)).mean())


def holes(codes: np.ndarray, drawn: np.ndarray) -> Holes:
    """codes: (N, D). drawn: (M, D) samples. Distances in units of the codes' own spread."""
    spread = codes.std(0) + 1e-8
    near = NearestNeighbors(n_neighbors=2).fit(codes / spread)
    between = near.kneighbors(codes / spread)[0][:, 1]
    from_samples = near.kneighbors(drawn / spread, n_neighbors=1)[0][:, 0]
    unit = np.median(between)
    return Holes(between / unit, from_samples / unit)


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """|mean a - mean b|^2 + tr(A + B - 2 (A B)^(1/2)) of the Gaussians of two sets of features.

    a: (N, F), b: (M, F). Source: Dowson & Landau 1982; Heusel et al. 2017 (FID) with features of
    another network.
    """
    cov_a, cov_b = (np.cov(x, rowvar=False) for x in (a, b))
    shared = np.sqrt(np.maximum(np.linalg.eigvals(cov_a @ cov_b).real, 0)).sum()
    apart = ((a.mean(0) - b.mean(0)) ** 2).sum()
    return float(apart + np.trace(cov_a) + np.trace(cov_b) - 2 * shared)


def thumbnails(pictures: np.ndarray) -> np.ndarray:
    """Pictures (N, S, S, 3) uint8 as the features compared: (N, 3 * THUMBNAIL^2) in [0, 1].

    S a multiple of THUMBNAIL. What is left is the arrangement of light and colour.
    """
    n, side = len(pictures), pictures.shape[1] // THUMBNAIL
    cells = pictures.reshape(n, THUMBNAIL, side, THUMBNAIL, side, 3)
    return cells.mean((2, 4)).reshape(n, -1) / 255


def scores(
    model: Loaded, count: int = SCORED, progress: Callable[[float], None] = lambda done: None
) -> dict[str, float]:
    """Fréchet distance of samples from each of DRAWN_FROM to the model's reconstructions.

    Between `thumbnails` of `count` samples and of the decoded codes of as many validation faces:
    against what this decoder draws at its best, so that the sharpness of a decoder does not count.
    progress: told the share done, up to 1.
    """
    codes = model.run.faces.mean
    rows = np.linspace(0, len(codes) - 1, min(count, len(codes))).round().astype(int)
    sets = [codes[rows], *(samples(model, name, range(count)) for name in DRAWN_FROM)]
    steps = sum(len(part) for part in sets)
    features, done = [], 0
    for part in sets:
        rows = []
        for chunk in _chunks(part):
            rows.append(thumbnails(model.decoder.decode(chunk)))
            done += len(chunk)
            progress(done / steps)
        features.append(np.concatenate(rows))
    at_best, *others = features
    return {
        name: frechet_distance(found, at_best)
        for name, found in zip(DRAWN_FROM, others, strict=True)
    }


def _chunks(codes: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(codes), AT_ONCE):
        yield codes[start : start + AT_ONCE]


def spread_figure(shapes: dict[str, Shape]):
    """Standard deviation of every dimension of each model, against the prior's 1."""
    made = figure(height=300, x="dimension of z, widest first", y="standard deviation")
    for name, shape in shapes.items():
        at = np.arange(1, len(shape.spread) + 1)
        made.add_scatter(
            x=at, y=shape.spread, mode="lines", name=name, line={"color": COLOURS[name], "width": 3}
        )
    made.add_hline(1, line={"color": GREY, "width": 3, "dash": "dot"}, annotation_text="prior")
    made.update_yaxes(rangemode="tozero")
    return made


def radius_figure(shapes: dict[str, Shape], latent: int):
    """Distance of codes from the origin, against that of draws of the prior."""
    drawn = radii(np.random.default_rng(0).standard_normal((3000, latent)))
    made = figure(height=300, x="distance from the origin", y="share", barmode="overlay")
    sets = {name: shape.radius for name, shape in shapes.items()} | {"prior": drawn}
    for name, values in sets.items():
        made.add_histogram(
            x=values,
            histnorm="probability",
            nbinsx=60,
            name=name,
            opacity=0.7,
            marker={"color": COLOURS.get(name, GREY)},
        )
    return made


def holes_figure(found: Holes, name: str):
    """Distance to the nearest code: from other codes and from samples."""
    made = figure(
        height=300, x="distance to the nearest code (1: usual)", y="share", barmode="overlay"
    )
    for values, label, colour in (
        (found.codes, "from a code", COLOURS[name]),
        (found.samples, "from a sample", GREY),
    ):
        made.add_histogram(
            x=values,
            histnorm="probability",
            nbinsx=60,
            name=label,
            opacity=0.7,
            marker={"color": colour},
        )
    return made
