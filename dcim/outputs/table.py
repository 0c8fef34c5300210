"""All lines of a scrape as columns, one family after the other. Pure.

    newest batches ── values, NaN where stale ──┐
    line: family │ place of its value │ code ───┴─▶ said ─▶ start + tail + value, as text

    dcim_pdu_outlet_power_watts{asset="pdu-1",kind="pdu",rack="r1-01",outlet="7"} 120.5
    └── start: of all lines that a device has in a family ──────────┘└── tail ─┘

Arranged when a layout changes. A scrape then works out what all lines say at once, and writes them in slices.
"""

from __future__ import annotations

import io
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dcim.outputs.exposition import exported, family_head, openmetrics_head
from dcim.outputs.shape import Shape
from dcim.record import dataclass

Numbers: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.uint32]

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
    heads: pl.Series
    opened: pl.Series
    starts: pl.Series
    tails: pl.Series

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
            heads=pl.Series(list(map(family_head, metrics)), dtype=pl.String),
            opened=pl.Series(list(map(openmetrics_head, metrics)), dtype=pl.String),
            starts=starts,
            tails=pl.Series([tail for each in groups for tail in each.tails], dtype=pl.String),
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
        starts, start = self._headed(lines, self.opened if openmetrics else self.heads)
        for at in range(0, len(lines), _SLICE):
            piece = lines[at : at + _SLICE]
            before = starts[start[at : at + _SLICE]] + self.tails[self.tail[piece]]
            yield _written(before, said[piece])

    def _headed(self, lines: NDArray[np.int64], heads: pl.Series) -> tuple[pl.Series, Places]:
        """Return starts, and which of them each line has: for the first of a family one with its head."""
        start, family = self.start[lines], self.family[lines]
        first = np.flatnonzero(_changes(family))
        headed = heads[family[first]] + self.starts[start[first]]
        start[first] = np.arange(len(self.starts), len(self.starts) + len(first), dtype=np.uint32)
        return pl.concat([self.starts, headed], rechunk=True), start


def _written(before: pl.Series, said: Numbers) -> bytes:
    """Return lines as text: what stands before each value, and the value."""
    out = io.BytesIO()
    pl.DataFrame({"before": before, "said": said}).write_csv(
        out, include_header=False, separator=" ", quote_style="never"
    )
    return out.getvalue()


def _starts(
    families: NDArray[np.uint16], owners: Places, metrics: Sequence[str], devices: Sequence[str]
) -> Generator[None, None, pl.Series]:
    """Return the text of each pair of a family and a device; other work may be done whenever this yields."""
    names = pl.Series([f"{exported(metric)}{{" for metric in metrics], dtype=pl.String)
    labels = pl.Series(devices, dtype=pl.String)
    parts = [pl.Series([], dtype=pl.String)]
    for at in range(0, len(families), _STARTS_AT_ONCE):
        some = slice(at, at + _STARTS_AT_ONCE)
        parts.append(names[families[some]] + labels[owners[some]])
        yield
    return pl.concat(parts, rechunk=True)


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
