"""The SNMP half of a device profile, checked and immutable: where each value stands and what it means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Generic, TypeAlias, TypeVar

from collectors.snmp.answers.cells import code_of
from collectors.snmp.dialect import patterns
from collectors.snmp.dialect.forms import IndexForm, Kind
from collectors.snmp.engine import oid
from dcim.model import Gap, Lane, Meaning
from dcim.profile import Quantity, Ratio, Value
from dcim.record import dataclass, field

SYS_DESCR: Final = oid.encode("1.3.6.1.2.1.1.1.0")
SYS_OBJECT_ID: Final = oid.encode("1.3.6.1.2.1.1.2.0")
SYS_UP_TIME: Final = oid.encode("1.3.6.1.2.1.1.3.0")

UNNAMED: Final = "unnamed"
"""The alarm label of the point that stands for bits and rows without a name."""


T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a cell must say, as a container of all that it may say: a code, or the cell itself."""

    codes: frozenset[int | str] | None = None
    excluded: frozenset[int | str] = frozenset()
    like: re.Pattern[str] | None = None
    unlike: re.Pattern[str] | None = None

    @property
    def excludes(self) -> bool:
        """Whether this only says what a cell must not say, so that one that is not there is meant too."""
        return self.codes is None and self.like is None

    def __contains__(self, said: object) -> bool:
        """Whether a cell that says this is meant; one that was not heard never is."""
        if isinstance(said, Gap):
            return False
        code = code_of(said)
        if code in self.excluded or (self.codes is not None and code not in self.codes):
            return False
        text = str(code)
        if self.like is not None and not patterns.fits(self.like, text):
            return False
        return self.unlike is None or not patterns.fits(self.unlike, text)


