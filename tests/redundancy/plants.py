"""Random plants whose physics know what really happens when something is lost.

Two feeds or one, with or without generator, transfer switches, UPS, floor PDUs, cascaded strips; loads with one, two
or three cords on one or three phases, sharing unevenly. Ratings are set by what is carried, so that many a part is
fine now and would open if another one failed. Loads and voltages stand still: what changes comes from the loss.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final

from dcim.simulator.plant import Blueprint, Plant

_PHASES: Final = ("L1", "L2", "L3")
_DELAY: Final = 10.0
"""The same for all that opens, so that what carries the most opens first."""
_PROMPT: Final = 0.01
"""So little that whatever carries 1 % too much opens within a second."""
_CRANK: Final = 30
"""Seconds after which the engine of a plant of prompt breakers starts: all that opens before has opened by then."""


class Steady(Plant):
    """A plant whose loads and voltages do not drift."""

    def _breathe(self, at: float) -> None:
        for shape in self.plan.loads:
            self.loads[shape.id].wanted = shape.watts


class Prompt(Steady):
    """The same with breakers that do what is said of them: they open at once, the worst overload first, one at a time.

    Real ones bear an excess for a while, remember how warm they are, and may be relieved by an engine before they
    open. Where that decides what comes, this plant tells whether the rest of what is said is right.
    """

    def _run(self, at: float, dt: float) -> None:
        shut = [node for node in self._supply_order if not node.tripped]
        super()._run(at, dt)
        opened = [node for node in shut if node.tripped]
        if not opened:
            return
        first = min(opened, key=lambda node: (-round(node._limit()[1], 9), node.name))
        for node in self._supply_order:
            node.heat = 0.0
            node.tripped = node.tripped and (node is first or node not in opened)


class Grower:
    """Grows one plant from a seed."""

    def __init__(self, seed: int, *, prompt: bool = False) -> None:
        self.random = Random(seed)
        self.delay = _PROMPT if prompt else _DELAY
        self.crank = _CRANK if prompt else 2
        self.shape: dict[str, Any] = {
            "format": 1,
            "plant": f"random-{seed}",
            "site": {"id": "site", "name": "S"},
            "supplies": [{"id": "utility-a"}],
            "generators": [],
            "buses": [],
            "changeovers": [],
            "ups": [],
            "loads": [],
            "devices": [],
        }

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def plan(self) -> Blueprint:
        """The plant with ratings by what it carries."""
        sides = ["a", "b"] if self.chance(0.85) else ["a"]
        if len(sides) == 2 and self.chance(0.7):
            self.shape["supplies"].append({"id": "utility-b"})
        if self.chance(0.5):
            watched = [one["id"] for one in self.shape["supplies"]]
            self.shape["generators"].append(
                {"id": "genset", "watches": watched, "watts": 1e6, "crank": self.crank, "confirm": 1}
            )
        ends = {side: self._path(side) for side in sides}
        for number in range(self.random.randint(1, 4)):
            self._rack(number, ends)
        carried = Steady(Blueprint.model_validate(self.shape), tick=1.0)
        carried.advance(2.0)
        self._rate(carried)
        return Blueprint.model_validate(self.shape)

    def _device(self, of: str, kind: str, **more: object) -> None:
        speaks = {"pdu": "raritan_px2", "ups": "rfc1628_ups", "ats": "apc_ats", "genset": "deepsea_gencomm"}
        protocol = "snmp" if kind in ("pdu", "ups", "ats") else "modbus"
        self.shape["devices"].append({
            "id": f"d-{of}", "name": of, "kind": kind, "speaks": speaks.get(kind, "schneider_pm5000"), "protocol": protocol,
            "of": of, **more,
        })  # fmt: skip

    def _path(self, side: str) -> str:
        """A feed down to its floor PDU; return what strips hang on."""
        supplies = [one["id"] for one in self.shape["supplies"]]
        at = f"utility-{side}" if f"utility-{side}" in supplies else supplies[0]
        if self.shape["generators"]:
            self.shape["changeovers"].append(
                {"id": f"inv-{side}", "sources": [at, "genset"], "delay": 1, "back": 10}
            )
            at = f"inv-{side}"
        at = self._bus(f"board-{side}", at, "switchboard", 0.9)
        if self.chance(0.7):
            joules = 1e12 if self.chance(0.5) else 4e5
            self.shape["ups"].append({
                "id": f"ups-{side}", "source": at, "watts": 1e6, "battery_joules": joules, "battery_volts": 192,
                "charger_watts": 50, "efficiency": 0.94, "idle_watts": 100, "overload_after": self.delay,
            })  # fmt: skip
            self._device(f"ups-{side}", "ups", feed=side)
            at = f"ups-{side}"
        return self._bus(f"floor-{side}", at, "floor_pdu", 0.6)

    def _bus(self, name: str, source: str, kind: str, told: float, **more: object) -> str:
        loss = self.random.choice((0.0, 0.002))
        self.shape["buses"].append(
            {"id": name, "source": source, "loss": loss, "trip_after": self.delay} | more
        )
        if self.chance(told):
            place = {"rack": name.split("-")[1], "feed": name.split("-")[-1]} if kind == "pdu" else {}
            self._device(name, kind, **place)
        return name

    def _rack(self, number: int, ends: dict[str, str]) -> None:
        sides = list(ends)
        single = self.random.choice(_PHASES) if self.chance(0.4) else ""
        phases = {"phases": [single]} if single else {}
        strips = []
        for side in sides:
            above = ends[side]
            if self.chance(0.2):
                above = self._bus(f"row-r{number}-{side}", above, "floor_pdu", 0.5, **phases)
            strips.append(self._bus(f"strip-r{number}-{side}", above, "pdu", 1.0, **phases))
        spread = {single: 1.0} if single else {phase: self.random.uniform(0.5, 2.0) for phase in _PHASES}
        watts = self.random.uniform(600.0, 4000.0)
        load = {"id": f"srv-r{number}", "cords": strips, "watts": watts, "phases": spread}
        if len(strips) == 2 and self.chance(0.4):
            load["shares"] = [1.0, self.random.uniform(0.3, 1.0)]
        self.shape["loads"].append(load)

    def _rate(self, carried: Plant) -> None:
        """Give every part a rating above what it carries, sometimes less than it would have to carry."""
        for bus in self.shape["buses"]:
            most = max(carried.nodes[bus["id"]].amperes(phase) for phase in range(3))
            bus["amperes"] = round(max(1.0, most * self.random.choice((1.25, 1.5, 1.7, 2.6, 4.0))), 1)
        for ups in self.shape["ups"]:
            ups["watts"] = round(
                max(200.0, carried.nodes[ups["id"]].watts * self.random.choice((1.4, 1.7, 2.6, 4.0)))
            )
            if ups["battery_joules"] < 1e9:  # about two minutes
                ups["battery_joules"] = 120.0 * (carried.nodes[ups["id"]].watts / ups["efficiency"] + 100.0)
        for genset in self.shape["generators"]:
            whole = sum(load.wanted for load in carried.loads.values())
            genset |= {
                "watts": round(whole * self.random.choice((0.8, 1.5, 3.0))),
                "overload_after": self.delay,
            }
