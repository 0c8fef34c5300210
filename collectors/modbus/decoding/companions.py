"""Values that take more than their own registers: decimals, scale or unit told beside, parts to add. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from collectors.modbus.families.family import ModbusValue, Place
from collectors.modbus.families.geometry import Geometry, reader_of
from dcim.model import Gap, GapReason
from dcim.profile import Quantity, Raw, Value
from dcim.profile.value import gap

Decode: TypeAlias = "Callable[[bytearray], float | Gap]"
"""Returns the value that stands in an image."""

_MOST_DECIMALS: Final = 12


def with_companions(value: ModbusValue, geometry: Geometry) -> Decode:
    """Return the decoder of a value whose decimals, scale or unit the device tells beside it."""
    whole = _whole(value, geometry)
    decimals = _beside(value.decimals, geometry)
    scale, unit = _beside(value.scale_place, geometry), _beside(value.unit_place, geometry)
    meanings: dict[tuple[object, object], Value | Gap] = {}  # by the codes of unit and scale

    def decode(image: bytearray) -> float | Gap:
        power = decimals(image) if decimals else 0
        if not isinstance(power, int) or not -_MOST_DECIMALS <= power <= _MOST_DECIMALS:
            return Gap(GapReason.MALFORMED, f"decimals {power}")
        codes = unit(image) if unit else None, scale(image) if scale else None
        found = meanings.get(codes)
        if found is None:
            found = _meaning(value, *codes)
            if not isinstance(found, Gap):  # there are as many as the profile names, of others no end
                meanings[codes] = found
        if isinstance(found, Gap):
            return found
        raw = whole(image)
        return raw if isinstance(raw, Gap) else found.decode(raw, power)

    return decode


def _meaning(value: ModbusValue, unit: object, scale: object) -> Value | Gap:
    """Return what a value means under these codes, or a gap for one that the profile does not name."""
    found: Value = value.value
    if value.unit_place is not None:
        variant = (value.variants or {}).get(unit) if isinstance(unit, int) else None
        if variant is None:
            return Gap(GapReason.UNKNOWN_CODE, f"unit {unit}")
        found = variant
    if value.scale_place is not None:
        times = (value.scales or {}).get(scale) if isinstance(scale, int) else None
        if times is None:
            return Gap(GapReason.UNKNOWN_CODE, f"scale {scale}")
        found = found.times(times) if isinstance(found, Quantity) else found
    return found


def _whole(value: ModbusValue, geometry: Geometry) -> Callable[[bytearray], Raw | Gap]:
    """Return what reads the raw value with all that is added to it; an absent part makes it absent."""
    at, read = geometry.offset(value.place.read), reader_of(value.place)
    added = [(geometry.offset(place.read), reader_of(place), *times) for place, times in value.plus]
    absent = value.value.absent

    def whole(image: bytearray) -> Raw | Gap:
        raw = read(image, at)
        for where, other, factor, divisor in added:
            part = other(image, where)
            if raw in absent or part in absent or isinstance(raw, str) or isinstance(part, str):
                return gap(GapReason.ABSENT, raw if raw in absent else part)
            raw += part * factor / divisor
        return raw

    return whole


def _beside(place: Place | None, geometry: Geometry) -> Callable[[bytearray], object] | None:
    if place is None:
        return None
    at, read = geometry.offset(place.read), reader_of(place)
    return lambda image: read(image, at)
