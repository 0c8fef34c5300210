"""From the bytes that were read to one batch a lane: a program compiled once for a family. Pure.

image of a device    [##########....####][##]          ``geometry``: one place per register
raws                 numbers | floats | codes | words  ``columns``: one unpack for all that is plain
out                  numbers | floats | codes | bits of the words | others, one by one
batch                values[slot], gaps                in the order of the profile

The quick pass leaves NaN wherever something is odd; only those places are looked at again, by the value
itself, to say why. What it says of a raw value is kept for all devices of the family: it is always the same.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, TypeAlias

from collectors.modbus.decoding.columns import Columns, fits
from collectors.modbus.decoding.companions import Decode, with_companions
from collectors.modbus.families.family import ModbusProfile, ModbusValue, Place, labels_of
from collectors.modbus.families.geometry import Geometry, reader_of
from collectors.modbus.families.registers import Type
from collectors.modbus.transport.contract import Read
from dcim.model import Batch, Gap, GapReason, Labels, Lane, Layout, Meaning, Points
from dcim.profile import Alarms, Condition, Quantity, States
from dcim.profile.value import LEAST, alarm_meanings
from dcim.record import dataclass

Failures: TypeAlias = "Mapping[Read, Gap]"
"""Wanted reads that brought nothing, and why."""

_NAN: Final = math.nan
_KEPT: Final = 1024
"""Gaps, and words of bits, that are kept of a family before all are forgotten."""

_Word: TypeAlias = "tuple[tuple[float, ...], Gap | None]"
"""The points of a word of bits, the last for those without a name, and the gap of those that are NaN."""


def _kind(value: ModbusValue) -> int:
    """Return in which part of a program a value is decoded."""
    if value.leans or not fits(value.place):
        return 4
    match value.value:
        case Quantity():
            return int(value.place.coding.type in {Type.FLOAT32, Type.FLOAT64})
        case States() | Condition():
            return 2
        case Alarms():
            return 3


class LaneCodec:
    """Everything that turns the registers of one lane of a family into values; shared by all its devices."""

    def __init__(self, lane: Lane, values: Sequence[ModbusValue], geometry: Geometry) -> None:
        self._lane = lane
        self.geometry = geometry
        self.wanted = tuple({place.read for value in values for place in value.places})
        self._slots: list[tuple[int, int, ModbusValue]] = []
        measured: list[tuple[str, Labels]] = []
        for value in values:
            first = len(measured)
            measured += [(value.value.metric, labels) for labels in labels_of(value)]
            self._slots.append((first, len(measured), value))
        self._measured = tuple(measured)
        self._states = tuple(meanings for value in values for meanings in _meanings(value))
        self._sources = tuple(
            str(value.place) for first, last, value in self._slots for _ in range(first, last)
        )
        self._compile()

    def layout(self, asset: str) -> Layout:
        """Return the points that one device of the family has in this lane."""
        return Layout(asset, self._lane, Points(asset, self._measured), self._states, self._sources)

    def _compile(self) -> None:
        """Set the parts of the program up, in the order of ``_kind``."""
        order = sorted(self._slots, key=lambda one: _kind(one[2]))
        parts: list[list[ModbusValue]] = [[], [], [], [], []]
        for _, _, value in order:
            parts[_kind(value)].append(value)
        numbers, floats, codes, words, others = parts
        self._columns = Columns(
            [(self._at(one.place), one.place) for one in (*numbers, *floats, *codes, *words)]
        )
        self._numbers = [_arithmetic(value.value) for value in numbers]
        self._floats = [_arithmetic(value.value) for value in floats]
        self._codes = [_codes(value.value) for value in codes]
        self._first_code = len(numbers) + len(floats)
        self._first_word = self._first_code + len(codes)
        self._explainers = [value.value.decode for value in (*numbers, *floats, *codes)]
        self._absent = [
            (at, value.value.absent)
            for at, value in enumerate((*numbers, *floats))
            if isinstance(value.value, Quantity) and _hides_absent(value.value)
        ]
        self._words = [
            (value.value, dict[int, _Word]()) for value in words if isinstance(value.value, Alarms)
        ]
        self._others = [self._other(value) for value in others]
        self._known: dict[tuple[int, object], Gap] = {}
        slots = [slot for first, last, _ in order for slot in range(first, last)]  # by position in ``out``
        self._slot_at = slots
        places = sorted(range(len(slots)), key=slots.__getitem__)
        self._arrange = itemgetter(*places) if places != list(range(len(slots))) else None

    def _at(self, place: Place) -> int:
        return self.geometry.offset(place.read)

    def _other(self, value: ModbusValue) -> Decode:
        if value.leans:
            return with_companions(value, self.geometry)
        at, read, decode = self._at(value.place), reader_of(value.place), value.value.decode
        return lambda image: decode(read(image, at))

    def decode(self, layout: Layout, image: bytearray, failures: Failures, at: float) -> Batch:
        """Return the batch of an image. Points of failed reads are gaps. ``at`` is UTC seconds."""
        raws = self._columns.read(image)
        out = self._quick(raws)
        gaps: dict[int, Gap] = {}
        total = sum(out)
        if total != total:
            self._explain(out, raws, gaps)
        if self._words:
            self._add_words(out, raws, gaps)
        for other in self._others:
            value = other(image)
            if isinstance(value, Gap):
                gaps[self._slot_at[len(out)]], value = value, _NAN
            out.append(value)
        values = array("d", self._arrange(out) if self._arrange else out)
        if failures:
            self._mark(values, gaps, failures)
        return Batch(layout, at, values, gaps)

    def _quick(self, raws: Sequence[Any]) -> list[float]:
        """Decode numbers and codes; NaN where there is none, or one out of range. See ``Quantity.decode``."""
        out = [
            value if low <= (value := raw * factor / divisor + offset) <= high else _NAN
            for raw, (factor, divisor, offset, low, high) in zip(raws, self._numbers, strict=False)
        ]
        if self._floats:
            out += [
                value
                if low <= (value := raw * factor / divisor + offset) <= high
                and (raw >= LEAST or raw <= -LEAST or raw == 0.0)
                else _NAN
                for raw, (factor, divisor, offset, low, high) in zip(
                    raws[len(out) :], self._floats, strict=False
                )
            ]
        if self._codes:
            codes = raws[self._first_code :]
            out += [known.get(raw, _NAN) for known, raw in zip(self._codes, codes, strict=False)]
        for place, absent in self._absent:
            if raws[place] in absent:
                out[place] = _NAN
        return out

    def _explain(self, out: Sequence[float], raws: Sequence[Any], gaps: dict[int, Gap]) -> None:
        """Say of each NaN why it is one."""
        for place in [place for place, value in enumerate(out) if value != value]:
            raw = raws[place]
            key = (place, raw if raw and raw == raw else str(raw))
            known = self._known.get(key)
            if known is None:
                why = self._explainers[place](raw)
                assert isinstance(why, Gap)  # noqa: S101  the same sum, the same range
                if len(self._known) >= _KEPT:
                    self._known.clear()
                known = self._known[key] = why
            gaps[self._slot_at[place]] = known

    def _add_words(self, out: list[float], raws: Sequence[Any], gaps: dict[int, Gap]) -> None:
        """Add the points of words of bits; what a word says is kept, most of them say nothing for months."""
        for (alarms, known), raw in zip(self._words, raws[self._first_word :], strict=True):
            word = known.get(raw)
            if word is None:
                if len(known) >= _KEPT:
                    known.clear()
                word = known[raw] = _word(alarms, raw)
            values, why = word
            if why is not None:
                first = len(out)
                gaps.update(
                    {self._slot_at[at]: why for at, value in enumerate(values, first) if value != value}
                )
            out += values

    def _mark(self, values: array[float], gaps: dict[int, Gap], failures: Failures) -> None:
        """Make a gap of every point that a failed read should have brought."""
        for first, last, value in self._slots:
            found = next((failures[place.read] for place in value.places if place.read in failures), None)
            if found is not None:
                gaps.update(dict.fromkeys(range(first, last), found))
                values[first:last] = array("d", [_NAN] * (last - first))


def _word(alarms: Alarms, raw: int) -> _Word:
    rest = alarms.decode(raw)
    if not isinstance(rest, Gap):
        return (*alarms.bits(raw), rest), None
    if rest.reason is GapReason.ABSENT:
        return (_NAN,) * (len(alarms.alarms) + 1), rest
    return (*alarms.bits(raw), _NAN), rest


_Arithmetic: TypeAlias = tuple[float, float, float, float, float]
"""Factor, divisor, offset, lowest and highest value."""


def _arithmetic(value: object) -> _Arithmetic:
    assert isinstance(value, Quantity)  # noqa: S101  the caller chose it
    return value.factor, value.divisor, value.offset, value.low, value.high


def _codes(value: object) -> Mapping[int | str, float]:
    """Return the number of every code that has one."""
    if isinstance(value, States):
        return {code: number for code, (number, _) in value.codes.items() if code not in value.absent}
    assert isinstance(value, Condition)  # noqa: S101  the caller chose it
    named = {**dict.fromkeys(value.clear, 0.0), **dict.fromkeys(value.active, 1.0)}
    return {code: number for code, number in named.items() if code not in value.absent}


def _hides_absent(value: Quantity) -> bool:
    """Whether a raw value that means absent lies within the range, so that the range does not catch it."""
    numbers = (raw for raw in value.absent if isinstance(raw, int | float))
    return any(
        value.low <= raw * value.factor / value.divisor + value.offset <= value.high for raw in numbers
    )


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
        """Return where the registers stand in an image; the same for all lanes of a family."""
        return self.codec.geometry

    def decode(self, image: bytearray, failures: Failures, at: float) -> Batch:
        """Return the batch of an image. Points of failed reads are gaps. ``at`` is UTC seconds."""
        return self.codec.decode(self.layout, image, failures, at)


Codecs: TypeAlias = "Mapping[Lane, LaneCodec]"


def codecs(profile: ModbusProfile) -> Codecs:
    """Return one codec for each lane that the family has points in; all read the same image."""
    lanes: dict[Lane, list[ModbusValue]] = {}
    for value in profile.values:
        lanes.setdefault(value.lane, []).append(value)
    geometry = Geometry({place.read for value in profile.values for place in value.places})
    return {lane: LaneCodec(lane, values, geometry) for lane, values in lanes.items()}


def decoders(asset: str, family: Codecs) -> dict[Lane, LaneDecoder]:
    """Return the decoders of one device of a family."""
    return {lane: LaneDecoder(codec.layout(asset), codec) for lane, codec in family.items()}
