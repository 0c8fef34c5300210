"""How the alarm system did, after ANSI/ISA-18.2: counts over the alarms of a period. Pure.

An alarm is *annunciated* when it is raised and nothing mutes it. Windows of ten minutes are counted from the
start of the period; a flood begins with a window that holds ten alarms and ends with one of fewer than five.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dcim.availability import Period
from dcim.availability.knowledge import covered
from dcim.ledger import Entry
from dcim.record import dataclass, field, replace
from dcim.reports.matter import body_of
from dcim.reports.model import Microseconds
from dcim.standards import constant
from dcim.store.work import AlertRow

SECOND: Final = 1_000_000
WINDOW: Final = 600 * SECOND
DAY: Final = 86_400 * SECOND


@dataclass(slots=True)
class Alarm:
    """One standing of one alarm: from when it was raised until it cleared, None while it stands."""

    key: str
    rule: str
    asset: str
    severity: str
    raised: Microseconds
    cleared: Microseconds | None = None
    acknowledged: Microseconds | None = None
    told: bool = True


@dataclass(frozen=True, slots=True)
class Flood:
    """A time in which more came than anybody can look at, how much, and how long of it was watched."""

    since: Microseconds
    until: Microseconds
    alarms: int
    watched: Microseconds


@dataclass(frozen=True, slots=True)
class Performance:
    """The figures of a period. Counts are of annunciated alarms; ``windows`` those of each ten minutes.

    ``watched``: the time of the period in which the daemon watched; nothing is in flood outside it. ``seen``:
    how many of the windows were watched for any time or had an alarm; of the others nobody knows.
    ``at_most``: the windows where each that was not watched whole counts as more than the standard's most.
    """

    raised: int
    muted: int  # raised beneath a mute
    windows: tuple[int, ...]
    floods: tuple[Flood, ...]
    by_severity: Mapping[str, int]
    by_source: tuple[tuple[tuple[str, str], int], ...]  # (rule, asset) and how many, the most first
    chattering: tuple[tuple[tuple[str, str], int], ...]  # and its most transitions in a minute
    stale: tuple[Alarm, ...]  # stood for more than a day, the oldest first
    stale_most: int  # on one day
    answers: tuple[Microseconds, ...]  # from raised to acknowledged, the shortest first
    unanswered: int  # cleared or standing, and nobody acknowledged it
    watched: Microseconds
    seen: int
    at_most: tuple[int, ...]

    @property
    def over(self) -> int:
        """Return the windows with more alarms than the standard's most."""
        return _over(self.windows)

    @property
    def over_most(self) -> int:
        """Return how many it may have been with what nobody watched."""
        return _over(self.at_most)

    @property
    def top_ten(self) -> int:
        """Return how many alarms came from the ten most frequent sources."""
        return sum(number for _, number in self.by_source[:10])

    @property
    def flooded(self) -> Microseconds:
        """Return how long it was in flood."""
        return sum(one.watched for one in self.floods)


def _over(windows: Iterable[int]) -> int:
    return sum(1 for one in windows if one > constant("isa_ten_minutes_most"))


@dataclass(slots=True)
class _Seen:
    """Alarms as their facts are read."""

    standing: dict[str, Alarm] = field(default_factory=dict)
    ended: list[Alarm] = field(default_factory=list)
    raised: list[Alarm] = field(default_factory=list)
    muted: int = 0
    moves: defaultdict[tuple[tuple[str, str], str], list[Microseconds]] = field(
        default_factory=lambda: defaultdict(list)
    )  # of each alarm point by its source and key: the three phases of a meter are three

    def take(self, entry: Entry) -> None:
        """Take one fact of an alert."""
        body = body_of(entry)
        change = body["change"]
        alarm = self.standing.get(entry.subject)
        source = (str(body["rule"]), str(body["asset"]))
        if change in ("raised", "raised_untold"):
            alarm = Alarm(entry.subject, *source, str(body["severity"]), entry.at, told=change == "raised")
            self.standing[entry.subject] = alarm
            self.moves[source, entry.subject].append(entry.at)
            self.muted += not alarm.told
            if alarm.told:
                self.raised.append(alarm)
            return
        if alarm is None:  # it stood before the period began
            begun = round(float(body["raised_at"]) * 1e6)
            alarm = Alarm(entry.subject, *source, str(body["severity"]), begun)
            self.standing[entry.subject] = alarm
        if change == "acknowledged" and alarm.acknowledged is None:
            alarm.acknowledged = entry.at
        if change in ("cleared", "cleared_untold"):
            alarm.cleared = entry.at
            self.moves[source, entry.subject].append(entry.at)
            self.ended.append(self.standing.pop(entry.subject))


