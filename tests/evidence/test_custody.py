"""The life of the key: made once, never shown, changed by a fact that both sign, and its loss is said. Pains: K2, K3, J1."""

from __future__ import annotations

import stat

import pytest

from dcim.evidence.custody import KINDS, Custody, ask
from dcim.evidence.keyfile import KEY, NEXT, KeyUnusable, check, create, load
from dcim.ledger import FaultKind, Keyring, SignedHead
from dcim.ledger.signed import HEARTBEAT, HOUR, STOP
from dcim.model.fact import Fact, FactKind
from dcim.store import Store, Work


def ring_of(store, *trusted):
    """Return what a keyring says of a store."""
    ring = Keyring(store.heads(), check, trusted)
    faults = [fault for entry in store.entries() for fault in ring.take(entry)]
    return ring, [*faults, *ring.finish()]


def beat(store, clock, why=HEARTBEAT):
    fact = Fact(FactKind.HEARTBEAT, clock.now(), "cas1", {"lasts": 30.0})
    return store.commit_now(Work(facts=(fact,), sign=why)).signed


def test_a_first_start_makes_a_key_that_only_its_user_can_read_and_nobody_sees(begun, clock):
    store, pen, state = begun
    assert stat.S_IMODE((state / KEY).stat().st_mode) == 0o600
    private = (state / KEY).read_text().splitlines()[1]
    assert pen.public in repr(pen)
    assert private not in repr(pen)
    beat(store, clock)
    store.close()
    assert all(private.encode() not in one.read_bytes() for one in state.iterdir() if one.name != KEY)
    said = store_again(state, clock)
    assert said == [FactKind.KEY_CREATED]


def store_again(state, clock):
    store = Store.open(state, "cas1", clock)
    try:
        Custody(state, store, clock).begin()
        return [entry.kind for entry in store.facts(0, KINDS)]
    finally:
        store.close()


def test_heads_are_signed_in_the_work_that_makes_them_true(begun, clock):
    store, pen, _ = begun
    signed = beat(store, clock)
    assert signed.head == store.committed
    assert check(pen.public, signed.statement, signed.signature)
    assert store.signed == signed
    assert SignedHead.of_json(signed.as_json()) == signed
    store.commit_now(Work(facts=(Fact(FactKind.ALERT, clock.now(), "a"),)))
    assert [one.why for one in store.heads()] == ["key", HEARTBEAT]
    ring, faults = ring_of(store, pen.public)
    assert (faults, ring.covered, ring.heads, ring.vouched) == ([], signed.head.sequence, 2, True)
    assert ring_of(store)[0].vouched is False


def test_what_a_strange_key_signed_vouches_for_nothing_where_a_key_was_kept(begun, clock):
    """Pains: K2."""
    store, pen, state = begun
    signed = beat(store, clock)
    (state / KEY).unlink()  # lost: the next start makes one that nobody vouches for
    store.close()
    store = Store.open(state, "cas1", clock)
    Custody(state, store, clock).begin()
    after = beat(store, clock)
    try:
        ring, faults = ring_of(store, pen.public)
        assert (ring.covered, ring.vouched) == (signed.head.sequence, False)
        assert [fault.kind for fault in faults] == [FaultKind.KEY]
        assert ring_of(store)[0].covered == after.head.sequence
    finally:
        store.close()


async def test_the_first_heartbeat_of_an_hour_is_signed_for_the_hour_and_the_stop_too(begun, clock):
    store, _, _ = begun
    await store.heartbeat(30.0)
    clock.pass_time(3600.0)
    await store.heartbeat(30.0)
    await store.heartbeat(30.0)
    seen = []
    store.tell_signed(seen.append)
    why = [one.why for one in store.heads()]
    await store.stop("asked")
    assert why == ["key", HEARTBEAT, HOUR, HEARTBEAT]
    assert [one.why for one in seen] == [STOP]


def test_old_signatures_of_heartbeats_may_go_and_the_others_stay(begun, clock):
    store, pen, _ = begun
    for why in (HEARTBEAT, HOUR, HEARTBEAT):
        beat(store, clock, why)
    store.commit_now(Work(forget_beats=clock.now() + 1))
    assert [one.why for one in store.heads()] == ["key", HOUR]
    assert ring_of(store, pen.public)[1] == []


