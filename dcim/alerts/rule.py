"""A rule: what must hold, for how long, how bad that is, and what the engineer does about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from dcim.alerts.clause import Clause, Suppression
from dcim.alerts.condition import Expression, HasGap
from dcim.model import Asset, Kind, Point, Severity
from dcim.record import dataclass, field, replace


class Language(StrEnum):
    """The languages in which people are told."""

    EN = "en"
    FR = "fr"


Text: TypeAlias = Mapping[Language, str]

_ANY: Mapping[str, frozenset[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Delay:
    """How long something must hold: at least ``seconds``, and at least so many polls of the point."""

    seconds: float = 0.0
    polls: int = 0

    def lasts(self, interval: float) -> float:
        """Return the delay in seconds for a point that is asked every ``interval`` seconds."""
        return max(self.seconds, self.polls * interval)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule as data. ``raises`` holds to raise, ``holds`` to stay raised: the deadband lies between.

    ``kinds`` empty means every kind. ``labels`` must match and ``exempt`` must not, each label by one of
    its values. ``context`` are metrics of the same device to be read beside, each with others in its place.
    ``on_delay`` and ``off_delay`` are seconds once ``paced`` has told the polls.
    """

    name: str
    kinds: frozenset[Kind]
    metrics: tuple[str, ...]
    raises: Expression
    holds: Expression
    severity: Severity
    title: Text
    consequence: Text
    action: Text
    on: Delay = field(default_factory=Delay)
    off: Delay = field(default_factory=Delay)
    latching: bool = False
    labels: Mapping[str, frozenset[str]] = field(default_factory=lambda: _ANY)
    exempt: Mapping[str, frozenset[str]] = field(default_factory=lambda: _ANY)
    context: tuple[tuple[str, ...], ...] = ()
    limit: str = ""  # the condition as the file states it: "above 80 %"
    source: str = ""  # file:line
    every: float = 0.0  # seconds between two observations of the point; 0 until paced
    acknowledge: bool | None = None  # whether it waits to be seen after its return; None: by its severity
    must_detect_within: float | None = None  # seconds from the fault to the alert; None: nothing is promised
    clauses: tuple[Clause, ...] = ()  # what else must hold
    suppression: Suppression | None = None
    ratio_to: tuple[str, ...] = ()  # ratings that the value is taken as a share of, the first that there is
    runbook: str = ""  # where the steps to take are written down
    yields_to: tuple[str, ...] = ()  # rules on the same points: while one of them stands this one does not

    @property
    def must_acknowledge(self) -> bool:
        """Say whether an alert that returned unseen waits for somebody: those of the two upper classes do."""
        if self.acknowledge is None:
            return self.severity in (Severity.CRITICAL, Severity.MAJOR)
        return self.acknowledge

    @property
    def looks_around(self) -> bool:
        """Say whether other points matter than its own."""
        return bool(self.clauses) or self.suppression is not None

    @property
    def tells_of_gaps(self) -> bool:
        """Say whether it tells that a value is not known, and so nothing of what the value would say."""
        return isinstance(self.raises, HasGap)

    @property
    def on_delay(self) -> float:
        """Return the seconds that the condition must hold before the alert is raised."""
        return self.on.seconds

    @property
    def off_delay(self) -> float:
        """Return the seconds that the condition must be gone before the alert is cleared."""
        return self.off.seconds

    def paced(self, interval: float) -> Rule:
        """Return the rule for a point asked every ``interval`` seconds, with its delays in seconds."""
        on, off = Delay(self.on.lasts(interval)), Delay(self.off.lasts(interval))
        return replace(self, on=on, off=off, every=interval)

    def covers(self, point: Point) -> bool:
        """Say whether the rule looks at this point of a device of one of its kinds."""
        if point.metric not in self.metrics:
            return False
        if not self.labels and not self.exempt:
            return True
        has = dict(point.labels)
        return all(has.get(name) in values for name, values in self.labels.items()) and not any(
            has.get(name) in values for name, values in self.exempt.items()
        )

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return every metric of its device that has a say in whether it is raised, its own first."""
        inputs = (one for clause in self.clauses for one in clause.inputs if one.own)
        return tuple(dict.fromkeys((*self.metrics, *(metric for one in inputs for metric in one.metrics))))

    def fits(self, asset: Asset) -> bool:
        """Say whether the rule is for devices of this kind."""
        return not self.kinds or asset.kind in self.kinds


def detection_bound(rule: Rule, poll: float) -> float:
    """Return the longest time in seconds from a fault to the raised alert, for a paced rule.

    A fault may come right after it could have been seen, and an answer takes up to ``poll`` seconds. With
    an on-delay the same again: one more observation must come after the delay. It holds while the
    device answers; sending comes on top.
    """
    seen = rule.every + poll
    return seen + rule.on_delay + seen if rule.on_delay else seen
