"""The heartbeat: what says that the daemon watched, behind everything that it saw until then.

    true     s1 ── s2 ── beat ── s3 ── beat ── s4 ──▶        (the disk is full, and is free again)
    on disk  s1 ········································ s2 beat s3 beat s4 ──▶   all late, in order, no hole

It waits in line with the rest. So time in which the disk took nothing is known like any other, once what
waited is on disk; who is killed before that has no beat of it, and was blind. Where memory did not last
either, the first beat behind the hole says so, and everything that can be told of is stated anew.
"""

from __future__ import annotations

from collections.abc import Callable

from dcim.daemon.records.books import Books
from dcim.store import Store, Work


class Heart:
    """Notes heartbeats; ``lasts`` (seconds) is what each promises."""

    def __init__(self, store: Store, books: Books, lasts: float) -> None:
        self.lasts = lasts
        self._store = store
        self._books = books
        self.standing: Callable[[], Work] = Work
        """Returns how everything stands now, for a record that has a hole."""
        books.lost, books.unwritten, books.resumed = store.lose, store.end_unclean, self._go_on

    def beat(self) -> None:
        """Note that the daemon watches; nothing while works are dropped: the next beat tells of the hole."""
        if not self._books.losing:
            self._books.note(self._store.beat(self.lasts))

    def _go_on(self) -> None:
        self.beat()
        self._books.note(self.standing())
