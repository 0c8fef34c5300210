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
    directory: Path, reads: Reads, since: float = -inf, until: float = inf, last: float = inf
) -> Iterator[tuple[str, str]]:
    """Yield file name and text of every claim that was issued for a period that meets ``[since, until)``.

    Times are UTC seconds; ``last``: the sequence after which nothing that was issued counts. A claim whose
    file is gone or is no text is left out: ``dcim report`` names it.
    """
    seen: set[str] = set()
    for said in _issued(reads, last):
        digest = str(said.get("claim"))
        if not _is_digest(digest) or digest in seen or not _meets(said, since, until):
            continue
        seen.add(digest)
        try:
            text = (directory / FOLDER / digest / CLAIM).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        yield f"{digest}.json", text


def left_out(reads: Reads, taken: Iterable[str], last: float = inf) -> list[str]:
    """Return the SHA-256 of every claim that was issued by ``last`` and is in none of the ``taken`` files."""
    there = set(taken)
    every = {str(said.get("claim")) for said in _issued(reads, last)}
    return sorted(one for one in every if _is_digest(one) and f"{one}.json" not in there)


def _issued(reads: Reads, last: float) -> Iterator[dict[str, Any]]:
    at = 0
    while found := reads.facts(at, (FactKind.REPORT_ISSUED,), _PAGE):
        for entry in found:
            if entry.sequence > last:
                return
            yield entry.read()
        at = found[-1].sequence


def _meets(said: dict[str, Any], since: float, until: float) -> bool:
    start, end = said.get("from"), said.get("to")
    if not isinstance(start, int) or not isinstance(end, int):
        return True
    return start < until * 1e6 and end > since * 1e6


def _is_digest(text: str) -> bool:
    return len(text) == _DIGEST and text.isalnum()
