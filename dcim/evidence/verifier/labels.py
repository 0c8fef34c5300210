"""What a claim says that it is about, against the fact that issued it, its answers and the services."""

from __future__ import annotations

import json
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from dcim.evidence.verifier.chain import Fact
from dcim.evidence.verifier.report import Report
from dcim.evidence.verifier.timeline import DAY

UPTIME = "uptime"
AVAILABILITY = "availability"
FORMAT = "dcim claim 1"
FRAME = frozenset(("format", "kind", "site", "scope", "period", "until", "topology", "figures", "replay"))
SPAN = frozenset(("since", "until", "zone"))
ANSWER = frozenset(
    [
        "claim",
        "version",
        "site",
        "chain",
        "head",
        "read_until",
        "known_until",
        "subject",
        "period",
        "contract",
        "seen",
        "reclassified",
    ]
)
TERMS = frozenset(
    [
        "id",
        "services",
        "needs",
        "target",
        "counts",
        "excluded",
        "notice",
        "coverage",
        "causes",
        "weights",
        "penalties",
    ]
)
"""What each part of a claim holds: a word beside it would be read by people and computed by nobody."""

NO_CONTRACT = {
    "causes": [],
    "counts": "function",
    "coverage": "99/100",
    "excluded": [],
    "notice": 604_800_000_000,
    "penalties": [],
    "target": None,
    "weights": {},
}
"""The terms of what no contract is about (``docs/availability.md``)."""


class Answered(NamedTuple):
    """One answer of a statement of availability."""

    subject: str
    contract: Dict[str, Any]
    services: List[str]
    period: Any


class Label(NamedTuple):
    """What one file says that it is about; ``extent`` as the fact has it, None where it says nothing."""

    file: str
    extent: Dict[str, Any]
    site: Any
    topology: str
    ends: Any  # of the period that was asked for: later than what is answered until where that was not over
    answers: Optional[List[Answered]]  # None: no statement of availability
    replay: Any = None  # that it is of a replay, in the words of the ledger


def label_of(file: str, said: Dict[str, Any]) -> Label:
    """Return what a document says that it is about. Raises what a wrong form raises."""
    period = said.get("period", {})
    if set(said) - FRAME or set(period) - SPAN:
        raise ValueError("keys")
    if said.get("format") != FORMAT:
        raise ValueError("format")
    if not isinstance(said.get("kind"), str):
        raise ValueError("kind")
    ends = said.get("until"), period.get("until")
    if None not in ends and not ends[0] <= ends[1]:
        raise ValueError("period")
    extent = {
        "kind": said.get("kind"),
        "scope": said.get("scope"),
        "from": period.get("since"),
        "to": said.get("until"),
        "zone": period.get("zone"),
    }
    answers = None
    if said.get("kind") == UPTIME:
        figures = said["figures"]
        if set(figures) != {"answers"} or not figures["answers"]:
            raise ValueError("answers")
        answers = [answered(one) for one in figures["answers"]]
    return Label(
        file, extent, said.get("site"), str(said.get("topology") or ""), ends[1], answers, said.get("replay")
    )


def answered(said: Dict[str, Any]) -> Answered:
    """Return an answer. Raises what a wrong form raises."""
    if said["claim"] != AVAILABILITY:
        raise ValueError("claim")
    contract, period = said["contract"], said["period"]
    known = (said, ANSWER), (contract, TERMS), (period, {"from", "to", "zone"})
    if any(set(part) - names for part, names in known) or set(said["head"]) != {"epoch", "sequence", "hash"}:
        raise ValueError("keys")
    extent = {"from": period["from"], "to": period["to"], "zone": period["zone"]}
    return Answered(str(said["subject"]), contract, [str(one) for one in contract["services"]], extent)


