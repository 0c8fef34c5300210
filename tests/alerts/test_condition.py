"""What a condition says: true, false or unknown."""

import pytest

from dcim.alerts.condition import (
    THE_POINT,
    Expression,
    HasGap,
    HasHealth,
    InState,
    IsSet,
    Observation,
    Outside,
    Truth,
    evaluate,
)
from dcim.model import Gap, GapReason, Health, Point, Reading

TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
CRITICAL = HasHealth(frozenset({Health.CRITICAL}))
WARNING_ALARM = HasHealth(frozenset({Health.WARNING}), untold=Health.WARNING)


def reading(
    value: float | None = None, state: str | None = None, health: Health | None = None, gap: Gap | None = None
) -> Reading:
    return Reading(Point("a", "m"), 0.0, value, state, health, gap, "")


def truth(expression: Expression, said: Reading) -> Truth:
    return evaluate(expression, {THE_POINT: Observation(said, 0.0)}, 0.0).truth


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.79, FALSE), (0.8, FALSE), (0.81, TRUE), (0.1, FALSE), (0.09, TRUE), (None, UNKNOWN)],
)
def test_a_threshold_is_crossed_beyond_the_limit_and_not_on_it(value: float | None, expected: Truth) -> None:
    assert truth(Outside(0.1, 0.8), reading(value)) is expected


@pytest.mark.parametrize(
    ("word", "negated", "expected"),
    [
        ("battery", False, TRUE),
        ("normal", False, FALSE),
        ("battery", True, FALSE),
        ("normal", True, TRUE),
        ("unknown", False, UNKNOWN),
        ("unknown", True, UNKNOWN),
        (None, False, UNKNOWN),
        (None, True, UNKNOWN),
    ],
)
def test_a_state_that_the_device_calls_unknown_decides_nothing(
    word: str | None, negated: bool, expected: Truth
) -> None:
    """Pains: E5."""
    assert truth(InState(frozenset({"battery"}), negated), reading(state=word)) is expected


def test_a_rule_that_names_unknown_means_it() -> None:
    assert truth(InState(frozenset({"unknown"})), reading(state="unknown")) is TRUE


@pytest.mark.parametrize(
    ("expression", "said", "expected"),
    [
        (CRITICAL, reading(state="x", health=Health.CRITICAL), TRUE),
        (CRITICAL, reading(state="x", health=Health.OK), FALSE),
        (CRITICAL, reading(state="x", health=Health.UNKNOWN), UNKNOWN),
        (CRITICAL, reading(state="x"), UNKNOWN),
        (CRITICAL, reading(), UNKNOWN),
        (WARNING_ALARM, reading(state="fan_failed"), TRUE),
        (WARNING_ALARM, reading(state="clear"), FALSE),
        (WARNING_ALARM, reading(value=1.0), TRUE),
        (WARNING_ALARM, reading(value=0.0), FALSE),
        (WARNING_ALARM, reading(state="fan_failed", health=Health.CRITICAL), FALSE),
        (IsSet(), reading(value=1.0), TRUE),
        (IsSet(), reading(value=0.0), FALSE),
        (IsSet(), reading(state="fan_failed"), TRUE),
        (IsSet(), reading(state="clear"), FALSE),
        (IsSet(), reading(), UNKNOWN),
    ],
)
def test_health_and_alarm_bits_are_judged_by_what_the_profile_tells(
    expression: Expression, said: Reading, expected: Truth
) -> None:
    assert truth(expression, said) is expected


def test_a_gap_is_unknown_and_never_zero() -> None:
    """Pains: A13, E5."""
    seen = evaluate(
        Outside(low=10.0), {THE_POINT: Observation(reading(0.0, gap=Gap(GapReason.OUT_OF_RANGE)), 0.0)}, 0.0
    )
    assert seen.truth is UNKNOWN
    assert seen.evidence[0].reading.gap == Gap(GapReason.OUT_OF_RANGE)


def test_an_input_older_than_its_max_age_is_unknown() -> None:
    """Pains: E3."""
    snapshot = {THE_POINT: Observation(reading(0.9), came_at=100.0, max_age=30.0)}
    assert evaluate(Outside(high=0.8), snapshot, 130.0).truth is TRUE
    assert evaluate(Outside(high=0.8), snapshot, 130.1).truth is UNKNOWN


def test_a_missing_input_is_unknown_and_leaves_no_evidence() -> None:
    seen = evaluate(Outside(high=0.8), {}, 0.0)
    assert (seen.truth, seen.evidence) == (UNKNOWN, ())


@pytest.mark.parametrize(
    ("lost", "measured", "reason", "expected"),
    [
        (False, False, GapReason.UNKNOWN_CODE, TRUE),
        (False, False, GapReason.DEADLINE, UNKNOWN),
        (False, False, None, FALSE),
        (True, True, GapReason.UNKNOWN_CODE, TRUE),
        (True, False, GapReason.UNKNOWN_CODE, UNKNOWN),
        (True, True, GapReason.NO_ANSWER, UNKNOWN),
        (True, True, None, FALSE),
    ],
)
def test_a_gap_is_told_by_its_reason_and_a_loss_only_where_a_value_was(
    reason: GapReason | None, expected: Truth, *, lost: bool, measured: bool
) -> None:
    """Pains: A13, C12."""
    said = reading(1.0) if reason is None else reading(gap=Gap(reason))
    condition = HasGap(frozenset({GapReason.UNKNOWN_CODE}), lost)
    seen = evaluate(condition, {THE_POINT: Observation(said, 0.0, measured=measured)}, 0.0)
    assert seen.truth is expected
    old = Observation(said, 0.0, max_age=5.0, measured=measured)
    assert evaluate(condition, {THE_POINT: old}, 5.1).truth is UNKNOWN
