"""The channel ``pagerduty``: Events API v2. One trigger, updates, one resolve, by dedup key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from dcim.alerts import Language, Severity
from dcim.notify.channel import Context, Letter, Stage, Verdict
from dcim.notify.channels.http import MOVED, Exchange, HttpSettings, Url, address, open_exchange
from dcim.notify.wording import text
from dcim.notify.wording.payload import payload
from dcim.secret import SecretRef, Unresolved

_SUMMARY: Final = 1024
_KEY: Final = 255
_BODY: Final = 512 * 1024
"""Most characters of a summary and of a key, most bytes of an event (PagerDuty, Events API v2)."""

_ROUTING_KEY: Final = 32
_ACTIONS: Final = {
    Stage.TRIGGER: "trigger",
    Stage.UPDATE: "trigger",  # of an incident that is open: added to its log
    Stage.ACKNOWLEDGE: "acknowledge",
    Stage.RESOLVE: "resolve",
}
_SEVERITIES: Final = {
    Severity.CRITICAL: "critical",
    Severity.MAJOR: "error",
    Severity.MINOR: "warning",
    Severity.WARNING: "info",
}
_LEFT_OUT: Final = ("children", "services", "context", "point", "why")
"""Details in the order in which they are left out of an event that would be too large."""

_ABOVE: Final = frozenset({"format", "dedup_key", "summary", "language"})
"""Of the message's JSON, what the event says elsewhere."""


class PagerDutySettings(HttpSettings):
    """Keys of a ``pagerduty`` channel. ``page``: the address under which people reach our page, for links."""

    routing_key: SecretRef
    url: Url = "https://events.pagerduty.com"
    page: Url | None = None
    client: str = Field(default="dcim", min_length=1, max_length=100)


class PagerDutyChannel:
    """Sends events to one service. A resolve follows its trigger with the same routing and dedup key."""

    keeps_state = True

    def __init__(self, settings: PagerDutySettings, context: Context) -> None:
        self._key = context.secret(settings.routing_key)
        if len(self._key) != _ROUTING_KEY or not self._key.isalnum():
            msg = f"{settings.routing_key}: a routing key is {_ROUTING_KEY} letters and digits"
            raise Unresolved(msg)
        self._url = address(settings.url, context).rstrip("/") + "/v2/enqueue"
        self._page = address(settings.page, context, "page") if settings.page is not None else ""
        self._client = settings.client
        self._language = context.language(settings)
        self._exchange: Exchange = open_exchange(settings, context, [self._key])

    async def send(self, letter: Letter) -> Verdict:
        """Send one event; 429, 5xx and silence are tried again, a 400 is final."""
        event = {"routing_key": self._key, **event_of(letter, self._language, self._page)}
        if self._page:
            event["client_url"] = self._page
        body = fitting({**event, "client": self._client})
        return await self._exchange.post(self._url, body, {"Content-Type": "application/json"}, MOVED)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._exchange.aclose()


def event_of(letter: Letter, language: Language, page: str = "") -> dict[str, Any]:
    """Return the event of a message, without the routing key; only a trigger carries what is wrong. Pure."""
    event: dict[str, Any] = {
        "event_action": _ACTIONS[letter.stage],
        "dedup_key": letter.dedup_key[:_KEY],
    }
    if event["event_action"] != "trigger":
        return event
    notice = letter.notice
    said = payload(letter, language)
    event["payload"] = {
        "summary": text.subject(letter, language, _SUMMARY),
        "source": text.line(notice.name or notice.asset) or notice.site.id,
        "severity": "info" if letter.is_test else _SEVERITIES[notice.severity],
        "timestamp": said["at"],
        "component": notice.metric,
        "group": notice.feed or notice.room or notice.site.id,
        "class": notice.rule,
        "custom_details": {name: text.cleaned(value) for name, value in said.items() if name not in _ABOVE},
    }
    links = (
        [{"href": link, "text": text.line(notice.name or notice.asset)}]
        if (link := text.page_of(letter, page))
        else []
    )
    if notice.runbook:
        links.append({"href": notice.runbook, "text": "runbook"})
    if links:
        event["links"] = links
    return event


def fitting(event: Mapping[str, Any]) -> bytes:
    """Return an event as JSON of at most 512 KB, what is least needed of its details left out if it must."""
    body = _json(event)
    details = dict(event.get("payload", {}).get("custom_details", {}))
    for name in (*_LEFT_OUT, None):
        if len(body) <= _BODY:
            return body
        if name is None:
            details = {}
        details.pop(str(name), None)
        details["left_out"] = "the event would have been larger than 512 KB"
        body = _json({**event, "payload": {**event["payload"], "custom_details": details}})
    return body


def _json(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


class PagerDutyPlugin:
    """What the entry point ``dcim.channels: pagerduty`` names."""

    name = "pagerduty"
    settings_type = PagerDutySettings

    def open(self, settings: PagerDutySettings, context: Context) -> PagerDutyChannel:
        """Return the channel; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
        return PagerDutyChannel(settings, context)


plugin = PagerDutyPlugin()
