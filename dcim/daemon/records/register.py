"""Who stands in the record under which pseudonym; erases names. Fulfils ``dcim.web.api.people.Register``."""

from __future__ import annotations

from collections.abc import Sequence

from dcim.clock import Clock
from dcim.daemon.records.books import Books
from dcim.people import People, Person, erasure
from dcim.store import Work
from dcim.web.view.acting import Caller

_RECORDED = 5.0
"""Seconds that somebody who did something waits for it to be on disk."""


class Register:
    """The people of a running daemon."""

    def __init__(self, people: People, books: Books, clock: Clock) -> None:
        self._people = people
        self._books = books
        self._clock = clock

    def people(self) -> Sequence[Person]:
        """Return everybody, who came first first."""
        return tuple(self._people)

    async def erase(self, who: str, caller: Caller) -> tuple[Person, bool]:
        """Erase a name, on record; return whose, and whether it is on disk. Raise ``NoSuchPerson``."""
        at = self._clock.now()
        by, login = self._people.known_as(caller.who, at), self._people.known_as(caller.login, at)
        gone = self._people.erase(who, at)
        fact = erasure(gone, by, str(caller.proof), login)
        self._books.note(Work(facts=(fact,), people=self._people.unsaved()))
        return gone, await self._books.settled(_RECORDED)
