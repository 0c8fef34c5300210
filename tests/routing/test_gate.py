"""A channel gets no more than it bears; what matters always gets through."""

from hypothesis import given
from hypothesis import strategies as st

from dcim.model import Severity
from dcim.routing import Gate, Limit

MINOR, CRITICAL = Severity.MINOR, Severity.CRITICAL


def gate() -> Gate:
    return Gate(Limit(2, 60.0), 0.0)


def test_what_is_too_much_waits_and_goes_together() -> None:
    one = gate()
    assert [one.lets_pass(key, MINOR, 0.0, first=True) for key in "abcd"] == [True, True, False, False]
    assert one.held == ("c", "d")
    assert one.release(29.0) == ()
    assert one.wake_at(29.0) == 30.0
    assert one.release(30.0) == ("c", "d")
    assert one.held == ()
    assert one.release(1000.0) == ()
    assert one.wake_at(1000.0) is None


def test_the_first_of_a_critical_one_always_goes() -> None:
    """Pains: H1."""
    one = gate()
    assert all(one.lets_pass(str(number), CRITICAL, 0.0, first=True) for number in range(100))
    assert not one.lets_pass("minor", MINOR, 0.0, first=True)


def test_what_follows_a_message_that_went_out_goes_and_what_follows_one_that_waits_waits() -> None:
    one = gate()
    passed = [one.lets_pass(key, MINOR, 0.0, first=True) for key in "abc"]
    assert passed == [True, True, False]
    assert one.lets_pass("a", MINOR, 0.0, first=False)
    assert not one.lets_pass("c", MINOR, 0.0, first=False)
    one.forget("c")
    assert one.held == ()


def test_one_that_waits_and_becomes_critical_goes() -> None:
    one = gate()
    for key in "abc":
        one.lets_pass(key, MINOR, 0.0, first=True)
    assert one.lets_pass("c", CRITICAL, 1.0, first=True)
    assert one.held == ()


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from([MINOR, CRITICAL])), max_size=60))
def test_in_any_time_no_more_than_the_limit_goes_beside_what_is_critical(
    story: list[tuple[int, Severity]],
) -> None:
    one, now, sent = gate(), 0.0, list[float]()
    for number, (later, severity) in enumerate(story):
        now += later
        passed = one.lets_pass(str(number), severity, now, first=True)
        assert passed or severity is MINOR
        if passed and severity is MINOR:
            sent.append(now)
        if one.release(now):
            sent.append(now)
    for start in sent:
        assert sum(start <= at < start + 60.0 for at in sent) <= 4  # the burst, and what came back meanwhile
