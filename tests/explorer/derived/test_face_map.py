"""map.npz: neighbours stay neighbours, the same seed is the same map, and maps can be aligned."""

import json
import os
import shutil
import subprocess
import sys
import types
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.derived.face_map import LAYOUTS, FaceMap, add_to_report, load_map, make_map
from explorer.derived.lenses import LENSES
from explorer.derived.map_quality import kept, legibility
from explorer.derived.planes import principal_plane
from training.codes.roc import roc_areas
from training.run.files import read_npz, write_npz
from training.run.latents import Latents, save_latents
from training.run.run_folder import CONFIG, LATENTS, MAP, REPORT, WEIGHTS, RunError, weights_key

KINDS = ("Bald", "Smiling", "Young")
UMAPS = [name for name in LAYOUTS if "/umap" in name]


@pytest.fixture(scope="module")
def kinds(drawn_run: Path) -> Latents:
    """60 training and 60 validation codes: three heaps of 40, each with an attribute of its own."""
    rng = np.random.default_rng(0)
    kind = np.arange(120) % 3
    codes = rng.standard_normal((120, 8)) + 6 * np.eye(3, 8)[kind]
    return Latents(
        ids=np.array([f"{k:06d}.jpg" for k in range(120)]),
        partition=np.repeat(["train", "validation"], 60),
        mean=codes.astype(np.float32),
        logvar=np.zeros((120, 8), np.float32),
        attributes=np.array([*KINDS, "Male", "No_Beard"]),
        labels=np.hstack([np.eye(3, dtype=bool)[kind], np.tile([False, True], (120, 1))]),
        label_source="celeba",
        weights=weights_key(drawn_run),
        data="0123456789abcdef",
    )


