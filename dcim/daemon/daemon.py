"""The running daemon: opened in order, watched over, closed in reverse.

listen ─▶ store ─▶ history ─▶ channels ─▶ alerts restored ─▶ collectors ─▶ tasks ─▶ poll ─▶ web
A task that ends by itself ends the daemon: it is a bug, and the service manager starts us again.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import structlog

from dcim import __version__
from dcim.clock import Clock
from dcim.daemon.plan import Plan
from dcim.daemon.ports.listening import listen
from dcim.daemon.records.states import blind_from
from dcim.daemon.rooms import Rooms, open_rooms
from dcim.daemon.tasks import Tasks
from dcim.daemon.watching.lateness import Lateness
from dcim.model import Address
from dcim.outputs.tally import State
from dcim.supervisor import Supervisor
from dcim.web import HealthView, Part

log = structlog.get_logger()


class Daemon:
    """One site, watched. ``async with Daemon(plan, clock) as daemon: await daemon.run(stop)``."""

    tidy_every: float = 60.0
    """Seconds between two looks at what of the history is to be closed, merged or let go."""

    def __init__(
        self, plan: Plan, clock: Clock, listen_on: Address | None = None, supervisor: Supervisor | None = None
    ) -> None:
        self.address = listen_on or plan.settings.listen
        self._plan = plan
        self._clock = clock
        self._supervisor = supervisor or Supervisor()
        self._stack = AsyncExitStack()
        self._running: list[asyncio.Task[None]] = []
        self._serving: asyncio.Task[None] | None = None
        self._lateness = Lateness()
        self._host: str
        self._wire: socket.socket
        self._rooms: Rooms
        self._tasks: Tasks

    async def __aenter__(self) -> Daemon:
        """Open everything, or nothing: what was opened is closed again when a later step fails."""
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop asking, write what waits, record the clean stop and close everything."""
        self._supervisor.stopping()
        await self._stack.aclose()

    async def until_ready(self) -> None:
        """Return once every device has had its first beat, answered or not."""
        await self._rooms.core.ready.wait()

    async def run(self, stop: asyncio.Event) -> None:
        """Watch the site until ``stop`` is set. Raise what a task of ours died of."""
        assets = self._plan.settings.assets
        self._rooms.core.expect(assets)
        self._rooms.poller.start(assets)
        self._supervisor.ready(f"watching {len(assets)} devices")
        self._serving = asyncio.create_task(self._serve(), name="web")
        log.info("watching", devices=len(assets), listen=str(self.address), version=__version__)
        waiting = asyncio.create_task(stop.wait(), name="stop")
        done, _ = await asyncio.wait(
            [waiting, self._serving, *self._running], return_when=asyncio.FIRST_COMPLETED
        )
        waiting.cancel()
        for task in done - {waiting}:
            task.result()
            msg = f"task {task.get_name()!r} ended by itself"
            raise RuntimeError(msg)

    async def _open(self) -> None:
        self._host, self._wire = self.address.host, listen(self.address)
        self._stack.callback(self._wire.close)
        self.address = Address(*self._wire.getsockname()[:2])
        rooms = self._rooms = await open_rooms(self._plan, self._clock, self._stack)
        self._tasks = Tasks(rooms, self._supervisor, self._status, tidy_every=self.tidy_every)
        rooms.core.on_poll = self._lateness.polled
        self._running = self._tasks.start()
        self._stack.push_async_callback(self._tasks.stop)
        self._stack.push_async_callback(self._stop_serving)

    async def _serve(self) -> None:
        serve = await asyncio.to_thread(_front)
        await serve(self._rooms, self._lateness, self._health, self._host, self._wire)

    async def _stop_serving(self) -> None:
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)

    def _status(self) -> str:
        rooms = self._rooms
        devices, polls = len(self._plan.settings.assets), rooms.poller.counts.polls
        return f"{devices} devices, {len(rooms.watch.open)} open alerts, {polls} polls"

    def _health(self) -> HealthView:
        rooms = self._rooms
        channels = rooms.postman.counts.items()
        trouble = self._tasks.state_trouble or rooms.books.trouble or rooms.store.status.error
        tasks = self._tasks
        history = tasks.history_trouble or tasks.closing_trouble or tasks.rollup_trouble
        parts = [
            Part("store", not trouble, trouble),
            Part("history", not history, history),
            Part("signing", not rooms.signing.trouble, rooms.signing.trouble),
            Part("losses", not rooms.losses.trouble, rooms.losses.trouble),
            *_outputs(rooms),
            *(Part(f"channel {name}", count.failing_since is None, count.why) for name, count in channels),
        ]
        return HealthView(
            version=__version__,
            started_at=rooms.started_at,
            blind_from=blind_from(rooms.store.started),
            ready=rooms.core.ready.is_set(),
            parts=tuple(parts),
            points=len(rooms.newest),
            polls=rooms.poller.counts.polls,
            late_max=rooms.poller.counts.late_max,
            outbox_pending=rooms.books.waiting,
            channels=rooms.channels.shown(),
        )


def _outputs(rooms: Rooms) -> Iterator[Part]:
    for name, tally in rooms.outlets.tallies().items():
        ok = tally.state not in (State.FAILING, State.HALTED, State.DROPPING)
        yield Part(f"output {name}", ok, "" if ok else tally.why or str(tally.state), needed=False)


def _front() -> Callable[..., Awaitable[None]]:
    """Import what serves; see there why here."""
    from dcim.daemon.front import serve

    return serve
