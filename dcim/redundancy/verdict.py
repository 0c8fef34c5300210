"""What is known after a look: what each part keeps when the worst happens, and what falls with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from dcim.flow import Finding, Interval, Load, Outcome, Over, Trip
from dcim.graph import NodeKind, Standing
from dcim.record import dataclass, field
from dcim.redundancy.compare import Comparison

_OPENS: Final = frozenset(
    {
        NodeKind.PDU,
        NodeKind.FLOOR_PDU,
        NodeKind.SWITCHBOARD,
        NodeKind.UPS,
        NodeKind.ATS,
        NodeKind.STS,
        NodeKind.GENSET,
    }
)
"""What has a breaker, or switches off."""
_MORE: Final = 1.01
"""Beyond that (and 1 VA) more is carried than before, and not the same through other losses."""


class Survival(StrEnum):
    """Whether a service goes on if any single part of the building is lost at the load of now."""

    SURVIVES = "survives"
    FALLS = "falls"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Headroom:
    """What a part carries on a phase (empty: in all), as shares of its rating, now and after the worst loss.

    ``limit`` is in ``unit`` (A, VA, W); ``after`` is as much at least and at most, by the loss of ``lost``;
    ``warn`` and ``trip`` are shares too, ``trip`` None where nothing opens.
    """

    part: str
    phase: str
    unit: str
    limit: float
    warn: float
    trip: float | None
    now: Interval
    after: Interval
    lost: str


@dataclass(frozen=True, slots=True)
class Single:
    """The loss of one part in short: what opens, what is beyond a limit, and which services fall."""

    lost: str
    trips: tuple[Trip, ...] = ()
    over: tuple[Over, ...] = ()
    down: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    reduced: int = 0


@dataclass(frozen=True, slots=True)
class ServiceVerdict:
    """Whether a service survives any single loss, and by which it would fall, or may."""

    survival: Survival
    by: str = ""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """All that a look found. ``at``: UTC seconds of the look; ``spent``: seconds of CPU that it took.

    ``comparison``: of a loss that has really come, when it is due. ``masses``: what rooms swallow, in J/K, as
    far as that is learnt.
    """

    at: float
    headroom: Sequence[Headroom] = ()
    services: Mapping[str, ServiceVerdict] = field(default_factory=dict)
    singles: tuple[Single, ...] = ()
    findings: tuple[Finding, ...] = ()
    spent: float = 0.0
    comparison: Comparison | None = None
    masses: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bar:
    """What a part carries of one of its limits (``phase`` empty: of all phases), as shares of it."""

    phase: str
    unit: str
    limit: float
    before: Interval
    after: Interval


@dataclass(frozen=True, slots=True)
class Shown:
    """A part as it stands in an answer: what feeds it, how it is loaded before and at the end, its limits.

    ``state``: live, stopped (an engine that nothing needs), dead, doubtful, battery, lost, tripped; ``was``
    likewise, before. ``trip``: the share
    above which it opens, None where nothing opens.
    """

    part: str
    kind: NodeKind
    feeds: tuple[str, ...]
    before: Load
    after: Load
    was: str
    state: str
    bars: tuple[Bar, ...]
    warn: float
    trip: float | None

    @property
    def is_unrated(self) -> bool:
        """Whether it is something that opens when it carries too much, and nobody has rated it."""
        return not self.bars and self.trip is not None and self.kind in _OPENS

    @property
    def rises(self) -> bool:
        """Whether it carries more than before, or may."""
        return any(
            after.hi > self.before.phases[phase].hi * _MORE + 1.0
            for phase, after in self.after.phases.items()
            if phase in self.before.phases
        )

    @property
    def tightest(self) -> Bar | None:
        """Return the limit of which it carries the most at the end; None where nothing is rated."""
        return max(self.bars, key=lambda bar: (bar.after.lo, bar.after.hi, bar.before.hi), default=None)


@dataclass(frozen=True, slots=True)
class Warming:
    """A room that gets too little cooling: seconds until its warmest inlet passes ``limit`` (celsius).

    ``kelvin``: by how much it warms an hour, at least and at most.
    """

    room: str
    seconds: Interval
    celsius: float
    limit: float
    kelvin: Interval


@dataclass(frozen=True, slots=True)
class Answer:
    """What would be if these parts were lost; ``before`` and ``standing``: services now, and at the end.

    ``following``, of maintenance: every further loss that would then open something or take a service down,
    or may.
    ``parts`` are as they stand at the end, ``at_once`` as they do right after the loss, before an engine runs
    or a battery is empty: nothing where no stage follows.
    """

    at: float
    outcome: Outcome
    parts: tuple[Shown, ...]
    before: Mapping[str, Standing]
    standing: Mapping[str, Standing]
    warming: tuple[Warming, ...] = ()
    findings: tuple[Finding, ...] = ()
    following: tuple[Single, ...] = ()
    at_once: tuple[Shown, ...] = ()

    @property
    def unrated(self) -> tuple[str, ...]:
        """Return the parts that carry more, or may, and of which nobody has said what they may carry.

        Whether such a one opens is not known.
        """
        shown = (*self.at_once, *self.parts)
        return tuple(dict.fromkeys(one.part for one in shown if one.is_unrated and one.rises))
