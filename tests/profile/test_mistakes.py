"""A profile with ten mistakes is answered with ten problems in one run, whatever its protocol. Pains: L2."""

from __future__ import annotations

import pytest

from collectors.modbus.families.dialect import compile_profile as compile_modbus
from collectors.snmp.dialect.compiler import compile_profile as compile_snmp
from dcim.model import ConfigError
from dcim.yaml import Document, parse

MODBUS = """\
profile: acme
format: 1
kind: crak
vendor: Acme
title: Acme CW30
modbus:
  word_ordr: little
points:
  - { metric: crac_suply_air_temperature_celsius, input: 0, unit: degC }
  - { metric: crac_cooling_power_watts, input: 1, unit: degC }
  - { metric: crac_cooling_power_watts, input: 2, type: int33, unit: kW }
  - { metric: crac_fan_speed_ratio, input: 3, unit: "%" }
  - { metric: crac_mode_state, input: 4, states: { 1: coolin } }
  - { metric: crac_mode_state, input: 5, states: { 1: 7 } }
  - { metric: crac_return_air_temperature_celsius, inptu: 6, unit: degC }
  - { metric: crac_alarm, input: 7, bits: { 0: a, 1: a } }
  - { metric: crac_water_supply_temperature_celsius, input: 8, unit_from: { coil: 1, map: { 0: degX } } }
"""
SNMP = """\
profile: acme
format: 1
kind: ups
vendor: Acme
titel: Acme UPS
snmp: { match: [1.3.6.1.4.1.1], root: 1.3.6.1.4.1.1, wlak: next }
points:
  - { metric: ups_battery_charge_ratio, oid: $root.1.0, unit: V }
  - { metric: ups_battery_chrge_ratio, oid: $root.2.0, unit: "%" }
  - { metric: ups_battery_voltage_volts, oid: 1.3.6.1.x, unit: V }
  - { metric: ups_battery_state, oid: $root.4.0, states: { 1: { normal: okay } } }
tables:
  output:
    entry: $root.5.1
    index: [line]
    labels: { phase: { index: line } }
    points:
      - { metric: ups_output_voltage_volts, column: 2, unit: v }
      - { metric: ups_output_current_amperes, colum: 3, unit: A }
  broken: 7
  odd: { entry: $root.6.1, index: [line], labels: 7, points: [{ metric: ups_input_voltage_volts, column: 2, unit: V }] }
"""


def problems(compile_profile: object, text: str) -> list[str]:
    assert callable(compile_profile)
    document: Document = parse(text, "p.yaml")
    with pytest.raises(ConfigError) as caught:
        compile_profile(document, "acme")
    return [str(problem) for problem in caught.value.problems]


def test_every_mistake_of_a_modbus_profile_is_named_at_once() -> None:
    assert problems(compile_modbus, MODBUS) == [
        "p.yaml:3:7: kind: expected one of ups, pdu, floor_pdu, switchboard, transformer, ats, sts, crac, chiller, genset, fuel_tank, meter, sensor, leak, smoke, door, battery, dc_plant, io, gateway, found 'crak'; did you mean 'crac'?",
        "p.yaml:7:3: modbus.word_ordr: unknown key; did you mean 'word_order'?",
        "p.yaml:9:15: points[0].metric: no canonical metric 'crac_suply_air_temperature_celsius'; did you mean 'crac_supply_air_temperature_celsius'?",
        "p.yaml:10:57: points[1].unit: 'degC' is celsius, but crac_cooling_power_watts is in watts",
        "p.yaml:11:57: points[2].type: expected one of int16, uint16, int32, uint32, int48, uint48, int64, uint64, float32, float64, string, found 'int33'; did you mean 'int32'?",
        "p.yaml:12:5: points[3].labels: crac_fan_speed_ratio needs the label 'fan'",
        "p.yaml:13:55: points[4].states[1]: crac_mode_state has no state 'coolin'; did you mean 'cooling'?",
        "p.yaml:14:55: points[5].states[1]: expected text or a mapping, found 7",
        "p.yaml:15:52: points[6].inptu: unknown key; did you mean 'input'?",
        "p.yaml:16:54: points[7].bits[1]: 'a' names two bits",
        "p.yaml:17:96: points[8].unit_from.map[0]: unknown unit 'degX'; did you mean 'degF'?; for crac_water_supply_temperature_celsius: degC, degF",
    ]  # fmt: skip


def test_a_mistake_of_form_in_a_point_hides_none_of_meaning_in_it() -> None:
    points = """points:
  - { metric: crac_suply_air_temperature_celsius, holding: 1, scal: 0.1 }
  - { metric: crac_cooling_power_watts, hold: 2, unit: degC, range: [5, 1] }
  - { metric: crac_cooling_power_watts, holding: 2, unti: W }
"""
    found = problems(compile_modbus, MODBUS.partition("points:")[0] + points)
    assert [place for line in found if (place := line.split(": ")[1]).startswith("points")] == [
        "points[0].metric",
        "points[0].scal",
        "points[1].hold",
        "points[1].unit",
        "points[1].range",
        "points[2].unti",  # and not that the unit is missing: it is misspelled
    ]


def test_every_mistake_of_an_snmp_profile_is_named_at_once() -> None:
    found = problems(compile_snmp, SNMP)
    assert [line.split(": ")[0] + " " + line.split(": ")[1] for line in found] == [
        "p.yaml:5:1 titel",
        "p.yaml:6:54 snmp.wlak",
        "p.yaml:8:63 points[0].unit",
        "p.yaml:9:15 points[1].metric",
        "p.yaml:10:47 points[2].oid",
        "p.yaml:11:73 points[3].states[1].normal",
        "p.yaml:18:62 tables.output.points[0].unit",
        "p.yaml:19:47 tables.output.points[1].colum",
        "p.yaml:20:11 tables.broken",
        "p.yaml:21:51 tables.odd.labels",
    ]
