"""Finding out what rows a device has: GETBULK over the columns of its tables, GETNEXT where that fails.

A survey keeps its place: what one poll did not finish, the next one goes on with. A column that stays silent
costs that column and no other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.decoding.kept import kept
from collectors.snmp.engine.answer import Answer, ErrorStatus
from collectors.snmp.engine.oid import index_parts, parts, text
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.value import Absence, Malformed, Value
from collectors.snmp.questions.asking import LATE, Asking, status_word
from collectors.snmp.questions.learned import Learned
from collectors.snmp.tables.gaps import Gap as Between
from dcim.model import BadAnswer, Gap, NoAnswer
from dcim.record import dataclass, field

_ROOM: Final = 150
"""Cells that an answer brings as a rule at most: what lies behind the last row of a column is for nothing."""

GROUP: Final = 6
"""Columns walked in one question where each may have many rows, or one after the other is asked for."""

_MOST_COLUMNS: Final = 30
"""Columns walked in one question where each has few rows."""

_ROWS: Final = 9  # of a column of which nothing is known: most tables have no more
_IN_A_GAP: Final = 2  # rows asked for between two known cells, where mostly nothing is

MAX_ROWS: Final = 4096
"""Rows of one column after which an agent that never ends is left (the largest known table has 900)."""

MAX_VALUE: Final = 512
"""Bytes of a value after which it is left out: names and serial numbers have at most 255 (RFC 2579)."""

MAX_BYTES: Final = 8 << 20
"""Bytes of memory that the cells of one device may take: 53 000 of them; the largest known has 18 000."""

_CELL: Final = 128  # bytes that a cell takes beside its name and value
_MOST_LONG: Final = 8  # values too long after which a column is left

_TRIES: Final = 2
_PATIENCE: Final = 3.0
"""Seconds after which an unanswered GETBULK is held to be the fault of GETBULK."""


@dataclass(slots=True, eq=False)
class _Column:
    oid: bytes
    at: bytes  # the last name that came
    rows: int = 0
    tries: int = 0
    too_long: int = 0
    until: tuple[int, ...] = ()  # the numbers of a name before which it ends
    alone: bool = False  # asked in a question of its own, since one with others failed
    done: bool = False


@dataclass(slots=True, eq=False)
class Survey:
    """A walk under way. ``lost`` says which columns were given up, and why.

    ``unheard`` are the instances and columns that the device may give at another time: it answered them
    with an error, or not at all.
    """

    scalars: Sequence[bytes] = ()
    pending: deque[_Column] = field(default_factory=deque)
    cells: Cells = field(default_factory=Cells)
    lost: dict[bytes, str] = field(default_factory=dict)
    unheard: list[bytes] = field(default_factory=list)
    size: int = 0  # bytes that the cells take
    asked_scalars: bool = False
    lengths: dict[bytes, int] = field(default_factory=dict)  # rows of each table, as far as known
    usual: int = _ROWS  # rows of the column that was walked last
    cuts: int = 0  # polls in a row whose end came before any of the instances

    @classmethod
    def of(cls, scalars: Iterable[bytes], columns: Iterable[bytes]) -> Survey:
        """Return a survey of these instances and columns."""
        return cls(tuple(scalars), deque(_Column(oid, oid) for oid in dict.fromkeys(columns)))

    @classmethod
    def walk(cls, column: bytes) -> Survey:
        """Return a survey of one column and nothing else."""
        return cls((), deque([_Column(column, column)]), asked_scalars=True)

    @classmethod
    def between(cls, gaps: Iterable[Between]) -> Survey:
        """Return a survey of what lies between known cells, and of nothing else."""
        columns = (_Column(tree, at, until=parts(end) if end else ()) for tree, at, end in gaps)
        return cls((), deque(columns), asked_scalars=True)

    @property
    def done(self) -> bool:
        """Whether everything was asked."""
        return self.asked_scalars and not self.pending

    @property
    def begun(self) -> bool:
        """Whether anything of it was asked."""
        return bool(self.cells.by_oid or self.lost or self.unheard or self.asked_scalars)

    @property
    def heard_all(self) -> bool:
        """Whether the device has told all that it was asked."""
        return self.done and not self.unheard

    @property
    def open(self) -> tuple[bytes, ...]:
        """Return the instances and columns of which it is not known yet whether the device has them."""
        return (*self.unheard, *self.ahead)

    @property
    def ahead(self) -> tuple[bytes, ...]:
        """Return the instances that are not asked and the columns that are not walked to their end yet."""
        instances = () if self.asked_scalars else self.scalars
        return (*instances, *(column.oid for column in self.pending))

    async def advance(self, asking: Asking) -> None:
        """Go on until everything is known or the deadline is near. Raise NoAnswer if nothing was heard."""
        if not self.asked_scalars:
            await self._ask_scalars(asking)
        while self.pending and asking.left > 0:
            group, rows = self._group(asking.learned)
            await self._step(asking, group, rows)
            self.pending.extendleft(reversed([column for column in group if not column.done]))

    def _group(self, learned: Learned) -> tuple[list[_Column], int]:
        """Take the columns of the next question; also return how many rows of each it asks, 0: GETNEXT."""
        most = learned.repetitions
        group = [self.pending.popleft()]
        rows = min(self._expected(group[0]), most)
        wide = min(_ROOM // rows, _MOST_COLUMNS) if rows and learned.bulk else GROUP
        columns = max(GROUP, wide)
        while not group[0].alone and self.pending and len(group) < columns and not self.pending[0].alone:
            if rows and not rows // 2 <= min(self._expected(self.pending[0]), most) <= rows:
                break
            group.append(self.pending.popleft())
        return group, rows

    def _expected(self, column: _Column) -> int:
        """Return how many rows of a column are to be asked for: those that are left of it, and what ends it.

        It has as many as another column of its table; until one is known, as many as the table before.
        """
        if column.until and not column.rows:
            return _IN_A_GAP
        left = self.lengths.get(_table(column.oid), self.usual) - column.rows
        return left + 1 if left > 0 or not column.rows else max(_ROWS + 1, column.rows)

    async def _ask_scalars(self, asking: Asking) -> None:
        """Ask the instances; those that the end of a poll came before are left to the next."""
        names, late = self.scalars, []
        sheet = await asking.get(names)
        self.cuts = self.cuts + 1 if asking.left <= 0 else 0
        for name, value, tag in zip(names, sheet.values, sheet.tags, strict=True):
            if value is LATE and 0 < self.cuts < _TRIES:
                late.append(name)
            elif isinstance(value, Gap):
                self.unheard.append(name)
            elif length_of(value) > MAX_VALUE:
                self.lost[name] = f"a value of {length_of(value)} bytes"
            else:
                self.keep(name, Cell(tag, value))
        self.cuts = 0 if len(late) < len(names) else self.cuts
        self.scalars, self.asked_scalars = late, not late

    async def _step(self, asking: Asking, group: list[_Column], repetitions: int) -> None:
        names = [column.at for column in group]
        request = Request.bulk(names, repetitions) if repetitions else Request.next(names)
        try:
            answer = await asking.ask(request, within=_PATIENCE)
        except (NoAnswer, BadAnswer) as error:
            if not asking.heard:
                self.pending.extendleft(reversed(group))
                raise
            self._silent(asking, group, repetitions, str(error) or "no answer")
            return
        if answer.error_status:
            self._failed(asking, group, repetitions, answer)
        else:
            asking.learned.bulk = max(asking.learned.bulk, repetitions)
            self._take(group, answer)

    def _silent(self, asking: Asking, group: list[_Column], rows: int, why: str) -> None:
        """Ask for less next time; once less is not possible, count against the column."""
        alone = len(group) == 1 and 0 < rows <= asking.learned.bulk
        if asking.left <= 0 or (not alone and self._eased(asking, group, rows)):
            return
        group[0].tries += 1
        if group[0].tries >= _TRIES:
            self.unheard.append(group[0].oid)
            self._lose(group[0], why)

    def _eased(self, asking: Asking, group: list[_Column], rows: int) -> bool:
        """Make the next question easier: fewer rows where so many were never told, else each column alone."""
        if rows > asking.learned.bulk and asking.learned.slower():
            return True
        if len(group) == 1:
            return asking.learned.slower()
        for column in group:
            column.alone = True
        return True

    def _failed(self, asking: Asking, group: list[_Column], rows: int, answer: Answer) -> None:
        at = answer.error_index - 1
        if answer.error_status == ErrorStatus.NO_SUCH_NAME and 0 <= at < len(group):
            group[at].done = True  # v1: the end of what the agent shows
        elif not self._eased(asking, group, rows):
            self.unheard.append(group[0].oid)
            self._lose(group[0], status_word(answer.error_status))

    def keep(self, name: bytes, cell: Cell) -> bool:
        """Keep a cell that there is no other of this name for. False if there is no room for it."""
        if name in self.cells.by_oid:
            return True
        self.size += _CELL + len(name) + length_of(cell.value)
        if self.size > MAX_BYTES:
            return False
        self.cells.put(kept(name), cell)
        return True

    def left_out(self) -> tuple[str, ...]:
        """Return what is not known of the device, and why, as people write it."""
        return tuple(f"{text(name)}: {why}" for name, why in self.lost.items())

    def unfinished(self) -> tuple[str, ...]:
        """Return what is not walked to its end yet, as people write it."""
        return tuple(f"{text(one.oid)}: cut after {one.rows} rows, no time for more" for one in self.pending)

    def _end(self, column: _Column) -> None:
        """Note that a column is walked to its end."""
        column.done = True
        self.usual = column.rows

    def _lose(self, column: _Column, why: str) -> None:
        column.done = True
        self.lost[column.oid] = why

    def _take(self, group: list[_Column], answer: Answer) -> None:
        """Put the cells of an answer into their columns; a column that leaves its subtree is done."""
        if not answer.oids:
            for column in group:
                self.unheard.append(column.oid)
                self._lose(column, "an empty answer")
        for at, (name, value, tag) in enumerate(zip(answer.oids, answer.values, answer.tags, strict=True)):
            column = group[at % len(group)]
            if column.done:
                continue
            below = len(column.oid)
            if (
                isinstance(value, Absence)
                or not name.startswith(column.oid)
                or not _after(name[below:], column.at[below:])
                or (column.until and parts(name) >= column.until)
            ):
                self._end(column)
                continue
            self._add(column, name, Cell(tag, value))

    def _add(self, column: _Column, name: bytes, cell: Cell) -> None:
        """Add a row, and leave the column when it takes too much."""
        column.at = name
        column.rows += 1
        table = _table(column.oid)
        self.lengths[table] = max(self.lengths.get(table, 0), column.rows)
        column.tries = 0
        size = max(length_of(cell.value), len(name))
        if size > MAX_VALUE:
            self._too_long(column, size)
        elif not self.keep(name, cell):
            self._lose(column, f"the cells of the device would take more than {MAX_BYTES >> 20} MB")
        elif column.rows >= MAX_ROWS:
            self._lose(column, f"more than {MAX_ROWS} rows")

    def _too_long(self, column: _Column, size: int) -> None:
        """Leave a row out; leave the column when there are many such rows."""
        column.too_long += 1
        self.lost[column.oid] = f"a value of {size} bytes"
        column.done = column.too_long >= _MOST_LONG


def length_of(value: Value) -> int:
    """Return how many bytes a text or other string has; 0 for a number."""
    if isinstance(value, Malformed):
        return len(value.raw)
    return len(value) if isinstance(value, bytes) else 0


def _after(index: bytes, last: bytes) -> bool:
    """Whether a row comes after another; an agent that goes back would be walked for ever."""
    try:
        return index_parts(index) > index_parts(last)
    except ValueError:
        return False


def _table(column: bytes) -> bytes:
    """Return what the columns of one table begin with."""
    end = len(column) - 1
    while end and column[end - 1] >= 0x80:
        end -= 1
    return column[:end]
