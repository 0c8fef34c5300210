"""What a query will cost, before any work is done for it: series times samples, and series times steps. Pure.

touched   readings that files are read for, and values that are computed: decides in which lane it is answered
held      of those, what is in memory at once: beyond MOST the query is refused
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from dcim.promql import Grid, Unanswerable
from dcim.promql.tree import Aggregate, Binary, Call, Matcher, Negative, Node, Selector, Subquery
from dcim.promql.vector import LOOKBACK
from dcim.record import dataclass

CHEAP: Final = 2_000_000
"""Readings and values up to which a query is cheap: some tenths of a second of one processor."""
MOST: Final = 40_000_000
"""Readings and values that a query may hold."""
_SUBQUERY_STEP: Final = 60_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Readings that are read and values that are computed, and how many of them are held."""

    touched: int = 0
    held: int = 0

    @property
    def cheap(self) -> bool:
        """Return whether it is answered in the lane that is kept for cheap queries."""
        return self.touched <= CHEAP


class Weighs(Protocol):
    """Who knows how many series match, and about how many of their readings there are."""

    def weigh(self, matchers: Sequence[Matcher], first: int, last: int) -> tuple[int, int]:
        """Return the number of series, and about how many readings they have in [first, last] (UTC ms)."""
        ...


def cost(source: Weighs, node: Node, grid: Grid) -> Cost:
    """Return about what a query costs over a grid. Raise Unanswerable when that is too much."""
    touched = held = 0
    for selector, at in _selectors(node, grid):
        window = selector.range or LOOKBACK
        first, last = at.start - selector.offset - window, at.end - selector.offset
        series, readings = source.weigh(selector.matchers, first, last)
        values = series * at.count
        touched += readings + values
        held += values + min(readings, _near(selector, at, series, readings))
    if held > MOST:
        msg = (
            f"the query would hold about {held / 1e6:.0f} million readings and values, "
            f"more than {MOST / 1e6:.0f} million: ask for less time, longer steps or fewer series"
        )
        raise Unanswerable(msg)
    return Cost(touched, held)


def _near(selector: Selector, at: Grid, series: int, readings: int) -> int:
    """Return how many readings are kept when only those near the steps are looked at."""
    if not selector.range:
        return series * (at.count + 1)
    seen = at.count * (selector.range + LOOKBACK)
    return round(readings * min(1.0, seen / max(1, at.end - at.start + selector.range)))


def _selectors(node: Node, grid: Grid) -> Iterator[tuple[Selector, Grid]]:
    """Go through all selectors, each with the times for which it is asked."""
    match node:
        case Selector():
            yield node, grid
        case Subquery(of=inner):
            step = node.step or _SUBQUERY_STEP
            start = grid.start - node.offset - node.range
            yield from _selectors(
                inner, Grid(start, step, max(1, (grid.end - node.offset - start) // step + 1))
            )
        case _:
            for part in parts(node):
                yield from _selectors(part, grid)


def parts(node: Node) -> tuple[Node, ...]:
    """Return the parts of which a query is made, but for those of a query within it."""
    match node:
        case Call(arguments=arguments):
            return arguments
        case Aggregate(of=inner, most=most):
            return (inner,) if most is None else (inner, most)
        case Binary(left=left, right=right):
            return left, right
        case Negative(of=inner):
            return (inner,)
        case _:
            return ()
