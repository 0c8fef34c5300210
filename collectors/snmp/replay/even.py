"""Recorded polls of one question a plan, of many devices: from their bytes to batches in columns.

answers of one shape ─▶ all numbers at once ─▶ rows of one layout ─▶ all readings at once ─▶ Collected

A device is here after a poll of it was looked at from all sides (``straight``), as long as nothing else than
such polls is made of it. What is not as usual is left to who looks from all sides.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol, TypeAlias, cast

from collectors.snmp.decoding.columns import Columns
from collectors.snmp.decoding.program import Program
from collectors.snmp.devices.device import restarted
from collectors.snmp.engine import pdu
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.shape import Shape
from dcim.collect import Collected
from dcim.model import BadAnswer, Batch, Lane
from dcim.record import dataclass
from dcim.witness import Fault, Recorded

WORTH: Final = 8
"""Rows from which columns are cheaper than one row after the other."""
WELL: Final = bytes(4)
"""Error status and index of an answer that is none of an error; what was asked follows."""


class Part(NamedTuple):
    """The question of one plan: its place among all of a poll, and what reads its answer."""

    at: int
    request: Request
    program: Program
    columns: Columns


@dataclass(frozen=True, slots=True, eq=False)
class Even:
    """The questions of a poll, and those that read points, each of a plan of its own.

    ``usual``: there is one alone, which goes the usual way; ``up_time_at``: where sysUpTime stands in it.
    """

    questions: Sequence[bytes]
    parts: Sequence[Part]
    usual: bool
    up_time_at: int | None


class Goer(Protocol):
    """A device of which even polls are decoded; ``even``: how, by the lanes that are asked."""

    up_time: int | None
    unusual: int
    owed: frozenset[Lane]
    even: dict[frozenset[Lane], Even]

    def owe(self, lanes: frozenset[Lane], batches: Sequence[Batch]) -> None:
        """Keep the lanes that were read for the next poll too, as long as not all came."""
        ...


@dataclass(slots=True, eq=False)
class _Going:
    """A poll, what its sysUpTime is, and the batch of each of its parts so far."""

    device: Goer
    poll: Recorded
    even: Even
    batches: list[Batch | None]
    up_time: int | None = None


_Asked: TypeAlias = tuple[_Going, int, Part, bytes]
"""A part of a poll, its place among the parts, and the answer."""
_Read: TypeAlias = tuple[_Going, int, Part, bytes]
"""The same, with the numbers of the answer as float64."""


def decode(polls: Sequence[tuple[Goer, Recorded]], found: list[Collected | None]) -> list[int]:
    """Put what even polls come to where they stand; return the numbers of the others, in their order."""
    alike: defaultdict[Shape, list[_Asked]] = defaultdict(list)
    rows: defaultdict[tuple[Columns, int], list[_Read]] = defaultdict(list)
    going = [_begun(device, poll, alike, rows) for device, poll in polls]
    for shape, asked in alike.items():
        if len(asked) >= WORTH:
            _read(shape, asked, rows)
    for (columns, _), read in rows.items():
        if len(read) >= WORTH:
            _batch(columns, read)
    left = []
    for number, one in enumerate(going):
        collected = found[number] = _ended(one) if one is not None else None
        if collected is None:
            left.append(number)
    return left


def _begun(
    device: Goer,
    poll: Recorded,
    alike: Mapping[Shape, list[_Asked]],
    rows: Mapping[tuple[Columns, int], list[_Read]],
) -> _Going | None:
    """Return a poll that was asked as its device is asked now, its answers put to those of their shape.

    One that has no shape, since it is short, is read at once.
    """
    even, exchanges = device.even.get(poll.lanes), poll.exchanges
    if even is None or len(exchanges) != len(even.questions):
        return None
    for one, question in zip(exchanges, even.questions, strict=True):
        if one.fault is not Fault.NONE or one.question != question:
            return None
    going = _Going(device, poll, even, [None] * len(even.parts))
    for place, part in enumerate(even.parts):
        answer, shape = exchanges[part.at].answer, part.request.memory.shape
        if not answer.startswith(WELL):
            return None
        if shape is not None:
            alike[shape].append((going, place, part, answer))
        elif (cells := _alone(going, part, answer)) is not None:
            rows[part.columns, len(cells)].append((going, place, part, cells))
        else:
            return None
    return going


def _alone(one: _Going, part: Part, answer: bytes) -> bytes | None:
    """Return the numbers of one answer; None where it is to be looked at more closely."""
    try:
        said = pdu.answer(answer, pdu.of_bare(answer), part.request)
        cells = array("d", cast("list[float]", said.values)).tobytes()  # what is no number is refused
    except (BadAnswer, TypeError, OverflowError):
        return None
    if said.error_status or said.oids is not part.request.oids:
        return None
    if not cells or not part.program.takes_as_they_are(bytes(said.tags)):
        return None
    return cells if _lives_on(one, said.values) else None


def _lives_on(one: _Going, values: Sequence[Any]) -> bool:
    """Whether the agent has not restarted since the poll before, as far as anybody looks."""
    at = one.even.up_time_at
    if at is None:
        return True
    one.up_time = values[at] if isinstance(values[at], int) else None
    return not restarted(one.device.up_time, one.up_time)


def _read(shape: Shape, asked: Sequence[_Asked], found: Mapping[tuple[Columns, int], list[_Read]]) -> None:
    """Put the numbers of answers of one shape to those that are read alike."""
    together = shape.together
    if together is None:
        return
    rows = together.read([(answer, len(WELL), len(answer)) for *_, answer in asked])
    for (one, place, part, _), row in zip(asked, rows, strict=True):
        if row is None or not part.program.takes_as_they_are(shape.tags):
            continue
        if _lives_on(one, row.values):
            found[part.columns, len(row.cells)].append((one, place, part, row.cells))


def _batch(columns: Columns, read: Sequence[_Read]) -> None:
    """Make the batches of those rows that are whole."""
    numbers, whole = columns.read([cells for *_, cells in read])
    data, size = numbers.tobytes(), numbers.shape[1] * numbers.itemsize
    for number, ((one, place, part, _), is_whole) in enumerate(zip(read, whole.tolist(), strict=True)):
        if is_whole:
            values = array("d", data[number * size : (number + 1) * size])
            one.batches[place] = Batch(part.program.layout, one.poll.at, values)


def _ended(one: _Going) -> Collected | None:
    """Return what a poll came to; its device is left as by whoever would have decoded it alone."""
    batches = tuple([batch for batch in one.batches if batch is not None])
    if len(batches) < len(one.batches):
        return None
    device = one.device
    if one.even.usual:
        device.unusual = 0
        if one.up_time is not None:
            device.up_time = one.up_time
    else:
        device.up_time = None
        device.owe(one.poll.lanes, batches)
        if device.owed:
            device.even.clear()  # something else is asked first
    return Collected(batches)
