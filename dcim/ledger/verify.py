"""Does a chain hold? Every fault, named, in one pass and in constant memory."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from dcim.ledger.canonical import NotCanonical
from dcim.ledger.chain import GENESIS, SCHEMA, Entry, Head
from dcim.record import dataclass

MOST_FAULTS = 1000
_TYPES = (str, str, int, int, int, int, str, str, str, str, str)  # of an Entry


class FaultKind(StrEnum):
    """What is wrong with a chain."""

    ALTERED = "altered"  # the content does not have the hash that stands beside it
    UNLINKED = "unlinked"  # it does not continue the entry before it
    MISSING = "missing"  # sequences that are not there
    REPEATED = "repeated"  # a sequence stands twice
    REORDERED = "reordered"  # an earlier sequence comes after a later one
    FOREIGN = "foreign"  # it belongs to another chain
    EPOCH = "epoch"  # a writer that had been replaced wrote
    UNREADABLE = "unreadable"  # a form that this version cannot check
    CUT = "cut"  # a kept head lies beyond the end
    BEYOND = "beyond"  # it stands after the end that the writer committed
    REWRITTEN = "rewritten"  # a kept head has another hash than the entry
    ROW_ALTERED = (
        "row_altered"  # a row of alerts, device states or messages says something else than its fact
    )
    ROW_MISSING = "row_missing"  # a fact's row is not there
    ROW_ADDED = "row_added"  # a row that no fact made
    KEY = "key"  # a key that signed and was not in force, or that nobody vouched for
    SIGNATURE = "signature"  # a signature is not of its key
    STAMP = "stamp"  # the time stamp of an authority is not of the head that it stands for
    CLAIM = "claim"  # a figure of a report is another than the facts give
    REPORT = "report"  # a file of an issued report is not the one that was issued, or its claim is gone


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong, and at which sequence: that of a fact, or 0 where no fact is concerned."""

    kind: FaultKind
    sequence: int
    what: str

    def __str__(self) -> str:
        """Read as ``fact 7: altered: ...``."""
        where = f"fact {self.sequence}: " if self.sequence else ""
        return f"{where}{self.kind}: {self.what}"


class Verifier:
    """Takes entries in the order in which they are stored, then says what was wrong.

    ``kept`` are heads that somebody kept elsewhere: only they show a cut end or a chain that was computed
    anew. The first ``MOST_FAULTS`` faults are listed, all are counted in ``count``.
    """

    def __init__(self, *kept: Head) -> None:
        self._kept: dict[int, list[Head]] = {}
        for head in kept:
            self._kept.setdefault(head.sequence, []).append(head)
        self._names = {(head.site, head.chain) for head in kept}
        self._last: Entry | None = None
        self._top: Entry | None = None
        self.entries = 0
        self.count = 0
        self.faults: list[Fault] = []

    @property
    def head(self) -> Head | None:
        """The head of what was taken so far, None before the first entry."""
        return self._top.head if self._top else None

    def take(self, entry: Entry) -> bool:
        """Check one entry against itself and the one before it; return whether it can be read at all."""
        self.entries += 1
        if tuple(map(type, entry)) != _TYPES:  # whatever a database or a file really held
            what = f"entry {self.entries} holds something else than numbers and texts"
            self._note(FaultKind.UNREADABLE, self.entries, what)
            return False
        self._content(entry)
        self._place(entry)
        if entry.sequence in self._kept:
            self._against_kept(entry)
        self._last = entry
        if self._top is None or entry.sequence > self._top.sequence:
            self._top = entry
        return True

    def finish(self) -> list[Fault]:
        """Return every fault, after the last entry."""
        end = self._top.sequence if self._top else 0
        for sequence in sorted(self._kept):
            if sequence > end:
                self._note(FaultKind.CUT, sequence, f"a kept head stands here, but the chain ends at {end}")
        return self.faults

    def _content(self, entry: Entry) -> None:
        if entry.schema != SCHEMA:
            what = f"schema {entry.schema}, this version checks {SCHEMA}"
            self._note(FaultKind.UNREADABLE, entry.sequence, what)
            return
        try:
            digest = entry.digest()
        except (NotCanonical, UnicodeEncodeError) as error:
            self._note(FaultKind.UNREADABLE, entry.sequence, str(error))
            return
        if digest != entry.hash:
            self._note(FaultKind.ALTERED, entry.sequence, "the content does not have its hash")

    def _place(self, entry: Entry) -> None:
        last = self._last
        if last is None:
            self._first(entry)
            return
        if entry.site != last.site or entry.chain != last.chain:
            what = f"belongs to {entry.site} {entry.chain}, not to {last.site} {last.chain}"
            self._note(FaultKind.FOREIGN, entry.sequence, what)
        if entry.sequence != last.sequence + 1:
            self._out_of_step(entry, last)
            return
        if entry.previous != last.hash:
            self._note(FaultKind.UNLINKED, entry.sequence, f"does not continue fact {last.sequence}")
        if entry.epoch < last.epoch:
            self._note(FaultKind.EPOCH, entry.sequence, f"epoch {entry.epoch} after {last.epoch}")

    def _first(self, entry: Entry) -> None:
        if self._names and (entry.site, entry.chain) not in self._names:
            what = f"belongs to {entry.site} {entry.chain}, not to the chain of the kept head"
            self._note(FaultKind.FOREIGN, entry.sequence, what)
        if entry.sequence != 1:
            self._note(FaultKind.MISSING, 1, f"facts 1 to {entry.sequence - 1} are not there")
        elif entry.previous != GENESIS:
            self._note(FaultKind.UNLINKED, 1, "the first fact continues something")

    def _out_of_step(self, entry: Entry, last: Entry) -> None:
        top = self._top.sequence if self._top else 0
        if entry.sequence == last.sequence:
            self._note(FaultKind.REPEATED, entry.sequence, "stands twice")
        elif entry.sequence <= top:
            self._note(FaultKind.REORDERED, entry.sequence, f"comes after fact {last.sequence}")
        elif top != last.sequence and entry.sequence == top + 1:
            return  # back in step behind an entry that was moved: said already
        else:
            what = f"facts {top + 1} to {entry.sequence - 1} are not there"
            self._note(FaultKind.MISSING, top + 1, what)

    def _against_kept(self, entry: Entry) -> None:
        for head in self._kept[entry.sequence]:
            if head != entry.head:
                what = f"a kept head says {head.hash[:16]}... in epoch {head.epoch}"
                self._note(FaultKind.REWRITTEN, entry.sequence, what)

    def add(self, faults: Iterable[Fault]) -> None:
        """Count and list faults that were found beside the chain."""
        for fault in faults:
            self._note(fault.kind, fault.sequence, fault.what)

    def _note(self, kind: FaultKind, sequence: int, what: str) -> None:
        self.count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(kind, sequence, what))


def verify(entries: Iterable[Entry], *kept: Head) -> list[Fault]:
    """Return what is wrong with a chain given in stored order; empty when it holds.

    Without a kept head, a cut end and a chain computed anew cannot be seen.
    """
    verifier = Verifier(*kept)
    for entry in entries:
        verifier.take(entry)
    return verifier.finish()
