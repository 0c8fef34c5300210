"""Turns a work into rows before it waits for the writer: wrong ones are refused, none changes later."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite

from dcim.ledger.canonical import LARGEST_INTEGER, NotCanonical, canonical, plain_text
from dcim.ledger.chain import Microseconds, seal
from dcim.ledger.signed import SIGNED_FOR
from dcim.model import Memory
from dcim.people import Person
from dcim.record import replace
from dcim.rollup.block import Block
from dcim.store.errors import WorkRefused
from dcim.store.prepared import Prepared, Row
from dcim.store.work import AlertRow, Attempt, DeviceState, Message, MessageState, Outcome, Work

LONGEST_ERROR = 2000  # characters
AT_ONCE = 400
"""Facts, with their rows, at a turn of the loop: 5 to 10 ms.

In a storm a turn brings some 160 (32 devices of four alerts): with fewer here the disk would wait
until it is over.
"""

_SETTLED = {
    Outcome.DELIVERED: MessageState.DELIVERED,
    Outcome.REFUSED: MessageState.REFUSED,
    Outcome.DROPPED: MessageState.DROPPED,
}


def prepare(work: Work) -> Prepared:
    """Return the work as rows. Raises ``WorkRefused`` when a part cannot be kept; the text says which."""
    try:
        facts = tuple(seal(fact) for fact in work.facts)
        alerts: dict[str, Row | None] = dict.fromkeys(work.forget_alerts)
        alerts.update((row.key, _alert(row)) for row in work.alerts)
        devices = {row.asset: _device(row) for row in work.devices}
        memories = {(one.room, one.key): _memory(one) for one in work.memories}
        messages = tuple(_message(message) for message in work.outbox)
        attempts = tuple(_attempt(attempt) for attempt in work.delivered)
        forget = None if work.forget_settled is None else microseconds(work.forget_settled)
        beats = None if work.forget_beats is None else microseconds(work.forget_beats)
        rollups = tuple(map(_rollup, work.rollups))
        people = tuple(map(_person, work.people))
    except NotCanonical as error:
        raise WorkRefused(str(error)) from error
    if work.sign and (work.sign not in SIGNED_FOR or not facts):
        msg = f"sign: {work.sign!r} is no reason to sign a head, or there is no fact to sign"
        raise WorkRefused(msg)
    rows = [row for row in (*alerts.values(), *devices.values(), *memories.values(), *messages) if row]
    weight = sum(len(fact.body) for fact in facts) + sum(len(str(row["body"])) for row in rows)
    weight += 256 * (len(facts) + len(rows))
    parts = (facts, alerts, devices, memories, messages, attempts, forget, beats)
    return Prepared(*parts, work.sign, work.signer, weight, rollups, people)


async def prepare_in_turns(work: Work) -> Prepared:
    """Return the work as rows like ``prepare``, and let the loop do something else after each part of it."""
    if work.ready is not None:
        return work.ready
    first, *rest = _parts(work)
    prepared = [prepare(first)]
    for part in rest:
        await asyncio.sleep(0)
        prepared.append(prepare(part))
    return prepared[0] if not rest else _together(prepared)


async def ready(work: Work) -> Work:
    """Return the work with what the writer takes of it; a wrong one as it is: ``commit`` refuses it."""
    try:
        return replace(work, ready=await prepare_in_turns(work))
    except WorkRefused:
        return work


def _parts(work: Work) -> list[Work]:
    """Return a work as parts that take some milliseconds each, the first with all that there is little of."""
    most = max(len(work.facts), len(work.alerts), len(work.memories))
    if most <= AT_ONCE:
        return [work]
    parts = [
        Work(
            facts=work.facts[at : at + AT_ONCE],
            alerts=work.alerts[at : at + AT_ONCE],
            memories=work.memories[at : at + AT_ONCE],
        )
        for at in range(0, most, AT_ONCE)
    ]
    first = parts[0]
    parts[0] = replace(work, facts=first.facts, alerts=first.alerts, memories=first.memories)
    return parts


def _together(parts: Sequence[Prepared]) -> Prepared:
    alerts, memories = dict(parts[0].alerts), dict(parts[0].memories)
    for part in parts[1:]:
        alerts.update(part.alerts)
        memories.update(part.memories)
    facts = tuple(fact for part in parts for fact in part.facts)
    weight = sum(part.weight for part in parts)
    return replace(parts[0], facts=facts, alerts=alerts, memories=memories, weight=weight)


def microseconds(seconds: float) -> Microseconds:
    """Return a time of UTC seconds as the store keeps it. Raises ``NotCanonical`` when it is no time."""
    if not isfinite(seconds) or abs(at := round(seconds * 1e6)) > LARGEST_INTEGER:
        msg = f"{seconds!r} is no time"
        raise NotCanonical(msg)
    return at


def _alert(row: AlertRow) -> Row:
    return {
        "key": plain_text(row.key, "alert key"),
        "open": row.open,
        "at": microseconds(row.at),
        "body": row.text or canonical(row.body),
    }


def _device(row: DeviceState) -> Row:
    return {
        "asset": plain_text(row.asset, "asset"),
        "state": plain_text(row.state, "state"),
        "at": microseconds(row.at),
        "body": canonical(row.body),
    }


def _rollup(block: Block) -> Row:
    return {**asdict(block), "at": microseconds(block.at)}


def _person(person: Person) -> Row:
    return {
        "pseudonym": plain_text(person.pseudonym, "pseudonym"),
        "name": None if person.name is None else plain_text(person.name, "name"),
        "contacts": None,
        "added_at": microseconds(person.added_at),
        "erased_at": None if person.erased_at is None else microseconds(person.erased_at),
    }


def _memory(memory: Memory) -> Row | None:
    room, key = plain_text(memory.room, "room"), plain_text(memory.key, "key")
    return None if memory.body is None else {"room": room, "key": key, "body": canonical(memory.body)}


def _message(message: Message) -> Row:
    return {
        "channel": plain_text(message.channel, "channel"),
        "dedup_key": plain_text(message.dedup_key, "dedup_key"),
        "message_id": plain_text(message.message_id, "message_id"),
        "body": message.text or canonical(message.body),
        "created": microseconds(message.created),
        "due": microseconds(message.due),
        "attempts": 0,
        "state": MessageState.PENDING.value,
        "last_error": "",
    }


def _attempt(attempt: Attempt) -> Row:
    retry = attempt.outcome is Outcome.RETRY
    if retry is (attempt.retry_at is None):
        msg = f"attempt at message {attempt.id}: retry_at goes with RETRY, and only with it"
        raise WorkRefused(msg)
    return {
        "message": attempt.id,
        "new_state": MessageState.PENDING.value if retry else _SETTLED[attempt.outcome].value,
        "new_due": None if attempt.retry_at is None else microseconds(attempt.retry_at),
        "at": None if retry else microseconds(attempt.at),
        "error": _printable(attempt.error),
    }


def _printable(error: str) -> str:
    """Return what a far side said, whatever it said, short and storable."""
    return error[:LONGEST_ERROR].encode(errors="replace").decode().replace("\0", "?")
