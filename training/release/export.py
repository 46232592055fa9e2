"""A run for others' programs: ONNX encoder and decoder, and a folder ready for a model hub.

    python -m training export runs/mine --out runs/mine-exported

    encoder.onnx         picture (B, 3, S, S) float32 in [0, 1] -> mean and logvar, each (B, D)
    decoder.onnx         z (B, D) float32 -> picture (B, 3, S, S), the mean of p(x|z)
    sharp.onnx           likewise a typical picture, where the run has a sharp renderer
    gradient.onnx        z (B, D), picture (B, 3, S, S) -> loss (B,), gradient (B, D)
    model.safetensors    the weights, float32
    config.json          what the network is and how it was trained
    README.md            a card with the figures and how to use the files

B may be any number. The loss is `code_loss` of training/codes/refine.py, with the beta of training.
Its gradient, scaled by exp(logvar) of a VAE's encoder.onnx, is a step to a code that fits its
picture better: z - 0.2 * exp(logvar) * gradient, a few times.

The networks are written from their weights (training/graphs/), run by onnxruntime and compared with
torch before anything else is written. Nothing in the folder comes from CelebA but the weights.
"""

import re
import shutil
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from data.schema import read_schema
from training.codes.refine import loss_and_gradient
from training.compute.onnx_runtime import program
from training.compute.randomness import Stream, seeded
from training.graphs.autoencoder import code_loss_graph, decoder_graph, encoder_graph
from training.graphs.weights import read_weights
from training.model.networks import Autoencoder
from training.release.card import CARD, figures_table, kind_of
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
from training.run.sharp_file import read_sharp

SHARP = "sharp.onnx"
GRADIENT = "gradient.onnx"
MODEL = "model.safetensors"
WRITTEN = (ENCODER, DECODER, MODEL, CONFIG, CARD)  # always
OF_SOME = (SHARP, GRADIENT)  # where the run has a sharp renderer; where training had a beta above 0
TOLERANCE = 1e-4  # largest difference from torch, as a share of the widest value or of 1
CHECKED = 5  # pictures and codes that they are compared on
MOST_COPIES = 6  # of the weights, in half precision or not: all files written, one of them twice
SEED = 0


def export(run: Path, out: Path) -> dict[str, float]:
    """Write the folder `out`; returns the largest difference of each network from torch.

    `out` may hold an earlier export and nothing else. Raises RunError for a damaged run, another
    folder or a network that onnxruntime computes otherwise.
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
    beta, weights = config.training.beta, read_weights(run)
    z = torch.randn(CHECKED, config.model.latent, generator=seeded(SEED, Stream.EXPORT_CHECK, 0))
    with torch.inference_mode():
        pictures = model.decode(z)
        posterior = model.posterior(pictures)  # an hourglass exports the mean alone
    given, shown = {"z": z}, {"picture": pictures}
    differences = {
        "encoder": _write(out / ENCODER, encoder_graph(weights, config.model), shown, *posterior),
        "decoder": _write(out / DECODER, decoder_graph(weights, config.model), given, pictures),
    }
    if has_sharp(run):
        sharp, of_sharp = load_sharp(run).network, read_sharp(run)
        with torch.inference_mode():
            typical = sharp(z)
        graph = decoder_graph(of_sharp.weights, of_sharp.config)
        differences["sharp"] = _write(out / SHARP, graph, given, typical)
    if beta > 0:
        graph = code_loss_graph(weights, config.model, beta)
        fits = loss_and_gradient(model, pictures, z, beta)
        differences["gradient"] = _write(out / GRADIENT, graph, given | shown, *fits)
    shutil.copyfile(run / WEIGHTS, out / MODEL)
    shutil.copyfile(run / CONFIG, out / CONFIG)
    text = card(run, model)
    (out / CARD).write_text(text, encoding="utf-8")
    return differences


def _write(path: Path, graph: bytes, given: dict[str, Tensor], *expected: Tensor) -> float:
    apart = check_same(path.name, graph, given, *expected)
    write_atomically(path, lambda temporary: temporary.write_bytes(graph))
    return apart


def check_same(name: str, graph: bytes, given: dict[str, Tensor], *expected: Tensor) -> float:
    """The largest difference of what onnxruntime makes of a graph and what torch made of the same,
    as a share of the widest value where that is above 1.

    name: of the file. given: its inputs by name. Raises RunError above TOLERANCE.
    """
    found = program(graph)(**{name: tensor.numpy() for name, tensor in given.items()})
    apart = max(map(_difference, found, expected))
    if not apart <= TOLERANCE:
        raise RunError(
            f"the same from onnxruntime and torch, to {TOLERANCE:g}",
            f"a difference of {apart:.2g} in {name}",
            "report it, with the versions of torch and onnxruntime",
        )
    return apart


def _difference(found: np.ndarray, expected: Tensor) -> float:
    widest = max(1.0, float(expected.abs().max()))
    return float(np.abs(found - expected.numpy()).max()) / widest


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
