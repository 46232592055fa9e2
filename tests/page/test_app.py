"""What `streamlit run` is given, and that it serves."""

import urllib.request

import streamlit as st

import streamlit_app
from benchmarks.browser import App
from explorer.live import PATH


def test_the_app_serves_the_page_and_the_live_route_in_one_process():
    assert isinstance(streamlit_app.app, st.App)
    assert streamlit_app.live.route.path == PATH


def test_the_server_is_healthy(app: App):
    with urllib.request.urlopen(f"{app.url}/_stcore/health", timeout=30) as answer:
        assert answer.read() == b"ok"
