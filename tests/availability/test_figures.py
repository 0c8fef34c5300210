"""The arithmetic of ``docs/availability.md`` on stories that can be computed by hand. Pains: G1, G2, G3, G4, G5, G6."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.availability import (
    Bare,
    Category,
    Period,
    Refused,
    Verdict,
    all_of,
    answer,
    burn,
    claim,
    grouped,
    percent,
    together,
)
from dcim.availability.figures import part_of
from dcim.availability.share import bare
from dcim.contracts import Contract, Counts, Excusable, Penalty
from dcim.model.fact import FactKind

from .conftest import SECOND, Story

GOLDEN = Path(__file__).with_name("golden.json")
SLA = Contract(
    "sla",
    target=Fraction(999, 1000),
    excluded=frozenset({Excusable.SCHEDULED, Excusable.FORCE_MAJEURE}),
    notice=500 * SECOND,
    coverage=Fraction(9, 10),
    penalties=(Penalty(Fraction(999, 1000), Fraction(1, 20)), Penalty(Fraction(99, 100), Fraction(1, 5))),
)


def a_day(story: Story) -> Story:
    """Tell of 10,000 s: an outage with edges, work announced in time, a crash, people who say otherwise."""
    story.says(0, "up full").says(1000, "down", held=980).says(1100, "up reduced", held=1095)
    story.says(2000, "up full", held=1990)
    story.work(3000, 3600, 2000, "s").says(3100, "down").says(3500, "up full", held=3490)
    story.blind(4000, 4200).start(4200).says(4230, "up full")
    story.says(6000, "down", held=5990).says(6500, "up full", held=6495)
    return story.moves(6000, 6200, "forced_outage", "force_majeure", "flood", at=9000).beat(200_000)


def test_a_day_is_what_it_was_when_somebody_last_looked_at_it(story: Story) -> None:
    found = answer(a_day(story).of(0, 10_000), "s", SLA)
    text = json.dumps(claim(found, "Africa/Casablanca"), indent=1, sort_keys=True) + "\n"
    if os.environ.get("DCIM_ACCEPT") == "1":
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_the_day_by_hand(story: Story) -> None:
    found = answer(a_day(story).of(0, 10_000), "s", SLA)
    times = found.seen.figures.tally.times
    # edges 980-1000, 1095-1100, 3490-3500, 5990-6000, 6495-6500; blind 4000-4230
    assert times[Category.BLIND] == (20 + 5 + 10 + 10 + 5 + 230) * SECOND
    assert times[Category.SCHEDULED] == 390 * SECOND
    assert times[Category.FORCED] == (95 + 495) * SECOND
    assert times[Category.DEGRADED] == 900 * SECOND
    assert found.seen.figures.tally.undecided == 10 * SECOND
    assert found.seen.figures.failures == 2
    assert found.final.figures.tally.times[Category.FORCE_MAJEURE] == 200 * SECOND
    assert found.final.figures.a_contract == Fraction(10_000 - 280 - 390 - 590, 10_000 - 280 - 390 - 200)
    assert found.final.figures.penalty == Penalty(Fraction(99, 100), Fraction(1, 5))
    first, work, last = found.seen.figures.outages
    assert (first.begins, first.ends) == (
        (Fraction(990 * SECOND), Fraction(10 * SECOND)),
        (Fraction(1097_500_000), Fraction(2_500_000)),
    )
    assert (work.category, last.category) == (Category.SCHEDULED, Category.FORCED)
    assert (first.least, first.most) == (95 * SECOND, 120 * SECOND)


def test_what_was_never_watched_is_not_up(story: Story) -> None:
    found = answer(story.beat(100).of(0, 100), "s").seen.figures
    assert (found.coverage, found.a_min, found.a_max, found.a_observed) == (0, 0, 1, None)
    assert isinstance(found.statement, Refused)
    assert found.mtbf is found.mttr is found.a_contract is None


def test_a_figure_without_cover_has_no_value_that_could_be_printed() -> None:
    refused = bare(Fraction(1), Fraction(989, 1000), Fraction(99, 100))
    assert not hasattr(refused, "value")
    assert str(refused) == "coverage 98.9000 % < 99.0000 %"
    assert str(bare(Fraction(99995, 100_000), Fraction(1), Fraction(99, 100))) == "99.9950 %"
    assert isinstance(bare(Fraction(1), Fraction(99, 100), Fraction(99, 100)), Bare)
    assert isinstance(bare(None, Fraction(1), Fraction(0)), Refused)


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (Fraction(9_999_999, 10_000_000), 4, "99.9999"),
        (Fraction(1), 4, "100.0000"),
        (Fraction(2, 3), 2, "66.66"),
        (Fraction(99_999, 100_000), 0, "99"),
        (Fraction(-1, 3), 2, "-33.34"),
        (None, 4, "-"),
    ],
)
def test_a_share_is_cut_off_and_never_rounded_up(share: Fraction | None, digits: int, text: str) -> None:
    assert percent(share, digits) == text


def test_one_outage_with_a_blind_hole_is_one_outage_and_the_hole_is_named(story: Story) -> None:
    story.says(0, "up full").says(100, "down").blind(200, 260).start(260).says(290, "down")
    (outage,) = answer(story.says(400, "up full").beat(999).of(0, 500), "s").seen.figures.outages
    assert (outage.least, outage.blind, outage.most) == (210 * SECOND, 90 * SECOND, 300 * SECOND)


def test_an_outage_of_before_is_none_that_began_and_one_that_goes_on_has_no_end(story: Story) -> None:
    story.says(0, "up full").says(100, "down").says(300, "up full").says(400, "down").beat(900)
    found = answer(story.of(200, 500), "s").seen.figures
    assert [(one.began_before, one.goes_on) for one in found.outages] == [(True, False), (False, True)]
    assert (found.failures, found.mttr) == (1, 200 * SECOND)
    just = answer(story.of(100, 500), "s").seen.figures
    assert [one.began_before for one in just.outages] == [False, False]


def test_work_announced_too_late_or_for_others_explains_nothing_or_less(story: Story) -> None:
    story.says(0, "up full").work(100, 200, 50, "s").work(100, 200, -900, "t", at=101).says(120, "down")
    times = answer(story.says(220, "up full").beat(900).of(0, 500), "s", SLA).seen.figures.tally.times
    assert (times[Category.PLANNED], times[Category.SCHEDULED], times[Category.FORCED]) == (
        80 * SECOND,
        0,
        20 * SECOND,
    )


def test_work_is_over_when_it_was_ended_early(story: Story) -> None:
    story.says(0, "up full").work(100, 200, -900, at=100).says(120, "down")
    story.tell(FactKind.MAINTENANCE, 150, "w", change="ended").says(220, "up full").beat(900)
    times = answer(story.of(0, 500), "s", SLA).seen.figures.tally.times
    assert (times[Category.SCHEDULED], times[Category.FORCED]) == (30 * SECOND, 70 * SECOND)


def test_feeds_that_fail_together_show_together(story: Story) -> None:
    for name in ("a", "b"):
        story.says(0, "up full", name).says(100, "down", name).says(200, "up full", name)
    found = story.says(300, "down", "a").says(400, "up full", "a").beat(2000).of(0, 1000)
    one_of = together(found, "feeds", Contract("c", ("a", "b"), needs=1)).seen.figures
    both = together(found, "feeds", all_of("feeds", ("a", "b"))).seen
    assert one_of.a_min == Fraction(9, 10)  # a product of 0.8 and 0.9 would claim 0.98
    assert one_of.redundancy == Fraction(8, 10)
    assert both.figures.a_min == Fraction(8, 10)
    assert both.partial.least == both.partial.most == Fraction(17, 20)
    weighted = Contract("c", ("a", "b"), weights={"a": Fraction(3)}, unit="kW")
    heavy = together(found, "feeds", weighted)
    assert heavy.seen.partial.observed == 1 - Fraction(3 * 200 + 100, 4 * 1000)
    assert heavy.affected(Period(150 * SECOND, 160 * SECOND)) == (Fraction(4), ("a", "b"))
    assert heavy.affected(Period(300 * SECOND, 400 * SECOND)) == (Fraction(3), ("a",))


def test_a_contract_that_counts_redundancy_counts_what_is_missing(story: Story) -> None:
    story.says(0, "up full").says(900, "up reduced").beat(2000)
    strict = replace(SLA, counts=Counts.REDUNDANCY)
    assert answer(story.of(0, 1000), "s", strict).seen.figures.verdict is Verdict.MISSED
    assert answer(story.of(0, 1000), "s", SLA).seen.figures.verdict is Verdict.KEPT


def test_blind_time_decides_a_contract_only_where_it_cannot_turn_it(story: Story) -> None:
    story.says(0, "up full").says(700, "unknown").says(900, "up full").beat(2000)
    loose = replace(SLA, target=Fraction(1, 2), penalties=())
    assert answer(story.of(0, 1000), "s", loose).seen.figures.verdict is Verdict.KEPT
    assert answer(story.of(0, 1000), "s", SLA).seen.figures.verdict is Verdict.UNDECIDED
    story = Story().start(0).says(0, "up full").says(300, "down").says(700, "unknown").beat(2000)
    assert answer(story.of(0, 1000), "s", SLA).seen.figures.verdict is Verdict.MISSED
    assert answer(story.of(0, 1000), "s").seen.figures.verdict is Verdict.NONE


def test_the_error_budget_and_how_fast_it_burns(story: Story) -> None:
    story.says(0, "up full").says(990, "down").beat(2000)
    said = answer(story.of(0, 1000), "s", SLA).seen
    budget = said.figures.budget
    assert budget is not None
    assert (budget.whole, budget.spent, budget.left) == (SECOND, 10 * SECOND, -9 * SECOND)
    assert budget.burn == 10
    assert burn(said.account, SLA, 1000 * SECOND, 100 * SECOND) == 100
    assert burn(said.account, replace(SLA, target=Fraction(1)), 1000 * SECOND, 100 * SECOND) is None
    assert burn(said.account, Contract("c"), 1000 * SECOND, 100 * SECOND) is None


def test_services_by_the_place_they_are_in() -> None:
    places = {"a": {"rack": "r1"}, "b": {"rack": "r2"}, "c": {"rack": "r1"}, "d": {"rack": ""}}
    assert grouped(places, "rack") == {"r1": ("a", "c"), "r2": ("b",)}


STANDS = st.sampled_from(["up full", "up reduced", "up", "down", "unknown"])
LATER = st.lists(st.tuples(st.integers(1, 40), STANDS, st.integers(0, 50)), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(LATER, st.integers(1, 399))
def test_categories_fill_the_period_and_parts_add_up(turns: list[tuple[int, str, int]], cut: int) -> None:
    story, at = Story().start(0), 0
    for wait, stands, held in turns:
        at += wait
        story.says(at, stands, held=at - held)
    found = story.beat(100_000)
    whole = answer(found.of(0, 400), "s").seen
    slices = whole.account.slices
    assert [slices[0].start, slices[-1].end] == [0, 400 * SECOND]
    assert all(one.end == other.start and one.start < one.end for one, other in pairwise(slices))
    parts = [answer(found.of(0, cut), "s").seen, answer(found.of(cut, 400), "s").seen]
    first, second = (one.figures.tally for one in parts)
    assert tuple(map(sum, zip(first.times, second.times, strict=True))) == whole.figures.tally.times
    assert first.undecided + second.undecided == whole.figures.tally.undecided
    assert part_of(whole.account, parts[0].account.period) == parts[0].figures.tally
    inside = any(each.category is Category.BLIND and each.start <= cut * SECOND < each.end for each in slices)
    if not inside:
        assert sum(one.figures.failures for one in parts) == whole.figures.failures
    shares = whole.figures
    assert shares.a_min <= (shares.a_observed or shares.a_min) <= shares.a_max
    assert shares.redundancy_min <= (shares.redundancy or 0) <= shares.redundancy_max


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(10, 60), st.booleans()), min_size=1, max_size=12), st.integers(0, 2**20)
)
def test_the_truth_lies_between_a_min_and_a_max(turns: list[tuple[int, bool]], polls: int) -> None:
    """A service that stands each way for longer than two polls are apart, looked at every 2 to 9 s, or hanging."""
    truth: list[bool] = [up for length, up in turns for _ in range(length)]
    story, at, before, looked = Story().start(0), 0, "unknown", 0
    while at < len(truth):
        stands = "up full" if truth[at] else "down"
        if before not in ("unknown", stands) or before == "unknown":
            story.says(at, stands, held=looked if before != "unknown" else None)
        before, looked = stands, at
        polls, wait = polls >> 1 if polls > 1 else 987_654, 2 + polls % 8
        if polls % 11 == 5:  # the agent hangs: what it said grows too old
            story.says(looked + 9, "unknown", held=looked)
            before, wait = "unknown", 15
        at += wait
    found = answer(story.beat(200_000).of(0, looked) if looked else story.beat(200_000).of(0, 1), "s").seen
    up = Fraction(sum(truth[: looked or 1]), looked or 1)
    assert found.figures.a_min <= up <= found.figures.a_max


def test_reclassifying_never_changes_what_was_seen(story: Story) -> None:
    story.says(0, "up full").says(100, "down").says(200, "up full").beat(900)
    before = answer(story.of(0, 500), "s")
    story.moves(0, 500, "forced_outage", "full", at=950).moves(0, 500, "full", "blind", at=960)
    after = answer(story.of(0, 500), "s")
    assert not before.reclassified
    assert after.seen == replace(before.seen)
    assert after.final.figures.coverage == 0
    story.moves(0, 500, "blind", "force_majeure", "storm", at=970)
    refused = answer(story.of(0, 500), "s", replace(SLA, causes=("flood",)))
    assert refused.final.figures.tally.times[Category.BLIND] == 500 * SECOND


def test_what_comes_late_makes_a_new_version_and_the_old_one_is_what_it_was(story: Story) -> None:
    """Pains: E2."""
    story.says(0, "up full").beat(500)
    old = claim(answer(story.of(0, 500), "s"), "UTC")
    story.says(505, "down", held=490).beat(600)
    again = Story(story.entries[: story.entries[-1].sequence - 2])
    assert claim(answer(again.of(0, 500), "s"), "UTC") == old
    new = answer(story.of(0, 500), "s").seen.figures
    assert new.tally.times[Category.BLIND] == 10 * SECOND
