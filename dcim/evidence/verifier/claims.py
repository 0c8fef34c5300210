"""What reports claim, computed again: availability of one subject, or a report that holds several."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple

from dcim.evidence.verifier.accounts import account_of
from dcim.evidence.verifier.chain import Fact
from dcim.evidence.verifier.energy import Energy
from dcim.evidence.verifier.figures import Terms, evidence_differs, shortened, view
from dcim.evidence.verifier.labels import Labels
from dcim.evidence.verifier.report import Report
from dcim.evidence.verifier.timeline import FOLDED, SEEN, SIGNS, Facts, Reader, Slice, joined

WRONG = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, ArithmeticError)
"""What reading a claim or a body raises that is not what it should be."""

MOST_DIFFERENCES = 20
VERSIONS = (1, 2, 3)
"""1 lists every outage and redundancy event; up to 2 all was known until the head, whatever fact that was."""


class Claim(NamedTuple):
    """Availability of one subject, as a report says it."""

    file: str
    said: Dict[str, Any]
    subject: str
    period: Tuple[int, int]
    head: int
    terms: Terms


def claims_of(said: Any) -> Iterator[Any]:
    """Yield what can be computed again in a document: itself, or the answers of a report."""
    if isinstance(said, dict) and said.get("claim") == "availability":
        yield said
    elif isinstance(said, dict) and isinstance(said.get("figures"), dict):
        answers = said["figures"].get("answers")
        yield from answers if isinstance(answers, list) else ()


def read_claim(file: str, said: Any) -> Claim:
    """Return a claim. Raises one of ``WRONG`` when it is none."""
    if said["claim"] != "availability" or said["version"] not in VERSIONS or said["version"] is True:
        raise ValueError("claim")
    period = said["period"]["from"], said["period"]["to"]
    numbers = (*period, said["head"]["sequence"], said["head"]["epoch"])
    if any(type(one) is not int for one in numbers) or period[0] >= period[1]:
        raise ValueError("period")
    return Claim(file, said, str(said["subject"]), period, said["head"]["sequence"], Terms(said["contract"]))


class Claims:
    """Reads all claims before the facts, gathers what they need of the facts, then computes each again."""

    def __init__(self, documents: Iterable[Tuple[str, str, Any]], report: Report, energy: Energy) -> None:
        """Read documents: the name of the file, its SHA-256, what it holds (None: nothing legible)."""
        self._report = report
        self._energy = energy
        self._labels = Labels(report)
        self._issued: Set[str] = set()
        self._files: List[Tuple[str, str]] = []
        self._hashes: Dict[int, Fact] = {}
        self._seen: Optional[int] = None  # when the newest fact was that says what was seen
        self._seen_by: Dict[int, int] = {}  # the same as of each head
        self._some_named = False  # an answer on several services lists outages, and names facts beside them
        self.claims: List[Claim] = []
        self.others: Dict[str, int] = {}
        for name, digest, said in documents:
            self._files.append((name, digest))
            try:
                self._labels.add(name, digest, said)
            except WRONG as error:
                report.add("claim_form", file=name, why=str(error) or type(error).__name__)
                continue
            if not self._metered(name, digest, said):
                self._read(name, said)
        subjects = {name for one in self.claims for name in one.terms.services}
        self._facts = Facts(subjects, {one.period[1] for one in self.claims})
        self.heads = {one.head for one in self.claims}
        self.kinds = FOLDED | SIGNS | self._labels.kinds if self._files else frozenset()

    def take(self, fact: Fact, site: str) -> None:
        """Keep what a fact says that a claim may need."""
        if not self._files:
            return
        if fact.kind == "report_issued":
            self._issued.add(str(json.loads(fact.body).get("claim")))
        if fact.kind in SEEN:
            self._seen = fact.at
        if fact.sequence in self.heads:
            self._hashes[fact.sequence] = fact
            self._seen_by[fact.sequence] = fact.at if self._seen is None else self._seen
        try:
            self._labels.take(fact)
            self._facts.take(fact, site)
        except WRONG as error:
            self._report.add("fact_body", sequence=fact.sequence, why=type(error).__name__)

    def finish(self, site: str, chain: str, replay: Any = None) -> None:
        """Compute every claim again, and say where it differs; ``replay``: what the ledger is one of."""
        for name, digest in self._files:
            if digest not in self._issued:
                self._report.add("claim_unissued", file=name)
            elif name.rpartition("/")[2] != digest + ".json":
                self._report.add("claim_name", file=name, found=digest)
        self._labels.finish(site, replay)
        for one in self.claims:
            head = self._hashes.get(one.head)
            said = one.said["head"]
            names = one.said.get("site"), one.said.get("chain"), said.get("epoch"), said.get("hash")
            if head is None or names != (site, chain, head.epoch, head.hash):
                self._report.add("claim_head", file=one.file, sequence=one.head)
                continue
            try:
                found = self._computed(one, head)
            except WRONG as error:
                self._report.add("claim_form", file=one.file, why=type(error).__name__)
                continue
            self._compare(one, found)
        for kind, count in sorted(self.others.items()):
            self._report.note("claim_other", kind=kind, count=count)

    def limits(self) -> None:
        """Say what of the claims could not be held against anything."""
        self._labels.limits()
        if self._some_named:
            self._report.note("cannot_evidence")

    def _metered(self, name: str, digest: str, said: Any) -> bool:
        """Hand on a document that speaks of energy; whether it does."""
        try:
            account = account_of(name, digest, said)
            if account is not None:
                self._energy.add(account)
        except WRONG as error:
            self._report.add("claim_form", file=name, why=type(error).__name__)
            return True
        return account is not None

    def _read(self, name: str, said: Any) -> None:
        some = list(claims_of(said))
        if not some and said is not None:
            kind = str(said.get("kind")) if isinstance(said, dict) else "?"
            self.others[kind] = self.others.get(kind, 0) + 1
        for one in some:
            try:
                self.claims.append(read_claim(name, one))
            except WRONG as error:
                self._report.add("claim_form", file=name, why=str(error) or type(error).__name__)

    def _computed(self, claim: Claim, head: Fact) -> Dict[str, Any]:
        last = head.sequence, head.at if claim.said["version"] < 3 else self._seen_by[head.sequence]
        sequence, at = self._facts.settled.get(claim.period[1], last)
        if sequence > head.sequence:
            sequence, at = last
        reader = Reader(self._facts, sequence, at, head.sequence, claim.period)
        terms = claim.terms
        raw = {name: reader.slices(name, terms.notice) for name in terms.services}
        later = {name: reader.moved(name, slices, terms.causes) for name, slices in raw.items()}
        views = {"seen": self._view(raw, terms), "reclassified": self._view(later, terms)}
        if claim.said["version"] != 1:
            views = {name: shortened(one) for name, one in views.items()}
        return {"read_until": sequence, "known_until": at, **views}

    def _view(self, members: Dict[str, List[Slice]], terms: Terms) -> Dict[str, Any]:
        some = [members[name] for name in terms.services]
        return view(some[0] if len(some) == 1 else joined(some, terms.needs), members, terms)

    def _compare(self, claim: Claim, found: Dict[str, Any]) -> None:
        said = {name: claim.said.get(name) for name in found}
        differences = list(different(without_evidence(said), without_evidence(found), claim.subject))
        alone = len(claim.terms.services) == 1
        for part, kind, ours in listed(found):
            view_ = said[part]
            theirs = view_.get(kind) if isinstance(view_, dict) else None
            self._some_named = self._some_named or not alone
            for number, one, other in evidence_differs(theirs, ours, alone):
                place = "%s: %s: %s %d: evidence" % (claim.subject, part, kind, number)
                differences.append((place, one, other))
        for what, theirs, ours in differences[:MOST_DIFFERENCES]:
            self._report.add("claim_wrong", file=claim.file, what=what, said=theirs, found=ours)


def listed(found: Dict[str, Any]) -> Iterator[Tuple[str, str, List[Dict[str, Any]]]]:
    """Yield the outages and redundancy events that a claim lists one by one, if there are any."""
    for part in ("seen", "reclassified"):
        for kind in ("outages", "redundancy_events"):
            if isinstance(found[part][kind], list) and found[part][kind]:
                yield part, kind, found[part][kind]


def without_evidence(said: Dict[str, Any]) -> Dict[str, Any]:
    """Return a claim without the lists of facts that are there for people to follow."""
    plain = dict(said)
    for name in ("seen", "reclassified"):
        part = plain.get(name)
        if isinstance(part, dict):
            plain[name] = dict(part)
            for kind in ("outages", "redundancy_events"):
                runs = part.get(kind)
                if isinstance(runs, list):
                    plain[name][kind] = [
                        {key: value for key, value in run.items() if key != "evidence"}
                        if isinstance(run, dict)
                        else run
                        for run in runs
                    ]
    return plain


def different(said: Any, found: Any, place: str) -> Iterator[Tuple[str, Any, Any]]:
    """Yield each place where two values differ, with both."""
    if isinstance(said, dict) and isinstance(found, dict):
        for name in sorted(set(said) | set(found)):
            if name in said and name in found:
                yield from different(said[name], found[name], "%s: %s" % (place, name))
            else:
                yield "%s: %s" % (place, name), said.get(name), found.get(name)
    elif isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        for number, (one, other) in enumerate(zip(said, found)):
            yield from different(one, other, "%s %d" % (place, number + 1))
    elif type(said) is not type(found) or said != found:
        yield place, said, found
