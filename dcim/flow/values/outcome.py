"""What would be if something were lost, as plain values. Pure.

Stages, each a world that stands still: at once, when the generators run, and whenever a battery without an
input is empty. Between them breakers that tripped stay open.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from dcim.flow.values.interval import Interval
from dcim.record import dataclass


class When(StrEnum):
    """At which stage after the loss."""

    AT_ONCE = "at_once"  # transfer switches have moved, UPS without input are on battery, no engine runs yet
    ENGINES = "engines"  # the generators that are needed and can start give power
    EMPTY = "empty"  # a battery without an input has nothing left, or several of which the order is not known


class Level(StrEnum):
    """Which limit is passed."""

    WARN = "warn"
    TRIP = "trip"


@dataclass(frozen=True, slots=True)
class Load:
    """What an element carries. ``phases``: VA by phase; ``total``: VA of all together."""

    phases: Mapping[str, Interval]
    total: Interval


@dataclass(frozen=True, slots=True)
class Over:
    """Something carries more than it should. ``phase`` is empty for the whole of it.

    ``carries`` and ``limit`` are in ``unit`` (``A``, ``VA`` or ``W``); ``share`` is the one by the other, of
    the rating.
    ``surely``: whatever the unknown turns out to be; else it may be. ``others``: further phases of which just
    the same is known, so that this one is no more than one of them.
    """

    element: str
    phase: str
    level: Level
    surely: bool
    carries: Interval
    limit: float
    unit: str
    share: Interval
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trip:
    """A breaker that opens because of the loss: the ``step``-th to do so (0: in no order that is known).

    ``unit``: of which of its limits (``A``, ``VA``, ``W``) ``share`` is. ``others`` as of ``Over``.
    """

    element: str
    phase: str
    surely: bool
    share: Interval
    step: int
    unit: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Endurance:
    """How long something lasts, in seconds: a battery (``kind`` battery) or the fuel of an engine (fuel).

    A battery from the loss on, with all that has changed until this stage; fuel at the load of this stage.
    """

    element: str
    kind: str
    seconds: Interval
    watts: Interval


@dataclass(frozen=True, slots=True)
class Stage:
    """How the network stands at one stage. Times are seconds after the loss.

    ``dead``: without power, surely; ``doubtful``: perhaps; ``discharging``: UPS that live on their battery.
    ``over``: what is beyond a limit once nothing trips any more. ``loads``: of every element that the
    loss reaches. ``emptied``: UPS whose battery has nothing left now: one, or several of which the order is
    not known, and then ``after`` is from the first to the last. ``unbridged``: UPS whose battery may be empty
    before the engines of this stage run.
    """

    when: When
    after: Interval
    dead: frozenset[str]
    doubtful: frozenset[str]
    discharging: frozenset[str]
    trips: tuple[Trip, ...]
    over: tuple[Over, ...]
    loads: Mapping[str, Load]
    endurance: tuple[Endurance, ...]
    unbridged: frozenset[str] = frozenset()
    emptied: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the loss of these elements does, stage by stage; there is always the first."""

    lost: tuple[str, ...]
    stages: tuple[Stage, ...]

    @property
    def settled(self) -> Stage:
        """Return the last stage."""
        return self.stages[-1]

    @property
    def trips(self) -> tuple[Trip, ...]:
        """Return what trips at any stage, in that order."""
        return tuple(trip for stage in self.stages for trip in stage.trips)

    @property
    def lasting(self) -> tuple[Endurance, ...]:
        """Return how long each battery lasts by what is known at last, and each tank; the first first."""
        found: dict[tuple[str, str], Endurance] = {}
        for stage in self.stages:
            for one in stage.endurance:
                if one.kind == "battery" or (one.kind, one.element) not in found:
                    found[one.kind, one.element] = one
        return tuple(found.values())

    @property
    def worst(self) -> Mapping[str, Over]:
        """Return by element where it is furthest beyond a limit at any stage."""
        found: dict[str, Over] = {}
        for stage in self.stages:
            for over in stage.over:
                before = found.get(over.element)
                if before is None or over.share.hi > before.share.hi:
                    found[over.element] = over
        return found


class Doubt(StrEnum):
    """In which way what is measured contradicts what is documented."""

    MORE = (
        "more"  # it carries more than all that is documented below it takes: a cord is missing in the drawing
    )
    LESS = "less"  # it carries less than what hangs on it takes: a cord is plugged elsewhere
    SHARING = "sharing"  # its cords share otherwise than was declared
    DEMAND = "demand"  # it takes more than was declared, or than it is rated for
    LOSSES = "losses"  # it takes more or less than its output and its losses
    UNUSED = (
        "unused"  # it takes nothing on one of its cords: plugged elsewhere, off, or what hangs there rests
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """A disagreement: ``amount`` (VA) by which they differ at least and at most, beyond ``tolerance`` (VA).

    ``phase`` is empty for the whole. ``perhaps``: another element that misses the same amount the other way
    round, so that a cord may be plugged there instead. Of a cord that is not used it is what that hangs on,
    ``amount`` what the load takes on the others, ``explained`` what it takes in all.
    """

    element: str
    phase: str
    doubt: Doubt
    amount: Interval
    measured: Interval
    explained: Interval
    perhaps: str = ""
