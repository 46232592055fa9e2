"""Turns are fair by cost, and nobody who asks for little is sent away."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.decoding.fair_line import Busy, FairLine


def all_taken(line: FairLine) -> list:
    taken = []
    while line:
        taken.append(line.take()[0])
    return taken


def test_one_owner_has_them_in_order():
    line: FairLine[int] = FairLine()
    for k in range(5):
        line.put("a", k, 3.0)
    assert all_taken(line) == [0, 1, 2, 3, 4]


def test_who_asks_for_little_is_next_however_much_others_wait_for():
    line: FairLine[str] = FairLine()
    for k in range(1000):
        line.put("greedy", f"g{k}", 1.0)
    first = [line.take()[0] for _ in range(10)]
    line.put("honest", "h", 1.0)
    assert first == [f"g{k}" for k in range(10)]
    assert "h" in {line.take()[0], line.take()[0]}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.5, 5.0)), min_size=1, max_size=80))
def test_while_two_wait_neither_gets_more_than_an_item_ahead(asked):
    """The bound of the paper: the work that two owners get differs by at most an item of each."""
    line: FairLine[tuple] = FairLine()
    left: dict[str, float] = {}
    for owner, cost in asked:
        line.put(owner, (owner, cost), cost)
        left[owner] = left.get(owner, 0.0) + cost
    largest = {o: max(c for own, c in asked if own == o) for o in left}
    had = dict.fromkeys(left, 0.0)
    while line:
        (owner, cost), told = line.take()
        assert told == cost
        waiting = [o for o in left if left[o] - had[o] > 1e-9]
        had[owner] += cost
        for one in waiting:
            for other in waiting:
                assert had[one] - had[other] <= largest[one] + largest[other] + 1e-9
    assert all(math.isclose(had[o], left[o]) for o in left)


def test_who_is_charged_twice_has_half_the_turns():
    line: FairLine[str] = FairLine()
    for _ in range(30):
        line.put("grid", "g", 1.0, charged=2.0)
        line.put("hand", "h", 1.0)
    first = [line.take()[0] for _ in range(30)]
    assert 19 <= first.count("h") <= 21


def test_nobody_saves_up_turns():
    line: FairLine[str] = FairLine()
    for k in range(20):
        line.put("busy", f"b{k}", 1.0)
    for _ in range(10):
        line.take()
    for k in range(5):  # it asked for nothing so far
        line.put("late", f"l{k}", 1.0)
    nine = [line.take()[0][0] for _ in range(9)]
    assert 4 <= nine.count("l") <= 5


def test_too_much_is_refused_to_who_asks_for_much_alone():
    line: FairLine[int] = FairLine(most=100.0)
    for _ in range(90):
        line.put("greedy", 0, 1.0)
    with pytest.raises(Busy, match="expected at most 0 seconds of work to wait"):
        line.check("greedy", 20.0)
    line.check("honest", 5.0)
    for owner in range(30):
        line.check(owner, 1.0)
        line.put(owner, 0, 1.0)
    all_taken(line)
    line.check("greedy", 20.0)


def test_owners_who_went_away_are_forgotten():
    line: FairLine[int] = FairLine()
    line.put("stays", 0, 1.0)
    for owner in range(5000):  # never empty
        line.put(owner, 0, 1.0)
        line.put("stays", 0, 1.0)
        line.take()
        line.take()
    assert len(line) == 1
    assert len(line._until) < 500
