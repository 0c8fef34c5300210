"""Polls from which nothing follows, as of nearly all: taken shortly, many at once.

polls between two looks after the time ─▶ no alert, no service changes ─▶ newest, history, who answered
                                       └▶ one does: it passes the stages of the core, then those behind it
"""

from __future__ import annotations

from collections.abc import Sequence

from dcim.alerts import Watch
from dcim.daemon.services.building import Building
from dcim.daemon.services.causes import Causes
from dcim.history import History
from dcim.model import Batch
from dcim.poll import Polled, ReachReports
from dcim.record import dataclass
from dcim.series import Newest

Timed = tuple[float, Polled]
"""A poll with the monotonic seconds at its end."""


@dataclass(frozen=True, slots=True, eq=False)
class Calm:
    """Takes polls as the stages of the core do, where they would find nothing to do with them."""

    newest: Newest
    watch: Watch
    history: History | None
    reports: ReachReports

    def take(self, polls: Sequence[Timed], building: Building, causes: Causes) -> int:
        """Take polls, from the first on, until something may follow from one; return how many are taken."""
        said = self._said(polls, causes)
        calm = 0
        for (_, polled), batches in zip(polls, said, strict=False):
            self.newest.take_all(batches)
            if not building.goes_on(polled.asset.id, polled.at):
                break  # its batches are taken once more, and are the newest still
            calm += 1
        if self.history is not None:
            for batches in said[:calm]:
                for batch in batches:
                    self.history.append(batch)
        for end, polled in polls[:calm]:
            causes.reached(polled, end)
        return calm

    def _said(self, polls: Sequence[Timed], causes: Causes) -> Sequence[Sequence[Batch]]:
        """Return what each of them tells, up to the first that changes an alert or is awaited."""
        found = []
        for _, polled in polls:
            collected = polled.collected
            if collected is None or collected.identity is not None or polled.before is not polled.presence:
                break
            batches = (*collected.batches, self.reports.batch(polled))
            if causes.awaits(polled.asset.id) or not self.watch.calm(batches):
                break
            found.append(batches)
        return found
