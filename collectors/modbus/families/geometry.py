"""Where the registers of a family stand in one image, whatever reads they were asked with. Pure.

reads of this poll   [holding 1024..1057]  [holding 1408]
                           | copied              |
image                [##########....####][##]          two bytes a register, one a bit
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from collectors.modbus.families.family import Place
from collectors.modbus.families.plan import Holes, Limits, covers, merge
from collectors.modbus.families.registers import Reader, reader, spread
from collectors.modbus.transport.contract import Read
from dcim.profile import Raw

_WIDE: Final = Limits(125, 2000, 8)


class Geometry:
    """Where the addresses of the wanted reads stand in an image."""

    def __init__(self, wanted: Iterable[Read]) -> None:
        self._segments: dict[Read, int] = {}
        self._copies: dict[Read, list[tuple[int, int, int, int]]] = {}
        self.size = 0
        for segment in merge(wanted, _WIDE, Holes()):
            self._segments[segment] = self.size
            self.size += _width(segment) * segment.count

    def offset(self, read: Read) -> int:
        """Return where the first byte of a wanted read stands."""
        for segment, at in self._segments.items():
            if covers(segment, read):
                return at + _width(read) * (read.start - segment.start)
        raise LookupError(read)

    def put(self, image: bytearray, read: Read, payload: bytes) -> None:
        """Copy what a read brought to where it belongs; what nobody wants is dropped."""
        copies = self._copies.get(read)
        if copies is None:
            copies = self._copies[read] = self._plan_copies(read)
        raw = payload if read.space.has_words else spread(payload, read.count)
        for first, last, at, end in copies:
            image[at:end] = raw[first:last]

    def _plan_copies(self, read: Read) -> list[tuple[int, int, int, int]]:
        copies: list[tuple[int, int, int, int]] = []
        width = _width(read)
        for segment, at in self._segments.items():
            start, stop = max(segment.start, read.start), min(segment.stop, read.stop)
            if segment.space is read.space and start < stop:
                first = width * (start - read.start)
                last = width * (stop - read.start)
                to = at + width * (start - segment.start)
                copies.append((first, last, to, to + last - first))
        return copies


def _width(read: Read) -> int:
    return 2 if read.space.has_words else 1


_byte: Final[Reader] = lambda image, at: image[at]  # noqa: E731


def reader_of(place: Place) -> Reader:
    """Return what reads the raw value of a place from an image."""
    return reader(place.coding) if place.read.space.has_words else _byte


def raw_at(place: Place, read: Read, payload: bytes) -> Raw:
    """Return the raw value at a place inside what a read brought."""
    if not place.read.space.has_words:
        return spread(payload, read.count)[place.read.start - read.start]
    return reader(place.coding)(payload, 2 * (place.read.start - read.start))
