"""The view that pages and API have of the running daemon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from dcim.alerts import Alert, Change, Deed, Language, Lying, Phase, Severity, Text
from dcim.catalogue import METRICS, Shape
from dcim.collect import Heard
from dcim.daemon.explaining import Known
from dcim.daemon.people import naming
from dcim.daemon.people.deeds import did
from dcim.daemon.people.links import Around, look, take
from dcim.daemon.people.tokens import Tokens
from dcim.daemon.records.recorded import on_call_at
from dcim.daemon.rooms import Rooms
from dcim.daemon.why import Why
from dcim.explain import Answer, Unknown
from dcim.history.columns import pl
from dcim.model import Asset, Batch, Identity, Point
from dcim.notify.headline import headline, name_of
from dcim.outputs.prometheus import Exposition
from dcim.poll import Presence
from dcim.routing import Override
from dcim.series import Quality
from dcim.store import Work
from dcim.web import (
    AlertView,
    Caller,
    DutyView,
    Exchange,
    HealthView,
    Hearing,
    IncidentView,
    LinkState,
    LinkView,
    ServiceView,
    SiteView,
    Subscription,
    WindowView,
)
from dcim.windows import Window as Announced

_RECORDED: Final = 5.0
"""Seconds that somebody who did something waits for it to be on disk."""

_ORDER: Final = {severity: place for place, severity in enumerate(Severity)}


class Window:
    """Answers what is asked about the daemon. Fulfils ``dcim.web.View``."""

    def __init__(self, rooms: Rooms, exposition: Exposition, health: Callable[[], HealthView]) -> None:
        site = rooms.plan.settings.site
        self._site = SiteView(
            site.id, site.name, ZoneInfo(site.time_zone), site.language, rooms.plan.settings.rooms,
            rooms.plan.settings.grafana,
        )  # fmt: skip
        self._assets = {asset.id: asset for asset in rooms.plan.settings.assets}
        self._services = {asset.id: asset for asset in rooms.core.building.assets}
        self._rooms = rooms
        self._exposition = exposition
        self._health = health
        self._tokens = Tokens(rooms.plan.settings, rooms.plan.secrets)
        self._named = rooms.core.people.shown
        self.recording_of = rooms.recordings.name_of
        self._why = Why(_known(rooms), self._site.zone, rooms.poller)

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
        return [(batch, self._quality(batch, asset)) for batch in self._rooms.newest.batches(asset_id)]

    def _quality(self, batch: Batch, asset: Asset) -> Quality:
        """Judge a batch by its age; one of a frozen agent is as old as nobody knows."""
        if self._rooms.newest.frozen(batch.layout):
            return Quality.STALE
        return self._rooms.freshness.quality(batch, asset.interval, self._rooms.clock.now())

    def point(self, point_id: int) -> Point | None:
        """Return a point by its id, or None when no device has said it."""
        reading = self._rooms.newest.reading(point_id)
        return reading.point if reading else None

    def states(self, point_id: int) -> Mapping[float, str] | None:
        """Return the words of a point that carries states by the numbers that history keeps; else None."""
        found = self._rooms.newest.find(point_id)
        meanings = found[0].layout.states[found[1]] if found else None
        return {code: meaning.word for code, meaning in meanings.items()} if meanings is not None else None

    def alerts(self) -> Sequence[AlertView]:
        """Return the alerts that stand, are muted or wait to be seen; worst first, then oldest first."""
        ordered = sorted(
            self._rooms.watch.listed, key=lambda alert: (_ORDER[alert.severity], alert.raised_at)
        )
        return [self._shown(alert) for alert in ordered]

    def incidents(self) -> Sequence[IncidentView]:
        """Return the open incidents, worst first, then oldest first."""
        causes = self._rooms.core.causes
        topology = causes.topology
        ordered = sorted(causes.incidents.open, key=lambda one: (_ORDER[one.severity], one.opened_at))
        return [
            IncidentView(
                naming.incident_named(one, self._named),
                headline(one, topology),
                partial(name_of, topology, member=one.root),
            )
            for one in ordered
        ]

    async def explain(self, name: str, at: float | None, language: Language) -> Answer | Unknown:
        """Return why a device, service, alert or incident pages or does not, now or at a time."""
        answer = await self._why.explain(name, at, language)
        return answer if isinstance(answer, Unknown) else naming.answer_named(answer, self._named)

    def mutes(self) -> Sequence[Lying]:
        """Return what is muted, with its ends in UTC seconds."""
        return [naming.lying_named(lying, self._named) for lying in self._rooms.watch.mutes]

    async def act(self, deed: Deed) -> tuple[Sequence[Change], bool]:
        """Do to alerts what a person wishes; return what changed, and whether it is on disk."""
        changes = self._rooms.core.act(deed, self._rooms.plan.settings.alerts.shelve_most)
        return changes, await self._rooms.books.settled(_RECORDED)

    @property
    def has_tokens(self) -> bool:
        """Return whether people have tokens: then nobody does anything without one."""
        return bool(self._tokens)

    def person_of(self, token: str) -> str:
        """Return whose token this is; empty: nobody's."""
        return self._tokens.owner(token)

    def link(self, text: str) -> LinkView:
        """Return how a link from a message stands. Changes nothing."""
        return naming.link_named(look(self._rooms.links, text, self._linked())[0], self._named)

    async def follow(self, text: str, note: str) -> tuple[LinkView, bool]:
        """Acknowledge by a link, once; return how it stands then, and whether that is on disk."""
        act = self._rooms.core.act
        most = self._rooms.plan.settings.alerts.shelve_most
        link = take(self._rooms.links, text, note, self._linked(), lambda deed, also: act(deed, most, also))
        link = naming.link_named(link, self._named)
        return link, link.state is not LinkState.DONE or await self._rooms.books.settled(_RECORDED)

    def _linked(self) -> Around:
        causes = self._rooms.core.causes
        return Around(self._rooms.watch, lambda: (causes.incidents, causes.topology), self._titled)

    def _titled(self, alert: Alert) -> Text:
        """Return what an alert is called, with its device."""
        shown = self._shown(alert)
        name = shown.asset.name if shown.asset else alert.asset
        titles = shown.rule.title if shown.rule else dict.fromkeys(Language, alert.rule)
        return {language: f"{name}: {title}" for language, title in titles.items()}

    async def on_call_at(self, at: float) -> Mapping[str, str]:
        """Return who was on call at a time (UTC seconds) by what is on record, or will be; by rota."""
        duty, now = self._rooms.core.dispatch.duty, self.now()
        if at >= now:
            return {name: duty.on_call(name, at) for name in duty.rotas}
        found = await asyncio.to_thread(on_call_at, self._rooms.store, tuple(duty.rotas), at)
        return {rota: self._named(person) for rota, person in found.items()}

    def on_call(self) -> Sequence[DutyView]:
        """Return who is on call, by rota."""
        duty, at = self._rooms.core.dispatch.duty, self._rooms.clock.now()
        people = self._rooms.plan.settings.telling.people
        found = []
        for name, rota in duty.rotas.items():
            person, overrides = duty.on_call(name, at), duty.overrides.get(name, ())
            until = rota.next_change(at, overrides)
            found.append(DutyView(name, person, people[person].name, until, overrides))
        return found

    async def stand_in(self, rota: str, override: Override, caller: Caller) -> None:
        """Let somebody stand in; raise DutyRefused for what makes no sense."""
        who = self._rooms.core.people.known_as(caller.who, self.now())
        self._rooms.core.dispatch.duty.stand_in(rota, override, who)
        self._did("stand_in", rota, caller)
        self._rooms.core.tick()
        await self._rooms.books.settled(_RECORDED)

    def windows(self) -> Sequence[WindowView]:
        """Return the maintenance that is open or comes, the soonest first."""
        work = self._rooms.core.maintenance
        return [
            WindowView(
                naming.window_named(window, self._named),
                span,
                window.id in work.open,
                tuple(asset.id for asset in work.covered(window)),
            )
            for window, span in work.windows()
        ]

    async def announce(self, window: Announced, caller: Caller) -> None:
        """Take work that somebody announces; raise WindowRefused for what makes no sense."""
        self._rooms.core.announced(window)
        self._did("announce", window.id, caller)
        await self._rooms.books.settled(_RECORDED)

    async def withdraw(self, window_id: str, caller: Caller) -> None:
        """End announced work or take it back; raise WindowRefused if that is impossible."""
        core = self._rooms.core
        core.turned(core.maintenance.withdraw(window_id, core.people.known_as(caller.who, self.now())))
        self._did("withdraw", window_id, caller)
        await self._rooms.books.settled(_RECORDED)

    def _did(self, doing: str, about: str, caller: Caller) -> None:
        """Record who did something, and by what proof that is known."""
        people, at = self._rooms.core.people, self.now()
        who, login = people.known_as(caller.who, at), people.known_as(caller.login, at)
        fact = did(about, at, who, caller.proof, login, {"doing": doing})
        self._rooms.books.note(Work(facts=(fact,), people=people.unsaved()))

    def services(self) -> Sequence[ServiceView]:
        """Return every service that people are told of, those that others need first."""
        building = self._rooms.core.building
        return [found for asset in building.assets if (found := self.service(asset.id)) is not None]

    def service(self, service_id: str) -> ServiceView | None:
        """Return one service; None when there is none."""
        building = self._rooms.core.building
        stands = building.stands(service_id)
        if stands is None:
            return None
        return ServiceView(stands.service, stands.standing, stands.since, building.services.parts(service_id))

    def health(self) -> HealthView:
        """Return how the daemon itself is."""
        return self._health()

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

    def metrics(self, *, openmetrics: bool = False) -> AsyncIterator[bytes]:
        """Give the Prometheus exposition piece by piece."""
        return self._exposition.render(self._rooms.clock.now(), openmetrics=openmetrics)

    def subscribe(self) -> Subscription:
        """Return what collects the ids of devices whose readings, presence or alerts change."""
        subscription = Subscription()
        self._rooms.core.subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Tell a subscription nothing more."""
        self._rooms.core.subscriptions.discard(subscription)

    def _shown(self, alert: Alert) -> AlertView:
        asset = self._assets.get(alert.asset) or self._services.get(alert.asset)
        rules = self._rooms.plan.rules
        own = rules.for_point(asset, alert.point) if asset else ()
        rule = next((rule for rule in own if rule.name == alert.rule), rules.rules.get(alert.rule))
        newest = self._rooms.newest
        found = newest.find(alert.point.id)
        reading = found[0].reading(found[1]) if found else None
        quality = self._quality(found[0], asset) if found and asset else Quality.STALE
        incidents = self._rooms.core.causes.incidents
        return AlertView(
            naming.alert_named(alert, self._named),
            asset,
            rule,
            reading,
            quality,
            not newest.vanished(alert.point),
            incidents.id_of(alert.key),
            incidents.reason(alert.key),
            self._rooms.watch.state(alert.rule, alert.point).phase is Phase.CLEARING,
        )


def _known(rooms: Rooms) -> Known:
    settings, core = rooms.plan.settings, rooms.core
    watched = (*settings.assets, *core.building.assets, rooms.channels.asset)
    assets = {asset.id: asset for asset in watched}
    return Known(core, rooms.plan.rules, assets, rooms.freshness, settings.telling, rooms.clock, rooms.store)


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
