"""The agents' process: ``python -m dcim.simulator.agents``, driven over its pipes (see ``session``)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import tempfile
import time
from typing import Any

from pydantic import ValidationError

from dcim.logs import quiet_libraries
from dcim.model import DcimError
from dcim.simulator.agents.house import Access, House
from dcim.simulator.agents.session import Session, Setup
from dcim.simulator.agents.transport_snmp import User
from dcim.simulator.files import plan
from dcim.simulator.stage import Stage

TICK = 0.25
"""Seconds of this machine between two looks at the plant's clock."""


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
    sys.stdout.flush()


async def _lines() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=2**20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


class _Clockwork:
    """Ties the plant's clock to this machine's, and tells what happens on the way."""

    def __init__(self, stage: Stage, house: House, speed: float) -> None:
        self._stage = stage
        self._house = house
        self._speed = speed
        self._began = time.monotonic()
        self._told = 0

    def advance(self) -> None:
        """Bring the plant to the present."""
        came_up = self._stage.advance(max(self._stage.now, (time.monotonic() - self._began) * self._speed))
        self._house.came_up(came_up)
        for happening in self._stage.happened[self._told :]:
            _say({"happened": {"at": happening.at, "text": happening.text}})
        self._told = len(self._stage.happened)

    async def run(self) -> None:
        """Do so for ever."""
        while True:
            self.advance()
            await asyncio.sleep(TICK)


async def _serve(setup: Setup, reader: asyncio.StreamReader) -> None:
    stage = Stage(plan(setup.plant), setup.seed)
    access = Access(setup.community, User(setup.user, setup.auth_key, setup.priv_key))
    house = House(stage, access, setup.host, setup.port)
    try:
        await house.open()
        clock = _Clockwork(stage, house, setup.speed)
        session = Session(stage, setup.story, clock.advance)
        running = asyncio.create_task(clock.run())
        _say({"ready": {"addresses": house.addresses, "began": time.time() - stage.now / setup.speed}})
        while line := await reader.readline():
            _say(session.answer(json.loads(line)))
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    finally:
        await house.close()


async def _main() -> int:
    reader = await _lines()
    try:
        setup = Setup.model_validate(json.loads(await reader.readline())["setup"])
        # pysnmp keeps the boots of its engines in the directory for temporary files
        tempfile.tempdir = setup.directory
        await _serve(setup, reader)
    except (DcimError, OSError, ValueError, ValidationError, KeyError) as exc:
        _say({"wrong": str(exc)})
        return 1
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    quiet_libraries()
    sys.exit(asyncio.run(_main()))
