"""When which incident is to be told of next: those of which nothing is owed cost nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush, nsmallest
from math import inf

from dcim.incidents.case import Case


class Agenda:
    """The open incidents of which a message is planned. ``cases``: those that stand, by id.

    A plan that changed, or whose incident is over, stays listed until its moment and is passed over then.
    """

    def __init__(self, cases: Mapping[str, Case]) -> None:
        self._cases = cases
        self._turns: list[tuple[float, str]] = []  # a heap: when which incident is due
        self._due: dict[str, float] = {}  # those whose moment has come, and that wait for their turn

    def plan(self, case: Case) -> None:
        """List when the next message of an incident is due."""
        if case.due is not None:
            heappush(self._turns, (case.due, case.id))

    def next_at(self) -> float:
        """Return the next moment at which one is due, ``inf`` for none; of several that have come, any."""
        for name, at in self._due.items():
            if self._is_planned(at, name):
                return at
        while self._turns and not self._is_planned(*self._turns[0]):
            heappop(self._turns)
        return self._turns[0][0] if self._turns else inf

    def due(self, now: float, most: int) -> list[Case]:
        """Return so many incidents as are due, in the order of ``Case.turn``."""
        while self._turns and self._turns[0][0] <= now:
            at, name = heappop(self._turns)
            if self._is_planned(at, name):
                self._due[name] = at
        self._due = {name: at for name, at in self._due.items() if self._is_planned(at, name)}
        return nsmallest(most, (self._cases[name] for name in self._due), key=Case.turn)

    def _is_planned(self, at: float, name: str) -> bool:
        case = self._cases.get(name)
        return case is not None and case.due == at
