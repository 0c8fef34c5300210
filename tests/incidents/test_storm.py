"""A storm of causes: so many first messages at once, the others a little later, and nothing else is otherwise."""

from __future__ import annotations

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from dcim.alerts import shipped_rules
from dcim.graph import Topology, Wiring
from dcim.incidents import Incidents
from dcim.incidents.incidents import WAIT
from dcim.incidents.telling import AT_ONCE, PAUSE, PUT_OFF
from tests.examples import many

from .conftest import Seen, Site
from .test_invariants import Watcher, buildings, stories

RULE = "device_alarm_warning"


def apart(at_once: int = AT_ONCE) -> Site:
    """Devices of which no topology knows: each alert is an incident that waits for nobody."""
    return Site(Incidents(Topology(Wiring()), "site", at_once=at_once), shipped_rules(), Seen())


def count(site: Site, kind: str) -> int:
    return sum(one.kind == kind for outcome in site.outcomes for one in outcome.changes)


def test_in_a_storm_the_first_messages_beyond_some_hundred_come_a_little_later() -> None:
    site = apart()
    number = AT_ONCE + 300
    for at in range(number):
        site.now += 0.5 / number
        site.raised(f"d{at}", RULE)
    assert count(site, "raised") == AT_ONCE
    assert count(site, "opened") == 300, "what is not told yet is remembered"
    assert PUT_OFF < WAIT
    site.wait(PUT_OFF + 0.5, step=0.05)
    assert count(site, "raised") == number
    roots = [what[1] for what in site.told]
    assert roots == [f"d{at}" for at in range(number)], "the oldest first"
    site.now += 1.0
    site.raised("later", RULE)
    assert site.told[-1] == ("raised", "later"), "the next second begins anew"


def test_what_was_put_off_is_told_as_soon_as_the_storm_pauses_the_oldest_first() -> None:
    site = apart(at_once=0)
    for at in range(300):
        site.now += 0.001
        site.raised(f"d{at}", RULE)
    site.wait(PAUSE - 0.05, step=0.05)
    assert site.told == []
    site.wait(0.1, step=0.05)
    assert 0 < len(site.told) < 300, "so many at once"
    site.wait(0.2, step=0.05)
    assert [what[1] for what in site.told] == [f"d{at}" for at in range(300)]
    assert PAUSE + 0.3 < PUT_OFF


def test_a_storm_that_does_not_pause_is_told_of_all_the_same() -> None:
    site = apart(at_once=0)
    site.raised("first", RULE)
    began, number = site.now, 0
    while not site.told:
        number += 1
        site.now += PAUSE / 5
        site.raised(f"d{number}", RULE)
        site.wait(PAUSE / 5, step=PAUSE / 5)
    assert site.told[0] == ("raised", "first")
    assert PUT_OFF <= site.now - began < PUT_OFF + PAUSE


def test_what_is_safety_and_what_is_over_already_wait_for_no_storm() -> None:
    site = apart(at_once=0)
    site.raised("d1", RULE)
    site.raised("s1", "smoke")
    assert site.told == [("raised", "s1")]
    site.cleared("d1", RULE)
    assert site.told == [("raised", "s1"), ("raised", "d1"), ("cleared", "d1")]


@many(80, suppress_health_check=[HealthCheck.too_slow])
@given(buildings(), stories, st.integers(0, 2))
def test_the_invariants_hold_in_a_storm_and_nobody_waits_longer_than_for_answers(
    topology: Topology, story: list[tuple[str, object, object]], at_once: int
) -> None:
    incidents = Incidents(topology, "site", at_once=at_once)
    played = Watcher(Site(incidents, shipped_rules(), Seen()))
    untold: dict[str, float] = {}
    for deed in story:
        played.play([deed])
        now = played.site.now
        untold = {one.id: untold.get(one.id, now) for one in incidents.open if not one.told}
        assert all(now - since <= WAIT + 0.1 for since in untold.values())
    for alert in list(played.site.standing.values()):
        played.site.cleared(alert.asset, alert.rule)
        played.look()
    played.site.wait(80, step=5.0)
    played.look()
    assert incidents.open == ()
    for name in {name for name, _ in played.told}:
        assert played.told[name, "merged"] or played.told[name, "raised"] == played.told[name, "cleared"] == 1
