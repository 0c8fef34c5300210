"""Several services as one: their timelines are laid over each other, percentages never multiplied. Pure.

a   full ──────────┐forced ────────────────┐full ──
b   full ─────┐blind ────┐full ────────────────────
all of them   ─┐blind ┐forced ─────────────┐full      one lost: the whole is lost
one of them   ─┐degraded ──────────────────┐full      feeds that fail together show together
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from dcim.availability.account import Account, Slice
from dcim.availability.category import LOST, Category, Period

_Turn: TypeAlias = tuple[int, int, Slice]
"""A member that comes into a category: when, which, its slice."""

_WORST: Final = (Category.FORCED, Category.PLANNED, Category.SCHEDULED, Category.FORCE_MAJEURE)
_BLIND, _DEGRADED, _FULL = int(Category.BLIND), int(Category.DEGRADED), int(Category.FULL)
_new: Final = tuple.__new__  # half the time of calling the class


def join(members: Sequence[Sequence[Slice]], needs: int) -> list[Slice]:
    """Return how a group stands of which so many members have to work; all slices lie over the same period.

    It works where enough are known to work, is lost where too few could, is blind else. Lost time is in the
    least excusable category of the members that are lost then: forced before planned before scheduled.
    """
    turns = [(each[0], member, each) for member, slices in enumerate(members) for each in slices]
    turns.sort(key=itemgetter(0))  # of two at a moment, the member before comes first
    end = members[0][-1].end
    return list(_joined(turns, end, len(members), needs))


def _joined(turns: Sequence[_Turn], end: int, of: int, needs: int) -> Iterator[Slice]:
    counts = [0] * (len(Category) + 1)
    undecided = 0
    now: list[Slice | None] = [None] * of
    for number, (at, member, each) in enumerate(turns):
        before = now[member]
        if before is not None:
            counts[before.category] -= 1
            undecided -= not before.decided
        counts[each.category] += 1
        undecided += not each.decided
        now[member] = each
        until = turns[number + 1][0] if number + 1 < len(turns) else end
        if until > at:
            category, decided = _whole(counts, undecided, of, needs)
            tells = each.category is category  # its fact is evidence of what the whole became
            facts = (each.sequence, each.by) if tells else (0, 0)
            yield _new(Slice, (at, until, category, decided, *facts))


def _whole(counts: Sequence[int], undecided: int, of: int, needs: int) -> tuple[Category, bool]:
    up = counts[_DEGRADED] + counts[_FULL]
    if up >= needs:
        return _missing(counts, undecided, of)
    if up + counts[_BLIND] < needs:
        return next(one for one in _WORST if counts[one]), True
    return Category.BLIND, True


def _missing(counts: Sequence[int], undecided: int, of: int) -> tuple[Category, bool]:
    """Say whether anything is missing of a group that works."""
    if counts[_FULL] == of:
        return Category.FULL, True
    lost = of - counts[_BLIND] - counts[_DEGRADED] - counts[_FULL]
    return Category.DEGRADED, lost > 0 or counts[_DEGRADED] > undecided


class Partial(NamedTuple):
    """How much of a whole was there: shares of weight x time, exact. ``observed`` None: nothing was seen."""

    least: Fraction
    observed: Fraction | None
    most: Fraction


def partial(accounts: Iterable[Account], weights: Mapping[str, Fraction]) -> Partial:
    """Return ``1 - sum(weight x lost) / sum(weight x time)``; a service without a weight has weight 1.

    ``least`` takes blind time as lost, ``most`` as there, ``observed`` leaves it out.
    """
    whole = lost = blind = Fraction(0)
    for one in accounts:
        weight = weights.get(one.subject, Fraction(1))
        whole += weight * one.period.length
        lost += weight * one.tally.lost
        blind += weight * one.tally.blind
    seen = whole - blind
    return Partial(1 - (lost + blind) / whole, 1 - lost / seen if seen else None, 1 - lost / whole)


def affected(
    accounts: Iterable[Account], weights: Mapping[str, Fraction], span: Period
) -> tuple[Fraction, tuple[str, ...]]:
    """Return the weight of the services that were lost at any moment of a time, and which they are."""
    hit = tuple(
        one.subject
        for one in accounts
        if any(
            each.category in LOST and each.start < span.end and each.end > span.start for each in one.slices
        )
    )
    return sum((weights.get(name, Fraction(1)) for name in hit), Fraction(0)), hit
