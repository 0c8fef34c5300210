"""One work is one change: all of it, or nothing."""

from __future__ import annotations

import asyncio

import pytest

from dcim.ledger import verify as verify_entries
from dcim.model import Memory
from dcim.model.fact import Fact, FactKind
from dcim.store import (
    AlertRow,
    Attempt,
    DeviceState,
    Message,
    MessageState,
    Outcome,
    StoreClosed,
    Work,
    WorkRefused,
)


def alert(key: str, note: str = "", is_open: bool = True) -> AlertRow:
    return AlertRow(key, is_open, 5.0, {"note": note})


def fact(number: int = 0) -> Fact:
    return Fact(FactKind.ALERT, 10.0 + number, f"alert-{number}", {"n": number})


def message(number: int = 0, channel: str = "mail", due: float = 20.0) -> Message:
    return Message(channel, f"key-{number}", f"<{number}@cas1>", {"text": "é"}, 10.0, due)


async def test_everything_of_a_work_can_be_read_back(store):
    receipt = await store.commit(
        Work(
            facts=(fact(1), fact(2)),
            alerts=(alert("a"), alert("b", is_open=False)),
            devices=(DeviceState("ups-a", "up", 7.5, {"reason": None}),),
            outbox=(message(1), message(2, channel="webhook")),
        )
    )
    assert (receipt.first, receipt.last, receipt.outbox) == (2, 3, (1, 2))
    assert receipt.head == store.committed == store.head()
    assert [entry.subject for entry in store.facts(since=1)] == ["alert-1", "alert-2"]
    assert store.facts(since=1)[0].read() == {"n": 1}
    assert store.alerts() == [alert("a"), alert("b", is_open=False)]
    assert store.open_alerts() == [alert("a")]
    assert store.device_states() == [DeviceState("ups-a", "up", 7.5, {"reason": None})]
    assert [queued.message_id for queued in store.due_outbox(20.0)] == ["<1@cas1>", "<2@cas1>"]


async def test_a_memory_replaces_the_one_before_and_is_forgotten_when_it_is_empty(store):
    await store.commit(Work(memories=(Memory("alert", "a", {"n": 1}), Memory("mute", "a", {"n": 2}))))
    await store.commit(Work(memories=(Memory("alert", "a", {"n": 3}), Memory("alert", "b", {}))))
    assert store.memories("alert") == [Memory("alert", "a", {"n": 3}), Memory("alert", "b", {})]
    await store.commit(Work(memories=(Memory("alert", "a", None), Memory("alert", "c", None))))
    assert store.memories("alert") == [Memory("alert", "b", {})]
    assert store.memories("mute") == [Memory("mute", "a", {"n": 2})]
    assert store.memories("nobody") == []


async def test_a_work_without_facts_has_no_sequence_and_moves_no_head(store):
    before = store.committed
    receipt = await store.commit(Work(alerts=(alert("a"),)))
    assert (receipt.first, receipt.last, receipt.head) == (0, 0, before)


async def test_the_last_row_of_a_key_wins_also_inside_one_group(store):
    works = [Work(alerts=(alert("a", str(number)),)) for number in range(20)]
    await asyncio.gather(*(store.commit(work) for work in works))
    await store.commit(Work(alerts=(alert("b"),)))
    await store.commit(Work(forget_alerts=("b", "never-there")))
    await store.commit(Work(forget_alerts=("a",), alerts=(alert("a", "again"),)))
    assert store.alerts() == [alert("a", "again")]


async def test_facts_are_found_by_kind_and_place(store):
    await store.commit(Work(facts=tuple(fact(number) for number in range(5))))
    await store.heartbeat(10.0)
    assert [entry.sequence for entry in store.facts(kinds=(FactKind.ALERT,), limit=2)] == [2, 3]
    assert [entry.sequence for entry in store.facts(since=5)] == [6, 7]
    assert [entry.kind for entry in store.facts(kinds=(FactKind.HEARTBEAT, FactKind.DAEMON_STARTED))] == [
        "daemon_started",
        "heartbeat",
    ]
    newest = store.newest_fact((FactKind.ALERT, FactKind.BLIND))
    assert newest is not None
    assert newest.sequence == 6
    assert store.newest_fact((FactKind.BLIND,)) is None


@pytest.mark.parametrize(
    "work",
    [
        Work(facts=(Fact(FactKind.ALERT, 1.0, "x", {"v": float("nan")}),)),
        Work(facts=(Fact(FactKind.ALERT, float("nan"), "x"),)),
        Work(alerts=(alert("a\0"),)),
        Work(alerts=(AlertRow("a", True, float("inf"), {}),)),
        Work(devices=(DeviceState("ups\udcff", "up", 1.0, {}),)),
        Work(outbox=(Message("mail", "k", "\0", {}, 1.0, 1.0),)),
        Work(delivered=(Attempt(1, Outcome.RETRY, 1.0),)),
        Work(delivered=(Attempt(1, Outcome.DELIVERED, 1.0, retry_at=5.0),)),
        Work(delivered=(Attempt(77, Outcome.DELIVERED, 1.0),)),
        Work(forget_settled=float("nan")),
    ],
)
async def test_a_wrong_work_is_refused_and_nothing_of_it_stands(store, work):
    before = store.committed
    with pytest.raises(WorkRefused):
        await store.commit(
            Work(**{**{name: getattr(work, name) for name in work.__slots__}, "forget_alerts": ("z",)})
        )
    assert store.committed == store.head() == before
    assert store.alerts() == []


