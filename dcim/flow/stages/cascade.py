"""What trips after a change, until nothing trips any more. Pure.

The order: the largest overload relative to what makes it trip goes first; of equal ones (to nine decimals)
the one whose
name comes first. One goes at a time, and everything is computed anew before the next.

    exact     the first is known although its load is an interval: it is beyond, whatever is true, and no
    other may be
              further beyond. With exact readings this is all there is.
    group     several may be the first, but each of them goes and only takes load away: the order does not
    matter
    open      the order is not known. What trips in any order is a subset of what *may* be beyond when each of
    these
              may be open or closed; what is beyond although all others may be open or closed trips in every
              order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from dcim.flow.changed.spot import Known
from dcim.flow.changed.world import World
from dcim.flow.now.live import DEAD, LIVE, PERHAPS
from dcim.flow.stages.limits import DIGITS, RISEN, Strain, over, strain
from dcim.flow.values.interval import Interval
from dcim.flow.values.outcome import Level, Trip

_Strained: TypeAlias = dict[int, Strain]


def settle(world: World, changed: Iterable[int], steps: int = 0) -> list[Trip]:
    """Let everything trip that trips, in place; return it in order. ``steps``: how many tripped before."""
    trips: list[Trip] = []
    strained: _Strained = {}
    _look(world, changed, strained)
    while strained:
        first = _first(world, strained)
        if not first:
            trips += _open(world, strained)
            break
        steps += 1
        trips += [_trip(world, at, strained[at], surely=True, step=steps) for at in first]
        _look(world, world.cap(dict.fromkeys(first, DEAD)), strained)
    return trips


def _look(world: World, changed: Iterable[int], strained: _Strained) -> None:
    spots = world.base.spots
    for at in changed:
        found = strain(world, at) if spots[at].caps else None
        if found is not None:
            strained[at] = found
        elif at in strained:
            del strained[at]


def _trip(world: World, at: int, one: Strain, *, surely: bool, step: int) -> Trip:
    spot = world.base.spots[at]
    scale = world.scale.get(at, 1.0) * one.cap.trip
    told = over(spot, one.cap, scale, _interval(one), Level.TRIP, surely=surely)
    of_rating = Interval(*(round(share * one.cap.trip, DIGITS) for share in told.share))
    others = tuple([spot.element.lines[line] for line in one.same])
    return Trip(told.element, told.phase, surely, of_rating, step, told.unit, others)


# exact and group


def _first(world: World, strained: _Strained) -> list[int]:
    """Return what trips next: one, or several whose order does not matter; nothing where nobody knows."""
    names = world.base.names
    order = sorted(strained, key=lambda at: (-strained[at].low, names[at]))
    high, name = 0.0, ""
    rest: list[tuple[float, str]] = []  # the furthest that any of the later ones may be, from each place on
    for at in reversed(order):
        rest.append((high, name))
        one = strained[at].high
        if one > high or (one == high and names[at] < name):
            high, name = one, names[at]
    rest.reverse()
    for count, at in enumerate(order, 1):
        low = strained[at].low
        if low <= 1.0:
            return []
        other_high, other_name = rest[count - 1]
        if other_high < low or (other_high == low and names[at] < other_name):
            return order[:1] if count == 1 else _apart(world, order[:count])
    return []


def _apart(world: World, group: list[int]) -> list[int]:
    """Return a group if each of it only takes load away and none has to do with another; else nothing."""
    together = world.copy()
    for at in group:
        if not (_takes_away(world.copy(), at, group) and _takes_away(together, at, group)):
            return []
    return group


def _takes_away(trial: World, at: int, group: list[int]) -> bool:
    """Whether one that trips makes nothing carry more, and is nothing to others of its group."""
    before = {one: strain(trial, one) for one in group if one != at and trial.is_live(one) == LIVE}
    known = dict(trial.known)
    changed = trial.cap({at: DEAD})
    if any(_more(trial, one, known.get(one)) for one in changed):
        return False
    return all(strain(trial, one) == was for one, was in before.items())


def _more(world: World, at: int, before: Known | None) -> bool:
    """Whether a place carries more on any phase than it did."""
    spot, now = world.base.spots[at], world.known[at]
    for line, number in enumerate(spot.gives):
        earlier = world.base.high[number] if before is None else before.gives[line][0][1]
        if now.gives[line][0][1] > earlier + RISEN:
            return True
    return False


# open


def _open(world: World, strained: _Strained) -> list[Trip]:
    """Bound what trips in any order: leave what surely trips dead, and what may trip in doubt."""
    reasons = dict(strained)
    known = dict(strained)
    while fresh := [at for at in known if world.caps.get(at) != PERHAPS]:
        _look(world, world.cap(dict.fromkeys(fresh, PERHAPS)), known)
        reasons.update(
            (at, one) for at, one in known.items() if at not in reasons or one.high > reasons[at].high
        )
    doubtful = sorted(reasons, key=lambda at: world.base.names[at])
    surely = [at for at in doubtful if _surely(world, at)]
    world.cap(dict.fromkeys(surely, DEAD))
    return [_trip(world, at, reasons[at], surely=at in surely, step=0) for at in doubtful]


def _surely(world: World, at: int) -> bool:
    """Whether a place is beyond its limit whatever the others do, as long as it is closed."""
    world.cap({at: PERHAPS if world.base.spots[at].own == PERHAPS else LIVE})
    one = strain(world, at)
    sure = one is not None and one.low > 1.0
    world.cap({at: PERHAPS})
    return sure


def _interval(one: Strain) -> Interval:
    return Interval(one.low, one.high)
