"""What finds the newest fact of many things at once, and how everything up to now is said to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from dcim.ledger.chain import Entry

NOW: Final = 2**62
"""A sequence that no ledger reaches."""


class FindsNewest(Protocol):
    """The newest fact of many things at once: ``dcim.store.Reads`` fulfils it, from any thread."""

    def newest_about_each(self, kind: str, subjects: Iterable[str], before: int) -> Sequence[Entry]:
        """Return the newest fact of a kind about each of some subjects up to a sequence."""
        ...
