"""All lines of a scrape as columns, one family after the other. Pure.

    newest batches ── values, NaN where stale ──┐
    line: family │ place of its value │ code ───┴─▶ said ─▶ start + tail + value, as text

    dcim_pdu_outlet_power_watts{asset="pdu-1",kind="pdu",rack="r1-01",outlet="7"} 120.5
    └── start: of all lines that a device has in a family ──────────┘└── tail ─┘

Arranged when a layout changes. A scrape then works out what all lines say at once, and writes them in slices.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from dcim.outputs.exposition import exported, family_head, openmetrics_head
from dcim.outputs.shape import Shape
from dcim.record import dataclass

Numbers: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.uint32]
Texts: TypeAlias = NDArray[np.object_]
"""Pieces of lines as bytes."""

_AT_ONCE: Final = 100_000
"""Lines arranged before other work is let in."""
_STARTS_AT_ONCE: Final = 32_768
"""Starts of lines written before other work is let in: 3 MB of text, in some 5 ms."""
_SLICE: Final = 16_384
"""Lines written in one piece: some 2 MB of text, in 3 to 6 ms. Larger ones ask for their memory anew."""


class Placed(NamedTuple):
    """A layout that is shown: what it looks like, where its values begin among all, and whose it is."""

    shape: Shape
    start: int
    device: int


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Every line that there can be: its family, where its value stands among all, its start and its tail.

    ``words`` are the lines of states, each with the code for which it says 1, and ``points`` where among them
    each point begins. ``heads`` is what stands before the first line of each family, ``opened`` the same for
    OpenMetrics.
    """

    family: NDArray[np.uint16]
    source: Places
    start: Places
    tail: Places
    words: Places
    codes: Numbers
    points: Places
    heads: Sequence[bytes]
    opened: Sequence[bytes]
    starts: Texts
    tails: Texts

    @classmethod
    def of(cls, placed: Iterable[Placed], devices: Sequence[str]) -> Table:
        """Arrange the lines of these layouts; ``devices`` are the labels that all lines of a device carry."""
        work = cls.arranging(placed, devices)
        while True:
            try:
                next(work)
            except StopIteration as done:
                return cast("Table", done.value)

    @classmethod
    def arranging(cls, placed: Iterable[Placed], devices: Sequence[str]) -> Generator[None, None, Table]:
        """Arrange them in slices of some milliseconds: other work may be done whenever this yields."""
        groups: dict[Shape, list[Placed]] = {}
        for one in placed:
            groups.setdefault(one.shape, []).append(one)
        yield
        metrics = sorted({metric for each in groups for metric in each.metrics})
        columns = yield from _columns(groups, metrics)
        order = np.argsort(columns.family, kind="stable")
        yield
        source, code = columns.source[order], columns.code[order]
        yield
        family, device = columns.family[order], columns.device[order]
        begin = _changes(family) | _changes(device)
        yield
        starts = yield from _starts(family[begin], device[begin], metrics, devices)
        words = np.flatnonzero(~np.isnan(code)).astype(np.uint32)
        points = _beginnings(source[words])
        yield
        return cls(
            family=family,
            source=source,
            start=np.cumsum(begin, dtype=np.uint32) - np.uint32(1),
            tail=columns.tail[order],
            words=words,
            codes=code[words],
            points=points,
            heads=[family_head(metric).encode() for metric in metrics],
            opened=[openmetrics_head(metric).encode() for metric in metrics],
            starts=starts,
            tails=_texts(f"{tail} " for each in groups for tail in each.tails),
        )

    def said(self, values: Numbers) -> Numbers:
        """Return what each line says of all values; NaN where there is no line.

        A gap has none, and neither has a state that is not known.
        """
        said: Numbers = values[self.source]
        if len(self.words):
            is_it = said[self.words] == self.codes
            known = np.logical_or.reduceat(is_it, self.points)
            lengths = np.diff(self.points, append=len(self.words))
            said[self.words] = np.where(np.repeat(known, lengths), is_it, np.nan)
        return said

    def text(self, said: Numbers, *, openmetrics: bool = False) -> Iterator[bytes]:
        """Give all families in pieces; nothing of a family without a line."""
        lines = np.flatnonzero(~np.isnan(said))
        heads = self.opened if openmetrics else self.heads
        first = np.flatnonzero(_changes(self.family[lines]))
        for at in range(0, len(lines), _SLICE):
            piece = lines[at : at + _SLICE]
            parts = [b""] * (3 * len(piece))
            parts[::3] = self.starts[self.start[piece]].tolist()
            parts[1::3] = self.tails[self.tail[piece]].tolist()
            parts[2::3] = _ends(said[piece])
            for row in first[(at <= first) & (first < at + _SLICE)]:
                family = self.family[lines[row]]
                parts[3 * (row - at)] = heads[family] + parts[3 * (row - at)]
            yield b"".join(parts)


