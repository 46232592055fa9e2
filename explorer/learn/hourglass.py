"""Step 1: the hourglass, and what is left of a face when its code is cut short."""

import numpy as np

from explorer.figures.charts import Figure, curve
from explorer.language.text import _
from explorer.learn.model_access import means
from explorer.recipe.space import LatentSpace
from explorer.run.loaded import Loaded
from training.model.figures import likeness


def cut_short(codes: np.ndarray, space: LatentSpace, kept: int) -> np.ndarray:
    """Codes (N, D) with nothing but their first `kept` principal components: (N, D) float32.

    None kept is the mean of all codes, all kept the codes themselves. No other linear bottleneck
    of so many numbers loses less of the codes that the components were made of (Eckart & Young
    1936).
    """
    basis = space.components[:kept].astype(np.float64)
    centred = codes - space.center.astype(np.float64)
    return (space.center + centred @ basis.T @ basis).astype(np.float32)


def share_kept(space: LatentSpace, kept: int) -> float:
    """Share of the codes' variance in the first `kept` principal components, 0 to 1."""
    variance = space.component_spread.astype(np.float64) ** 2
    return float(variance[:kept].sum() / variance.sum())


def counts(most: int) -> list[int]:
    """0, 1, 2, 4 and so on, and `most`."""
    return [0, *(2**k for k in range(most.bit_length()) if 2**k < most), most]


def forgetting(loaded: Loaded, picture: np.ndarray, code: np.ndarray) -> np.ndarray:
    """PSNR in dB of a picture reconstructed from its code cut short, at each of `counts`: (C,).

    picture: (S, S, 3) uint8. code: (D,).
    """
    space = loaded.run.space
    codes = [cut_short(code[None], space, kept)[0] for kept in counts(len(space.components))]
    return likeness(picture, means(loaded.model, np.stack(codes)))


def forgetting_figure(found: np.ndarray, most: int, kept: int, value: float) -> Figure:
    """PSNR over the numbers kept of `most`, as by `forgetting`, with a mark at (kept, value)."""
    points = dict(zip(counts(most), found, strict=True)) | {kept: value}
    shown = sorted(points)
    return curve(
        _(
            "The likeness over the numbers kept: with {kept} of {most} it is {value:.1f} dB."
).format(kept=kept, most=most, value=value),
        shown, [points[k] for k in shown], kept, value, _("numbers kept"), "dB", height=280,
    )  # fmt: skip
