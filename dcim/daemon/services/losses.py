"""What would be if something were lost, all the time: readings go to a child process, points come back.

newest, evidence ─▶ Values ─▶ child ─▶ Verdicts ─▶ Publisher ─▶ points ─▶ watch, history, /metrics
                                               ├─▶ services that no longer survive a loss: facts
                                               └─▶ what rooms swallow: memories, for the next run

The loop gives up the processor after every few devices, and waits for the child as for any device: no poll
is late because of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Final, cast

import structlog

from dcim.clock import Clock
from dcim.daemon.itself import OWN
from dcim.daemon.services.building import Building
from dcim.daemon.services.gathered import Gathered
from dcim.daemon.services.meant import feed_of, room_of
from dcim.flow import MODULE, Interval, Network, network_of
from dcim.model import Batch, Memory
from dcim.model.fact import Body, Fact, FactKind
from dcim.notify.notices.headline import name_of
from dcim.record import replace
from dcim.redundancy import (
    Answer,
    Asks,
    Book,
    Built,
    ChildFailed,
    Question,
    Refused,
    ServiceVerdict,
    Spot,
    Survival,
    Values,
    Verdicts,
    Wish,
    Worker,
)
from dcim.redundancy.bridge import Bridge
from dcim.redundancy.compare import Comparison
from dcim.redundancy.message import Message, Reply
from dcim.redundancy.seen import tellers
from dcim.redundancy.series import Publisher, homes
from dcim.series import Freshness, Newest
from dcim.settings import Settings

log = structlog.get_logger()

LEAST: Final = 5.0
MOST: Final = 30.0
"""Seconds between two looks: the shortest interval of a device, within these."""
SHARE: Final = 4.0
"""After a look that took t seconds the next begins t times this later at the earliest."""
_COMPARISONS: Final = 20
ROOM: Final = "losses"
"""Under which is remembered what rooms swallow, each by its id."""
_UNTRIED: Final = 60.0
"""Seconds without a look after which it goes on record that nobody knows any more."""
_STEADY: Final = 2
"""Looks for which a service must stand otherwise until that goes on record."""


class Losses:
    """Asks the child after every cycle of polls. ``said`` takes points, ``noted`` facts.

    ``kept`` takes memories of what rooms swallow, whenever that is learnt anew.
    """

    def __init__(
        self,
        settings: Settings,
        building: Building,
        newest: Newest,
        freshness: Freshness,
        clock: Clock,
        worker: Callable[[Built], Asks] = Worker,
    ) -> None:
        said = settings.redundancy
        self.on = said.on and any(node.fed_by for node in settings.wiring.nodes)
        self.said: Callable[[Sequence[Batch]], None] = lambda _batches: None
        self.noted: Callable[[Sequence[Fact]], None] = lambda _facts: None
        self.kept: Callable[[Sequence[Memory]], None] = lambda _memories: None
        self.verdicts = Verdicts(0.0)
        self.trouble = ""
        self.comparisons: tuple[Comparison, ...] = ()
        """What was said of losses that came, and what was measured; the newest first."""
        self._building = building
        self._clock = clock
        self._intervals = {asset.id: asset.interval for asset in settings.assets}
        self._tells = tellers(building.topology)
        rooms = {asset.id: asset.room for asset in settings.assets if asset.room}
        self._gathered = Gathered(newest, freshness, self._tells, self._interval, rooms, settings.thermal)
        self._bridge = Bridge(freshness.least)
        self._publisher = Publisher(
            homes(building.topology, OWN), self.name, {asset.id for asset in building.assets}
        )
        self._standing: dict[str, ServiceVerdict] = {}
        self._turning: dict[str, int] = {}
        self._masses: dict[str, Interval] = {}
        self._losable: frozenset[str]
        network = Network(dict(network_of(building.topology, said.terms).elements))  # plain: it is sent
        limit = settings.thermal.envelope.allowable.high
        said_of = dict(said.tanks), dict(said.prefers)
        built = Built(network, settings.wiring, said.terms.tolerance, *said_of, limit)
        self.worker = worker(built)
        self._losable = frozenset(network.losable)

    @property
    def every(self) -> float:
        """Return the seconds between two looks."""
        return min(MOST, max(LEAST, min(self._intervals.values(), default=MOST)))

    def _interval(self, device: str) -> float:
        return self._intervals.get(device, MOST)

    def recall(self, memories: Iterable[Memory]) -> None:
        """Take over what earlier runs learnt of rooms, and forget rooms that are no more."""
        nodes = self._building.topology.nodes
        found = {memory.key: memory.body for memory in memories if memory.body is not None}
        gone = [Memory(ROOM, room, None) for room in found if room not in nodes]
        self._masses |= {room: Interval(*_bounds(body)) for room, body in found.items() if room in nodes}
        if gone:
            self.kept(gone)

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            while True:
                began = self._clock.monotonic()
                await self.look()
                took = self._clock.monotonic() - began
                await asyncio.sleep(max(self.every - took, SHARE * self.verdicts.spent, 1.0))
        finally:
            await self.worker.aclose()

    async def ask(self, lost: Sequence[str], *, maintenance: bool = False) -> Answer | Refused:
        """Return what would be if these were lost, on the load of the last look; by ids, names or feeds."""
        parts = {name: self._meant(name) for name in lost}
        if unknown := tuple(name for name in lost if not parts[name]):
            return Refused("no_part", unknown)
        together = dict.fromkeys(part for meant in parts.values() for part in meant)
        answer = await self._answer(Question(tuple(together), maintenance))
        return answer if isinstance(answer, Answer | Refused) else Refused("no_look")

    async def place(self, wish: Wish) -> Sequence[Spot] | Refused:
        """Return where there is room for something."""
        room = room_of(self._building.topology, wish.room) if wish.room else ""
        answer = await self._answer(replace(wish, room=room))
        return answer if isinstance(answer, tuple | Refused) else Refused("no_look")

    async def _answer(self, message: Message) -> Reply:
        if not self.on:
            return Refused("off")
        try:
            return await self.worker.ask(message)
        except ChildFailed as why:
            self._is(str(why))
            return Refused("no_look")

    def _meant(self, name: str) -> tuple[str, ...]:
        """Return the part that is meant, or those of a whole feed."""
        part = self.part(name)
        return (part,) if part else feed_of(self._building.topology, self._losable, name)

    def part(self, name: str) -> str:
        """Return the part that is meant: by its id, what a device measures, or what people call it."""
        if name in self._losable:
            return name
        if (measured := self._tells.get(name, "")) in self._losable:
            return measured
        if (rack := f"rack/{name}") in self._losable:  # as it is written under topology
            return rack
        folded = name.strip().casefold()
        return next((part for part in self._losable if self.name(part).casefold() == folded), "")

    def nearest(self, name: str) -> Sequence[str]:
        """Return parts that are called nearly so."""
        called = {one: part for part in self._losable for one in (part, self.name(part))}
        return [called[near] for near in get_close_matches(name, called, n=3)]

    def name(self, part: str) -> str:
        """Return what people call a part; of what a rack has on its switch, the rack and the switch."""
        whole, _, switch = part.removesuffix(MODULE).partition("@")
        called = name_of(self._building.topology, whole)
        if switch:
            called = f"{called} ({name_of(self._building.topology, switch)})"
        return f"{called} (module)" if part.endswith(MODULE) else called  # the word of both languages

    async def look(self) -> None:
        """Try every loss on what counts now; nothing before there is a building."""
        if not self._building.begun:
            return
        try:
            values = await self._values()
            if self._gathered.anew:
                await self.worker.ask(Book(tuple(self._gathered.slots())))
                self._gathered.anew = False
            found = await self.worker.ask(values)
        except ChildFailed as why:
            self._is(str(why))
            self._forget()
            return
        if isinstance(found, Verdicts):
            self._is("")
            self._take(found)

    def _is(self, trouble: str) -> None:
        if trouble and not self.trouble:
            log.error("losses are not tried", why=trouble)
        if self.trouble and not trouble:
            log.info("losses are tried again")
        self.trouble = trouble

    def _forget(self) -> None:
        """Put on record that no loss is tried any more, once that lasts."""
        now = self._clock.now()
        if now - self.verdicts.at < _UNTRIED:
            return
        open_ = ServiceVerdict(Survival.UNKNOWN)
        known = [name for name, verdict in self._standing.items() if verdict.survival is not open_.survival]
        self._standing |= dict.fromkeys(known, open_)
        self._turning.clear()
        if known:
            self.noted([_fact(now, name, open_) for name in known])

    # what is told to the child

    async def _values(self) -> Values:
        """Gather what counts now. Devices that answer in another shape make another book."""
        now = self._clock.now()
        values = await self._gathered.values(now)
        sets = self._bridge.parts(self._building.services.evidence, now)
        return Values(now, values, *sets, masses=dict(self._masses))

    # what comes back

    def _take(self, found: Verdicts) -> None:
        self.verdicts = found
        self.said(tuple(self._publisher.batches(found)))
        self._remember(found)
        facts = list(self._turned(found))
        if found.comparison is not None:
            facts.append(self._compared(found.comparison))
        if facts:
            self.noted(facts)

    def _remember(self, found: Verdicts) -> None:
        """Keep what was learnt of rooms."""
        learnt = {room: mass for room, mass in found.masses.items() if self._masses.get(room) != mass}
        self._masses |= learnt
        if learnt:
            self.kept([Memory(ROOM, room, {"joules_per_kelvin": [*mass]}) for room, mass in learnt.items()])

    def _compared(self, one: Comparison) -> Fact:
        """Keep what was said against what came, and say so."""
        self.comparisons = (one, *self.comparisons)[:_COMPARISONS]
        wrong = [f"{row.part} {row.phase}" for row in one.rows if not row.holds]
        wrong += [fate.part for fate in one.fates if not fate.holds]
        say = log.info if one.holds else log.warning
        trips = [f"{fate.part}: said {fate.said}, {'dark' if fate.dark else 'live'}" for fate in one.fates]
        say("a loss came as it was said" if one.holds else "a loss came otherwise than it was said",
            lost=one.lost, phases=len(one.rows), trips=trips, otherwise=wrong)  # fmt: skip
        return Fact(FactKind.PREDICTION, one.at, one.lost[0], one.body())

    def _turned(self, found: Verdicts) -> Iterator[Fact]:
        """Yield how services stand against a single loss, where that is otherwise than on record."""
        for name, verdict in found.services.items():
            before = self._standing.get(name)
            if before is not None and before.survival is verdict.survival:
                self._turning.pop(name, None)
                continue
            self._turning[name] = self._turning.get(name, 0) + 1
            if before is None or self._turning[name] >= _STEADY:
                self._turning.pop(name, None)
                self._standing[name] = verdict
                yield _fact(found.at, name, verdict)


def _fact(at: float, service: str, verdict: ServiceVerdict) -> Fact:
    body = {"survival": str(verdict.survival), "by": verdict.by}
    return Fact(FactKind.SINGLE_LOSS, at, service, body)


def _bounds(body: Body) -> tuple[float, float]:
    least, most = cast("list[float]", body["joules_per_kelvin"])
    return float(least), float(most)
