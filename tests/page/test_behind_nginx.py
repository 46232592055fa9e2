"""The app behind nginx, configured as docs/deploy.md says, and as proxies are that say otherwise.

Skipped where there is no nginx: on Debian and Ubuntu, apt-get install nginx-light.
"""

import contextlib
import io
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from benchmarks.browser import (
    EDITED_FACE,
    FACE_MAP,
    PATIENCE,
    REPOSITORY,
    App,
    free_port,
    running_app,
)
from explorer.photo.photo import LARGEST_BYTES
from explorer.recipe.recipe import Recipe
from explorer.run.run import load_run, run_key

NGINX, OPENSSL = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin"), "openssl"
pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="needs nginx: apt-get install nginx-light"),
    pytest.mark.skipif(shutil.which(OPENSSL) is None, reason="needs openssl for a certificate"),
]
NAME = "faces.example.org"
SERVER = "http://127.0.0.1:8501"
MESSAGE = json.dumps({"number": 7, "recipes": [Recipe().to_data()]})
UNCHECKED = ssl.create_default_context()
UNCHECKED.check_hostname, UNCHECKED.verify_mode = False, ssl.CERT_NONE


def told() -> str:
    """The configuration of docs/deploy.md."""
    text = (REPOSITORY / "docs" / "deploy.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```nginx\n(.*?)```", text, re.S)
    return block


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """faces.pem and faces.key, of a name that nobody has."""
    folder = tmp_path_factory.mktemp("certificate")
    command = f"{OPENSSL} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={NAME}".split()
    files = ["-keyout", str(folder / "faces.key"), "-out", str(folder / "faces.pem")]
    subprocess.run([*command, *files], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def below(drawn_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app as docs/deploy.md starts it."""
    with running_app(
        tmp_path_factory.mktemp("below") / "app.log", drawn_run, base="explorer"
    ) as app:
        app.wait()
        yield app


@pytest.fixture(scope="module")
def whole(drawn_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app without a path of its own."""
    with running_app(tmp_path_factory.mktemp("whole") / "app.log", drawn_run) as app:
        app.wait()
        yield app


@contextlib.contextmanager
def nginx(folder: Path, certificate: Path, config: str, port: int = 0) -> Iterator[str]:
    """nginx with a configuration as in docs/deploy.md, on a free port; gives its address."""
    port = port or free_port()
    config = config.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    config = config.replace("/etc/ssl/", f"{certificate}/")
    parts = [f"{part}_temp_path {folder}/{part};" for part in ("proxy", "fastcgi", "uwsgi", "scgi")]
    parts.append(f"client_body_temp_path {folder}/body;")
    user = "user root;" if os.getuid() == 0 else ""  # who else could not read the test's folder
    whole = f"""
        {user} daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
        events {{}}
        http {{ access_log off; {" ".join(parts)} {config} }}
    """
    (folder / "nginx.conf").write_text(whole)
    command = [str(NGINX), "-e", f"{folder}/error.log", "-p", str(folder)]
    process = subprocess.Popen([*command, "-c", str(folder / "nginx.conf")])
    try:
        for _ in range(10 * PATIENCE):
            assert process.poll() is None, (folder / "error.log").read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
        yield f"https://localhost:{port}"
    finally:
        process.terminate()
        process.wait()


def answer(url: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Status and content; of a PUT where there is a body."""
    request = urllib.request.Request(url, body, method="GET" if body is None else "PUT")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE, context=UNCHECKED) as found:
            return found.status, found.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def a_face(url: str, origin: str | None) -> bytes | str:
    """What the live route answers."""
    address = url.replace("http", "ws", 1) + "/live"
    with connect(
        address,
        ssl=UNCHECKED if url.startswith("https") else None,
        origin=origin,  # type: ignore[arg-type]
    ) as live:
        live.send(MESSAGE)
        return live.recv(timeout=PATIENCE)


@contextlib.contextmanager
def opened(browser, url: str) -> Iterator:
    """The page in a browser that trusts any certificate."""
    page = browser.new_page(ignore_https_errors=True)
    page.set_default_timeout(1000 * PATIENCE)
    try:
        page.goto(url)
        yield page
    finally:
        page.close()


def all_there(browser, url: str) -> None:
    """The page shows its face and its map."""
    with opened(browser, url) as page:
        page.locator(EDITED_FACE).wait_for()
        page.locator(FACE_MAP).wait_for()


@pytest.mark.browser
def test_a_path_below_the_server(browser, below: App):
    all_there(browser, below.url)
    below.wait_until_ready()


@pytest.mark.browser
def test_the_configuration_that_is_told(browser, below: App, tmp_path, certificate):
    config = told().replace(SERVER, below.url.removesuffix("/explorer"))
    with nginx(tmp_path, certificate, config) as site:
        all_there(browser, f"{site}/explorer")
        below.wait_until_ready()
        assert answer(f"{site}/explorer/health") == (200, b"ok")
        assert isinstance(a_face(f"{site}/explorer", site), bytes)
        with pytest.raises(InvalidStatus) as refused:
            a_face(f"{site}/explorer", "https://elsewhere.example")
        assert refused.value.response.status_code == 403
        # Nothing is uploaded.
        upload = f"{site}/explorer/_stcore/upload_file/session/file"
        assert answer(upload, b"a little")[0] == 403


@pytest.mark.browser
def test_a_photo_of_about_the_largest_size_passes_and_a_larger_one_is_refused_with_the_reason(
    browser, below: App, tmp_path, certificate
):
    config = told().replace(SERVER, below.url.removesuffix("/explorer"))
    with nginx(tmp_path, certificate, config) as site, opened(browser, f"{site}/explorer/") as page:
        page.get_by_role("button", name="Own photo").click()
        choose(page, tiff(LARGEST_BYTES - 100_000), "photo.tiff")  # as it is: Chromium reads none
        page.get_by_text("No face was found").wait_for()
        page.get_by_role("button", name="Use this face").wait_for()
        choose(page, tiff(LARGEST_BYTES + 100_000), "larger.tiff")
        page.get_by_text("Expected a file of at most 5.0 MB").wait_for()
        # What was there before stays; its face is used.
        page.get_by_role("button", name="Use this face").click()
        page.get_by_text("Own face", exact=True).wait_for()


def tiff(size: int) -> bytes:
    """A grey photo of nothing, of about so many bytes."""
    rows = size // (3 * 1200)
    file = io.BytesIO()
    Image.new("RGB", (1200, rows), (120, 130, 140)).save(file, "TIFF")
    content = file.getvalue()
    assert abs(len(content) - size) < 10_000
    return content


def choose(page, content: bytes, name: str) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a photo").click()
    chooser.value.set_files({"name": name, "mimeType": "image/tiff", "buffer": content})


@pytest.mark.browser
def test_a_proxy_that_takes_the_path_away(browser, whole: App, tmp_path, certificate):
    config = told().replace(f"{SERVER};", f"{whole.url}/;")
    config = config.replace("location /explorer {", "location /explorer/ {")
    with nginx(tmp_path, certificate, config) as site:
        all_there(browser, f"{site}/explorer/")


def test_a_proxy_that_says_another_host(drawn_run: Path, tmp_path, certificate):
    """Its pages are strangers until their address is named."""
    port = free_port()
    site = f"https://localhost:{port}"
    for named in ([], ["--server.corsAllowedOrigins", site]):
        folder = tmp_path / str(len(named))
        folder.mkdir()
        with running_app(folder / "app.log", drawn_run, options=named) as app:
            app.wait()
            config = told().replace(f"{SERVER};", f"{app.url};").replace("/explorer {", "/ {")
            config = config.replace("Host $http_host", "Host faces.internal")
            with nginx(folder, certificate, config, port):
                if named:
                    assert isinstance(a_face(site, site), bytes)
                else:
                    with pytest.raises(InvalidStatus):
                        a_face(site, site)


@pytest.mark.browser
def test_a_proxy_that_upgrades_the_stream_alone_is_told_what_to_do(
    browser, below: App, tmp_path, certificate
):
    config = told().replace(SERVER, below.url.removesuffix("/explorer"))
    start = config.index("    location /explorer {")
    stream = config[start:].replace("/explorer {", "/explorer/_stcore/stream {").rstrip()[:-1]
    plain = "\n".join(line for line in config[start:].splitlines() if "pgrade" not in line)
    with (
        nginx(tmp_path, certificate, config[:start] + stream + plain) as site,
        opened(browser, f"{site}/explorer/") as page,
    ):
        page.get_by_text("no WebSocket opens at /explorer/live").first.wait_for()


@pytest.mark.browser
def test_two_servers_of_copies_of_a_run_share_visitors(
    browser, below: App, drawn_run: Path, tmp_path, certificate
):
    copy = shutil.copytree(drawn_run, tmp_path / "elsewhere", copy_function=shutil.copyfile)
    key = run_key(load_run(drawn_run))
    assert run_key(load_run(copy)) == key
    with running_app(tmp_path / "app.log", copy, base="explorer") as other:
        other.wait()
        ports = [re.search(r":(\d+)", app.url)[1] for app in (below, other)]  # type: ignore[index]
        servers = " ".join(f"server 127.0.0.1:{port};" for port in ports)
        config = f"upstream both {{ {servers} }}\n" + told().replace(SERVER, "http://both")
        with nginx(tmp_path, certificate, config) as site:
            found = {answer(f"{site}/explorer/map/{key}/ids") for _ in range(8)}
            assert [status for status, _ in found] == [200]
            for _ in range(4):
                assert isinstance(a_face(f"{site}/explorer", site), bytes)
            for _ in range(2):  # whichever server a page and what it asks for comes from
                photo_and_files(browser, f"{site}/explorer/")


def photo_and_files(browser, url: str) -> None:
    """A page there shows its face and its map, takes a photo, and gives files and takes them."""
    missing: list[str] = []
    with opened(browser, "about:blank") as page:
        page.on("response", lambda answer: answer.status < 400 or missing.append(answer.url))
        page.goto(url)
        page.locator(EDITED_FACE).wait_for()
        page.locator(FACE_MAP).wait_for()
        page.get_by_role("button", name="Own photo").click()
        choose(page, tiff(200_000), "photo.tiff")
        page.get_by_role("button", name="Use this face").click()
        page.get_by_text("Own face", exact=True).wait_for()
        page.get_by_role("button", name="Export").click()
        page.get_by_text("Recipe", exact=True).click()
        with page.expect_download() as file:
            page.get_by_role("button", name="JSON").click()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Choose a file").click()
        chooser.value.set_files(file.value.path())
        page.get_by_text("Imported. Undo brings back the face before.").wait_for()
    # Below the address of a page Streamlit first looks for a server of that path.
    assert [url for url in missing if "/_stcore/" not in url] == []
