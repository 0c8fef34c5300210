"""Every single loss, quickly: what surely matters nowhere is not computed further up. Pure.

simple loss     it concerns no battery, no generator and no doubt, and nothing trips. What its feeds carried
                looks for another way; where all above a place have room for that much more, nothing is
                renewed (brief.py)
sum of losses   a board is lost as all that hangs on it alone is, if that has nothing to do with each other
all others      in full (whatif.py)

The outcomes are those of ``lose``, without loads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dcim.flow.base import Base
from dcim.flow.batteries import next_of
from dcim.flow.brief import Brief, Briefs
from dcim.flow.interval import NOTHING, Interval
from dcim.flow.limits import shares
from dcim.flow.outcome import Outcome, Over, Stage, When
from dcim.flow.whatif import lose
from dcim.flow.world import World


@dataclass(frozen=True, slots=True)
class Headroom:
    """The worst that any single loss does to a limit of an element: ``share`` of its rating, and which loss.

    ``phase`` is empty for the whole; ``limit`` is the rating in ``unit``. Losses that certainly leave an
    element below its warning limit need not be among those that were compared.
    """

    element: str
    phase: str
    share: Interval
    lost: str
    limit: float
    unit: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """All single losses: their outcomes in the order of ``Network.losable``, and the worst of every limit."""

    outcomes: tuple[Outcome, ...]
    headroom: Mapping[tuple[str, str, str], Headroom]


class Sweeper:
    """Goes through all single losses of a base."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._worst: dict[tuple[int, int], tuple[tuple[float, float], str]] = {}
        self._turn: dict[str, int] = {}
        self._briefs = Briefs(base, self._watch)

    def run(self, names: Iterable[str]) -> Sweep:
        """Return the sweep over the loss of each of these; of losses that are as bad the first is told."""
        lost = tuple(names)
        self._turn = {name: turn for turn, name in enumerate(lost)}
        briefs = self._briefs.all(self._base.index[name] for name in lost if name in self._base.index)
        outcomes = tuple(self._outcome(name, briefs) for name in lost)
        return Sweep(outcomes, self._headroom())

    def _outcome(self, name: str, briefs: Mapping[int, Brief]) -> Outcome:
        brief = briefs.get(self._base.index.get(name, -1))
        if brief is None:
            return lose(self._base, (name,), watch=self._watch)
        return Outcome((name,), tuple(self._stages(brief, briefs)))

    def _stages(self, brief: Brief, briefs: Mapping[int, Brief]) -> Iterator[Stage]:
        """Yield how it stands at once, and whenever one of the batteries is empty."""
        dead, over = brief.dead, brief.at_once
        due = {at: self._briefs.due(at) for at in brief.waits}
        names = self._base.names
        endurance = tuple(self._briefs.endurance(at) for at in due)
        yield Stage(
            When.AT_ONCE,
            NOTHING,
            dead,
            frozenset(),
            frozenset(names[at] for at in due),
            (),
            _told(over),
            {},
            endurance,
        )
        while due:
            group = next_of(due)
            after = Interval(min(due[at].ends.lo for at in group), max(due[at].ends.hi for at in group))
            due = {at: one for at, one in due.items() if at not in group}
            dead = dead.union(*(briefs[at].dead for at in group))
            over = (*over, *(one for at in group for one in briefs[at].over))
            emptied = frozenset(names[at] for at in group)
            discharging = frozenset(names[at] for at in due)
            endurance = tuple(self._briefs.endurance(at) for at in due)
            yield Stage(
                When.EMPTY,
                after,
                dead,
                frozenset(),
                discharging,
                (),
                _told(over),
                {},
                endurance,
                emptied=emptied,
            )

    def _watch(self, world: World, places: Iterable[int], lost: Sequence[str]) -> None:
        """Remember where any limit stands worse than after any other loss."""
        worst, name = self._worst, lost[0]
        turn = self._turn.get(name, 0)
        for at in places:
            for number, share in enumerate(shares(world, at)):
                before = worst.get((at, number))
                if before is None or _rank(share, turn) > _rank(before[0], self._turn.get(before[1], 0)):
                    worst[at, number] = share, name

    def _headroom(self) -> dict[tuple[str, str, str], Headroom]:
        found = {}
        for (at, number), (share, lost) in sorted(self._worst.items()):
            spot = self._base.spots[at]
            cap = spot.caps[number]
            phase = spot.element.lines[cap.line] if cap.line >= 0 else ""
            told = Headroom(
                spot.element.id, phase, Interval(*share), self._called(lost), cap.amount, cap.unit
            )
            found[spot.element.id, phase, cap.unit] = told
        return found

    def _called(self, lost: str) -> str:
        """Return the first of the losses of which this one is a part: they are as bad."""
        names, found = self._base.names, lost
        at = self._base.index.get(lost)
        while at is not None and (at := self._briefs.part_of.get(at)) is not None:
            found = min(found, names[at], key=lambda name: self._turn.get(name, len(self._turn)))
        return found


def _rank(share: tuple[float, float], turn: int) -> tuple[float, float, int]:
    return round(share[1], 6), share[0], -turn


def _told(over: Iterable[tuple[int, tuple[Over, ...]]]) -> tuple[Over, ...]:
    return tuple(one for _, mine in sorted(over, key=lambda pair: pair[0]) for one in mine)
