"""All that came in one recorded poll, name by name: for a question that was asked in other words then. Pure.

    GET of 60 (silence), GET of 30, GET of 30     asked then, as it was learned on the way
    GET of 30, GET of 30                          asked as the portrait knows: answered in the very words
    GET of 40, GET of 20                          asked otherwise: what came of each name, gaps for the others

A poll walks tables, greets and looks at names before it reads. What those questions brought was read by
nobody who reads points, so that it counts for none of them: reading is what stands at the end of a poll.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, cast

from collectors.snmp.collecting.poll import ANYBODY
from collectors.snmp.devices.plan import LanePlan
from collectors.snmp.engine import ber, pdu
from collectors.snmp.engine.answer import Answer, ErrorStatus
from collectors.snmp.engine.decode import plain
from collectors.snmp.engine.request import Kind, Request
from collectors.snmp.engine.value import Absence, Tag, Value
from collectors.snmp.questions.asking import LATE, NOTHING, Said, status_word
from dcim.model import Gap, GapReason, NoAnswer
from dcim.witness import Exchange, Fault, error_of

_WALKS: Final = (bytes((Kind.NEXT,)), bytes((Kind.BULK,)))
_ALARMS: Final = (-1,)
_LATE: Final = (LATE, NOTHING)
_ABSENT: Final = (Absence.NO_SUCH_INSTANCE, int(Tag.NO_SUCH_INSTANCE))


class Readings:
    """Tells which questions of a poll read points, of a device with these plans.

    They are those at its end that ask names of one plan in its order, and plans in theirs.
    """

    def __init__(self, plans: Sequence[LanePlan]) -> None:
        self._raised = tuple(one.column for plan in plans for one in plan.raised)
        self._places = [{name: at for at, name in enumerate(plan.oids)} for plan in plans]
        self._fits: dict[bytes, tuple[int, ...]] = {}

    def of(self, exchanges: Sequence[Exchange]) -> list[Exchange]:
        """Return them in their order."""
        if len(exchanges) == 1:  # as most polls are
            plans = self._plans_of(exchanges[0].question)
            return [*exchanges] if plans and plans is not _ALARMS else []
        found: list[Exchange] = []
        last = len(self._places) - 1
        for one in reversed(exchanges):
            plans = self._plans_of(one.question)
            if plans is _ALARMS:
                continue
            if one is exchanges[-1] and _asks_for_anybody(exchanges):
                continue
            last = next((at for at in plans if at <= last), -1)
            if last < 0:
                break
            found.append(one)
        return found[::-1]

    def _plans_of(self, question: bytes) -> tuple[int, ...]:
        """Return the plans that ask so, the last first; ``_ALARMS``: a walk that is read with the points."""
        plans = self._fits.get(question)
        if plans is None:
            plans = self._fits[question] = self._found(question)
        return plans

    def _found(self, question: bytes) -> tuple[int, ...]:
        if question.startswith(_WALKS):
            alarms = bool(self._raised) and all(
                name.startswith(self._raised) for name in _names(question[1:])
            )
            return _ALARMS if alarms else ()
        names = _names(question)
        return tuple(at for at in range(len(self._places) - 1, -1, -1) if _reads(names, self._places[at]))


def _asks_for_anybody(exchanges: Sequence[Exchange]) -> bool:
    """Whether a poll ends with a question for a sign of life, as it does where nothing else was heard."""
    *others, last = exchanges
    return (
        last.question == ANYBODY.words and bool(others) and all(one.fault is not Fault.NONE for one in others)
    )


def pieced(request: Request, exchanges: Sequence[Exchange]) -> Answer:
    """Answer a question from what came otherwise; raise the first error where nothing of it came."""
    if request.kind is not Kind.GET:
        said = {name: (value, tag) for one in exchanges for name, value, tag in _varbinds(one)}
        return _walked(request, said)
    found: dict[bytes, tuple[Said, int]] = {}
    for one in exchanges:
        found.update(_told(one))
    if not any(name in found for name in request.oids):
        failed = next((one for one in exchanges if one.fault is not Fault.NONE), None)
        raise error_of(failed.fault, failed.why) if failed else NoAnswer("it was not asked so")
    parts = [found.get(name, _LATE) for name in request.oids]
    values = cast("list[Value]", [value for value, _ in parts])  # a sheet takes gaps as it takes values
    return Answer(request.oids, values, bytes([tag for _, tag in parts]))


def _names(question: bytes) -> Sequence[bytes]:
    """Return what a question asks: two numbers stand before the names."""
    at = 0
    for _ in range(2):
        _, at = ber.read_integer(question, at, len(question))
    _, start, end = ber.header(question, at)
    return plain(question, start, end)[0]


def _reads(names: Sequence[bytes], places: Mapping[bytes, int]) -> bool:
    """Whether these are names of a plan in its order."""
    found = [places.get(name, -1) for name in names]
    return all(at >= 0 for at in found) and all(before < after for before, after in pairwise(found))


def _told(exchange: Exchange) -> Iterator[tuple[bytes, tuple[Said, int]]]:
    """Yield what a GET said of names: values, or which one it was not answered for."""
    if exchange.fault is not Fault.NONE:
        return
    head = pdu.of_bare(exchange.answer)
    oids, values, tags = plain(exchange.answer, head.start, head.end)
    if not head.error_status:
        yield from zip(oids, zip(values, tags, strict=True), strict=True)
        return
    names = _names(exchange.question)
    if 1 <= head.error_index <= len(names):
        absent = head.error_status == ErrorStatus.NO_SUCH_NAME
        refused = Gap(GapReason.REFUSED, status_word(head.error_status)), NOTHING
        yield names[head.error_index - 1], _ABSENT if absent else refused


def _varbinds(exchange: Exchange) -> Iterator[tuple[bytes, Value, int]]:
    if exchange.fault is Fault.NONE:
        head = pdu.of_bare(exchange.answer)
        if not head.error_status:
            yield from zip(*plain(exchange.answer, head.start, head.end), strict=True)


def _walked(request: Request, said: Mapping[bytes, tuple[Value, int]]) -> Answer:
    """Answer with the names that follow the asked ones, as far as they came."""
    if not said:
        msg = "it was not asked so"
        raise NoAnswer(msg)
    ordered = sorted(said)
    oids: list[bytes] = []
    values: list[Value] = []
    tags: list[int] = []
    rows = max(1, request.repetitions if request.kind is Kind.BULK else 1)
    asked = list(request.oids)
    for _ in range(rows):
        for at, name in enumerate(asked):
            place = bisect_right(ordered, name)
            if place < len(ordered):
                asked[at] = ordered[place]
                value, tag = said[asked[at]]
            else:
                value, tag = Absence.END_OF_MIB_VIEW, Tag.END_OF_MIB_VIEW
            oids.append(asked[at])
            values.append(value)
            tags.append(tag)
    return Answer(oids, values, tags)
