"""The life of an alert, for stories that people wrote and stories that hypothesis invents."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.alerts import (
    Ack,
    AlertState,
    ChangeKind,
    Delay,
    Event,
    Language,
    Life,
    Phase,
    Rule,
    Seen,
    Severity,
    Tick,
    Truth,
    detection_bound,
    step,
)
from dcim.alerts.condition import IsSet
from dcim.alerts.state import NORMAL, Outranked

RAISED, CLEARED, ACKNOWLEDGED = ChangeKind.RAISED, ChangeKind.CLEARED, ChangeKind.ACKNOWLEDGED
TRUE, FALSE, UNKNOWN, TICK = Seen(Truth.TRUE), Seen(Truth.FALSE), Seen(Truth.UNKNOWN), Tick()
TEXT = dict.fromkeys(Language, "x")

Story = Sequence[tuple[float, Event]]


def rule(on: float = 0.0, off: float = 0.0, latching: bool = False) -> Rule:
    return Rule(
        "r",
        frozenset(),
        ("m",),
        IsSet(),
        IsSet(),
        Severity.MAJOR,
        TEXT,
        TEXT,
        TEXT,
        Delay(on),
        Delay(off),
        latching,
    )


def live(story: Story, by: Rule) -> tuple[AlertState, list[tuple[float, ChangeKind]]]:
    """Tell a story of (time, event); return the last state and every change with its time."""
    state, changes = NORMAL, []
    for now, event in story:
        result = step(state, by, event, now)
        state = result.state
        changes += [(now, kind) for kind in result.kinds]
    return state, changes


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ([(0, TRUE)], []),
        ([(0, TRUE), (10, TRUE)], []),
        ([(0, TRUE), (10, TRUE), (20, TRUE)], [(20, RAISED)]),
        ([(0, TRUE), (10, FALSE), (20, TRUE), (30, TRUE)], []),
        ([(0, TRUE), (10, UNKNOWN), (20, TRUE)], [(20, RAISED)]),
        ([(0, TRUE), (10, UNKNOWN), (20, UNKNOWN), (300, UNKNOWN)], []),
        ([(0, TRUE), (10, UNKNOWN), (20, UNKNOWN), (300, TRUE)], [(300, RAISED)]),
        ([(0, TRUE), (10, UNKNOWN), (20, FALSE), (30, TRUE)], []),
        ([(0, TRUE), (15, TICK), (1000, TICK)], []),
    ],
)
def test_the_on_delay_elapses_through_unknown_but_an_observation_ends_it(
    story: Story, expected: list[tuple[float, ChangeKind]]
) -> None:
    """Pains: E4, D5."""
    assert live(story, rule(on=15))[1] == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ([(10, FALSE)], []),
        ([(10, FALSE), (20, FALSE), (70, FALSE)], [(70, CLEARED)]),
        ([(10, FALSE), (20, TRUE), (70, FALSE)], []),
        ([(10, FALSE), (20, UNKNOWN), (70, FALSE)], [(70, CLEARED)]),
        ([(10, FALSE), (20, UNKNOWN), (3600, UNKNOWN)], []),
        ([(10, UNKNOWN), (3600, UNKNOWN)], []),
    ],
)
def test_the_off_delay_is_the_mirror_image(story: Story, expected: list[tuple[float, ChangeKind]]) -> None:
    """Pains: E4, F8."""
    assert live([(0, TRUE), *story], rule(off=60))[1] == [(0, RAISED), *expected]


def test_without_delays_the_first_observation_decides() -> None:
    assert live([(0, TRUE), (10, FALSE)], rule())[1] == [(0, RAISED), (10, CLEARED)]


def test_a_condition_that_comes_back_before_the_off_delay_tells_nobody() -> None:
    """Pains: F8."""
    flapping = [(float(n), TRUE if n % 2 == 0 else FALSE) for n in range(100)]
    assert live(flapping, rule(off=60))[1] == [(0, RAISED)]


def test_a_latching_alert_waits_for_somebody() -> None:
    latched, changes = live([(0, TRUE), (10, FALSE), (20, FALSE), (30, UNKNOWN)], rule(latching=True))
    assert (latched.phase, changes) == (Phase.LATCHED, [(0, RAISED)])
    after = step(latched, rule(latching=True), Ack("amina"), 40)
    assert (after.state.life, after.kinds) == (Life.NORMAL, (ACKNOWLEDGED, CLEARED))


def test_a_latched_alert_whose_condition_returns_is_raised_still() -> None:
    state, changes = live([(0, TRUE), (10, FALSE), (20, TRUE)], rule(latching=True))
    assert (state.phase, changes) == (Phase.RAISED, [(0, RAISED)])


def test_a_latching_alert_acknowledged_while_raised_clears_by_itself() -> None:
    changes = live([(0, TRUE), (5, Ack("amina")), (10, FALSE)], rule(latching=True))[1]
    assert changes == [(0, RAISED), (5, ACKNOWLEDGED), (10, CLEARED)]


def test_an_acknowledgement_counts_once_and_only_while_the_alert_is_open() -> None:
    state, changes = live([(0, Ack("amina")), (1, TRUE), (2, Ack("amina")), (3, Ack("amina"))], rule())
    assert changes == [(1, RAISED), (2, ACKNOWLEDGED)]
    assert state.acknowledged == "amina"


def test_another_owner_or_note_takes_an_acknowledgement_over() -> None:
    """Pains: H4."""
    story = [(1, TRUE), (2, Ack("amina")), (3, Ack("brahim")), (4, Ack("brahim", "on my way"))]
    state, changes = live(story, rule())
    assert changes == [(1, RAISED), (2, ACKNOWLEDGED), (3, ACKNOWLEDGED), (4, ACKNOWLEDGED)]
    assert state.ack == Ack("brahim", "on my way")


def test_who_acknowledges_again_takes_nothing_back_that_was_said() -> None:
    """The note and the end stay unless the same person says others; with another person neither does."""
    first, again = Ack("amina", "called the grid", until=600.0), Ack("amina")
    state, changes = live([(1, TRUE), (2, first), (3, again)], rule())
    assert (state.ack, changes) == (first, [(1, RAISED), (2, ACKNOWLEDGED)])
    state, _ = live([(1, TRUE), (2, first), (3, Ack("amina", "on my way"))], rule())
    assert state.ack == Ack("amina", "on my way", until=600.0)
    state, _ = live([(1, TRUE), (2, first), (3, Ack("amina", until=9000.0))], rule())
    assert state.ack == Ack("amina", "called the grid", until=9000.0)
    state, _ = live([(1, TRUE), (2, first), (3, Ack("brahim"))], rule())
    assert state.ack == Ack("brahim")


def test_an_acknowledgement_does_not_stop_the_off_delay() -> None:
    changes = live([(0, TRUE), (10, FALSE), (20, Ack("amina")), (70, FALSE)], rule(off=60))[1]
    assert changes == [(0, RAISED), (20, ACKNOWLEDGED), (70, CLEARED)]


def test_a_new_occurrence_is_not_acknowledged() -> None:
    state, _ = live([(0, TRUE), (1, Ack("amina")), (2, FALSE), (3, TRUE)], rule())
    assert (state.phase, state.acknowledged) == (Phase.RAISED, "")


def test_a_running_delay_asks_to_be_woken_at_its_end() -> None:
    slow = rule(on=15, off=60)
    assert step(NORMAL, slow, TRUE, 100).wake_at == 115
    raising = AlertState(Phase.RAISING, 100)
    assert step(raising, slow, UNKNOWN, 110).wake_at == 115
    assert step(raising, slow, FALSE, 110).wake_at is None
    clearing = step(AlertState(Phase.RAISED), slow, FALSE, 200)
    assert clearing.wake_at == 260
    assert step(clearing.state, slow, Ack("amina"), 210).wake_at == 260
    assert step(NORMAL, slow, TICK, 0).wake_at is None


EVENTS: st.SearchStrategy[Event] = st.sampled_from([TRUE, FALSE, UNKNOWN, TICK, Ack("amina")])
STORIES = st.lists(st.tuples(st.floats(0.001, 100), EVENTS), max_size=40).map(
    lambda steps: [(sum(gap for gap, _ in steps[: n + 1]), event) for n, (_, event) in enumerate(steps)]
)
RULES = st.builds(rule, st.sampled_from([0.0, 10.0, 60.0]), st.sampled_from([0.0, 10.0, 60.0]), st.booleans())


@given(STORIES, RULES)
def test_raise_and_clear_alternate_and_begin_with_a_raise(story: Story, by: Rule) -> None:
    """Pains: F8."""
    told = [kind for _, kind in live(story, by)[1] if kind in (RAISED, CLEARED)]  # it may chatter and settle
    assert told == [(RAISED, CLEARED)[n % 2] for n in range(len(told))]


@given(STORIES, RULES, st.lists(st.sampled_from([UNKNOWN, TICK]), max_size=10))
def test_unknown_and_time_alone_change_nothing(story: Story, by: Rule, silence: list[Event]) -> None:
    """Pains: E3, E4, E5."""
    before, _ = live(story, by)
    state = before
    for event in silence:
        result = step(state, by, event, 1e9)
        assert result.changes == ()
        state = result.state
    assert state == before


@given(STORIES, RULES)
def test_a_raise_needs_a_true_observation_and_a_clear_a_false_one_or_a_person(story: Story, by: Rule) -> None:
    """Pains: E4, D5."""
    state = NORMAL
    for now, event in story:
        result = step(state, by, event, now)
        if RAISED in result.kinds:
            assert event == TRUE
        if CLEARED in result.kinds:
            assert event == FALSE or isinstance(event, Ack)
        state = result.state


@given(STORIES, RULES)
def test_unknown_taken_out_of_a_story_changes_no_outcome(story: Story, by: Rule) -> None:
    """Pains: E4."""
    known = [(now, event) for now, event in story if event not in (UNKNOWN, TICK)]
    assert live(story, by)[1] == live(known, by)[1]


@given(STORIES, RULES)
def test_nothing_is_raised_before_its_delay_nor_cleared_before_its_own(story: Story, by: Rule) -> None:
    truths = [(now, event) for now, event in story if event in (TRUE, FALSE)]
    for now, kind in live(story, by)[1]:
        if kind is RAISED:
            assert now - _holds_since(truths, TRUE, now) >= by.on_delay
        elif kind is CLEARED and not by.latching:
            assert now - _holds_since(truths, FALSE, now) >= by.off_delay


def _holds_since(truths: Story, wanted: Event, now: float) -> float:
    """Return when the unbroken run of ``wanted`` began that lasts until ``now``."""
    since = now
    for at, event in reversed([one for one in truths if one[0] <= now]):
        if event != wanted:
            break
        since = at
    return since


@given(STORIES, RULES)
def test_while_no_delay_runs_nobody_needs_to_be_woken(story: Story, by: Rule) -> None:
    state = NORMAL
    for now, event in story:
        result = step(state, by, event, now)
        assert result.wake_at is None or (result.wake_at > now and not result.state.settled)
        over = now - result.state.since >= (by.on_delay, by.off_delay)[result.state.active]
        assert result.wake_at is not None or result.state.settled or over
        state = result.state


@pytest.mark.parametrize(("interval", "lasts"), [(5.0, 90.0), (10.0, 90.0), (30.0, 90.0), (60.0, 180.0)])
def test_a_paced_rule_waits_for_the_longer_of_its_time_and_its_polls(interval: float, lasts: float) -> None:
    """Pains: E3, D5."""
    paced = replace(rule(), on=Delay(90.0, polls=3), off=Delay(0.0, polls=2)).paced(interval)
    assert (paced.on_delay, paced.off_delay, paced.every) == (lasts, 2 * interval, interval)


@given(
    st.floats(0, 10, exclude_max=True),
    st.lists(st.floats(0, 9), min_size=12, max_size=12),
    st.sampled_from([0.0, 5.0, 15.0, 60.0]),
)
def test_no_fault_is_told_later_than_the_stated_bound(phase: float, answers: list[float], on: float) -> None:
    """A fault at time 0 is in every answer that is asked for after it, and answers take up to 9 s of the 10."""
    paced = rule(on=on).paced(10.0)
    raised = live([(phase + 10 * n + took, TRUE) for n, took in enumerate(answers)], paced)[1]
    assert raised[0][0] <= detection_bound(paced, poll=9.0)


def test_the_stated_bound_is_one_poll_without_a_delay_and_two_with_one() -> None:
    assert detection_bound(rule().paced(10.0), poll=9.0) == 19.0
    assert detection_bound(rule(on=15.0).paced(10.0), poll=9.0) == 53.0


HIGHER, HIGHER_FALSE = Outranked(Truth.TRUE, "higher"), Outranked(Truth.FALSE, "higher")
HIGHER_UNKNOWN = Outranked(Truth.UNKNOWN, "higher")


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ([(0, TRUE), (20, TRUE), (30, HIGHER)], [(20, RAISED), (30, CLEARED)]),
        ([(0, TRUE), (20, TRUE), (30, HIGHER_FALSE)], [(20, RAISED), (30, CLEARED)]),
        ([(0, TRUE), (20, TRUE), (25, FALSE), (30, HIGHER)], [(20, RAISED), (30, CLEARED)]),
        ([(0, TRUE), (10, HIGHER), (20, HIGHER), (900, HIGHER)], []),
        ([(0, TRUE), (20, TRUE), (30, HIGHER), (35, TRUE)], [(20, RAISED), (30, CLEARED), (35, RAISED)]),
        ([(0, HIGHER), (5, TRUE)], [(5, RAISED)]),
        ([(0, HIGHER), (5, HIGHER_UNKNOWN), (6, UNKNOWN), (7, TRUE)], [(7, RAISED)]),
        (
            [(0, TRUE), (20, TRUE), (30, HIGHER_UNKNOWN), (35, TRUE)],
            [(20, RAISED), (30, CLEARED), (35, RAISED)],
        ),
        ([(0, UNKNOWN), (5, HIGHER_UNKNOWN), (35, TRUE)], []),
        ([(0, HIGHER), (900, HIGHER), (910, TRUE)], [(910, RAISED)]),
        ([(0, HIGHER), (900, HIGHER_FALSE), (910, TRUE), (920, TRUE)], []),
    ],
)
def test_beneath_a_higher_step_nothing_stands_and_what_still_holds_after_it_is_told_at_once(
    story: Story, expected: list[tuple[float, ChangeKind]]
) -> None:
    """Pains: F4."""
    assert live(story, rule(on=20, off=300))[1] == expected


def test_what_a_higher_step_has_cleared_says_so_and_waits_for_nobody() -> None:
    state, _ = live([(0, TRUE)], rule())
    gone = step(state, rule(), HIGHER, 10)
    assert [(one.kind, one.why) for one in gone.changes] == [(CLEARED, "higher stands in its place")]
    assert (gone.state.phase, gone.state.owed) == (Phase.RAISING, False)


def test_a_latched_alert_waits_for_its_acknowledgement_also_beneath_a_higher_step() -> None:
    latched, _ = live([(0, TRUE), (10, FALSE)], rule(latching=True))
    assert latched.phase is Phase.LATCHED
    assert step(latched, rule(latching=True), HIGHER, 20).state == latched
