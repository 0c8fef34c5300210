"""When scheduled reports are due, and of which period."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.availability import moment, period_of
from dcim.reports.schedule import AGAIN, due
from dcim.settings.checked.reported import Scheduled

ZONE = "Africa/Casablanca"
HERE = ZoneInfo(ZONE)
DAY = 86_400_000_000


def at(text: str) -> int:
    return moment(datetime.fromisoformat(text).replace(tzinfo=HERE))


@pytest.mark.parametrize(
    ("every", "when", "period"),
    [
        ("day", "2026-11-27 06:00", ("2026-11-25", "2026-11-26")),
        ("week", "2026-12-01 06:00", ("2026-11-23", "2026-11-30")),
        ("month", "2026-12-02 06:00", ("2026-11-01", "2026-12-01")),
        ("quarter", "2027-01-02 06:00", ("2026-10-01", "2027-01-01")),
        ("year", "2027-01-02 06:00", ("2026-01-01", "2027-01-01")),
    ],
)
def test_a_report_is_due_a_day_after_its_period_on_the_wall_of_the_site(
    every: str, when: str, period: tuple[str, str]
) -> None:
    """Pains: G6."""
    scheduled = Scheduled("uptime", every=every)  # type: ignore[arg-type]
    found = next(iter(due(scheduled, ZONE, at(when) - 1, at(when))))
    assert found.at == at(when)
    assert (found.period.since, found.period.until) == (at(period[0]), at(period[1]))
    assert not list(due(scheduled, ZONE, at(when), at(when)))


def test_a_month_is_looked_at_again_when_late_facts_have_come() -> None:
    """Pains: G5."""
    scheduled = Scheduled("uptime")
    found = list(due(scheduled, ZONE, at("2026-12-01"), at("2026-12-31")))
    assert [one.at for one in found] == [at("2026-12-02 06:00"), at(f"2026-12-0{2 + AGAIN} 06:00")]
    assert len({(one.period.since, one.period.until) for one in found}) == 1


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(["day", "week", "month", "quarter"]),
    st.integers(at("2026-01-01"), at("2028-01-01")),
    st.integers(0, 100 * DAY),
    st.integers(0, 6),
)
def test_however_often_it_is_looked_nothing_is_missed_and_nothing_comes_twice(
    every: str, start: int, lasts: int, days_after: int
) -> None:
    """Pains: G6."""
    scheduled = Scheduled("uptime", every=every, days_after=days_after)  # type: ignore[arg-type]
    whole = list(due(scheduled, ZONE, start, start + lasts))
    middle = start + lasts // 3
    parts = [*due(scheduled, ZONE, start, middle), *due(scheduled, ZONE, middle, start + lasts)]
    assert parts == whole
    assert whole == sorted(whole, key=lambda one: one.at)
    for one in whole:
        assert one.period.until <= one.at
        day = datetime.fromtimestamp(one.period.since / 1e6, HERE).date()
        span = period_of(every, day, HERE)  # type: ignore[arg-type]
        assert (span.start, span.end) == (one.period.since, one.period.until)