def performance(
    facts: Iterable[Entry],
    rows: Iterable[AlertRow],
    since: Microseconds,
    until: Microseconds,
    dark: Sequence[Period] = (),
) -> Performance:
    """Return the figures of a period from its facts of alerts, in order.

    ``rows`` are the alerts as they stand now: one that stood all through the period has no fact in it.
    ``dark``: when nobody watched, apart and in order.
    """
    seen = _Seen()
    for entry in facts:
        seen.take(entry)
    everything = [*seen.ended, *seen.standing.values(), *_through(rows, seen, since, until)]
    windows = [0] * max(1, -(-(until - since) // WINDOW))
    for alarm in seen.raised:
        windows[min(len(windows) - 1, (alarm.raised - since) // WINDOW)] += 1
    sources = Counter((one.rule, one.asset) for one in seen.raised)
    stale = _stale(everything, until)
    mine = [one for one in everything if one.told and one.raised >= since]
    return Performance(
        len(seen.raised),
        seen.muted,
        tuple(windows),
        tuple(watched(floods(windows, since, until), dark)),
        Counter(one.severity for one in seen.raised),
        tuple(sorted(sources.items(), key=lambda one: (-one[1], one[0]))),
        tuple(_chattering(seen.moves)),
        tuple(stale),
        _most_a_day(stale, since, until),
        tuple(sorted(one.acknowledged - one.raised for one in mine if one.acknowledged is not None)),
        sum(1 for one in mine if one.acknowledged is None),
        until - since - sum(max(0, one.cut(Period(since, until)).length) for one in dark),
        sum(map(bool, windows)) + _quiet(windows, since, until, dark),
        tuple(_at_most(windows, since, until, dark)),
    )


def _at_most(
    windows: Sequence[int], since: Microseconds, until: Microseconds, dark: Sequence[Period]
) -> Iterable[int]:
    """Yield the alarms of each window; as many as are too many where it was not watched all the time."""
    many = int(constant("isa_ten_minutes_most")) + 1
    for number, alarms in enumerate(windows):
        start = since + number * WINDOW
        span = Period(start, min(until, start + WINDOW))
        unseen = any(one.start < span.end and one.end > span.start for one in dark)
        yield max(alarms, many) if unseen else alarms


def _quiet(windows: Sequence[int], since: Microseconds, until: Microseconds, dark: Sequence[Period]) -> int:
    """Return how many windows without an alarm were watched for any time."""
    spans = (Period(at, min(until, at + WINDOW)) for at in range(since, max(until, since + 1), WINDOW))
    return sum(not alarms and not covered(dark, span) for alarms, span in zip(windows, spans, strict=True))


def _through(
    rows: Iterable[AlertRow], seen: _Seen, since: Microseconds, until: Microseconds
) -> Iterable[Alarm]:
    """Yield the alarms that stood all through a period: nothing in it was said of them."""
    known = {one.key for one in seen.ended} | seen.standing.keys()
    for row in rows:
        raised = round(float(str(row.body["raised_at"])) * 1e6)
        ended = None if row.open else round(row.at * 1e6)
        if row.key not in known and raised < since and (ended is None or ended >= until):
            yield Alarm(
                row.key, str(row.body["rule"]), str(row.body["asset"]), str(row.body["severity"]), raised
            )


def floods(windows: Sequence[int], since: Microseconds, until: Microseconds) -> Iterable[Flood]:
    """Yield the floods in alarms counted by windows of ten minutes."""
    begin, end = constant("isa_flood_begins"), constant("isa_flood_ends")
    first, held = -1, 0
    for number, alarms in enumerate((*windows, 0)):
        if first < 0 and alarms >= begin:
            first = number
        if first >= 0 and alarms < end:
            begins, ends = since + first * WINDOW, min(until, since + number * WINDOW)
            yield Flood(begins, ends, held, ends - begins)
            first, held = -1, 0
        elif first >= 0:
            held += alarms


def watched(some: Iterable[Flood], dark: Sequence[Period]) -> Iterable[Flood]:
    """Yield floods without the time in which nobody watched: one that it ends in ends where it begins."""
    for one in some:
        span = Period(one.since, one.until)
        unseen = [cut for each in dark if (cut := each.cut(span)).length > 0]
        last = unseen[-1] if unseen else span
        ends = last.start if unseen and last.end == one.until else one.until
        lasts = span.length - sum(each.length for each in unseen)
        yield replace(one, until=ends, watched=lasts)


def _chattering(
    moves: Mapping[tuple[tuple[str, str], str], Sequence[Microseconds]],
) -> Iterable[tuple[tuple[str, str], int]]:
    """Return the sources with an alarm that chatters, and the most transitions that one had in a minute."""
    window = int(constant("isa_chatter_window") * SECOND)
    found: dict[tuple[str, str], int] = {}
    for (source, _), times in moves.items():
        first = most = 0
        ordered = sorted(times)
        for number, at in enumerate(ordered):
            while at - ordered[first] > window:
                first += 1
            most = max(most, number - first + 1)
        if most >= constant("isa_chatter_transitions"):
            found[source] = max(most, found.get(source, 0))
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))


def _stale(alarms: Iterable[Alarm], until: Microseconds) -> list[Alarm]:
    after = int(constant("isa_stale_after") * 3600 * SECOND)
    return sorted(
        (one for one in alarms if (one.cleared or until) - one.raised > after), key=lambda one: one.raised
    )


def _most_a_day(stale: Sequence[Alarm], since: Microseconds, until: Microseconds) -> int:
    """Return the most alarms that were stale on one day, counted from the start of the period."""
    after = int(constant("isa_stale_after") * 3600 * SECOND)
    spans = [(one.raised + after, one.cleared or until) for one in stale]
    days = range(since, until, DAY)
    return max((sum(1 for start, end in spans if start < day + DAY and end > day) for day in days), default=0)
