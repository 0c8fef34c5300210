"""People as the record knows them: a pseudonym in every fact, their names in a table that can be erased.

    "Amina Benali" ──▶ known_as ──▶ p-kzrtwbnm ──▶ facts, rows, messages     never changed, never erased
                                        │
    page, API, mail, report ◀── shown ◀─┴─ table ``people``                  the name, until it is erased

What a person calls themselves becomes a pseudonym where it enters the daemon, and a name again where it is
shown; all between knows pseudonyms alone. Pure.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from dcim.model import DcimError
from dcim.model.fact import Fact, FactKind
from dcim.record import dataclass, replace

_LETTERS: Final = "bcdfghjklmnpqrstvwxz"
"""No vowels: no pseudonym is a word. Eight of them: 2.6e10 pseudonyms."""

_LENGTH: Final = 8
_PSEUDONYM: Final = re.compile(rf"(?<![\w-])p-[{_LETTERS}]{{{_LENGTH}}}(?![\w-])")


class NoSuchPerson(DcimError):
    """Nobody of this name or pseudonym is known; the text says so."""


@dataclass(frozen=True, slots=True)
class Person:
    """A row of the table. ``name`` is None once it was erased; times are UTC seconds."""

    pseudonym: str
    name: str | None
    added_at: float
    erased_at: float | None = None


def drawn() -> str:
    """Return a pseudonym that says nothing of whose it is."""
    return "p-" + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


class People:
    """Everybody who ever did something. ``erased``: how people read that a name is gone.

    Changed on the loop alone; ``shown`` may be called from any thread.
    """

    def __init__(
        self, rows: Iterable[Person] = (), erased: str = "erased person", draw: Callable[[], str] = drawn
    ) -> None:
        self._known = {one.pseudonym: one for one in rows}
        self._named = {one.name: one.pseudonym for one in self._known.values() if one.name is not None}
        self._erased = erased
        self._draw = draw
        self._unsaved: dict[str, Person] = {}

    def __iter__(self) -> Iterator[Person]:
        """Yield everybody, who came first first."""
        return iter(sorted(self._known.values(), key=lambda one: (one.added_at, one.pseudonym)))

    def known_as(self, name: str, at: float) -> str:
        """Return the pseudonym of somebody, a new one for whoever is new at ``at`` (UTC seconds).

        Nobody, and a text with a pseudonym in it, stay as they are.
        """
        name = name.strip()
        if not name or any(found in self._known for found in _PSEUDONYM.findall(name)):
            return name
        if name not in self._named:
            pseudonym = next(one for one in iter(self._draw, "") if one not in self._known)
            self._named[name] = pseudonym
            self._keep(Person(pseudonym, name, at))
        return self._named[name]

    def shown(self, text: str) -> str:
        """Return a text with names for pseudonyms; with the pseudonym itself where the name was erased."""
        return _PSEUDONYM.sub(self._one, text) if "p-" in text else text

    def _one(self, found: re.Match[str]) -> str:
        person = self._known.get(found[0])
        if person is None:
            return found[0]
        return f"{found[0]} ({self._erased})" if person.name is None else person.name

    def erase(self, who: str, at: float) -> Person:
        """Forget the name of somebody, given by name or pseudonym; raise ``NoSuchPerson`` for nobody.

        Whoever comes again under that name is somebody new.
        """
        person = self._known.get(self._named.get(who.strip(), who.strip()))
        if person is None:
            msg = f"nobody is known as {who!r}"
            raise NoSuchPerson(msg)
        if person.name is None:
            msg = f"the name of {person.pseudonym} is erased already"
            raise NoSuchPerson(msg)
        del self._named[person.name]
        gone = replace(person, name=None, erased_at=at)
        self._keep(gone)
        return gone

    def _keep(self, person: Person) -> None:
        self._known[person.pseudonym] = self._unsaved[person.pseudonym] = person

    def unsaved(self) -> tuple[Person, ...]:
        """Return who must be on disk with the facts that name them, once."""
        found, self._unsaved = tuple(self._unsaved.values()), {}
        return found


def erasure(gone: Person, who: str, proof: str, login: str) -> Fact:
    """Return the fact that a name was erased: by whom, by what proof that is known; pseudonyms alone."""
    body = {"who": who, "proof": proof, "login": login}
    return Fact(FactKind.PERSON_ERASED, gone.erased_at or 0.0, gone.pseudonym, body)
