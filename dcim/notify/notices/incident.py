"""What people are told of an incident: its root, consequence, action, children, what it hits. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from dcim.alerts import Language
from dcim.graph import Topology
from dcim.incidents import Incident, IncidentChange, IncidentKind, Member
from dcim.notify.notices.context import Beside
from dcim.notify.notices.headline import called, headline
from dcim.notify.notices.notice import Notice, Site, notice_of
from dcim.notify.notices.told import Also, Child, NoticeKind, Subject, Touched
from dcim.record import replace

MOST: Final = 50
"""Children and services that one message carries; it says how many there are in all."""

_MOST_ALSO: Final = 3
_MOST_NAMES: Final = 5
"""Other things to be done that one message carries, and devices that each names."""

KINDS: Final = {
    IncidentKind.RAISED: NoticeKind.RAISED,
    IncidentKind.UPDATED: NoticeKind.UPDATED,
    IncidentKind.ACKNOWLEDGED: NoticeKind.ACKNOWLEDGED,
    IncidentKind.CLEARED: NoticeKind.CLEARED,
}
"""The changes of an incident that people are told."""


def incident_notice(
    change: IncidentChange, site: Site, topology: Topology, context: tuple[Beside, ...] = ()
) -> Notice:
    """Return what people are told of a change of an incident: one of ``KINDS``."""
    incident = change.incident
    root = notice_of(incident.root.change, site, context)
    others = (one for one in incident.members if one is not incident.root)
    children = tuple(_child(one) for one in islice(others, MOST))
    return replace(
        root,
        kind=KINDS[change.kind],
        key=incident.id,
        severity=incident.severity,
        at=change.at,
        raised_at=incident.opened_at,
        subject=Subject.INCIDENT,
        incident=incident.id,
        number=incident.number,
        headline=headline(incident, topology, context),
        acknowledged=incident.acknowledged,
        note=incident.note,
        why=change.why or root.why,
        alerts=len(incident.members),
        devices=len(incident.hit.devices),
        racks=len(incident.hit.racks),
        tenants=incident.hit.tenants,
        services=tuple(_touched(change, topology)),
        children=children,
        also=tuple(_also(incident)) if incident.open else (),
        called=called(
            topology,
            root.room,
            root.labels,
            *(one.labels for one in context),
            *(one.labels for one in children),
        ),
        because=str(incident.because),
        unknown_since=incident.unseen.since if incident.unseen and incident.open else None,
        part=incident.roots[0] if incident.roots else "",
        apart=False,
    )


def _touched(change: IncidentChange, topology: Topology) -> Iterable[Touched]:
    for name, standing in islice(change.incident.hit.services.items(), MOST):
        service = topology.services[name]
        yield Touched(
            name,
            service.name or name,
            str(service.kind),
            service.subject,
            service.tenant,
            str(standing.function),
            str(standing.redundancy),
        )


def _also(incident: Incident) -> Iterable[Also]:
    """Yield what else is to be done, once a rule: not what the incident itself is told with."""
    by_rule: dict[str, list[Member]] = {}
    for member in incident.calling:
        by_rule.setdefault(member.alert.rule, []).append(member)
    by_rule.pop(incident.root.alert.rule, None)
    for name, members in islice(by_rule.items(), _MOST_ALSO):
        if rule := members[0].change.rule:
            names = dict.fromkeys(
                one.change.asset.name if one.change.asset else one.alert.asset for one in members
            )
            shown = tuple(islice(names, _MOST_NAMES))
            yield Also(name, rule.title, rule.consequence, rule.action, len(names), shown)


def _child(member: Member) -> Child:
    alert, asset, rule = member.alert, member.change.asset, member.change.rule
    return Child(
        key=alert.key,
        rule=alert.rule,
        severity=alert.severity,
        asset=alert.asset,
        name=asset.name if asset else alert.asset,
        title=rule.title if rule else dict.fromkeys(Language, alert.rule),
        raised_at=alert.raised_at,
        labels=dict(alert.point.labels),
        open=alert.open,
    )
