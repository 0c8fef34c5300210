"""Segments read back: what was asked and answered, in the order in which polls ended. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from struct import error as StructError
from typing import Any, Final

from dcim.model import Lane
from dcim.recording import tape
from dcim.recording.frame import BLOCK, HEAD, Damaged, cut_off, frames
from dcim.recording.tape import Act, Drawn, Event, Poll, differing
from dcim.witness import Exchange, Fault

_LANES: Final = tuple(Lane)


@dataclass(slots=True)
class Opened:
    """One segment read back: its head, then what happened in order. Raise ``Damaged`` where it is damaged.

    ``whole`` is False once reading has met an end within a frame: what a kill leaves of the last one.
    """

    path: str
    data: bytes
    head: Mapping[str, Any] = field(init=False)
    assets: tuple[str, ...] = field(init=False)
    whole: bool = True
    cut_at: int = 0

    def __post_init__(self) -> None:
        """Read the head."""
        first = next(frames(self.data, self.path), None)
        if first is None or first[1] != HEAD:
            raise Damaged(self.path, 0, "it does not begin with the head of a segment")
        try:
            self.head = json.loads(first[2])
            self.assets = tuple(map(str, self.head["assets"]))
            known = self.head["format"] == 1
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Damaged(self.path, 0, f"its head makes no sense: {error!r}") from error
        if not known:
            raise Damaged(self.path, 0, f"its format is {self.head['format']!r}, and 1 is known here")

    def events(self, *, last: bool = False) -> Iterator[Event]:
        """Yield polls and portraits in the order in which they were written.

        Of the ``last`` segment the end may be missing: a daemon that was killed leaves it so.
        """
        reading = _Reading(self)
        try:
            for at, kind, content in frames(self.data, self.path):
                if kind == BLOCK:
                    yield from reading.block(at, content)
        except Damaged as damaged:
            if not (last and cut_off(self.data, damaged.offset)):
                raise
            self.whole, self.cut_at = False, damaged.offset


class _Reading:
    """Reads the blocks of one segment one after the other."""

    def __init__(self, opened: Opened) -> None:
        self._path = opened.path
        self._assets = opened.assets
        self._questions: dict[int, bytes] = {}
        self._before: dict[tuple[int, int], bytes] = {}

    def block(self, at: int, content: bytes) -> Iterator[Event]:
        try:
            yield from self._records(content)
        except (StructError, IndexError, KeyError, ValueError, RecursionError) as error:
            raise Damaged(self._path, at, f"a record in this block makes no sense: {error!r}") from error

    def _records(self, content: bytes) -> Iterator[Event]:
        pos, end = 0, len(content)
        while pos < end:
            kind = content[pos]
            if kind == tape.POLL:
                poll, pos = self._poll(content, pos)
                yield poll
            elif kind == tape.QUESTION:
                _, number, size = tape.QS.unpack_from(content, pos)
                pos += tape.QS.size
                self._questions[number] = content[pos : pos + size]
                pos += size
            elif kind == tape.DEVICE:
                _, asset, when, size = tape.DS.unpack_from(content, pos)
                pos += tape.DS.size
                yield Drawn(self._assets[asset], when, content[pos : pos + size])
                pos += size
            elif kind == tape.ACT:
                _, when, size = tape.AS.unpack_from(content, pos)
                pos += tape.AS.size
                yield Act(when, json.loads(content[pos : pos + size]))
                pos += size
            else:
                msg = f"an unknown record {kind:#x}"
                raise ValueError(msg)

    def _poll(self, content: bytes, pos: int) -> tuple[Poll, int]:
        _, number, ended, at, late, lasted, lanes, flags, fault, *counted = tape.PS.unpack_from(content, pos)
        requests, retries, check, exchanges, size = counted
        pos += tape.PS.size
        why = content[pos : pos + size].decode()
        pos += size
        asset = self._assets[number]
        found: list[Exchange] = []
        for _ in range(exchanges):
            exchange, pos = self._exchange(content, pos, number, asset)
            found.append(exchange)
        poll = Poll(
            asset,
            ended,
            at,
            late,
            lasted,
            _LANE_SETS[lanes],
            bool(flags & tape.CHEAP),
            bool(flags & tape.RESTARTED),
            bool(flags & tape.IDENTITY),
            Fault(fault),
            why,
            requests,
            retries,
            check,
            found,
        )
        return poll, pos

    def _exchange(self, content: bytes, pos: int, number: int, asset: str) -> tuple[Exchange, int]:
        question, began, ended, mark, said, size = tape.XS.unpack_from(content, pos)
        pos += tape.XS.size
        why = content[pos : pos + said].decode() if said else ""
        pos += said
        answer = content[pos : pos + size]
        if size:
            if len(answer) < size:
                msg = "an answer is cut off"
                raise ValueError(msg)
            if mark & tape.DELTA:
                answer = differing(answer, self._before[number, question])
            self._before[number, question] = answer
        fault = _FAULTS[mark & ~tape.DELTA]
        return Exchange(asset, self._questions[question], answer, began, ended, fault, why), pos + size


_LANE_SETS: Final = tuple(
    frozenset(lane for at, lane in enumerate(_LANES) if number >> at & 1)
    for number in range(1 << len(_LANES))
)
_FAULTS: Final = tuple(Fault)
