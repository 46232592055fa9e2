"""What `streamlit run` is given, and that it serves."""

import re
import subprocess
import sys
import urllib.request
from urllib.parse import urljoin

import streamlit as st

import streamlit_app
from benchmarks.browser import PATIENCE, REPOSITORY, App
from explorer.live.route import PATH


def test_the_app_serves_the_page_and_the_live_route_in_one_process():
    assert isinstance(streamlit_app.app, st.App)
    assert streamlit_app.live.route.path == PATH


def test_the_server_is_healthy(app: App):
    with urllib.request.urlopen(f"{app.url}/_stcore/health", timeout=PATIENCE) as answer:
        assert answer.read() == b"ok"


def test_the_first_page_names_the_scripts_that_it_will_need(app: App):
    with urllib.request.urlopen(app.url, timeout=PATIENCE) as answer:
        page = answer.read().decode()
    paths = re.findall(r'<link rel="modulepreload" crossorigin href="\.(/.+?)">', page)
    assert len(set(paths)) == len(paths)
    assert page.count('<script type="module" crossorigin src="./static/js/index.') == 1
    for name in ("/static/js/BidiComponent.", "/static/js/ButtonGroup."):
        assert sum(path.startswith(name) for path in paths) == 1
    own = [path for path in paths if path.startswith("/components/")]
    for name in ("/face_map/face_map.js", "/face_map/face_map.css.js", "/face_editor/grid.js"):
        assert sum(path.endswith(name) for path in own) == 1
    for path in paths:
        with urllib.request.urlopen(app.url + path, timeout=PATIENCE) as script:
            assert "javascript" in script.headers["Content-Type"]
            text = script.read().decode()
        imports = re.findall(r'^(?:import|\}) .*from "(.+)";$', text, re.M) if path in own else ()
        assert {urljoin(path, name) for name in imports} <= set(own)


def test_what_is_loaded_at_the_start_is_no_longer_searched_for_garbage():
    code = """if True:
        import asyncio, gc, streamlit_app

        async def start():
            async with streamlit_app._load_early(streamlit_app.app):
                pass

        asyncio.run(start())
        print(gc.get_freeze_count(), len(gc.get_objects()))
    """
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    frozen, searched = map(int, done.stdout.split())
    assert frozen > 20 * searched


def test_the_server_computes_products_on_one_thread():
    """Of numpy; more would spin on the decoder's cores."""
    code = """if True:
        from threadpoolctl import threadpool_info
        import streamlit_app

        found = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
        print(sorted({pool["num_threads"] for pool in found}))
    """
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.stdout == "[1]\n", done.stderr
