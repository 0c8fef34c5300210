from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from dcim.daemon.records import books as room
from dcim.daemon.records.books import Books
from dcim.ledger.life import Lost
from dcim.model import Memory
from dcim.model.fact import Fact, FactKind
from dcim.store import AlertRow, Message, StoreFull, Work, WorkRefused
from tests.waiting import PATIENCE, until_it


def work(name: str, **more: object) -> Work:
    return Work(facts=(Fact(FactKind.DEVICE_STATE, 1.0, name),), **more)  # type: ignore[arg-type]


@dataclass
class Shelf:
    """A store that refuses as told, and remembers the order of facts."""

    refuses: set[str] = field(default_factory=set)
    full: int = 0
    facts: list[str] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)

    async def commit(self, given: Work) -> None:
        if self.full:
            self.full -= 1
            raise StoreFull("no space left")
        names = [fact.subject for fact in given.facts]
        if self.refuses & set(names):
            raise WorkRefused("wrong in itself")
        self.facts += names
        self.works.append(given)


async def test_works_are_written_in_the_order_in_which_they_became_true() -> None:
    shelf = Shelf()
    books = Books(shelf, lambda _work: None)  # type: ignore[arg-type]
    for name in "abcdef":
        books.note(work(name))
    assert await books.flush(5)
    assert shelf.facts == list("abcdef")
    assert len(shelf.works) == 1


async def test_a_full_disk_keeps_everything_and_order_until_there_is_space() -> None:
    shelf = Shelf(full=2)
    books = Books(shelf, lambda _work: None, retry=0.01)  # type: ignore[arg-type]
    task = asyncio.create_task(books.run())
    books.note(work("a"))
    await asyncio.sleep(0)
    books.note(work("b"))
    await asyncio.sleep(0)
    assert books.trouble == "no space left"
    await until_it(lambda: not books.waiting, "all that waited is on record")
    assert shelf.facts == ["a", "b"]
    assert books.trouble == ""
    task.cancel()


async def test_one_wrong_work_costs_no_other() -> None:
    shelf = Shelf(refuses={"b"})
    books = Books(shelf, lambda _work: None)  # type: ignore[arg-type]
    for name in "abc":
        books.note(work(name))
    assert await books.flush(5)
    assert shelf.facts == ["a", "c"]
    assert books.dropped == 1


async def test_of_several_rows_of_one_alert_the_newest_is_kept() -> None:
    shelf = Shelf()
    books = Books(shelf, lambda _work: None)  # type: ignore[arg-type]
    books.note(work("a", alerts=(AlertRow("k", True, 1.0, {}),)))
    books.note(work("b", alerts=(AlertRow("k", False, 2.0, {}),)))
    await books.flush(5)
    assert [row.open for row in shelf.works[0].alerts] == [False]


async def test_a_work_that_deletes_goes_alone_and_in_its_place() -> None:
    shelf = Shelf()
    books = Books(shelf, lambda _work: None)  # type: ignore[arg-type]
    books.note(work("a"))
    books.note(work("b", forget_alerts=("k",)))
    books.note(work("c", forget_settled=5.0))
    books.note(work("d"))
    books.note(work("e"))
    await books.flush(5)
    assert shelf.facts == list("abcde")
    assert [len(written.facts) for written in shelf.works] == [1, 1, 1, 2]
    assert shelf.works[2].forget_settled == 5.0


async def test_a_storm_goes_to_the_disk_in_groups_of_some_thousand_facts() -> None:
    shelf = Shelf()
    books = Books(shelf, lambda _work: None)  # type: ignore[arg-type]
    for number in range(7):
        books.note(Work(facts=tuple(Fact(FactKind.ALERT, 1.0, f"{number}") for _ in range(900))))
    books.note(Work(facts=tuple(Fact(FactKind.ALERT, 1.0, "large") for _ in range(5000))))
    assert await books.flush(5)
    assert [len(written.facts) for written in shelf.works] == [1800, 1800, 1800, 900, 5000]


async def test_in_a_storm_a_group_waits_for_company_and_what_comes_alone_waits_for_nothing() -> None:
    shelf = Shelf()
    books = Books(shelf, lambda _work: None)  # type: ignore[arg-type]
    task = asyncio.create_task(books.run())
    for name in "abc":
        books.note(work(name))
        for _ in range(5):  # turns of the loop, and no time
            await asyncio.sleep(0)
        assert shelf.facts[-1] == name
    for turn in range(40):  # a storm: more comes with every turn of the loop
        for one in range(25):
            books.note(work(f"{turn}.{one}"))
        for _ in range(5):
            await asyncio.sleep(0)
    assert await books.settled(5)
    assert shelf.facts[3:] == [f"{turn}.{one}" for turn in range(40) for one in range(25)]
    assert len(shelf.works) < 3 + 40 // 2, "each handful was a transaction of its own"
    task.cancel()


