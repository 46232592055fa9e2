"""How quickly the face map is there, takes another colour and shows a face, for ever more points.

All but the smallest map are of codes drawn from the run's own with noise (many_faces.py): they have
the size of all of CelebA and say nothing about it. Times end when the GPU, here often software, has
drawn the points, for the explorer and for `st.plotly_chart` (scattergl) alike:

- `first_paint_ms`, `stock_first_paint_ms`: from the first words on the page to all points, and
  `opened_ms`, `stock_opened_ms`, from the moment the browser was given the address;
- `recolour_ms`: from choosing a colour that was never fetched to all points in it, and
  `recolour_bytes`, all that the browser received until 1.5 s later, headers left out;
- `hover_ms`: from the pointer's arrival at a point never met to the frame that shows its face;
- `hover_decode_per_s`: faces drawn between points while the pointer moves 60 times a second.

Browsers begin each first paint without a cache; medians of several.
"""

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.browser import (
    FACE_MAP,
    PATIENCE,
    STILL,
    AppStopped,
    chromium,
    places_on_screen,
    running_app,
    wait_for_face,
    wait_for_map,
)
from benchmarks.many_faces import many_faces
from benchmarks.map_scripts import CIRCLE, INKED, RECOLOUR, SPY
from explorer.derived.face_map import lay_out, load_map
from explorer.derived.planes import principal_plane
from explorer.run.run import load_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

COUNTS = (3175, 20_000, 202_599)
LOADS = 3
COLOURS = ("Male", "Young", "Eyeglasses", "Big_Nose", "Bangs", "score/Male", "score/Young", "kl")
HOVERS = 24
STOCK = Path(__file__).with_name("stock_map_page.py")
SCREEN: "ViewportSize" = {"width": 1440, "height": 900}
UMAP_COUNT = 20_000
SECONDS = 5  # of hover-decode
DECODE = "Decode under the pointer"
DECODED = '[aria-label="Face under the pointer"]'


def face_map(
    run: Path, counts: tuple[int, ...] = COUNTS, loads: int = LOADS
) -> tuple[list[str], dict[str, Any]]:
    """Measure maps of so many points, each opened `loads` times.

    Raises BrowserMissing, AppStopped, RunError.
    """
    lines, figures = [], {}
    own = len(load_map(run).ids)
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for count in counts:
            large = count != own
            root = many_faces(run, count, Path(folder) / str(count)) if large else run
            found = _measure(browser, root, count, Path(folder), loads)
            figures[str(count)] = {k: v if v is None else round(v, 1) for k, v in found.items()}
            drawn = ", drawn from the run's codes with noise" if large else ""
            decoded = found["hover_decode_per_s"]
            lines.append(
                f"{count:,} points{drawn}: first paint {found['first_paint_ms']:.0f} ms "
                f"(st.plotly_chart {found['stock_first_paint_ms']:.0f} ms), another colour "
                f"{found['recolour_ms']:.0f} ms and {found['recolour_bytes']:,} bytes, hover to "
                f"face {found['hover_ms']:.0f} ms"
                + (f", hover-decode {decoded:.0f} faces/s" if decoded else "")
            )
    return lines, figures


def _measure(
    browser: "Browser", run: Path, count: int, folder: Path, loads: int
) -> dict[str, float | None]:
    log = folder / "app.log"
    with running_app(log, run, STOCK) as app:
        app.wait()
        stock = [_first_paint(browser, app.url, count) for _ in range(loads + 1)][1:]
    with running_app(log, run) as app:
        app.wait()
        own = [_first_paint(browser, app.url, count) for _ in range(loads + 1)][1:]
        heard: list[int] = []
        page = _opened(browser, app.url, heard)
        wait_for_face(page)
        wait_for_map(page)
        page.wait_for_timeout(2000)
        positions = load_map(run).positions("attributes/umap2")
        _drawn_all(page, positions)
        recolours = [_recolour(page, name, count, heard) for name in COLOURS]
        hovers = _hovers(page, positions)
        decoded = _hover_decode(page)
        page.context.close()
    return {
        "first_paint_ms": statistics.median(ms for ms, _ in own),
        "opened_ms": statistics.median(ms for _, ms in own),
        "stock_first_paint_ms": statistics.median(ms for ms, _ in stock),
        "stock_opened_ms": statistics.median(ms for _, ms in stock),
        "recolour_ms": statistics.median(ms for ms, _ in recolours),
        "recolour_bytes": max(size for _, size in recolours),
        "hover_ms": statistics.median(hovers),
        "hover_decode_per_s": decoded,
    }


