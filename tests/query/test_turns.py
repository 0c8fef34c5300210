"""Whose turn it is: clients one after the other, however much one of them asks; whoever leaves holds nobody."""

from __future__ import annotations

import asyncio

import pytest

from dcim.query import turns
from dcim.query.refused import Refused
from dcim.query.turns import Turns


async def asks(queue: Turns, client: str, order: list[str]) -> None:
    await queue.take(client)
    order.append(client)
    await asyncio.sleep(0)
    queue.give()


async def test_a_client_with_many_questions_does_not_hold_back_another() -> None:
    queue, order = Turns(1, 60.0), list[str]()
    await queue.take("first")
    tasks = [asyncio.create_task(asks(queue, client, order)) for client in (*["wall"] * 5, "noc", "noc")]
    await asyncio.sleep(0)
    assert queue.waiting == 7
    queue.give()
    await asyncio.gather(*tasks)
    assert order == ["wall", "noc", "wall", "noc", "wall", "wall", "wall"]


async def test_one_who_leaves_while_waiting_or_at_his_turn_passes_it_on() -> None:
    queue, order = Turns(1, 60.0), list[str]()
    await queue.take("first")
    waits, granted = (asyncio.create_task(asks(queue, name, order)) for name in ("waits", "granted"))
    await asyncio.sleep(0)
    waits.cancel()
    await asyncio.sleep(0)
    queue.give()  # granted has its turn now, and leaves before it knows
    granted.cancel()
    await asyncio.gather(waits, granted, return_exceptions=True)
    await asks(queue, "next", order)
    assert order == ["next"]
    assert queue.waiting == 0


async def test_too_many_of_one_client_and_a_turn_that_does_not_come_are_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queue = Turns(1, 0.0)
    await queue.take("first")
    with pytest.raises(Refused, match="waited 0 s for its turn") as why:
        await queue.take("late")
    assert why.value.kind == "unavailable"
    assert queue.waiting == 0
    monkeypatch.setattr(turns, "OF_ONE", 0)
    with pytest.raises(Refused, match="0 queries of wall wait already"):
        await queue.take("wall")