def _ends(said: Numbers) -> list[bytes]:
    """Return what ends each line: its value, in the fewest digits that say the same number again."""
    text = msgspec.json.encode(said.tolist())[1:-1]
    ends = (text.replace(b",", b"\n,") + b"\n").split(b",")
    for at in np.flatnonzero(np.isinf(said)):  # no number in JSON
        ends[at] = b"+Inf\n" if said[at] > 0 else b"-Inf\n"
    return ends


def _texts(texts: Iterable[str]) -> Texts:
    written = [text.encode() for text in texts]
    found = np.empty(len(written), dtype=np.object_)
    found[:] = written
    return found


def _starts(
    families: NDArray[np.uint16], owners: Places, metrics: Sequence[str], devices: Sequence[str]
) -> Generator[None, None, Texts]:
    """Return the text of each pair of a family and a device; other work may be done whenever this yields."""
    names = _texts(f"{exported(metric)}{{" for metric in metrics)
    labels = _texts(devices)
    found = np.empty(len(families), dtype=np.object_)
    for at in range(0, len(families), _STARTS_AT_ONCE):
        some = slice(at, at + _STARTS_AT_ONCE)
        found[some] = names[families[some]] + labels[owners[some]]
        yield
    return found


class _Columns(NamedTuple):
    """The lines shape by shape, before they are sorted by family."""

    family: NDArray[np.uint16]
    source: Places
    device: Places
    tail: Places
    code: Numbers


_NO_LINES: Final = _Columns(
    np.empty(0, np.uint16),
    np.empty(0, np.uint32),
    np.empty(0, np.uint32),
    np.empty(0, np.uint32),
    np.empty(0),
)


def _columns(
    groups: Mapping[Shape, Sequence[Placed]], metrics: Sequence[str]
) -> Generator[None, None, _Columns]:
    ranks = {metric: rank for rank, metric in enumerate(metrics)}
    parts = [_NO_LINES]
    tails = lines = 0
    for shape, ones in groups.items():
        parts.append(_lines_of(shape, ones, ranks, tails))
        tails += len(shape)
        lines += len(shape) * len(ones)
        if lines >= _AT_ONCE:
            lines = 0
            yield
    return _Columns(*map(np.concatenate, zip(*parts, strict=True)))


def _lines_of(shape: Shape, ones: Sequence[Placed], ranks: Mapping[str, int], tails: int) -> _Columns:
    """Return the lines of the layouts of one shape, whose tails are those from ``tails`` on."""
    starts = np.array([one.start for one in ones], dtype=np.uint32)
    return _Columns(
        np.tile(np.array([ranks[metric] for metric in shape.metrics], dtype=np.uint16), len(ones)),
        (starts[:, np.newaxis] + shape.slots.astype(np.uint32)).ravel(),
        np.repeat(np.array([one.device for one in ones], dtype=np.uint32), len(shape)),
        np.tile(np.arange(tails, tails + len(shape), dtype=np.uint32), len(ones)),
        np.tile(shape.codes, len(ones)),
    )


def _beginnings(sources: Places) -> Places:
    """Return where in a column each run of the same place begins."""
    return np.flatnonzero(_changes(sources)).astype(np.uint32)


def _changes(column: NDArray[np.uint16] | Places) -> NDArray[np.bool_]:
    """Return of each entry whether it is another than the one before it; the first is."""
    other = np.ones(len(column), dtype=np.bool_)
    np.not_equal(column[1:], column[:-1], out=other[1:])
    return other
