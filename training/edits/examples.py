"""Faces to learn steps from, and what of them a training step is given."""

from typing import NamedTuple

import torch
from torch import Tensor

from training.edits.critic import Contest
from training.run.latents import Latents

BLENDED = 0.5  # share of the steps whose pictures are a blend of both renderers
LEAST_BLEND, MOST_BLEND = 0.2, 0.9  # share of the mean in it


class Pool(NamedTuple):
    """Faces that can be edited. codes: (N, D), labels: (N, 40) of 0 and 1, float32. columns: (V,)
    of ATTRIBUTES.

    rows: for each attribute those of the faces that have it, for side 0, and that lack it, for 1.
    """

    codes: Tensor
    labels: Tensor
    columns: list[int]
    rows: list[tuple[Tensor, Tensor]]

    @classmethod
    def of(cls, faces: Latents, columns: list[int]) -> "Pool":
        """Of the faces of a run."""
        return cls.made(torch.from_numpy(faces.mean), torch.from_numpy(faces.labels), columns)

    @classmethod
    def made(cls, codes: Tensor, has: Tensor, columns: list[int]) -> "Pool":
        """Of codes (N, D) with labels (N, 40) bool."""
        rows = [(has[:, k].nonzero()[:, 0], (~has[:, k]).nonzero()[:, 0]) for k in columns]
        return cls(codes, has.float(), columns, rows)

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """At random: attributes, sides, and rows of faces that can be edited so; (count,) each."""
        which = torch.randint(len(self.columns), (count,), generator=generator)
        side = torch.randint(2, (count,), generator=generator)
        place = torch.rand(count, generator=generator)
        rows = [
            self.rows[k][s][int(p * len(self.rows[k][s]))]
            for k, s, p in zip(which.tolist(), side.tolist(), place.tolist(), strict=True)
        ]
        return which, side, torch.stack(rows)

    def turned(self, labels: Tensor, which: Tensor) -> Tensor:
        """Labels (B, 40) with one attribute each, (B,) of the columns, turned round."""
        column = torch.tensor(self.columns)[which, None]
        return labels.scatter(1, column, 1 - labels.gather(1, column))


class Example(NamedTuple):
    """B faces and what is asked of them: codes (B, D), attributes (B,) as rows of the pool, sides
    (B,) 0 or 1. All of their pictures are sharp. contest: of the critic, on other faces."""

    codes: Tensor
    which: Tensor
    side: Tensor
    contest: Contest


class Blended(NamedTuple):
    """The same, and () the share of the mean renderer in all of their pictures."""

    codes: Tensor
    which: Tensor
    side: Tensor
    contest: Contest
    blend: Tensor


def draw_example(
    pool: Pool, count: int, contest: int, generator: torch.Generator
) -> Example | Blended:
    """At random: attributes and sides alike often, then a face that can be edited so.

    count, contest: B and C. On the CPU.
    """
    which, side, rows = pool.draw(count, generator)
    sharp = Example(pool.codes[rows], which, side, draw_contest(pool, contest, generator))
    chance, share = torch.rand(2, generator=generator).tolist()
    if chance >= BLENDED:
        return sharp
    return Blended(*sharp, torch.tensor(LEAST_BLEND + (MOST_BLEND - LEAST_BLEND) * share))


def draw_contest(pool: Pool, count: int, generator: torch.Generator) -> Contest:
    """At random, faces as in `draw_example`; the others have and lack attributes as often."""
    which, side, rows = pool.draw(count, generator)
    _, _, others = pool.draw(count, generator)
    turned = torch.randint(len(pool.columns), (count,), generator=generator)
    labels = pool.labels[others]
    return Contest(
        *(pool.codes[rows], which, side, pool.turned(pool.labels[rows], which)),
        *(pool.codes[others], labels, pool.turned(labels, turned)),
    )
