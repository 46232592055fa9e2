"""Files of a face, as bytes: pictures, strips, morphs, codes and recipes; and recipes read back.

Pictures hold pixels and nothing else: no date, no place, no name.
"""

import io
import json
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from PIL import Image

from data.json_text import TooLarge, parse_json
from explorer.language.text import _
from explorer.recipe.compose import compose
from explorer.recipe.errors import RecipeError
from explorer.recipe.latent_algebra import lerp, slerp
from explorer.recipe.recipe import Recipe
from explorer.recipe.space import LatentSpace, effects_of

Decode = Callable[[np.ndarray], np.ndarray]  # (B, D) float32 -> (B, S, S, 3) uint8 RGB

STRENGTHS = (-3, -2, -1, 0, 1, 2, 3)  # of the strip
EFFECTS = (-1.5, -1, -0.5, 0, 0.5, 1, 1.5)  # of the strip where they are effects: 0.5 tips
PATHS = {"lerp": lerp, "slerp": slerp}
FRAMES = (2, 120)  # fewest and most of a morph
DURATIONS = (20, 1000)  # ms of a frame; browsers slow down faster GIFs
FORMATS = ("gif", "webp")
FACES_A_TURN = 16  # faces decoded at a time, so that live faces get their turn in between
LARGEST_RECIPE = 64 * 1024  # bytes


def face_png(recipe: Recipe, space: LatentSpace, decode: Decode, factor: int = 1) -> bytes:
    """The face of a recipe as PNG, `factor` times as large as the model draws it."""
    return png_file(_enlarged(decode(compose(recipe, space)[None])[0], factor))


def strip_png(
    recipe: Recipe, attribute: str, space: LatentSpace, decode: Decode, factor: int = 1
) -> bytes:
    """The face with `attribute` at each of the strip's strengths, side by side, as PNG."""
    strengths = strip_strengths(recipe, attribute, space)
    faces = decode(strip_codes(recipe, attribute, space, strengths))
    return png_file(np.hstack([_enlarged(face, factor) for face in faces]))


def strip_strengths(recipe: Recipe, attribute: str, space: LatentSpace) -> tuple[float, ...]:
    """Where the faces of the strip along an attribute stand, in what its slider counts."""
    return STRENGTHS if effects_of(space, attribute, recipe.method) is None else EFFECTS


def strip_codes(
    recipe: Recipe, attribute: str, space: LatentSpace, strengths: Iterable[float]
) -> np.ndarray:
    """Codes of the face with `attribute` at each strength: (B, D) float32."""
    recipes = [recipe.with_amount("attributes", attribute, float(each)) for each in strengths]
    return np.stack([compose(recipe, space) for recipe in recipes])


def morph(start: np.ndarray, end: np.ndarray, frames: int, path: str) -> np.ndarray:
    """Codes at even steps from `start` to `end`: (frames, D) float32.

    start, end: (D,). frames: within FRAMES. path: one of PATHS.
    """
    _check_within("frames", frames, FRAMES)
    return PATHS[path](start, end, np.linspace(0, 1, frames))


def edit_steps(recipe: Recipe, space: LatentSpace, frames: int) -> np.ndarray:
    """Codes from a face to its edit, all amounts growing evenly: (frames, D) float32.

    frames: within FRAMES.
    """
    _check_within("frames", frames, FRAMES)
    steps = [
        recipe.changed(
            **{
                bank: {name: share * amount for name, amount in amounts.items()}
                for bank, amounts in recipe.amounts.items()
            }
        )
        for share in np.linspace(0, 1, frames)
    ]
    return np.stack([compose(step, space) for step in steps])


def there_and_back(frames: list) -> list:
    """The frames, then those between the ends backwards: they loop without a jump."""
    return frames + frames[-2:0:-1]


def morph_file(
    codes: np.ndarray,
    decode: Decode,
    kind: str,
    duration: int = 80,
    factor: int = 1,
    back: bool = True,
    beside: np.ndarray | None = None,
) -> bytes:
    """An endless animation of the faces of codes.

    codes: (N, D) float32. kind: one of FORMATS. duration: ms of a frame, within DURATIONS; GIF
    counts in steps of 10 ms. back: play the frames there and back. beside: (D,), a face that stands
    still on the left of all frames. Neighbouring frames that look the same become one that lasts
    longer.
    """
    if kind not in FORMATS:
        raise ValueError(f"expected a format of {', '.join(FORMATS)}; found {kind!r}")
    _check_within(_("ms of a frame"), duration, DURATIONS)
    faces = np.concatenate(
        [decode(codes[k : k + FACES_A_TURN]) for k in range(0, len(codes), FACES_A_TURN)]
    )
    if beside is not None:
        still = decode(beside[None])[0]
        faces = np.stack([np.hstack([still, face]) for face in faces])
    pictures = [Image.fromarray(_enlarged(face, factor)) for face in faces]
    if kind == "gif":
        # One palette for all frames: many times faster than one for each, and nothing flickers.
        palette = Image.fromarray(np.concatenate(faces)).quantize(256)
        pictures = [p.quantize(palette=palette, dither=Image.Dither.NONE) for p in pictures]
    first, *others = there_and_back(pictures) if back else pictures
    content = io.BytesIO()
    first.save(
        content, kind, save_all=True, append_images=others, duration=duration, loop=0, quality=90
    )
    return content.getvalue()


