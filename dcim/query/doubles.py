"""Series that a query would make one, found before the work: a few of them are tried alone. Pure.

``rate({__name__=~".+"}[5m])`` drops the name: two metrics of a device then have the same labels. That follows
from the labels, but for those of which the one ended before the other began: so two of them are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from dcim.model import Labels
from dcim.promql import NAME, Evaluation, Grid, Limits
from dcim.promql.names import NUMERIC, OVER_TIME, RATES
from dcim.promql.source import Source
from dcim.promql.tree import Call, Match, Matcher, Node, Selector
from dcim.promql.vector import get, without
from dcim.query.cost import parts
from dcim.record import replace

_TRIED: Final = 3
"""Pairs that are tried: one that does not meet at any step says nothing of the others."""
_NAMELESS: Final = (RATES | OVER_TIME | NUMERIC) - {"last_over_time"}
_NAME: Final = frozenset({NAME})


class Known(Source, Protocol):
    """A source that also says which series there are."""

    def series(self, matchers: Sequence[Matcher]) -> list[Labels]:
        """Return the labels of all series that match."""
        ...


def refuse_doubles(source: Known, node: Node, grid: Grid, limits: Limits) -> None:
    """Raise Unanswerable where a part of a query makes two series one; cheap where it does not."""
    for call, selector in _nameless(node):
        if any(one.label == NAME and one.how is Match.EQUAL for one in selector.matchers):
            continue
        for one, other in _pairs(source.series(selector.matchers)):
            alone = replace(selector, matchers=(*selector.matchers, *_either(one, other)))
            asked = tuple(alone if part is selector else part for part in call.arguments)
            Evaluation(source, limits).answer(replace(call, arguments=asked), grid)


def _nameless(node: Node) -> Iterator[tuple[Call, Selector]]:
    """Go through the functions that drop the names of series that are read."""
    for part in parts(node):
        if isinstance(node, Call) and node.function in _NAMELESS and isinstance(part, Selector):
            yield node, part
        yield from _nameless(part)


def _pairs(series: Sequence[Labels]) -> Iterator[tuple[Labels, Labels]]:
    first: dict[Labels, Labels] = {}
    found = 0
    for labels in series:
        other = first.setdefault(without(labels, _NAME), labels)
        if other is not labels:
            yield other, labels
            found += 1
        if found == _TRIED:
            return


def _either(one: Labels, other: Labels) -> tuple[Matcher, ...]:
    """Return matchers of two series that differ by their names alone."""
    names = f"{get(one, NAME)}|{get(other, NAME)}"
    same = (Matcher(label, Match.EQUAL, value) for label, value in one if label != NAME)
    return (Matcher(NAME, Match.REGEX, names), *same)
