"""A run folder as the explorer sees it: latent space, labels, map and report, checked to match."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import T_, DataError
from data.json_text import read_json
from data.schema import CELEBA, SCHEMA, Schema, read_schema
from explorer.derived.effects_file import load_effects
from explorer.derived.face_map import FaceMap, faces_of, load_map
from explorer.derived.vectors import Vectors, load_vectors
from explorer.recipe.recipe import Recipe, Source
from explorer.recipe.space import LatentSpace
from explorer.run.renderers import KINDS, renderer_names
from explorer.run.report import wrong_figures
from training.codes.flow_file import load_flow
from training.codes.flow_sampler import FlowSampler
from training.edits.steps_file import load_steps
from training.run.latents import Latents, load_latents
from training.run.run_folder import (
    CONFIG,
    EFFECTS,
    FIRST_FACE,
    FLOW,
    LAST_LAYERS,
    LATENTS,
    MAP,
    PAIR,
    REPORT,
    STEPS,
    VECTORS,
    WEIGHTS,
    RunConfig,
    RunError,
    no_such_file,
    quoted,
    read_config,
    readable,
    unreadable,
    weights_key,
)

# What the page tells of a report.
REPORT_FIELDS = (
    "pictures",
    "psnr_mean_db",
    "active_units",
    "rate_nats",
    "sigma",
    "bits_per_dim",
    "probes",
)
READ_FILES = (CONFIG, WEIGHTS, LATENTS, VECTORS, MAP, REPORT)
OF_PAGE = (*READ_FILES, *PAIR, SCHEMA, LAST_LAYERS, FLOW, EFFECTS, STEPS, FIRST_FACE)


@dataclass(frozen=True, eq=False)
class Run:
    """All that the page needs besides the weights.

    faces: codes and labels of the N faces of the map, in the order of `face_map`. renderers: names
    of those that the run has, the mean first, the one that a new session draws by last. key: see
    `run_key`. first_face: id of the face that a new session opens on, "" for the mean face. schema:
    what the pictures show and their labels are.
    """

    root: Path
    config: RunConfig
    faces: Latents
    vectors: Vectors
    face_map: FaceMap
    space: LatentSpace
    report: dict[str, Any]
    renderers: tuple[str, ...]
    key: str
    first_face: str = ""
    schema: Schema = CELEBA

    @property
    def first_recipe(self) -> Recipe:
        """What a new session shows: the first face, with sliders of the run's default method, by
        the run's last renderer.
        """
        source = Source("picture", self.first_face) if self.first_face else Source("mean")
        return Recipe(source, method=self.vectors.default_method, renderer=self.renderers[-1])

    @property
    def judged(self) -> bool:
        """Whether there are judges that see labels in its pictures: they know CelebA's faces."""
        return self.schema.is_celeba

    @property
    def only_means(self) -> bool:
        """Whether there is no other renderer than that of the mean."""
        return len(self.renderers) == 1


def run_id(root: Path) -> str:
    """Changes whenever a file that the explorer reads does: its size or its time."""
    renderers = [kind.file for kind in KINDS.values()]
    files = [root / name for name in (*OF_PAGE, *renderers)]
    states = {p.name: p.stat() for p in files if p.is_file()}
    return f"{root}: {[(name, s.st_size, s.st_mtime_ns) for name, s in states.items()]}"


def run_key(run: Run) -> str:
    """16 hex digits of what the run's files hold: copies of it have the same, wherever they lie."""
    return run.key


def _content_key(root: Path) -> str:
    whole = hashlib.sha256()
    for name in (*READ_FILES, *PAIR, SCHEMA):
        if (root / name).is_file():
            with (root / name).open("rb") as file:
                whole.update(f"{name} {hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
    return whole.hexdigest()[:16]


def load_run(root: Path) -> Run:
    """Raises RunError, with the command that helps, when a file is missing or does not match."""
    config = read_config(root)
    weights_key(root)
    key, schema = _content_key(root), _schema(root)
    latents, vectors, face_map = load_latents(root), load_vectors(root), load_map(root)
    faces = faces_of(latents, face_map.partition)
    if not np.array_equal(faces.ids, face_map.ids):
        raise RunError(
            T_(
                "a map of the {count:,} {partition} faces in {run}",
                count=len(faces),
                partition=face_map.partition,
                run=root,
            ),
            T_("a map of {count:,} other faces", count=len(face_map.ids)),
            f"python -m explorer map {quoted(root)}",
        )
    d = config.model.latent
    for name, found, command in (
        (LATENTS, faces.mean, f"python -m training encode {quoted(root)} --data DIR"),
        (VECTORS, vectors.vectors, f"python -m explorer vectors {quoted(root)}"),
        (MAP, face_map.lenses.weight.T, f"python -m explorer map {quoted(root)}"),
    ):
        if found.shape[-1] != d:
            raise RunError(_codes_of(d, root / name), f"{found.shape[-1]}", command)
    effects = load_effects(root, vectors)
    space = LatentSpace(
        ids=latents.ids,
        codes=latents.mean,
        vectors=vectors.by_name,
        center=vectors.center,
        spread=vectors.spread,
        components=vectors.components,
        component_spread=vectors.component_spread,
        kl=vectors.kl,
        mixture=vectors.mixture,
        flow=_flow(root, d),
        effects=None if effects is None else effects.effects(vectors, load_steps(root)),
        group_of=schema.group_of,
    )
    report = _read_report(root)
    first = _first_face(root, space)
    names = renderer_names(root)
    return Run(root, config, faces, vectors, face_map, space, report, names, key, first, schema)


def _codes_of(latent: int, path: Path) -> str:
    return T_("codes of {latent} dimensions in {path}", latent=latent, path=path)


def _schema(root: Path) -> Schema:
    try:
        return read_schema(root)
    except DataError as error:
        command = f"python -m training encode {quoted(root)} --data DIR"
        raise RunError(error.expected, error.found, command) from error


def _first_face(root: Path, space: LatentSpace) -> str:
    """An id that the run does not have is as none: another face is no reason not to open."""
    path = root / FIRST_FACE
    if not path.is_file():
        return ""
    name = path.read_text(encoding="utf-8", errors="replace").strip()
    return name if name in space.row_of else ""


def _flow(root: Path, latent: int) -> FlowSampler | None:
    """The flow of a run that has one."""
    if not (root / FLOW).is_file():
        return None
    flow = load_flow(root)
    if flow.latent != latent:
        raise RunError(
            _codes_of(latent, root / FLOW),
            f"{flow.latent}",
            f"python -m training flow {quoted(root)}",
        )
    return flow


def _read_report(root: Path) -> dict[str, Any]:
    command = f"python -m training evaluate {quoted(root)} --data DIR"
    path = root / REPORT
    if not path.is_file():
        raise no_such_file(path, command)
    try:
        report = read_json(path)
        key = report["weights"]
        if not isinstance(report, dict):
            raise TypeError(f"no figures by name, but {type(report).__name__}")
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise unreadable(readable(path), path, error, command) from error
    if key != weights_key(root):
        expected = T_("{name} of the weights in {run}", name=REPORT, run=root)
        raise RunError(expected, T_("a report of others"), command)
    if wrong := wrong_figures(report):
        found = T_("something else as {names}", names=", ".join(wrong[:5]))
        raise RunError(T_("numbers in {path}", path=path), found, command)
    missing = [name for name in REPORT_FIELDS if name not in report]
    if missing:
        expected = T_("{name} in {folder}", name=", ".join(REPORT_FIELDS), folder=path)
        raise RunError(expected, T_("no {names}", names=", ".join(missing)), command)
    return report
