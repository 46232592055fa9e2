"""Step 8: the same face under each likelihood of training/, by last layers trained for each."""

from dataclasses import dataclass

import numpy as np

from explorer.decoding.renderer import checked
from explorer.figures.charts import BLUE, GREEN, GREY, ORANGE, PURPLE, YELLOW, Figure
from explorer.language.text import _
from explorer.run.loaded import Loaded
from training.model.likelihoods import Likelihood
from training.run.last_layers_file import OutputLayers, read_last_layers

COLOURS = {
    "fixed": GREY,
    "optimal": BLUE,
    "learned": GREEN,
    "laplace": PURPLE,
    "continuous-bernoulli": YELLOW,
    "logistic-mixture": ORANGE,
}
RAW_BITS = 8.0  # bits of a value of the picture as it is


@dataclass(frozen=True, eq=False)
class Outputs:
    """The last layers of a run, by `python -m training layers`, and what was measured with them.

    bits_per_dim: of validation pictures, by the name of the likelihood. psnr: dB, likewise.
    rate_bits: their part that is the rate. pictures, trained_on, steps: how many. sigma: (S, S)
    mean sigma of "learned". calibration: (2, B) sigma that it gives, and the error that it makes.
    """

    layers: OutputLayers
    bits_per_dim: dict[str, float]
    psnr: dict[str, float]
    rate_bits: float
    pictures: int
    trained_on: int
    steps: int
    sigma: np.ndarray
    calibration: np.ndarray

    def of(self, loaded: Loaded, code: np.ndarray) -> dict[str, Likelihood]:
        """p(x|z) of a code (D,) by the name of the likelihood: a batch of 1."""
        z = checked(code[None], loaded.model.latent)
        return self.layers(loaded.model.networks.features(z))


def load_outputs(loaded: Loaded) -> Outputs:
    """Raises RunError, with the command that makes them, for a run without such layers."""
    layers, found = read_last_layers(loaded.run.root)
    return Outputs(
        layers,
        bits_per_dim=found["bits_per_dim"],
        psnr=found["psnr"],
        rate_bits=float(found["rate_bits"]),
        pictures=int(found["pictures"]),
        trained_on=int(found["trained_on"]),
        steps=int(found["steps"]),
        sigma=found["sigma"],
        calibration=found["calibration"],
    )


def bits_figure(bits: dict[str, float], chosen: str) -> Figure:
    """Bits per dimension of each likelihood as bars; the chosen one stands out."""
    about = _("Bits per dimension: ") + ", ".join(f"{name} {one:.2f}" for name, one in bits.items())
    made = Figure(about, 310, _("bits per dimension, less is better"))
    # The others fade, their figures do not.
    colours = [COLOURS[name] + ("" if name == chosen else "73") for name in bits]
    made.bars(bits, colours, [f"{one:.2f}" for one in bits.values()])
    made.option["grid"] |= {"left": 170}
    return made.rule(RAW_BITS, text=_("the picture as it is")).limit(
        x=(0, 1.15 * max(RAW_BITS, *bits.values()))
    )


def levels_figure(probabilities: dict[str, np.ndarray], level: int | None, chosen: str) -> Figure:
    """P(level) of one value under each likelihood; the chosen one is drawn stronger.

    probabilities: (256,) each. level: of the picture, if it is known. The outer levels, which hold
    all that would fall outside, do not set the scale.
    """
    about = _("How probable each level of this value is, under {join}.").format(
        join=", ".join(probabilities)
    )
    made = Figure(about, 350, _("level of this value, 0 to 255"), _("probability"))
    tallest = max(shares[1:-1].max() for shares in probabilities.values())
    for name, shares in probabilities.items():
        wide = 5 if name == chosen else 2
        made.line(np.arange(len(shares)), shares, COLOURS[name], name, width=wide)
    if level is not None:
        made.rule(level)
    made.option["grid"] |= {"top": 64}  # the legend may take two lines
    return made.limit((0, len(shares) - 1), (0, 1.05 * tallest))


def calibration_figure(calibration: np.ndarray, shared: float) -> Figure:
    """The error that "learned" makes over the sigma it gives, and the one sigma of "optimal"."""
    given, erred = calibration
    about = _("The error that the decoder makes, over the sigma that it gives.")
    made = Figure(about, 340, _("sigma that the decoder gives"), _("error that it makes"))
    reach = [0, 1.05 * float(calibration.max())]
    made.line(reach, reach, GREY, _("sigma is right"), dashed=True)
    made.line(given, erred, GREEN, _("validation pictures"), dots=True)
    return made.rule(shared, BLUE, _("one sigma for all"), dashed=False).limit(reach, reach)
