"""map.npz: a place for every face, laid out by UMAP through each lens, in the plane and in space.

Source: McInnes et al. 2018. Straight projections (explorer/derived/planes.py) need no file: they
are made when they are asked for. What the file tells of all layouts is how far each can be
believed.
"""

import atexit
import importlib
import os
import shutil
import sysconfig
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from tqdm import tqdm

from data.errors import T_
from explorer.derived.lenses import LENSES, Lenses, fit_lenses
from explorer.derived.map_quality import kept, legibility
from explorer.derived.planes import STRAIGHT, aligned, principal_plane, the_plane
from training.codes.roc import roc_areas
from training.run.files import write_json, write_npz
from training.run.latents import Latents, load_latents
from training.run.run_folder import MAP, REPORT, RunError, own_report, quoted, read_derived, reason

PROJECTIONS, DIMENSIONS = ("umap", *STRAIGHT), (2, 3)
LAYOUTS = tuple(f"{lens}/{m}{d}" for lens in LENSES for m in PROJECTIONS for d in DIMENSIONS)
PLANE = "codes/plane2"  # codes of two dimensions lie on a plane as they are
NEIGHBORS = 15
MIN_DIST = 0.1
ALL = "all"  # partitions


@dataclass(frozen=True, eq=False)
class FaceMap:
    """Places of N faces through L lenses, and Y layouts judged.

    ids: (N,) str, the faces of `partition` in the order of latents.npz. umap2: (L, N, 2), umap3:
    (L, N, 3) float32 positions in the order of LENSES, of which some may be left out
    (`layouts_of`). lenses: what they see of a code. layouts: (Y,) str, see `layouts_of`.
    trustworthiness, recall: (Y,) float32, each against what its lens lays out (map_quality.Kept).
    legibility: (Y, A) float32 for the lenses' attributes, judged by labels of `label_source`; NaN
    where they are all alike. probe_auc: (A,) float32, how well the lenses' own margins tell the
    same labels: what no map can much exceed.
    n_neighbors, min_dist, seed: () parameters of UMAP. made_by: what made it, with its version.
    like: key of the weights whose map this one was laid on, "" for none. weights: key.
    """

    ids: np.ndarray
    umap2: np.ndarray
    umap3: np.ndarray
    lenses: Lenses
    layouts: np.ndarray
    trustworthiness: np.ndarray
    recall: np.ndarray
    legibility: np.ndarray
    probe_auc: np.ndarray
    n_neighbors: np.ndarray
    min_dist: np.ndarray
    seed: np.ndarray
    partition: str
    label_source: str
    made_by: str
    like: str
    weights: str

    def __post_init__(self) -> None:
        for name in ("umap2", "umap3"):
            places, faces = getattr(self, name), len(self.ids)
            lost = int((~np.isfinite(places)).any((0, 2)).sum())
            if places.shape[1] != faces or lost:
                raise ValueError(
                    f"expected finite places of {faces} faces; found {places.shape[1]}, {lost} of "
                    "them with NaN or infinity"
                )

    def positions(self, layout: str) -> np.ndarray:
        """(N, 2 or 3) float32 of a layout by UMAP. Raises KeyError for another."""
        lens, _, method = layout.partition("/")
        laid = list(LENSES)
        if len(self.umap2) < len(laid):
            laid = [name for name in LENSES if f"{name}/umap2" in self.layouts]
        if lens not in laid or method not in ("umap2", "umap3"):
            raise KeyError(layout)
        return getattr(self, method)[laid.index(lens)]


def layouts_of(lenses: Lenses, latent: int) -> tuple[str, ...]:
    """The layouts that show anything: without attributes those of the codes alone, and of codes of
    two dimensions the plane itself.
    """
    names = [name for name in LAYOUTS if name.partition("/")[0] in lenses.seeing]
    if latent != 2:
        return tuple(names)
    return (PLANE, *(name for name in names if not name.startswith("codes/")))


