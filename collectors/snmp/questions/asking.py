"""Questions to one device within one poll: split when too big, the guilty OID isolated.

60 OIDs --GET--> tooBig --> 30 + 30 (remembered)
                 genErr 17 --> OID 17 is refused (remembered), the other 59 are asked again
                 genErr 0  --> halves, until the guilty one stands alone
    17 refused --(5 s, 10 s, 30 s ... 15 min later)--> asked again, in a question of its own after the others
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from collectors.snmp.engine.access import User
from collectors.snmp.engine.answer import Answer, ErrorStatus
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.value import Absence, Tag, Value
from collectors.snmp.questions.learned import Learned
from collectors.snmp.transport.contract import Target, Transport, Urgency
from dcim.model import Gap, GapReason, NoAnswer, Refused

Said: TypeAlias = Value | Gap
"""A value of the device, or why there is none."""

NOTHING: Final = 0
"""The tag of a gap: no SNMP type has it."""

LATE: Final = Gap(GapReason.DEADLINE)
_AGAIN_AT_ONCE: Final = 4
"""Questions a lane that a poll may spend on OIDs refused before."""

_AGAIN_WITHIN: Final = 1.0
"""Most seconds that such a question may take from the rest of a poll."""

_MISSING: Final = Gap(GapReason.MALFORMED, "not in the answer")
_NOT_ALLOWED: Final = frozenset({ErrorStatus.NO_ACCESS, ErrorStatus.AUTHORIZATION_ERROR})


def status_word(status: int) -> str:
    """Return an error status as RFC 3416 names it."""
    words = {2: "noSuchName", 5: "genErr", 6: "noAccess", 13: "resourceUnavailable", 16: "authorizationError"}
    return words.get(status, f"error {status}")


class Sheet:
    """The answers of one poll by position: a value or a gap, and the type it came in."""

    __slots__ = ("tags", "values")

    def __init__(self, size: int) -> None:
        self.values: list[Said] = [LATE] * size
        self.tags = bytearray(size)


class Chunk:
    """One prepared GET and the positions in the sheet that its answer fills."""

    __slots__ = ("positions", "request")

    def __init__(self, oids: Sequence[bytes], positions: Sequence[int]) -> None:
        self.request = Request.get(oids)
        self.positions = positions

    def part(self, start: int, end: int) -> Chunk:
        """Return the question about some of its OIDs."""
        return Chunk(self.request.oids[start:end], self.positions[start:end])

    def without(self, at: int) -> Chunk:
        """Return the question without one OID."""
        oids, positions = list(self.request.oids), list(self.positions)
        del oids[at], positions[at]
        return Chunk(oids, positions)


def prepare(oids: Sequence[bytes], learned: Learned) -> list[Chunk]:
    """Return GETs for these OIDs, as few as the device's limits allow, without the OIDs it refuses."""
    positions: Sequence[int] = range(len(oids))
    if learned.refused:
        positions = [at for at in positions if oids[at] not in learned.refused]
    step = learned.max_varbinds
    parts = [positions[start : start + step] for start in range(0, len(positions), step)]
    return [Chunk([oids[at] for at in part], part) for part in parts]


