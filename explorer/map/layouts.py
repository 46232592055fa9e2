"""The layouts of an open run by name, whether they are in map.npz or made when asked for.

LENS/umap2   LENS/umap3         LENS is one of LENSES; in map.npz
LENS/pca2    LENS/pca3          principal plane or space of what the lens sees; likewise all of
                                STRAIGHT
codes/plane2                    codes of two dimensions as they are, in place of both
NAME+NAME/axes2    .../axes3    a lens of attributes that someone ticked, by their names
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from explorer.derived.face_map import LAYOUTS, PLANE
from explorer.derived.lenses import LENSES
from explorer.derived.map_quality import Kept, kept, legibility, sample
from explorer.derived.planes import STRAIGHT, Plane, principal_plane, the_plane, ticked_plane
from explorer.language.text import N_
from explorer.map.blend import Blend
from explorer.map.place import Place, Placer
from explorer.recipe.attributes import plain_name
from explorer.run.run import Run

LENS_NAMES = {
    "attributes": N_("attributes"),
    "mix": N_("mix"),
    "codes": N_("codes"),
}
LENS_NOTES = {
    "attributes": N_(
        "By what linear probes read off the codes, so colours gather by construction."
    ),
    "mix": N_("Half what the probes read, half the codes."),
    "codes": N_("The codes as they are: one honest cloud, because a VAE keeps them near N(0, I)."),
}
JUDGED_FACES = 1000  # faces that judge a layout made for a page


class LayoutError(ValueError):
    """A name that is no layout of the run; says what was expected and what was found."""


@dataclass(frozen=True, eq=False)
class Layout:
    """One way to lay out the N faces of a run's map.

    name: see above. ticked: names of attributes, none for a lens of LENSES. positions: (N, d)
    float32. titles: of the axes; none where they mean nothing, as UMAP's. plane: of straight axes.
    """

    run: Run
    name: str
    ticked: tuple[str, ...]
    positions: np.ndarray
    titles: tuple[str, ...] = ()
    plane: Plane | None = None

    def features(self, codes: np.ndarray) -> np.ndarray:
        """(M, D) codes -> (M, F) float32: what is laid out."""
        return _features(self.run, self.name, codes)

    @cached_property
    def kept(self) -> Kept:
        """What it keeps of the neighbourhoods of its lens."""
        stored = self._stored
        if stored is not None:
            judged = self.run.face_map
            return Kept(float(judged.trustworthiness[stored]), float(judged.recall[stored]))
        codes, lenses = self.run.faces.mean, self.run.face_map.lenses
        if self.ticked:
            seen = lenses.scores(codes)[:, lenses.columns(self.ticked)]
        else:
            seen = self.features(codes)
        return kept(seen, self.positions, rows=sample(len(seen), JUDGED_FACES))

    @cached_property
    def legibility(self) -> dict[str, float]:
        """Attribute -> how well places tell it (map_quality.legibility), NaN where it cannot be
        said, judged by labels of `label_source`; the ticked attributes alone for such a lens.
        """
        stored, attributes = self._stored, self.run.face_map.lenses.attributes
        if stored is not None:
            areas = self.run.face_map.legibility[stored]
            return dict(zip(map(str, attributes), map(float, areas), strict=True))
        names = self.ticked or tuple(map(str, attributes))
        labels = np.stack([self.run.faces.label(name) for name in names], 1)
        areas = legibility(self.positions, labels)
        return dict(zip(names, map(float, areas), strict=True))

    @property
    def label_source(self) -> str:
        """Whose labels judged the legibility: celeba or predicted."""
        judged = self.run.face_map if self._stored is not None else self.run.faces
        return judged.label_source

    @cached_property
    def placer(self) -> Placer:
        """Places new codes on it."""
        return Placer(self.features(self.run.faces.mean), self.positions, self.plane)

    def place(self, code: np.ndarray) -> Place:
        """Where a new code (D,) lies on it."""
        return self.placer.place(self.features(code[None])[0])

    @cached_property
    def blend(self) -> Blend:
        """Faces at its places."""
        return Blend(self.positions, self.run.faces.mean)

    @property
    def _stored(self) -> int | None:
        """Its row among the figures of map.npz, if that was judged with them."""
        judged = list(map(str, self.run.face_map.layouts))
        return judged.index(self.name) if self.name in judged else None


@lru_cache(maxsize=16)
def layout(run: Run, name: str) -> Layout:
    """A layout of the run's faces. Raises LayoutError."""
    _, dims, ticked = _parse(run, name)
    projection = name.partition("/")[2][:-1]
    if projection == "umap":
        return Layout(run, name, (), run.face_map.positions(name))
    codes, lenses = run.faces.mean, run.face_map.lenses
    features = _features(run, name, codes)
    if 0 < len(ticked) <= dims:
        columns = lenses.columns(ticked)
        titles = [plain_name(name) for name in ticked]
        margins, directions = features[:, : len(ticked)], lenses.weight[:, columns]
        plane = ticked_plane(margins, codes, directions, titles, dims)
    elif name == PLANE:
        plane = the_plane(features)
    else:
        plane = STRAIGHT.get(projection, principal_plane)(features, dims)
    return Layout(run, name, ticked, plane.positions(features), plane.titles, plane)


def flat(run: Run, lens: str) -> bool:
    """Whether what a lens sees lies on a plane as it is: codes of two dimensions."""
    return run.space.latent == 2 and lens == "codes"


def first_lens(run: Run) -> str:
    """The lens that a map opens with: attributes, where they tell more than one class of each face.

    Laid out by the classes of which each face has one, every class would be a heap far from the
    others by construction.
    """
    seeing = run.face_map.lenses.seeing
    classes = set(map(str, run.face_map.lenses.attributes))
    one_of_each = any(classes <= set(part) for part in run.schema.exclusive)
    return "codes" if flat(run, "codes") or one_of_each else seeing[0]


def usual_layout(run: Run, lens: str) -> str:
    """The plane layout of a lens: by UMAP, or the plane itself."""
    return PLANE if flat(run, lens) else f"{lens}/umap2"


def ticked_layout(ticked: list[str], dims: int) -> str:
    """The name of the layout that these attributes make."""
    return f"{'+'.join(ticked)}/axes{dims}"


def _parse(run: Run, name: str) -> tuple[str, int, tuple[str, ...]]:
    """Lens, dimensions and ticked attributes of a layout's name. Raises LayoutError."""
    lens, _, method = name.partition("/")
    lenses = run.face_map.lenses
    known = name == PLANE if flat(run, lens) else name in LAYOUTS and lens in lenses.seeing
    if known:
        return lens, int(method[-1]), ()
    ticked = tuple(lens.split("+"))
    names = set(map(str, lenses.attributes))
    if method not in ("axes2", "axes3") or len(set(ticked)) < len(ticked) or not names >= {*ticked}:
        raise LayoutError(
            f"expected a layout such as {usual_layout(run, lenses.seeing[0])}"
            + (f", {LENSES[-1]}/pca3 or {min(names)}/axes2, with attributes" if names else "")
            + f" of this run; found {name[:80]!r}"
        )
    return lens, int(method[-1]), ticked


def _features(run: Run, name: str, codes: np.ndarray) -> np.ndarray:
    lenses = run.face_map.lenses
    lens, dims, ticked = _parse(run, name)
    if not ticked:
        return lenses.features(lens, codes)
    columns = lenses.columns(ticked)
    if len(ticked) <= dims:
        return np.hstack([lenses.margins(codes)[:, columns], codes])
    return lenses.scores(codes)[:, columns]
