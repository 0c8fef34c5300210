"""A period is what its word says on the wall of the site, in English and in French."""

from __future__ import annotations

import pytest

from dcim.reports.when import FRENCH, NoPeriod, between, moment, period

from .conftest import DAY, SINCE, UNTIL

ZONE = "Africa/Casablanca"


@pytest.mark.parametrize("word", ["last-month", "mois-dernier"])
def test_the_last_month_is_that_before_this_one(word: str) -> None:
    found = period(word, ZONE, UNTIL + DAY)
    assert (found.since, found.until) == (SINCE, UNTIL)


@pytest.mark.parametrize("word", list(FRENCH))
def test_a_french_word_is_the_same_period_as_the_english(word: str) -> None:
    assert period(word, ZONE, UNTIL + 9 * DAY) == period(FRENCH[word], ZONE, UNTIL + 9 * DAY)


@pytest.mark.parametrize("word", ["année-dernière", "semaine-dernière", "aujourd’hui"])
def test_accents_and_a_curly_apostrophe_may_be_there(word: str) -> None:
    assert period(word, ZONE, UNTIL).since <= UNTIL


def test_a_word_that_is_none_is_refused() -> None:
    with pytest.raises(NoPeriod, match="mois-prochain"):
        period("mois-prochain", ZONE, UNTIL)


def test_a_time_that_the_clocks_were_put_forward_over_is_refused_with_the_reason() -> None:
    """After Ramadan, on 2026-03-22, the wall of Casablanca went from 02:00 to 03:00."""
    with pytest.raises(NoPeriod, match="put forward over it"):
        between("2026-03-22T02:30", "2026-03-22T03:30", "Africa/Casablanca")
    assert moment("2026-03-22T02:30+01:00", "Africa/Casablanca") == moment("2026-03-22 01:30", "UTC")
    assert moment("2026-03-22 03:00", "Africa/Casablanca") == moment("2026-03-22 02:00", "UTC")


def test_a_time_that_the_wall_showed_twice_is_refused_with_both_that_it_may_be() -> None:
    """Before Ramadan, on 2026-02-15, the wall of Casablanca went from 03:00 back to 02:00."""
    either = "twice: .* say '2026-02-15 02:30\\+01:00' or '2026-02-15 02:30\\+00:00'"
    with pytest.raises(NoPeriod, match=either):
        between("2026-02-15 02:30", "2026-02-15 04:00", "Africa/Casablanca")
    assert moment("2026-02-15 02:30+01:00", "Africa/Casablanca") == moment("2026-02-15 01:30", "UTC")
    assert moment("2026-02-15 03:00", "Africa/Casablanca") == moment("2026-02-15 03:00", "UTC")


def test_a_day_whose_midnight_the_wall_showed_twice_begins_with_the_first() -> None:
    """In Havana clocks go from 01:00 back to 00:00, on 2026-11-01."""
    assert moment("2026-11-01", "America/Havana") == moment("2026-11-01 04:00", "UTC")


def test_a_day_whose_midnight_was_on_no_wall_begins_when_the_clocks_were_put_forward() -> None:
    """In Cairo clocks go from 00:00 to 01:00, on 2026-04-24."""
    assert moment("2026-04-24", "Africa/Cairo") == moment("2026-04-23 22:00", "UTC")
