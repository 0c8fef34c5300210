"""By how much places carry more or less after a loss, as sums of what flowed before. Pure.

A rack that loses feed A puts on feed B what came through A. Who adds up intervals only, adds up the worst of
every rack; as a sum of flows it can be held against what the lost floor PDU was measured to give
(``holding.py``).

    strip A dead  ->  rack: + A on B  ->  strip B: + A  ->  floor PDU B: + A1 + A2 + A3 ...  <=  what PDU A
    gave
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from math import inf
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeAlias, TypeVar

from dcim.flow.changed.holding import REST, Form
from dcim.flow.changed.lives import Lives, divided
from dcim.flow.changed.spot import DrawOf, Spot
from dcim.flow.now.cells import Intake, Place
from dcim.flow.now.live import DEAD
from dcim.flow.now.plan import Carried

if TYPE_CHECKING:
    from dcim.flow.changed.base import Base

_NONE: Final[Form] = {}
_NAUGHT: Final = (0.0, 0.0)
_ALL: Final = (1.0, 1.0)
_GONE: Final = (-1.0, -1.0)
_Cord: TypeAlias = tuple[int, int]
"""A child and the number of its feed."""
_Key = TypeVar("_Key", int, _Cord)


class _Forms(Generic[_Key]):
    """What comes together in one number, by where from, and its sum: made once as long as nothing is new."""

    __slots__ = ("_of", "_sum")

    def __init__(self, of: Mapping[_Key, Form] = MappingProxyType({})) -> None:
        self._of: dict[_Key, Form] = dict(of)
        self._sum: Form | None = None

    def copy(self) -> _Forms[_Key]:
        """Return the same on its own."""
        return _Forms(self._of)

    def put(self, key: _Key, form: Form) -> bool:
        """Keep a form; return whether it is another one."""
        if self._of.get(key, _NONE) == form:
            return False
        self._of[key] = form
        self._sum = None
        return True

    def sum(self) -> Form:
        """Return the sum of all of them."""
        if self._sum is None:
            self._sum = _sum(self._of.values())
        return self._sum


class Moves:
    """What has changed. ``found``: by number, how much more it is than before if the place is live."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._waiting: set[int] = set()
        self._on = False
        self._lines: dict[int, _Forms[int]] = {}  # by phase that is given, by arc
        self._totals: dict[int, _Forms[_Cord]] = {}  # by place
        self._new: set[int] = set()  # numbers of which the forms are new
        self.found: dict[int, tuple[float, float]] = {}

    def copy(self) -> Moves:
        """Return the same on its own."""
        other = Moves(self._base)
        other._waiting, other._on = set(self._waiting), self._on
        other._lines = {number: forms.copy() for number, forms in self._lines.items()}
        other._totals = {at: forms.copy() for at, forms in self._totals.items()}
        other.found, other._new = dict(self.found), set(self._new)
        return other

    def renew(self, lives: Lives, changed: Iterable[int]) -> set[int]:
        """Follow what these places change upwards; return the places whose bounds are other ones now.

        Nothing is followed while intervals alone say as much.
        """
        self._waiting |= set(changed)
        if not self._on and self._base.loose.isdisjoint(self._waiting):
            return set()
        self._on = True
        waiting = [-at for at in self._waiting]
        self._waiting = set()
        heapify(waiting)
        seen: set[int] = set()
        moved: set[int] = set()
        while waiting:
            at = -heappop(waiting)
            if at in seen:
                continue
            seen.add(at)
            spot = self._base.spots[at]
            if self._bound(spot):
                moved.add(at)
            for parent in self._puts(lives, spot):
                if parent not in seen:
                    heappush(waiting, -parent)
        return moved

    # what is known of a place

    def _bound(self, spot: Spot) -> bool:
        """Bound by how much each phase of a place and all together are more; return whether that is new."""
        numbers = (*spot.gives, spot.total)
        before = [self.found.get(number) for number in numbers]
        for number in numbers:
            if number in self._new:
                self._new.discard(number)
                self.found[number] = self._bounds(spot, number)
        return before != [self.found.get(number) for number in numbers]

    def _bounds(self, spot: Spot, number: int) -> tuple[float, float]:
        """Return by how much a number is more; where the only phase is also the total, by both."""
        found = (-inf, inf)
        bounds = self._base.holding.bounds
        if number in self._lines:
            found = bounds(self._lines[number].sum())
        if number == spot.total and spot.at in self._totals:
            total = bounds(self._totals[spot.at].sum())
            found = max(found[0], total[0]), min(found[1], total[1])
        return found

    # what it puts on its sources

    def _puts(self, lives: Lives, spot: Spot) -> Iterator[int]:
        """Renew what a place puts on its sources; yield those for which that is something else."""
        place = self._base.estimate.cells.places[spot.at]
        stand = lives.stand(spot)
        carried = divided(spot, stand) if stand.state != DEAD else None
        flows = list(self._flows(spot, place, wakes=stand.wakes))
        for feed, source in enumerate(spot.parents):
            plan = carried[feed] if carried is not None else None
            forms = [_come(plan, feed, flow) for flow in flows]
            changed = _of(self._totals, source).put((spot.at, feed), forms[-1])
            if changed:
                self._new.add(self._base.spots[source].total)
            for draw, form in zip(place.draws, forms, strict=False):
                changed = self._spread(draw.intakes[feed], form) or changed
            if changed:
                yield source

    def _flows(self, spot: Spot, place: Place, *, wakes: bool) -> Iterator[_Flow]:
        """Yield what each draw of a place takes, and at last what all of them take together."""
        total = self._totals[spot.at].sum() if spot.at in self._totals else _NONE
        for draw, cell in zip(spot.draws, place.draws, strict=True):
            number, more = spot.total, total
            if draw.line >= 0:
                number = spot.gives[draw.line]
                more = self._lines[number].sum() if number in self._lines else _NONE
            numbers = [intake.number for intake in cell.intakes]
            if wakes:
                more = self._woken(spot, number)
            yield _flow(number, more, numbers, [draw])
        if spot.draws:
            yield _flow(
                spot.total, self._woken(spot, spot.total) if wakes else total, place.through, spot.draws
            )

    def _woken(self, spot: Spot, number: int) -> Form:
        """Return by how much a load may take more that perhaps was dark before."""
        return _sum([{REST: (-self._base.high[number], spot.rated_demand)}])

    def _spread(self, intake: Intake, form: Form) -> bool:
        """Put what one feed of a draw carries more on the phases of its source; return whether it is new."""
        changed = False
        own = form.get(intake.number)
        for arc in intake.arcs:
            number = self._base.estimate.cells.places[arc.source].gives[arc.line]
            if len(intake.arcs) == 1:
                put = form
            elif arc.split.lo == arc.split.hi:
                put = _scaled(form, (arc.split.lo, arc.split.hi))
            else:  # nobody knows which part of it is here, but it is the same part as before
                put = _scaled({one: k for one, k in form.items() if one != intake.number}, (0.0, 1.0))
                if own is not None:
                    put[arc.number] = own
            if _of(self._lines, number).put(arc.number, put):
                self._new.add(number)
                changed = True
        return changed


