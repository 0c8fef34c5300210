"""What pages and API see of devices: who they are, what they said, what history keeps of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from dcim.catalogue import METRICS, Shape
from dcim.collect import Heard
from dcim.daemon.rooms import Rooms
from dcim.history.columns import pl
from dcim.model import Asset, Batch, Identity, Lane, Point
from dcim.poll import Presence, Reach
from dcim.series import Quality
from dcim.web import Exchange, Hearing, SiteView


class Devices:
    """Devices and their readings. The first part of ``dcim.web.View``."""

    def __init__(self, rooms: Rooms) -> None:
        settings = rooms.plan.settings
        site = settings.site
        self._rooms = rooms
        self._site = SiteView(
            site.id, site.name, ZoneInfo(site.time_zone), site.language, settings.rooms, settings.grafana
        )
        self._assets = {asset.id: asset for asset in settings.assets}
        self._services = {asset.id: asset for asset in rooms.core.building.assets}

    @property
    def site(self) -> SiteView:
        """Return the site."""
        return self._site

    def now(self) -> float:
        """Return UTC seconds."""
        return self._rooms.clock.now()

    def assets(self) -> Sequence[Asset]:
        """Return every device of the configuration, in its order."""
        return tuple(self._assets.values())

    def asset(self, asset_id: str) -> Asset | None:
        """Return one device."""
        return self._assets.get(asset_id)

    def presence(self, asset_id: str) -> Presence:
        """Return whether the device answers, and since when."""
        return self._rooms.poller.presence(asset_id)

    def identity(self, asset_id: str) -> Identity:
        """Return what the device says it is; all empty when it has not said."""
        return self._rooms.core.identities.get(asset_id, Identity())

    def exchange(self, asset_id: str) -> Exchange | None:
        """Return the newest exchange of the device's hardware; None when there was none."""
        return self._rooms.core.hardware.exchange(asset_id)

    def hearing(self) -> Hearing:
        """Return where devices are heard, and what became of all that came."""
        ears = self._rooms.core.ears
        return Hearing(ears.addresses, ears.counts, ears.strangers())

    def heard(self, asset_id: str = "") -> Sequence[Heard]:
        """Return the newest messages that a device sent unasked, or of all devices; the newest first."""
        return self._rooms.core.ears.recent(asset_id)

    def batches(self, asset_id: str) -> Sequence[tuple[Batch, Quality]]:
        """Return the newest batch of each lane, and whether it still counts."""
        asset = self._assets.get(asset_id) or self._services.get(asset_id)
        if asset is None:
            return ()
        return [(batch, self.quality(batch, asset)) for batch in self._rooms.newest.batches(asset_id)]

    def quality(self, batch: Batch, asset: Asset) -> Quality:
        """Judge a batch by its age; one of a frozen agent is as old as nobody knows.

        What a device says seldom counts for long, but no longer than the device answers: of one that is gone
        nothing is of now.
        """
        newest, now = self._rooms.newest, self._rooms.clock.now()
        if newest.frozen(batch.layout) or (not batch.layout.own and self._is_gone(asset, now)):
            return Quality.STALE
        return self._rooms.freshness.quality(batch, asset.interval, now)

    def _is_gone(self, asset: Asset, now: float) -> bool:
        """Whether a device does not answer, and has not for as long as its quickest values count."""
        if self.presence(asset.id).reach is Reach.ANSWERING:
            return False
        heard = max(
            (batch.at for batch in self._rooms.newest.batches(asset.id) if not batch.layout.own), default=0.0
        )
        return now - heard > self._rooms.freshness.lasts(Lane.FAST, asset.interval)

    def point(self, point_id: int) -> Point | None:
        """Return a point by its id, or None when no device has said it."""
        reading = self._rooms.newest.reading(point_id)
        return reading.point if reading else None

    async def states(self, point_id: int) -> Mapping[float, str] | None:
        """Return all words that a state ever had, by the numbers of the history; None of what is no state."""
        found = self._rooms.newest.find(point_id)
        now = found[0].layout.states[found[1]] if found else None
        if now is None:
            return None
        history = self._rooms.history
        kept = await asyncio.to_thread(history.describe, point_id) if history else None
        before = (kept.states if kept else None) or {}
        return {code: meaning.word for code, meaning in (*before.items(), *now.items())}

    async def history(
        self, point_ids: Sequence[int], start: float, end: float, step: float | None
    ) -> Mapping[int, Sequence[tuple[float, float | None]]]:
        """Return (UTC seconds, value or None for a gap) of points in a time range, oldest first."""
        history = self._rooms.history
        if history is None:
            return {}
        found = await asyncio.to_thread(history.query, point_ids, start, end, step)
        if step is None:
            return _tracks(found, "value")
        kept = [point for point in map(self.point, point_ids) if point and _is_word(point)]
        words = found.filter(pl.col("point").is_in([point.id for point in kept]))
        numbers = found.filter(~pl.col("point").is_in([point.id for point in kept]))
        return {**_tracks(numbers, "mean"), **_tracks(words, "last")}


def _is_word(point: Point) -> bool:
    """Whether a point carries states or alarms: the mean of two words is none."""
    metric = METRICS.get(point.metric)
    return metric is not None and metric.shape in (Shape.STATE, Shape.ALARM)


def _tracks(found: pl.DataFrame, column: str) -> dict[int, list[tuple[float, float | None]]]:
    tracks: dict[int, list[tuple[float, float | None]]] = {}
    for point, at, value in found.select("point", "at", column).iter_rows():
        known = None if value is None or value != value else value
        tracks.setdefault(point, []).append((at / 1000.0, known))
    return tracks
