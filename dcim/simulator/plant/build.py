"""From the blueprint to nodes in order of supply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from dcim.model import ConfigError, Problem
from dcim.record import dataclass, field
from dcim.simulator.plant.air import Crac, Room
from dcim.simulator.plant.battery import Battery
from dcim.simulator.plant.blueprint import (
    Blueprint,
    BusShape,
    ChangeoverShape,
    CracShape,
    GensetShape,
    Part,
    SupplyShape,
    UpsShape,
)
from dcim.simulator.plant.genset import Genset
from dcim.simulator.plant.network import PHASES, SHARES, Bus, Changeover, Load, Node, Supply, Ups


@dataclass(slots=True)
class Parts:
    """Everything of a plant that has a state. ``nodes`` stand in order of supply."""

    nodes: dict[str, Node] = field(default_factory=dict)
    loads: dict[str, Load] = field(default_factory=dict)
    cracs: dict[str, Crac] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A node that can be made once its parents are there."""

    parents: tuple[str, ...]
    make: Callable[[Mapping[str, Node]], Node]


def build(plan: Blueprint) -> Parts:
    """Make the parts of a plant; raise ConfigError with every reference that leads nowhere or in a circle."""
    problems = [*_faults(plan)]
    wishes = _wishes(plan)
    parts = Parts()
    while ready := [name for name, wish in wishes.items() if all(up in parts.nodes for up in wish.parents)]:
        for name in ready:
            parts.nodes[name] = wishes.pop(name).make(parts.nodes)
    if not problems:
        problems += [f"{name}: is fed by itself" for name in wishes]
    if problems:
        raise ConfigError(tuple(Problem(plan.plant, 0, 0, "", what) for what in problems))
    _furnish(plan, parts)
    return parts


def _faults(plan: Blueprint) -> Iterator[str]:
    """Say which names stand twice and which references lead nowhere."""
    nodes = _ids(plan.supplies, plan.generators, plan.buses, plan.changeovers, plan.ups)
    rooms = _ids(plan.rooms)
    names = Counter([*nodes, *rooms, *_ids(plan.loads, plan.cracs)])
    yield from (f"{name}: stands {count} times" for name, count in names.items() if count > 1)
    yield from (f"{owner}: no node '{wanted}'" for owner, wanted in _feeds(plan) if wanted not in nodes)
    yield from (f"{owner}: no room '{room}'" for owner, room in _places(plan) if room not in rooms)
    yield from (
        f"{device.id}: nothing called '{wanted}' to measure"
        for device in plan.devices
        for wanted in (device.of, *device.sees)
        if wanted not in names
    )


def _ids(*groups: Sequence[Part]) -> list[str]:
    return [part.id for group in groups for part in group]


def _places(plan: Blueprint) -> Iterator[tuple[str, str]]:
    """Pair every load and unit with its room."""
    yield from ((load.id, load.room) for load in plan.loads if load.room is not None)
    yield from ((unit.id, unit.room) for unit in plan.cracs)


def _feeds(plan: Blueprint) -> Iterator[tuple[str, str]]:
    """Pair everything that is fed with what feeds it."""
    yield from ((bus.id, bus.source) for bus in plan.buses)
    yield from ((ups.id, ups.source) for ups in plan.ups)
    for switch in plan.changeovers:
        yield from ((switch.id, source) for source in switch.sources)
    for genset in plan.generators:
        yield from ((genset.id, feed) for feed in genset.watches)
    for load in plan.loads:
        yield from ((load.id, cord) for cord in load.cords)
    for unit in plan.cracs:
        yield from ((unit.id, feed) for feed in (unit.fan, unit.compressor))
    for device in plan.devices:
        yield from ((device.id, node) for node in device.powered)


def _wishes(plan: Blueprint) -> dict[str, _Wish]:
    wishes = {feed.id: _Wish((), partial(_supply, feed)) for feed in plan.supplies}
    wishes |= {bus.id: _Wish((bus.source,), partial(_bus, bus)) for bus in plan.buses}
    wishes |= {switch.id: _Wish(switch.sources, partial(_changeover, switch)) for switch in plan.changeovers}
    wishes |= {genset.id: _Wish(genset.watches, partial(_genset, genset)) for genset in plan.generators}
    wishes |= {ups.id: _Wish((ups.source,), partial(_ups, ups)) for ups in plan.ups}
    return wishes


def _supply(shape: SupplyShape, up: Mapping[str, Node]) -> Node:
    return Supply(shape.id, nominal=shape.volts)


def _bus(shape: BusShape, up: Mapping[str, Node]) -> Node:
    return Bus(
        shape.id,
        parent=up[shape.source],
        loss=shape.loss,
        rating=shape.amperes,
        trip_after=shape.trip_after,
        phases=shape.phases,
    )


def _changeover(shape: ChangeoverShape, up: Mapping[str, Node]) -> Node:
    first, second = shape.sources
    return Changeover(shape.id, sources=(up[first], up[second]), delay=shape.delay, back=shape.back)


def _genset(shape: GensetShape, up: Mapping[str, Node]) -> Node:
    return Genset(
        shape.id,
        watches=[up[feed] for feed in shape.watches],
        rated=shape.watts,
        tank=shape.tank,
        fuel=shape.tank * shape.fuel,
        confirm=shape.confirm,
        crank=shape.crank,
        cooldown=shape.cooldown,
        overload_after=shape.overload_after,
    )


def _ups(shape: UpsShape, up: Mapping[str, Node]) -> Node:
    battery = Battery(shape.battery_joules, shape.charger_watts, shape.battery_volts, shape.charge)
    return Ups(
        shape.id,
        parent=up[shape.source],
        battery=battery,
        rated=shape.watts,
        efficiency=shape.efficiency,
        idle=shape.idle_watts,
        low_runtime=shape.low_runtime,
        overload_after=shape.overload_after,
    )


def _furnish(plan: Blueprint, parts: Parts) -> None:
    """Put loads and units into the rooms."""
    for load in plan.loads:
        cords = [parts.nodes[cord] for cord in load.cords]
        phases = [load.phases.get(phase, 0.0) for phase in PHASES] if load.phases else list(SHARES.values())
        parts.loads[load.id] = Load(
            load.id,
            load.room or "",
            cords,
            load.watts,
            load.watts,
            shares=load.shares,
            phases=[part / sum(phases) for part in phases],
        )
    for unit in plan.cracs:
        parts.cracs[unit.id] = _crac(unit, parts)
    for room in plan.rooms:
        parts.rooms[room.id] = Room(
            room.name,
            capacity=room.capacity,
            walls=room.walls,
            outside=room.outside,
            dew_point=room.dew_point,
            loads=[load for load in parts.loads.values() if load.room == room.id],
            units=[unit for unit in parts.cracs.values() if unit.room == room.id],
        )


def _crac(shape: CracShape, parts: Parts) -> Crac:
    fan = Load(f"{shape.id}-fan", "", [parts.nodes[shape.fan]], shape.fan_watts)
    compressor = Load(f"{shape.id}-compressor", "", [parts.nodes[shape.compressor]], shape.capacity / 3.2)
    parts.loads[fan.name] = fan
    parts.loads[compressor.name] = compressor
    return Crac(
        shape.id, shape.room, fan, compressor, shape.capacity, shape.airflow, shape.setpoint, shape.band
    )
