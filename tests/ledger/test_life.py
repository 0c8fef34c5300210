"""Nobody watched: every such time is a fact, with its reason.

Pains: G2, K4.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.ledger import Entry, append, genesis
from dcim.ledger.life import Beat, Counted, Lost, on_beat, on_start, on_stop
from dcim.model.fact import Fact, FactKind

NOW = 1_764_000_000.0


def entry(kind: FactKind, at: float) -> Entry:
    return append(genesis("cas1", "c"), Fact(kind, at, "cas1"), 1)


def told(facts: tuple[Fact, ...]) -> list[tuple[object, ...]]:
    return [(fact.kind.value, fact.at, *fact.body.values()) for fact in facts]


def test_the_first_start_has_nothing_to_own_up_to():
    (started,) = on_start("cas1", None, None, NOW, {"version": "1.2"})
    assert started == Fact(FactKind.DAEMON_STARTED, NOW, "cas1", {"version": "1.2", "previous": "none"})


def test_after_a_crash_it_was_blind_since_the_last_sign_of_life():
    sign = entry(FactKind.HEARTBEAT, NOW - 60)
    facts = on_start("cas1", entry(FactKind.ALERT, NOW - 65), sign, NOW, {})
    assert told(facts) == [("blind", NOW, NOW - 60, NOW, "crash"), ("daemon_started", NOW, "crash")]


def test_what_changed_shortly_before_the_end_need_not_have_been_seen_by_then():
    """Pains: G1, G2."""
    sign = entry(FactKind.HEARTBEAT, NOW - 60)
    facts = on_start("cas1", sign, sign, NOW, {}, {"power/r1": Counted(16.0), "ups": Counted(181.0)})
    assert told(facts)[0] == ("blind", NOW, NOW - 60, NOW, "crash")
    assert [(one.subject, one.body) for one in facts[1:-1]] == [
        ("power/r1", {"from": NOW - 76, "to": NOW - 60, "reason": "unseen"}),
        ("ups", {"from": NOW - 241, "to": NOW - 60, "reason": "unseen"}),
    ]
    assert facts[-1].kind is FactKind.DAEMON_STARTED


def test_a_turn_that_was_stated_is_left_out_of_what_was_not_seen():
    """Pains: G1, G2."""
    seen = round((NOW - 60) * 1e6)
    sign = entry(FactKind.HEARTBEAT, NOW - 60)
    turns = (seen - 3_000_000, seen - 17_000_000, seen - 4_000_000)  # the second is older than the bound
    facts = on_start("cas1", sign, sign, NOW, {}, {"r1": Counted(16.0, turns), "r2": Counted(5.0)})
    spans = [(round(one.body["from"] * 1e6) - seen, round(one.body["to"] * 1e6) - seen) for one in facts[:-1]]
    assert spans[0] == (0, 60_000_000)
    assert spans[1:-1] == [(-16_000_000, -4_000_000), (-3_999_999, -3_000_000), (-2_999_999, 0)]
    assert spans[-1] == (-5_000_000, 0)


def test_a_turn_that_is_the_last_fact_was_seen_and_of_others_nothing_more():
    """Pains: G1, G2."""
    seen = round((NOW - 60) * 1e6)
    last = entry(FactKind.SERVICE_STATE, NOW - 60)
    facts = on_start("cas1", last, None, NOW, {}, {"r1": Counted(16.0, (seen,)), "r2": Counted(5.0)})
    spans = [(round(one.body["from"] * 1e6) - seen, round(one.body["to"] * 1e6) - seen) for one in facts[:-1]]
    assert spans == [(1, 60_000_000), (-16_000_000, 0), (-5_000_000, 1)]


def test_blind_time_ends_in_the_microsecond_of_the_start_however_the_clock_is_rounded():
    """Pains: G1, G2."""
    now = 1764000821.5194206  # half a microsecond: rounded to 6 decimals it is another than rounded in microseconds
    assert round(round(now, 6) * 1e6) != round(now * 1e6)
    sign = entry(FactKind.HEARTBEAT, NOW - 60)
    blind, started = on_start("cas1", sign, sign, now, {})
    assert round(blind.body["to"] * 1e6) == round(started.at * 1e6)


def test_a_fact_after_the_last_heartbeat_is_a_sign_of_life_too():
    sign = entry(FactKind.HEARTBEAT, NOW - 60)
    facts = on_start("cas1", entry(FactKind.ALERT, NOW - 50), sign, NOW, {})
    assert told(facts)[0] == ("blind", NOW, NOW - 50, NOW, "crash")


def test_after_a_clean_stop_nobody_watched_either():
    stop = entry(FactKind.DAEMON_STOPPED, NOW - 3600)
    facts = on_start("cas1", stop, stop, NOW, {})
    assert told(facts) == [("blind", NOW, NOW - 3600, NOW, "stopped"), ("daemon_started", NOW, "clean")]


def test_a_stop_says_itself_since_when_each_service_was_not_looked_at_any_more():
    """Pains: G1, G2."""
    turn = round((NOW + 58) * 1e6)
    services = {
        "hall": Counted(16.0, (turn,), looked=NOW + 55),
        "ups": Counted(181.0, looked=NOW + 57),
        "rack": Counted(5.0, looked=NOW - 900),  # what is older than that does not count any more
        "yard": Counted(20.0),
    }
    facts = on_stop("cas1", Beat(NOW + 50, 150.0, 10.0), Beat(NOW + 60, 160.0, 0.0), None, "signal", services)
    spans = [(one.subject, one.body["from"], one.body["to"]) for one in facts[:-1]]
    assert spans == [
        ("hall", NOW + 55, NOW + 58),
        ("hall", NOW + 58.000001, NOW + 60),
        ("ups", NOW + 57, NOW + 60),
        ("rack", NOW + 55, NOW + 60),
        ("yard", NOW + 40, NOW + 60),
    ]
    stop = append(genesis("cas1", "c"), facts[-1], 1)
    after = on_start("cas1", stop, stop, NOW + 99, {}, {"hall": Counted(16.0)})
    assert told(after) == [
        ("blind", NOW + 99, NOW + 60, NOW + 99, "stopped"),
        ("daemon_started", NOW + 99, "clean"),
    ]


def test_what_was_before_a_short_run_is_left_to_what_the_run_before_it_said():
    stop = entry(FactKind.DAEMON_STOPPED, NOW)
    blind, unseen, _ = on_start("cas1", stop, stop, NOW + 9, {}, {"ups": Counted(181.0, looked=NOW - 2)})
    assert (blind.body["reason"], unseen.body["from"], unseen.body["to"]) == ("stopped", NOW - 2, NOW)


def test_a_ledger_without_any_sign_of_life_counts_from_its_last_fact():
    facts = on_start("cas1", entry(FactKind.ALERT, NOW - 5), None, NOW, {})
    assert told(facts)[0] == ("blind", NOW, NOW - 5, NOW, "crash")


def test_a_clock_that_went_back_while_nobody_ran_is_said_and_the_blindness_has_no_length():
    sign = entry(FactKind.HEARTBEAT, NOW + 7200)
    facts = on_start("cas1", sign, sign, NOW, {})
    assert told(facts) == [
        ("clock_stepped", NOW, NOW + 7200, NOW, -7200.0, NOW + 7200),
        ("blind", NOW, NOW + 7200, NOW, "clock"),
        ("daemon_started", NOW, "crash"),
    ]


def test_a_steady_heartbeat_is_one_fact():
    facts = on_beat("cas1", Beat(NOW, 100.0, 10.0), Beat(NOW + 10, 110.0, 10.0))
    assert told(facts) == [("heartbeat", NOW + 10, 10.0)]


def test_a_heartbeat_far_too_late_means_that_the_daemon_stalled():
    facts = on_beat("cas1", Beat(NOW, 100.0, 10.0), Beat(NOW + 31, 131.0, 10.0))
    assert told(facts)[0] == ("blind", NOW + 31, NOW, NOW + 31, "stalled")


@pytest.mark.parametrize(("lasts", "stall"), [(1.0, 3.5), (10.0, 30.5), (30.0, 50.5), (3600.0, 3620.5)])
def test_a_long_promise_hides_no_longer_stall(lasts, stall):
    """Late by twice the promise, and never by more than 20 s: that was no watching. Pains: G2, K4."""
    steady = on_beat("cas1", Beat(NOW, 0.0, lasts), Beat(NOW + stall - 1, stall - 1, lasts))
    assert told(steady) == [("heartbeat", NOW + stall - 1, lasts)]
    late = on_beat("cas1", Beat(NOW, 0.0, lasts), Beat(NOW + stall, stall, lasts))
    assert told(late)[0] == ("blind", NOW + stall, NOW, NOW + stall, "stalled")


def test_when_something_was_lost_all_of_the_time_is_blind_however_short():
    facts = on_beat("cas1", Beat(NOW, 100.0, 10.0), Beat(NOW + 4, 104.0, 10.0), Lost(NOW + 1, NOW + 3))
    assert told(facts)[0] == ("blind", NOW + 4, NOW, NOW + 4, "unrecorded")


def test_what_was_lost_before_the_last_heartbeat_is_blind_too():
    """One that was refused when it came to the disk, behind heartbeats that became true after it."""
    facts = on_beat("cas1", Beat(NOW, 100.0, 10.0), Beat(NOW + 4, 104.0, 10.0), Lost(NOW - 8, NOW + 90))
    assert told(facts) == [("blind", NOW + 4, NOW - 8, NOW + 90, "unrecorded"), ("heartbeat", NOW + 4, 10.0)]


def test_a_clock_put_back_while_it_ran_is_a_step_and_no_blindness():
    facts = on_beat("cas1", Beat(NOW, 100.0, 10.0), Beat(NOW - 3590, 110.0, 10.0))
    assert told(facts) == [
        ("clock_stepped", NOW - 3590, NOW + 10, NOW - 3590, -3600.0, NOW - 3600),
        ("heartbeat", NOW - 3590, 10.0),
    ]


def test_all_that_a_clock_may_have_shown_twice_is_within_the_step_that_put_it_back():
    """It went back at any moment since the last heartbeat, and what came after is stamped by the new time.

    Pains: G1, G2.
    """
    stepped, _ = on_beat("cas1", Beat(NOW, 0.0, 600.0), Beat(NOW - 900.0, 600.0, 600.0))
    edges = [float(str(stepped.body[key])) for key in ("since", "from", "to")]
    for passed in (0.0, 1.0, 300.0, 600.0):  # when it happened
        shown_twice = (NOW + passed - 1500.0, NOW + passed)
        assert min(edges) <= shown_twice[0]
        assert shown_twice[1] <= max(edges)


def test_a_clock_put_forward_cannot_be_told_from_a_sleep_so_it_is_blind():
    facts = on_beat("cas1", Beat(NOW, 100.0, 10.0), Beat(NOW + 610, 110.0, 10.0))
    assert told(facts) == [
        ("clock_stepped", NOW + 610, NOW + 10, NOW + 610, 600.0, NOW),
        ("blind", NOW + 610, NOW + 10, NOW + 610, "clock"),
        ("heartbeat", NOW + 610, 10.0),
    ]


@pytest.mark.parametrize("drift", [-1.0, 1.0])
def test_a_small_drift_is_no_step(drift):
    facts = on_beat("cas1", Beat(NOW, 100.0, 10.0), Beat(NOW + 10 + drift, 110.0, 10.0))
    assert [fact.kind for fact in facts] == [FactKind.HEARTBEAT]


def test_a_stop_owns_up_to_what_came_since_the_last_heartbeat():
    facts = on_stop("cas1", Beat(NOW, 100.0, 10.0), Beat(NOW + 60, 160.0, 0.0), None, "signal")
    assert told(facts) == [
        ("blind", NOW + 60, NOW, NOW + 60, "stalled"),
        ("daemon_stopped", NOW + 60, "signal"),
    ]


@given(
    st.floats(0.1, 1e6),
    st.floats(-1e6, 1e6),
    st.floats(0.1, 300),
    st.sampled_from([None, Lost(NOW, NOW)]),
)
def test_whatever_clocks_do_silence_longer_than_promised_is_never_unexplained(passed, step, lasts, lost):
    before = Beat(NOW, 0.0, lasts)
    facts = on_beat("cas1", before, Beat(NOW + passed + step, passed, lasts), lost)
    blind = [fact.body for fact in facts if fact.kind is FactKind.BLIND]
    explained = sum(float(body["to"]) - float(body["from"]) for body in blind)  # type: ignore[arg-type]
    assert facts[-1].kind is FactKind.HEARTBEAT
    assert (passed + step) - explained <= lasts + min(2 * lasts, 20.0) + 1.0 + 1e-5
