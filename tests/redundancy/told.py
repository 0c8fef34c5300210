"""A simulated plant as its daemon would see it, without a network: drawn, told, and asked what if."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from dcim import plugins
from dcim.flow import Network, network_of
from dcim.graph import Topology
from dcim.model import Lane, Layout, Meaning, Point, state_code
from dcim.model.point import canonical
from dcim.redundancy import Answer, Book, Built, Question, Values, Verdicts
from dcim.redundancy.engine import Engine
from dcim.redundancy.seen import Slot, slots_of, tellers
from dcim.settings import survey
from dcim.simulator.plant import Blueprint, DeviceShape, Plant
from dcim.simulator.sitefile import site_file
from dcim.simulator.voice import voice

_THREE: Final = tuple({"phase": phase} for phase in ("L1", "L2", "L3"))
_WORDS: Final = {
    state_code(word): Meaning(word) for word in ("source_a", "source_b", "none", "running", "stopped")
}
_CREDENTIAL: Final = {"protocol": "snmp", "version": "2c", "community": "env:C"}


def points_of(
    device: DeviceShape, phases: Sequence[Mapping[str, str]]
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """What a device of a kind tells of power."""
    prefix = {
        "pdu": "pdu_phase", "meter": "meter", "floor_pdu": "meter", "switchboard": "meter", "ups": "ups_output",
    }.get(device.kind)  # fmt: skip
    if prefix:
        yield from ((f"{prefix}_current_amperes", phase) for phase in phases)
        yield from ((f"{prefix}_voltage_volts", phase) for phase in phases)
    if device.kind == "ups":
        yield from (("ups_input_current_amperes", phase) for phase in phases)
        yield from (("ups_input_voltage_volts", phase) for phase in phases)
        yield "ups_battery_runtime_seconds", {}
    if device.kind == "ats":
        yield from (
            ("ats_output_current_amperes", {}),
            ("ats_output_voltage_volts", {}),
            ("ats_source_state", {}),
        )
    if device.kind == "genset":
        yield from (("genset_state", {}), ("genset_fuel_level_ratio", {}))


class Told:
    """What a daemon knows of a plant: its drawing as it would be configured, and what its devices say."""

    def __init__(
        self,
        plan: Blueprint,
        folder: Path,
        *,
        digits: int = 2,
        tick: float = 0.25,
        plant: type[Plant] = Plant,
    ) -> None:
        self.plan = plan
        self.plant = plant(plan, 0, tick)
        addresses = {device.id: ("127.0.0.1", 1000 + number) for number, device in enumerate(plan.devices)}
        sections = site_file(plan, addresses, dict.fromkeys(("sim-v2c", "sim-v3"), _CREDENTIAL))
        path = folder / f"{plan.plant}.yaml"
        path.write_text(json.dumps(sections), encoding="utf-8")
        settings, problems = survey(path, plugins.collectors(), {})
        assert problems == (), problems
        self.settings, self.topology = settings, Topology(settings.wiring)
        self.network = Network(dict(network_of(self.topology, settings.redundancy.terms).elements))
        self.names = {device.of: device.id for device in plan.devices if device.id in self.network.elements}
        self._slots: list[Slot] = []
        self._say: list[Callable[[], float]] = []
        self._digits = digits
        tells = tellers(self.topology)
        for device in plan.devices:
            self._add(device, tells[device.id])
        said = settings.redundancy
        self.built = Built(
            self.network, settings.wiring, said.terms.tolerance, dict(said.tanks), dict(said.prefers)
        )
        self.engine = Engine(self.built)
        self.engine.take(Book(tuple(self._slots)))

    def _add(self, device: DeviceShape, element: str) -> None:
        told = [(metric, dict(labels)) for metric, labels in points_of(device, self._phases(device))]
        if not told:
            return
        points = tuple(Point(device.id, metric, canonical(labels)) for metric, labels in told)
        words = tuple(_WORDS if metric.endswith("_state") else None for metric, _ in told)
        layout = Layout(device.id, Lane.FAST, points, words, ("",) * len(points))
        says = voice(self.plant, device, [(metric, canonical(labels)) for metric, labels in told])
        for slot, place in slots_of(device.id, element, [layout]):
            metric, labels = told[place.number]
            self._slots.append(slot)
            self._say.append(self._saying(says[metric], labels))

    def _phases(self, device: DeviceShape) -> Sequence[Mapping[str, str]]:
        """The phases that a device shows: a strip on one phase calls that L1."""
        single = {bus.id for bus in self.plan.buses if len(bus.phases) == 1}
        return _THREE[:1] if device.of in single or device.speaks == "apc_rpdu2" else _THREE

    def _saying(self, say: Callable[..., object], labels: Mapping[str, str]) -> Callable[[], float]:
        def said() -> float:
            value = say(labels)
            value = value[0] if isinstance(value, tuple) else value
            return state_code(value) if isinstance(value, str) else round(float(str(value)), self._digits)

        return said

    def element(self, part: str) -> str:
        """How a part of the plant is called by the daemon."""
        return self.names.get(part, part)

    def messages(self) -> tuple[Book, Values]:
        """What a daemon would send of it now."""
        return Book(tuple(self._slots)), Values(self.plant.now, array("d", (say() for say in self._say)))

    def look(self, down: frozenset[str] = frozenset()) -> Verdicts:
        """Tell the engine how the plant stands."""
        values = array("d", (say() for say in self._say))
        found = self.engine.take(Values(self.plant.now, values, down))
        assert isinstance(found, Verdicts)
        return found

    def ask(self, *lost: str, maintenance: bool = False) -> Answer:
        """Ask what the loss of parts of the plant would do."""
        found = self.engine.take(Question(tuple(map(self.element, lost)), maintenance))
        assert isinstance(found, Answer), found
        return found
