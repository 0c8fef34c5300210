"""A bundle for an auditor: facts, signed heads, keys, claims, and the program that checks them.

The same ledger gives the same bytes. It reads what was committed when it began, page by page, so that the
daemon may go on; facts always begin with the first, because a chain that begins in the middle proves less.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from math import inf
from pathlib import Path
from typing import IO, Any, Final

from dcim import __version__
from dcim.evidence.custody import KINDS
from dcim.evidence.onefile import NAME, verifier
from dcim.evidence.readme import readme
from dcim.evidence.unfinished import whole
from dcim.evidence.verifier.chain import Fact as Plain
from dcim.evidence.verifier.replays import Replays
from dcim.ledger import Entry, Head, SignedHead, canonical
from dcim.ledger.signed import Signer, manifest_statement
from dcim.model import DcimError
from dcim.record import dataclass, field
from dcim.store import Reads

FORMAT: Final = "dcim ledger bundle 1"
FACTS, HEADS, KEYS = "facts.ndjson", "heads.ndjson", "keys.json"
MANIFEST, SIGNATURE = "MANIFEST.json", "MANIFEST.sig.json"
ROLLUPS: Final = "rollups.ndjson"
CLAIMS: Final = "claims"
DRAWINGS: Final = "site"


class NotExported(DcimError):
    """The bundle cannot be written; the text says why. Nothing of it is left."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What other rooms add: claims as canonical JSON by file name, sections of roll-ups as lines.

    ``left_out``: SHA-256 of claims that facts name and that do not go along; the manifest says so.
    ``drawings``: of the building, each named by its hash.
    """

    claims: Iterable[tuple[str, str]] = ()
    rollups: Iterable[str] = ()
    left_out: Iterable[str] = ()
    drawings: Iterable[str] = ()


@dataclass(frozen=True, slots=True)
class Exported:
    """What a bundle holds. ``signed_by``: the key that signed its manifest, empty for none.

    ``replay``: which recording and rules the ledger is a replay of and with, None for a site's own.
    """

    head: Head
    facts: int
    heads: int
    claims: int
    signed_by: str
    left_out: int = 0
    replay: Mapping[str, str] | None = None


@dataclass(slots=True)
class _Bundle:
    """A folder that is being filled, and what its manifest will say."""

    folder: Path
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    @contextmanager
    def lines(self, name: str) -> Iterator[_Lines]:
        """Write a file line by line."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            out = _Lines(file)
            yield out
        self.files[name] = {"bytes": out.size, "sha256": out.digest.hexdigest()}

    def text(self, name: str, text: str) -> None:
        """Write a whole file."""
        with self.lines(name) as out:
            out.write(text)


