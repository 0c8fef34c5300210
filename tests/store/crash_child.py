"""A daemon's store, to be killed: for each directory read from stdin, a forked life that commits until it dies.

Prints ``pid N``, ``open``, ``ack WORK SEQUENCE MESSAGE HASH`` for every acknowledged work, ``dead`` when it is gone.
"""

from __future__ import annotations

import asyncio
import os
import sys
from itertools import count
from pathlib import Path

import psycopg  # noqa: F401 - imported before the fork, like the rest

import dcim.store.migrate
import dcim.store.postgresql  # noqa: F401
from dcim.clock import SystemClock
from dcim.ledger import digest
from dcim.model.fact import Fact, FactKind
from dcim.store import AlertRow, DeviceState, Message, Store, Work


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())  # one write: a line is there whole or not at all


def work(name: str, now: float) -> Work:
    body = {"name": name}
    raised = {"change": "raised", "digest": digest(body)}
    return Work(
        facts=(
            Fact(FactKind.ALERT, now, name, {**raised, "message_id": f"<{name}@cas1>", "told": ["mail"]}),
            Fact(FactKind.DEVICE_STATE, now, name, {"reach": "down", "why": ""}),
        ),
        alerts=(AlertRow(name, True, now, body),),
        devices=(DeviceState(name, "down", now, {"why": ""}),),
        outbox=(Message("mail", name, f"<{name}@cas1>", body, now, now),),
    )


async def live(directory: Path) -> None:
    clock = SystemClock()
    store = Store.open(directory, "cas1", clock)
    say("open")
    names = count()

    async def commit_for_ever() -> None:
        while True:
            name = f"{os.getpid()}-{next(names)}"
            receipt = await store.commit(work(name, clock.now()))
            say(f"ack {name} {receipt.first} {receipt.outbox[0]} {receipt.head}")

    async def beat_for_ever() -> None:
        while True:
            await store.heartbeat(0.05)
            await asyncio.sleep(0.05)

    await asyncio.gather(beat_for_ever(), *(commit_for_ever() for _ in range(5)))


if __name__ == "__main__":
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(live(Path(line.strip())))
            os._exit(1)
        say(f"pid {child}")
        os.waitpid(child, 0)
        say("dead")
