"""Blind time of services, explained: by reason, and the longest times one by one.

Each moment of a service that is blind has one reason, the first of these that holds: nobody watched (the fact
says why), nothing is on record any more, the daemon had just started, a device decided it and could not be
judged, nobody looked between two readings that differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from dcim.availability import Account, Answer, Category, Evidence, Period, Slice
from dcim.availability.columns import Bools, Ints
from dcim.availability.knowledge import FOREVER
from dcim.availability.slices import Slices
from dcim.late import np
from dcim.model.fact import FactKind
from dcim.reports.blocks import cols, table
from dcim.reports.matter import Matter, body_of
from dcim.reports.model import Block, Length, List, Moment, Number, Ratio, Say, Value

MOST: Final = 20
_BLIND: Final = frozenset({Category.BLIND})
_KNOWN: Final = frozenset({"crash", "stopped", "clock", "stalled", "unrecorded", "unseen"})


class Blind(NamedTuple):
    """A time in which a service was blind; ``sequence`` is that of the fact that says so (0: none)."""

    start: int
    end: int
    reason: str
    sequence: int


def blind(account: Account, evidence: Evidence) -> tuple[dict[str, int], list[Blind]]:
    """Return how long an account was blind for each reason, and its longest such times: ``MOST`` and one."""
    unseen = account.slices.where(account.slices.are(_BLIND))
    watched = _watched(unseen, evidence.knowledge.darkness(account.subject, account.period))
    all_watched = bool(watched.all())
    seen = unseen if all_watched else unseen.where(watched)
    sums, longest = _said(seen, account.period.start, _starts(evidence))
    for each in () if all_watched else _split(account, unseen.where(~watched), evidence):
        sums[each.reason] += each.end - each.start
        longest.append(each)
    return sums, _longest(longest)[: MOST + 1]


def _watched(unseen: Slices, dark: Sequence[Period]) -> Bools:
    """Say of slices whether somebody watched all the time: very many are, edges between two looks."""
    spans = np.array([*dark, (FOREVER, FOREVER)], np.int64)
    return np.asarray(
        unseen.ends <= spans[np.searchsorted(spans[:, 1], unseen.starts, "right").clip(max=len(dark)), 0]
    )


def _said(unseen: Slices, began: int, resets: frozenset[int]) -> tuple[dict[str, int], list[Blind]]:
    """Return how long slices are for each reason, and the longest: of those in which somebody watched."""
    said, lengths = unseen.columns[4], unseen.lengths
    some = np.flatnonzero(said)
    codes = np.where(unseen.starts == began, _BEFORE, _BETWEEN)
    codes[some] = np.where(_among(said[some], resets), _STARTED, _UNDECIDED)
    sums = defaultdict(int)
    for code, spent in enumerate(np.bincount(codes, lengths, len(_WORDS)).tolist()):  # exact: below 2 ** 53
        if spent:
            sums[_WORDS[code]] = int(spent)
    first = np.argsort(-lengths, kind="stable")[: MOST + 1]  # of the same length, the first stays first
    columns = (unseen.starts[first], unseen.ends[first], codes[first], said[first])
    rows = zip(*(one.tolist() for one in columns), strict=True)
    return sums, [Blind(start, end, _WORDS[code], sequence) for start, end, code, sequence in rows]


def _among(sequences: Ints, some: frozenset[int]) -> Bools:
    """Say of sequences whether each is one of some: np.isin of few takes ten times as long."""
    ordered = np.array([*sorted(some), FOREVER], np.int64)
    return np.asarray(ordered[np.searchsorted(ordered[:-1], sequences)] == sequences)


_WORDS: Final = ("before", "between", "started", "undecided")
_BEFORE, _BETWEEN, _STARTED, _UNDECIDED = range(len(_WORDS))


def _starts(evidence: Evidence) -> frozenset[int]:
    return frozenset(one.sequence for one in evidence.knowledge.resets)


def _split(account: Account, unseen: Slices, evidence: Evidence) -> Iterator[Blind]:
    """Yield slices of which nobody watched a part, in order, cut where the reason changes."""
    knowledge, starts = evidence.knowledge, _starts(evidence)
    dark = knowledge.nights(account.subject)
    first = 0
    for each in unseen:
        while first < len(dark) and dark[first].end <= each.start:
            first += 1
        at = each.start
        nobody = "before" if at == account.period.start else "between"
        for one in dark[first:]:
            if one.start >= each.end:
                break
            low, high = max(at, one.start), min(each.end, one.end)
            if low < high:
                yield from _undark(each, at, low, knowledge.until, starts, nobody)
                yield Blind(low, high, one.reason if one.reason in _KNOWN else "other", one.sequence)
                at = high
        yield from _undark(each, at, each.end, knowledge.until, starts, nobody)


def _undark(
    each: Slice, start: int, end: int, until: int, starts: frozenset[int], nobody: str
) -> Iterator[Blind]:
    """Yield what is blind though somebody watched, and what lies after all that is known.

    ``nobody``: the reason where no fact says how the service stands.
    """
    known = min(end, max(start, until))
    if start < known:
        reason = "started" if each.sequence in starts else "undecided" if each.sequence else nobody
        yield Blind(start, known, reason, each.sequence)
    if known < end:
        yield Blind(known, end, "tail", 0)


def blind_blocks(evidence: Evidence, singles: Sequence[Answer], matter: Matter) -> Iterable[Block]:
    """Yield blind time by reason, added up over the services, and the longest times."""
    sums: dict[str, int] = defaultdict(int)
    times: dict[Blind, list[str]] = defaultdict(list)
    for one in singles:
        spent, longest = blind(one.final.account, evidence)
        for reason, lasts in spent.items():
            sums[reason] += lasts
        for each in longest:
            times[each].append(one.subject)
    whole = Period(matter.period.since, matter.until).length * len(singles)
    yield table(
        "blind_reasons",
        "report.uptime.blind_reasons",
        cols("why:3 lasted> share>"),
        (
            (Say(f"report.blind.{word}"), Length(spent), Ratio(spent, whole))
            for word, spent in sorted(sums.items(), key=lambda one: (-one[1], one[0]))
        ),
        "report.uptime.no_blind",
    )
    yield table(
        "blind",
        "report.uptime.blind_longest",
        cols("from:1.3 to:1.3 lasted> why:2.4 service:1.4"),
        (_row(each, times[each], matter) for each in _longest(times)[:MOST]),
        "report.uptime.no_blind",
        Say("report.uptime.blind_more", (Number(MOST),)) if len(times) > MOST else None,
    )


def _longest(times: Iterable[Blind]) -> list[Blind]:
    return sorted(times, key=lambda one: (one.start - one.end, one))


def _row(each: Blind, services: Sequence[str], matter: Matter) -> tuple[Value, ...]:
    shown: Value = List(tuple(map(matter.site.called, services[:3])))
    if len(services) > 3:
        shown = Say("report.uptime.blind_services", (Number(len(services)),))
    return (
        Moment(each.start),
        Moment(each.end),
        Length(each.end - each.start),
        _why(each, matter),
        shown,
    )


def _why(each: Blind, matter: Matter) -> Value:
    """Return why it was blind: of what a device decides, which device, as far as the reader may know."""
    found = matter.record.facts(each.sequence - 1, (), 1) if each.reason == "undecided" else ()
    if not found or found[0].kind != FactKind.SERVICE_STATE:
        return Say(f"report.blind.{each.reason}")
    mine = matter.within()
    parts = [str(one["part"]) for one in body_of(found[0]).get("because", ()) if one["function"] == "unknown"]
    named = tuple(matter.site.called(one) for one in parts if mine is None or one in mine)[:3]
    return Say("report.blind.undecided_by", (List(named),)) if named else Say("report.blind.undecided")
