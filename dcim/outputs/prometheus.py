"""``/metrics``: every fresh point as a line of text, and the daemon's own metrics behind them.

    newest batches ─┬▶ layouts ──▶ shapes ──▶ table of lines, kept while no layout changes
                    └▶ values, NaN where stale ──▶ what each line says ──▶ text, family by family

Writing goes in slices, so that other work on the loop never waits for a whole scrape.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator, Iterable, Iterator, Sequence
from functools import cache
from operator import is_
from typing import Final, cast
from weakref import WeakValueDictionary

import numpy as np
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as _generate_openmetrics

from dcim.catalogue import METRICS
from dcim.model import Asset, Batch, Identity, Lane, Layout
from dcim.outputs.exposition import (
    CONTENT_TYPE,
    INFO_FAMILY,
    INFO_HEAD,
    OPENMETRICS,
    OPENMETRICS_INFO_HEAD,
    device_labels,
    exported,
    info_line,
)
from dcim.outputs.shape import Shape, Words, digest, shape, shape_key
from dcim.outputs.table import Numbers, Placed, Table
from dcim.record import dataclass
from dcim.series import Freshness, Newest

__all__ = ["CONTENT_TYPE", "OPENMETRICS", "Exposition"]

_AT_ONCE: Final = 128
"""Devices placed in one slice: 0.5 ms, when all of their layouts are known; 12 ms, when none is."""
_NEVER: Final = -1.0
_SLICE_BYTES: Final = 1 << 20
"""Bytes joined in one piece."""
_LANES: Final = (Lane.FAST, Lane.SLOW, Lane.STATIC)


@dataclass(slots=True, eq=False)
class _Device:
    asset: Asset
    labels: str
    info: bytes


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """The layouts of a device, what each of them looks like, and what of it is shown beside the others."""

    layouts: tuple[Layout, ...]
    wholes: tuple[Shape, ...]
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Arranged:
    """The table of lines for one version of what is newest and of what is told of the devices.

    ``lasts`` is for how many seconds each batch counts; negative where it says nothing of now.
    """

    version: tuple[int, int]
    table: Table
    lengths: Sequence[int]
    lasts: Numbers

    def values(self, batches: Sequence[Batch], now: float) -> Numbers:
        """Return the values of all batches in a row; NaN for what is stale: it is not there (A11)."""
        at = np.array([batch.at for batch in batches], dtype=np.float64)
        stale = np.repeat(np.abs(now - at) > self.lasts, self.lengths)
        return np.where(stale, np.nan, np.frombuffer(b"".join([batch.values for batch in batches])))


class Exposition:
    """What Prometheus scrapes: the points of the devices it was told of, then the daemon's own metrics.

    Raise ValueError when a metric of ``own`` has the name of a family of points.
    """

    def __init__(
        self, newest: Newest, own: CollectorRegistry | None = None, freshness: Freshness | None = None
    ) -> None:
        self._newest = newest
        self._own = own
        self._freshness = freshness or Freshness()
        self._devices: dict[str, _Device] = {}
        self._shapes: WeakValueDictionary[bytes, Shape] = WeakValueDictionary()
        self._looks: dict[str, _Look] = {}
        self._arranged: _Arranged | None = None
        self._told = 0  # how often what is told of the devices has changed
        self._check_names()

    def _check_names(self) -> None:
        ours = {exported(metric) for metric in METRICS} | {INFO_FAMILY}
        names = [family.name for family in self._own.collect()] if self._own else []
        clash = sorted(ours.intersection(names + [f"{name}_total" for name in names]))
        if clash:
            msg = f"metrics of the daemon and of devices have one name: {', '.join(clash)}"
            raise ValueError(msg)

    def describe(self, asset: Asset, identity: Identity | None = None) -> None:
        """Show a device from now on, or show it with what is now known of it."""
        info = info_line(asset, identity or Identity()).encode()
        before = self._devices.get(asset.id)
        labels = device_labels(asset)
        self._devices[asset.id] = _Device(asset, labels, info)
        if before is None or before.labels != labels or before.asset.interval != asset.interval:
            self._told += 1

    async def render(self, now: float, *, openmetrics: bool = False) -> AsyncIterator[bytes]:
        """Give the body of a scrape at ``now`` (UTC seconds) piece by piece; the loop turns in between."""
        for piece in self._slices(now, openmetrics=openmetrics):
            if piece:
                yield piece
            await asyncio.sleep(0)

    def text(self, now: float, *, openmetrics: bool = False) -> bytes:
        """Return the body of a scrape in one go."""
        return b"".join(self._slices(now, openmetrics=openmetrics))

    def _slices(self, now: float, *, openmetrics: bool) -> Iterator[bytes]:
        """Give the body in pieces, with empty ones where only work was done: of one moment, the first."""
        batches, version = tuple(self._newest), (self._newest.version, self._told)
        arranged = self._arranged
        if arranged is None or arranged.version != version:
            arranged = yield from self._arrange(batches, version)
        said = arranged.table.said(arranged.values(batches, now))
        yield b""
        yield from arranged.table.text(said, openmetrics=openmetrics)
        head = OPENMETRICS_INFO_HEAD if openmetrics else INFO_HEAD
        yield from _joined(head.encode(), (device.info for device in self._devices.values()))
        if openmetrics:
            yield _openmetrics(self._own or CollectorRegistry())
        elif self._own is not None:
            yield generate_latest(self._own)

    def _arrange(
        self, batches: Sequence[Batch], version: tuple[int, int]
    ) -> Generator[bytes, None, _Arranged]:
        """Arrange the lines of these batches, and keep that for as long as their layouts stay."""
        placed: list[Placed] = []
        labels: list[str] = []
        lasts = [_NEVER] * len(batches)
        pace = cache(self._freshness.lasts)  # the same for all devices that are asked as often
        looks, words = dict[str, _Look](), dict[int, Words]()
        for number, (asset_id, ones) in enumerate(_by_asset(batches).items()):
            if number % _AT_ONCE == 0:
                yield b""
            device = self._devices.get(asset_id)
            if device is None:
                continue
            look = looks[asset_id] = self._look([batches[at].layout for at, _ in ones], asset_id, words)
            for (at, start), layout, found in zip(ones, look.layouts, look.shapes, strict=True):
                placed.append(Placed(found, start, len(labels)))
                if not self._newest.frozen(layout):
                    lasts[at] = pace(layout.lane, device.asset.interval)
            labels.append(device.labels)
        yield b""
        lengths = [len(batch.values) for batch in batches]
        table = yield from _with_nothing(Table.arranging(placed, labels))
        arranged = _Arranged(version, table, lengths, np.array(lasts, dtype=np.float64))
        self._looks, self._arranged = looks, arranged
        return arranged

    def _look(self, layouts: Sequence[Layout], asset_id: str, words: dict[int, Words]) -> _Look:
        """Return what the layouts of a device look like. The faster of two lanes shows a point of both."""
        known = self._looks.get(asset_id)
        if known is not None and len(known.layouts) == len(layouts) and all(map(is_, known.layouts, layouts)):
            return known
        before = dict(zip(known.layouts, known.wholes, strict=True)) if known is not None else {}
        wholes = {layout: before.get(layout) or self._shape(layout, words) for layout in layouts}
        shown: set[int] = set()
        found: dict[Layout, Shape] = {}
        for layout in sorted(layouts, key=lambda one: (_LANES.index(one.lane), not one.own)):
            hidden = {slot for slot, point in enumerate(layout.ids) if point in shown} if shown else ()
            shown.update(layout.ids)
            found[layout] = wholes[layout].without(hidden) if hidden else wholes[layout]
        return _Look(tuple(layouts), tuple(wholes.values()), tuple(found[layout] for layout in layouts))

    def _shape(self, layout: Layout, words: dict[int, Words]) -> Shape:
        """Return the shape of a layout: the same object for all devices that have the same points."""
        key = shape_key(layout, words)
        stands_for = digest(key)
        found = self._shapes.get(stands_for)
        if found is None:
            found = self._shapes[stands_for] = shape(key)
        return found


def _with_nothing(work: Generator[None, None, Table]) -> Generator[bytes, None, Table]:
    """Give an empty piece whenever other work may be done."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            return cast("Table", done.value)
        yield b""


def _openmetrics(registry: CollectorRegistry) -> bytes:
    """Return the daemon's own metrics in OpenMetrics, with the end of the text."""
    return _generate_openmetrics(registry)  # type: ignore[no-untyped-call, no-any-return]


def _by_asset(batches: Sequence[Batch]) -> dict[str, list[tuple[int, int]]]:
    """Return for each device which batches are its own, and where the values of each begin among all."""
    found: dict[str, list[tuple[int, int]]] = {}
    start = 0
    for at, batch in enumerate(batches):
        found.setdefault(batch.layout.asset, []).append((at, start))
        start += len(batch.values)
    return found


def _joined(head: bytes, texts: Iterable[bytes]) -> Iterator[bytes]:
    """Give a family in pieces; nothing of it when it has no series now."""
    piece: list[bytes] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= _SLICE_BYTES:
            yield head + b"".join(piece)
            head, piece, size = b"", [], 0
    if size:
        yield head + b"".join(piece)
