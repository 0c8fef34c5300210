"""Agents written by hand from the manual, read through the profiles: two ways to the same number."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

import dcim.simulator
from collectors.modbus import plugin as modbus_plugin
from collectors.modbus.collecting.replay import replay
from collectors.modbus.recordings.recording import Recording
from collectors.modbus.transport.contract import Space as WireSpace
from collectors.snmp import plugin as snmp_plugin
from collectors.snmp.answers.cells import Cell as WireCell
from collectors.snmp.answers.cells import Cells
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Oid as WireOid
from collectors.snmp.recordings.offline import decode_cells
from dcim.collect import Decoded
from dcim.model import Labels, Reading
from dcim.simulator.cells import Cell, Oid, Place
from dcim.simulator.handmade_crac import Stulz
from dcim.simulator.handmade_ups import FOREVER, SmartUps
from dcim.simulator.plant import DeviceShape, Plant
from dcim.simulator.plant.network import Ups

SNMP = snmp_plugin._library(())
MODBUS = modbus_plugin.library()


def device(plant: Plant, name: str) -> DeviceShape:
    return next(one for one in plant.plan.devices if one.id == name)


def through_snmp(cells: Mapping[Oid, Cell]) -> Decoded:
    wire = {
        oid.encode_parts(name): WireCell(
            cell.tag, WireOid(oid.encode_parts(cell.value)) if isinstance(cell.value, tuple) else cell.value
        )
        for name, cell in cells.items()
    }
    return decode_cells(Cells(wire), SNMP)


def through_modbus(words: Mapping[Place, int], profile: str) -> Decoded:
    cells: dict[WireSpace, dict[int, int]] = {}
    for (space, at), word in words.items():
        cells.setdefault(WireSpace[space.upper()], {})[at] = word
    return replay(Recording(cells), MODBUS.get(profile), "x", 0.0, "")


def readings(decoded: Decoded) -> dict[tuple[str, Labels], Reading]:
    return {
        (point.metric, point.labels): batch.reading(slot)
        for batch in decoded.batches
        for slot, point in enumerate(batch.layout.points)
    }


@pytest.fixture
def ups(plant: Plant) -> Ups:
    node = plant.nodes["ups-a"]
    assert isinstance(node, Ups)
    return node


def check_ups(plant: Plant, ups: Ups, *, state: str, battery: str) -> None:
    found = readings(through_snmp(SmartUps(plant, device(plant, "cas1-ups-a")).cells(4321.0)))
    l1 = (("phase", "L1"),)
    assert found["ups_output_source_state", ()].state == state
    assert found["ups_battery_state", ()].state == battery
    expected = {
        ("device_uptime_seconds", ()): (4321.0, 0.01),
        ("ups_battery_charge_ratio", ()): (ups.battery.charge, 0.0005),
        ("ups_battery_runtime_seconds", ()): (ups.runtime, 0.01),
        ("ups_battery_on_time_seconds", ()): (ups.on_battery_for, 0.01),
        ("ups_battery_voltage_volts", ()): (ups.battery.volts, 0.05),
        ("ups_battery_current_amperes", ()): ((ups.discharging - ups.charging) / ups.battery.volts, 0.05),
        ("ups_input_voltage_volts", l1): (plant.nodes["tgbt-a"].volts, 0.05),
        ("ups_input_frequency_hertz", l1): (plant.nodes["tgbt-a"].hertz, 0.05),
        ("ups_output_voltage_volts", l1): (ups.volts, 0.05),
        ("ups_output_current_amperes", l1): (ups.watts / 0.95 / ups.volts if ups.live else 0.0, 0.05),
        ("ups_output_load_ratio", ()): (ups.watts / 19_000, 0.0005),
        ("ups_output_power_watts", ()): (ups.watts, 0.5),
        ("ups_output_apparent_power_voltamperes", ()): (ups.watts / 0.95, 0.5),
        ("ups_output_energy_joules_total", ()): (ups.joules, 36_000),
        ("ups_rating_apparent_power_voltamperes", ()): (20_000, 0),
    }
    for key, (value, resolution) in expected.items():
        reading = found[key].value
        assert reading == pytest.approx(value, abs=resolution * 1.001 + 1e-9), key


def test_the_hand_made_ups_says_that_it_tests_its_battery(plant: Plant) -> None:
    def says() -> tuple[str | None, str | None, str | None]:
        found = readings(through_snmp(SmartUps(plant, device(plant, "cas1-ups-a")).cells(1.0)))
        wanted = ("ups_output_source_state", "ups_test_result_state", "ups_transfer_cause_state")
        source, result, cause = (found[metric, ()].state for metric in wanted)
        return source, result, cause

    plant.step(1.0)
    assert says()[:2] == ("normal", "passed")
    plant.test("ups-a", 20.0)
    plant.step(5.0)
    assert says() == ("battery", "in_progress", "self_test")
    plant.step(30.0)
    assert says()[:2] == ("normal", "passed")


def test_the_profile_reads_from_the_hand_made_ups_what_the_plant_knows(plant: Plant, ups: Ups) -> None:
    """On mains, on battery, nearly empty, off. Pains: A2, A3."""
    plant.step(30.0)
    check_ups(plant, ups, state="normal", battery="normal")
    plant.lose("utility-a")
    plant.lose("genset-1")
    plant.step(47.0)
    check_ups(plant, ups, state="battery", battery="normal")
    plant.drain("ups-a", 0.02)
    plant.step(1.0)
    check_ups(plant, ups, state="battery", battery="low")
    plant.step(120.0)
    check_ups(plant, ups, state="none", battery="low")


def test_the_hand_made_ups_says_who_it_is(plant: Plant) -> None:
    decoded = through_snmp(SmartUps(plant, device(plant, "cas1-ups-a")).cells(1.0))
    assert decoded.profile == "apc_smartups"
    assert (decoded.identity.model, decoded.identity.serial) == ("Smart-UPS RT 20000 XL", "AS2115170034")


def test_the_flags_of_the_hand_made_ups_are_64_characters(plant: Plant) -> None:
    agent = SmartUps(plant, device(plant, "cas1-ups-a"))
    flags = oid.parts(oid.encode("1.3.6.1.4.1.318.1.1.1.11.1.1.0"))
    assert agent.cells(0.0)[flags].value == b"000101" + b"0" * 12 + b"1" + b"0" * 45
    plant.lose("utility-a")
    plant.step(1.0)
    text = agent.cells(0.0)[flags].value
    assert isinstance(text, bytes)
    assert len(text) == 64
    assert [place for place, flag in enumerate(text, 1) if flag == ord("1")] == [1, 2, 6, 19]


def test_a_runtime_without_load_is_the_longest_that_ticks_can_say(plant: Plant) -> None:
    for load in plant.plan.loads:
        for cord in load.cords:
            plant.lose(cord)
    plant.nodes["ups-a"].idle = 0.0  # type: ignore[attr-defined]
    plant.lose("fpdu-a")
    plant.step(1.0)
    runtime = oid.parts(oid.encode("1.3.6.1.4.1.318.1.1.1.2.2.3.0"))
    assert SmartUps(plant, device(plant, "cas1-ups-a")).cells(0.0)[runtime].value == FOREVER


def test_only_a_ups_can_be_a_smart_ups(plant: Plant) -> None:
    wrong = device(plant, "cas1-ups-a").model_copy(update={"of": "tr-a"})
    with pytest.raises(TypeError, match="tr-a is no UPS"):
        SmartUps(plant, wrong)


def check_crac(plant: Plant, *, mode: str, alarms: set[str]) -> None:
    unit, room = plant.cracs["crac-1"], plant.rooms["salle-1"]
    back = room.exhaust() if unit.running else room.temperature
    found = readings(through_modbus(Stulz(plant, device(plant, "cas1-crac-1")).words(), "stulz_c7000"))
    assert found["crac_mode_state", ()].state == mode
    expected = {
        "crac_return_air_temperature_celsius": (back, 0.05),
        "crac_supply_air_temperature_celsius": (room.supply(unit), 0.05),
        "crac_temperature_setpoint_celsius": (22.0, 0.0),
        "crac_return_air_humidity_ratio": (room.humidity(back), 0.0005),
        "crac_supply_air_humidity_ratio": (room.humidity(room.supply(unit)), 0.0005),
    }
    for metric, (value, resolution) in expected.items():
        assert found[metric, ()].value == pytest.approx(value, abs=resolution * 1.001 + 1e-9), metric
    speed = found["crac_fan_speed_ratio", (("fan", "1"),)].value
    assert speed == pytest.approx(unit.speed, abs=0.00501)
    raised = {
        dict(labels)["alarm"]
        for (metric, labels), one in found.items()
        if metric == "crac_alarm" and one.state not in (None, "clear")
    }
    assert raised == alarms


@pytest.mark.long
def test_the_profile_reads_from_the_hand_made_unit_what_the_plant_knows(plant: Plant) -> None:
    """Cooling, without compressor power, stopped, in a hot room. Pains: C1."""
    plant.step(30.0)
    check_crac(plant, mode="on", alarms=set())
    plant.lose("cold-a")
    plant.step(5.0)
    check_crac(plant, mode="on", alarms={"common_alarm", "compressor_1"})
    plant.restore("cold-a")
    plant.lose("crac-1")
    plant.step(5.0)
    check_crac(plant, mode="off", alarms={"common_alarm", "local_stop"})
    plant.lose("crac-2")
    plant.step(600.0)
    assert 28.0 < plant.rooms["salle-1"].temperature < 36.0
    check_crac(plant, mode="off", alarms={"common_alarm", "local_stop", "supply_air_temperature_high"})
    plant.step(600.0)
    assert plant.rooms["salle-1"].temperature > 36.0
    check_crac(
        plant,
        mode="off",
        alarms={"common_alarm", "local_stop", "return_air_temperature_high", "supply_air_temperature_high"},
    )


def test_hand_made_agents_know_nothing_of_profiles() -> None:
    """A profile error must not cancel itself: neither they nor what they import may know any profile."""
    root = Path(dcim.simulator.__file__).parent.parent.parent
    seen: set[str] = set()
    todo = ["dcim.simulator.handmade_ups", "dcim.simulator.handmade_crac"]
    while todo:
        module = todo.pop()
        if module in seen or not module.startswith("dcim"):
            continue
        seen.add(module)
        path = root / module.replace(".", "/")
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if not file.exists():
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                todo += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                todo += [alias.name for alias in node.names]
    assert "dcim.simulator.plant.network" in seen
    forbidden = ("dcim.profile", "dcim.catalogue", "collectors", "dcim.simulator.voice", "dcim.plugins")
    assert [module for module in seen if module.startswith(forbidden)] == []