def code_npy(code: np.ndarray) -> bytes:
    """A (D,) float32 code as .npy, for numpy.load."""
    content = io.BytesIO()
    np.save(content, code, allow_pickle=False)
    return content.getvalue()


def code_csv(code: np.ndarray) -> str:
    """A (D,) float32 code as a table of one row, z0 to zD-1, that reads back exactly."""
    header = ",".join(f"z{d}" for d in range(len(code)))
    return f"{header}\n{','.join(f'{value:.9g}' for value in code)}\n"  # 9 digits fix a float32


def recipe_json(recipe: Recipe, weights: str) -> str:
    """The recipe and the key of the weights it was made with, for `read_recipe`."""
    return json.dumps({"recipe": recipe.to_data(), "weights": weights}, allow_nan=False, indent=2)


class RecipeFile(NamedTuple):
    """What `read_recipe` found. warning: why the recipe may show another face here, or None."""

    recipe: Recipe
    warning: str | None


def read_recipe(content: bytes, space: LatentSpace, weights: str) -> RecipeFile:
    """The recipe of a file that `recipe_json` made.

    space, weights: of the model that is to show it. Raises RecipeError for another or too large a
    file, and for a recipe that this model cannot show.
    """
    recipe, made_with = _parsed(content)
    other = (
        _("the file was made with the weights {made_with}, this model has {weights}").format(
            made_with=made_with, weights=weights
        )
        if made_with != weights
        else None
    )
    try:
        compose(recipe, space)
    except RecipeError as error:
        raise RecipeError(f"{error} ({other})" if other else str(error)) from error
    return RecipeFile(recipe, other)


def file_name(recipe: Recipe, ending: str, *details: str) -> str:
    """ "face-182638-edited.png", "face-seed-7-strip-eyeglasses.png", "face-mix-z.npy"."""
    source = recipe.source
    names = [] if source.kind == "picture" else [source.kind]
    if source.kind in ("picture", "seed"):
        names.append(str(source.value).removesuffix(".jpg"))
    if source.kind == "sample":
        names.append(str(source.value.seed))
    words = ["face", *names, "edited" if recipe.edited else "", *details]
    return f"{slug(' '.join(words))}.{ending}"


def slug(text: str) -> str:
    """Text as a part of a file's name: "Wearing_Hat" -> "wearing-hat"."""
    return re.sub(r"[\W_]+", "-", text).strip("-").lower()


def _parsed(content: bytes) -> tuple[Recipe, str]:
    try:
        values = parse_json(content, LARGEST_RECIPE)
        made_with = values["weights"]
        if values.keys() == {"recipe", "weights"} and re.fullmatch(r"[0-9a-f]{16}", made_with):
            return Recipe.from_data(values["recipe"]), made_with
    except RecipeError:
        raise
    except TooLarge as error:
        raise RecipeError(
            _(
                "expected a recipe file of at most {largest_recipe:,} bytes; found {content:,}"
            ).format(largest_recipe=LARGEST_RECIPE, content=len(content))
        ) from error
    except (ValueError, KeyError, TypeError):
        pass
    raise RecipeError(
        _("expected a recipe file as Export makes it; found {bytes!r}").format(
            bytes=bytes(content[:60])
        )
    )


def _enlarged(picture: np.ndarray, factor: int) -> np.ndarray:
    """(S, S, 3) uint8 -> (factor S, factor S, 3) uint8, by a Lanczos filter."""
    if factor == 1:
        return picture
    size = factor * picture.shape[1], factor * picture.shape[0]
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def png_file(picture: np.ndarray) -> bytes:
    """(H, W, 3 or 4) uint8 as PNG."""
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


def _check_within(what: str, value: int, limits: tuple[int, int]) -> None:
    if not limits[0] <= value <= limits[1]:
        raise ValueError(
            _("expected {limits} to {limits_2} {what}; found {value}").format(
                limits=limits[0], limits_2=limits[1], what=what, value=value
            )
        )
