"""What pages and API see of what is wrong: alerts, incidents, what is muted, services, and why."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from dcim.alerts import Alert, Language, Lying, Phase, Severity
from dcim.daemon.explaining import Known
from dcim.daemon.people import naming
from dcim.daemon.records.readings import read_at
from dcim.daemon.rooms import Rooms
from dcim.daemon.why import Why
from dcim.daemon.window.devices import Devices
from dcim.explain import Answer, Unknown
from dcim.model import Health, Reading
from dcim.notify.notices.headline import headline, name_of
from dcim.record import replace
from dcim.series import Quality
from dcim.web import AlertView, IncidentView, ServiceView

_ORDER: Final = {severity: place for place, severity in enumerate(Severity)}


class Troubles(Devices):
    """Alerts, incidents and services. The second part of ``dcim.web.View``."""

    def __init__(self, rooms: Rooms) -> None:
        super().__init__(rooms)
        self._named = rooms.core.people.shown
        self._why = Why(_known(rooms), self._site.zone, rooms.poller)

    def alerts(self) -> Sequence[AlertView]:
        """Return the alerts that stand, are muted or wait to be seen; worst first, then oldest first."""
        ordered = sorted(
            self._rooms.watch.listed, key=lambda alert: (_ORDER[alert.severity], alert.raised_at)
        )
        return [self.shown(alert) for alert in ordered]

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

    def name(self, part: str) -> str:
        """Return what people call a device, a service or a part of the building."""
        asset = self._assets.get(part)
        return asset.name if asset else name_of(self._rooms.core.causes.topology, part)

    def mutes(self) -> Sequence[Lying]:
        """Return what is muted, with its ends in UTC seconds."""
        return [naming.lying_named(lying, self._named) for lying in self._rooms.watch.mutes]

    async def explain(self, name: str, at: float | None, language: Language) -> Answer | Unknown:
        """Return why a device, service, alert or incident pages or does not, now or at a time."""
        answer = await self._why.explain(name, at, language)
        return answer if isinstance(answer, Unknown) else naming.answer_named(answer, self._named)

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

    def shown(self, alert: Alert) -> AlertView:
        """Return an alert with its device, its rule and what is read now."""
        own = self._rooms.channels.asset
        asset = own if alert.asset == own.id else self._assets.get(alert.asset)
        asset = asset or self._services.get(alert.asset)
        rules = self._rooms.plan.rules
        looking = rules.for_point(asset, alert.point) if asset else ()
        rule = next((rule for rule in looking if rule.name == alert.rule), rules.rules.get(alert.rule))
        newest = self._rooms.newest
        found = newest.find(alert.point.id)
        reading = found[0].reading(found[1]) if found else None
        quality = self.quality(found[0], asset) if found and asset else Quality.STALE
        causes = self._rooms.core.causes
        incidents = causes.incidents
        return AlertView(
            naming.alert_named(alert, self._named),
            asset,
            rule,
            reading,
            quality,
            not newest.vanished(alert.point),
            causes.returned.incident(alert.key) or incidents.id_of(alert.key),
            incidents.reason(alert.key),
            self._rooms.watch.state(alert.rule, alert.point).phase is Phase.CLEARING
            and _is_known(reading, quality),
        )


def _is_known(reading: Reading | None, quality: Quality) -> bool:
    """Whether a reading says how something is: of what is unknown again nobody says that it is fine."""
    if reading is None or reading.gap is not None or quality is not Quality.FRESH:
        return False
    told = reading.value is not None or reading.state is not None
    return told and reading.state != "unknown" and reading.health is not Health.UNKNOWN


def _known(rooms: Rooms) -> Known:
    settings, core = rooms.plan.settings, rooms.core
    watched = (*settings.assets, *core.building.assets, rooms.channels.asset)
    assets = {asset.id: asset for asset in watched}
    known = Known(core, rooms.plan.rules, assets, rooms.freshness, settings.telling, rooms.clock, rooms.store)
    return known if rooms.history is None else replace(known, read=partial(read_at, rooms.history))
