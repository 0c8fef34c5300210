"""Who looks after an alert, what mutes it, and when it chatters: ISA-18.2. Pains: E4, F4, F5, F8, H4."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.alerts import (
    TOLD,
    Ack,
    AlertState,
    ChangeKind,
    Delay,
    Event,
    Language,
    Life,
    Mute,
    Muted,
    MuteKind,
    Rule,
    Seen,
    Severity,
    Tick,
    Truth,
    step,
)
from dcim.alerts.condition import IsSet
from dcim.alerts.state import NORMAL

RAISED, CLEARED, CHATTERING = ChangeKind.RAISED, ChangeKind.CLEARED, ChangeKind.CHATTERING
ACKNOWLEDGED, UNACKNOWLEDGED = ChangeKind.ACKNOWLEDGED, ChangeKind.UNACKNOWLEDGED
MUTED, UNMUTED = ChangeKind.MUTED, ChangeKind.UNMUTED
RAISED_UNTOLD, CLEARED_UNTOLD = ChangeKind.RAISED_UNTOLD, ChangeKind.CLEARED_UNTOLD
TRUE, FALSE, UNKNOWN, TICK = Seen(Truth.TRUE), Seen(Truth.FALSE), Seen(Truth.UNKNOWN), Tick()
SHELF = Mute(MuteKind.SHELVED, "amina", "known since Monday", 1e6)
TEST = Mute(MuteKind.SUPPRESSED, "ups_test", "the battery is tested")
SHELVE, SUPPRESS, FREE = Muted((SHELF,)), Muted((TEST,)), Muted((), "amina", "it is fixed")
TEXT = dict.fromkeys(Language, "x")

Story = Sequence[tuple[float, Event]]


def rule(
    severity: Severity = Severity.MINOR, on: float = 0.0, off: float = 0.0, latching: bool = False
) -> Rule:
    delays = Delay(on), Delay(off)
    return Rule("r", frozenset(), ("m",), IsSet(), IsSet(), severity, TEXT, TEXT, TEXT, *delays, latching)


def live(story: Story, by: Rule) -> tuple[AlertState, list[tuple[float, ChangeKind]]]:
    """Tell a story of (time, event); return the last state and every change with its time."""
    state, changes = NORMAL, []
    for now, event in story:
        result = step(state, by, event, now)
        state = result.state
        changes += [(now, kind) for kind in result.kinds]
    return state, changes


@pytest.mark.parametrize(
    ("severity", "life"),
    [
        (Severity.CRITICAL, Life.RETURNED),
        (Severity.MAJOR, Life.RETURNED),
        (Severity.MINOR, Life.NORMAL),
        (Severity.WARNING, Life.NORMAL),
    ],
)
def test_what_was_grave_and_went_unseen_waits_until_somebody_has_seen_it(
    severity: Severity, life: Life
) -> None:
    state, changes = live([(0, TRUE), (100, FALSE)], rule(severity))
    assert (state.life, changes) == (life, [(0, RAISED), (100, CLEARED)])


def test_an_acknowledgement_pays_what_a_return_owes() -> None:
    state, changes = live([(0, TRUE), (100, FALSE), (200, Ack("amina"))], rule(Severity.MAJOR))
    assert (state.life, changes[2:]) == (Life.NORMAL, [(200, ACKNOWLEDGED)])


def test_what_was_acknowledged_in_time_owes_nothing_after_its_return() -> None:
    assert live([(0, TRUE), (1, Ack("amina")), (100, FALSE)], rule(Severity.MAJOR))[0].life is Life.NORMAL


def test_what_returned_unseen_and_comes_back_is_a_new_alert_after_its_delay() -> None:
    story = [(0, TRUE), (20, TRUE), (100, FALSE), (200, TRUE), (209, TRUE), (210, TRUE)]
    state, changes = live(story, rule(Severity.MAJOR, on=10.0))
    assert (state.life, changes[2:]) == (Life.UNACKNOWLEDGED, [(210, RAISED)])


def test_an_acknowledgement_that_expires_makes_it_unacknowledged_and_says_so() -> None:
    """Pains: H4."""
    held = [(0, TRUE), (1, Ack("amina", until=60.0)), (30, TRUE), (59, TICK)]
    assert live(held, rule())[0].life is Life.ACKNOWLEDGED
    result = step(live(held, rule())[0], rule(), TICK, 60.0)
    assert (result.state.life, result.kinds) == (Life.UNACKNOWLEDGED, (UNACKNOWLEDGED,))
    assert result.changes[0].why == "the acknowledgement of amina has expired"


def test_what_is_raised_beneath_a_mute_is_told_to_nobody_until_the_mute_ends() -> None:
    """Pains: F4."""
    state, changes = live([(0, SHELVE), (1, TRUE), (500, TRUE)], rule())
    assert (state.life, state.told) == (Life.UNACKNOWLEDGED, False)
    assert changes == [(0, MUTED), (1, RAISED_UNTOLD)]
    after = step(state, rule(), FREE, 600)
    assert after.kinds == (UNMUTED, RAISED)
    assert {(one.who, one.why) for one in after.changes} == {("amina", "it is fixed")}


def test_what_clears_beneath_a_mute_was_never_told_and_is_not_taken_back() -> None:
    story = [(0, SHELVE), (1, TRUE), (100, FALSE), (200, FREE)]
    assert live(story, rule())[1] == [(0, MUTED), (1, RAISED_UNTOLD), (100, CLEARED_UNTOLD), (200, UNMUTED)]


def test_a_mute_never_holds_back_the_clearance_of_what_was_told() -> None:
    """Pains: F4, F5."""
    changes = live([(0, TRUE), (1, SHELVE), (100, FALSE)], rule())[1]
    assert changes == [(0, RAISED), (1, MUTED), (100, CLEARED)]


def test_what_stands_when_the_last_mute_ends_is_unacknowledged_again() -> None:
    story = [(0, TRUE), (1, Ack("amina")), (2, SHELVE), (3, Muted((TEST, SHELF))), (4, SHELVE), (5, FREE)]
    state, changes = live(story, rule())
    assert changes[3:] == [(3, MUTED), (4, UNMUTED), (5, UNMUTED), (5, UNACKNOWLEDGED)]
    assert state.life is Life.UNACKNOWLEDGED


def test_a_mute_that_ends_while_the_alert_clears_tells_only_what_comes_back() -> None:
    slow = rule(off=60.0)
    story: Story = [(0, SUPPRESS), (1, TRUE), (10, FALSE), (20, FREE)]
    assert live([*story, (70, FALSE)], slow)[1][2:] == [(20, UNMUTED), (70, CLEARED_UNTOLD)]
    assert live([*story, (30, TRUE)], slow)[1][2:] == [(20, UNMUTED), (30, RAISED)]


def test_what_latched_beneath_a_mute_is_told_when_it_ends() -> None:
    story = [(0, SUPPRESS), (1, TRUE), (10, FALSE), (20, FREE)]
    state, changes = live(story, rule(latching=True))
    assert (state.life, changes[2:]) == (Life.LATCHED, [(20, UNMUTED), (20, RAISED)])


def test_time_beneath_a_mute_ends_no_acknowledgement_and_makes_nothing_chatter() -> None:
    """Pains: F1."""
    flapping = [(10.0 + n, TRUE if n % 2 else FALSE) for n in range(20)]
    story = [(0, TRUE), (1, Ack("amina", until=5.0)), (2, SHELVE), *flapping]
    kinds = {kind for _, kind in live(story, rule())[1]}
    assert not kinds & {UNACKNOWLEDGED, CHATTERING}


def test_three_turns_in_a_minute_are_one_message_and_then_it_is_quiet_until_it_settles() -> None:
    """Pains: F8."""
    flapping = [(10.0 * n, FALSE if n % 2 else TRUE) for n in range(30)]
    state, changes = live(flapping, rule())
    assert changes == [(0, RAISED), (10, CLEARED), (20, RAISED)]
    assert (state.chattering, state.active) == (True, True)
    quiet = [(300.0 + 10 * n, FALSE) for n in range(7)]
    assert live([*flapping, *quiet], rule())[1][3:] == [(350, CLEARED)]
    holds = [(300.0 + 10 * n, TRUE) for n in range(7)]
    state, changes = live([*flapping, *holds], rule())
    assert (changes[3:], state.chattering) == ([(360, ChangeKind.SETTLED)], False)


def test_a_chatter_that_is_found_when_it_clears_stays_raised() -> None:
    story = [(0, TRUE), (100, FALSE), (120, TRUE), (140, FALSE), (160, TRUE), (210, FALSE), (270, FALSE)]
    changes = live(story, rule())[1]
    assert changes == [(0, RAISED), (100, CLEARED), (120, RAISED), (140, CHATTERING), (270, CLEARED)]


def test_slow_turns_are_no_chatter_and_slow_polls_are_measured_by_their_own_beat() -> None:
    every = [(100.0 * n, FALSE if n % 2 else TRUE) for n in range(20)]
    assert CHATTERING not in {kind for _, kind in live(every, rule())[1]}
    assert not live(every, rule())[0].chattering
    assert live(every, rule().paced(100.0))[0].chattering


EVENTS: st.SearchStrategy[Event] = st.sampled_from(
    [TRUE, TRUE, FALSE, UNKNOWN, TICK, Ack("amina"), Ack("brahim", until=200.0), SHELVE, SUPPRESS, FREE]
)
STORIES = st.lists(st.tuples(st.floats(0.001, 100), EVENTS), max_size=40).map(
    lambda steps: [(sum(gap for gap, _ in steps[: n + 1]), event) for n, (_, event) in enumerate(steps)]
)
RULES = st.builds(
    rule,
    st.sampled_from([Severity.MAJOR, Severity.MINOR]),
    st.sampled_from([0.0, 10.0]),
    st.sampled_from([0.0, 60.0]),
    st.booleans(),
)


@given(STORIES, RULES)
def test_every_raise_that_was_told_is_cleared_once_and_nothing_else_is(story: Story, by: Rule) -> None:
    """Pains: F5."""
    said = [kind for _, kind in live(story, by)[1] if kind in (RAISED, CLEARED)]
    assert said == [(RAISED, CLEARED)[n % 2] for n in range(len(said))]


@given(STORIES, RULES)
def test_beneath_a_mute_nothing_is_told_but_a_clearance(story: Story, by: Rule) -> None:
    """Pains: F4."""
    state = NORMAL
    for now, event in story:
        result = step(state, by, event, now)
        over_before = (
            set() if state.mutes else {UNACKNOWLEDGED}
        )  # an acknowledgement that ended before the mute
        if state.mutes and result.state.mutes:
            assert not set(result.kinds) & (TOLD - {CLEARED} - over_before)
        state = result.state


@given(STORIES, RULES)
def test_mutes_change_nothing_of_what_is_tracked_beneath(story: Story, by: Rule) -> None:
    """Only alerting is suppressed, never monitoring. Pains: F4, F7."""
    condition = [(now, event) for now, event in story if isinstance(event, Seen)]
    muted = [(now, event) for now, event in story if isinstance(event, Seen | Muted)]
    bare, beneath = live([(0, SHELVE), *condition], by)[0], live([(0, SHELVE), *muted], by)[0]
    if not (bare.chattering or beneath.chattering or by.latching):
        turns = [now for now, kind in live([(0, SHELVE), *muted], by)[1] if kind in (RAISED, CLEARED)]
        close = any(b - a <= 60.0 for a, b in zip(turns, turns[2:], strict=False))
        assert close or beneath.phase is bare.phase


@given(STORIES, RULES)
def test_what_stands_unmuted_was_told_unless_it_is_going(story: Story, by: Rule) -> None:
    state = live(story, by)[0]
    if state.active and not state.mutes:
        assert state.told or state.phase.value == "clearing"
    assert not state.told or state.active


@given(STORIES, RULES)
def test_unknown_and_time_raise_and_clear_nothing(story: Story, by: Rule) -> None:
    """Pains: E4, E5."""
    state = NORMAL
    for now, event in story:
        result = step(state, by, event, now)
        if event in (UNKNOWN, TICK):
            assert set(result.kinds) <= {UNACKNOWLEDGED}
            assert result.state.phase is state.phase
        state = result.state
