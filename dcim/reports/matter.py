"""What a report is made from: whose it is, of which time, and what the ledger and the site say of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol

from dcim.availability import Evidence
from dcim.availability import Period as Span
from dcim.availability.knowledge import Knowledge, joined
from dcim.contracts import Contract
from dcim.graph.node import ServiceKind
from dcim.ledger import Entry, Head
from dcim.ledger.life import latest
from dcim.ledger.signed import SignedHead
from dcim.model.fact import FactKind, Json
from dcim.people import People, Person
from dcim.reports.absent import Watched
from dcim.reports.model import Block as Part
from dcim.reports.model import Kind, Microseconds, Name, Period, Say, Section, Value
from dcim.reports.scope import NothingLike, Scope
from dcim.reports.site import Described
from dcim.rollup import Block

if TYPE_CHECKING:
    from dcim.store.work import AlertRow  # a command that asks the daemon needs no store

MARGIN: Final = 86_400_000_000
"""Microseconds around a period in which facts about it may stand: late ones, and those of a stepped clock."""

_PAGE: Final = 5_000
_FIRST_PAGE: Final = 50


_BEAT: Final = 30.0
"""Seconds between two heartbeats where none says it."""


class Record(Protocol):
    """What of the store a report reads: ``dcim.store.Reads`` fulfils it."""

    def head(self) -> Head | None:
        """Return where the chain ends."""
        ...

    def facts(self, since: int = 0, kinds: Iterable[str] = (), limit: int = 1000) -> Sequence[Entry]:
        """Return facts with a sequence above ``since``, of these kinds (all when empty), oldest first."""
        ...

    def facts_about(
        self,
        kinds: Iterable[str],
        *,
        subject: str = "",
        holds: str = "",
        until: float = inf,
        limit: int = 1000,
    ) -> Sequence[Entry]:
        """Return the newest facts of these kinds whose subject begins so, the oldest first."""
        ...

    def newest_about(self, kind: str, subject: str, before: int) -> Entry | None:
        """Return the newest fact of a kind about exactly this subject with a sequence up to ``before``."""
        ...

    def facts_of(self, kind: str, subject: str, after: int, until: int) -> Sequence[Entry]:
        """Return the facts of a kind about one subject, above ``after`` and up to ``until``, in order."""
        ...

    def facts_at(self, sequences: Sequence[int]) -> Mapping[int, Entry]:
        """Return facts by their sequences, those that there are."""
        ...

    def newest_about_each(self, kind: str, subjects: Iterable[str], before: int) -> Sequence[Entry]:
        """Return the newest fact of a kind about each of some subjects up to a sequence, if there is one."""
        ...

    def evidence(self, period: Span, *, every: bool = False) -> Evidence | None:
        """Return what facts say of a period; None of an empty ledger. ``every``: of all services at once."""
        ...

    def heads(self, since: int = 0) -> Iterator[SignedHead]:
        """Yield the signed heads above a sequence, in order."""
        ...

    def rollups(self, first: str = "", last: str = "9999") -> Sequence[Block]:
        """Return the blocks of the hours from ``first`` to ``last``, the newest version of each."""
        ...

    def people(self) -> Sequence[Person]:
        """Return everybody who stands in the record, by pseudonym; erased ones without a name."""
        ...

    def alerts(self) -> Sequence[AlertRow]:
        """Return every alert row, by key: those that stand, and how the others ended."""
        ...


@dataclass(frozen=True, slots=True)
class Matter:
    """Everything that one report is made from. ``now`` is when it is made: later facts are not its matter."""

    kind: Kind
    scope: Scope
    period: Period
    site: Described
    record: Record
    now: Microseconds
    contracts: tuple[Contract, ...] = ()
    state: Path = Path()  # the state directory, where readings are kept
    step: Any = field(default=lambda _word: None)  # told what is done, for whoever waits
    people: People = field(default_factory=People)
    _places: dict[Microseconds, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    _known: list[Knowledge] = field(default_factory=list, init=False, repr=False, compare=False)

    def person(self, *texts: str) -> Value | None:
        """Return texts that may hold pseudonyms as people read them, with names; None: there is no text."""
        said = " · ".join(filter(None, map(self.people.shown, texts)))
        return Name(said) if said else None

    @property
    def until(self) -> Microseconds:
        """Return the end of the period, or now where it is not over."""
        return min(self.period.until, self.now)

    @property
    def subject(self) -> Value:
        """Return what people call whom the report is about."""
        match self.scope.axis:
            case "":
                return Say("report.site")
            case "tenant":
                return Name(self.scope.name)
            case "room":
                return Name(self.site.rooms.get(self.scope.name, self.scope.name))
            case "rack" | "incident":
                return Say(f"report.scope.{self.scope.axis}", (Name(self.scope.name[:12]),))
            case _:
                return self.site.called(self.scope.name)

    def entries(self, kinds: Iterable[str], *, late: Microseconds = 0) -> Iterator[Entry]:
        """Yield the facts of these kinds that stand in the period, and up to ``late`` after it, in order."""
        wanted = tuple(map(str, kinds))
        for entry in self._around(wanted):
            if self.period.since <= entry.at < min(self.period.until + late, self.now + 1):
                yield entry

    def _around(self, kinds: tuple[str, ...]) -> Iterator[Entry]:
        """Yield facts from a day before the period to a day after it: found by search, not by a walk."""
        end = self.period.until + MARGIN
        unordered = self._stepped()
        for entry in self.pages(self.first_around(self.period.since), kinds):
            if entry.at >= end and not unordered:
                return
            yield entry

    def first_around(self, at: Microseconds) -> int:
        """Return a sequence up to which every fact is more than a day older than a moment.

        It is searched for once: what comes while a report is made is later than any moment of it.
        """
        found = self._places.get(at)
        if found is None:
            found = self._places[at] = 0 if self._stepped() else self._before(at - MARGIN)
        return found

    def pages(self, since: int, kinds: Iterable[str]) -> Iterator[Entry]:
        """Yield the facts of these kinds above a sequence, read page by page.

        The first pages are small: who asks whether there is any reads no thousands.
        """
        wanted, most = tuple(map(str, kinds)), _FIRST_PAGE
        while page := self.record.facts(since, wanted, most):
            yield from page
            since, most = page[-1].sequence, min(10 * most, _PAGE)

    def evidence(self, *, every: bool = False) -> Evidence | None:
        """Return what facts say of the period so far, as ``Record.evidence`` does."""
        found = self.record.evidence(Span(self.period.since, self.until), every=every)
        if found is not None:
            self._known[:] = [found.knowledge]
        return found

    def dark(self) -> tuple[Span, ...]:
        """Return when nobody watched of the period so far: as facts say, before the first and after the last.

        They are apart and in order. Where a clock went back nothing is said of the time before the first.
        What the evidence of the report knew of it is not read again.
        """
        span, known = Span(self.period.since, self.until), self.knowledge()
        if known is None:
            return joined([span])
        return joined([*self.before_first(), *known.darkness("", span)])

    def knowledge(self) -> Knowledge | None:
        """Return what the daemon knew of itself in the period so far; None: nothing is on record of it."""
        if not self._known:
            self.evidence()
        return self._known[0] if self._known else None

    def before_first(self) -> Sequence[Span]:
        """Return the time of the period before the first fact; none where a clock went back."""
        span = Span(self.period.since, self.until)
        first = [] if self._stepped() else self.record.facts(0, (), 1)
        return [Span(span.start, one.at).cut(span) for one in first if one.at > span.start]

    def unrecorded(self) -> Span | None:
        """Return the end of the period so far after the last fact on record; None where there is none.

        Nor between two heartbeats: until the next is so late that the daemon would call itself stalled, that
        is no end of the record.
        """
        known, head = self.knowledge(), self.record.head()
        if known is None or head is None:
            return None
        beats = self.newest_before(FactKind.HEARTBEAT, (self.site.id,), head.sequence).values()
        late = latest(max((float(body_of(one)["lasts"]) for one in beats), default=_BEAT))
        span = Span(known.until, self.until).cut(Span(self.period.since, self.until))
        return span if span.length > late * 1_000_000 else None

    def newest(self) -> Entry | None:
        """Return the newest fact of the ledger; None where there is none."""
        head = self.record.head()
        found = self.record.facts(head.sequence - 1, (), 1) if head and head.sequence else ()
        return found[0] if found else None

    def newest_before(self, kind: str, subjects: Collection[str], before: int) -> dict[str, Entry]:
        """Return the newest fact of a kind about each of some subjects up to a sequence (0: before all)."""
        found = self.record.newest_about_each(kind, subjects, before) if before else ()
        return {one.subject: one for one in found}

    def signed(self) -> SignedHead | None:
        """Return the newest signed head; None where none of the newest facts has one."""
        head = self.record.head()
        found: SignedHead | None = None
        for found in self.record.heads(max(0, (head.sequence if head else 0) - _PAGE)):  # noqa: B007
            continue
        return found

    def _before(self, at: Microseconds) -> int:
        """Return a sequence before which every fact is older than ``at``."""
        head = self.record.head()
        low, high = 0, head.sequence if head else 0
        while low < high:
            middle = (low + high) // 2
            found = self.record.facts(middle, (), 1)
            if found and found[0].at < at:
                low = middle + 1
            else:
                high = middle
        return max(0, low - 1)

    def _stepped(self) -> bool:
        """Whether a clock ever went back by so much that the order of facts says nothing of their time."""
        steps = self.record.facts(0, (FactKind.CLOCK_STEPPED,), _PAGE)
        return any(-float(body_of(one).get("offset", 0.0)) * 1e6 > MARGIN / 2 for one in steps)

    def within(self) -> frozenset[str] | None:
        """Return the devices, parts and services in scope; None: everything. Raises ``NothingLike``."""
        site, name = self.site, self.scope.name
        match self.scope.axis:
            case "" | "incident":
                return None
            case "tenant":
                found = site.of_tenant(name)
                return _some(found, "tenant", name, site.tenants)
            case "service":
                service = site.service(name)
                known = [one.id for one in site.wiring.services]
                return _some(
                    {name, *(service.parts if service else ())} if service else (), "service", name, known
                )
            case "device":
                return _some({name} & site.things.keys(), "device", name, list(site.things))
            case _:
                return _placed(site, self.scope)

    def services(self) -> tuple[str, ...]:
        """Return the services in scope: those that a statement of availability is about."""
        mine = self.within()
        if self.scope.axis == "service":
            return (self.scope.name,)
        promised = (one for one in self.site.wiring.services if one.kind is not ServiceKind.FEED)
        return tuple(one.id for one in promised if mine is None or one.id in mine)


def _placed(site: Described, scope: Scope) -> frozenset[str]:
    """Return what stands in a room or a rack, and the services for it."""
    axis, name = scope.axis, scope.name
    things = {one.id for one in site.things.values() if getattr(one, axis) == name}
    nodes = {one.id for one in site.wiring.nodes if getattr(one, axis) == name}
    kinds = (ServiceKind.COOLING,) if axis == "room" else (ServiceKind.POWER, ServiceKind.FEED)
    services = {
        one.id
        for one in site.wiring.services
        if getattr(one, axis) == name or (one.subject == name and one.kind in kinds)
    }
    known = {getattr(one, axis) for one in site.things.values()} - {""}
    return _some(things | nodes | services, axis, name, sorted(known))


def _some(found: Iterable[str], axis: str, name: str, known: Sequence[str]) -> frozenset[str]:
    mine = frozenset(found)
    if not mine:
        there = ", ".join(known[:20]) or "none"
        msg = f"the site has no {axis} {name!r}; there are: {there}"
        raise NothingLike(msg)
    return mine


def body_of(entry: Entry) -> Mapping[str, Any]:
    """Return the body of a fact."""
    body: Mapping[str, Any] = json.loads(entry.body)
    return body


@dataclass(frozen=True, slots=True)
class Parts:
    """What one kind of report adds to the frame that all have: sections, the claim, the facts it rests on."""

    sections: tuple[Section, ...]
    claim: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))
    evidence: tuple[str, ...] = ()
    watched: Sequence[Watched] = ()
    """How long each thing that the report is about was watched; empty: as long as the daemon did."""
    redundancy: Sequence[Watched] = ()
    """How long it was known whether anything of it was missing, where that is another time."""


def section(title: str, *blocks: Part) -> Section:
    """Return a section under a title of the vocabulary."""
    return Section(Say(f"report.{title}"), blocks)
