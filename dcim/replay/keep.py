"""The ledger of a replay in a directory of its own, for reports. Nothing waits to be sent.

Work ─▶ facts, alerts, memories ─▶ Store, on the virtual clock          outbox ─▶ nowhere
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from dcim import __version__
from dcim.daemon.plan import Plan
from dcim.daemon.records.described import describing
from dcim.record import replace
from dcim.replay.log import Log
from dcim.replay.player import Beside
from dcim.replay.scene import Scene
from dcim.replay.virtual import VirtualClock
from dcim.store import Store, Work

_NONE: Final[Any] = MappingProxyType({})


@contextmanager
def keeping(scene: Scene, state: Path) -> Iterator[Beside]:
    """Keep what a replay records in ``state``, which no daemon has for its own. Raise StoreError."""
    settings = replace(scene.settings, state=state)
    clock = VirtualClock(0.0, scene.recording.manifest.start)
    store = Store.open(state, settings.site.id, clock, about={"version": __version__, "replay": True})
    plan = Plan(settings, cast("Any", None), scene.rules, _NONE, _NONE, _NONE)
    beats = _Beats(store, settings.heartbeat)

    def note(work: Work) -> None:
        store.commit_now(replace(work, outbox=()))

    try:
        note(Work(facts=describing(plan, store, clock)))
        yield Beside(note, follow=beats.follow, clock=clock)
    finally:
        beats.stop("the recording ends")


class _Beats:
    """Heartbeats, as the daemon makes them: without, a ledger knows of no time that was watched."""

    def __init__(self, store: Store, every: float) -> None:
        self._store, self._every = store, every
        self._due = -inf
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="heartbeat")

    def follow(self, at: float, log: Log) -> None:
        """Beat when it is time; blocks until that is on disk."""
        del log
        if at >= self._due:
            self._due = at + self._every
            self._do(self._store.heartbeat(self._every))

    def stop(self, why: str) -> None:
        """Record the end, and let the directory go."""
        self._do(self._store.stop(why))
        self._thread.shutdown()

    def _do(self, step: Coroutine[Any, Any, Any]) -> None:
        """Take a step on a loop of its own, apart from the one whose time is virtual."""
        self._thread.submit(asyncio.run, step).result()
