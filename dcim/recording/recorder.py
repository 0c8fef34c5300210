"""Takes what collectors and the poll loop say, and writes it into the open segment. On the loop, quick.

exchanged ─▶ by device ─┐
polled ─────────────────┴─▶ a record      with the portrait before it where that is another than before
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from zlib import crc32

from dcim.collect import Collected
from dcim.model import Asset, Lane
from dcim.poll import Polled
from dcim.recording.tape import Act, Drawn, Poll, Segment
from dcim.witness import Exchange, fault_of

_MOST_HELD: Final = 4096
"""Exchanges of one device that wait for the end of its poll; what is beyond belongs to none."""


class Recorder:
    """Writes into one segment after the other. ``portrait`` gives what is known of a device now."""

    def __init__(self, portrait: Callable[[Asset], bytes], monotonic: Callable[[], float]) -> None:
        self.segment: Segment | None = None
        """What is written into; None: nothing is recorded."""
        self.portraits: dict[str, bytes] = {}
        """What was last known of each device."""
        self.polls = 0
        self._portrait = portrait
        self._monotonic = monotonic
        self._held: defaultdict[str, list[Exchange]] = defaultdict(list)

    def exchanged(self, exchange: Exchange) -> None:
        """Take an exchange; it is written with the poll that it belongs to."""
        held = self._held[exchange.asset]
        if len(held) < _MOST_HELD:
            held.append(exchange)

    def polled(self, polled: Polled) -> None:
        """Write down a poll that is over."""
        exchanges = self._held.pop(polled.asset.id, ())
        segment = self.segment
        if segment is None:
            return
        ended = self._monotonic()
        drawn = self._portrait(polled.asset)
        if drawn and drawn is not self.portraits.get(polled.asset.id):
            self.portraits[polled.asset.id] = drawn
            segment.portrait(Drawn(polled.asset.id, ended, drawn))
        segment.poll(_poll(polled, ended, exchanges))
        self.polls += 1

    def acted(self, body: Mapping[str, Any]) -> None:
        """Write down what a person did."""
        if self.segment is not None:
            self.segment.act(Act(self._monotonic(), body))


def _poll(polled: Polled, ended: float, exchanges: Iterable[Exchange]) -> Poll:
    collected, failure = polled.collected, polled.failure
    return Poll(
        asset=polled.asset.id,
        ended=ended,
        at=polled.at,
        late=polled.late,
        lasted=polled.duration,
        lanes=lanes_of(collected),
        cheap=polled.cheap,
        restarted=collected is not None and collected.restarted,
        identity=collected is not None and collected.identity is not None,
        fault=fault_of(failure),
        why="" if failure is None else str(failure),
        requests=0 if collected is None else collected.requests,
        retries=0 if collected is None else collected.retries,
        check=check_of(collected),
        exchanges=tuple(exchanges),
    )


def lanes_of(collected: Collected | None) -> frozenset[Lane]:
    """Return the lanes that brought anything."""
    if collected is None:
        return frozenset()
    lanes = {batch.layout.lane for batch in collected.batches}
    identified = collected.identity is not None and not collected.restarted
    return frozenset(lanes | {Lane.STATIC} if identified else lanes)


def check_of(collected: Collected | None) -> int:
    """Return the CRC-32 of all values of a poll, in their order; 0 where there are none."""
    check = 0
    for batch in collected.batches if collected is not None else ():
        check = crc32(batch.values, check)
    return check
