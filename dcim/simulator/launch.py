"""Starts the agents' process and speaks with it: what ``dcim demo`` and ``dcim simulate`` stand on.

async with Simulation(scenario("utility-lost"), directory=path) as sim:
    sim.config()                     what a daemon needs to watch it
    await sim.begin()                the story's clock starts
    async for happening in sim.happenings(): ...
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from dcim.model import DcimError
from dcim.record import dataclass
from dcim.simulator.files import plan
from dcim.simulator.plant import Blueprint
from dcim.simulator.scenario import QUIET, Scenario
from dcim.simulator.sitefile import Secrets, site_file
from dcim.simulator.stage import Happening

START_WITHIN: Final = 60.0
"""Seconds that the process may take to listen on every address."""
STOP_WITHIN: Final = 5.0


class SimulationFailed(DcimError):
    """The agents' process did not start, died, or refused what was asked."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a simulation runs. ``port`` 0 takes free ports; ``speed`` is plant seconds a second."""

    seed: int = 0
    speed: float = 1.0
    host: str = "127.0.0.1"
    port: int = 0


class Simulation:
    """One simulated data centre: its agents answer from entering to leaving the context.

    ``directory`` gets the credentials that a daemon needs, as files that only their owner may read.
    """

    def __init__(
        self, story: Scenario = QUIET, *, directory: Path, options: Options | None = None, plant: str = ""
    ) -> None:
        self.story = story
        self.plan: Blueprint = plan(plant or story.plant)
        self.began = 0.0  # UTC seconds when the plant's clock read 0
        self._plant = plant or story.plant
        self._directory = directory
        self._options = options or Options()
        self._secrets = Secrets(*(secrets.token_hex(16) for _ in range(3)))
        self._addresses: dict[str, tuple[str, int]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._happened: asyncio.Queue[Happening | None] = asyncio.Queue()
        self._number = 0

    async def __aenter__(self) -> Self:
        """Start the process and wait until every agent listens. Raise ``SimulationFailed`` if it cannot."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "dcim.simulator.agents",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**24,
            start_new_session=True,  # signals to our group are for us: the end of its input is its end
        )
        try:
            await self._send({"setup": self._setup()})
            async with asyncio.timeout(START_WITHIN):
                await self._wait_until_ready()
        except BaseException as exc:
            await self.stop()
            if isinstance(exc, TimeoutError):
                msg = f"the simulated devices do not answer after {START_WITHIN:g} s"
                raise SimulationFailed(msg) from exc
            raise
        self._reading = asyncio.create_task(self._read())
        self._secrets.write(self._directory)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        await self.stop()

    def _setup(self) -> dict[str, Any]:
        return {
            "plant": self._plant,
            "story": self.story.model_dump(mode="json"),
            "directory": str(self._directory),
            "seed": self._options.seed,
            "speed": self._options.speed,
            "host": self._options.host,
            "port": self._options.port,
            **self._secrets.told(),
        }

    async def _wait_until_ready(self) -> None:
        message = await self._receive()
        if "ready" not in message:
            raise SimulationFailed(message.get("wrong", "the simulated devices did not start"))
        self.began = float(message["ready"]["began"])
        self._addresses = {name: (host, port) for name, (host, port) in message["ready"]["addresses"].items()}

    async def _receive(self) -> dict[str, Any]:
        """Return the next message, or an empty one at the end."""
        assert self._process is not None  # noqa: S101  # made by __aenter__
        assert self._process.stdout is not None  # noqa: S101  # asked for as a pipe
        line = await self._process.stdout.readline()
        message: dict[str, Any] = json.loads(line) if line else {}
        return message

    async def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process is not None  # noqa: S101  # made by __aenter__
        assert self._process.stdin is not None  # noqa: S101  # asked for as a pipe
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        with contextlib.suppress(ConnectionError):  # its end is told by the end of its output
            await self._process.stdin.drain()

    async def _read(self) -> None:
        """Hand out what the process says until it ends."""
        while message := await self._receive():
            if "happened" in message:
                told = message["happened"]
                self._happened.put_nowait(Happening(told["at"], told["text"]))
            else:
                self._hand_out(message)
        self._happened.put_nowait(None)
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(SimulationFailed("the simulated devices have ended"))

    def _hand_out(self, message: Mapping[str, Any]) -> None:
        waiting = self._asked.pop(message.get("id", 0), None)
        if waiting is None or waiting.done():
            return
        if "error" in message:
            waiting.set_exception(SimulationFailed(message["error"]))
        else:
            waiting.set_result(message["ok"])

    async def _ask(self, question: Mapping[str, Any]) -> Any:
        if self._reading is None or self._reading.done():
            msg = "the simulated devices have ended"
            raise SimulationFailed(msg)
        self._number += 1
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[self._number] = waiting
        await self._send({"id": self._number, **question})
        return await waiting

    @property
    def addresses(self) -> Mapping[str, tuple[str, int]]:
        """Return where every device listens."""
        return self._addresses

    def plan_targets(self) -> tuple[str, ...]:
        """Return the parts of the plant that can be lost and restored."""
        plan = self.plan
        groups = (plan.supplies, plan.generators, plan.buses, plan.changeovers, plan.ups, plan.cracs)
        return tuple(part.id for group in groups for part in group)

    def config(self) -> dict[str, Any]:
        """Return ``format``, ``site``, ``credentials`` and ``devices`` of a daemon's config file."""
        return site_file(self.plan, self._addresses, self._secrets.references(self._directory))

    async def begin(self) -> None:
        """Start the story's clock."""
        await self._ask({"begin": True})

    async def do(self, line: str) -> None:
        """Do what a person would type: ``lose utility-a``. Raise ``SimulationFailed`` with what is wrong."""
        await self._ask({"do": line})

    async def status(self) -> list[str]:
        """Return what is not as it should be, one line each."""
        lines: list[str] = await self._ask({"ask": "status"})
        return lines

    async def truth(self) -> dict[str, Any]:
        """Return what really is and was: now, story_began, changes, watts, volts, charge, celsius."""
        truth: dict[str, Any] = await self._ask({"ask": "truth"})
        return truth

    async def happenings(self) -> AsyncIterator[Happening]:
        """Yield what happens, until the process ends."""
        while (happening := await self._happened.get()) is not None:
            yield happening

    async def stop(self) -> None:
        """End the process: politely, then for good."""
        process = self._process
        if process is None:
            return
        self._process_input_closed(process)
        try:
            async with asyncio.timeout(STOP_WITHIN):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reading is not None:
            await self._reading
        self._process = None

    @staticmethod
    def _process_input_closed(process: asyncio.subprocess.Process) -> None:
        if process.stdin is not None:
            process.stdin.close()
