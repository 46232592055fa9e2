"""How the pictures that judges learn from are changed, so that they learn the attribute alone.

Two things are peculiar to judges. A **composite** is the place of one person's picture in another's
face, with the first one's labels: what surrounds a place then tells nothing. A **patch** of some
plain colour leaves the labels as they are: a dark spot on a forehead is no hair.

Chance is drawn where its generator draws. Nothing waits for a GPU.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from training.compute.batches import flip
from training.compute.device import constant
from training.judges.places import SIZE

COMPOSITES = 0.3  # share of the pictures
PATCHES = 0.3  # share of the pictures
SOFT = 1.5  # pixels over which the edge of a composite or patch fades

Shape = Callable[..., Tensor]  # oval or box
Change = Callable[[Tensor], Tensor]  # of pictures, its chance already drawn


def uniform(generator: torch.Generator, low: float, high: float, count: int) -> Tensor:
    """(count, 1, 1, 1) float32."""
    return low + (high - low) * drawn(generator, count, 1, 1, 1)


def drawn(generator: torch.Generator, *shape: int) -> Tensor:
    """Uniform in [0, 1), float32."""
    return torch.rand(shape, generator=generator, device=generator.device)


class Strip(NamedTuple):
    """Where (B, 3, H, S) pictures lie in the face: their first row, and how many they have."""

    top: int
    height: int

    def places(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """Row and column of each pixel's middle: (1, 1, H, 1) and (1, 1, 1, S)."""
        rows = self.top + torch.arange(self.height, device=device) + 0.5
        columns = torch.arange(SIZE, device=device) + 0.5
        return rows.view(1, 1, -1, 1), columns.view(1, 1, 1, -1)


