"""The texts say what is true: their commands run, their links lead somewhere, their figures agree.

Every command of the README's ```bash blocks needs a rule in RULES; one without fails.
"""

import importlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from PIL import Image

from data.draw import draw_celeba
from data.shipped import SHIPPED
from explorer.run.loaded import chosen_run, open_run
from explorer.run.run import load_run
from training.model.config import TrainingConfig
from training.run.run_folder import weights_key

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TEXTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
ROOMS = ("data", "training", "explorer", "benchmarks")
FACES = 320  # one of ten is a validation face, and a map needs more than 30 of these

# Appended to commands, so that they take a second and not hours; the last of an option counts.
SMALLER = {
    "data prepare": "--workers 1",
    "data draw": "--count 40",
    "data example": "--count 400",
    "training fit": "--epochs 1 --batch 16 --widths 8 8 8 16 --latent 8 --device cpu",
    "training all": "--dry-run",  # tests/training/loop/test_whole_run.py runs it
    "training classify": "--epochs 1 --device cpu",
    "training judges": "--steps 2 --whole-steps 2 --device cpu",
    "training evaluate": "--importance-pictures 4 --samples 20",
    "training sampler": "--epochs 2",
    "training flow": "--steps 3 --batch 16 --device cpu",
    "training layers": "--steps 2",
    "training sharpen": "--steps 2 --batch 4 --widths 8 8 --discriminator 8 8 --device cpu",
    "training steps": "--steps 2 --batch 2 --hidden 8 --device cpu",
    "training align": "--steps 20",
    "explorer effects": "--codes 60 --faces 6",
    "explorer site": "--faces 2",
}


@dataclass(frozen=True)
class Command:
    """A line of a ```bash block: words, and the NAME=VALUE before them."""

    words: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return shlex.join([*(f"{k}={v}" for k, v in self.environment), *self.words])


