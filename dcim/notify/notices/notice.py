"""What people are told about a change of an incident or alert: complete in itself, and so after a restart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import lru_cache
from hashlib import sha256
from operator import attrgetter
from typing import Any, Final

from dcim.alerts import Alert, Change, Language, Rule, Severity, Text, detection_bound
from dcim.catalogue import METRICS
from dcim.model import Asset
from dcim.model.fact import Body, Json
from dcim.notify.notices.context import Beside
from dcim.notify.notices.told import PLAIN, Also, Child, NoticeKind, Subject, Touched, plain, text_of
from dcim.poll import Pace
from dcim.record import acyclic, dataclass, field

_NO_HOST: Final = re.compile(r"[^A-Za-z0-9-]+")
_HOST: Final = 30
_KINDS: Final = {str(kind): kind for kind in NoticeKind}
_SEVERAL: Final = frozenset(
    {NoticeKind.UPDATED, NoticeKind.ACKNOWLEDGED, NoticeKind.REMINDED, NoticeKind.ANNOUNCED}
)
_NOTHING: Final[Text] = dict.fromkeys(Language, "")
_TEXTS: Final = ("title", "consequence", "action", "headline")
_LISTS: Final = ("context", "services", "children", "also")
_OWN: Final = frozenset({"site", *_LISTS})


@dataclass(frozen=True, slots=True)
class Site:
    """The building as people call it, its IANA time zone and the language of its people."""

    id: str
    name: str
    time_zone: str = "UTC"
    language: Language = Language.EN


@dataclass(frozen=True, slots=True)
@acyclic
class Notice:
    """One change of an incident or alert, for people. Times are UTC seconds, values in ``unit``, a base unit.

    Of an incident everything about a device, rule and value is that of its root: the alert that it is named
    after. ``key`` is what raise and clearance share. ``number`` counts the messages of one key from 0.
    ``headline`` says the incident in one sentence, ``children`` are its other alerts, the worst first, of
    ``alerts`` in all; ``devices`` and ``racks`` count those it hits. ``because``, ``part`` and ``cause`` say
    why an alert is in its incident, at which part of the building the cause stands and which alert shows it;
    ``apart`` that it is told by itself beside its incident.

    ``called`` gives the names of the parts of the building that labels name by their ids: labels of this
    alert, of the values beside it and of its children.

    ``detect_within`` is the longest time in seconds from the fault to the alert, None where it is unknown.
    ``gap`` is the reason of a gap that was seen instead of a value, ``raw`` what stood there. ``context`` are
    the values that the rule wants to be read beside.
    """

    kind: NoticeKind
    key: str
    rule: str
    severity: Severity
    at: float
    raised_at: float
    site: Site
    asset: str
    metric: str
    labels: Mapping[str, str]
    title: Text
    consequence: Text
    action: Text
    name: str = ""
    device_kind: str = ""
    room: str = ""
    rack: str = ""
    feed: str = ""
    value: float | None = None
    unit: str = ""
    state: str | None = None
    limit: str = ""
    runbook: str = ""  # the address where it is written what to do
    detect_within: float | None = None
    acknowledged: str = ""  # who; empty while nobody has
    why: str = ""
    gap: str = ""
    raw: str = ""
    context: tuple[Beside, ...] = ()
    subject: Subject = Subject.ALERT
    incident: str = ""  # the id of the incident; empty where there is none
    number: int = 0
    headline: Text = field(default_factory=lambda: _NOTHING)
    note: str = ""  # what whoever acknowledged wrote
    alerts: int = 1
    devices: int = 1
    racks: int = 0
    tenants: tuple[str, ...] = ()
    services: tuple[Touched, ...] = ()
    children: tuple[Child, ...] = ()
    also: tuple[Also, ...] = ()
    because: str = ""
    part: str = ""
    cause: str = ""
    apart: bool = False
    called: tuple[tuple[str, str], ...] = ()
    unknown_since: float | None = None  # since when something of an incident is not known any more
    routes: tuple[str, ...] = ()  # by which it goes out, as the configuration names them
    attached: str = ""  # the path of a file that a mail carries
    attached_sha256: str = ""  # of what was issued (hex): another file of that name is not sent
    language: str = ""  # of its mail, where it is not that of the channel

    @property
    def message_id(self) -> str:
        """Return the name of this message for ever: of its key, this occurrence and this change of it."""
        return self._message_id(self.kind, self.number)

    @property
    def raise_id(self) -> str:
        """Return the name of the message that told of the raise: what a clearance answers."""
        return self._message_id(NoticeKind.RAISED, 0)

    def _message_id(self, kind: NoticeKind, number: int) -> str:
        """Return a msg-id (RFC 5322) short enough that no mailer folds it."""
        which = f"{kind}|{number}" if kind in _SEVERAL else kind
        named = sha256(f"{self.key}|{round(self.raised_at * 1000)}|{which}".encode()).hexdigest()
        return f"<{named[:24]}@{_host(self.site.id)}.dcim>"

    def body(self) -> Body:
        """Return the notice as the store keeps it: without what is as it is by default."""
        found: dict[str, Json] = {}
        for (name, default), value in zip(_DEFAULTS, _values(self), strict=True):
            if value is not default and value != default:
                found[name] = value if type(value) in PLAIN else plain(value)
        for name in _LISTS:
            if parts := getattr(self, name):
                found[name] = [one.body() for one in parts]
        site = self.site
        found["site"] = {
            "id": site.id, "name": site.name, "time_zone": site.time_zone, "language": str(site.language)
        }  # fmt: skip
        return found

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Notice:
        """Return the notice that a body was made from."""
        said = dict(body)
        said["site"] = Site(**{**body["site"], "language": Language(body["site"]["language"])})
        said.update({name: text_of(body.get(name)) for name in _TEXTS})
        said["context"] = tuple(Beside.of(one) for one in body.get("context", ()))
        said["services"] = tuple(Touched.of(one) for one in body.get("services", ()))
        said["children"] = tuple(Child.of(one) for one in body.get("children", ()))
        said["also"] = tuple(Also.of(one) for one in body.get("also", ()))
        said["tenants"], said["routes"] = tuple(body.get("tenants", ())), tuple(body.get("routes", ()))
        said["called"] = tuple((part, name) for part, name in body.get("called", ()))
        said["subject"] = Subject(body.get("subject", Subject.ALERT))
        said["kind"], said["severity"] = NoticeKind(body["kind"]), Severity(body["severity"])
        return cls(**said)


_DEFAULTS: Final = tuple(
    (one.name, _NOTHING if one.name in _TEXTS else one.default if one.default is not MISSING else None)
    for one in fields(Notice)
    if one.name not in _OWN
)
"""Of every field that is one value what it is by default; None, which no such field is, where it has none."""

_values: Final = attrgetter(*(name for name, _ in _DEFAULTS))


@lru_cache(maxsize=64)
def _host(site: str) -> str:
    """Return a site's id as the name of a host may be."""
    return _NO_HOST.sub("-", site)[:_HOST].strip("-") or "site"


