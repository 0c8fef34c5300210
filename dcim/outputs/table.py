"""All lines of a scrape as columns, one family after the other. Pure.

    newest batches ── values, NaN where stale ──┐
    line: family │ place of its value │ code ───┴─▶ said ─▶ labels of the device + tail + value, as text

Arranged when a layout changes. A scrape then works out what all lines say at once, and writes them in slices.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dcim.outputs.exposition import exported, family_head, openmetrics_head
from dcim.outputs.shape import Shape

Numbers: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.uint32]

_AT_ONCE: Final = 100_000
"""Lines arranged before other work is let in."""
_SLICE: Final = 16_384
"""Lines written in one piece: some 2 MB of text, in 3 to 6 ms."""


class Placed(NamedTuple):
    """A layout that is shown: what it looks like, where its values begin among all, and whose it is."""

    shape: Shape
    start: int
    device: int


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Every line that there can be: its family, where its value stands among all, its device and its tail.

    ``words`` are the lines of states, each with the code for which it says 1, and ``points`` where among them
    each point begins. ``names`` has two texts a family: for its first line and for the others; ``opened``
    the same for OpenMetrics.
    """

    family: NDArray[np.uint16]
    source: Places
    device: Places
    tail: Places
    words: Places
    codes: Numbers
    points: Places
    names: pl.Series
    opened: pl.Series
    devices: pl.Series
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
        words = np.flatnonzero(~np.isnan(code)).astype(np.uint32)
        points = _beginnings(source[words])
        yield
        return cls(
            family=columns.family[order],
            source=source,
            device=columns.device[order],
            tail=columns.tail[order],
            words=words,
            codes=code[words],
            points=points,
            names=_names(metrics, family_head),
            opened=_names(metrics, openmetrics_head),
            devices=pl.Series(devices, dtype=pl.String),
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
        names = self.opened if openmetrics else self.names
        lines = np.flatnonzero(~np.isnan(said))
        family = self.family[lines].astype(np.int64)
        name = 2 * family + (np.diff(family, prepend=-1) == 0)
        for at in range(0, len(lines), _SLICE):
            piece = lines[at : at + _SLICE]
            yield self._written(names[name[at : at + _SLICE]], piece, said[piece])

    def _written(self, names: pl.Series, lines: NDArray[np.int64], said: Numbers) -> bytes:
        frame = pl.DataFrame(
            {
                "name": names,
                "device": self.devices[self.device[lines]],
                "tail": self.tails[self.tail[lines]],
                "said": said,
            }
        )
        out = io.BytesIO()
        frame.select(pl.concat_str("name", "device", "tail"), "said").write_csv(
            out, include_header=False, separator=" ", quote_style="never"
        )
        return out.getvalue()


def _names(metrics: Sequence[str], head: Callable[[str], str]) -> pl.Series:
    """Return of each family what stands before the device in its first line, and in the others."""
    starts = [(f"{head(metric)}{exported(metric)}{{", f"{exported(metric)}{{") for metric in metrics]
    return pl.Series([text for both in starts for text in both], dtype=pl.String)


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
    return np.flatnonzero(np.diff(sources.astype(np.int64), prepend=-1)).astype(np.uint32)
