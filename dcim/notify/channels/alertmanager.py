"""The channel ``alertmanager``: API v2. Alerts are said again while they hold, and end by their ``endsAt``.

    trigger ─▶ firing until now + keep, at every address ─▶ tick: all that stands again ─▶ resolve: endsAt
    address that took nothing ─▶ what it missed goes with its next tick, also a resolve
    silences ─▶ read back with every tick: which of our alerts are held back there, by whom, until when

Alertmanager knows an alert by its labels. Where they change (a worse severity), the old ones are ended too.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field, model_validator

from dcim.alerts import Language
from dcim.notify.channel import (
    Context,
    Delivered,
    Letter,
    RefusedForGood,
    RetryAfter,
    Silence,
    Stage,
    Ticked,
    Verdict,
)
from dcim.notify.channels.http import MOVED, Exchange, HttpSettings, Url, address, open_exchange
from dcim.notify.channels.silences import silences_of
from dcim.notify.wording import text
from dcim.secret import SecretRef
from dcim.settings.values.written import Seconds, fits

_TOGETHER: Final = 200
"""Alerts of one request: 20,000 that stand are a hundred requests of some 300 KB, not one of 30 MB."""

_MOST: Final = 8 * 1024 * 1024
"""Bytes of an answer about silences that are read."""

_VALUE: Final = 4000
LabelName: TypeAlias = Annotated[
    str, fits(r"[a-zA-Z_][a-zA-Z0-9_]*", "a letter or _, then letters, digits or _")
]

Alert: TypeAlias = dict[str, Any]


class AlertmanagerSettings(HttpSettings):
    """Keys of an ``alertmanager`` channel.

    ``urls``: every one gets everything (a pair gossips its notifications, never its alerts). ``repeat``: how
    often what holds is said again. ``keep``: for how long it holds there when we fall silent. ``labels``
    are added to every alert.
    """

    urls: tuple[Url, ...] = Field(min_length=1, max_length=8)
    repeat: Annotated[Seconds, Field(ge=1, le=3600)] = 60.0
    keep: Annotated[Seconds, Field(ge=2, le=30 * 86400)] = 3600.0
    labels: dict[LabelName, str] = Field(default_factory=dict)
    page: Url | None = None
    token: SecretRef | None = None
    user: Annotated[str, fits(r"[^:\x00-\x1f\x7f]+", "a name without : in it")] | None = None
    password: SecretRef | None = None

    @model_validator(mode="after")
    def check(self) -> AlertmanagerSettings:
        """Refuse half a login, two of them, and alerts that end before they are said again."""
        if (self.user is None) != (self.password is None):
            msg = "user and password come together"
            raise ValueError(msg)
        if self.user is not None and self.token is not None:
            msg = "either token, or user and password"
            raise ValueError(msg)
        if self.keep < 2 * self.repeat:
            msg = "keep must be at least twice repeat: one lost request must end no alert"
            raise ValueError(msg)
        return self


class AlertmanagerChannel:
    """Tells one or several Alertmanagers. Delivered: one of them took it; the others get it later."""

    keeps_state = True

    def __init__(self, settings: AlertmanagerSettings, context: Context) -> None:
        self.every = settings.repeat
        self._urls = [address(url, context, "urls").rstrip("/") for url in settings.urls]
        self._site = context.site.id
        self._keep = settings.keep
        self._clock = context.clock
        self._says = _Says(
            context.language(settings),
            dict(settings.labels),
            address(settings.page, context, "page") if settings.page is not None else "",
        )
        self._headers, secrets = _access(settings, context)
        self._exchange: Exchange = open_exchange(settings, context, secrets)
        self._said: dict[str, dict[str, str]] = {}  # dedup key: the labels under which it stands there
        self._missed: dict[str, dict[str, list[Alert]]] = {url: {} for url in self._urls}

    async def send(self, letter: Letter) -> Verdict:
        """Say one alert to all; a resolve ends it under every label set that it had."""
        alerts = self._alerts(letter)
        verdicts = await asyncio.gather(*(self._post(url, alerts) for url in self._urls))
        if any(isinstance(one, Delivered) for one in verdicts):
            for url, one in zip(self._urls, verdicts, strict=True):
                if isinstance(one, RetryAfter):
                    self._missed[url][letter.dedup_key] = alerts
                else:
                    self._missed[url].pop(letter.dedup_key, None)
            self._stands(letter)
        return _together(self._urls, verdicts)

    async def tick(self, standing: Sequence[Letter]) -> Ticked:
        """Say again what stands, and to each what it missed; then ask what is silenced."""
        for letter in standing:
            self._stands(letter)
        alerts = [alert for letter in standing for alert in self._alerts(letter)]
        verdicts = await asyncio.gather(*(self._catch_up(url, alerts) for url in self._urls))
        silences = await self._silences(verdicts)
        return Ticked(_together(self._urls, verdicts), silences=silences)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._exchange.aclose()

    def _alerts(self, letter: Letter) -> list[Alert]:
        """Return what is to be said of a letter: itself, and the end of what it was before."""
        alert = self._says.alert(letter, self._clock.now() + self._keep)
        before = self._said.get(letter.dedup_key)
        if before is None or before == alert["labels"]:
            return [alert]
        return [
            {**alert, "labels": before, "endsAt": _iso(max(letter.notice.at, letter.notice.raised_at))},
            alert,
        ]

    def _stands(self, letter: Letter) -> None:
        if letter.stage is Stage.RESOLVE:
            self._said.pop(letter.dedup_key, None)
        else:
            self._said[letter.dedup_key] = self._says.labels(letter)

    async def _catch_up(self, url: str, standing: list[Alert]) -> Verdict:
        """Say to one address everything that stands and what ended unseen there; return how it went."""
        now = _iso(self._clock.now())
        missed = [
            alert for alerts in self._missed[url].values() for alert in alerts if alert["endsAt"] <= now
        ]
        verdict: Verdict = Delivered()
        for at in range(0, max(1, len(missed) + len(standing)), _TOGETHER):
            verdict = await self._post(url, [*missed, *standing][at : at + _TOGETHER])
            if not isinstance(verdict, Delivered):
                return verdict
        self._missed[url].clear()
        return verdict

    async def _post(self, url: str, alerts: Sequence[Alert]) -> Verdict:
        body = json.dumps(alerts, ensure_ascii=False).encode()
        headers = {**self._headers, "Content-Type": "application/json"}
        return await self._exchange.post(f"{url}/api/v2/alerts", body, headers, MOVED)

    async def _silences(self, verdicts: Sequence[Verdict]) -> tuple[Silence, ...] | None:
        """Ask one that answers (peers gossip silences) what it holds back of ours; None: not known."""
        answering = (url for url, one in zip(self._urls, verdicts, strict=True) if isinstance(one, Delivered))
        if (url := next(answering, "")) == "":
            return None
        held = "api/v2/alerts?active=false&inhibited=false&unprocessed=false&silenced=true"
        silences = await self._ask(f"{url}/api/v2/silences")
        alerts = await self._ask(f"{url}/{held}")
        return silences_of(silences, alerts, self._site)

    async def _ask(self, url: str) -> object:
        headers = {**self._headers, "Accept": "application/json", "Accept-Encoding": "identity"}
        answer = await self._exchange.ask("GET", url, headers=headers, most=_MOST)
        if isinstance(answer, RetryAfter) or answer.status != 200:
            return None
        try:
            return json.loads(answer.text)
        except ValueError:
            return None


class _Says:
    """How letters are said as alerts. Pure."""

    def __init__(self, language: Language, labels: Mapping[str, str], page: str) -> None:
        self._language = language
        self._labels = labels
        self._page = page

    def alert(self, letter: Letter, until: float) -> Alert:
        """Return the alert of a letter: it holds until ``until`` (UTC seconds), or is over already."""
        notice = letter.notice
        over = letter.stage is Stage.RESOLVE
        annotations = {
            "summary": text.subject(letter, self._language, _VALUE),
            "description": text.clipped("\n".join(text.sentences(letter, self._language)), _VALUE),
            "consequence": notice.consequence[self._language],
            "action": notice.action[self._language],
            "runbook_url": notice.runbook,
        }
        alert: Alert = {
            "labels": self.labels(letter),
            "annotations": {name: value for name, value in annotations.items() if value},
            "startsAt": _iso(notice.raised_at),
            "endsAt": _iso(max(notice.at, notice.raised_at) if over else until),
        }
        if link := text.page_of(letter, self._page):
            alert["generatorURL"] = link
        return alert

    def labels(self, letter: Letter) -> dict[str, str]:
        """Return the labels of a letter's alert; one without a value is none."""
        notice = letter.notice
        labels = {
            **self._labels,
            "alertname": notice.rule,
            "severity": str(notice.severity),
            "site": notice.site.id,
            "device": notice.asset,
            "device_kind": notice.device_kind,
            "room": notice.room,
            "rack": notice.rack,
            "feed": notice.feed,
            "dedup_key": letter.dedup_key,
        }
        return {name: text.line(value) for name, value in labels.items() if text.line(value)}


