"""What an answer must be to be the answer: pure checks on bytes, shared by both framings.

An answer counts when unit, function and length are those of the question, and for Modbus TCP the
transaction too. Everything else is a late answer (dropped), or nonsense (said so).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from struct import Struct
from typing import Final, NamedTuple

from collectors.modbus.transport.contract import Read
from dcim.model import legible
from dcim.record import dataclass

MEI: Final = 0x2B
MEI_IDENTIFY: Final = 0x0E
_MEI_HEADER: Final = 7  # function, type, read code, conformity, more, next, objects
_READ: Final = Struct(">BHH")


def words(read: Read) -> bytes:
    """Return the PDU of a read: function, first address, count (1.1b3, 6.1 to 6.4)."""
    return _READ.pack(read.space, read.start, read.count)


class Question(NamedTuple):
    """What was asked, as far as an answer shows it. ``size`` is None for identification."""

    unit: int
    function: int
    size: int | None

    @classmethod
    def of(cls, unit: int, read: Read) -> Question:
        """Return the question that a read puts to a unit."""
        return cls(unit, int(read.space), read.size)


class Fit(Enum):
    """How a frame relates to the question."""

    ANSWER = "answer"
    EXCEPTION = "exception"
    OTHER = "other"  # a proper frame that answers something else
    NONSENSE = "nonsense"


def fit(question: Question, unit: int, pdu: bytes) -> Fit:
    """Judge a whole frame: ``pdu`` is the function code and what follows it."""
    if len(pdu) < 2:
        return Fit.NONSENSE
    function = pdu[0]
    if unit != question.unit or function & 0x7F != question.function:
        return Fit.OTHER
    if function & 0x80:
        return Fit.EXCEPTION if len(pdu) == 2 else Fit.NONSENSE
    if question.size is None:
        return Fit.ANSWER if len(pdu) >= _MEI_HEADER and pdu[1] == MEI_IDENTIFY else Fit.NONSENSE
    if pdu[1] != len(pdu) - 2:
        return Fit.NONSENSE
    return Fit.ANSWER if pdu[1] == question.size else Fit.OTHER


def rtu_length(frame: bytes) -> int | None:
    """Return how long the RTU frame that starts here must be, None when no answer starts like this,
    0 when too few bytes are there to tell."""
    if len(frame) < 3:
        return 0
    function = frame[1]
    if function & 0x80:
        return 5
    if 1 <= function <= 4:
        return frame[2] + 5
    if function == MEI and frame[2] == MEI_IDENTIFY:
        return _mei_length(frame)
    return None


def _mei_length(frame: bytes) -> int:
    at = 1 + _MEI_HEADER
    if len(frame) < at:
        return 0
    for _ in range(frame[at - 1]):
        if len(frame) < at + 2:
            return 0
        at += 2 + frame[at + 1]
    return at + 2


@dataclass(frozen=True, slots=True)
class Objects:
    """One answer of function 43/14, its texts legible. ``following`` is the object to ask next, or None."""

    texts: Mapping[int, str]
    following: int | None


def read_objects(pdu: bytes) -> Objects | None:
    """Return the objects of an identification answer, or None when its lengths contradict each other."""
    texts: dict[int, str] = {}
    at = _MEI_HEADER
    for _ in range(pdu[6]):
        if at + 2 > len(pdu) or at + 2 + pdu[at + 1] > len(pdu):
            return None
        raw = pdu[at + 2 : at + 2 + pdu[at + 1]]
        texts[pdu[at]] = legible(raw.decode("utf-8", "replace"))
        at += 2 + len(raw)
    return Objects(texts, pdu[5] if pdu[4] == 0xFF else None)
