"""The folder of a page without a server: what is in it, what is not, and what is refused."""

import gzip
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from safetensors.numpy import load

from data.shipped import SHIPPED
from explorer.__main__ import main
from explorer.language.catalogues import LANGUAGES, own_name
from explorer.language.in_browser import script_of
from explorer.run.loaded import open_run
from explorer.site.write import LIBRARIES, REPOSITORY, site_scripts, write_site
from training.release.publish import publish
from training.run.run_folder import RunError

LIMIT = 25e6  # bytes of the whole site of the model that ships, its 500 random faces included


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node_modules with as much as a site takes: small files in the place of the real ones."""
    root = tmp_path_factory.mktemp("node_modules")
    for package in LIBRARIES.values():
        path = root / package.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"// {package.path}")
    return root


@pytest.fixture(scope="module")
def published(drawn_sharp_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run as it may be handed on."""
    out = tmp_path_factory.mktemp("published") / "run"
    publish(drawn_sharp_run, out)
    return out


@pytest.fixture(scope="module")
def site(published: Path, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "site"
    write_site(published, out, faces=5, packages=packages)
    return out


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def test_every_file_that_the_page_asks_for_is_there(site: Path):
    index = (site / "index.html").read_text()
    asked = re.findall(r'(?:href|src)="([^"]+)"', index) + re.findall(r'": "\./([^"]+)"', index)
    assert "app/site/site.js" in asked
    assert "lib/fflate.js" in asked
    files = [path for path in asked if not path.startswith("?language=")]
    assert [path for path in files if not (site / path).is_file()] == []
    page = json.loads((site / "page.en.json").read_text())
    sizes = {path: (site / path).stat().st_size for path in page["files"]}
    assert sizes == page["files"]
    assert {"data/mean.onnx.gz", "data/sharp.onnx.gz", "lib/onnxruntime.wasm.gz"} <= sizes.keys()


def test_each_language_has_its_texts(site: Path):
    pages = {code: json.loads((site / f"page.{code}.json").read_text()) for code in LANGUAGES}
    assert {code: page["language"] for code, page in pages.items()} == {c: c for c in LANGUAGES}
    assert pages["de"]["words"]["titles"]["Eyeglasses"] == "Brille"
    assert pages["es"]["words"]["columns"][0]["group"] == "Atributos, predichos"
    english, *others = (texts_in(page) for page in pages.values())
    assert len(english) > 100
    for texts in others:
        assert {text for text in english & texts if SENTENCE.search(text)} == set()
    index = (site / "index.html").read_text()
    for code in LANGUAGES:
        script = (site / "app" / "components" / "languages" / f"{code}.js").read_text()
        assert script == script_of(code)
        assert f'title="{own_name(code)}" href="?language={code}"' in index
        assert f'<p lang="{code}">' in index


SENTENCE = re.compile(r"\w+ \w+ \w+")  # shorter ones may be the same: PC 1
# Of page.json, what somebody reads.
READ = {"about", "group", "hint", "label", "note", "short", "title", "told", "facts", "labels"}


def texts_in(page: Any, key: str = "") -> set[str]:
    """The texts below a key of READ."""
    if isinstance(page, dict):
        return set().union(*(texts_in(value, name) for name, value in page.items()))
    if isinstance(page, list):
        return set().union(*(texts_in(value, key) for value in page))
    return {page} if isinstance(page, str) and key in READ and page else set()


def test_scripts_import_nothing_that_is_not_beside_them():
    scripts = site_scripts()
    assert "components/face_map/face_map.js" in scripts
    assert "site/compose.js" in scripts
    for path, text in scripts.items():
        named = re.findall(r"""^(?:import|export) .*?from ["']([^"']+)["'];""", text, re.M | re.S)
        bare = [name for name in named if not name.startswith(".")]
        assert bare in ([], ["fflate"]), path


def test_nothing_is_asked_of_another_origin(site: Path):
    index = (site / "index.html").read_text()
    assert "//" not in re.sub(r"<!doctype.*?>", "", index)


def test_the_licences_of_what_is_handed_on_lie_beside_it(site: Path):
    text = (site / "lib" / "LICENSES.txt").read_text()
    assert "Copyright (c) Microsoft Corporation" in text
    assert "Arjun Barrett" in text
    assert "Permission is hereby granted" in text


def test_the_space_file_holds_codes_and_predicted_labels_alone(site: Path, published: Path):
    run = open_run(published).run
    held = load(unpacked(site / "data" / "space.safetensors.gz"))
    np.testing.assert_array_equal(held["codes"], run.faces.mean.astype(np.float16))
    assert len(held["drawn"]) == 5
    assert held["columns"].shape[1] == len(run.faces)
    content = unpacked(site / "data" / "space.safetensors.gz")
    header = content[8 : 8 + int.from_bytes(content[:8], "little")].decode()
    assert "annotation" not in header
    text = (site / "page.en.json").read_text()
    assert "predicted by probes" in text
    assert "CelebA's annotation" not in text
    page = json.loads(text)
    assert [source["kind"] for source in page["drawn"]] == ["seed"] * 5


@pytest.mark.parametrize("renderer", ["mean", "sharp"])
def test_models_draw_what_the_server_draws(site: Path, published: Path, renderer: str):
    model = unpacked(site / "data" / f"{renderer}.onnx.gz")
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    opened = open_run(published)
    z = opened.run.faces.mean[:7]
    drawn = session.run(None, {"z": z})[0].astype(int)
    server = opened.renderers[opened.run.renderers.index(renderer)]
    expected = getattr(server, "_renderer", server).decode(z)  # a fading one draws the mean, too
    assert np.abs(drawn - expected).max() <= 2
    assert (drawn == expected).mean() > 0.9


def test_a_site_is_written_over_an_earlier_one_and_over_nothing_else(
    site: Path, published: Path, packages: Path, tmp_path: Path
):
    again = shutil.copytree(site, tmp_path / "again")
    write_site(published, again, faces=5, packages=packages)
    for path in site.rglob("*"):
        if path.is_file():
            assert (again / path.relative_to(site)).read_bytes() == path.read_bytes(), path
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("years of work")
    with pytest.raises(RunError, match=r"thesis.tex in it(.|\n)*name another --out"):
        write_site(published, tmp_path / "other", faces=5, packages=packages)
    assert (tmp_path / "other" / "thesis.tex").read_text() == "years of work"


def test_annotations_of_celeba_are_not_handed_on(
    drawn_run: Path, packages: Path, tmp_path: Path, capsys: pytest.CaptureFixture
):
    assert open_run(drawn_run).run.faces.label_source == "celeba"
    assert main(["site", str(drawn_run), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "predicted labels" in said
    assert "python -m training publish" in said
    assert not (tmp_path / "out").exists()


def test_without_the_packages_the_next_step_is_told(published: Path, tmp_path: Path):
    with pytest.raises(RunError, match=r"ort-wasm-simd-threaded.wasm(.|\n)*npm ci"):
        write_site(published, tmp_path / "out", packages=tmp_path)


def test_the_command_writes_the_site_of_the_model_that_ships(
    tmp_path: Path, capsys: pytest.CaptureFixture
):
    if not SHIPPED.is_dir():
        pytest.skip(f"needs the model that ships: no folder {SHIPPED}")
    if not (REPOSITORY / "node_modules" / "onnxruntime-web").is_dir():
        pytest.skip("needs the packages of package.json: npm ci")
    out = tmp_path / "site"
    assert main(["site", str(SHIPPED), "--out", str(out), "--faces", "3"]) == 0
    written = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    per_face = 2 * open_run(SHIPPED).run.space.latent + 100  # bytes: a code, and its name
    assert written + 500 * per_face < LIMIT
    assert f"{written / 1e6:.1f} MB" in capsys.readouterr().out
