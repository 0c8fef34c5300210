"""Reports that facts say were issued, against the claims that a bundle holds or says that it leaves out."""

from __future__ import annotations

import json
from typing import Any, Dict, FrozenSet, Set

from dcim.evidence.verifier.chain import Fact
from dcim.evidence.verifier.files import Files
from dcim.evidence.verifier.keys import is_hex
from dcim.evidence.verifier.report import Report


class IssuedReports:
    """Gathers the claims that facts name, and says which of them are not in the bundle."""

    def __init__(self, files: Files, report: Report) -> None:
        self._report = report
        said = files.manifest.get("left_out")
        self._left_out: Set[str] = {str(one) for one in said} if isinstance(said, list) else set()
        names = files.in_folder("claims")
        self._there = {name[len("claims/") : -len(".json")] for name in names}
        self._there |= {str(files.names[name].get("sha256")) for name in names}
        self._issued: Dict[str, Fact] = {}
        self.rests = 0
        """The last fact that issued a report whose claim is here."""
        self.kinds: FrozenSet[str] = frozenset(("report_issued",))

    def take(self, fact: Fact) -> None:
        """Keep which claim a fact names; one that names none is a claim of no report."""
        if fact.kind != "report_issued":
            return
        body: Any = json.loads(fact.body)
        claim = body.get("claim") if isinstance(body, dict) else None
        if isinstance(claim, str) and is_hex(claim, 64):
            self._issued.setdefault(claim, fact)
            if claim in self._there:
                self.rests = fact.sequence

    def finish(self) -> None:
        """Name what was issued and is not here; count what the export says that it left out."""
        left_out = 0
        for claim, fact in self._issued.items():
            if claim in self._there:
                continue
            if claim in self._left_out:
                left_out += 1
            else:
                self._report.add("claim_absent", sequence=fact.sequence, subject=fact.subject, claim=claim)
        if left_out:
            self._report.note("claims_left_out", count=left_out)
