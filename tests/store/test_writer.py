"""Whatever waits goes to disk together, a bad work fails alone, and a replaced writer is shut out."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest

from dcim.model.fact import Fact, FactKind
from dcim.store import (
    DATABASE,
    AlertRow,
    Attempt,
    Fenced,
    Outcome,
    Receipt,
    Store,
    StoreBusy,
    StoreFull,
    StoreUnavailable,
    Work,
    WorkRefused,
    verify,
)
from dcim.store.prepare import prepare
from dcim.store.writer import HEAVIEST_WAITING, MOST_WAITING


def fact(name: str) -> Work:
    return Work(facts=(Fact(FactKind.ALERT, 1.0, name),))


BAD = Work(facts=(Fact(FactKind.ALERT, 1.0, "bad"),), delivered=(Attempt(999, Outcome.DELIVERED, 1.0),))


class Gate:
    """Holds the database so that the writer waits inside its transaction, until it is opened."""

    def __init__(self, connection: Any, lock: Sequence[str], store: Store) -> None:
        self._connection = connection
        self._lock = lock
        self._store = store
        self._shut = False

    def shut(self) -> Future[Receipt]:
        """Shut it and send one work ahead, which the writer takes and then waits with."""
        for statement in self._lock:
            self._connection.execute(statement)
        self._shut = True
        ahead = self.submit(fact("ahead"))
        while self._store.status.waiting:
            time.sleep(0.001)
        return ahead

    def submit(self, work: Work) -> Future[Receipt]:
        return self._store._writer.submit(prepare(work))

    def open(self) -> None:
        if self._shut:
            self._connection.execute("ROLLBACK")
            self._shut = False


@pytest.fixture
def gate(store: Store, shell: Callable[[], Any], backend: str) -> Iterator[Gate]:
    locks = {"sqlite": ["BEGIN IMMEDIATE"], "postgresql": ["BEGIN", "LOCK TABLE chain IN EXCLUSIVE MODE"]}
    it = Gate(shell(), locks[backend], store)
    yield it
    it.open()


def subjects(store: Store) -> list[str]:
    return [entry.subject for entry in store.facts(kinds=(FactKind.ALERT,))]


def test_what_waited_goes_in_one_transaction_in_order(store, gate):
    ahead = gate.shut()
    waiting = [gate.submit(fact(str(number))) for number in range(50)]
    gate.open()
    receipts = [future.result() for future in waiting]
    assert store.status.transactions == 2
    assert (store.status.works, store.status.facts) == (51, 51)
    assert ahead.result().last == 2
    assert [receipt.last for receipt in receipts] == list(range(3, 53))
    assert {receipt.head for receipt in receipts} == {store.committed}
    assert subjects(store) == ["ahead", *(str(number) for number in range(50))]


def test_a_bad_work_fails_alone_and_its_neighbours_are_written(store, gate, state):
    gate.shut()
    before, bad, after = gate.submit(fact("before")), gate.submit(BAD), gate.submit(fact("after"))
    gate.open()
    assert (before.result().last, after.result().last) == (3, 4)
    with pytest.raises(WorkRefused):
        bad.result()
    assert subjects(store) == ["ahead", "before", "after"]
    assert (store.status.refused, store.status.failures, store.status.error) == (1, 0, "")
    assert verify(state, store.committed).holds


def test_the_queue_is_bounded_in_works(store, gate):
    gate.shut()
    work = prepare(Work())
    futures = [store._writer.submit(work) for _ in range(MOST_WAITING)]
    with pytest.raises(StoreBusy, match="10000 works wait"):
        store._writer.submit(work)
    gate.open()
    assert all(future.result() for future in futures)
    assert store._writer.submit(work).result()


def test_the_queue_is_bounded_in_bytes_but_takes_any_single_work(store, gate):
    gate.shut()
    heavy = replace(prepare(Work()), weight=HEAVIEST_WAITING + 1)
    first = store._writer.submit(heavy)
    with pytest.raises(StoreBusy):
        store._writer.submit(heavy)
    gate.open()
    assert first.result()


async def test_a_work_cancelled_while_it_waits_is_not_written(store, gate):
    gate.shut()
    task = asyncio.ensure_future(store.commit(fact("cancelled")))
    kept = asyncio.ensure_future(store.commit(fact("kept")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.open()
    await kept
    assert subjects(store) == ["ahead", "kept"]


async def test_when_all_that_waited_was_cancelled_the_writer_goes_on(store, gate):
    gate.shut()
    task = asyncio.ensure_future(store.commit(fact("cancelled")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.open()
    await store.commit(fact("later"))
    assert subjects(store) == ["ahead", "later"]


def test_what_was_taken_is_written_before_the_store_closes(store, gate, opened):
    gate.shut()
    waiting = gate.submit(fact("waiting"))
    gate.open()
    store.close()
    assert waiting.result().last == 3
    assert subjects(opened()) == ["ahead", "waiting"]


async def test_a_writer_whose_epoch_is_over_never_writes_again(store, state, sql):
    """Pains: D8."""
    sql("UPDATE chain SET epoch = epoch + 1")
    for _ in range(2):
        with pytest.raises(Fenced, match="took the chain over from epoch 1"):
            await store.commit(fact("late"))
    with pytest.raises(Fenced):
        await store.stop("fenced")
    assert subjects_on_disk(sql) == []


def subjects_on_disk(sql: Callable[..., list[tuple[Any, ...]]]) -> list[str]:
    return [row[0] for row in sql("SELECT subject FROM facts WHERE kind = 'alert'")]


class Room:
    """Takes the room to grow away from the database, and gives it back: SQLITE_FULL without a full disk."""

    def __init__(self, store: Store) -> None:
        self._engine = store._writer.engine

    def set(self, pages: str) -> None:
        with self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            count = raw.execute("PRAGMA page_count").fetchone()[0]
            raw.execute(f"PRAGMA max_page_count = {count if pages == 'none' else 1_000_000}")


@pytest.fixture
def room(store: Store) -> Room:
    return Room(store)


def big(name: str) -> Work:
    return Work(facts=(Fact(FactKind.ALERT, 1.0, name, {"t": "x" * 100_000}),))


@pytest.mark.one_file
async def test_without_space_the_work_fails_whole_and_works_again_when_there_is_some(
    store, state, clock, room
):
    await store.commit(fact("before"))
    room.set("none")
    before = store.committed
    clock.pass_time(5)
    for _ in range(2):
        with pytest.raises(StoreFull, match="no space left"):
            await store.commit(big("lost"))
        clock.pass_time(5)
    assert store.committed == store.head() == before
    status = store.status
    assert "no space left" in status.error
    assert status.since == 1005.0
    assert status.failures == 2
    room.set("more")
    await store.commit(big("kept"))
    assert subjects(store) == ["before", "kept"]
    assert (store.status.error, store.status.since) == ("", None)
    assert verify(state, before, store.committed).holds


@pytest.mark.one_file
async def test_a_writer_replaced_while_it_had_no_space_is_shut_out(store, state, room, sql):
    room.set("none")
    with pytest.raises(StoreFull):
        await store.commit(big("lost"))
    sql("UPDATE chain SET epoch = epoch + 1")
    with pytest.raises(Fenced, match="took the chain over"):
        await store.commit(fact("late"))


@pytest.mark.one_file
async def test_a_heartbeat_that_could_not_be_written_becomes_unrecorded_time(store, clock, room):
    await store.heartbeat(10.0)
    room.set("none")
    filler = Work(alerts=(AlertRow("filler", True, 1.0, {"t": "x" * 100_000}),))
    with pytest.raises(StoreFull):
        await store.commit(filler)
    clock.pass_time(10)
    while True:  # the last page may still take a heartbeat or two
        try:
            await store.heartbeat(10.0)
        except StoreFull:
            break
        since = clock.wall
        clock.pass_time(10)
    else:
        since = clock.wall
    clock.pass_time(60)
    room.set("more")
    await store.heartbeat(10.0)
    blind = store.facts(kinds=(FactKind.BLIND,))[-1].read()
    assert blind == {"from": since, "to": clock.wall, "reason": "unrecorded"}


async def test_a_work_that_breaks_the_writers_code_fails_alone_and_the_writer_lives(store):
    broken = replace(prepare(fact("x")), facts=(None,))  # type: ignore[arg-type]
    with pytest.raises(WorkRefused, match="AttributeError"):
        store._writer.submit(broken).result()
    await store.commit(fact("y"))
    assert subjects(store) == ["y"]


@pytest.mark.one_file
async def test_a_database_that_is_locked_for_long_is_unavailable_not_wrong(store, state):
    with store._writer.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(state / DATABASE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        await store.commit(fact("x"))
    other.execute("ROLLBACK")
    other.close()
    await store.commit(fact("y"))
    assert subjects(store) == ["y"]
