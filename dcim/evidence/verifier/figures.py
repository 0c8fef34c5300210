"""From categories to the figures of a claim: exact fractions, as texts."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256
from typing import Any, Dict, Iterator, List, Optional, Tuple

from dcim.evidence.verifier.timeline import (
    BLIND,
    DEGRADED,
    FORCE_MAJEURE,
    FORCED,
    FULL,
    SCHEDULED,
    WORDS_OF,
    Slice,
)

Share = Optional[Fraction]
MOST_RUNS = 25  # outages, or redundancy events, that a claim of version 2 lists
MOST_EVIDENCE = 100  # facts that stand beside one of them


def share(part: Fraction, whole: Fraction) -> Share:
    """Return a share, None of nothing."""
    return part / whole if whole else None


def written(value: Share) -> Optional[str]:
    """Return a fraction as claims write it."""
    return None if value is None else "%d/%d" % (value.numerator, value.denominator)


def read_share(text: Any) -> Share:
    """Return the fraction of a text. Raises ``ValueError`` for another way of writing one."""
    if text is None:
        return None
    if not isinstance(text, str) or len(text) > 100:
        raise ValueError("fraction")
    above, _, below = text.partition("/")
    value = Fraction(int(above), int(below)) if below.isdecimal() and int(below) else None
    if written(value) != text:
        raise ValueError("fraction")
    return value


class Terms:
    """What of a contract bears on the figures. Raises ``ValueError`` and its like when it is none."""

    def __init__(self, said: Dict[str, Any]) -> None:
        self.services: List[str] = [str(one) for one in said["services"]]
        self.needs = int(said["needs"])
        self.target = read_share(said["target"])
        self.redundancy = {"function": False, "redundancy": True}[said["counts"]]
        known = {"force_majeure": FORCE_MAJEURE, "scheduled_maintenance": SCHEDULED}
        self.excluded = {known[one] for one in said["excluded"]}
        self.notice = int(said["notice"])
        self.coverage = read_share(said["coverage"]) or Fraction(0)
        self.causes = [str(one) for one in said["causes"]]
        self.weights = {str(name): read_share(one) or Fraction(0) for name, one in said["weights"].items()}
        self.steps = [
            (read_share(one["below"]) or Fraction(0), read_share(one["credit"])) for one in said["penalties"]
        ]
        if not self.services or not 1 <= self.needs <= len(self.services):
            raise ValueError("needs")


class Tally:
    """The time in each category, and the undecided part of the degraded."""

    def __init__(self, slices: List[Slice]) -> None:
        self.times = [Fraction(0)] * 8
        self.undecided = Fraction(0)
        for one in slices:
            self.times[one.category] += one.end - one.start
            if one.category == DEGRADED and not one.sure:
                self.undecided += one.end - one.start

    @property
    def up(self) -> Fraction:
        """Time in which it worked."""
        return self.times[DEGRADED] + self.times[FULL]

    @property
    def lost(self) -> Fraction:
        """Time in which it did not."""
        return sum(self.times[FORCE_MAJEURE : FORCED + 1], Fraction(0))


def view(whole: List[Slice], members: Dict[str, List[Slice]], terms: Terms) -> Dict[str, Any]:
    """Return what a claim says of slices that begin a microsecond before the period."""
    before, slices = whole[0], whole[1:]
    tally = Tally(slices)
    times, up, blind = tally.times, tally.up, tally.times[BLIND]
    length = sum(times, Fraction(0))
    seen = length - blind
    due = seen - sum((times[one] for one in terms.excluded), Fraction(0))
    kept = times[FULL] if terms.redundancy else up
    agreed, coverage = share(kept, due), seen / length
    lost_runs = runs(slices, _lost, _blind, _lost(before))
    failures = sum(1 for one in lost_runs if not one["began_before"] and "forced_outage" in one["lasted"])
    verdict = _verdict(terms, agreed, coverage, (kept, due, blind, tally.undecided))
    shares = {
        "coverage": coverage,
        "a_min": up / length,
        "a_observed": share(up, seen),
        "a_max": (up + blind) / length,
        "a_contract": agreed,
        "redundancy_min": times[FULL] / length,
        "redundancy": share(times[FULL], seen),
        "redundancy_max": (times[FULL] + tally.undecided + blind) / length,
        "mtbf": share(up, Fraction(failures)),
        "mttr": share(times[FORCED], Fraction(failures)),
        **_weighted(members, terms, length),
    }
    return {
        "categories": {WORDS_OF[one]: int(times[one]) for one in range(BLIND, FULL + 1)},
        "undecided": int(tally.undecided),
        "figures": {name: written(one) for name, one in shares.items()},
        "failures": failures,
        "outages": lost_runs,
        "redundancy_events": runs(slices, _reduced, _unseen, _reduced(before)),
        "budget": _budget(terms, due, due - kept),
        "verdict": verdict,
        "credit": _credit(terms, agreed) if verdict == "missed" else None,
    }


def _lost(one: Slice) -> bool:
    return BLIND < one.category < DEGRADED


def _blind(one: Slice) -> bool:
    return one.category == BLIND


def _reduced(one: Slice) -> bool:
    return one.category == DEGRADED and one.sure


def _unseen(one: Slice) -> bool:
    return one.category == BLIND or (one.category == DEGRADED and not one.sure)


def runs(slices: List[Slice], lost: Any, blind: Any, before: bool) -> List[Dict[str, Any]]:
    """Return the runs of lost time: blind time in between neither ends nor lengthens one.

    ``evidence``: every fact behind the slices in which it was lost; 0 is none.
    """
    found: List[Dict[str, Any]] = []
    start, end = slices[0].start, slices[-1].end
    run: Optional[Dict[str, Any]] = None
    well, last, waits = start, start, 0
    for one in slices:
        if lost(one):
            if run is None:
                began = before and one.start == start
                run = {"begins": [well, one.start], "lasted": {}, "blind": 0, "began_before": began}
                run["evidence"] = set()
                waits = 0
            word = WORDS_OF[one.category]
            run["lasted"][word] = run["lasted"].get(word, 0) + one.end - one.start
            run["blind"] += waits
            run["evidence"].update(one.behind)
            last, waits = one.end, 0
        elif blind(one):
            waits += one.end - one.start
        else:
            if run is not None:
                found.append({**run, "ends": [last, one.start], "goes_on": False})
                run = None
            well = one.end
    if run is not None:
        found.append({**run, "ends": [last, end], "goes_on": True})
    return found


def shortened(said: Dict[str, Any]) -> Dict[str, Any]:
    """Return a view as claims of version 2 have it: of many runs what they come to, and the hash of all."""
    return {**said, **{name: _short(said[name]) for name in ("outages", "redundancy_events")}}


def _short(some: List[Dict[str, Any]]) -> Any:
    if len(some) <= MOST_RUNS:
        return some
    words = WORDS_OF[FORCE_MAJEURE:FULL]
    times: Dict[str, int] = {}
    digest = sha256()
    for one in some:
        lasted = [one["lasted"].get(word, 0) for word in words]
        for word, length in zip(words, lasted):
            if length:
                times[word] = times.get(word, 0) + length
        signs = int(one["began_before"]), int(one["goes_on"])
        numbers = [*one["begins"], *one["ends"], one["blind"], *signs, *lasted]
        digest.update((" ".join(map(str, numbers)) + "\n").encode())
    blind = sum(one["blind"] for one in some)
    return {"count": len(some), "lasted": times, "blind": blind, "sha256": digest.hexdigest()}


def evidence_differs(said: Any, found: List[Dict[str, Any]], alone: bool) -> Iterator[Tuple[int, Any, Any]]:
    """Yield the place of each run that names other facts than are behind it, what it names and what there is.

    Of one service it names the first of them. Of several together it names some, as they became lost: which,
    is not computed again, but each is behind the time in which one of them was lost as the whole was.
    """
    for number, (one, other) in enumerate(zip(said if isinstance(said, list) else (), found)):
        theirs: Any = one.get("evidence") if isinstance(one, dict) else None
        ours = sorted(other["evidence"] - {0})
        if not isinstance(theirs, list) or any(type(fact) is not int for fact in theirs):
            right = False
        elif alone:
            right = theirs == ours[:MOST_EVIDENCE]
        else:
            some = set(theirs)
            right = some <= set(ours) and theirs == sorted(some) and len(theirs) <= MOST_EVIDENCE
        if not right:
            yield number + 1, theirs, ours[:MOST_EVIDENCE]


def _weighted(members: Dict[str, List[Slice]], terms: Terms, length: Fraction) -> Dict[str, Share]:
    whole = lost = blind = Fraction(0)
    for name, slices in members.items():
        weight = terms.weights.get(name, Fraction(1))
        tally = Tally(slices[1:])
        whole += weight * length
        lost += weight * tally.lost
        blind += weight * tally.times[BLIND]
    parts = ((lost + blind, whole), (lost, whole - blind), (lost, whole))
    names = ("weighted_min", "weighted", "weighted_max")
    shares = [share(part, of) for part, of in parts]
    return {name: None if one is None else 1 - one for name, one in zip(names, shares)}


def _verdict(terms: Terms, agreed: Share, coverage: Fraction, times: Any) -> str:
    kept, due, blind, undecided = times
    target = terms.target
    if target is None:
        return "none"
    if agreed is not None and coverage >= terms.coverage:
        return "kept" if agreed >= target else "missed"
    most = due + blind
    if most and kept / most >= target:
        return "kept"
    may = kept + blind + (undecided if terms.redundancy else 0)
    return "missed" if most and may / most < target else "undecided"


def _budget(terms: Terms, due: Fraction, spent: Fraction) -> Optional[Dict[str, Optional[str]]]:
    if terms.target is None:
        return None
    may = 1 - terms.target
    rate = share(spent, due)
    burn = None if rate is None else share(rate, may)
    return {"whole": written(may * due), "spent": written(spent), "burn": written(burn)}


def _credit(terms: Terms, agreed: Share) -> Optional[str]:
    under = [step for step in terms.steps if agreed is not None and agreed < step[0]]
    return written(min(under, key=lambda step: step[0])[1]) if under else None
