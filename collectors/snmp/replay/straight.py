"""Recorded polls of many devices decoded together: those of which it is sure that nothing but values is new.

    polls ──▶ of one question a plan (``even``): read in columns from the first byte on
         └──▶ asked and answered as their plans ask now? ──▶ all answers read together ──▶ columns ──▶ batches
         └──▶ anything else: an error, a restart, alarms, a row that moved: None, ``collect`` says what it is

A poll of one plan leaves its device as ``usual.Trip`` would, any other as ``collecting.poll.Poll`` would.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from math import inf
from typing import Any, Final

from collectors.snmp.decoding.columns import Columns
from collectors.snmp.decoding.program import Program
from collectors.snmp.decoding.slots import Named
from collectors.snmp.devices.device import Device, restarted
from collectors.snmp.devices.plan import LanePlan, Understanding
from collectors.snmp.devices.usual import Route
from collectors.snmp.engine import pdu
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.pdu import Unread
from collectors.snmp.engine.request import Request
from collectors.snmp.replay.even import WELL, WORTH, Even, Part
from collectors.snmp.replay.even import decode as even_decode
from collectors.snmp.replay.pieces import Readings
from collectors.snmp.replay.settled import Settled
from dcim.collect import Collected
from dcim.model import Asset, BadAnswer, Batch, Lane
from dcim.witness import Exchange, Fault, Recorded

_NO_ALARMS: Final[Named] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """How some lanes of a device are asked, as long as nothing new is learned of it.

    ``route``: the usual way, where they are one plan that is asked so. ``plans``: each with its questions,
    and what reads it together with those of other devices.
    """

    known: Understanding
    version: int
    route: Route | None
    plans: Sequence[tuple[LanePlan, Sequence[Request], Columns | None]]
    questions: Sequence[bytes]

    def holds(self, device: Device, route: Route | None) -> bool:
        """Whether it is asked so still."""
        same = self.known is device.known and self.version == device.learned.version
        return same and self.route is route


@dataclass(slots=True, eq=False)
class _Row:
    """What the questions of one plan brought at ``at``, and the batch that it is."""

    program: Program
    columns: Columns | None
    at: float
    values: Sequence[Any]
    tags: bytes
    cells: bytes
    batch: Batch | None = None


@dataclass(slots=True, eq=False)
class _Straight:
    """A poll of which it is sure so far; ``unread``: its answers, in the order of its questions."""

    device: Settled
    poll: Recorded
    way: Way
    unread: Sequence[Unread]


class Straight:
    """Decodes polls of many devices. ``route``: the usual way to ask some lanes of one, if there is one now.

    ``plain``: whether a device that is not asked so is asked for nothing but its values.
    """

    def __init__(
        self, route: Callable[[Asset, frozenset[Lane]], Route | None], plain: Callable[[Device], bool]
    ) -> None:
        self._route = route
        self._plain = plain
        self._ways: dict[tuple[str, frozenset[Lane]], Way] = {}

    def decode(self, polls: Sequence[tuple[Settled, Readings, Recorded]]) -> list[Collected | None]:
        """Return what each poll comes to; None: it is not sure of that. No device may come twice."""
        found: list[Collected | None] = [None] * len(polls)
        left = even_decode([(device, poll) for device, _, poll in polls], found)
        for number, collected in zip(left, self._looked_at([polls[at] for at in left]), strict=True):
            found[number] = collected
        return found

    def _looked_at(self, polls: Sequence[tuple[Settled, Readings, Recorded]]) -> list[Collected | None]:
        sure = [self._sure(*one) for one in polls]
        told = iter(pdu.answers([each for one in sure if one is not None for each in one.unread]))
        heard = [() if one is None else _rows(one, list(islice(told, len(one.unread)))) for one in sure]
        self._make([row for rows in heard for row in rows])
        return [
            _collected(one, rows) if one is not None and rows else None
            for one, rows in zip(sure, heard, strict=True)
        ]

    def _sure(self, device: Settled, readings: Readings, poll: Recorded) -> _Straight | None:
        """Return a poll that was asked as it is asked now, and in which nothing went wrong."""
        way = self._way(device, poll)
        if way is None:
            return None
        said = readings.of(poll.exchanges)
        if [one.question for one in said] != way.questions:
            return None
        if not all(one.fault is Fault.NONE and one.answer.startswith(WELL) for one in said):
            return None
        self._learn(device, way, poll, said)
        requests = [request for _, requests, _ in way.plans for request in requests]
        unread = [
            Unread(one.answer, pdu.of_bare(one.answer), request)
            for one, request in zip(said, requests, strict=True)
        ]
        return _Straight(device, poll, way, unread)

    @staticmethod
    def _learn(device: Settled, way: Way, poll: Recorded, said: Sequence[Exchange]) -> None:
        """Remember how such a poll is read, where nothing went wrong in any of its questions."""
        before = device.even.get(poll.lanes)
        questions = [one.question for one in poll.exchanges]
        if (before is not None and before.questions == questions) or device.survey_due != inf:
            return
        if all(one.fault is Fault.NONE for one in poll.exchanges):
            even = _even(way, poll.exchanges, said)
            if even is not None:
                device.even[poll.lanes] = even

    def _way(self, device: Device, poll: Recorded) -> Way | None:
        """Return how these lanes of a device are asked; None where more is done than to ask for values."""
        learned, known = device.learned, device.known
        if known is None or not device.is_whole or device.survey is not None or device.owed or device.unheard:
            return None
        if learned.refused or learned.max_varbinds < learned.limit or Lane.STATIC in poll.lanes:
            return None
        route = self._route(poll.asset, poll.lanes)
        if route is None and not self._plain(device):
            return None
        key = poll.asset.id, poll.lanes
        way = self._ways.get(key)
        if way is None or not way.holds(device, route):
            way = self._ways[key] = _way(device, known, poll.lanes, route)
        return way if way.questions else None

    @staticmethod
    def _make(rows: Sequence[_Row]) -> None:
        """Make the batch of each row; of one that is a riddle there is none."""
        alike: defaultdict[tuple[Columns, int], list[_Row]] = defaultdict(list)
        for row in rows:
            if row.columns is not None and row.cells and row.program.takes_as_they_are(row.tags):
                alike[row.columns, len(row.cells)].append(row)
        for (columns, _), mine in alike.items():
            if len(mine) >= WORTH:
                _read(columns, mine)
        for row in rows:
            if row.batch is None:
                with suppress(Exception):  # a bug, which is told by whoever decodes it alone
                    row.batch = row.program.decode(row.values, row.tags, row.at)


def _way(device: Device, known: Understanding, lanes: frozenset[Lane], route: Route | None) -> Way:
    plans = [
        (plan, [chunk.request for chunk in device.chunks(plan)], plan.program.columns())
        for plan in known.plans
        if plan.lane in lanes
    ]
    questions = [request.words for _, requests, _ in plans for request in requests]
    if len(set(questions)) < len(questions):  # which answer is whose is not sure
        questions = []
    return Way(known, device.learned.version, route, plans, questions)


def _even(way: Way, exchanges: Sequence[Exchange], said: Sequence[Exchange]) -> Even | None:
    """Return how polls of these questions are read, where each plan has one and all of it is numbers.

    ``said``: those of them that read points. One plan that does not go the usual way may go it later.
    """
    if (way.route is not None) is not (len(way.plans) == 1):
        return None
    parts = []
    for one, (plan, requests, columns) in zip(said, way.plans, strict=False):
        if columns is None or plan.raised or len(requests) != 1:
            return None
        at = next(at for at, each in enumerate(exchanges) if each is one)
        parts.append(Part(at, requests[0], plan.program, columns))
    if len(parts) < max(1, len(way.plans)):
        return None
    up_time_at = way.route.up_time_at if way.route is not None else None
    return Even([one.question for one in exchanges], parts, way.route is not None, up_time_at)


def _rows(one: _Straight, answers: Sequence[Answer | BadAnswer]) -> Sequence[_Row]:
    """Return what the questions of each plan brought; nothing where more is to be done than to read it."""
    rows: list[_Row] = []
    said = iter(answers)
    for plan, requests, columns in one.way.plans:
        row = _row(plan, columns, one.poll.at, list(zip(requests, said, strict=False)))
        if row is None:
            return ()
        rows.append(row)
    return rows if _goes_on(one, rows) else ()


def _row(
    plan: LanePlan, columns: Columns | None, at: float, said: Sequence[tuple[Request, Answer | BadAnswer]]
) -> _Row | None:
    values: Sequence[Any]
    parts: list[Answer] = []
    for request, answer in said:
        if isinstance(answer, BadAnswer) or answer.error_status or answer.oids is not request.oids:
            return None
        parts.append(answer)
    if len(parts) == 1:
        values, tags, cells = parts[0].values, bytes(parts[0].tags), parts[0].cells
    else:
        values, cells = [value for part in parts for value in part.values], b""
        tags = b"".join([bytes(part.tags) for part in parts])
    if raised := plan.raised:
        if any(one.count is None or values[one.count] != 0 for one in raised):
            return None
        values, tags, cells = [*values, *[_NO_ALARMS] * len(raised)], tags + bytes(len(raised)), b""
    return _Row(plan.program, columns, at, values, tags, cells or _cells(values))


def _cells(values: Sequence[Any]) -> bytes:
    """Return values as float64, one behind the other; nothing where not all are numbers."""
    try:
        return array("d", values).tobytes()
    except (TypeError, OverflowError):
        return b""


def _goes_on(one: _Straight, rows: Sequence[_Row]) -> bool:
    """Whether the agent has gone on since the poll before, as far as anybody looks; remember when it is."""
    device, route = one.device, one.way.route
    if route is None:
        device.up_time = None  # as ``Settled.note_up_time``
        return True
    up_time = rows[0].values[route.up_time_at] if route.up_time_at is not None else None
    if isinstance(up_time, int):
        if device.up_time is not None and restarted(device.up_time, up_time):
            return False
        device.up_time = up_time
    return True


def _read(columns: Columns, rows: Sequence[_Row]) -> None:
    """Make the batches of those rows that are whole."""
    found, whole = columns.read([row.cells for row in rows])
    data, size = found.tobytes(), found.shape[1] * found.itemsize
    for number, (row, is_whole) in enumerate(zip(rows, whole.tolist(), strict=True)):
        if is_whole:
            values = array("d", data[number * size : (number + 1) * size])
            row.batch = Batch(row.program.layout, row.at, values)


def _collected(one: _Straight, rows: Sequence[_Row]) -> Collected | None:
    """Return what a poll came to; its device is left as by whoever would have decoded it alone."""
    batches = [row.batch for row in rows if row.batch is not None]
    if len(batches) < len(rows):
        return None
    if one.way.route is None:
        one.device.owe(one.poll.lanes, batches)
        if one.device.owed:
            one.device.even.clear()  # something else is asked first
    else:
        one.device.unusual = 0
    return Collected(tuple(batches))
