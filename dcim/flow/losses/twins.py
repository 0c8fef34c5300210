"""The loss of many strips at once, by arrays: of those whose loads all have one other cord. Pure.

    load R on the strips S and T, S lost     R takes what it took, T gives more by what S gave it
    T has room for that, and all above it    it goes no further up

It says what following each of them says (``World.climb``); those that go further up are none of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from dcim.flow.changed.carry import SAME
from dcim.flow.changed.lives import standing
from dcim.flow.changed.spot import Change, Known, Put, Span, Spot
from dcim.flow.changed.world import Climbed, remember
from dcim.flow.now.cells import Cells
from dcim.flow.now.live import DEAD, LIVE, is_engine
from dcim.flow.values.interval import NOTHING, WHOLE
from dcim.flow.values.model import Rule
from dcim.late import np

if TYPE_CHECKING:
    import numpy.typing as npt

    from dcim.flow.changed.base import Base

    _Floats: TypeAlias = npt.NDArray[np.float64]
    _Numbers: TypeAlias = npt.NDArray[np.int64]
    _Rows: TypeAlias = list[tuple[int, int, int, int, int]]


class Lone(NamedTuple):
    """The loss of a place alone: it and what it feeds (``changed``), how all stand that were renewed.

    ``most``: how many VA look for another way at most.
    """

    changed: frozenset[int]
    known: dict[int, Known]
    climbed: Climbed
    most: float


class _Load(NamedTuple):
    """A load of a strip that is lost, by which of its feeds, and its rows."""

    number: int
    at: int
    feed: int
    rows: slice


class _Other(NamedTuple):
    """The other strip of some of the loads of one that is lost, and its slots."""

    number: int
    at: int
    slots: slice


class _Loss(NamedTuple):
    """A strip that may be lost so, its loads, and their other strips."""

    at: int
    loads: Sequence[_Load]
    others: Sequence[_Other]


class _Taken(NamedTuple):
    """By row what a load gives, and puts on the strip that is lost and on the other; by load that in all."""

    gives: Sequence[tuple[Span, Span]]
    gone: Sequence[Put]
    left: Sequence[Put]
    totals: Sequence[Span]


class _Given(NamedTuple):
    """By slot what is put on another strip, what that gives and puts; by strip that in all, and its rise."""

    changes: Sequence[Change | None]
    gives: Sequence[tuple[Span, Span]]
    puts: Sequence[Put]
    totals: Sequence[Span]
    rises: Sequence[float]


class _Arcs:
    """Numbers that are put on a phase each, and the numbers of what is given there."""

    def __init__(self, cells: Cells, numbers: _Numbers) -> None:
        self._numbers: list[int] = numbers.tolist()
        on = cells.once(_given_on)
        self._on = [on[number] for number in self._numbers]
        self._places = numbers

    def puts(self, low: _Floats, high: _Floats, changes: Sequence[Change]) -> Sequence[Put]:
        """Return what is put there with these changes."""
        nothing = [0.0] * len(self._on)
        least, most = low[self._places].tolist(), high[self._places].tolist()
        same = zip(nothing, nothing, least, most, strict=True)
        return list(zip(self._numbers, self._on, changes, same, strict=True))


def _given_on(cells: Cells) -> dict[int, int]:
    """Return on which number that is given each arc is put."""
    return {
        arc.number: cells.places[arc.source].gives[arc.line]
        for place in cells.places
        for draw in place.draws
        for intake in draw.intakes
        for arc in intake.arcs
    }


class Twins:
    """The strips of a network that may be lost so, however power flows. Made once for it.

    A row is one phase of a load of one that is lost, a slot one phase of another strip of its loads.
    """

    def __init__(self, cells: Cells) -> None:
        self._losses: list[_Loss] = []
        self._loads: list[_Load] = []
        self._others: list[_Other] = []
        slots: list[int] = []
        rows: _Rows = []
        for at, frame in enumerate(cells.frames):
            if frame.children and all(_has_twin(cells, at, child) for child in frame.children):
                self._add(cells, at, rows, slots)
        table = np.array(rows, dtype=np.int64).reshape(-1, 5)
        self._loss_of, self._takes, self._gone, self._left, self._slot_of = table.T
        self._gone_on, self._left_on = _Arcs(cells, self._gone), _Arcs(cells, self._left)
        self._slots = np.array(slots, dtype=np.int64)
        ups = [draw.intakes[0].number for one in self._others for draw in cells.places[one.at].draws]
        self._slots_on = _Arcs(cells, np.array(ups, dtype=np.int64))
        self._load_totals = np.array([cells.places[one.at].total for one in self._loads], dtype=np.int64)
        self._other_totals = np.array([cells.places[one.at].total for one in self._others], dtype=np.int64)

    def _add(self, cells: Cells, at: int, rows: _Rows, slots: list[int]) -> None:
        """Add the loss of a strip all of whose loads have a twin of it."""
        loads: list[_Load] = []
        others: dict[int, _Other] = {}
        for child in sorted(cells.frames[at].children, reverse=True):
            place, parents = cells.places[child], cells.frames[child].parents
            feed = parents.index(at)
            twin, first = parents[1 - feed], len(rows)
            if twin not in others:
                number, begin = len(self._others) + len(others), len(slots)
                slots += cells.places[twin].gives
                others[twin] = _Other(number, twin, slice(begin, len(slots)))
            for draw in place.draws:
                gone, left = draw.intakes[feed], draw.intakes[1 - feed]
                slot = others[twin].slots.start + left.arcs[0].line
                rows.append((len(self._losses), draw.number, gone.number, left.number, slot))
            loads.append(_Load(len(self._loads) + len(loads), child, feed, slice(first, len(rows))))
        self._loads += loads
        self._others += others.values()
        self._losses.append(_Loss(at, loads, tuple(others.values())))

    def all(self, base: Base) -> dict[int, Lone]:
        """Return what can be told so, by the strip that is lost, of a network as it stands."""
        if not self._losses:
            return {}
        low, high = np.array(base.low), np.array(base.high)
        taken, given = self._moved(base, low, high)
        moved = _added(high[self._gone], self._loss_of, len(self._losses))
        found = {}
        for loss, most in zip(self._losses, (moved * base.steepest).tolist(), strict=True):
            if _stops(base.spots, loss, most) and all(any(given.changes[one.slots]) for one in loss.others):
                known = {one.at: _load(base.spots[one.at], one, taken) for one in loss.loads}
                known.update({one.at: _other(base.spots[one.at], one, given) for one in loss.others})
                changed = frozenset([loss.at, *(one.at for one in loss.loads)])
                climbed = Climbed(list(known), [one.at for one in loss.others], (loss.at,))
                found[loss.at] = Lone(changed, known, climbed, most)
        return found

    def _moved(self, base: Base, low: _Floats, high: _Floats) -> tuple[_Taken, _Given]:
        """Return how all loads and all other strips stand, each with its own strip lost (``carry``)."""
        takes_low, takes_high = low[self._takes], high[self._takes]
        gone_low, gone_high = low[self._gone], high[self._gone]
        was_low, was_high = low[self._left], high[self._left]
        now_high = np.maximum(0.0, np.minimum(takes_high, was_high + gone_high))
        now_low = np.minimum(np.maximum(was_low + gone_low, takes_low), now_high)
        more_high = np.minimum(gone_high, now_high - was_low)
        more_low = np.minimum(np.maximum(gone_low, now_low - was_high), more_high)
        starts = [one.rows.start for one in self._loads]
        total = _sums(takes_low, starts), _sums(takes_high, starts)
        nothing = np.zeros(len(gone_low))
        taken = _Taken(
            [(span, SAME) for span in _spans(takes_low, takes_high)],
            self._gone_on.puts(low, high, _changes(-gone_high, -gone_low, nothing, nothing)),
            self._left_on.puts(low, high, _changes(more_low, more_high, now_low, now_high)),
            _within(*total, low[self._load_totals], high[self._load_totals]),
        )
        change = more_low, more_high, now_low - was_low, now_high - was_high
        return taken, self._given(base, low, high, change)

    def _given(self, base: Base, low: _Floats, high: _Floats, change: tuple[_Floats, ...]) -> _Given:
        """Return how the other strips stand with that put on them (``World._give``)."""
        count, moved = len(self._slots), np.any(np.array(change) != 0.0, axis=0)
        put_low, put_high, least, most = [_added(one, self._slot_of, count) for one in change]
        same = _added(moved.astype(np.float64), self._slot_of, count) == 0.0
        was_low, was_high = low[self._slots], high[self._slots]
        sums = np.array([base.sums[one] for one in self._slots.tolist()])
        now_high = np.maximum(0.0, np.minimum(was_high + put_high, sums[:, 1] + most))
        now_low = np.maximum(np.maximum(0.0, was_low + put_low), sums[:, 0] + least)
        now_low = np.minimum(now_low, now_high)
        more_high = np.minimum(put_high, now_high - was_low)
        more_low = np.minimum(np.maximum(put_low, now_low - was_high), more_high)
        now_low[same], now_high[same] = was_low[same], was_high[same]
        more_low[same] = more_high[same] = 0.0
        starts = [one.slots.start for one in self._others]
        changes = _changes(put_low, put_high, least, most)
        before_low = low[self._other_totals] + _sums(more_low, starts)
        before_high = high[self._other_totals] + _sums(more_high, starts)
        return _Given(
            [None if none else one for one, none in zip(changes, same.tolist(), strict=True)],
            list(zip(_spans(now_low, now_high), _spans(more_low, more_high), strict=True)),
            self._slots_on.puts(low, high, _changes(more_low, more_high, now_low, now_high)),
            _within(_sums(now_low, starts), _sums(now_high, starts), before_low, before_high),
            _sums(np.maximum(more_high, 0.0), starts).tolist(),
        )


def twins_of(cells: Cells) -> Twins:
    """Return those of a network, made with its first sweep."""
    return cells.once(Twins)


# which they are


def _has_twin(cells: Cells, at: int, load: int) -> bool:
    """Whether what hangs on a strip is a load on two cords, one of them on another strip that only passes."""
    place, frame = cells.places[load], cells.frames[load]
    if place.below or len(set(frame.parents)) != 2 or len(frame.parents) != 2:
        return False
    if place.element.rule is not Rule.SHARE or len(set(frame.cords.sides)) == 1:
        return False
    if not _passes(cells, load) or is_engine(cells.places[at].element):
        return False
    other = frame.parents[1 - frame.parents.index(at)]
    return len(cells.frames[other].parents) == 1 and not cells.frames[other].ends and _passes(cells, other)


def _passes(cells: Cells, at: int) -> bool:
    """Whether a place takes on each phase what it gives there, each from one phase of a source."""
    place = cells.places[at]
    if place.element.battery is not None or is_engine(place.element):
        return False
    return all(
        draw.line >= 0
        and draw.gain == WHOLE
        and draw.idle == NOTHING
        and all(len(intake.arcs) == 1 and intake.arcs[0].split == WHOLE for intake in draw.intakes)
        for draw in place.draws
    )


def _stops(spots: Sequence[Spot], loss: _Loss, most: float) -> bool:
    """Whether all is live and known to be, and ``most`` VA more do not matter above the other strips."""
    return (
        spots[loss.at].live == LIVE
        and all(spots[one.at].sure for one in loss.loads)
        and all(spots[one.at].sure and most <= spots[one.at].margin for one in loss.others)
    )


# how they stand


def _load(spot: Spot, one: _Load, taken: _Taken) -> Known:
    """Return how a load stands that lost a cord."""
    gone, left = taken.gone[one.rows], taken.left[one.rows]
    puts, now = ((gone, left), (DEAD, LIVE)) if one.feed == 0 else ((left, gone), (LIVE, DEAD))
    gives = tuple(taken.gives[one.rows])
    known = Known(LIVE, gives, taken.totals[one.number], tuple(zip(spot.parents, puts, strict=True)), 0.0)
    remember(spot, known, standing(now), (None,) * len(gives))
    return known


def _other(spot: Spot, one: _Other, given: _Given) -> Known:
    """Return how a strip stands that took over the loads of another one."""
    slots, puts = one.slots, given.puts[one.slots]
    gives, puts_on = tuple(given.gives[slots]), ((spot.parents[0], puts),)
    known = Known(LIVE, gives, given.totals[one.number], puts_on, given.rises[one.number])
    remember(spot, known, standing((LIVE,)), tuple(given.changes[slots]))
    return known


# arrays


def _sums(values: _Floats, starts: Sequence[int]) -> _Floats:
    """Return the sums of groups of values that begin there."""
    return np.add.reduceat(values, starts)


def _added(values: _Floats, to: _Numbers, count: int) -> _Floats:
    """Return what values add up to, each added to one of so many."""
    return np.bincount(to, weights=values, minlength=count).astype(np.float64)


def _spans(low: _Floats, high: _Floats) -> list[Span]:
    return list(zip(low.tolist(), high.tolist(), strict=True))


def _changes(low: _Floats, high: _Floats, least: _Floats, most: _Floats) -> list[Change]:
    return list(zip(low.tolist(), high.tolist(), least.tolist(), most.tolist(), strict=True))


def _within(low: _Floats, high: _Floats, least: _Floats, most: _Floats) -> Sequence[Span]:
    """Return sums of what is given by phase, within what is known of the whole (``World._total``)."""
    high = np.maximum(0.0, np.minimum(high, most))
    return _spans(np.minimum(np.maximum(low, least), high), high)
