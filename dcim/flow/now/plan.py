"""How an element divides what it takes among its feeds, before and after some of them are lost. Pure.

    F'(j) = sum over i of  weight(i, j) x F(i)   +   follows(j) x (D' - D)

``F`` is what came through each feed, ``D`` all that is taken. Weights are intervals where nobody knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from dcim.flow.now.live import DEAD, LIVE, Live
from dcim.flow.values.interval import ANY, Interval
from dcim.flow.values.model import Element, Rule
from dcim.record import dataclass, replace

Weight = tuple[int, float, float]
"""From which feed, how much of it at least and at most."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What one feed carries: ``weights`` of what all carried, ``follows`` of what is taken more than before.

    ``sole``: it carries all that is taken. ``fresh``: none carried anything before, or perhaps not, so it
    follows all that is taken.
    """

    weights: tuple[Weight, ...]
    follows: tuple[float, float]
    sole: bool
    fresh: bool
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Cords:
    """What of an element decides how it divides: its rule, the side and the share of each feed."""

    rule: Rule
    sides: tuple[str, ...]
    shares: tuple[Interval, ...]


def cords_of(element: Element) -> Cords:
    """Return the cords of an element; one without a side is a side of its own."""
    sides = tuple(feed.side or f"#{number}" for number, feed in enumerate(element.feeds))
    return Cords(element.rule, sides, tuple(feed.share for feed in element.feeds))


@lru_cache(maxsize=4096)
def divide(
    cords: Cords,
    before: tuple[Live, ...],
    now: tuple[Live, ...],
    *,
    steady: bool = False,
    feeds: tuple[Live, ...] = (),
) -> tuple[Carried, ...]:
    """Return what each feed carries when those that carried ``before`` are as ``now``.

    ``steady``: those of which nobody knows are as they were before. ``feeds``: how live the sources are of a
    switch of which nobody knows on which it stood, and which is there still while that is live.
    """
    count = len(now)
    carried = [at for at in range(count) if before[at] != DEAD]
    if steady and before == now:
        return tuple(_unchanged(cords, at, now) for at in range(count))
    if count == 1:
        return (_single(bool(carried), now[0]),)
    match cords.rule:
        case Rule.SELECT if feeds:
            return tuple(_stayed(carried, at, feeds) for at in range(count))
        case Rule.SELECT:
            return tuple(_selected(carried, at, now[at], now) for at in range(count))
        case Rule.ALL:
            return tuple(_apart(carried, at, now[at]) for at in range(count))
        case Rule.SHARE:
            if any(was == DEAD and is_ != DEAD for was, is_ in zip(before, now, strict=True)) and carried:
                return returned(before, now)
            return tuple(_shared(cords, carried, at, now, steady=steady) for at in range(count))


def _unchanged(cords: Cords, at: int, now: Sequence[Live]) -> Carried:
    """A feed that carries what it did, and something of what is taken more."""
    if now[at] == DEAD:
        return Carried((), (0.0, 0.0), sole=False, fresh=False)
    return Carried(((at, 1.0, 1.0),), (0.0, 1.0), sole=False, fresh=False)


def perhaps(carried: Carried) -> Carried:
    """Return the same of something that may be dead, and then was before: it carried nothing and does not."""
    return replace(carried, follows=(0.0, carried.follows[1]), sole=False, plain=False)


def anew(carried: Carried) -> Carried:
    """Return the same of something that perhaps took nothing before: up to all that it takes now."""
    return Carried((), (0.0, carried.follows[1]), sole=False, fresh=True)


def returned(before: Sequence[Live], now: Sequence[Live]) -> tuple[Carried, ...]:
    """Return what each feed carries when one that was dead, or may have been, is back."""
    carried = [at for at, was in enumerate(before) if was != DEAD]
    return tuple(_anew(carried, state) for state in now)


def _range(state: Live) -> tuple[float, float]:
    return (0.0, 0.0) if state == DEAD else (1.0, 1.0) if state == LIVE else (0.0, 1.0)


def _single(carried: bool, now: Live) -> Carried:
    low, high = _range(now)
    weights = ((0, low, high),) if carried and high else ()
    return Carried(weights, (low, high), now == LIVE, not carried, carried and now == LIVE)


def _selected(carried: Sequence[int], at: int, state: Live, now: Sequence[Live]) -> Carried:
    low, high = _range(state)
    weights = tuple((one, low, high) for one in carried) if high else ()
    return Carried(weights, (low, high), state == LIVE, not carried)


def _stayed(carried: Sequence[int], at: int, feeds: Sequence[Live]) -> Carried:
    """What stood on one that is live is there still; from one that is dead all goes to another."""
    if feeds[at] == DEAD:
        return Carried((), (0.0, 0.0), sole=False, fresh=not carried)
    sole = feeds[at] == LIVE and all(feed == DEAD for one, feed in enumerate(feeds) if one != at)
    surely = (1.0, 1.0) if sole else (0.0, 1.0)
    weights = tuple(
        (one, *(_range(feeds[at]) if one == at else surely))
        for one in carried
        if one == at or feeds[one] != LIVE
    )
    return Carried(weights, surely, sole, not carried)


def _apart(carried: Sequence[int], at: int, state: Live) -> Carried:
    low, high = _range(state)
    return Carried(
        ((at, low, high),) if at in carried and high else (), (0.0, high), sole=False, fresh=not carried
    )


def _shared(cords: Cords, carried: Sequence[int], at: int, now: Sequence[Live], *, steady: bool) -> Carried:
    if now[at] == DEAD:
        return Carried((), (0.0, 0.0), sole=False, fresh=not carried)
    weights = []
    for one in carried:
        low, high = _kept(now[at], steady=steady) if one == at else _moved(cords, one, at, now)
        if high > 0:
            weights.append((one, low, high))
    alive = [other for other in range(len(now)) if now[other] != DEAD]
    alone = alive == [at] and now[at] == LIVE and len(set(cords.sides)) == len(cords.sides)
    follows = _part(cords, at, alive, now)
    return Carried(tuple(weights), follows, alone, not carried)


def _anew(carried: Sequence[int], state: Live) -> Carried:
    """A cord that was dead is back and takes from the others: each carries something of what they did."""
    high = 0.0 if state == DEAD else 1.0
    return Carried(
        tuple((one, 0.0, 1.0) for one in carried) if high else (), (0.0, high), sole=False, fresh=False
    )


def _kept(now: Live, *, steady: bool) -> tuple[float, float]:
    return (1.0, 1.0) if steady else _range(now)


def _moved(cords: Cords, one: int, at: int, now: Sequence[Live]) -> tuple[float, float]:
    """Return how much of what one cord carried another takes, given that it lost it surely or perhaps."""
    side = cords.sides[one]
    if now[one] == LIVE or cords.sides[at] == side:
        return 0.0, 0.0
    beyond = [other for other in range(len(now)) if cords.sides[other] != side]
    alive = [other for other in beyond if now[other] != DEAD]
    if len(set(cords.sides)) < len(cords.sides):  # which cord of the other side belongs to this one?
        low, high = (1.0, 1.0) if beyond == [at] and now[at] == LIVE else (0.0, 1.0)
    else:
        low, high = _part(cords, at, alive, now)
    return (low if now[one] == DEAD else 0.0), high


def _part(cords: Cords, at: int, alive: Sequence[int], now: Sequence[Live]) -> tuple[float, float]:
    """Return which part of something one of the cords that are left takes, by their shares."""
    others = [other for other in alive if other != at]
    mine = cords.shares[at]
    most_else = sum(cords.shares[other].hi for other in others)
    least_else = sum(cords.shares[other].lo for other in others if now[other] == LIVE)
    low = 0.0 if now[at] != LIVE else _ratio(mine.lo, most_else)
    return low, _ratio(mine.hi, least_else)


def part_of(cords: Cords, at: int, now: Sequence[Live]) -> Interval:
    """Return which part one feed carries of what is shared among those that are not dead now."""
    if len(set(cords.sides)) < len(cords.sides):
        return ANY
    return Interval(*_part(cords, at, [one for one in range(len(now)) if now[one] != DEAD], now))


def _ratio(mine: float, others: float) -> float:
    if others == 0.0:
        return 1.0
    return mine / (mine + others)