def make_map(
    run: Path, seed: int = 0, partition: str = "validation", like: Path | None = None
) -> FaceMap:
    """Lay out the run's faces and write map.npz; the same seed gives the same map.

    What is measured of the layouts is added to report.json, where that is of the same weights.

    partition: which faces, or "all". like: a run whose map shows the same faces; this one starts
    from their places there and is turned to lie on them. Raises RunError when there are too few
    faces to tell whether neighbours stay together, or when `like` does not show them.
    """
    latents = load_latents(run)
    faces = faces_of(latents, partition)
    if len(faces) <= 2 * NEIGHBORS:
        raise RunError(
            f"more than {2 * NEIGHBORS} {partition} faces in {run}, twice the neighbours of UMAP",
            f"{len(faces)}",
            f"encode more pictures: python -m training encode {quoted(run)} --data DIR",
        )
    other = _map_of_the_same(faces, like) if like else None
    try:
        lenses = fit_lenses(latents)
    except ValueError as error:
        raise RunError(
            f"an attribute that some faces of {run} have and others have not",
            "none",
            f"encode more pictures: python -m training encode {quoted(run)} --data DIR",
        ) from error
    shown = np.isin(latents.attributes, lenses.attributes)
    labels = faces.labels[:, shown]

    places: dict[str, list[np.ndarray]] = {method: [] for method in ("umap2", "umap3")}
    quality = []
    layouts = layouts_of(lenses, faces.mean.shape[1])
    by_umap = sum("/umap" in layout for layout in layouts)
    with tqdm(total=by_umap, unit="layout", dynamic_ncols=True) as bar:
        for layout in layouts:
            lens, method = layout.split("/")
            projection, dims = method[:-1], int(method[-1])
            features = lenses.features(lens, faces.mean)
            if layout == PLANE:
                positions = the_plane(features).positions(features)
            elif projection in STRAIGHT:
                positions = STRAIGHT[projection](features, dims).positions(features)
            else:
                bar.set_description(f"{layout} of {len(faces):,} faces")
                plane = principal_plane(features, dims).positions(features)
                start = other[layout] if other else None
                positions = lay_out(features, plane, start, seed)
                places[method].append(positions)
                bar.update()
            quality.append((*kept(features, positions), legibility(positions, labels)))
    trust, recall, legible = zip(*quality, strict=True)
    made = FaceMap(
        ids=faces.ids,
        umap2=np.array(places["umap2"], np.float32).reshape(-1, len(faces), 2),
        umap3=np.array(places["umap3"], np.float32).reshape(-1, len(faces), 3),
        lenses=lenses,
        layouts=np.array(layouts),
        trustworthiness=np.array(trust, np.float32),
        recall=np.array(recall, np.float32),
        legibility=np.stack(legible),
        probe_auc=roc_areas(lenses.margins(faces.mean), labels).astype(np.float32),
        n_neighbors=np.array(NEIGHBORS),
        min_dist=np.array(MIN_DIST),
        seed=np.array(seed),
        partition=partition,
        label_source=latents.label_source,
        made_by=_maker(),
        like=load_map(like).weights if like else "",
        weights=latents.weights,
    )
    save_map(run, made)
    add_to_report(run, made)
    print(f"{len(faces):,} {partition} faces, by {made.made_by}, seed {seed}")
    print(f"{'layout':17} trustworthiness  recall  legibility")
    for name, *figures in zip(layouts, trust, recall, map(_mean, legible), strict=True):
        print("{:17} {:15.3f}  {:6.3f}  {:10.3f}".format(name, *figures))
    return made


def faces_of(latents: Latents, partition: str) -> Latents:
    """The faces of a partition, or all."""
    return latents if partition == ALL else latents.take(latents.rows(partition))


def load_map(run: Path) -> FaceMap:
    """Read map.npz. Raises RunError when it is missing, damaged or of other weights."""
    command = f"python -m explorer map {quoted(run)}"
    arrays: dict[str, Any] = read_derived(run, MAP, command)
    try:
        texts = ("partition", "label_source", "made_by", "like", "weights")
        arrays |= {name: str(arrays[name]) for name in texts}
        lenses = Lenses(**{name: arrays.pop(f"lens_{name}") for name in Lenses.__annotations__})
        return FaceMap(**arrays, lenses=lenses)
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            T_("a whole map in {path}", path=run / MAP), reason(error), command
        ) from error


