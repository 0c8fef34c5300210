"""What profile-made devices answer, decoded by their profile, is what the plant knows, in every condition."""

from __future__ import annotations

import math

import pytest

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
from dcim.model import ConfigError, Health, Labels, Reading
from dcim.simulator.answers import modbus_answers, snmp_answers
from dcim.simulator.plant import DeviceShape, Plant
from dcim.simulator.plant.network import Bus

SNMP, MODBUS = snmp_plugin._library(()), modbus_plugin.library()
Readings = dict[tuple[str, Labels], Reading]


def device(plant: Plant, name: str) -> DeviceShape:
    return next(one for one in plant.plan.devices if one.id == name)


def decoded(plant: Plant, shape: DeviceShape) -> Decoded:
    if shape.protocol == "snmp":
        cells = {
            oid.encode_parts(name): WireCell(
                cell.tag,
                WireOid(oid.encode_parts(cell.value)) if isinstance(cell.value, tuple) else cell.value,
            )
            for name, cell in snmp_answers(plant, shape).cells(777.0).items()
        }
        return decode_cells(Cells(cells), SNMP, (shape.speaks,))
    words: dict[WireSpace, dict[int, int]] = {}
    for (space, at), word in modbus_answers(plant, shape).words().items():
        words.setdefault(WireSpace[space.upper()], {})[at] = word
    return replay(Recording(words), MODBUS.get(shape.speaks), "x", 0.0, "")


def said(plant: Plant, name: str) -> Readings:
    return readings_of(decoded(plant, device(plant, name)))


def readings_of(found: Decoded) -> Readings:
    return {
        (point.metric, point.labels): batch.reading(slot)
        for batch in found.batches
        for slot, point in enumerate(batch.layout.points)
    }


def value(readings: Readings, metric: str, **labels: str) -> float:
    found = readings[metric, tuple(sorted(labels.items()))].value
    assert found is not None, (metric, labels)
    return found


def state(readings: Readings, metric: str, **labels: str) -> str | None:
    return readings[metric, tuple(sorted(labels.items()))].state


def alarms(readings: Readings) -> set[str]:
    return {
        dict(labels)["alarm"]
        for (metric, labels), one in readings.items()
        if metric.endswith("_alarm") and one.state not in (None, "clear")
    }


def test_nothing_is_wrong_with_any_device_of_a_healthy_plant(plant: Plant) -> None:
    """No alarm, no bad state, and identities of their own: who watches the demo sees no fault that is none."""
    plant.step(10.0)
    serials: set[str] = set()
    for shape in plant.plan.devices:
        found = decoded(plant, shape)
        readings = readings_of(found)
        assert found.profile == shape.speaks
        wrong = {
            str(one.point): one.state
            for one in readings.values()
            if one.health in (Health.WARNING, Health.CRITICAL) and one.state != "clear"
        }
        assert wrong == {}, shape.id
        if shape.made == "profile" and found.identity.serial:
            assert found.identity.serial not in serials, shape.id
            serials.add(found.identity.serial)
    assert len(serials) >= 25


@pytest.mark.parametrize("lost", ["", "ups-a", "ups-b"])
def test_what_a_device_says_fits_together_also_when_it_carries_both_paths(plant: Plant, lost: str) -> None:
    """No rating below the load, no peak below the value, no watts beyond the voltamperes, no service overdue."""
    for _ in range(2 if lost else 1):
        if lost:
            plant.lose(lost)
        plant.step(10.0)
        for shape in plant.plan.devices:
            numbers = {key: one.value for key, one in said(plant, shape.id).items() if one.value is not None}
            assert [pair for pair in _pairs(numbers) if numbers[pair[0]] < numbers[pair[1]]] == [], shape.id
            assert all(one > 0 for (metric, _), one in numbers.items() if metric.endswith("_due_seconds"))
            assert all(one <= 1.0 for (metric, _), one in numbers.items() if metric.endswith("_load_ratio"))


def _pairs(numbers: dict[tuple[str, Labels], float]) -> list[tuple[tuple[str, Labels], ...]]:
    """Return the readings of one device of which the second can never be beyond the first."""
    pairs = []
    for metric, labels in numbers:
        pairs += [
            ((larger, labels), (smaller, labels))
            for larger, smaller in (
                (metric, metric.replace("_rating_", "_")),
                (metric, metric.replace("_rating_", "_output_")),
                (metric, metric.replace("_peak_", "_")),
                (metric.replace("_near_overload_", "_overload_"), metric),
                (metric.replace("_power_watts", "_apparent_power_voltamperes"), metric),
            )
            if larger != smaller and "voltage" not in metric  # a voltage is about its rating, not below it
        ]
    return [pair for pair in pairs if numbers.keys() >= set(pair)]


