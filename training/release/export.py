"""A run for others' programs: ONNX encoder and decoder, and a folder ready for a model hub.

    python -m training export runs/mine --out runs/mine-exported

    encoder.onnx         picture (B, 3, S, S) float32 in [0, 1] -> mean and logvar, each (B, D)
    decoder.onnx         z (B, D) float32 -> picture (B, 3, S, S), the mean of p(x|z)
    sharp.onnx           likewise a typical picture, where the run has a sharp renderer
    gradient.onnx        which way a code of a VAE fits its picture better, see gradient.py
    model.safetensors    the weights, float32
    config.json          what the network is and how it was trained
    README.md            a card with the figures and how to use the files

B may be any number, but gradient.onnx takes one at a time. The networks are run by onnxruntime and
compared with torch before anything else is written. Nothing in the folder comes from CelebA but the
weights.
"""

import re
import shutil
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from data.schema import read_schema
from training.compute.randomness import Stream, seeded
from training.model.config import ConfigError
from training.model.networks import VAE, Autoencoder
from training.release.card import CARD, figures_table, kind_of
from training.release.gradient import write_gradient
from training.run.files import check_room, write_atomically, write_together
from training.run.run_folder import (
    CONFIG,
    DECODER,
    ENCODER,
    WEIGHTS,
    RunConfig,
    RunError,
    load_model,
    read_config,
    refuse_others,
)
from training.run.sharp import has_sharp, load_sharp

SHARP = "sharp.onnx"
GRADIENT = "gradient.onnx"
MODEL = "model.safetensors"
WRITTEN = (ENCODER, DECODER, MODEL, CONFIG, CARD)  # always
OF_SOME = (SHARP, GRADIENT)  # where the run has a sharp renderer; of a VAE
TOLERANCE = 1e-4  # largest difference from torch, in pixel range [0, 1] and units of z
CHECKED_PICTURES = 5  # pictures; the networks are traced with 2
MOST_COPIES = 6  # of the weights, in half precision or not: all files written, one of them twice
SEED = 0


class _Encode(nn.Module):
    def __init__(self, model: Autoencoder):
        super().__init__()
        self.model = model

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        posterior = self.model.posterior(picture)
        return tuple(posterior) if isinstance(self.model, VAE) else (posterior.mean,)


class _Decode(nn.Module):
    def __init__(self, model: Autoencoder):
        super().__init__()
        self.model = model

    def forward(self, z: Tensor) -> Tensor:
        return self.model.decode(z)


def export(run: Path, out: Path) -> dict[str, float]:
    """Write the folder `out`; returns the largest difference of each network from torch.

    `out` may hold an earlier export and nothing else. Raises RunError for a damaged run, another
    folder or a network that onnxruntime computes otherwise, ConfigError without onnx.
    """
    model, config = load_model(run), read_config(run)
    refuse_others(out, (*WRITTEN, *OF_SOME), "exported")
    check_room(out, MOST_COPIES * (run / WEIGHTS).stat().st_size)
    differences: dict[str, float] = {}
    write_together(
        out, lambda folder: differences.update(_export(run, folder, model, config)), without=OF_SOME
    )
    return differences


def _export(run: Path, out: Path, model: Autoencoder, config: RunConfig) -> dict[str, float]:
    """Write all files into the empty folder `out`; returns what `export` does."""
    z = torch.randn(
        CHECKED_PICTURES, config.model.latent, generator=seeded(SEED, Stream.EXPORT_CHECK, 0)
    )
    with torch.inference_mode():
        pictures = model.decode(z).clone()
    outputs = ("mean", "logvar") if isinstance(model, VAE) else ("mean",)
    differences = {
        "encoder": write_onnx(out / ENCODER, _Encode(model), pictures, "picture", outputs),
        "decoder": write_onnx(out / DECODER, _Decode(model), z, "z", ("picture",)),
    }
    if has_sharp(run):
        sharp = load_sharp(run).network
        differences["sharp"] = write_onnx(out / SHARP, sharp, z, "z", ("picture",))
    if isinstance(model, VAE) and config.training.beta > 0:
        apart = write_gradient(out / GRADIENT, model, config.training.beta)
        differences["gradient"] = same(out / GRADIENT, apart)
    shutil.copyfile(run / WEIGHTS, out / MODEL)
    shutil.copyfile(run / CONFIG, out / CONFIG)
    text = card(run, model)
    (out / CARD).write_text(text, encoding="utf-8")
    return differences


