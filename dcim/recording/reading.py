"""Segments read back: what was asked and answered, in the order in which polls ended. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite
from struct import error as StructError
from typing import Any, Final, Protocol

from dcim.recording import tape
from dcim.recording.columns import unpacked
from dcim.recording.done import check_act
from dcim.recording.first import FirstReading
from dcim.recording.frame import BLOCK, HEAD, Damaged, cut_off, frames
from dcim.recording.manifest import LATEST, LONGEST
from dcim.recording.tape import Act, Drawn, Event, Poll
from dcim.witness import Exchange, Fault


class Reading(Protocol):
    """Reads the blocks of one segment one after the other."""

    def block(self, content: bytes) -> Iterator[Event]:
        """Yield what a block says. Raise what a mistake in it raises, which is none of its own."""
        ...


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
    first: float | None = None
    """Monotonic seconds from which the moments of the recording are counted; None: from those of the head."""

    def __post_init__(self) -> None:
        """Read the head."""
        first = next(frames(self.data, self.path), None)
        if first is None or first[1] != HEAD:
            raise Damaged(self.path, 0, "it does not begin with the head of a segment")
        try:
            self.head = json.loads(first[2])
            self.assets = tuple(map(str, self.head["assets"]))
            known = self.head["format"] in _READING
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Damaged(self.path, 0, f"its head makes no sense: {error!r}") from error
        if not known:
            raise Damaged(self.path, 0, f"its format is {self.head['format']!r}, and 1 and 2 are known here")

    def moment(self, name: str) -> float | None:
        """Return a moment of the head in seconds, None where it says none: ``mono`` is ``wall`` in UTC."""
        said = self.head.get(name)
        return float(said) if isinstance(said, float | int) and abs(said) <= LATEST else None

    def events(self, *, last: bool = False) -> Iterator[Event]:
        """Yield polls and portraits in the order in which they were written.

        Of the ``last`` segment the end may be missing: a daemon that was killed leaves it so.
        """
        reading = _READING[self.head["format"]](self.assets)
        try:
            for at, kind, content in frames(self.data, self.path):
                if kind == BLOCK:
                    yield from self._block(reading, at, content)
        except Damaged as damaged:
            if not (last and cut_off(self.data, damaged.offset)):
                raise
            self.whole, self.cut_at = False, damaged.offset

    def _follows(self, event: Event) -> None:
        """Raise ValueError for what nobody did, for moments that are none, and for those too far away."""
        if not isinstance(event, Poll):
            self._lived(event.at)
            if isinstance(event, Act):
                check_act(event.body)
            return
        first, ended = self._lived(event.ended), event.ended
        for one in event.exchanges:
            if not abs(one.ended - first) <= LONGEST:
                ended = one.ended
        self._lived(ended)
        if not (0.0 <= event.at <= LATEST and isfinite(event.late) and isfinite(event.lasted)):
            msg = "a time that is none"
            raise ValueError(msg)

    def _lived(self, at: float) -> float:
        """Return the first moment; raise ValueError where this one is too far from it to be lived."""
        first = self.first
        if first is None:
            mono = self.moment("mono")
            first = self.first = at if mono is None else mono
        if not abs(at - first) <= LONGEST:
            msg = f"a moment more than {LONGEST / 3600:g} h from the first, or none"
            raise ValueError(msg)
        return first

    def _block(self, reading: Reading, at: int, content: bytes) -> Iterator[Event]:
        try:
            for event in reading.block(content):
                self._follows(event)
                yield event
        except (StructError, IndexError, KeyError, ValueError, RecursionError) as error:
            raise Damaged(self.path, at, f"a record in this block makes no sense: {error!r}") from error


class _Reading:
    """Reads the blocks of one segment of format 2 one after the other."""

    def __init__(self, assets: tuple[str, ...]) -> None:
        self._assets = assets
        self._questions: dict[int, bytes] = {}

    def block(self, content: bytes) -> Iterator[Event]:
        """Yield what a block says."""
        polls, exchanges, noted, worded = tape.COUNTS.unpack_from(content)
        at = tape.COUNTS.size
        notes = self._notes(content[at : at + noted])
        rows, at = unpacked(tape.POLLS, polls, content, at + noted)
        columns, at = unpacked(tape.EXCHANGES, exchanges, content, at)
        whys = _words(content[at : at + worded])
        failed = (whys.get(number, "") for number in range(polls, polls + exchanges))
        said = self._exchanges(columns, failed, content, at + worded)
        for number, (device, *fixed, count) in enumerate(rows):
            yield from notes.get(number, ())
            found = list(islice(said, count))
            if len(found) < count:
                msg = "polls have more exchanges than there are"
                raise ValueError(msg)
            yield _poll(self._assets[device], fixed, whys.get(number, ""), found)
        yield from notes.get(polls, ())

    def _exchanges(
        self, rows: Iterable[tuple[Any, ...]], whys: Iterable[str], content: bytes, at: int
    ) -> Iterator[Exchange]:
        """Yield exchanges, whose answers begin there, one behind the other."""
        for (question, began, ended, fault, size), why in zip(rows, whys, strict=True):
            at += size
            if at > len(content):
                msg = "an answer is cut off"
                raise ValueError(msg)
            answer = content[at - size : at]
            yield Exchange(self._questions[question], answer, began, ended, _FAULTS[fault], why)

    def _notes(self, noted: bytes) -> dict[int, list[Drawn | Act]]:
        """Return what stands between polls, by the number of the poll that follows; learn the questions."""
        found: dict[int, list[Drawn | Act]] = {}
        at = 0
        while at < len(noted):
            place, kind, number, when, size = tape.NOTE.unpack_from(noted, at)
            at += tape.NOTE.size + size
            body = noted[at - size : at]
            if kind == tape.QUESTION:
                self._questions[number] = body
            elif kind == tape.DRAWN:
                found.setdefault(place, []).append(Drawn(self._assets[number], when, body))
            elif kind == tape.ACT:
                found.setdefault(place, []).append(Act(when, json.loads(body)))
            else:
                msg = f"an unknown note {kind!r}"
                raise ValueError(msg)
        return found


def _poll(asset: str, fixed: Sequence[Any], why: str, exchanges: Sequence[Exchange]) -> Poll:
    ended, at, late, lasted, lanes, cheap, restarted, identity, fault, requests, retries, check = fixed
    flags = bool(cheap), bool(restarted), bool(identity)
    lane_set, failed = tape.LANE_SETS[lanes], _FAULTS[fault]
    counts = requests, retries, check
    return Poll(asset, ended, at, late, lasted, lane_set, *flags, failed, why, *counts, exchanges)


def _words(worded: bytes) -> dict[int, str]:
    """Return why polls and exchanges failed, by their number."""
    found: dict[int, str] = {}
    at = 0
    while at < len(worded):
        number, size = tape.WORDS.unpack_from(worded, at)
        at += tape.WORDS.size + size
        found[number] = worded[at - size : at].decode(errors="ignore")
    return found


_FAULTS: Final = tuple(Fault)
_READING: Final[Mapping[int, Callable[[tuple[str, ...]], Reading]]] = {1: FirstReading, tape.FORMAT: _Reading}
