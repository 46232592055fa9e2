"""The run folder that ships, the app opened on it, and a browser."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest

from benchmarks.browser import (
    PATIENCE,
    STILL,
    App,
    BrowserMissing,
    chromium,
    running_app,
    wait_for_face,
)
from benchmarks.installs import environment, linked, needed
from data.shipped import SHIPPED
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import Loaded, open_run
from tests.page.seen import at_rest

# Said because the tests read pixels, and because WebGL runs without a GPU here.
OF_THE_TESTS = ("willReadFrequently", "GL Driver Message")


@pytest.fixture(scope="session")
def shipped() -> Path:
    """The run folder that ships; skips the test when it is not there."""
    if not SHIPPED.is_dir():
        pytest.skip(f"needs the model that ships: no folder {SHIPPED}")
    return SHIPPED


@pytest.fixture(scope="session")
def app(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with the model that ships, shared by all tests.

    Its Python sees only what `pip install .` brings, which is all that a page needs: no torch.
    """
    folder = tmp_path_factory.mktemp("app")
    light = linked(needed(light=True), tmp_path_factory.mktemp("packages"))
    python, env = (sys.executable, "-S"), environment(light)
    with running_app(folder / "app.log", shipped, python=python, env=env) as app:
        app.wait()
        yield app


@pytest.fixture(scope="module")
def loaded(shipped: Path) -> Loaded:
    """The model that ships, to say what the page has to show."""
    return open_run(shipped)


@pytest.fixture
def start(loaded: Loaded) -> Recipe:
    """What a new session shows."""
    return loaded.run.first_recipe


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """A Chromium; skips the test when there is none."""
    try:
        with chromium() as browser:
            yield browser
    except BrowserMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def visit(browser) -> Iterator[Callable]:
    """`visit(app, path="/matrix", color_scheme="dark")`: the page of a new session, and what its
    console complains of.

    One tab for each kind of screen, because the scripts of a page that is opened again are in the
    cache. That an outside address cannot be reached is not the page's fault.
    """
    tabs = {}

    def visit(
        app: App,
        width: int = 1280,
        height: int = 900,
        color_scheme: str = "light",
        path: str = "",
    ) -> tuple:
        screen = {"viewport": {"width": width, "height": height}, "color_scheme": color_scheme}
        if str(screen) not in tabs:
            tabs[str(screen)] = _listened(browser.new_page(**screen))
        tab, complaints = tabs[str(screen)]
        if tab.url.startswith("http"):
            tab.evaluate("localStorage.clear()")
        tab.goto("about:blank")  # the end of the session before
        complaints.clear()
        tab.goto(app.url + path)
        return tab, complaints

    yield visit
    for tab, _ in tabs.values():
        tab.close()


@pytest.fixture
def page(visit: Callable, app: App):
    """A new visitor's page, its first face painted, nothing more to come."""
    page, _ = visit(app)
    wait_for_face(page)
    at_rest(page)
    return page


def _listened(tab) -> tuple:
    """The tab and the list of what its console will complain of."""
    complaints = []
    tab.add_init_script(STILL)

    def listen(message) -> None:
        asked = urlparse(message.location["url"])
        # Below the address of a page Streamlit first looks for a server of that path.
        own = asked.hostname in ("localhost", None) and "/_stcore/" not in asked.path
        ours = not any(text in message.text for text in OF_THE_TESTS)
        if own and ours and message.type in ("warning", "error"):
            complaints.append(message.text)

    tab.on("console", listen)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.set_default_timeout(1000 * PATIENCE)
    return tab, complaints
