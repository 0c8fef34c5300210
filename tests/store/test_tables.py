"""The tables beside the chain only repeat facts: whatever else they say is found and named.

Pains: K1, K2, H2.
"""

from __future__ import annotations

import json

import pytest

from dcim.ledger import FaultKind, digest
from dcim.model.fact import Fact, FactKind
from dcim.store import AlertRow, Attempt, DeviceState, Message, Outcome, Work, verify

T0 = 1_764_000_000.0
BODY = {"kind": "raised", "rule": "on_battery", "value": 0.5, "title": {"en": "UPS on battery"}}
OLD = {"change": "raised", "rule": "on_battery", "value": 0.5}
"""What facts said of an alert before they carried digests."""


def alert(key, at, change="raised", *, body=BODY, channels=("mail", "noc"), old=False):
    body = {**body, "kind": change}
    name = f"<{key}-{change}@cas1>"
    told = tuple(channels) if change in {"raised", "cleared"} else ()
    new = {"digest": digest(body), "message_id": name, "told": told}
    return Work(
        facts=(Fact(FactKind.ALERT, at, key, {**OLD, "change": change, **({} if old else new)}),),
        alerts=(AlertRow(key, change != "cleared", at, body),),
        outbox=tuple(Message(channel, key, name, body, at, at) for channel in told),
    )


def device(asset, reach, at, why=""):
    fact = Fact(FactKind.DEVICE_STATE, at, asset, {"reach": reach, "before": "unknown", "why": why})
    return Work(facts=(fact,), devices=(DeviceState(asset, reach, at, {"why": why}),))


def delivery(queued, outcome, at):
    said = {"channel": queued.channel, "message_id": queued.message_id, "outcome": str(outcome)}
    attempt = Attempt(queued.id, outcome, at)
    return Work(facts=(Fact(FactKind.DELIVERY, at, queued.dedup_key, said),), delivered=(attempt,))


@pytest.fixture
def lived(store, state):
    """Two alerts, one of them over, one of an older version; messages delivered, given up, tried and waiting."""
    for work in (
        device("ups-a", "silent", T0, "nothing came"),
        device("ups-a", "answering", T0 + 1),
        device("ups-b", "silent", T0 + 2, "nothing came"),
        alert("a", T0 + 3),
        alert("b", T0 + 4),
        alert("a", T0 + 5, "acknowledged"),
        alert("a", T0 + 6, "cleared"),
        alert("old", T0 + 7, old=True),
    ):
        store.commit_now(work)
    queue = {(queued.message_id, queued.channel): queued for queued in store.outbox()}
    store.commit_now(delivery(queue["<a-raised@cas1>", "mail"], Outcome.DELIVERED, T0 + 8))
    store.commit_now(delivery(queue["<a-raised@cas1>", "noc"], Outcome.DROPPED, T0 + 8))
    store.commit_now(delivery(queue["<old-raised@cas1>", "noc"], Outcome.REFUSED, T0 + 8))
    store.commit_now(
        Work(delivered=(Attempt(queue["<b-raised@cas1>", "noc"].id, Outcome.RETRY, T0 + 9, "busy", T0 + 60),))
    )
    return state


def faults(state):
    return [(fault.kind, fault.what.split(" is ")[0].split(" stands ")[0]) for fault in verify(state).faults]


def test_what_a_daemon_wrote_holds_while_it_runs_and_after(lived, store):
    assert verify(lived).faults == ()
    store.close()
    assert verify(lived).faults == ()


def test_messages_that_were_settled_may_be_forgotten_but_those_of_open_alerts(lived, store):
    is_open = {row.key for row in store.open_alerts()}
    before = {one.id for one in store.outbox() if one.settled is None or one.dedup_key in is_open}
    store.commit_now(Work(forget_settled=T0 + 100))
    assert {one.id for one in store.outbox()} == before
    assert verify(lived).faults == ()


