"""Writes a group of works inside one open transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, delete, func, not_, select, update

from dcim.ledger.chain import Entry, Head, append
from dcim.ledger.signed import HEARTBEAT, SignedHead, Signer, sign_head
from dcim.record import dataclass, replace
from dcim.store.database import Database
from dcim.store.errors import Fenced, WorkRefused
from dcim.store.prepared import Prepared, Row
from dcim.store.schema import alerts, chain, devices, facts, heads, memories, outbox, people, rollups
from dcim.store.work import MessageState, Receipt

_INCIDENTS = "incident"
"""Room of the memories of open incidents, by what their messages share as dedup key."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where the writer stands: the chain's head, its own epoch, the last id of the outbox."""

    head: Head
    epoch: int
    last_message: int


_SETTLE = (
    update(outbox)
    .where(outbox.c.id == bindparam("message"), outbox.c.state == MessageState.PENDING.value)
    .values(
        state=bindparam("new_state"),
        due=func.coalesce(bindparam("new_due"), outbox.c.due),
        settled=bindparam("at"),
        attempts=outbox.c.attempts + 1,
        last_error=bindparam("error"),
    )
)


def position(connection: Connection) -> Position | None:
    """Return where the database says that the writer stands, None before the first start."""
    row = connection.execute(select(chain)).one_or_none()
    if row is None:
        return None
    # the head's epoch is only compared, never hashed: the newest that wrote is exact enough for appending
    head = Head(row.site, row.chain, row.epoch, row.sequence, row.hash)
    return Position(head, row.epoch, row.last_message)


def write(
    connection: Connection,
    database: Database,
    at: Position,
    works: Sequence[Prepared],
    signer: Signer | None = None,
) -> tuple[Position, list[Receipt]]:
    """Write the works in order; the caller commits or rolls back. ``signer`` signs until one names another.

    Raises ``Fenced`` when the chain is no longer at ``at``, ``WorkRefused`` when an attempt names a message
    that is not pending, and whatever the database says.
    """
    entries, messages, receipts = _chained(at, works, signer)
    head = entries[-1].head if entries else at.head
    now = Position(head, at.epoch, at.last_message + len(messages))
    _move(connection, at, now)
    database.insert(connection, facts, [entry._asdict() for entry in entries])
    database.insert(connection, heads, [_head_row(one.signed) for one in receipts if one.signed])
    database.insert(connection, rollups, [row for work in works for row in work.rollups])
    _replace_rows(connection, database, works)
    database.insert(connection, outbox, messages)
    _settle(connection, works)
    return now, [replace(receipt, head=head) for receipt in receipts]


def _chained(
    at: Position, works: Sequence[Prepared], signer: Signer | None
) -> tuple[list[Entry], list[Row], list[Receipt]]:
    """Give every fact its place in the chain and every message its id; sign where a work asks for it."""
    head, last = at.head, at.last_message
    entries: list[Entry] = []
    messages: list[Row] = []
    receipts: list[Receipt] = []
    for work in works:
        first = head.sequence + 1 if work.facts else 0
        for sealed in work.facts:
            entry = append(head, sealed, at.epoch)
            entries.append(entry)
            head = entry.head
        ids = tuple(range(last + 1, last + 1 + len(work.messages)))
        last += len(ids)
        messages += [{**row, "id": number} for number, row in zip(ids, work.messages, strict=True)]
        signer = work.signer or signer
        signed = sign_head(signer, head, entries[-1].at, work.sign) if work.sign and signer else None
        receipts.append(Receipt(first, head.sequence if work.facts else 0, head, ids, signed))
    return entries, messages, receipts


def _head_row(signed: SignedHead) -> Row:
    row = signed.as_json()
    return {name: row[name] for name in heads.c.keys()}  # noqa: SIM118  columns are no mapping


def _move(connection: Connection, old: Position, new: Position) -> None:
    """Move the chain's end, only if this writer still owns it: the fence of every transaction."""
    moved = connection.execute(
        update(chain)
        .where(
            chain.c.epoch == old.epoch, chain.c.sequence == old.head.sequence, chain.c.hash == old.head.hash
        )
        .values(sequence=new.head.sequence, hash=new.head.hash, last_message=new.last_message)
    )
    if moved.rowcount != 1:
        msg = f"another writer took the chain over from epoch {old.epoch}; this one stops writing"
        raise Fenced(msg)


def _replace_rows(connection: Connection, database: Database, works: Sequence[Prepared]) -> None:
    """Write only the last row of each key: the group is one transaction, nobody could see the ones before."""
    latest: dict[str, Row | None] = {}
    states: dict[str, Row] = {}
    remembered: dict[tuple[str, str], Row | None] = {}
    persons = {row["pseudonym"]: row for work in works for row in work.people}
    for work in works:
        latest.update(work.alerts)
        states.update(work.devices)
        remembered.update(work.memories)
    database.upsert(connection, people, list(persons.values()))
    database.upsert(connection, alerts, [row for row in latest.values() if row is not None])
    database.upsert(connection, devices, list(states.values()))
    if gone := [{"gone": key} for key, row in latest.items() if row is None]:
        connection.execute(delete(alerts).where(alerts.c.key == bindparam("gone")), gone)
    database.upsert(connection, memories, [row for row in remembered.values() if row is not None])
    forgotten = [{"of": room, "gone": key} for (room, key), row in remembered.items() if row is None]
    if forgotten:
        of_key = (memories.c.room == bindparam("of"), memories.c.key == bindparam("gone"))
        connection.execute(delete(memories).where(*of_key), forgotten)


def _settle(connection: Connection, works: Sequence[Prepared]) -> None:
    if attempts := [row for work in works for row in work.attempts]:
        changed = connection.execute(_SETTLE, attempts).rowcount
        if changed != len(attempts):
            ids = ", ".join(str(row["message"]) for row in attempts)
            msg = f"of the messages {ids} at least one is not pending"
            raise WorkRefused(msg)
    for work in works:
        if work.forget_beats is not None:
            beats = and_(heads.c.why == HEARTBEAT, heads.c.at < work.forget_beats)
            connection.execute(delete(heads).where(beats))
        if work.forget_settled is not None:
            # a channel may have to say again what is still open
            open_alerts = select(alerts.c.key).where(alerts.c.open)
            open_incidents = select(memories.c.key).where(memories.c.room == _INCIDENTS)
            still_open = outbox.c.dedup_key.in_(open_alerts.union(open_incidents))
            old = and_(outbox.c.settled < work.forget_settled, not_(still_open))
            connection.execute(delete(outbox).where(old))