Codes: TypeAlias = "frozenset[int | str] | Allowed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell stands: an instance, or with ``index`` a column whose rows carry these index parts.

    ``forms`` say how the parts of an index are written, where they are not one number each.
    """

    oid: bytes
    index: tuple[str, ...] | None = None
    forms: tuple[IndexForm, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """Where a label's text comes from: a cell, index parts, fixed text, or several of these joined.

    ``otherwise`` is asked where this gives no text.
    """

    name: str
    place: Place | None = None
    parts: tuple[str, ...] = ()
    text: str = ""
    joined: tuple[Label, ...] = ()
    by: str = "-"
    pattern: re.Pattern[str] | None = None
    words: Mapping[int | str, str] | None = None
    prefix: str = ""
    otherwise: Label | None = None

    def places(self) -> Iterator[Place]:
        """Yield every cell that the label may come from."""
        if self.place is not None:
            yield self.place
        for other in (*self.joined, self.otherwise):
            if other is not None:
                yield from other.places()


@dataclass(frozen=True, slots=True)
class Filter:
    """Keeps the rows whose index part or cell is one of ``codes``; ``there`` False: that lack the cell.

    ``most``: keeps those whose index part is no larger than the number in the cell, if that says more than 0.
    """

    codes: Codes
    part: str = ""
    place: Place | None = None
    there: bool = True
    most: bool = False

    @property
    def loose(self) -> bool:
        """Whether a text may change and still mean the same, so that a change is no reason to walk again."""
        return isinstance(self.codes, Allowed) and not (self.codes.like is None and self.codes.unlike is None)


@dataclass(frozen=True, slots=True)
class Choice(Generic[T_co]):
    """A cell beside a value that says which of several things holds. ``pattern`` finds the code in it.

    ``otherwise`` holds where the device has no such cell.
    """

    place: Place
    of: Mapping[int | str, T_co]
    pattern: re.Pattern[str] | None = None
    otherwise: T_co | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """Scales that agents of a family are known to use; the first that brings a value within the bounds.

    ``until``: the upper bound for the one that is in use.
    """

    of: tuple[Ratio, ...]
    low: float
    high: float
    until: float

    def choose(self, found: Sequence[Sequence[float | Gap]], used: Ratio | None) -> Ratio | None:
        """Return the scale that brings most values within the bounds and fewest above them; None: none does.

        ``found`` are the values by scale. The one that is ``used`` stays until it brings more above them: the
        12 V that float on a lost phase, sent as 120 by a card that counts tenths, are no mains of 120 V.
        """
        if used in self.of and sum(self._mark(one, self.until) for one in found[self.of.index(used)]) >= 0:
            return used
        marks = [[self._mark(one, self.high) for one in values] for values in found]
        sums = [sum(one) for one in marks]
        return self.of[sums.index(max(sums))] if any(map(any, marks)) else None

    def _mark(self, value: float | Gap, high: float) -> int:
        """Return 1 for a value within the bounds, -1 for one above them, 0 for one that tells nothing."""
        if isinstance(value, Gap) or value < self.low:
            return 0
        return 1 if value <= high else -1


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
    pattern: re.Pattern[str] | None = None
    mask: int = 0
    plus: tuple[tuple[Place, Ratio], ...] = ()
    decimals: Place | None = None
    scale: Choice[Ratio] | None = None
    guess: Guess | None = None
    unit: Choice[Quantity] | None = None
    valid: tuple[Place, Codes] | None = None
    fraction: bool = False  # the manual counts it in tenths of the unit or the like
    untested: str = ""

    def places(self) -> Iterator[Place]:
        """Yield every cell that it takes to find and read the value."""
        yield self.place
        yield from (place for place, _ in self.plus)
        yield from (choice.place for choice in (self.scale, self.unit) if choice is not None)
        beside = (self.decimals, self.valid[0] if self.valid is not None else None)
        yield from (place for place in (*beside, *(one.place for one in self.where)) if place is not None)
        for label in self.labels:
            yield from label.places()


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
class TrapWord:
    """What a trap says in our words. ``ask`` False: it is no reason to ask the device."""

    name: str
    ask: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """A text of the device, or the part of it that the first of its patterns finds, or a word for it.

    ``column``: the first row below ``oid`` that gives text. ``text``: what stands there for every device.
    ``enterprise``: the name of who owns the OID that stands there.
    """

    oid: bytes = b""
    patterns: tuple[re.Pattern[str], ...] = ()
    words: Mapping[int | str, str] | None = None
    column: bool = False
    text: str = ""
    enterprise: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """An instance or column that says which family a device is of. ``codes`` None: it need only be there."""

    oid: bytes
    codes: Codes | None = None
    there: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class SnmpProfile:
    """Everything needed to ask one device family and to understand its answers."""

    name: str
    kind: str
    vendor: str
    title: str
    match: tuple[bytes, ...]
    match_descr: tuple[re.Pattern[str], ...]
    probe: tuple[bytes, ...]
    needs: tuple[Evidence, ...]
    lacks: tuple[Evidence, ...]
    roots: tuple[bytes, ...]  # where its trees start, those that do not depend on the device
    generic: bool
    alone: bool  # generic, and no help to a family of its own
    part: bool
    inherit: tuple[str, ...] | None  # None: the generic profiles of the same kind
    relative: bool  # whether OIDs depend on the device's own sysObjectID
    max_varbinds: int | None
    max_repetitions: int | None
    bulk: bool
    least_interval: float
    identity: Mapping[str, tuple[Part, ...]]
    values: tuple[SnmpValue, ...]
    raised: tuple[Raised, ...]
    layers: tuple[SnmpProfile, ...] = ()  # read for what it does not give: its other roots, what it extends
    traps: Mapping[str, TrapWord] = field(default_factory=lambda: MappingProxyType({}))  # by snmpTrapOID
    above: bytes = b""  # below which each model has its root, see ``identifying.number``
    without: frozenset[str] = frozenset()  # metrics that no layer and no generic profile gives instead

    def stack(self) -> Iterator[SnmpProfile]:
        """Yield the profile and its layers, first the one whose points win."""
        yield self
        for layer in self.layers:
            yield from layer.stack()
