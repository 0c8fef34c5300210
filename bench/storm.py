"""A storm of 20,000 conditions in one second: incidents, facts on disk, and how long the loop is blocked.

python -m bench.storm [one|apart] [devices]      a line of JSON each
  one     5,000 rack PDUs lose power at once, below one switchboard: one incident
  apart   5,000 devices that no topology joins raise four alarms each: 5,000 incidents

The core ticks all the time, also while the devices speak, at the pace of the daemon: every 20 ms while a
message waits to be made, else twice a second. What devices have said by a turn of the loop is handed on
together, as the poller does with answers that came in one turn. Nothing else that a daemon does is there
(polls of its own, history, pages). Figures taken before 2026-11-26 are of a core that did not tick while the
devices spoke, those before 2026-11-28 of devices that each had a turn of the loop, and that had
spoken once only before the storm: what is loaded with the second poll of a device (100 ms) counted.

``blocked_cpu_ms`` is the longest turn of the loop in CPU time of its thread: a busy machine does not count.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import Any

import structlog

from dcim.alerts import Language, Watch, read_rules
from dcim.cli.running.run import settle
from dcim.clock import SystemClock
from dcim.collect import Collected
from dcim.daemon.core import Core, Told
from dcim.daemon.records.books import Books
from dcim.daemon.services.building import Building
from dcim.daemon.services.causes import Causes
from dcim.graph import Node, NodeKind, Wiring
from dcim.graph.derive import derive
from dcim.model import (
    Address,
    Asset,
    Batch,
    Health,
    Kind,
    Lane,
    Layout,
    Meaning,
    Point,
    canonical,
    state_code,
)
from dcim.notify import Site
from dcim.poll import Polled
from dcim.poll.polled import AT_A_TURN, hand_on
from dcim.poll.presence import Presence, Reach
from dcim.series import Freshness, Newest
from dcim.store import Store, Work

DEVICES = 5000
ALARMS = ("one", "two", "three", "four")
SOON, TICK, ANSWERS = 0.02, 0.5, 0.05
CALM = 2  # polls of each device before the storm: what is loaded with the second one is no part of it
LOOK = 0.2  # how often it is asked whether the storm is over
RULES = """
format: 1
rules:
  - rule: storm_alarm
    metric: device_alarm
    alarm: set
    severity: major
    title: { en: Alarm, fr: Alarme }
    consequence: { en: Something is wrong here., fr: Quelque chose ne va pas ici. }
    action: { en: Go there., fr: Aller voir. }
  - rule: pdu_inlet_lost
    kinds: [pdu]
    metric: pdu_inlet_state
    state: lost
    severity: critical
    title: { en: Inlet lost, fr: Arrivée perdue }
    consequence: { en: Nothing is fed from here., fr: Rien n'est alimenté d'ici. }
    action: { en: Look upstream., fr: Regarder en amont. }
  - rule: meter_voltage_lost
    kinds: [switchboard]
    metric: meter_voltage_volts
    below: 100 V
    deadband: 20 V
    severity: major
    title: { en: Voltage lost, fr: Tension perdue }
    consequence: { en: Everything below is dead., fr: Tout est mort en aval. }
    action: { en: Call the utility., fr: Appeler le distributeur. }
