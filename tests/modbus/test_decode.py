"""From registers to a batch: companions, bit fields, gaps. Pure."""

from __future__ import annotations

import math

import pytest

from collectors.modbus.collecting.replay import replay
from collectors.modbus.decoding.decode import codecs, decoders
from collectors.modbus.families.dialect import compile_profile
from collectors.modbus.recordings.recording import parse as recording
from dcim.model import ConfigError, Gap, GapReason, Lane
from dcim.yaml import parse

HEAD = "profile: x\nformat: 1\nkind: crac\nvendor: X\ntitle: X\nmodbus: {}\npoints:\n"


def decoded(points: str, cells: str, kit) -> dict[str, object]:
    family = compile_profile(parse(HEAD + points, "x.yaml"), "x")
    return kit.plain(replay(recording(cells), family, "a", 0.0, "").batches)


def test_an_unnamed_bit_that_is_set_is_a_gap_of_its_own_and_costs_no_named_one(kit):
    """Pains: C11, C12."""
    points = "  - { metric: crac_alarm, holding: 5, bits: { 0: leak, 3: fire } }\n"
    assert decoded(points, "holding 5: 0x8001", kit) == {
        "crac_alarm,leak": "leak",
        "crac_alarm,fire": "clear",
        "crac_alarm,unnamed_5": "[unknown_code]",
    }
    assert decoded(points, "holding 5: 0x0008", kit)["crac_alarm,unnamed_5"] == "clear"


def test_an_absent_word_of_bits_is_absent_in_every_bit(kit):
    points = "  - { metric: crac_alarm, holding: 5, absent: [0xffff], bits: { 0: leak } }\n"
    assert set(decoded(points, "holding 5: 0xffff", kit).values()) == {"[absent]"}


def test_alarms_are_one_and_zero_in_the_array(kit):
    family = compile_profile(
        parse(HEAD + "  - { metric: crac_alarm, holding: 5, bits: { 0: leak, 1: fire } }\n", "x"), "x"
    )
    (batch,) = replay(recording("holding 5: 2"), family, "a", 0.0, "").batches
    assert list(batch.values) == [0.0, 1.0, 0.0]


def test_bits_over_two_registers_in_either_order(kit):
    """Pains: C2."""
    points = "  - { metric: crac_alarm, holding: 5, type: uint32, word_order: ORDER, bits: { 17: fire } }\n"
    for order, cells in (("big", "holding 5: 2 0"), ("little", "holding 5: 0 2")):
        assert decoded(points.replace("ORDER", order), cells, kit)["crac_alarm,fire"] == "fire"


def test_decimals_told_by_the_device(kit):
    points = "  - { metric: crac_electrical_power_watts, holding: 5, unit: W, decimals: { holding: 9 } }\n"
    assert decoded(points, "holding 5: 1234\nholding 9: 2", kit) == {"crac_electrical_power_watts": 12.34}
    assert decoded(points, "holding 5: 1234\nholding 9: 999", kit) == {
        "crac_electrical_power_watts": "[malformed]"
    }
    assert decoded(points, "holding 5: 1234", kit) == {"crac_electrical_power_watts": "[refused]"}


@pytest.mark.parametrize(
    ("factor", "value"),
    [("0xfffe", 23.01), ("0xffff", 230.1), ("0", 2301.0), ("1", 23010.0), ("7", "[unknown_code]")],
)
def test_the_scale_told_by_the_device(kit, factor, value):
    """Pains: A1: a signed power of ten in a register of its own."""
    points = "  - { metric: crac_electrical_power_watts, holding: 5, unit: W, scale_from: { holding: 9, type: int16, map: { -2: 0.01, -1: 0.1, 0: 1, 1: 10 } } }\n"
    assert decoded(points, f"holding 5: 2301\nholding 9: {factor}", kit) == {
        "crac_electrical_power_watts": value
    }


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        ("holding 5: 12 3456\nholding 9: 1", 100_123_456.0 * 3.6e6),
        ("holding 5: 12 0xffff\nholding 9: 1", "[absent]"),
        ("holding 5: 0xffff 3456\nholding 9: 1", "[absent]"),
        ("holding 5: 12 3456", "[refused]"),
    ],
)
def test_a_number_in_several_places_is_one_sum(kit, cells, value):
    points = "  - { metric: crac_electrical_energy_joules_total, holding: 6, unit: kWh, absent: [0xffff], plus: [ { holding: 5, scale: 10000 }, { holding: 9, scale: 100000000 } ] }\n"
    assert decoded(points, cells, kit) == {"crac_electrical_energy_joules_total": value}


@pytest.mark.parametrize(
    ("point", "what"),
    [
        ("metric: crac_electrical_power_watts, holding: 5, unit: W, scale_from: { holding: 9, map: { 1: 0 } }", "a scale of 0"),
        ("metric: crac_alarm, holding: 5, labels: { alarm: a }, plus: { holding: 9 }", "only a number"),
        ("metric: crac_electrical_power_watts, holding: 5, unit: W, plus: { }", "expected one of coil"),
    ],
)  # fmt: skip
def test_a_wrong_scale_or_sum_is_told(point, what):
    with pytest.raises(ConfigError, match=what):
        compile_profile(parse(f"{HEAD}  - {{ {point} }}\n", "x"), "x")


