"""The daemon marks what a frozen agent says as old, and tells of it. Pains: B11."""

from __future__ import annotations

from array import array

import pytest

from dcim.alerts import ChangeKind, Severity, Watch, shipped_rules
from dcim.daemon.watching.agents import Agents
from dcim.daemon.watching.checking import TURNS
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Point
from dcim.outputs.prometheus import Exposition
from dcim.plausible.frozen import STANDS
from dcim.poll.beat import Pace
from dcim.series import Newest

UPS = Asset("ups", "ups", Kind.UPS, "snmp", Address("10.0.0.1"))
POINTS = (Point("ups", "device_uptime_seconds"), Point("ups", "ups_output_load_ratio"))
LAYOUT = Layout("ups", Lane.FAST, POINTS, (None, None), ("", ""))


class Site:
    """A device that answers once a minute with what its agent knows, as the daemon sees it."""

    def __init__(self) -> None:
        self.newest = Newest()
        self.agents = Agents(self.newest, [UPS])
        self.exposition = Exposition(self.newest)
        self.exposition.describe(UPS)
        self.at = 0.0

    def minute(self, uptime: float, load: float) -> str | None:
        self.at += 60.0
        self.newest.take(Batch(LAYOUT, self.at, array("d", (uptime, load))))
        (told,) = [batch for number in range(TURNS) for batch in self.agents.turn(number)]
        self.newest.take(told)
        return told.reading(0).state

    def shown(self) -> bool:
        return b"dcim_ups_output_load_ratio{" in self.exposition.text(self.at)


def test_values_of_a_frozen_agent_leave_the_exposition_and_come_back_with_the_first_that_moves() -> None:
    site = Site()
    assert [site.minute(minute * 60.0, 0.4) for minute in range(1, 6)][1:] == ["live"] * 4
    assert site.shown()
    told = [site.minute(300.0, 0.4) for _ in range(6)]
    assert told == ["live"] * 4 + ["frozen"] * 2
    assert site.newest.frozen(LAYOUT)
    assert not site.shown()
    assert b'dcim_device_agent_state{asset="ups",kind="ups",state="frozen"} 1' in site.exposition.text(
        site.at
    )
    assert site.minute(300.0, 0.5) == "live"
    assert not site.newest.frozen(LAYOUT)
    assert site.shown()


def test_what_a_silent_device_said_last_is_looked_at_once() -> None:
    """Files had one reading a minute of a hung sensor, all with the time of its last answer. Pains: B11."""
    site = Site()
    for minute in range(1, 4):
        site.minute(minute * 60.0, 0.4)
    silent = [batch for _ in range(20) for number in range(TURNS) for batch in site.agents.turn(number)]
    assert silent == []
    assert b'dcim_device_agent_state{asset="ups",kind="ups",state="live"} 1' in site.exposition.text(site.at)
    assert site.minute(240.0, 0.4) == "live"


def test_nobody_is_told_anything_of_a_device_that_has_not_spoken() -> None:
    assert [batch for number in range(TURNS) for batch in Agents(Newest(), [UPS]).turn(number)] == []


def test_lanes_of_the_daemon_stand_beside_each_other() -> None:
    """What checks say of a v3 device did not last where its engine's pin was told: both are slow and our own."""
    newest = Newest()
    for maker in ("plausibility", "snmpEngineID", "plausibility"):
        point = Point("ups", "device_alarm", (("alarm", maker),))
        newest.take(
            Batch(Layout("ups", Lane.SLOW, (point,), (None,), (maker,), own=True), 1.0, array("d", (0.0,)))
        )
    assert [batch.layout.maker for batch in newest.batches("ups")] == ["plausibility", "snmpEngineID"]


def test_a_frozen_agent_is_a_major_alert_of_its_own_until_it_has_lived_again_for_a_while() -> None:
    site = Site()
    watch = Watch(shipped_rules(), [UPS], "site", Pace().lasts)
    told: list[tuple[float, str, str]] = []

    def minute(uptime: float) -> None:
        site.minute(uptime, 0.4)
        (state,) = [batch for batch in site.newest.batches("ups") if batch.layout.own]
        changes = watch.take(state, site.at)
        told.extend((site.at, str(change.kind), change.alert.rule) for change in changes)

    for uptime in range(60, 660, 60):
        minute(float(uptime))
    assert told == []
    for _ in range(10):
        minute(600.0)
    raised = [(at, kind) for at, kind, rule in told if rule == "agent_frozen"]
    assert [kind for _, kind in raised] == ["raised"]
    assert raised[0][0] - 600.0 <= STANDS + 3 * 60.0  # two more looks, a minute apart, after the first
    for uptime in range(1200, 1800, 60):
        minute(float(uptime))
    assert [kind for _, kind, rule in told if rule == "agent_frozen"] == ["raised", "cleared"]
    assert [alert for alert in watch.open if alert.rule == "agent_frozen"] == []
    assert shipped_rules().rules["agent_frozen"].severity is Severity.MAJOR


@pytest.mark.parametrize("apart", [60.0, 90.0, 120.0])
@pytest.mark.parametrize("phase", [0.0, 0.5, 0.99])
def test_a_frozen_agent_is_told_within_its_bound_however_far_apart_the_looks_are(
    apart: float, phase: float
) -> None:
    """Five minutes, then at most two looks: one to see it, one for the delay of the rule. Pains: B11.

    It freezes at 130 s, as in the scenario: it may have been looked at once only, while it lived.
    """
    site, freezes, told = Site(), 130.0, list[float]()
    watch = Watch(shipped_rules(), [UPS], "site", Pace().lasts)
    look = 20.0 + phase * (min(apart, 100.0) - 20.0)
    while look < 900.0:
        at = 10.0 * (look // 10.0)  # the newest poll
        uptime = 5000.0 + min(at, freezes)
        site.newest.take(Batch(LAYOUT, at, array("d", (uptime, uptime % 7.0))))
        for batch in [one for number in range(TURNS) for one in site.agents.turn(number)]:
            site.newest.take(batch)
            changes = watch.take(batch, look)
            told += [
                look for one in changes if (one.alert.rule, one.kind) == ("agent_frozen", ChangeKind.RAISED)
            ]
        look += apart
    (raised,) = told
    assert freezes + STANDS < raised <= freezes + STANDS + 10.0 + 2 * apart