def write_onnx(
    path: Path, network: nn.Module, example: Tensor, name: str, outputs: tuple[str, ...]
) -> float:
    """Write a network as ONNX for batches of any size; returns its largest difference from torch,
    as a share of the widest value where that is above 1.

    example: (CHECKED_PICTURES, ...) what it is checked with. Raises RunError above TOLERANCE.
    """
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401

        from training.compute.onnx_runtime import onnxruntime
    except ImportError as error:
        raise ConfigError(
            f"expected onnx, onnxruntime and onnxscript for an export; found no {error.name}; "
            "next: pip install onnx onnxruntime onnxscript"
        ) from error

    def write(temporary: Path) -> None:
        torch.onnx.export(
            network.eval(),
            (example[:2].contiguous(),),
            str(temporary),
            input_names=[name],
            output_names=list(outputs),
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )

    write_atomically(path, write)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {name: example.numpy()})
    with torch.inference_mode():
        expected = network(example)
    expected = expected if isinstance(expected, tuple) else (expected,)
    apart = max(map(_difference, found, expected))
    return same(path, apart)


def _difference(found: np.ndarray, expected: Tensor) -> float:
    """The largest, as a share of the widest value where that is above 1."""
    widest = max(1.0, float(expected.abs().max()))
    return float(np.abs(found - expected.numpy()).max()) / widest


def same(path: Path, apart: float) -> float:
    """The difference of a network from torch; raises RunError above TOLERANCE, without the file."""
    if not apart <= TOLERANCE:
        path.unlink()
        raise RunError(
            f"the same from onnxruntime and torch, to {TOLERANCE:g}",
            f"a difference of {apart:.2g} in {path.name}",
            "report it, with the versions of torch and onnxruntime",
        )
    return apart


def card(run: Path, model: Autoencoder) -> str:
    """README.md: the head that model hubs read, the figures of report.json, and how to use it."""
    config = model.config
    sharp = SHARP_TEXT if has_sharp(run) else ""
    schema = read_schema(run)
    of = schema.dataset
    told = {
        "head": CELEBA_HEAD if schema.is_celeba else "",
        "tag": re.sub(r"\W+", "-", of.lower()),
        "trained": CELEBA_TERMS if schema.is_celeba else OTHER_TERMS.format(of=of),
        "pictures": CELEBA_PICTURES if schema.is_celeba else OTHER_PICTURES,
        "colours": "RGB" if config.channels == 3 else "grey",
    }
    text = CARD_TEXT.replace("{pictures}", told.pop("pictures"))
    return text.format(
        **told,
        kind=kind_of(model),
        many=schema.many,
        size=config.size,
        channels=config.channels,
        latent=config.latent,
        table=figures_table(run, model),
        sharp=sharp,
    )


SHARP_TEXT = """
`decoder.onnx` draws the mean of p(x|z), the average of all pictures that a code may stand for, and
the figures above are of it. `sharp.onnx` takes the same codes and draws one typical picture of
each: its fine detail is invented. Near the mean of all codes no face lies, and it draws patterns of
nothing there: take the decoder's pictures then.
"""


CELEBA_HEAD = """license: other
license_name: celeba-non-commercial-research
"""
CELEBA_TERMS = """Trained on CelebA, for non-commercial research and teaching only, in line with \
CelebA's agreement.
Not for identifying people, for decisions about them, or for pictures that pass for photographs."""
OTHER_TERMS = """Trained on {of}, whose terms say what may be done with what was learned from it."""
CELEBA_PICTURES = """Pictures are RGB, the centre 148x148 of CelebA's aligned pictures resized to \
{size}x{size} by an
antialiased bicubic filter, as values from 0 to 1."""
OTHER_PICTURES = """Pictures are {colours}, {size}x{size}, as values from 0 to 1."""

CARD_TEXT = """---
{head}library_name: onnx
tags:
- {kind}
- {tag}
- latent-space
pipeline_tag: image-feature-extraction
---

# A {kind} of {many}

{trained}

| | |
| --- | --- |
{table}

## Use

```python
import numpy as np
import onnxruntime

decoder = onnxruntime.InferenceSession("decoder.onnx")
z = np.random.default_rng(0).standard_normal((1, {latent}), np.float32)
(picture,) = decoder.run(None, {{"z": z}})  # (1, {channels}, {size}, {size}) in [0, 1]

encoder = onnxruntime.InferenceSession("encoder.onnx")
mean = encoder.run(["mean"], {{"picture": picture}})[0]  # (1, {latent})
```
{sharp}
{pictures} `config.json` describes the network whose
weights are in `model.safetensors`.
"""
