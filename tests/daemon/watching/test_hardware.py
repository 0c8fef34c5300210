"""Exchanged hardware keeps the asset's series, and the exchange is on record. Pains: D9."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from dcim.alerts import shipped_rules
from dcim.collect import Ask, Collected
from dcim.daemon.watching.hardware import CHANGED_FOR, ROOM, Hardware
from dcim.model import Address, Asset, Identity, Kind, Lane, Memory
from dcim.model.fact import Fact, FactKind
from dcim.poll import Polled, Presence
from dcim.store import Work, verify

UPS = Asset("ups", "ups", Kind.UPS, "snmp", Address("10.0.0.1"))
OLD = Identity("ups", "APC", "Smart-UPS 3000", "AS1", "9.1")
NEW = Identity("ups", "APC", "Smart-UPS 5000", "AS2", "9.4")
NOW = 1_800_000_000.0


class Site:
    """One asset, whoever answers for it, over starts of the daemon."""

    def __init__(self) -> None:
        self.works: list[Work] = []
        self.memories: dict[str, Memory] = {}
        self.start()

    def start(self) -> None:
        self.hardware = Hardware(self._note)
        self.hardware.recall(self.memories.values())

    def _note(self, work: Work) -> None:
        self.works.append(work)
        self.memories |= {one.key: one for one in work.memories}

    def says(self, identity: Identity | None, at: float = NOW) -> str | None:
        collected = Collected(identity=identity)
        batch = self.hardware.polled(
            Polled(UPS, at, 0.0, 0.1, Presence(), Presence(), collected, None, False)
        )
        return batch.reading(0).state if batch else None

    @property
    def facts(self) -> list[Fact]:
        return [fact for work in self.works for fact in work.facts]


def test_another_serial_or_model_is_a_fact_with_both_and_a_state_for_a_day() -> None:
    site = Site()
    assert [site.says(OLD), site.says(OLD, NOW + 10)] == ["same", "same"]
    assert site.facts == []
    assert len(site.works) == 1
    assert site.says(NEW, NOW + 20) == "changed"
    (fact,) = site.facts
    assert (fact.kind, fact.subject, fact.at) == (FactKind.HARDWARE_CHANGED, "ups", NOW + 20)
    assert fact.body == {"before": dataclasses.asdict(OLD), "after": dataclasses.asdict(NEW)}
    assert site.says(NEW, NOW + 20 + CHANGED_FOR - 1) == "changed"
    assert site.says(NEW, NOW + 20 + CHANGED_FOR) == "same"
    exchange = site.hardware.exchange("ups")
    assert exchange is not None
    assert (exchange.at, exchange.before, exchange.after) == (NOW + 20, OLD, NEW)
    assert len(site.facts) == 1


def test_an_exchange_while_the_daemon_was_down_is_seen_and_one_that_was_told_is_not_told_again() -> None:
    site = Site()
    site.says(OLD)
    site.start()
    assert site.says(NEW, NOW + 3600) == "changed"
    site.start()
    assert site.says(NEW, NOW + 7200) == "changed"
    assert site.says(NEW, NOW + 3600 + CHANGED_FOR) == "same"
    assert len(site.facts) == 1
    assert site.hardware.exchange("ups") is not None


def test_what_a_card_does_not_say_and_how_it_writes_is_no_exchange() -> None:
    site = Site()
    site.says(OLD)
    for said in (
        dataclasses.replace(OLD, serial="", model=""),
        dataclasses.replace(OLD, model="smart-ups  3000 "),
        dataclasses.replace(OLD, firmware="9.5"),
        dataclasses.replace(OLD, vendor="Schneider Electric"),
        Identity(),
        None,
    ):
        assert site.says(said) in ("same", None)
    assert site.facts == []
    assert site.says(dataclasses.replace(OLD, serial="AS2")) == "changed"


def test_a_card_that_learns_its_serial_exchanges_nothing_and_remembers_it() -> None:
    site = Site()
    site.says(dataclasses.replace(OLD, serial=""))
    assert site.says(OLD) == "same"
    site.start()
    assert site.says(dataclasses.replace(OLD, serial="AS9")) == "changed"


def test_a_memory_of_nothing_is_none() -> None:
    hardware = Hardware(print)
    hardware.recall([Memory(ROOM, "ups", None)])
    assert hardware.exchange("ups") is None


def test_the_alert_is_a_warning_that_ends_by_itself() -> None:
    rule = shipped_rules().rules["hardware_changed"]
    assert (str(rule.severity), rule.latching) == ("warning", False)


@pytest.mark.long
async def test_a_daemon_keeps_the_series_records_the_exchange_and_shows_it(
    plan_of: Callable[..., Any], running: Any, fleet: Any
) -> None:
    """The same plan twice: another UPS stands there after the second start."""
    plan = plan_of("ups-a")
    async with running(plan) as site:
        before = await site.get("/devices/ups-a")
        assert before["exchange"] is None
    collect = fleet.collect

    async def another(asset: Asset, ask: Ask) -> Collected:
        said = await collect(asset, ask)
        identity = Identity("ups", "Acme", "U1", "S2", "1") if Lane.STATIC in ask.lanes else None
        return dataclasses.replace(said, identity=identity)

    fleet.collect = another
    async with running(plan) as site:
        after = await site.get("/devices/ups-a")
        assert after["exchange"]["before"] == {
            "vendor": "Acme",
            "model": "U1",
            "serial": "S1",
            "firmware": "1",
        }
        assert after["exchange"]["after"]["serial"] == "S2"
        ids, now = ({value["metric"]: value["point"] for value in said["values"]} for said in (before, after))
        its_own = {metric for metric in ids if metric.startswith("ups_")}
        assert its_own == {metric for metric in now if metric.startswith("ups_")}
        assert all(now[metric] == ids[metric] for metric in ids.keys() & now.keys())
        assert len(its_own) == 2  # what the daemon adds in its own time may not be there yet
        page = (await site.web.get("/devices/ups-a?lang=en")).text
        assert "Acme U1 S1 → Acme U1 S2" in page
    assert verify(plan.settings.state).holds
