"""The columns of a frame as an Arrow IPC stream, packed with zstd, written without a library of tables. Pure.

    schema │ batch: how many rows, where each column lies │ at │ point │ value │ gap │ end

Any reader of Arrow takes it. It is written here because it would be all that a daemon needs polars for, which
takes 40 MB. Our columns never change: so the two messages before the data, FlatBuffers as Arrow has them,
have always the same bytes, but for the numbers in the second.

"Encapsulated message format" of the Arrow columnar format 1.0, and its Message.fbs and Schema.fbs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from dcim.late import late

if TYPE_CHECKING:
    from numpy.typing import NDArray

cramjam: Any = late("cramjam")

_SCHEMA: Final = bytes.fromhex(
    # a message of 272 bytes: version 5, a schema of four columns, written from the last to the first
    "ffffffff10010000 04000000f2ffffff140000000400010000000a000b0008000a000400f8ffffff0c00000008000800"
    "00000400040000009c000000640000003000000004000000"
    # gap: unsigned, 8 bits
    "60ffffff1c000000100000000800000001020000000000009effffff080000000300000067617000"
    # value: floating point, double
    "88ffffff2000000010000000080000000103000000000000faffffff02000600060004000500000076616c7565000000"
    # point: unsigned, 64 bits
    "b8ffffff2400000010000000080000000102000000000000f6ffffff40000000000006000800040005000000706f696e74000000"
    # at: signed, 64 bits
    "ecffffff3800000020000000180000000102000010001200040010001100080000000c0000000000f4ffffff40000000"
    "0100000008000900040008000200000061740000"
)
_MESSAGE: Final = bytes.fromhex("ffffffff20010000 04000000ecffffff")
"""A message of 288 bytes; the length of the data behind it follows."""
_BATCH: Final = bytes.fromhex("14000000040003000c001300100012000c000400e8ffffff")
"""Version 5, a record batch; the number of rows follows."""
_PACKED: Final = bytes.fromhex(
    "ac00000020000000100000000c00180004000c0010001400faffffff010006000500040008000000"
)
"""Packed with zstd; eight buffers follow: of each column which values are there, and the values.

The former are empty: all are there. Behind them stand the four columns, each with how many values it has.
"""
_FOUR: Final = bytes.fromhex("0000000004000000")
_END: Final = bytes.fromhex("ffffffff00000000")

_NUMBERS: Final = Struct("<16sq24sq40s16q8s8q")
_LONG: Final = Struct("<q")
_LEVEL: Final = 3  # what polars takes, and zstd itself
_ALIGNED: Final = 8


def stream(columns: Sequence[NDArray[Any]]) -> bytes:
    """Return a stream of ``at``, ``point``, ``value`` and ``gap``, as little-endian numbers of ``SCHEMA``."""
    rows = len(columns[0])
    packed = [
        _LONG.pack(one.nbytes) + bytes(cramjam.zstd.compress(one.tobytes(), level=_LEVEL)) for one in columns
    ]
    body = [one + bytes(-len(one) % _ALIGNED) for one in packed]
    begins = accumulate(map(len, body), initial=0)
    places = [number for one, at in zip(packed, begins, strict=False) for number in (at, 0, at, len(one))]
    nodes = [rows, 0] * len(columns)
    length = sum(map(len, body))
    batch = _NUMBERS.pack(_MESSAGE, length, _BATCH, rows, _PACKED, *places, _FOUR, *nodes)
    return b"".join((_SCHEMA, batch, *body, _END))