def _together(urls: Iterable[str], verdicts: Sequence[Verdict]) -> Verdict:
    """Return what several verdicts come to: one that took it is enough, and the others are named."""
    others = [
        f"{url}: {one.why}" for url, one in zip(urls, verdicts, strict=True) if not isinstance(one, Delivered)
    ]
    if len(others) < len(verdicts):
        return Delivered("; ".join(others))
    waits = [one for one in verdicts if isinstance(one, RetryAfter)]
    if not waits:
        return RefusedForGood("; ".join(others))
    asked = [one.seconds for one in waits if one.seconds is not None]
    return RetryAfter("; ".join(others), min(asked) if len(asked) == len(waits) else None)


def _access(settings: AlertmanagerSettings, context: Context) -> tuple[dict[str, str], list[str]]:
    """Return the header that lets us in, and the secrets in it."""
    if settings.token is not None:
        token = context.secret(settings.token)
        return {"Authorization": f"Bearer {token}"}, [token]
    if settings.user is not None and settings.password is not None:
        password = context.secret(settings.password)
        proof = b64encode(f"{settings.user}:{password}".encode()).decode()
        return {"Authorization": f"Basic {proof}"}, [password, proof]
    return {}, []


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class AlertmanagerPlugin:
    """What the entry point ``dcim.channels: alertmanager`` names."""

    name = "alertmanager"
    settings_type = AlertmanagerSettings

    def open(self, settings: AlertmanagerSettings, context: Context) -> AlertmanagerChannel:
        """Return the channel; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
        return AlertmanagerChannel(settings, context)


plugin = AlertmanagerPlugin()
