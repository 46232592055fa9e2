"""Of several ways the fastest is taken, by a clock that the ways themselves move."""

from collections.abc import Callable

import pytest

from explorer.decoding.quickest import AGAIN_AFTER, SLOW, TRIED, Quickest, Watch


class Ways:
    """Two ways that take as long as `takes` says, in seconds; which were called.

    They do in order what was launched, as a device does.
    """

    def __init__(self, *takes: float):
        self.takes, self.called, self.now, self.free = list(takes), [], 0.0, 0.0

    def quickest(self) -> Quickest:
        return Quickest([lambda x, k=k: self._launch(k, x) for k in range(2)], self.watch())

    def watch(self) -> Watch:
        return Watch(lambda: self.now)

    def _launch(self, way: int, x: int) -> Callable[[], int]:
        self.called.append(way)
        self.free = done = max(self.now, self.free) + self.takes[way]

        def wait() -> int:
            self.now = max(self.now, done)
            return 10 * x

        return wait

    def of(self, draw: Quickest, calls: int) -> list[int]:
        """Which ways were called in so many calls."""
        self.called.clear()
        assert [draw(x)() for x in range(calls)] == [10 * x for x in range(calls)]
        return [*self.called]


def test_the_fastest_way_is_taken_and_the_others_are_only_tried():
    ways = Ways(0.003, 0.001)
    draw = ways.quickest()
    assert ways.of(draw, 3) == [0, 1] * TRIED + [1, 1, 1]


def test_a_way_that_has_become_slow_is_left_and_taken_again():
    ways = Ways(0.001, 0.004)
    draw = ways.quickest()
    assert ways.of(draw, 2)[-2:] == [0, 0]
    ways.takes[0] = 0.008  # another process computes
    ways.now += AGAIN_AFTER
    assert ways.of(draw, 20)[-1] == 1
    ways.takes = [0.001, 0.001 * (4 * SLOW + 1)]  # it has gone; the other way became slow
    ways.now += AGAIN_AFTER
    assert ways.of(draw, 20)[-1] == 0


def test_one_slow_call_changes_nothing():
    ways = Ways(0.001, 0.004)
    draw = ways.quickest()
    ways.of(draw, 5)
    ways.now += AGAIN_AFTER
    ways.takes[0] = 0.005
    ways.of(draw, 1)
    ways.takes[0] = 0.001
    assert ways.of(draw, 30) == [0] * 30


def test_all_ways_slow_are_not_tried_all_the_time():
    ways = Ways(0.001, 0.002)
    draw = ways.quickest()
    ways.of(draw, 1)
    ways.takes = [0.01, 0.01]
    called = ways.of(draw, 100)  # a second, far less than AGAIN_AFTER
    assert called == [0] * 100


def test_a_call_that_came_while_another_was_answered_began_when_that_ended():
    ways = Ways()
    watch = ways.watch()
    came = [watch.now() for _ in range(3)]
    took = []
    for ways.now in (1.0, 3.0, 3.5):
        took.append(watch.took(came.pop()))
    assert took == [1.0, 2.0, 0.5]
    ways.now = 10.0
    began = watch.now()
    ways.now = 10.5
    assert watch.took(began) == pytest.approx(0.5)


def test_many_in_flight_do_not_make_a_way_slow():
    ways = Ways(0.001, 0.004)
    draw = ways.quickest()
    ways.of(draw, 1)
    ways.now += AGAIN_AFTER
    ways.called.clear()
    for _ in range(20):
        waiting = [draw(x) for x in range(8)]  # the last one waits for eight
        assert [wait() for wait in waiting] == [10 * x for x in range(8)]
    assert ways.called == [0] * 160
