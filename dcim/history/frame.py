"""A frame: up to a second of readings as bytes that prove themselves. Pure.

    magic  counts  lengths  time range  crc │ assets (crc32 each, sorted) │ Arrow IPC stream, zstd
    ─────────────── 36 bytes ────────────── │ 4 bytes a device            │ at, point, value, gap

The checksum covers all but itself. The list of assets lets a query step over frames without unpacking.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from struct import Struct
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from dcim.history.arrow import stream
from dcim.history.columns import pl, types
from dcim.late import np
from dcim.model import Batch, GapReason
from dcim.record import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC: Final = b"DCF1"
HEADER: Final = Struct("<4sIIIqqI")

SCHEMA: Final = MappingProxyType({"at": "Int64", "point": "UInt64", "value": "Float64", "gap": "UInt8"})
"""Columns and their types. ``at`` is UTC milliseconds since 1970; ``value`` NaN where ``gap`` is not 0."""

GAP_CODES: Final[Mapping[str, int]] = MappingProxyType(
    {
        GapReason.ABSENT.value: 1,
        GapReason.OUT_OF_RANGE.value: 2,
        GapReason.UNKNOWN_CODE.value: 3,
        GapReason.MALFORMED.value: 4,
        GapReason.REFUSED.value: 5,
        GapReason.DEADLINE.value: 6,
        GapReason.NO_ANSWER.value: 7,
    }
)
"""The number that stands for a gap's reason in files. Never change one: old files keep theirs."""

GAP_UNSAID: Final = 255
"""NaN for which nobody gave a reason."""

GAP_REASONS: Final[Mapping[int, GapReason]] = MappingProxyType(
    {code: GapReason(reason) for reason, code in GAP_CODES.items()}
)


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before a frame. Times are UTC milliseconds."""

    assets: int
    payload: int
    rows: int
    first_at: int
    last_at: int
    crc: int

    @property
    def size(self) -> int:
        """Return the length of the whole frame in bytes."""
        return HEADER.size + 4 * self.assets + self.payload


def asset_code(asset: str) -> int:
    """Return the number that stands for a device in the list of a frame."""
    return crc32(asset.encode())


def table(batches: Sequence[Batch]) -> pl.DataFrame:
    """Return batches as columns, in their order."""
    return pl.DataFrame(dict(zip(SCHEMA, _columns(batches), strict=True)), schema=types(SCHEMA))


def _columns(batches: Sequence[Batch]) -> tuple[NDArray[Any], ...]:
    """Return the columns of ``SCHEMA``: the work is per batch and per gap, not per reading."""
    lengths = np.array([len(batch.values) for batch in batches], dtype=np.int64)
    value = np.frombuffer(b"".join([batch.values for batch in batches]), dtype=np.float64)
    point = np.frombuffer(b"".join([batch.layout.ids for batch in batches]), dtype=np.uint64)
    at = np.rint(np.array([batch.at for batch in batches]) * 1000.0).astype(np.int64)
    return np.repeat(at, lengths), point, value, _gaps(batches, lengths, value)


def _gaps(
    batches: Sequence[Batch], lengths: NDArray[np.int64], value: NDArray[np.float64]
) -> NDArray[np.uint8]:
    gaps = np.zeros(len(value), dtype=np.uint8)
    starts = (np.cumsum(lengths) - lengths).tolist()
    for start, batch in zip(starts, batches, strict=True):
        for slot, gap in batch.gaps.items():
            gaps[start + slot] = GAP_CODES[gap.reason._value_]
    gaps[np.isnan(value) & (gaps == 0)] = GAP_UNSAID
    return gaps


def encode(batches: Sequence[Batch]) -> bytes:
    """Return one frame that holds these batches, which are not empty."""
    columns = _columns(batches)
    codes = sorted({asset_code(batch.layout.asset) for batch in batches})
    assets = np.array(codes, dtype="<u4").tobytes()
    payload = stream(columns)
    times = [round(batch.at * 1000.0) for batch in batches]
    bare = HEADER.pack(MAGIC, len(codes), len(payload), len(columns[0]), min(times), max(times), 0)[:-4]
    crc = crc32(payload, crc32(assets, crc32(bare)))
    return b"".join((bare, crc.to_bytes(4, "little"), assets, payload))


def parse_header(data: bytes) -> Header | None:
    """Read the first bytes of a frame; None when no frame begins here."""
    if len(data) < HEADER.size:
        return None
    magic, assets, payload, rows, first_at, last_at, crc = HEADER.unpack_from(data)
    return Header(assets, payload, rows, first_at, last_at, crc) if magic == MAGIC else None


def is_whole(header: Header, frame: bytes) -> bool:
    """Say whether a frame holds all its bytes, unchanged."""
    body = memoryview(frame)[HEADER.size : header.size]
    return len(frame) >= header.size and crc32(body, crc32(frame[: HEADER.size - 4])) == header.crc


def assets_of(header: Header, frame: bytes) -> NDArray[np.uint32]:
    """Return the codes of the devices that a frame speaks of, sorted."""
    return np.frombuffer(frame, dtype="<u4", count=header.assets, offset=HEADER.size)


def decode(header: Header, frame: bytes) -> pl.DataFrame:
    """Return the readings of a whole frame as columns ``SCHEMA``."""
    start = HEADER.size + 4 * header.assets
    return pl.read_ipc_stream(io.BytesIO(frame[start : header.size]))
