"""Verifies the ledger of a state directory, also while its daemon runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from dcim.ledger.chain import Entry, Head
from dcim.ledger.derived import Derived
from dcim.ledger.verify import Fault, FaultKind, Verifier
from dcim.record import dataclass
from dcim.store.database import DATABASE, POINTER, of
from dcim.store.errors import StateDirectoryUnusable
from dcim.store.read import Reads


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found. ``count`` counts all faults, ``faults`` lists the first of them.

    ``head`` is where the facts end, ``committed`` where the writer says that they end. Without a kept head a
    chain that was cut or computed anew, together with the writer's own note, cannot be told from a good one.
    """

    entries: int
    head: Head | None
    committed: Head | None
    kept: int
    count: int
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.count == 0


def held_in(directory: Path) -> Path:
    """Return the state directory: this one, or ``state`` in it, where ``dcim demo --state DIR`` keeps it."""
    inner = directory / "state"
    empty = not of(directory).there() and not (directory / POINTER).exists()
    return inner if empty and of(inner).there() else directory


@contextmanager
def reading(directory: Path) -> Iterator[Reads]:
    """Open a state directory for reading only, whether its daemon runs or not.

    Raises ``StateDirectoryUnusable``, ``StoreTooNew`` or ``StoreDamaged``.
    """
    database = of(held_in(directory))
    if not database.there():
        msg = f"{directory} is no state directory: it holds no {DATABASE}"
        raise StateDirectoryUnusable(msg)
    engine = database.reader()
    reads = Reads(engine, database)
    try:
        reads.check_revision()
        yield reads
    finally:
        engine.dispose()


class Beside(Protocol):
    """What somebody checks of every entry beside the chain, in the same pass."""

    def take(self, entry: Entry) -> Iterable[Fault]:
        """Return what is wrong with an entry; they come in the order in which they are stored."""

    def finish(self) -> Iterable[Fault]:
        """Return what is wrong with the whole, after the last entry."""


def verify(directory: Path, *kept: Head, beside: Callable[[Reads], Beside] | None = None) -> Report:
    """Check the facts of a state directory against their chain and kept heads, and the tables against them.

    Memory grows with the tables of alerts, device states and messages, not with the chain.
    """
    with reading(directory) as reads:
        tables = reads.tables()
        verifier = Verifier(*kept, *([tables.head] if tables.head else ()))
        derived = Derived(tables)
        other = beside(reads) if beside else None
        for entry in reads.entries():
            if verifier.take(entry):
                derived.take(entry)
                if other is not None:
                    verifier.add(other.take(entry))
        verifier.finish()
        if other is not None:
            verifier.add(other.finish())
        committed = reads.head()
    end, allowed = verifier.head, committed.sequence if committed else 0
    if end is not None and end.sequence > allowed:
        what = f"stands beyond {allowed}, where the writer ended"
        verifier.add([Fault(FaultKind.BEYOND, end.sequence, what)])
    verifier.add(derived.finish())
    return Report(verifier.entries, end, committed, len(kept), verifier.count, tuple(verifier.faults))
