"""Questions. The varbinds of a question are encoded once, when it is made; a message adds only an id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from collectors.snmp.engine import ber
from collectors.snmp.engine.decode import Shape


class Kind(IntEnum):
    """What is asked, as the tag of its PDU. There is no SET in this code base."""

    GET = 0xA0
    NEXT = 0xA1
    BULK = 0xA5


@dataclass(slots=True, eq=False)
class Memory:
    """The types that answers to one request had: a hint that makes the next one cheaper to read, no more."""

    tags: bytes | None = None
    shape: Shape | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One question about these OIDs (content bytes). Make it once, ask it at every beat, share it.

    ``non_repeaters`` and ``repetitions`` matter for BULK alone. A v1 device is asked NEXT instead of BULK.
    """

    kind: Kind
    oids: tuple[bytes, ...]
    non_repeaters: int = 0
    repetitions: int = 0
    encoded: bytes = field(init=False, repr=False)  # the varbind list, header included
    memory: Memory = field(init=False, repr=False, default_factory=Memory)

    def __post_init__(self) -> None:
        """Encode the varbinds. ValueError for numbers that no PDU can carry."""
        if not (0 <= self.non_repeaters <= 0x7FFFFFFF and 0 <= self.repetitions <= 0x7FFFFFFF):
            msg = "non_repeaters and repetitions are 31-bit numbers"
            raise ValueError(msg)
        object.__setattr__(self, "encoded", ber.null_varbinds(self.oids))

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
