"""A pointer that holds a slider, and how long after each of its steps the picture is there."""

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.browser import EDITED_FACE, PATIENCE, STILL

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

STEPS = 60  # a second, as often as most screens and mice report
STEP_PIXELS = 2.0  # at least one step of a slider in the editor's two columns

# Runs before the page's own scripts. Notes when each request leaves, by its number, for a server or
# for a worker of the page.
SPY = """
  window.sent = new Map();
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data === "string" && data.startsWith('{"number"')) {
      window.sent.set(JSON.parse(data).number, performance.now());
    }
    return send.call(this, data);
  };
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (data, ...more) {
    if (data.ask) window.sent.set(JSON.parse(data.ask).number, performance.now());
    return post.call(this, data, ...more);
  };
"""
WATCH = """
(slider) => {
  const canvas = slider.getRootNode().querySelector('[aria-label="Edited face"]');
  window.inputs = [];
  window.frames = [];
  slider.addEventListener("input", () => inputs.push(performance.now()), true);
  new MutationObserver(() => {
    const times = [sent.get(Number(canvas.dataset.frame)), performance.now()];
    requestAnimationFrame(() => frames.push([...times, performance.now()]));
  }).observe(canvas, { attributes: true, attributeFilter: ["data-frame"] });
}
"""
FORGET = "() => { inputs.length = frames.length = 0; }"
TAKE = "() => ({ inputs, frames })"
ALL_ANSWERED = "() => frames.length && frames.at(-1)[0] >= inputs.at(-1)"


@dataclass(frozen=True)
class Drag:
    """What was seen of one drag; times in milliseconds.

    put: from each input event to the picture on the canvas. shown: to the browser's next frame, the
    first that can show it. pictures_per_s: while the hand moved. unanswered: input events without a
    picture.
    """

    put: list[float]
    shown: list[float]
    pictures_per_s: float
    unanswered: int


async def watch(slider: "Locator") -> None:
    """Once for each page, before the first drag."""
    await slider.evaluate(WATCH)


async def drag(page: "Page", slider: "Locator", seconds: float) -> Drag:
    """Hold the slider and move it to and fro, STEPS times a second, whether the page keeps up."""
    box = await slider.bounding_box()
    assert box, "the slider is on the page"
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(middle, y)
    await page.mouse.down()
    await page.evaluate(FORGET)
    protocol = await page.context.new_cdp_session(page)
    moves, half = [], 0.45 * box["width"]
    started = time.perf_counter()
    for k in range(1, int(STEPS * seconds) + 1):
        x = middle + _to_and_fro(k * STEP_PIXELS, half)
        move = {"type": "mouseMoved", "x": x, "y": y, "button": "left", "buttons": 1}
        # Not awaited: a hand does not wait until the page has taken its step.
        moves.append(asyncio.ensure_future(protocol.send("Input.dispatchMouseEvent", move)))
        await asyncio.sleep(max(0.0, started + k / STEPS - time.perf_counter()))
    await asyncio.gather(*moves)
    end = time.perf_counter() + PATIENCE
    while not await page.evaluate(ALL_ANSWERED) and time.perf_counter() < end:
        await asyncio.sleep(0.05)
    seen = await page.evaluate(TAKE)
    await page.mouse.up()
    return _answers(seen["inputs"], seen["frames"])


def _to_and_fro(way: float, half: float) -> float:
    """Where a hand is that has gone `way` between -half and half, starting at 0."""
    return half - abs((way + half) % (4 * half) - 2 * half)


def _answers(inputs: list[float], frames: list[list[float]]) -> Drag:
    """Each input event is answered by the first picture whose request left after it."""
    put, shown, k = [], [], 0
    for event in inputs:
        while k < len(frames) and frames[k][0] < event:
            k += 1
        if k < len(frames):
            put.append(frames[k][1] - event)
            shown.append(frames[k][2] - event)
    during = sum(frame[2] <= inputs[-1] for frame in frames)
    rate = 1000 * during / (inputs[-1] - inputs[0])
    return Drag(put, shown, rate, len(inputs) - len(put))


async def open_page(browser: "Browser", slider: str, url: str) -> tuple["Page", "Locator", float]:
    """The explorer with everything drawn, a slider by its name, and when its first face was there
    (time.perf_counter).
    """
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(1000 * PATIENCE)
    await page.add_init_script(STILL)
    await page.add_init_script(SPY)
    await page.goto(url)
    await page.locator(EDITED_FACE).wait_for()
    seen = time.perf_counter()
    await page.wait_for_timeout(3000)  # the map and the strip are drawn
    held = page.get_by_role("slider", name=slider, exact=True)
    await held.scroll_into_view_if_needed()
    await watch(held)
    return page, held, seen
