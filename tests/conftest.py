"""What the tests share: CelebA if there is one, and drawn faces in its place."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from filelock import FileLock
from hypothesis import HealthCheck, settings

from data.celeba import read_celeba
from data.draw import draw_celeba
from data.examples import write_example
from data.labelled import read_labelled, told_by
from data.prepare import prepare
from data.prepared import Prepared
from explorer.__main__ import main as explorer
from explorer.adapters import adopt
from explorer.language.nouns import FACES, speak_of
from tests.explorer.adapters.foreign import ForeignVae, trained
from training.__main__ import main as training
from training.codes.flow import make_flow
from training.run.run_folder import read_config
from training.run.sharp import SharpDecoder, save_sharp

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

# Many small networks, not one large one: more threads only wait for each other.
torch.set_num_threads(1)
os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the commands that tests start


@pytest.fixture(autouse=True)
def of_faces():
    """Texts speak of faces again after a test that opened a run of other pictures."""
    yield
    speak_of(*FACES)


@pytest.fixture(autouse=True)
def _one_thread():
    """Again for each test: UMAP changes it for the whole process, and sums depend on it."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _main_module():
    """What AppTest ran stays `__main__`, and every process spawned later would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def celeba_root() -> Path:
    """The folder of the real CelebA, or a part of it; skips the test when there is none."""
    root = Path(os.environ.get("CELEBA_ROOT") or Path(__file__).parents[1] / "data" / "celeba")
    if not root.is_dir():
        pytest.skip(f"needs CelebA: no folder {root}; set CELEBA_ROOT")
    return root


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Once:
    """Makes a folder by its name, and for all processes that share the tests (pytest-xdist) only
    once: what the first has made the others copy, so that each has its own.
    """

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder = tmp_path_factory.mktemp(name) / name
        if not hasattr(request.config, "workerinput"):  # all alone
            make(folder)
            return folder
        ready = tmp_path_factory.getbasetemp().parent / f"once-{name}"
        with FileLock(f"{ready}.lock"):
            if not ready.is_dir():
                make(folder)
                shutil.copytree(folder, f"{ready}.part")
                os.rename(f"{ready}.part", ready)
                return folder
        return shutil.copytree(ready, folder)

    return made


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """96 drawn faces in the layout of CelebA. Shared: copy before changing anything."""
    return draw_celeba(tmp_path_factory.mktemp("drawn") / "celeba", 96)


@pytest.fixture(scope="session")
def drawn_prepared(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The drawn faces prepared at 64x64. Shared: copy before changing anything."""
    return prepare(read_celeba(drawn), tmp_path_factory.mktemp("prepared") / "celeba64", workers=1)


