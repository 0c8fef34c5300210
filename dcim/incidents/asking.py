"""Whom to ask before anybody is told, and whose answers are still out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from dcim.graph import Topology, Via
from dcim.incidents.feeds import OtherFeeds
from dcim.incidents.parts import made_of
from dcim.incidents.place import Place
from dcim.incidents.trouble import Trouble
from dcim.record import dataclass, field

MOST: Final = 48
"""Devices that one alert asks: all above it, the heads of the other feeds, then of those beside it."""

PER_SECOND: Final = 200
"""Devices that are asked in a second, whatever the number of alerts: polling goes first."""


@dataclass(slots=True)
class _Question:
    at: float
    cases: set[str] = field(default_factory=set)
    again: bool = False  # its answer was lost, and it was asked once more


class Asking:
    """Keeps which incidents wait for which devices. Times are monotonic seconds."""

    def __init__(self, topology: Topology, feeds: OtherFeeds) -> None:
        self._topology = topology
        self._feeds = feeds
        self._open: dict[str, _Question] = {}
        self._second = 0.0
        self._spent = 0

    def ask(self, case: str, place: Place, now: float) -> tuple[tuple[str, ...], frozenset[str]]:
        """Return whom to ask for an incident, and whose answers it waits for: also of questions under way."""
        asked: list[str] = []
        waits: set[str] = set()
        if not self._left(now):
            return (), frozenset()
        for device in self._witnesses(place):
            question = self._open.get(device)
            if question is None:
                if not self._may(now):
                    break
                question = self._open[device] = _Question(now)
                asked.append(device)
            question.cases.add(case)
            waits.add(device)
        return tuple(asked), frozenset(waits)

    def __contains__(self, device: str) -> bool:
        """Whether a question to a device is open."""
        return device in self._open

    def answered(self, device: str, began: float) -> Iterable[str]:
        """Return the incidents that waited for a device, if this poll of it began after it was asked."""
        question = self._open.get(device)
        if question is None or began < question.at:
            return ()
        del self._open[device]
        return question.cases

    def again(self, device: str, began: float, now: float) -> bool:
        """Whether a device that gave no answer is to be asked once more: one lost answer is none."""
        question = self._open.get(device)
        if question is None or began < question.at or question.again or not self._may(now):
            return False
        question.at, question.again = now, True
        return True

    def forget(self, before: float) -> None:
        """Give up on questions asked before a time."""
        for device in [name for name, question in self._open.items() if question.at < before]:
            del self._open[device]

    def _left(self, now: float) -> int:
        """Return how many devices may still be asked in this second."""
        if now - self._second >= 1.0:
            self._second, self._spent = now, 0
        return PER_SECOND - self._spent

    def _may(self, now: float) -> bool:
        may = self._left(now) > 0
        self._spent += may
        return may

    def _witnesses(self, place: Place) -> Iterable[str]:
        devices = self._devices(self._parts(place))
        if place.trouble is Trouble.SILENT:  # it was asked, and says nothing
            devices = (device for device in devices if device != place.device)
        found: dict[str, None] = {}
        for device in devices:
            found[device] = None
            if len(found) == MOST:
                break
        return found

    def _parts(self, place: Place) -> Iterator[str]:
        yield place.device
        for part in made_of(self._topology, place.node) if place.node in self._topology.services else ():
            yield part
            yield from self._topology.ancestors(part)
        yield from self._topology.ancestors(place.node)
        if place.device != place.node:
            yield from self._topology.ancestors(place.device)
        path = self._topology.network_path(place.device)
        yield from path
        yield from self._feeds.beside(place.node)
        yield from self._topology.siblings(place.node)
        for carrier in path[:1]:
            yield from self._topology.children(carrier, Via.NETWORK)

    def _devices(self, parts: Iterable[str]) -> Iterator[str]:
        for part in parts:
            node = self._topology.nodes.get(part)
            if node is not None and node.polled:
                yield part
            yield from self._topology.meters(part)
