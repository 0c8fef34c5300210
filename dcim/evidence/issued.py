"""The claims of the reports that a ledger says were issued, found beside it in the state directory."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from math import inf
from pathlib import Path
from typing import Any, BinaryIO, Final

from dcim.model.fact import FactKind
from dcim.store import Reads

FOLDER: Final = "reports"
CLAIM: Final = "claim.json"
_DIGEST: Final = 64
_PAGE: Final = 1000
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
LARGEST: Final = 1 << 30
"""Bytes of a file of a report that are read at most: no report is so long."""


class NoFile(OSError):
    """A name that stands for a link, a folder, a pipe: nothing that was ever issued."""


def claims(
    directory: Path, reads: Reads, since: float = -inf, until: float = inf, last: float = inf
) -> Iterator[tuple[str, str]]:
    """Yield file name and text of every claim that was issued for a period that meets ``[since, until)``.

    Times are UTC seconds; ``last``: the sequence after which nothing that was issued counts. A claim whose
    file is gone or is no text is left out: ``dcim ledger verify`` names it.
    """
    seen: set[str] = set()
    for _, said in facts_of_issue(reads, last):
        digest = str(said.get("claim"))
        if not is_digest(digest) or digest in seen or not _meets(said, since, until):
            continue
        seen.add(digest)
        try:
            text = bytes_of(directory, digest, CLAIM).decode()
        except (OSError, UnicodeDecodeError):
            continue
        yield f"{digest}.json", text


def left_out(reads: Reads, taken: Iterable[str], last: float = inf) -> list[str]:
    """Return the SHA-256 of every claim that was issued by ``last`` and is in none of the ``taken`` files."""
    there = set(taken)
    every = {str(said.get("claim")) for _, said in facts_of_issue(reads, last)}
    return sorted(one for one in every if is_digest(one) and f"{one}.json" not in there)


def facts_of_issue(reads: Reads, last: float = inf) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield sequence and body of every fact that issued a report, up to a sequence, in order."""
    at = 0
    while found := reads.facts(at, (FactKind.REPORT_ISSUED,), _PAGE):
        for entry in found:
            if entry.sequence > last:
                return
            yield entry.sequence, entry.read()
        at = found[-1].sequence


def _meets(said: dict[str, Any], since: float, until: float) -> bool:
    start, end = said.get("from"), said.get("to")
    if not isinstance(start, int) or not isinstance(end, int):
        return True
    return start < until * 1e6 and end > since * 1e6


def is_digest(text: str) -> bool:
    """Whether a text may be the name of a claim."""
    return len(text) == _DIGEST and text.isalnum()


def bytes_of(state: Path, claim: str, name: str) -> bytes:
    """Return what a file of an issued report holds. Raises ``OSError``, ``NoFile`` for no plain file."""
    with plain_file(state, claim, name) as file:
        return file.read(LARGEST)


def plain_file(state: Path, claim: str, name: str) -> BinaryIO:
    """Open a plain file in the folder of a report, following nothing. Raises ``OSError``."""
    folder = os.open(state / FOLDER / claim, _READ | os.O_DIRECTORY)
    try:
        handle = os.open(name, _READ, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        msg = f"{name} is no plain file"
        raise NoFile(msg)
    return os.fdopen(handle, "rb")
