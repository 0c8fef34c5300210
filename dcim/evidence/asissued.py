"""Whether the files of an issued report are those that were issued: ``report_issued`` has their hashes.

They are read without following any link out of the folder of their report, so that a name there never stands
for a file elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from errno import EISDIR, ELOOP, ENOTDIR, ENXIO
from hashlib import sha256
from math import inf
from pathlib import Path
from typing import Any, Final, NamedTuple

from dcim.evidence.issued import CLAIM, FOLDER, LARGEST, NoFile, facts_of_issue, is_digest, plain_file
from dcim.store import Reads

_REMEMBERED: Final = 20_000


class Flaw(StrEnum):
    """What a file is other than issued."""

    ALTERED = "altered"  # it holds something else, or is a link or no file at all
    MISSING = "missing"
    UNREADABLE = "unreadable"  # it is there, and nobody could say what it holds
    EXTRA = "extra"  # no fact names it


def flaw_of(why: OSError) -> Flaw:
    """Return what a file is that could not be read: a link, a folder or the like was never issued."""
    if isinstance(why, FileNotFoundError):
        return Flaw.MISSING
    stranger = isinstance(why, NoFile) or why.errno in (ELOOP, ENOTDIR, EISDIR, ENXIO)
    return Flaw.ALTERED if stranger else Flaw.UNREADABLE


class Found(NamedTuple):
    """A file of a report that is not as it was issued. ``sequence``: of the fact, 0 where none names it."""

    claim: str
    name: str
    flaw: Flaw
    sequence: int = 0

    @property
    def grave(self) -> bool:
        """Whether something is wrong with the evidence, or nobody knows; a lost copy is neither."""
        return self.flaw in (Flaw.ALTERED, Flaw.UNREADABLE) or (
            self.flaw is Flaw.MISSING and self.name == CLAIM
        )

    def __str__(self) -> str:
        """Read as ``reports/CLAIM/report.fr.pdf was altered after it was issued``."""
        said = {
            Flaw.ALTERED: "is not the file that was issued: its SHA-256 is another than the fact says",
            Flaw.MISSING: "was issued and is missing",
            Flaw.UNREADABLE: "cannot be read here: whether it is the file that was issued is not known",
            Flaw.EXTRA: "is named by no fact: it was never issued, or is being made",
        }
        place = "/".join(filter(None, (FOLDER, self.claim, self.name)))
        return f"{place} {said[self.flaw]}"


class AsIssued:
    """Compares files with their hashes, and remembers of each how it stood when it was last hashed."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._known: dict[tuple[str, str], tuple[tuple[int, ...], str]] = {}

    def flaws(self, claim: str, files: Mapping[str, str]) -> dict[str, Flaw]:
        """Return by name what of the files of a report is not as issued; ``files``: SHA-256 by name."""
        found: dict[str, Flaw] = {}
        for name, digest in files.items():
            try:
                if self._digest(claim, name) != digest:
                    found[name] = Flaw.ALTERED
            except ValueError:  # a name that no file can have
                found[name] = Flaw.ALTERED
            except OSError as why:
                found[name] = flaw_of(why)
        return found

    def _digest(self, claim: str, name: str) -> str:
        """Return the SHA-256 of a file; it is read again only where it was touched since."""
        with plain_file(self._state, claim, name) as file:
            about = os.fstat(file.fileno())
            touched = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
            known = self._known.get((claim, name))
            if known is None or known[0] != touched:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                known = self._known[claim, name] = touched, sha256(file.read(LARGEST)).hexdigest()
        return known[1]


def unlike(state: Path, reads: Reads, last: float = inf) -> Iterator[Found]:
    """Yield every file of a report issued by fact ``last`` that is altered or missing."""
    looked = AsIssued(state)
    for claim, (files, sequence) in _issued(reads, last).items():
        for name, flaw in looked.flaws(claim, files).items():
            yield Found(claim, name, flaw, sequence)


def extra(state: Path, reads: Reads) -> Iterator[Found]:
    """Yield what lies among the reports and was never issued."""
    known = _issued(reads, inf)
    with suppress(FileNotFoundError, NotADirectoryError):
        for folder in sorted((state / FOLDER).iterdir()):
            if folder.name not in known:
                yield Found(folder.name, "", Flaw.EXTRA)
            elif folder.is_dir() and not folder.is_symlink():
                names = {one.relative_to(folder).as_posix() for one in folder.iterdir()}
                for name in sorted(names - known[folder.name][0].keys()):
                    yield Found(folder.name, name, Flaw.EXTRA)


def _issued(reads: Reads, last: float) -> dict[str, tuple[dict[str, str], int]]:
    """Return the files of every report by claim, as its newest fact has them, and that fact's sequence."""
    found: dict[str, tuple[dict[str, str], int]] = {}
    for sequence, said in facts_of_issue(reads, last):
        claim = str(said.get("claim"))
        if is_digest(claim):
            found[claim] = _files(said.get("files"), claim), sequence
    return found


def _files(said: Any, claim: str) -> dict[str, str]:
    """Return the hashes by name that a fact has; the claim is its own hash."""
    held = said if isinstance(said, dict) else {}
    return {CLAIM: claim} | {str(name): str(digest) for name, digest in held.items() if "/" not in str(name)}
