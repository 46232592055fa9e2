"""How quickly the steps of Learn answer: one control of each, moved in a real Chromium.

The time is from the key or the click to the frame in which the last picture, figure or number of
the page that changes has changed: what one sees, decoding, Streamlit and browser together.
"""

import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.browser import PATIENCE, App, chromium, running_app
from explorer.run.twin import twin_folder

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOVES = 8  # of each control
REST = 700  # milliseconds without a change until the page counts as done

BACK = {"ArrowLeft": "ArrowRight", "ArrowRight": "ArrowLeft"}
OF_TWINS = ("compare",)  # say nothing of the twin where there is none

# Notes when a hand moved something, and when what it shows last changed.
WATCH = """
() => {
  window.learn = { moved: 0, changed: 0 };
  for (const event of ["keydown", "pointerup"])
    addEventListener(event, () => (learn.moved = performance.now()), true);
  const shown = ".picture-row, .number-list, .stEChartsChart";
  const inside = (node) => node.closest?.(shown) || node.querySelector?.(shown);
  new MutationObserver((changes) => {
    const seen = changes.some((change) =>
      (change.target.closest ?? (() => null)).call(change.target, shown)
      || [...change.addedNodes].some(inside));
    if (seen) requestAnimationFrame(() => (learn.changed = performance.now()));
  }).observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: ["aria-label"],  // of a chart, told anew whenever it is drawn
  });
}
"""


def learn(run: Path) -> tuple[list[str], dict[str, Any]]:
    """Measure the run on this machine. Raises BrowserMissing, AppStopped."""
    from explorer.page.learn.steps import STEPS  # not at import: the others measure memory

    lines, figures = [], {}
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(1000 * PATIENCE)
        with running_app(Path(folder) / "app.log", run) as app:
            app.wait()
            for step in STEPS:
                if step.path in OF_TWINS and not twin_folder(run).is_dir():
                    continue
                waits = answers(page, app, step.path, step.controls)
                figures[f"{step.path}_ms"] = round(max(map(statistics.median, waits)), 1)
                told = ", ".join(
                    f"{place} {statistics.median(times):.0f} ms"
                    for (place, _), times in zip(step.controls, waits, strict=True)
                )
                lines.append(f"{step.path:20} {told}")
    return lines, figures


def answers(
    page: "Page", app: App, path: str, controls: tuple[tuple[str, str], ...]
) -> list[list[float]]:
    """Milliseconds of each move of each of these controls of a step."""
    open_step(page, app, path)
    page.evaluate(WATCH)
    return [answer(page, place, key) for place, key in controls]


def open_step(page: "Page", app: App, path: str) -> None:
    """The step with its pictures drawn, its question skipped, and nothing left to run."""
    page.goto(f"{app.url}/learn-{path}")
    page.get_by_role("button", name="Skip the questions").click()
    page.locator(".picture-row img").first.wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for(state="attached")
    page.wait_for_timeout(2 * REST)


def move(page: "Page", place: str, key: str, number: int) -> None:
    """Press a key on a slider, back again every other time, or click the next button of a group."""
    control = page.locator(f".st-key-{place}, .st-key-{place}-slider")
    if key:
        control.get_by_role("slider").first.focus()
        page.keyboard.press(key if number % 2 == 0 else BACK[key])
        return
    buttons = control.locator("button")
    up = control.locator("[data-testid=stNumberInputStepUp]")
    (up if up.count() else buttons.nth(1 + number % (buttons.count() - 1))).click()


def answer(page: "Page", place: str, key: str) -> list[float]:
    """Milliseconds of each move of a control; the first one is left out, it fills caches."""
    waits = []
    for number in range(MOVES + 1):
        page.evaluate("learn.changed = 0")
        move(page, place, key, number)
        page.wait_for_function(
            "(rest) => learn.changed > learn.moved && performance.now() - learn.changed > rest",
            arg=REST,
        )
        waits.append(page.evaluate("learn.changed - learn.moved"))
    return waits[1:]
