"""What is computed aside is computed in turns of its askers, one at a time."""

import asyncio
import threading

import pytest

from explorer.decoding.fair_line import Busy
from explorer.live import aside
from explorer.live.aside import Aside


def test_who_asks_once_does_not_wait_for_all_of_another():
    held, done = threading.Event(), []

    def compute(name: str) -> str:
        assert held.wait(60)
        done.append(name)
        return name

    async def ask() -> list[str]:
        line = Aside()
        much = [line.compute("greedy", 10.0, compute, f"g{k}") for k in range(6)]
        asking = [asyncio.create_task(one) for one in much]
        await asyncio.sleep(0)
        asking.append(asyncio.create_task(line.compute("honest", 10.0, compute, "h")))
        await asyncio.sleep(0)
        held.set()
        return await asyncio.gather(*asking)

    assert asyncio.run(ask()) == ["g0", "g1", "g2", "g3", "g4", "g5", "h"]
    assert done.index("h") <= 2
    assert sorted(done) == ["g0", "g1", "g2", "g3", "g4", "g5", "h"]


def test_an_error_is_its_askers_alone_and_who_left_is_left_out():
    done = []

    def fail() -> None:
        raise ValueError("expected less")

    async def ask() -> None:
        line = Aside()
        failing = asyncio.create_task(line.compute(1, 1.0, fail))
        leaving = asyncio.create_task(line.compute(2, 1.0, done.append, "left"))
        staying = asyncio.create_task(line.compute(3, 1.0, done.append, "stayed"))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(ValueError, match="expected less"):
            await failing
        await staying
        await line.compute(1, 1.0, done.append, "again")

    asyncio.run(ask())
    assert done == ["stayed", "again"]


def test_too_much_is_refused_and_little_is_not(monkeypatch):
    monkeypatch.setattr(aside, "MOST_WAITING_MS", 100.0)
    held = threading.Event()

    async def ask() -> None:
        line = Aside()
        waiting = [
            asyncio.create_task(line.compute("greedy", 40.0, held.wait, 60)) for _ in range(2)
        ]
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="ask again in a moment"):
            await line.compute("greedy", 90.0, held.wait, 60)
        waiting.append(asyncio.create_task(line.compute("honest", 5.0, held.wait, 60)))
        await asyncio.sleep(0)
        held.set()
        assert await asyncio.gather(*waiting) == [True] * 3

    asyncio.run(ask())
