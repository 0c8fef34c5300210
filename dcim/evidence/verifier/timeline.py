"""From facts to categories, as ``docs/availability.md`` says it: written a second time, from that page."""

from __future__ import annotations

import json
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from dcim.evidence.verifier.chain import Fact

DAY = 86_400_000_000
NEVER = 2**62
WORDS_OF = (
    "",
    "blind",
    "force_majeure",
    "scheduled_maintenance",
    "planned_corrective",
    "forced_outage",
    "degraded",
    "full",
)
BLIND, FORCE_MAJEURE, SCHEDULED, PLANNED, FORCED, DEGRADED, FULL = range(1, 8)
SIGNS = frozenset(("heartbeat", "daemon_started", "daemon_stopped", "clock_stepped"))
STATES = frozenset(("service_state", "device_state"))
SEEN = SIGNS | STATES
FOLDED = STATES | frozenset(("daemon_started", "blind", "clock_stepped", "maintenance", "reclassified"))
Span = Tuple[int, int]


class Slice(NamedTuple):
    """A time in one category; ``sure``: whether anything is missing was decided.

    ``behind``: the fact that says how the subject stands, and the window or the person's word that put it
    into its category (0: none). Of several subjects: those of each that is in the category of the whole.
    """

    start: int
    end: int
    category: int
    sure: bool
    behind: Tuple[int, ...] = ()


class Said(NamedTuple):
    """A statement or a start: how a subject stands from ``at`` on."""

    at: int
    sequence: int
    function: str
    redundancy: str


class Window(NamedTuple):
    """Announced work."""

    sequence: int
    span: Span
    notice: int
    everything: bool
    covered: frozenset[str]


class Moved(NamedTuple):
    """A reclassification."""

    sequence: int
    span: Span
    was: int
    now: int
    cause: str


