"""From the bytes that were read to one batch a lane. Pure; the hot path allocates nothing per reading.

reads of this poll   [holding 1024..1057]  [holding 1408]
                           | copied              |
image of a lane      [##########....####][##]          one place per register, whatever the reads were
                           | reader, value
batch                values[slot], gaps
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from collectors.modbus.family import ModbusProfile, ModbusValue, Place, labels_of
from collectors.modbus.plan import Holes, Limits, covers, merge
from collectors.modbus.registers import Reader, Type, reader, spread
from collectors.modbus.transport import Read
from dcim.model import Batch, Gap, GapReason, Labels, Lane, Layout, Meaning, Point
from dcim.profile import Alarms, Condition, Quantity, Raw, States, Value
from dcim.profile.value import alarm_meanings, gap

Failures: TypeAlias = "Mapping[Read, Gap]"
"""Wanted reads that brought nothing, and why."""

_WIDE: Final = Limits(125, 2000, 8)
_MOST_DECIMALS: Final = 12
_BY_ITSELF: Final = frozenset({Type.STRING, Type.FLOAT32, Type.FLOAT64})
"""What is decoded one by one: text, and floats, which may be no numbers at all."""


class Geometry:
    """Where the addresses of the wanted reads stand in an image."""

    def __init__(self, wanted: Iterable[Read]) -> None:
        self._segments: dict[Read, int] = {}
        self._copies: dict[Read, list[tuple[int, int, int]]] = {}
        self.size = 0
        for segment in merge(wanted, _WIDE, Holes()):
            self._segments[segment] = self.size
            self.size += _width(segment) * segment.count

    def offset(self, read: Read) -> int:
        """Return where the first byte of a wanted read stands."""
        for segment, at in self._segments.items():
            if covers(segment, read):
                return at + _width(read) * (read.start - segment.start)
        raise LookupError(read)

    def put(self, image: bytearray, read: Read, payload: bytes) -> None:
        """Copy what a read brought to where it belongs; what nobody wants is dropped."""
        copies = self._copies.get(read)
        if copies is None:
            copies = self._copies[read] = self._plan_copies(read)
        raw = payload if read.space.has_words else spread(payload, read.count)
        for first, last, at in copies:
            image[at : at + last - first] = raw[first:last]

    def _plan_copies(self, read: Read) -> list[tuple[int, int, int]]:
        copies: list[tuple[int, int, int]] = []
        width = _width(read)
        for segment, at in self._segments.items():
            start, stop = max(segment.start, read.start), min(segment.stop, read.stop)
            if segment.space is read.space and start < stop:
                first = width * (start - read.start)
                last = width * (stop - read.start)
                copies.append((first, last, at + width * (start - segment.start)))
        return copies


def _width(read: Read) -> int:
    return 2 if read.space.has_words else 1


_byte: Final[Reader] = lambda image, at: image[at]  # noqa: E731


def _reader(place: Place) -> Reader:
    return reader(place.coding) if place.read.space.has_words else _byte


def raw_at(place: Place, read: Read, payload: bytes) -> Raw:
    """Return the raw value at a place inside what a read brought."""
    if not place.read.space.has_words:
        return spread(payload, read.count)[place.read.start - read.start]
    return reader(place.coding)(payload, 2 * (place.read.start - read.start))


_Decode: TypeAlias = Callable[[bytearray], "float | Gap"]


_Number: TypeAlias = (
    "tuple[int, int, Reader, frozenset[int | float | str], float, float, float, float, float, "
    "Callable[[Raw], float | Gap]]"
)
"""Slot, offset, reader, then what ``Quantity.decode`` would look up for every reading."""


class LaneCodec:
    """Everything that turns the registers of one lane of a family into values; shared by all its devices."""

    def __init__(self, lane: Lane, values: Sequence[ModbusValue]) -> None:
        self._lane = lane
        self.wanted = tuple({place.read for value in values for place in value.places})
        self.geometry = Geometry(self.wanted)
        self._numbers: list[_Number] = []
        self._plain: list[tuple[int, int, Reader, Callable[..., float | Gap]]] = []
        self._special: list[tuple[int, _Decode]] = []
        self._alarms: list[tuple[int, int, Reader, Alarms]] = []
        self._slots: list[tuple[int, int, ModbusValue]] = []
        self._points: list[tuple[str, Labels]] = []
        for value in values:
            first = len(self._points)
            self._points += [(value.value.metric, labels) for labels in labels_of(value)]
            self._slots.append((first, len(self._points), value))
            self._add(first, value)
        self._states = tuple(meanings for value in values for meanings in _meanings(value))
        self._sources = tuple(
            str(value.place) for first, last, value in self._slots for _ in range(first, last)
        )

    def layout(self, asset: str) -> Layout:
        """Return the points that one device of the family has in this lane."""
        points = tuple(Point(asset, metric, labels) for metric, labels in self._points)
        return Layout(asset, self._lane, points, self._states, self._sources)

    def _add(self, slot: int, value: ModbusValue) -> None:
        at, read = self.geometry.offset(value.place.read), _reader(value.place)
        if isinstance(value.value, Alarms):
            self._alarms.append((slot, at, read, value.value))
        elif value.leans:
            self._special.append((slot, self._with_companions(value)))
        elif isinstance(value.value, Quantity) and value.place.coding.type not in _BY_ITSELF:
            number = value.value
            scale = (number.factor, number.divisor, number.offset, number.low, number.high)
            self._numbers.append((slot, at, read, number.absent, *scale, number.decode))
        else:
            self._plain.append((slot, at, read, value.value.decode))

    def _with_companions(self, value: ModbusValue) -> _Decode:
        """Return the decoder of a value whose decimals, scale or unit the device tells beside it."""
        whole = self._whole(value)
        decimals = self._beside(value.decimals)
        scale = self._beside(value.scale_place)
        unit = self._beside(value.unit_place)
        variants, scales = value.variants or {}, value.scales or {}

        def decode(image: bytearray) -> float | Gap:
            power = decimals(image) if decimals else 0
            if not isinstance(power, int) or not -_MOST_DECIMALS <= power <= _MOST_DECIMALS:
                return Gap(GapReason.MALFORMED, f"decimals {power}")
            found: Value = value.value
            if unit is not None:
                code = unit(image)
                variant = variants.get(code) if isinstance(code, int) else None
                if variant is None:
                    return Gap(GapReason.UNKNOWN_CODE, f"unit {code}")
                found = variant
            if scale is not None:
                code = scale(image)
                times = scales.get(code) if isinstance(code, int) else None
                if times is None:
                    return Gap(GapReason.UNKNOWN_CODE, f"scale {code}")
                found = found.times(times) if isinstance(found, Quantity) else found
            raw = whole(image)
            return raw if isinstance(raw, Gap) else found.decode(raw, power)

        return decode

    def _whole(self, value: ModbusValue) -> Callable[[bytearray], Raw | Gap]:
        """Return what reads the raw value with all that is added to it; an absent part makes it absent."""
        at, read = self.geometry.offset(value.place.read), _reader(value.place)
        added = [(self.geometry.offset(place.read), _reader(place), *times) for place, times in value.plus]
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

    def _beside(self, place: Place | None) -> Callable[[bytearray], object] | None:
        if place is None:
            return None
        at, read = self.geometry.offset(place.read), _reader(place)
        return lambda image: read(image, at)

    def decode(self, layout: Layout, image: bytearray, failures: Failures, at: float) -> Batch:
        """Return the batch of an image. Points of failed reads are gaps. ``at`` is UTC seconds."""
        values = array("d", bytes(8 * len(layout)))
        gaps: dict[int, Gap] = {}
        self._decode_numbers(values, gaps, image)
        self._decode_others(values, gaps, image)
        for slot, offset, read, alarms in self._alarms:
            self._decode_alarms(values, gaps, slot, read(image, offset), alarms)
        if failures:
            self._mark(gaps, failures)
        for slot in gaps:
            values[slot] = math.nan
        return Batch(layout, at, values, gaps)

    def _decode_numbers(self, values: array[float], gaps: dict[int, Gap], image: bytearray) -> None:
        """Decode what most points are: a number alone. This is ``Quantity.decode`` without its call."""
        for slot, offset, read, absent, factor, divisor, shift, low, high, explain in self._numbers:
            raw = read(image, offset)
            if raw not in absent and low <= (value := raw * factor / divisor + shift) <= high:  # type: ignore[operator]
                values[slot] = value
            else:
                gaps[slot] = explain(raw)  # type: ignore[assignment]  # it comes to the same: a gap

    def _decode_others(self, values: array[float], gaps: dict[int, Gap], image: bytearray) -> None:
        for slot, offset, read, decode in self._plain:
            value = decode(read(image, offset))
            if type(value) is float:
                values[slot] = value
            else:
                gaps[slot] = value  # type: ignore[assignment]  # not a float: a gap
        for slot, special in self._special:
            value = special(image)
            if isinstance(value, Gap):
                gaps[slot] = value
            else:
                values[slot] = value

    def _decode_alarms(
        self, values: array[float], gaps: dict[int, Gap], slot: int, raw: object, alarms: Alarms
    ) -> None:
        own = slot + len(alarms.alarms)
        assert isinstance(raw, int)  # noqa: S101  # the dialect gives bits to whole numbers only
        rest = alarms.decode(raw)
        if isinstance(rest, Gap):
            gaps[own] = rest
            if rest.reason is GapReason.ABSENT:
                gaps.update(dict.fromkeys(range(slot, own), rest))
                return
        for place, value in enumerate(alarms.bits(raw), slot):
            values[place] = value

    def _mark(self, gaps: dict[int, Gap], failures: Failures) -> None:
        """Make a gap of every point that a failed read should have brought."""
        for first, last, value in self._slots:
            found = next((failures[place.read] for place in value.places if place.read in failures), None)
            if found is not None:
                gaps.update(dict.fromkeys(range(first, last), found))


def _meanings(value: ModbusValue) -> list[Mapping[float, Meaning] | None]:
    """Return what the numbers of each point of a value mean."""
    match value.value:
        case States(meanings=meanings):
            return [meanings]
        case Condition(health=health):
            return [alarm_meanings(dict(value.labels).get("alarm", "set"), health)]
        case Alarms(alarms=alarms):
            named = [alarm_meanings(alarm.word, alarm.health) for alarm in alarms]
            return [*named, alarm_meanings(labels_of(value)[-1][0][1], None)]
        case _:
            return [None]


@dataclass(frozen=True, slots=True, eq=False)
class LaneDecoder:
    """One lane of one asset: its points, and the family's way to read them."""

    layout: Layout
    codec: LaneCodec

    @property
    def wanted(self) -> tuple[Read, ...]:
        """Return every read that the lane needs."""
        return self.codec.wanted

    @property
    def geometry(self) -> Geometry:
        """Return where the registers stand in an image."""
        return self.codec.geometry

    def decode(self, image: bytearray, failures: Failures, at: float) -> Batch:
        """Return the batch of an image. Points of failed reads are gaps. ``at`` is UTC seconds."""
        return self.codec.decode(self.layout, image, failures, at)


Codecs: TypeAlias = "Mapping[Lane, LaneCodec]"


def codecs(profile: ModbusProfile) -> Codecs:
    """Return one codec for each lane that the family has points in."""
    lanes: dict[Lane, list[ModbusValue]] = {}
    for value in profile.values:
        lanes.setdefault(value.lane, []).append(value)
    return {lane: LaneCodec(lane, values) for lane, values in lanes.items()}


def decoders(asset: str, family: Codecs) -> dict[Lane, LaneDecoder]:
    """Return the decoders of one device of a family."""
    return {lane: LaneDecoder(codec.layout(asset), codec) for lane, codec in family.items()}
