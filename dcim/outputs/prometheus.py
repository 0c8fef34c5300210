"""``/metrics``: every fresh point as a line of text, kept from scrape to scrape, rendered anew on change.

    newest batches ──> views (a layout of a device) ──> its lines, a text a metric ────> families
                        only values that changed          kept as bytes                 joined

Rendering goes in slices, so that other work on the loop never waits for a whole scrape.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from weakref import WeakValueDictionary

import numpy as np
from prometheus_client import CollectorRegistry, generate_latest

from dcim.catalogue import METRICS
from dcim.model import Asset, Batch, Identity, Lane, Layout
from dcim.outputs.exposition import (
    CONTENT_TYPE,
    INFO_FAMILY,
    INFO_HEAD,
    device_labels,
    exported,
    family_head,
    info_line,
)
from dcim.outputs.shape import Shape, shape, shape_key
from dcim.series import Freshness, Newest

__all__ = ["CONTENT_TYPE", "Exposition"]

_SLICE_POINTS: Final = 6_000
"""Points looked at in one slice: 3 to 6 ms when every one of them has changed."""
_NEW_WEIGHT: Final = 6
"""A point that is shown for the first time costs as much as so many whose value has changed."""
_SLICE_BYTES: Final = 1 << 20
"""Bytes joined in one piece."""
_LANES: Final = (Lane.FAST, Lane.SLOW, Lane.STATIC)


@dataclass(slots=True, eq=False)
class _View:
    """One layout of one device as text: ``texts[i]`` are the lines of part i of its shape."""

    layout: Layout
    shape: Shape
    device: str
    hidden: frozenset[int]  # slots that another lane of the device shows
    lasts: float  # seconds for which a batch counts
    texts: list[bytes]
    batch: Batch | None = None  # what the texts say; None: nothing

    def show(self, batch: Batch) -> None:
        """Render the parts in which a value has changed."""
        if batch is self.batch:
            return
        parts = self.shape.parts
        for turn in self._changed(batch):
            self.texts[turn] = parts[turn].render(self.device, batch.values, self.hidden)
        self.batch = batch

    def _changed(self, batch: Batch) -> Iterable[int]:
        if self.batch is None:
            return range(len(self.texts))
        old = np.frombuffer(self.batch.values, dtype=np.uint64)
        new = np.frombuffer(batch.values, dtype=np.uint64)
        changed: list[int] = self.shape.part[old != new].tolist()
        return set(changed) - {-1}

    def hide(self) -> None:
        """Show nothing: what is stale is not there (A11)."""
        if self.batch is not None:
            self.texts = [b""] * len(self.texts)
            self.batch = None


@dataclass(slots=True, eq=False)
class _Device:
    asset: Asset
    labels: str
    info: bytes
    views: tuple[_View, ...] = ()


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
        self._families: dict[str, list[tuple[_View, int]]] | None = None
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
        same = before and before.labels == labels and before.asset.interval == asset.interval
        views = before.views if before and same else ()
        self._devices[asset.id] = _Device(asset, labels, info, views)
        if before and not views:
            self._families = None

    def forget(self, asset: str) -> None:
        """Show a device no more."""
        if self._devices.pop(asset, None):
            self._families = None

    async def render(self, now: float) -> AsyncIterator[bytes]:
        """Give the body of a scrape at ``now`` (UTC seconds) piece by piece; the loop turns in between."""
        for piece in self._slices(now):
            if piece:
                yield piece
            await asyncio.sleep(0)

    def text(self, now: float) -> bytes:
        """Return the body of a scrape in one go."""
        return b"".join(self._slices(now))

    def _slices(self, now: float) -> Iterator[bytes]:
        yield from self._refresh(now)
        families = self._grouped()
        for metric in sorted(families):
            texts = (view.texts[turn] for view, turn in families[metric])
            yield from _family(family_head(metric).encode(), texts)
        yield from _family(INFO_HEAD.encode(), (device.info for device in self._devices.values()))
        if self._own is not None:
            yield generate_latest(self._own)

    # refresh

    def _refresh(self, now: float) -> Iterator[bytes]:
        """Bring every line up to date; pause after each slice."""
        looked_at = 0
        for device in list(self._devices.values()):
            batches = self._newest.batches(device.asset.id)
            if len(batches) != len(device.views) or any(
                batch.layout is not view.layout for batch, view in zip(batches, device.views, strict=True)
            ):
                device.views = self._views(device, batches)
                self._families = None
                looked_at += _NEW_WEIGHT * sum(len(batch.values) for batch in batches)
            for batch, view in zip(batches, device.views, strict=True):
                looked_at += len(view.layout.ids)
                if abs(now - batch.at) <= view.lasts and not self._newest.frozen(view.layout):
                    view.show(batch)
                else:
                    view.hide()
            if looked_at >= _SLICE_POINTS:
                looked_at = 0
                yield b""

    def _views(self, device: _Device, batches: Sequence[Batch]) -> tuple[_View, ...]:
        """Make the views of a device. A point that two lanes carry is shown by the faster one only."""
        ranked = sorted(batches, key=lambda batch: (_LANES.index(batch.layout.lane), not batch.layout.own))
        shown: set[int] = set()
        views: dict[Layout, _View] = {}
        for layout in [batch.layout for batch in ranked]:
            hidden = frozenset(slot for slot, point in enumerate(layout.ids) if point in shown)
            shown.update(layout.ids)
            found = self._shape(layout)
            lasts = self._freshness.lasts(layout.lane, device.asset.interval)
            texts = [b""] * len(found.parts)
            views[layout] = _View(layout, found, device.labels, hidden, lasts, texts)
        return tuple(views[batch.layout] for batch in batches)

    def _shape(self, layout: Layout) -> Shape:
        """Return the shape of a layout: the same object for all devices that have the same points."""
        key = shape_key(layout)
        digest = blake2b(repr(key).encode(), digest_size=16).digest()
        found = self._shapes.get(digest)
        if found is None:
            found = self._shapes[digest] = shape(key)
        return found

    def _grouped(self) -> dict[str, list[tuple[_View, int]]]:
        if self._families is None:
            families: dict[str, list[tuple[_View, int]]] = {}
            for device in self._devices.values():
                for view in device.views:
                    for turn, part in enumerate(view.shape.parts):
                        families.setdefault(part.metric, []).append((view, turn))
            self._families = families
        return self._families


def _family(head: bytes, texts: Iterable[bytes]) -> Iterator[bytes]:
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
