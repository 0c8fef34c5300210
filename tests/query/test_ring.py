"""What the daemon keeps of its own metrics, and what a child that starts at any time makes of it."""

from __future__ import annotations

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from dcim.promql import Match, Matcher
from dcim.promql.source import is_stale
from dcim.query.own import OwnSeries
from dcim.query.ring import HOURS, Ring, series_labels

ALL = (Matcher("__name__", Match.REGEX, ".+"),)
NAMES = [series_labels(f"dcim_{name}", {"a": name, "empty": ""}) for name in "abcd"]
VALUES = st.sampled_from([0.0, 1.0, 2.5, math.inf])
TICKS = st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES), min_size=1, max_size=12)


@given(ticks=TICKS, heard=st.integers(0, 12), apart=st.sampled_from([15, 3600, 4 * 3600]))
def test_a_child_knows_what_was_said_whenever_it_came(ticks, heard, apart) -> None:
    ring, late, early = Ring(), OwnSeries(), OwnSeries()
    known = 0
    for number, said in enumerate(ticks):
        ring.take(number * apart, said.items())
        if number <= heard:
            hear(early, ring.since(known))
            known = ring.sent
    hear(early, ring.since(known))
    hear(late, ring.since(0))
    end = (len(ticks) - 1) * apart
    oldest = max(0, end - HOURS * 3600)
    for child in (early, late):
        found = child.select(ALL, oldest * 1000, end * 1000)
        told = {
            (labels, at): value
            for row, labels in enumerate(found.labels)
            for at, value in zip(
                found.at[found.starts[row] : found.starts[row + 1]].tolist(),
                found.values[found.starts[row] : found.starts[row + 1]],
                strict=True,
            )
            if not is_stale(value)
        }
        expected = {
            (labels, number * apart * 1000): value
            for number, said in enumerate(ticks)
            for labels, value in said.items()
            if number * apart >= oldest
        }
        assert told == expected


def hear(child: OwnSeries, lines: list[str]) -> None:
    for line in lines:
        child.take(json.loads(line)["tick"])


def test_a_series_that_has_gone_ends_there_and_is_not_carried_on() -> None:
    ring, child = Ring(), OwnSeries()
    ring.take(0, [(NAMES[0], 1.0)])
    ring.take(15, [])
    hear(child, ring.since(0))
    found = child.select(ALL, 0, 100_000)
    assert found.at.tolist() == [0, 15_000]
    assert is_stale(found.values).tolist() == [False, True]


def test_what_is_held_is_said_once_and_counts_until_it_is_left() -> None:
    ring, child = Ring(), OwnSeries()
    ring.take(0, [], held=[NAMES[0]])
    ring.take(15, [])
    assert NAMES[0][0][1] not in ring.since(1)[0]
    ring.take(30, [], held=[NAMES[1]], left=[NAMES[0]])
    hear(child, ring.since(0))
    found = child.select(ALL, 0, 100_000)
    assert found.labels == [NAMES[0], NAMES[1]]
    assert found.at.tolist() == [0, 15_000, 30_000, 30_000]
    assert is_stale(found.values).tolist() == [False, False, True, False]