class _Flow(NamedTuple):
    """What ``draws`` take that follow one number of what is given, and by how much that is more.

    ``numbers`` of what comes through each feed.
    """

    number: int
    more: Form
    numbers: Sequence[int]
    draws: Sequence[DrawOf]

    def all(self) -> Form:
        """Return all that is taken."""
        gain = self.draws[0].k_low, self.draws[0].k_high
        beyond = sum(draw.c_low for draw in self.draws), sum(draw.c_high for draw in self.draws)
        return _sum([{self.number: gain, REST: beyond}, self.more])


def _flow(number: int, more: Form, numbers: Sequence[int], draws: Sequence[DrawOf]) -> _Flow:
    """Return what draws take together that follow one number of what is given."""
    return _Flow(number, _scaled(more, (draws[0].k_low, draws[0].k_high)), numbers, draws)


def _come(plan: Carried | None, feed: int, flow: _Flow) -> Form:
    """Return by how much more comes through one feed."""
    own = flow.numbers[feed]
    if plan is None or (plan.follows[1] == 0.0 and not plan.weights):
        return {own: _GONE}
    if plan.fresh:
        return _sum([_scaled(flow.all(), plan.follows), {own: _GONE}])
    if plan.follows == _ALL and plan.weights == ((feed, 1.0, 1.0),) and own not in flow.more:
        return flow.more  # what came still comes
    weights = {flow.numbers[one]: (low, high) for one, low, high in plan.weights}
    return _sum([weights, {own: _GONE}, _scaled(flow.more, plan.follows)])


def _of(all_forms: dict[int, _Forms[_Key]], at: int) -> _Forms[_Key]:
    """Return the forms of a number or a place, none at first."""
    found = all_forms.get(at)
    if found is None:
        found = all_forms[at] = _Forms()
    return found


def _sum(forms: Iterable[Form]) -> Form:
    found: Form = {}
    for form in forms:
        if not found:
            found.update(form)
            continue
        for number, (low, high) in form.items():
            before = found.get(number)
            found[number] = (low, high) if before is None else (before[0] + low, before[1] + high)
    if _NAUGHT in found.values():
        return {number: k for number, k in found.items() if k != _NAUGHT}
    return found


def _scaled(form: Form, by: tuple[float, float]) -> Form:
    """Return a sum times something that is not negative."""
    low, high = by
    if by == _ALL or not form:
        return form
    if high == 0.0:
        return {}
    return {
        number: (k[0] * (low if k[0] > 0.0 else high), k[1] * (high if k[1] > 0.0 else low))
        for number, k in form.items()
    }