def commands(text: str) -> list[Command]:
    """The commands of all ```bash blocks, in order."""
    found = []
    for block in re.findall(r"^```bash\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            given = [w for w in words if re.match(r"[A-Z_]+=", w)]
            if words:
                environment = tuple(tuple(w.split("=", 1)) for w in given)
                found.append(Command(tuple(words[len(given) :]), environment))
    return found


# Rules: what proves a command of the README. Each takes the command.


def check_make(command: Command) -> None:
    """The target exists, and PORT reaches streamlit."""
    if shutil.which("make") is None:
        pytest.skip("needs make")
    environment = os.environ | dict(command.environment)
    run = subprocess.run(
        ["make", "-n", "-B", *command.words[1:]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    port = environment.get("PORT", 8501)
    expected = {
        "app": [f"streamlit run streamlit_app.py --server.port {port}"],
        "test": ["ruff check .", "ruff format --check .", "npm ci", "npm test", "-m pytest"],
    }
    missing = [part for part in expected[command.words[1]] if part not in run.stdout]
    assert not missing


def check_requirements(command: Command) -> None:
    """What the file asks for is installed, in a version that it allows."""
    text = (ROOT / command.words[-1]).read_text(encoding="utf-8")
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    wanted = [Requirement(line) for line in lines if line]
    assert wanted
    for requirement in wanted:
        installed = version(requirement.name)
        assert requirement.specifier.contains(installed, prereleases=True), (
            f"{requirement}; found {installed}"
        )


def check_package(command: Command) -> None:
    """There is such a package, with such a program and such groups; tests/test_package.py builds
    and starts it.
    """
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if command.words[0] == "pip":
        groups = re.findall(r"\w+", command.words[-1])
        assert set(groups) <= set(about["project"]["optional-dependencies"])
        assert about["build-system"]["build-backend"]
    else:
        assert command.words[0] in about["project"]["scripts"]


def check_streamlit(command: Command) -> None:
    """The script exists and makes an app; tests/page opens it."""
    script = ROOT / command.words[-1]
    assert re.search(r"^app = st\.App\(", script.read_text(encoding="utf-8"), re.MULTILINE)


def check_pytest(command: Command) -> None:
    """It finds the tests: `pytest` itself, which unlike `python -m pytest` adds no path."""
    program = Path(sys.executable).with_name(command.words[0])
    run = subprocess.run(
        [program, *command.words[1:], "--collect-only", "--quiet", "tests/data"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "tests/data/test_draw.py" in run.stdout


def check_npm(command: Command) -> None:
    """Versions are exact, the lock file has them and names no host; there is something to run."""
    package, lock = (
        json.loads((ROOT / name).read_text(encoding="utf-8"))
        for name in ("package.json", "package-lock.json")
    )
    assert lock["packages"][""]["devDependencies"] == package["devDependencies"]
    assert all(re.fullmatch(r"[\d.]+", wanted) for wanted in package["devDependencies"].values())
    assert not [name for name, about in lock["packages"].items() if "resolved" in about]
    assert all(name in package["scripts"]["test"] for name in ("biome", "tsc", "node --test"))


def check_benchmarks(command: Command) -> None:
    """The sub-command exists; tests/benchmarks runs it."""
    assert command.words[3] in subcommands("benchmarks")


def run_room(command: Command) -> None:
    """Really run it in the working directory, on few faces and a tiny network."""
    room, name = command.words[2:4]
    if name == "site" and not (ROOT / "node_modules" / "onnxruntime-web").is_dir():
        return  # its own tests say that npm ci is needed
    smaller = SMALLER.get(f"{room} {name}", "").split()
    main = importlib.import_module(f"{room}.__main__").main
    assert main([*command.words[3:], *smaller]) == 0, f"{command} failed"


RULES: dict[str, Callable[[Command], None]] = {
    "make app": check_make,
    "make test": check_make,
    "pip install -r": check_requirements,
    "pip install .": check_package,
    "latent-explorer": check_package,
    "streamlit run": check_streamlit,
    "npm": check_npm,
    "pytest": check_pytest,
    "python -m benchmarks": check_benchmarks,
    "python -m data": run_room,
    "python -m training": run_room,
    "python -m explorer": run_room,
}


def rule(command: Command) -> Callable[[Command], None]:
    """The rule that covers a command. Raises AssertionError when none does."""
    line = shlex.join(command.words)
    for beginning, check in RULES.items():
        if line == beginning or line.startswith(f"{beginning} "):
            return check
    raise AssertionError(f"no rule of tests/test_docs.py covers this command: {command}")


IN_README = commands(README.read_text(encoding="utf-8"))


@pytest.mark.parametrize("command", dict.fromkeys(IN_README), ids=str)
def test_every_command_of_the_readme_is_covered(command: Command):
    check = rule(command)
    if check is not run_room:
        check(command)


def test_a_command_without_a_rule_is_noticed():
    text = "```bash\nmake app  # opens it\nA=1 make \\\n  cake\n```\n"
    app, cake = commands(text)
    assert app == Command(("make", "app"))
    assert cake == Command(("make", "cake"), (("A", "1"),))
    assert rule(app) is check_make
    with pytest.raises(AssertionError, match="covers this command: A=1 make cake"):
        rule(cake)


def test_the_walk_of_the_readme_ends_in_the_explorer(tmp_path: Path, monkeypatch):
    """From CelebA, here drawn, to faces decoded by a model of one's own, in the README's order."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("data.download.download", lambda root: draw_celeba(root, FACES))
    for command in IN_README:
        if rule(command) is run_room:
            run_room(command)
    named = {dict(c.environment).get("EXPLORER_RUN") for c in IN_README} - {None}
    assert named == {"runs/mine"}
    for folder in [*named, "runs/mine-to-share"]:
        monkeypatch.setenv("EXPLORER_RUN", folder)
        opened = open_run(chosen_run())
        faces = opened.run.faces
        assert opened.renderer.decode(faces.mean[:3]).shape == (3, 64, 64, 3)
        assert len(faces) == FACES // 10
        assert faces.label_source == ("predicted" if "share" in folder else "celeba")


def test_the_python_of_the_readme_runs():
    """Every ```python block, as in a notebook: its last line is what is displayed."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert blocks
    for block in blocks:
        *lines, last = block.rstrip().splitlines()
        names: dict[str, object] = {}
        exec("\n".join(lines), names)
        shown = np.asarray(eval(last, names))
        assert shown.shape == (2 * (2 * 64 + 2), 2 * (6 * 66 - 2), 3)
        plain, edited = shown[: 2 * 64], shown[-2 * 64 :]
        assert 3 < np.abs(plain.astype(int) - edited).mean() < 60


def subcommands(room: str) -> dict[str, str]:
    """Sub-command of `python -m room` -> its help text."""
    main = importlib.import_module(f"{room}.__main__").main

    def help_of(*words: str) -> str:
        with redirect_stdout(io.StringIO()) as printed, pytest.raises(SystemExit):
            main([*words, "--help"])
        return printed.getvalue()

    names = re.findall(r"^    (\w+)\b", help_of(), flags=re.MULTILINE)
    assert names, f"python -m {room} --help lists no sub-command"
    return {name: help_of(name) for name in names}


@pytest.mark.parametrize("room", ROOMS)
def test_subcommands_are_told_and_those_told_exist(room: str):
    text = "\n".join(path.read_text(encoding="utf-8") for path in TEXTS)
    told = set(re.findall(rf"python -m {room} (\w+)", text))
    assert told == set(subcommands(room))


def test_options_that_are_told_exist():
    helps = "\n".join(text for room in ROOMS for text in subcommands(room).values())
    # Of ruff, biome, node, every command, streamlit, uvx, latent-explorer, docker and http.server.
    others = {"--check", "--write", "--test", "--help", "--server", "--from", "--port"}
    others |= {"--read-only", "--tmpfs", "--directory"}
    for path in TEXTS:
        text = re.sub(r"^```text\n.*?^```", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
        told = set(re.findall(r"(?<=[` ])--[a-z][a-z-]*", text))
        missing = {option for option in told - others if not re.search(rf"{option}\b", helps)}
        assert not missing, f"{path.name} tells of {missing}"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_links_and_images_lead_somewhere(path: Path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text):
        if not re.match(r"https?://", target):
            file, _, heading = target.partition("#")
            linked = path.parent / file if file else path
            assert linked.is_file(), f"{path.name} links to {target}"
            if heading:
                known = re.findall(r"^#+ (.*)", linked.read_text("utf-8"), re.M)
                names = {re.sub(r"[^\w -]", "", k).lower().replace(" ", "-") for k in known}
                assert heading in names, f"{path.name} links to {target}"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_files_and_folders_that_are_named_exist(path: Path):
    # By the user or by make.
    made = {"data/celeba/", "data/prepared/", "runs/", "img_align_celeba/", "node_modules/"}
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
    named = set(re.findall(r"`([\w./-]+(?:\.py|\.md|\.toml|/))`", text)) - made
    missing = {name for name in named if not (ROOT / name).exists()}
    assert not missing, f"{path.name} names {missing}"


@pytest.mark.parametrize("name", ["explorer", "reconstructions", "samples"])
def test_pictures_are_whole(name: str):
    with Image.open(ROOT / "docs" / f"{name}.png") as picture:
        picture.load()
        assert picture.width >= 600
        if name != "explorer":  # the screenshot does not say which weights it shows
            assert picture.text["weights"] == weights_key(SHIPPED), "run python docs/figures.py"


@pytest.fixture(scope="module")
def figures():
    """docs/figures.py as a module; it is a script and in no package."""
    spec = importlib.util.spec_from_file_location("figures", ROOT / "docs" / "figures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_figures_are_those_of_the_model_that_ships(figures):
    made = figures.blocks(load_run(SHIPPED))
    for path in figures.TEXTS:
        text = path.read_text(encoding="utf-8")
        assert "<!-- figures:" in text
        assert figures.filled(text, made) == text, "run python docs/figures.py"


def test_an_edited_figure_is_noticed(figures):
    text = "a\n<!-- figures:one -->\n3.14\n<!-- /figures:one -->\nb\n"
    assert figures.filled(text, {"one": "3.14"}) == text
    assert figures.filled(text, {"one": "2.72"}) == text.replace("3.14", "2.72")
    with pytest.raises(KeyError):
        figures.filled(text, {})


def test_figures_equal_the_report():
    """Once more without docs/figures.py: the rows of the tables against report.json itself."""
    report = json.loads((SHIPPED / "report.json").read_text(encoding="utf-8"))
    summary = _rows(README)
    assert summary["PSNR of reconstructions"] == [f"{report['psnr_mean_db']:.2f} dB"]
    assert summary["rate"] == [f"{report['rate_nats']:.1f} nats"]
    assert summary["ELBO"] == [f"{report['bits_per_dim']:.3f} bits per dimension"]
    assert summary["active units"][0].startswith(f"{report['active_units']} of ")
    assert f"mean AUC {report['probes']['mean_auc']:.3f}" in str(summary)
    card = _rows(ROOT / "docs" / "model_card.md")
    assert card["sigma of p(x\\|z)"][0] == f"{report['sigma']:.4f}"
    for name, auc in report["probes"]["auc"].items():
        assert card[f"`{name}`"][1] == f"{auc:.3f}"


def _rows(path: Path) -> dict[str, list[str]]:
    """First cell -> the other cells of its first row in the tables of a text."""
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = [re.split(r" (?<!\\)\| ", line.strip("| ")) for line in lines if line.startswith("|")]
    return {first: others for first, *others in reversed(cells)}


def test_defaults_and_versions_that_are_told():
    text = " ".join(README.read_text(encoding="utf-8").split())
    assert f"the {TrainingConfig().epochs} epochs that are the default" in text
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    python, own = (re.search(rf'^{k} = "(.*)"', project, re.M)[1] for k in PROJECT_KEYS)
    assert f"Python {python.removeprefix('>=')} or newer" in text
    assert f"version = {{{own}}}" in text
    assert f"## {own}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


PROJECT_KEYS = ("requires-python", "version")


def entries(text: str) -> dict[str, str]:
    """Bold beginning -> the whole of each entry of the list under "How to add"."""
    section = text.split("## How to add\n")[1].split("\n## ")[0]
    listed = section.split("\n- ")[1:]
    return {re.match(r"\*\*(.+?)\*\*", entry)[1].strip("."): entry for entry in listed}


def python_files(entry: str) -> list[str]:
    """Files of Python that an entry tells to touch, and those that it tells to make in a folder."""
    new = re.findall(r"new\s+file\s+in\s+`([\w/]+/)`", entry)
    return [*new, *{name for name in re.findall(r"`([\w/]+\.py)`", entry) if "tests/" not in name}]


def test_three_files_of_python_are_enough_to_add_a_thing():
    told = entries((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert len(told) == 12
    for name, entry in told.items():
        assert len(python_files(entry)) <= 3, f"{name} takes {python_files(entry)}"


def test_files_of_an_entry_are_counted():
    text = "## How to add\n\nHow.\n\n- **A.** A new\n  file in `a/b/`, `c/d.py` and `tests/e.py`.\n"
    text += "- **B** of it. `c/d.py`, `c/d.py`.\n\n## Next\n\n- **C.** `f.py`\n"
    told = entries(text)
    assert list(told) == ["A", "B"]
    assert [python_files(entry) for entry in told.values()] == [["a/b/", "c/d.py"], ["c/d.py"]]


def rooms_of(floor: str) -> set[str]:
    """The folders of Python below a folder of the project."""
    return {path.parent.name for path in (ROOT / floor).glob("*/*.py")}


def rooms_in_table(text: str, floor: str) -> set[str]:
    """Rooms of a floor that have a row in a table."""
    return set(re.findall(rf"^\| `{floor}/(\w+)/` \|", text, re.MULTILINE))


def rooms_drawn(svg: str, floor: str) -> set[str]:
    """Names in the storey of a picture of the rooms."""
    [storey] = re.findall(rf'<g id="{floor}">(.*?)</g>', svg, re.DOTALL)
    return set(re.findall(r'class="name"[^>]*>([^<]+)<', storey))


def test_the_map_of_the_house_names_every_room():
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    svg = (ROOT / "docs" / "rooms.svg").read_text(encoding="utf-8")
    assert rooms_in_table(text, "training") == rooms_drawn(svg, "training") == rooms_of("training")
    explorer, above = rooms_of("explorer"), {"page", "components"}
    assert rooms_in_table(text, "explorer") == explorer
    assert rooms_drawn(svg, "explorer") == explorer - above
    parts = {name for floor in above for name in rooms_of(f"explorer/{floor}")}
    assert rooms_drawn(svg, "page") == parts


def test_a_room_that_is_missing_on_the_map_is_noticed():
    text = "| room | for |\n| --- | --- |\n| `a/one/` | not `a/two/` |\n"
    assert (rooms_in_table(text, "a"), rooms_in_table(text, "b")) == ({"one"}, set())
    svg = '<g id="a">\n<text class="name" x="1">one</text></g><g id="b"></g>'
    assert (rooms_drawn(svg, "a"), rooms_drawn(svg, "b")) == ({"one"}, set())


def test_the_map_of_the_house_is_read_in_ten_minutes():
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    assert len(re.findall(r"\w[\w'.-]*", text)) <= 1000


def test_controls_that_are_told_are_on_the_page():
    section = README.read_text(encoding="utf-8").split("## On the page")[1].split("\n## ")[0]
    told = {" ".join(name.split()) for name in re.findall(r"\*+([^*]+)\*+", section)}
    assert {"Lens", "Random face", "Strip along"} <= told
    files = [p for p in (ROOT / "explorer").rglob("*") if p.suffix in (".py", ".js")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    missing = {name for name in told if not re.search(rf"[\"'* ]{re.escape(name)}[\"'* ]", code)}
    assert not missing, f"{missing} are not on the page"


def test_arrays_of_the_run_folder_are_as_specified():
    told = re.findall(
        r"^\| (\w+\.npz) \| `(\w+)` \| \((.*?)\) \| (\w+) \|",
        (ROOT / "docs" / "run_folder.md").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    sizes: dict[tuple[str, str], int] = {}
    for file in ("latents.npz", "vectors.npz", "effects.npz", "map.npz"):
        rows = {name: (shape, kind) for f, name, shape, kind in told if f == file}
        with np.load(SHIPPED / file, allow_pickle=False) as arrays:
            assert set(rows) == set(arrays.files)
            for name, (shape, kind) in rows.items():
                array = arrays[name]
                found = "str" if array.dtype.kind == "U" else array.dtype.name
                assert found == kind, f"{file} {name}"
                letters = re.findall(r"\w+", shape)
                assert len(letters) == array.ndim, f"{file} {name}"
                for letter, size in zip(letters, array.shape, strict=True):
                    expected = int(letter) if letter.isdigit() else size
                    assert sizes.setdefault(letter, expected) == size, f"{file} {name} {letter}"
