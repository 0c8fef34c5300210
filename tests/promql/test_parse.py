"""What is a query here, and how one that is none is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.promql import BadQuery, Match, Matcher, parse, parse_matchers
from dcim.promql.tree import NAME, Aggregate, Binary, Grouping, Many, Matching, Number, Selector


def test_a_query_becomes_a_tree() -> None:
    found = parse('sum by (room) (rate(x_total{asset=~"a.*"}[5m] offset 1m)) > bool 2')
    assert isinstance(found, Binary)
    assert (found.operator, found.bool, found.right) == (">", True, Number(2.0))
    assert isinstance(found.left, Aggregate)
    assert found.left.grouping == Grouping(("room",))
    name, asset = Matcher(NAME, Match.EQUAL, "x_total"), Matcher("asset", Match.REGEX, "a.*")
    assert found.left.of.arguments == (Selector((name, asset), 60_000, 300_000),)  # type: ignore[union-attr]


def test_how_two_sides_match_is_kept() -> None:
    found = parse("a * on (asset) group_left (name) b")
    assert isinstance(found, Binary)
    assert found.matching == Matching(("asset",), True, Many.LEFT, ("name",))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("quantile(0.9, x)", "'quantile'"),
        ("predict_linear(x[5m], 60)", "'predict_linear'"),
        ("no_such(x)", "'no_such'"),
        ("x @ end()", "@"),
        ("x atan2 y", "'atan2'"),
        ('x{a="1" or b="2"}', "'or'"),
        ("a + fill(0) b", "fill"),
        ("sum(x", "parenthesis"),
        ("rate(x)", "matrix"),
        ("", "query"),
    ],
)
def test_what_is_not_answered_is_refused_by_its_name(text: str, named: str) -> None:
    with pytest.raises(BadQuery, match=named):
        parse(text)


@pytest.mark.parametrize("piece", ["(", "-", "x+", "sum(", "x and ", "x[5m:"])
def test_a_query_that_is_too_deep_for_the_parser_never_reaches_it(piece: str) -> None:
    with pytest.raises(BadQuery, match="brackets and operators"):
        parse(piece * 5_000 + "x")


def test_a_regular_expression_may_be_long() -> None:
    many = "|".join(f"pdu-({number})" for number in range(1_000))
    assert parse_matchers(f'x{{asset=~"{many}"}}')[1].value == many


def test_only_series_are_matched() -> None:
    assert parse_matchers('{a="b"}') == (Matcher("a", Match.EQUAL, "b"),)
    with pytest.raises(BadQuery, match="selector"):
        parse_matchers("sum(x)")


@given(st.text(max_size=60) | st.text("xyz(){}[]\"'=~!<>+-*/^%,0123456789msh absumrate", max_size=60))
def test_any_text_is_a_query_or_refused(text: str) -> None:
    with suppress(BadQuery):
        assert parse(text) is not None
