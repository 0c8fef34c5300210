"""A whole cycle of the process that tries losses: from the frame that comes to the frame that goes.

frame ─▶ Values ─▶ flow, losses, services, what each part keeps ─▶ Verdicts ─▶ frame        the child
Verdicts ◀─ frame, points of it                                                             the daemon
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator, Mapping
from time import process_time
from typing import Final

from dcim.flow import PHASES, Network, Reading
from dcim.graph import Node, Service, ServiceKind, Topology, Wiring
from dcim.record import dataclass
from dcim.redundancy import Book, Built, Values
from dcim.redundancy.engine import Engine
from dcim.redundancy.frames import LENGTH, framed, opened
from dcim.redundancy.seen import Slot
from dcim.redundancy.series import Publisher, homes

BEAT: Final = 10.0
_NEIGHBOURS: Final = 16
"""Racks of one tenant."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """Seconds of CPU of the child, and of the daemon that hears it."""

    child: float
    daemon: float


class Cycles:
    """Looks at a network in turn, as the child sees them. ``readings``: what strips tell at first.

    Values wander for ever by up to a hundredth a look: a few looks leave a site as it is.
    """

    def __init__(self, network: Network, readings: Mapping[str, tuple[Reading, ...]], seed: int = 1) -> None:
        self._rolled = random.Random(seed)
        wiring = wired(network)
        self._slots = tuple(_slots(readings))
        self._values = array("d", [one for said in readings.values() for one in _numbers(said)])
        self._engine = Engine(Built(network, wiring))
        self._publisher = Publisher(
            homes(Topology(wiring), "_dcim"), str, {one.id for one in wiring.services}
        )
        self._engine.take(opened(_body(Book(self._slots))))
        self._at = 1e9

    def look(self) -> Cycle:
        """Look again: every reading is another than at the look before."""
        rolled = self._rolled
        self._values = array("d", [one * rolled.uniform(0.99, 1.01) for one in self._values])
        self._at += BEAT
        frame = _body(Values(self._at, self._values))
        begun = process_time()
        answer = framed(self._engine.take(opened(frame)))
        told = process_time()
        _ = list(self._publisher.batches(opened(answer[LENGTH.size :])))
        return Cycle(told - begun, process_time() - told)


def _body(message: object) -> bytes:
    return framed(message)[LENGTH.size :]


def wired(network: Network) -> Wiring:
    """Return the building of a network: a service for each rack, and for each group of racks a tenant."""
    nodes = tuple(
        Node(
            name,
            one.kind,
            fed_by=tuple(feed.source for feed in one.feeds),
            polled=not one.is_load,
        )
        for name, one in network.elements.items()
    )
    racks = [name for name, one in network.elements.items() if one.is_load]
    powers = tuple(
        Service(
            f"power/{name}", ServiceKind.POWER, 1, tuple(feed.source for feed in network.elements[name].feeds)
        )
        for name in racks
    )
    tenants = tuple(
        Service(f"tenant/{at}", ServiceKind.TENANT, len(mine), tuple(one.id for one in mine))
        for at in range(0, len(powers), _NEIGHBOURS)
        if (mine := powers[at : at + _NEIGHBOURS])
    )
    return Wiring(nodes, (*powers, *tenants))


def _slots(readings: Mapping[str, tuple[Reading, ...]]) -> Iterator[Slot]:
    for name in readings:
        for phase in PHASES:
            for what in ("amperes", "volts"):
                yield Slot(name, name, "output", what, phase)


def _numbers(said: tuple[Reading, ...]) -> Iterator[float]:
    for one in said:
        yield from (one.amperes or 0.0, one.volts or 0.0)
