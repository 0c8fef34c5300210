"""What the daemon owns up to when it starts, beats and stops: how long nobody watched, and clocks that jump.

    run 1      started ... heartbeat ... heartbeat   (kill -9)
    run 2                                        [blind: crash ] started ... heartbeat ... stopped
    run 3                                                                     [blind: stopped ] started ...

Silence is recorded too (G2, K4): between two facts either the daemon watched, or a blind fact says that it
did not. Where the two cannot be told apart (a clock put forward, a machine that slept), it was blind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from dcim.ledger.chain import Entry
from dcim.model.fact import Body, Fact, FactKind, Json
from dcim.record import dataclass

STEP = 1.0  # seconds: wall and monotonic clock may drift apart this far between heartbeats
LATE = 20.0  # seconds
"""A heartbeat may be late by twice what it promised, and by no more than this; then the time since the one
before was blind. A long promise saves disk and must not hide a stall."""


def latest(lasts: float) -> float:
    """Return how many seconds after a heartbeat that promised the next within so many it may come at most."""
    return lasts + min(2 * lasts, LATE)


SIGNS = (FactKind.HEARTBEAT, FactKind.DAEMON_STARTED, FactKind.DAEMON_STOPPED, FactKind.CLOCK_STEPPED)
"""The kinds whose ``at`` is the daemon's own clock at that moment."""

SEEN = (*SIGNS, FactKind.SERVICE_STATE, FactKind.DEVICE_STATE)
"""The kinds whose newest says until when it is known how services and devices stood."""

WATCHED = (*SEEN, FactKind.ALERT)
"""The kinds that are written in the order in which they became true: when the newest of them is on disk, so
is all that was watched before it. Others (a delivery, a report) may overtake what waits."""


class Ending(StrEnum):
    """How the run before ended."""

    NONE = "none"  # there was none
    CLEAN = "clean"
    CRASH = "crash"


class Blind(StrEnum):
    """Why nobody watched."""

    CRASH = "crash"  # the daemon was killed, or the machine was
    STOPPED = "stopped"  # the daemon was stopped
    CLOCK = "clock"  # the clock jumped: how long it really was cannot be told
    STALLED = "stalled"  # the daemon did not run when it should have
    UNRECORDED = "unrecorded"  # it ran, and some of what became true was never written
    UNSEEN = (
        "unseen"  # it looked elsewhere: a service may have changed before that was seen, or before it ended
    )


LOOKED = "looked"
"""In a stop: since when each service was not looked at any more is recorded with it, as unseen."""

REDUNDANCY_ALONE = "redundancy"
"""Under ``of`` in a blind fact of a service: that it worked was seen, not whether anything was missing."""


@dataclass(frozen=True, slots=True)
class Beat:
    """The two clocks at one moment, in seconds, and for how long the next heartbeat is promised."""

    wall: float
    steady: float
    lasts: float


class Lost(NamedTuple):
    """The first and the last moment (UTC seconds) of what became true and will never be written."""

    since: float
    until: float

    def and_(self, other: Lost | None) -> Lost:
        """Return what is lost of both."""
        if other is None:
            return self
        return Lost(min(self.since, other.since), max(self.until, other.until))


class Counted(NamedTuple):
    """For how many seconds what is said of a service counts, and its ``turns`` shortly before a run ended.

    A turn: the moment (microseconds of UTC) of a statement that it failed, or works, and did not before.
    ``looked`` (UTC seconds): until when all that shows how it stands was looked at, or nothing is said of it.
    """

    bound: float
    turns: tuple[int, ...] = ()
    looked: float = -inf


def is_turn(body: Mapping[str, Json]) -> bool:
    """Whether a statement about a service, by its body, says that it failed or works, and did not before."""
    before = body.get("before")
    was = before.get("function") if isinstance(before, Mapping) else None
    return body.get("function") in ("up", "down") and body.get("function") != was


def on_start(
    site: str,
    last: Entry | None,
    sign: Entry | None,
    now: float,
    about: Body,
    services: Mapping[str, Counted] = MappingProxyType({}),
) -> tuple[Fact, ...]:
    """Return the facts of a start at ``now`` (UTC seconds): a clock that went back, blind time, the start.

    ``last`` is the newest entry of ``WATCHED``, ``sign`` the newest of ``SIGNS``; ``about`` joins the body of
    the start. A change of a service in the last ``bound`` of the run need not have been seen before it ended,
    so that this time of the service is blind too: but for its turns, each a microsecond. They were seen.
    Nothing is said of that after a stop that said it itself.
    """
    if last is None:
        return (_started(site, now, Ending.NONE, about),)
    ending = Ending.CLEAN if last.kind == FactKind.DAEMON_STOPPED else Ending.CRASH
    seen = max(last.time, sign.time if sign else last.time)
    facts = []
    reason = Blind.STOPPED if ending is Ending.CLEAN else Blind.CRASH
    if now < seen:
        facts.append(_stepped(site, seen, now, seen))
        reason = Blind.CLOCK
    end = seen
    if reason is not Blind.CLOCK and any(_micros(seen) in one.turns for one in services.values()):
        end = min(now, (_micros(seen) + 1) / 1e6)  # the last that was seen is such a statement itself
    said = ending is Ending.CLEAN and bool(last.read().get(LOOKED))
    unseen = [] if said else _unseen(now, seen, end, services)
    return (*facts, _blind(site, now, end, now, reason), *unseen, _started(site, now, ending, about))


