"""Three lives of a daemon's store and history in one folder, whose power will be cut at moments that others choose.

``python -m tests.store.cut_writer FOLDER WORKS LIFE [PRAGMA...]``: they are numbered from LIFE on; the first and the last life end as by a kill, the one
between commits WORKS works and stops cleanly. Each PRAGMA is set on every connection, after those that we set.
Prints ``ack ...`` as crash_child.py does, and ``kept SECONDS`` for every reading that the history acknowledged.
"""

from __future__ import annotations

import asyncio
import os
import sys
from array import array
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy.ma  # noqa: F401  imported before the fork, like the rest
from sqlalchemy import event
from sqlalchemy.pool import Pool

import dcim.store.migrate
import dcim.store.sqlite  # noqa: F401
from dcim.clock import SystemClock
from dcim.history import History
from dcim.model import Batch, Lane, Layout, Point
from dcim.store import Store

from .crash_child import say, work

POINT = Point("ups-a", "ups_input_voltage_volts")
LAYOUT = Layout("ups-a", Lane.FAST, (POINT,), (None,), ("1.3.6",))
FIRST = 1_764_000_000  # UTC seconds of the first reading


async def commits(store: Store, life: int, works: int) -> None:
    names, clock = count(), SystemClock()

    async def worker() -> None:
        while (number := next(names)) < works:
            name = f"{life}-{number}"
            receipt = await store.commit(work(name, clock.now()))
            say(f"ack {name} {receipt.first} {receipt.outbox[0]} {receipt.head}")
            if number % 10 == 0:
                await store.heartbeat(1.0)

    await asyncio.gather(*(worker() for _ in range(5)))


async def keeps(history: History, life: int, readings: int) -> None:
    for number in range(readings):
        at = FIRST + life * 100_000 + number
        history.append(Batch(LAYOUT, float(at), array("d", [230.0]), {}))
        await history.commit()
        say(f"kept {at}")


async def live(folder: Path, life: int, works: int, *, clean: bool) -> None:
    store = Store.open(folder, "cas1", SystemClock())
    history = History.open(folder / "history", SystemClock())
    await asyncio.gather(commits(store, life, works), keeps(history, life, works // 4))
    if clean:
        await history.aclose()
        await store.stop("the test says so")
    os._exit(0)


def set_also(pragmas: Sequence[str]) -> None:
    """Set these pragmas on every connection."""

    @event.listens_for(Pool, "connect")
    def connected(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()


def main() -> None:
    folder, works, first = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    set_also(sys.argv[4:])
    for life, (share, clean) in enumerate(((40, False), (works, True), (40, False)), first):
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(live(folder, life, share, clean=clean))
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        assert status == 0


if __name__ == "__main__":
    main()
