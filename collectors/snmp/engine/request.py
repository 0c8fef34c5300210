"""Questions. The varbinds of a question are encoded once, when it is made; a message adds only an id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import Final

from collectors.snmp.engine import ber
from collectors.snmp.engine.shape import Shape

_ID: Final = b"\x02\x04"  # an INTEGER of four bytes, see ``pdu.LEAST_NUMBER``


class Kind(IntEnum):
    """What is asked, as the tag of its PDU. There is no SET in this code base."""

    GET = 0xA0
    NEXT = 0xA1
    BULK = 0xA5


@dataclass(slots=True, eq=False)
class Memory:
    """Hints that make the next message cheaper, no more."""

    tags: bytes | None = None  # types of the last answer that had to be read plainly
    shape: Shape | None = None
    envelope: bytes = b""  # for which ``opening`` was made
    opening: bytes = b""
    as_next: Request | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One question about these OIDs (content bytes). Make it once, ask it at every beat, share it.

    ``non_repeaters`` and ``repetitions`` matter for BULK alone. A v1 device is asked NEXT instead of BULK.
    """

    kind: Kind
    oids: tuple[bytes, ...]
    non_repeaters: int = 0
    repetitions: int = 0
    head: bytes = field(init=False, repr=False)  # the PDU before the four bytes of its request id
    tail: bytes = field(init=False, repr=False)  # and behind them
    memory: Memory = field(init=False, repr=False, default_factory=Memory)

    def __post_init__(self) -> None:
        """Encode the varbinds. ValueError for numbers that no PDU can carry."""
        most = 0x7FFFFFFF if self.kind is Kind.BULK else 0
        if not (0 <= self.non_repeaters <= most and 0 <= self.repetitions <= most):
            msg = f"{self.kind.name}: non_repeaters and repetitions must be from 0 to {most}"
            raise ValueError(msg)
        if self.kind is Kind.GET:
            oids, tail = _shared(self.oids)
            object.__setattr__(self, "oids", oids)
        else:
            tail = _tail(self.oids, self.non_repeaters, self.repetitions)
        object.__setattr__(self, "head", ber.opening(self.kind, len(_ID) + 4 + len(tail)) + _ID)
        object.__setattr__(self, "tail", tail)

    @property
    def words(self) -> bytes:
        """Return the question as bytes: the same ones for the same question, whoever asks whomever."""
        if self.kind is Kind.GET:
            return self.tail
        return bytes((self.kind,)) + self.tail  # a tail begins with 02

    def as_next(self) -> Request:
        """Return the request that asks a v1 device, which knows no BULK, for the first row of this one."""
        memory = self.memory
        if memory.as_next is None:
            memory.as_next = Request.next(self.oids)
        return memory.as_next

    @classmethod
    def get(cls, oids: Sequence[bytes]) -> Request:
        """Ask for exactly these instances."""
        return cls(Kind.GET, tuple(oids))

    @classmethod
    def next(cls, oids: Sequence[bytes]) -> Request:
        """Ask for the instances that follow these."""
        return cls(Kind.NEXT, tuple(oids))

    @classmethod
    def bulk(cls, oids: Sequence[bytes], repetitions: int, non_repeaters: int = 0) -> Request:
        """Ask for up to ``repetitions`` rows that follow these."""
        return cls(Kind.BULK, tuple(oids), non_repeaters, repetitions)


def _tail(oids: tuple[bytes, ...], non_repeaters: int, repetitions: int) -> bytes:
    return ber.integer(non_repeaters) + ber.integer(repetitions) + ber.null_varbinds(oids)


@lru_cache(1024)
def _shared(oids: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], bytes]:
    """Return the names of a GET and its tail: the same objects for all devices that are asked the same."""
    return oids, _tail(oids, 0, 0)
