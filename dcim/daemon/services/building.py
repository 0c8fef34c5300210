"""The building at work: after every poll the services that depend on that device, and no others.

    poll, or none ─▶ Witness: what fresh readings say ─▶ Services ─▶ changes ─▶ a batch, a fact, a log line
    time ─▶ readings grow too old ─┘

A service is an asset of its own that nobody polls: its function and redundancy are points like any other, so
that rules, history, page and Prometheus see them. Nothing is told before every device was asked once.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush, heapreplace
from typing import Final

import structlog

from dcim.alerts import Language
from dcim.clock import SystemClock
from dcim.daemon.services.lastsaid import NEVER, LastSaid, hold, seen
from dcim.daemon.services.promises import Promises
from dcim.daemon.services.standings import doubted, log_change, stated
from dcim.daemon.stormlog import StormLog
from dcim.graph import (
    Doubt,
    Hindsight,
    Redundancy,
    Service,
    ServiceChange,
    ServiceKind,
    Services,
    Standing,
    State,
    Topology,
    Wiring,
    Witness,
)
from dcim.model import Address, Asset, Batch, Health, Kind, Lane, Layout, Meaning, Point, state_code
from dcim.model.fact import Fact
from dcim.record import dataclass
from dcim.series import Freshness, Newest
from dcim.words import Words, words

log = structlog.get_logger()

FUNCTION: Final = "service_function_state"
REDUNDANCY: Final = "service_redundancy_state"
AGAIN: Final = 30.0
"""Seconds after which a service is said again although nothing changed."""

_FUNCTIONS: Final = {State.UP: Health.OK, State.DOWN: Health.CRITICAL, State.UNKNOWN: Health.UNKNOWN}
_REDUNDANCIES: Final = {
    Redundancy.FULL: Health.OK,
    Redundancy.REDUCED: Health.WARNING,
    Redundancy.UNKNOWN: Health.UNKNOWN,
}
_NONE: Final[list[Batch]] = []
_AROUND: Final = 100
_AT_ONCE: Final = 250
"""Devices at most whose readings grew too old, in one turn of the loop."""
_TOGETHER: Final = 5.0
"""Seconds by which what would come soon is done early, with what is due: doing many at once is cheaper."""
_AT_A_TIME: Final = 50
"""Services that are told again early, at most."""

_CODES: Final = {str(word): state_code(word) for word in (*_FUNCTIONS, *_REDUNDANCIES)}
_STATES: Final = (
    {_CODES[word]: Meaning(word, health) for word, health in _FUNCTIONS.items()},
    {_CODES[word]: Meaning(word, health) for word, health in _REDUNDANCIES.items()},
)


def service_assets(wiring: Wiring, assets: Sequence[Asset], said: Words) -> tuple[Asset, ...]:
    """Return what is told of as assets that nobody polls, as quick as the slowest device under each.

    They are named in the language of the site: ``Froid Salle 1``.
    """
    intervals = {asset.id: asset.interval for asset in assets}
    site = next((asset.site for asset in assets), "")
    for service in wiring.services:  # a service comes after those it needs
        under = [intervals[part] for part in service.parts if part in intervals]
        intervals[service.id] = max(under, default=0.0)
    return tuple(
        Asset(
            id=service.id,
            name=_name(service, said),
            kind=Kind.SERVICE,
            collector="",
            address=Address(""),
            site=site,
            room=service.room,
            rack=service.rack,
            tenant=service.tenant,
            interval=max(AGAIN, intervals[service.id]),
        )
        for service in _told(wiring.services)
    )


def _name(service: Service, said: Words) -> str:
    name = service.name or service.id
    return name if service.kind is ServiceKind.OTHER else f"{said(f'service.{service.kind}')} {name}"


def _told(services: Iterable[Service]) -> Iterator[Service]:
    """Yield the services that people are told of: a feed shows in the rack that it is a part of."""
    return (service for service in services if service.kind is not ServiceKind.FEED)


@dataclass(frozen=True, slots=True)
class Stands:
    """How a service stands, and since when (UTC seconds; at the earliest since the daemon knows)."""

    service: Service
    standing: Standing
    since: float


class Building:
    """Keeps the services current. ``note`` takes facts; times are UTC seconds."""

    def __init__(
        self,
        wiring: Wiring,
        assets: Sequence[Asset],
        newest: Newest,
        freshness: Freshness,
        note: Callable[[Sequence[Fact]], None],
        said: Words | None = None,
    ) -> None:
        self.assets = service_assets(wiring, assets, said or words(Language.EN))
        """The services that people are told of, as assets that nobody polls."""
        self.log = StormLog("changes of services", SystemClock().monotonic)
        """What is said of changes to whoever reads the log; who plays on another clock gives another one."""
        self.topology = Topology(wiring)
        self.services = Services(self.topology)
        self._hindsight = Hindsight(self.services)
        self._newest = newest
        self._freshness = freshness
        self._note = note
        self._intervals = {asset.id: asset.interval for asset in assets if asset.id in self.topology}
        self._known: dict[str, LastSaid] = {}
        self._ends: list[tuple[float, str]] = []  # when something that a device said grows too old
        self._layouts = {service.id: _layout(service) for service in _told(wiring.services)}
        self._since: dict[str, float] = {}
        self._again: list[tuple[float, str]] = []
        self.begun = False
        """Whether services are told of already."""
        self.promises = Promises()
        """What the ledger knows of what is promised; until the daemon has said so, nothing is recorded."""

    def __contains__(self, asset_id: str) -> bool:
        """Whether this is a service."""
        return asset_id in self._layouts

    def stands(self, service_id: str) -> Stands | None:
        """Return how a service stands; None when there is none."""
        service = self.topology.services.get(service_id)
        if service is None:
            return None
        return Stands(service, self.services.standing[service_id], self._since.get(service_id, 0.0))

    def begin(self, now: float) -> list[Batch]:
        """Tell how every service stands, once each device has been asked; nothing was told before."""
        if self.begun:
            return []
        self.begun = True
        for number, name in enumerate(self._layouts):  # spread over the time between two tellings
            heappush(self._again, (now + AGAIN * (1 + number / len(self._layouts)), name))
        self._since = dict.fromkeys(self._layouts, now)
        nothing = Standing()
        services, standing = self.topology.services, self.services.standing
        found = [ServiceChange(services[name], nothing, standing[name]) for name in self._layouts]
        if facts := list(self._first(found, now)):
            self._note(facts)
        if found:
            working = sum(change.after.function is State.UP for change in found)
            log.info("services", known_to_work=working, of=len(found))
        return [self.tell(name, now) for name in self._layouts]

    def restate(self, now: float) -> list[Fact]:
        """Return how every service stands, whatever was said of it; nothing before they are told of."""
        services, standing, nothing = self.topology.services, self.services.standing, Standing()
        names = self._layouts if self.begun else ()
        told = [ServiceChange(services[name], nothing, standing[name]) for name in names]
        return [stated(change, self.services.parts(change.service.id), now, now) for change in told]

    def looked(self) -> dict[str, float]:
        """Return of each service when the last of all that shows how it stands had been looked at.

        A part shows by what its device says and by what its neighbours say. Nothing of what nobody looks at.
        """
        found: dict[str, float] = {}
        for service in self.topology.services.values():  # a service comes after those it needs
            looks = [found[part] if part in found else self._looked_at(part) for part in service.parts]
            found[service.id] = min(looks, default=NEVER)
        return {name: at for name, at in found.items() if at != NEVER}

    def _looked_at(self, part: str) -> float:
        known = self._known.get(part)
        own = [] if known is None else [at for at in seen(known.batches, known.fresh) if at != NEVER]
        return min([*own, *self._seen_around(part)], default=NEVER)

    def _first(self, found: Sequence[ServiceChange], now: float) -> Iterator[Fact]:
        """Yield what is promised where that is new, and how each service stands of which a thing is known."""
        yield from self.promises.facts(self.topology, self._lasts(), now)
        for change in found:
            if change.after != change.before:
                yield stated(change, self.services.parts(change.service.id), now, now)

    def _lasts(self) -> dict[str, float]:
        """Return for how many seconds at most what each device says of its part counts."""
        fast = {name: self._freshness.lasts(Lane.FAST, one) for name, one in self._intervals.items()}
        return {
            name: max([one, *(self._known[name].lasts if name in self._known else ())])
            for name, one in fast.items()
        }

    def polled(self, asset_id: str, now: float) -> list[Batch]:
        """Look at a device after a poll of it, answered or not; return the services that stand otherwise."""
        interval = self._intervals.get(asset_id)
        if interval is None:
            return _NONE
        batches = self._newest.batches(asset_id)
        known = self._known.get(asset_id)
        found = _NONE
        if known is not None:
            same = known.version == self._newest.version or self._is_as_before(known, asset_id, batches)
            if same and known.goes_on(batches, now):
                known.batches = batches
                if not known.waiting:
                    self._expect(asset_id, known)
                return _NONE
            if known.lapsed(batches, now):  # before anybody looked: it did not count for a time
                found = self._look(asset_id, interval, known.batches, now)
        return [*found, *self._look(asset_id, interval, batches, now)]

    def goes_on(self, asset_id: str, now: float) -> bool:
        """Take a poll after which nothing stands otherwise; False where ``polled`` is to look."""
        if asset_id not in self._intervals:
            return True
        known = self._known.get(asset_id)
        batches = self._newest.batches(asset_id)
        if known is None or not known.waiting or known.version != self._newest.version:
            return False
        if not known.goes_on(batches, now):
            return False
        known.batches = batches
        return True

    def _is_as_before(self, known: LastSaid, asset_id: str, batches: Sequence[Batch]) -> bool:
        """Whether a device has the layouts it had at the last look, and is not frozen."""
        if self._newest.is_frozen(asset_id) or not known.witness.fits(batches):
            return False
        known.version = self._newest.version
        return True

    def _look(self, asset_id: str, interval: float, batches: Sequence[Batch], now: float) -> list[Batch]:
        """Take what a device said last as far as it counts."""
        known = self._known.get(asset_id)
        if known is None or not known.witness.fits(batches):
            known = self._known[asset_id] = self._met(asset_id, interval, batches, known)
        fresh = tuple([-lasts <= now - one.at <= lasts for one, lasts in zip(batches, known.lasts)])  # noqa: B905
        if self._newest.is_frozen(asset_id):
            fresh = (False,) * len(batches)
        counted, fresh = fresh, hold(batches, fresh, known.lasts)
        said = known.witness.read(batches, fresh)
        held = now if said is known.said else known.held(batches, counted, now)
        known.batches, known.fresh = batches, fresh
        if not known.waiting:
            self._expect(asset_id, known)
        if said is known.said:
            return []
        known.said = said
        parts, changes = self.services.taken(asset_id, said)
        if parts and held == now:
            held = min(self._seen_around(asset_id), default=now)
        found = self._changed(changes, now, held)
        if doubts := self._hindsight.take(parts, changes, now, held):
            self._doubt(doubts, now)
        return found

    def tick(self, now: float) -> list[Batch]:
        """Look at what has grown too old, and tell again what was told long ago."""
        found: list[Batch] = []
        if self._ends and self._ends[0][0] < now:
            for asset_id in self._ended(now):
                self._known[asset_id].waiting = False
                found += self.polled(asset_id, now)
        if self._again and self._again[0][0] <= now:
            until = now + _TOGETHER
            while self._again[0][0] <= until and (self._again[0][0] <= now or len(found) < _AT_A_TIME):
                due, name = heappop(self._again)
                heappush(self._again, (max(due + AGAIN, now), name))
                found.append(self.tell(name, now))
        return found

    def _ended(self, now: float) -> Iterator[str]:
        """Yield the devices of which something has grown too old; put off all that have spoken since.

        Those that would come in the next seconds are put off with them: many at once are cheaper.
        """
        ends, until = self._ends, now + _TOGETHER
        for _ in range(_AT_ONCE):  # the others come with the next tick: thousands may fall silent together
            if not ends or ends[0][0] >= until:
                return
            end, asset_id = ends[0]
            later = self._known[asset_id].end
            if later is not None and later >= max(now, end) and later > end:
                heapreplace(ends, (later, asset_id))
            elif end < now:
                yield heappop(ends)[1]
            else:
                return

    def tell(self, service_id: str, now: float) -> Batch:
        """Return how a service stands as the batch of its points."""
        standing = self.services.standing[service_id]
        codes = (_CODES[standing.function], _CODES[standing.redundancy])
        return Batch(self._layouts[service_id], now, array("d", codes))

    def _met(
        self, asset_id: str, interval: float, batches: Sequence[Batch], before: LastSaid | None
    ) -> LastSaid:
        """Go through the layouts of a device once; what tells nothing of its part never counts."""
        witness = Witness(self.topology.nodes[asset_id].kind, [batch.layout for batch in batches])
        lasts = [self._freshness.lasts(batch.layout.lane, interval) for batch in batches]
        counts = tuple(one if at in witness.used else -1.0 for at, one in enumerate(lasts))
        made = LastSaid(witness, counts)
        if before is not None:
            made.batches, made.fresh, made.waiting = before.batches, before.fresh, before.waiting
        return made

    def _seen_around(self, asset_id: str) -> Iterator[float]:
        """Yield when its neighbours were last looked at: until now they alone showed how a silent device is.

        Those that say nothing themselves hand on to their own neighbours, as far as ``_AROUND`` of them.
        """
        waiting, around = [asset_id], self.topology
        for name in waiting:  # grows while it is walked
            known = self._known.get(name)
            counted = [] if known is None else [at for at in seen(known.batches, known.fresh) if at != NEVER]
            if counted and name != asset_id:
                yield from counted
            elif len(waiting) < _AROUND:
                near = (*around.parents(name), *around.children(name), *around.meters(name))
                waiting += [one for one in near if one not in waiting]

    def _expect(self, asset_id: str, known: LastSaid) -> None:
        """Remember to look when the first of what was said grows too old; a later poll puts it off."""
        end = known.end
        if end is not None:
            known.waiting = True
            heappush(self._ends, (end, asset_id))

    def _changed(self, changes: Sequence[ServiceChange], now: float, held: float) -> list[Batch]:
        told = [change for change in changes if change.service.id in self]
        if not told or not self.begun:
            return []
        self._record(told, now, held)
        return [self.tell(change.service.id, now) for change in told]

    def _doubt(self, doubts: Iterable[Doubt], now: float) -> None:
        """Record what was told and is in doubt by now; nothing before services are told of."""
        if facts := [doubted(one, now) for one in doubts if self.begun and one.service in self]:
            self._note(facts)

    def _record(self, changes: Sequence[ServiceChange], now: float, held: float) -> None:
        for change in changes:
            self._since[change.service.id] = now
        facts = [stated(change, self.services.parts(change.service.id), now, held) for change in changes]
        for change, fact in zip(changes, facts, strict=True):
            log_change(self.log, change, fact)
        self._note(facts)


def _layout(service: Service) -> Layout:
    points = (Point(service.id, FUNCTION), Point(service.id, REDUNDANCY))
    return Layout(service.id, Lane.FAST, points, _STATES, ("services", "services"), own=True)
