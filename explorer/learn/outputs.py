"""Step 8: the same face under each likelihood of training/, by last layers trained for each."""

from dataclasses import dataclass

import numpy as np
import torch

from explorer.learn.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, YELLOW, figure
from explorer.loaded import Loaded
from training.last_layers import LastLayers, read_last_layers
from training.likelihoods import LIKELIHOODS, Likelihood

COLOURS = dict(zip(LIKELIHOODS, (GREY, BLUE, GREEN, PURPLE, YELLOW, ORANGE), strict=True))
RAW = 8.0  # bits of a value of the picture as it is


@dataclass(frozen=True, eq=False)
class Outputs:
    """The last layers of a run, by `python -m training layers`, and what was measured with them.

    bits_per_dim: of validation pictures, by the name of the likelihood. psnr: dB, likewise.
    rate_bits: their part that is the rate. pictures, trained_on, steps: how many. sigma: (S, S)
    mean sigma of "learned". calibration: (2, B) sigma that it gives, and the error that it makes.
    """

    layers: LastLayers
    bits_per_dim: dict[str, float]
    psnr: dict[str, float]
    rate_bits: float
    pictures: int
    trained_on: int
    steps: int
    sigma: np.ndarray
    calibration: np.ndarray

    def of(self, model: Loaded, code: np.ndarray) -> dict[str, Likelihood]:
        """p(x|z) of a code (D,) by the name of the likelihood; tensors on the CPU, batch of 1."""
        z = torch.from_numpy(model.decoder.checked(code[None]))
        with model.decoder.lent() as network:
            features = network.decoder.features(z.to(network.log_sigma.device)).float().cpu()
            return self.layers(features)


def load_outputs(model: Loaded) -> Outputs:
    """Raises RunError, with the command that makes them, for a run without such layers."""
    layers, found = read_last_layers(model.run.root)
    by_name = ("bits_per_dim", "psnr")
    return Outputs(
        layers,
        *(dict(zip(LIKELIHOODS, found[name].tolist(), strict=True)) for name in by_name),
        float(found["rate_bits"]),
        *(int(found[name]) for name in ("pictures", "trained_on", "steps")),
        found["sigma"],
        found["calibration"],
    )


def bits_figure(bits: dict[str, float], chosen: str):
    """Bits per dimension of each likelihood as bars; the chosen one stands out."""
    made = figure(height=300, x="bits per dimension, less is better", showlegend=False)
    names = list(bits)[::-1]
    made.add_bar(
        x=[bits[name] for name in names],
        y=names,
        orientation="h",
        marker={
            "color": [COLOURS[name] for name in names],
            "opacity": [1.0 if name == chosen else 0.45 for name in names],
        },
        text=[f"{bits[name]:.2f}" for name in names],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    made.add_vline(
        RAW,
        line={"color": GREY, "width": 3, "dash": "dot"},
        annotation={"text": "the picture as it is", "yref": "paper", "y": 1, "yanchor": "bottom"},
        annotation_position="top",
    )
    made.update_xaxes(range=[0, 1.1 * max(RAW, *bits.values())])
    made.update_layout(margin={"l": 180})
    return made


def levels_figure(probabilities: dict[str, np.ndarray], level: int | None, chosen: str):
    """P(level) of one value under each likelihood; the chosen one is drawn stronger.

    probabilities: (256,) each. level: of the picture, if it is known. The outer levels, which hold
    all that would fall outside, do not set the scale.
    """
    made = figure(height=330, x="level of this value, 0 to 255", y="probability")
    tallest = max(found[1:-1].max() for found in probabilities.values())
    for name, found in probabilities.items():
        made.add_scatter(
            x=np.arange(len(found)),
            y=found,
            mode="lines",
            name=name,
            line={"color": COLOURS[name], "width": 5 if name == chosen else 2},
            hoverinfo="skip",
        )
    if level is not None:
        made.add_vline(level, line={"color": GREY, "width": 3, "dash": "dot"})
    made.update_yaxes(range=[0, 1.05 * tallest])
    made.update_layout(legend={"font": {"size": 13}})
    return made


def calibration_figure(calibration: np.ndarray, shared: float):
    """The error that "learned" makes over the sigma it gives, and the one sigma of "optimal"."""
    given, made_ = calibration
    made = figure(height=330, x="sigma that the decoder gives", y="error that it makes")
    reach = [0, 1.05 * float(calibration.max())]
    made.add_scatter(
        x=reach, y=reach, mode="lines", name="sigma is right",
        line={"color": GREY, "width": 3, "dash": "dot"}, hoverinfo="skip",
    )  # fmt: skip
    made.add_scatter(
        x=given, y=made_, mode="lines+markers", name="validation pictures",
        line={"color": GREEN, "width": 3}, marker={"size": 9}, hoverinfo="x+y",
    )  # fmt: skip
    made.add_vline(shared, line={"color": BLUE, "width": 3}, annotation_text="one sigma for all")
    return made
