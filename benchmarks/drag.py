"""How quickly a face follows the hand: a drag in Chromium, input event to painted picture.

A slider is moved by the page itself at a steady 60 steps a second, so that the figures do not
measure the tool that moves it. An input event counts as answered when the first picture whose
request left at or after the event has been drawn and the browser's next frame begins.
"""

import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.browser import chromium, running_app, wait_for_face

SECONDS = 5.0  # of dragging
DRAGS = 3
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


def drag(run: Path) -> tuple[list[str], dict[str, Any]]:
    """Measure DRAGS drags one after another. Raises BrowserMissing, AppStopped."""
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        running_app(Path(folder) / "app.log", run) as app,
    ):
        app.wait()
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(SPY)
        page.goto(app.url)
        wait_for_face(page)
        page.wait_for_timeout(3000)  # the map and the strip are drawn
        drags = [_answers(page.evaluate(DRAG, [SLIDER, SECONDS])) for _ in range(DRAGS)]
    waits = [wait for waits, _, _ in drags for wait in waits]
    figures = {
        "pictures_per_s": statistics.median(len(frames) / SECONDS for _, frames, _ in drags),
        "p50_ms": statistics.median(waits),
        "p95_ms": statistics.quantiles(waits, n=20)[-1],
        "errors": sum(bool(error) for _, _, error in drags),
    }
    lines = [
        f"{figures['pictures_per_s']:.1f} pictures/s while a slider moves, from input event to "
        f"painted picture p50 {figures['p50_ms']:.0f} ms, p95 {figures['p95_ms']:.0f} ms"
    ]
    return lines, figures


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
