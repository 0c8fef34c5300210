"""Which texts of a device its profiles need as they are: states, units, what tells rows, its model. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from collectors.snmp.answers.cells import Cells, code_of
from collectors.snmp.dialect import patterns
from collectors.snmp.dialect.profile import Evidence, Filter, Label, Place, SnmpProfile, SnmpValue
from collectors.snmp.tables.rows import Finder
from dcim.record import dataclass

Test: TypeAlias = "Callable[[str], object]"
"""What a profile makes of a text; only whether that is the same of another text counts."""

_KEPT = ("vendor", "model", "firmware")


@dataclass(frozen=True, slots=True)
class Needed:
    """``cells`` are read, and what stands ``below`` these columns; ``tests`` look at texts below a column."""

    cells: frozenset[bytes] = frozenset()
    below: tuple[bytes, ...] = ()
    tests: tuple[tuple[bytes, Test], ...] = ()

    def __contains__(self, name: bytes) -> bool:
        """Whether a cell is needed as it is."""
        return name in self.cells or name.startswith(self.below)

    def same(self, name: bytes, before: str, after: str) -> bool:
        """Whether the profiles make the same of a cell whichever of the two texts stands in it."""
        return all(test(before) == test(after) for column, test in self.tests if name.startswith(column))


def needed(profiles: Sequence[SnmpProfile], cells: Cells) -> Needed:
    """Return what these profiles need of these cells."""
    read = {
        name
        for candidate in Finder(cells).candidates(profiles)
        if candidate.raised is None and candidate.present(cells)
        for name in candidate.oids
    }
    layers = [layer for profile in profiles for layer in profile.stack()]
    parts = [part for layer in layers for key in _KEPT for part in layer.identity.get(key, ()) if part.oid]
    values = [value for layer in layers for value in layer.values]
    below = {part.oid for part in parts} | {place.oid for value in values for place in _factors(value)}
    return Needed(frozenset(read), tuple(below), tuple(_tests(layers, values)))


def _factors(value: SnmpValue) -> Iterator[Place]:
    if value.decimals is not None:
        yield value.decimals
    if value.scale is not None:
        yield value.scale.place


def _tests(layers: Sequence[SnmpProfile], values: Sequence[SnmpValue]) -> Iterator[tuple[bytes, Test]]:
    evidence: Iterable[Evidence | Filter] = [e for layer in layers for e in (*layer.needs, *layer.lacks)]
    filters = {id(one): one for value in values for one in value.where}.values()
    every = (one for value in values for label in value.labels for one in _every(label))
    labels = {id(one): one for one in every}.values()
    for one in (*evidence, *filters):
        found = _filter(one)
        if found is not None:
            yield found
    for value in values:
        absent = frozenset(one for one in value.value.absent if isinstance(one, str))
        if absent:
            yield value.place.oid, absent.__contains__
    for label in labels:
        if label.place is not None and (label.pattern or label.words is not None):
            yield label.place.oid, _label(label)


def _every(label: Label) -> Iterator[Label]:
    yield label
    for other in (*label.joined, label.otherwise):
        if other is not None:
            yield from _every(other)


def _filter(one: Evidence | Filter) -> tuple[bytes, Test] | None:
    column = one.oid if isinstance(one, Evidence) else one.place.oid if one.place is not None else None
    codes = one.codes
    return None if column is None or codes is None else (column, lambda text: code_of(text) in codes)


def _label(label: Label) -> Test:
    def test(text: str) -> object:
        found = text if label.pattern is None else patterns.part(label.pattern, text)
        if label.words is None:
            return bool(found)
        return label.words.get(code_of(found)) if found else None

    return test
