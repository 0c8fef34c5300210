"""Raw values by which devices mark a reading that is not there never become a number, in any shipped family.

    signed      0x7fff and 0x8000: both ends. All ones are -1, which is a reading where below 0 there is something
    unsigned    all ones; and, where no such device comes near the middle of a register (temperatures, voltages,
                ratios, frequencies, speeds), what a signed one would mark: 0x7fff and 0x8000

The range by purpose keeps them out, or ``absent`` names them, or ``full_scale`` says why they are readings here.
What holds for 16 bits holds for 32 and 64. A float has its own word for absent.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from collectors.modbus import plugin
from collectors.modbus.families.dialect import compile_profile
from collectors.modbus.families.family import ModbusProfile, ModbusValue
from collectors.modbus.families.registers import Type
from collectors.modbus.known.library import SHIPPED
from dcim.catalogue import METRICS
from dcim.profile import Quantity
from dcim.yaml import parse, read

LIBRARY = plugin.library()
NARROW = {"volts", "celsius", "kelvin", "ratio", "hertz", "rpm", "pascals", "meters"}


def marks(kind: Type, unit: str) -> set[int]:
    """The raw values that a register of this type is marked with when there is no reading."""
    bits = 16 * kind.words
    ends = {(1 << bits - 1) - 1, -(1 << bits - 1) if kind.signed else 1 << bits - 1}
    if kind.signed:
        return ends
    return {(1 << bits) - 1} | (ends if unit in NARROW else set())


def meanings(value: ModbusValue) -> Iterator[Quantity]:
    """Every quantity that a value can be, by the unit and the scale that the device tells beside it."""
    assert isinstance(value.value, Quantity)
    for variant in value.variants.values() if value.variants else (value.value,):
        for scale in value.scales.values() if value.scales else ((1.0, 1.0),):
            yield variant.times(scale)


def let_through(profile: ModbusProfile) -> list[tuple[str, str, int, float]]:
    """The points of a family that make a number of a mark: key, metric, mark, number."""
    found = []
    for value in profile.values:
        coding = value.place.coding
        if not isinstance(value.value, Quantity) or not value.place.read.space.has_words:
            continue
        if not coding.type.whole or coding.mask is not None:
            continue
        for mark in sorted(marks(coding.type, METRICS[value.value.metric].unit or "")):
            for quantity in meanings(value):
                number = quantity.decode(mark)
                if isinstance(number, float):
                    found.append((value.key, value.value.metric, mark, number))
        for place, (times, by) in value.plus:
            sums = [
                (mark, mark * times / by)
                for mark in marks(place.coding.type, "")
                if mark not in value.value.absent
            ]
            found += [
                (value.key, value.value.metric, mark, total)
                for mark, total in sums
                if isinstance(value.value.decode(total), float)
            ]
    return found


def full_scale(name: str) -> dict[str, str]:
    """The points of a family that say why every raw value is a reading, with the reason."""
    points = read(SHIPPED / name / "profile.yaml").data["points"]
    return {f"points[{at}]": one["full_scale"] for at, one in enumerate(points) if "full_scale" in one}


@pytest.mark.parametrize("name", LIBRARY.names())
def test_no_mark_of_a_missing_reading_becomes_a_number(name):
    """A sensor that is not there is 6553.5 V or 3276.7 degC nowhere. Pains: A2, A4, A10."""
    allowed = full_scale(name)
    found = let_through(LIBRARY.get(name))
    assert [one for one in found if one[0] not in allowed] == []
    assert set(allowed) <= {key for key, *_ in found}, "a reason where there is nothing to excuse"


HEAD = "profile: x\nformat: 1\nkind: ups\nvendor: X\ntitle: X\nmodbus: {}\npoints:\n"


@pytest.mark.parametrize(
    ("point", "marks"),
    [
        ("metric: ups_battery_temperature_celsius, holding: 1, type: int16, unit: degC, scale: 0.1, range: [-40, 120]", []),
        ("metric: ups_battery_temperature_celsius, holding: 1, type: int16, unit: degC, scale: 0.1, range: [-40, 4000]", [32767]),
        ("metric: ups_battery_temperature_celsius, holding: 1, unit: degC, scale: 0.001, range: [0, 60]", [32767, 32768]),
        ("metric: ups_battery_voltage_volts, holding: 1, unit: V, scale: 0.1, range: [0, 7000]", [32767, 32768, 65535]),
        ("metric: ups_battery_voltage_volts, holding: 1, unit: V, scale: 0.1, range: [0, 3000]", []),
        ("metric: ups_battery_voltage_volts, holding: 1, unit: V, absent: [0xffff], scale: 0.1, range: [0, 7000]", [32767, 32768]),
        ("metric: ups_output_power_watts, holding: 1, type: uint32, unit: W, range: [0, 1.0e+10]", [4294967295]),
        ("metric: ups_output_power_watts, holding: 1, type: int32, unit: W, range: [-1.0e+10, 1.0e+10]", [-2147483648, 2147483647]),
        ("metric: ups_output_power_watts, holding: 1, unit: W, range: [0, 1000], scale_from: { holding: 2, map: { 0: 1, 1: 0.001 } }", [65535]),
        ("metric: ups_output_power_watts, holding: 1, unit: W, range: [0, 1.0e+10], absent: [0xffff], plus: { holding: 2, type: int16, scale: 65536 }", [32767]),
        ("metric: ups_output_power_watts, holding: 1, type: float32, unit: W, range: [-1.0e+10, 1.0e+10]", []),
    ],
)  # fmt: skip
def test_a_range_that_is_too_wide_for_its_register_is_seen(point, marks):
    """The rule itself can fail."""
    found = let_through(compile_profile(parse(f"{HEAD}  - {{ {point} }}\n", "x"), "x"))
    assert sorted(mark for _, _, mark, _ in found) == marks


@pytest.mark.parametrize("scale", [1, 0.1, 0.001])
def test_minus_one_is_outside_a_range_that_begins_at_nothing(scale):
    """However wide the range is: a counter of 32 bits that is all ones is read as -1. Pains: A10."""
    point = f"metric: ups_output_energy_joules_total, holding: 1, type: int32, unit: kWh, scale: {scale}, range: [0, 1.0e+12]"
    (value,) = compile_profile(parse(f"{HEAD}  - {{ {point} }}\n", "x"), "x").values
    assert not isinstance(value.value.decode(-1), float)
    assert value.value.decode(0) == 0.0


def test_a_reason_that_is_empty_is_refused():
    from dcim.model import ConfigError

    point = "metric: ups_battery_voltage_volts, holding: 1, unit: V, full_scale: ''"
    with pytest.raises(ConfigError, match="full_scale"):
        compile_profile(parse(f"{HEAD}  - {{ {point} }}\n", "x"), "x")
