"""The plant as a daemon's configuration draws it: what feeds what, by the names that the devices have there.

A part of the plant that a device is goes by the device's id; what nobody polls, or only a meter measures,
keeps its name and stands under ``topology``.
"""

from __future__ import annotations

from typing import Any, Final

from dcim.simulator.plant import Blueprint, DeviceShape
from dcim.simulator.plant.blueprint import ChangeoverShape, GensetShape, UpsShape

_METER: Final = "meter"
_EVERY: Final = frozenset({"L1", "L2", "L3"})
_PARTS: Final = frozenset(
    {"ups", "pdu", "floor_pdu", "switchboard", "transformer", "ats", "sts", "genset", "crac"}
)
"""Kinds of devices that are the part of the plant of which they tell."""


class Drawing:
    """Knows the place of every device and part of a plant."""

    def __init__(self, plan: Blueprint) -> None:
        self._plan = plan
        self._names = {device.of: device.id for device in plan.devices if device.kind in _PARTS}
        self._fed_by: dict[str, tuple[str, ...]] = {bus.id: (bus.source,) for bus in plan.buses}
        self._fed_by |= {ups.id: (ups.source,) for ups in plan.ups}
        self._fed_by |= {switch.id: switch.sources for switch in plan.changeovers}
        self._fed_by |= {crac.id: tuple(dict.fromkeys((crac.fan, crac.compressor))) for crac in plan.cracs}
        self._both = {crac.id for crac in plan.cracs}
        self._ratings = {bus.id: f"{bus.amperes:g} A" for bus in plan.buses if bus.amperes}
        self._ratings |= {ups.id: f"{ups.watts:g} W" for ups in plan.ups}
        self._ratings |= {genset.id: f"{genset.watts:g} W" for genset in plan.generators}
        self._powers = {ups.id: _ups_power(ups) for ups in plan.ups}
        self._powers |= {genset.id: _genset_power(genset) for genset in plan.generators}
        self._phases: dict[str, list[str]] = {bus.id: [*bus.phases] for bus in plan.buses if bus.phases}
        self._phases |= _of_switches(plan)

    def place(self, device: DeviceShape) -> dict[str, Any]:
        """Return what a device says of its place in the building."""
        entry: dict[str, Any] = {}
        if device.kind == _METER:
            entry["measures"] = self._name(device.of)
        elif self._names.get(device.of) == device.id:
            entry |= self._links(device.of)
        return entry | ({"reached_through": device.gateway} if device.gateway else {})

    def parts(self) -> dict[str, dict[str, Any]]:
        """Return the section ``topology``: what no device is."""
        plan = self._plan
        supplies = [supply.id for supply in plan.supplies]
        kinds = dict.fromkeys(supplies, "utility")
        kinds |= {part.id: "genset" for part in plan.generators}
        kinds |= {bus.id: "transformer" if bus.source in supplies else "switchboard" for bus in plan.buses}
        kinds |= {part.id: "ats" for part in plan.changeovers}
        kinds |= {part.id: "ups" for part in plan.ups}
        drawn = {
            name: {"kind": kind} | self._called(name) | self._links(name)
            for name, kind in kinds.items()
            if name not in self._names
        }
        racked = {device.of for device in plan.devices if device.rack}
        for load in plan.loads:
            if racked.isdisjoint(load.cords):
                fed_by = [self._name(cord) for cord in load.cords]
                drawn[load.id] = {"kind": "load"} | self._called(load.id) | {"fed_by": fed_by}
        gateways = {device.gateway for device in plan.devices if device.gateway}
        return self._used(drawn) | {name: {"kind": "gateway"} for name in sorted(gateways)}

    def _used(self, drawn: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Return what feeds a device or a load: of a part of a plant some parts feed nothing any more."""
        placed = [self.place(device) for device in self._plan.devices]
        while True:
            named = {feed for entry in (*placed, *drawn.values()) for feed in entry.get("fed_by", ())}
            kept = {name: entry for name, entry in drawn.items() if entry["kind"] == "load" or name in named}
            if len(kept) == len(drawn):
                return kept
            drawn = kept

    def _called(self, part: str) -> dict[str, Any]:
        plan = self._plan
        drawn = (*plan.supplies, *plan.generators, *plan.buses, *plan.changeovers, *plan.ups, *plan.loads)
        name = next((one.name for one in drawn if one.id == part), "")
        return {"name": name} if name else {}

    def _links(self, part: str) -> dict[str, Any]:
        links: dict[str, Any] = {}
        if feeds := self._fed_by.get(part):
            links["fed_by"] = [self._name(feed) for feed in feeds]
        if part in self._both:
            links["needs"] = "all"
        if part in self._ratings:
            links["rating"] = self._ratings[part]
        if part in self._powers:
            links["power"] = self._powers[part]
        if part in self._phases:
            links["phases"] = self._phases[part]
        return links

    def _name(self, part: str) -> str:
        return self._names.get(part, part)


def _of_switches(plan: Blueprint) -> dict[str, list[str]]:
    """Return the phases of transfer switches: of what they feed, where that is not on all three.

    No more than those of their sources.
    """
    given = {bus.id: frozenset(bus.phases) or _EVERY for bus in plan.buses}
    taken: dict[str, frozenset[str]] = {}
    fed = [(bus.source, given[bus.id]) for bus in plan.buses]
    fed += [(ups.source, _EVERY) for ups in plan.ups]
    fed += [(source, _EVERY) for crac in plan.cracs for source in (crac.fan, crac.compressor)]
    fed += [(cord, frozenset(load.phases) or _EVERY) for load in plan.loads for cord in load.cords]
    for source, phases in fed:
        taken[source] = taken.get(source, frozenset()) | phases

    def carried(switch: ChangeoverShape) -> frozenset[str]:
        below = [carried(one) for one in plan.changeovers if switch.id in one.sources]
        above = [given.get(source, _EVERY) for source in switch.sources]
        return taken.get(switch.id, frozenset()).union(*below) & frozenset().union(*above)

    found = {switch.id: carried(switch) for switch in plan.changeovers}
    return {name: sorted(phases) for name, phases in found.items() if phases and phases != _EVERY}


def _ups_power(ups: UpsShape) -> dict[str, str]:
    """Return what somebody who reads its data sheet would write: it takes more while it charges."""
    percent, charging = 100.0 * ups.efficiency, ups.idle_watts + ups.charger_watts / _CHARGES
    efficiency = f"{percent - 1:g}-{min(100.0, percent + 1):g} %"
    return {"efficiency": efficiency, "idle": f"{ups.idle_watts:g}-{charging:.0f} W"}


def _genset_power(genset: GensetShape) -> dict[str, str]:
    first = genset.confirm + genset.crank
    return {
        "starts_in": f"{first:g}-{first + 2 * genset.crank + _SPEEDS_UP:g} s",
        "fuel": f"{1000 * genset.tank:g} l",
    }


_CHARGES: Final = 0.9
"""Watts into the battery a watt that the charger takes."""
_SPEEDS_UP: Final = 5.0
"""Seconds until an engine that runs gives voltage."""
