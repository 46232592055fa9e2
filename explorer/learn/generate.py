"""Step 3: samples of an autoencoder and of a VAE, and where their codes lie."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from explorer.derived.neighbours import nearest_points
from explorer.figures.charts import BLUE, GREY, LEGEND, ORANGE, Figure
from explorer.judge.scorer import scorer
from explorer.language.text import _
from explorer.learn.prior import SAMPLERS, Spectrum, densities, radii, spectrum
from explorer.run.loaded import Loaded
from training.codes.samplers import draw
from training.judge.moments import frechet_distance, moments

DRAWN_FROM = SAMPLERS[:2]  # the prior, and one Gaussian fitted to the codes
SCORED = 256  # samples in a Fréchet distance
AT_ONCE = 32  # pictures decoded between two reports of progress
COLOURS = {"hourglass": ORANGE, "VAE": BLUE}


def samples(loaded: Loaded, drawn_from: str, seeds: range) -> np.ndarray:
    """One code for each seed from a density of DRAWN_FROM: (B, D) float32."""
    return draw(densities(loaded.run.space)[drawn_from], seeds)


class Shape(NamedTuple):
    """Where the codes of a model lie.

    spread: how wide they lie, as in step 9; the prior has 1 in every direction. radius: (N,)
    distance of each code from the origin. middle: distance of their mean from it; the prior has 0.
    """

    spread: Spectrum
    radius: np.ndarray
    middle: float


def shape_of(codes: np.ndarray) -> Shape:
    """codes: (N, D) draws of the aggregate posterior, N > D."""
    return Shape(spectrum(codes), radii(codes), float(np.linalg.norm(codes.mean(0))))


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
    codes, drawn = codes / spread, drawn / spread
    between = np.linalg.norm(codes[nearest_points(codes, codes, 2)[:, 1]] - codes, axis=1)
    nearest = codes[nearest_points(codes, drawn, 1)[:, 0]]
    from_samples = np.linalg.norm(nearest - drawn, axis=1)
    unit = np.median(between)
    return Holes(between / unit, from_samples / unit)


def scores(
    loaded: Loaded, count: int = SCORED, progress: Callable[[float], object] = lambda done: None
) -> dict[str, float]:
    """Fréchet distance of samples from each of DRAWN_FROM to the model's reconstructions.

    In the features of the attribute classifier, between `count` samples and the decoded codes of
    as many validation faces: against what this decoder draws at its best, so that the sharpness of
    a decoder does not count. progress: told the share done, up to 1. Raises DataError without the
    classifier.
    """
    codes, look = loaded.run.faces.mean, scorer().look
    rows = np.unique(np.linspace(0, len(codes) - 1, min(count, len(codes))).round().astype(int))
    sets = [codes[rows], *(samples(loaded, name, range(count)) for name in DRAWN_FROM)]
    total, done, seen = sum(map(len, sets)), 0, []
    for part in sets:
        features = []
        for start in range(0, len(part), AT_ONCE):
            features.append(look(loaded.renderer.decode(part[start : start + AT_ONCE])).features)
            done += len(features[-1])
            progress(done / total)
        seen.append(moments(np.concatenate(features)))
    at_best, *drawn = seen
    return {
        name: frechet_distance(one, at_best) for name, one in zip(DRAWN_FROM, drawn, strict=True)
    }


def spread_figure(shapes: dict[str, Shape]) -> Figure:
    """How wide codes lie, one dimension at a time (dotted) and along their principal directions."""
    about = _(
        "The standard deviation of codes, widest first: of each dimension and each direction."
    )
    made = Figure(about, 300, _("dimension or direction, widest first"), _("standard deviation"))
    for name, shape in shapes.items():
        for widths, dashed in ((shape.spread.directions, False), (shape.spread.single, True)):
            at = np.arange(1, len(widths) + 1)
            said = (
                _("{name}, one dimension").format(name=_(name))
                if dashed
                else _("{name}, any direction").format(name=_(name))
            )
            made.line(at, widths, COLOURS[name], said, dashed=dashed)
    most = max(len(shape.spread.single) for shape in shapes.values())
    top = 1.05 * max(1.0, *(float(shape.spread.directions.max()) for shape in shapes.values()))
    made.rule(1, text="prior", level=True).limit((1, most), (0, top)).tell("place")
    made.option["grid"] |= {"top": 2 * LEGEND}  # the legend may take two lines
    return made


def radius_figure(shapes: dict[str, Shape], latent: int) -> Figure:
    """Distance of codes from the origin, against that of draws of the prior."""
    drawn = radii(np.random.default_rng(0).standard_normal((3000, latent)))
    sets = {name: shape.radius for name, shape in shapes.items()} | {"prior": drawn}
    return _histograms(
        _("How far codes and draws of the prior lie from the origin."),
        _("distance from the origin"),
        {name: (values, COLOURS.get(name, GREY)) for name, values in sets.items()},
    )


def holes_figure(found: Holes, name: str) -> Figure:
    """Distance to the nearest code: from other codes and from samples."""
    return _histograms(
        _("How far it is to the nearest code of the {name}, from a code and from a sample.").format(
            name=_(name)
        ),
        _("distance to the nearest code (1: usual)"),
        {_("from a code"): (found.codes, COLOURS[name]), _("from a sample"): (found.samples, GREY)},
    )


def _histograms(about: str, x: str, sets: dict[str, tuple[np.ndarray, str]]) -> Figure:
    """sets: values (N,) and colour of each, by name. All have bins of the same width."""
    made = Figure(about, 300, x, _("share"))
    ends = (
        min(float(values.min()) for values, _unused in sets.values()),
        max(float(values.max()) for values, _unused in sets.values()),
    )
    for name, (values, colour) in sets.items():
        made.histogram(values, colour, _(name), ends)
    return made.limit(x=ends)
