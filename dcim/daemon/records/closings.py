"""The facts of closed files: said as each is made, and made up for after a crash between the two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from dcim.history import ClosedFile, ClosedSet, Made
from dcim.history.keeper import files_of
from dcim.ledger import Entry
from dcim.model.fact import Body, Fact, FactKind

_LAST: Final = 8
"""Sets that are looked at after a start: a crash leaves at most those of one look unsaid."""
_MOST: Final = 100_000


class Record(Protocol):
    """Where facts are read back."""

    def facts_about(self, kinds: Iterable[str], *, subject: str = "", limit: int = 1000) -> Sequence[Entry]:
        """Return the newest facts of these kinds whose subject begins so."""
        ...


def said(made: Made, at: float) -> tuple[Fact, ...]:
    """Return the facts of a set that was made."""
    return tuple(_fact(made.set, file, at) for file in made.files)


def unsaid(record: Record, sets: Sequence[ClosedSet], at: float) -> Iterator[Fact]:
    """Yield the facts that the newest sets lack; it reads the store and files: call it from a thread."""
    for each in sets[-_LAST:]:
        known = {
            entry.subject
            for entry in record.facts_about(
                (FactKind.HISTORY_CLOSED,), subject=f"{each.path.name}/", limit=_MOST
            )
        }
        for file in files_of(each):
            if f"{each.path.name}/{file.name}" not in known:
                yield _fact(each, file, at)


def _fact(made: ClosedSet, file: ClosedFile, at: float) -> Fact:
    body: Body = {"sha256": file.sha256, "rows": file.rows, "bytes": file.bytes}
    return Fact(FactKind.HISTORY_CLOSED, at, f"{made.path.name}/{file.name}", body)
