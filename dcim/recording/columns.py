"""Rows as columns of numbers, and back: quick to write, and like stands beside like. Pure.

    letters "Hd"   rows (1, 2.5), (2, 3.5)   ─▶   01 00 02 00  2.5 3.5

A letter is one of ``struct``, all of them little-endian.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from struct import calcsize, pack, unpack_from
from typing import Any


def packed(letters: str, columns: Iterable[Sequence[Any]]) -> bytes:
    """Return columns one after the other; there is one for each letter, all of them as long."""
    pairs = zip(letters, columns, strict=True)
    return b"".join([pack(f"<{len(column)}{letter}", *column) for letter, column in pairs])


def unpacked(letters: str, count: int, data: bytes, at: int) -> tuple[Iterator[tuple[Any, ...]], int]:
    """Return the ``count`` rows whose columns begin there, and where they end. Raise ``struct.error``."""
    columns: list[tuple[Any, ...]] = []
    for letter in letters:
        columns.append(unpack_from(f"<{count}{letter}", data, at))
        at += calcsize(f"<{count}{letter}")
    return zip(*columns, strict=True), at
