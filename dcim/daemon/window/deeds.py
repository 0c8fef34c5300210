"""What people do by pages and API, who they are, who is on call, and what work is announced."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from dcim.alerts import Alert, Change, Deed, Language, Life, NothingToDo, Text
from dcim.daemon.people import naming
from dcim.daemon.people.deeds import did
from dcim.daemon.people.links import Around, look, take
from dcim.daemon.people.tokens import Tokens
from dcim.daemon.records.recorded import on_call_at, over_of
from dcim.daemon.rooms import Rooms
from dcim.daemon.window.troubles import Troubles
from dcim.record import replace
from dcim.routing import Override
from dcim.store import Work
from dcim.web import Caller, DutyView, LinkState, LinkView, WindowView
from dcim.windows import Window as Announced

_RECORDED: Final = 5.0
"""Seconds that somebody who did something waits for it to be on disk."""


class Deeds(Troubles):
    """Deeds of people, duty and announced work. The third part of ``dcim.web.View``."""

    def __init__(self, rooms: Rooms) -> None:
        super().__init__(rooms)
        self._tokens = Tokens(rooms.plan.settings, rooms.plan.secrets)

    async def act(self, deed: Deed) -> tuple[Sequence[Change], bool]:
        """Do to alerts what a person wishes; return what changed, and whether it is on disk."""
        if deed.incident and self._rooms.core.causes.incidents.named(deed.incident) is None:
            deed = await self._after(deed)
        changes = self._rooms.core.act(deed, self._rooms.plan.settings.alerts.shelve_most)
        return changes, await self._rooms.books.settled(_RECORDED)

    async def _after(self, deed: Deed) -> Deed:
        """Return a deed about an incident that is over, with those of its alerts that wait to be seen.

        Raise NothingToDo, which says since when it is over, where there are none.
        """
        waiting = [alert.key for alert in self._rooms.watch.listed if alert.life is Life.RETURNED]
        over = await asyncio.to_thread(over_of, self._rooms.store, deed.incident, waiting)
        if over is None:
            return deed
        if over.into:
            msg = f"it is one with the incident {over.into}"
            raise NothingToDo(msg)
        if not over.unseen:
            ended = datetime.fromtimestamp(over.at, self.site.zone)
            msg = f"it is over since {ended:%Y-%m-%d %H:%M:%S}, and nothing of it waits to be seen"
            raise NothingToDo(msg)
        return replace(deed, keys=over.unseen)

    @property
    def has_tokens(self) -> bool:
        """Return whether people have tokens: then nobody does anything without one."""
        return bool(self._tokens)

    def person_of(self, token: str) -> str:
        """Return whose token this is; empty: nobody's."""
        return self._tokens.owner(token)

    def link(self, text: str) -> LinkView:
        """Return how a link from a message stands. Changes nothing."""
        return naming.link_named(look(self._rooms.links, text, self._linked())[0], self._named)

    async def follow(self, text: str, note: str) -> tuple[LinkView, bool]:
        """Acknowledge by a link, once; return how it stands then, and whether that is on disk."""
        act = self._rooms.core.act
        most = self._rooms.plan.settings.alerts.shelve_most
        link = take(self._rooms.links, text, note, self._linked(), lambda deed, also: act(deed, most, also))
        link = naming.link_named(link, self._named)
        return link, link.state is not LinkState.DONE or await self._rooms.books.settled(_RECORDED)

    def _linked(self) -> Around:
        causes = self._rooms.core.causes
        return Around(self._rooms.watch, lambda: (causes.incidents, causes.topology), self._titled)

    def _titled(self, alert: Alert) -> Text:
        """Return what an alert is called, with its device."""
        shown = self.shown(alert)
        name = shown.asset.name if shown.asset else alert.asset
        titles = shown.rule.title if shown.rule else dict.fromkeys(Language, alert.rule)
        return {language: f"{name}: {title}" for language, title in titles.items()}

    def on_call(self) -> Sequence[DutyView]:
        """Return who is on call, by rota."""
        duty, at = self._rooms.core.dispatch.duty, self._rooms.clock.now()
        people = self._rooms.plan.settings.telling.people
        found = []
        for name, rota in duty.rotas.items():
            person, overrides = duty.on_call(name, at), duty.stands_in(name, at)
            until = rota.next_change(at, overrides)
            found.append(DutyView(name, person, people[person].name, until, overrides))
        return found

    async def on_call_at(self, at: float) -> Mapping[str, str]:
        """Return who was on call at a time (UTC seconds) by what is on record, or will be; by rota."""
        duty, now = self._rooms.core.dispatch.duty, self.now()
        if at >= now:
            return {name: duty.on_call(name, at) for name in duty.rotas}
        found = await asyncio.to_thread(on_call_at, self._rooms.store, tuple(duty.rotas), at)
        return {rota: self._named(person) for rota, person in found.items()}

    async def stand_in(self, rota: str, override: Override, caller: Caller) -> None:
        """Let somebody stand in; raise DutyRefused for what makes no sense."""
        who = self._rooms.core.people.known_as(caller.who, self.now())
        self._rooms.core.dispatch.duty.stand_in(rota, override, who)
        self._did("stand_in", rota, caller)
        self._rooms.core.tick()
        await self._rooms.books.settled(_RECORDED)

    def windows(self) -> Sequence[WindowView]:
        """Return the maintenance that is open or comes, the soonest first."""
        work = self._rooms.core.maintenance
        return [
            WindowView(
                naming.window_named(window, self._named),
                span,
                window.id in work.open,
                tuple(asset.id for asset in work.covered(window)),
            )
            for window, span in work.windows()
        ]

    async def announce(self, window: Announced, caller: Caller) -> None:
        """Take work that somebody announces; raise WindowRefused for what makes no sense."""
        self._rooms.core.announced(window)
        self._did("announce", window.id, caller)
        await self._rooms.books.settled(_RECORDED)

    async def withdraw(self, window_id: str, caller: Caller) -> None:
        """End announced work or take it back; raise WindowRefused if that is impossible."""
        core = self._rooms.core
        core.turned(core.maintenance.withdraw(window_id, core.people.known_as(caller.who, self.now())))
        self._did("withdraw", window_id, caller)
        await self._rooms.books.settled(_RECORDED)

    def _did(self, doing: str, about: str, caller: Caller) -> None:
        """Record who did something, and by what proof that is known."""
        people, at = self._rooms.core.people, self.now()
        who, login = people.known_as(caller.who, at), people.known_as(caller.login, at)
        fact = did(about, at, who, caller.proof, login, {"doing": doing})
        self._rooms.books.note(Work(facts=(fact,), people=people.unsaved()))
