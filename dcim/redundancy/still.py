"""A look at a network in which everything has one way, after one of which all is known. Pure.

all that falls fell so at the look before, as the same parts stand  ─▶  services and losses as they were told
nothing carries more by any loss                                    ─▶  what each part keeps: what it has now
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dcim.flow import Carried, Element, Flow, Interval, Network
from dcim.record import dataclass
from dcim.redundancy.hits import Hits
from dcim.redundancy.judge import Judge, shares
from dcim.redundancy.lines import Reader
from dcim.redundancy.situation import Look
from dcim.redundancy.verdict import Headroom, ServiceVerdict, Single
from dcim.redundancy.ways import Ways


@dataclass(frozen=True, slots=True)
class Judged:
    """What a look found of losses, and by what: see ``Verdicts``."""

    headroom: tuple[Headroom, ...]
    services: Mapping[str, ServiceVerdict]
    singles: tuple[Single, ...]


class Still:
    """Judges looks one after the other, in full where what a loss does may be otherwise than before."""

    def __init__(self) -> None:
        self._network: Network | None = None
        self._hits: Hits | None = None
        self._judged: Judged | None = None
        self._rows: dict[str, tuple[Carried, Sequence[Headroom]]] = {}
        self._reader = Reader()
        self.plain = False
        """Whether the last look was judged by its numbers alone: nothing in it contradicts the drawing."""

    def note(self, look: Look, ways: Ways, tolerance: float) -> None:
        """Note what the flow that is judged next is read from."""
        self._reader.note(look, ways, tolerance)

    def judged(self, flow: Flow, hits: Hits, before: Sequence[Headroom]) -> Judged:
        """Return what ``Judge`` finds."""
        last = self._judged if hits is self._hits and flow.network is self._network else None
        headroom = self._reader.headroom(flow) if last is not None else None
        self.plain = headroom is not None
        if headroom is None:
            headroom = self._one_way(flow)
        if headroom is None or last is None:
            judge = Judge(flow, hits, before)
            found = Judged(judge.headroom, judge.services, judge.singles)
        else:
            found = Judged(headroom, last.services, last.singles)
        self._network, self._hits = flow.network, hits
        self._judged = found if headroom is not None else None
        return found

    def _one_way(self, flow: Flow) -> tuple[Headroom, ...] | None:
        """Return what each part keeps where no loss takes anything of it; None where that is not sure.

        What carries the same by the same readings keeps the same.
        """
        carried = flow.one_way
        if carried is None:
            return None
        rows = self._rows
        for one in carried:
            name = one.element.id
            if name not in rows or rows[name][0] is not one:
                rows[name] = one, [_as_now(one.element, *each) for each in shares(flow, name, one.load)]
        known = {one.element.id for one in carried}
        return tuple([one for name in flow.network.elements if name in known for one in rows[name][1]])


def _as_now(element: Element, phase: str, unit: str, limit: float, now: Interval) -> Headroom:
    told = element.limit
    return Headroom(element.id, phase, unit, limit, told.warn, told.trip, now, now, "")
