"""Frames of both kinds: makes that of a question, and finds its answer in the bytes that came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from struct import Struct
from typing import Final, Protocol

from pymodbus.framer import FramerRTU

from collectors.modbus.transport.frames import Fit, Question, fit, rtu_length
from dcim.model import BadAnswer, PollError, Sign

_HEADER: Final = Struct(">HHHB")
"""Transaction, protocol, length, unit: Modbus messaging on TCP/IP 1.0b, 3.1.3."""

_TAKEN: Final = (Fit.ANSWER, Fit.EXCEPTION)


class Waiting:
    """The question under way, as a framer sees it, and how to end it at once."""

    def __init__(self) -> None:
        self.question: Question | None = None
        self.transaction = 0  # of the last question sent over TCP
        self.end: Callable[[PollError], None] = lambda _: None
        self.late = 0
        self.heard = asyncio.Event()  # a late answer came
        self.derailed = False  # the stream is not at the start of a frame any more

    def nonsense(self, what: str, *, derailed: bool = False) -> None:
        """End the question: what came instead of its answer can be none."""
        self.derailed = self.derailed or derailed
        if self.question is not None:
            sign = Sign.OTHER_PROTOCOL if derailed else Sign.OTHER_ANSWER
            self.end(BadAnswer(what, sign=sign))


class Framer(Protocol):
    """One way to put questions and answers on a stream of bytes. A PDU is a function code and its data."""

    def request(self, unit: int, pdu: bytes) -> bytes:
        """Return the frame of a question, a new one every time."""
        ...

    def take(self, data: bytes) -> tuple[int, bytes | None]:
        """Return how many bytes are used up, and the PDU of the answer if it is among them."""
        ...


class TcpFramer:
    """Takes the frame with our transaction number; drops those of earlier questions."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting

    def request(self, unit: int, pdu: bytes) -> bytes:
        """Return the frame of a question, under the next transaction number."""
        waiting = self._waiting
        waiting.transaction = waiting.transaction % 0xFFFF + 1
        return _HEADER.pack(waiting.transaction, 0, len(pdu) + 1, unit) + pdu

    def take(self, data: bytes) -> tuple[int, bytes | None]:
        """Return how many bytes are used up, and the PDU of the answer if it is among them."""
        at = 0
        while len(data) - at >= 8:
            transaction, protocol, length, unit = _HEADER.unpack_from(data, at)
            if protocol or not 3 <= length <= 254:
                self._waiting.nonsense(f"not Modbus TCP: {data[at : at + 8].hex(' ')}", derailed=True)
                return len(data), None
            end = at + 6 + length
            if end > len(data):
                break
            pdu = data[at + 7 : end]
            at = end
            if self._takes(transaction, unit, pdu):
                return at, pdu
        return at, None

    def _takes(self, transaction: int, unit: int, pdu: bytes) -> bool:
        waiting = self._waiting
        question = waiting.question
        if question is None or transaction != waiting.transaction:
            waiting.late += 1
            return False
        if fit(question, unit, pdu) in _TAKEN:
            return True
        waiting.nonsense(f"unit {unit} sent {pdu[:8].hex(' ')} for an answer")
        return False


class RtuFramer:
    """Takes the first frame that fits the question and has the right checksum; skips all else."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting

    def request(self, unit: int, pdu: bytes) -> bytes:
        """Return the frame of a question, with its checksum."""
        body = bytes((unit,)) + pdu
        return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")

    def take(self, data: bytes) -> tuple[int, bytes | None]:
        """Return how many bytes are used up, and the PDU of the answer if it is among them."""
        at = used = 0
        while at < len(data):
            length = rtu_length(data[at : at + 300])
            if not length or at + length > len(data) or not _sound(data, at, length):
                at += 1
                continue
            unit, pdu = data[at], data[at + 1 : at + length - 2]
            at = used = at + length
            if self._takes(unit, pdu):
                return len(data), pdu
        return used, None

    def _takes(self, unit: int, pdu: bytes) -> bool:
        waiting = self._waiting
        if waiting.question and fit(waiting.question, unit, pdu) in _TAKEN:
            return True
        waiting.late += 1
        waiting.heard.set()
        return False


def _sound(data: bytes, at: int, length: int) -> bool:
    end = at + length - 2
    return FramerRTU.check_CRC(data[at:end], int.from_bytes(data[end : end + 2], "big"))
