"""The contract of a channel: takes one message, says delivered, retry, or refused. One module a channel.

A channel is a plug-in of the entry point group ``dcim.channels`` and owns its settings.

    trigger ─▶ update, acknowledge ... ─▶ resolve      one dedup key, each a Letter of its own
    tick    ─▶ what is said again while it holds, what people answered, what the far side silences
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Protocol, TypeAlias, runtime_checkable

from dcim.alerts import Language
from dcim.clock import Clock, SystemClock
from dcim.notify.notices.notice import Notice, Site
from dcim.notify.notices.told import NoticeKind
from dcim.record import dataclass, field
from dcim.secret import SecretRef
from dcim.settings.values.written import fits
from dcim.yaml import Section

TEST_RULE: Final = "channel_test"
"""The rule that a test message is told to be of: no rule of a file has this name."""


class Stage(StrEnum):
    """What a message does to the trouble it tells of, whatever words are used for it."""

    TRIGGER = "trigger"
    UPDATE = "update"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    INFORM = "inform"  # nothing: a list, a hand-over, maintenance


_STAGES: Final = {
    NoticeKind.RAISED: Stage.TRIGGER,
    NoticeKind.UPDATED: Stage.UPDATE,
    NoticeKind.ACKNOWLEDGED: Stage.ACKNOWLEDGE,
    NoticeKind.CLEARED: Stage.RESOLVE,
    NoticeKind.LISTED: Stage.INFORM,
    NoticeKind.ANNOUNCED: Stage.INFORM,
}


@dataclass(frozen=True, slots=True)
class Letter:
    """One message for one channel. ``id`` and ``dedup_key`` stay the same through every retry and restart.

    ``number`` is short enough to be typed back: no two messages of a site ever have the same. 0: none.
    """

    id: str
    dedup_key: str
    notice: Notice
    number: int = 0

    @property
    def stage(self) -> Stage:
        """Return what it does; a kind of change that nobody here knows is an update: it ends nothing."""
        return _STAGES.get(self.notice.kind, Stage.UPDATE)

    @property
    def is_test(self) -> bool:
        """Whether it only tries the channel: nothing is wrong."""
        return self.notice.rule == TEST_RULE


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
    """Sends to one place. ``send`` raises nothing; what went wrong is in its verdict.

    A channel with ``keeps_state = True`` has a far side that remembers a trigger until it is resolved; it is
    given nothing that only informs. One with ``tells = False`` tells people nothing: no alert is sent there.
    """

    async def send(self, letter: Letter) -> Verdict:
        """Hand one message over, and say what became of it."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """Somebody answered the message with this number. ``who`` as the far side names them; UTC seconds."""

    number: int
    who: str
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Silence:
    """The far side holds messages back: who made it so, why, until when (UTC seconds), and for which keys."""

    id: str
    by: str
    why: str
    until: float
    matchers: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a tick came to. ``verdict`` None: nothing was to be said. ``silences`` None: not asked."""

    verdict: Verdict | None = None
    replies: tuple[Reply, ...] = ()
    silences: tuple[Silence, ...] | None = None


@runtime_checkable
class Ticking(Protocol):
    """A channel with work beside its messages, done every ``every`` seconds and never during a ``send``."""

    every: float

    async def tick(self, standing: Sequence[Letter]) -> Ticked:
        """Do it. ``standing``: of each trouble that is not over the newest letter that was delivered here.

        Raises nothing. A reply may come again until the tick after the one that gave it.
        """
        ...


TimeOfDay: TypeAlias = Annotated[
    str, fits(r"([01][0-9]|2[0-3]):[0-5][0-9]", "a time of day from 00:00 to 23:59")
]
"""Hours and minutes as a clock shows them, in the site's time zone."""


class ChannelSettings(Section):
    """What every channel has in the file beside its name and type.

    ``language``: the site's by default. ``test``: when a test message goes through it every day.
    """

    language: Language | None = None
    test: TimeOfDay | Literal["off"] = "09:00"


@dataclass(frozen=True, slots=True)
class Context:
    """What a channel is opened with: the site, what resolves a secret or raises Unresolved, and the time.

    ``head`` says where the ledger ends now, for whoever keeps it elsewhere; nothing outside the daemon.
    ``link`` gives the address by which one reader acknowledges what a notice tells of; empty: there is none.
    """

    site: Site
    secret: Callable[[SecretRef], str]
    clock: Clock = field(default_factory=SystemClock)
    head: Callable[[], dict[str, Any]] = dict
    link: Callable[[Notice, str], str] = lambda _notice, _who: ""

    def language(self, settings: ChannelSettings) -> Language:
        """Return the language in which this channel's readers are told."""
        return settings.language or self.site.language


class ChannelPlugin(Protocol):
    """What the entry point names."""

    name: str
    settings_type: type[ChannelSettings]

    def open(self, settings: Any, context: Context) -> Channel:
        """Return a channel. Raise ``Unresolved`` for a missing secret, OSError for an unreadable file."""
        ...


Channels: TypeAlias = Mapping[str, Channel]
"""Open channels by name."""