def on_beat(site: str, before: Beat, now: Beat, lost: Lost | None = None) -> tuple[Fact, ...]:
    """Return the facts of a heartbeat: what went wrong since the one before, and the heartbeat.

    ``lost``: of what became true since ``before`` something was dropped, so that all of that time is blind.
    Who writes the heartbeat behind everything that became true before it, however late, lost nothing.
    """
    beat = Fact(FactKind.HEARTBEAT, now.wall, site, {"lasts": now.lasts})
    return (*_since(site, before, now, lost), beat)


def on_stop(
    site: str,
    before: Beat,
    now: Beat,
    lost: Lost | None,
    why: str,
    services: Mapping[str, Counted] | None = None,
) -> tuple[Fact, ...]:
    """Return the facts of a clean stop: what went wrong since the last heartbeat, and the stop itself.

    ``services``, where that is known: since when each was not looked at any more, which is unseen.
    """
    unseen = _unseen(now.wall, now.wall, now.wall, services or {})
    looked: Body = {} if services is None else {LOOKED: True}
    stop = Fact(FactKind.DAEMON_STOPPED, now.wall, site, {"why": why, **looked})
    return (*_since(site, before, now, lost), *unseen, stop)


def _unseen(at: float, seen: float, end: float, services: Mapping[str, Counted]) -> list[Fact]:
    """Return which services may have changed, unseen, shortly before a run last saw anything, at ``seen``."""
    return [
        _blind(name, at, *span, Blind.UNSEEN)
        for name, one in services.items()
        for span in _between(max(seen - one.bound, one.looked), end, one.turns)
    ]


def _since(site: str, before: Beat, now: Beat, lost: Lost | None) -> tuple[Fact, ...]:
    passed = now.steady - before.steady
    expected = before.wall + passed
    facts = []
    if lost is not None:
        whole = lost.and_(Lost(before.wall, expected))
        facts.append(_blind(site, now.wall, *whole, Blind.UNRECORDED))
    elif passed > latest(before.lasts):
        facts.append(_blind(site, now.wall, before.wall, expected, Blind.STALLED))
    if abs(now.wall - expected) > STEP:
        facts.append(_stepped(site, expected, now.wall, min(before.wall, now.wall - passed)))
    if now.wall - expected > STEP:
        facts.append(_blind(site, now.wall, expected, now.wall, Blind.CLOCK))
    return tuple(facts)


def _between(since: float, until: float, turns: Iterable[int]) -> Iterator[tuple[float, float]]:
    """Yield the parts of a time, in seconds, that lie between the microseconds of some statements."""
    start, end = _micros(since), _micros(until)
    for at in sorted(one for one in turns if start <= one < end):
        if start < at:
            yield start / 1e6, at / 1e6
        start = at + 1
    if start < end:
        yield start / 1e6, end / 1e6


def _micros(seconds: float) -> int:
    return round(seconds * 1e6)


def _started(site: str, now: float, ending: Ending, about: Body) -> Fact:
    return Fact(FactKind.DAEMON_STARTED, now, site, {**about, "previous": ending})


def _stepped(site: str, was: float, now: float, since: float) -> Fact:
    """``since``: when the clock was last known to go right, by itself; or by the clock after the step, where
    that is earlier: nobody knows when since then it went back, so that it may have shown all of it twice.
    """
    offset = round(now - was, 6)
    body = {"from": round(was, 6), "to": round(now, 6), "offset": offset, "since": round(since, 6)}
    return Fact(FactKind.CLOCK_STEPPED, now, site, body)


def _blind(subject: str, at: float, since: float, until: float, reason: Blind) -> Fact:
    """``to`` before ``from`` means that the clock went back: the length of that blindness is unknown."""
    span = {"from": _micros(since) / 1e6, "to": _micros(until) / 1e6}  # as ``at`` of facts is rounded
    return Fact(FactKind.BLIND, at, subject, {**span, "reason": reason})
