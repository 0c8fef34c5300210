"""Reads from the database, on connections that cannot write, from any thread."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from math import inf
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, and_, bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError

from dcim.ledger.chain import Entry, Head
from dcim.ledger.derived import AlertSeen, DeviceSeen, MessageSeen, Tables
from dcim.ledger.signed import SignedHead
from dcim.model import Memory
from dcim.model.fact import Body
from dcim.people import Person
from dcim.rollup.block import Block
from dcim.store.database import Database
from dcim.store.migrate import check_revision
from dcim.store.period import PeriodReads
from dcim.store.schema import alerts, chain, devices, facts, heads, memories, outbox, people, rollups
from dcim.store.work import AlertRow, DeviceState, MessageState, Queued

PAGE = 10_000  # entries
_SEQUENCE = Entry._fields.index("sequence")
_SIGNATURE = (heads.c.at, heads.c.why, heads.c.key, heads.c.signature)
_ENTRY = tuple(facts.c[name] for name in Entry._fields)
_SINCE = (
    select(*_ENTRY)
    .where(facts.c.sequence > bindparam("since"))
    .order_by(facts.c.sequence)
    .limit(bindparam("most"))
)
_NEWEST_ABOUT = (
    select(*_ENTRY)
    .where(facts.c.kind == bindparam("of_kind"), facts.c.subject == bindparam("of_subject"))
    .where(facts.c.sequence <= bindparam("before"))
    .order_by(facts.c.sequence.desc())
    .limit(1)
)
_NEWEST = select(*_ENTRY).order_by(facts.c.sequence.desc()).limit(1)
_NEWEST_OF_KIND = _NEWEST.where(facts.c.kind == bindparam("of_kind"))
_SINCE_OF_KINDS = _SINCE.where(facts.c.kind.in_(bindparam("kinds", expanding=True)))


class Reads(PeriodReads):
    """What can be read back. Every call sees what was committed before it began.

    Every call raises ``StateDirectoryUnusable``, ``StoreDamaged`` or ``StoreUnavailable`` when the database
    does not answer, and nothing else.
    """

    def __init__(self, engine: Engine, database: Database) -> None:
        self._reader = engine
        self._database = database

    def check_revision(self) -> None:
        """Check that this version can read the database: else ``StoreTooNew`` or ``StoreDamaged``."""
        with self._reading() as connection:
            check_revision(connection, str(self._database))

    def head(self) -> Head | None:
        """Return where the chain ends, as the writer committed it; None when nothing was ever written."""
        with self._reading() as connection:
            return _head(connection)

    def tables(self) -> Tables:
        """Return the rows that facts have made, and the head that they belong to, all of one moment."""
        with self._reading() as connection:
            return Tables(
                _head(connection),
                [
                    AlertSeen(key, is_open, at, _text(body))
                    for key, is_open, at, body in _raw(connection, alerts)
                ],
                [
                    DeviceSeen(asset, state, at, _text(body))
                    for asset, state, at, body in _raw(connection, devices)
                ],
                [_message(row) for row in _raw(connection, outbox)],
            )

    def facts(self, since: int = 0, kinds: Iterable[str] = (), limit: int = 1000) -> Sequence[Entry]:
        """Return facts with a sequence above ``since``, of these kinds (all when empty), oldest first."""
        return [Entry._make(row) for row in self._entry_rows(since, kinds, limit)]

    def entries(self, since: int = 0, page: int = PAGE) -> Iterator[Entry]:
        """Yield every entry above ``since`` in order, read page by page: any number in constant memory.

        Each page is a read of its own: a long walk never keeps the write-ahead log from being emptied.
        """
        while rows := self._entry_rows(since, (), page):
            for row in rows:
                yield Entry._make(row)
            since = rows[-1][_SEQUENCE]

    def heads(self, since: int = 0, page: int = PAGE) -> Iterator[SignedHead]:
        """Yield every signed head above ``since`` in order, page by page, as it is stored."""
        with self._reading() as connection:
            names = connection.execute(select(chain.c.site, chain.c.chain)).one_or_none() or ("", "")
        columns = (heads.c.epoch, heads.c.sequence, heads.c.hash, *_SIGNATURE)
        while True:
            after = select(*columns).where(heads.c.sequence > since).order_by(heads.c.sequence).limit(page)
            rows = self._rows(after)
            for row in rows:
                yield SignedHead(Head(*names, *row[:3]), *row[3:])
            if len(rows) < page:
                return
            since = rows[-1].sequence

    def _entry_rows(self, since: int, kinds: Iterable[str], limit: int) -> Sequence[Sequence[Any]]:
        # the driver's rows hold the fields already; rows of SQLAlchemy cost verify a third of its speed
        given: dict[str, Any] = {"since": since, "most": limit}
        if wanted := [str(kind) for kind in kinds]:
            return self._driver_rows(_SINCE_OF_KINDS, {**given, "kinds": wanted})
        return self._driver_rows(_SINCE, given)

    def facts_about(
        self,
        kinds: Iterable[str],
        *,
        subject: str = "",
        holds: str = "",
        until: float = inf,
        limit: int = 1000,
    ) -> Sequence[Entry]:
        """Return the newest facts of these kinds whose subject begins so and whose body holds a text.

        The oldest first; none later than ``until`` (UTC seconds). It reads all facts of the kinds: call it
        from a thread.
        """
        statement = select(*_ENTRY).where(facts.c.kind.in_([str(kind) for kind in kinds]))
        if subject:
            statement = statement.where(facts.c.subject.startswith(subject, autoescape=True))
        if holds:
            statement = statement.where(facts.c.body.contains(holds, autoescape=True))
        if until < inf:
            statement = statement.where(facts.c.at <= round(until * 1e6))
        statement = statement.order_by(facts.c.sequence.desc()).limit(limit)
        return [Entry(*row) for row in reversed(self._rows(statement))]

    def messages(self, dedup_key: str, limit: int = 100) -> Sequence[Queued]:
        """Return the messages of a key that are still in the outbox, the newest first."""
        statement = select(outbox).where(outbox.c.dedup_key == dedup_key).order_by(outbox.c.id.desc())
        return [_queued(row) for row in self._rows(statement.limit(limit))]

    def newest_fact(self, kinds: Iterable[str] = ()) -> Entry | None:
        """Return the newest fact of these kinds (any when empty), or None."""
        with self._reading() as connection:
            return newest(connection, kinds)

    def newest_about(self, kind: str, subject: str, before: int) -> Entry | None:
        """Return the newest fact of a kind about exactly this subject with a sequence up to ``before``."""
        given = {"of_kind": str(kind), "of_subject": subject, "before": before}
        rows = self._driver_rows(_NEWEST_ABOUT, given)
        return Entry._make(rows[0]) if rows else None

    def newest_about_each(self, kind: str, subjects: Iterable[str], before: int) -> Sequence[Entry]:
        """Return the newest fact of a kind about each of some subjects up to a sequence, where there is one.

        Each is one look in the index: what it costs does not grow with the ledger.
        """
        given = ({"of_kind": str(kind), "of_subject": one, "before": before} for one in subjects)
        return [Entry._make(row) for rows in self._driver_rows_of(_NEWEST_ABOUT, given) for row in rows]

    def alerts(self) -> Sequence[AlertRow]:
        """Return every alert row, by key."""
        return [_alert(row) for row in self._rows(select(alerts).order_by(alerts.c.key))]

    def open_alerts(self) -> Sequence[AlertRow]:
        """Return the rows with ``open`` true, by key."""
        return [_alert(row) for row in self._rows(select(alerts).where(alerts.c.open).order_by(alerts.c.key))]

    def memories(self, room: str) -> Sequence[Memory]:
        """Return what a room remembers, by key."""
        statement = select(memories).where(memories.c.room == room).order_by(memories.c.key)
        return [Memory(row.room, row.key, _body(row.body)) for row in self._rows(statement)]

    def people(self) -> Sequence[Person]:
        """Return everybody who stands in the record, who came first first; erased ones without a name."""
        rows = self._rows(select(people).order_by(people.c.added_at, people.c.pseudonym))
        return [
            Person(row.pseudonym, row.name, row.added_at / 1e6, row.erased_at and row.erased_at / 1e6)
            for row in rows
        ]

    def rollups(
        self, first: str = "", last: str = "9999-12-31T23", *, every: bool = False
    ) -> Sequence[Block]:
        """Return the blocks of the hours from ``first`` to ``last`` by name, the newest version of each.

        ``every``: all versions. By hour and version.
        """
        statement = select(rollups).where(rollups.c.hour.between(first, last))
        rows = self._rows(statement.order_by(rollups.c.hour, rollups.c.version))
        blocks = [Block(**{**row._mapping, "at": row.at / 1e6}) for row in rows]
        return blocks if every else list({block.hour: block for block in blocks}.values())

    def device_states(self) -> Sequence[DeviceState]:
        """Return the current state of every device, by asset id."""
        rows = self._rows(select(devices).order_by(devices.c.asset))
        return [DeviceState(row.asset, row.state, row.at / 1e6, _body(row.body)) for row in rows]

    def due_outbox(self, now: float, limit: int = 100, channel: str | None = None) -> Sequence[Queued]:
        """Return pending messages due at ``now`` (UTC seconds), earliest due first, then oldest."""
        statement = (
            select(outbox)
            .where(outbox.c.state == MessageState.PENDING.value, outbox.c.due <= round(now * 1e6))
            .order_by(outbox.c.due, outbox.c.id)
            .limit(limit)
        )
        if channel is not None:
            statement = statement.where(outbox.c.channel == channel)
        return [_queued(row) for row in self._rows(statement)]

    def outbox(self, states: Iterable[MessageState] = (), limit: int = 1000) -> Sequence[Queued]:
        """Return messages in these states (all when empty), newest first."""
        statement = select(outbox).order_by(outbox.c.id.desc()).limit(limit)
        if wanted := [state.value for state in states]:
            statement = statement.where(outbox.c.state.in_(wanted))
        return [_queued(row) for row in self._rows(statement)]

    def message(self, number: int) -> Queued | None:
        """Return the message with this id, or None when there is none (any more)."""
        rows = self._rows(select(outbox).where(outbox.c.id == number))
        return _queued(rows[0]) if rows else None

    def newest_delivered(self, channel: str) -> Sequence[Queued]:
        """Return of every dedup key the newest message that was delivered to a channel, oldest first."""
        newest = select(func.max(outbox.c.id)).where(_taken_by(channel)).group_by(outbox.c.dedup_key)
        return [
            _queued(row)
            for row in self._rows(select(outbox).where(outbox.c.id.in_(newest)).order_by(outbox.c.id))
        ]

    def delivered_at(self, channel: str, dedup_key: str = "") -> float | None:
        """Return when a channel last took a message (of this key, if given; UTC seconds), or None."""
        statement = select(func.max(outbox.c.settled)).where(_taken_by(channel))
        if dedup_key:
            statement = statement.where(outbox.c.dedup_key == dedup_key)
        at = self._rows(statement)[0][0]
        return None if at is None else at / 1e6

    def _rows(self, statement: Select[Any]) -> Sequence[Any]:
        with self._reading() as connection:
            return connection.execute(statement).all()

    def _driver_rows(self, statement: Select[Any], given: Mapping[str, Any]) -> Sequence[Any]:
        with self._reading() as connection:
            cursor = connection.execute(statement, given).cursor
            return [] if cursor is None else cursor.fetchall()

    def _driver_rows_of(
        self, statement: Select[Any], given: Iterable[Mapping[str, Any]]
    ) -> Sequence[Sequence[Any]]:
        with self._reading() as connection:  # begun once: beginning costs twice what asking does
            cursors = (connection.execute(statement, each).cursor for each in given)
            return [[] if cursor is None else cursor.fetchall() for cursor in cursors]

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        said: tuple[type[Exception], ...] = (SQLAlchemyError, *self._database.driver_errors)
        try:
            with self._reader.begin() as connection:
                yield connection
        except said as error:
            raise self._database.on_open(error) from error


def newest(connection: Connection, kinds: Iterable[str] = ()) -> Entry | None:
    """Return the newest fact of these kinds (any when empty), or None."""
    found: list[Entry] = []
    if wanted := [str(kind) for kind in kinds]:
        for kind in wanted:  # one short look in the index a kind
            found += [Entry(*row) for row in connection.execute(_NEWEST_OF_KIND, {"of_kind": kind})]
    else:
        found = [Entry(*row) for row in connection.execute(_NEWEST)]
    return max(found, key=lambda entry: entry.sequence, default=None)


def _head(connection: Connection) -> Head | None:
    row = connection.execute(select(chain)).one_or_none()
    if row is None:
        return None
    last = connection.scalar(select(facts.c.epoch).where(facts.c.sequence == row.sequence))
    return Head(row.site, row.chain, row.epoch if last is None else last, row.sequence, row.hash)


def _taken_by(channel: str) -> ColumnElement[bool]:
    return and_(outbox.c.channel == channel, outbox.c.state == MessageState.DELIVERED.value)


def _raw(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    """Yield rows as the driver has them: whatever somebody put there, it is no reason to stop."""
    cursor = connection.execute(select(table).order_by(*table.primary_key)).cursor
    while cursor is not None and (rows := cursor.fetchmany(PAGE)):
        yield from rows


def _message(row: Sequence[Any]) -> MessageSeen:
    held = dict(zip(outbox.c.keys(), row, strict=True))
    digest = sha256(_text(held["body"]).encode()).hexdigest()
    return MessageSeen(**{name: held[name] for name in MessageSeen._fields[:-1]}, digest=digest)


def _text(held: Any) -> str:
    return held if isinstance(held, str) else repr(held)


def _body(text: str) -> Body:
    body: dict[str, Any] = json.loads(text)
    return body


def _alert(row: Any) -> AlertRow:
    return AlertRow(row.key, row.open, row.at / 1e6, _body(row.body))


def _queued(row: Any) -> Queued:
    return Queued(
        id=row.id,
        channel=row.channel,
        dedup_key=row.dedup_key,
        message_id=row.message_id,
        body=_body(row.body),
        created=row.created / 1e6,
        due=row.due / 1e6,
        attempts=row.attempts,
        state=MessageState(row.state),
        settled=None if row.settled is None else row.settled / 1e6,
        last_error=row.last_error,
    )
