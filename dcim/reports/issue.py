"""Issued reports: which version of itself one is, where its files are kept, what the ledger says of it.

A report is *issued* when a fact of the ledger keeps the hash of its claim and of every file. Asked for again
with nothing changed, the files that were issued are given back; where late facts or a reclassification change
a figure, the next version is issued, says which claim it supersedes, and the old one stays where it was.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from dcim.alerts import Language
from dcim.evidence.asissued import AsIssued, Flaw, flaw_of
from dcim.evidence.issued import bytes_of
from dcim.history.durable import sync_directory, sync_file
from dcim.ledger import Entry
from dcim.model import DcimError
from dcim.model.fact import Body, Fact, FactKind, Json
from dcim.record import dataclass, field, replace
from dcim.reports.make import Made, compose, matter_of, written
from dcim.reports.matter import Matter, Record, body_of
from dcim.reports.model import Document, Kind, Microseconds
from dcim.reports.opened import opened
from dcim.reports.render import Form
from dcim.reports.render.claim import claim_digest, claim_text
from dcim.reports.wish import Wish

FOLDER: Final = "reports"
CLAIM: Final = "claim.json"
_NOTHING: Final[Body] = MappingProxyType({})
_PASSING: Final = frozenset({"head", "read_until", "known_until", "topology"})
"""What of a claim says from where it was read, and not what is claimed."""


@dataclass(frozen=True, slots=True)
class Issued:
    """One version of a report as the ledger has it. ``files``: SHA-256 by name.

    ``flaws``: by name what of its files is not as issued, where somebody looked: no part of the fact.
    """

    kind: Kind
    scope: str
    since: Microseconds
    until: Microseconds
    zone: str
    number: int
    claim: str
    supersedes: str
    made: Microseconds
    software: str
    head: str
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    sequence: int = 0
    by: str = ""  # who asked for it; empty: the schedule
    flaws: Mapping[str, Flaw] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def subject(self) -> str:
        """Return what its fact is about: one a kind, scope and period."""
        return subject_of(self.kind, self.scope, self.since, self.until)

    def body(self) -> Body:
        """Return it as the body of a fact."""
        return {
            "kind": str(self.kind),
            "scope": self.scope,
            "from": self.since,
            "to": self.until,
            "zone": self.zone,
            "number": self.number,
            "claim": self.claim,
            "supersedes": self.supersedes,
            "made": self.made,
            "software": self.software,
            "head": self.head,
            "files": dict(self.files),
            "by": self.by,
        }

    def fact(self, told: Body = _NOTHING, at: float | None = None) -> Fact:
        """Return the fact that issues it, and of whom it was ``told``; or told again, ``at`` a later time."""
        when = self.made / 1e6 if at is None else at
        return Fact(FactKind.REPORT_ISSUED, when, self.subject, {**self.body(), **told})


def subject_of(kind: Kind, scope: str, since: Microseconds, until: Microseconds) -> str:
    """Return the subject of the facts about all versions of one report."""
    return f"{kind} {scope or 'site'} {since}/{until}"


def issued_of(entry: Entry) -> Issued:
    """Return the report that a fact issued."""
    return issued_from(body_of(entry), entry.sequence)


def issued_from(body: Mapping[str, Any], sequence: int = 0) -> Issued:
    """Return the report that a body tells of."""
    return Issued(
        kind=Kind(body["kind"]),
        scope=body["scope"],
        since=body["from"],
        until=body["to"],
        zone=body["zone"],
        number=body["number"],
        claim=body["claim"],
        supersedes=body["supersedes"],
        made=body["made"],
        software=body["software"],
        head=body["head"],
        files=dict(body["files"]),
        sequence=sequence,
        by=body.get("by", ""),
    )


def listed(record: Record, limit: int = 500) -> list[Issued]:
    """Return the reports that were issued, the newest first."""
    found = record.facts_about((FactKind.REPORT_ISSUED,), limit=limit)
    newest = {issued.claim: issued for issued in map(issued_of, found)}  # one may have been told again
    return sorted(newest.values(), key=lambda one: -one.sequence)


def file_of(state: Path, claim: str, name: str) -> Path:
    """Return where a file of an issued report is kept."""
    return state / FOLDER / claim / name


@dataclass(frozen=True, slots=True)
class Draft:
    """A report that is ready to be issued, or one that stands already (``fresh`` false)."""

    issued: Issued
    fresh: bool


def draft(
    directory: Path, wish: Wish, now: Microseconds, software: str, step: Any = lambda _word: None
) -> Draft:
    """Make a report and keep its files on the disk; whoever asked commits its fact.

    Every language and form is written, so that what was issued can be had as anybody may want it.
    """
    whole = replace(wish, languages=tuple(Language), forms=tuple(Form))
    with opened(directory) as state:
        matter = matter_of(state, whole, now, step=step)
        document = compose(matter, software, issued=True)
        before = _before(state.record, matter)
        if before is not None:
            if before.claim == claim_digest(document) or _same(
                _kept_claim(state.state, before.claim), document.claim
            ):
                return Draft(before, fresh=False)
            face = replace(document.face, number=before.number + 1, supersedes=before.claim)
            document = replace(document, face=face)
        made = written(document, whole, matter.site.language, step)
        return Draft(_kept(state.state, made, matter), fresh=True)


def _before(record: Record, matter: Matter) -> Issued | None:
    """Return the newest version of a report."""
    subject = subject_of(matter.kind, str(matter.scope), matter.period.since, matter.until)
    head = record.head()
    entry = record.newest_about(FactKind.REPORT_ISSUED, subject, head.sequence if head else 0)
    return issued_of(entry) if entry else None


def _kept_claim(state: Path, claim: str) -> Any:
    try:
        return json.loads(file_of(state, claim, CLAIM).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _same(kept: Any, claim: Mapping[str, Json]) -> bool:
    """Whether two claims say the same, wherever in the ledger they were read from."""
    fresh = json.loads(json.dumps(claim, ensure_ascii=False))
    return bool(_substance(kept) == _substance(fresh))


def _substance(claim: Any) -> Any:
    if isinstance(claim, dict):
        return {key: _substance(one) for key, one in claim.items() if key not in _PASSING}
    return [_substance(one) for one in claim] if isinstance(claim, list) else claim


def _kept(state: Path, made: Made, matter: Matter) -> Issued:
    """Write the files of a report so that they outlast a power cut; return what the ledger will say."""
    claim = claim_digest(made.document)
    files = {CLAIM: claim_text(made.document).encode(), **made.files}
    digests = {name: sha256(data).hexdigest() for name, data in files.items()}
    target = state / FOLDER / claim
    if not target.exists():
        fresh = target.with_suffix(".new")
        try:
            _written_down(fresh, files)
            fresh.rename(target)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)  # a full disk keeps no half report
            raise
        sync_directory(target.parent)
        sync_directory(state)
    return _issued(made.document, claim, digests, matter)


def _written_down(folder: Path, files: Mapping[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        sync_file(folder / name)
    sync_directory(folder)


def _issued(document: Document, claim: str, files: Mapping[str, str], matter: Matter) -> Issued:
    face = document.face
    return Issued(
        kind=face.kind,
        scope=face.scope,
        since=face.period.since,
        until=matter.until,
        zone=face.period.zone,
        number=face.number,
        claim=claim,
        supersedes=face.supersedes,
        made=face.made_at,
        software=face.software,
        head=str(face.head) if face.head else "",
        files=files,
    )


class NotAsIssued(DcimError):
    """A file was issued and cannot be given as it was; ``flaw``: altered, missing, unreadable."""

    def __init__(self, name: str, flaw: Flaw) -> None:
        super().__init__(f"{name} is not as it was issued: {flaw}")
        self.name = name
        self.flaw = flaw


def file_as_issued(state: Path, issued: Issued, name: str) -> bytes:
    """Return a file of a report, which has the hash that the ledger says. Raises ``NotAsIssued``."""
    try:
        data = bytes_of(state, issued.claim, name)
    except OSError as why:
        raise NotAsIssued(name, flaw_of(why)) from None
    if sha256(data).hexdigest() != issued.files[name]:
        raise NotAsIssued(name, Flaw.ALTERED)
    return data


def damaged(state: Path, issued: Issued) -> Sequence[str]:
    """Return the names of files that are gone, or hold something else than the ledger says."""
    return list(AsIssued(state).flaws(issued.claim, issued.files))
