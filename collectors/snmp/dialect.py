"""The SNMP half of a device profile, checked and immutable: where each value stands and what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from collectors.snmp.engine import oid
from collectors.snmp.shapes import Kind
from dcim.model import Lane, Meaning
from dcim.profile import Quantity, Value

SYS_DESCR: Final = oid.encode("1.3.6.1.2.1.1.1.0")
SYS_OBJECT_ID: Final = oid.encode("1.3.6.1.2.1.1.2.0")
SYS_UP_TIME: Final = oid.encode("1.3.6.1.2.1.1.3.0")

UNNAMED: Final = "unnamed"
"""The alarm label of the point that stands for bits and rows without a name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell stands: an instance, or with ``index`` a column whose rows carry these index parts."""

    oid: bytes
    index: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """Where a label's text comes from: a cell, index parts, or fixed text."""

    name: str
    place: Place | None = None
    parts: tuple[str, ...] = ()
    text: str = ""
    words: Mapping[int | str, str] | None = None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Keeps the rows whose index part or cell is one of ``codes``."""

    codes: frozenset[int | str]
    part: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SnmpValue:
    """One point of a profile: where it stands and what it means. ``key`` is its place in the file."""

    key: str
    value: Value
    place: Place
    kind: Kind
    lane: Lane
    labels: tuple[Label, ...] = ()
    where: tuple[Filter, ...] = ()
    rows: tuple[int, int] | None = None
    decimals: Place | None = None
    scale_place: Place | None = None
    unit_place: Place | None = None
    variants: Mapping[int, Quantity] | None = None  # by the code that ``scale_place`` or ``unit_place`` holds
    valid: tuple[Place, frozenset[int | str]] | None = None
    untested: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Raised:
    """A table whose rows name the alarms that are there now."""

    key: str
    metric: str
    column: bytes
    count: bytes | None
    names: Mapping[int | bytes, Meaning]
    untested: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A text of the device, or the part of it that a pattern finds."""

    oid: bytes
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SnmpProfile:
    """Everything needed to ask one device family and to understand its answers."""

    name: str
    kind: str
    vendor: str
    title: str
    match: tuple[bytes, ...]
    match_descr: tuple[str, ...]
    probe: tuple[bytes, ...]
    generic: bool
    relative: bool  # whether OIDs depend on the device's own sysObjectID
    max_varbinds: int | None
    max_repetitions: int | None
    bulk: bool
    least_interval: float
    identity: Mapping[str, tuple[Part, ...]]
    values: tuple[SnmpValue, ...]
    raised: tuple[Raised, ...]