def save_map(run: Path, made: FaceMap) -> None:
    """Write map.npz."""
    arrays = {k: np.asarray(v) for k, v in vars(made).items() if k != "lenses"}
    arrays |= {f"lens_{k}": v for k, v in vars(made.lenses).items()}
    write_npz(run / MAP, arrays)


def add_to_report(run: Path, made: FaceMap) -> None:
    """Tell in report.json under "map", layout by layout, how far each can be believed.

    A run that was not evaluated yet, or whose report is of other weights, is left as it is: the
    map itself holds the same figures.
    """
    report = own_report(run)
    if report.get("weights") != made.weights:
        return
    figures = zip(made.trustworthiness, made.recall, map(_mean, made.legibility), strict=True)
    names = ("trustworthiness", "recall", "legibility")
    report["map"] = {
        str(layout): {
            name: round(float(v), 4) if np.isfinite(v) else None
            for name, v in zip(names, values, strict=True)
        }
        for layout, values in zip(made.layouts, figures, strict=True)
    }
    write_json(run / REPORT, report)


def _mean(legible: np.ndarray) -> float:
    known = legible[np.isfinite(legible)]
    return float(known.mean()) if len(known) else float("nan")


def _map_of_the_same(faces: Latents, run: Path) -> dict[str, np.ndarray]:
    """Layout by UMAP -> positions of these faces on another run's map."""
    other = load_map(run)
    row_of = {name: row for row, name in enumerate(other.ids)}
    missing = [name for name in faces.ids if name not in row_of]
    if missing:
        raise RunError(
            f"a map in {run} that shows the {len(faces):,} faces of this one",
            f"{len(missing):,} are not on it, {missing[0]} for one",
            f"python -m explorer map {quoted(run)} --partition PARTITION",
        )
    rows = [row_of[name] for name in faces.ids]
    return {
        name: other.positions(name)[rows] for name in map(str, other.layouts) if "/umap" in name
    }


def _let_numba_cache() -> None:
    """Give numba, which umap compiles with, a folder to keep its work in where it has none.

    It takes one beside umap's own files, or in the user's home; where neither can be written, as in
    many containers, importing umap would fail.
    """
    places = [Path(sysconfig.get_paths()["purelib"]) / "umap", Path.home() / ".cache"]
    own = next((p for p in places if p.is_dir() and os.access(p, os.W_OK)), None)
    if own is None and not os.access(Path.home(), os.W_OK):
        kept = tempfile.mkdtemp(prefix="numba-")
        atexit.register(shutil.rmtree, kept, ignore_errors=True)
        os.environ.setdefault("NUMBA_CACHE_DIR", kept)


def _cuml() -> ModuleType | None:
    """The cuML module where it is installed, None elsewhere."""
    try:
        return importlib.import_module("cuml")
    except ImportError:
        return None


def _maker() -> str:
    cuml = _cuml()
    return f"cuml {cuml.__version__}" if cuml else f"umap-learn {version('umap-learn')}"


def lay_out(
    features: np.ndarray, plane: np.ndarray, like: np.ndarray | None, seed: int
) -> np.ndarray:
    """(N, d) float32 positions of features (N, F) by UMAP.

    The optimisation starts from `plane`, their principal plane, or from `like`; the result is
    turned and moved onto what it started from, which leaves nothing to chance but what UMAP
    itself decides.
    """
    options = {
        "n_components": plane.shape[1],
        "n_neighbors": NEIGHBORS,
        "min_dist": MIN_DIST,
        "random_state": seed,
    }
    start = plane if like is None else like
    cuml = _cuml()
    if cuml:  # starts where it likes
        made = np.asarray(cuml.UMAP(**options, output_type="numpy").fit_transform(features))
    else:
        _let_numba_cache()
        import umap  # seconds to import

        # It divides by the extent of what it starts from; a little noise makes no axis flat.
        noise = np.random.default_rng(seed).standard_normal(start.shape) * 1e-4 * start.std()
        init = (start + noise).astype(np.float32)
        made = umap.UMAP(**options, init=init, n_jobs=1).fit_transform(features)
    return aligned(made.astype(np.float32), start)
