"""How quickly a face follows the hand, beside a stock slider, and with eight sessions at once.

**A drag.** A real pointer holds a slider of the whole page and moves it 60 times a second, whether
the page keeps up or not. An input event is answered by the first picture whose request left at or
after it; `p50_ms` and `p95_ms` go on until the browser's next frame begins, the first that can show
this picture, and `put_p50_ms` only until it is on the canvas. A screen of 60 Hz begins a frame
every 16.7 ms, and Chromium hands a pointer's events over when one begins, so 16.7 ms is the least.

**The stock slider** is a page of st.slider and st.image and nothing else (stock_page.py). It shows
nothing before the hand lets go, so its time is from there to the frame that shows the new picture.

**Eight sessions** are the page and seven clients in a process of their own, which speak to the
server as the page's editor does (live_clients.py): the windows of one headless Chromium that are
not in front are held back by the browser itself, so eight pages would measure that.

All three run in one go on one machine, browser, server and clients together.
"""

import asyncio
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import hand
from benchmarks.browser import PATIENCE, async_chromium, running_app

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

SLIDER = "Blond Hair"
SECONDS = 5.0  # of a drag
DRAGS = 3
RELEASES = 20  # of the stock slider
SESSIONS = 8
STOCK = Path(__file__).with_name("stock_page.py")

# From letting go to the frame that shows another picture, in milliseconds.
STOCK_WATCH = """
(image) => {
  window.shown = [];
  let released;
  addEventListener("pointerup", () => (released = performance.now()), true);
  const section = image.closest('[data-testid="stMain"]');
  let source = image.src;
  new MutationObserver(async () => {
    const now = section.querySelector('[data-testid="stImage"] img');
    if (!now || now.src === source) return;
    source = now.src;
    await now.decode();
    requestAnimationFrame(() => shown.push(performance.now() - released));
  }).observe(section, { subtree: true, childList: true, attributes: true });
}
"""


def drag(run: Path) -> tuple[list[str], dict[str, Any]]:
    """Measure the run on this machine. Raises BrowserMissing, AppStopped."""
    return asyncio.run(_drag(run))


async def _drag(run: Path) -> tuple[list[str], dict[str, Any]]:
    async with async_chromium() as browser:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "app.log"
            with running_app(log, run, STOCK) as app:
                app.wait()
                stock = await _stock(browser, app.url)
            with running_app(log, run) as app:
                app.wait()
                page, slider, _ = await hand.open_page(browser, SLIDER, app.url)
                drags = [await hand.drag(page, slider, SECONDS) for _ in range(DRAGS)]
                together, clients = await _together(page, slider, app.url)
                said = await page.locator(".status[role=status]").first.text_content()
    shown = [wait for drag in drags for wait in drag.shown]
    put = [wait for drag in drags for wait in drag.put]
    waits8 = together.shown + clients["waits"]
    figures = {
        "pictures_per_s": statistics.median(drag.pictures_per_s for drag in drags),
        "p50_ms": statistics.median(shown),
        "p95_ms": _p95(shown),
        "put_p50_ms": statistics.median(put),
        "put_p95_ms": _p95(put),
        "errors": sum(drag.unanswered for drag in drags) + bool(said),
        "stock_p50_ms": statistics.median(stock),
        "stock_p95_ms": _p95(stock),
        "stock_ratio": statistics.median(stock) / statistics.median(shown),
        "sessions8_pictures_per_s": statistics.median(
            [together.pictures_per_s, *clients["pictures_per_s"]]
        ),
        "sessions8_p50_ms": statistics.median(waits8),
        "sessions8_p95_ms": _p95(waits8),
        "sessions8_errors": clients["errors"] + together.unanswered,
    }
    lines = [
        f"{figures['pictures_per_s']:.1f} pictures/s while a slider moves, from input event to "
        f"painted picture p50 {figures['p50_ms']:.1f} ms, p95 {figures['p95_ms']:.1f} ms "
        f"(on the canvas {figures['put_p50_ms']:.1f} and {figures['put_p95_ms']:.1f} ms)",
        f"no picture while a stock slider moves, from letting go to painted picture "
        f"p50 {figures['stock_p50_ms']:.0f} ms, p95 {figures['stock_p95_ms']:.0f} ms, "
        f"{figures['stock_ratio']:.1f} times as long",
        f"{SESSIONS} sessions at once: {figures['sessions8_pictures_per_s']:.1f} pictures/s each, "
        f"p50 {figures['sessions8_p50_ms']:.0f} ms, p95 {figures['sessions8_p95_ms']:.0f} ms, "
        f"{figures['sessions8_errors']} errors",
    ]
    return lines, figures


async def _stock(browser: "Browser", url: str) -> list[float]:
    """Milliseconds of each release of the stock slider."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(1000 * PATIENCE)
    await page.goto(url)
    image = page.locator('[data-testid="stImage"] img').first
    await image.wait_for()
    await page.wait_for_timeout(3000)
    await image.evaluate(STOCK_WATCH)
    thumb = page.get_by_role("slider").first.locator("xpath=../..")
    track = await page.locator('[data-testid="stSlider"]').first.bounding_box()
    for k in range(RELEASES):
        box = await thumb.bounding_box()
        assert box, "the thumb is on the page"
        assert track, "the slider is on the page"
        y = box["y"] + box["height"] / 2
        await page.mouse.move(box["x"] + box["width"] / 2, y)
        await page.mouse.down()
        place = track["x"] + track["width"] * (0.3 + 0.4 * (k % 2) + 0.01 * k % 0.1)
        await page.mouse.move(place, y, steps=5)
        await page.mouse.up()
        await page.wait_for_function("(count) => shown.length >= count", arg=k + 1)
        await page.wait_for_timeout(200)
    shown = await page.evaluate("shown")
    await page.close()
    return shown


async def _together(page: "Page", slider: "Locator", url: str) -> tuple[hand.Drag, dict[str, Any]]:
    """The page's drag while the other sessions drag, and what these say."""
    clients = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.live_clients"),
        *(url, str(SESSIONS - 1), str(SECONDS)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    try:
        assert clients.stdout
        assert clients.stdin
        await clients.stdout.readline()
        clients.stdin.write(b"go\n")
        drag = await hand.drag(page, slider, SECONDS)
        return drag, json.loads(await clients.stdout.readline())
    finally:
        if clients.returncode is None:
            clients.terminate()
        await clients.wait()


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
