"""Faces at full strength, and what judges say of them: what effects are fitted and measured by."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from explorer.decoding.renderer import Renderer
from explorer.judge.judges import Judge
from explorer.recipe.effects import Effects
from training.run.latents import Latents, load_latents

BATCH = 64  # faces drawn and judged at once
FEWEST = 5  # faces that say something
NEARLY = 1e-4  # scores this near to 0 or 1 are taken to be this far


def training_faces(run: Path) -> Latents:
    """Those of a run; all that it has where it was published without them. Raises RunError."""
    latents = load_latents(run)
    rows = latents.rows("train")
    return latents.take(rows) if len(rows) else latents


class Eye(NamedTuple):
    """How codes are judged: columns are those of the judge's attributes that count."""

    judge: Judge
    columns: list[int]
    renderer: Renderer

    def logits(self, codes: np.ndarray, what: str) -> np.ndarray:
        """(N, V) float32 logits of the faces of codes (N, D)."""
        found = [np.zeros((0, len(self.columns)), np.float32)]
        with tqdm(total=len(codes), unit="face", desc=what, dynamic_ncols=True) as bar:
            for start in range(0, len(codes), BATCH):
                faces = self.renderer.decode(codes[start : start + BATCH])
                found.append(logits_of(self.judge.scores(faces)[:, self.columns]))
                bar.update(len(faces))
        return np.concatenate(found)


def logits_of(scores: np.ndarray) -> np.ndarray:
    """Log-odds of scores, those within NEARLY of 0 or 1 as of that."""
    inside = np.clip(scores.astype(np.float64), NEARLY, 1 - NEARLY)
    return np.log(inside / (1 - inside)).astype(np.float32)


def led(effects: Effects, name: str, sign: int, codes: np.ndarray) -> np.ndarray:
    """Codes (n, D) after strength `sign`, -1 or 1, of the elected way: (n, D) float32."""
    found, own = np.array(codes, np.float32), effects.of_face(name, "elected", sign)
    for row, code in enumerate(codes):
        vector = effects.toward(name, "elected", sign, code)
        found[row] += effects.times(name, sign, vector, code, own) * vector
    return found
