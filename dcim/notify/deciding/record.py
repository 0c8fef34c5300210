"""Changes of alerts and incidents into one atomic work: facts, rows, messages, all or nothing. Pure.

Change ─▶ fact, alert row                      Incidents.take ─▶ Outcome
IncidentChange ─▶ fact, memory, a message a channel       │
alert told apart ─▶ a message a channel  ◀────────────────┘
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any, Final, TypeAlias, cast

from dcim.alerts import Alert, Change, ChangeKind, Severity, life_of
from dcim.alerts.alert import mute_body, mute_of
from dcim.catalogue import METRICS
from dcim.graph import Topology, Wiring
from dcim.incidents import IncidentChange, Outcome
from dcim.incidents.incident import Belongs
from dcim.incidents.memory import ROOM, body_of, body_of_owing
from dcim.ledger.canonical import canonical
from dcim.model import Batch, Memory, Point
from dcim.model import canonical as labels_of
from dcim.model.fact import Body, Fact, FactKind, Json
from dcim.notify.deciding.dispatch import Dispatch
from dcim.notify.notices.context import Beside, beside
from dcim.notify.notices.headline import called
from dcim.notify.notices.incident import KINDS, incident_notice
from dcim.notify.notices.notice import Notice, Site, notice_of
from dcim.record import dataclass, field, replace
from dcim.store import AlertRow, Message, Work

Newest: TypeAlias = Callable[[str], Iterable[Batch]]
"""Gives the newest batch of each lane of a device by its id."""

Channels: TypeAlias = Iterable[str] | Callable[[Notice], Iterable[str]]
"""The channels that every message goes to, or what says it for each message."""


REGROUPED: Final = "regrouped"
"""The change of an alert that was put elsewhere or has another reason, or is told apart from now on."""

_MESSAGES: Final = frozenset({ChangeKind.RAISED, ChangeKind.CLEARED})
"""The changes of an alert for which a notice has words."""

_NOWHERE: Final = Topology(Wiring())


def record(
    changes: Iterable[Change],
    site: Site,
    channels: Channels,
    newest: Newest = lambda _asset: (),
    outcome: Outcome | None = None,
    topology: Topology = _NOWHERE,
) -> Work:
    """Return the work that makes changes true and tells people of them, in the order they came.

    ``newest`` gives the newest batches of a device, for the values that rules want to be read beside.
    ``outcome`` is what the changes mean for incidents: those are told, and alerts only where it says so.
    Without it nobody looks for causes, and every alert is told by itself.
    """
    writer = _Writer(site, channels, newest, topology)
    places: Mapping[str, Belongs] = outcome.places if outcome else {}
    apart = {one.change.alert.key for one in outcome.apart} if outcome else None
    seen = set()
    for change in changes:
        key = change.alert.key
        seen.add(key)
        alone = change.kind in _MESSAGES and (apart is None or key in apart)
        writer.alert(change, places.get(key), str(change.kind), tell=alone)
    if outcome is None:
        return writer.work()
    for key, belongs in places.items():
        if key not in seen and belongs.member.open:
            again = replace(belongs.member.change, kind=ChangeKind.RAISED, at=outcome.at)
            writer.alert(again, belongs, REGROUPED, tell=apart is not None and key in apart)
    for change_of_incident in outcome.changes:
        writer.incident(change_of_incident)
    for incident in outcome.owing:
        writer.memories[incident.id] = Memory(ROOM, incident.id, body_of_owing(incident))
    return writer.work()


def alert_of(row: AlertRow) -> Alert:
    """Return the open alert that a row keeps, for ``Watch.restore`` after a restart."""
    body = cast("Mapping[str, Any]", row.body)
    point = Point(body["asset"], body["metric"], labels_of(body["labels"]))
    return Alert(
        row.key,
        body["rule"],
        point,
        Severity(body["severity"]),
        float(body["raised_at"]),
        body.get("acknowledged", ""),
        mutes=tuple(map(mute_of, body.get("mutes", ()))),
    )


@dataclass(slots=True)
class _Writer:
    """Writes down one change after the other."""

    site: Site
    channels: Channels
    newest: Newest
    topology: Topology
    facts: list[Fact] = field(default_factory=list)
    rows: dict[str, AlertRow] = field(default_factory=dict)
    memories: dict[str, Memory] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)

    def work(self) -> Work:
        """Return all that was written down."""
        return Work(
            facts=tuple(self.facts),
            alerts=tuple(self.rows.values()),
            memories=tuple(self.memories.values()),
            outbox=tuple(self.messages),
        )

    def alert(self, change: Change, belongs: Belongs | None, said: str, *, tell: bool) -> None:
        """Write down a change of an alert, and where it belongs."""
        key, is_open = change.alert.key, _is_open(change)
        row = _row(change, belongs)
        text = canonical(row)
        fact = _fact(change, row, said, sha256(text.encode()).hexdigest(), is_open=is_open)
        if tell:
            fact |= self._tell(self._notice(change, belongs))
        self.facts.append(Fact(FactKind.ALERT, change.at, key, fact))
        self.rows[key] = AlertRow(key, is_open, change.at, row, text)

    def _notice(self, change: Change, belongs: Belongs | None) -> Notice:
        """Return what people are told of an alert by itself."""
        notice = notice_of(change, self.site, self._context(change))
        labels = (notice.labels, *(one.labels for one in notice.context))
        notice = replace(notice, called=called(self.topology, notice.room, *labels))
        if belongs is None:
            return notice
        reason = belongs.member.reason
        return replace(
            notice,
            incident=belongs.incident,
            because=str(reason.because),
            part=reason.node,
            cause=reason.cause,
            apart=belongs.member.apart,
        )

    def incident(self, change: IncidentChange) -> None:
        """Write down a change of an incident; what people are told is a message a channel."""
        name = change.incident.id
        body = _incident_fact(change)
        if change.kind in KINDS and change.incident.told:
            context = self._context(change.incident.root.change)
            body |= self._tell(incident_notice(change, self.site, self.topology, context))
        self.facts.append(Fact(FactKind.INCIDENT, change.at, name, body))
        self.memories[name] = Memory(ROOM, name, body_of(change))

    def _tell(self, notice: Notice) -> dict[str, Json]:
        """Put a message for each channel into the outbox; return what a fact says of them."""
        names = tuple(self.channels(notice) if callable(self.channels) else self.channels)
        said, named = self._said(notice), notice.message_id
        routes: tuple[str, ...] = ()
        if isinstance(self.channels, Dispatch) and (routes := self.channels.along(notice.key)):
            said = {**said, "routes": routes}
        text = canonical(said)
        self.messages += [
            Message(name, notice.key, named, said, created=notice.at, due=notice.at, text=text)
            for name in names
        ]
        sent = sha256(text.encode()).hexdigest()
        return {"told": names, "routes": routes, "message_id": named, "message_digest": sent}

    def _said(self, notice: Notice) -> Body:
        return self.channels.said(notice) if isinstance(self.channels, Dispatch) else notice.body()

    def _context(self, change: Change) -> tuple[Beside, ...]:
        if change.rule is None or not change.rule.context:
            return ()
        return beside(change.rule.context, self.newest(change.alert.asset), change.at)


def _is_open(change: Change) -> bool:
    return change.alert.open and change.kind is not ChangeKind.CLEARED


def _row(change: Change, belongs: Belongs | None) -> dict[str, Json]:
    """Return what the table of alerts keeps: enough to go on with the alert after a restart."""
    alert, reading = change.alert, change.reading
    point = alert.point
    metric = METRICS.get(point.metric)
    row: dict[str, Json] = {
        "kind": str(change.kind),
        "rule": alert.rule,
        "severity": str(alert.severity),
        "raised_at": alert.raised_at,
        "asset": point.asset,
        "metric": point.metric,
        "labels": dict(point.labels),
        "value": reading.value if reading else None,
        "unit": metric.unit if metric else "",
        "state": reading.state if reading else None,
        "acknowledged": alert.acknowledged,
        "incident": "",
    }
    if alert.mutes:
        row["mutes"] = [mute_body(mute) for mute in alert.mutes]
    if belongs is not None:
        reason = belongs.member.reason
        row["incident"] = belongs.incident
        row["because"], row["part"], row["cause"] = str(reason.because), reason.node, reason.cause
        row["apart"] = belongs.member.apart
    return row


def _fact(
    change: Change, row: Mapping[str, Json], said: str, digest: str, *, is_open: bool
) -> dict[str, Json]:
    """Return what the ledger keeps of an alert; with the digest of its row, so that a change shows."""
    rule, reading = change.rule, change.reading
    return {
        **row,
        "change": said,
        "who": change.who,
        "why": change.why,
        "limit": rule.limit if rule else "",
        "gap": str(reading.gap.reason) if reading and reading.gap else "",
        **life_of(change.alert),
        "open": is_open,
        "digest": digest,
        "told": (),
    }


def _incident_fact(change: IncidentChange) -> dict[str, Json]:
    """Return what the ledger keeps of a change of an incident."""
    incident = change.incident
    services = {
        name: {"function": str(one.function), "redundancy": str(one.redundancy)}
        for name, one in incident.hit.services.items()
    }
    return {
        "change": str(change.kind),
        "who": change.who,
        "why": change.why,
        "severity": str(incident.severity),
        "opened_at": incident.opened_at,
        "roots": list(incident.roots),
        "because": str(incident.because),
        "root": incident.root.key,
        "alerts": len(incident.members),
        "open": incident.standing,
        "devices": len(incident.hit.devices),
        "racks": len(incident.hit.racks),
        "tenants": list(incident.hit.tenants),
        "services": services,
        "acknowledged": incident.acknowledged,
        "note": incident.note,
        "into": incident.into,
        "told": (),
    }
