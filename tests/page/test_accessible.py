"""axe-core (Deque, MPL 2.0) on every page: nothing serious in the way of anybody."""

from pathlib import Path

import pytest

from benchmarks.browser import App, wait_for_face
from explorer.page.learn.steps import STEPS
from tests.page.seen import at_rest

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ["", "/model", "/formula", "/matrix", "/vector-lab"]
PAGES += [f"/learn-{step.path}" for step in STEPS]
# While parts of the page fade in or are drawn anew, their colours are not what people read.
STEADY = """() => !document.querySelector("[data-stale=true]") &&
    document.getAnimations().every(({ playState }) => playState !== "running")"""
RUN = """async () => {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    return found.violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.target.flat().join(" ")).join("; ")}`);
}"""


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious(visit, app: App, path: str, scheme: str):
    if not AXE.is_file():
        pytest.skip("needs axe-core: npm install")
    page, _ = visit(app, color_scheme=scheme, path=path)
    if path:
        page.locator("h1, h2, h3").first.wait_for()
    else:
        wait_for_face(page)
    at_rest(page)
    page.wait_for_function(STEADY)
    page.add_script_tag(path=str(AXE))
    assert page.evaluate(RUN) == []