def test_the_unit_told_by_the_device(kit):
    """Pains: A5."""
    points = """\
  - { metric: crac_supply_air_temperature_celsius, holding: 5, type: int16, scale: 0.1, range: [-20, 60], unit_from: { coil: 1, map: { 0: degC, 1: degF } } }
"""
    metric = "crac_supply_air_temperature_celsius"
    assert decoded(points, "holding 5: 250\ncoil 1: 0", kit) == {metric: 25.0}
    assert decoded(points, "holding 5: 770\ncoil 1: 1", kit) == {metric: pytest.approx(25.0)}
    assert decoded(points, "holding 5: 770\ncoil 1: 0", kit) == {metric: "[out_of_range]"}
    assert decoded(points, "holding 5: 250", kit) == {metric: "[refused]"}


def test_a_unit_that_the_profile_does_not_know_is_a_gap(kit):
    points = """\
  - { metric: crac_supply_air_temperature_celsius, holding: 5, unit_from: { holding: 6, map: { 0: degC, 1: degF } } }
"""
    assert decoded(points, "holding 5: 250 7", kit) == {
        "crac_supply_air_temperature_celsius": "[unknown_code]"
    }


def test_placeholders_become_no_number(kit):
    """Pains: A4, A10."""
    points = """\
  - { metric: crac_operating_seconds, holding: 1, unit: h, absent: [0xffff] }
  - { metric: crac_electrical_power_watts, holding: 2, type: float32, unit: W }
  - { metric: crac_filter_pressure_pascals, holding: 4, type: int16, unit: Pa, absent: [0x8000] }
"""
    cells = "holding 1: 0xffff 0x7fc0 0 0x8000"
    assert set(decoded(points, cells, kit).values()) == {"[absent]"}


def test_whole_numbers_that_are_read_as_a_float_are_no_measurement(kit):
    """Pains: A4."""
    points = """\
  - { metric: crac_electrical_power_watts, holding: 1, type: float32, unit: W }
  - { metric: crac_cooling_power_watts, holding: 3, type: float32, unit: W }
"""
    assert decoded(points, "holding 1: 1 0x1234 0 0", kit) == {
        "crac_electrical_power_watts": "[out_of_range]",  # 9.8e-41
        "crac_cooling_power_watts": 0.0,
    }


def test_every_gap_is_nan_and_every_nan_is_a_gap(kit):
    family = compile_profile(parse(HEAD + """\
  - { metric: crac_operating_seconds, holding: 1, unit: h, absent: [0xffff] }
  - { metric: crac_filter_pressure_pascals, holding: 2, unit: Pa }
  - { metric: crac_fan_speed_ratio, holding: 9, unit: "%", labels: { fan: "1" } }
""", "x"), "x")  # fmt: skip
    (batch,) = replay(recording("holding 1: 0xffff 5"), family, "a", 7.0, "").batches
    assert {slot for slot, value in enumerate(batch.values) if math.isnan(value)} == set(batch.gaps) == {0, 2}
    assert batch.at == 7.0


def test_lanes_have_a_layout_each_and_say_where_values_stand():
    family = compile_profile(parse(HEAD + """\
  - { metric: crac_operating_seconds, holding: 1, unit: h, lane: slow }
  - { metric: crac_filter_pressure_pascals, input: 2, type: int32, unit: Pa }
  - { metric: crac_alarm, coil: 3, labels: { alarm: leak } }
  - { metric: crac_alarm, holding: 4, mask: 0xf0, labels: { alarm: fire } }
""", "x"), "x")  # fmt: skip
    lanes = decoders("a", codecs(family))
    assert set(lanes) == {Lane.SLOW, Lane.FAST}
    assert lanes[Lane.FAST].layout.sources == ("input 2..3 int32", "coil 3", "holding 4 uint16 & 0xf0")
    assert lanes[Lane.FAST].layout.lane is Lane.FAST


def test_a_failed_read_is_a_gap_for_its_points_and_no_others():
    """Pains: B6."""
    family = compile_profile(parse(HEAD + """\
  - { metric: crac_operating_seconds, holding: 1, unit: h }
  - { metric: crac_filter_pressure_pascals, holding: 2, unit: Pa }
""", "x"), "x")  # fmt: skip
    lane = decoders("a", codecs(family))[Lane.FAST]
    why = Gap(GapReason.DEADLINE, "late")
    batch = lane.decode(bytearray(lane.geometry.size), {family.values[0].place.read: why}, 0.0)
    assert batch.gaps == {0: why}
    with pytest.raises(LookupError):
        lane.geometry.offset(type(family.values[0].place.read)(3, 999))
