"""Brings what the writer thread finished to the event loop: one wake-up for many, not one each."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeAlias

from dcim.store.work import Receipt

_Pair: TypeAlias = "tuple[Future[Receipt], asyncio.Future[Receipt]]"


class Mailbox:
    """Lets one event loop wait for futures of a thread.

    Waking a loop is a system call in which the writer gives up the interpreter: paid once per group, not once
    per work.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._finished: list[_Pair] = []
        self._lock = threading.Lock()

    async def wait(self, future: Future[Receipt]) -> Receipt:
        """Return the future's result; cancelling this cancels a future that was not taken yet."""
        waiter: asyncio.Future[Receipt] = self.loop.create_future()
        future.add_done_callback(lambda done: self._finish(done, waiter))
        try:
            return await waiter
        except asyncio.CancelledError:
            future.cancel()
            raise

    def _finish(self, future: Future[Receipt], waiter: asyncio.Future[Receipt]) -> None:
        """Runs in the thread that finished or cancelled the future."""
        with self._lock:
            self._finished.append((future, waiter))
            first = len(self._finished) == 1
        if first:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self.loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        with self._lock:
            finished, self._finished = self._finished, []
        for future, waiter in finished:
            if waiter.done() or future.cancelled():
                continue
            if error := future.exception():
                waiter.set_exception(error)
            else:
                waiter.set_result(future.result())
