"""Verdicts as points: what each part keeps, by which loss, which services survive, what is in doubt. Pure.

A part is told of by its own device, else by a meter on it, else by the daemon; the label ``part`` names it.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from math import inf, nan
from typing import Final, NamedTuple, TypeAlias

from dcim.flow import Doubt, Finding, Interval
from dcim.graph import Topology
from dcim.model import Batch, Health, Lane, Layout, Meaning, Point, state_code
from dcim.model.point import canonical
from dcim.record import dataclass, field
from dcim.redundancy import columns
from dcim.redundancy.columns import CLOSE, CODES, GAP, Columns
from dcim.redundancy.rows import Points, Rows
from dcim.redundancy.verdict import Headroom, ServiceVerdict, Survival, Verdicts

RATIO: Final = "headroom_after_loss_ratio"
AMPERES: Final = "headroom_after_loss_amperes"
MOST: Final = "load_after_loss_ratio"
LEAST: Final = "load_after_loss_least_ratio"
BY: Final = "worst_loss_state"
SURVIVES: Final = "service_single_loss_state"
DOUBT: Final = "flow_check_state"
UNEXPLAINED: Final = "flow_unexplained_voltamperes"

_MAKER: Final = "losses"
_AGREES: Final = "agrees"
_NONE: Final = "none"
_SURVIVAL: Final = {
    Survival.SURVIVES: Health.OK,
    Survival.FALLS: Health.WARNING,
    Survival.UNKNOWN: Health.UNKNOWN,
}
_CODES: Final = {word: state_code(word) for word in _SURVIVAL}
_SURVIVALS: Final = {_CODES[word]: Meaning(word, health) for word, health in _SURVIVAL.items()}
_DOUBTS: Final = {
    state_code(word): Meaning(word, Health.OK if word == _AGREES else Health.WARNING)
    for word in (_AGREES, *Doubt)
}


_Words: TypeAlias = Mapping[float, Meaning]
_CODE: Final[columns.Place] = (CODES, 0)


@dataclass(slots=True, eq=False)
class _Told:
    """What is told of an asset, side by side; ``states``: of a state, what its codes mean."""

    points: list[Point] = field(default_factory=list)
    states: list[_Words | None] = field(default_factory=list)
    numbers: array[float] = field(default_factory=lambda: array("d"))
    places: list[columns.Place] = field(default_factory=list)

    def add(
        self, point: Point, number: float, words: _Words | None = None, place: columns.Place = _CODE
    ) -> None:
        """Tell one number more; ``place``: of which row and column it is."""
        self.points.append(point)
        self.states.append(words)
        self.numbers.append(number)
        self.places.append(place)


class _Rated(NamedTuple):
    """The points of one limit of a part, and of whom they are."""

    asset: str
    most: Point
    least: Point
    left: Point
    amperes: Point
    by: Point


def homes(topology: Topology, own: str) -> Callable[[str], str]:
    """Return what says which asset a part is told of by."""

    def home(part: str) -> str:
        node = topology.nodes.get(part)
        if node is not None and node.polled:
            return part
        return next(iter(topology.meters(part)), own)

    return home


class Publisher:
    """Makes batches of verdicts. ``home``: by which asset a part is told of; ``name``: how people call it.

    ``told``: the services that people are told of; without it all are. The others are links of a chain, and
    series of theirs would belong to nothing that is shown.
    """

    def __init__(
        self, home: Callable[[str], str], name: Callable[[str], str], told: Container[str] | None = None
    ) -> None:
        self._home = home
        self._name = name
        self._told = told
        self._rated: dict[tuple[str, str], _Rated] = {}
        self._words: dict[str, tuple[float, _Words]] = {}  # by the loss that is called the worst
        self._services: dict[str, Point] = {}
        self._layouts: dict[str, tuple[Layout, _Told]] = {}
        self._doubted: set[tuple[str, str]] = set()
        self._points_of_rows: Points | None = None
        self._over: set[columns.Limited] = set()
        """The limits beyond which a part surely would be, when that was last known."""
        self._columns: Columns | None = None
        """How the last look was told, where nothing was in doubt then or before."""

    def batches(self, verdicts: Verdicts) -> Iterator[Batch]:
        """Yield one batch for every asset of which there is something to tell."""
        rows = self._by_point(Rows.of(verdicts.headroom))
        before, doubts = self._columns, bool(verdicts.findings or self._doubted)
        if before is not None and not doubts and before.fits(rows, verdicts.services):
            return before.batches(rows, verdicts.at)
        if before is not None:
            self._over = before.over
        self._columns = None
        by_asset = self._told_of(rows, verdicts)
        found = [self._batch(asset, told, verdicts.at) for asset, told in by_asset.items()]
        if not doubts:
            self._columns = _columns(rows, verdicts.services, found, by_asset.values(), self._over)
        return iter(found)

    def _by_point(self, rows: Rows) -> Rows:
        """Return one row for each part and phase."""
        if self._points_of_rows is None or not rows.limits.is_of(self._points_of_rows.limits):
            self._points_of_rows = Points(rows.limits)
        return self._points_of_rows.of(rows)

    def _told_of(self, rows: Rows, verdicts: Verdicts) -> Mapping[str, _Told]:
        """Return what is to be told, by the asset of which it is told."""
        by_asset: defaultdict[str, _Told] = defaultdict(_Told)
        for row, one in enumerate(rows):
            points = self._points_of(one)
            self._keep(by_asset[points.asset], one, points, row)
        for name, verdict in verdicts.services.items():
            if self._told is not None and name not in self._told:
                continue
            point = self._services.get(name)
            if point is None:
                point = self._services[name] = Point(name, SURVIVES)
            by_asset[name].add(point, _CODES[verdict.survival], _SURVIVALS)
        self._find(by_asset, verdicts.findings)
        return by_asset

    def _keep(self, told: _Told, one: Headroom, points: _Rated, row: int) -> None:
        most = _most(one)
        left = 1.0 - most
        least = _finite(one.after.lo) if self._decided(one) and not _is_over(one) else nan
        told.add(points.most, most, place=(row, columns.MOST))
        told.add(points.least, least, place=(row, columns.LEAST))
        told.add(points.left, left, place=(row, columns.LEFT))
        if one.unit == "A":
            told.add(points.amperes, left * one.limit, place=(row, columns.AMPERES))
        told.add(points.by, *self._called(one.lost))

    def _decided(self, one: Headroom) -> bool:
        """Whether it is known on which side of its limits a part would be; else nothing is told that clears.

        One that surely would be above its warning is told of, also where it is open whether it would open:
        unless it surely would, when that was last known.
        """
        least, most = one.after
        key, trip = (one.part, one.phase), one.trip if one.trip is not None else one.warn
        if least > trip:
            self._over.add(key)
        elif most <= trip:
            self._over.discard(key)
        return (least > one.warn) == (most > one.warn) and (least > trip or key not in self._over)

    def _points_of(self, one: Headroom) -> _Rated:
        """Return the points of a limit, made when it is first told of."""
        points = self._rated.get((one.part, one.phase))
        if points is None:
            asset = self._home(one.part)
            labels = canonical({"part": one.part, "phase": one.phase or "all"})
            made = [Point(asset, metric, labels) for metric in (MOST, LEAST, RATIO, AMPERES, BY)]
            points = self._rated[one.part, one.phase] = _Rated(asset, *made)
        return points

    def _called(self, lost: str) -> tuple[float, _Words]:
        """Return the word for a loss as the code of a state, with its meaning."""
        found = self._words.get(lost)
        if found is None:
            word = self._name(lost) if lost else _NONE
            code = state_code(word)
            found = self._words[lost] = code, {code: Meaning(word)}
        return found

    def _find(self, by_asset: defaultdict[str, _Told], findings: Iterable[Finding]) -> None:
        """Tell what is in doubt; what once was is told on, as agreeing, so that an alert on it ends."""
        found = {(one.element, one.phase): one for one in findings}
        self._doubted |= found.keys()
        for part, phase in sorted(self._doubted):
            asset, one = self._home(part), found.get((part, phase))
            labels = canonical({"part": part, "phase": phase or "all"})
            told = by_asset[asset]
            told.add(Point(asset, DOUBT, labels), state_code(one.doubt if one else _AGREES), _DOUBTS)
            told.add(Point(asset, UNEXPLAINED, labels), _least(one.amount) if one else 0.0)

    def _batch(self, asset: str, told: _Told, at: float) -> Batch:
        layout, before = self._layouts.get(asset, (None, told))
        if layout is None or before.points != told.points or before.states != told.states:
            points, states = tuple(told.points), tuple(told.states)
            layout = Layout(asset, Lane.SLOW, points, states, (_MAKER,) * len(points), own=True)
            self._layouts[asset] = layout, told
        numbers = told.numbers
        gaps = {slot: GAP for slot, number in enumerate(numbers) if number != number}
        return Batch(layout, at, numbers, gaps)


def _columns(
    rows: Rows,
    services: Mapping[str, ServiceVerdict],
    batches: Iterable[Batch],
    told: Iterable[_Told],
    over: Collection[columns.Limited],
) -> Columns:
    """Return the columns of a look that was told like this: what is of no row is a code, and stays."""
    codes: list[float] = []
    assets = []
    for batch, one in zip(batches, told, strict=True):
        places = []
        for place, number in zip(one.places, one.numbers, strict=True):
            if place is _CODE:
                places.append((CODES, len(codes)))
                codes.append(number)
            else:
                places.append(place)
        assets.append((batch.layout, places))
    return Columns(rows, services, assets, codes, over)


def _is_over(one: Headroom) -> bool:
    """Whether a part is surely overloaded as it is: no loss is the reason, and other rules tell of it."""
    return one.now.lo >= min(1.0, one.trip if one.trip is not None else 1.0)


def _most(one: Headroom) -> float:
    """Return the share of a limit that is carried at most; NaN where that would be a bound and no load."""
    known = one.after.hi <= one.warn or one.after.hi - one.after.lo <= CLOSE
    return _finite(one.after.hi) if known else nan


def _finite(value: float) -> float:
    return value if abs(value) < inf else nan


def _least(amount: Interval) -> float:
    return max(0.0, amount.lo)
