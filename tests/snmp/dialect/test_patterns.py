"""Patterns of a profile: what they find, and that none runs for ever."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.snmp.dialect.patterns import MAX_TEXT, compiled, fits, number, part


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^([-+]?[\d.]+) ?°?[CF]$", "23.5 °C", "23.5"),
        (r"^([\d.]+) Hrs$", "153.0 Hrs", "153.0"),
        (r"^(-?\d+),(\d+) C$", "-4,5 C", "-4.5"),
        (r"(\d+) V|(\d+) A", "12 A", "12"),
        (r"^(.*)\.Value$", "Temperature.Value", "Temperature"),
        (r"fault(ed)?", "fault", ""),
        (r"^(\d+) V$", "n/a", None),
    ],
)
def test_the_groups_of_a_pattern_are_what_it_finds(pattern, text, found):
    assert part(compiled(pattern), text) == found


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"(-?[0-9.]+)", "23.5 °C", "23.5"),
        (r"(-?[0-9.]+)", "230V, 16A", "230"),
        (r"^(-?\d+),(\d+)", "-4,5 C", "-4.5"),
        (r"(\d+) V|(\d+) A", "12 A", "12"),
        (r"(-?[0-9.]+)", "212,4", None),
        (r"(-?[0-9.]+)", "1.234,5", None),
        (r"([0-9.]+)", "0x10", None),
        (r"([0-9.]+)", "2.5e-05", None),
        (r"([0-9.]+)", "1_000", None),
        (r"([0-9.]+)", "n/a", None),
    ],
)
def test_a_number_is_the_whole_number_that_stands_there_or_none(pattern, text, found):
    """Pains: A1: a decimal comma, where the maker's other devices have a point, makes no number a tenth smaller."""
    assert number(compiled(pattern), text) == found


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("(", "no regular expression"),
        ("a", "expected one or two groups, found 0"),
        ("(a)(b)(c)", "expected one or two groups, found 3"),
        (r"((?:a+)+)$", "repeats a group that repeats or chooses inside"),
        (r"((?:a|a)*)b", "repeats a group that repeats or chooses inside"),
        (r"((?:\d+,){9,})", "repeats a group that repeats or chooses inside"),
        (r".*.*.*(x)", "of anything"),
        (r"(a)\1", "a reference"),
        ("(" + "a*" * 9 + ")", "repeats"),
    ],
)
def test_a_pattern_that_is_none_or_may_run_for_ever_is_refused(pattern, what):
    with pytest.raises(ValueError, match=what):
        compiled(pattern, (1, 2))


@pytest.mark.parametrize(
    "pattern",
    [r"(?:\d+\.){3}(\d+)", r"^(?i:temp|hum)[ -]+(\d+)$", r"[(+*](\d+)", r"\((\d+)\)*", r"(a{2})b{,9}"],
)
def test_a_pattern_with_bounds_is_taken(pattern):
    assert compiled(pattern, (1,)).groups == 1


def test_of_a_long_text_only_the_start_is_looked_at():
    assert fits(compiled("x$"), "x" * MAX_TEXT + "y")
    assert not fits(compiled("y"), "x" * MAX_TEXT + "y")


@given(st.text(max_size=300))
@settings(max_examples=50)
def test_no_text_is_an_error(text):
    assert part(compiled(r"^(?:\D*(\d+))?"), text) is not None
