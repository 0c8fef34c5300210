"""What facts say of a period: of the daemon, of announced work, of each subject, of what people said later.

The rules by which facts are chosen are part of the arithmetic (``docs/availability.md``): whoever chooses by
them from the whole chain or through an index has the same evidence, and so the same figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from dcim.availability.account import Account, account, moved, sliced, wide
from dcim.availability.category import Microseconds, Period
from dcim.availability.knowledge import SETTLES, SITE_KINDS, Knowledge, known
from dcim.availability.reclassified import Reclassified, reclassified
from dcim.availability.statement import STATE_KINDS, Statement, Statements, statement
from dcim.availability.timeline import seen
from dcim.availability.work import Work, works
from dcim.contracts import LOOSE, Contract
from dcim.ledger import Entry, Head
from dcim.ledger.life import SEEN, SIGNS
from dcim.model.fact import FactKind
from dcim.record import dataclass

STATES: Final = frozenset(STATE_KINDS)
_SIGNS: Final = frozenset(SIGNS)
_SEEN: Final = frozenset(SEEN)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The facts of a period up to a head, read.

    ``read_until`` is the sequence up to which facts can still say something of the period: that of the first
    sign of life a day after it, or the head's. Reclassifications count up to the head.
    """

    period: Period
    head: Head
    read_until: int
    knowledge: Knowledge
    works: tuple[Work, ...]
    statements: Callable[[str], Statements]
    said: Mapping[str, Sequence[Reclassified]]

    def accounts(self, subject: str, contract: Contract = LOOSE) -> tuple[Account, Account]:
        """Return a subject's account as it was seen, and as people reclassified it."""
        slices = sliced(
            seen(self.statements(subject), self.knowledge, subject, wide(self.period)),
            subject,
            self.works,
            contract.notice,
        )
        raw = account(subject, slices, self.period)
        said = self.said.get(subject, ())
        return (raw, account(subject, moved(slices, said, contract), self.period)) if said else (raw, raw)


def settled(signs: Iterable[tuple[int, Microseconds]], head: int, period: Period) -> int:
    """Return ``read_until``, of the sequences and times of the signs of life in their order."""
    after = period.end + SETTLES
    return next((sequence for sequence, at in signs if at >= after), head)


def known_until(read: Sequence[Entry]) -> Microseconds:
    """Return the time of the newest fact that says what was seen, of those up to ``read_until``, not empty.

    A delivery or a report may be on disk before what was seen earlier, and says nothing of it. Of facts none
    of which tells what was seen it is that of the last.
    """
    return next((one.at for one in reversed(read) if one.kind in _SEEN), read[-1].at)


def evidence(entries: Sequence[Entry], period: Period) -> Evidence:
    """Return the evidence of a period from a whole chain, in the order of its sequences, not empty."""
    head = entries[-1].head
    until = settled(((one.sequence, one.at) for one in entries if one.kind in _SIGNS), head.sequence, period)
    read = [one for one in entries if one.sequence <= until]
    statements: dict[str, list[Statement]] = {}
    for one in read:
        if one.kind in STATES:
            statements.setdefault(one.subject, []).append(statement(one))
    said: dict[str, list[Reclassified]] = {}
    for word in reclassified(entries):
        said.setdefault(word.subject, []).append(word)
    return Evidence(
        period=period,
        head=head,
        read_until=until,
        knowledge=known((one for one in read if one.kind in SITE_KINDS), known_until(read)),
        works=works(one for one in read if one.kind == FactKind.MAINTENANCE),
        statements=lambda subject: Statements.of(statements.get(subject, ())),
        said=said,
    )
