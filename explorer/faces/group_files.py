"""Files of a group of faces: its table, its codes, and its contact sheet."""

import io

import numpy as np

from training.run.latents import Latents


def group_csv(faces: Latents, rows: np.ndarray) -> str:
    """A line for each face in `rows` (N,) bool: its id, then 1 or 0 for each attribute."""
    lines = [",".join(["id", *map(str, faces.attributes)])]
    labels = faces.labels[rows].astype(int)
    for name, has in zip(faces.ids[rows], labels, strict=True):
        lines.append(",".join([str(name), *map(str, has)]))
    return "\n".join(lines) + "\n"


def group_npz(faces: Latents, rows: np.ndarray) -> bytes:
    """The codes of the faces in `rows` (N,) bool, for numpy.load: ids (n,) str, mean and logvar
    (n, D) float32, attributes (A,) str, labels (n, A) bool, and as in latents.npz label_source,
    and weights, the key of those that encoded them.
    """
    content = io.BytesIO()
    np.savez_compressed(
        content,
        ids=faces.ids[rows],
        mean=faces.mean[rows],
        logvar=faces.logvar[rows],
        attributes=faces.attributes,
        labels=faces.labels[rows],
        label_source=faces.label_source,
        weights=faces.weights,
    )
    return content.getvalue()


def contact_sheet(pictures: np.ndarray, columns: int, gap: int = 2) -> np.ndarray:
    """(n, S, S, 3) uint8 pictures in rows of `columns` -> one (H, W, 4) uint8 picture.

    Between them, and where the last row ends early, it is transparent.
    """
    count, side = len(pictures), pictures.shape[1]
    columns = min(columns, count)
    lines = -(-count // columns)
    step = side + gap
    sheet = np.zeros((lines * step - gap, columns * step - gap, 4), np.uint8)
    for k, picture in enumerate(pictures):
        y, x = step * (k // columns), step * (k % columns)
        sheet[y : y + side, x : x + side, :3] = picture
        sheet[y : y + side, x : x + side, 3] = 255
    return sheet
