"""What people are told about one change of an alert: complete in itself, and the same after a restart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Any, Final, cast

from dcim.alerts import Alert, Change, ChangeKind, Language, Rule, Severity, Text, detection_bound
from dcim.catalogue import METRICS
from dcim.model import Asset
from dcim.model.fact import Body, Json
from dcim.notify.context import Beside
from dcim.poll import Pace

_NO_HOST: Final = re.compile(r"[^A-Za-z0-9-]+")
_HOST: Final = 30
_OWN: Final = frozenset({"site", "context"})


@dataclass(frozen=True, slots=True)
class Site:
    """The building as people call it, its IANA time zone and the language of its people."""

    id: str
    name: str
    time_zone: str = "UTC"
    language: Language = Language.EN


@dataclass(frozen=True, slots=True)
class Notice:
    """One change of one alert, for people. Times are UTC seconds, values are in ``unit``, a base unit.

    ``detect_within`` is the longest time in seconds from the fault to the alert, None where it is unknown.
    ``gap`` is the reason of a gap that was seen instead of a value, ``raw`` what stood there. ``context`` are
    the values that the rule wants to be read beside.
    """

    kind: ChangeKind
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
    detect_within: float | None = None
    acknowledged: str = ""  # who; empty while nobody has
    why: str = ""
    gap: str = ""
    raw: str = ""
    context: tuple[Beside, ...] = ()

    @property
    def message_id(self) -> str:
        """Return the name of this message for ever: of the alert, this occurrence and this change of it."""
        return self._message_id(self.kind)

    @property
    def raise_id(self) -> str:
        """Return the name of the message that told of the raise: what a clearance answers."""
        return self._message_id(ChangeKind.RAISED)

    def _message_id(self, kind: ChangeKind) -> str:
        """Return a msg-id (RFC 5322) short enough that no mailer folds it."""
        named = sha256(f"{self.key}|{round(self.raised_at * 1000)}|{kind}".encode()).hexdigest()
        host = _NO_HOST.sub("-", self.site.id)[:_HOST].strip("-") or "site"
        return f"<{named[:24]}@{host}.dcim>"

    def body(self) -> Body:
        """Return the notice as the store keeps it."""
        plain = {
            field.name: _plain(getattr(self, field.name)) for field in fields(self) if field.name not in _OWN
        }
        site = {field.name: str(getattr(self.site, field.name)) for field in fields(Site)}
        return {**plain, "site": site, "context": [one.body() for one in self.context]}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Notice:
        """Return the notice that a body was made from."""
        said = dict(body)
        said["site"] = Site(**{**body["site"], "language": Language(body["site"]["language"])})
        for name in ("title", "consequence", "action"):
            said[name] = {Language(language): text for language, text in body[name].items()}
        said["context"] = tuple(Beside.of(one) for one in body.get("context", ()))
        said["kind"], said["severity"] = ChangeKind(body["kind"]), Severity(body["severity"])
        return cls(**said)


def _plain(value: Any) -> Json:
    """Return words and mappings as plain JSON has them."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return cast("Json", value)


def notice_of(change: Change, site: Site, context: tuple[Beside, ...] = ()) -> Notice:
    """Return what people are told about a change, and the values beside it."""
    alert, rule, reading = change.alert, change.rule, change.reading
    none: Text = dict.fromkeys(Language, "")
    metric = METRICS.get(alert.point.metric)
    return Notice(
        kind=change.kind,
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


def _device(asset: Asset | None, alert: Alert) -> dict[str, str]:
    if asset is None:
        return {"name": alert.asset}
    return {
        "name": asset.name,
        "device_kind": str(asset.kind),
        "room": asset.room,
        "rack": asset.rack,
        "feed": asset.feed,
    }
