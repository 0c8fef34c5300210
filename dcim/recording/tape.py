"""A segment of a recording as bytes that prove themselves. Pure.

    DCR1 │ kind │ lengths │ crc │ zlib of the content      a frame, and so on until the end of the file
           H      head: JSON; the first frame, and no other
           B      a block of records, in the order in which polls ended

    record   Q  a question, with a number by which polls name it        P  a poll, with its exchanges
             D  what is known of a device from here on (its portrait)   A  what a person did

An answer as long as the one before to the same question of the same device is written as what differs from it
(exclusive or), of which little is left once it is packed. Numbers count from 0 in each segment: none needs
another. All numbers are little-endian; times are seconds, monotonic ones unless UTC is said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import Any, Final, TypeAlias

from dcim.model import Lane
from dcim.recording.frame import HEAD, frame
from dcim.witness import Exchange, Fault

SUFFIX: Final = ".tape"
QUESTION, DEVICE, POLL, ACT = b"QDPA"
QS: Final = Struct("<BII")
DS: Final = Struct("<BHdI")
PS: Final = Struct("<BHddddBBBHHIHH")
XS: Final = Struct("<IddBHI")
AS: Final = Struct("<BdI")
CHEAP, RESTARTED, IDENTITY = 1, 2, 4
DELTA: Final = 0x80
_LANES: Final = tuple(Lane)


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll as it ended. ``at`` is UTC seconds, ``ended`` monotonic; ``late`` and ``lasted`` are seconds.

    ``lanes``: those that brought anything. ``fault`` and ``why``: how it failed as a whole. ``check``: CRC-32
    of the values that were made of it then, 0 where there were none.
    """

    asset: str
    ended: float
    at: float
    late: float
    lasted: float
    lanes: frozenset[Lane] = frozenset()
    cheap: bool = False
    restarted: bool = False
    identity: bool = False
    fault: Fault = Fault.NONE
    why: str = ""
    requests: int = 0
    retries: int = 0
    check: int = 0
    exchanges: Sequence[Exchange] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is known of a device from ``at`` (monotonic seconds) on."""

    asset: str
    at: float
    portrait: bytes


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did at ``at`` (monotonic seconds), as JSON."""

    at: float
    body: Mapping[str, Any]


Event: TypeAlias = "Poll | Drawn | Act"


@dataclass(slots=True)
class Segment:
    """Makes the bytes of one segment. ``assets`` are the devices that it may speak of."""

    head: Mapping[str, Any]
    assets: Sequence[str]
    size: int = 0
    _numbers: dict[str, int] = field(init=False)
    _questions: dict[bytes, int] = field(default_factory=dict)
    _before: dict[tuple[int, int], bytes] = field(default_factory=dict)
    _records: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Number the devices."""
        self._numbers = {asset: number for number, asset in enumerate(self.assets)}

    def opening(self, *, small: bool = False) -> bytes:
        """Return the head of the file."""
        said = {**self.head, "format": 1, "assets": list(self.assets)}
        return frame(HEAD, json.dumps(said, sort_keys=True, ensure_ascii=False).encode(), small=small)

    def portrait(self, drawn: Drawn) -> None:
        """Note what is known of a device."""
        number = self._numbers.get(drawn.asset)
        if number is not None:
            self._put(DS.pack(DEVICE, number, drawn.at, len(drawn.portrait)) + drawn.portrait)

    def act(self, act: Act) -> None:
        """Note what a person did."""
        body = json.dumps(act.body, sort_keys=True, ensure_ascii=False).encode()
        self._put(AS.pack(ACT, act.at, len(body)) + body)

    def poll(self, poll: Poll) -> None:
        """Note a poll with its exchanges; one of a device that the head does not name is left out."""
        number = self._numbers.get(poll.asset)
        if number is None:
            return
        parts = [self._exchange(number, poll.ended, one) for one in poll.exchanges[:0xFFFF]]
        why = poll.why.encode()[:0xFFFF]
        lanes = sum(1 << at for at, lane in enumerate(_LANES) if lane in poll.lanes)
        flags = poll.cheap * CHEAP + poll.restarted * RESTARTED + poll.identity * IDENTITY
        fixed = PS.pack(
            POLL,
            number,
            poll.ended,
            poll.at,
            poll.late,
            poll.lasted,
            lanes,
            flags,
            poll.fault,
            min(poll.requests, 0xFFFF),
            min(poll.retries, 0xFFFF),
            poll.check,
            len(parts),
            len(why),
        )
        self._put(b"".join([fixed, why, *parts]))

    def _exchange(self, asset: int, ended: float, exchange: Exchange) -> bytes:
        number = self._questions.get(exchange.question)
        if number is None:
            number = self._questions[exchange.question] = len(self._questions)
            self._put(QS.pack(QUESTION, number, len(exchange.question)) + exchange.question)
        answer, mark = exchange.answer, int(exchange.fault)
        before = self._before.get((asset, number))
        if answer:
            if before is not None and len(before) == len(answer):
                mark |= DELTA
                self._before[asset, number], answer = answer, differing(answer, before)
            else:
                self._before[asset, number] = answer
        why = exchange.why.encode()[:0xFFFF]
        fixed = XS.pack(number, exchange.began, exchange.ended, mark, len(why), len(answer))
        return b"".join((fixed, why, answer))

    def _put(self, record: bytes) -> None:
        self._records.append(record)
        self.size += len(record)

    def take(self) -> list[bytes]:
        """Return the records since the last time, to be made one frame with ``block``."""
        records, self._records = self._records, []
        return records


def differing(one: bytes, other: bytes) -> bytes:
    """Return the exclusive or of two texts of the same length: what makes one of the other."""
    made = int.from_bytes(one, "little") ^ int.from_bytes(other, "little")
    return made.to_bytes(len(one), "little")
