"""A look at a network in which everything has one way, after one of which all is known. Pure.

all that falls fell so at the look before, as the same parts stand  ─▶  services and losses as they were told
nothing carries more by any loss                                    ─▶  what each part keeps: what it has now
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dcim.flow import Flow, Network
from dcim.record import dataclass
from dcim.redundancy.hits import Hits
from dcim.redundancy.judge import Judge
from dcim.redundancy.limits import still
from dcim.redundancy.lines import Reader
from dcim.redundancy.rows import Rows
from dcim.redundancy.situation import Look
from dcim.redundancy.verdict import Headroom, ServiceVerdict, Single
from dcim.redundancy.ways import Ways


@dataclass(frozen=True, slots=True)
class Judged:
    """What a look found of losses, and by what: see ``Verdicts``."""

    headroom: Rows
    services: Mapping[str, ServiceVerdict]
    singles: tuple[Single, ...]


class Still:
    """Judges looks one after the other, in full where what a loss does may be otherwise than before."""

    def __init__(self) -> None:
        self._network: Network | None = None
        self._hits: Hits | None = None
        self._judged: Judged | None = None
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
        if headroom is None and flow.is_still:
            headroom = still(flow)
        if headroom is None or last is None:
            judge = Judge(flow, hits, before)
            found = Judged(judge.headroom, judge.services, judge.singles)
        else:
            found = Judged(headroom, last.services, last.singles)
        self._network, self._hits = flow.network, hits
        self._judged = found if headroom is not None else None
        return found
