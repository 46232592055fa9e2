"""The live route alone, without Streamlit: `python -m benchmarks.live_server PORT`.

For clients that need no page (live_clients.py), on a machine that has no Streamlit.
"""

import sys

import uvicorn
from starlette.applications import Starlette
from threadpoolctl import threadpool_limits

from explorer.decoding.garbage import freeze_loaded
from explorer.live.route import LiveRoute
from explorer.run.loaded import chosen_run, open_run


def main(port: int) -> None:
    """Serve on this machine until it is ended. Prints "ready" when the model is loaded."""
    threadpool_limits(1, user_api="blas")  # as streamlit_app.py does
    loaded = open_run(chosen_run())
    freeze_loaded()
    app = Starlette(routes=[LiveRoute(lambda: loaded).route])
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_level="warning"))
    print("ready", flush=True)
    server.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
