"""What the daemon says of itself: when it began to know nothing, and when it was blind. Pure.

started ... stopped    [blind]    started ... (kill -9)    [blind]    started ...   newest fact  [blind ...
   └ every subject unknown           └ every subject unknown             until its first statement
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from dcim.availability.category import Microseconds, Period
from dcim.ledger import Entry
from dcim.ledger.life import REDUNDANCY_ALONE
from dcim.model.fact import FactKind

SETTLES: Final = 86_400_000_000
"""Microseconds after a period's end in which facts may still say something of the period: one day."""

FOREVER: Final = 1 << 62
SITE_KINDS: Final = (
    FactKind.DAEMON_STARTED,
    FactKind.BLIND,
    FactKind.CLOCK_STEPPED,
)
"""The kinds of facts that bear on every subject."""


class Reset(NamedTuple):
    """A start: from ``at`` on nothing is known, until it is said."""

    sequence: int
    at: Microseconds


class Dark(NamedTuple):
    """A time in which a subject (empty: every one) was not seen, and the fact that says so.

    ``whole``: nothing of it; else only whether anything was missing.
    """

    start: Microseconds
    end: Microseconds
    subject: str
    sequence: int
    reason: str
    whole: bool = True


@dataclass(frozen=True)
class Knowledge:
    """What the daemon knew of itself in a period. ``until``: nothing is known from there on."""

    resets: tuple[Reset, ...]
    dark: tuple[Dark, ...]  # by start
    until: Microseconds

    def nights(self, subject: str) -> list[Dark]:
        """Return the times in which nothing of a subject was seen, each with its fact, by start."""
        return sorted(one for one in self._of(subject) if one.whole)

    def darkness(self, subject: str, period: Period) -> tuple[Period, ...]:
        """Return when a subject was not seen, within a period: apart, in order, none empty."""
        nights = [Period(one.start, one.end).cut(period) for one in self._of(subject) if one.whole]
        return joined([*nights, Period(self.until, FOREVER).cut(period)])

    def doubts(self, subject: str, period: Period) -> tuple[Period, ...]:
        """Return when it was seen that a subject worked, and not whether anything of it was missing."""
        return joined(Period(one.start, one.end).cut(period) for one in self._of(subject) if not one.whole)

    def _of(self, subject: str) -> Iterator[Dark]:
        for name in dict.fromkeys(("", subject)):
            yield from self._by_subject.get(name, ())

    @cached_property
    def _by_subject(self) -> Mapping[str, Sequence[Dark]]:
        found: dict[str, list[Dark]] = {}
        for one in self.dark:
            found.setdefault(one.subject, []).append(one)
        return found


def known(entries: Iterable[Entry], until: Microseconds) -> Knowledge:
    """Return what facts of ``SITE_KINDS`` say, in the order of their sequences; others are passed by."""
    resets: list[Reset] = []
    dark: list[Dark] = []
    for entry in entries:
        if entry.kind == FactKind.DAEMON_STARTED:
            resets.append(Reset(entry.sequence, entry.at))
        elif entry.kind in (FactKind.BLIND, FactKind.CLOCK_STEPPED):
            dark += _dark(entry)
    return Knowledge(tuple(resets), tuple(sorted(dark)), until)


def _dark(entry: Entry) -> Sequence[Dark]:
    body: Mapping[str, Any] = json.loads(entry.body)
    ends = [micros(body[key]) for key in ("since", "from", "to") if key in body]
    if not ends or min(ends) == max(ends):
        return ()
    reason = "clock" if entry.kind == FactKind.CLOCK_STEPPED else str(body.get("reason", ""))
    subject = "" if entry.subject == entry.site else entry.subject
    whole = entry.kind != FactKind.BLIND or body.get("of") != REDUNDANCY_ALONE
    return (Dark(min(ends), max(ends), subject, entry.sequence, reason, whole),)


def micros(seconds: float) -> Microseconds:
    """Return a time of a fact's body, UTC seconds, in whole microseconds: ties to even, as ``round`` does."""
    return round(seconds * 1e6)


def joined(spans: Iterable[Period]) -> tuple[Period, ...]:
    """Return spans put together where they overlap or touch, in order, without the empty ones."""
    found: list[Period] = []
    for span in sorted(one for one in spans if one.start < one.end):
        if found and span.start <= found[-1].end:
            if span.end > found[-1].end:
                found[-1] = Period(found[-1].start, span.end)
        else:
            found.append(span)
    return tuple(found)


def within(spans: Sequence[Period], at: Microseconds) -> bool:
    """Whether a moment lies in one of several spans that are apart and in order."""
    found = bisect_left(spans, (at + 1,)) - 1
    return found >= 0 and at < spans[found].end


def covered(spans: Sequence[Period], span: Period) -> bool:
    """Whether all of a span lies in one of several that are apart and in order."""
    found = bisect_left(spans, (span.start + 1,)) - 1
    return found >= 0 and span.end <= spans[found].end
