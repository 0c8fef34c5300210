"""A look at a network in which everything has one way, after one of which all is known. Pure.

all that falls fell so at the look before, as the same parts stand  ─▶  services and losses as they were told
nothing carries more by any loss                                    ─▶  what each part keeps: what it has now
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dcim.flow import Element, Flow, Interval, Network
from dcim.record import dataclass
from dcim.redundancy.hits import Hits
from dcim.redundancy.judge import Judge, shares
from dcim.redundancy.verdict import Headroom, ServiceVerdict, Single


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

    def judged(self, flow: Flow, hits: Hits, before: Sequence[Headroom]) -> Judged:
        """Return what ``Judge`` finds."""
        headroom = _one_way(flow)
        last = self._judged
        if headroom is None or last is None or hits is not self._hits or flow.network is not self._network:
            judge = Judge(flow, hits, before)
            found = Judged(judge.headroom, judge.services, judge.singles)
        else:
            found = Judged(headroom, last.services, last.singles)
        self._network, self._hits = flow.network, hits
        self._judged = found if headroom is not None else None
        return found


def _one_way(flow: Flow) -> tuple[Headroom, ...] | None:
    """Return what each part keeps where no loss takes anything of it; None where that is not sure."""
    carried = flow.one_way
    if carried is None:
        return None
    found = {
        one.element.id: [_as_now(one.element, *each) for each in shares(flow, one.element.id, one.load)]
        for one in carried
    }
    return tuple([one for name in flow.network.elements for one in found.get(name, ())])


def _as_now(element: Element, phase: str, unit: str, limit: float, now: Interval) -> Headroom:
    told = element.limit
    return Headroom(element.id, phase, unit, limit, told.warn, told.trip, now, now, "")
