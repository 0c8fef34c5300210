"""The look at one alert: evaluate its condition, with what stands around it, and take the step that follows.

reading ─▶ evaluate ─▶ AND clauses ─▶ suppressed by design? a higher step stands? ─▶ step
              └ may hold: followed, judged again when a device that it looks at says something
"""

from __future__ import annotations

from typing import Final

from dcim.alerts.alert import Change
from dcim.alerts.around import Around
from dcim.alerts.cell import Cell
from dcim.alerts.clause import every
from dcim.alerts.condition import BY_MEASURE, Observation, Rises, Seen, Share, Truth, see
from dcim.alerts.mutes import Lying, Target
from dcim.alerts.standing import Standing
from dcim.alerts.state import Mute, Muted, MuteKind, Outranked, Phase
from dcim.record import replace

_NOTHING: Final[list[Change]] = []


class Judging:
    """Moves alerts by what is observed. Times as in ``Watch``."""

    def __init__(self, standing: Standing, around: Around) -> None:
        self._standing = standing
        self._around = around
        self.followers = around.followers
        """Gives the cells that are to be judged again when a device says something."""
        self.followed = around.followed
        """Holds the devices that have such cells."""

    def devices(self, cell: Cell) -> set[str]:
        """Return the ids of the devices that a cell looks at."""
        return self._around.devices(cell) if cell.rule.looks_around else {cell.point.asset}

    def look(self, cell: Cell, observed: Observation, at: float, now: float) -> list[Change]:
        """Take an observation of a cell's own point."""
        rule = cell.rule
        condition = rule.holds if cell.state.active else rule.raises
        if isinstance(condition, BY_MEASURE):
            observed = self._measured(cell, condition, observed, now)
        seen = see(condition, observed, now)
        if _is_before(observed, cell, now):
            seen = Seen(Truth.UNKNOWN, seen.evidence)
        if not rule.looks_around:
            event = self._ranked(cell, seen) if rule.yields_to else seen
            return self._standing.advance(cell, event, at, now, observed.reading)
        seen = self._with_others(cell, seen, now)
        if seen.truth is Truth.FALSE:  # first let it go: what is over is told to nobody when it is free again
            changes = self._standing.advance(cell, self._ranked(cell, seen), at, now, observed.reading)
            return changes + self._suppress(cell, seen.truth, at, now)
        changes = self._suppress(cell, seen.truth, at, now)
        return changes + self._standing.advance(cell, self._ranked(cell, seen), at, now, observed.reading)

    def _ranked(self, cell: Cell, seen: Seen) -> Seen | Outranked:
        """Say that a higher step stands on the point, where one does that the rule yields to."""
        for name in cell.rule.yields_to:
            higher = self._standing.busy.get((name, cell.point.id))
            if higher is not None and higher.state.outranks:
                return Outranked(seen.truth, name)
        return seen

    def again(self, cell: Cell, at: float, now: float) -> list[Change]:
        """Judge an alert because something around it was told.

        What ends a delay is an observation of its own point after it, not an older one looked at again.
        """
        observed = self._around.newest(cell.point.asset, cell.name[1])
        return _NOTHING if observed is None else self.look(cell, observed, at, now)

    def knows(self, cell: Cell, now: float) -> bool:
        """Whether the newest reading of a cell's own point decides its condition, its past being known."""
        self._around.to_utc = self._standing.to_utc
        observed = self._around.newest(cell.point.asset, cell.name[1])
        if observed is None:
            return False
        condition = cell.rule.holds if cell.state.active else cell.rule.raises
        if isinstance(condition, Share):
            observed = replace(observed, rating=self._around.rating(cell.point, cell.rule.ratio_to))
        elif isinstance(condition, Rises):
            observed = replace(observed, lowest=observed.reading.value)
        return see(condition, observed, now).truth is not Truth.UNKNOWN

    def _measured(
        self, cell: Cell, condition: Share | Rises, observed: Observation, now: float
    ) -> Observation:
        """Give an observation what it is measured by: the rating of its point, or its own past."""
        if isinstance(condition, Share):
            cell.rating = self._around.rating(cell.point, cell.rule.ratio_to)
            return replace(observed, rating=cell.rating)
        value = observed.reading.value
        if value is None:
            return observed
        return replace(observed, lowest=cell.look_back(value, now, condition.within))

    def _with_others(self, cell: Cell, seen: Seen, now: float) -> Seen:
        """Judge the clauses of a rule whose own condition may hold, and have it judged again."""
        self._around.to_utc = self._standing.to_utc
        holds = seen.truth is Truth.TRUE or cell.state.phase is not Phase.NORMAL
        self._around.follow(cell, really=holds)
        if not holds or seen.truth is Truth.FALSE:
            return seen
        return Seen(every((seen.truth, self._around.judge(cell, now))), seen.evidence)

    def _suppress(self, cell: Cell, truth: Truth, at: float, now: float) -> list[Change]:
        """Suppress an alert by design while its rule says so: once, and for so long at most."""
        suppression = cell.rule.suppression
        if suppression is None:
            return _NOTHING
        target, by = Target(cell.point.asset, cell.rule.name), suppression.by.metrics[0]
        lies = self._standing.mutes.lies(target, MuteKind.SUPPRESSED)
        holds = self._around.is_suppressed(cell, now)
        if holds is Truth.FALSE or truth is Truth.FALSE:
            cell.spent = cell.spent and holds is not Truth.FALSE
            return self._free(target, f"{by} suppresses it no more", at, now) if lies else _NOTHING
        if holds is not Truth.TRUE or truth is not Truth.TRUE or lies or cell.spent:
            return _NOTHING
        cell.spent = True
        mute = Mute(MuteKind.SUPPRESSED, by, suppression.reason, now + suppression.at_most)
        self._standing.mutes.put(target, mute)
        self._standing.note_mute(Lying(target, mute), "begun", at, "", mute.reason)
        return self._standing.remute(target.asset, Muted((), "", mute.reason), at, now)

    def _free(self, target: Target, why: str, at: float, now: float) -> list[Change]:
        mute = self._standing.mutes.take(target, MuteKind.SUPPRESSED)
        if mute is None:
            return _NOTHING
        self._standing.note_mute(Lying(target, mute), "ended", at, "", why)
        return self._standing.remute(target.asset, Muted((), "", why), at, now)


def _is_before(observed: Observation, cell: Cell, now: float) -> bool:
    """Say whether a delay is over and an observation is older than its end, so that it cannot end it."""
    state, rule = cell.state, cell.rule
    if state.phase is Phase.RAISING:
        delay = rule.on_delay
    elif state.phase is Phase.CLEARING:
        delay = rule.off_delay
    else:
        return False
    return observed.came_at < state.since + delay <= now if delay else False