def test_a_ups_through_its_profile_tells_of_mains_battery_and_exhaustion(plant: Plant) -> None:
    plant.lose("genset-1")
    for name, node in (("cas1-ups-b", "ups-b"), ("cas1-ups-c", "ups-c")):
        ups = plant.nodes[node]
        plant.step(2.0)
        found = said(plant, name)
        assert state(found, "ups_output_source_state") == "normal"
        assert value(found, "ups_battery_charge_ratio") == pytest.approx(ups.battery.charge, abs=0.00501)  # type: ignore[attr-defined]
        plant.lose("utility-a")
        plant.lose("utility-b")
        plant.step(20.0)
        found = said(plant, name)
        assert state(found, "ups_output_source_state") == "battery"
        phases = [labels for metric, labels in found if metric == "ups_input_voltage_volts"]
        assert all(found["ups_input_voltage_volts", labels].value == 0.0 for labels in phases)
        assert alarms(found) & {"on_battery", "input_bad", "rectifier_input_absent"}
        plant.drain(node, 0.001)
        plant.step(60.0)
        found = said(plant, name)
        assert state(found, "ups_output_source_state") == "none"
        assert state(found, "ups_battery_state") in ("depleted", "low")
        plant.restore("utility-a")
        plant.restore("utility-b")
        plant.step(2.0)
        assert state(said(plant, name), "ups_output_source_state") == "normal"


def test_a_pdu_through_its_profile_carries_the_load_of_both_paths(plant: Plant) -> None:
    plant.step(2.0)
    watts = plant.nodes["pdu-s1r1-b"].watts
    raritan = said(plant, "cas1-pdu-s1r1-b")
    assert value(raritan, "pdu_inlet_power_watts", inlet="I1") == pytest.approx(watts, abs=1.0)
    assert value(said(plant, "cas1-pdu-s1r1-a"), "pdu_power_watts") == pytest.approx(watts, abs=5.0)
    outlets = [one.value or 0.0 for (metric, _), one in raritan.items() if metric == "pdu_outlet_power_watts"]
    assert 0.2 * watts < sum(outlets) < watts  # not every outlet is metered
    plant.lose("pdu-s1r1-a")
    plant.step(1.0)
    assert value(said(plant, "cas1-pdu-s1r1-b"), "pdu_inlet_power_watts", inlet="I1") > 1.9 * watts
    assert value(said(plant, "cas1-pdu-s1r1-a"), "pdu_power_watts") == 0.0
    energy = value(said(plant, "cas1-pdu-s1r1-b"), "pdu_inlet_energy_joules_total", inlet="I1")
    plant.step(120.0)
    more = value(said(plant, "cas1-pdu-s1r1-b"), "pdu_inlet_energy_joules_total", inlet="I1") - energy
    assert more == pytest.approx(2 * watts * 120, rel=0.15)


def test_an_overloaded_pdu_says_so(plant: Plant) -> None:
    plant.step(1.0)
    bus = plant.nodes["pdu-s1r1-a"]
    assert isinstance(bus, Bus)
    amperes = bus.watts / 0.95 / bus.volts
    for share, word in ((0.7, "normal"), (0.9, "near_overload"), (1.1, "overload")):
        bus.rating = amperes / share
        assert state(said(plant, "cas1-pdu-s1r1-a"), "pdu_phase_load_state", phase="L1") == word


def test_a_rack_switch_through_its_profile_names_its_source(plant: Plant) -> None:
    plant.step(1.0)
    found = said(plant, "cas1-ats-s1")
    assert (state(found, "ats_source_state"), state(found, "ats_redundancy_state")) == ("source_a", "full")
    assert value(found, "ats_input_voltage_volts", source="a", phase="L1") == pytest.approx(230, abs=3)
    plant.lose("pdu-s1r4-a")
    plant.step(1.0)
    found = said(plant, "cas1-ats-s1")
    assert (state(found, "ats_source_state"), state(found, "ats_redundancy_state")) == ("source_b", "lost")
    assert state(found, "ats_input_state", source="a") == "failed"
    assert value(found, "ats_input_voltage_volts", source="a", phase="L1") == 0.0
    current = value(found, "ats_output_current_amperes", phase="L1")
    assert current == pytest.approx(plant.nodes["ats-s1"].watts / 0.95 / 230, abs=0.1)


