"""What is kept of works that memory has no room for: how everything stands when there is room again.

    dropped    alert a raised   device x silent   alert a cleared   alert b raised ...
    kept                                          alert a cleared   alert b raised      the newest of each

Of alerts, incidents and mutes it is the newest work, with its messages: so much memory as there are of them.
What people do, and what the calendar and the building bring, is seldom, and waits in line however full it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from dcim.ledger.life import Lost
from dcim.model import Memory
from dcim.model.fact import Fact, FactKind, Json
from dcim.people import Person
from dcim.store import Work

_SELDOM: Final = frozenset(
    {
        FactKind.MAINTENANCE,
        FactKind.DEED,
        FactKind.ON_CALL,
        FactKind.HARDWARE_CHANGED,
        FactKind.SERVICE_DEFINED,
        FactKind.TOPOLOGY,
        FactKind.SITE_DESCRIBED,
        FactKind.HISTORY_CLOSED,
        FactKind.PERSON_ERASED,
    }
)
_STANDS: Final = frozenset({FactKind.ALERT, FactKind.INCIDENT, FactKind.MUTE, FactKind.SINGLE_LOSS})
_KNOWN: Final = ("up", "down")

_Key: TypeAlias = "tuple[FactKind, str]"


def seldom(work: Work) -> bool:
    """Whether a work tells only of what no storm brings: each of its facts counts, and none comes again."""
    return bool(work.facts) and all(fact.kind in _SELDOM for fact in work.facts)


def hole(work: Work) -> Lost:
    """Return the time of which a dropped work, with a fact, would have told: also that which it took back."""
    since = [_since(fact) for fact in work.facts]
    return Lost(min(since), max(fact.at for fact in work.facts))


def _since(fact: Fact) -> float:
    """Return from when on a fact says that it was otherwise than told."""
    said: Json = None
    before = fact.body.get("before")
    if fact.kind is FactKind.BLIND:
        said = fact.body.get("from")
    elif (
        fact.kind is FactKind.SERVICE_STATE
        and isinstance(before, Mapping)
        and before.get("function") in _KNOWN
    ):
        said = fact.body.get("held")
    return min(fact.at, float(said)) if isinstance(said, int | float) else fact.at


class Newest:
    """The newest of each of what stands, of the works that were dropped; ``most`` keys at most."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._works: dict[_Key, Work] = {}  # the oldest first
        self._keys: dict[int, int] = {}  # of how many keys a work is the newest
        self._memories: dict[tuple[str, str], Memory] = {}
        self._people: dict[str, Person] = {}

    def take(self, work: Work) -> int:
        """Take a work; return how many are gone for good by it, itself or older ones."""
        self._memories.update({(one.room, one.key): one for one in work.memories})
        self._people.update({one.pseudonym: one for one in work.people})
        keys = dict.fromkeys((one.kind, one.subject) for one in work.facts if one.kind in _STANDS)
        if not keys:
            return 1 if work.facts or work.outbox else 0
        self._keys[id(work)] = len(keys)
        gone = sum(self._let_go(key) for key in keys)
        self._works.update(dict.fromkeys(keys, work))
        while len(self._works) > self._most:
            gone += self._let_go(next(iter(self._works)))
        return gone

    def _let_go(self, key: _Key) -> int:
        """Forget what is kept of a key; return 1 where that work is kept for no other, else 0."""
        work = self._works.pop(key, None)
        if work is None:
            return 0
        self._keys[id(work)] -= 1
        if self._keys[id(work)]:
            return 0
        del self._keys[id(work)]
        return 1

    def give(self) -> Iterator[Work]:
        """Yield what is kept, in the order in which it was taken, and keep nothing."""
        yield from {id(work): work for work in self._works.values()}.values()
        if self._memories or self._people:
            yield Work(memories=tuple(self._memories.values()), people=tuple(self._people.values()))
        self._works, self._keys, self._memories, self._people = {}, {}, {}, {}
