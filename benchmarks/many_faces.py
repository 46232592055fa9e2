"""A run folder of as many faces as wanted, drawn around those of a real one."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from explorer.derived.face_map import load_map, save_map
from training.run.latents import load_latents, save_latents
from training.run.run_folder import CONFIG, REPORT, VECTORS, WEIGHTS

NOISE = 0.3  # standard deviations of a dimension
SPREAD = 0.01  # of the map's extent


def many_faces(run: Path, count: int, folder: Path, seed: int = 0) -> Path:
    """Write `folder`: codes drawn from the run's with noise, each with the labels of the face that
    it was drawn around and near its place on the map. Nothing of it means anything but its size.
    """
    rng = np.random.default_rng(seed)
    latents, places = load_latents(run), load_map(run)
    rows = rng.integers(len(places.ids), size=count)
    on_map = np.flatnonzero(np.isin(latents.ids, places.ids))
    drawn = latents.take(on_map[rows])
    ids = np.array([f"{k:06}.jpg" for k in range(1, count + 1)])
    noise = rng.standard_normal(drawn.mean.shape, dtype=np.float32) * latents.mean.std(0)
    folder.mkdir(parents=True)
    for name in (CONFIG, REPORT, VECTORS, WEIGHTS):
        (folder / name).symlink_to((run / name).absolute())
    save_latents(
        folder,
        replace(
            drawn,
            ids=ids,
            mean=drawn.mean + NOISE * noise,
            partition=np.full(count, places.partition),
            identity=np.full(count, -1, np.int32),
        ),
    )

    def spread(positions: np.ndarray) -> np.ndarray:
        shape = (*positions.shape[:1], count, positions.shape[2])
        extent = np.ptp(positions, axis=1, keepdims=True)
        away = rng.standard_normal(shape, dtype=np.float32) * extent * SPREAD
        return positions[:, rows] + away

    save_map(
        folder,
        replace(places, ids=ids, umap2=spread(places.umap2), umap3=spread(places.umap3)),
    )
    return folder
