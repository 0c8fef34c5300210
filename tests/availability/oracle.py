"""A second computation of the figures, as slow and as plain as ``docs/availability.md``: it shares no code.

Every moment at which anything may change cuts the period; each piece is judged on its own, from all facts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from dcim.ledger import Entry

DAY = 86_400_000_000
SIGNS = ("heartbeat", "daemon_started", "daemon_stopped", "clock_stepped")
LOST = ("force_majeure", "scheduled_maintenance", "planned_corrective", "forced_outage")


@dataclass(frozen=True)
class Piece:
    """A part of the period in one category."""

    start: int
    end: int
    category: str
    decided: bool


class Oracle:
    """All facts of a chain, and a period in microseconds."""

    def __init__(self, entries: Sequence[Entry], start: int, end: int) -> None:
        self.start, self.end = start, end
        self.all = [(one, json.loads(one.body)) for one in entries]
        late = [one.sequence for one in entries if one.kind in SIGNS and one.at >= end + DAY]
        self.until = late[0] if late else entries[-1].sequence
        self.read = [(one, body) for one, body in self.all if one.sequence <= self.until]
        seen = [one for one, _ in self.read if one.kind in (*SIGNS, "service_state", "device_state")]
        self.known_until = seen[-1].at if seen else self.read[-1][0].at

    def cuts(self) -> list[int]:
        """Return every moment at which anything may change, with the microsecond before the period."""
        found = {self.start - 1, self.start, self.end, self.known_until}
        for entry, body in self.all:
            found.add(entry.at)
            found.add(entry.at - DAY)
            for key in ("from", "to", "since", "held", "start", "end", "announced"):
                if isinstance(body.get(key), int | float):
                    found.add(us(body[key]))
        return sorted(at for at in found if self.start - 1 <= at <= self.end)

    def stands(self, subject: str, at: int) -> tuple[str, str]:
        """Return function and redundancy at a moment."""
        function, redundancy = "unknown", "unknown"
        for entry, body in self.read:
            if entry.at > at:
                continue
            if entry.kind == "daemon_started":
                function, redundancy = "unknown", "unknown"
            if entry.kind == "service_state" and entry.subject == subject:
                function, redundancy = body["function"], body["redundancy"]
        if self.is_dark(subject, at):
            return "unknown", "unknown"
        if self.is_dark(subject, at, "redundancy"):
            redundancy = "unknown"
        for entry, body in self.read:
            if entry.kind != "service_state" or entry.subject != subject or "held" not in body:
                continue
            if max(us(body["held"]), entry.at - DAY) <= at < entry.at:
                if body["before"]["function"] != body["function"]:
                    function = "unknown"
                if body["before"]["redundancy"] != body["redundancy"]:
                    redundancy = "unknown"
        return function, redundancy

    def is_dark(self, subject: str, at: int, of: str | None = None) -> bool:
        """Whether nobody watched, or (``of``) only that was not seen."""
        if at >= self.known_until:
            return True
        for entry, body in self.read:
            if body.get("of") != of:
                continue
            if entry.kind == "blind" and entry.subject in (entry.site, subject):
                ends = [us(body["from"]), us(body["to"])]
            elif entry.kind == "clock_stepped":
                ends = [us(body[key]) for key in ("since", "from", "to") if key in body]
            else:
                continue
            if min(ends) <= at < max(ends):
                return True
        return False

    def category(self, subject: str, at: int, notice: int) -> tuple[str, bool]:
        """Return the category as it was seen, and whether the redundancy was decided."""
        function, redundancy = self.stands(subject, at)
        if function == "unknown":
            return "blind", True
        if function == "up":
            return ("full", True) if redundancy == "full" else ("degraded", redundancy != "unknown")
        lying = [ahead for span, ahead in self.windows(subject) if span[0] <= at < span[1]]
        if not lying:
            return "forced_outage", True
        return ("scheduled_maintenance" if max(lying) >= notice else "planned_corrective"), True

    def windows(self, subject: str) -> list[tuple[tuple[int, int], int]]:
        """Return when announced work explains what, and how long ahead it was announced."""
        found = []
        for number, (entry, body) in enumerate(self.read):
            if entry.kind != "maintenance" or body["change"] != "started":
                continue
            if not body["everything"] and subject not in body["covered"]:
                continue
            end = us(body["end"])
            for later, said in self.read[number + 1 :]:
                if later.kind == "maintenance" and later.subject == entry.subject:
                    if said["change"] == "ended":
                        end = min(end, later.at)
                    break
            begin = max(us(body["start"]), us(body["announced"]))
            found.append(((begin, end), us(body["start"]) - us(body["announced"])))
        return found

    def moved(self, subject: str, at: int, notice: int, causes: Sequence[str]) -> tuple[str, bool]:
        """Return the category after everything that people said."""
        now, decided = self.category(subject, at, notice)
        for entry, body in self.all:
            if entry.kind != "reclassified" or entry.subject != subject:
                continue
            refused = body["now"] == "force_majeure" and causes and body["cause"] not in causes
            if us(body["from"]) <= at < us(body["to"]) and body["was"] == now and not refused:
                now, decided = body["now"], True
        return now, decided

    def pieces(self, subject: str, notice: int, causes: Sequence[str] | None = None) -> list[Piece]:
        """Return the whole period; ``causes`` None: as it was seen."""
        cuts = self.cuts()
        found = []
        for start, end in pairwise(cuts):
            if causes is None:
                found.append(Piece(start, end, *self.category(subject, start, notice)))
            else:
                found.append(Piece(start, end, *self.moved(subject, start, notice, causes)))
        return found


def us(seconds: float) -> int:
    """Return microseconds."""
    return round(seconds * 1e6)


def together(members: Sequence[Sequence[Piece]], needs: int) -> list[Piece]:
    """Return several as one; all are cut at the same moments."""
    found = []
    for pieces in zip(*members, strict=True):
        words = [one.category for one in pieces]
        up = words.count("degraded") + words.count("full")
        if up >= needs:
            if up == len(words) == words.count("full"):
                found.append(Piece(pieces[0].start, pieces[0].end, "full", True))
                continue
            sure = any(word in LOST for word in words) or any(
                one.category == "degraded" and one.decided for one in pieces
            )
            found.append(Piece(pieces[0].start, pieces[0].end, "degraded", sure))
        elif up + words.count("blind") < needs:
            worst = max((word for word in words if word in LOST), key=LOST.index)
            found.append(Piece(pieces[0].start, pieces[0].end, worst, True))
        else:
            found.append(Piece(pieces[0].start, pieces[0].end, "blind", True))
    return found


def figures(pieces: Sequence[Piece], start: int, terms: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of pieces whose first lies before the period."""
    inside = [one for one in pieces if one.start >= start]
    whole = inside[-1].end - start
    times = {
        word: sum(one.end - one.start for one in inside if one.category == word)
        for word in ("blind", *LOST, "degraded", "full")
    }
    undecided = sum(one.end - one.start for one in inside if not one.decided)
    up, blind = times["degraded"] + times["full"], times["blind"]
    due = whole - blind - sum(times[word] for word in terms["excluded"])
    outages = _runs(pieces, start, lambda one: one.category in LOST, lambda one: one.category == "blind")
    failures = sum("forced_outage" in one["lasted"] and not one["began_before"] for one in outages)
    kept = up if terms["counts"] == "function" else times["full"]
    return {
        "categories": times,
        "undecided": undecided,
        "figures": {
            "coverage": _share(whole - blind, whole),
            "a_min": _share(up, whole),
            "a_observed": _share(up, whole - blind),
            "a_max": _share(up + blind, whole),
            "a_contract": _share(kept, due),
            "redundancy_min": _share(times["full"], whole),
            "redundancy": _share(times["full"], whole - blind),
            "redundancy_max": _share(times["full"] + undecided + blind, whole),
            "mtbf": _share(up, failures),
            "mttr": _share(times["forced_outage"], failures),
        },
        "failures": failures,
        "outages": outages,
        "redundancy_events": _runs(
            pieces,
            start,
            lambda one: one.category == "degraded" and one.decided,
            lambda one: one.category == "blind" or not one.decided,
        ),
    }


def _share(part: int, whole: int) -> str | None:
    if not whole:
        return None
    exact = Fraction(part, whole)
    return f"{exact.numerator}/{exact.denominator}"


def _runs(pieces: Sequence[Piece], start: int, is_so: Any, unknown: Any) -> list[dict[str, Any]]:
    """Find episodes as a pattern in a text of one letter a piece."""
    letters = "".join("x" if is_so(one) else "?" if unknown(one) else "." for one in pieces)
    before, inside = pieces[0], [one for one in pieces if one.start >= start]
    found = []
    for run in re.finditer(r"(\?*)(x(?:[x?]*x)?)(\?*)", letters[1:]):
        core = inside[run.start(2) : run.end(2)]
        lasted: dict[str, int] = {}
        for one in core:
            if is_so(one):
                lasted[one.category] = lasted.get(one.category, 0) + one.end - one.start
        found.append(
            {
                "begins": [inside[run.start(1)].start, core[0].start],
                "ends": [core[-1].end, inside[run.end(3) - 1].end],
                "lasted": lasted,
                "blind": sum(one.end - one.start for one in core if not is_so(one)),
                "began_before": core[0].start == start and is_so(before),
                "goes_on": run.end(3) == len(inside),
            }
        )
    return found