async def test_a_disk_that_takes_nothing_ends_the_flush_and_says_so() -> None:
    books = Books(Shelf(full=10_000), lambda _work: None, retry=0.01)  # type: ignore[arg-type]
    books.note(work("a"))
    assert not await books.flush(0.05)
    assert books.waiting == 1


async def test_memory_is_bounded_and_what_is_lost_is_counted() -> None:
    books = Books(Shelf(), lambda _work: None, most=2)  # type: ignore[arg-type]
    for name in "abc":
        books.note(work(name))
    assert (books.waiting, books.dropped) == (2, 1)
    assert room.MOST >= 100_000


async def test_once_something_was_lost_all_is_until_there_is_room_and_then_somebody_is_told() -> None:
    """What is on disk has no holes but those that are owned up to: nothing slips in behind what was lost."""
    shelf = Shelf(full=1)
    books = Books(shelf, lambda _work: None, retry=0.01, most=4)  # type: ignore[arg-type]
    lost: list[Lost] = []
    books.lost = lost.append
    books.resumed = lambda: books.note(work("resumed"))
    for name in "abcdef":
        books.note(work(name))
    assert books.losing
    assert lost == [Lost(1.0, 1.0)] * 2
    assert await books.flush(5)
    assert not books.losing
    books.note(work("g"))
    assert await books.flush(5)
    assert shelf.facts == [*"abcd", "resumed", "g"]


async def test_a_record_that_is_refused_is_a_hole_too_but_not_one_without_facts() -> None:
    shelf = Shelf(refuses={"b"})
    books = Books(shelf, lambda _work: None)  # type: ignore[arg-type]
    lost: list[Lost] = []
    books.lost, books.resumed = lost.append, lambda: books.note(work("resumed"))
    for name in "abc":
        books.note(work(name))
    assert await books.flush(5)
    assert (shelf.facts, lost) == (["a", "c", "resumed"], [Lost(1.0, 1.0)])


async def test_what_the_end_finds_waiting_is_said_to_be_unwritten() -> None:
    books = Books(Shelf(full=10_000), lambda _work: None, retry=0.01)  # type: ignore[arg-type]
    said: list[str] = []
    books.unwritten = lambda: said.append("unwritten")
    assert await books.flush(0.05)
    assert said == []
    books.note(work("a"))
    assert not await books.flush(0.05)
    assert said == ["unwritten"]


@dataclass
class Slow(Shelf):
    """A store that takes a while, and notes of what it is given whether it was ready."""

    were_ready: list[bool] = field(default_factory=list)

    async def commit(self, given: Work) -> None:
        self.were_ready.append(given.ready is not None)
        await asyncio.sleep(0.01)
        await super().commit(given)


def group(name: str, number: int = 1500) -> Work:
    return Work(facts=tuple(Fact(FactKind.ALERT, 1.0, f"{name}{at}") for at in range(number)))


async def test_in_a_storm_a_group_is_made_ready_while_the_one_before_it_is_written() -> None:
    shelf = Slow()
    books = Books(shelf, lambda _work: None)  # type: ignore[arg-type]
    for name in "abc":
        books.note(group(name))
    assert await books.flush(5)
    assert shelf.were_ready == [False, True, True]
    assert shelf.facts == [fact.subject for name in "abc" for fact in group(name).facts]


async def test_what_was_made_ready_keeps_its_place_when_a_work_before_it_is_wrong() -> None:
    shelf = Slow(refuses={"bad"})
    books = Books(shelf, lambda _work: None)  # type: ignore[arg-type]
    for one in (work("a"), work("bad"), group("b"), group("c"), work("d")):
        books.note(one)
    assert await books.flush(5)
    expected = ["a", *(fact.subject for name in "bc" for fact in group(name).facts), "d"]
    assert shelf.facts == expected
    assert books.dropped == 1


async def test_a_flush_that_ends_between_two_groups_writes_none_twice() -> None:
    shelf = Slow()
    books = Books(shelf, lambda _work: None)  # type: ignore[arg-type]
    for name in "abcdefgh":
        books.note(group(name))
    patience = (
        0.013  # enough for one group, and not for all; where the machine has other things to do it takes more
    )
    while not await books.flush(patience):
        patience *= 1.1
        assert patience < PATIENCE
    assert shelf.facts == [fact.subject for name in "abcdefgh" for fact in group(name).facts]


