"""Frames: bytes that prove themselves. Pure.

    DCR1 │ kind │ lengths │ crc │ content, packed
           H Z    zlib, zstd: quick, while the daemon polls
           h b    xz: small, where a recording is to be kept for long
           B      zlib: blocks of an older daemon

The checksum covers all but itself. What is wrong is told with the file and the offset of its frame.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Iterator
from struct import Struct
from typing import Any, Final

from dcim.late import late
from dcim.model import DcimError

cramjam: Any = late("cramjam")

MAGIC: Final = b"DCR1"
FRAME: Final = Struct("<4s1sIII")
HEAD, BLOCK = b"H", b"B"
_ZSTD: Final = b"Z"
_SMALL: Final = {HEAD: b"h", BLOCK: b"b"}
_KINDS: Final = {b"H": HEAD, b"h": HEAD, b"B": BLOCK, b"b": BLOCK, _ZSTD: BLOCK}
MOST: Final = 256 * 1024**2
"""Bytes of the content of one frame, unpacked; more is nonsense."""

_QUICK: Final = 1


class Damaged(DcimError):
    """A file of a recording is not what it was when it was written. Says file and offset."""

    def __init__(self, path: str, offset: int, what: str) -> None:
        self.path, self.offset, self.what = path, offset, what
        super().__init__(f"{path}: offset {offset}: {what}")

    def __reduce__(self) -> tuple[type[Damaged], tuple[str, int, str]]:
        """Go from one process to another as what it was made of."""
        return Damaged, (self.path, self.offset, self.what)


def frame(kind: bytes, content: bytes, *, small: bool = False) -> bytes:
    """Return one frame; the work of a thread, as it packs."""
    if small:
        kind, packed = _SMALL[kind], lzma.compress(content, check=lzma.CHECK_NONE)
    elif kind == BLOCK:
        kind, packed = _ZSTD, bytes(cramjam.zstd.compress(content, level=_QUICK))
    else:
        packed = zlib.compress(content)
    bare = FRAME.pack(MAGIC, kind, len(content), len(packed), 0)[:-4]
    return b"".join((bare, zlib.crc32(packed, zlib.crc32(bare)).to_bytes(4, "little"), packed))


def frames(data: bytes, path: str) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield offset, kind and content of each frame. Raise ``Damaged`` at the first one that is not whole."""
    at = 0
    while at < len(data):
        if len(data) - at < FRAME.size:
            raise Damaged(path, at, "the file ends within a frame")
        magic, kind, size, packed, crc = FRAME.unpack_from(data, at)
        body = data[at + FRAME.size : at + FRAME.size + packed]
        if magic != MAGIC or size > MOST:
            raise Damaged(path, at, "no frame of a recording begins here")
        if len(body) < packed:
            raise Damaged(path, at, "the file ends within a frame")
        if zlib.crc32(body, zlib.crc32(data[at : at + FRAME.size - 4])) != crc:
            raise Damaged(path, at, "the bytes are not those that were written (checksum)")
        if kind not in _KINDS:
            raise Damaged(path, at, f"a frame of an unknown kind {kind!r}")
        yield at, _KINDS[kind], _unpacked(kind, body, size, path, at)
        at += FRAME.size + packed


def _unpacked(kind: bytes, body: bytes, size: int, path: str, at: int) -> bytes:
    try:
        if kind == _ZSTD:
            content = _of_zstd(body, size)
        elif kind.islower():
            content = lzma.LZMADecompressor(memlimit=MOST).decompress(body, size + 1)
        else:
            content = zlib.decompressobj().decompress(body, size + 1)
    except (zlib.error, lzma.LZMAError, EOFError, cramjam.DecompressionError) as error:
        raise Damaged(path, at, f"it cannot be unpacked: {error}") from error
    if len(content) != size:
        raise Damaged(path, at, "it does not unpack to its length")
    return content


def _of_zstd(body: bytes, size: int) -> bytes:
    """Unpack into so many bytes and no more."""
    content = bytearray(size)
    return bytes(memoryview(content)[: cramjam.zstd.decompress_into(body, content)])


def cut_off(data: bytes, at: int) -> bool:
    """Whether a frame at this offset is good as far as it goes, and the file ends within it."""
    if len(data) - at < FRAME.size:
        return MAGIC.startswith(data[at : at + 4]) if len(data) - at < 4 else data[at : at + 4] == MAGIC
    magic, _, _, packed, _ = FRAME.unpack_from(data, at)
    return bool(magic == MAGIC and at + FRAME.size + packed > len(data))
