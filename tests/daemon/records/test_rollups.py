"""Roll-ups in the store: block, fact and how far was looked are one transaction; trouble does not stop closing."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from dcim.daemon.records.closings import said, unsaid
from dcim.daemon.records.rollups import Rollups, StoreRecord
from dcim.history import Disk, History, Limits, Seams, closing
from dcim.history.closing import Job as Closing
from dcim.model import Batch, Lane, Layout, Point
from dcim.model.fact import FactKind
from dcim.rollup import Block
from dcim.rollup.making import Job, make
from dcim.rollup.plan import Seen
from dcim.store import CommitFailed, Store, Work

START = 1_795_600_800.0  # 2026-11-25 10:00 UTC
LAYOUT = Layout("pdu-1", Lane.FAST, (Point("pdu-1", "pdu_energy_joules_total"),), (None,), ("x",))


class HandClock:
    def __init__(self) -> None:
        self.at = START

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


async def close_here(job: Closing) -> None:
    closing.close(job)


async def make_here(job: Job) -> None:
    make(job)


@pytest.fixture
async def held(tmp_path):
    """A store and a history of two hours, the first of which is closed."""
    clock = HandClock()
    store = Store.open(tmp_path / "state", "cas1", clock)
    history = History.open(tmp_path / "state" / "history", clock, Limits(), Seams(Disk(), close_here))
    for minute in range(125):
        history.append(Batch(LAYOUT, clock.at + 1, array("d", (1e9 + 60_000.0 * minute,))))
        clock.at += 60
        if clock.at % 3600 < 60:
            await history.commit()
    await history.commit()
    yield store, history, clock, tmp_path / "state"
    await history.aclose()
    store.close()


async def test_an_hour_that_closed_is_in_the_table_in_the_chain_and_on_the_disk(held):
    """The one test in which the niced child makes the block."""
    store, history, clock, state = held
    rollups = Rollups(state, store, history, clock)
    await history.tidy(lambda _made: rollups.look())
    await rollups.look()
    assert rollups.trouble == ""
    (block,) = store.rollups()
    (fact,) = store.facts(kinds=(FactKind.ROLLUP_CLOSED,))
    body = fact.read()
    assert (fact.subject, body["version"], body["root"]) == (block.hour, 1, block.root)
    assert body["sha256"] == block.sha256
    assert (state / "rollup" / block.file).stat().st_size == block.bytes
    assert StoreRecord(store).seen().segment > 0
    assert StoreRecord(store).newest(["2026-11-25T10", "2026-11-25T11"]) == {block.hour: block}
    assert StoreRecord(store).newest([]) == {}


def version(number: int) -> Block:
    return Block("2026-11-25T10", number, START, "a" * 64, "b" * 64, f"{number}", 1, 1, 1, 1)


async def test_a_version_is_written_once_and_with_it_nothing_else_of_its_work(held):
    store, *_ = held
    record = StoreRecord(store)
    await record.keep([version(1)], Seen(3, (7,)))
    with pytest.raises(CommitFailed):
        await record.keep([version(1)], Seen(9))
    assert record.seen() == Seen(3, (7,))
    assert len(store.facts(kinds=(FactKind.ROLLUP_CLOSED,))) == 1
    await record.keep([version(2)], Seen(4))
    assert [one.version for one in store.rollups()] == [2]
    assert [one.version for one in store.rollups(every=True)] == [1, 2]
    assert store.rollups("2026-11-25T11") == []


async def test_what_cannot_be_made_is_said_and_the_history_goes_on(held):
    store, history, clock, state = held
    rollups = Rollups(state, store, history, clock, run=make_here)
    history.dictionary.rename(state / "elsewhere")
    made = await history.tidy(lambda _made: rollups.look())
    assert made
    assert "points.jsonl" in rollups.trouble
    Path(state / "elsewhere").rename(history.dictionary)
    await rollups.look()
    assert rollups.trouble == ""
    assert len(store.rollups()) == 1


async def test_what_a_crash_left_unsaid_of_closed_files_is_made_up_for_once(held):
    """Pains: G6."""
    store, history, clock, _ = held
    made = await history.tidy()
    first, *rest = found = tuple(unsaid(store, history.closed, clock.now()))
    assert [fact.subject for fact in found] == [fact.subject for fact in said(made[0], 0.0)]
    await store.commit(Work(facts=found))
    assert list(unsaid(store, history.closed, clock.now())) == []
    assert (rest, first.kind) == ([], FactKind.HISTORY_CLOSED)