class _Lines:
    """A file that is hashed while it is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = sha256()
        self.size = 0
        self.count = 0

    def write(self, text: str) -> None:
        """Write a text as it is."""
        data = text.encode()
        self._file.write(data)
        self.digest.update(data)
        self.size += len(data)
        self.count += 1


def ending(reads: Reads, until: float = inf) -> Head:
    """Return where the facts of a bundle end. Raises ``NotExported`` of an empty ledger.

    With ``until`` (UTC seconds) that is the first signed head at or after it, where there is one.
    """
    head = reads.head()
    if head is None:
        msg = "the ledger is empty: there is nothing to export"
        raise NotExported(msg)
    return _end(reads, head, until)


def export(
    folder: Path, reads: Reads, signer: Signer | None, extras: Extras | None = None, head: Head | None = None
) -> Exported:
    """Write a bundle into a folder that is not there yet, or empty. Raises ``NotExported``, ``StoreError``.

    It is written beside the folder and stands there only when it is whole. The facts end with ``head`` (the
    newest when None); ``extras`` are those of the same head.
    """
    extras, head = extras or Extras(), head or ending(reads)
    try:
        place = folder.resolve()
        _check(place)
        with whole(place) as fresh:
            return _export(_Bundle(fresh), reads, head, extras, signer)
    except OSError as error:
        msg = f"cannot write {folder}: {error.strerror or error}"
        raise NotExported(msg) from error


def _check(folder: Path) -> None:
    """Refuse a place that holds something, or that nothing can be put in the place of."""
    if folder.exists() and any(folder.iterdir()):
        msg = f"{folder} is not empty: name another folder with --out"
        raise NotExported(msg)
    if folder.is_mount():
        msg = f"a disk is mounted at {folder}: name a folder on it with --out, as {folder / 'bundle'}"
        raise NotExported(msg)


def _export(bundle: _Bundle, reads: Reads, head: Head, extras: Extras, signer: Signer | None) -> Exported:
    keys: list[dict[str, Any]] = []
    replays = Replays()
    with bundle.lines(FACTS) as facts:
        for entry in _until(reads.entries(), head):
            facts.write(entry.line() + "\n")
            if entry.kind in KINDS:
                keys.append(_key(entry))
            elif entry.kind in replays.kinds:
                place = entry.sequence, entry.at, entry.epoch, entry.kind, entry.subject
                replays.take(Plain(*place, entry.body.encode(), entry.hash))
    with bundle.lines(HEADS) as heads:
        for signed in reads.heads():
            if signed.head.sequence > head.sequence:
                break
            heads.write(json.dumps(signed.as_json(), ensure_ascii=False, separators=(",", ":")) + "\n")
    bundle.text(KEYS, canonical({"keys": keys}) + "\n")
    claims = 0
    for name, text in extras.claims:
        bundle.text(f"{CLAIMS}/{name}", text)
        claims += 1
    _rollups(bundle, extras.rollups)
    for text in extras.drawings:
        bundle.text(f"{DRAWINGS}/{sha256(text.encode()).hexdigest()}.ndjson", text)
    bundle.text(NAME, verifier())
    bundle.text("README.txt", readme(replays.shown()))
    mine = signer if signer is not None and signer.key_id in {one["key"] for one in keys} else None
    left_out = sorted(extras.left_out)
    signed_by = _manifest(bundle, head, mine, left_out, replays.said)
    return Exported(head, facts.count, heads.count, claims, signed_by, len(left_out), replays.shown())


def _rollups(bundle: _Bundle, sections: Iterable[str]) -> None:
    """Write the sections, if there are any."""
    some = iter(sections)
    first = next(some, None)
    if first is None:
        return
    with bundle.lines(ROLLUPS) as out:
        out.write(first + "\n")
        for section in some:
            out.write(section + "\n")


def _manifest(bundle: _Bundle, head: Head, signer: Signer | None, left_out: list[str], replay: Any) -> str:
    """Write the manifest, which says whether it is signed, and of what it is a replay; return the key."""
    body: dict[str, Any] = {
        "format": FORMAT,
        "version": __version__,
        "head": head._asdict(),
        "files": bundle.files,
        "left_out": left_out,
        "signed": signer is not None,
        **({"replay": replay} if replay else {}),
    }
    text = canonical(body) + "\n"
    (bundle.folder / MANIFEST).write_text(text, encoding="utf-8", newline="")
    if signer is None:
        return ""
    statement = manifest_statement(sha256(text.encode()).hexdigest())
    said = {"key": signer.key_id, "signature": signer.sign(statement).hex()}
    (bundle.folder / SIGNATURE).write_text(canonical(said) + "\n", encoding="utf-8", newline="")
    return signer.key_id


def _end(reads: Reads, head: Head, until: float) -> Head:
    """Return where the facts of the bundle end."""
    if until == inf:
        return head
    after: SignedHead | None = next((one for one in reads.heads() if one.at >= until * 1e6), None)
    return after.head if after is not None and after.head.sequence < head.sequence else head


def _until(entries: Iterator[Entry], head: Head) -> Iterator[Entry]:
    for entry in entries:
        if entry.sequence > head.sequence:
            return
        yield entry


def _key(entry: Entry) -> dict[str, Any]:
    """Return what ``keys.json`` says of a key; a body that holds none is named by the verifier."""
    return {"key": entry.subject, "public": str(entry.read().get("public")), "sequence": entry.sequence}
