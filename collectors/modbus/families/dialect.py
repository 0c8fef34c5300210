"""From a Modbus profile's file to the checked, immutable family, or every mistake in it at once."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from collectors.modbus.families.family import (
    PLAIN,
    ModbusHead,
    ModbusProfile,
    ModbusValue,
    Part,
    Place,
    Sign,
    labels_of,
)
from collectors.modbus.families.plan import Holes, Limits
from collectors.modbus.families.registers import Coding, Type, fold
from collectors.modbus.families.shapes import (
    Addressing,
    HolesShape,
    ModbusPoint,
    PartShape,
    PlaceShape,
    ProfileShape,
    SignShape,
    TopShape,
)
from collectors.modbus.transport.contract import LAST_ADDRESS, Read, Space
from dcim.model import ConfigError, Lane, Problem
from dcim.profile import (
    Alarms,
    Around,
    Quantity,
    Ratio,
    Raw,
    check_name,
    check_points,
    compile_value,
    ratio,
)
from dcim.record import replace
from dcim.yaml import Document, Loc, shape


def compile_profile(document: Document, folder: str) -> ModbusProfile:
    """Return the profile in a document. Raise ConfigError with every mistake in it."""
    return _compiled(document, folder, ProfileShape)


def compile_head(document: Document, folder: str) -> ModbusHead:
    """Return what identification needs of a profile, whether or not the document goes on to its points."""
    return _compiled(document, folder, TopShape)


def _compiled(document: Document, folder: str, model: type[TopShape]) -> ModbusProfile:
    file, problems = shape(document, model)
    if file is None:
        others = check_points(document, ("points",), ModbusPoint, _meant, {"holding": 0})
        raise ConfigError(tuple(sorted({*problems, *others})))
    compiler = _Compiler(document, file)
    profile = compiler.profile()
    problems = [*check_name(document, file, folder), *compiler.problems]
    if problems:
        raise ConfigError(tuple(sorted(problems)))
    return profile


def _meant(point: ModbusPoint) -> Around:
    """Return what a point has beside its own keys, in a file that cannot be compiled as a whole."""
    unit: tuple[str, Loc] | None = None
    if point.unit_from is not None:
        code = min(point.unit_from.map)
        unit = (point.unit_from.map[code], ("unit_from", "map", code))
    return Around(tuple(point.labels), unit=unit)


_OBJECTS: Final = {"vendor": 0, "product": 1, "model": 5}
"""Numbers of identification objects: Modbus application protocol 1.1b3, 6.21."""

_MODICON: Final = {Space.COIL: 0, Space.DISCRETE: 1, Space.INPUT: 3, Space.HOLDING: 4}


def on_the_wire(addressing: Addressing, space: Space, number: int) -> int | None:
    """Return the address that is sent for a manual's number, or None when the manual cannot mean it."""
    if addressing is Addressing.PROTOCOL:
        address = number
    elif addressing is Addressing.ONE_BASED:
        address = number - 1
    else:
        digit = _MODICON[space]
        base = digit * 10000 if number < 100000 else digit * 100000
        if digit and number < 100000 and number > base + 9999:
            return None
        address = number - base - 1
    return address if 0 <= address <= LAST_ADDRESS else None


_EXPECTED: Final = {
    Addressing.PROTOCOL: "0 to 65535, the address as it is sent",
    Addressing.ONE_BASED: "1 to 65536",
    Addressing.MODICON: "a number of this space: 1 coil, 10001 discrete, 30001 input, 40001 holding",
}


