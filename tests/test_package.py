"""The package: what it depends on, what it holds, and that it opens where nothing else is."""

import os
import re
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from benchmarks.browser import serving
from data.shipped import PRETRAINED

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SLOW = pytest.mark.skipif(not os.environ.get("SLOW"), reason="takes minutes: SLOW=1 runs it")


def requirements() -> list[str]:
    """The lines of requirements.txt, without their reasons."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [text for line in lines if (text := line.split("#")[0].strip())]


def test_the_extras_are_the_full_set_of_requirements():
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    named = [each for group in groups for each in group]
    assert sorted(named) == sorted(requirements())
    assert len(set(named)) == len(named)


def test_the_page_depends_on_no_large_package_but_its_own():
    names = {Requirement(each).name for each in PROJECT["dependencies"]}
    assert not names & {"torch", "torchvision", "scipy", "scikit-learn", "umap-learn", "plotly"}


def test_one_version_everywhere():
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^## (?:\[)?(\d+\.\d+\.\d+)", log, re.M)[0] == PROJECT["version"]
    assert re.findall(r"^version: (\S+)", citation, re.M) == [PROJECT["version"]]


def test_the_launcher_finds_its_folder_first(tmp_path: Path):
    """Somebody else's packages of the same names lie in the same folder of packages."""
    for name in ("data", "training", "explorer"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('somebody else\\'s')\n")
    launch = str(ROOT / "explorer" / "launch.py")
    code = (
        "import sys; from streamlit.web import cli; "
        "cli.main = lambda **_: print(sys.argv, __import__('training.run.files').__file__); "
        "import importlib.util as u; "
        f"spec = u.spec_from_file_location('latent_explorer', {launch!r}); "
        "module = u.module_from_spec(spec); spec.loader.exec_module(module); "
        "module.main(['runs/mine', '--port', '8600', '--server.address', '0.0.0.0']); "
        "import os; print(os.environ['EXPLORER_RUN'], os.environ['STREAMLIT_SERVER_PORT'])"
    )
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    app = str(ROOT / "streamlit_app.py")
    argv = ["streamlit", "run", app, "--server.address", "0.0.0.0"]
    assert first == f"{argv} {ROOT / 'training' / '__init__.py'}"
    assert second == f"{tmp_path / 'runs' / 'mine'} 8600"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this folder; skips where the build backend cannot be had."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(out), "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"needs hatchling from a package registry: {done.stderr[-200:]}")
    (found,) = out.glob("*.whl")
    return found


@pytest.mark.slow
@SLOW
def test_the_wheel_holds_one_package_with_the_model_and_nothing_of_celeba(wheel: Path):
    with zipfile.ZipFile(wheel) as file:
        names = [Path(name) for name in file.namelist()]
    tops = {name.parts[0] for name in names}
    assert tops == {"latent_explorer", f"latent_space_explorer-{PROJECT['version']}.dist-info"}
    inside = [name for name in names if name.parts[0] == "latent_explorer"]
    below = {name.relative_to("latent_explorer") for name in inside}
    shipped = {path.relative_to(ROOT) for path in PRETRAINED.rglob("*") if path.is_file()}
    assert {path for path in shipped if path.name != ".lock"} <= below
    assert {Path("__init__.py"), Path("streamlit_app.py"), Path(".streamlit/config.toml")} <= below
    assert not [p for p in below if p.parts[:2] in (("data", "celeba"), ("data", "prepared"))]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with nothing but the package, somebody else's `data` and `training`."""
    place = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", str(wheel)]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"needs a package registry: {done.stderr[-200:]}")
    (packages,) = place.glob("lib/python*/site-packages")
    for name in ("data", "training"):
        (packages / name).mkdir()
        (packages / name / "__init__.py").write_text("raise ImportError('somebody else')\n")
    return place


@pytest.mark.slow
@SLOW
def test_the_installed_package_opens_in_a_notebook(installed: Path, tmp_path: Path):
    code = "from latent_explorer import load; m = load(); print(m.decode(m.random([1])).shape)"
    command = [str(installed / "bin" / "python"), "-c", code]
    env = os.environ | {"PYTHONPATH": ""}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("(1, 64, 64, 3)\n", 0), done.stderr


@pytest.mark.slow
@SLOW
def test_the_installed_command_serves_the_page_and_a_face(installed: Path, tmp_path: Path):
    assert not list(installed.glob("lib/python*/site-packages/torch"))
    command = [str(installed / "bin" / "latent-explorer"), "--port"]
    with serving(tmp_path / "app.log", command, tmp_path, {"PYTHONPATH": ""}) as app:
        app.wait_until_ready()  # which draws a face
        with urllib.request.urlopen(app.url) as page:
            assert b"<title>" in page.read()
