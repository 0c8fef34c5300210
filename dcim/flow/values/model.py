"""The power network as plain values: what stands where, what feeds what by phase, and what it may carry.

    utility -> transformer -> ATS -> switchboard -> UPS -> floor PDU -> rack PDU -> rack

What flows is apparent power (VA) by phase: amperes of a phase times its voltage to neutral. Powers of one
phase are added as if in phase, which is never less than the truth. Every number that somebody declares and
nobody measures is an interval.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final

from dcim.flow.values.interval import ANY, FACTOR, NOTHING, UNKNOWN, WHOLE, Interval
from dcim.graph import NodeKind
from dcim.record import dataclass, field

PHASES: Final = ("L1", "L2", "L3")
VOLTS: Final = 230.0
"""Nominal voltage of a phase to neutral where nobody says another (IEC 60038)."""


class Rule(StrEnum):
    """How an element takes from several feeds."""

    SHARE = "share"  # from all that are live at once; one that is lost is taken up by the others
    SELECT = "select"  # from one: where it stands while that is live, else one that is
    ALL = "all"  # from each its own part; without one of them it does not work


@dataclass(frozen=True, slots=True)
class Feed:
    """One way in. ``phases`` says for each own phase (in order) to which phase of the source it is connected.

    Empty: each to the one of its name, and a single phase that the source has not, or that nobody has named,
    to one of the source's that nobody knows. ``share``: which part of the load it carries beside the others
    while all are live. ``side``: cords of one side never take each other's load; each cord is a side of its
    own
    where that is empty.
    """

    source: str
    phases: tuple[str, ...] = ()
    share: Interval = ANY
    side: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """What an element may carry: ``amperes`` a phase, ``voltamperes`` and ``watts`` of all; None: not rated.

    From ``warn`` on (a share of it) is too much in the long run, above ``trip`` it opens. ``trip`` None: what
    is
    too much is told, and nothing opens.
    """

    amperes: float | None = None
    voltamperes: float | None = None
    watts: float | None = None
    warn: float = 0.8
    trip: float | None = 1.0

    def __bool__(self) -> bool:
        """Whether anything is rated."""
        return (self.amperes, self.voltamperes, self.watts) != (None, None, None)


@dataclass(frozen=True, slots=True)
class Battery:
    """What a UPS stores when nothing has been drawn: ``joules``, unknown where nobody has said.

    What the UPS says of its runtime at the present load (``Situation.runtimes``) goes before it.
    """

    joules: Interval = UNKNOWN


@dataclass(frozen=True, slots=True)
class Engine:
    """A generator's: seconds from the loss of mains to voltage, litres of fuel, litres a kilowatt-hour."""

    starts: Interval = UNKNOWN
    litres: Interval = UNKNOWN
    burns: Interval = UNKNOWN


@dataclass(frozen=True, slots=True)
class Element:
    """One part of the network.

    ``phases``: those it has, () where nobody has said: it is then taken for three-phase. Something with a
    single
    phase that nobody has named says ``("",)``. It takes ``gain`` x what it gives + ``idle`` (VA, of all
    phases)
    from its feeds. ``balances``: it takes the same from each phase, whatever it gives (a UPS). ``stores``: it
    goes on without its feeds. ``modules``: so many parts of equal size give ``limit`` together; the loss of
    one is called ``ID:module``. ``demand``: what it takes itself (VA, all phases), of a load. ``prefers``:
    the source to which a switch goes first, and goes back; empty where nobody has said.
    """

    id: str
    kind: NodeKind
    feeds: tuple[Feed, ...] = ()
    rule: Rule = Rule.SHARE
    phases: tuple[str, ...] = ()
    limit: Limit = Limit()
    volts: float = VOLTS
    power_factor: Interval = FACTOR
    gain: Interval = WHOLE
    idle: Interval = NOTHING
    balances: bool = False
    modules: int = 1
    battery: Battery | None = None
    engine: Engine | None = None
    demand: Interval | None = None
    cooled_by: tuple[str, ...] = ()
    prefers: str = ""

    @property
    def preferred(self) -> int:
        """Return the number of the feed that it prefers, -1 where nobody has said."""
        return next((at for at, feed in enumerate(self.feeds) if feed.source == self.prefers), -1)

    @property
    def lines(self) -> tuple[str, ...]:
        """Return its phases, all three where nobody has said."""
        return self.phases or PHASES

    @property
    def is_load(self) -> bool:
        """Whether power ends here."""
        return self.demand is not None


@dataclasses.dataclass(frozen=True)
class Network:
    """All elements by name. A feed that is not there, or a loop, raises ValueError."""

    elements: Mapping[str, Element]

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Return every element after all that feeds or cools it."""
        done: dict[str, None] = {}
        for name in self.elements:
            self._visit(name, done, {})
        return tuple(done)

    def _visit(self, name: str, done: dict[str, None], path: dict[str, None]) -> None:
        stack = [name]
        while stack:
            top = stack[-1]
            if top not in self.elements:
                msg = f"nothing is called {top!r}"
                raise ValueError(msg)
            one = self.elements[top]
            missing = [up for up in (*(feed.source for feed in one.feeds), *one.cooled_by) if up not in done]
            if top in done or not missing:
                done.setdefault(stack.pop())
                path.pop(top, None)
                continue
            if top in path:
                msg = f"a loop goes through {top!r}"
                raise ValueError(msg)
            path[top] = None
            stack += missing

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Return what each element feeds, in the order of supply."""
        found: dict[str, list[str]] = {name: [] for name in self.elements}
        for name in self.order:
            for source in dict.fromkeys(feed.source for feed in self.elements[name].feeds):
                found[source].append(name)
        return MappingProxyType({name: tuple(below) for name, below in found.items()})

    @cached_property
    def losable(self) -> tuple[str, ...]:
        """Return everything whose loss can be asked: each element, a module of those that have several."""
        modular = (f"{name}{MODULE}" for name, one in self.elements.items() if one.modules > 1)
        return (*self.elements, *modular)


MODULE: Final = ":module"
"""What stands behind the name of an element whose loss is that of one of its modules."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured of one phase, or of all (``phase`` empty). None: not measured.

    ``tolerance`` is relative, of the result. ``counts``: fresh and not doubted; what does not count is not
    known.
    """

    phase: str = ""
    amperes: float | None = None
    volts: float | None = None
    watts: float | None = None
    voltamperes: float | None = None
    tolerance: float = 0.02
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Situation:
    """How the network stands now.

    ``readings`` are those of the output of an element (of a PDU or a board: what goes through), ``inputs``
    those of
    the input of one that has another (a UPS). ``down``: what is known to be without voltage, or broken; what
    is down
    stays down. ``doubtful``: of which nobody knows. ``positions``: the source on which a transfer switch
    stands; of one that is not named it may be any that is live.
    ``discharging``: UPS that say that they live on their battery, whatever their feeds do.
    ``running``: generators that give power. ``runtimes``: seconds of battery at the present load;
    ``litres``: fuel that is there.
    """

    readings: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)
    inputs: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)
    down: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    positions: Mapping[str, str] = field(default_factory=dict)
    discharging: frozenset[str] = frozenset()
    running: frozenset[str] = frozenset()
    runtimes: Mapping[str, Interval] = field(default_factory=dict)
    litres: Mapping[str, Interval] = field(default_factory=dict)