def notice_of(change: Change, site: Site, context: tuple[Beside, ...] = ()) -> Notice:
    """Return what people are told about a change, and the values beside it."""
    alert, rule, reading = change.alert, change.rule, change.reading
    none: Text = dict.fromkeys(Language, "")
    metric = METRICS.get(alert.point.metric)
    return Notice(
        kind=_KINDS.get(change.kind, NoticeKind.UPDATED),
        key=alert.key,
        rule=alert.rule,
        severity=alert.severity,
        at=change.at,
        raised_at=alert.raised_at,
        site=site,
        asset=alert.asset,
        metric=alert.point.metric,
        labels=dict(alert.point.labels),
        title=rule.title if rule else dict.fromkeys(Language, alert.rule),
        consequence=rule.consequence if rule else none,
        action=rule.action if rule else none,
        value=reading.value if reading else None,
        unit=metric.unit if metric else "",
        state=reading.state if reading else None,
        limit=rule.limit if rule else "",
        runbook=rule.runbook if rule else "",
        detect_within=_bound(rule, change.asset) if rule and change.asset else None,
        acknowledged=alert.acknowledged,
        why=change.why,
        gap=str(reading.gap.reason) if reading and reading.gap else "",
        raw=reading.gap.raw if reading and reading.gap else "",
        context=context,
        **_device(change.asset, alert),
    )


def _bound(rule: Rule, asset: Asset) -> float:
    """Return how late the alert can be: a poll is over by its deadline, a share of the interval."""
    return detection_bound(rule, asset.interval * Pace().share)


def _device(asset: Asset | None, alert: Alert) -> dict[str, Any]:
    if asset is None:
        return {"name": alert.asset}
    return {
        "name": asset.name,
        "device_kind": str(asset.kind),
        "room": asset.room,
        "rack": asset.rack,
        "feed": asset.feed,
    }
