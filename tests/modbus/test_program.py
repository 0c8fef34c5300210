"""The compiled program of a family says what its profile says, point by point, whatever stands in the registers."""

from __future__ import annotations

import math
import struct
from array import array
from functools import cache, partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collectors.modbus import plugin
from collectors.modbus.decoding.columns import Columns, fits
from collectors.modbus.decoding.decode import _KEPT, codecs, decoders
from collectors.modbus.families.dialect import compile_profile
from collectors.modbus.families.family import ModbusProfile, ModbusValue, Place, labels_of
from collectors.modbus.families.geometry import reader_of
from collectors.modbus.families.registers import Coding, Order, Type
from collectors.modbus.transport.contract import Read, Space
from dcim.model import Gap, GapReason
from dcim.profile import Alarms, Quantity
from dcim.yaml import parse

LIBRARY = plugin.library()
CODECS = {}


def family(name):
    if name not in CODECS:
        CODECS[name] = codecs(LIBRARY.get(name))
    return CODECS[name]


def plain(value: ModbusValue, read) -> list[float | Gap]:
    """What one point of a profile means, said without hurry: ``read`` gives the raw value at a place."""
    meaning, raw = value.value, read(value.place)
    if isinstance(meaning, Alarms):
        rest = meaning.decode(raw)
        if isinstance(rest, Gap) and rest.reason is GapReason.ABSENT:
            return [rest] * (len(meaning.alarms) + 1)
        return [*meaning.bits(raw), rest]
    power = read(value.decimals) if value.decimals else 0
    if not -12 <= power <= 12:
        return [Gap(GapReason.MALFORMED, f"decimals {power}")]
    if value.unit_place:
        code = read(value.unit_place)
        if code not in value.variants:
            return [Gap(GapReason.UNKNOWN_CODE, f"unit {code}")]
        meaning = value.variants[code]
    if value.scale_place:
        code = read(value.scale_place)
        if code not in value.scales:
            return [Gap(GapReason.UNKNOWN_CODE, f"scale {code}")]
        meaning = meaning.times(value.scales[code])
    for place, (factor, divisor) in value.plus:
        part = read(place)
        if raw in value.value.absent or part in value.value.absent:
            return [Gap(GapReason.ABSENT, str(raw if raw in value.value.absent else part))]
        raw += part * factor / divisor
    return [meaning.decode(raw, power)]


def raw_in(image, geometry, place):
    return reader_of(place)(image, geometry.offset(place.read))


def said(batch, slot) -> float | Gap:
    return batch.gaps.get(slot, batch.values[slot])


def alike(one: float | Gap, other: float | Gap) -> bool:
    """The same gap, or the same number to the last bit."""
    if isinstance(one, Gap) or isinstance(other, Gap):
        return one == other
    return struct.pack("d", one) == struct.pack("d", other)


def differences(profile: ModbusProfile, family, image: bytearray) -> list[object]:
    """Where the compiled decoding of an image is not the plain reading of it, point by point."""
    found: list[object] = []
    for lane, decoder in decoders("a", family).items():
        batch = decoder.decode(image, {}, 1.0)
        values = [value for value in profile.values if value.lane is lane]
        read = partial(raw_in, image, decoder.geometry)
        wanted = [one for value in values for one in plain(value, read)]
        points = [(value.value.metric, labels) for value in values for labels in labels_of(value)]
        read_so = [said(batch, slot) for slot in range(len(batch.layout))]
        each = zip(points, read_so, wanted, strict=True)
        found += [(profile.name, *one) for one in each if not alike(*one[1:])]
        nans = {slot for slot, value in enumerate(batch.values) if math.isnan(value)}
        found += [(profile.name, "a gap is no NaN, or a NaN no gap", slot) for slot in nans ^ set(batch.gaps)]
    return found


