"""From a raw value to a reading in base units, or the gap in its place. Pure: no clock, no network, no files.

Quantity    a number with a unit               raw * factor / divisor + offset
States      a code that stands for a word      one point, holding ``state_code(word)``
Condition   one alarm of its own               one point, 0 or 1
Alarms      a word of bits                     one point a named bit, and one for the bits without a name
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from dcim.model import Gap, GapReason, Health, Meaning
from dcim.record import replace

Raw: TypeAlias = "int | float | str"
"""What a decoder of a protocol hands over: a number as on the wire (sign applied), or text."""

Absent: TypeAlias = "frozenset[int | float | str]"

Ratio: TypeAlias = "tuple[float, float]"
"""A scale as two whole numbers, so that what it makes of a whole number is exact."""

LOWEST: Final = -sys.float_info.max
HIGHEST: Final = sys.float_info.max
_NUMBER: Final = re.compile(
    r"\s*[-+]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,3})?\s*"
)
_RAW_SHOWN: Final = 64
LEAST: Final = 2.0**-126
"""The least number that a float of 32 bits holds in full (IEEE 754). What is less and not 0 is no measurement
but bytes of something else: whole numbers, text or registers in the wrong order."""


def gap(reason: GapReason, raw: Raw) -> Gap:
    """Return a gap that keeps what stood in the value's place, shortened."""
    return Gap(reason, str(raw)[:_RAW_SHOWN])


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number: ``raw * factor / divisor + offset`` is the value in ``unit``, the metric's base unit.

    Factor and divisor are whole numbers where the manual's scale is a decimal fraction, so that 2301 tenths
    of a volt are 230.1 and not 230.10000000000002. ``low`` and ``high`` are in the base unit, a rounding
    error wider than the profile says. NaN is the float's own word for absent.
    """

    metric: str
    unit: str
    factor: float = 1.0
    divisor: float = 1.0
    offset: float = 0.0
    absent: Absent = frozenset()
    low: float = LOWEST
    high: float = HIGHEST

    def times(self, scale: Ratio) -> Quantity:
        """Return the quantity whose raw values are multiplied by a scale; its bounds stay."""
        if scale == (1.0, 1.0):
            return self
        return replace(self, factor=self.factor * scale[0], divisor=self.divisor * scale[1])

    def decode(self, raw: Raw, decimals: int = 0) -> float | Gap:
        """Return the value; ``decimals`` is what the device itself says to divide by, as a power of ten."""
        if raw in self.absent:
            return gap(GapReason.ABSENT, raw)
        if isinstance(raw, str):
            if not _NUMBER.fullmatch(raw):
                return gap(GapReason.MALFORMED, raw)
            number: int | float = float(raw)
            if number in self.absent:  # an agent that sends numbers as text sends those that are none so too
                return gap(GapReason.ABSENT, raw)
        else:
            number = raw
        if number != number:
            return gap(GapReason.ABSENT, raw)
        if -LEAST < number < LEAST and number:
            return gap(GapReason.OUT_OF_RANGE, raw)
        try:
            value = number * self.factor / (self.divisor * 10.0**decimals) + self.offset
        except (OverflowError, ZeroDivisionError):
            return gap(GapReason.OUT_OF_RANGE, raw)
        return value if self.low <= value <= self.high else gap(GapReason.OUT_OF_RANGE, raw)


@dataclass(frozen=True, slots=True)
class States:
    """A code that stands for a word. ``codes`` maps it to the number in the array and what that means."""

    metric: str
    codes: Mapping[int | str, tuple[float, Meaning]]
    absent: Absent = frozenset()
    meanings: Mapping[float, Meaning] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Keep the meanings by the number in the array: what a ``Layout`` wants to know."""
        object.__setattr__(self, "meanings", MappingProxyType(dict(self.codes.values())))

    def decode(self, raw: Raw, decimals: int = 0) -> float | Gap:
        """Return the number that stands for the state's word, or a gap for a code without a name."""
        del decimals
        if raw in self.absent:
            return gap(GapReason.ABSENT, raw)
        state = self.codes.get(raw)  # type: ignore[arg-type]  # 2.0 finds 2, as it should
        return state[0] if state is not None else gap(GapReason.UNKNOWN_CODE, raw)


def alarm_meanings(word: str, health: Health | None) -> Mapping[float, Meaning]:
    """Return what 0 and 1 mean for an alarm's point."""
    return MappingProxyType({0.0: Meaning("clear", Health.OK), 1.0: Meaning(word, health)})


@dataclass(frozen=True, slots=True)
class Condition:
    """One alarm with a value of its own: 1 for the codes in ``active``, 0 for those in ``clear``."""

    metric: str
    active: frozenset[int | str] = frozenset({1})
    clear: frozenset[int | str] = frozenset({0})
    health: Health | None = None
    absent: Absent = frozenset()

    def decode(self, raw: Raw, decimals: int = 0) -> float | Gap:
        """Return 1.0 while the alarm is there, 0.0 while not, or a gap for a code without a name."""
        del decimals
        if raw in self.absent:
            return gap(GapReason.ABSENT, raw)
        if raw in self.active:
            return 1.0
        return 0.0 if raw in self.clear else gap(GapReason.UNKNOWN_CODE, raw)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One named bit of a word: its own point, with the label ``alarm``."""

    bit: int
    word: str
    health: Health | None = None


@dataclass(frozen=True, slots=True)
class Alarms:
    """A word of bits. Each of ``alarms`` is a point; ``decode`` answers for the bits without a name.

    ``nameless`` covers every bit that no alarm names. The word's own point is 0 while none of them is set.
    """

    metric: str
    alarms: tuple[Alarm, ...]
    absent: Absent = frozenset()
    nameless: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Make the mask of the bits without a name."""
        named = 0
        for alarm in self.alarms:
            named |= 1 << alarm.bit
        object.__setattr__(self, "nameless", ~named)

    def decode(self, raw: Raw, decimals: int = 0) -> float | Gap:
        """Return 0.0 while only named bits are set, or a gap that shows the others."""
        del decimals
        if raw in self.absent:
            return gap(GapReason.ABSENT, raw)
        if not isinstance(raw, int):
            return gap(GapReason.MALFORMED, raw)
        nameless = raw & self.nameless
        return gap(GapReason.UNKNOWN_CODE, f"{nameless:#x}") if nameless else 0.0

    def bits(self, raw: int) -> tuple[float, ...]:
        """Return 0.0 or 1.0 for each of ``alarms``, in their order."""
        return tuple(float(raw >> alarm.bit & 1) for alarm in self.alarms)


Value: TypeAlias = "Quantity | States | Condition | Alarms"
