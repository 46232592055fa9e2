"""Step 8: figures of output distributions."""

import numpy as np

from explorer.learn.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, figure

COLOURS = dict(
    zip(
        ("Gaussian", "Laplace", "logistic", "continuous Bernoulli"),
        (BLUE, ORANGE, GREEN, PURPLE),
        strict=True,
    )
)


def levels_figure(probabilities: dict[str, np.ndarray], level: int):
    """P of each level of one value under each distribution, and the level that is there.

    probabilities: name -> (256,). level: 0 to 255.
    """
    made = figure(height=320, x="level of the value, 0 to 255", y="probability")
    for name, found in probabilities.items():
        made.add_scatter(
            x=np.arange(len(found)),
            y=found,
            mode="lines",
            name=name,
            line={"color": COLOURS[name], "width": 3},
        )
    made.add_vline(level, line={"color": GREY, "width": 3, "dash": "dot"})
    made.update_yaxes(rangemode="tozero")
    return made


def bits_figure(kinds: np.ndarray, sharings: np.ndarray, bits: np.ndarray):
    """Bits per dimension of each distribution, the shortest code first."""
    order = np.argsort(-bits)
    made = figure(height=90 + 34 * len(bits), x="bits per dimension", showlegend=False)
    made.add_bar(
        x=bits[order],
        y=[f"{kinds[k]}, {sharings[k]}" if kinds[k] in SCALED else str(kinds[k]) for k in order],
        orientation="h",
        marker={"color": [COLOURS[str(kinds[k])] for k in order]},
        text=[f"{bits[k]:.2f}" for k in order],
        textposition="inside",
        hoverinfo="skip",
    )
    made.update_layout(margin={"l": 250})
    made.update_xaxes(range=[0, 1.05 * float(bits.max())])
    return made


SCALED = ("Gaussian", "Laplace", "logistic")


def scale_picture(log_scale: np.ndarray) -> np.ndarray:
    """Scales (S, S, 3) as a picture, the largest one white: (S, S, 3) uint8."""
    scale = np.exp(log_scale.astype(np.float64))
    return (255 * scale / scale.max()).round().astype(np.uint8)


def bits_of(probability: float) -> float:
    """What a level of this probability costs, in bits."""
    return float(-np.log2(max(probability, 1e-300)))
