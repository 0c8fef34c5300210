"""Reads a query: the grammar is ``promql-parser``'s, what of it is answered here is ours. Pure.

What is not answered is refused by its name, so that nobody takes silence for an answer. The parser calls
itself for each level of a query, and some thousand of them would end the process: those never reach it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final, NoReturn

import promql_parser as grammar

from dcim.promql import names
from dcim.promql.errors import BadQuery
from dcim.promql.tree import (
    NAME,
    Aggregate,
    Binary,
    Call,
    Grouping,
    Many,
    Match,
    Matcher,
    Matching,
    Negative,
    Node,
    Number,
    Selector,
    Subquery,
    Text,
)

LONGEST: Final = 32_768
"""Characters of a query."""
_DEEPEST: Final = 300
"""Brackets and operators of a query, an upper bound of its depth."""

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`|#[^\n]*', re.DOTALL)
_LEVEL: Final = re.compile(r"[(\[{+\-*/%^<>=!]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
_HOW: Final = (
    (grammar.MatchOp.Equal, Match.EQUAL),
    (grammar.MatchOp.NotEqual, Match.NOT_EQUAL),
    (grammar.MatchOp.Re, Match.REGEX),
    (grammar.MatchOp.NotRe, Match.NOT_REGEX),
)
_MANY: Final = (
    (grammar.VectorMatchCardinality.ManyToOne, Many.LEFT),
    (grammar.VectorMatchCardinality.OneToMany, Many.RIGHT),
)


def parse(text: str) -> Node:
    """Return a query as a tree. Raise BadQuery for what is none, or is not answered here."""
    _bounded(text)
    try:
        found = grammar.parse(text)
    except ValueError as wrong:
        raise BadQuery(_told(str(wrong), text)) from None
    return _node(found)


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """Return the matchers of a series selector, as ``match[]`` has it. Raise BadQuery for anything else."""
    found = parse(text)
    if not isinstance(found, Selector) or found.range or found.offset:
        msg = f'{text[:100]!r}: expected a series selector, as name{{label="value"}}'
        raise BadQuery(msg)
    return found.matchers


def _bounded(text: str) -> None:
    if len(text) > LONGEST:
        msg = f"the query is longer than {LONGEST} characters"
        raise BadQuery(msg)
    if len(_LEVEL.findall(_STRING.sub('""', text))) > _DEEPEST:
        msg = f"the query has more than {_DEEPEST} brackets and operators"
        raise BadQuery(msg)


def _told(wrong: str, text: str) -> str:
    """Say what is wrong; of a function that Prometheus has and we have not, that it is not answered here."""
    unknown = re.search(r"unknown function with name '([^']*)'", wrong)
    if unknown:
        return f"unknown function {unknown[1]!r}: {names.answered()}"
    return f"invalid query {text[:200]!r}: {wrong}"


def _refuse(what: str) -> NoReturn:
    msg = f"not answered here: {what}; use a Prometheus for it"
    raise BadQuery(msg)


def _node(found: Any) -> Node:
    match found:
        case grammar.ParenExpr():
            return _node(found.expr)
        case grammar.NumberLiteral():
            return Number(float(found.val))
        case grammar.StringLiteral():
            return Text(found.val)
        case grammar.UnaryExpr():
            return Negative(_node(found.expr))
        case grammar.VectorSelector():
            return _selector(found, 0)
        case grammar.MatrixSelector():
            return _selector(found.vector_selector, _ms(found.range))
        case _:
            return _composed(found)


def _composed(found: Any) -> Node:
    match found:
        case grammar.Call():
            return _call(found)
        case grammar.AggregateExpr():
            return _aggregate(found)
        case grammar.BinaryExpr():
            return _binary(found)
        case grammar.SubqueryExpr():
            if found.at is not None:
                _refuse("the @ modifier")
            return Subquery(_node(found.expr), _ms(found.range), _ms(found.step), _ms(found.offset))
        case _:
            _refuse(type(found).__name__)


def _ms(length: timedelta | None) -> int:
    return 0 if length is None else round(length / timedelta(milliseconds=1))


def _selector(found: Any, range_: int) -> Selector:
    if found.at is not None:
        _refuse("the @ modifier")
    if found.matchers.or_matchers:
        _refuse("'or' between matchers")
    named = [Matcher(NAME, Match.EQUAL, found.name)] if found.name else []
    others = [Matcher(one.name, _how(one.op), one.value) for one in found.matchers.matchers]
    return Selector((*named, *others), _ms(found.offset), range_)


def _how(op: object) -> Match:
    return next(ours for theirs, ours in _HOW if theirs == op)


def _call(found: Any) -> Call:
    name = found.func.name
    if name not in names.FUNCTIONS:
        msg = f"the function {name!r} ({names.answered()})"
        _refuse(msg)
    return Call(name, tuple(_node(one) for one in found.args))


def _aggregate(found: Any) -> Aggregate:
    name = str(found.op)
    if name not in names.AGGREGATIONS:
        msg = f"the aggregation {name!r} (these are: {', '.join(sorted(names.AGGREGATIONS))})"
        _refuse(msg)
    grouping = Grouping()
    if found.modifier is not None:
        left_out = found.modifier.type == grammar.AggModifierType.Without
        grouping = Grouping(tuple(found.modifier.labels), left_out)
    return Aggregate(name, _node(found.expr), grouping, None if found.param is None else _node(found.param))


def _binary(found: Any) -> Binary:
    name = str(found.op)
    if name not in names.OPERATORS:
        msg = f"the operator {name!r}"
        _refuse(msg)
    left, right, modifier = _node(found.lhs), _node(found.rhs), found.modifier
    if modifier is None:
        return Binary(name, left, right)
    fill = modifier.fill_values
    if fill is not None and (fill.lhs is not None or fill.rhs is not None):
        _refuse("the fill modifier")
    matching, on = modifier.matching, False
    if matching is not None:
        on = matching.type == grammar.LabelModifierType.Include
    made = Matching(
        tuple(matching.labels) if matching is not None else (),
        on,
        next((ours for theirs, ours in _MANY if theirs == modifier.card), Many.NEITHER),
        tuple(modifier.group_labels or ()),
    )
    return Binary(name, left, right, made, bool(modifier.return_bool))
