"""An output that speaks line protocol, over whichever API: encodes, sends, and makes sense of the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, TypeAlias
from zlib import Z_BEST_SPEED, compressobj

import numpy as np

from dcim.outputs.block import Block, Lines
from dcim.outputs.book import Book
from dcim.outputs.contract import Durable, Later, Verdict
from dcim.outputs.influxdb.encode import Encoder
from dcim.outputs.influxdb.judge import judge
from dcim.outputs.sift import Reply, Sieve
from dcim.outputs.web import Answer

MOST_LINES: Final = 50_000
"""Lines of one request: 7 MB. InfluxDB takes 25 MB by default (``max-body-size``), a proxy may take less."""

_GZIP: Final = 31  # zlib: a gzip header and the largest window


class Api(Protocol):
    """One way to post a body of line protocol. ``encoding`` is empty or ``gzip``."""

    def write(self, body: bytes, encoding: str) -> Answer | Later:
        """Post it; return the answer, or why there was none."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


_Cut: TypeAlias = Callable[[int, int], bytes]


class LineProtocol:
    """Writes blocks through an API. Fulfils ``dcim.outputs.contract.Output``."""

    def __init__(self, api: Api, *, gzip: bool, most: int = MOST_LINES) -> None:
        self._api = api
        self._gzip = gzip
        self._sieve = Sieve(most)
        self._encoder: tuple[Book, Encoder] | None = None
        self._pending: tuple[Block, _Cut, int] | None = None

    def send(self, block: Block) -> Verdict:
        """Write a block; lines that are refused for good are in the verdict. One that comes again goes on."""
        resume = self._pending is not None and self._pending[0] is block
        if self._pending is None or not resume:
            lines = block.lines.said()
            self._pending = block, _cutter(self._encode(block.book, lines), len(lines)), len(lines)
        _, cut, count = self._pending

        def post(first: int, end: int) -> Reply:
            answer = self._write(cut(first, end))
            if isinstance(answer, Later):
                return answer
            return judge(answer.status, answer.headers, answer.text, end - first)

        def text(row: int) -> str:
            return cut(row, row + 1).decode().rstrip("\n")

        verdict = self._sieve.deliver(count, post, text, resume=resume)
        if isinstance(verdict, Durable):
            self._pending = None
        return verdict

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _encode(self, book: Book, lines: Lines) -> bytes:
        if self._encoder is None or self._encoder[0] is not book:
            self._encoder = book, Encoder(book)
        return self._encoder[1].encode(lines)

    def _write(self, body: bytes) -> Answer | Later:
        if not self._gzip:
            return self._api.write(body, "")
        packer = compressobj(Z_BEST_SPEED, wbits=_GZIP)
        return self._api.write(packer.compress(body) + packer.flush(), "gzip")


def _cutter(body: bytes, count: int) -> _Cut:
    """Return what cuts lines out of a body; where they end is looked for when that is first asked."""
    ends: list[int] = []

    def cut(first: int, end: int) -> bytes:
        if (first, end) == (0, count):
            return body
        if not ends:
            found = np.flatnonzero(np.frombuffer(body, dtype=np.uint8) == 0x0A) + 1
            ends.extend([0, *found.tolist()])
        return body[ends[first] : ends[end]]

    return cut
