"""A month lasts as long as its days really did on the wall of the site. Pains: G5."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from dcim.availability import following, named, period_of
from dcim.availability.calendar import days, midnight

HOUR = 3_600_000_000
CASABLANCA = ZoneInfo("Africa/Casablanca")


@pytest.mark.parametrize(
    ("text", "zone", "hours"),
    [
        ("2026-02", "Africa/Casablanca", 28 * 24 + 1),  # Ramadan begins on the 15th: an hour twice
        ("2026-03", "Africa/Casablanca", 31 * 24 - 1),  # and is over on the 22nd
        ("2026", "Africa/Casablanca", 365 * 24),
        ("2026-02-15", "Africa/Casablanca", 25),
        ("2026-03-29", "Europe/Paris", 23),
        ("2026-W13", "Europe/Paris", 7 * 24 - 1),
        ("2028-02", "UTC", 29 * 24),
        ("2028", "UTC", 366 * 24),
        ("2026-Q1", "Europe/Paris", 90 * 24 - 1),
        ("2026-Q4", "Europe/Paris", 92 * 24 + 1),
    ],
)
def test_a_period_is_as_long_as_it_was(text: str, zone: str, hours: int) -> None:
    assert named(text, ZoneInfo(zone)).length == hours * HOUR


@pytest.mark.parametrize("text", ["", "2026-13", "2026-Q5", "2026-11-31", "november", "2026-W54", "26"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|month must|day is out|Invalid week|must be in"):
        named(text, CASABLANCA)


def test_the_edges_are_midnights_of_the_site() -> None:
    period = named("2026-11", CASABLANCA)
    begin = datetime(2026, 10, 31, 23, tzinfo=UTC).timestamp()
    assert period.start == round(begin * 1e6)


def test_a_midnight_that_the_wall_leaves_out_is_when_it_goes_on() -> None:
    beirut = ZoneInfo("Asia/Beirut")  # 2026-03-29 begins at 01:00
    assert midnight(date(2026, 3, 29), beirut) == round(
        datetime(2026, 3, 28, 22, tzinfo=UTC).timestamp() * 1e6
    )
    assert days(date(2026, 3, 29), date(2026, 3, 30), beirut).length == 23 * HOUR


def test_a_midnight_that_the_wall_shows_twice_is_the_first() -> None:
    havana = ZoneInfo("America/Havana")  # 2026-11-01: 01:00 becomes 00:00
    assert days(date(2026, 11, 1), date(2026, 11, 2), havana).length == 25 * HOUR


@pytest.mark.parametrize("every", ["day", "week", "month", "quarter", "year"])
def test_periods_follow_each_other_without_a_gap(every: str) -> None:
    found = list(following(every, date(2025, 12, 30), 15, CASABLANCA))  # type: ignore[arg-type]
    assert found[0] == period_of(every, date(2025, 12, 30), CASABLANCA)  # type: ignore[arg-type]
    assert all(one.end == other.start for one, other in pairwise(found))
