"""Child processes that answer queries, a few at most, and whose turn it is.

ask ─▶ turn (in order, bounded) ─▶ a child ─▶ what it has not heard yet, then the question
    ◀─ pieces of the answer ◀───── frames      too slow, or ended: it is killed, and that is told
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from dcim.query.frames import END, FRAME, HEAD
from dcim.query.refused import Refused
from dcim.query.turns import Turns
from dcim.record import dataclass, field

T = TypeVar("T")

_ONE_THREAD: Final = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_ENDED: Final = "the process that answers queries has ended: too much was asked of it"


@dataclass(frozen=True, slots=True)
class Manner:
    """How children of one kind work: their module, how many at once, for how many seconds one may be silent.

    ``idle``: seconds after which one that nobody asks is ended, and gives its memory back. ``quick``: it
    answers cheap questions alone. ``wait``: seconds that a question waits for its turn. ``grace``: seconds in
    which an answer that nobody wants any more must come to its end, else its child is ended.
    """

    module: str = "dcim.query.child"
    children: int = 2
    patience: float = 120.0
    idle: float = 600.0
    quick: bool = False
    wait: float = 60.0
    grace: float = 5.0


QUICK: Final = Manner(quick=True)
"""The lane of cheap queries; what is not is found out before it is begun."""
HEAVY: Final = Manner(children=1)
"""The lane of all others, one at a time."""

EXPORTING: Final = Manner("dcim.query.exporter", children=1, patience=120.0, idle=0.0)
"""One file after the other, each by a child of its own."""


class News(Protocol):
    """What a child must have heard before it answers, line by line."""

    def since(self, heard: Any) -> tuple[Sequence[str], Any]:
        """Return what came behind ``heard`` (None: everything), and what is heard then. Quick."""
        ...


@dataclass(slots=True)
class Counts:
    """What became of the queries so far, and for how many seconds they were worked on."""

    outcomes: dict[str, int] = field(
        default_factory=lambda: {"answered": 0, "refused": 0, "timeout": 0, "failed": 0, "left": 0}
    )
    seconds: float = 0.0
    waiting: int = 0


@dataclass(slots=True, eq=False)
class _Child:
    process: asyncio.subprocess.Process
    heard: Any = None
    ending: asyncio.TimerHandle | None = None

    async def frame(self) -> tuple[bytes, bytes]:
        """Return the next frame. Raise IncompleteReadError when the process has ended."""
        assert self.process.stdout is not None  # noqa: S101  it was made with a pipe
        kind, length = FRAME.unpack(await self.process.stdout.readexactly(FRAME.size))
        return kind, await self.process.stdout.readexactly(length)

    async def tell(self, lines: Sequence[str]) -> None:
        """Write lines to it."""
        assert self.process.stdin is not None  # noqa: S101  it was made with a pipe
        self.process.stdin.write(("\n".join(lines) + "\n").encode())
        await self.process.stdin.drain()

    async def end(self) -> None:
        """End it, whatever it does."""
        with suppress(ProcessLookupError):
            self.process.kill()
        if self.process.stdin is not None:
            self.process.stdin.close()
        await self.process.communicate()


class Heavier(Exception):
    """The question is not cheap, and was not begun."""


class Pool:
    """The children over one history; ``now`` gives monotonic seconds."""

    def __init__(
        self,
        directory: Path,
        news: News,
        now: Callable[[], float],
        manner: Manner | None = None,
        counts: Counts | None = None,
    ) -> None:
        self.counts = counts or Counts()
        self._directory = directory
        self._news = news
        self._now = now
        self._manner = manner or Manner()
        self._turns = Turns(self._manner.children, self._manner.wait)
        self._idle: list[_Child] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def ask(self, question: dict[str, Any], client: str = "") -> AsyncGenerator[bytes, None]:
        """Give the answer to a question piece by piece. Raise Refused, mostly before the first piece.

        ``client``: who asks; turns go round between them. A quick pool raises Heavier for what is not cheap.
        """
        await self._turn(client)
        begun = self._now()
        run = None
        try:
            run = _Run(await self._child(), self._manner.patience)
            lines, heard = self._news.since(run.child.heard)
            await run.begin([*lines, json.dumps({"ask": question, "quick": self._manner.quick})])
            run.child.heard = heard
            while (piece := await run.next()) is not None:
                yield piece
        finally:
            self.counts.seconds += self._now() - begun
            self._after(run)

    async def _turn(self, client: str) -> None:
        self.counts.waiting += 1
        try:
            await self._turns.take(client)
        except Refused:
            self.counts.outcomes["refused"] += 1
            raise
        except asyncio.CancelledError:
            self.counts.outcomes["left"] += 1
            raise
        finally:
            self.counts.waiting -= 1

    def _after(self, run: _Run | None) -> None:
        """See to it that a child is free again, or gone, before the next question has its turn."""
        outcome = run.outcome if run else "failed"
        if outcome != "heavy":
            self.counts.outcomes[outcome] += 1
        if run is None:
            self._turns.give()
        elif run.whole and not self._closed:
            self._rest(run.child)
            self._turns.give()
        else:
            self._spawn(self._clear(run))

    async def _clear(self, run: _Run) -> None:
        """Read what nobody wants to hear any more; end a child that does not come to its end."""
        with suppress(Refused, Heavier, TimeoutError):
            async with asyncio.timeout(self._manner.grace):
                while not (run.broken or self._closed) and await run.next() is not None:
                    pass
        if run.whole and not self._closed:
            self._rest(run.child)
        else:
            await run.child.end()
        self._turns.give()

    async def _child(self) -> _Child:
        """Return a child that waits for a question, a new one if there is none."""
        while self._idle:
            child = self._idle.pop()
            if child.ending is not None:
                child.ending.cancel()
            if child.process.returncode is None:
                return child
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._manner.module, str(self._directory),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **_ONE_THREAD},
        )  # fmt: skip
        return _Child(process)

    def _rest(self, child: _Child) -> None:
        """Let a child wait for the next question, for some time."""
        self._idle.append(child)
        if self._manner.idle:
            child.ending = asyncio.get_running_loop().call_later(self._manner.idle, self._leave, child)
        else:
            self._leave(child)

    def _leave(self, child: _Child) -> None:
        if child in self._idle:
            self._idle.remove(child)
            self._spawn(child.end())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="query")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """End all children; one that is at work ends with the question that it is asked."""
        self._closed = True
        while self._idle:
            child = self._idle.pop()
            if child.ending is not None:
                child.ending.cancel()
            await child.end()
        await asyncio.gather(*self._tasks)


class _Run:
    """One question at one child. ``whole``: all of its answer was read; ``broken``: there will be no more."""

    def __init__(self, child: _Child, patience: float) -> None:
        self.child = child
        self.whole = self.broken = False
        self.outcome = "left"
        self._patience = patience

    async def begin(self, lines: Sequence[str]) -> None:
        """Tell the child what it must know, and ask it. Raise Refused when it has ended."""
        await self._in_time(self.child.tell(lines))

    async def next(self) -> bytes | None:
        """Return the next piece of the answer; None when it is whole. Raise Refused when there is none."""
        kind, data = await self._in_time(self.child.frame())
        if kind == HEAD:
            head = json.loads(data)
            error = head.get("error", "")
            kind, data = await self._in_time(self.child.frame())
            if error:
                await self._in_time(self.child.frame())
                self.whole, self.outcome = True, "refused"
                raise Refused(error, json.loads(data)["error"])
            if head.get("heavy"):
                self.whole, self.outcome = True, "heavy"
                raise Heavier
        if kind == END:
            self.whole, self.outcome = True, "answered"
            return None
        return data

    async def _in_time(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what the child does, if it does it soon."""
        try:
            async with asyncio.timeout(self._patience):
                return await work
        except TimeoutError:
            self.broken, self.outcome, kind = True, "timeout", "timeout"
            raise Refused(kind, f"the query took longer than {self._patience:g} s") from None
        except (OSError, asyncio.IncompleteReadError):
            self.broken, self.outcome, kind = True, "failed", "internal"
            raise Refused(kind, _ENDED) from None
