"""The benchmark of a page without a server, beside the server's."""

import json
from pathlib import Path

import pytest

from benchmarks import site
from benchmarks.__main__ import main
from benchmarks.browser import BrowserMissing, find_chromium
from explorer.site.write import REPOSITORY
from training.release.publish import publish


@pytest.mark.browser
def test_site_ends_with_its_figures(drawn_run: Path, tmp_path: Path, monkeypatch, capsys):
    try:
        find_chromium()
    except BrowserMissing as error:
        pytest.skip(str(error))
    if not (REPOSITORY / "node_modules" / "onnxruntime-web").is_dir():
        pytest.skip("needs the packages of package.json: npm ci")
    publish(drawn_run, tmp_path / "run")
    monkeypatch.setenv("EXPLORER_RUN", str(tmp_path / "run"))
    monkeypatch.setattr(site, "SECONDS", 1.0)
    monkeypatch.setattr(site, "ROUNDS", 1)
    capsys.readouterr()
    assert main(["site"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    figures = json.loads(last)
    for name in ("server_mean", "site_mean"):
        assert figures[f"{name}_p50_ms"] > 0
        assert figures[f"{name}_unanswered"] == 0
    assert figures["bytes"] > 3e6  # onnxruntime is in it
    assert figures["first_face_s"] > 0
    assert len(lines) == 3