class Asking:
    """Asks one device during one poll and counts. ``heard`` is set by the first answer."""

    def __init__(self, transport: Transport, target: Target, learned: Learned, deadline: float) -> None:
        self._transport = transport
        self._target = target
        self.learned = learned
        self.deadline = deadline
        self.heard = False
        self.requests = 0
        self.retries = 0
        self.note: Callable[[Request, Answer], None] | None = None  # is told of every answer
        self._patience = 0.0
        self._patient_for = 0

    def be_patient(self, seconds: float, questions: int) -> None:
        """End no sooner than so many seconds after the last answer that came at the first attempt.

        After so many questions the end stays where it is.
        """
        self._patience, self._patient_for = seconds, questions

    def go_on(self) -> None:
        """Put the end off: an answer has come, or the wait was not the device's."""
        if self.requests < self._patient_for:
            self.deadline = max(self.deadline, asyncio.get_running_loop().time() + self._patience)

    @property
    def engine(self) -> bytes:
        """Return the id of the v3 engine that has answered with a signature; empty if none has."""
        is_v3 = isinstance(self._target.access, User)
        return self._transport.engine_of(self._target) if is_v3 else b""

    @property
    def left(self) -> float:
        """Return the seconds to the deadline."""
        return self.deadline - asyncio.get_running_loop().time()

    async def ask(
        self, request: Request, within: float | None = None, urgency: Urgency = Urgency.NORMAL
    ) -> Answer:
        """Ask one question, at most ``within`` seconds. Raise what the transport raises."""
        deadline = self.deadline
        if within is not None:
            deadline = min(deadline, asyncio.get_running_loop().time() + within)
        self.requests += 1
        answer = await self._transport.ask(self._target, request, deadline, urgency)
        self.retries += answer.attempts - 1
        self.heard = True
        if answer.attempts == 1:
            self.go_on()
        if self.note is not None:
            self.note(request, answer)
        return answer

    async def get(self, oids: Sequence[bytes]) -> Sheet:
        """Return what the device says to each of these OIDs."""
        sheet = Sheet(len(oids))
        await self.fill(sheet, prepare(oids, self.learned))
        if self.learned.refused:
            await self.ask_again(sheet, oids)
        return sheet

    async def ask_again(self, sheet: Sheet, oids: Sequence[bytes]) -> None:
        """Ask those of these OIDs again that were refused and are due; the others refused are gaps.

        They stand alone in their questions, so that they cost no other OID. Raise NoAnswer if this poll
        has heard nothing, and Refused or BadAnswer as the transport does.
        """
        now = asyncio.get_running_loop().time()
        due = set(self.learned.due(oids, now))
        if due:
            positions = [at for at, name in enumerate(oids) if name in due]
            await self._retry(sheet, Chunk([oids[at] for at in positions], positions), now)
        for at, name in enumerate(oids):
            if name in self.learned.refused:
                sheet.values[at] = Gap(GapReason.REFUSED, self.learned.refused[name])

    async def _retry(self, sheet: Sheet, whole: Chunk, now: float) -> None:
        """Ask in a few questions; what they do not settle is due again at the next poll."""
        step = self.learned.max_varbinds
        size = len(whole.positions)
        left = [whole.part(start, min(start + step, size)) for start in range(0, size, step)]
        for _ in range(_AGAIN_AT_ONCE):
            if not left or self.left <= 0:
                return
            chunk = left.pop(0)
            try:
                answer = await self.ask(chunk.request, within=_AGAIN_WITHIN if self.heard else None)
            except NoAnswer:
                if not self.heard:
                    raise
                for name in chunk.request.oids:
                    self.learned.refuse(name, self.learned.refused[name], now)
                continue
            if answer.error_status:
                left[:0] = self._still_refused(sheet, chunk, answer, now)
                continue
            for name in chunk.request.oids:
                self.learned.allow(name)
            _sort_out(sheet, chunk, answer)

    def _still_refused(self, sheet: Sheet, chunk: Chunk, answer: Answer, now: float) -> list[Chunk]:
        """Put the guilty OID off; return the questions that are left, halves where nobody is named."""
        size = len(chunk.positions)
        if size == 1 or (answer.error_status != ErrorStatus.TOO_BIG and 1 <= answer.error_index <= size):
            at = min(max(answer.error_index, 1), size) - 1
            if answer.error_status == ErrorStatus.NO_SUCH_NAME:
                self.learned.allow(chunk.request.oids[at])
                _absent(sheet, chunk.positions[at])
            else:
                self.learned.refuse(chunk.request.oids[at], status_word(answer.error_status), now)
            return [chunk.without(at)] if size > 1 else []
        return [chunk.part(0, size // 2), chunk.part(size // 2, size)]

    async def fill(self, sheet: Sheet, chunks: Sequence[Chunk]) -> None:
        """Ask these questions one after the other; what does not come stays a gap ``deadline``.

        That no answer came in less than the time of one attempt says nothing about the question.
        Raise NoAnswer if nothing at all came, and Refused or BadAnswer as the transport does.
        """
        largest, silent = 0, False
        for chunk in chunks:
            size, had_time = len(chunk.positions), self.left >= self._target.timeout
            try:
                await self._fill(sheet, chunk)
                largest = max(largest, size)
            except NoAnswer:
                if not self.heard:
                    raise
                if size > 1 and had_time:
                    self.learned.silent(size)
                silent = silent or had_time
                if self.left <= 0:
                    break
        if not silent:
            self.learned.spoke(largest)

    async def _fill(self, sheet: Sheet, chunk: Chunk) -> None:
        answer = await self.ask(chunk.request)
        if answer.error_status:
            await self._failed(sheet, chunk, answer)
        elif answer.oids is chunk.request.oids:
            _put(sheet, chunk.positions, answer.values, answer.tags)
        else:
            _sort_out(sheet, chunk, answer)

    async def _failed(self, sheet: Sheet, chunk: Chunk, answer: Answer) -> None:
        size = len(chunk.positions)
        if answer.error_status in _NOT_ALLOWED and answer.error_index == 0:
            msg = f"the device answered {status_word(answer.error_status)}"
            raise Refused(msg)
        if answer.error_status == ErrorStatus.TOO_BIG and size > 1:
            self.learned.too_big(size)
            await self._halves(sheet, chunk)
        elif size == 1 or 1 <= answer.error_index <= size:
            await self._isolate(sheet, chunk, max(answer.error_index, 1) - 1, answer.error_status)
        else:
            await self._halves(sheet, chunk)

    async def _halves(self, sheet: Sheet, chunk: Chunk) -> None:
        size = len(chunk.positions)
        await self._fill(sheet, chunk.part(0, size // 2))
        await self._fill(sheet, chunk.part(size // 2, size))

    async def _isolate(self, sheet: Sheet, chunk: Chunk, at: int, status: int) -> None:
        """Take the guilty OID out, remember it unless the device just has no such object, ask the rest."""
        at = min(at, len(chunk.positions) - 1)
        position = chunk.positions[at]
        if status == ErrorStatus.NO_SUCH_NAME:
            _absent(sheet, position)
        else:
            sheet.values[position] = Gap(GapReason.REFUSED, status_word(status))
            now = asyncio.get_running_loop().time()
            self.learned.refuse(chunk.request.oids[at], status_word(status), now)
        if len(chunk.positions) > 1:
            await self._fill(sheet, chunk.without(at))


def _absent(sheet: Sheet, position: int) -> None:
    sheet.values[position] = Absence.NO_SUCH_INSTANCE
    sheet.tags[position] = Tag.NO_SUCH_INSTANCE


def _put(sheet: Sheet, positions: Sequence[int], values: Sequence[Value], tags: Sequence[int]) -> None:
    first = positions[0]
    if positions[-1] - first + 1 == len(positions):
        sheet.values[first : first + len(values)] = values
        sheet.tags[first : first + len(values)] = bytes(tags)
        return
    for position, value, tag in zip(positions, values, tags, strict=True):
        sheet.values[position] = value
        sheet.tags[position] = tag


def _sort_out(sheet: Sheet, chunk: Chunk, answer: Answer) -> None:
    """Match an answer in another order, too short or with strangers in it by OID."""
    came = dict(zip(answer.oids, zip(answer.values, answer.tags, strict=True), strict=True))
    for position, name in zip(chunk.positions, chunk.request.oids, strict=True):
        if name in came:
            sheet.values[position], sheet.tags[position] = came[name]
        else:
            sheet.values[position] = _MISSING
