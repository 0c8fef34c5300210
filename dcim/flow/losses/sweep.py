"""Every single loss, quickly: what surely matters nowhere is not computed further up. Pure.

simple loss     it concerns no battery, no generator and no doubt, and nothing trips. What its feeds carried
                looks for another way; where all above a place have room for that much more, nothing is
                renewed (brief.py)
sum of losses   a board is lost as all that hangs on it alone is, if that has nothing to do with each other
same loss       a switch is lost as the board that alone hangs on it, if nothing above it has to do with that
all others      in full (whatif.py)

The outcomes are those of ``lose``, without loads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, TypeAlias

from dcim.flow.changed.base import Base
from dcim.flow.changed.spot import Known
from dcim.flow.changed.world import World
from dcim.flow.losses.brief import Brief, Briefs, only_below
from dcim.flow.losses.whatif import lose
from dcim.flow.now.rates import Rates, Row
from dcim.flow.stages.batteries import next_of
from dcim.flow.stages.limits import shares
from dcim.flow.values.interval import NOTHING, Interval
from dcim.flow.values.outcome import Outcome, Over, Stage, When
from dcim.record import dataclass, replace

Worst: TypeAlias = tuple[tuple[float, float], str]
"""What a loss does to a limit, as a share of it at least and at most, and which loss."""
_NEAR: Final = 2e-6
"""By more than that a share is smaller than another, however both are rounded."""


@dataclass(frozen=True, slots=True)
class Headroom:
    """The worst that any single loss does to a limit of an element: ``share`` of its rating, and which loss.

    ``phase`` is empty for the whole; ``limit`` is the rating in ``unit``. Of losses that are parts of others,
    those that certainly leave an element below its warning limit need not be among those that were compared.
    """

    element: str
    phase: str
    share: Interval
    lost: str
    limit: float
    unit: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """All single losses: their outcomes in the order of ``Network.losable``, and the worst of every limit.

    ``worst``: in the order of ``limits``; None where no loss was seen to matter.
    """

    outcomes: tuple[Outcome, ...]
    worst: Sequence[Worst | None]
    limits: Sequence[Row]

    @property
    def headroom(self) -> dict[tuple[str, str, str], Headroom]:
        """Return the worst of each limit by element, phase and unit."""
        return {
            (row.element, row.phase, row.unit): Headroom(
                row.element, row.phase, Interval(*one[0]), one[1], row.limit, row.unit
            )
            for row, one in zip(self.limits, self.worst, strict=True)
            if one is not None
        }


class _Watch:
    """The worst that any loss does to each limit; ``turn``: which goes first of those that do as much."""

    def __init__(self, base: Base, turn: Mapping[str, int]) -> None:
        self._turn = turn
        self.rates = base.estimate.cells.once(Rates)
        self._worst: list[Worst | None] = [None] * len(self.rates.rows)
        self._seen: dict[int, tuple[Known, int]] = {}
        """Of what was watched already, by which of the losses that come first."""

    def watch(self, world: World, places: Iterable[int], lost: Sequence[str]) -> None:
        """Remember where any limit stands worse than after any other loss."""
        worst, first, name = self._worst, self.rates.first, lost[0]
        turn = self._turn.get(name, 0)
        for at in places:
            if at not in world.scale and self._was_seen(world.known.get(at), turn):
                continue
            for row, share in enumerate(shares(world, at), first[at]):
                before = worst[row]
                if before is not None and share[1] < before[0][1] - _NEAR:
                    continue
                if before is None or _rank(share, turn) > _rank(before[0], self._turn.get(before[1], 0)):
                    worst[row] = share, name

    def _was_seen(self, known: Known | None, turn: int) -> bool:
        """Whether a place was seen to stand so by a loss that goes first; else it is seen now."""
        if known is None:
            return True
        seen = self._seen.get(id(known))
        if seen is not None and seen[1] <= turn:
            return True
        self._seen[id(known)] = known, turn
        return False

    def told(self, called: Callable[[str], str]) -> Sequence[Worst | None]:
        """Return the worst of each limit; ``called``: the name under which a loss is told."""
        names = {lost: called(lost) for lost in {one[1] for one in self._worst if one is not None}}
        return [
            one
            if one is None
            or (name := names[one[1]]) in (one[1], row.element)  # without itself it carries nothing
            else (one[0], name)
            for row, one in zip(self.rates.rows, self._worst, strict=True)
        ]


class Sweeper:
    """Goes through all single losses of a base."""

    def __init__(self, base: Base, names: Sequence[str]) -> None:
        self._base = base
        self._lost = names
        self._turn = {name: turn for turn, name in enumerate(names)}
        self._worst = _Watch(base, self._turn)
        self._whole: dict[str, Outcome] = {}  # those that were computed in full
        self._briefs = Briefs(base, self._worst.watch)

    def run(self) -> Sweep:
        """Return the sweep over all of these losses; of those that are as bad the first is told."""
        briefs = self._briefs.all(self._base.index[name] for name in self._lost if name in self._base.index)
        outcomes = tuple(self._outcome(name, briefs) for name in self._lost)
        for name in self._briefs.rise():
            lose(self._base, (name,), watch=self._worst.watch)
        return Sweep(outcomes, self._worst.told(self._called), self._worst.rates.rows)

    def _outcome(self, name: str, briefs: Mapping[int, Brief]) -> Outcome:
        brief = briefs.get(self._base.index.get(name, -1))
        if brief is None:
            return self._in_full(name)
        return Outcome((name,), tuple(self._stages(brief, briefs)))

    def _in_full(self, name: str) -> Outcome:
        if name not in self._whole:
            found = self._as_below(name)
            self._whole[name] = found or lose(self._base, (name,), watch=self._worst.watch)
        return self._whole[name]

    def _as_below(self, name: str) -> Outcome | None:
        """Return the loss of a place as that of the only one below it; None if that may be another loss."""
        at = self._base.index.get(name)
        below = only_below(self._base, at) if at is not None else None
        if at is None or below is None:
            return None
        outcome = self._in_full(self._base.names[below])
        above = {name, *(self._base.names[one] for one in self._base.spots[at].above)}
        if any(_concerns(stage, above) for stage in outcome.stages):
            return None
        self._briefs.part_of[below] = at
        return Outcome((name,), tuple(replace(one, dead=one.dead | {name}) for one in outcome.stages))

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

    def _called(self, lost: str) -> str:
        """Return the first of the losses of which this one is a part: they are as bad."""
        names, found = self._base.names, lost
        at = self._base.index.get(lost)
        while at is not None and (at := self._briefs.part_of.get(at)) is not None:
            found = min(found, names[at], key=lambda name: self._turn.get(name, len(self._turn)))
        return found


def _concerns(stage: Stage, names: AbstractSet[str]) -> bool:
    """Whether an engine starts at a stage, or it says anything of one of these."""
    told = {trip.element for trip in stage.trips} | {over.element for over in stage.over}
    return stage.when is When.ENGINES or not names.isdisjoint(told | stage.dead | stage.doubtful)


def _rank(share: tuple[float, float], turn: int) -> tuple[float, float, int]:
    """Return how bad a share is; of those that differ by what rounding leaves the first loss is the worst."""
    return round(share[1], 6), round(share[0], 6), -turn


def _told(over: Iterable[tuple[int, tuple[Over, ...]]]) -> tuple[Over, ...]:
    return tuple(one for _, mine in sorted(over, key=lambda pair: pair[0]) for one in mine)