def oval(strip: Strip, top: Tensor, bottom: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """(B, 1, H, S) in [0, 1]: 1 inside an ellipse that fills the box, 0 outside, a soft edge."""
    y, x = strip.places(top.device)
    high, wide = (bottom - top) / 2, (right - left) / 2
    far = (((y - top - high) / high).square() + ((x - left - wide) / wide).square()).sqrt()
    return torch.sigmoid((1 - far) * torch.minimum(high, wide) * 2 / SOFT)


def box(strip: Strip, top: Tensor, bottom: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """The same for the box itself."""
    y, x = strip.places(top.device)
    inside = torch.minimum(torch.minimum(y - top, bottom - y), torch.minimum(x - left, right - x))
    return torch.sigmoid(inside * 2 / SOFT)


SHAPES = {"oval": oval, "box": box}


def composites(
    x: Tensor, strip: Strip, rows: tuple[int, int], shape: Shape, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Some of (B, 3, H, S) with the place of another one: the pictures, and (B,) whose place it is.

    rows: of the place. Its upper and lower edges are moved by up to four pixels into it, but not
    those at the edge of the picture.
    """
    count, (top, bottom) = len(x), rows
    donors = torch.arange(count, device=generator.device)
    chosen = drawn(generator, count) < COMPOSITES
    donors = torch.where(chosen, donors.roll(1), donors)
    inwards = [uniform(generator, 1, 4, count) for _ in range(2)]
    mask = shape(
        strip,
        top + inwards[0] if top else -2 * inwards[0],
        bottom - inwards[1] if bottom < SIZE else SIZE + 2 * inwards[1],
        uniform(generator, -2, 8, count),
        uniform(generator, SIZE - 8, SIZE + 2, count),
    )
    mask = mask * chosen.view(-1, 1, 1, 1)
    return torch.lerp(x, x[donors], mask.to(x.device)), donors


class Spots(NamedTuple):
    """share: of the pictures that get one. high, wide: half its size, rows, columns: its middle,
    pixels, from and to. tones: of `tone`, each alike often. blur: pixels at most over which its
    edge fades further. shade: how much lighter or darker it is from place to place, at most.
    """

    share: float
    high: tuple[float, float]
    wide: tuple[float, float]
    rows: tuple[float, float] | None  # None: all of the strip
    columns: tuple[float, float]
    tones: tuple[str, ...]
    blur: int
    shade: float


SMALL = Spots(PATCHES, (2, 8), (3, 18), None, (8, SIZE - 8), ("any", "dark"), 0, 0)
# What one takes for hair, a hat, or a bald head.
LARGE = Spots(
    *(0.6, (3, 12), (10, 30), (4, 26), (16, SIZE - 16)),
    *(("any", "vivid", "dark", "light", "skin", "hair"), 3, 0.15),
)
HAIR_TINT = (0.9, 0.72, 0.5)
SKIN = (22, 32, 26, 38)  # rows and columns where every face is skin: the root of the nose


def skin_colour(x: Tensor, strip: Strip) -> Tensor:
    """(B, 3, H, S) -> (B, 3, 1, 1): of each face."""
    top, bottom, left, right = SKIN
    rows = slice(top - strip.top, bottom - strip.top)
    return x[:, :, rows, left:right].mean((2, 3), keepdim=True)


def tone(name: str, colour: Tensor, x: Tensor, strip: Strip) -> Tensor:
    """(B, 3, 1, 1) in [0, 1]: a colour drawn from all of them, made `name`.

    x: (B, 3, H, S), whose own skin it is, a little lighter or darker.
    """
    if name == "vivid":
        least, most = colour.amin(1, keepdim=True), colour.amax(1, keepdim=True)
        return 0.05 + 0.9 * (colour - least) / (most - least).clamp(min=1e-3)
    if name == "dark":
        return 0.25 * colour
    if name == "light":
        return 1 - 0.25 * colour
    if name == "hair":  # from black over brown to blond
        tint = constant(HAIR_TINT, colour.device).view(3, 1, 1)
        return tint * colour[:, :1] + 0.1 * (colour - 0.5).clamp(min=0)
    if name == "skin":
        return (skin_colour(x, strip).to(colour.device) * (0.85 + 0.3 * colour[:, :1])).clamp(max=1)
    return colour


def patches(
    x: Tensor, strip: Strip, shape: Shape, generator: torch.Generator, spots: Spots = SMALL
) -> tuple[Tensor, Tensor]:
    """Some of (B, 3, H, S) in [0, 1] with a spot of a plain colour, and (B,) bool which ones."""
    count = len(x)
    lowest, highest = spots.rows or (strip.top, strip.top + strip.height)
    y = uniform(generator, lowest, highest, count)
    middle = uniform(generator, *spots.columns, count)
    high, wide = uniform(generator, *spots.high, count), uniform(generator, *spots.wide, count)
    there = drawn(generator, count, 1, 1, 1) < spots.share
    strength = there * uniform(generator, 0.5, 1, count)
    colour = drawn(generator, count, 3, 1, 1)
    chosen = (len(spots.tones) * drawn(generator, count, 1, 1, 1)).long()
    tones = torch.stack([tone(name, colour, x, strip) for name in spots.tones])
    colour = tones.gather(0, chosen.expand(-1, 3, -1, -1)[None])[0]
    mask = strength * shape(strip, y - high, y + high, middle - wide, middle + wide)
    if spots.blur:
        radii = range(spots.blur + 1)
        radius = torch.randint(len(radii), (1,), generator=generator, device=generator.device)
        masks = [functional.avg_pool2d(mask, 2 * r + 1, 1, r, False, False) for r in radii]
        mask = torch.stack(masks).index_select(0, radius)[0]
    if spots.shade:
        shades = uniform(generator, 1 - spots.shade, 1 + spots.shade, count * 12).view(-1, 1, 3, 4)
        colour = colour * functional.interpolate(shades, x.shape[2:], mode="bilinear")
    mask, there = mask.to(x.device), there.flatten().to(x.device)
    return torch.lerp(x, colour.clamp(0, 1).to(x.device), mask), there


def moving(
    shape: torch.Size, generator: torch.Generator, shift: float, scale: float, turn: float
) -> Change:
    """How each of (B, 3, H, W) pictures is mirrored or not, moved, scaled and turned a little.

    shift: pixels; scale: of the logarithm; turn: radians; all at most.
    """
    (count, _, height, width) = shape
    mirrored = drawn(generator, count) < 0.5
    sides = 2 * drawn(generator, count, 4) - 1
    most = constant((2 * shift / width, 2 * shift / height, scale, turn), generator.device)
    dx, dy, log, angle = (sides * most).unbind(1)
    cos, sin = log.exp() * angle.cos(), log.exp() * angle.sin()
    long = height / width  # the grid counts both sides from -1 to 1
    place = torch.stack([cos, -sin * long, dx, sin / long, cos, dy], 1).view(-1, 2, 3)

    def move(x: Tensor) -> Tensor:
        x = flip(x, mirrored)
        grid = functional.affine_grid(place.to(x.device), list(x.shape), align_corners=False)
        return functional.grid_sample(x, grid, padding_mode="reflection", align_corners=False)

    return move


def moved(x: Tensor, generator: torch.Generator, shift: float, scale: float, turn: float) -> Tensor:
    """Each of (B, 3, H, W) as `moving` says."""
    return moving(x.shape, generator, shift, scale, turn)(x)


def blurred(x: Tensor, generator: torch.Generator) -> Tensor:
    """Half of the pictures as soft as decoded ones: between themselves and a mean of 3x3 twice."""
    soft = x
    for _ in range(2):
        soft = functional.avg_pool2d(functional.pad(soft, (1, 1, 1, 1), "replicate"), 3, 1)
    return torch.lerp(x, soft, uniform(generator, -1, 1, len(x)).clamp(min=0).to(x.device))


def coarse(x: Tensor, generator: torch.Generator) -> Tensor:
    """Half of the pictures soft in another way: between themselves and half their resolution."""
    half = functional.avg_pool2d(x, 2)
    soft = functional.interpolate(half, x.shape[2:], mode="bilinear", align_corners=False)
    return torch.lerp(x, soft, uniform(generator, -1, 1, len(x)).clamp(min=0).to(x.device))


def tinting(shape: torch.Size, generator: torch.Generator) -> Change:
    """How each channel of each of (B, 3, H, W) pictures gets a little lighter or darker."""
    tint = 0.94 + 0.12 * drawn(generator, shape[0], 3, 1, 1)
    return lambda x: (x * tint.to(x.device)).clamp(0, 1)


def tinted(x: Tensor, generator: torch.Generator) -> Tensor:
    """Each of (B, 3, H, W) as `tinting` says."""
    return tinting(x.shape, generator)(x)


def contrasting(shape: torch.Size, generator: torch.Generator) -> Change:
    """How each of (B, 3, H, W) pictures gets more or less contrast and light, and some noise."""
    contrast = uniform(generator, 0.85, 1.15, shape[0])
    light = uniform(generator, -0.05, 0.05, shape[0])
    noise = torch.randn(shape, generator=generator, device=generator.device)
    noise = noise * uniform(generator, -0.03, 0.03, shape[0]).clamp(min=0)

    def change(x: Tensor) -> Tensor:
        return (
            (x - 0.5) * contrast.to(x.device) + 0.5 + light.to(x.device) + noise.to(x.device)
        ).clamp(0, 1)

    return change


def contrasted(x: Tensor, generator: torch.Generator) -> Tensor:
    """Each of (B, 3, H, W) as `contrasting` says."""
    return contrasting(x.shape, generator)(x)