async def test_what_is_lost_in_the_end_is_not_told_beside_that_nothing_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    store = "/var/lib/dcim/dcim.db"

    class Full(Shelf):
        async def commit(self, given: Work) -> None:
            raise StoreFull.at(store)

    books = Books(Full(), lambda _work: None, retry=0.01)  # type: ignore[arg-type]
    books.note(work("a"))
    assert not await books.flush(0.05)
    (told,) = [line for line in "".join(capsys.readouterr()).splitlines() if "records are lost" in line]
    assert f"no space left for {store}" in told
    assert "nothing is lost" not in told
    assert "nothing is lost" in str(StoreFull.at(store)), "while the daemon runs it is so"


def alert(name: str, key: str, *, open: bool = True) -> Work:
    fact = Fact(FactKind.ALERT, 1.0, key, {"n": name})
    return Work(
        facts=(fact,),
        alerts=(AlertRow(key, open, 1.0, {"n": name}),),
        outbox=(Message("mail", key, f"<{name}>", {}, 1.0, 1.0),),
        memories=(Memory("alerts", key, {"n": name}), Memory("clock", "-", {"n": name})),
    )


async def test_what_stands_when_there_is_room_again_is_written_behind_the_hole() -> None:
    """Pains: G2. Of each alert the newest that became of it, with its message; of the rest nothing."""
    shelf = Shelf(full=1)
    books = Books(shelf, lambda _work: None, retry=0.01, most=2)  # type: ignore[arg-type]
    books.resumed = lambda: books.note(work("resumed"))
    for one in (work("a"), work("b"), work("c"), alert("raised", "x"), alert("raised", "y")):
        books.note(one)
    books.note(alert("acknowledged", "x"))
    assert (books.waiting, books.dropped) == (2, 2)  # "c", and that x was raised
    assert await books.flush(5)
    assert shelf.facts == ["a", "b", "resumed", "y", "x"]
    rows = {row.key: row.body["n"] for one in shelf.works for row in one.alerts}
    assert rows == {"x": "acknowledged", "y": "raised"}
    assert [one.message_id for each in shelf.works for one in each.outbox] == ["<raised>", "<acknowledged>"]
    kept = {(one.room, one.key): one.body for each in shelf.works for one in each.memories}
    assert kept["clock", "-"] == {"n": "acknowledged"}
    books.note(work("g"))
    assert await books.flush(5)
    assert shelf.facts[-1] == "g"


async def test_what_stands_is_bounded_too_and_what_is_let_go_is_counted() -> None:
    books = Books(Shelf(full=10_000), lambda _work: None, most=2)  # type: ignore[arg-type]
    for name in "abcde":
        books.note(alert(name, name))
    assert (books.waiting, books.dropped) == (2, 1)


async def test_what_people_and_the_calendar_do_waits_in_line_where_there_is_no_room_for_a_storm() -> None:
    shelf = Shelf(full=1)
    books = Books(shelf, lambda _work: None, retry=0.01, most=2)  # type: ignore[arg-type]
    lost: list[Lost] = []
    books.lost = lost.append
    begun = Work(facts=(Fact(FactKind.MAINTENANCE, 2.0, "w", {"change": "started"}),))
    for one in (work("a"), work("b"), work("c"), begun, work("d"), begun, begun):
        books.note(one)
    assert (books.waiting, books.dropped) == (4, 3)  # twice as much at most
    assert await books.flush(5)
    assert shelf.facts == ["a", "b", "w", "w"]
    assert lost == [Lost(1.0, 1.0), Lost(1.0, 1.0), Lost(2.0, 2.0)]


async def test_the_hole_reaches_back_to_what_a_dropped_record_took_back() -> None:
    """Pains: G1. A service was told to work; that it had not since 40 s before the hole is what was dropped."""
    books = Books(Shelf(full=10_000), lambda _work: None, most=1)  # type: ignore[arg-type]
    lost: list[Lost] = []
    books.lost = lost.append
    was = {"before": {"function": "up"}, "function": "down", "held": 60.0}
    first = {"before": {"function": "unknown"}, "function": "up", "held": 60.0}
    books.note(work("a"))
    books.note(Work(facts=(Fact(FactKind.SERVICE_STATE, 100.0, "s", was),)))
    books.note(Work(facts=(Fact(FactKind.BLIND, 100.0, "s", {"from": 50.0, "to": 90.0}),)))
    books.note(Work(facts=(Fact(FactKind.SERVICE_STATE, 100.0, "s", first),)))
    assert [one.since for one in lost] == [60.0, 50.0, 100.0]
