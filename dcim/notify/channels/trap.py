"""The channel ``snmp_trap``: informs (acknowledged) or traps, SNMP v2c or v3, as ``docs/DCIM-MIB.txt`` says.

An inform is delivered once the receiver has acknowledged it. A trap is delivered once it is sent: nothing
ever says whether it came, so a trap is for receivers that know no informs.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from dcim.alerts import Language, Severity
from dcim.clock import Clock
from dcim.notify.channel import ChannelSettings, Context, Letter, Stage, Verdict
from dcim.notify.channels.receiver import Access, Auth, Priv, Sender, Sent
from dcim.notify.wording import text
from dcim.secret import SecretRef, Unresolved
from dcim.settings.values.written import fits

ENTERPRISE: Final = "1.3.6.1.4.1.32473.42"
"""Below the number for examples (RFC 5612): whoever has one of their own sets a branch of it."""

_NOTIFICATIONS: Final = {
    Stage.TRIGGER: 1,
    Stage.UPDATE: 2,
    Stage.ACKNOWLEDGE: 3,
    Stage.RESOLVE: 4,
    Stage.INFORM: 5,
}
_SEVERITIES: Final = {Severity.CRITICAL: 1, Severity.MAJOR: 2, Severity.MINOR: 3, Severity.WARNING: 4}
_TEST: Final = 5
_SUMMARY: Final = 255
_LEAST_KEY: Final = 8
_MOST_NUMBER: Final = 2**31 - 1


def _oid(written: str) -> str:
    if not re.fullmatch(r"1\.3\.6\.1(\.(0|[1-9][0-9]{0,9})){2,40}", written):
        msg = "expected an object identifier below 1.3.6.1, such as 1.3.6.1.4.1.32473.42"
        raise ValueError(msg)
    return written


class TrapSettings(ChannelSettings):
    """Keys of an ``snmp_trap`` channel.

    ``kind``: ``inform`` unless said otherwise. ``version`` 2c wants ``community``, 3 wants ``user`` and its
    keys. ``engine_id`` (5 to 32 octets in hex) is ours, which a receiver must know for v3 traps.
    """

    host: str = Field(min_length=1)
    port: int = Field(default=162, ge=1, le=65535)
    kind: Literal["inform", "trap"] = "inform"
    version: Literal["2c", "3"] = "2c"
    community: SecretRef | None = None
    user: str | None = Field(default=None, min_length=1, max_length=32)
    auth: Auth | None = None
    auth_key: SecretRef | None = None
    priv: Priv | None = None
    priv_key: SecretRef | None = None
    engine_id: Annotated[str, fits(r"(([0-9a-fA-F]{2}){5,32})?", "5 to 32 bytes in hexadecimal digits")] = ""
    enterprise: Annotated[str, AfterValidator(_oid)] = ENTERPRISE
    timeout: float = Field(default=5.0, gt=0, le=60)

    @model_validator(mode="after")
    def check(self) -> TrapSettings:
        """Refuse access that is half said."""
        if why := self._half_said():
            raise ValueError(why)
        return self

    def _half_said(self) -> str:
        if self.version == "2c" and (self.community is None or self.user is not None):
            return "version 2c wants community, and no user"
        if self.version == "3" and (self.user is None or self.community is not None):
            return "version 3 wants user, and no community"
        if (self.auth is None) != (self.auth_key is None) or (self.priv is None) != (self.priv_key is None):
            return "auth and auth_key come together, and so do priv and priv_key"
        if self.priv is not None and self.auth is None:
            return "priv needs auth"
        if self.version == "3" and self.kind == "trap" and not self.engine_id:
            return "a v3 trap needs engine_id: the receiver must know whose it is"
        return ""


def objects_of(letter: Letter, language: Language) -> list[Sent]:
    """Return the objects of a notification, in the order of the MIB. Pure."""
    notice = letter.notice
    severity = _TEST if letter.is_test else _SEVERITIES[notice.severity]
    said: list[str | int] = [
        letter.dedup_key,
        letter.id,
        min(letter.number, _MOST_NUMBER),
        notice.rule,
        severity,
        notice.site.id,
        notice.asset,
        notice.name,
        notice.room,
        notice.rack,
        notice.feed,
        notice.metric,
        text.subject(letter, language, _SUMMARY),
        notice.action[language] if letter.stage is not Stage.RESOLVE else "",
        _iso(notice.raised_at),
        _iso(notice.at),
    ]
    return [
        Sent(number, text.clipped(text.line(one), _SUMMARY) if isinstance(one, str) else one)
        for number, one in enumerate(said, 1)
    ]


def notification_of(letter: Letter) -> int:
    """Return the number of the notification in the MIB."""
    return _NOTIFICATIONS[letter.stage]


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TrapChannel:
    """Sends to one receiver."""

    def __init__(self, sender: Sender, language: Language, clock: Clock) -> None:
        from dcim.notify.channels.transport_trap import (
            Notifier,  # pysnmp takes a while: only who uses it waits
        )

        self._notifier = Notifier(sender, clock)
        self._language = language

    async def send(self, letter: Letter) -> Verdict:
        """Send one notification; silence and refusal are tried again: they speak of our access."""
        return await self._notifier.send(notification_of(letter), objects_of(letter, self._language))

    async def aclose(self) -> None:
        """Close the socket."""
        await self._notifier.close()


def access_of(settings: TrapSettings, context: Context) -> Access:
    """Return how we are known; raise Unresolved for a missing secret or a key that is too short."""

    def secret(ref: SecretRef | None) -> str:
        return context.secret(ref) if ref is not None else ""

    for ref in (settings.auth_key, settings.priv_key):
        if ref is not None and len(context.secret(ref)) < _LEAST_KEY:
            msg = f"{ref}: a key has at least {_LEAST_KEY} characters"
            raise Unresolved(msg)
    return Access(
        secret(settings.community),
        settings.user or "",
        settings.auth,
        secret(settings.auth_key),
        settings.priv,
        secret(settings.priv_key),
    )


class TrapPlugin:
    """What the entry point ``dcim.channels: snmp_trap`` names."""

    name = "snmp_trap"
    settings_type = TrapSettings

    def open(self, settings: TrapSettings, context: Context) -> TrapChannel:
        """Return the channel; raise Unresolved for a missing secret."""
        sender = Sender(
            settings.host,
            settings.port,
            settings.kind == "inform",
            access_of(settings, context),
            bytes.fromhex(settings.engine_id),
            settings.enterprise,
            settings.timeout,
        )
        return TrapChannel(sender, context.language(settings), context.clock)


plugin = TrapPlugin()
