"""The contract of a channel: takes one message, says delivered, retry, or refused. One package a channel.

A channel is a plug-in of the entry point group ``dcim.channels`` and owns its settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from dcim.alerts import Language
from dcim.notify.notice import Notice, Site
from dcim.secret import SecretRef
from dcim.yaml import Section


@dataclass(frozen=True, slots=True)
class Letter:
    """One message for one channel. ``id`` and ``dedup_key`` stay the same through every retry and restart."""

    id: str
    dedup_key: str
    notice: Notice


@dataclass(frozen=True, slots=True)
class Delivered:
    """The far side has it. ``note``: what it said beside that, such as a recipient it did not take."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Not now. ``seconds`` is what the far side asked for; None leaves it to the back-off."""

    why: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RefusedForGood:
    """The far side will never take this message."""

    why: str


Verdict: TypeAlias = Delivered | RetryAfter | RefusedForGood


class Channel(Protocol):
    """Sends to one place. ``send`` raises nothing; what went wrong is in its verdict."""

    async def send(self, letter: Letter) -> Verdict:
        """Hand one message over, and say what became of it."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


class ChannelSettings(Section):
    """What every channel has in the file beside its name and type. ``language``: the site's by default."""

    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a channel is opened with: the site, and what resolves a secret or raises ``Unresolved``."""

    site: Site
    secret: Callable[[SecretRef], str]

    def language(self, settings: ChannelSettings) -> Language:
        """Return the language in which this channel's readers are told."""
        return settings.language or self.site.language


class ChannelPlugin(Protocol):
    """What the entry point names."""

    name: str
    settings_type: type[ChannelSettings]

    def open(self, settings: ChannelSettings, context: Context) -> Channel:
        """Return a channel. Raise ``Unresolved`` for a missing secret, OSError for an unreadable file."""
        ...


Channels: TypeAlias = Mapping[str, Channel]
"""Open channels by name."""
