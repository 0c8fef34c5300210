"""A work becomes rows in parts, between which the loop turns, and the rows are those of the whole."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from dcim.model import Memory
from dcim.model.fact import Fact, FactKind
from dcim.store.prepare import AT_ONCE, prepare, prepare_in_turns
from dcim.store.work import AlertRow, Attempt, DeviceState, Message, Outcome, Work


def large(facts: int) -> Work:
    """Return a work of a storm; the same alert stands in it first and last, and one memory is taken back."""
    keys = [f"alert-{number % (facts - 1)}" for number in range(facts)]
    return Work(
        facts=tuple(Fact(FactKind.ALERT, float(at), key, {"at": at}) for at, key in enumerate(keys)),
        alerts=tuple(AlertRow(key, at % 2 == 0, float(at), {"at": at}) for at, key in enumerate(keys)),
        forget_alerts=("gone",),
        devices=(DeviceState("ups", "silent", 1.0, {}),),
        memories=(*(Memory("alert", key, {"at": 1}) for key in keys), Memory("alert", keys[0], None)),
        outbox=(Message("mail", "key", "<1@x>", {}, created=1.0, due=1.0),),
        delivered=(Attempt(1, Outcome.DELIVERED, 1.0),),
        forget_settled=5.0,
    )


async def test_parts_of_a_work_come_to_the_rows_of_the_whole() -> None:
    work = large(3 * AT_ONCE + 1)
    whole, parts = prepare(work), await prepare_in_turns(work)
    assert replace(parts, weight=0) == replace(whole, weight=0)
    assert list(parts.alerts) == list(whole.alerts)
    assert parts.weight >= whole.weight, "a row that is replaced counts where it stood too"


async def test_the_loop_turns_while_a_large_work_is_prepared_and_not_for_a_small_one() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    await prepare_in_turns(large(AT_ONCE - 1))
    assert turns == 0
    await prepare_in_turns(large(4 * AT_ONCE))
    assert turns >= 3
    task.cancel()
