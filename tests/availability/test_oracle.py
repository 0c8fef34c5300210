"""A second computation that shares no code says the same, for any story of a daemon and its services."""

from __future__ import annotations

import os
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcim.availability import CATEGORIES, Answer, Period, answer, claim, evidence, together
from dcim.contracts import Contract, Excusable
from dcim.model.fact import FactKind

from .conftest import Story
from .oracle import Oracle, Piece, figures
from .oracle import together as laid_over

HOUR = 3600
NAMES = ("s", "t", "u")
STANDS = ("up full", "up reduced", "down", "up unknown", "down reduced", "unknown", "up full", "down")
EXAMPLES = int(os.environ.get("DCIM_TIMELINES", "100"))

hours = st.integers(0, 96)
Event: TypeAlias = tuple[str, int, int, int, int, str]
events = st.tuples(
    st.sampled_from(["says"] * 12 + ["work", "moves"] * 3 + ["start", "beat", "blind", "step", "end"]),
    st.integers(-1, 8),  # hours until the next fact: the clock may go back
    hours,
    st.integers(0, 30),
    st.integers(0, 7),
    st.sampled_from(NAMES),
)
contracts = st.builds(
    Contract,
    id=st.just("c"),
    services=st.just(NAMES),
    needs=st.integers(0, 3),
    notice=st.integers(0, 48).map(lambda ahead: ahead * HOUR * 1_000_000),
    excluded=st.frozensets(st.sampled_from(Excusable)),
    causes=st.sampled_from([(), ("flood",), ("storm", "flood")]),
)


def told(story: list[Event]) -> Story:
    """Tell a story of events."""
    found, at = Story().start(0), 0
    for name in NAMES:
        found.says(0, "up full", name)
    for event in story:
        at = max(0, at + event[1])
        _tell(found, at * HOUR, event)
    return found


def _tell(found: Story, at: int, event: Event) -> None:
    what, _, one, length, number, name = event
    low, high = one * HOUR, (one + length) * HOUR
    match what:
        case "says":
            held = None if number % 2 else at - number * number * HOUR  # more than a day is cut
            found.says(at, STANDS[number], name, held)
        case "start":
            found.start(at)
        case "beat":
            found.beat(at)
        case "blind":
            whom = "cas1" if number < 4 else name
            alone = {"of": "redundancy"} if number > 5 else {}
            found.tell(FactKind.BLIND, at, whom, from_=low, to_=low + number * HOUR, reason="crash", **alone)
        case "step":
            found.tell(FactKind.CLOCK_STEPPED, at, from_=low + number * HOUR, to_=low, since=low - HOUR)
        case "work":
            found.work(low, high, low - (number * 8 - 8) * HOUR, *NAMES[: number % 4], at=at)
        case "end":
            found.tell(FactKind.MAINTENANCE, at, "w", change="ended")
        case _:
            words = list(CATEGORIES)
            was, now = words[(4, 4, 4, 2, 3, 0, 5, 6)[number]], words[(number * 3 + one) % 7]
            found.moves(low, high, was, now, ("flood", "fire")[number % 2], at, name)


def same(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Compare a view of a claim with what the oracle found."""
    for key in ("categories", "undecided", "failures"):
        assert ours[key] == theirs[key]
    assert {name: ours["figures"][name] for name in theirs["figures"]} == theirs["figures"]
    for key in ("outages", "redundancy_events"):
        assert [{name: one[name] for name in one if name != "evidence"} for one in ours[key]] == theirs[key]


def claimed(said: Answer) -> dict[str, Any]:
    found: dict[str, Any] = claim(said, "UTC")
    return found


@pytest.mark.long
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(events, min_size=8, max_size=32), st.integers(0, 48), st.integers(1, 96), contracts)
def test_a_second_computation_finds_the_same_figures(
    story: list[Event], first: int, length: int, contract: Contract
) -> None:
    """Pains: G1, G2, G5."""
    entries = told(story).entries
    period = Period(first * HOUR * 1_000_000, (first + length) * HOUR * 1_000_000)
    found = evidence(entries, period)
    judge = Oracle(entries, *period)
    terms = {"excluded": [str(one) for one in contract.excluded], "counts": "function"}
    views: dict[str, list[list[Piece]]] = {"seen": [], "reclassified": []}
    for name in NAMES:
        views["seen"].append(judge.pieces(name, contract.notice))
        views["reclassified"].append(judge.pieces(name, contract.notice, contract.causes))
        single = claimed(answer(found, name, contract))
        for view, pieces in views.items():
            same(single[view], figures(pieces[-1], period.start, terms))
    whole = claimed(together(found, "all", contract))
    for view, members in views.items():
        joined = laid_over(members, contract.needs or 3)
        same(whole[view], figures(joined, period.start, terms))
