"""A state directory opened for reading, whether its daemon runs or not: what a report is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dcim.contracts import Contract
from dcim.model import DcimError
from dcim.model.fact import FactKind
from dcim.record import dataclass
from dcim.reports.matter import Record, body_of
from dcim.reports.model import Microseconds
from dcim.reports.plain import listed
from dcim.reports.site import Described, kept
from dcim.store import held_in, reading


class Unreadable(DcimError):
    """What a report needs is not there, or was changed; the text says what."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A state directory and the ledger in it."""

    state: Path
    record: Record

    def described(self, until: Microseconds, known: Described | None = None) -> Described:
        """Return the site as it was described last before a moment; by ids alone where it never was.

        ``known``: a description that was read already, given back where it is that one.
        Raises ``Unreadable`` when the file does not hold what the ledger says.
        """
        entry = self._last(until)
        head = self.record.head()
        if entry is None:
            return Described(head.site if head else "")
        digest = str(body_of(entry)["sha256"])
        if known and known.digest == digest:
            return known
        try:
            found = kept(self.state, digest)
        except ValueError as why:
            raise Unreadable(str(why)) from why
        return found or Described(entry.site)

    def contracts(self, site: Described) -> tuple[Contract, ...]:
        """Return the contracts that the site was described with."""
        held: Mapping[str, Any] = site.more
        return listed(Contract, held.get("contracts", ()))

    def _last(self, until: Microseconds) -> Any:
        """Return the newest description before a moment; the first of all where each is later."""
        found = self.record.facts(0, (FactKind.SITE_DESCRIBED,), 100_000)
        before = [one for one in found if one.at <= until]
        return before[-1] if before else found[0] if found else None


@contextmanager
def opened(directory: Path) -> Iterator[Opened]:
    """Open a state directory, or the one inside that of a demo. Raises a ``StoreError`` for none."""
    state = held_in(directory)
    with reading(state) as record:
        yield Opened(state, record)