class Labels:
    """Gathers what facts say of the reports and services, then holds every claim against it."""

    def __init__(self, report: Report) -> None:
        self.kinds = frozenset(("report_issued", "service_defined", "site_described"))
        self._report = report
        self._labels: Dict[str, Label] = {}
        self._bare: Dict[str, str] = {}  # answers alone, which say of no scope that they are all of it
        self._issued: Dict[str, List[Tuple[Fact, Dict[str, Any]]]] = {}
        self._services: Dict[str, List[Tuple[int, Dict[str, Any]]]] = {}
        self._described: List[str] = []
        self._unproven: List[str] = []
        self._open: List[Tuple[str, int, int]] = []
        self._contracts = 0

    def add(self, name: str, digest: str, said: Any) -> None:
        """Take a document. Raises what a wrong form raises."""
        if not isinstance(said, dict):
            return
        if said.get("claim") == AVAILABILITY:
            self._bare[digest] = name
        else:
            self._labels[digest] = label_of(name, said)

    def take(self, fact: Fact) -> None:
        """Keep what a fact says of a report, a service or the site."""
        if fact.kind not in self.kinds:
            return
        body = json.loads(fact.body)
        if fact.kind == "report_issued":
            digest = str(body.get("claim"))
            if digest in self._bare:
                self._report.add("claim_form", file=self._bare[digest], why="kind")
            elif digest in self._labels:
                self._issued.setdefault(digest, []).append((fact, body))
        elif fact.kind == "service_defined":
            self._services.setdefault(fact.subject, []).append((fact.at, body))
        else:
            self._described.append(str(body.get("sha256")))

    def finish(self, site: str, replay: Any = None) -> None:
        """Say where a claim is not about what the facts, or it itself, say that it is about."""
        for digest, label in self._labels.items():
            if label.site not in (None, site):
                self._differs(label, "site", label.site, site)
            if label.topology and self._described and label.topology not in self._described:
                self._differs(label, "topology", label.topology, self._described[-1])
            if label.replay != replay:
                self._differs(label, "replay", label.replay, replay)
            extents = [label.extent]
            for fact, body in self._issued.get(digest, ()):
                extents.append(self._held(label, fact, body))
            self._answers(label, extents, site)

    def limits(self) -> None:
        """Say what could not be held."""
        if self._contracts:
            self._report.note("cannot_contract")
        for file, until, end in self._open:
            self._report.note("cannot_period", file=file, until=until, end=end)
        for file in self._unproven:
            self._report.note("cannot_extent", file=file)

    def _differs(self, label: Label, what: str, said: Any, found: Any) -> None:
        self._report.add("claim_label", file=label.file, what=what, said=said, found=found)

    def _held(self, label: Label, fact: Fact, body: Dict[str, Any]) -> Dict[str, Any]:
        """Hold a claim against one fact that names it; return what the fact says that it is about."""
        extent = {name: body.get(name) for name in label.extent}
        for name, said in label.extent.items():
            if extent[name] is not None and said != extent[name]:
                self._differs(label, name, said, extent[name])
        if None not in (extent["scope"], extent["from"], extent["to"]):
            parts = extent["kind"], extent["scope"] or "site", extent["from"], extent["to"]
            if fact.subject != "%s %s %s/%s" % parts:
                self._report.add("issued_subject", sequence=fact.sequence, subject=fact.subject)
        self._ends(label, fact)
        return extent

    def _ends(self, label: Label, issued: Fact) -> None:
        """Hold the end of the period that was asked for: past it, a report answers until that end.

        One that answers for less was made when its period was not over, until that moment. Where it was
        issued over a day later, that is not so; else where its period was to end is said not to be proven.
        """
        until = label.extent["to"]
        if label.ends == until:
            return
        if type(label.ends) is not int or type(until) is not int or issued.at > until + DAY:
            self._differs(label, "period: until", label.ends, until)
        else:
            self._open.append((label.file, until, label.ends))

    def _answers(self, label: Label, extents: List[Dict[str, Any]], site: str) -> None:
        """Hold the answers of a statement of availability against each other and against what it is about."""
        answers = label.answers
        if answers is None:
            return
        extent = {name: _last([one[name] for one in extents]) for name in label.extent}
        for one in answers:
            for name, said in one.period.items():
                if extent[name] is not None and said != extent[name]:
                    self._differs(label, "%s: %s" % (one.subject, name), said, extent[name])
        if extent["scope"] is None:  # nobody says what these answers are together
            self._unproven.append(label.file)
            return
        whole, singles = self._split(label, answers)
        if whole is not None:
            self._contract(label, whole, singles, (extent["scope"] or site, site))
        self._covers(label, extent, singles)

    def _split(self, label: Label, answers: List[Answered]) -> Tuple[Optional[Answered], List[str]]:
        """Return the answer on all services, if there is one, and the services that are answered alone."""
        first = answers[0]
        alone = first.contract.get("id") == "" and len(first.services) == 1
        rest = answers if alone else answers[1:]
        for one in rest:
            if [one.subject] != one.services:
                self._differs(label, "%s: subject" % one.subject, one.subject, ", ".join(one.services))
            self._no_contract(label, one)
        singles = [one.services[0] for one in rest if one.services]
        if len(set(singles)) != len(singles):
            self._differs(label, "answers", len(singles), len(set(singles)))
        return None if alone else first, singles

    def _no_contract(self, label: Label, one: Answered) -> None:
        if one.contract.get("id") != "":
            self._differs(label, "%s: contract" % one.subject, one.contract.get("id"), "")
        for name, found in NO_CONTRACT.items():
            if one.contract.get(name) != found:
                self._differs(label, "%s: %s" % (one.subject, name), one.contract.get(name), found)

    def _contract(self, label: Label, whole: Answered, singles: List[str], names: Tuple[str, str]) -> None:
        """Hold the answer on all services: without a contract it needs each that is answered alone."""
        if whole.contract.get("id") == "":
            self._no_contract(label, whole)
            if sorted(whole.services) != sorted(singles):
                self._differs(label, "%s: services" % whole.subject, len(whole.services), len(singles))
            if whole.contract.get("needs") != len(whole.services):
                self._differs(label, whole.subject + ": needs", whole.contract.get("needs"), len(singles))
            if whole.subject not in names:
                self._differs(label, "subject", whole.subject, names[0])
            return
        self._contracts += 1
        if not set(whole.services) <= set(singles):
            self._differs(label, "%s: services" % whole.subject, len(whole.services), len(singles))
        if whole.subject in singles and whole.services != [whole.subject]:
            self._differs(label, "subject", whole.subject, ", ".join(whole.services))

    def _covers(self, label: Label, extent: Dict[str, Any], singles: List[str]) -> None:
        """Hold what is answered against the services that facts put into the scope during the period."""
        axis, _, name = extent["scope"].partition(":")
        if axis == "service":
            if singles != [name]:
                self._differs(label, "answers", ", ".join(singles), name)
            return
        inside = {one: self._inside(one, (axis, name), extent) for one in self._services}
        left_out = [one for one, belongs in inside.items() if belongs is True and one not in singles]
        beyond = [one for one in singles if inside.get(one) is False]
        if left_out:
            self._report.add("claim_left_out", file=label.file, count=len(left_out), service=left_out[0])
        if beyond:
            self._report.add("claim_beyond", file=label.file, count=len(beyond), service=beyond[0])
        if any(one not in inside for one in singles) or None in inside.values():
            self._unproven.append(label.file)

    def _inside(self, service: str, scope: Tuple[str, str], extent: Dict[str, Any]) -> Optional[bool]:
        """Whether a service was in a scope in the period; None: that changed, or facts do not say."""
        since, until = extent["from"], extent["to"]
        if type(since) is not int or type(until) is not int:
            return None
        some = self._services[service]
        before = [body for at, body in some if at <= since][-1:]
        found = {_belongs(service, body, scope) for body in before}
        found |= {_belongs(service, body, scope) for at, body in some if since < at <= until}
        return found.pop() if len(found) == 1 else None


def _belongs(service: str, body: Dict[str, Any], scope: Tuple[str, str]) -> Optional[bool]:
    """Whether a definition puts a service into a scope; None where it cannot say."""
    axis, name = scope
    if body.get("removed"):
        return False
    if axis in ("", "site"):
        return True
    if axis not in ("tenant", "room", "rack"):
        return None
    named = service == "tenant/" + name if axis == "tenant" else service.partition("/")[2] == name
    if body.get(axis) == name or (named and axis == "tenant"):
        return True
    return None if named else False


def _last(values: List[Any]) -> Any:
    some = [one for one in values if one is not None]
    return some[-1] if some else None
