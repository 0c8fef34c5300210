"""What a notice says now: a reminder tells of the incident as it stands, not as it was once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from dcim.alerts import Change
from dcim.graph import Topology
from dcim.incidents import Incident, IncidentChange, IncidentKind, Incidents, Member
from dcim.model import Batch
from dcim.notify.notices.context import Beside, beside
from dcim.notify.notices.incident import incident_notice
from dcim.notify.notices.notice import Notice, Site, notice_of
from dcim.notify.notices.told import Subject
from dcim.record import replace

AsNow: TypeAlias = Callable[[Notice, float], Notice]
"""Gives what a kept notice would say at a time (UTC seconds)."""


def as_now(
    notice: Notice,
    at: float,
    incidents: Incidents,
    newest: Callable[[str], Iterable[Batch]],
    site: Site,
    topology: Topology,
) -> Notice:
    """Return a kept notice with headline, children, services and values as of ``at`` (UTC seconds).

    Of what is known no more the values stay, with their age as it is now.
    """
    told_alone = notice.subject is not Subject.INCIDENT
    incident = incidents.of(notice.key) if told_alone else incidents.named(notice.key)
    if incident is None:
        return aged(notice, at)
    member = incident.root if not told_alone else _member(incident, notice.key)
    change = _read_again(member.change, newest)
    context = _context(change, newest, at)
    if told_alone:
        here = notice_of(change, site, context)
        return replace(
            notice, context=context, value=here.value, state=here.state, gap=here.gap, raw=here.raw
        )
    root = replace(incident.root, change=change)
    members = tuple(root if one is incident.root else one for one in incident.members)
    said = IncidentChange(IncidentKind.UPDATED, replace(incident, root=root, members=members), at)
    return incident_notice(said, site, topology, context)


def aged(notice: Notice, at: float) -> Notice:
    """Return a notice whose values have the age that they have at ``at`` (UTC seconds)."""
    later = max(0.0, at - notice.at)
    context = tuple(
        one if one.age is None else replace(one, age=round(one.age + later, 3)) for one in notice.context
    )
    return replace(notice, context=context)


def _member(incident: Incident, key: str) -> Member:
    return next(member for member in incident.members if member.key == key)


def _read_again(change: Change, newest: Callable[[str], Iterable[Batch]]) -> Change:
    """Return a change with what its point reads now; as it was where nothing reads it any more."""
    point = change.alert.point
    for batch in newest(change.alert.asset):
        if point in batch.layout.points:
            return replace(change, reading=batch.reading(batch.layout.points.index(point)))
    return change


def _context(change: Change, newest: Callable[[str], Iterable[Batch]], at: float) -> tuple[Beside, ...]:
    if change.rule is None or not change.rule.context:
        return ()
    return beside(change.rule.context, newest(change.alert.asset), at)
