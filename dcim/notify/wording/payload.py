"""A message as JSON, for machines: what the webhook posts and the log writes (``docs/alerts.md``)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from dcim.alerts import Language
from dcim.notify.channel import Letter
from dcim.notify.notices.context import Beside
from dcim.notify.notices.told import Also, NoticeKind
from dcim.notify.wording import words

FORMAT: Final = 1


def payload(letter: Letter, language: Language) -> dict[str, Any]:
    """Return the JSON object of a message: base units, UTC in ISO 8601, texts in one language.

    The same message gives the same object every time, so a duplicate is recognised by ``message_id``.
    """
    notice = letter.notice
    holds = notice.kind is not NoticeKind.CLEARED
    return {
        "format": FORMAT,
        "message_id": letter.id,
        "dedup_key": letter.dedup_key,
        "change": str(notice.kind),
        "rule": notice.rule,
        "severity": str(notice.severity),
        "summary": words.subject(notice, language),
        "title": notice.title[language],
        "at": _iso(notice.at),
        "raised_at": _iso(notice.raised_at),
        "cleared_at": None if holds else _iso(notice.at),
        "site": {"id": notice.site.id, "name": notice.site.name},
        "device": {
            "id": notice.asset,
            "name": notice.name,
            "kind": notice.device_kind,
            "room": notice.room,
            "rack": notice.rack,
            "feed": notice.feed,
        },
        "point": {"metric": notice.metric, "labels": dict(notice.labels)},
        "value": notice.value,
        "unit": notice.unit,
        "state": notice.state,
        "gap": notice.gap or None,
        "raw": notice.raw,
        "limit": notice.limit,
        "context": [_beside(one) for one in notice.context],
        "consequence": notice.consequence[language] if holds else "",
        "action": notice.action[language] if holds else "",
        "runbook": notice.runbook if holds else "",
        "detect_within_seconds": notice.detect_within,
        "why": notice.why,
        "routes": list(notice.routes),
        "language": str(language),
        **_incident(letter, language),
    }


def _incident(letter: Letter, language: Language) -> dict[str, Any]:
    """Return what a message says of its incident; of an alert told by itself, the one it is part of."""
    notice = letter.notice
    return {
        "subject": str(notice.subject),
        "incident": notice.incident or None,
        "headline": notice.headline[language],
        "because": notice.because,
        "part": notice.part,
        "number": notice.number,
        "unknown_since": None if notice.unknown_since is None else _iso(notice.unknown_since),
        "alerts": notice.alerts,
        "devices": notice.devices,
        "racks": notice.racks,
        "tenants": list(notice.tenants),
        "services": [one.body() for one in notice.services],
        "children": [{**one.body(), "title": one.title[language]} for one in notice.children],
        "also": [_also(one, language) for one in notice.also],
        "acknowledged_by": notice.acknowledged or None,
        "note": notice.note,
    }


def _also(one: Also, language: Language) -> dict[str, Any]:
    texts = {"title": one.title, "consequence": one.consequence, "action": one.action}
    return {**one.body(), **{name: text[language] for name, text in texts.items()}}


def _beside(one: Beside) -> dict[str, Any]:
    body = one.body()
    return {
        **{key: body[key] for key in ("metric", "labels", "value", "unit", "state", "gap")},
        "age_seconds": one.age,
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
