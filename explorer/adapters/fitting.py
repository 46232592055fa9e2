"""Whether a foreign model fits prepared pictures, found out by trying it on some of them."""

from dataclasses import replace

import numpy as np

from data.errors import DataError
from data.prepared import Prepared
from training.model.config import UNKNOWN, ModelConfig
from training.model.figures import psnr
from training.run.onnx_pair import OnnxPair
from training.run.run_folder import reason

TRIED = 64  # validation pictures
RANGES = ((0, 1), (-1, 1), (0, 255))  # of pixels, that are usual
WORSE = 3.0  # dB, twice the error: a model that has learned little is no mistake
APART = 1e-3  # of the widest code: what a picture's code may differ by, alone and among others


def fitting_config(pair: OnnxPair, prepared: Prepared, source: str) -> ModelConfig:
    """What config.json tells of the model.

    Raises DataError where the networks do not take the pictures or batches, where their codes or
    pictures are of another shape or not finite, and where reconstructions are worse than the mean
    picture.
    """
    x = some_pictures(prepared)
    mean, logvar = _posterior(pair, x, prepared)
    _check_decoder(pair, mean, x)
    _compare(pair, x)
    return ModelConfig(
        kind="ae" if np.isneginf(logvar).all() else "vae",
        size=prepared.size,
        latent=mean.shape[1],
        likelihood=UNKNOWN,
        channels=prepared.channels,
        adopted=source,
        pixel_range=pair.pixel_range,
    )


def some_pictures(prepared: Prepared, count: int = TRIED) -> np.ndarray:
    """Validation pictures, evenly spread: (n, C, S, S) float32 in [0, 1]."""
    rows = prepared.rows("validation")
    chosen = rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int)]
    return np.ascontiguousarray(prepared.pictures[chosen].transpose(0, 3, 1, 2)) / np.float32(255)


def _posterior(pair: OnnxPair, x: np.ndarray, prepared: Prepared) -> tuple[np.ndarray, np.ndarray]:
    shape = ", ".join(map(str, x.shape[1:]))
    try:
        alone = pair.posterior(x[:1])[0]
    except ValueError as error:
        raise DataError(
            f"an encoder that takes pictures (B, {shape}) float32, as those in {prepared.root}",
            reason(error),
            "prepare the pictures as the model takes them: python -m data prepare SOURCE --size S, "
            "with or without --grey; or export it so that channels come first",
        ) from error
    try:
        mean, logvar = pair.posterior(x)
    except ValueError as error:
        raise _fixed_batch("encoder", error) from error
    for name, found in (("mean", mean), ("log-variance", logvar)):
        if found.shape != (len(x), mean.shape[-1]) or found.dtype != np.float32:
            raise DataError(
                f"a {name} (B, D) float32 from the encoder, B = {len(x)}",
                f"{found.shape} {found.dtype}",
                "export an encoder that returns codes as flat vectors: mean, or mean and "
                "log-variance, in this order",
            )
    if not np.isfinite(mean).all() or np.isnan(logvar).any() or np.isposinf(logvar).any():
        raise DataError(
            "finite codes", "NaN or infinity from the encoder", "see that its weights are whole"
        )
    if np.abs(mean[:1] - alone).max() > APART * np.abs(mean).max():
        raise DataError(
            "the same code for a picture alone and among others",
            "codes that depend on the other pictures of the batch",
            "export the model in eval mode: in training, normalisation mixes pictures",
        )
    return mean, logvar


def _check_decoder(pair: OnnxPair, mean: np.ndarray, x: np.ndarray) -> None:
    try:
        pair.decode(mean[:1])
    except ValueError as error:
        raise DataError(
            f"a decoder that takes codes (B, {mean.shape[1]}) float32, as the encoder makes them",
            reason(error),
            "give encoder and decoder of one model",
        ) from error
    try:
        drawn = pair.decode(mean)
    except ValueError as error:
        raise _fixed_batch("decoder", error) from error
    if drawn.shape != x.shape or drawn.dtype != np.float32:
        raise DataError(
            f"pictures {x.shape} float32 from the decoder, like those encoded",
            f"{drawn.shape} {drawn.dtype}",
            "export a decoder that returns pictures (B, C, S, S), channels first",
        )
    if not np.isfinite(drawn).all():
        raise DataError(
            "finite pictures", "NaN or infinity from the decoder", "see that its weights are whole"
        )


def _fixed_batch(network: str, error: ValueError) -> DataError:
    return DataError(
        f"{network} for batches of any size",
        reason(error),
        "export it with a dynamic first axis: in torch.onnx.export, "
        "dynamic_shapes=({0: torch.export.Dim.DYNAMIC},)",
    )


def _compare(pair: OnnxPair, x: np.ndarray) -> None:
    """Raises DataError where reconstructions are far worse than the mean picture, or than they are
    with another range of pixels.
    """
    mean, own = _psnr(x.mean(0), x), pair.pixel_range
    pairs = {other: replace(pair, pixel_range=other) for other in {own, *RANGES}}
    reached = {k: _psnr(one.decode(one.posterior(x)[0]), x) for k, one in pairs.items()}
    best = max(reached, key=reached.__getitem__)
    if reached[own] >= max(mean, reached[best]) - WORSE:
        return
    told = f"{reached[own]:.1f} dB with --pixel-range {own[0]} {own[1]}"
    if reached[best] >= mean - WORSE:
        raise DataError(
            f"reconstructions as near as they can be, {reached[best]:.1f} dB",
            told,
            f"adopt it with --pixel-range {best[0]} {best[1]}",
        )
    raise DataError(
        f"reconstructions about as near as the mean picture, {mean:.1f} dB",
        told,
        "see whether the model takes other pixel values (--pixel-range), its channels in another "
        "order, or pictures cut or scaled otherwise",
    )


def _psnr(drawn: np.ndarray, x: np.ndarray) -> float:
    return float(psnr(float(np.square(drawn - x, dtype=np.float64).mean())))