def _opened(browser: "Browser", url: str, heard: list[int] | None = None) -> "Page":
    """A page without a cache. heard: grows by the size of each message of a WebSocket."""
    page = browser.new_context(viewport=SCREEN).new_page()
    if heard is not None:
        take = lambda message: heard.append(len(message))  # noqa: E731
        page.on("websocket", lambda socket: socket.on("framereceived", take))
    page.set_default_timeout(1000 * PATIENCE)
    page.add_init_script(STILL)
    page.add_init_script(SPY)
    page.goto(url)
    return page


def _first_paint(browser: "Browser", url: str, count: int) -> tuple[float, float]:
    """Milliseconds from the page's first words to all points, and from the page's address."""
    page = _opened(browser, url)
    painted = "(count) => drawn.find((frame) => frame.count >= count)?.at"
    opened = page.wait_for_function(painted, arg=count).json_value()
    ms = opened - page.evaluate("pageAt")
    page.context.close()
    return ms, opened


def _drawn_all(page: "Page", positions: np.ndarray) -> None:
    """Raise AppStopped unless there is colour at the place of every point."""
    box = page.locator(FACE_MAP).bounding_box()
    assert box, "the map is on the page"
    at = places_on_screen(page, positions) - np.array([box["x"], box["y"]])
    inked = page.locator(FACE_MAP).evaluate(INKED, np.floor(at).astype(int).tolist())
    if inked < len(positions):
        raise AppStopped(f"expected {len(positions)} points on the map; found {inked}")


def _recolour(page: "Page", name: str, count: int, heard: list[int]) -> tuple[float, int]:
    """Milliseconds and bytes of another colour. heard: see `_opened`."""
    heard.clear()
    found = page.get_by_label("Colour by").evaluate(RECOLOUR, [name, count])
    page.wait_for_timeout(1500)  # and the page is at rest
    return found[0], int(found[1]) + sum(heard)


def _hovers(page: "Page", positions: np.ndarray) -> list[float]:
    """Milliseconds of each of some points, never met before, far from one another."""
    places = places_on_screen(page, positions)
    rows = np.random.default_rng(0).choice(len(places), 4 * HOVERS, replace=False)
    middle, reach = np.median(places, 0), np.ptp(places, axis=0) / 3
    inner = [row for row in rows if (np.abs(places[row] - middle) < reach).all()][:HOVERS]
    waits = []
    for row in inner:
        page.evaluate("faces.length = 0")
        page.mouse.move(*places[row])
        try:
            page.wait_for_function("faces.length > 0", timeout=5000)
        except Exception:  # the same face as before: nothing is painted anew
            continue
        waits.append(page.evaluate("faces[0]"))
        page.wait_for_timeout(60)
    return waits


def _hover_decode(page: "Page") -> float | None:
    """Faces a second while the pointer circles, None where the map cannot do it."""
    tool = page.get_by_role("button", name=DECODE)
    if not tool.count():
        return None
    tool.click()
    return page.get_by_role("application").first.evaluate(CIRCLE, [SECONDS, DECODED])


def umap_times(run: Path, count: int = UMAP_COUNT) -> tuple[list[str], dict[str, Any]]:
    """UMAP of codes drawn as above: as `python -m explorer map` makes it, and umap-learn's default
    call. Both with numba's compilation done before.
    """
    import umap  # seconds to import

    with tempfile.TemporaryDirectory() as folder:
        codes = load_run(many_faces(run, count, Path(folder) / "run")).faces.mean
    calls = {
        "umap_s": lambda z: lay_out(z, principal_plane(z, 2).positions(z), None, 0),
        "umap_default_s": lambda z: umap.UMAP().fit_transform(z),
    }
    figures = {}
    for name, call in calls.items():
        call(codes[:500])
        started = time.perf_counter()
        call(codes)
        figures[name] = time.perf_counter() - started
    line = (
        f"UMAP of {count:,} x {codes.shape[1]}: {figures['umap_s']:.0f} s with a seed, "
        f"umap-learn's default call {figures['umap_default_s']:.0f} s"
    )
    return [line], figures
