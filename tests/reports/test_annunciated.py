"""Figures of the alarm system: what nobody watched is in none of them. Pains: F1."""

from __future__ import annotations

from dcim.availability import Period
from dcim.reports.kinds.annunciated import SECOND, WINDOW, floods, performance, watched

MINUTE = 60 * SECOND


def test_a_flood_ends_where_nobody_watches_any_more():
    (found,) = floods([12, 0], 0, 2 * WINDOW)
    assert (found.until, found.watched, found.alarms) == (WINDOW, WINDOW, 12)
    (cut,) = watched([found], [Period(4 * MINUTE, 30 * MINUTE)])
    assert (cut.since, cut.until, cut.watched) == (0, 4 * MINUTE, 4 * MINUTE)


def test_time_that_nobody_watched_within_a_flood_is_no_flood():
    (found,) = floods([12, 12, 0], 0, 3 * WINDOW)
    (cut,) = watched([found], [Period(-MINUTE, MINUTE), Period(5 * MINUTE, 7 * MINUTE)])
    assert (cut.until, cut.watched) == (2 * WINDOW, 2 * WINDOW - 3 * MINUTE)


def test_the_time_watched_is_the_period_without_what_nobody_watched():
    dark = [Period(-5 * MINUTE, 5 * MINUTE), Period(30 * MINUTE, 31 * MINUTE)]
    found = performance([], [], 0, 20 * MINUTE, dark)
    assert (found.watched, found.flooded, found.raised) == (15 * MINUTE, 0, 0)
