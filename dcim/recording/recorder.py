"""Takes what collectors and the poll loop say, and writes it into the open segment. On the loop, quick.

exchanged ─▶ by device ─┐
polled ─────────────────┴─▶ a record      with the portrait before it where that is another than before
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, Final

from dcim.collect import Collected
from dcim.model import Asset, Lane
from dcim.poll import Polled
from dcim.recording.acts import ASKED
from dcim.recording.chapters import Chapters
from dcim.recording.mirror import PORTRAIT, Past
from dcim.recording.tape import LANES, Act, Drawn, Poll, Row, Segment, check_of
from dcim.witness import Exchange, Fault, Heard, fault_of

_WELL: Final = Fault.NONE
_MOST_HELD: Final = 4096
"""Exchanges of one device that wait for the end of its poll; what is beyond belongs to none."""


class Recorder:
    """Writes into one segment after the other. ``portrait`` gives what is known of a device now."""

    def __init__(self, portrait: Callable[[Asset], bytes], monotonic: Callable[[], float]) -> None:
        self.segment: Segment | None = None
        """What is written into; None: nothing is recorded."""
        self.known: Past = Chapters()
        """What was known at the beginning of each segment: the portraits that were drawn, and all else."""
        self.written: dict[str, bytes] = {}
        """The portrait of each device that was written last."""
        self.polls = 0
        self._portrait = portrait
        self._monotonic = monotonic
        self._held: dict[str, list[Heard]] = {}
        self._asked_at = self._polled_at = -inf

    def exchanged(self, asset: str, exchange: Heard) -> None:
        """Take an exchange with a device; it is written with the poll that it belongs to."""
        held = self._held.get(asset)
        if held is None:
            self._held[asset] = [exchange]
        elif len(held) < _MOST_HELD:
            held.append(exchange)

    def polled(self, polled: Polled) -> None:
        """Write down a poll that is over."""
        asset = polled.asset.id
        heard = self._held.pop(asset, ())
        segment = self.segment
        if segment is None:
            return
        ended = self._polled_at = self._monotonic()
        drawn = self._portrait(polled.asset)
        if drawn and drawn is not self.written.get(asset):
            self.written[asset] = drawn
            self.known.note((PORTRAIT, asset), drawn)
            segment.portrait(Drawn(asset, ended, drawn))
        segment.poll(_row(polled, ended, heard))
        self.polls += 1

    def asking(self, ask: Callable[[str], None], looked_at: Callable[[], float]) -> Callable[[str], None]:
        """Return what asks a device out of its turn, and writes down before that somebody did.

        What is asked was due when the daemon last looked after the time (``looked_at``), or with a poll that
        came since: a replay looks after it at that moment, which is before the device was asked.
        """

        def asked(asset_id: str) -> None:
            at = max(looked_at(), self._polled_at)
            if at != self._asked_at and self.segment is not None:
                self._asked_at = at
                self.segment.act(Act(at, dict(ASKED)))
            ask(asset_id)

        return asked

    def acted(self, body: Mapping[str, Any]) -> None:
        """Write down what a person did."""
        if self.segment is not None:
            self.segment.act(Act(self._monotonic(), body))


def _row(polled: Polled, ended: float, heard: Sequence[Heard]) -> Row:
    """Return a poll as a segment takes it."""
    collected = polled.collected
    if collected is None:
        return _failed(polled, ended, heard)
    return (
        polled.asset.id,
        ended,
        polled.at,
        polled.late,
        polled.duration,
        lanes_of(collected),
        polled.cheap,
        collected.restarted,
        collected.identity is not None,
        _WELL,
        "",
        collected.requests,
        collected.retries,
        check_of(collected),
        heard,
    )


def _failed(polled: Polled, ended: float, heard: Sequence[Heard]) -> Row:
    failure = polled.failure
    return Poll(
        polled.asset.id,
        ended,
        polled.at,
        polled.late,
        polled.duration,
        cheap=polled.cheap,
        fault=fault_of(failure),
        why="" if failure is None else str(failure),
        exchanges=[Exchange(*one) for one in heard],
    )


def lanes_of(collected: Collected) -> frozenset[Lane]:
    """Return the lanes that brought anything."""
    batches = collected.batches
    identified = collected.identity is not None and not collected.restarted
    if len(batches) == 1 and not identified:
        return LANES[batches[0].layout.lane]
    lanes = frozenset(batch.layout.lane for batch in batches)
    return lanes | LANES[Lane.STATIC] if identified else lanes
