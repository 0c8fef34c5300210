"""Results come from the writer's thread to the loop: every one, also past a closed loop."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

import pytest

from dcim.ledger import genesis
from dcim.model.fact import Fact, FactKind
from dcim.store import Receipt, StoreFull, Work
from dcim.store.mailbox import Mailbox

RECEIPT = Receipt(0, 0, genesis("cas1", "c"))


async def test_results_and_errors_arrive_whichever_thread_gives_them_and_when():
    mailbox = Mailbox(asyncio.get_running_loop())
    futures: list[Future[Receipt]] = [Future() for _ in range(300)]
    futures[0].set_result(RECEIPT)  # before anybody waits
    waits = [asyncio.ensure_future(mailbox.wait(future)) for future in futures]
    await asyncio.sleep(0)

    def settle(some: list[Future[Receipt]]) -> None:
        for number, future in enumerate(some):
            if number % 3:
                future.set_result(RECEIPT)
            else:
                future.set_exception(StoreFull("no space"))

    threads = [threading.Thread(target=settle, args=(futures[first::3],)) for first in (1, 2)]
    threads.append(threading.Thread(target=settle, args=(futures[3::3],)))
    for thread in threads:
        thread.start()
    answers = await asyncio.gather(*waits, return_exceptions=True)
    for thread in threads:
        thread.join()
    assert answers.count(RECEIPT) + sum(isinstance(answer, StoreFull) for answer in answers) == 300


async def test_a_wait_that_is_cancelled_cancels_what_was_not_taken_yet():
    mailbox = Mailbox(asyncio.get_running_loop())
    waiting: Future[Receipt] = Future()
    taken: Future[Receipt] = Future()
    taken.set_running_or_notify_cancel()
    tasks = [asyncio.ensure_future(mailbox.wait(future)) for future in (waiting, taken)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    assert [type(answer) for answer in await asyncio.gather(*tasks, return_exceptions=True)] == [
        asyncio.CancelledError,
        asyncio.CancelledError,
    ]
    assert waiting.cancelled()
    assert not taken.cancelled()
    taken.set_result(RECEIPT)
    await asyncio.sleep(0)
    after: Future[Receipt] = Future()
    after.set_result(RECEIPT)
    assert await mailbox.wait(after) == RECEIPT


def test_a_loop_that_is_gone_is_no_trouble_for_the_writer():
    future: Future[Receipt] = Future()

    async def wait_a_moment() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(Mailbox(asyncio.get_running_loop()).wait(future)), 0.01)

    future.set_running_or_notify_cancel()
    asyncio.run(wait_a_moment())
    future.set_result(RECEIPT)
    assert future.result() == RECEIPT


def test_one_store_serves_one_loop_after_the_other(store):
    work = Work(facts=(Fact(FactKind.ALERT, 1.0, "x"),))
    assert [asyncio.run(store.commit(work)).last for _ in range(3)] == [2, 3, 4]
