"""last_layers.npz: last layers of the decoder for every likelihood, in numpy.

`python -m training layers` makes them (training/loop/last_layers.py).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import T_
from training.model.likelihoods import LIKELIHOODS, OUTPUTS, Likelihood, likelihood
from training.run.run_folder import LAST_LAYERS, RunError, quoted, read_derived, reason

BY_NAME = ("bits_per_dim", "psnr")  # figures that each likelihood has


@dataclass(frozen=True, eq=False)
class OutputLayers:
    """One convolution for each likelihood, and the scales that values share.

    weights: (O, C, 3, 3), biases: (O,) and log_scales: () float32 by the name of the likelihood.
    """

    weights: dict[str, np.ndarray]
    biases: dict[str, np.ndarray]
    log_scales: dict[str, np.ndarray]

    def __call__(self, features: np.ndarray) -> dict[str, Likelihood]:
        """(B, C, S / 2, S / 2) of `Decoder.features` -> p(x|z) by the name of the likelihood."""
        around = np.pad(features, ((0, 0), (0, 0), (1, 1), (1, 1)))
        cells = np.lib.stride_tricks.sliding_window_view(around, (3, 3), (2, 3))
        found = {}
        for name, weight in self.weights.items():
            outputs = np.tensordot(weight, cells, ((1, 2, 3), (1, 4, 5)))  # (O, B, H, W)
            outputs = outputs.swapaxes(0, 1) + self.biases[name][:, None, None]
            found[name] = likelihood(name, _depth_to_space(outputs), self.log_scales[name])
        return found


def read_last_layers(run: Path) -> tuple[OutputLayers, dict[str, Any]]:
    """The layers, and the figures of `likelihood_figures`.

    The file says which layer is of which likelihood. Raises RunError for one that is damaged, of
    other weights or of other likelihoods.
    """
    path, command = run / LAST_LAYERS, f"python -m training layers {quoted(run)} --data DIR"
    arrays = read_derived(run, LAST_LAYERS, command)
    try:
        place = {str(name): k for k, name in enumerate(arrays.pop("likelihoods"))}
        if place.keys() != set(LIKELIHOODS):
            raise RunError(
                f"layers for {', '.join(LIKELIHOODS)} in {path}",
                f"layers for {', '.join(place) or 'none'}",
                command,
            )
        layers = OutputLayers({}, {}, {})
        outputs, channels = arrays[f"layers/layers.{place['fixed']}.weight"].shape[:2]
        for name in LIKELIHOODS:
            weight, bias = (
                arrays[f"layers/layers.{place[name]}.{part}"].astype(np.float32)
                for part in ("weight", "bias")
            )
            wide = outputs * OUTPUTS[name]  # of "fixed" one for each value
            if (weight.shape, bias.shape) != ((wide, channels, 3, 3), (wide,)):
                raise TypeError(f"a layer of shape {weight.shape} for {name}")
            layers.weights[name], layers.biases[name] = weight, bias
            layers.log_scales[name] = np.asarray(arrays["layers/log_scale"][place[name]])
        order = [place[name] for name in LIKELIHOODS]
        by_name = {
            k: dict(zip(LIKELIHOODS, arrays[k][order].tolist(), strict=True)) for k in BY_NAME
        }
    except (KeyError, IndexError, TypeError) as error:
        expected = T_("whole layers in {path}", path=path)
        raise RunError(expected, reason(error), command) from error
    return layers, {k: v for k, v in arrays.items() if not k.startswith("layers/")} | by_name


def _depth_to_space(x: np.ndarray) -> np.ndarray:
    """(B, 4 C, H, W) -> (B, C, 2 H, 2 W) (Shi et al. 2016)."""
    b, wide, height, width = x.shape
    cells = x.reshape(b, wide // 4, 2, 2, height, width).transpose(0, 1, 4, 2, 5, 3)
    return cells.reshape(b, wide // 4, 2 * height, 2 * width)
