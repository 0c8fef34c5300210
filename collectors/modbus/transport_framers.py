"""Finds the answer in the bytes that came: pymodbus framers with our checks in place of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from struct import unpack_from

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU

from collectors.modbus.frames import Fit, Question, fit, rtu_length
from dcim.model import BadAnswer, PollError


class Frame(ModbusPDU):
    """An answer as it came: pymodbus passes it on without looking inside."""

    def __init__(self, unit: int, transaction: int, pdu: bytes) -> None:
        super().__init__(dev_id=unit, transaction_id=transaction)
        self.pdu = pdu


class Waiting:
    """The question under way, as a framer sees it, and how to end it at once."""

    def __init__(self) -> None:
        self.question: Question | None = None
        self.end: Callable[[PollError], None] = lambda _: None
        self.late = 0
        self.heard = asyncio.Event()  # a late answer came
        self.derailed = False  # the stream is not at the start of a frame any more

    def nonsense(self, what: str, *, derailed: bool = False) -> None:
        """End the question: what came instead of its answer can be none."""
        self.derailed = self.derailed or derailed
        if self.question is not None:
            self.end(BadAnswer(what))


class TcpFramer(FramerSocket):
    """Takes the frame with our transaction number; drops those of earlier questions."""

    def __init__(self, waiting: Waiting) -> None:
        super().__init__(DecodePDU(False))
        self._waiting = waiting

    def handleFrame(self, data: bytes, exp_devid: int, exp_tid: int) -> tuple[int, ModbusPDU | None]:
        """Return how many bytes are used up, and the answer if it is among them."""
        del exp_devid
        at = 0
        while len(data) - at >= 8:
            transaction, protocol, length = unpack_from(">HHH", data, at)
            if protocol or not 3 <= length <= 254:
                self._waiting.nonsense(f"not Modbus TCP: {data[at : at + 8].hex(' ')}", derailed=True)
                return len(data), None
            end = at + 6 + length
            if end > len(data):
                break
            frame = Frame(data[at + 6], transaction, data[at + 7 : end])
            at = end
            if self._takes(frame, exp_tid):
                return at, frame
        return at, None

    def _takes(self, frame: Frame, transaction: int) -> bool:
        question = self._waiting.question
        if question is None or frame.transaction_id != transaction:
            self._waiting.late += 1
            return False
        if fit(question, frame.dev_id, frame.pdu) in (Fit.ANSWER, Fit.EXCEPTION):
            return True
        self._waiting.nonsense(f"unit {frame.dev_id} sent {frame.pdu[:8].hex(' ')} for an answer")
        return False


class RtuFramer(FramerRTU):
    """Takes the first frame that fits the question and has the right checksum; skips all else."""

    def __init__(self, waiting: Waiting) -> None:
        super().__init__(DecodePDU(False))
        self._waiting = waiting

    def handleFrame(self, data: bytes, exp_devid: int, exp_tid: int) -> tuple[int, ModbusPDU | None]:
        """Return how many bytes are used up, and the answer if it is among them."""
        del exp_devid, exp_tid
        at = used = 0
        while at < len(data):
            length = rtu_length(data[at : at + 300])
            if not length or at + length > len(data) or not self._sound(data, at, length):
                at += 1
                continue
            frame = Frame(data[at], 0, data[at + 1 : at + length - 2])
            at = used = at + length
            if self._takes(frame):
                return len(data), frame
        return used, None

    def _sound(self, data: bytes, at: int, length: int) -> bool:
        end = at + length - 2
        return self.check_CRC(data[at:end], int.from_bytes(data[end : end + 2], "big"))

    def _takes(self, frame: Frame) -> bool:
        question = self._waiting.question
        if question and fit(question, frame.dev_id, frame.pdu) in (Fit.ANSWER, Fit.EXCEPTION):
            return True
        self._waiting.late += 1
        self._waiting.heard.set()
        return False
