"""The network by phase: every phase of every element is a cell, joined by arcs. Pure.

    T   what an element gives on a phase           T = arcs of what it feeds + own
    D   what it takes                              D = gain T + idle; a UPS takes its total from all phases
    alike
    F   what comes through one of its feeds        D = F + F + ...
    A   what that puts on one phase of the source  F = A, or A + A + A where nobody knows the phase

All of them are unknown numbers of ``Equations``; those that are the same are one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar, cast

from dcim.flow.now.equations import Equations
from dcim.flow.now.plan import Cords, cords_of
from dcim.flow.values.interval import ANY, NOTHING, UNKNOWN, WHOLE, Interval, exactly
from dcim.flow.values.model import Element, Feed, Network, Rule
from dcim.record import dataclass, field

_T = TypeVar("_T")


@dataclass(slots=True)
class Arc:
    """What one draw puts on one phase of a source. ``split``: which part of what comes through that feed."""

    number: int  # of the unknown A
    source: int
    line: int
    split: Interval


@dataclass(slots=True)
class Intake:
    """One feed of one draw: the unknown F, and where it comes from."""

    number: int
    feed: int
    source: int
    arcs: list[Arc]


@dataclass(slots=True)
class Draw:
    """What an element takes for one of its phases (``line``), or for all of them (-1)."""

    number: int
    line: int
    gain: Interval
    idle: Interval
    explained: tuple[int, ...] = ()  # gain x what it gives + idle, where that is a number of its own
    said: int = -1  # the statement that says so
    intakes: list[Intake] = field(default_factory=list)


@dataclass(slots=True)
class Place:
    """An element with its numbers: T by phase, their total, what it takes itself, its draws."""

    element: Element
    gives: list[int]
    total: int
    own: list[int]
    draws: list[Draw] = field(default_factory=list)
    through: list[int] = field(default_factory=list)  # what comes through each feed, all phases together
    takes: int = -1  # all that it draws
    lost: list[int] = field(default_factory=list)  # what it draws beyond gain and idle, by draw
    below: list[tuple[int, int]] = field(default_factory=list)  # children: place, feed


class ArcIn(NamedTuple):
    """An arc with the phase that it is put on: the number of what is given there."""

    number: int
    source: int
    gives: int
    low: float
    high: float


class Comes(NamedTuple):
    """One feed of one draw; ``whole``: all of it comes from one phase."""

    number: int
    arcs: tuple[ArcIn, ...]
    whole: bool


class Takes(NamedTuple):
    """A draw by its numbers; ``passes``: it takes what is given, and nothing beside."""

    draw: Draw
    feeds: tuple[Comes, ...]
    passes: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What of a place is the same however power flows: its draws and cords, the places above and below it.

    ``ends``: it is a load, or feeds nothing; ``simple``: its feeds carry as they are live.
    """

    takes: tuple[Takes, ...]
    cords: Cords
    parents: tuple[int, ...]
    children: tuple[int, ...]
    ends: bool
    simple: bool


