"""The readings of a replay on disk, and the hours they come to: a history as the daemon keeps one.

Core ─▶ History ─(every 10 s of it)─▶ segments ─(an hour is over)─▶ closed files, blocks, their facts
"""

from __future__ import annotations

from math import inf
from typing import Final

from dcim.clock import Clock
from dcim.daemon.records import closings
from dcim.daemon.records.rollups import Rollups
from dcim.daemon.sending.outlets import limits
from dcim.graph import Topology
from dcim.history import History, HistoryError, Made
from dcim.history.segment import hour_of
from dcim.replay.apart import Apart
from dcim.rollup.cuts import Cuts
from dcim.settings import Settings
from dcim.store import Store, Work

_COMMIT: Final = 10.0
"""Seconds of the recording between two writes: nobody asks for what is not written yet."""
_DAY: Final = 86_400.0


class Readings:
    """Keeps them in the state directory of the settings; ``apart`` is where what waits for the disk is done.

    Raise HistoryError, OSError.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock, apart: Apart) -> None:
        self._store, self._clock, self._apart = store, clock, apart
        days = max(1, round(settings.retention.seconds / _DAY))
        self.history = History.open(settings.state / "history", clock, limits(settings, days))
        cuts = Cuts.of(settings.energy, Topology(settings.wiring))
        self._rollups = Rollups(settings.state, store, self.history, clock, cuts=cuts)
        self._due, self._hour = -inf, hour_of(clock.now())

    def follow(self, at: float) -> None:
        """Write what is due at a monotonic second, and close the hour that is over; blocks until it is."""
        if at >= self._due:
            self._due = at + _COMMIT
            self._apart.do(self.history.commit())
        hour = hour_of(self._clock.now())
        if hour != self._hour:
            self._hour = hour
            self._apart.do(self._close())

    def close(self) -> None:
        """Write what is left, close the hours that are over, and let the directory go."""
        try:
            self._apart.do(self.history.commit())
            self._apart.do(self._close())
        finally:
            self._apart.do(self.history.aclose())

    async def _close(self) -> None:
        await self.history.tidy(self._closed)
        await self._rollups.look()
        if self._rollups.trouble:
            raise HistoryError(self._rollups.trouble)

    async def _closed(self, made: Made) -> None:
        """Say the checksum of each file that was closed."""
        await self._store.commit(Work(facts=closings.said(made, self._clock.now())))
        await self._rollups.look()
