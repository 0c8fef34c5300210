"""What would be if something were lost, all the time: readings go to a child process, points come back.

newest, evidence ─▶ Values ─▶ child ─▶ Verdicts ─▶ Publisher ─▶ points ─▶ watch, history, /metrics
                                               └─▶ services that no longer survive a loss: facts

The loop gives up the processor after every few devices, and waits for the child as for any device: no poll
is late because of it.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

import structlog

from dcim.clock import Clock
from dcim.daemon.building import Building
from dcim.daemon.channels import OWN
from dcim.flow import Network, network_of
from dcim.graph import Evidence, Redundancy, State
from dcim.model import Batch, Layout
from dcim.model.fact import Fact, FactKind
from dcim.notify.headline import name_of
from dcim.redundancy import (
    Answer,
    Book,
    Built,
    ChildFailed,
    Question,
    Refused,
    ServiceVerdict,
    Values,
    Verdicts,
    Worker,
)
from dcim.redundancy.seen import Place, Slot, slots_of, tellers
from dcim.redundancy.series import Publisher, homes
from dcim.series import Freshness, Newest, Quality
from dcim.settings import Settings

log = structlog.get_logger()

LEAST: Final = 5.0
MOST: Final = 30.0
"""Seconds between two looks: the shortest interval of a device, within these."""
SHARE: Final = 4.0
"""After a look that took t seconds the next begins t times this later at the earliest."""
_AT_ONCE: Final = 25
"""Devices whose values are gathered before others get their turn: a millisecond."""
_STEADY: Final = 2
"""Looks for which a service must stand otherwise until that goes on record."""


@dataclass(slots=True)
class _Known:
    """A device whose layouts were gone through."""

    layouts: list[Layout]
    places: tuple[Place, ...]
    slots: tuple[Slot, ...]


class Losses:
    """Asks the child after every cycle of polls. ``said`` takes points, ``noted`` facts."""

    def __init__(
        self, settings: Settings, building: Building, newest: Newest, freshness: Freshness, clock: Clock
    ) -> None:
        said = settings.redundancy
        self.on = said.on and any(node.fed_by for node in settings.wiring.nodes)
        self.said: Callable[[Batch], None] = lambda _batch: None
        self.noted: Callable[[Sequence[Fact]], None] = lambda _facts: None
        self.verdicts = Verdicts(0.0)
        self.trouble = ""
        self._building = building
        self._newest = newest
        self._freshness = freshness
        self._clock = clock
        self._intervals = {asset.id: asset.interval for asset in settings.assets}
        self._tells = tellers(building.topology)
        self._known: dict[str, _Known] = {}
        self._anew = True
        self._publisher = Publisher(homes(building.topology, OWN), self._name)
        self._standing: dict[str, ServiceVerdict] = {}
        self._turning: dict[str, int] = {}
        network = Network(dict(network_of(building.topology, said.terms).elements))  # plain: it is sent
        built = Built(network, settings.wiring, said.terms.tolerance, dict(said.tanks), dict(said.prefers))
        self.worker = Worker(built)

    @property
    def every(self) -> float:
        """Return the seconds between two looks."""
        return min(MOST, max(LEAST, min(self._intervals.values(), default=MOST)))

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            while True:
                began = self._clock.monotonic()
                if self._building.begun:
                    await self._look()
                took = self._clock.monotonic() - began
                await asyncio.sleep(max(self.every - took, SHARE * self.verdicts.spent, 1.0))
        finally:
            await self.worker.aclose()

    async def ask(self, lost: Sequence[str]) -> Answer | Refused:
        """Return what would be if these were lost, on the load of the last look."""
        if not self.on:
            return Refused("off")
        try:
            answer = await self.worker.ask(Question(tuple(lost)))
        except ChildFailed as why:
            self._is(str(why))
            return Refused("no_look")
        return answer if isinstance(answer, Answer | Refused) else Refused("no_look")

    async def _look(self) -> None:
        try:
            values = await self._values()
            if self._anew:
                await self.worker.ask(Book(tuple(self._slots())))
                self._anew = False
            found = await self.worker.ask(values)
        except ChildFailed as why:
            self._is(str(why))
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

    # what is told to the child

    async def _values(self) -> Values:
        """Gather what counts now. Devices that answer in another shape make another book."""
        now = self._clock.now()
        values = array("d")
        for number, device in enumerate(self._tells):
            values.extend(self._of(device, now))
            if number % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
        sets = _sorted(self._building.services.evidence.items())
        return Values(now, values, *sets)

    def _of(self, device: str, now: float) -> Iterator[float]:
        batches = self._newest.batches(device)
        known = self._known.get(device)
        layouts = [batch.layout for batch in batches]
        if known is None or known.layouts != layouts:
            known = self._known[device] = self._met(device, layouts)
        interval = self._intervals.get(device, MOST)
        frozen = self._newest.is_frozen(device)
        fresh = [
            not frozen and self._freshness.quality(batch, interval, now) is Quality.FRESH for batch in batches
        ]
        for place in known.places:
            yield batches[place.batch].values[place.number] if fresh[place.batch] else nan

    def _met(self, device: str, layouts: list[Layout]) -> _Known:
        pairs = tuple(slots_of(device, self._tells[device], layouts))
        self._anew = True
        return _Known(layouts, tuple(place for _, place in pairs), tuple(slot for slot, _ in pairs))

    def _slots(self) -> Iterator[Slot]:
        for device in self._tells:
            yield from self._known[device].slots

    # what comes back

    def _take(self, found: Verdicts) -> None:
        self.verdicts = found
        for batch in self._publisher.batches(found):
            self.said(batch)
        if facts := list(self._turned(found)):
            self.noted(facts)

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
                body = {"survival": str(verdict.survival), "by": verdict.by}
                yield Fact(FactKind.SINGLE_LOSS, found.at, name, body)

    def _name(self, part: str) -> str:
        return name_of(self._building.topology, part)


def _sorted(
    evidence: Iterable[tuple[str, Evidence]],
) -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    """Return the parts that are down, of which nobody knows, that work with less behind them, or perhaps."""
    down, doubtful, reduced, open_ = set(), set(), set(), set()
    for name, known in evidence:
        if known.works is State.DOWN:
            down.add(name)
        elif known.works is State.UNKNOWN:
            doubtful.add(name)
        elif known.redundancy is Redundancy.REDUCED:
            reduced.add(name)
        elif known.redundancy is Redundancy.UNKNOWN:
            open_.add(name)
    return frozenset(down), frozenset(doubtful), frozenset(reduced), frozenset(open_)
