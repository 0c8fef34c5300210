"""What is said of the whole, a share at each look: nobody left out, nothing that is no more. Pains: A11, F10."""

from __future__ import annotations

from array import array
from math import isnan
from types import SimpleNamespace
from typing import Any

from dcim.alerts import Alert, Severity
from dcim.daemon.overview import TURNS, Overview
from dcim.daemon.services.building import Building
from dcim.daemon.watching.lateness import Lateness
from dcim.energy.terms import EnergyTerms
from dcim.graph import Node, NodeKind, Service, ServiceKind, State, Wiring
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Point
from dcim.poll import Presence
from dcim.series import Freshness, Newest
from dcim.thermal.terms import ThermalTerms

RAISED = "alert_raised_timestamp_seconds"
NAMES = tuple(f"pdu-{number}" for number in range(8))


class Clock:
    at, wall = 1000.0, 1.8e9

    def now(self) -> float:
        return self.wall + self.at

    def monotonic(self) -> float:
        return self.at


class Site:
    """Eight PDUs that feed a rack, each with a probe; nothing is said of them but what a test has them say."""

    def __init__(self) -> None:
        self.clock, self.newest, self.said = Clock(), Newest(), list[Batch]()
        self.alerts, self.over = list[Alert](), list[Batch]()
        self.layouts = {name: _layout(name) for name in NAMES}
        assets = [Asset(one, one, Kind.PDU, "x", Address("::1"), room="r", interval=10.0) for one in NAMES]
        pdus = [Node(one, NodeKind.PDU) for one in NAMES]
        rack = Node("rack/1", NodeKind.RACK, fed_by=NAMES, room="r")
        service = Service("svc", ServiceKind.POWER, 1, ("rack/1",))
        wiring = Wiring((*pdus, rack), (service,))
        building = Building(wiring, assets, self.newest, Freshness(), lambda _facts: None)
        settings = SimpleNamespace(
            assets=assets, energy=EnergyTerms(), thermal=ThermalTerms(), contracts=(), site=None
        )
        rooms: Any = SimpleNamespace(
            plan=SimpleNamespace(settings=settings),
            clock=self.clock,
            newest=self.newest,
            freshness=Freshness(),
            core=SimpleNamespace(
                building=building, keep=self._keep, end=self.over.append, causes=_nothing_stands()
            ),
            watch=self,
            poller=SimpleNamespace(
                presence=lambda _asset: Presence(), counts=SimpleNamespace(polls=0, failures={})
            ),
            books=SimpleNamespace(waiting=0, dropped=0),
            history=None,
            postman=SimpleNamespace(counts={}),
        )
        self.overview = Overview(rooms, Lateness())

    @property
    def listed(self) -> tuple[Alert, ...]:
        return tuple(self.alerts)

    def _keep(self, batch: Batch) -> None:
        self.newest.take(batch)
        self.said.append(batch)

    def speak(self, *names: str, watts: float = 100.0) -> None:
        """Devices answer, as they do for the first time or another time."""
        for name in names:
            self.newest.take(Batch(self.layouts[name], self.clock.now(), array("d", [watts, 24.0])))

    async def look(self, times: int = 1) -> list[Batch]:
        """Look as the daemon does; return what was said."""
        self.said.clear()
        for _ in range(times):
            self.clock.at += 2.0
            await self.overview.turn()
        return list(self.said)


def _nothing_stands() -> SimpleNamespace:
    return SimpleNamespace(incidents=SimpleNamespace(open=()), answers=lambda _device: State.UP)


def _layout(name: str) -> Layout:
    points = (Point(name, "pdu_power_watts"), Point(name, "sensor_temperature_celsius", (("sensor", "1"),)))
    return Layout(name, Lane.FAST, points, (None, None), ("", ""))


def power(said: list[Batch]) -> dict[str, float]:
    """The last site power by part."""
    of_site = [one for one in said if any(point.metric == "site_power_watts" for point in one.layout.points)]
    if not of_site:
        return {}
    points = zip(of_site[-1].layout.points, of_site[-1].values, strict=True)
    return {point.labels[0][1]: value for point, value in points if point.metric == "site_power_watts"}


def makers(said: list[Batch]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in said:
        found.setdefault(one.layout.maker, []).append(one.layout.asset)
    return found


async def test_everybody_is_said_at_once_and_then_once_a_round() -> None:
    site = Site()
    site.speak(*NAMES)
    first = makers(await site.look())
    assert sorted(first["alerts"]) == sorted([*NAMES, "svc"])
    assert sorted(first["air"]) == sorted(NAMES)
    assert first["time"] == ["svc"]
    round_of = makers(await site.look(TURNS))
    assert sorted(round_of["alerts"]) == sorted([*NAMES, "svc"])
    assert sorted(round_of["air"]) == sorted(NAMES)


async def test_an_alert_is_said_at_the_next_look_and_so_is_its_end() -> None:
    site = Site()
    await site.look(TURNS)
    said = {one.layout.asset: one for one in await site.look() if one.layout.maker == "alerts"}
    quiet = next(name for name in NAMES if name not in said)
    point = Point(quiet, "pdu_power_watts")
    site.alerts.append(Alert("k", "hot", point, Severity.MAJOR, site.clock.now()))
    said = {one.layout.asset: one for one in await site.look() if one.layout.maker == "alerts"}
    assert said[quiet].reading(0).state == "major"
    assert quiet not in makers(await site.look()).get("alerts", [])
    before = site.newest.batches(quiet)
    assert not site.over
    site.alerts.clear()
    said = {one.layout.asset: one for one in await site.look() if one.layout.maker == "alerts"}
    assert said[quiet].reading(0).state == "none"
    (over,) = site.over  # what the history, outputs and queries would take for open until it is stale
    assert [str(point) for point in over.layout.points] == [
        str(point) for one in before for point in one.layout.points if point.metric == RAISED
    ]
    assert [over.at, *over.gaps] == [site.clock.now(), 0]


async def test_power_counts_who_was_understood_since_and_is_unknown_when_one_grows_silent() -> None:
    """Pains: E6."""
    site = Site()
    site.speak(*NAMES[:3])
    assert power(await site.look()) == {"total": 300.0, "it": 300.0}
    site.speak(*NAMES)
    assert power(await site.look(8)) == {"total": 800.0, "it": 800.0}
    site.clock.at += 100.0
    site.speak(*NAMES[:-1])
    silent = power(await site.look(8))
    assert silent
    assert all(map(isnan, silent.values()))
    site.speak(*NAMES, watts=50.0)
    assert power(await site.look(8)) == {"total": 400.0, "it": 400.0}


async def test_a_probe_that_is_no_more_is_said_no_more_and_one_that_came_is() -> None:
    site = Site()
    site.speak(*NAMES[:2])
    assert sorted(makers(await site.look())["air"]) == sorted(NAMES[:2])
    site.layouts[NAMES[0]] = Layout(
        NAMES[0], Lane.FAST, (Point(NAMES[0], "pdu_power_watts"),), (None,), ("",)
    )
    site.newest.take(Batch(site.layouts[NAMES[0]], site.clock.now(), array("d", [1.0])))
    site.speak(NAMES[5])
    assert set(makers(await site.look(TURNS))["air"]) == {NAMES[1], NAMES[5]}


async def test_when_the_wall_clock_is_put_elsewhere_everything_is_said_again_at_once() -> None:
    """Pains: D5."""
    site = Site()
    site.speak(*NAMES)
    await site.look(TURNS)
    site.clock.wall += 3600.0
    assert sorted(makers(await site.look())["alerts"]) == sorted([*NAMES, "svc"])
