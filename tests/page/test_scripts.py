"""The modules of the page's components, and the route that serves them."""

import graphlib
import http.client
import posixpath
import re
from urllib.parse import urlparse

import pytest

from benchmarks.browser import App
from explorer.components import FOLDER, SCRIPTS, module_paths, with_imports

NAMES = sorted(path.parent.name for path in FOLDER.glob("*/*.css"))
SCRIPT_FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.js"))


def files(*names: str) -> list[str]:
    """Of the modules of components, below the address that all of them share."""
    paths = module_paths(*names)
    assert len({path.split("/")[2] for path in paths}) == 1
    return [path.split("/", 3)[3] for path in paths]


def asked(app: App, path: str) -> http.client.HTTPResponse:
    """The answer to a path as it is, which urllib would tidy up."""
    connection = http.client.HTTPConnection(urlparse(app.url).netloc, timeout=30)
    connection.request("GET", path)
    return connection.getresponse()


def test_every_script_belongs_to_a_component():
    found = [file for file in files(*NAMES) if not file.endswith(".css.js")]
    assert sorted(found) == SCRIPT_FILES


def test_a_component_has_its_own_modules_and_the_shared_ones_that_it_needs():
    own = [f"live_slider/live_slider.{kind}" for kind in ("js", "css.js")]
    assert files("live_slider") == [
        *own,
        "live_socket.js",
        "language.js",
        "same.js",
        "transport.js",
    ]


def test_scripts_import_one_another_without_a_circle():
    """What a module of a circle exports may not be there yet when another one runs."""
    texts = {file: (FOLDER / file).read_text(encoding="utf-8") for file in SCRIPT_FILES}
    arrows = {
        file: {
            posixpath.normpath(posixpath.join(posixpath.dirname(file), name))
            for name in re.findall(r'from "(\..+)";', text)
        }
        for file, text in texts.items()
    }
    assert set().union(*arrows.values()) <= set(SCRIPT_FILES)
    graphlib.TopologicalSorter(arrows).prepare()  # raises CycleError


def test_imports_are_met_once_and_what_has_no_text_is_left_out():
    texts = {
        "a/a.js": 'import { b } from "./b.js";\nimport {\n  c,\n} from "../c.js";'
        '\n/** @import { T } from "./t.js" */',
        "a/b.js": 'import { a } from "./a.js"; import"../c.js";import{d}from"./d.js";',
        "a/t.js": "",
        "c.js": "",
    }
    assert with_imports(["a/a.js"], texts.get) == ("a/a.js", "a/b.js", "c.js")
    assert with_imports(["c.js", "a/a.js"], texts.get) == ("c.js", "a/a.js", "a/b.js")


@pytest.mark.parametrize("path", module_paths("face_table"))
def test_a_script_is_kept_for_ever(app: App, path: str):
    answer = asked(app, path)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "max-age=31536000, immutable"
    text = answer.read().decode()
    if path.endswith(".css.js"):
        assert text.startswith('export default "')
    else:
        file = path.split("/", 3)[3]
        assert text == (FOLDER / file).read_text(encoding="utf-8")


TREE = module_paths("face_map")[0].removesuffix("/face_map/face_map.js")


@pytest.mark.parametrize(
    "path",
    [
        f"{SCRIPTS}/0123456789abcdef/live_socket.js",
        f"{TREE}/other.js",
        f"{TREE}/",
        f"{TREE}/__init__.py",
        f"{TREE}/face_map.css",
    ],
)
def test_of_what_is_no_script_the_reader_hears_what_was_expected(app: App, path: str):
    answer = asked(app, path)
    assert answer.status == 404
    assert answer.read() == b"expected the script of a component; reload the page"


@pytest.mark.parametrize("up", ["..", "%2e%2e", "..%2f.."])
def test_no_path_leads_out_of_the_scripts(app: App, up: str):
    answer = asked(app, f"{TREE}/{up}/__init__.py")
    assert answer.status in (400, 404)
    assert b"import" not in answer.read()
