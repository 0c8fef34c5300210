"""The message of remote write 1.0 as bytes. Pure.

message WriteRequest { repeated TimeSeries timeseries = 1; }
message TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2; }
message Label        { string name = 1; string value = 2; }
message Sample       { double value = 1; int64 timestamp = 2; }       milliseconds

0a len labels 12 10 09 │ value 10 timestamp        one sample a series, so that nothing but a series
└── kept a series ────┘└─ 15 bytes a sample ┘      and its place in time has to be in order
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dcim.outputs.block import Lines
from dcim.outputs.book import Book, Series

STALE: Final[float] = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
"""The NaN by which Prometheus says that a series has no value from then on (``value.StaleNaN``)."""

STALE_BITS: Final = 0x7FF0000000000002
_SIX: Final = (1 << 35, 1 << 42)
"""Timestamps whose varint has six bytes: from 1971 to 2109."""

_SAMPLE: Final = 16  # bytes of a sample with such a timestamp


def varint(number: int) -> bytes:
    """Return a number of base 128, least significant group first; a negative one in ten bytes."""
    number &= (1 << 64) - 1
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _text(tag: int, text: str) -> bytes:
    raw = text.encode()
    return bytes([tag]) + varint(len(raw)) + raw


def labels_of(series: Series) -> bytes:
    """Return the labels of a series, sorted by name as the receiver wants them."""
    pairs = sorted({"__name__": series.name, **series.labels}.items())
    return b"".join(_label(name, value) for name, value in pairs)


@lru_cache(1 << 14)
def _label(name: str, value: str) -> bytes:
    label = _text(0x0A, name) + _text(0x12, value)
    return b"\x0a" + varint(len(label)) + label


class Encoder:
    """Writes lines of one book; the labels of a series are written once."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._labels: list[bytes] = []
        self._heads: list[bytes] = []

    def encode(self, lines: Lines) -> bytes:
        """Return a request with one sample for each line, in their order; NaN is a marker of staleness."""
        self._learn()
        bits = lines.value.view(np.uint64).copy()
        bits[np.isnan(lines.value)] = STALE_BITS
        if not len(lines) or ((lines.at >= _SIX[0]).all() and (lines.at < _SIX[1]).all()):
            return self._quick(lines, bits)
        rows = zip(lines.series.tolist(), bits.tolist(), lines.at.tolist(), strict=True)
        return b"".join(self._one(series, value, at) for series, value, at in rows)

    def _quick(self, lines: Lines, bits: NDArray[np.uint64]) -> bytes:
        count = len(lines)
        tails = np.empty((count, 15), dtype=np.uint8)
        tails[:, :8] = bits.astype("<u8").view(np.uint8).reshape(count, 8)
        tails[:, 8] = 0x10
        for group in range(6):
            tails[:, 9 + group] = (lines.at >> (7 * group)) & 0x7F | (0x80 if group < 5 else 0)
        raw = tails.tobytes()
        parts = [b""] * (2 * count)
        parts[0::2] = map(self._heads.__getitem__, lines.series.tolist())
        parts[1::2] = [raw[at : at + 15] for at in range(0, 15 * count, 15)]
        return b"".join(parts)

    def _one(self, series: int, value: int, at: int) -> bytes:
        sample = b"\x09" + struct.pack("<Q", value) + b"\x10" + varint(at)
        body = self._labels[series] + b"\x12" + varint(len(sample)) + sample
        return b"\x0a" + varint(len(body)) + body

    def _learn(self) -> None:
        for number in range(len(self._labels), len(self._book)):
            labels = labels_of(self._book.series(number))
            self._labels.append(labels)
            length = varint(len(labels) + 2 + _SAMPLE)
            self._heads.append(b"\x0a" + length + labels + bytes([0x12, _SAMPLE, 0x09]))
