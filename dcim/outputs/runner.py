"""A thread for each output: one that is slow, dead or broken delays nobody else."""

from __future__ import annotations

import threading
import time
from typing import Final

import structlog

from dcim.outputs.tally import State, Tally
from dcim.outputs.worker import Worker
from dcim.record import replace

log = structlog.get_logger()

STUCK: Final = 120.0
"""Seconds after which a turn that has not ended is told."""

_PATIENCE: Final = 3.0
"""Seconds that a stop waits for what is under way; its cursor then stays, and the block comes again."""


class Runner:
    """Turns a worker until it is stopped."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._stop = threading.Event()
        self._began: float | None = None  # monotonic: the turn that is under way
        self._thread = threading.Thread(target=self._run, name=f"output {worker.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def tally(self) -> Tally:
        """Return what the output has done; one whose turn does not end fails, whatever it said before."""
        tally, began = self.worker.tally, self._began
        if began is None or time.monotonic() - began < STUCK or tally.state in (State.HALTED, State.DROPPING):
            return tally
        since = tally.failing_since or time.time() - (time.monotonic() - began)
        return replace(tally, state=State.FAILING, why="no answer, and no end", failing_since=since)

    def ask_to_stop(self) -> None:
        """Begin no other turn."""
        self._stop.set()

    def join(self, patience: float = _PATIENCE) -> None:
        """Wait for the turn that is under way, but not for ever: a server may never answer."""
        if self._thread.is_alive():
            self._thread.join(patience)

    def _run(self) -> None:
        wait = 0.0
        while not self._stop.wait(wait):
            wait = self._turn()
        self.worker.close()

    def _turn(self) -> float:
        self._began = time.monotonic()
        try:
            return self.worker.turn()
        except OSError as why:
            return self.worker.failed(f"the queue cannot be read: {why}")
        except Exception as bug:  # a third party's bug costs its own output alone, and is told
            log.exception("an output has a bug; it is tried again", output=self.worker.name)
            return self.worker.failed(f"bug: {type(bug).__name__}: {bug}")
        finally:
            self._began = None
