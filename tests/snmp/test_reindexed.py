"""The same device with its rows under other numbers, or with a row twice: no number becomes another one.

Agents number rows anew when they restart, when a part is changed or a probe is plugged in elsewhere; some tell a row
that was twice until they do. Index parts that mean something (a kind of sensor, a phase) stay what they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest

from collectors.snmp.answers import recording
from collectors.snmp.answers.cells import Cells
from collectors.snmp.dialect.library import SHIPPED, Library
from collectors.snmp.dialect.profile import Label, SnmpProfile, SnmpValue
from collectors.snmp.engine import oid
from collectors.snmp.recordings.offline import decode_cells, profiles_for
from dcim.collect import Decoded
from tests.snmp.test_mutations import numbers

IMAGES = sorted(SHIPPED.glob("*/*.snmprec"))
Spot: TypeAlias = tuple[bytes, int]
"""A column, and which part of the index behind it."""


class Numbered(NamedTuple):
    """A cell whose index has parts that are numbers and nothing more: where they stand, and the group of each."""

    name: bytes
    parts: tuple[int, ...]
    free: tuple[tuple[int, Spot], ...]


class Groups:
    """Which index parts are one and the same number: parts of a name in one point, and of one table."""

    def __init__(self, profiles: Iterable[SnmpProfile]) -> None:
        self.columns: dict[bytes, int] = {}
        self._above: dict[Spot, Spot] = {}
        meaning: set[Spot] = set()
        instances: set[bytes] = set()
        for value in (one for profile in profiles for layer in profile.stack() for one in layer.values):
            named = self._join(value, instances, meaning)
            meaning |= {named[part] for part in _telling(value) if part in named}
        tables: dict[tuple[tuple[int, ...], int, int], Spot] = {}
        for column, length in self.columns.items():
            for at in range(length):
                first = tables.setdefault((oid.parts(column)[:-1], length, at), (column, at))
                self._above[self.group((column, at))] = self.group(first)
                if any(one.startswith(column) for one in instances):
                    meaning.add((column, at))
        self._meaning = {self.group(spot) for spot in meaning}

    def group(self, spot: Spot) -> Spot:
        """Return the first of all parts that are one with this one."""
        while (above := self._above.setdefault(spot, spot)) != spot:
            spot = above
        return spot

    def of(self, cells: Cells) -> Iterator[Numbered]:
        """Yield the cells of tables with the parts of their index that may be any number."""
        for name in cells.by_oid:
            parts = oid.parts(name)
            for column, length in self.columns.items():
                behind = len(parts) - len(oid.parts(column))
                if name.startswith(column) and behind in (length, length + 1):
                    spots = [(column, at) for at in range(length)]
                    groups = [(len(parts) - behind + at, self.group(one)) for at, one in enumerate(spots)]
                    free = tuple(one for one in groups if one[1] not in self._meaning)
                    if free:
                        yield Numbered(name, parts, free)
                    break

    def _join(self, value: SnmpValue, instances: set[bytes], meaning: set[Spot]) -> dict[str, Spot]:
        named: dict[str, Spot] = {}
        for place in value.places():
            if place.index is None:
                instances.add(place.oid)
                continue
            self.columns[place.oid] = len(place.index)
            for at, part in enumerate(place.index):
                first = named.setdefault(part, (place.oid, at))
                self._above[self.group((place.oid, at))] = self.group(first)
                if place.forms or value.rows:
                    meaning.add((place.oid, at))
        return named


def _telling(value: SnmpValue) -> Iterator[str]:
    """Yield the index parts whose number says what a row is, or of which a word is made."""
    yield from (one.part for one in value.where if one.part)
    for label in value.labels:
        yield from _worded(label)


def _worded(label: Label) -> Iterator[str]:
    if label.words is not None or label.pattern is not None:
        yield from label.parts
    for other in (*label.joined, label.otherwise):
        if other is not None:
            yield from _worded(other)


def renumbered(
    cells: Cells, rows: Sequence[Numbered], how: Callable[[int, Sequence[int]], int], *, keep: bool = False
) -> tuple[Cells, dict[str, str]]:
    """Return the device with other numbers behind its columns, and where each cell of them stood.

    ``how`` makes the new number from the old one and all that the same part has; ``keep``: the rows that were
    stay beside the new ones, of which the last part alone is new.
    """
    seen: dict[Spot, set[int]] = {}
    for row in rows:
        for at, group in row.free:
            seen.setdefault(group, set()).add(row.parts[at])
    moved = {row.name for row in rows}
    made = {name: cell for name, cell in cells.by_oid.items() if keep or name not in moved}
    stood: dict[str, str] = {}
    for row in rows:
        parts = list(row.parts)
        for at, group in row.free[-1:] if keep else row.free:
            parts[at] = how(parts[at], sorted(seen[group]))
        name = oid.encode_parts(tuple(parts))
        made[name] = cells.by_oid[row.name]
        stood[oid.text(name)] = oid.text(row.name)
    return Cells(made), stood


def elsewhere(number: int, _: Sequence[int]) -> int:
    return number + 7


def mirrored(number: int, all_of_them: Sequence[int]) -> int:
    return all_of_them[0] + all_of_them[-1] - number


def again(number: int, _: Sequence[int]) -> int:
    return number + 500


def others(before: Decoded, after: Decoded, stood: dict[str, str]) -> list[str]:
    """The cells whose number is another one than where they stood before, or that were none there."""
    known = numbers(before)
    return [
        f"{source}: {sorted(known.get(stood.get(source, source), ()))} -> {sorted(said)}"
        for source, said in sorted(numbers(after).items())
        if not said <= known.get(stood.get(source, source), set())
    ]


def doubled(decoded: Decoded) -> list[object]:
    """The points that are told twice."""
    points = Counter((point.metric, point.labels) for one in decoded.batches for point in one.layout.points)
    return [point for point, times in points.items() if times > 1]


@pytest.mark.long
@pytest.mark.parametrize("how", [elsewhere, mirrored])
def test_a_device_whose_rows_have_other_numbers_says_the_same_numbers(
    how: Callable[[int, Sequence[int]], int], shipped: Library
) -> None:
    """Pains: A5, A6: not one is lost, either."""
    changed, tried = {}, 0
    for path in IMAGES:
        cells = recording.read(path)
        profiles = profiles_for(cells, shipped)
        own = [profile.name for profile in profiles]
        rows = list(Groups(profiles).of(cells))
        if not rows:
            continue
        after, stood = renumbered(cells, rows, how)
        whole, found = decode_cells(cells, shipped, own), decode_cells(after, shipped, own)
        tried += 1
        odd = [*others(whole, found, stood), *doubled(found)]
        if odd or len(numbers(found)) != len(numbers(whole)):
            changed[_name(path)] = odd
    assert not changed
    assert tried > 100


@pytest.mark.long
def test_a_row_that_is_told_twice_is_the_same_row_or_none(shipped: Library) -> None:
    """Pains: A5: two rows with one name are refused; no point is there twice."""
    changed, tried = {}, 0
    for path in IMAGES:
        cells = recording.read(path)
        profiles = profiles_for(cells, shipped)
        own = [profile.name for profile in profiles]
        rows = list(Groups(profiles).of(cells))
        if not rows:
            continue
        after, stood = renumbered(cells, rows, again, keep=True)
        whole, found = decode_cells(cells, shipped, own), decode_cells(after, shipped, own)
        tried += 1
        if odd := [*others(whole, found, stood), *doubled(found)]:
            changed[_name(path)] = odd
    assert not changed
    assert tried > 100


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"
