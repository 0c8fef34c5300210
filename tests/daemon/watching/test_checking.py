"""The daemon looks once a minute whether what devices say can be true. Pains: A2."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping

from dcim.daemon.watching.checking import TURNS, Checks
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Point
from dcim.plausible import Doubts, Stuck, judge
from dcim.series import Newest

Cells = Mapping[tuple[str, str], float]
"""Values by metric and phase or sensor; an empty one is the whole device."""

_LABELS = {"sensor_temperature_celsius": "sensor", "pdu_outlet_energy_joules_total": "outlet"}


def asset(name: str, room: str = "") -> Asset:
    return Asset(name, name, Kind.PDU, "snmp", Address("10.0.0.1"), room=room)


class Site:
    """Devices that say what a test has them say, looked at minute by minute."""

    def __init__(self, *names: str, room: str = "", stuck: Stuck | None = None) -> None:
        self.newest = Newest()
        self.checks = Checks(self.newest, [asset(name, room) for name in names], stuck)
        self.layouts: dict[tuple[str, tuple[tuple[str, str], ...]], Layout] = {}

    def say(self, name: str, at: float, cells: Cells) -> None:
        key = name, tuple(cells)
        if key not in self.layouts:
            points = tuple(
                Point(name, metric, ((_LABELS.get(metric, "phase"), place),) if place else ())
                for metric, place in cells
            )
            nothing = (None,) * len(points)
            self.layouts[key] = Layout(name, Lane.FAST, points, nothing, ("",) * len(points))
        self.newest.take(Batch(self.layouts[key], at, array("d", cells.values())))

    def minute(self, now: float = 0.0) -> dict[tuple[str, str, str], str | None]:
        """Return what is told in one minute, by device, check and place."""
        told = {}
        for number in range(TURNS):
            for batch in list(self.checks.turn(number, now)):
                self.newest.take(batch)
                for reading in map(batch.reading, range(len(batch.layout))):
                    labels = dict(reading.point.labels)
                    told[batch.layout.asset, labels["check"], labels["of"]] = reading.state
        return told


def phases(total: float, *parts: float) -> dict[tuple[str, str], float]:
    return {
        ("pdu_power_watts", ""): total,
        **{("pdu_phase_power_watts", f"L{at}"): part for at, part in enumerate(parts, 1)},
    }


def test_what_agrees_and_what_contradicts_are_points_of_the_device() -> None:
    site = Site("a", "b", "mute")
    site.say("a", 1.0, phases(900.0, 300.0, 300.0, 300.0))
    site.say("b", 1.0, phases(90.0, 300.0, 300.0, 300.0))
    assert site.minute() == {
        ("a", "pdu_phases_add_up", "all"): "agrees",
        ("b", "pdu_phases_add_up", "all"): "contradicts",
    }
    (own,) = (batch for batch in site.newest.batches("b") if batch.layout.own)
    assert (own.layout.lane, own.at) == (Lane.SLOW, 1.0)


def test_a_device_that_said_nothing_new_is_not_looked_at_again() -> None:
    site = Site("a", "b")
    site.say("a", 1.0, phases(900.0, 300.0, 300.0, 300.0))
    site.say("b", 1.0, phases(900.0, 300.0, 300.0, 300.0))
    site.minute()
    assert site.checks.looks == 2
    assert site.minute() == {}
    site.say("b", 2.0, phases(900.0, math.nan, math.nan, math.nan))
    assert site.minute() == {("b", "pdu_phases_add_up", "all"): "unknown"}
    assert site.checks.looks == 3


def test_a_point_that_was_told_once_stays_when_the_device_is_understood_anew() -> None:
    site = Site("a")
    site.say("a", 1.0, phases(90.0, 300.0, 300.0, 300.0))
    site.minute()
    site.say("a", 2.0, {("pdu_power_watts", ""): 90.0})
    assert site.minute() == {("a", "pdu_phases_add_up", "all"): "unknown"}


def test_a_counter_that_leaps_is_told_and_one_that_counts_makes_no_point() -> None:
    """A joule counter that goes up by a terajoule in a minute is no PDU of this world."""
    site = Site("a")
    metric = "pdu_energy_joules_total"
    for minute, joules in enumerate((1e6, 1.1e6, 1.2e6)):
        site.say("a", 60.0 * minute, {(metric, ""): joules})
        assert site.minute() == {}
    site.say("a", 180.0, {(metric, ""): 1e15})
    assert site.minute() == {("a", f"step_of_{metric}", "all"): "contradicts"}
    site.say("a", 240.0, {(metric, ""): 1e15 + 1e5})
    assert site.minute() == {("a", f"step_of_{metric}", "all"): "agrees"}


def test_a_probe_that_stands_still_while_its_room_moves_is_told() -> None:
    """Siblings are those of the room, not of the device: a room's probes hang on many cards."""
    site = Site("a", "b", "c", room="hall", stuck=Stuck(window=600.0, moves=3))
    told: dict[tuple[str, str, str], str | None] = {}
    for minute in range(15):
        for name in "abc":
            degrees = 21.0 if name == "a" else 21.0 + minute % 3
            site.say(name, 60.0 * minute, {("sensor_temperature_celsius", "1"): degrees})
        told = site.minute(60.0 * minute)
    assert told == {("a", "moves_sensor_temperature_celsius", "1"): "contradicts"}


def test_many_places_of_one_check_have_no_point_each_but_the_one_that_lies_has() -> None:
    site = Site("a")
    cells = {}
    for number in range(1, 25):
        watts = 10.0 if number == 7 else 219.0
        for metric, value in (
            ("pdu_outlet_power_watts", watts), ("pdu_outlet_voltage_volts", 230.0),
            ("pdu_outlet_current_amperes", 1.0), ("pdu_outlet_power_factor_ratio", 0.95),
        ):  # fmt: skip
            cells[metric, str(number)] = value
    site.say("a", 1.0, cells)
    assert site.minute() == {("a", "pdu_outlet_power", "7"): "contradicts"}


def test_a_plan_says_what_the_judge_says() -> None:
    site = Site("a")
    site.say("a", 1.0, phases(90.0, 300.0, 300.0, 300.0))
    said = judge(site.newest.batches("a"))
    assert {(one.check, one.of) for one in said} == {(check, of) for _, check, of in site.minute()}


def test_the_readings_under_a_contradiction_are_known() -> None:
    site = Site("a")
    site.say("a", 1.0, phases(90.0, 300.0, 300.0, 300.0) | {("pdu_phase_voltage_volts", "L1"): 230.0})
    site.minute()
    doubts = Doubts(site.newest.batches("a"))
    (batch,) = (batch for batch in site.newest.batches("a") if not batch.layout.own)
    assert [point.metric for point in batch.layout.points if doubts.about(point)] == [
        "pdu_power_watts", *["pdu_phase_power_watts"] * 3,
    ]  # fmt: skip
    assert not Doubts([batch]).about(batch.layout.points[0])
