"""Verifies a ledger where it stands: chain and tables, signed heads and keys, claims and files of reports.

The claims are computed by the code of the auditor's verifier, which shares nothing with what made them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from typing import Any

from dcim.evidence.asissued import Found, extra, unlike
from dcim.evidence.export import NotExported
from dcim.evidence.issued import claims
from dcim.evidence.keyfile import check
from dcim.evidence.metered import sections
from dcim.evidence.verifier import chain as plain
from dcim.evidence.verifier.claims import Claims
from dcim.evidence.verifier.energy import Energy
from dcim.evidence.verifier.replays import Replays
from dcim.evidence.verifier.report import Report as Findings
from dcim.evidence.verifier.stamps import Heads, Stamps
from dcim.ledger import Entry, Fault, FaultKind, Head, Keyring, SignedHead
from dcim.record import dataclass
from dcim.store import Reads, Report, verify


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found: of the chain in ``report``; signed heads, and claims computed again.

    ``covered`` is the sequence up to which a right signature vouches for the facts, ``vouched`` whether its
    key is one that was given or that one of those vouches for. ``stamps``: time stamps of an authority; who
    signed them is not checked here. ``unlike``: files of reports that are not as they were issued; the grave
    ones are faults of the report too. ``replay``: which recording and rules it is a replay of and with, None
    for a site's own.
    """

    report: Report
    heads: int
    covered: int
    vouched: bool
    claims: int
    stamps: int
    unlike: tuple[Found, ...] = ()
    replay: Mapping[str, str] | None = None


class _Beside:
    """What is checked of every entry beside the chain itself."""

    def __init__(self, directory: Path, reads: Reads, keys: Iterable[str]) -> None:
        head = reads.head()
        last = head.sequence if head else 0
        heads = takewhile(lambda one: one.head.sequence <= last, reads.heads())
        self.findings = Findings("en")
        self._signed = Heads()
        self.stamps = Stamps(self.findings, self._signed)
        self.ring = Keyring(map(self._noted, heads), check, keys)
        self.replays = Replays()
        self.energy = Energy(self.findings)
        self.claims = Claims(_documents(directory, reads), self.findings, self.energy)
        self._blocks = list(_metered(directory, reads, self.energy))
        self.unlike = (*unlike(directory, reads), *extra(directory, reads))
        self._owner = (head.site, head.chain) if head else ("", "")

    def take(self, entry: Entry) -> Iterator[Fault]:
        """Yield what is wrong with an entry beside its place in the chain."""
        yield from self.ring.take(entry)
        body = entry.body.encode("utf-8", "surrogatepass")
        place = (entry.sequence, entry.at, entry.epoch, entry.kind, entry.subject)
        try:
            fact = plain.Fact(*place, body, entry.hash)
            self.replays.take(fact)
            self.claims.take(fact, entry.site)
            self.energy.take(fact)
            self.stamps.take(fact)
        except (ValueError, RecursionError):
            return  # no canonical body: the chain's own check names it

    def finish(self) -> Iterator[Fault]:
        """Yield what only the whole shows."""
        yield from self.ring.finish()
        self.claims.finish(*self._owner, self.replays.said)
        self.energy.finish()
        yield from self._blocks
        yield from (Fault(FaultKind.REPORT, one.sequence, str(one)) for one in self.unlike if one.grave)
        for word, what in self.findings.findings:
            yield Fault(FaultKind.STAMP if word.startswith("stamp") else FaultKind.CLAIM, 0, what)

    def _noted(self, signed: SignedHead) -> SignedHead:
        """Keep what was signed of a head on its way to who checks it: a later fact may hold its stamp."""
        self._signed.take(signed.head.sequence, signed.statement, signed.at, signed.why)
        return signed


def verify_in_place(directory: Path, kept: Iterable[Head] = (), keys: Iterable[str] = ()) -> Verified:
    """Check a state directory, also while its daemon runs; ``keys`` are public keys (hex) kept elsewhere.

    Raises ``StoreError`` when there is nothing to read.
    """
    made: list[_Beside] = []

    def beside(reads: Reads) -> _Beside:
        made.append(_Beside(directory, reads, keys))
        return made[0]

    report = verify(directory, *kept, beside=beside)
    ring = made[0].ring
    count = len(made[0].claims.claims) + made[0].energy.claims
    stamps = made[0].stamps.count
    replay = made[0].replays.shown()
    return Verified(report, ring.heads, ring.covered, ring.vouched, count, stamps, made[0].unlike, replay)


def _metered(directory: Path, reads: Reads, energy: Energy) -> Iterator[Fault]:
    """Hand on the sections that energy rests on, to be computed again; yield what is wrong with a block."""
    try:
        for line in sections(directory, reads, claims(directory, reads)) if energy.accounts else ():
            said = json.loads(line)
            energy.section(said["hour"], said["version"], said["section"])
    except NotExported as why:
        yield Fault(FaultKind.CLAIM, 0, str(why))


def _documents(directory: Path, reads: Reads) -> Iterator[tuple[str, str, Any]]:
    for name, text in claims(directory, reads):
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            said = None
        yield name, sha256(text.encode()).hexdigest(), said
