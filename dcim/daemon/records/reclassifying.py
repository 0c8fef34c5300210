"""Reclassifications, taken from people and recorded. Fulfils ``dcim.web.api.reclassify.Reclassifier``."""

from __future__ import annotations

from collections.abc import Sequence

from dcim.availability import CATEGORIES, Reclassified
from dcim.availability.reclassified import check, reclassified
from dcim.clock import Clock
from dcim.graph import Topology
from dcim.model.fact import Fact, FactKind
from dcim.people import People
from dcim.store import Store, Work
from dcim.web.api.reclassify import Wish
from dcim.web.view.acting import Caller


class Reclassifying:
    """Records what people say of a time that is over."""

    def __init__(self, store: Store, topology: Topology, clock: Clock, people: People | None = None) -> None:
        self._store = store
        self._topology = topology
        self._clock = clock
        self._people = people or People(store.people())

    async def reclassify(self, wish: Wish, caller: Caller) -> Reclassified:
        """Record a wish and return it once it is on disk. Raises ``NotReclassified`` and ``CommitFailed``."""
        now = self._clock.now()
        start, end = wish.span
        said = Reclassified(
            sequence=0,
            at=round(now * 1e6),
            subject=wish.service,
            start=start,
            end=end,
            was=CATEGORIES[wish.was],
            now=CATEGORIES[wish.now],
            who=self._people.known_as(caller.who, now),
            reason=wish.reason.strip(),
            cause=wish.cause.strip(),
        )
        check(said, {*self._topology.services, *self._store.defined()})
        proof = {"proof": str(caller.proof), "login": self._people.known_as(caller.login, now)}
        fact = Fact(FactKind.RECLASSIFIED, now, said.subject, {**said.body(), **proof})
        receipt = await self._store.commit(Work(facts=(fact,), people=self._people.unsaved()))
        return said._replace(sequence=receipt.first, who=self._people.shown(said.who))

    def said(self, service: str) -> Sequence[Reclassified]:
        """Return what people said of a service (empty: of any), the oldest first."""
        head = self._store.head()
        facts = self._store.facts_within((FactKind.RECLASSIFIED,), 0, head.sequence if head else 0)
        return [one._replace(who=self._people.shown(one.who)) for one in reclassified(facts, service)]
