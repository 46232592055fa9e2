"""TensorBoard events of a run, beside its metrics.jsonl: what is logged, and pictures.

python -m training fit --tensorboard ...
tensorboard --logdir runs
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from data.prepared import Prepared
from training.compute.batches import PictureBatches
from training.compute.randomness import Stream, seeded
from training.model.config import ConfigError
from training.model.networks import VAE, Autoencoder

FOLDER = "tensorboard"  # in the run folder
GRID_PICTURES = 16  # pictures of a grid
SEED = 0  # of the samples, the same at every checkpoint


class Board:
    """Where scalars and pictures go; this one goes nowhere."""

    def scalars(self, line: dict[str, float]) -> None:
        """A line of metrics.jsonl."""

    def pictures(self, model: Autoencoder, step: int) -> None:
        """Validation pictures above their reconstructions, and for a VAE samples of the prior."""

    def grids(self, rows: dict[str, Tensor], step: int) -> None:
        """Pictures (N, 3, S, S) in [0, 1] by the name of their grid, GRID_PICTURES in a row."""


class Events(Board):
    """Writes TensorBoard's event files; `pictures`, at most GRID_PICTURES, are reconstructed."""

    def __init__(self, writer: Any, pictures: PictureBatches):
        self._writer, self._pictures = writer, pictures

    def scalars(self, line: dict[str, float]) -> None:
        for name, value in line.items():
            if name != "step":
                self._writer.add_scalar(name, value, line["step"])

    @torch.inference_mode()
    def pictures(self, model: Autoencoder, step: int) -> None:
        x = self._pictures.batch(torch.arange(len(self._pictures)))
        pairs = torch.cat([x, model.decode(model.posterior(x).mean)])
        grids = {"reconstructions": pairs}
        if isinstance(model, VAE):
            z = torch.randn(
                GRID_PICTURES, model.config.latent, generator=seeded(SEED, Stream.PRIOR_SAMPLES, 0)
            )
            grids["samples"] = model.decode(z.to(x.device))
        self.grids(grids, step)

    def grids(self, rows: dict[str, Tensor], step: int) -> None:
        from torchvision.utils import make_grid  # only here: it takes seconds to import

        for name, pictures in rows.items():
            grid = make_grid(pictures, nrow=min(GRID_PICTURES, len(self._pictures)))
            self._writer.add_image(name, grid.cpu(), step)
        self._writer.flush()


@contextlib.contextmanager
def open_board(
    run: Path,
    prepared: Prepared,
    first: int,
    device: torch.device,
    wanted: bool,
    folder: str = FOLDER,
) -> Iterator[Board]:
    """A board for steps after `first`; what was logged after them before is forgotten.

    folder: in the run folder, where the events go.
    Raises ConfigError where TensorBoard is wanted and not installed.
    """
    if not wanted:
        yield Board()
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ConfigError(
            "expected TensorBoard for --tensorboard; found none; next: pip install tensorboard"
        ) from error
    pictures = PictureBatches(
        prepared.pictures, prepared.rows("validation")[:GRID_PICTURES], device
    )
    with SummaryWriter(str(run / folder), purge_step=first + 1 if first else None) as writer:
        yield Events(writer, pictures)
