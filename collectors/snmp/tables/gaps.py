"""What lies in the trees of a device between known cells: where a walk of the rest goes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from collectors.snmp.answers.cells import Cells
from collectors.snmp.engine import oid

Gap: TypeAlias = tuple[bytes, bytes, bytes]
"""The tree that it lies in, the name that it lies behind, and the one that it ends before; empty: none."""

_Span: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]


def gaps(trees: Iterable[bytes], columns: Iterable[bytes], cells: Cells) -> Iterator[Gap]:
    """Yield what is to be walked of these trees, none of which lies in another.

    Of ``columns`` all rows that the device has are in ``cells``, and of other names those that are there.
    """
    known = sorted(_spans(columns, cells))
    for tree in trees:
        top = oid.parts(tree)
        behind = top
        for first, last in known:
            if first[: len(top)] == top and last > behind:
                if first > behind:
                    yield tree, oid.encode_parts(behind), oid.encode_parts(first)
                behind = last
        yield tree, oid.encode_parts(behind), b""


def _spans(columns: Iterable[bytes], cells: Cells) -> Iterator[_Span]:
    """Yield the first and the last of names between which nothing is unknown."""
    of_columns: set[bytes] = set()
    for column in set(columns):
        names = [name for name in cells.below(column) if len(name) > len(column)]
        if names:
            of_columns.update(names)
            every = sorted(map(oid.parts, names))
            yield every[0], every[-1]
    for name in cells.by_oid.keys() - of_columns:
        if cells.get(name) is not None:
            yield oid.parts(name), oid.parts(name)
