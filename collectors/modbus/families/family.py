"""A Modbus device family as the collector uses it: checked, immutable, without its file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from collectors.modbus.families.plan import Holes, Limits
from collectors.modbus.families.registers import Coding
from collectors.modbus.transport.contract import Read
from dcim.model import Lane
from dcim.profile import Alarms, Quantity, Ratio, Raw, Value

PLAIN: Final = Coding()
"""One register as an unsigned number; for a bit, nothing."""

UNNAMED: Final = "unnamed"
"""The alarm label of the point that stands for the bits of a word without a name; its address follows."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands and how its bytes are read."""

    read: Read
    coding: Coding = PLAIN

    def __str__(self) -> str:
        """Read as ``holding 3027..3028 float32``, with the bits where they are masked."""
        if not self.read.space.has_words:
            return str(self.read)
        bits = f" & {self.coding.mask:#x}" if self.coding.mask is not None else ""
        return f"{self.read} {self.coding.type}{bits}"


@dataclass(frozen=True, slots=True, eq=False)
class ModbusValue:
    """One point of a profile: where it stands and what it means. ``key`` is its place in the file."""

    key: str
    value: Value
    place: Place
    labels: tuple[tuple[str, str], ...]
    lane: Lane
    decimals: Place | None = None
    unit_place: Place | None = None
    variants: Mapping[int, Quantity] | None = None  # by the code that ``unit_place`` holds
    scale_place: Place | None = None
    scales: Mapping[int, Ratio] | None = None  # by the code that ``scale_place`` holds
    plus: tuple[tuple[Place, Ratio], ...] = ()  # what is added, and by what it is multiplied
    untested: str = ""

    @property
    def places(self) -> tuple[Place, ...]:
        """Return every place that must be read to know the value."""
        beside = (self.place, self.decimals, self.unit_place, self.scale_place)
        return tuple(place for place in (*beside, *(place for place, _ in self.plus)) if place is not None)

    @property
    def leans(self) -> bool:
        """Whether it takes more than its own registers to know the value."""
        return len(self.places) > 1


@dataclass(frozen=True, slots=True, eq=False)
class Sign:
    """A register that tells the family."""

    place: Place
    values: frozenset[int] = frozenset()
    pattern: re.Pattern[str] | None = None

    def fits(self, raw: Raw) -> bool:
        """Whether this is what a device of the family says."""
        if self.pattern is not None:
            return self.pattern.search(str(raw)) is not None
        return raw in self.values


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A piece of identity: fixed text, an object of function 43/14, or a place."""

    text: str = ""
    object: int | None = None
    place: Place | None = None
    names: Mapping[int, str] | None = None
    scale: float = 1.0
    absent: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ModbusHead:
    """What tells one device family from the others, and what its devices call themselves.

    ``objects`` are patterns for the objects of function 43/14 by number. ``pause`` is seconds.
    """

    name: str
    kind: str
    vendor: str
    title: str
    unit: int
    pause: float
    limits: Limits
    holes: Holes
    objects: Mapping[int, re.Pattern[str]]
    signs: tuple[Sign, ...]
    identity: Mapping[str, tuple[Part, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class ModbusProfile(ModbusHead):
    """Everything needed to ask one device family and to understand its answers."""

    values: tuple[ModbusValue, ...]


def labels_of(value: ModbusValue) -> list[tuple[tuple[str, str], ...]]:
    """Return the labels of every point that a value makes: one, or one a named bit and one for the others."""
    if not isinstance(value.value, Alarms):
        return [value.labels]
    words = [alarm.word for alarm in value.value.alarms]
    words.append(f"{UNNAMED}_{value.place.read.start}")
    return [tuple(sorted((*value.labels, ("alarm", word)))) for word in words]
