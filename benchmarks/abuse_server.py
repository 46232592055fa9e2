"""What hostile and greedy clients do to the server, and what is left for honest ones.

**Honest hands** drag a slider as the page does (live_clients.py), ten of them and fifty, alone and
beside sixteen clients that ask for 64 faces at a time, back to back (greedy_clients.py): pictures a
second of all hands together, and how long after each step its picture came.

**Hostile messages** are recipes with something broken, missing, huge, of another type or of another
script, and noise. A message is survived when it is answered, with pictures or with a reason, or its
socket closed with a code of the protocol, and the server still draws a face after all of them.

**Half-way clients** stop before or within headers; they are survived when they are cut off.

Clients and server share one machine, so the figures are of both.
"""

import asyncio
import contextlib
import json
import random
import statistics
import string
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks.browser import PATIENCE, running_app
from explorer.live.messages import MOST_RECIPES
from explorer.live.route import PATH
from explorer.recipe.recipe import Recipe, Source

HANDS = (10, 50)
GREEDY = 16
SECONDS = 8.0  # that hands drag
HALF_WAY = 200  # clients
MESSAGES = 5000  # hostile ones
FIRST_HALVES = (
    b"",
    b"GET / HTTP/1.1\r\nHost: x\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
)


def abuse_server(run: Path, messages: int = MESSAGES) -> tuple[list[str], dict[str, Any]]:
    """Try so many hostile messages, half-way and greedy clients on the app with this run."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder) / "log", run) as app:
        app.wait_until_ready()
        for hands in HANDS:
            for greedy in (0, GREEDY):
                for name, value in _hands(app.url, hands, greedy).items():
                    figures[f"hands{hands}_greedy{greedy}_{name}"] = value
        survived, answered = asyncio.run(_hostile(app.url, messages))
        cut = asyncio.run(_half_way(app.url))
        app.wait_until_ready()
        memory, written = _resident_mb(app.process.pid), app.log.stat().st_size / 1e6
    figures |= {
        "messages_tried": messages,
        "messages_survived": survived,
        "messages_answered": answered,
        "half_way_tried": HALF_WAY,
        "half_way_survived": cut,
        "memory_mb": memory,
        "log_mb": written,
    }
    lines = [
        "| honest hands | greedy clients | pictures/s | p50, ms | p95, ms |",
        "|" + " --- |" * 5,
    ]
    for hands in HANDS:
        for greedy in (0, GREEDY):
            told = " | ".join(
                f"{figures[f'hands{hands}_greedy{greedy}_{name}']:.0f}"
                for name in ("pictures_per_s", "p50_ms", "p95_ms")
            )
            lines.append(f"| {hands} | {greedy} | {told} |")
    lines += [
        "",
        f"{messages:,} hostile messages: {survived:,} survived, {answered:,} of them answered",
        f"{HALF_WAY} clients that stopped half-way: {cut} cut off",
        f"at the end: {memory:.0f} MB of memory, {written:.2f} MB of log",
    ]
    return lines, figures


def hostile(rng: random.Random) -> str:
    """One message that a page would not send."""
    recipe = Recipe(
        Source("seed", rng.randrange(9)), attributes={"Male": 1.0}, components={1: 0.5}
    ).to_data()
    message: dict[str, Any] = {"number": rng.randrange(100), "recipes": [recipe]}
    kind = rng.randrange(8)
    if kind == 0:  # a value of another type, or huge, somewhere
        _break(message, rng)
    elif kind == 1:  # text cut short, or with a character changed
        text = json.dumps(message)
        at = rng.randrange(len(text))
        return text[:at] + rng.choice(["", chr(rng.randrange(1, 0xD7FF)) + text[at + 1 :]])
    elif kind == 2:  # too many
        message["recipes"] = [recipe] * rng.choice([0, MOST_RECIPES, MOST_RECIPES + 1, 500])
    elif kind == 3:  # mixes of mixes
        for _ in range(rng.randrange(1, 6)):
            weights = [rng.choice([1, 0, -1, 1e308, "1"]) for _ in range(rng.randrange(6))]
            recipe = {**recipe, "source": {"kind": "mix", "value": [[w, recipe] for w in weights]}}
        message["recipes"] = [recipe]
    elif kind == 4:  # deep
        depth = rng.randrange(1, 20_000)
        return '{"number": 1, "recipes": ' + "[" * depth + "]" * rng.choice([0, depth]) + "}"
    elif kind == 5:  # places that are none
        points = [[rng.choice([0, 1e300, None, "x", True]) for _ in range(rng.randrange(4))]]
        message = {"number": 3, "blend": {"points": points, "layout": _noise(rng)}}
    elif kind == 6:  # every slider, by names that exist or not
        names = [_noise(rng) for _ in range(rng.randrange(200))]
        recipe["attributes"] = dict.fromkeys(names, 1.0)
        recipe["locks"] = names
    else:
        return _noise(rng, 4000)
    return json.dumps(message)


def _break(values: Any, rng: random.Random) -> None:
    """Put something else somewhere within JSON data."""
    while True:
        keys = list(values) if isinstance(values, dict) else list(range(len(values)))
        key = rng.choice(keys)
        if isinstance(values[key], dict | list) and values[key] and rng.random() < 0.7:
            values = values[key]
            continue
        values[key] = rng.choice(
            [None, -1, 2**70, 1e308, float("nan"), True, "", "../../etc/passwd", [], {}, "x" * 9999]
        )
        return


def _noise(rng: random.Random, most: int = 30) -> str:
    letters = string.printable + "éß漢\u202e😀\x00"
    return "".join(rng.choices(letters, k=rng.randrange(most)))


async def _hostile(url: str, count: int) -> tuple[int, int]:
    """Send so many, one after the other: how many were survived, and how many answered."""
    rng = random.Random(0)
    survived = answered = 0
    address = url.replace("http", "ws", 1) + PATH
    sent = 0
    while sent < count:
        async with connect(address, compression=None, max_size=None) as socket:
            with contextlib.suppress(ConnectionClosed):
                while sent < count:
                    sent += 1
                    await socket.send(hostile(rng))
                    async with asyncio.timeout(PATIENCE):
                        await socket.recv()
                    answered += 1
                    survived += 1
                continue
            survived += socket.close_code in (1003, 1007, 1008, 1009)
    return survived, answered


async def _half_way(url: str) -> int:
    """Clients that stop: how many are cut off."""
    host, port = url.removeprefix("http://").split("/")[0].split(":")

    async def stop(k: int) -> bool:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(FIRST_HALVES[k % 2])
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(60):
                return await reader.read() == b""
        return True

    return sum(await asyncio.gather(*(stop(k) for k in range(HALF_WAY))))


def _hands(url: str, count: int, greedy: int) -> dict[str, float]:
    """Pictures a second of all honest hands, and the wait for them, ms."""

    def client(name: str, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"benchmarks.{name}", url, *arguments]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        assert process.stdout
        process.stdout.readline()  # ready
        return process

    others = client("greedy_clients", str(greedy)) if greedy else None
    try:
        hands = client("live_clients", str(count), str(SECONDS))
        said, _ = hands.communicate("go\n")
    finally:
        if others is not None:
            others.kill()
            others.wait()
    found = json.loads(said.splitlines()[-1])
    return {
        "pictures_per_s": sum(found["pictures_per_s"]),
        "p50_ms": statistics.median(found["waits"]),
        "p95_ms": statistics.quantiles(found["waits"], n=20)[-1],
        "errors": found["errors"],
    }


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
