"""Queries over the past and over the daemon itself: what children must know, samples of our own metrics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from dcim.catalogue import METRICS, Shape
from dcim.daemon.rooms import Rooms
from dcim.daemon.sending.outgoing import outgoing
from dcim.model import Asset, Identity, Labels
from dcim.outputs.exposition import INFO_FAMILY, device_values, exported, info_values
from dcim.outputs.tally import Tally
from dcim.query.lanes import Lanes
from dcim.query.pool import EXPORTING, Counts, Pool
from dcim.query.ring import EVERY, series_labels
from dcim.query.told import Told

_UNKNOWN: Final = Identity()
_MOST_LAYOUTS: Final = 50_000
"""Layouts of points that are remembered, those that nobody has now among them."""


class Queried:
    """Answers queries. Fulfils ``dcim.web.api.query.Querier``; ``run`` samples the daemon's own metrics."""

    def __init__(self, rooms: Rooms, own: CollectorRegistry) -> None:
        self._rooms = rooms
        self._own = own
        self._assets: dict[str, Asset] = {
            asset.id: asset
            for asset in (*rooms.plan.settings.assets, *rooms.core.building.assets, rooms.channels.asset)
        }
        self._known: dict[str, tuple[Identity, Labels]] = {}
        self._before: dict[bytes, float] = {}
        self._told = Told(lambda: rooms.newest.version, self._lasting, self._names)
        shown = {asset_id: device_values(asset) for asset_id, asset in self._assets.items()}
        self._told.describe(shown, [])
        directory = rooms.plan.settings.state / "history"
        self._pool = Lanes(directory, self._told, time.monotonic)
        self._exports = Pool(directory, self._told, time.monotonic, EXPORTING)

    @property
    def counts(self) -> Counts:
        """Return what became of the queries so far."""
        return self._pool.counts

    def ask(self, question: dict[str, Any], client: str = "") -> AsyncGenerator[bytes, None]:
        """Give the answer piece by piece; raise Refused when there is none."""
        return self._pool.ask(question, client)

    def export(self, question: dict[str, Any]) -> AsyncGenerator[bytes, None]:
        """Give a Parquet file piece by piece; raise Refused when there is none."""
        return self._exports.ask(question)

    def families(self) -> Mapping[str, tuple[str, str]]:
        """Return type and help of every metric by its name outside."""
        kinds = {Shape.COUNTER: "counter"}
        found = {exported(one.name): (kinds.get(one.shape, "gauge"), one.help) for one in METRICS.values()}
        found[INFO_FAMILY] = ("gauge", "What the device is.")
        for family in self._own.collect():
            found[_name_of(family)] = (family.type, family.documentation)
        return dict(sorted(found.items()))

    def _names(self) -> Iterator[str]:
        """Give the names that series may have: those of outputs too where there is none."""
        yield from self.families()
        for family in outgoing({"": Tally()}):
            yield _name_of(family)

    def _lasting(self) -> Iterator[tuple[float, bytes]]:
        """Give for how many seconds readings count, each with the ids of its points.

        Of points that devices said before and say no more too: they ended when those seconds had passed.
        """
        freshness, now = self._rooms.freshness, dict[bytes, float]()
        for batch in self._rooms.newest:
            asset = self._assets.get(batch.layout.asset)
            if asset is not None:
                now[batch.layout.ids.tobytes()] = freshness.lasts(batch.layout.lane, asset.interval)
        self._before = dict(list({**self._before, **now}.items())[-_MOST_LAYOUTS:])
        for said in (now, {ids: lasts for ids, lasts in self._before.items() if ids not in now}):
            groups: dict[float, list[bytes]] = {}
            for ids, lasts in said.items():
                groups.setdefault(lasts, []).append(ids)
            yield from ((lasts, b"".join(ids)) for lasts, ids in groups.items())

    async def run(self) -> None:
        """Sample the daemon's own metrics until cancelled; end the children then."""
        try:
            while True:
                left, held = self._introduced()
                self._told.ring.take(self._rooms.clock.now(), self._samples(), held, left)
                await asyncio.sleep(EVERY)
        finally:
            await self._pool.aclose()
            await self._exports.aclose()

    def _samples(self) -> Iterator[tuple[Labels, float]]:
        for family in self._own.collect():
            for sample in family.samples:
                yield series_labels(sample.name, sample.labels), sample.value

    def _introduced(self) -> tuple[list[Labels], list[Labels]]:
        """Return what says no more what a device is, and what does from now on."""
        left, held = [], []
        for asset_id, asset in self._assets.items():
            identity = self._rooms.core.identities.get(asset_id, _UNKNOWN)
            before = self._known.get(asset_id)
            if before is None or before[0] is not identity:
                labels = series_labels(INFO_FAMILY, info_values(asset, identity))
                if before is not None:
                    left.append(before[1])
                held.append(labels)
                self._known[asset_id] = (identity, labels)
        return [one for one in left if one not in held], held


def _name_of(family: Metric) -> str:
    return f"{family.name}_total" if family.type == "counter" else family.name
