"""What a report says was declared and subscribed, against the fact that described the site to it."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Tuple

from dcim.evidence.verifier.accounts import Account
from dcim.evidence.verifier.chain import Fact
from dcim.evidence.verifier.declared import hash_of
from dcim.evidence.verifier.report import Report

TERMS_OF_DEMAND = ("tenant", "watts", "minutes", "clause")
SURE = 7_200_000_000  # microseconds that hold an interval of any length whole


class Described:
    """The hashes of declarations that facts ``site_described`` keep, by the description."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._kept: Dict[str, List[Tuple[int, Any]]] = {}  # sequence of the fact, its hashes

    def take(self, fact: Fact) -> None:
        """Keep what a fact says of a description."""
        body = json.loads(fact.body)
        self._kept.setdefault(str(body.get("sha256")), []).append((fact.sequence, body.get("declared")))

    def hold(self, one: Account, head: int) -> None:
        """Say where a report has other declarations or terms than the description that it names."""
        kept = [said for at, said in self._kept.get(one.about.described, []) if at <= head and said]
        if not kept:
            self._report.note("declared_unrecorded", file=one.file)
            return
        recorded = kept[-1]
        if one.declared is not None:
            said = {name: one.declared[name] for name in ("lines", "operator")}
            if hash_of(said) != recorded["energy"]:
                self._report.add("declared_other", file=one.file)
        tariff = None if one.bands is None else hash_of(one.bands["tariff"])
        if tariff != recorded.get("tariff"):
            self._report.add("tariff_other", file=one.file)
        for claim in one.demands:
            if hash_of({name: claim[name] for name in TERMS_OF_DEMAND}) != recorded["committed"].get(
                claim["tenant"]
            ):
                self._report.add("subscribed_other", file=one.file, tenant=str(claim["tenant"]))
        self._complete(one, recorded["committed"])

    def _complete(self, one: Account, subscribed: Any) -> None:
        """No subscription may be left out that a report of this scope and length has."""
        scope, since, until = one.about[:3]
        there = {claim["tenant"] for claim in one.demands}
        long = since is not None and until is not None and until - since >= SURE
        for tenant in sorted(set(subscribed) - there) if long else ():
            if scope in ("site", "tenant:" + tenant):
                self._report.add("subscribed_left_out", file=one.file, tenant=tenant)
