"""Of several ways the fastest is taken, by a clock that the ways themselves move."""

from explorer.decoding.quickest import AGAIN_AFTER, SLOW, TRIED, Quickest


class Ways:
    """Two ways that take as long as `takes` says, in seconds; which were called."""

    def __init__(self, *takes: float):
        self.takes, self.called, self.now = list(takes), [], 0.0

    def quickest(self) -> Quickest:
        return Quickest([lambda x, k=k: self._call(k, x) for k in range(2)], lambda: self.now)

    def _call(self, way: int, x: int) -> int:
        self.called.append(way)
        self.now += self.takes[way]
        return 10 * x

    def of(self, draw: Quickest, calls: int) -> list[int]:
        """Which ways were called in so many calls."""
        self.called.clear()
        assert [draw(x) for x in range(calls)] == [10 * x for x in range(calls)]
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
