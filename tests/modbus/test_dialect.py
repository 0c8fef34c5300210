"""A profile's file: what it may say, and every mistake at once with its place."""

from __future__ import annotations

import pytest

from collectors.modbus.families.dialect import compile_profile, on_the_wire
from collectors.modbus.families.registers import Coding, Order, Type
from collectors.modbus.families.shapes import Addressing
from collectors.modbus.transport.contract import Read, Space
from dcim.model import ConfigError, Lane
from dcim.yaml import parse

HEAD = """\
profile: acme
format: 1
kind: crac
vendor: Acme
title: Acme CW30
"""


MISTAKES = """\
modbus: { word_order: big, holes: { holding: [100] } }
points:
  - { metric: crac_suply_air_temperature_celsius, input: 0, unit: degC }
  - { metric: crac_cooling_power_watts, input: 1, unit: degC }
  - { metric: crac_cooling_capacity_ratio, unit: "%" }
  - { metric: crac_fan_speed_ratio, input: 4, unit: "%" }
  - { metric: crac_water_flow_cubic_meters_per_second, input: 65535, type: uint32, unit: l/s }
  - { metric: crac_filter_pressure_pascals, holding: 99, type: uint32, unit: Pa }
  - { metric: crac_alarm, holding: 3, bits: { 3: leak, 17: fire } }
  - { metric: crac_return_air_humidity_ratio, coil: 9, type: uint16, unit: "%" }
  - { metric: crac_mode_state, holding: 8, states: { 1: coling } }
  - { metric: crac_operating_seconds, holding: 20, type: string, unit: h }
"""


def compiled(text: str, folder: str = "acme"):
    return compile_profile(parse(HEAD + text, "acme/profile.yaml"), folder)


def problems(text: str, folder: str = "acme") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        compiled(text, folder)
    return [str(problem) for problem in caught.value.problems]


def test_a_whole_profile():
    family = compiled("""\
modbus: { word_order: little, max_registers: 60, gap: 4, pause: 0.1, unit: 3, holes: { input: [7, [10, 12]] } }
identity: { model: [{ object: 1 }], firmware: [{ holding: 1 }, { holding: 2 }] }
points:
  - { metric: crac_supply_air_temperature_celsius, input: 0, type: int16, scale: 0.1, unit: degC, absent: [0x8000] }
  - { metric: crac_cooling_power_watts, input: 20, type: int32, unit: kW, word_order: big }
  - { metric: crac_electrical_energy_joules_total, input: 22, type: uint32, unit: kWh, lane: slow }
  - { metric: crac_mode_state, coil: 5, states: { 0: "off", 1: cooling } }
  - { metric: crac_alarm, discrete: 9, labels: { alarm: leak } }
""")
    first, power, energy, mode, leak = family.values
    assert first.place.read == Read(Space.INPUT, 0)
    assert first.value.absent == {-32768}
    assert power.place.coding == Coding(Type.INT32, 2, Order.BIG)
    assert energy.place.coding == Coding(Type.UINT32, 2, Order.LITTLE)
    assert energy.lane is Lane.SLOW
    assert mode.place.read == Read(Space.COIL, 5)
    assert leak.labels == (("alarm", "leak"),)
    assert (family.unit, family.pause, family.limits.registers) == (3, 0.1, 60)
    assert family.holes.by_space[Space.INPUT] == {7, 10, 11, 12}


def test_ten_mistakes_are_said_at_once_with_their_places():
    found = problems(MISTAKES)
    lines = (HEAD + MISTAKES).splitlines()
    stands_there = []
    for problem in found:
        _, line, column, _ = problem.split(":", 3)
        stands_there.append((int(line), lines[int(line) - 1][int(column) - 1 :]))
    starts = [
        "crac_suply",
        "degC }",
        "{ metric",
        "{ metric",
        "65535",
        "{ metric",
        "17: fire",
        "type: uint16",
        "coling",
        "{ metric",
    ]
    assert [line for line, _ in stands_there] == list(range(8, 18))
    for start, (_, text) in zip(starts, stands_there, strict=True):
        assert text.startswith(start)
    assert "did you mean 'crac_supply_air_temperature_celsius'" in found[0]
    assert "'degC' is celsius, but crac_cooling_power_watts is in watts" in found[1]
    assert "expected one of coil, discrete, holding and input" in found[2]
    assert "needs the label 'fan'" in found[3]
    assert "2 registers from here end after 65535" in found[4]
    assert "holding 99..100 is in modbus.holes" in found[5]
    assert "there are only 16 bits here" in found[6]
    assert "a coil is one bit: it has no type" in found[7]
    assert "no state 'coling'; did you mean 'cooling'?" in found[8]
    assert "a string, and only a string, has a length" in found[9]


def test_keys_that_nobody_knows_have_a_nearest_right_one():
    (found,) = problems(
        "modbus: { word_ordr: big }\npoints: [{ metric: crac_mode_state, coil: 1, states: { 0: cooling } }]\n"
    )
    assert found.startswith("acme/profile.yaml:6:11: modbus.word_ordr:")
    assert "did you mean 'word_order'?" in found


