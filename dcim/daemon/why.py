"""Why something pages or does not: finds what is meant, gathers what is known, and has it put into words.

name ─▶ device, service, alert, incident ─┬─ now  ─▶ Explaining ─┐
                                          └─ then ─▶ Past        ├─▶ Answer, or Unknown with names like it
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from typing import Final
from zoneinfo import ZoneInfo

from dcim.alerts import Language, Observation, evaluate
from dcim.alerts.condition import THE_POINT
from dcim.daemon.explaining import Explaining, Known
from dcim.daemon.records.recorded import Past, delivered
from dcim.explain import (
    Answer,
    DeviceStory,
    Story,
    Teller,
    Unknown,
    evidence_said,
    nearest,
    of_alert,
    of_device,
    of_incident,
)
from dcim.incidents import Incident
from dcim.model import Asset
from dcim.model.fact import FactKind
from dcim.poll import Poller
from dcim.record import dataclass, replace
from dcim.words import why_said, words

_PREFIX: Final = re.compile(r"[0-9a-f]{6,64}")


@dataclass(frozen=True, slots=True)
class Why:
    """Answers why. ``zone`` is the wall of the site."""

    known: Known
    zone: ZoneInfo
    presence: Poller | None = None

    async def explain(self, name: str, at: float | None, language: Language) -> Answer | Unknown:
        """Return why a device, service, alert or incident pages or does not, at ``at`` (UTC; None: now)."""
        live = Explaining(self.known, words(language))
        teller = Teller(words(language), self.zone, live.name)
        asset = self._asset(name)
        if at is not None and at < live.at:
            past = Past(self.known.record, at, live.name, live.rule_of, tuple(self.known.telling.rotas))
            return await asyncio.to_thread(self._then, name, asset, past, teller)
        if asset is not None:
            device, stories = self._device(asset, live, teller), live.rules(asset)
            stories = await asyncio.to_thread(self._complete, stories, live)
            return of_device(device, stories, teller)
        return await self._now(name, live, teller)

    def _complete(self, stories: Iterable[Story], live: Explaining) -> list[Story]:
        """Add what only the store knows: deliveries, and the incident of what is over. From a thread."""
        past = Past(self.known.record, live.at, live.name, live.rule_of, tuple(self.known.telling.rotas))
        known = [
            past.alert(story.key) or story if story.raised_at is not None and not story.open else story
            for story in stories
        ]
        return delivered(self.known.record, known, live.at)

    def _asset(self, name: str) -> Asset | None:
        assets = self.known.assets
        called = (asset for asset in assets.values() if asset.name.casefold() == name.strip().casefold())
        return assets.get(name) or next(called, None)

    async def _now(self, name: str, live: Explaining, teller: Teller) -> Answer | Unknown:
        prefix = name.strip().lower()
        if not _PREFIX.fullmatch(prefix):
            return self._unknown(name)
        watch, incidents = self.known.core.watch, self.known.core.causes.incidents
        for alert in watch.listed:
            if alert.open and alert.key.startswith(prefix):
                (story,) = await asyncio.to_thread(delivered, self.known.record, [live.alert(alert)], live.at)
                return of_alert(story, teller)
        for incident in incidents.open:
            if incident.id.startswith(prefix):
                return await self._incident(incident, live, teller)
        past = Past(self.known.record, live.at, live.name, live.rule_of, tuple(self.known.telling.rotas))
        return await asyncio.to_thread(self._then, name, None, past, teller)

    async def _incident(self, incident: Incident, live: Explaining, teller: Teller) -> Answer:
        first = incident.root.key
        members = sorted(incident.members, key=lambda one: one.key != first)
        placed = [live.placed(incident, one) for one in members]
        listed = {alert.key: alert for alert in self.known.core.watch.listed}
        stories = [live.alert(listed.get(one.key, one.alert)) for one in members]
        pairs = zip(stories, placed, strict=True)
        stories = [replace(story, placed=story.placed or where) for story, where in pairs]
        told = await asyncio.to_thread(delivered, self.known.record, stories, live.at)
        return of_incident(placed[0], told, told[0], teller)

    # a device or service

    def _device(self, asset: Asset, live: Explaining, teller: Teller) -> DeviceStory:
        core = self.known.core
        mutes = tuple(
            one.mute for one in core.watch.mutes if one.target.asset == asset.id and not one.target.key
        )
        works = live.works(asset)
        if asset.id in core.building:
            stands = tuple(self._stands(asset.id, live, teller))
            return DeviceStory(
                live.at, "service", asset.id, asset.name, mutes=mutes, works=works, stands=stands
            )
        if self.presence is None or asset.interval <= 0:
            return DeviceStory(live.at, "device", asset.id, asset.name, mutes=mutes, works=works)
        presence = self.presence.presence(asset.id)
        return DeviceStory(
            live.at,
            "device",
            asset.id,
            asset.name,
            str(presence.reach),
            presence.since,
            why_said(presence.why, teller.said),
            any(core.newest.frozen(batch.layout) for batch in core.newest.batches(asset.id)),
            mutes,
            works,
        )

    def _stands(self, service_id: str, live: Explaining, teller: Teller) -> Iterator[str]:
        """Yield how a service stands, and each of its parts with the evidence."""
        building, said = self.known.core.building, teller.said
        stands = building.stands(service_id)
        if stands is None:
            return
        standing = stands.standing
        yield teller(
            "stands",
            said(f"state.{standing.function}"),
            said(f"redundancy.{standing.redundancy}"),
            teller.moment(stands.since or None),
            stands.service.needs,
            len(stands.service.parts),
        )
        for part in building.services.parts(service_id):
            function, redundancy = f"state.{part.standing.function}", f"redundancy.{part.standing.redundancy}"
            why = evidence_said(part.evidence, live.name, said) if part.evidence else teller("of_its_parts")
            yield teller("part", live.name(part.id), said(function), said(redundancy), why)

    # then

    def _then(self, name: str, asset: Asset | None, past: Past, teller: Teller) -> Answer | Unknown:
        """Answer from the ledger; from a thread."""
        if asset is not None:
            kind = "service" if asset.id in self.known.core.building else "device"
            device, stories = past.device(kind, asset.id)
            return of_device(device, stories, teller)
        prefix = name.strip().lower()
        if not _PREFIX.fullmatch(prefix):
            return self._unknown(name)
        record = past.record
        for entry in record.facts_about((FactKind.ALERT,), subject=prefix, until=past.at, limit=1):
            if (story := past.alert(entry.subject)) is not None:
                return of_alert(self._held(story, past), teller)
        for entry in record.facts_about((FactKind.INCIDENT,), subject=prefix, until=past.at, limit=1):
            stories = past.incident(entry.subject)
            if stories and stories[0].placed is not None:
                return of_incident(stories[0].placed, stories, stories[0], teller)
        return self._unknown(name)

    def _held(self, story: Story, past: Past) -> Story:
        """Add what the point had last said then, and whether the condition was true of that alone."""
        reading, rule = self.known.read(story.point, past.at), past.rule_of(story.rule, story.point)
        if reading is None:
            return replace(story, missing=(*story.missing, "reading"))
        if rule is None or rule.clauses:  # what the other points said then is another question
            return replace(story, held=reading)
        condition = rule.holds if story.open else rule.raises
        seen = evaluate(condition, {THE_POINT: Observation(reading, past.at, measured=True)}, past.at)
        return replace(story, held=reading, held_truth=seen.truth)

    def _unknown(self, name: str) -> Unknown:
        core = self.known.core
        keys = [alert.key[:12] for alert in core.watch.listed if not alert.key.startswith(name)]
        return Unknown(name, nearest(name, (*self.known.assets, *keys)))
