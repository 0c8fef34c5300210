"""Reads of one period: what facts say of it, at a cost that grows with the period and not with the ledger.

    sequence   1 ...            begin         │   period   │        until             head
    read        last of each ◀────┘ ├─────────┴────────────┴──────────┤      reclassified ─▶

``at`` is in order of the sequences wherever the clock did not go back: the places in the chain are found by
halving, between the facts that say it did. So no index over time is needed, and none is written.

What reckons with facts is imported where a period is read: a start reads none, and it stands on numpy.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, bindparam, func, select

from dcim.ledger.chain import Entry, Head
from dcim.ledger.life import SEEN, SIGNS
from dcim.model.fact import FactKind
from dcim.store.schema import facts

if TYPE_CHECKING:
    from dcim.availability import Evidence, Microseconds, Period, Reclassified, Statements

_ENTRY = tuple(facts.c[name] for name in Entry._fields)
_SAID = (facts.c.sequence, facts.c.at, facts.c.body)


_AT_ONCE = 500  # parameters of a statement
_OF_SUBJECT, _ALL_OF_SUBJECT = (
    select(*columns)
    .where(facts.c.kind == bindparam("of_kind"), facts.c.subject == bindparam("of_subject"))
    .where(facts.c.sequence > bindparam("after"), facts.c.sequence <= bindparam("until"))
    .order_by(facts.c.sequence)
    for columns in (_SAID, _ENTRY)
)


_PAGE = 20_000
_OF_KIND = (
    select(*_SAID, facts.c.subject)
    .where(facts.c.kind == bindparam("of_kind"))
    .where(facts.c.sequence > bindparam("after"), facts.c.sequence <= bindparam("until"))
    .order_by(facts.c.sequence)
    .limit(_PAGE)
)
_LAST_OF_SUBJECT = (
    select(*_SAID)
    .where(facts.c.kind == bindparam("of_kind"), facts.c.subject == bindparam("of_subject"))
    .where(facts.c.sequence <= bindparam("before"))
    .order_by(facts.c.sequence.desc())
    .limit(1)
)
_LAST_OF_KIND = (
    select(*_ENTRY)
    .where(facts.c.kind == bindparam("of_kind"), facts.c.sequence <= bindparam("before"))
    .order_by(facts.c.sequence.desc())
    .limit(1)
)


_FIRST_BETWEEN = (
    select(facts.c.sequence, facts.c.at)
    .where(facts.c.kind == bindparam("of_kind"))
    .where(facts.c.sequence >= bindparam("low"), facts.c.sequence <= bindparam("high"))
    .order_by(facts.c.sequence)
    .limit(1)
)
"""Made once, as every question that is asked often: making one costs as much as asking it."""

_LAST_BETWEEN = _FIRST_BETWEEN.order_by(None).order_by(facts.c.sequence.desc())

_PLACES = {
    last: tuple(last.selected_columns.keys().index(name) for name in ("sequence", "at"))
    for last in (_LAST_OF_SUBJECT, _LAST_OF_KIND)
}


class PeriodReads(ABC):
    """What can be read of a period, over the three reads that ``Reads`` gives. Errors are those of it."""

    @abstractmethod
    def _rows(self, statement: Select[Any]) -> Sequence[Any]:
        """Return the rows that a statement finds."""

    @abstractmethod
    def _driver_rows(self, statement: Select[Any], given: Mapping[str, Any]) -> Sequence[Any]:
        """Return the rows of the driver itself, which cost a third."""

    @abstractmethod
    def _driver_rows_of(
        self, statement: Select[Any], given: Iterable[Mapping[str, Any]]
    ) -> Sequence[Sequence[Any]]:
        """Return the rows of a statement for each of many parameters, asked in one read."""

    @abstractmethod
    def head(self) -> Head | None:
        """Return where the chain ends, as the writer committed it; None when nothing was ever written."""

    def evidence(self, period: Period, head: Head | None = None, *, every: bool = False) -> Evidence | None:
        """Return what facts up to a head (the newest when None) say of a period; None of an empty ledger.

        The statements of a subject are read when they are asked for: hold on to the answer, not to this.
        ``every``: those of all services now, in one pass over the period, for whoever asks of very many.
        """
        from dcim.availability.evidence import Evidence
        from dcim.availability.knowledge import SETTLES, SITE_KINDS, known
        from dcim.availability.reclassified import reclassified
        from dcim.availability.work import LONGEST, works

        head = head or self.head()
        if head is None or not head.sequence:
            return None
        back = self._went_back(head.sequence)
        steps = [one.sequence for one in back]
        until = self._first_sign(period.end + SETTLES, steps, head.sequence) or head.sequence
        begin = self._before(period.start, steps, until)
        starts = {"of_kind": FactKind.DAEMON_STARTED.value}
        lasts = self._back(_LAST_OF_KIND, starts, begin, period.start)
        earlier = [one for one in back if one.sequence <= begin]  # what the clock showed twice may come later
        own = [*map(Entry._make, lasts), *earlier, *self.facts_within(SITE_KINDS, begin, until)]
        most = max((_offset(one) for one in back), default=0)
        since = self._before(period.start - LONGEST - most, steps, until)
        said: dict[str, list[Reclassified]] = {}
        for word in reclassified(self.facts_within((FactKind.RECLASSIFIED,), 0, head.sequence)):
            said.setdefault(word.subject, []).append(word)
        return Evidence(
            period=period,
            head=head,
            read_until=until,
            knowledge=known(own, self._known_until(until)),
            works=works(self.facts_within((FactKind.MAINTENANCE,), since, until)),
            statements=(self._every if every else self._each)(begin, until, period.start),
            said=said,
        )

    def facts_within(self, kinds: Iterable[str], after: int, until: int) -> Sequence[Entry]:
        """Return the facts of these kinds with a sequence above ``after`` and up to ``until``, in order."""
        found: list[Entry] = []
        for kind in kinds:  # one stretch of the index each
            mine = and_(facts.c.kind == str(kind), facts.c.sequence > after, facts.c.sequence <= until)
            found += [Entry(*row) for row in self._rows(select(*_ENTRY).where(mine))]
        return sorted(found, key=lambda entry: entry.sequence)

    def facts_of(self, kind: str, subject: str, after: int, until: int) -> Sequence[Entry]:
        """Return the facts of a kind about one subject, above ``after`` and up to ``until``, in order."""
        mine = {"of_kind": str(kind), "of_subject": subject, "after": after, "until": until}
        return [Entry._make(row) for row in self._driver_rows(_ALL_OF_SUBJECT, mine)]

    def facts_at(self, sequences: Sequence[int]) -> Mapping[int, Entry]:
        """Return facts by their sequences, those that there are."""
        found: dict[int, Entry] = {}
        for first in range(0, len(sequences), _AT_ONCE):
            some = facts.c.sequence.in_(sequences[first : first + _AT_ONCE])
            found |= {row.sequence: Entry(*row) for row in self._rows(select(*_ENTRY).where(some))}
        return found

    def newest_of_each(self, kind: str, until: int | None = None) -> Sequence[Entry]:
        """Return of every subject the newest fact of a kind, up to a sequence. It reads all of the kind."""
        mine = facts.c.kind == str(kind)
        if until is not None:
            mine = and_(mine, facts.c.sequence <= until)
        newest = select(func.max(facts.c.sequence)).where(mine).group_by(facts.c.subject)
        statement = select(*_ENTRY).where(facts.c.sequence.in_(newest)).order_by(facts.c.sequence)
        return [Entry(*row) for row in self._rows(statement)]

    def defined(self, until: int | None = None) -> Mapping[str, Mapping[str, Any]]:
        """Return what every service promised, as of a sequence: the bodies of ``service_defined`` by id."""
        found = {one.subject: json.loads(one.body) for one in self.newest_of_each("service_defined", until)}
        return {name: body for name, body in sorted(found.items()) if not body.get("removed")}

    def _every(self, begin: int, until: int, start: Microseconds) -> Callable[[str], Statements]:
        """Read what is said of every service in the period; of another subject it is read when asked for."""
        from dcim.availability.gather import by_subject

        kind, each = FactKind.SERVICE_STATE.value, self._each(begin, until, start)
        said = by_subject(
            kind,
            self._pages(kind, begin, until),
            lambda subjects: self._held_before(kind, subjects, begin, start),
        )
        return lambda subject: said[subject] if subject in said else each(subject)

    def _held_before(
        self, kind: str, subjects: Iterable[str], begin: int, start: Microseconds
    ) -> Sequence[Any]:
        """Return what was said of each of many subjects when a period began, in order: rows as in a page."""
        names = list(subjects)
        mine = [{"of_kind": kind, "of_subject": name, "before": begin} for name in names]
        found: list[Any] = []
        for name, asked, rows in zip(names, mine, self._driver_rows_of(_LAST_OF_SUBJECT, mine), strict=True):
            if rows and rows[0][1] >= start:  # the clock went back: further
                rows = list(self._back(_LAST_OF_SUBJECT, asked, begin, start))
            found += [(*row, name) for row in rows]
        return sorted(found)

    def _pages(self, kind: str, begin: int, until: int) -> Iterator[Sequence[Any]]:
        """Yield the facts of a kind with a sequence above ``begin`` and up to ``until``, page by page."""
        while rows := self._driver_rows(_OF_KIND, {"of_kind": kind, "after": begin, "until": until}):
            yield rows
            begin = rows[-1][0]

    def _each(self, begin: int, until: int, start: Microseconds) -> Callable[[str], Statements]:
        return lambda subject: self._statements(subject, begin, until, start)

    def _statements(self, subject: str, begin: int, until: int, start: Microseconds) -> Statements:
        """Return what was said of a subject in the period, and what held when it began."""
        from dcim.availability.statement import STATE_KINDS, read_statements

        for kind in map(str, STATE_KINDS):
            mine = {"of_kind": kind, "of_subject": subject}
            found = list(self._back(_LAST_OF_SUBJECT, mine, begin, start))
            found += self._driver_rows(_OF_SUBJECT, {**mine, "after": begin, "until": until})
            if found:
                return read_statements(kind, sorted(found))  # a service is no device
        return read_statements("", ())

    def _back(
        self, last: Select[Any], mine: Mapping[str, Any], begin: int, start: Microseconds
    ) -> Iterator[Any]:
        """Yield the newest facts up to a sequence, back to the first from before ``start``."""
        sequence, at = _PLACES[last]
        while rows := self._driver_rows(last, {**mine, "before": begin}):
            yield rows[0]
            if rows[0][at] < start:
                return
            begin = rows[0][sequence] - 1

    # places in the chain

    def _went_back(self, until: int) -> list[Entry]:
        """Return the facts that say that the clock went back."""
        return [one for one in self.facts_within((FactKind.CLOCK_STEPPED,), 0, until) if _offset(one) > 0]

    def _first_sign(self, at: Microseconds, steps: Sequence[int], until: int) -> int | None:
        """Return the sequence of the first sign of life that is not before a time."""
        for first, after in zip((1, *steps), (*steps, until + 1), strict=True):
            found = [self._first_in(kind, at, first, after - 1) for kind in SIGNS]
            if some := [one for one in found if one is not None]:
                return min(some)
        return None

    def _first_in(self, kind: str, at: Microseconds, low: int, high: int) -> int | None:
        """Search a stretch in which the clock never went back: where time says it is, else in the middle."""

        def asked(which: Select[Any], low: int, high: int) -> tuple[int, Microseconds] | None:
            rows = self._driver_rows(which, {"of_kind": str(kind), "low": low, "high": high})
            return (rows[0][0], rows[0][1]) if rows else None

        first, last = asked(_FIRST_BETWEEN, low, high), asked(_LAST_BETWEEN, low, high)
        if first is None or last is None or last[1] < at:
            return None
        by_time = True
        while first[1] < at:  # first < at <= last: the one that is looked for lies after the first
            wide = last[0] - first[0]
            ahead = (at - first[1]) * wide // (last[1] - first[1]) if by_time else wide // 2
            place = first[0] + max(1, ahead)
            before = asked(_LAST_BETWEEN, first[0], place - 1) or first
            if before[1] >= at:
                last = before
            else:
                after = asked(_FIRST_BETWEEN, place, last[0]) or last
                if after[1] >= at:
                    return after[0]
                first = after
            by_time = not by_time or 2 * (last[0] - first[0]) <= wide
        return first[0]

    def _before(self, at: Microseconds, steps: Sequence[int], until: int) -> int:
        """Return the sequence of the last sign before ``at``: no fact up to it is of a later time."""
        first = self._first_sign(at, steps, until) or until + 1
        found = 0
        for kind in SIGNS:
            place = and_(facts.c.kind == kind.value, facts.c.sequence < first)
            rows = self._rows(
                select(facts.c.sequence).where(place).order_by(facts.c.sequence.desc()).limit(1)
            )
            found = max(found, rows[0][0] if rows else 0)
        return found

    def _known_until(self, until: int) -> Microseconds:
        """Return the time of the newest fact up to a sequence that says what was seen; else of that one."""
        last = [
            self._driver_rows(_LAST_BETWEEN, {"of_kind": kind.value, "low": 1, "high": until})
            for kind in SEEN
        ]
        newest = max((rows[0][0] for rows in last if rows), default=until)
        return self._at(newest)

    def _at(self, sequence: int) -> Microseconds:
        return int(self._rows(select(facts.c.at).where(facts.c.sequence == sequence))[0][0])


def _offset(step: Entry) -> Microseconds:
    """Return how far a clock went back; below 0: forward."""
    from dcim.availability.knowledge import micros

    body = json.loads(step.body)
    return micros(body["from"]) - micros(body["to"])