class Cells:
    """Places in the order of supply, and the equations between their numbers."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.equations = Equations()
        self.names = network.order
        self.index: Mapping[str, int] = {name: at for at, name in enumerate(self.names)}
        self.places = [self._place(network.elements[name]) for name in self.names]
        self.shared: list[tuple[int, int, int]] = []  # statement of a share, place, feed
        self._puts: dict[int, list[int]] = {}
        for at in range(len(self.places)):
            self._join(at)
        for place in self.places:
            for number, own in zip(place.gives, place.own, strict=True):
                self.equations.sum(number, [*self._puts.get(number, ()), own])
            if len(place.gives) > 1 or any(len(self.places[child].draws) > 1 for child, _ in place.below):
                below = [self.places[child].through[feed] for child, feed in place.below]
                self.equations.sum(place.total, [*below, *place.own])

        self._made: dict[Callable[[Cells], object], object] = {}
        self.frames = [self._frame(place) for place in self.places]

    def _frame(self, place: Place) -> Frame:
        element = place.element
        return Frame(
            takes=tuple(Takes(draw, self._comes(draw), _passes(draw)) for draw in place.draws),
            cords=cords_of(element),
            parents=tuple(self.index[feed.source] for feed in element.feeds),
            children=tuple(dict.fromkeys(child for child, _ in place.below)),
            ends=element.is_load or not place.below,
            simple=len(element.feeds) <= 1 or element.rule is Rule.SHARE,
        )

    def _comes(self, draw: Draw) -> tuple[Comes, ...]:
        return tuple(
            Comes(
                intake.number,
                tuple(
                    ArcIn(
                        arc.number,
                        arc.source,
                        self.places[arc.source].gives[arc.line],
                        arc.split.lo,
                        arc.split.hi,
                    )
                    for arc in intake.arcs
                ),
                len(intake.arcs) == 1 and intake.arcs[0].split == WHOLE,
            )
            for intake in draw.intakes
        )

    def once(self, make: Callable[[Cells], _T]) -> _T:
        """Return what ``make`` works out of this network: the first time it is asked for, and kept."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("_T", self._made[make])

    def puts(self, number: int) -> Sequence[int]:
        """Return the arcs that put something on a phase that is given."""
        return self._puts.get(number, ())

    def _place(self, element: Element) -> Place:
        new = self.equations.unknown
        gives = [new() for _ in element.lines]
        total = gives[0]
        if len(gives) > 1:
            total = new()
            self.equations.sum(total, gives)
        return Place(element, gives, total, [new() for _ in gives])

    def _join(self, at: int) -> None:
        place = self.places[at]
        element = place.element
        if not element.feeds:
            return
        lines = len(place.gives)
        if element.balances and lines > 1:
            place.draws.append(self._draw(place, -1, place.total, element.idle))
        else:
            share = Interval(element.idle.lo / lines, element.idle.hi / lines)
            for line, number in enumerate(place.gives):
                place.draws.append(self._draw(place, line, number, share))
        for draw in place.draws:
            draw.intakes = [self._intake(at, draw, number) for number in range(len(element.feeds))]
            if len(draw.intakes) > 1:
                self.equations.sum(draw.number, [one.number for one in draw.intakes], rises=False)
        self._totals(place)
        for number, feed in enumerate(element.feeds):
            self.places[self.index[feed.source]].below.append((at, number))

    def _totals(self, place: Place) -> None:
        """Join what all phases take, and what comes through each feed: known also where the phase is not."""
        numbers = [draw.number for draw in place.draws]
        place.takes = place.total if numbers == place.gives else self._together(numbers, rises=True)
        place.through = [place.takes]
        if len(place.element.feeds) > 1:
            feeds = range(len(place.element.feeds))
            place.through = [
                self._together([draw.intakes[feed].number for draw in place.draws], rises=True)
                for feed in feeds
            ]
            self.equations.sum(place.takes, place.through, rises=False)

    def _together(self, numbers: Sequence[int], *, rises: bool) -> int:
        if len(numbers) == 1:
            return numbers[0]
        whole = self.equations.unknown()
        self.equations.sum(whole, numbers, rises=rises)
        return whole

    def _draw(self, place: Place, line: int, of: int, idle: Interval) -> Draw:
        gain = place.element.gain
        if gain == WHOLE and idle == NOTHING and place.element.battery is None:
            return Draw(of, line, gain, idle)
        number, explained = self.equations.unknown(), self.equations.unknown()
        place.lost.append(self.equations.unknown())
        said = self.equations.multiple(explained, of, gain, idle)
        self.equations.sum(number, [explained, place.lost[-1]])
        return Draw(number, line, gain, idle, (explained,), said)

    def _intake(self, at: int, draw: Draw, number: int) -> Intake:
        element = self.places[at].element
        feed = element.feeds[number]
        came = draw.number
        if len(element.feeds) > 1:
            came = self.equations.unknown()
            said = self.equations.multiple(came, draw.number, _share(element, feed))
            self.shared.append((said, at, number))
        source = self.index[feed.source]
        lines = self._lines(element, draw.line, feed, self.places[source].element)
        arcs = []
        for line in lines:
            put, split = came, WHOLE
            if len(lines) > 1:
                put = self.equations.unknown()
                split = exactly(1.0 / len(lines)) if draw.line < 0 else ANY
                self.equations.multiple(put, came, split)
            arcs.append(Arc(put, source, line, split))
            self._puts.setdefault(self.places[source].gives[line], []).append(put)
        if len(lines) > 1 and draw.line >= 0:
            self.equations.sum(came, [arc.number for arc in arcs], rises=False)
        return Intake(came, number, source, arcs)

    @staticmethod
    def _lines(element: Element, line: int, feed: Feed, source: Element) -> list[int]:
        """Return the phases of the source that a draw hangs on, or may hang on."""
        there = source.lines
        if line < 0:
            named = feed.phases or element.lines
            return [there.index(name) for name in named if name in there] or list(range(len(there)))
        name = feed.phases[line] if line < len(feed.phases) else element.lines[line]
        return [there.index(name)] if name in there else list(range(len(there)))


def _passes(draw: Draw) -> bool:
    return draw.gain == WHOLE and draw.idle == NOTHING


def _share(element: Element, feed: Feed) -> Interval:
    return ANY if element.rule is Rule.SELECT else feed.share


def demand_of(element: Element) -> Interval:
    """Return what a load takes itself; what feeds nothing takes what nobody has said."""
    return element.demand if element.demand is not None else UNKNOWN
