"""Where one alert stands: its condition, who looks after it, what mutes it; and what can happen to it.

    field     says                            moved by
    phase     how the condition stands        observations, through on-delay and off-delay
    ack       who looks after it              people; it can expire
    owed      it returned, nobody has seen    clearing unacknowledged; an acknowledgement pays it
    mutes     why nobody is told              people, logic; over all the others, which go on beneath
    turns     when it was raised and cleared  three in a minute: it chatters

The states of ISA-18.2 and IEC 62682 follow from these: ``life`` is one of theirs, ``mutes`` are their
shelved, suppressed by design and out of service.
"""

from __future__ import annotations

from enum import StrEnum
from math import inf
from typing import Final, TypeAlias

from dcim.alerts.condition import Seen, Truth
from dcim.record import acyclic, dataclass


class Phase(StrEnum):
    """How the condition of an alert stands."""

    NORMAL = "normal"
    RAISING = "raising"  # the condition holds, its on-delay runs
    RAISED = "raised"
    CLEARING = "clearing"  # still raised: the condition is gone, its off-delay runs
    LATCHED = "latched"  # still raised: the condition is gone, nobody has acknowledged


ACTIVE: Final = frozenset({Phase.RAISED, Phase.CLEARING, Phase.LATCHED})
"""The phases in which the alert stands."""

SETTLED: Final = frozenset({Phase.NORMAL, Phase.RAISED, Phase.LATCHED})
"""The phases in which no delay runs."""


class Life(StrEnum):
    """The states of an alarm after ISA-18.2, without those that mute it."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned_unacknowledged"
    LATCHED = "latched"


class ChangeKind(StrEnum):
    """What happened to an alert. The words are in the ledger for ever.

    ``RAISED``, ``CLEARED``, ``UNACKNOWLEDGED`` and ``CHATTERING`` are for people; the others are recorded.
    """

    RAISED = "raised"
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"  # it stands, and nobody looks after it any more: see ``why``
    CHATTERING = "chattering"  # it came and went too often: it stays raised, and quiet, until it settles
    SETTLED = "settled"  # it chatters no more, and stands
    MUTED = "muted"
    UNMUTED = "unmuted"
    RAISED_UNTOLD = "raised_untold"  # raised beneath a mute
    CLEARED_UNTOLD = "cleared_untold"  # cleared, and nobody had been told that it was raised


TOLD: Final = frozenset(
    {ChangeKind.RAISED, ChangeKind.CLEARED, ChangeKind.UNACKNOWLEDGED, ChangeKind.CHATTERING}
)
"""The changes that people are told."""


class MuteKind(StrEnum):
    """The three ways in which ISA-18.2 lets an alarm be silent, the weightiest first."""

    OUT_OF_SERVICE = "out_of_service"  # by a person, with a ticket: maintenance
    SUPPRESSED = "suppressed"  # by logic, never by a person
    SHELVED = "shelved"  # by a person, for a limited time, with a reason


@dataclass(frozen=True, slots=True, order=True)
class Mute:
    """Why nobody is told. ``until`` is on the scale of ``now``; ``inf``: until it is taken off.

    ``by`` is a person, for ``SUPPRESSED`` the logic (a rule, a device) that does it.
    """

    kind: MuteKind
    by: str
    reason: str
    until: float = inf
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Ack:
    """Somebody has seen the alert and takes care of it. ``until`` is on the scale of ``now``."""

    who: str
    note: str = ""
    until: float = inf


@dataclass(frozen=True, slots=True)
class Muted:
    """These mutes lie over the alert from now on, and no others; ``who`` and ``why`` of the change."""

    mutes: tuple[Mute, ...]
    who: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went on and nothing else happened."""


@dataclass(frozen=True, slots=True)
class Outranked:
    """What an observation showed while a higher step, the rule ``by``, stands on the same point."""

    truth: Truth
    by: str

    @property
    def why(self) -> str:
        """Return why an alert ends then: in the ledger for ever."""
        return f"{self.by} stands in its place"


@dataclass(frozen=True, slots=True)
class Vanished:
    """The device has answered without the point for so long that there is nothing left to observe."""

    why: str


Event: TypeAlias = Seen | Outranked | Vanished | Ack | Muted | Tick


@dataclass(frozen=True, slots=True)
@acyclic
class AlertState:
    """Where one alert stands. Times are monotonic seconds.

    ``since`` is when its delay began; of one that chatters, when its condition last turned. ``told``: people
    know that it stands.
    """

    phase: Phase = Phase.NORMAL
    since: float = 0.0
    ack: Ack | None = None
    owed: bool = False
    told: bool = False
    mutes: tuple[Mute, ...] = ()
    turns: tuple[float, ...] = ()
    chattering: bool = False

    @property
    def active(self) -> bool:
        """Say whether the alert stands, told or not."""
        return self.phase in ACTIVE

    @property
    def outranks(self) -> bool:
        """Say whether it stands in the place of lower steps: not one that only waits for somebody."""
        return self.active and self.phase is not Phase.LATCHED

    @property
    def settled(self) -> bool:
        """Say whether the same observation again changes nothing."""
        return self.phase in SETTLED and not self.chattering

    @property
    def at_rest(self) -> bool:
        """Say whether there is nothing to remember of it."""
        return self.phase is Phase.NORMAL and not self.owed

    @property
    def acknowledged(self) -> str:
        """Return who looks after it; empty while nobody does."""
        return self.ack.who if self.ack else ""

    @property
    def life(self) -> Life:
        """Return its state after ISA-18.2."""
        if self.phase is Phase.LATCHED:
            return Life.LATCHED
        if self.active:
            return Life.ACKNOWLEDGED if self.ack else Life.UNACKNOWLEDGED
        return Life.RETURNED if self.owed else Life.NORMAL


NORMAL: Final = AlertState()
