"""Which reads bring the wanted registers with the fewest questions. Pure.

    wanted   ##..#####......##    (two addresses, one value of five words, ...)
    reads    [-------]      []    across a small gap, never over the limit, never over a hole

A value of several words is never split between two reads: it could change in between (C4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from collectors.modbus.transport.contract import Read, Space
from dcim.record import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """What a device allows in one read: most registers, most bits, how many unused ones to read across."""

    registers: int = 125
    bits: int = 2000
    gap: int = 8

    def widest(self, space: Space) -> int:
        """Return the most addresses in one read of a space."""
        return min(self.registers if space.has_words else self.bits, space.limit)

    def across(self, space: Space) -> int:
        """Return how many unused addresses may be read to save a question; bits are sixteen times cheaper."""
        return self.gap if space.has_words else 16 * self.gap


@dataclass(frozen=True, slots=True)
class Holes:
    """Addresses that must not be read: known from the manual, or learned from refusals."""

    by_space: Mapping[Space, frozenset[int]] = field(default_factory=lambda: MappingProxyType({}))

    def touched_by(self, read: Read) -> bool:
        """Whether a read covers a hole."""
        holes = self.by_space.get(read.space)
        return bool(holes) and any(at in holes for at in range(read.start, read.stop))  # type: ignore[operator]

    def with_read(self, read: Read) -> Holes:
        """Return these holes and every address of a read."""
        more = self.by_space.get(read.space, frozenset()).union(range(read.start, read.stop))
        return Holes(MappingProxyType({**self.by_space, read.space: more}))


def merge(wanted: Iterable[Read], limits: Limits, holes: Holes) -> tuple[Read, ...]:
    """Return the reads that cover everything wanted, in the order of addresses.

    Each wanted read lies inside exactly one of them. Wanted reads that touch a hole, or are wider than the
    device allows, are the caller's mistake: they are left out.
    """
    merged: list[Read] = []
    for read in sorted(set(wanted)):
        if holes.touched_by(read) or read.count > limits.widest(read.space):
            continue
        wider = _joined(merged[-1], read, limits) if merged else None
        if wider is None or holes.touched_by(wider):
            merged.append(read)
        else:
            merged[-1] = wider
    return tuple(merged)


def _joined(left: Read, right: Read, limits: Limits) -> Read | None:
    """Return one read for both, or None when the gap or the sum is too wide."""
    if left.space is not right.space or right.start - left.stop > limits.across(left.space):
        return None
    count = max(left.stop, right.stop) - left.start
    return Read(left.space, left.start, count) if count <= limits.widest(left.space) else None


def halves(read: Read, wanted: Collection[Read]) -> tuple[tuple[Read, ...], tuple[Read, ...]]:
    """Part the wanted reads inside a refused one in two, to find the hole among them."""
    inside = sorted(part for part in wanted if covers(read, part))
    middle = len(inside) // 2
    return tuple(inside[:middle]), tuple(inside[middle:])


def covers(read: Read, part: Read) -> bool:
    """Whether a read brings all of another."""
    return read.space is part.space and read.start <= part.start and part.stop <= read.stop