def test_a_rotation_is_signed_by_both_and_either_key_vouches_for_all(begun, clock):
    store, pen, state = begun
    custody = Custody(state, store, clock)
    beat(store, clock)
    ask(state, "every year")
    assert custody.asked()
    after = custody.rotate(pen)
    assert not custody.asked()
    assert load(state) == after
    assert beat(store, clock).key == after.key_id
    for key in (pen.public, after.public):
        ring, faults = ring_of(store, key)
        assert (faults, ring.vouched) == ([], True)
    [fact] = store.facts(0, (FactKind.KEY_ROTATED,))
    assert (fact.subject, fact.read()["reason"], fact.read()["before"]) == (
        after.key_id,
        "every year",
        pen.key_id,
    )


@pytest.mark.parametrize("recorded", [False, True])
def test_a_rotation_that_was_cut_short_is_undone_or_finished(begun, clock, recorded):
    store, pen, state = begun
    after = create(state, NEXT)
    if recorded:
        Custody(state, store, clock)._introduce(after, pen.key_id, pen, "")
    store.close()
    store = Store.open(state, "cas1", clock)
    try:
        found = Custody(state, store, clock).begin()
        assert found == (after if recorded else pen)
        assert not (state / NEXT).exists()
        beat(store, clock)
        assert ring_of(store, pen.public)[1] == []
    finally:
        store.close()


def test_a_lost_key_is_followed_by_one_that_nobody_vouches_for(begun, clock):
    store, pen, state = begun
    (state / KEY).unlink()
    after = Custody(state, store, clock).begin()
    beat(store, clock)
    ring, faults = ring_of(store, pen.public)
    assert [(fault.kind, fault.sequence) for fault in faults] == [(FaultKind.KEY, 4)]
    assert not ring.vouched
    assert ring_of(store, pen.public, after.public)[1] == []
    assert store.facts(0, KINDS)[-1].read()["reason"] == "the key before is lost"


def test_a_key_that_others_may_read_or_that_is_none_is_refused(begun, clock):
    store, _, state = begun
    (state / KEY).chmod(0o640)
    with pytest.raises(KeyUnusable, match="may be read by others"):
        Custody(state, store, clock).begin()
    (state / KEY).write_text("no key")
    (state / KEY).chmod(0o600)
    with pytest.raises(KeyUnusable, match="holds no Ed25519 key"):
        load(state)
    (state / KEY).unlink()
    (state / KEY).symlink_to(state / "elsewhere")
    with pytest.raises(KeyUnusable, match="cannot use"):
        load(state)


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("UPDATE heads SET signature = replace(signature, substr(signature, 1, 8), '00000000') WHERE sequence = 3", {FaultKind.SIGNATURE}),
        ("UPDATE heads SET hash = '0' WHERE sequence = 3", {FaultKind.REWRITTEN}),
        ("UPDATE heads SET epoch = 7 WHERE sequence = 3", {FaultKind.REWRITTEN}),
        ("UPDATE heads SET at = at + 1 WHERE sequence = 3", {FaultKind.SIGNATURE}),
        ("UPDATE heads SET why = 'stop' WHERE sequence = 3", {FaultKind.SIGNATURE}),
        ("UPDATE heads SET key = 'x' WHERE sequence = 3", {FaultKind.KEY}),
        ("UPDATE heads SET sequence = 99 WHERE sequence = 3", {FaultKind.CUT}),
        ("UPDATE heads SET at = 'noon', signature = 7 WHERE sequence = 3", {FaultKind.SIGNATURE}),
        ("UPDATE facts SET kind = 'alert' WHERE kind = 'key_created'", {FaultKind.KEY}),
    ],
)  # fmt: skip
def test_what_is_changed_by_hand_is_named(begun, clock, sql, statement, kinds):
    store, pen, _ = begun
    beat(store, clock)
    assert sql(statement) == [(1,)]
    assert {fault.kind for fault in ring_of(store, pen.public)[1]} == kinds
