"""How quickly a face follows the hand on a page without a server, beside the explorer on one.

Both are driven as benchmarks/drag.py does, in one Chromium, in turns: a pointer holds a slider and
moves it 60 times a second, by each renderer that the run has. `bytes` is the whole site,
`first_face_s` the time from opening it, with nothing in the browser's cache, to the first face.
"""

import asyncio
import functools
import http.server
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import hand
from benchmarks.browser import async_chromium, running_app
from benchmarks.drag import SLIDER
from explorer.recipe.renderers import RENDERERS
from explorer.run.renderers import renderer_names
from explorer.site.write import write_site

if TYPE_CHECKING:
    pass

SECONDS = 5.0  # of a drag
ROUNDS = 3
FACES = 3  # random ones of the site, which take time to draw and none to drag


def site(run: Path) -> tuple[list[str], dict[str, Any]]:
    """Measure the run on this machine. Raises BrowserMissing, AppStopped, RunError."""
    with tempfile.TemporaryDirectory() as folder:
        size = write_site(run, Path(folder) / "site", FACES)
        with served(Path(folder) / "site") as address:
            return asyncio.run(_measured(run, Path(folder), address, size))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a plain file server of a folder, Python's own."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


async def _measured(
    run: Path, folder: Path, address: str, size: int
) -> tuple[list[str], dict[str, Any]]:
    lines = [f"a site of {size / 1e6:.1f} MB"]
    figures: dict[str, Any] = {"bytes": size}
    async with async_chromium() as browser:
        with running_app(folder / "app.log", run) as app:
            app.wait()
            pages = {}
            for name, url in (("server", app.url), ("site", address)):
                began = time.perf_counter()
                pages[name] = await hand.open_page(browser, SLIDER, url)
                if name == "site":
                    figures["first_face_s"] = pages[name][2] - began
            for renderer in renderer_names(run):
                drags: dict[str, list[hand.Drag]] = {name: [] for name in pages}
                for _ in range(ROUNDS):
                    for name, (page, slider, _) in pages.items():
                        await page.bring_to_front()
                        label = RENDERERS[renderer].label
                        choice = page.get_by_role("radio", name=label, exact=True)
                        if await choice.count():
                            await choice.check()
                        await page.wait_for_timeout(1500)  # the strip is drawn, too
                        drags[name].append(await hand.drag(page, slider, SECONDS))
                for name, found in drags.items():
                    told = _figures(found)
                    figures |= {f"{name}_{renderer}_{what}": v for what, v in told.items()}
                    lines.append(
                        f"{name}, {renderer}: {told['pictures_per_s']:.1f} pictures/s while a "
                        f"slider moves, from input event to painted picture "
                        f"p50 {told['p50_ms']:.1f} ms, p95 {told['p95_ms']:.1f} ms"
                    )
    return lines, figures


def _figures(drags: list[hand.Drag]) -> dict[str, float]:
    shown = [wait for drag in drags for wait in drag.shown]
    return {
        "pictures_per_s": statistics.median(drag.pictures_per_s for drag in drags),
        "p50_ms": statistics.median(shown),
        "p95_ms": statistics.quantiles(shown, n=20)[-1],
        "unanswered": sum(drag.unanswered for drag in drags),
    }
