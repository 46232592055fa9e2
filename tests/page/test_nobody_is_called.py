"""Nobody outside is told or asked anything: by the app, by the commands, by the notebook.

In a network namespace without a route, the kernel counts whatever is sent outside (alone.py). Where
there is none, Python tells of every name that it looks up and of every address that it connects to;
a file that each process runs first notes those outside. onnxruntime has a sender of its own, which
keeps a number of the machine in the home of the user: where there is none, it never ran.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from benchmarks.browser import PATIENCE, REPOSITORY, running_app
from tests.page.alone import alone, why_not

# Python runs this before anything else: it stands in a folder of PYTHONPATH.
WATCH = """
import os, socket

def _note(event, arguments):
    if event == "socket.getaddrinfo":
        told = str(arguments[0])
    elif event == "socket.connect":
        told = str(arguments[1][0]) if isinstance(arguments[1], tuple) else "local"
    else:
        return
    if told not in ("localhost", "127.0.0.1", "::1", "local", "None", "0.0.0.0"):
        with open(os.environ["CALLS"], "a") as file:
            file.write(told + chr(10))

import sys
sys.addaudithook(_note)
"""


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that notes who was called by processes started from now on, and an empty home."""
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "CI", "ORT_DISABLE_TELEMETRY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'watch'}{os.pathsep}{REPOSITORY}")
    return tmp_path / "calls"


def called(calls: Path) -> list[str]:
    return calls.read_text().split() if calls.exists() else []


def traces(calls: Path) -> list[str]:
    """What onnxruntime put down for its sender."""
    return [str(path) for path in (calls.parent / "home").rglob("*") if "onnxruntime" in path.name]


def python(code: str) -> str:
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=PATIENCE)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_call_would_be_noticed(watched: Path):
    python(
        "import socket, contextlib\nwith contextlib.suppress(OSError):\n"
        "    socket.create_connection(('192.0.2.1', 9), 0.01)"
    )
    assert called(watched) == ["192.0.2.1", "192.0.2.1"]


def test_the_sender_of_onnxruntime_would_be_noticed(watched: Path):
    """Of versions that have one; if it finds another home, these tests prove nothing."""
    onnxruntime = pytest.importorskip("onnxruntime")
    if tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 29):
        pytest.skip(f"needs onnxruntime 1.29 or newer; found {onnxruntime.__version__}")
    python("import onnxruntime; onnxruntime.SessionOptions()")
    assert traces(watched)


def test_the_app_starts_draws_and_meets_strangers_without_a_call(watched, drawn_run, tmp_path):
    with running_app(tmp_path / "app.log", drawn_run) as app:
        app.wait_until_ready()
        for path in ("/live", "/_stcore/stream"):
            address, origin = app.url.replace("http", "ws", 1) + path, Origin("https://x.example")
            with pytest.raises(InvalidStatus) as refused, connect(address, origin=origin):
                pass
            assert refused.value.response.status_code == 403
    assert "Did not auto detect external IP" not in (tmp_path / "app.log").read_text()
    assert called(watched) == []
    assert traces(watched) == []


def test_a_notebook_draws_a_face_without_a_call(watched: Path, drawn_run: Path):
    code = f"from explorer import load\nprint(load({str(drawn_run)!r}).decode([[0.0] * 8]).shape)"
    python(code)
    assert called(watched) == []
    assert traces(watched) == []


# Without a network

ASKS = {
    "an address": "socket.create_connection(('192.0.2.1', 9), 1)",
    "an address of version 6": "socket.create_connection(('2001:db8::1', 9), 1)",
    "a datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
}
# A visitor of the page: its script runs once, over the socket that a browser opens.
VISIT = """
import tempfile
from pathlib import Path
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from benchmarks.browser import PATIENCE, running_app
from tests.page.test_behind_nginx import a_face

log = Path(tempfile.mkdtemp()) / "app.log"
with running_app(log, Path(RUN)) as app:
    app.wait_until_ready()
    assert isinstance(a_face(app.url, None), bytes)
    address = app.url.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=None) as page:
        asked = BackMsg()
        asked.rerun_script.query_string = ""
        page.send(asked.SerializeToString())
        heard = ForwardMsg()
        while heard.WhichOneof("type") != "script_finished":
            heard.ParseFromString(page.recv(timeout=PATIENCE))
assert "Traceback" not in log.read_text(), log.read_text()
"""
WORK = {
    "the app": VISIT,
    "a command": "from explorer.__main__ import main; assert main(['vectors', RUN]) == 0",
    "an export": (
        "from training.__main__ import main; assert main(['export', RUN, '--out', OUT]) == 0"
    ),
    "the notebook": "from explorer import load; assert load(RUN).decode([[0.0] * 8]).size",
}


@pytest.fixture
def lonely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home; skips the test where no namespace can be had."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs Linux for a network namespace")
    if reason := why_not():
        pytest.skip(reason)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "CI", "ORT_DISABLE_TELEMETRY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("lonely")
@pytest.mark.parametrize("kind", list(ASKS))
def test_the_kernel_counts_what_is_asked_outside(kind: str):
    code = f"import contextlib, socket\nwith contextlib.suppress(OSError):\n    {ASKS[kind]}"
    assert alone(code, REPOSITORY, PATIENCE) == 1


@pytest.mark.usefixtures("lonely")
@pytest.mark.parametrize("kind", list(WORK))
def test_without_a_network_all_work_and_ask_for_none(kind: str, drawn_run: Path, tmp_path: Path):
    run = shutil.copytree(drawn_run, tmp_path / "run")
    code = f"RUN, OUT = {str(run)!r}, {str(tmp_path / 'out')!r}\n{WORK[kind]}"
    assert alone(code, REPOSITORY, PATIENCE) == 0


def test_onnxruntime_is_imported_where_it_is_told_to_be_silent_and_nowhere_else():
    importing = set()
    for package in ("data", "training", "explorer", "benchmarks"):
        for path in (REPOSITORY / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = [node.module]
                if any(name.partition(".")[0] == "onnxruntime" for name in names):
                    importing.add(path.relative_to(REPOSITORY).as_posix())
    assert importing == {"training/compute/onnx_runtime.py"}
    told = python(
        "import os\nfrom training.compute import onnx_runtime\n"
        "import json; print(json.dumps(dict(os.environ)))"
    )
    assert json.loads(told)["ORT_DISABLE_TELEMETRY"] == "1"
