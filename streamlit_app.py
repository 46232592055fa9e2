"""The explorer: `streamlit run streamlit_app.py`. EXPLORER_RUN names another run folder."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import streamlit as st
from starlette.middleware import Middleware
from streamlit import net_util
from streamlit.web.server.server_util import allowlisted_origins
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed
from threadpoolctl import threadpool_limits

from explorer.components import scripts_route
from explorer.components.preload import page_route
from explorer.decoding.garbage import freeze_loaded
from explorer.live.route import LiveRoute
from explorer.map.route import MapRoute
from explorer.run.loaded import Loaded, chosen_run, open_run
from explorer.run.twin import load_twin
from explorer.server.addresses import below
from explorer.server.connections import guard_running
from explorer.server.gate import Gate
from explorer.server.health import PATH as HEALTH
from explorer.server.health import health_route
from explorer.server.log_lines import limit_log_lines
from explorer.server.nodelay import send_at_once
from training.run.run_folder import RunError


@contextlib.asynccontextmanager
async def _load_early(_: st.App) -> AsyncIterator[None]:
    """Load the model while the first browser still connects; the page reports what is wrong."""

    def load() -> None:
        with contextlib.suppress(RunError):
            open_run(chosen_run())
        freeze_loaded()

    limit_log_lines()
    guard_running()
    send_at_once()
    loading = asyncio.create_task(asyncio.to_thread(load))
    yield
    await loading


def _open() -> Loaded:
    return open_run(chosen_run())


def _twin() -> Loaded:
    return load_twin(_open())


def _origins() -> set[str]:
    """Of other pages that may ask."""
    return allowlisted_origins() if st.get_option("server.enableCORS") else {"*"}


# Composing a code multiplies by 256x256 matrices. That is large enough for BLAS to wake a thread on
# each core, and they go on spinning where the decoder computes: a face took twice as long.
threadpool_limits(1, user_api="blas")
# For every WebSocket of an origin that is not ours, Streamlit asks an address service which address
# others see, and everything waits for the answer. So it knows one, which is allowed anyhow.
net_util._external_ip = net_util._internal_ip = "127.0.0.1"
base = st.get_option("server.baseUrlPath") or ""
live = LiveRoute(_open, _twin)
map_route = MapRoute(lambda: _open().run, lambda: _twin().run)
routes = below(
    base, [live.route, map_route.route, scripts_route, page_route, health_route(live.draws)]
)
at = f"/{base.strip('/')}".rstrip("/")
gate = Middleware(
    Gate,
    host_allowed=is_host_allowed,
    origins=_origins,
    always=[f"{at}{HEALTH}", f"{at}/_stcore/health"],
    # Files come over the page's own connection. What is uploaded here would be kept until its
    # session ends, larger files on the disk.
    closed=[f"{at}/_stcore/upload_file"],
)
app = st.App("explorer/page/main.py", lifespan=_load_early, routes=routes, middleware=[gate])
