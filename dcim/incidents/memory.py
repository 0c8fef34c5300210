"""An open incident on disk and back. Its alerts say themselves to which one they belong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Any, Final

from dcim.alerts import Alert, Change, ChangeKind, Severity
from dcim.incidents.case import Case
from dcim.incidents.incident import Incident, IncidentChange, IncidentKind, Member, Reached, Reason
from dcim.incidents.place import Because, Place
from dcim.incidents.trouble import Trouble
from dcim.model import Point, canonical
from dcim.model.fact import Json
from dcim.record import replace

ROOM: Final = "incident"
"""Room of the memories of open incidents, by id."""

OVER: Final = frozenset({IncidentKind.CLEARED, IncidentKind.MERGED})
"""The changes after which there is nothing to remember."""

_COUNTED: Final = frozenset(
    {IncidentKind.RAISED, IncidentKind.UPDATED, IncidentKind.ACKNOWLEDGED, IncidentKind.CLEARED}
)


def body_of(change: IncidentChange) -> dict[str, Json] | None:
    """Return what is to be remembered of an incident after a change; None: nothing."""
    if change.kind in OVER:
        return None
    return _body(change.incident, said=change.kind in _COUNTED)


def body_of_owing(incident: Incident) -> dict[str, Json]:
    """Return what is to be remembered of an incident of which people are to be told more."""
    return _body(incident, said=False)


def _body(incident: Incident, *, said: bool) -> dict[str, Json]:
    alert, reached = incident.root.alert, incident.reached
    return {
        "opened_at": incident.opened_at,
        "roots": list(incident.roots),
        "because": str(incident.because),
        "severity": str(incident.severity),
        "head": incident.head,
        "told": incident.told,
        "told_at": incident.told_at,
        "number": incident.number + (incident.told and said),
        "services": sorted(incident.hit.services),
        "down": sorted(incident.hit.down),
        "reached": [list(each) for each in (reached.devices, reached.racks, reached.tenants)],
        "lost": [list(each) for each in reached.lost],
        "safe": [list(one) for one in incident.safe],
        "acknowledged": incident.acknowledged,
        "note": incident.note,
        "owed": incident.owed,
        "unknown": incident.unknown,
        "silent": list(incident.silent),
        "calls": list(incident.calls),
        "root": {
            "key": alert.key,
            "rule": alert.rule,
            "asset": alert.asset,
            "metric": alert.point.metric,
            "labels": dict(alert.point.labels),
            "severity": str(alert.severity),
            "raised_at": alert.raised_at,
        },
    }


def case_of(name: str, body: Mapping[str, Any], members: Iterable[Member], now: float, to_utc: float) -> Case:
    """Return the incident that a body was made from, with its alerts that stand.

    ``now`` is monotonic, ``to_utc`` what makes UTC of it. The pause after its last message counts from that
    message, as far as the body tells when it was (an older version did not). The alert that named it is in
    it as a closed one where it stands no more, so that the end can be told by its name.
    """
    severity, opened_at = Severity(body["severity"]), body["opened_at"]
    opened = min(now, opened_at - to_utc)
    case = Case(name, opened_at, opened, Because(body["because"]), severity, list(body["roots"]))
    case.told, case.number, case.head = body["told"], body["number"], body["head"]
    case.acknowledged, case.note = body["acknowledged"], body["note"]
    if case.told:
        case.told_severity, case.told_at = severity, body.get("told_at", 0.0)
        case.told_last = min(now, case.told_at - to_utc) if case.told_at else now
        case.told_services = frozenset(body["services"])
        case.told_down = frozenset(body.get("down", ()))
        case.told_unknown, case.told_silent = body.get("unknown", False), frozenset(body.get("silent", ()))
    case.owed = case.kept = body.get("owed", "")
    case.reached = Reached(*(tuple(each) for key in ("reached", "lost") for each in body.get(key, ())))
    case.kept_lost = case.reached.lost
    case.told_safety = {(device, trouble) for device, trouble in body["safe"]}
    for member in members:
        case.put(member)
    if case.told:  # an older version did not say what it told: what stands now is no news
        told = body.get("calls")
        case.told_calls = case.calls if told is None else frozenset(map(Trouble, told))
    if body["root"]["key"] not in case.members:
        case.put(_closed(body["root"]))
    return case


def unhang(case: Case, shows: Callable[[Reason], bool], now: float) -> None:
    """Have an incident looked at again whose alerts hang on a cause that no alert shows any more.

    The cause may have gone just before a restart, or while nobody watched.
    """
    for member in [case.members[key] for key in case.open]:
        reason = member.reason
        if not reason.suppresses or shows(reason):
            continue
        case.cleared_at = now
        if reason.cause:
            case.put(replace(member, reason=replace(reason, cause="")))
            case.to_weigh = True
            case.seen_back.add(reason.node)
        else:
            case.live_since[reason.node] = -inf  # for all we know


def case_before(name: str, member: Member, now: float) -> Case:
    """Return an incident for an alert of which people were told by an older version, by itself."""
    alert = member.alert
    case = Case(name, alert.raised_at, now, Because.ITSELF, alert.severity, [member.place.node])
    case.told, case.number, case.told_severity, case.told_last = True, 1, alert.severity, now
    case.put(member)
    return case


def _closed(root: Mapping[str, Any]) -> Member:
    point = Point(root["asset"], root["metric"], canonical(root["labels"]))
    severity, at = Severity(root["severity"]), root["raised_at"]
    alert = Alert(root["key"], root["rule"], point, severity, at, open=False)
    place = Place(alert.asset, alert.asset, Trouble.OTHER, key=alert.key)
    return Member(Change(ChangeKind.CLEARED, alert, at), place, Reason(Because.ITSELF, alert.asset))
