"""What the real services check of what they get, as their documents say, and the rigs of every channel."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dcim.notify import Channel, Context
from dcim.notify.channels import alertmanager, apprise, pagerduty, slack, teams, webhook

from .phones import CommandRig, ModemRig
from .rigs import CALM, FileRig, HttpFarSide, HttpRig, Mood, Rig
from .wires import AUTH_KEY, PRIV_KEY, MailRig, SyslogRig, TrapRig

ROUTING_KEY = "0123456789abcdef0123456789abcdef"
SECRETS = {
    "env:TOKEN": "t0ken-of-the-hook",
    "env:HMAC": "hmac-key-of-the-hook",
    "env:ROUTING": ROUTING_KEY,
    "env:PASSWORD": "pässword of ours",
    "env:COMMUNITY": "community-of-ours",
    "env:AUTH": AUTH_KEY,
    "env:PRIV": PRIV_KEY,
}
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_EVENT = {
    "routing_key", "event_action", "dedup_key", "payload", "images", "links", "client", "client_url",
}  # fmt: skip
_PAYLOAD = {
    "summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details",
}  # fmt: skip


def strict_pagerduty(headers: dict[str, str], event: Any) -> tuple[int, bytes] | None:
    """Refuse what Events API v2 refuses, and what it would ignore."""
    wrong = []
    if event.get("routing_key") != ROUTING_KEY:
        wrong.append("routing_key")
    if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
        wrong.append("event_action")
    if event.get("event_action") != "trigger" and not event.get("dedup_key"):
        wrong.append("dedup_key is needed")
    if len(event.get("dedup_key", "")) > 255 or int(headers["content-length"]) > 512 * 1024:
        wrong.append("too long")
    payload = event.get("payload", {})
    if event.get("event_action") == "trigger":
        if not 0 < len(payload.get("summary", "")) <= 1024 or not payload.get("source"):
            wrong.append("summary, source")
        if payload.get("severity") not in ("critical", "error", "warning", "info"):
            wrong.append("severity")
        datetime.fromisoformat(payload["timestamp"])
    if set(event) - _EVENT or set(payload) - _PAYLOAD:
        wrong.append("unknown keys")
    return (400, ", ".join(wrong).encode()) if wrong else None


def strict_alertmanager(_headers: dict[str, str], alerts: Any) -> tuple[int, bytes] | None:
    """Refuse what Alertmanager 0.25 refuses."""
    for alert in alerts:
        labels = alert["labels"]
        starts, ends = (datetime.fromisoformat(alert[key]) for key in ("startsAt", "endsAt"))
        if not labels or not all(_LABEL.fullmatch(name) for name in labels) or not labels.get("alertname"):
            return 400, b"invalid labels"
        if ends < starts:
            return 400, b"start time must be before end time"
    return None


def strict_slack(_headers: dict[str, str], post: Any) -> tuple[int, bytes] | None:
    """Refuse blocks that Slack calls invalid, and anything that its readers would take for markup."""
    blocks = post["attachments"][0]["blocks"]
    header, section = blocks[0]["text"], blocks[1]["text"]
    good = 0 < len(header["text"]) <= 150 and 0 < len(section["text"]) <= 3000
    plain = {header["type"], section["type"]} == {"plain_text"}
    return None if good and plain and not re.search(r"[<>]", post["text"]) else (400, b"invalid_blocks")


def strict_teams(headers: dict[str, str], message: Any) -> tuple[int, bytes] | None:
    """Refuse what is no message with an Adaptive Card, or larger than Teams takes."""
    card = message["attachments"][0]["content"]
    good = message["type"] == "message" and card["type"] == "AdaptiveCard"
    plain = all(part["type"] in ("Container", "RichTextBlock") for part in card["body"])
    return None if good and plain and int(headers["content-length"]) <= 28 * 1024 else (400, b"BadRequest")


def rig_of(name: str, folder: Path, tls: SimpleNamespace) -> Rig:
    """Return the rig of one channel."""
    return RIGS[name](folder, tls)


def _webhook(_folder: Path, _tls: SimpleNamespace) -> Rig:
    return HttpRig(
        webhook.plugin,
        lambda url: {"url": f"{url}/in", "token": "env:TOKEN", "hmac_key": "env:HMAC"},
        HttpFarSide(),
        (SECRETS["env:TOKEN"], SECRETS["env:HMAC"]),
        for_machines=True,
    )


def _pagerduty(_folder: Path, _tls: SimpleNamespace) -> Rig:
    return HttpRig(
        pagerduty.plugin,
        lambda url: {"url": url, "routing_key": "env:ROUTING", "page": "https://dcim.example.net"},
        HttpFarSide(strict_pagerduty, took=202),
        (ROUTING_KEY,),
    )


def _alertmanager(_folder: Path, _tls: SimpleNamespace) -> Rig:
    return HttpRig(
        alertmanager.plugin,
        lambda url: {"urls": [url], "user": "dcim", "password": "env:PASSWORD"},
        HttpFarSide(strict_alertmanager),
        (SECRETS["env:PASSWORD"],),
    )


def _slack(_folder: Path, _tls: SimpleNamespace) -> Rig:
    path = "/services/T00000000/B00000000/XXXXhookpasswordXXXX"
    far = HttpFarSide(strict_slack)
    return HttpRig(slack.plugin, lambda url: {"url": url + path}, far, ("XXXXhookpasswordXXXX",))


def _teams(_folder: Path, _tls: SimpleNamespace) -> Rig:
    path = "/workflows/abcdef/triggers/manual/paths/invoke?sig=sigOfTheFlow"
    far = HttpFarSide(strict_teams, took=202)
    return HttpRig(teams.plugin, lambda url: {"url": url + path}, far, ("sigOfTheFlow",))


class AppriseRig(HttpRig):
    """Apprise's ``json://``, whose address is known only through a reference."""

    def open(self, context: Context, *, timeout: float = CALM, **more: Any) -> Channel:
        waits = f"cto={timeout}&rto={timeout}"
        url = f"json://dcim:{SECRETS['env:TOKEN']}@127.0.0.1:{self.far.port}/in?{waits}"
        whole = replace(context, secret=lambda ref: url if str(ref) == "env:APPRISE" else SECRETS[str(ref)])
        return super().open(whole, timeout=timeout, **more)


def _apprise(_folder: Path, _tls: SimpleNamespace) -> Rig:
    pytest.importorskip("apprise")
    can = frozenset({Mood.TAKE, Mood.BROKEN, Mood.SILENT})
    return AppriseRig(
        apprise.plugin, lambda _url: {"urls": ("env:APPRISE",)}, HttpFarSide(), (SECRETS["env:TOKEN"],), can
    )


RIGS = {
    "webhook": _webhook,
    "pagerduty": _pagerduty,
    "alertmanager": _alertmanager,
    "slack": _slack,
    "teams": _teams,
    "sms_command": lambda folder, _tls: CommandRig(folder),
    "sms_modem": lambda folder, _tls: ModemRig(folder),
    "smtp": lambda _folder, tls: MailRig(tls, (SECRETS["env:PASSWORD"],)),
    "syslog_udp": lambda _folder, tls: SyslogRig("udp", tls),
    "syslog_tcp": lambda _folder, tls: SyslogRig("tcp", tls),
    "syslog_tls": lambda _folder, tls: SyslogRig("tls", tls),
    "inform_v3": lambda _folder, _tls: TrapRig("3", ("community-unused", AUTH_KEY, PRIV_KEY)),
    "apprise": _apprise,
    "log": lambda folder, _tls: FileRig(folder),
}
