"""Whose turn it is when many ask for more than there is time for.

Start-time fair queueing (Goyal, Vin & Cheng 1996): everything that waits has a tag, the time at
which its owner's turn for it would begin if all owners were served at once, each at the same speed;
the least tag goes first. So an owner that asks for a thousand things waits for itself, and one that
asks for little is next, whoever else waits. Nobody saves up turns while asking for nothing.
"""

import heapq
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

from explorer.language.text import _

Item = TypeVar("Item")


class Busy(ValueError):
    """More waits than will be drawn soon, and this asks for more than its share of it."""


class Waiting(NamedTuple, Generic[Item]):
    """tag: when its turn would begin. order: parts equal tags, first come first."""

    tag: float
    order: int
    cost: float
    item: Item


class FairLine(Generic[Item]):
    """Items with costs, of many owners. Costs are milliseconds of work, estimated.

    most: of the costs that wait. Beyond it an owner may still have its share of `most`, so that
    those who ask for little are never sent away by those who ask for much.
    """

    def __init__(self, most: float = float("inf")):
        self._most = most
        self._heap: list[Waiting[Item]] = []
        self._now = 0.0  # the tag of what was taken last
        self._until: dict[Hashable, float] = {}  # owner -> when its turns for all it has are over
        self._count = 0
        self.cost = 0.0  # of all that waits

    def __len__(self) -> int:
        return len(self._heap)

    def check(self, owner: Hashable, cost: float) -> None:
        """Raises Busy where so much more of this owner is too much."""
        has = max(0.0, self._until.get(owner, 0.0) - self._now) + cost
        if self.cost + cost > self._most and has > self._most / (1 + len(self._until)):
            raise Busy(
                _(
                    "expected at most {most:.0f} seconds of work to wait for this server; found "
                    "{cost:.0f}; ask again in a moment, or for fewer faces"
                ).format(most=self._most / 1000, cost=self.cost / 1000)
            )

    def put(self, owner: Hashable, item: Item, cost: float, charged: float | None = None) -> None:
        """The last of this owner. charged: what its turns count, where that is not the cost."""
        tag = max(self._now, self._until.get(owner, 0.0))
        self._until[owner] = tag + (cost if charged is None else charged)
        self._count += 1
        self.cost += cost
        heapq.heappush(self._heap, Waiting(tag, self._count, cost, item))

    def take(self) -> tuple[Item, float]:
        """What is next, and its cost. Raises IndexError where nothing waits."""
        tag, _order, cost, item = heapq.heappop(self._heap)
        self._now = tag
        self.cost -= cost
        if not self._heap:  # nobody has had more than anybody who comes now
            self._now, self.cost = 0.0, 0.0
            self._until.clear()
        elif len(self._until) > 2 * len(self._heap) + 64:  # the others went away or had their turns
            self._until = {owner: t for owner, t in self._until.items() if t > tag}
        return item, cost
