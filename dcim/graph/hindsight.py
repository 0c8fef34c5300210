"""What was told of services and is in doubt now that more is known: what a later change hid. Pure.

    a part       up ──── looked at ┐·········· nobody looked ··········┐ silent, or otherwise: since when?
    its service  up ───────────────────┐ another part was lost: down ──────────────────────▶ goes on
    in doubt                       [···┘ it may have been down from here on already

A change of the service says itself that nobody saw when it came (its edge). What is found here is the rest: a
service that stood otherwise in the meantime for another reason, or that does not change any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import Final, NamedTuple

from dcim.graph.services import ServiceChange, Services
from dcim.graph.verdict import Standing, Tally, verdict
from dcim.record import acyclic, dataclass, field

_KEPT: Final = 64
"""Changes of one part or service that are remembered; in what came before them nothing is found."""


class Doubt(NamedTuple):
    """From ``since`` to ``until`` (UTC seconds) a service may have stood otherwise than was told.

    ``function`` tells that whether it worked is in doubt; else only whether anything was missing is.
    """

    service: str
    since: float
    until: float
    function: bool


@dataclass(frozen=True, slots=True)
@acyclic
class _Might:
    """What was told of a part in a time, and how it may have stood."""

    since: float
    until: float
    told: Standing
    might: Standing

    @property
    def tells_function(self) -> bool:
        """Whether it may have worked and not, or not and worked."""
        return self.told.function is not self.might.function


@dataclass(slots=True)
@acyclic
class _Told:
    """How something stood from ``since`` on; of a service also what its parts were at first and at last."""

    since: float
    standing: Standing
    first: Tally
    last: Tally


@dataclass(slots=True)
class _Doubted:
    """The last time of a service that was put in doubt, of its function and of its redundancy."""

    spans: dict[bool, tuple[float, float]] = field(default_factory=dict)

    def adds(self, since: float, until: float, *, function: bool) -> bool:
        """Take a span; whether it says anything new."""
        for whole in {True, function}:  # where the function is in doubt, so is all else
            low, high = self.spans.get(whole, (0.0, 0.0))
            if low <= since and until <= high:
                return False
        low, high = self.spans.get(function, (0.0, 0.0))
        touches = since <= high and low <= until
        self.spans[function] = (min(low, since), max(high, until)) if touches else (since, until)
        return True


_NONE: Final = Tally(0, 0, 0, 0)


class Hindsight:
    """Remembers for a while what was told of services and of their parts."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rank = {name: number for number, name in enumerate(services.topology.services)}
        self._parts = {one.id: frozenset(one.parts) for one in services.topology.services.values()}
        self._told: dict[str, list[_Told]] = {}
        self._doubted: dict[str, _Doubted] = {}
        for service in services.topology.services.values():
            for part in service.parts:
                self._told.setdefault(part, [_Told(0.0, services.of_part(part), _NONE, _NONE)])
        for service in services.topology.services.values():
            counted = services.counted[service.id]
            standing = services.standing[service.id]
            self._told[service.id] = [_Told(0.0, standing, counted, counted)]

    def take(
        self, parts: Iterable[str], changes: Iterable[ServiceChange], now: float, held: float
    ) -> list[Doubt]:
        """Take what stands otherwise since ``now``, and was last known to be as before at ``held``.

        ``parts``: the parts of the building; ``changes``: the services. Return what is in doubt by that.
        """
        changed = {one.service.id: one for one in changes}
        mights: dict[str, list[_Might]] = {}
        waiting: list[tuple[int, str]] = []
        for name in parts:
            if self._part(name, now, held, mights):
                self._wait(name, waiting)
        found: list[Doubt] = []
        last = ""
        while waiting:
            name = heappop(waiting)[1]
            if name == last:  # two of its parts stand otherwise
                continue
            last, change = name, changed.get(name)
            alternatives = self._alternatives(name, mights, now)
            self._note(name, now)
            found += self._doubts(name, alternatives, change)
            if change:
                alternatives += self._might(name, change.after, held, now)
            if alternatives:
                mights[name] = alternatives
            if alternatives or change:
                self._wait(name, waiting)
        return found

    def _wait(self, part: str, waiting: list[tuple[int, str]]) -> None:
        """Have the services looked at that name a part."""
        for above in self._services.topology.services_of(part):
            heappush(waiting, (self._rank[above], above))

    def _part(self, name: str, now: float, held: float, mights: dict[str, list[_Might]]) -> bool:
        """Note how a part of the building stands now, and what it may have been since ``held``.

        Return whether it stands otherwise.
        """
        told = self._told.get(name)
        if told is None:
            return False
        after = self._services.of_part(name)
        if told[-1].standing == after:
            return False
        if found := self._might(name, after, held, now):
            mights[name] = found
        _tell(told, _Told(now, after, _NONE, _NONE))
        return True

    def _might(self, name: str, after: Standing, held: float, now: float) -> list[_Might]:
        """Return what was told after ``held`` of what may have stood as it stands now."""
        return [
            _Might(held if held > one.since else one.since, until, one.standing, after)
            for one, until in self._since(name, held, now)
            if one.standing != after
        ]

    def _since(self, name: str, held: float, now: float) -> list[tuple[_Told, float]]:
        """Return what was told after ``held``, the newest first, with the time up to which it was."""
        told = self._told[name]
        newest = told[-1]
        if newest.since <= held < now:  # as mostly: nothing else was told since then
            return [(newest, now)]
        found: list[tuple[_Told, float]] = []
        until = now
        for one in reversed(told):
            if until <= held:
                break
            if one.since < until:
                found.append((one, until))
                until = one.since
        return found

    def _note(self, name: str, now: float) -> None:
        """Count the parts of a service as they stand now."""
        told, standing = self._told[name], self._services.standing[name]
        counted = self._services.counted[name]
        if standing != told[-1].standing:
            _tell(told, _Told(now, standing, counted, counted))
        else:
            told[-1].last = counted

    def _alternatives(self, name: str, mights: dict[str, list[_Might]], now: float) -> list[_Might]:
        """Return how a service may have stood while something else was told of it.

        While the same was told its parts may have changed: they are counted at the beginning and at the end.
        """
        found: list[_Might] = []
        if not mights:
            return found
        parts = self._parts[name]
        mine = [one for part in mights if part in parts for one in mights[part]]
        if not mine:
            return found
        service = self._services.topology.services[name]
        of = len(service.parts)
        begins = min([one.since for one in mine])
        for told, until in self._since(name, begins, now):
            first = [one for one in mine if one.since <= told.since < one.until]
            last = [one for one in mine if one.since < until <= one.until]
            for counted, lying in ((told.first, first), (told.last, last)):
                for one in lying:
                    counted = counted.moved(one.told, one.might)
                if lying and (might := verdict(service.needs, of, counted)) != told.standing:
                    low, high = max([one.since for one in lying]), min([one.until for one in lying])
                    found.append(_Might(max(low, told.since), min(high, until), told.standing, might))
        return found

    def _doubts(
        self, name: str, alternatives: Sequence[_Might], change: ServiceChange | None
    ) -> Iterator[Doubt]:
        """Yield what is in doubt, less what a change of the service that is told now says itself."""
        if not alternatives:
            return
        for function in (True, False):
            if _says(change, function=function):
                continue
            some = [one for one in alternatives if one.tells_function is function]
            if some:
                since, until = min([one.since for one in some]), max([one.until for one in some])
                doubted = self._doubted.setdefault(name, _Doubted())
                if doubted.adds(since, until, function=function):
                    yield Doubt(name, since, until, function)


def _tell(told: list[_Told], one: _Told) -> None:
    """Remember one more change. A list: most things of a site never change, and a deque has room for 64."""
    told.append(one)
    del told[:-_KEPT]


def _says(change: ServiceChange | None, *, function: bool) -> bool:
    """Whether the edge of a change covers a doubt: it reaches from the same moment to now."""
    if change is None:
        return False
    if change.before.function is not change.after.function:
        return True
    return not function and change.before.redundancy is not change.after.redundancy
