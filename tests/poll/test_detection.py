"""From a fault to the message on its way: never later than the stated bound, whatever the phase.

beats ─▶ a poll that samples when it begins and takes its time ─▶ Core: watch, incidents that ask ─▶ outbox
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from dcim.alerts import Language, RuleSet, Watch, detection_bound, shipped_rules
from dcim.collect import Ask, Collected
from dcim.daemon.core import Core, Told
from dcim.daemon.services.building import Building
from dcim.daemon.services.causes import Causes
from dcim.graph import Node, NodeKind
from dcim.graph.derive import derive
from dcim.incidents.incidents import WAIT
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Meaning, NoAnswer, Point, state_code
from dcim.notify import Site
from dcim.poll import Pace, Poller
from dcim.series import Freshness, Newest
from dcim.store import Work

from .conftest import VirtualClock

TICK = 0.5  # the daemon's core looks twice a second at what waits for its time
TOGETHER = 0.1  # beats may wait for each other
INTERVALS = (1.0, 2.0, 5.0, 10.0, 30.0)
FAULTS: tuple[tuple[str, Kind, dict[str, tuple[str | float, str | float]]], ...] = (
    ("ups_battery_low", Kind.UPS, {"ups_battery_state": ("normal", "low")}),
    ("ups_on_battery", Kind.UPS, {"ups_output_source_state": ("normal", "battery"), "ups_test_result_state": ("none", "none")}),
    ("pdu_breaker_open", Kind.PDU, {"pdu_breaker_state": ("closed", "tripped")}),
    ("crac_fault", Kind.CRAC, {"crac_mode_state": ("cooling", "fault")}),
    ("meter_voltage_lost", Kind.SWITCHBOARD, {"meter_voltage_volts": (230.0, 0.0)}),
    ("genset_did_not_start", Kind.GENSET, {"genset_mains_voltage_volts": (230.0, 0.0), "genset_state": ("stopped", "stopped")}),
    ("device_no_data", Kind.ATS, {}),
)  # fmt: skip


@dataclass
class Fault:
    """One device, what breaks, when, and when people were told."""

    asset: Asset
    rule: str
    at: float
    asked: tuple[float, ...]  # others look for their cause at it
    layout: Layout
    before: array[float]
    after: array[float]
    told: float | None = None


@dataclass
class Field:
    """A collector: samples when a poll begins, answers up to nine tenths of an interval later."""

    faults: dict[str, Fault]
    random: Random
    share: float = Pace().share

    async def collect(self, asset: Asset, ask: Ask) -> Collected:
        loop = asyncio.get_running_loop()
        fault, lasts = self.faults.get(asset.id), self.share * asset.interval
        broken = fault is not None and loop.time() >= fault.at
        if broken and fault and fault.rule == "device_no_data":
            await asyncio.sleep(lasts)
            raise NoAnswer("silence")
        values = None if fault is None else fault.after if broken else fault.before
        await asyncio.sleep(lasts * self.random.choice((0.01, self.random.random(), 0.999)))
        if fault is None or values is None or not len(values):
            return Collected()
        return Collected((Batch(fault.layout, VirtualClock().now(), values),))

    async def identify(self, *_: object) -> tuple[()]:
        return ()

    async def aclose(self) -> None:
        return None


@dataclass
class Outbox:
    """The books: notes when the first message was laid down."""

    fault: Fault

    def note(self, work: Work) -> None:
        if work.outbox and self.fault.told is None:
            self.fault.told = asyncio.get_running_loop().time()


def _code(said: str | float) -> float:
    return state_code(said) if isinstance(said, str) else said


def _fault(number: int, random: Random, began: float) -> Fault:
    rule, kind, says = FAULTS[number % len(FAULTS)]
    interval = random.choice(INTERVALS)
    name = f"device-{number}-{random.random()}"  # its phase
    asset = Asset(name, name, kind, "field", Address("192.0.2.1", 161), interval=interval)
    at = began + 2 * interval + interval * random.random()
    points = tuple(Point(name, metric) for metric in says)
    states = tuple(
        {_code(word): Meaning(word) for word in pair if isinstance(word, str)} or None
        for pair in says.values()
    )
    layout = Layout(name, Lane.FAST, points, states, ("",) * len(points))
    before = array("d", [_code(fine) for fine, _ in says.values()])
    after = array("d", [_code(bad) for _, bad in says.values()])
    asked = tuple(at - 2 * interval * random.random() for _ in range(random.randrange(3)))
    return Fault(asset, rule, at, asked, layout, before, after)


async def _one(number: int, random: Random, rules: RuleSet) -> Fault:
    """Play one fault: its device is fed by a board that is asked for the cause, and may answer late."""
    loop = asyncio.get_running_loop()
    fault = _fault(number, random, loop.time())
    device = fault.asset
    board = Asset("board", "Board", Kind.SWITCHBOARD, "field", Address("192.0.2.2", 161), interval=30.0)
    kind = NodeKind(str(device.kind))
    nodes = [
        Node("board", NodeKind.SWITCHBOARD, polled=True),
        Node(device.id, kind, fed_by=("board",), polled=True),
    ]
    clock, newest, pace = VirtualClock(), Newest(), Pace()
    building = Building(derive(nodes, {}), (device, board), newest, Freshness(pace), lambda _facts: None)
    watch = Watch(rules, (device, board, *building.assets), "site", pace.lasts, newest.batches)
    told = Told(Site("site", "Site", "UTC", Language.EN), ("mail",))
    core = Core(told, watch, Outbox(fault), None, newest, clock)  # type: ignore[arg-type]
    core.building, core.causes = building, Causes("site", building.services, watch, clock)

    def bug(_asset: Asset, error: Exception) -> None:
        raise error

    poller = Poller({"field": Field({device.id: fault}, random)}, core.polled, clock, pace, bug)
    core.ask_now = poller.ask_now
    core.expect((device, board))
    poller.start((device, board))
    for at in fault.asked:
        loop.call_at(max(at, loop.time()), poller.ask_now, device.id)
    await asyncio.sleep(fault.at - random.random() - loop.time())
    while fault.told is None and loop.time() < fault.at + 600.0:
        await asyncio.sleep(TICK)
        core.tick()
    await poller.aclose()
    return fault


async def _play(number: int, seed: int, rules: RuleSet) -> list[Fault]:
    random = Random(seed)
    return list(await asyncio.gather(*(_one(n, random, rules) for n in range(number))))


def left(fault: Fault, rules: RuleSet) -> float:
    """Return how much of the stated time was left when the message was laid down; below 0 it was late."""
    assert fault.told is not None, f"{fault.rule} on {fault.asset} was never told"
    rule = rules.rules[fault.rule].paced(fault.asset.interval)
    bound = detection_bound(rule, Pace().share * fault.asset.interval)
    return bound + WAIT + TICK + 2 * TOGETHER - (fault.told - fault.at)


def _late(
    number: int,
    seed: int,
    run: Callable[[Coroutine[Any, Any, list[Fault]]], list[Fault]],
    rules: RuleSet,
) -> list[str]:
    faults = run(_play(number, seed, rules))
    assert len(faults) == number
    return [
        f"seed {seed}: {one.rule}, asked every {one.asset.interval:g} s, {-margin:.2f} s too late"
        for one in faults
        if (margin := left(one, rules)) < 0
    ]


@pytest.mark.long
def test_no_message_comes_later_than_stated_whatever_the_phase_of_fault_and_poll(
    run_virtual: Callable[[Coroutine[Any, Any, list[Fault]]], list[Fault]],
) -> None:
    """Pains: B15, E5."""
    assert _late(300, 1, run_virtual, shipped_rules()) == []


SLICES = range(34)
"""Seeds of 300 faults each: together more than ten thousand, and each slice can be run by itself."""


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", SLICES)
def test_ten_thousand_faults_are_all_told_in_the_stated_time(
    seed: int, run_virtual: Callable[[Coroutine[Any, Any, list[Fault]]], list[Fault]]
) -> None:
    """Pains: B15, E5."""
    assert _late(300, seed, run_virtual, shipped_rules()) == []