async def test_a_refused_work_leaves_no_part_behind(store):
    """The attempt is the last thing written: what came before it in the work must go too."""
    wrong = Work(
        facts=(fact(1),),
        alerts=(alert("a"),),
        outbox=(message(1),),
        delivered=(Attempt(9, Outcome.DELIVERED, 1.0),),
    )
    with pytest.raises(WorkRefused, match="9"):
        await store.commit(wrong)
    assert (store.alerts(), store.outbox(), len(store.facts())) == ([], [], 1)
    receipt = await store.commit(Work(facts=(fact(2),), outbox=(message(2),)))
    assert (receipt.first, receipt.outbox) == (2, (1,))


async def test_a_body_changed_after_the_call_does_not_change_what_is_written(store):
    body = {"v": 1}
    task = store.commit(Work(facts=(Fact(FactKind.ALERT, 1.0, "x", body),)))
    body["v"] = 2
    coming = asyncio.ensure_future(task)
    await asyncio.sleep(0)
    body["v"] = 3
    await coming
    assert store.facts(since=1)[0].read() == {"v": 2}


async def test_every_fact_is_chained_and_append_only(store, state):
    await asyncio.gather(*(store.commit(Work(facts=(fact(number),))) for number in range(200)))
    entries = store.facts()
    assert verify_entries(entries, store.committed) == []
    assert len(entries) == 201


def test_threads_without_a_loop_can_commit_too(store):
    receipt = store.commit_now(Work(facts=(fact(1),)))
    assert store.facts(since=1)[0].hash == receipt.head.hash


async def test_after_the_end_nothing_is_taken(store):
    await store.stop("test")
    with pytest.raises(StoreClosed):
        await store.commit(Work(facts=(fact(1),)))
    store.close()
    await store.stop("again")


async def test_a_reader_cannot_write(store):
    with store._reader.begin() as connection, pytest.raises(Exception, match=r"read-?only"):
        connection.exec_driver_sql("DELETE FROM facts")


@pytest.mark.one_file
async def test_every_commit_is_synced_and_the_log_is_ahead(store, state):
    with store._writer.engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


class TestOutbox:
    """Only what was delivered counts as sent. Pains: H2."""

    async def test_due_messages_come_earliest_first_then_oldest(self, store):
        await store.commit(Work(outbox=(message(1, due=30.0), message(2, due=20.0), message(3, due=20.0))))
        assert [queued.id for queued in store.due_outbox(20.0)] == [2, 3]
        assert [queued.id for queued in store.due_outbox(30.0, limit=2)] == [2, 3]
        assert [queued.id for queued in store.due_outbox(30.0, channel="webhook")] == []
        assert store.due_outbox(19.9) == []

    async def test_a_retry_stays_pending_until_its_time(self, store):
        await store.commit(Work(outbox=(message(1),)))
        await store.commit(Work(delivered=(Attempt(1, Outcome.RETRY, 21.0, "451 later", 81.0),)))
        (queued,) = store.outbox()
        assert (queued.state, queued.attempts, queued.due, queued.last_error, queued.settled) == (
            MessageState.PENDING,
            1,
            81.0,
            "451 later",
            None,
        )
        assert store.due_outbox(80.0) == []
        assert [again.message_id for again in store.due_outbox(81.0)] == ["<1@cas1>"]

    @pytest.mark.parametrize("outcome", [Outcome.DELIVERED, Outcome.REFUSED, Outcome.DROPPED])
    async def test_a_settled_message_is_never_due_again_and_cannot_be_settled_twice(self, store, outcome):
        await store.commit(Work(outbox=(message(1),)))
        await store.commit(Work(delivered=(Attempt(1, outcome, 21.0, "why"),)))
        (queued,) = store.outbox((MessageState(outcome.value),))
        assert (queued.settled, queued.attempts, queued.due) == (21.0, 1, 20.0)
        assert store.due_outbox(1e9) == []
        with pytest.raises(WorkRefused, match="not pending"):
            await store.commit(Work(delivered=(Attempt(1, outcome, 22.0),)))
        assert store.outbox() == [queued]

    async def test_what_a_far_side_said_can_always_be_kept(self, store):
        await store.commit(Work(outbox=(message(1),)))
        await store.commit(Work(delivered=(Attempt(1, Outcome.RETRY, 1.0, "a\0b\udcff" + "x" * 5000, 2.0),)))
        error = store.outbox()[0].last_error
        assert error.startswith("a?b?x")
        assert len(error) == 2000

    async def test_settled_messages_can_be_forgotten_and_their_ids_never_come_back(self, store, opened):
        await store.commit(Work(outbox=(message(1), message(2), message(3))))
        await store.commit(
            Work(delivered=(Attempt(2, Outcome.DELIVERED, 21.0), Attempt(3, Outcome.DROPPED, 50.0)))
        )
        await store.commit(Work(forget_settled=30.0))
        assert [queued.id for queued in store.outbox()] == [3, 1]
        await store.commit(Work(forget_settled=60.0))
        store.close()
        again = opened()
        receipt = await again.commit(Work(outbox=(message(4),)))
        assert receipt.outbox == (4,)


async def test_it_is_a_plain_database_that_anybody_can_read(store, state, sql):
    await store.commit(Work(facts=(fact(1),)))
    rows = sql("SELECT sequence, kind, body FROM facts ORDER BY sequence")
    assert rows[1] == (2, "alert", '{"n":1}')
