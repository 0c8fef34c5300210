"""What the daemon concludes of services against what the plant knows, in every shipped scenario, on a virtual clock.

Devices are asked every 5 s and say what their part of the plant is; an agent without power, or one that hangs,
says nothing, and what it said counts for 15 s. So the truth may be ahead by 20 s, and never by more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dcim import plugins
from dcim.graph import Said, Services, State, Topology
from dcim.settings import load
from dcim.simulator.files import names, plan
from dcim.simulator.plant import DeviceShape
from dcim.simulator.scenario import scenario
from dcim.simulator.sitefile import COMMUNITY, V3, as_text, site_file
from dcim.simulator.stage import Stage

ASKED, COUNTS = 5, 15
LAG = ASKED + COUNTS
UP, DOWN, UNKNOWN = State.UP, State.DOWN, State.UNKNOWN


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Topology]:
    """What a daemon knows of a plant, by its name."""
    known: dict[str, Topology] = {}

    def topology(name: str) -> Topology:
        if name not in known:
            blueprint = plan(name)
            addresses = {one.id: ("127.0.0.1", 1000 + number) for number, one in enumerate(blueprint.devices)}
            plain = {"protocol": "snmp", "version": "2c", "community": "env:NOTHING"}
            path = Path(tmp_path_factory.mktemp("site")) / "site.yaml"
            sections = site_file(blueprint, addresses, {COMMUNITY: plain, V3: plain})
            path.write_text(as_text(sections), encoding="utf-8")
            known[name] = Topology(load(path, plugins.collectors(), {}).wiring)
        return known[name]

    return topology


def word_of(works: bool) -> State:
    return UP if works else DOWN


def said(stage: Stage, device: DeviceShape) -> Said:
    """What a device says of its part: the state of the part itself, and of its inputs where it knows them."""
    plant = stage.plant
    if device.of in plant.cracs:
        return Said({"": word_of(plant.cracs[device.of].running)})
    if device.of not in plant.nodes:
        return Said()
    sources = next((one.sources for one in plant.plan.changeovers if one.id == device.of), ())
    inputs = {number: {"": word_of(plant.nodes[one].live)} for number, one in enumerate(sources)}
    return Said({"": word_of(plant.nodes[device.of].live)}, inputs)


def truth(stage: Stage) -> dict[str, bool]:
    """Which services really work: all servers of the rack run, somebody cools the room."""
    plant = stage.plant
    racks = {
        device.of: device.rack for device in plant.plan.devices if device.rack and device.of in plant.nodes
    }
    works: dict[str, bool] = {}
    for shape in plant.plan.loads:
        rack = racks.get(shape.cords[0])
        if rack:
            name = f"power/{rack}"
            works[name] = works.get(name, True) and plant.loads[shape.id].powered
    for unit in plant.cracs.values():
        name = f"cooling/{unit.room}"
        works[name] = works.get(name, False) or (unit.running and unit.compressor.powered)
    return works


@dataclass
class Watcher:
    """Asks the devices in turn, and holds what follows against the truth."""

    stage: Stage
    services: Services
    answered: dict[str, int] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    was: dict[str, bool] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    decided: int = 0
    looked: int = 0
    seen: set[tuple[str, State]] = field(default_factory=set)

    def second(self, now: int) -> None:
        for number, (name, agent) in enumerate(self.stage.agents.items()):
            if (
                (now + number) % ASKED == 0
                and (agent.patience() or 0.0) < 2.0
                and agent.patience() is not None
            ):
                self.answered[name] = now
                self.services.take(name, said(self.stage, agent.device))
            elif now - self.answered.get(name, -LAG) > COUNTS:
                self.services.take(name, Said())
        for name, works in truth(self.stage).items():
            if self.was.get(name) is not works:
                self.was[name], self.since[name] = works, now
            self._hold(name, works, now)

    def _hold(self, name: str, works: bool, now: int) -> None:
        function = self.services.standing[name].function
        self.looked += 1
        self.decided += function is not UNKNOWN
        self.seen.add((name, function))
        if now - self.since[name] > LAG and function not in (UNKNOWN, word_of(works)):
            self.wrong.append(f"{now} s: {name} is said to be {function}")


ALSO_SEEN: Mapping[str, set[tuple[str, State]]] = {
    "utility-lost": {("cooling/salle-1", DOWN)},
    "crac-lost": {("cooling/salle-2", DOWN), ("cooling/salle-1", UP)},
}


QUICK = ("utility-lost", "pdu-breaker", "gateway-hangs")
"""Scenarios of one kind each: a feed, a strip, who is asked. The others are the same code for longer."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=() if one in QUICK else pytest.mark.long) for one in names("scenarios")],
)
def test_what_is_said_of_services_is_true(name: str, drawn: Callable[[str], Topology]) -> None:
    """Pains: E3, F1, G1, I1."""
    story = scenario(name)
    stage = Stage(plan(story.plant), tick=1.0)
    watcher = Watcher(stage, Services(drawn(story.plant)))
    watcher.second(0)
    stage.begin(story)
    for now in range(1, int(story.lasts) + LAG):
        stage.advance(now)
        watcher.second(now)
    assert watcher.wrong == []
    assert watcher.decided / watcher.looked > 0.9
    assert watcher.seen >= ALSO_SEEN.get(name, set())
