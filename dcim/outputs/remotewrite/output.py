"""The output ``remote_write``: Prometheus remote write 1.0, in the order of time.

block ─▶ in order of time, staleness marked ─┬▶ newer than what was sent of its series ─▶ request
                                             └▶ older: apart, so that its refusal costs the others nothing
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from dcim import __version__
from dcim.late import late
from dcim.notify.channels.http import Url
from dcim.outputs.block import Block, Lines
from dcim.outputs.book import Book
from dcim.outputs.contract import Context, Durable, Later, OutputSettings, Verdict
from dcim.outputs.remotewrite.encode import Encoder
from dcim.outputs.remotewrite.held import Held
from dcim.outputs.remotewrite.judge import judge
from dcim.outputs.remotewrite.stale import Staleness
from dcim.outputs.sift import Reply, Sieve
from dcim.outputs.text import line_of
from dcim.outputs.web import LoginSettings, Web, address, no_path, open_login, unless
from dcim.record import dataclass
from dcim.settings.values.written import fits

cramjam: Any = late("cramjam")

_HEADERS: Final = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
    "User-Agent": f"dcim/{__version__}",
}
_LATE_BUDGET: Final = 32
"""Requests that are spent on samples older than what was sent before: of them mostly all are refused."""


class RemoteWriteSettings(LoginSettings):
    """Keys of a ``remote_write`` output. ``tenant`` is the header X-Scope-OrgID of Mimir and Cortex.

    ``stale``: whether it is said when a series has no value any more.
    """

    url: Annotated[Url, unless(no_path)]
    tenant: Annotated[str, fits(r"[\x21-\x7e]*", "letters, digits and signs of ASCII without a space")] = ""
    stale: bool = True
    samples: int = Field(default=5_000, ge=1, le=100_000)


class RemoteWrite:
    """Writes blocks to one receiver. Fulfils ``dcim.outputs.contract.Output``."""

    def __init__(self, web: Web, url: str, samples: int, *, stale: bool, tenant: str = "") -> None:
        self._web = web
        self._url = url
        self._headers = {**_HEADERS, **({"X-Scope-OrgID": tenant} if tenant else {})}
        self._stale = stale
        self._sieve = Sieve(samples)
        self._late = Sieve(samples, _LATE_BUDGET)
        self._writer: _Writer | None = None
        self._pending: _Pending | None = None

    def send(self, block: Block) -> Verdict:
        """Write a block; samples that are refused for good are in the verdict.

        A block that comes again goes on where it stood: what Prometheus has, it would refuse.
        """
        if self._writer is None or self._writer.book is not block.book:
            self._writer = _Writer(block.book)
        pending = self._pending
        if pending is None or pending.block is not block:
            pending = self._pending = self._prepared(block, self._writer)
        if pending.first is None:
            verdict = self._deliver(self._sieve, pending.lines, pending)
            if not isinstance(verdict, Durable):
                return verdict
            pending.first, pending.resume = verdict, False
        verdict = self._deliver(self._late, pending.late, pending)
        if not isinstance(verdict, Durable):
            return verdict
        self._pending = None
        first = pending.first
        return Durable(first.lines + verdict.lines, (*first.refused, *verdict.refused))

    def close(self) -> None:
        """Close the connections."""
        self._web.close()

    def _prepared(self, block: Block, writer: _Writer) -> _Pending:
        if self._stale:
            lines = writer.held.released(writer.staleness.marked(block))
        else:
            lines = block.lines.only(~np.isnan(block.lines.value)).by_time()
        late = writer.late(lines)
        return _Pending(block, lines.only(~late), lines.only(late))

    def _deliver(self, sieve: Sieve, lines: Lines, pending: _Pending) -> Verdict:
        assert self._writer is not None  # noqa: S101  made by send
        writer = self._writer

        def post(first: int, end: int) -> Reply:
            body = writer.encoder.encode(lines.only(slice(first, end)))
            answer = self._web.post(self._url, bytes(cramjam.snappy.compress_raw(body)), self._headers)
            if isinstance(answer, Later):
                return answer
            return judge(answer.status, answer.headers, answer.text)

        verdict = sieve.deliver(
            len(lines), post, lambda row: line_of(writer.book, lines, row), resume=pending.resume
        )
        pending.resume = True
        if isinstance(verdict, Durable):
            writer.sent(lines)
        return verdict


@dataclass(slots=True, eq=False)
class _Pending:
    """A block under way: what is in order, what is late, and how far it got."""

    block: Block
    lines: Lines
    late: Lines
    first: Durable | None = None
    resume: bool = False


class _Writer:
    """What is kept for one book."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.encoder = Encoder(book)
        self.staleness = Staleness(book)
        self.held = Held()
        self._newest: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def late(self, lines: Lines) -> NDArray[np.bool_]:
        """Return which lines are older than one of the same series that went out before."""
        more = len(self.book) - len(self._newest)
        if more:
            self._newest = np.concatenate([self._newest, np.full(more, -1, dtype=np.int64)])
        return lines.at < self._newest[lines.series]

    def sent(self, lines: Lines) -> None:
        """Note that lines went out, taken or refused: whoever refused one has a newer one."""
        np.maximum.at(self._newest, lines.series, lines.at)


class RemoteWritePlugin:
    """What the entry point ``dcim.outputs: remote_write`` names."""

    name = "remote_write"
    settings_type: type[OutputSettings] = RemoteWriteSettings

    def open(self, settings: RemoteWriteSettings, context: Context) -> RemoteWrite:
        """Return the output; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
        web = open_login(settings, context)
        url = address(settings.url, context, wrong=no_path)
        return RemoteWrite(web, url, settings.samples, stale=settings.stale, tenant=settings.tenant)


plugin = RemoteWritePlugin()
