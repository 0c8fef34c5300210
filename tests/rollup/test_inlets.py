"""Inlets after their readings are gone: what the blocks of ten years still say of them."""

from __future__ import annotations

from array import array

import pytest

from dcim.graph import Node, NodeKind, Topology, Wiring
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Point
from dcim.rollup.inlets import account_of, hourly_of, inlets
from dcim.rollup.recent import Recent
from dcim.thermal.terms import ThermalTerms

from .conftest import START, Site
from .test_keeper import shelf_of

WARM = Point("env-1", "sensor_temperature_celsius", (("sensor", "1"),))
DAMP = Point("env-1", "sensor_humidity_ratio", (("sensor", "1"),))
HOUR = 3_600_000
DAY = 24 * HOUR


async def lived_days(site: Site, days: int) -> None:
    """Read an inlet every five minutes: the second hour of each day is hot, the third only in its half."""
    layout = Layout("env-1", Lane.FAST, (WARM, DAMP), (None, None), ("1", "2"))
    for number in range(days * 288):
        hour = number % 288 / 12
        celsius = 40.0 if 1 <= hour < 2 or 2 <= hour < 2.5 else 24.0
        site.history.append(Batch(layout, site.clock.at + 1, array("d", (celsius, 0.45))))
        site.clock.at += 300
        if number % 144 == 143:
            await site.history.commit()
            await site.tidy()


@pytest.mark.long
async def test_after_the_retention_the_hours_still_say_what_is_certain(site):
    """Pains: G2, G7."""
    await lived_days(site, 5)
    building = Topology(Wiring((Node("rack/r", NodeKind.RACK, room="hall"),)))
    assets = [Asset("env-1", "Inlets", Kind.SENSOR, "snmp", Address(""), room="hall")]
    recent = Recent(site.directory / "history")
    (inlet,) = inlets(ThermalTerms(), assets, building, recent.points())
    first = START * 1000
    assert recent.begins is not None
    assert recent.begins > first + DAY  # the first days are gone
    ((_, read),) = account_of(recent, ThermalTerms(), [inlet], first, first + DAY)
    assert read.known == 0
    ((_, kept),) = hourly_of(shelf_of(site), ThermalTerms(), [inlet], first, first + DAY)
    assert kept.known == DAY - 1000  # the first reading came a second after the hour had begun
    assert (kept.lowest, kept.highest) == (24.0, 40.0)
    # a value lasts until the next: hour 2 begins, and ends, with a second of the one before
    assert (kept.outside, kept.doubtful) == (0, 2 * HOUR)
    assert kept.recommended == DAY - 1000 - 2 * HOUR
    ((_, hot),) = hourly_of(shelf_of(site), ThermalTerms(), [inlet], first + HOUR, first + 2 * HOUR)
    assert hot.doubtful + hot.outside == HOUR
    assert list(hourly_of(shelf_of(site), ThermalTerms(), [], first, first + DAY)) == []
