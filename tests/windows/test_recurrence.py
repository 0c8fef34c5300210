"""When windows are open, by the wall clock of Casablanca, which goes back for Ramadan and forward after it."""

from datetime import UTC, date, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.windows import Days, Every, Once, Span

CASABLANCA = ZoneInfo("Africa/Casablanca")
HOUR = 3600.0
YEAR = 366 * 24 * HOUR


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def every(days: str, at: str, hours: float = 1, zone: str = "Africa/Casablanca") -> Every:
    return Every((Days(days),), time.fromisoformat(at), hours * HOUR, ZoneInfo(zone))


def starts(when: Every, after: str, count: int) -> list[str]:
    found = islice(when.spans(utc(after), utc(after) + YEAR), count)
    return [f"{datetime.fromtimestamp(span.start, UTC):%Y-%m-%d %H:%M}" for span in found]


def test_an_hour_on_the_wall_keeps_its_place_when_ramadan_begins_and_ends() -> None:
    """In 2026 the clock goes back on 15 February at 3:00 and forward on 22 March at 2:00. Pains: F7."""
    nightly = every("day", "22:00")
    assert starts(nightly, "2026-02-13 12:00", 3) == [
        "2026-02-13 21:00",
        "2026-02-14 21:00",
        "2026-02-15 22:00",
    ]
    assert starts(nightly, "2026-03-20 23:30", 3) == [
        "2026-03-21 22:00",
        "2026-03-22 21:00",
        "2026-03-23 21:00",
    ]


def test_an_hour_that_the_wall_shows_twice_opens_one_window_and_it_lasts_as_long_as_it_says() -> None:
    found = list(every("day", "02:30", 2).spans(utc("2026-02-15 00:00"), utc("2026-02-15 23:00")))
    assert found == [Span(utc("2026-02-15 01:30"), utc("2026-02-15 03:30"))]


def test_an_hour_that_the_wall_leaves_out_begins_as_much_later() -> None:
    found = list(every("day", "02:30", 2).spans(utc("2026-03-22 00:00"), utc("2026-03-22 23:00")))
    assert found == [Span(utc("2026-03-22 02:30"), utc("2026-03-22 04:30"))]  # 3:30 on the wall


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("day", ["2026-12-01", "2026-12-02", "2026-12-03"]),
        ("sun", ["2026-12-06", "2026-12-13", "2026-12-20"]),
        ("Sunday", ["2026-12-06", "2026-12-13", "2026-12-20"]),
        ("1st sunday", ["2026-12-06", "2027-01-03", "2027-02-07"]),
        ("last friday", ["2026-12-25", "2027-01-29", "2027-02-26"]),
        ("5th thursday", ["2026-12-31", "2027-04-29", "2027-07-29"]),
        ("31", ["2026-12-31", "2027-01-31", "2027-03-31"]),
        ("last day", ["2026-12-31", "2027-01-31", "2027-02-28"]),
    ],
)
def test_days_are_written_as_people_say_them(days: str, expected: list[str]) -> None:
    assert [start[:10] for start in starts(every(days, "12:30"), "2026-11-30 20:00", 3)] == expected


@pytest.mark.parametrize(
    "text", ["", "0", "32", "6th sunday", "first sunday", "sundae", "last", "1st", "day day"]
)
def test_what_names_no_day_is_refused_and_says_what_would(text: str) -> None:
    with pytest.raises(ValueError, match="names no day: expected day, a weekday"):
        Days(text)


def test_several_days_come_in_their_order() -> None:
    both = Every((Days("friday"), Days("monday")), time(3), HOUR, CASABLANCA)
    assert [start[:10] for start in starts(both, "2026-12-01 00:00", 3)] == [
        "2026-12-04",
        "2026-12-07",
        "2026-12-11",
    ]


def test_it_begins_only_between_its_first_and_its_last_day() -> None:
    short = Every((Days("day"),), time(23), 2 * HOUR, CASABLANCA, date(2026, 12, 3), date(2026, 12, 4))
    assert starts(short, "2026-11-01 00:00", 9) == ["2026-12-03 22:00", "2026-12-04 22:00"]


def test_one_that_is_open_already_is_found() -> None:
    long = every("monday", "20:00", 100)
    assert starts(long, "2026-12-10 00:00", 1) == ["2026-12-07 19:00"]


def test_once_is_once() -> None:
    once = Once(Span(100.0, 200.0))
    assert [*once.spans(0, 100), *once.spans(200, 300)] == []
    assert [*once.spans(0, 101), *once.spans(199, 300)] == [Span(100.0, 200.0)] * 2


@given(
    days=st.sampled_from(["day", "sunday", "1st sunday", "15", "last day"]),
    at=st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    hours=st.integers(1, 47),
    after=st.integers(int(utc("2026-01-01 00:00")), int(utc("2028-04-01 00:00"))),
    length=st.integers(1, int(40 * 24 * HOUR)),
)
def test_no_span_of_a_time_is_missed_and_none_is_outside_it(
    days: str, at: time, hours: int, after: int, length: int
) -> None:
    when = Every((Days(days),), at, hours * HOUR, CASABLANCA)
    found = list(when.spans(after, after + length))
    around = list(when.spans(after - 60 * 24 * HOUR, after + length + 60 * 24 * HOUR))
    assert found == [span for span in around if span.end > after and span.start < after + length]
    assert all(span.end - span.start == hours * HOUR for span in found)
    assert found == sorted(found, key=lambda span: span.start)
