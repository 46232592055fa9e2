"""The explorer: `streamlit run streamlit_app.py`. EXPLORER_RUN names another run folder."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import streamlit as st
from streamlit.web.server.server_util import is_url_from_allowed_origins
from threadpoolctl import threadpool_limits

from explorer.components import scripts_route
from explorer.components.preload import page_route
from explorer.decoding.garbage import freeze_loaded
from explorer.live.route import LiveRoute
from explorer.map.route import MapRoute
from explorer.run.loaded import Loaded, chosen_run, open_run
from explorer.run.twin import load_twin
from explorer.server.addresses import below
from explorer.server.nodelay import send_at_once
from training.run.run_folder import RunError


@contextlib.asynccontextmanager
async def _load_early(_: st.App) -> AsyncIterator[None]:
    """Load the model while the first browser still connects; the page reports what is wrong."""

    def load() -> None:
        with contextlib.suppress(RunError):
            open_run(chosen_run())
        freeze_loaded()

    send_at_once()
    loading = asyncio.create_task(asyncio.to_thread(load))
    yield
    await loading


def _open() -> Loaded:
    return open_run(chosen_run())


def _twin() -> Loaded:
    return load_twin(_open())


# Composing a code multiplies by 256x256 matrices. That is large enough for BLAS to wake a thread on
# each core, and they go on spinning where the decoder computes: a face took twice as long.
threadpool_limits(1, user_api="blas")
live = LiveRoute(_open, is_url_from_allowed_origins, _twin)
map_route = MapRoute(lambda: _open().run, lambda: _twin().run)
routes = [live.route, map_route.route, scripts_route, page_route]
app = st.App(
    "explorer/page/main.py",
    lifespan=_load_early,
    routes=below(st.get_option("server.baseUrlPath") or "", routes),
)
