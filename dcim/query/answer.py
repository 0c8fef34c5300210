"""Answers what is asked over HTTP or by a command, from a world of series: a head, and a body in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dcim.history import HistoryError
from dcim.promql import (
    BadQuery,
    Evaluation,
    Grid,
    Limits,
    QueryError,
    Samples,
    Selection,
    Vector,
    parse,
    parse_matchers,
)
from dcim.promql.tree import Node, Selector
from dcim.query import written
from dcim.query.cost import Cost, cost
from dcim.query.doubles import refuse_doubles
from dcim.query.source import World
from dcim.query.tracks import tracks
from dcim.query.unknown import unknown, warned
from dcim.record import dataclass, field


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. ``kind``: query, query_range, series, labels, values or tracks; times are UTC ms."""

    kind: str
    query: str = ""
    match: tuple[str, ...] = ()
    name: str = ""
    start: int = 0
    end: int = 0
    step: int = 0
    limits: Limits = field(default_factory=Limits)

    def body(self) -> dict[str, Any]:
        """Return it as plain values."""
        names = ("kind", "query", "match", "name", "start", "end", "step")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Asked:
        """Read it from plain values."""
        return cls(**{**body, "match": tuple(body["match"])})


def answer(world: World, asked: Asked) -> Iterator[bytes]:
    """Give the body of an answer piece by piece. Raise QueryError or HistoryError before the first piece."""
    match asked.kind:
        case "query":
            return warned(_at(world, asked), unknown(parse(asked.query), world.names()))
        case "query_range":
            return warned(_range(world, asked), unknown(parse(asked.query), world.names()))
        case "tracks":
            return tracks(world, asked.match, asked.start, asked.end, asked.step)
        case _:
            return iter([written.listed(_names(world, asked))])


def weighed(world: World, asked: Asked) -> Cost:
    """Return about what a question costs. Raise QueryError for one that asks too much, or is none."""
    match asked.kind:
        case "query":
            return cost(world, parse(asked.query), Grid(asked.end, 1, 1))
        case "query_range":
            return cost(world, parse(asked.query), _grid(asked))
        case "tracks":
            ones = [world.weigh(parse_matchers(one), asked.start, asked.end) for one in asked.match]
            return Cost(sum(readings for _, readings in ones))
        case _:
            return Cost()


def _grid(asked: Asked) -> Grid:
    return Grid(asked.start, asked.step, (asked.end - asked.start) // asked.step + 1)


def failure(why: Exception) -> tuple[str, str]:
    """Return the kind of an error, and what is said of it."""
    match why:
        case QueryError():
            return why.kind, str(why)
        case MemoryError():
            return "execution", "the query needs more memory than one may have: ask for less"
        case RecursionError():
            return "bad_data", "the query is too deep"
        case HistoryError() | OSError():
            return "internal", f"the history cannot be read: {why}"
        case _:
            return "internal", f"a bug met this query: {type(why).__name__}: {why}"


def _at(world: World, asked: Asked) -> Iterator[bytes]:
    node = parse(asked.query)
    if isinstance(node, Selector) and node.range:
        return written.samples(_raw(world, node, asked.end))
    grid = Grid(asked.end, 1, 1)
    refuse_doubles(world, node, grid, asked.limits)
    said = Evaluation(world, asked.limits).answer(node, grid)
    if isinstance(said, Vector):
        return written.vector(asked.end, said)
    if isinstance(said, str):
        return iter([written.text(asked.end, said)])
    return iter([written.scalar(asked.end, float(said[0]))])


def _raw(world: World, node: Selector, at: int) -> Samples:
    """Return the samples of a range that ends at a time, in the order of their labels."""
    first, last = at - node.offset - node.range, at - node.offset
    found = world.select(Selection(node.matchers, first, last))
    inside = (found.at >= first) & (found.at <= last)
    made = []
    for row in sorted(range(len(found)), key=lambda row: found.labels[row]):
        part = slice(int(found.starts[row]), int(found.starts[row + 1]))
        kept = inside[part]
        made.append((found.labels[row], found.at[part][kept], found.values[part][kept]))
    return Samples.of(made)


def _range(world: World, asked: Asked) -> Iterator[bytes]:
    grid = _grid(asked)
    node = parse(asked.query)
    _not_a_text(node)
    refuse_doubles(world, node, grid, asked.limits)
    said = Evaluation(world, asked.limits).answer(node, grid)
    if isinstance(said, str):
        msg = "a text has no range: expected numbers or series"
        raise BadQuery(msg)
    if not isinstance(said, Vector):
        said = Vector([()], said.reshape(1, -1), np.ones((1, grid.count), dtype=bool))
    return written.matrix(grid, said)


def _not_a_text(node: Node) -> None:
    if isinstance(node, Selector) and node.range:
        msg = "a range is no answer of a range query: it stands within a function"
        raise BadQuery(msg)


def _names(world: World, asked: Asked) -> Any:
    """Return series, the names of their labels, or the values of one of those."""
    wanted = [parse_matchers(text) for text in asked.match] or [()]
    found = {labels: None for matchers in wanted for labels in world.series(matchers)}
    if asked.kind == "series":
        return [dict(labels) for labels in sorted(found)]
    if asked.kind == "labels":
        return sorted({name for labels in found for name, _ in labels})
    return sorted({value for labels in found for name, value in labels if name == asked.name})
