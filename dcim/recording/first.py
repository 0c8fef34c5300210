"""Blocks of format 1, as daemons wrote them before format 2: each answer stands within its record. Pure.

    record   Q  a question, with a number by which polls name it        P  a poll, with its exchanges
             D  what is known of a device from here on (its portrait)   A  what a person did

An answer as long as the one before to the same question of the same device stands as what differs from it
(exclusive or). Nothing writes them any more; they are read for as long as somebody may have kept one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from struct import Struct
from typing import Final

from dcim.recording.tape import LANE_SETS, Act, Drawn, Event, Poll
from dcim.witness import Exchange, Fault

_QUESTION, _DEVICE, _POLL, _ACT = b"QDPA"
_QS: Final = Struct("<BII")
_DS: Final = Struct("<BHdI")
_PS: Final = Struct("<BHddddBBBHHIHH")
_XS: Final = Struct("<IddBHI")
_AS: Final = Struct("<BdI")
_DELTA: Final = 0x80
_CHEAP, _RESTARTED, _IDENTITY = 1, 2, 4
_FAULTS: Final = tuple(Fault)


class FirstReading:
    """Reads the blocks of one segment one after the other."""

    def __init__(self, assets: tuple[str, ...]) -> None:
        self._assets = assets
        self._questions: dict[int, bytes] = {}
        self._before: dict[tuple[int, int], bytes] = {}

    def block(self, content: bytes) -> Iterator[Event]:
        """Yield what a block says."""
        pos = 0
        while pos < len(content):
            kind = content[pos]
            if kind == _POLL:
                poll, pos = self._poll(content, pos)
                yield poll
            elif kind == _QUESTION:
                _, number, size = _QS.unpack_from(content, pos)
                pos += _QS.size + size
                self._questions[number] = content[pos - size : pos]
            elif kind == _DEVICE:
                _, asset, when, size = _DS.unpack_from(content, pos)
                pos += _DS.size + size
                yield Drawn(self._assets[asset], when, content[pos - size : pos])
            elif kind == _ACT:
                _, when, size = _AS.unpack_from(content, pos)
                pos += _AS.size + size
                yield Act(when, json.loads(content[pos - size : pos]))
            else:
                msg = f"an unknown record {kind:#x}"
                raise ValueError(msg)

    def _poll(self, content: bytes, pos: int) -> tuple[Poll, int]:
        _, number, ended, at, late, lasted, lanes, flags, fault, *counted = _PS.unpack_from(content, pos)
        requests, retries, check, exchanges, size = counted
        pos += _PS.size + size
        why = content[pos - size : pos].decode()
        found: list[Exchange] = []
        for _ in range(exchanges):
            exchange, pos = self._exchange(content, pos, number)
            found.append(exchange)
        marks = bool(flags & _CHEAP), bool(flags & _RESTARTED), bool(flags & _IDENTITY)
        times, counts = (ended, at, late, lasted), (requests, retries, check)
        asset, failed = self._assets[number], Fault(fault)
        return Poll(asset, *times, LANE_SETS[lanes], *marks, failed, why, *counts, found), pos

    def _exchange(self, content: bytes, pos: int, device: int) -> tuple[Exchange, int]:
        number, began, ended, mark, said, size = _XS.unpack_from(content, pos)
        pos += _XS.size + said
        why = content[pos - said : pos].decode() if said else ""
        pos += size
        answer = content[pos - size : pos]
        if size:
            before = self._before[device, number] if mark & _DELTA else answer
            if not len(answer) == len(before) == size:
                msg = "an answer is cut off"
                raise ValueError(msg)
            if mark & _DELTA:
                answer = _differing(answer, before)
            self._before[device, number] = answer
        return Exchange(self._questions[number], answer, began, ended, _FAULTS[mark & ~_DELTA], why), pos


def _differing(one: bytes, other: bytes) -> bytes:
    """Return the exclusive or of two texts of the same length: what makes one of the other."""
    made = int.from_bytes(one, "little") ^ int.from_bytes(other, "little")
    return made.to_bytes(len(one), "little")