@pytest.fixture
def bare_run(drawn_run: Path, tmp_path: Path) -> Path:
    """A run folder with nothing but a trained model."""
    for name in (CONFIG, WEIGHTS):
        shutil.copyfile(drawn_run / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def one_lens(monkeypatch: pytest.MonkeyPatch):
    """Maps through the lens codes alone, which take a third of the time."""
    monkeypatch.setattr("explorer.derived.face_map.LENSES", ("codes",))
    layouts = tuple(name for name in LAYOUTS if name.startswith("codes"))
    monkeypatch.setattr("explorer.derived.face_map.LAYOUTS", layouts)


@pytest.fixture(scope="module")
def kinds_run(drawn_run: Path, kinds: Latents, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with the codes of the three heaps and their map. Shared."""
    run = tmp_path_factory.mktemp("kinds")
    for name in (CONFIG, WEIGHTS):
        shutil.copyfile(drawn_run / name, run / name)
    save_latents(run, kinds)
    made = make_map(run)
    assert_equal(load_map(run), made)
    return run


@pytest.fixture(scope="module")
def face_map(kinds_run: Path) -> FaceMap:
    """The map of the 60 validation codes of the three heaps."""
    return load_map(kinds_run)


def assert_equal(found: FaceMap, made: FaceMap) -> None:
    for whole, part in ((made, found), (made.lenses, found.lenses)):
        for name, value in vars(whole).items():
            if name != "lenses":
                np.testing.assert_array_equal(getattr(part, name), value, err_msg=name)
                assert type(getattr(part, name)) is type(value)


def test_the_map_holds_the_validation_faces_and_how_it_was_made(face_map: FaceMap, kinds: Latents):
    assert list(face_map.ids) == list(kinds.ids[60:])
    for name in UMAPS:
        positions = face_map.positions(name)
        assert (positions.shape, positions.dtype) == ((60, int(name[-1])), np.float32)
        assert np.isfinite(positions).all()
    assert (face_map.n_neighbors, face_map.min_dist, face_map.seed) == (15, 0.1, 0)
    assert (face_map.partition, face_map.like) == ("validation", "")
    assert face_map.made_by.startswith(("umap-learn ", "cuml "))


@pytest.mark.parametrize("name", ["attributes/pca2", "codes", "umap2", "codes/umap4", ""])
def test_positions_of_another_layout_are_refused(face_map: FaceMap, name: str):
    with pytest.raises(KeyError):
        face_map.positions(name)


def test_the_same_seed_is_the_same_map(bare_run: Path, kinds: Latents, face_map: FaceMap):
    save_latents(bare_run, kinds)
    assert_equal(make_map(bare_run, seed=0), face_map)


@pytest.mark.usefixtures("one_lens")
def test_another_seed_is_another_map(bare_run: Path, kinds: Latents, face_map: FaceMap):
    save_latents(bare_run, kinds)
    other = make_map(bare_run, seed=1)
    assert other.seed == 1
    for method in ("umap2", "umap3"):
        assert not np.array_equal(getattr(other, method)[0], getattr(face_map, method)[2])


def test_the_figures_are_those_of_every_layout(face_map: FaceMap, kinds: Latents):
    codes, labels = kinds.mean[60:], kinds.labels[60:, :3]
    assert list(face_map.layouts) == list(LAYOUTS)
    for row, name in enumerate(LAYOUTS):
        lens, method = name.split("/")
        features = face_map.lenses.features(lens, codes)
        if method in ("umap2", "umap3"):
            places = face_map.positions(name)
        else:
            places = principal_plane(features, int(method[-1])).positions(features)
        told = face_map.trustworthiness[row], face_map.recall[row]
        np.testing.assert_allclose(told, kept(features, places), atol=1e-6)
        np.testing.assert_allclose(face_map.legibility[row], legibility(places, labels), atol=1e-6)
    assert face_map.trustworthiness.min() > 0.9
    probes = roc_areas(face_map.lenses.margins(codes), labels)
    np.testing.assert_allclose(face_map.probe_auc, probes, atol=1e-6)
    assert face_map.label_source == "celeba"


@pytest.mark.parametrize("name", UMAPS)
def test_faces_with_the_same_attribute_lie_together(face_map: FaceMap, kinds: Latents, name: str):
    kind = kinds.labels[60:].argmax(1)
    places = face_map.positions(name)
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    beside = distances.argsort(1)[:, :5]
    assert (kind[beside] == kind[:, None]).mean() > 0.9


@pytest.mark.usefixtures("one_lens")
def test_other_partitions_and_all_faces_can_be_laid_out(bare_run: Path, kinds: Latents):
    save_latents(bare_run, kinds)
    assert list(make_map(bare_run, partition="train").ids) == list(kinds.ids[:60])
    made = make_map(bare_run, partition="all")
    assert list(made.ids) == list(kinds.ids)
    assert load_map(bare_run).partition == "all"


@pytest.mark.usefixtures("one_lens")
def test_a_map_like_another_shows_faces_where_that_shows_them(bare_run: Path, kinds: Latents):
    """A sheet in space, and the same seen from behind."""
    rng = np.random.default_rng(0)
    sheet = np.zeros((120, 8), np.float32)
    sheet[:, :2] = rng.random((120, 2)) * [6, 4]
    sheet += 0.1 * rng.standard_normal((120, 8)).astype(np.float32)
    save_latents(bare_run, replace(kinds, mean=sheet))
    first = make_map(bare_run, partition="all")
    other = shutil.copytree(bare_run, bare_run / "other")
    save_latents(other, replace(kinds, mean=-sheet))

    def way(made: FaceMap, method: str) -> float:
        """Median way of a face from one map to the other, in share of the map."""
        places, again = getattr(first, method)[0], getattr(made, method)[0]
        ways = np.linalg.norm(places - again, axis=1)
        return np.median(ways) / np.linalg.norm(np.ptp(places, 0))

    alone = make_map(other, seed=3, partition="all")
    like = make_map(other, seed=3, partition="all", like=bare_run)
    assert like.like == first.weights
    for method in ("umap2", "umap3"):
        assert way(like, method) < 0.15
        assert way(alone, method) > 0.3


def test_a_map_like_one_of_other_faces_is_refused(
    bare_run: Path, kinds: Latents, kinds_run: Path, face_map: FaceMap
):
    save_latents(bare_run, kinds)
    with pytest.raises(RunError) as caught:
        make_map(bare_run, partition="all", like=kinds_run)
    assert str(caught.value) == (
        f"expected: a map in {kinds_run} that shows the 120 faces of this one\n"
        "found: 60 are not on it, 000000.jpg for one\n"
        f"next: python -m explorer map {kinds_run} --partition PARTITION"
    )


def test_cuml_is_used_where_it_is_installed(
    bare_run: Path, kinds: Latents, monkeypatch: pytest.MonkeyPatch
):
    """A stand-in with the calls of cuML's UMAP, because cuML itself needs a GPU."""
    asked = []

    class UMAP:
        def __init__(self, **options):
            self.options = options

        def fit_transform(self, features: np.ndarray) -> np.ndarray:
            asked.append(self.options)
            return features[:, : self.options["n_components"]]

    module = types.ModuleType("cuml")
    module.UMAP, module.__version__ = UMAP, "26.08"
    monkeypatch.setitem(sys.modules, "cuml", module)
    save_latents(bare_run, kinds)
    made = make_map(bare_run, seed=4)
    assert made.made_by == "cuml 26.08"
    assert [options["n_components"] for options in asked] == [2, 3] * len(LENSES)
    for options in asked:
        assert options | {"n_components": 2} == {
            "n_components": 2,
            "n_neighbors": 15,
            "min_dist": 0.1,
            "random_state": 4,
            "output_type": "numpy",
        }


def test_the_report_tells_how_far_each_layout_can_be_believed(own_run: Path):
    before = json.loads((own_run / REPORT).read_text())
    told = before.pop("map")  # by the command that made the map
    made = load_map(own_run)
    assert list(told) == list(made.layouts)
    for k, figures in enumerate(told.values()):
        assert figures["trustworthiness"] == pytest.approx(made.trustworthiness[k], abs=1e-4)
        assert figures["recall"] == pytest.approx(made.recall[k], abs=1e-4)
        assert figures["legibility"] == pytest.approx(np.nanmean(made.legibility[k]), abs=1e-4)
    add_to_report(own_run, replace(made, weights="f" * 16))  # a report of others is left alone
    assert json.loads((own_run / REPORT).read_text()) == before | {"map": told}
    (own_run / REPORT).unlink()
    add_to_report(own_run, made)
    assert not (own_run / REPORT).exists()


def test_too_few_faces_are_refused(bare_run: Path, kinds: Latents):
    save_latents(bare_run, kinds.take(np.arange(90)))
    with pytest.raises(RunError) as caught:
        make_map(bare_run)
    assert str(caught.value) == (
        f"expected: more than 30 validation faces in {bare_run}, twice the neighbours of UMAP\n"
        "found: 30\n"
        f"next: encode more pictures: python -m training encode {bare_run} --data DIR"
    )


def test_codes_that_are_not_finite_are_refused(bare_run: Path, kinds: Latents):
    save_latents(bare_run, kinds)
    arrays = read_npz(bare_run / LATENTS)
    arrays["mean"][70, 3] = np.nan
    write_npz(bare_run / LATENTS, arrays)
    with pytest.raises(RunError, match="expected finite codes; found 1 of 120 with NaN"):
        make_map(bare_run)
    assert not (bare_run / MAP).exists()


def test_faces_that_are_all_alike_are_refused(bare_run: Path, kinds: Latents):
    save_latents(bare_run, replace(kinds, labels=np.ones_like(kinds.labels)))
    with pytest.raises(RunError, match="expected: an attribute that some faces of"):
        make_map(bare_run)


@pytest.mark.usefixtures("one_lens")
def test_codes_that_repeat_are_laid_out(bare_run: Path, kinds: Latents):
    mean = kinds.mean.copy()
    mean[80:100] = mean[80]
    save_latents(bare_run, replace(kinds, mean=mean))
    assert np.isfinite(make_map(bare_run).umap2).all()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"umap2": np.full((3, 32, 2), np.nan)}, "32 of them with NaN or infinity"),
        ({"umap3": np.zeros((3, 2, 3))}, "places of 32 faces; found 2, 0 of them"),
        ({"umap3": None}, "missing 1 required positional argument: 'umap3'"),
        ({"lens": np.zeros(1)}, "unexpected keyword argument 'lens'"),
        ({"lens_bias": None}, "no entry 'lens_bias'"),
        ({"partition": None}, "no entry 'partition'"),
    ],
)
def test_a_map_that_is_not_whole_is_refused(own_run: Path, change: dict, found: str):
    arrays = read_npz(own_run / MAP) | change
    write_npz(own_run / MAP, {k: v for k, v in arrays.items() if v is not None})
    with pytest.raises(RunError) as caught:
        load_map(own_run)
    assert caught.value.expected == f"a whole map in {own_run / MAP}"
    assert found in caught.value.found
    assert caught.value.next == f"python -m explorer map {own_run}"


def test_a_map_is_made_where_neither_home_nor_packages_can_be_written_to(tmp_path: Path):
    """umap keeps what it compiles beside itself or at home, and is not imported without either."""
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from explorer.derived.face_map import _let_numba_cache\n"
        "os.setgid(65534), os.setuid(65534)\n"
        "_let_numba_cache()\n"
        "print(os.environ['NUMBA_CACHE_DIR'])\n"
        "import umap\n"
    )
    if os.getuid():
        pytest.skip("needs to give up rights")
    home = Path(sys.base_prefix)
    if not all(path.stat().st_mode & 0o5 == 0o5 for path in (home, *home.parents)):
        pytest.skip("needs a Python that others may read")
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment | {"HOME": "/nonexistent"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not Path(done.stdout.strip()).exists()  # gone with the process
