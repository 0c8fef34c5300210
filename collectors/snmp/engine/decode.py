"""Varbinds of an answer, in one pass.

    30 L  06 n name  tag n content   30 L  06 n name  tag n content   ...
    ^pos                             ^pos + 2 + L

``plain`` reads anything. An answer that names the asked OIDs with the types they had before is read cheaper
by its ``shape``, with the same result.

A value in a varbind whose lengths contradict each other is read if the inner length leads to the next
varbind, and ``Malformed`` if the outer one does. Where neither does, the whole answer makes no sense.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from collectors.snmp.engine.ber import header
from collectors.snmp.engine.value import NUMBERS, Malformed, Tag, Value, value_of
from dcim.model import BadAnswer

Varbinds: TypeAlias = tuple[list[bytes], list[Value], Sequence[int]]
"""Names, values and tags, in parallel."""

_LONG: Final = 0x80  # a length byte from here on is a count of length bytes
_from_bytes = int.from_bytes


def plain(data: bytes, pos: int, end: int) -> Varbinds:
    """Return every varbind between ``pos`` and ``end``. BadAnswer where they cannot be told apart."""
    oids: list[bytes] = []
    values: list[Value] = []
    tags: list[int] = []
    tag_at = start = stop = pos
    while pos < end:
        try:
            outer = data[pos + 1]
            tag_at = pos + 4 + data[pos + 3]
            start = tag_at + 2
            stop = start + data[tag_at + 1]
            usual = stop == pos + 2 + outer and data[pos + 2] == 0x06 and outer < _LONG and stop <= end
        except IndexError:
            usual = False
        if not usual:
            name, tag, value, pos = _careful(data, pos, end)
            oids.append(name)
            values.append(value)
            tags.append(tag)
            continue
        oids.append(data[pos + 4 : tag_at])
        tag = data[tag_at]
        tags.append(tag)
        if tag in NUMBERS and 0 < stop - start < 9:
            number = _from_bytes(data[start:stop])
            if tag == 0x02 and data[start] >= 0x80:
                number -= 1 << 8 * (stop - start)
            values.append(number)
        else:
            values.append(value_of(tag, data[start:stop]))
        pos = stop
    return oids, values, tags


def _careful(data: bytes, pos: int, end: int) -> tuple[bytes, int, Value, int]:
    """Read one varbind with long or contradicting lengths: name, tag, value, and where the next begins."""
    try:
        return _by_lengths(data, pos, end)
    except IndexError:
        msg = "an answer ends in the middle of a varbind"
        raise BadAnswer(msg) from None


def _by_lengths(data: bytes, pos: int, end: int) -> tuple[bytes, int, Value, int]:
    _, inner, outer_stop = header(data, pos)
    name_tag, name_start, name_stop = header(data, inner)
    if name_tag != Tag.OBJECT_IDENTIFIER or name_stop > end:
        msg = "a varbind has no name"
        raise BadAnswer(msg)
    name = data[name_start:name_stop]
    if name_stop == outer_stop and _begins(data, outer_stop, end):
        return name, Tag.NULL, Malformed(Tag.NULL, b""), outer_stop
    tag, start, stop = header(data, name_stop)
    if stop == outer_stop <= end or _begins(data, stop, end):
        return name, tag, value_of(tag, data[start:stop]), stop
    if _begins(data, outer_stop, end) and outer_stop >= start:
        return name, tag, Malformed(tag, data[start:outer_stop]), outer_stop
    msg = "the lengths in a varbind contradict each other"
    raise BadAnswer(msg)


def _begins(data: bytes, pos: int, end: int) -> bool:
    """Whether a varbind can begin here, or the list ends."""
    if pos >= end:
        return pos == end
    if data[pos + 2] == Tag.OBJECT_IDENTIFIER:
        return True
    _, inner, _ = header(data, pos)
    return inner < end and data[inner] == Tag.OBJECT_IDENTIFIER