def micros(seconds: Any) -> int:
    """Return the whole microseconds of UTC seconds in a body. Raises ``ValueError``."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise ValueError("time")
    return round(seconds * 1e6)


class Facts:
    """What facts say of availability, gathered in one pass; only of the subjects that claims are about."""

    def __init__(self, subjects: set[str], ends: set[int]) -> None:
        self._subjects = subjects
        self._open = sorted(end + DAY for end in ends)
        self.settled: Dict[
            int, Tuple[int, int]
        ] = {}  # end of a period: sequence and time of the sign after it
        self.states: Dict[str, List[Tuple[Fact, Any]]] = {}
        self.starts: List[Said] = []
        self.dark: List[Tuple[int, str, Span, bool]] = []  # sequence, subject ("" for any), when, all of it
        self.work: List[Tuple[Fact, Any]] = []
        self.moved: Dict[str, List[Tuple[Fact, Any]]] = {}

    def take(self, fact: Fact, site: str) -> None:
        """Keep what a fact says. Raises ``ValueError`` when a body of these kinds is none."""
        while self._open and fact.kind in SIGNS and self._open[0] <= fact.at:
            self.settled[self._open.pop(0) - DAY] = fact.sequence, fact.at
        if fact.kind in FOLDED:
            self._fold(fact, site)

    def _fold(self, fact: Fact, site: str) -> None:
        if fact.kind in STATES:
            if fact.subject in self._subjects:
                self.states.setdefault(fact.subject, []).append((fact, json.loads(fact.body)))
        elif fact.kind == "daemon_started":
            self.starts.append(Said(fact.at, fact.sequence, "", ""))
        elif fact.kind == "maintenance":
            self.work.append((fact, json.loads(fact.body)))
        elif fact.kind == "reclassified":
            self.moved.setdefault(fact.subject, []).append((fact, json.loads(fact.body)))
        else:
            self._take_dark(fact, json.loads(fact.body), site)

    def _take_dark(self, fact: Fact, body: Any, site: str) -> None:
        names = ("from", "to") if fact.kind == "blind" else ("since", "from", "to")
        times = [micros(body[name]) for name in names if name in body]
        if times:
            subject = "" if fact.kind == "clock_stepped" or fact.subject == site else fact.subject
            whole = fact.kind == "clock_stepped" or body.get("of") != "redundancy"
            self.dark.append((fact.sequence, subject, (min(times), max(times)), whole))


class Reader:
    """What the facts up to ``until`` say of the time ``[start - 1, end)``."""

    def __init__(self, facts: Facts, until: int, known: int, head: int, period: Span) -> None:
        self._facts = facts
        self._until = until
        self._known = known
        self._head = head
        self._period = period[0] - 1, period[1]
        self._work = self._windows()

    def slices(self, subject: str, notice: int) -> List[Slice]:
        """Return the categories of one subject, without a gap, as they were seen."""
        said = [(fact, body) for fact, body in self._facts.states.get(subject, ()) if self._reads(fact)]
        events, lost_sight, doubts = _statements(said)
        events += [one for one in self._facts.starts if one.sequence <= self._until]
        for sequence, whom, span, whole in self._facts.dark:
            if sequence <= self._until and whom in ("", subject):
                (lost_sight if whole else doubts).append(span)
        lost_sight.append((self._known, NEVER))
        windows = [one for one in self._work if one.everything or subject in one.covered]
        edges = {self._period[0], self._period[0] + 1, self._period[1]}
        spans = lost_sight + doubts + [one.span for one in windows]
        edges.update(at for span in spans for at in span)
        edges.update(one.at for one in events)
        stands = _Stands(events)
        dark, doubtful = _Inside(lost_sight), _Inside(doubts)
        windows.sort(key=lambda one: one.notice < notice)  # of two, the one that was announced in time counts
        found = []
        ordered = sorted(at for at in edges if self._period[0] <= at <= self._period[1])
        for start, end in zip(ordered, ordered[1:]):
            one, unseen = stands.at(start), dark.at(start)
            category, sure = _category(one, unseen, doubtful.at(start))
            told, by = 0 if one is None or unseen else one.sequence, 0
            if category == FORCED:
                category, by = _announced(windows, start, notice)
            found.append(Slice(start, end, category, sure, (told, by)))
        return found

    def moved(self, subject: str, slices: List[Slice], causes: List[str]) -> List[Slice]:
        """Return the slices as people reclassified them."""
        for fact, body in self._facts.moved.get(subject, ()):
            if fact.sequence > self._head:
                continue
            one = _moved(fact, body)
            if one.now != FORCE_MAJEURE or not causes or one.cause in causes:
                slices = [piece for each in slices for piece in _move(each, one)]
        return slices

    def _reads(self, fact: Fact) -> bool:
        return fact.sequence <= self._until

    def _windows(self) -> List[Window]:
        found: List[Window] = []
        open_: Dict[str, int] = {}
        for fact, body in self._facts.work:
            if not self._reads(fact):
                continue
            if body.get("change") == "started":
                open_[fact.subject] = len(found)
                found.append(_window(fact, body))
            elif body.get("change") == "ended" and fact.subject in open_:
                number = open_.pop(fact.subject)
                one = found[number]
                found[number] = one._replace(span=(one.span[0], min(one.span[1], fact.at)))
        return found


class _Stands:
    """How a subject stood: of what was said by a time, the latest by sequence; asked in the order of time."""

    def __init__(self, events: List[Said]) -> None:
        self._events = sorted(events)
        self._next = 0
        self._now: Optional[Said] = None

    def at(self, time: int) -> Optional[Said]:
        """Return what holds at a time."""
        while self._next < len(self._events) and self._events[self._next].at <= time:
            one = self._events[self._next]
            if self._now is None or one.sequence > self._now.sequence:
                self._now = one
            self._next += 1
        return self._now


class _Inside:
    """Whether a time is in one of some spans; asked in the order of time."""

    def __init__(self, spans: List[Span]) -> None:
        self._spans = sorted(span for span in spans if span[0] < span[1])
        self._next = 0
        self._until = -NEVER

    def at(self, time: int) -> bool:
        """Whether a time is inside."""
        while self._next < len(self._spans) and self._spans[self._next][0] <= time:
            self._until = max(self._until, self._spans[self._next][1])
            self._next += 1
        return time < self._until


def _statements(said: List[Tuple[Fact, Any]]) -> Tuple[List[Said], List[Span], List[Span]]:
    """Return what states say, and the spans in which function or redundancy changed unseen."""
    events, functions, redundancies = [], [], []
    for fact, body in said:
        if fact.kind == "device_state":
            answers = body.get("reach") == "answering"
            events.append(Said(fact.at, fact.sequence, "up" if answers else "", "full" if answers else ""))
            continue
        events.append(Said(fact.at, fact.sequence, str(body.get("function")), str(body.get("redundancy"))))
        if body.get("held") is None:
            continue
        held = max(micros(body["held"]), fact.at - DAY)
        before = body.get("before") or {}
        if held < fact.at and before.get("function") != body.get("function"):
            functions.append((held, fact.at))
        if held < fact.at and before.get("redundancy") != body.get("redundancy"):
            redundancies.append((held, fact.at))
    return events, functions, redundancies


def _category(one: Optional[Said], dark: bool, doubtful: bool) -> Tuple[int, bool]:
    if one is None or dark or one.function not in ("up", "down"):
        return BLIND, True
    if one.function == "down":
        return FORCED, True
    if doubtful or one.redundancy not in ("full", "reduced"):
        return DEGRADED, False
    return (FULL if one.redundancy == "full" else DEGRADED), True


def _announced(windows: List[Window], time: int, notice: int) -> Tuple[int, int]:
    """Return the category of lost time, and the fact of the window that it lies in (0: none)."""
    for one in windows:
        if one.span[0] <= time < one.span[1]:
            return (SCHEDULED if one.notice >= notice else PLANNED), one.sequence
    return FORCED, 0


def _window(fact: Fact, body: Any) -> Window:
    start = micros(body["start"]) if "start" in body else fact.at
    end = micros(body["end"]) if "end" in body else NEVER
    announced = micros(body["announced"]) if "announced" in body else fact.at
    covered = body.get("covered", body.get("services")) or ()
    span = (max(start, announced), end)
    return Window(
        fact.sequence, span, start - announced, bool(body.get("everything")), frozenset(map(str, covered))
    )


def _moved(fact: Fact, body: Any) -> Moved:
    span = micros(body["from"]), micros(body["to"])
    was, now = (WORDS_OF.index(body[name]) for name in ("was", "now"))
    return Moved(fact.sequence, span, was, now, str(body.get("cause", "")))


def _move(one: Slice, by: Moved) -> List[Slice]:
    low, high = max(one.start, by.span[0]), min(one.end, by.span[1])
    if one.category != by.was or low >= high:
        return [one]
    pieces = [
        one._replace(end=low),
        Slice(low, high, by.now, True, (one.behind[0], by.sequence)),
        one._replace(start=high),
    ]
    return [piece for piece in pieces if piece.start < piece.end]


def joined(members: List[List[Slice]], needs: int) -> List[Slice]:
    """Return several subjects as one: at least ``needs`` of them must work."""
    edges = sorted({at for slices in members for one in slices for at in one[:2]})
    places = [0] * len(members)
    found = []
    for start, end in zip(edges, edges[1:]):
        now = []
        for number, slices in enumerate(members):
            while slices[places[number]].end <= start:
                places[number] += 1
            now.append(slices[places[number]])
        category, sure = _together(now, needs)
        behind = [fact for one in now if one.category == category < FULL for fact in one.behind]
        found.append(Slice(start, end, category, sure, tuple(behind)))
    return found


def _together(now: List[Slice], needs: int) -> Tuple[int, bool]:
    works = sum(one.category >= DEGRADED for one in now)
    blind = sum(one.category == BLIND for one in now)
    lost = [one.category for one in now if BLIND < one.category < DEGRADED]
    if works >= needs:
        if all(one.category == FULL for one in now):
            return FULL, True
        return DEGRADED, bool(lost) or any(one.category == DEGRADED and one.sure for one in now)
    if works + blind < needs:
        return max(lost), True
    return BLIND, True