def filled(size: int, pattern: bytes, noise: bytes) -> bytearray:
    """An image of a pattern, with noise that is less than a device of its size at the front."""
    image = bytearray((pattern * (size // len(pattern) + 1))[:size])
    image[: len(noise)] = noise[:size]
    return image


PATTERNS = (b"\0", b"\xff", b"\x7f\xff", b"\x80\0", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\x7f\xc0\0\0", b"\xff\xc0\0\0", b"\x7f\x80\0\0", b"\0\0\0\1", b"\0\1", b"\1", b"\x43\x66\x12\x34")  # fmt: skip
"""What is no measurement in one type or another: nothing, all ones, both ends, no numbers, the tiniest."""


@pytest.mark.parametrize("name", LIBRARY.names())
def test_every_shipped_family_is_decoded_as_its_profile_reads(name):
    """Placeholders of every type, then noise. Pains: A4, A7, A10."""
    profile, compiled = LIBRARY.get(name), family(name)
    size = next(iter(compiled.values())).geometry.size
    for pattern in PATTERNS:
        assert not differences(profile, compiled, filled(size, pattern, b""))
    for word in range(0, 700, 70):
        assert not differences(profile, compiled, filled(size, struct.pack(">H", word), b""))
    noise = bytes((at * at * 197 + at * 31 + at // 251) & 0xFF for at in range(size))
    assert not differences(profile, compiled, bytearray(noise))


EVERYTHING = """\
profile: x
format: 1
kind: crac
vendor: X
title: X
modbus: {}
points:
  - { metric: crac_alarm, holding: 5, bits: { 0: leak, 3: fire }, absent: [0xffff] }
  - { metric: crac_supply_air_temperature_celsius, holding: 5, type: int16, scale: 0.1, unit: degC, range: [-40, 90], absent: [0x7fff, 0] }
  - { metric: crac_electrical_power_watts, holding: 6, type: uint32, word_order: little, unit: W, scale: 0.001, range: [0, 4000000] }
  - { metric: crac_cooling_power_watts, holding: 6, type: float32, unit: kW, range: [-10, 1000] }
  - { metric: crac_filter_pressure_pascals, holding: 7, type: float32, byte_order: little, word_order: little, unit: Pa, range: [-1000, 1000], absent: [0, -999] }
  - { metric: crac_fan_speed_ratio, holding: 8, mask: 0x0ff0, unit: "%", range: [0, 100], labels: { fan: "1" } }
  - { metric: crac_fan_speed_ratio, holding: 8, mask: 0xf, unit: "%", range: [0, 100], absent: [3], labels: { fan: "2" } }
  - { metric: crac_operating_seconds, holding: 4, type: uint48, unit: h, range: [0, 1.0e+12], lane: slow }
  - { metric: crac_electrical_energy_joules_total, holding: 9, type: int64, word_order: little, unit: Wh, range: [0, 1.0e+15], lane: slow }
  - { metric: crac_mode_state, holding: 4, mask: 0x7, states: { 0: { "off": ok }, 1: { cooling: ok }, 5: { heating: ok } }, absent: [6] }
  - { metric: crac_alarm, coil: 3, labels: { alarm: leak_2 } }
  - { metric: crac_alarm, holding: 4, labels: { alarm: pump }, states: { 0: clear, 2: clear, 7: { set: critical }, 1: { set: critical } }, absent: [2] }
  - { metric: crac_alarm, input: 1, type: uint32, word_order: little, mask: 0xff00ff, bits: { 15: filter, 2: fan }, labels: { component: a } }
"""


@cache
def everything() -> ModbusProfile:
    return compile_profile(parse(EVERYTHING, "x.yaml"), "x")


@settings(max_examples=150, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.sampled_from(PATTERNS))
@example(b"\x80\x00\x00\x00" * 9, b"\x80\0")
def test_whatever_stands_in_the_registers_means_what_the_profile_says(noise, pattern):
    """Types, orders, masks, overlapping places, absent values inside the range. Pains: A4, C2, C11, C12."""
    profile = everything()
    compiled = codecs(profile)
    size = next(iter(compiled.values())).geometry.size
    image = filled(size, pattern, noise)
    for _ in range(2):  # the second time from what is kept
        assert not differences(profile, compiled, image)


MASKS = (None, 1, 0x8000, 0x7E, 0xFFFF)
CODINGS = [
    Coding(kind, kind.words, word, byte, mask)
    for kind in Type
    for word in Order
    for byte in Order
    for mask in MASKS
    if kind is not Type.STRING and (kind.whole or mask is None)
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans(), st.sampled_from(CODINGS)), max_size=12),
    st.binary(min_size=40, max_size=40),
)
def test_columns_read_what_a_reader_of_each_place_reads(found, registers):
    """Wherever they stand: beside, over and into each other. Pains: C2."""
    places = [
        (2 * at, Place(Read(Space.COIL if bit else Space.HOLDING, at, 1 if bit else coding.words), Coding() if bit else coding))
        for at, bit, coding in found
    ]  # fmt: skip
    places = [(at, place) for at, place in places if fits(place)]
    image = bytearray(registers)
    raws = Columns(places).read(image)
    wanted = [reader_of(place)(image, at) for at, place in places]
    assert [repr(raw) for raw in raws] == [repr(raw) for raw in wanted]


def test_what_is_kept_of_a_family_is_bounded_and_the_same_for_every_device():
    """A device that says another nonsense every time takes no memory, and teaches the others nothing wrong."""
    profile = everything()
    compiled = codecs(profile)
    size = next(iter(compiled.values())).geometry.size
    for number in range(_KEPT + 500):
        assert not differences(
            profile, compiled, filled(size, struct.pack(">HH", number & 0xFFFF, 0xFFFF - number), b"")
        )
    kept = [len(codec._known) for codec in compiled.values()]
    words = [len(known) for codec in compiled.values() for _, known in codec._words]
    assert max(kept) <= _KEPT
    assert max(words) <= _KEPT
    assert sum(kept) > 0


def test_points_of_a_failed_read_are_gaps_whatever_stands_in_the_image():
    """Pains: B6."""
    profile = everything()
    for lane, decoder in decoders("a", codecs(profile)).items():
        why = Gap(GapReason.DEADLINE, "late")
        failed = {place.read for value in profile.values for place in value.places if value.lane is lane}
        batch = decoder.decode(bytearray(decoder.geometry.size), dict.fromkeys(failed, why), 0.0)
        assert set(batch.gaps.values()) == {why}
        assert len(batch.gaps) == len(batch.layout)
        assert array("d", [v for v in batch.values if v == v]) == array("d")


def test_a_quantity_that_is_absent_inside_its_range_is_no_value():
    profile = everything()
    value = next(one for one in profile.values if one.value.metric == "crac_supply_air_temperature_celsius")
    assert isinstance(value.value, Quantity)
    assert value.value.low <= 0 <= value.value.high
    decoder = decoders("a", codecs(profile))[value.lane]
    batch = decoder.decode(bytearray(decoder.geometry.size), {}, 0.0)
    slot = [point.metric for point in batch.layout.points].index(value.value.metric)
    assert batch.gaps[slot] == Gap(GapReason.ABSENT, "0")
