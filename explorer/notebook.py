"""A run in a notebook: `from explorer import load, show`.

    model = load()                                   # the model that ships
    codes = model.random(range(6))                   # or model.encode(pictures)
    codes = model.sample(6, having=["Smiling"])      # of a run with a flow
    edited = model.add(codes, "Eyeglasses", 2)
    show(model.decode(codes), model.decode(edited))  # a PIL image, which notebooks display
    model.widget()                                   # face, sliders and map; needs anywidget

Codes are numpy arrays (N, D) float32, pictures (N, S, S, 3) uint8; both can be computed with.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from explorer.language.catalogues import SOURCE
from explorer.photo.photo import photo_of, read_photo
from explorer.recipe.code_text import code_to_text
from explorer.recipe.methods import METHODS
from explorer.recipe.recipe import Source
from explorer.recipe.sample import SEEDS
from explorer.recipe.space import attribute_step, attribute_vector
from explorer.run.loaded import Loaded, chosen_run, open_run
from training.codes.flow_sampler import GUIDANCE
from training.run.run_folder import FLOW, RunError, quoted

if TYPE_CHECKING:
    from explorer.widget.widget import FaceWidget

GAP = 2  # white pixels between pictures
SCALE = 2  # screen pixels to a pixel


class Model:
    """A run folder and its networks. Everything the page computes with is in `run`."""

    def __init__(self, opened: Loaded):
        self.run, self._opened, self._encoder = opened.run, opened, opened.encoder

    def __repr__(self) -> str:
        config = self.run.config.model
        return f"{config.kind} of {config.size}x{config.size} faces in {config.latent} dimensions"

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes that have a vector."""
        return tuple(self.run.space.vectors)

    @property
    def faces(self) -> np.ndarray:
        """(N, D) the codes of the validation faces of the map."""
        return self.run.faces.mean

    def encode(self, pictures: np.ndarray | Image.Image | str | Path) -> np.ndarray:
        """Codes (N, D) float32 that fit pictures (N, S, S, 3) uint8 RGB: `Encoder.refined`.

        One picture (S, S, 3), a PIL image or a file is a batch of one; an image of another size
        is cut to its central square and resized. A file is read as the page reads photos: upright,
        of any mode. CelebA's crop is what the model knows.
        Raises ValueError for another shape or type, and for a file that is no picture.
        """
        if isinstance(pictures, str | Path):
            pictures = Image.fromarray(read_photo(Path(pictures).read_bytes(), upload=False))
        if isinstance(pictures, Image.Image):
            pictures = self._fitted(photo_of(pictures))
        batch = pictures[None] if np.ndim(pictures) == 3 else pictures
        return self._encoder.refined(batch)

    @property
    def renderers(self) -> tuple[str, ...]:
        """Names of what can draw codes: "mean", and "sharp" where the run has it."""
        return self.run.renderers

    def decode(self, codes: np.ndarray, renderer: str | None = None) -> np.ndarray:
        """Pictures (N, S, S, 3) uint8 of codes (N, D), or of one code (D,).

        renderer: of `renderers`; "mean" draws the means of p(x|z), "sharp" typical pictures with
        invented detail. Where None, the last of them, as the page does.
        Raises ValueError for one that the run does not have.
        """
        renderer = renderer or self.renderers[-1]
        if renderer not in self.renderers:
            raise ValueError(f"expected one of {', '.join(self.renderers)}; found {renderer!r}")
        return self._opened.named(renderer).decode(np.atleast_2d(codes))

    def random(self, seeds: int | Iterable[int] = 0, temperature: float = 1.0) -> np.ndarray:
        """Codes (N, D) of random faces, one for each seed, from the mixture of codes."""
        chosen = [seeds] if isinstance(seeds, int) else seeds
        return np.stack([self.run.space.mixture.sample(int(s), temperature) for s in chosen])

    def sample(
        self,
        n: int,
        having: Sequence[str] = (),
        lacking: Sequence[str] = (),
        seed: int = 0,
        temperature: float = 1.0,
        guidance: float = GUIDANCE,
    ) -> np.ndarray:
        """Codes (n, D) of random faces of the flow, of n seeds from `seed` up.

        having, lacking: attributes that they are to have and not to have; where there are none, a
        set of labels is drawn for each face first, if the flow can. guidance: how far attributes
        that are asked for are overdone; 1 is as they are.
        Raises RunError for a run without a flow, ValueError for what cannot be asked for.
        """
        flow = self.run.space.flow
        if flow is None:
            root = self.run.root
            raise RunError(
                f"{FLOW} in {root}", "no such file", f"python -m training flow {quoted(root)}"
            )
        if n < 1 or not 0 <= seed <= SEEDS - n:
            raise ValueError(
                f"expected a number of faces from 1 up and seeds from 0 to 2^32 - 1; found {n} "
                f"from {seed} up"
            )
        return flow.draw(range(seed, seed + n), temperature, having, lacking, guidance)

    def vector(self, attribute: str, method: str | None = None) -> np.ndarray:
        """(D,) the vector that adds an attribute; method: of METHODS, the run's own where None.

        Raises ValueError for an unknown attribute or method.
        """
        method = method or self.run.vectors.default_method
        for name, known in ((attribute, self.attributes), (method, METHODS)):
            if name not in known:
                raise ValueError(f"expected one of {', '.join(known)}; found {name!r}")
        return attribute_vector(self.run.space, attribute, method, ())[0]

    def add(
        self, codes: np.ndarray, attribute: str, strength: float = 1.0, method: str | None = None
    ) -> np.ndarray:
        """The codes with an attribute added; below 0 it is taken away. Errors as in `vector`.

        By a method whose strength is an effect, each as many times the vector as it needs.
        """
        codes = np.atleast_2d(codes)
        self.vector(attribute, method)  # is there
        method, space = method or self.run.vectors.default_method, self.run.space
        steps = [attribute_step(space, attribute, method, (), strength, code) for code in codes]
        return (codes + np.stack(steps)).astype(np.float32)

    def widget(self, code: np.ndarray | None = None, language: str = SOURCE) -> "FaceWidget":
        """The page's face, sliders and map in an output of the notebook, answered by this kernel.

        code: (D,) of the face to begin with. language: that it speaks, such as "de". Its `code` and
        `recipe` tell what is shown. Raises ImportError where anywidget is not installed, ValueError
        for a language that it does not speak.
        """
        from explorer.widget.widget import FaceWidget

        first = self.run.first_recipe
        if code is not None:
            first = first.with_source(Source("code", code_to_text(code)))
        return FaceWidget(self._opened, first, language)

    def _fitted(self, picture: Image.Image) -> np.ndarray:
        """(S, S, 3) uint8 of the central square."""
        side, (width, height) = self._opened.renderer.shape[0], picture.size
        half = min(width, height) / 2
        box = (width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half)
        return np.asarray(picture.resize((side, side), Image.Resampling.LANCZOS, box))


def load(run: str | Path | None = None) -> Model:
    """The model in a run folder, or the one that ships. Raises RunError, with what helps."""
    return Model(open_run(chosen_run() if run is None else Path(run)))


def show(*rows: np.ndarray) -> Image.Image:
    """Rows of pictures, each (N, S, S, 3) uint8, under one another, as one image.

    Raises ValueError without a picture.
    """
    if not rows or not any(len(row) for row in rows):
        raise ValueError("expected rows of pictures (N, S, S, 3); found none")
    side, columns = rows[0].shape[1], max(len(row) for row in rows)
    step = side + GAP
    sheet = Image.new("RGB", (columns * step - GAP, len(rows) * step - GAP), "white")
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            sheet.paste(Image.fromarray(picture), (x * step, y * step))
    return sheet.resize((SCALE * sheet.width, SCALE * sheet.height), Image.Resampling.NEAREST)
