"""Everything that has a say in whether one alert is told, as plain data, and what follows from it. Pure."""

from __future__ import annotations

from enum import StrEnum

from dcim.alerts import Mute, Phase, Text, Truth
from dcim.model import Point, Reading
from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of a rule's point. ``observed`` false: the device answers without it.

    ``lasts``: seconds for which a reading counts; None: not known any more. ``rating``: what its value is a
    share of. ``frozen``: the agent goes on answering with what it once knew. ``turned``: the reading is what
    raised or cleared it, the last that is on record of it, and not the newest of the moment.
    """

    reading: Reading | None = None
    stale: bool = False
    lasts: float | None = None
    frozen: bool = False
    doubtful: bool = False
    observed: bool = True
    rating: float | None = None
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What else a rule looks at, and whether that holds. ``negated``: it must not; ``design``: it mutes.

    ``fails``: because of this the rule is not raised, or its alert not told.
    """

    metrics: tuple[str, ...]
    truth: Truth
    readings: tuple[Reading, ...] = ()
    negated: bool = False
    design: bool = False
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """Maintenance that is open over the device. ``end`` is UTC seconds; None: not on record."""

    id: str
    reason: str
    end: float | None
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """The incident of an alert and why it belongs there; ``part`` and ``cause`` as people call them.

    ``evidence``: how the part is now and what that is concluded from; ``over``: the cause is over by that.
    ``unknown_since``: since when nobody can tell whether what remains goes on (UTC seconds).
    ``leads``: the incident is named after it.
    ``waits_for``: devices whose answers the first message waits for, until ``due`` (UTC seconds).
    """

    id: str
    headline: Text
    because: str
    part: str = ""
    cause: str = ""
    evidence: str = ""
    over: bool = False
    unknown_since: float | None = None
    suppresses: bool = False
    apart: bool = False
    leads: bool = False
    told: bool = False
    waits_for: tuple[str, ...] = ()
    due: float | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """How far the telling along one route has come. ``to``: names told so far, with who is on call.

    ``next_at`` (UTC seconds): when ``next_to`` are told, unless somebody acknowledges. ``digest_at``: when
    the list is told that it waits for. ``held``: nobody is told more, since somebody acknowledged; or, with
    ``unknown``, since nobody knows what remains. ``muted``: nobody is, since all that stands is muted.
    """

    route: str
    done: int
    steps: int
    to: tuple[str, ...] = ()
    next_at: float | None = None
    next_to: tuple[str, ...] = ()
    held: bool = False
    unknown: bool = False
    digest: bool = False
    digest_at: float | None = None
    muted: bool = False


class State(StrEnum):
    """What became of a message to a channel."""

    PENDING = "pending"
    DELIVERED = "delivered"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to a channel. ``what`` happened that it tells; times are UTC seconds."""

    channel: str
    what: str
    created: float
    state: State = State.PENDING
    at: float | None = None
    attempts: int = 0
    due: float | None = None
    note: str = ""
    message: str = ""


class Verdict(StrEnum):
    """Whether people were told, and if not, what keeps them from it."""

    TOLD = "told"
    UNDER_WAY = "under_way"
    REFUSED = "refused"
    WITH_INCIDENT = "with_incident"  # a consequence: it is in the message of its incident
    WAITS = "waits"  # those are asked who may show the cause
    MUTED = "muted"
    DELAY = "delay"
    OUTRANKED = "outranked"  # a higher step of the same condition stands in its place
    WITHHELD = "withheld"
    DIGEST = "digest"
    NOBODY = "nobody"  # no channel was named
    OVER = "over"  # it returned, and nobody had been told
    QUIET = "quiet"
    UNKNOWN = "unknown"
    OFF = "off"
    NO_POINT = "no_point"


@dataclass(frozen=True, slots=True)
class Story:
    """One rule on one point at ``at``. Times are UTC seconds.

    ``truth`` is whether all that the rule asks for holds; None where that cannot be said any more. ``phase``
    likewise, and ``since`` is when it began. ``raised_at`` is None where it never was. ``deliveries`` are of
    its own messages and those of its incident. ``limited``: channels that do not bear its first message.
    ``missing``: words of what is not on record. ``off``: an override has switched the rule off here.
    ``alike``: points of the device of which the same is true, this one among them. ``instead``: what a higher
    step of the same condition is called that stands in its place, or did when it ended. ``held``: what the
    point had last said at a moment that is past, and ``held_truth`` whether the condition was true then.
    """

    at: float
    key: str
    asset: str
    name: str
    rule: str
    title: Text
    point: Point
    limit: str = ""
    sight: Sight | None = None
    truth: Truth | None = None
    looks: tuple[Look, ...] = ()
    phase: Phase | None = None
    since: float | None = None
    on_delay: float = 0.0
    off_delay: float = 0.0
    raised_at: float | None = None
    life: str = "normal"
    open: bool = False
    told: bool = False
    acknowledged: str = ""
    note: str = ""
    acknowledged_until: float | None = None
    chattering: bool = False
    mutes: tuple[Mute, ...] = ()
    works: tuple[Work, ...] = ()
    placed: Placed | None = None
    courses: tuple[Course, ...] = ()
    limited: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    missing: tuple[str, ...] = ()
    along: tuple[str, ...] = ()  # routes by which it was told, as the record names them
    duty: tuple[tuple[str, str], ...] = ()  # rota, and who was on call
    off: bool = False
    alike: int = 1
    instead: Text | None = None
    held: Reading | None = None
    held_truth: Truth | None = None


def verdict(story: Story) -> Verdict:
    """Say whether people were told of an alert; else the one thing that keeps them from it.

    Of several that do, the one that would have to go last: a muted alert in its delay is in its delay.
    """
    if not story.open:
        return _closed(story)
    if story.placed is not None and story.placed.suppresses and not story.placed.apart:
        return Verdict.WITH_INCIDENT if story.placed.told else Verdict.WAITS
    if (sent := _sent(story)) is not None:
        return sent
    if story.mutes:
        return Verdict.MUTED
    return _unsent(story)


def _closed(story: Story) -> Verdict:
    """Judge a rule that is not raised: over, or what keeps it quiet."""
    if story.off:
        return Verdict.OFF
    if story.phase is Phase.RAISING:
        return Verdict.DELAY if story.instead is None else Verdict.OUTRANKED
    if story.raised_at is not None:
        return _over(story)
    if story.sight is not None and not story.sight.observed:
        return Verdict.NO_POINT
    if story.truth is Truth.FALSE:
        return Verdict.QUIET
    return Verdict.DELAY if story.truth is Truth.TRUE else Verdict.UNKNOWN


def _over(story: Story) -> Verdict:
    """Judge an occurrence that has ended."""
    placed = story.placed
    if placed is not None and placed.suppresses and not placed.apart:
        return Verdict.WITH_INCIDENT if placed.told else Verdict.OVER
    return _sent(story) or Verdict.OVER


def _sent(story: Story) -> Verdict | None:
    """Say how far the messages of an occurrence came; None where none was made."""
    states = {one.state for one in story.deliveries}
    if State.DELIVERED in states:
        return Verdict.TOLD
    if State.PENDING in states:
        return Verdict.UNDER_WAY
    return Verdict.REFUSED if states else None


def _unsent(story: Story) -> Verdict:
    if story.limited:
        return Verdict.WITHHELD
    if any(course.digest for course in story.courses):
        return Verdict.DIGEST
    if story.placed is not None and not story.placed.told:
        return Verdict.WAITS
    return Verdict.NOBODY
