"""One rule on one point: where its alert stands, and which values can change nothing of it."""

from __future__ import annotations

from collections import deque
from math import inf
from typing import Final, TypeAlias

from dcim.alerts.condition import HasGap, Outside, Rises, Share
from dcim.alerts.rule import Rule
from dcim.alerts.state import NORMAL, AlertState
from dcim.model import Point
from dcim.record import acyclic, dataclass

NEVER_QUIET: Final = (inf, -inf)
ANY: Final = (-inf, inf)

Name: TypeAlias = tuple[str, int]
"""What an alert is called in here: its rule and the id of its point."""


@dataclass(slots=True, eq=False)
@acyclic
class Cell:
    """One rule on one point, and where its alert stands. ``raised_at``: UTC seconds, the last time."""

    rule: Rule
    point: Point
    state: AlertState = NORMAL
    measured: bool = False  # the point has had a value
    raised_at: float = 0.0
    key: str = ""  # of its alert; empty until somebody asks
    spent: bool = False  # what suppresses it by design has had its time
    rating: float | None = None  # what its value was a share of when it was looked at
    trail: deque[tuple[float, float]] | None = None  # for a rate of change: when, and value
    missed: float | None = None  # since when no layout of its device has its point
    _name: Name | None = None

    @property
    def name(self) -> Name:
        """Return what the alert is called in here."""
        if self._name is None:
            self._name = self.rule.name, self.point.id
        return self._name

    def quiet(self, value: float) -> tuple[float, float]:
        """Return the values around ``value``, just looked at, that change nothing."""
        if not self.state.settled:
            return NEVER_QUIET
        active = self.state.active
        condition = self.rule.holds if active else self.rule.raises
        if isinstance(condition, HasGap):
            return ANY
        if isinstance(condition, Rises):  # while it is raised, time alone may end it
            return NEVER_QUIET if active else (value - self.resolution, value + self.resolution)
        if isinstance(condition, Share) and (self.rating or 0.0) <= 0.0:
            return ANY  # a share of nothing: the rating, once it is told, has it looked at
        limits = condition.limits if isinstance(condition, Share) else condition
        unit = self.rating if isinstance(condition, Share) else 1.0
        if isinstance(limits, Outside) and unit and limits.low * unit <= value <= limits.high * unit:
            return limits.low * unit, limits.high * unit
        return value, value

    @property
    def resolution(self) -> float:
        """Return the change of a value below which a rate of change is not looked at: a twentieth of it."""
        raises = self.rule.raises
        return raises.by / 20 if isinstance(raises, Rises) else 0.0

    def look_back(self, value: float, now: float, within: float) -> float:
        """Note a value and return the lowest of the last ``within`` seconds, to within ``resolution``.

        Values between two looks were within ``resolution`` of the first; the one before the time counts too.
        """
        trail = self.trail = self.trail or deque()
        trail.append((now, value))
        while len(trail) > 1 and trail[1][0] <= now - within:
            trail.popleft()
        return min(value for _, value in trail)

    @property
    def minds_gaps(self) -> bool:
        """Whether a gap can change the alert."""
        if not self.state.settled:
            return True
        raises = self.rule.raises
        return not self.state.active and isinstance(raises, HasGap) and (self.measured or not raises.lost)

    @property
    def remembers(self) -> bool:
        """Whether it is another than a new one would be, or has to be the same one at the next look."""
        return self.state is not NORMAL or self.rule.looks_around or isinstance(self.rule.raises, Rises)


def fears_loss(rule: Rule) -> bool:
    """Whether a rule tells of points that had a value and have none."""
    return isinstance(rule.raises, HasGap) and rule.raises.lost