class _Compiler:
    """One file on its way to a profile."""

    def __init__(self, document: Document, file: TopShape) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._file = file
        self._limits = Limits(file.modbus.max_registers, file.modbus.max_bits, file.modbus.gap)

    def profile(self) -> ModbusProfile:
        """Return the profile; what is wrong stands in ``problems`` afterwards."""
        file = self._file
        match = file.modbus.match
        texts = {number: getattr(match, name) for name, number in _OBJECTS.items()}
        holes = self._holes(file.modbus.holes)
        values = [self._value(at, point, holes) for at, point in enumerate(file.points)]
        self._check_twins([value for value in values if value is not None])
        return ModbusProfile(
            name=file.profile,
            kind=file.kind,
            vendor=file.vendor,
            title=file.title,
            unit=file.modbus.unit,
            pause=file.modbus.pause,
            limits=self._limits,
            holes=holes,
            objects={number: re.compile(text, re.IGNORECASE) for number, text in texts.items() if text},
            signs=tuple(self._sign(at, sign) for at, sign in enumerate(match.registers)),
            identity=self._identity(),
            values=tuple(value for value in values if value is not None),
        )

    def wrong(self, loc: Loc, what: str, *, key: bool = False) -> None:
        """Note a mistake and go on."""
        self.problems.append(self._document.problem(loc, what, key=key))

    def _address(self, loc: Loc, space: Space, number: int) -> int:
        addressing = self._file.modbus.addressing
        address = on_the_wire(addressing, space, number)
        if address is None:
            self.wrong(loc, f"expected {_EXPECTED[addressing]}, found {number}")
            return 0
        return address

    def place(self, loc: Loc, found: PlaceShape) -> Place | None:
        """Return where a value stands, or None and what is wrong with it."""
        numbers = {
            Space.COIL: found.coil,
            Space.DISCRETE: found.discrete,
            Space.HOLDING: found.holding,
            Space.INPUT: found.input_,
        }
        named = {space: number for space, number in numbers.items() if number is not None}
        if len(named) != 1:
            self.wrong(loc, "expected one of coil, discrete, holding and input")
            return None
        ((space, number),) = named.items()
        start = self._address((*loc, str(space)), space, number)
        coding = self._coding(loc, space, found)
        read = Read(space, start, coding.words)
        if read.stop > LAST_ADDRESS + 1:
            self.wrong((*loc, str(space)), f"{coding.words} registers from here end after 65535")
        if read.count > self._limits.widest(space):
            self.wrong(loc, f"{read.count} registers are more than the device answers at once")
        return Place(read, coding)

    def _coding(self, loc: Loc, space: Space, found: PlaceShape) -> Coding:
        if not space.has_words:
            for key in ("type", "length", "word_order", "byte_order", "mask"):
                if key in found.model_fields_set:
                    self.wrong((*loc, key), f"a {space} is one bit: it has no {key}", key=True)
            return PLAIN
        kind = found.type or Type.UINT16
        if (kind is Type.STRING) != (found.length is not None):
            self.wrong(loc, "a string, and only a string, has a length (in registers)")
        words = kind.words or found.length or 1
        if found.mask is not None and (not kind.whole or found.mask >> 16 * words):
            self.wrong((*loc, "mask"), f"the mask does not fit {kind}")
        section = self._file.modbus
        return Coding(
            kind,
            words,
            found.word_order or section.word_order,
            found.byte_order or section.byte_order,
            found.mask,
        )

    def _value(self, at: int, point: ModbusPoint, holes: Holes) -> ModbusValue | None:
        loc: Loc = ("points", at)
        place = self.place(loc, point)
        if place is None:
            return None
        around = self._around(loc, point, place)
        value, problems = compile_value(self._document, loc, point, around)
        self.problems += problems
        if isinstance(value, Alarms):
            self._check_bits(loc, value, place)
        if value is None:
            return None
        made = ModbusValue(
            key=f"points[{at}]",
            value=value,
            place=place,
            labels=tuple(sorted(point.labels.items())),
            lane=point.lane or Lane.FAST,
            decimals=self.place((*loc, "decimals"), point.decimals) if point.decimals else None,
            untested=point.untested or "",
        )
        made = self._with_scale(loc, point, self._with_unit(loc, point, made))
        for needed in made.places:
            if holes.touched_by(needed.read):
                self.wrong(loc, f"{needed.read} is in modbus.holes")
        return made

    def _around(self, loc: Loc, point: ModbusPoint, place: Place) -> Around:
        kind = place.coding.type

        def folded(raw: Raw) -> Raw:
            return raw if place.coding.mask is not None else fold(raw, kind)

        unit = None
        if point.unit_from is not None:
            code = min(point.unit_from.map)
            unit = (point.unit_from.map[code], ("unit_from", "map", code))
            if point.unit is not None:
                self.wrong((*loc, "unit"), "unit or unit_from, not both", key=True)
        return Around(tuple(point.labels), fold=folded, unit=unit)

    def _with_unit(self, loc: Loc, point: ModbusPoint, made: ModbusValue) -> ModbusValue:
        """Return the value with a variant for each unit the device may show; ``range`` is in the first."""
        if point.unit_from is None:
            return made
        if not isinstance(made.value, Quantity):
            self.wrong((*loc, "unit_from"), "only a number has a unit", key=True)
            return made
        variants: dict[int, Quantity] = {}
        for code, unit in point.unit_from.map.items():
            around = replace(self._around(loc, point, made.place), unit=(unit, ("unit_from", "map", code)))
            other, problems = compile_value(
                self._document, loc, point.model_copy(update={"range": None}), around
            )
            if isinstance(other, Quantity):
                variants[code] = replace(other, low=made.value.low, high=made.value.high)
            self.problems += problems
        return replace(
            made,
            unit_place=self.place((*loc, "unit_from"), point.unit_from),
            variants=MappingProxyType(variants),
        )

    def _with_scale(self, loc: Loc, point: ModbusPoint, made: ModbusValue) -> ModbusValue:
        """Return the value with what the device multiplies it by, and with what is added to it."""
        several = point.plus if isinstance(point.plus, tuple) else (point.plus,)
        for key in ("scale_from", "plus") if not isinstance(made.value, Quantity) else ():
            if key in point.model_fields_set:
                self.wrong((*loc, key), "only a number is added to or multiplied", key=True)
        plus: list[tuple[Place, Ratio]] = []
        for at, one in enumerate(several):
            where: Loc = (*loc, "plus", at) if isinstance(point.plus, tuple) else (*loc, "plus")
            place = self.place(where, one)
            if place is not None:
                plus.append((place, ratio(one.scale)))
        made = replace(made, plus=tuple(plus))
        if point.scale_from is None:
            return made
        for code, scale in point.scale_from.map.items():
            if scale == 0:
                self.wrong((*loc, "scale_from", "map", code), "a scale of 0 makes every value 0")
        scales = {code: ratio(scale) for code, scale in point.scale_from.map.items()}
        place = self.place((*loc, "scale_from"), point.scale_from)
        return replace(made, scale_place=place, scales=MappingProxyType(scales))

    def _check_bits(self, loc: Loc, value: Alarms, place: Place) -> None:
        coding = place.coding
        width = coding.mask.bit_count() if coding.mask is not None else 16 * coding.words
        if not place.read.space.has_words or not coding.type.whole:
            self.wrong((*loc, "bits"), "only a whole number has bits", key=True)
            return
        for alarm in value.alarms:
            if alarm.bit >= width:
                self.wrong((*loc, "bits", alarm.bit), f"there are only {width} bits here", key=True)

    def _check_twins(self, values: list[ModbusValue]) -> None:
        """Refuse two points that would be one series."""
        seen: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
        for value in values:
            for labels in labels_of(value):
                first = seen.setdefault((value.value.metric, labels), value.key)
                if first != value.key:
                    index = int(value.key.removeprefix("points[").removesuffix("]"))
                    self.wrong(("points", index), f"the same metric and labels as {first}")

    def _holes(self, found: HolesShape) -> Holes:
        spans = {
            Space.COIL: ("coil", found.coil),
            Space.DISCRETE: ("discrete", found.discrete),
            Space.HOLDING: ("holding", found.holding),
            Space.INPUT: ("input", found.input_),
        }
        holes: dict[Space, frozenset[int]] = {}
        for space, (name, entries) in spans.items():
            addresses: set[int] = set()
            for at, entry in enumerate(entries):
                first, last = entry if isinstance(entry, tuple) else (entry, entry)
                loc: Loc = ("modbus", "holes", name, at)
                start, stop = self._address(loc, space, first), self._address(loc, space, last)
                addresses.update(range(start, stop + 1))
            if addresses:
                holes[space] = frozenset(addresses)
        return Holes(MappingProxyType(holes))

    def _sign(self, at: int, sign: SignShape) -> Sign:
        loc: Loc = ("modbus", "match", "registers", at)
        place = self.place(loc, sign) or Place(Read(Space.HOLDING, 0))
        if (sign.values is None) == (sign.pattern is None):
            self.wrong(loc, "expected is or pattern, one of them")
        values = frozenset(sign.values or ())
        return Sign(place, values, re.compile(sign.pattern, re.IGNORECASE) if sign.pattern else None)

    def _identity(self) -> dict[str, tuple[Part, ...]]:
        identity: dict[str, tuple[Part, ...]] = {}
        for name in ("vendor", "model", "serial", "firmware"):
            parts: tuple[PartShape, ...] = getattr(self._file.identity, name)
            identity[name] = tuple(self._part(("identity", name, at), part) for at, part in enumerate(parts))
        return identity

    def _part(self, loc: Loc, part: PartShape) -> Part:
        if part.text is not None or part.object_ is not None:
            return Part(part.text or "", part.object_)
        place = self.place(loc, part)
        return Part(place=place, names=part.map, scale=part.scale, absent=part.absent)
