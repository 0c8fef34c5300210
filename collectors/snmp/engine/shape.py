"""Answers whose names and types are known from before: every healthy answer to a repeated GET.

Two readers, one result, which is that of ``decode.plain``; what they do not recognise they leave to it.
``by_slot`` slices names and contents out, compares all names and types at once and turns all contents into
numbers at once, for two thirds of the cost. ``by_pattern`` is one match of a compiled pattern, for a third:

    any any  06 n name tag  1 .  |  2 ..  |  3 ...     for a number: as many bytes as its length says
    any any  06 n name tag  length and bytes           for anything else: up to the name that must follow

A pattern takes milliseconds to compile and tens of kilobytes to keep, so a shape gets one when it has been
read often, and only so many have one. Names and types alone are remembered, never widths: those change at
each poll. What opens a varbind (30 and its length) is not looked at: all asked names stand where the inner
lengths lead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from types import EllipsisType, MappingProxyType
from typing import Final, cast
from weakref import WeakSet

from collectors.snmp.engine.many import Together
from collectors.snmp.engine.value import NUMBERS, Tag, Value, value_of

WORTH_A_PATTERN: Final = 64
"""Answers that a shape has read before its pattern is compiled."""
MOST_PATTERNS: Final = 256
"""Shapes with a pattern at one time: some 30 KB each for 60 varbinds."""

_WIDTHS: Final[Mapping[int, tuple[int, ...]]] = MappingProxyType(  # the likely ones first
    {
        **dict.fromkeys(NUMBERS, (2, 1, 4, 3, 5)),
        Tag.INTEGER: (2, 1, 4, 3),
        Tag.COUNTER64: (4, 3, 5, 2, 1, 6, 7, 8, 9),
    }
)
_EMPTY: Final = frozenset((Tag.NULL, Tag.NO_SUCH_OBJECT, Tag.NO_SUCH_INSTANCE, Tag.END_OF_MIB_VIEW))
_SIZES: Final = frozenset(range(1, 9))
_NEGATIVE: Final = b"\x80"
"""Contents of negative numbers are this or sort behind it."""
_patterned: Final[WeakSet[Shape]] = WeakSet()
_from_bytes = int.from_bytes


class Shape:
    """The names and types of an answer, and the slots that need more than a number."""

    __slots__ = (
        "__weakref__",
        "_together",
        "heads",
        "odd",
        "pattern",
        "pick_numbers",
        "pick_signed",
        "reads",
        "signed",
        "sizes",
        "tags",
    )

    def __init__(self, oids: Sequence[bytes], tags: Sequence[int]) -> None:
        self.tags = bytes(tags)
        self.heads = [b"\x06%c%b%c" % (len(oid), oid, tag) for oid, tag in zip(oids, tags, strict=True)]
        self.sizes = [2 + len(head) for head in self.heads]
        self.signed = [slot for slot, tag in enumerate(tags) if tag == Tag.INTEGER]
        self.pick_signed = _picker(self.signed)
        self.pick_numbers = _picker([slot for slot, tag in enumerate(tags) if tag in NUMBERS])
        self.odd = [slot for slot, tag in enumerate(tags) if tag not in NUMBERS]
        self.reads = 0
        self.pattern: re.Pattern[bytes] | None = None
        self._together: Together | EllipsisType | None = ...

    @property
    def together(self) -> Together | None:
        """What reads many answers of this shape at once; None where it cannot. Made when it is needed."""
        if self._together is ...:
            self._together = Together.of(self.heads, self.tags)
        return self._together

    def read(self, data: bytes, pos: int, end: int) -> list[Value] | None:
        """Return the values of an answer of this shape, or None where anything but the values differs."""
        if self.pattern is not None:
            return self.by_pattern(self.pattern, data, pos, end)
        self.reads += 1
        if self.reads % WORTH_A_PATTERN == 0 and len(_patterned) < MOST_PATTERNS:
            self.pattern = self.compiled()
            _patterned.add(self)
        return self.by_slot(data, pos, end)

    def by_pattern(self, pattern: re.Pattern[bytes], data: bytes, pos: int, end: int) -> list[Value] | None:
        """Return the values by one match; None where anything but the values differs, or a width is rare."""
        found = pattern.fullmatch(data, pos, end)
        if found is None:
            return None
        contents: Sequence[bytes] = found.groups()
        if self.odd:
            contents = list(contents)
            for slot in self.odd:
                content = contents[slot]
                if content[0] != len(content) - 1:
                    return None
                contents[slot] = content[1:]
        return self._values(contents)

    def by_slot(self, data: bytes, pos: int, end: int) -> list[Value] | None:
        """Return the values slot by slot; None where anything but the values differs."""
        heads: list[bytes] = []
        contents: list[bytes] = []
        add_head = heads.append
        add_content = contents.append
        try:
            for size in self.sizes:
                length_at = pos + size
                add_head(data[pos + 2 : length_at])
                start = length_at + 1
                pos = start + data[length_at]
                add_content(data[start:pos])
        except IndexError:
            return None
        if pos != end or heads != self.heads:
            return None
        if self.pick_numbers is not None and not _SIZES.issuperset(map(len, self.pick_numbers(contents))):
            return None
        return self._values(contents)

    def _values(self, contents: Sequence[bytes]) -> list[Value]:
        """Return the values with these contents. Numbers among them have a byte at least."""
        values = cast("list[Value]", list(map(_from_bytes, contents)))
        if self.pick_signed is not None and max(self.pick_signed(contents)) >= _NEGATIVE:
            for slot in self.signed:
                if contents[slot] >= _NEGATIVE:
                    values[slot] = _from_bytes(contents[slot], "big", signed=True)
        for slot in self.odd:
            values[slot] = value_of(self.tags[slot], contents[slot])
        return values

    def compiled(self) -> re.Pattern[bytes]:
        """Return the pattern of this shape, a group for each slot. It takes milliseconds."""
        return re.compile(b"".join(self._pieces()), re.DOTALL)

    def _pieces(self) -> Iterator[bytes]:
        heads = [b".." + re.escape(head) for head in self.heads]
        for slot, (tag, head) in enumerate(zip(self.tags, heads, strict=True)):
            yield head
            if tag in NUMBERS:
                yield _number(tag)
            elif tag in _EMPTY:
                yield rb"(\x00)"
            elif slot + 1 < len(heads):
                yield rb"(?>([\x00-\x7f].*?)(?=%b))" % heads[slot + 1]
            else:
                yield rb"([\x00-\x7f].*)"


def _picker(slots: Sequence[int]) -> Callable[[Sequence[bytes]], tuple[bytes, ...]] | None:
    """Return what picks these slots out of all contents; of one slot alone itemgetter makes no tuple."""
    return itemgetter(*slots, slots[0]) if slots else None


def _number(tag: int) -> bytes:
    """Return the pattern of a number's length and, as a group, its content."""
    widths = [rb"(?<=\x%02x)%b" % (width, _content(width)) for width in _WIDTHS[tag]]
    return b".(%b)" % b"|".join(widths)


def _content(width: int) -> bytes:
    return b"." * width if width <= 8 else rb"\x00" * (width - 8) + b"." * 8


@lru_cache(1024)
def shape_of(oids: tuple[bytes, ...], tags: bytes) -> Shape:
    """Return the shape of these names and types: the same object for all devices of a family."""
    return Shape(oids, tags)