ALTERED, MISSING, ADDED = FaultKind.ROW_ALTERED, FaultKind.ROW_MISSING, FaultKind.ROW_ADDED
RAISED_A, RAISED_B, CLEARED_A = (
    f"message <{name}@cas1> for" for name in ("a-raised", "b-raised", "a-cleared")
)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE alerts SET open = 0 WHERE key = 'b'", (ALTERED, "alert b")),
        ("UPDATE alerts SET at = at + 1 WHERE key = 'b'", (ALTERED, "alert b")),
        ("UPDATE alerts SET body = replace(body, 'battery', 'mains') WHERE key = 'b'", (ALTERED, "alert b")),
        ("UPDATE alerts SET body = x'00ff' WHERE key = 'b'", (ALTERED, "alert b")),
        ("UPDATE alerts SET body = replace(body, '0.5', '0.9') WHERE key = 'old'", (ALTERED, "alert old")),
        ("UPDATE alerts SET body = 'no' WHERE key = 'old'", (ALTERED, "alert old")),
        ("DELETE FROM alerts WHERE key = 'b'", (MISSING, "alert b")),
        ("DELETE FROM alerts WHERE key = 'a'", (MISSING, "alert a")),
        ("INSERT INTO alerts (key, open, at, body) VALUES ('x', 1, 5, '{}')", (ADDED, "alert x")),
        ("UPDATE device_states SET state = 'answering' WHERE asset = 'ups-b'", (ALTERED, "device ups-b")),
        ("UPDATE device_states SET body = '{\"why\":\"\"}' WHERE asset = 'ups-b'", (ALTERED, "device ups-b")),
        ("UPDATE device_states SET at = 'noon' WHERE asset = 'ups-b'", (ALTERED, "device ups-b")),
        ("DELETE FROM device_states WHERE asset = 'ups-b'", (MISSING, "device ups-b")),
        ("INSERT INTO device_states VALUES ('ups-x', 'answering', 5, '{}')", (ADDED, "device ups-x")),
        ("UPDATE outbox SET state = 'delivered', settled = 5 WHERE message_id LIKE '<b%' AND channel = 'noc'", (ALTERED, f"{RAISED_B} noc")),
        ("UPDATE outbox SET state = 'pending', settled = NULL WHERE message_id LIKE '<a-r%' AND channel = 'mail'", (ALTERED, f"{RAISED_A} mail")),
        ("UPDATE outbox SET state = 'delivered' WHERE state = 'dropped'", (ALTERED, f"{RAISED_A} noc")),
        ("UPDATE outbox SET state = 'delivered' WHERE state = 'refused'", (ALTERED, "message <old-raised@cas1> for noc")),
        ("UPDATE outbox SET settled = settled - 1 WHERE state = 'delivered'", (ALTERED, f"{RAISED_A} mail")),
        ("UPDATE outbox SET body = '{}' WHERE message_id LIKE '<a-c%' AND channel = 'mail'", (ALTERED, f"{CLEARED_A} mail")),
        ("UPDATE outbox SET created = created + 1 WHERE message_id LIKE '<a-c%' AND channel = 'mail'", (ALTERED, f"{CLEARED_A} mail")),
        ("UPDATE outbox SET dedup_key = 'z' WHERE message_id LIKE '<a-c%' AND channel = 'mail'", (ALTERED, f"{CLEARED_A} mail")),
        ("DELETE FROM outbox WHERE message_id LIKE '<b%' AND channel = 'mail'", (MISSING, f"{RAISED_B} mail")),
        ("INSERT INTO outbox VALUES (99, 'mail', 'b', '<x@cas1>', '{}', 5, 5, 0, 'pending', NULL, '')", (ADDED, "message <x@cas1> for mail")),
        ("UPDATE outbox SET dedup_key = 'z' WHERE message_id LIKE '<old%' AND channel = 'mail'", (ADDED, "message <old-raised@cas1> for mail")),
    ],
)  # fmt: skip
def test_a_row_changed_by_hand_is_named(lived, store, statement, expected, sql):
    store.close()
    assert sql(statement) == [(1,)]
    assert faults(lived) == [expected]


def test_a_message_that_is_sent_elsewhere_is_one_missing_and_one_added(lived, store, sql):
    store.close()
    sql("UPDATE outbox SET channel = 'me' WHERE message_id LIKE '<b%' AND channel = 'mail'")
    assert faults(lived) == [(MISSING, f"{RAISED_B} mail"), (ADDED, f"{RAISED_B} me")]


def test_a_fact_that_was_changed_is_named_by_the_chain_whatever_it_holds(lived, store, sql):
    store.close()
    bodies = ["[]", "{", json.dumps({"change": 7}), json.dumps({"reach": None, "why": float("nan")})]
    for sequence, body in enumerate(bodies, 2):
        sql("UPDATE facts SET body = ? WHERE sequence = ?", values=(body, sequence))
    kinds = {kind for kind, _ in faults(lived)}
    assert FaultKind.ALTERED in kinds
