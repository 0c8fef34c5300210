"""The index of a row: from the numbers behind a column to named parts and back (RFC 2578, 7.7). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from collectors.snmp.answers.cells import text_of
from collectors.snmp.dialect.forms import IndexForm
from collectors.snmp.dialect.profile import Place
from collectors.snmp.engine import oid


class Step(NamedTuple):
    """One part of an index: its numbers as they stand in an OID, and what they say."""

    numbers: tuple[int, ...]
    said: int | str


Index: TypeAlias = "Mapping[str, Step]"


def read(place: Place, numbers: tuple[int, ...]) -> Index | None:
    """Return the named parts of a row's index, or None if the row is another table's."""
    names = place.index or ()
    if not place.forms:
        whole = _plain(numbers, len(names))
        return None if whole is None else {n: Step((one,), one) for n, one in zip(names, whole, strict=True)}
    made: dict[str, Step] = {}
    for name, form in zip(names, place.forms, strict=True):
        step = _step(form, numbers)
        if step is None:
            return None
        made[name], numbers = step
    return None if numbers else made


def _plain(parts: tuple[int, ...], length: int) -> tuple[int, ...] | None:
    """Return an index of numbers, or None for another table's. Some agents (EAST) end it with a 0 more."""
    if len(parts) == length:
        return parts
    return parts[:-1] if len(parts) == length + 1 and parts[-1] == 0 else None


def _step(form: IndexForm, numbers: tuple[int, ...]) -> tuple[Step, tuple[int, ...]] | None:
    """Return the first part in this form, and the numbers behind it."""
    if form == "any":
        return Step(numbers, _joined(numbers)), ()
    if form == "implied":
        return _text(numbers, numbers, ())
    if not numbers:
        return None
    if form == "text":
        end = numbers[0] + 1
        return _text(numbers[:end], numbers[1:end], numbers[end:]) if len(numbers) >= end else None
    if len(numbers) < form:
        return None
    first = numbers[:form]
    return Step(first, first[0] if form == 1 else _joined(first)), numbers[form:]


def _text(
    whole: tuple[int, ...], characters: tuple[int, ...], rest: tuple[int, ...]
) -> tuple[Step, tuple[int, ...]] | None:
    if any(number > 255 for number in characters):
        return None
    return Step(whole, text_of(bytes(characters))), rest


def _joined(numbers: Sequence[int]) -> str:
    return ".".join(map(str, numbers))


def at(place: Place | None, index: Index) -> bytes | None:
    """Return the name of the cell at a place on the row with this index."""
    if place is None:
        return None
    if place.index is None:
        return place.oid
    return place.oid + oid.encode_index(_numbers(index[name] for name in place.index))


def _numbers(steps: Iterable[Step]) -> list[int]:
    return [number for step in steps for number in step.numbers]


def shown(index: Index) -> str:
    """Return an index as people write it in a note; nothing for an instance."""
    return f" at {', '.join(f'{name} {step.said}' for name, step in index.items())}" if index else ""


class OnRow(NamedTuple):
    """A row of a column, and the names of the cells beside it that were asked for: each is made once."""

    name: bytes
    steps: Index
    beside: dict[Place | None, bytes | None]

    def at(self, place: Place | None) -> bytes | None:
        """Return the name of the cell at a place on this row."""
        try:
            return self.beside[place]
        except KeyError:
            name = self.beside[place] = at(place, self.steps)
            return name
