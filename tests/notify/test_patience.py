"""When to try again, and when to stop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.notify import Patience

CALM = Patience(jitter=0.0)


@pytest.mark.parametrize(
    ("attempts", "wait"), [(0, 2.0), (1, 2.0), (2, 4.0), (3, 8.0), (9, 512.0), (10, 600.0), (10_000, 600.0)]
)
def test_waits_double_up_to_the_longest(attempts: int, wait: float) -> None:
    assert CALM.wait(attempts, None, 0.5) == wait


@pytest.mark.parametrize(("asked", "wait"), [(0.0, 2.0), (30.0, 30.0), (1e9, 3600.0)])
def test_what_the_far_side_asks_for_is_kept_within_reason(asked: float, wait: float) -> None:
    assert CALM.wait(1, asked, 0.0) == wait


@pytest.mark.parametrize(("attempts", "asked", "wait"), [(9, 15.0, 60.0), (3, 1.0, 8.0), (20, 90.0, 90.0)])
def test_who_says_when_is_asked_again_about_then(attempts: int, asked: float, wait: float) -> None:
    """Nine tries without success, and "in 15 s": that is not in nine minutes."""
    assert CALM.wait(attempts, asked, 0.0) == wait


@given(st.integers(0, 10**6), st.floats(0, 1, exclude_max=True), st.one_of(st.none(), st.floats(0, 1e6)))
def test_chance_takes_off_at_most_its_share_and_never_what_was_asked(
    attempts: int, chance: float, asked: float | None
) -> None:
    wait, full = Patience().wait(attempts, asked, chance), CALM.wait(attempts, asked, 0.0)
    assert 0.75 * full <= wait <= full
    assert asked is None or wait >= min(asked, 3600.0)


def test_age_alone_never_gives_a_message_up() -> None:
    """A clock that jumps a year ahead costs no message."""
    week = 7 * 86400.0
    assert not CALM.is_over(0.0, 5, 365 * 86400.0)
    assert not CALM.is_over(0.0, 1000, week)
    assert CALM.is_over(0.0, 100, week + 1)


def test_a_clock_that_was_set_back_does_not_hold_messages() -> None:
    assert CALM.due(100.0, now=50.0) == 100.0
    assert CALM.due(1e6, now=50.0) == 50.0
    assert CALM.due(40.0, now=50.0) == 40.0