@pytest.mark.parametrize(
    ("addressing", "space", "number", "address"),
    [
        ("protocol", Space.HOLDING, 0, 0),
        ("protocol", Space.HOLDING, 65535, 65535),
        ("protocol", Space.HOLDING, 65536, None),
        ("one_based", Space.HOLDING, 3000, 2999),
        ("one_based", Space.HOLDING, 0, None),
        ("modicon", Space.HOLDING, 40001, 0),
        ("modicon", Space.HOLDING, 49999, 9998),
        ("modicon", Space.HOLDING, 400001, 0),
        ("modicon", Space.HOLDING, 450001, 50000),
        ("modicon", Space.HOLDING, 465536, 65535),
        ("modicon", Space.HOLDING, 30001, None),
        ("modicon", Space.INPUT, 30001, 0),
        ("modicon", Space.INPUT, 40001, None),
        ("modicon", Space.DISCRETE, 10001, 0),
        ("modicon", Space.DISCRETE, 20001, None),
        ("modicon", Space.COIL, 1, 0),
        ("modicon", Space.COIL, 0, None),
    ],
)
def test_the_manuals_numbers_and_the_address_on_the_wire(addressing, space, number, address):
    """Pains: C1."""
    assert on_the_wire(Addressing(addressing), space, number) == address


def test_a_number_that_the_manuals_way_of_counting_cannot_mean_is_a_mistake():
    """Pains: C1."""
    (found,) = problems("""\
modbus: { addressing: modicon }
points: [{ metric: crac_operating_seconds, holding: 30001, unit: h }]
""")
    assert (
        "expected a number of this space: 1 coil, 10001 discrete, 30001 input, 40001 holding, found 30001"
        in found
    )


def test_the_unit_that_the_device_shows_gives_one_variant_each():
    """Pains: A5."""
    (value,) = compiled("""\
modbus: {}
points:
  - metric: crac_supply_air_temperature_celsius
    holding: 1
    type: int16
    scale: 0.1
    unit_from: { coil: 1022, map: { 0: degC, 1: degF } }
    range: [-20, 60]
""").values
    assert value.unit_place.read == Read(Space.COIL, 1022)
    assert value.variants[0].decode(250) == 25.0
    assert value.variants[1].decode(770) == pytest.approx(25.0)
    assert value.variants[1].low == value.variants[0].low


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ("{ metric: crac_operating_seconds, holding: 1, unit: h, unit_from: { coil: 1, map: { 0: h } } }", "unit or unit_from, not both"),
        ("{ metric: crac_mode_state, holding: 1, states: { 0: cooling }, unit_from: { coil: 1, map: { 0: h } } }", "only a number has a unit"),
        ("{ metric: crac_operating_seconds, holding: 1, unit: h, mask: 0x10000 }", "the mask does not fit uint16"),
        ("{ metric: crac_alarm, coil: 1, bits: { 0: leak } }", "only a whole number has bits"),
        ("{ metric: crac_operating_seconds, holding: 1, input: 2, unit: h }", "expected one of coil, discrete"),
        ("{ metric: crac_operating_seconds, holding: 1, unit: h, decimals: { length: 3 } }", "expected one of coil, discrete"),
        ("{ metric: crac_operating_seconds, holding: 1, type: int33, unit: h }", "type"),
    ],
)  # fmt: skip
def test_other_mistakes(point, message):
    assert any(message in line for line in problems(f"modbus: {{}}\npoints: [{point}]\n"))


def test_two_points_that_would_be_one_series_are_refused():
    (found,) = problems("""\
modbus: {}
points:
  - { metric: crac_alarm, holding: 1, bits: { 0: leak } }
  - { metric: crac_alarm, coil: 1, labels: { alarm: leak } }
""")
    assert found.endswith("points[1]: the same metric and labels as points[0]")


def test_a_value_wider_than_the_device_answers_is_refused():
    """A value is never split, so it must fit. Pains: C4."""
    (found,) = problems(
        "modbus: { max_registers: 2 }\npoints: [{ metric: crac_operating_seconds, holding: 1, type: int64, unit: s }]\n"
    )
    assert "4 registers are more than the device answers at once" in found


def test_a_register_that_tells_the_family_needs_a_value_or_a_pattern():
    (found,) = problems("""\
modbus: { match: { registers: [{ holding: 0 }] } }
points: [{ metric: crac_operating_seconds, holding: 1, unit: h }]
""")
    assert "expected is or pattern, one of them" in found


def test_a_pattern_that_is_none_is_a_mistake():
    (found,) = problems("""\
modbus: { match: { vendor: "(" } }
points: [{ metric: crac_operating_seconds, holding: 1, unit: h }]
""")
    assert "no regular expression" in found


def test_the_profile_is_named_as_its_folder():
    (found,) = problems(
        "modbus: {}\npoints: [{ metric: crac_operating_seconds, holding: 1, unit: h }]\n", "acmee"
    )
    assert "expected 'acmee', the name of the folder, found 'acme'" in found


def test_a_mistake_of_shape_hides_no_mistake_of_meaning():
    found = problems("""\
modbus: { word_ordr: big }
points:
  - { metric: crac_suply_air_temperature_celsius, holding: 1, unit: degC }
  - { metric: crac_return_air_temperature_celsius, holding: 2, unit_from: { coil: 1, map: { 0: degC } } }
  - { metric: crac_operating_seconds, holding: 3, unit: degC }
""")
    assert len(found) == 3
    assert "word_ordr" in found[0]
    assert "crac_suply" in found[1]
    assert "'degC' is celsius" in found[2]


def test_a_unit_among_those_the_device_may_show_that_nobody_knows():
    (found, *more) = problems("""\
modbus: {}
points:
  - { metric: crac_supply_air_temperature_celsius, holding: 1, unit_from: { coil: 1, map: { 0: degC, 1: degX } } }
""")
    assert "unknown unit 'degX'" in found
    assert more == []