def test_a_meter_through_its_profile_measures_power_phases_and_energy(plant: Plant) -> None:
    plant.step(5.0)
    found, node = said(plant, "cas1-tgbt-a"), plant.nodes["tgbt-a"]
    assert value(found, "meter_power_watts") == pytest.approx(node.watts, rel=1e-4)
    phases = [value(found, "meter_phase_power_watts", phase=phase) for phase in ("L1", "L2", "L3")]
    assert sum(phases) == pytest.approx(node.watts, rel=1e-4)
    line = value(found, "meter_line_voltage_volts", phase="L1-L2")
    assert line == pytest.approx(math.sqrt(3) * node.volts, rel=0.01)
    assert value(found, "meter_power_factor_ratio") == pytest.approx(0.95)
    before = value(found, "meter_energy_joules_total", direction="import")
    joules = node.joules
    plant.step(200.0)
    after = value(said(plant, "cas1-tgbt-a"), "meter_energy_joules_total", direction="import")
    assert after - before == pytest.approx(node.joules - joules, abs=3.7e3)


def test_a_generator_through_its_profile_cranks_runs_cools_and_fails(plant: Plant) -> None:
    plant.step(1.0)
    assert state(said(plant, "cas1-ge1"), "genset_state") == "stopped"
    plant.lose("utility-a")
    plant.step(30.0)
    found = said(plant, "cas1-ge1")
    assert state(found, "genset_state") == "running"
    assert value(found, "genset_speed_rpm") == pytest.approx(1500, abs=1)
    assert value(found, "genset_power_watts") == pytest.approx(plant.nodes["genset-1"].watts, abs=1)
    assert value(found, "genset_mains_voltage_volts", phase="L1") == 0.0
    plant.restore("utility-a")
    plant.step(25.0)
    assert state(said(plant, "cas1-ge1"), "genset_state") == "cooling_down"
    plant.lose("genset-1")
    plant.step(40.0)
    plant.lose("utility-a")
    plant.step(30.0)
    found = said(plant, "cas1-ge1")
    assert "fail_to_start" in alarms(found)
    assert value(found, "genset_voltage_volts", phase="L1") == 0.0


def test_a_cooling_unit_and_probes_through_their_profiles_tell_of_the_room(plant: Plant) -> None:
    plant.step(1.0)
    room = plant.rooms["salle-2"]
    found = said(plant, "cas1-crac-3")
    assert value(found, "crac_return_air_temperature_celsius") == pytest.approx(room.exhaust(), abs=0.051)
    assert state(found, "crac_component_state", component="compressor_1") == "running"
    plant.lose("crac-3")
    plant.lose("cold-b")
    plant.step(300.0)
    found = said(plant, "cas1-crac-3")
    assert state(found, "crac_mode_state") == "off"
    for air in ("return", "supply"):  # nothing moves it: the probes are as warm as the room
        celsius = value(found, f"crac_{air}_air_temperature_celsius")
        assert celsius == pytest.approx(room.temperature, abs=0.051)
    assert alarms(found) == {"common_alarm", "local_stop"}
    assert alarms(said(plant, "cas1-crac-4")) == {"common_alarm", "compressor_1"}
    probes = said(plant, "cas1-env-s2-1")
    warm = [one.value or 0.0 for (metric, _), one in probes.items() if metric == "sensor_temperature_celsius"]
    assert len(warm) == 4
    assert all(abs(celsius - room.temperature) < 1.0 for celsius in warm)
    damp = [one.value or 0.0 for (metric, _), one in probes.items() if metric == "sensor_humidity_ratio"]
    assert all(0.25 < ratio < 0.6 for ratio in damp)


def test_a_device_that_nobody_can_play_is_refused_in_words(plant: Plant) -> None:
    ups = device(plant, "cas1-ups-b")
    with pytest.raises(ConfigError, match="nobody wrote 'rfc1628_ups' by hand"):
        snmp_answers(plant, ups.model_copy(update={"made": "hand"}))
    with pytest.raises(ConfigError, match="no image 'nowhere'"):
        snmp_answers(plant, ups.model_copy(update={"image": "nowhere"}))
    with pytest.raises(ConfigError, match="no profile 'rfc1628_ups'"):
        modbus_answers(plant, ups.model_copy(update={"protocol": "modbus"}))


def test_two_devices_of_a_kind_say_each_its_own_also_when_asked_in_turns(plant: Plant) -> None:
    """They share what reads the profile backwards, which holds nothing of either. Pains: A7."""
    first, second = [one for one in plant.plan.devices if one.speaks == "apc_rpdu2"][:2]
    alone = snmp_answers(plant, first).cells(1.0)
    one, other = snmp_answers(plant, first), snmp_answers(plant, second)
    assert other.cells(1.0) != alone
    assert one.cells(1.0) == alone
