"""One output at work: reads from its cursor, sends, moves the cursor, waits. No thread and no sleep in here.

    turn ─▶ bounds (drop the oldest) ─▶ read a block ─▶ send ─▶ set aside ─▶ advance ─▶ seconds to wait

Nothing but one block is in memory, however long the far side has been down.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

import polars as pl
import structlog

from dcim.history import Portion, Position
from dcim.outputs.aside import Aside
from dcim.outputs.backoff import Backoff
from dcim.outputs.block import Block
from dcim.outputs.book import Book
from dcim.outputs.contract import (
    Context,
    Durable,
    Halted,
    Later,
    Output,
    OutputSettings,
    Refusal,
    Verdict,
)
from dcim.outputs.tally import State, Tally
from dcim.record import replace

log = structlog.get_logger()

IDLE: Final = 0.5
"""Seconds between two looks at a log with nothing new in it: the log is committed every 0.8 s."""

_BOUND: Final = 5.0
"""Seconds between two looks at the bounds of the queue."""

LATELY: Final = 900.0
"""Seconds for which a drop or a refusal is told: rules and people look at states now and then."""


class Queue(Protocol):
    """What a worker needs of a cursor: ``dcim.history.Cursor`` fulfils it."""

    position: Position

    def read(self, limit: int) -> list[Portion]:
        """Return what comes next."""
        ...

    def advance(self, to: Position) -> None:
        """Move for good."""
        ...

    def drop(self, *, before: float, most_bytes: int) -> int:
        """Step over the oldest."""
        ...

    def lag(self) -> int:
        """Return the bytes that wait."""
        ...

    def waiting_since(self) -> float | None:
        """Return the time of the oldest reading that waits."""
        ...


class Worker:
    """Feeds one output. ``turn`` is called from one thread; ``tally`` may be read from any."""

    def __init__(
        self, queue: Queue, output: Output, book: Book, settings: OutputSettings, context: Context
    ) -> None:
        self.name = context.name
        self.tally = Tally()
        self._queue = queue
        self._output = output
        self._book = book
        self._settings = settings
        self._aside = Aside(context.folder)
        self._clock = context.clock
        self._backoff = Backoff()
        self._block: Block | None = None
        self._halted = False
        self._again = -1.0  # monotonic: not before
        self._bounded = -_BOUND

    def turn(self) -> float:
        """Do what is due; return the seconds until it is worth calling again. Raise OSError of the log."""
        now = self._clock.monotonic()
        if now - self._bounded >= _BOUND:
            self._bounded = now
            self._bound()
        if now < self._again:
            return self._again - now
        began = time.thread_time()
        wait = self._step()
        self._note(spent=self.tally.spent + time.thread_time() - began)
        return wait

    def close(self) -> None:
        """Close the output."""
        self._output.close()

    def failed(self, why: str) -> float:
        """Note that something of our own went wrong; return the seconds to wait."""
        return self._later(Later(why))

    def _step(self) -> float:
        block = self._block or self._next()
        if block is None:
            return IDLE
        self._block = block
        verdict = self._output.send(block) if len(block) else Durable(0)
        return self._judged(block, verdict)

    def _next(self) -> Block | None:
        portions = self._queue.read(self._settings.batch)
        if not portions:
            self._note(oldest=None, lag=0)
            return None
        table = pl.concat([one.table for one in portions]) if len(portions) > 1 else portions[0].table
        return Block.of(self._book, table, portions[-1].after)

    def _judged(self, block: Block, verdict: Verdict) -> float:
        match verdict:
            case Durable():
                return self._durable(block, verdict)
            case Later():
                return self._later(verdict)
            case Halted():
                return self._later(Later(verdict.why), halted=True)

    def _durable(self, block: Block, verdict: Durable) -> float:
        now = self._clock.now()
        try:
            refused = self._aside.put(verdict.refused, now)
        except OSError as why:
            return self._later(Later(f"what was refused cannot be set aside: {why}"))
        self._queue.advance(block.after)
        self._block = None
        if self.tally.failing_since is not None:
            log.info("the output takes readings again", output=self.name)
        if refused:
            self._told(refused, verdict, now)
        self._backoff.worked()
        self._halted = False
        self._note(
            readings=self.tally.readings + len(block),
            lines=self.tally.lines + verdict.lines,
            refused=_counted(self.tally.refused, verdict.refused),
            blocks=self.tally.blocks + 1,
            delivered_at=now,
            failing_since=None,
            refused_at=now if _is_loss(verdict.refused) else self.tally.refused_at,
            why=verdict.refused[0].why if refused else self.tally.why,
        )
        return 0.0

    def _told(self, refused: int, verdict: Durable, now: float) -> None:
        """Log what was refused, unless that was done lately."""
        at = self.tally.refused_at
        if at is None or now - at > LATELY:
            why = verdict.refused[0].why
            log.warning(
                "the output refused lines; they are set aside", output=self.name, lines=refused, why=why
            )

    def _later(self, verdict: Later, *, halted: bool = False) -> float:
        wait = self._backoff.failed(verdict.seconds)
        self._again = self._clock.monotonic() + wait
        if self.tally.failing_since is None or halted > self._halted:
            log.warning(
                "the output takes nothing; readings wait", output=self.name, why=verdict.why, halted=halted
            )
        self._halted = halted
        since = self.tally.failing_since
        self._note(
            retries=self.tally.retries + 1,
            why=verdict.why,
            failing_since=self._clock.now() if since is None else since,
        )
        return wait

    def _bound(self) -> None:
        """Drop what is too old or too much; say how much waits."""
        mine, now = self._settings, self._clock.now()
        before = self._queue.position
        dropped = self._queue.drop(before=now - mine.max_age, most_bytes=mine.max_size)
        if self._queue.position != before:
            self._block = None
        if dropped:
            lately = self.tally.dropped_at
            if lately is None or now - lately > LATELY:
                log.error("the queue of an output is full: its oldest readings are dropped", output=self.name)
            self._note(dropped=self.tally.dropped + dropped, dropped_at=now)
        self._note(oldest=self._queue.waiting_since(), lag=self._queue.lag())

    def _note(self, **changes: object) -> None:
        tally = replace(self.tally, **changes)  # type: ignore[arg-type]
        self.tally = replace(tally, state=self._state(tally))

    def _state(self, tally: Tally) -> State:
        now = self._clock.now()
        if self._halted:
            return State.HALTED
        if tally.dropped_at is not None and now - tally.dropped_at <= LATELY:
            return State.DROPPING
        if tally.failing_since is not None:
            return State.FAILING
        if tally.refused_at is not None and now - tally.refused_at <= LATELY:
            return State.REFUSING
        return State.UNTRIED if tally.delivered_at is None else State.WORKING


def _is_loss(refused: Iterable[Refusal]) -> bool:
    """Whether anything is missing over there: what it has already is not."""
    return any(one.reason != "duplicate" for one in refused)


def _counted(before: Mapping[str, int], refused: Iterable[Refusal]) -> Mapping[str, int]:
    """Return how many lines were refused by reason, with these."""
    counts = dict(before)
    for one in refused:
        counts[one.reason] = counts.get(one.reason, 0) + len(one.lines)
    return counts