"""
INLET = {
    state_code("lost"): Meaning("lost", Health.CRITICAL),
    state_code("normal"): Meaning("normal", Health.OK),
}
WHERE = Address("192.0.2.1", 161)


def site(devices: int, *, joined: bool) -> tuple[list[Asset], Wiring]:
    """Return the devices, and the building that joins them if it does."""
    pdus = [
        Asset(
            f"pdu-{n}", f"PDU {n}", Kind.PDU, "snmp", WHERE, rack=f"R{n // 2}", room="hall", feed="AB"[n % 2]
        )
        for n in range(devices)
    ]
    if not joined:
        return pdus, Wiring()
    nodes = [Node("main", NodeKind.SWITCHBOARD, "Main", polled=True)]
    nodes += [Node(f"fp-{n}", NodeKind.FLOOR_PDU, fed_by=("main",)) for n in range(50)]
    for n, one in enumerate(pdus):
        place = {"rack": one.rack, "room": one.room, "feed": one.feed}
        nodes.append(Node(one.id, NodeKind.PDU, one.name, fed_by=(f"fp-{n % 50}",), polled=True, **place))
    main = Asset("main", "Main", Kind.SWITCHBOARD, "snmp", WHERE)
    return [*pdus, main], derive(nodes, {"hall": "Hall"})


def said(asset: Asset, *, joined: bool) -> tuple[Batch, Batch]:
    """Return what a device says before the storm and in it."""
    if asset.kind is Kind.SWITCHBOARD:
        shape = Layout(asset.id, Lane.FAST, (Point(asset.id, "meter_voltage_volts"),), (None,), ("",))
        return Batch(shape, 0.0, array("d", [230.0])), Batch(shape, 0.0, array("d", [0.0]))
    first = "pdu_inlet_state" if joined else "device_alarm"
    labels = {} if joined else {"alarm": ALARMS[0]}
    points = (
        Point(asset.id, first, canonical(labels)),
        *(Point(asset.id, "device_alarm", canonical({"alarm": name})) for name in ALARMS[1:]),
    )
    shape = Layout(asset.id, Lane.FAST, points, (INLET if joined else None, None, None, None), ("",) * 4)
    fine, bad = (state_code("normal"), state_code("lost")) if joined else (0.0, 1.0)
    return Batch(shape, 0.0, array("d", [fine, 0, 0, 0])), Batch(shape, 0.0, array("d", [bad, 1, 1, 1]))


@dataclass
class Counted:
    """What is on disk, and when it was there; how long a turn of the loop took."""

    facts: int = 0
    last: float = 0.0
    first: dict[str, float] = field(default_factory=dict)
    wall: float = 0.0
    cpu: float = 0.0

    def written(self, work: Work) -> None:
        if alerts := sum(fact.kind == "alert" for fact in work.facts):
            self.facts += alerts
            self.last = perf_counter()
        for message in work.outbox:
            self.first.setdefault(message.dedup_key, perf_counter())

    async def watch(self) -> None:
        while True:
            began, used = perf_counter(), thread_time()
            await asyncio.sleep(0.005)
            self.wall = max(self.wall, perf_counter() - began - 0.005)
            self.cpu = max(self.cpu, thread_time() - used)


class Rig:
    """A daemon's core over a store on disk, and devices that speak when they are told to."""

    def __init__(self, folder: Path, devices: int, *, joined: bool) -> None:
        self.clock, self.counted = SystemClock(), Counted()
        self.assets, wiring = site(devices, joined=joined)
        self.store = Store.open(folder, "bench", self.clock)
        self.books = Books(self.store, self.counted.written)
        newest = Newest()
        building = Building(
            wiring, self.assets, newest, Freshness(), lambda facts: self.books.note(Work(facts=tuple(facts)))
        )
        (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
        rules = read_rules([folder / "rules.yaml"], shipped=False)
        watch = Watch(rules, (*self.assets, *building.assets), "bench", lambda _lane, every: every)
        told = Told(Site("bench", "Bench", "UTC", Language.EN), ("hook",))
        self.core = Core(told, watch, self.books, None, newest, self.clock)
        self.core.building = building
        self.core.causes = Causes("bench", building.services, watch, self.clock)
        self.core.ask_now = self._ask
        self.core.expect(self.assets)
        self.said = {asset.id: said(asset, joined=joined) for asset in self.assets}
        self.asked = 0
        self._by_id = {asset.id: asset for asset in self.assets}

    def poll(self, assets: Sequence[Asset], *, bad: bool) -> None:
        """Let devices say what they say before the storm, or in it, handed on as the poller does."""
        at, core = self.clock.now(), self.core
        here, polls = Presence(Reach.ANSWERING, at), []
        for asset in assets:
            batch = self.said[asset.id][bad]
            collected = Collected((Batch(batch.layout, at, batch.values),))
            polls.append(Polled(asset, at, 0.0, 0.0, here, here, collected, None, cheap=False))
        hand_on(polls, core.stages, _bug, core.ahead, core.after)

    def _ask(self, name: str) -> None:
        self.asked += 1
        asyncio.get_running_loop().call_later(ANSWERS, lambda: self.poll([self._by_id[name]], bad=True))

    @property
    def untold(self) -> bool:
        """Whether an incident waits for its first message, or anything for the disk."""
        return bool(self.books.waiting) or bool(self.core.causes.incidents.untold)

    async def tick(self) -> None:
        """Let time pass as the daemon does."""
        while True:
            self.core.tick()
            await asyncio.sleep(SOON if self.core.causes.due else TICK)


def _bug(_asset: Asset, bug: Exception) -> None:
    raise bug


async def until(over: Callable[[], bool]) -> None:
    """Wait until something is over."""
    while not over():  # noqa: ASYNC110  nobody tells that a storm is over: it is looked for
        await asyncio.sleep(LOOK)


async def storm(name: str, folder: Path, devices: int) -> dict[str, Any]:
    """Blow one storm; return the figures."""
    rig = Rig(folder, devices, joined=name == "one")
    counted, incidents = rig.counted, rig.core.causes.incidents

    tasks = [asyncio.create_task(rig.books.run()), asyncio.create_task(rig.tick())]
    for number in (*range(0, len(rig.assets), AT_A_TURN),) * CALM:
        rig.poll(rig.assets[number : number + AT_A_TURN], bad=False)
        await asyncio.sleep(0)
    await until(lambda: not rig.books.waiting)
    settle()  # as `dcim run` does
    tasks.append(asyncio.create_task(counted.watch()))
    await asyncio.sleep(0.1)
    counted.wall = counted.cpu = 0.0
    began, used, before = perf_counter(), process_time(), counted.facts
    order, number = rig.assets[::-1], 0
    while number < len(order):
        await asyncio.sleep(max(0.0, began + number / len(order) - perf_counter()))
        due = max(number + 1, int((perf_counter() - began) * len(order)))
        some = order[number : min(due, number + AT_A_TURN)]
        rig.poll(some, bad=True)
        number += len(some)
    fed = perf_counter() - began
    await until(lambda: not rig.untold)
    figures = {
        "storm": name,
        "conditions": len(rig.core.watch.open),
        "incidents": len(incidents.open),
        "fed_s": round(fed, 2),
        "alert_facts": counted.facts - before,
        "durable_s": round(counted.last - began, 2),
        "told": len(counted.first),
        "last_first_message_s": round(max(counted.first.values()) - began, 2),
        "blocked_wall_ms": round(counted.wall * 1000, 1),
        "blocked_cpu_ms": round(counted.cpu * 1000, 1),
        "cpu_s": round(process_time() - used, 2),
        "asked": rig.asked,
    }
    for task in tasks:
        task.cancel()
    await rig.store.stop("bench")
    return figures


def main() -> None:
    """Blow both storms, or the one that is named."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    names = [name for name in sys.argv[1:] if not name.isdigit()] or ["one", "apart"]
    devices = next((int(word) for word in sys.argv[1:] if word.isdigit()), DEVICES)
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(asyncio.run(storm(name, Path(folder), devices))), flush=True)


if __name__ == "__main__":
    main()
