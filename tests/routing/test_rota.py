"""Who is on call, by the wall clock of the site."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.routing import Override, Rota

CASABLANCA = ZoneInfo("Africa/Casablanca")
WEEK = 7 * 86400.0


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


FIRST = datetime(2026, 2, 2, 8, 0, tzinfo=CASABLANCA)  # a Monday
ROTA = Rota("astreinte", ("amina", "youssef", "karim"), FIRST)


def test_people_take_turns_week_by_week() -> None:
    assert [ROTA.on_call(FIRST.timestamp() + 2 * 3600 + week * WEEK) for week in range(-1, 4)] == [
        "karim", "amina", "youssef", "karim", "amina",
    ]  # fmt: skip


def test_the_hand_over_stays_at_eight_on_the_wall_when_ramadan_begins() -> None:
    """The clock goes back an hour on 15 February 2026; eight o'clock is then eight UTC. Pains: F7."""
    assert ROTA.on_call(utc("2026-02-16 07:59")) == "youssef"
    assert ROTA.on_call(utc("2026-02-16 08:00")) == "karim"
    assert ROTA.on_call(utc("2026-02-09 06:59")) == "amina"
    assert ROTA.on_call(utc("2026-02-09 07:00")) == "youssef"
    assert ROTA.next_change(utc("2026-02-10 00:00")) == utc("2026-02-16 08:00")


def test_who_stands_in_counts_and_of_two_the_one_said_last() -> None:
    first = Override("karim", utc("2026-02-03 00:00"), utc("2026-02-05 00:00"))
    last = Override("salma", utc("2026-02-04 00:00"), utc("2026-02-04 12:00"))
    hours = ("02 12:00", "02 23:59", "03 00:00", "04 00:00", "04 11:59", "04 12:00", "05 00:00")
    on_call = [ROTA.on_call(utc(f"2026-02-{hour}"), (first, last)) for hour in hours]
    assert on_call == ["amina", "amina", "karim", "salma", "salma", "karim", "amina"]
    assert ROTA.next_change(utc("2026-02-02 12:00"), (first,)) == utc("2026-02-03 00:00")


def test_a_rota_without_a_wall_is_refused() -> None:
    with pytest.raises(TypeError, match="wall of a zone"):
        Rota("wrong", ("amina",), datetime(2026, 2, 2, tzinfo=UTC)).on_call(0.0)


@given(
    start=st.integers(int(utc("2025-06-01 00:00")), int(utc("2028-06-01 00:00"))),
    length=st.integers(1, 40 * 86400),
    days=st.integers(1, 14),
    overrides=st.lists(
        st.builds(
            lambda who, begin, long: Override(who, float(begin), float(begin + long)),
            st.sampled_from(["amina", "karim", "salma"]),
            st.integers(int(utc("2025-06-01 00:00")), int(utc("2028-06-01 00:00"))),
            st.integers(1, 10 * 86400),
        ),
        max_size=4,
    ),
)
def test_between_two_changes_one_person_is_on_call(
    start: int, length: int, days: int, overrides: list[Override]
) -> None:
    rota, at = Rota("r", ("amina", "youssef", "karim"), FIRST, days), float(start)
    while at < start + length:
        until = rota.next_change(at, overrides)
        assert at < until
        moments = (at, (at + until) / 2, until - 0.001)
        assert len({rota.on_call(moment, overrides) for moment in moments}) == 1
        at = until
