"""What dashboards show of the whole: alerts, air, power and time as lines. Pains: A11, E5, E6, F10."""

from __future__ import annotations

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.alerts import Alert, Severity
from dcim.contracts import Contract, Counts
from dcim.daemon.watching.lateness import BOUNDS, Lateness, share_within
from dcim.graph import Redundancy, Standing, State
from dcim.model import Address, Asset, Gap, GapReason, Kind, Point
from dcim.overview import Line, Sheets, Spent, by_device, contract_outcome, inlet_lines, standing_lines
from dcim.rollup.inlets import Inlet
from dcim.thermal import envelope

UP = Standing(State.UP, Redundancy.FULL)
REDUCED = Standing(State.UP, Redundancy.REDUCED)
DOWN = Standing(State.DOWN, Redundancy.REDUCED)
DARK = Standing(State.UNKNOWN, Redundancy.UNKNOWN)


def alert(asset: str, rule: str, severity: Severity, at: float, outlet: str = "1", **more: object) -> Alert:
    point = Point(asset, "pdu_outlet_state", (("outlet", outlet),))
    return Alert(f"{asset}{rule}{outlet}", rule, point, severity, at, **more)  # type: ignore[arg-type]


def test_alerts_of_one_rule_at_one_device_are_one_line_with_the_oldest_time() -> None:
    alerts = [alert("a", "r", Severity.MINOR, 20.0, "1"), alert("a", "r", Severity.MINOR, 10.0, "2")]
    assert [(one.rule, one.raised_at) for one in by_device(alerts)["a"]] == [("r", 10.0)]


def test_of_too_many_alerts_the_worst_are_kept_and_the_oldest_of_these() -> None:
    alerts = [
        alert("a", "x", Severity.WARNING, 1.0),
        alert("b", "x", Severity.CRITICAL, 9.0),
        alert("c", "x", Severity.CRITICAL, 5.0),
    ]
    assert list(by_device(alerts, most=2)) == ["c", "b"]


def test_the_worst_alert_of_a_device_is_its_state_and_none_is_well() -> None:
    (none,) = standing_lines(())
    assert (none.metric, none.value) == ("device_alert_state", "none")
    held = by_device(
        [alert("a", "r", Severity.MINOR, 1.0), alert("a", "s", Severity.MAJOR, 2.0, acknowledged="me")]
    )
    lines = standing_lines(held["a"])
    assert lines[0].value == "major"
    assert (("acknowledged", "yes"), ("rule", "s"), ("severity", "major")) in [one.labels for one in lines]


def test_a_layout_stays_while_the_lines_are_the_same_and_nothing_is_a_gap() -> None:
    sheets = Sheets()
    first = sheets.batch(
        "a", "alerts", [Line("device_alert_state", "none"), Line("incident_alerts", float("nan"))], 1.0
    )
    again = sheets.batch(
        "a", "alerts", [Line("device_alert_state", "major"), Line("incident_alerts", 2.0)], 2.0
    )
    assert first.layout is again.layout
    assert first.reading(0).state == "none"
    assert first.reading(1).gap is not None
    assert again.reading(0).state == "major"
    assert sheets.batch("a", "alerts", [Line("device_alert_state", "none")], 3.0).layout is not first.layout
    of_another = sheets.batch("b", "alerts", [Line("device_alert_state", "none")], 3.0)
    assert of_another.layout.states[0] is first.layout.states[0]  # one for thousands of devices


def test_what_is_said_no_more_is_over_from_then_on_and_once() -> None:
    """Pains: A11."""
    sheets = Sheets()
    raised = [
        Line("alert_raised_timestamp_seconds", 5.0, (("acknowledged", word),)) for word in ("no", "yes")
    ]
    none = Line("device_alert_state", "none")
    assert sheets.over("a", "alerts", [none], 1.0) is None  # nothing was said before
    sheets.batch("a", "alerts", [none, raised[0]], 1.0)
    assert sheets.over("a", "alerts", [none, raised[0]], 2.0) is None
    assert sheets.over("a", "alerts", [raised[0], none], 2.0) is None  # in another order, and all of it there
    over = sheets.over("a", "alerts", [none, raised[1]], 3.0)
    assert over is not None
    assert [point.labels for point in over.layout.points] == [raised[0].labels]
    assert over.reading(0).gap == Gap(GapReason.ABSENT)
    assert over.at == 3.0
    sheets.batch("a", "alerts", [none, raised[1]], 3.0)
    assert sheets.over("a", "alerts", [none, raised[1]], 4.0) is None


def test_an_inlet_that_is_not_read_is_unknown_and_has_no_dew_point() -> None:
    asset = Asset("env", "env", Kind.SENSOR, "snmp", Address("127.0.0.1"))
    labels = (("sensor", "1"),)
    warm, wet = (
        Point("env", "sensor_temperature_celsius", labels),
        Point("env", "sensor_humidity_ratio", labels),
    )
    read: dict[Point, float] = {}
    zone, dew = inlet_lines([Inlet(asset, "1", warm, wet)], envelope(), read.get)["env"]
    assert zone.value == "unknown"
    assert isinstance(dew.value, float)
    assert isnan(dew.value)
    read |= {warm: 25.0, wet: 0.5}
    zone, dew = inlet_lines([Inlet(asset, "1", warm, wet)], envelope(), read.get)["env"]
    assert zone.value == "recommended"
    assert dew.value == pytest.approx(13.85, abs=0.05)
    read[warm] = 33.0
    assert inlet_lines([Inlet(asset, "1", warm, wet)], envelope(), read.get)["env"][0].value == "outside"


@pytest.mark.parametrize(
    ("needs", "counts", "standings", "outcome"),
    [
        (0, Counts.FUNCTION, [UP, REDUCED], "kept"),
        (0, Counts.REDUNDANCY, [UP, REDUCED], "broken"),
        (1, Counts.REDUNDANCY, [UP, REDUCED], "kept"),
        (0, Counts.FUNCTION, [UP, DARK], "undecided"),
        (1, Counts.FUNCTION, [UP, DARK], "kept"),
        (1, Counts.FUNCTION, [DOWN, DARK], "undecided"),
        (0, Counts.FUNCTION, [DOWN, DARK], "broken"),
        (0, Counts.REDUNDANCY, [DARK], "undecided"),
    ],
)
def test_a_contract_is_kept_broken_or_undecided(
    needs: int, counts: Counts, standings: list[Standing], outcome: str
) -> None:
    services = tuple(f"s{number}" for number in range(len(standings)))
    assert contract_outcome(Contract("c", services, needs, counts=counts), standings) == outcome


@given(st.lists(st.floats(-1e6, 1e6), max_size=20))
def test_time_only_grows_and_a_loop_that_stood_still_has_not_watched(steps: list[float]) -> None:
    spent, before = Spent(("up", "down")), 0.0
    for step in steps:
        spent.add("up", step)
        assert before <= spent.seconds["up"] <= before + 60
        before = spent.seconds["up"]
    assert spent.seconds["down"] == 0


def test_the_lateness_of_a_share_of_the_polls_lies_in_its_bucket() -> None:
    counts = Lateness().up_to()
    assert isnan(share_within(0.5, counts, counts))
    some = [0] * len(counts)
    some[3:] = [10] * (len(counts) - 3)
    assert BOUNDS[2] < share_within(0.5, counts, some) <= BOUNDS[3]
    late = [0] * (len(counts) - 1) + [4]
    assert share_within(0.99, counts, late) == BOUNDS[-1]
