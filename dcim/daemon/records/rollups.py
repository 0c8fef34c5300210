"""Roll-ups of the running daemon: made after each step of closing, written down with their facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import structlog

from dcim.clock import Clock
from dcim.history import History, HistoryError
from dcim.history.durable import sync_directory
from dcim.model import Memory
from dcim.rollup import Block
from dcim.rollup.child import run_child
from dcim.rollup.cuts import WHOLE, Cuts
from dcim.rollup.keeper import Keeper, Runner
from dcim.rollup.plan import Seen
from dcim.store import CommitFailed, Store, Work

log = structlog.get_logger()

ROOM: Final = "rollup"
"""Room of the memory of how far the history was looked at."""
FOLDER: Final = "rollup"
"""Where blocks stand, under the state directory."""
_KEY: Final = "seen"


class StoreRecord:
    """Writes blocks down in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def seen(self) -> Seen:
        """Return how far the history was looked at."""
        return Seen.of(next((one.body for one in self._store.memories(ROOM) if one.key == _KEY), None))

    def newest(self, hours: Sequence[str]) -> Mapping[str, Block]:
        """Return the newest versions of these hours."""
        if not hours:
            return {}
        wanted = frozenset(hours)
        found = self._store.rollups(min(wanted), max(wanted))
        return {block.hour: block for block in found if block.hour in wanted}

    async def keep(self, blocks: Sequence[Block], seen: Seen) -> None:
        """Write blocks with their facts and how far was looked, all in one transaction."""
        facts = tuple(block.fact() for block in blocks)
        memory = Memory(ROOM, _KEY, seen.body())
        await self._store.commit(Work(facts=facts, rollups=tuple(blocks), memories=(memory,)))


class Rollups:
    """Keeps the roll-ups of one daemon. ``trouble``: why they are not made; empty while they are."""

    def __init__(
        self,
        state: Path,
        store: Store,
        history: History,
        clock: Clock,
        *,
        cuts: Cuts = WHOLE,
        run: Runner = run_child,
    ) -> None:
        self.trouble = ""
        self._history = history
        self._clock = clock
        directory = state / FOLDER
        directory.mkdir(exist_ok=True)
        sync_directory(state)
        self._keeper = Keeper(directory, StoreRecord(store), cuts=cuts, run=run)

    async def look(self) -> None:
        """Make the blocks that are due. What fails is tried again with the next step, and closing goes on."""
        try:
            await self._keeper.look(self._history.closed, self._history.dictionary, self._clock.now())
        except (HistoryError, OSError, CommitFailed) as why:
            if not self.trouble:
                log.error("hours are not rolled up; it is tried again every minute", why=str(why))
            self.trouble = str(why)
        else:
            self.trouble = ""
