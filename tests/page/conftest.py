"""The run folder that ships, the app opened on it, and a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.browser import App, BrowserMissing, chromium, running_app
from explorer.run import SHIPPED


@pytest.fixture(scope="session")
def shipped() -> Path:
    """The run folder that ships; skips the test when it is not there."""
    if not SHIPPED.is_dir():
        pytest.skip(f"needs the model that ships: no folder {SHIPPED}")
    return SHIPPED


@pytest.fixture(scope="session")
def app(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with the model that ships, shared by all tests."""
    with running_app(tmp_path_factory.mktemp("app") / "app.log", shipped) as app:
        app.wait()
        yield app


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """A Chromium; skips the test when there is none."""
    try:
        with chromium() as browser:
            yield browser
    except BrowserMissing as error:
        pytest.skip(str(error))


@pytest.fixture
def visit(browser) -> Iterator[Callable]:
    """`visit(app, color_scheme="dark", ...)`: a new visitor's page and what its console complains.

    Only complaints of the app's own files and of uncaught errors are kept; another address that
    cannot be reached is not the page's fault.
    """
    contexts = []

    def visit(app: App, width: int = 1280, height: int = 900, **options) -> tuple:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        complaints = []

        def listen(message):
            own = message.location["url"].startswith(app.url)
            if own and message.type in ("warning", "error"):
                complaints.append(message.text)

        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(app.url)
        return page, complaints

    yield visit
    for context in contexts:
        context.close()
