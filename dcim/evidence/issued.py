"""The claims of the reports that a ledger says were issued, found beside it in the state directory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf
from pathlib import Path
from typing import Any, Final

from dcim.model.fact import FactKind
from dcim.store import Reads

FOLDER: Final = "reports"
CLAIM: Final = "claim.json"
_DIGEST: Final = 64
_PAGE: Final = 1000


def claims(
    directory: Path, reads: Reads, since: float = -inf, until: float = inf
) -> Iterator[tuple[str, str]]:
    """Yield file name and text of every claim that was issued for a period that meets ``[since, until)``.

    Times are UTC seconds. A claim whose file is gone or is no text is left out: ``dcim report`` names it.
    """
    seen: set[str] = set()
    for said in _issued(reads):
        digest = str(said.get("claim"))
        if not _is_digest(digest) or digest in seen or not _meets(said, since, until):
            continue
        seen.add(digest)
        try:
            text = (directory / FOLDER / digest / CLAIM).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        yield f"{digest}.json", text


def left_out(reads: Reads, taken: Iterable[str]) -> list[str]:
    """Return the SHA-256 of every claim that was issued and is in none of the files that are ``taken``."""
    there = set(taken)
    every = {str(said.get("claim")) for said in _issued(reads)}
    return sorted(one for one in every if _is_digest(one) and f"{one}.json" not in there)


def _issued(reads: Reads) -> Iterator[dict[str, Any]]:
    at = 0
    while found := reads.facts(at, (FactKind.REPORT_ISSUED,), _PAGE):
        for entry in found:
            yield entry.read()
        at = found[-1].sequence


def _meets(said: dict[str, Any], since: float, until: float) -> bool:
    start, end = said.get("from"), said.get("to")
    if not isinstance(start, int) or not isinstance(end, int):
        return True
    return start < until * 1e6 and end > since * 1e6


def _is_digest(text: str) -> bool:
    return len(text) == _DIGEST and text.isalnum()
