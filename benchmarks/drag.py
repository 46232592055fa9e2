"""How quickly a face follows the hand: a drag in Chromium, input event to painted picture.

A slider is moved by the page itself at a steady 60 steps a second, so that the figures do not
measure the tool that moves it. An input event counts as answered when the first picture whose
request left at or after the event has been drawn and the browser's next frame begins.
"""

import asyncio
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.browser import REPOSITORY, chromium, running_app

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECONDS = 5.0  # of dragging
SESSIONS = 8
STOCK_MOVES = 20
SLIDER = "Blond Hair"

# Notes when each request leaves, by its number.
SPY = """
  window.sent = new Map();
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data === "string" && data.startsWith('{"number"')) {
      window.sent.set(JSON.parse(data).number, performance.now());
    }
    return send.call(this, data);
  };
"""
DRAG = """
async ([label, seconds]) => {
  const find = (root, test) => {
    for (const node of root.querySelectorAll("*")) {
      if (test(node)) return node;
      const inner = node.shadowRoot && find(node.shadowRoot, test);
      if (inner) return inner;
    }
  };
  const named = (name) => find(document, (n) => n.getAttribute("aria-label") === name);
  const canvas = named("Edited face"), slider = named(label);
  const events = [], frames = [];
  const observer = new MutationObserver(() => {
    const sent = window.sent.get(Number(canvas.dataset.frame));
    requestAnimationFrame(() => frames.push([sent, performance.now()]));
  });
  observer.observe(canvas, { attributes: true, attributeFilter: ["data-frame"] });
  slider.dispatchEvent(new PointerEvent("pointerdown"));
  const start = performance.now();
  await new Promise((done) => {
    const timer = setInterval(() => {
      const t = performance.now() - start;
      if (t > 1000 * seconds) { clearInterval(timer); done(); return; }
      slider.value = 2.9 * Math.sin(t / 400);
      events.push(performance.now());
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }, 1000 / 60);
  });
  await new Promise((done) => setTimeout(done, 1000));
  slider.dispatchEvent(new PointerEvent("pointerup"));
  slider.dispatchEvent(new Event("change", { bubbles: true }));
  observer.disconnect();
  const status = find(document, (n) => n.matches(".status[role=status]"));
  return { events, frames, error: status.textContent };
}
"""
# After the thumb is let go, until the new picture is loaded and a frame begins.
STOCK = """
() => new Promise((done) => {
  const image = document.querySelector('img[alt="Face"]'), before = image.src;
  let released = null;
  const note = () => { released = performance.now(); };
  window.addEventListener("pointerup", note, { once: true, capture: true });
  const watch = () => {
    const now = document.querySelector('img[alt="Face"]');
    if (now && now.src !== before && now.complete && now.naturalWidth) {
      done(performance.now() - released);
    } else requestAnimationFrame(watch);
  };
  watch();
})
"""


def drag(run: Path) -> tuple[list[str], dict[str, Any]]:
    """Measure one session, the stock slider, and SESSIONS at once.

    Raises BrowserMissing, AppStopped.
    """
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder)
        with running_app(logs / "app.log", run) as app:
            app.wait()
            one = [_answers(asyncio.run(_drag_together(app.url, 1))[0]) for _ in range(3)]
            many = [_answers(result) for result in asyncio.run(_drag_together(app.url, SESSIONS))]
        stock_page = REPOSITORY / "benchmarks" / "stock_slider.py"
        with running_app(logs / "stock.log", run, stock_page) as app:
            app.wait()
            stock = _stock_ms(app.url)
    rates = [len(frames) / SECONDS for _, frames, _ in one]
    waits = [wait for waits, _, _ in one for wait in waits]
    crowd = [wait for waits, _, _ in many for wait in waits]
    figures = {
        "pictures_per_s": statistics.median(rates),
        "p50_ms": statistics.median(waits),
        "p95_ms": _p95(waits),
        "stock_p50_ms": statistics.median(stock),
        "stock_ratio": statistics.median(stock) / statistics.median(waits),
        "sessions8_p50_ms": statistics.median(crowd),
        "sessions8_p95_ms": _p95(crowd),
        "sessions8_pictures_per_s": sum(len(frames) for _, frames, _ in many) / SECONDS,
        "sessions8_errors": sum(bool(error) for _, _, error in many),
    }
    lines = [
        f"one drag       {figures['pictures_per_s']:6.1f} pictures/s, "
        f"p50 {figures['p50_ms']:.0f} ms, p95 {figures['p95_ms']:.0f} ms",
        f"stock slider   p50 {figures['stock_p50_ms']:.0f} ms after its release, "
        f"{figures['stock_ratio']:.1f} times as long",
        f"{SESSIONS} drags        {figures['sessions8_pictures_per_s']:6.1f} pictures/s in all, "
        f"p50 {figures['sessions8_p50_ms']:.0f} ms, p95 {figures['sessions8_p95_ms']:.0f} ms, "
        f"{figures['sessions8_errors']} errors",
    ]
    return lines, figures


async def _drag_together(url: str, sessions: int) -> list[dict[str, Any]]:
    from playwright.async_api import async_playwright

    from benchmarks.browser import EDITED_FACE, FLAGS, PATIENCE, find_chromium

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=list(FLAGS)
        )
        pages = []
        for _ in range(sessions):
            context = await browser.new_context(viewport={"width": 1440, "height": 900})
            page = await context.new_page()
            await page.add_init_script(SPY)
            await page.goto(url)
            await page.locator(EDITED_FACE).wait_for(timeout=1000 * PATIENCE)
            pages.append(page)
        await asyncio.sleep(3)  # the map and the strip are drawn
        results = await asyncio.gather(*(page.evaluate(DRAG, [SLIDER, SECONDS]) for page in pages))
        await browser.close()
        return results


def _answers(result: dict[str, Any]) -> tuple[list[float], list[list[float]], str]:
    """Milliseconds each event waited, the painted frames during the drag, and the error shown."""
    events, frames = result["events"], result["frames"]
    waits, k = [], 0
    for event in events:
        while k < len(frames) and frames[k][0] < event:
            k += 1
        if k < len(frames):
            waits.append(frames[k][1] - event)
    during = [frame for frame in frames if frame[1] <= events[-1]]
    lost = "" if k < len(frames) else "the last event was never painted"
    return waits, during, result["error"] or lost


def _stock_ms(url: str) -> list[float]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url)
        page.locator('img[alt="Face"]').wait_for()
        thumb = page.get_by_role("slider")
        waits = [_stock_move(page, thumb, 60 if k % 2 else -60) for k in range(STOCK_MOVES + 2)]
    return waits[2:]


def _stock_move(page: "Page", thumb, pixels: int) -> float:
    box = thumb.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + pixels, y, steps=4)
    page.evaluate(f"() => {{ window.waiting = ({STOCK})(); }}")
    page.mouse.up()
    wait = page.evaluate("() => window.waiting")
    page.wait_for_timeout(150)
    return wait


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
