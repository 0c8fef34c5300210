"""A period is what its word says on the wall of the site, in English and in French."""

from __future__ import annotations

import pytest

from dcim.reports.when import FRENCH, NoPeriod, period

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