@pytest.fixture(scope="session")
def drawn_many(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """320 drawn faces at 64x64, 256 train, 32 validation, 32 test. Shared: copy before changing."""
    root = tmp_path_factory.mktemp("many")
    return prepare(read_celeba(draw_celeba(root / "celeba", 320)), root / "celeba64", workers=1)


@pytest.fixture(scope="session")
def drawn_run(drawn_many: Prepared, once: Once) -> Path:
    """The whole run folder of a small VAE with 8 latent dimensions, made of `drawn_many` by the
    real commands in half a minute. Shared: copy before changing anything.
    """
    return once("vae", lambda folder: _trained("vae", drawn_many, folder))


@pytest.fixture(scope="session")
def drawn_sharp_run(drawn_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`drawn_run` with a sharp renderer that was trained on nothing: its pictures are other ones.
    Shared: copy before changing anything.
    """
    run = shutil.copytree(drawn_run, tmp_path_factory.mktemp("run") / "sharp")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = SharpDecoder(read_config(run).model, (8, 8, 8, 16), 1)
    save_sharp(run, network, {})
    return run


@pytest.fixture(scope="session")
def drawn_effects(drawn_run: Path, once: Once) -> Path:
    """`drawn_run` with effects of strengths, learned from few faces. Shared: copy before changing
    anything.
    """

    def make(folder: Path) -> None:
        run = shutil.copytree(drawn_run, folder)
        assert explorer(["effects", str(run), "--codes", "600", "--faces", "8"]) == 0

    return once("effects", make)


@pytest.fixture(scope="session")
def drawn_flow(drawn_run: Path, once: Once) -> Path:
    """`drawn_run` with a small flow that has learned a little. Shared: copy before changing."""

    def make(folder: Path) -> None:
        run = shutil.copytree(drawn_run, folder)
        make_flow(run, steps=60, batch=64, shape={"width": 32, "depth": 2, "condition": 16})

    return once("flow", make)


@pytest.fixture(scope="session")
def drawn_twin(drawn_many: Prepared, once: Once) -> Path:
    """The hourglass twin of `drawn_run`, made likewise. Shared: copy before changing anything."""
    return once("ae", lambda folder: _trained("ae", drawn_many, folder))


@pytest.fixture(scope="session")
def drawn_run_32(
    drawn_many: Prepared, tmp_path_factory: pytest.TempPathFactory, once: Once
) -> Path:
    """A run like `drawn_run`, with pictures of 32x32. Shared: copy before changing anything."""
    root = tmp_path_factory.mktemp("small")
    celeba = read_celeba(drawn_many.root.parent / "celeba")
    prepared = prepare(celeba, root / "celeba32", 32, workers=1)
    return once("vae32", lambda folder: _trained("vae", prepared, folder))


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 of scikit-learn's digits, as a folder to prepare. Shared: copy before changing."""
    return write_example("digits", tmp_path_factory.mktemp("digits") / "digits", 400)


@pytest.fixture(scope="session")
def digits_prepared(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """These digits prepared: grey pictures of 32x32 with ten labels. Shared."""
    source = read_labelled(digits, told_by(digits))
    return prepare(source, tmp_path_factory.mktemp("prepared") / "digits32", 32, workers=1)


@pytest.fixture(scope="session")
def digits_run(digits_prepared: Prepared, once: Once) -> Path:
    """A run like `drawn_run`, of digits. Shared: copy before changing anything."""
    return once("digits", lambda folder: _trained("vae", digits_prepared, folder))


@pytest.fixture(scope="session")
def plane_run(digits: Path, tmp_path_factory: pytest.TempPathFactory, once: Once) -> Path:
    """A run of digits without labels whose codes have two dimensions. Shared."""
    root = tmp_path_factory.mktemp("plane")
    source = read_labelled(digits, replace(told_by(digits), table=None, categories=()))
    prepared = prepare(source, root / "digits32", 32, workers=1)
    return once("plane", lambda folder: _trained("vae", prepared, folder, latent=2))


@pytest.fixture(scope="session")
def foreign(drawn_many: Prepared) -> ForeignVae:
    """A VAE of drawn faces as another program has it. Shared."""
    return trained(drawn_many)


@pytest.fixture(scope="session")
def adopted_run(foreign: ForeignVae, drawn_many: Prepared, once: Once) -> Path:
    """The run folder of `foreign`, which all processes train to the same weights. Shared: copy
    before changing anything.
    """
    return once("adopted", lambda folder: _adopted(foreign, drawn_many, folder))


@pytest.fixture(scope="session")
def adopted_digits(digits_prepared: Prepared, once: Once) -> Path:
    """Such a run of digits, which are grey. Shared: copy before changing anything."""
    return once(
        "adopted_digits",
        lambda folder: _adopted(trained(digits_prepared), digits_prepared, folder),
    )


def _adopted(model: ForeignVae, prepared: Prepared, root: Path) -> Path:
    return adopt(model.encode, model.decode, data=prepared.root, out=root, source="a friend")


def _trained(kind: str, prepared: Prepared, root: Path, latent: int = 8) -> Path:
    run, data = str(root), str(prepared.root)
    model = ["--model", kind, "--size", str(prepared.size), "--latent", str(latent)]
    model += ["--widths", "8", "16", "16", "32"]
    options = ["--epochs", "4", "--batch", "16", "--learning-rate", "1e-2"]
    source = ["--data", data, "--device", "cpu"]
    assert training(["fit", *source, "--out", run, *model, *options]) == 0
    assert training(["encode", run, *source]) == 0
    assert (
        training(["evaluate", run, *source, "--importance-pictures", "4", "--samples", "40"]) == 0
    )
    assert explorer(["vectors", run]) == 0
    assert explorer(["map", run]) == 0
    return root
