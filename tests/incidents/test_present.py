"""What a kept message would say now. Pains: F10."""

from __future__ import annotations

from array import array
from dataclasses import replace

from dcim.alerts import Language
from dcim.incidents import IncidentKind
from dcim.model import Batch, Health, Lane, Layout, Meaning, Point, state_code
from dcim.notify import Notice, Site, notice_of
from dcim.notify.deciding.present import aged, as_now
from dcim.notify.notices.incident import incident_notice

from .conftest import NOON
from .conftest import Site as Building

PLACE = Site("site", "Casablanca 1", "Africa/Casablanca", Language.FR)
WORDS = {state_code(word): Meaning(word, Health.OK) for word in ("normal", "battery")}


def says(source: str, runtime: float, at: float) -> Batch:
    """Make what UPS A answers."""
    points = (Point("ups-a", "ups_output_source_state"), Point("ups-a", "ups_battery_runtime_seconds"))
    layout = Layout("ups-a", Lane.FAST, points, (WORDS, None), ("", ""))
    return Batch(layout, at, array("d", [state_code(source), runtime]))


def told(site: Building) -> Notice:
    changes = [one for outcome in site.outcomes for one in outcome.changes]
    raised = next(one for one in changes if one.kind is IncidentKind.RAISED)
    return incident_notice(raised, PLACE, site.topology)


def now(site: Building, notice: Notice, *batches: Batch) -> Notice:
    return as_now(notice, NOON + site.now, site.incidents, lambda _asset: batches, PLACE, site.topology)


def test_an_incident_is_told_as_it_stands_with_the_values_of_now(site: Building) -> None:
    site.raised("ups-a", "ups_on_battery")
    site.wait(6)
    before = told(site)
    site.wait(54)
    site.raised("ups-a", "ups_runtime_critical")
    again = now(site, before, says("normal", 6960.0, NOON + site.now - 2.0))
    assert (again.key, again.raise_id, again.at) == (before.key, before.raise_id, NOON + site.now)
    assert [child.rule for child in again.children] == ["ups_runtime_critical"]
    assert again.state == "normal", "it is on mains again, whatever it was when it was raised"
    runtime = next(one for one in again.context if one.metric == "ups_battery_runtime_seconds")
    assert (runtime.value, runtime.age) == (6960.0, 2.0)


def test_what_is_known_no_more_keeps_its_values_with_their_age_of_now(site: Building) -> None:
    site.raised("ups-a", "ups_on_battery")
    site.wait(6)
    change = site.change("ups-a", "ups_on_battery")
    kept = replace(told(site), context=now(site, told(site), says("battery", 60.0, NOON)).context)
    site.cleared("ups-a", "ups_on_battery")
    later = as_now(kept, kept.at + 60.0, site.incidents, lambda _asset: (), PLACE, site.topology)
    assert later == aged(kept, kept.at + 60.0)
    for one, before in zip(later.context, kept.context, strict=True):
        assert one.age is None or before.age is None or one.age == before.age + 60.0
    assert any(one.age for one in later.context)
    assert notice_of(change, PLACE).context == ()


def test_an_alert_that_is_told_by_itself_has_the_values_of_now_too(site: Building) -> None:
    site.lose("tr-a", "inv-a", "main-a")
    site.raised("mtr-a", "meter_voltage_lost")
    site.raised("ups-a", "ups_on_battery")
    site.wait(6)
    low = site.raised("ups-a", "ups_runtime_critical").apart[0].change
    again = now(site, notice_of(low, PLACE), says("battery", 42.0, NOON + site.now))
    assert again.key == low.alert.key
    assert again.value == 42.0
    assert [one.state for one in again.context if one.metric == "ups_output_source_state"] == ["battery"]
    assert again.subject == notice_of(low, PLACE).subject
