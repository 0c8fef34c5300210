"""The path of a poll through the house, on the loop: quick, and without a wait.

Polled ─▶ batches ─▶ newest, history, exposition, watch ─▶ changes ┐
       └▶ reach ───▶ the loop's own batch, a fact when it changed   ├─ once a moment ─▶ record ─▶ books
another poll of the moment ─▶ … ──────────────────────────▶ changes ┘
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from dcim.alerts import Change, Deed, Watch, perform
from dcim.clock import Clock
from dcim.daemon.calm import Calm, Timed
from dcim.daemon.people.deeds import aimed, deed_fact
from dcim.daemon.people.maintenance import Maintenance, Turned
from dcim.daemon.people.naming import nameless
from dcim.daemon.records.books import Books
from dcim.daemon.records.states import reach_work
from dcim.daemon.services.building import Building
from dcim.daemon.services.causes import Causes
from dcim.daemon.services.pairs import Pairs
from dcim.daemon.stormlog import StormLog, log_alert, log_reach
from dcim.daemon.watching.ears import Ears
from dcim.daemon.watching.hardware import Hardware
from dcim.graph import Topology, Wiring
from dcim.history import History
from dcim.incidents import Outcome
from dcim.model import Asset, Batch, Identity, Memory
from dcim.notify import Notice, Site, record
from dcim.notify.deciding.dispatch import Dispatch
from dcim.notify.deciding.present import as_now
from dcim.notify.deciding.summary import announced
from dcim.people import People
from dcim.poll import Polled, ReachReports
from dcim.record import dataclass, replace
from dcim.routing import Telling
from dcim.series import Freshness, Newest
from dcim.store import Work
from dcim.web import Subscription
from dcim.windows import Window


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told of alerts: the channels, and the site whose alerts they are."""

    site: Site
    channels: tuple[str, ...]


class Core:
    """Takes every poll and keeps what follows from it."""

    def __init__(
        self,
        told: Told,
        watch: Watch,
        books: Books,
        history: History | None,
        newest: Newest,
        clock: Clock,
    ) -> None:
        self.newest = newest
        self.hardware = Hardware(books.note)
        self.ears = Ears(lambda asset_id: self.ask_now(asset_id), clock)
        self.identities: dict[str, Identity] = {}
        self.subscriptions: set[Subscription] = set()
        self.watch = watch
        self.building = Building(Wiring(), (), newest, Freshness(), lambda _facts: None)
        """What the devices say of the services that stand on them; empty until the daemon has one."""
        self.pairs = Pairs(self.building.topology, (), newest, Freshness())
        """Feeds that carry the same load; none until the daemon has a building."""
        self.causes = Causes.none(told.site.id, watch, clock)
        """The incidents that alerts make; each device stands for itself until the daemon has a building."""
        self.dispatch = Dispatch(Telling(), told.channels, told.site, clock)
        """Who hears of what; everybody of everything until the daemon has routes."""
        self.maintenance = Maintenance((), (), Topology(Wiring()), watch, clock)
        """Announced work; none until the daemon has some."""
        self.people = People()
        """Who did something: nobody until the daemon has read whom it knows."""
        self._told = told
        self._books = books
        self._history = history
        self._clock = clock
        self._alert_log = StormLog("changes of alerts", clock.monotonic)
        self._reach_log = StormLog("devices that answer or do not", clock.monotonic)
        self._reports = ReachReports()
        self._calm = Calm(newest, watch, history, self._reports)
        self._unasked: set[str] = set()
        self.ready = asyncio.Event()
        """Set once every device has had its first beat, answered or not."""
        self._changes: dict[str, list[Change]] = {}
        self.stages: tuple[Callable[[Polled], None], ...] = (self._said, self._shown, self._followed)
        """What takes a poll, one after the other; the polls of a moment may pass each of them together."""
        # effects, carried where they go by the daemon
        self.ask_now: Callable[[str], None] = lambda _asset_id: None
        self.identified: Callable[[Asset, Identity], None] = lambda _asset, _identity: None
        self.on_poll: Callable[[Polled], None] = lambda _polled: None
        self.looked_at = clock.monotonic()
        """When the last tick began, monotonic seconds."""

    def expect(self, assets: Iterable[Asset]) -> None:
        """Remember that these devices have not had their first beat yet."""
        self._unasked = {asset.id for asset in assets}
        self._asked("")

    def _asked(self, asset_id: str) -> None:
        self._unasked.discard(asset_id)
        if not self._unasked:
            self.ready.set()

    def _begin(self, asset_id: str, at: float, now: float) -> list[Change]:
        """Count a device as asked; with the last of them services begin to be told of."""
        self._asked(asset_id)
        return self._serve(self.building.begin(at), now) if self.ready.is_set() else []

    def ahead(self, polls: Iterable[Polled]) -> None:
        """Look at polls that are about to pass the stages, all at once."""
        said = [polled.collected for polled in polls if polled.collected is not None]
        self.watch.glance([batch for collected in said for batch in collected.batches])

    def polled(self, polled: Polled) -> None:
        """Take the outcome of one poll."""
        for stage in self.stages:
            stage(polled)
        self.after((polled,))

    def calm(self, polls: Sequence[Timed]) -> int:
        """Take polls from which nothing follows, shortly; return how many, from the first on, are taken.

        The next of them, if there is one, is to be taken by ``polled``.
        """
        if not self.building.begun or self.subscriptions or self._changes:
            return 0
        calm = self._calm.take(polls, self.building, self.causes)
        for _, polled in polls[:calm]:
            self.on_poll(polled)
        return calm

    def after(self, polls: Sequence[Polled]) -> None:
        """Record what changed with polls that have passed the stages, look for causes, and have pages told.

        All of a moment at once: what one shows is known when the cause of what another raises is looked for.
        """
        if self._changes:
            self._changed_together()
        causes = self.causes
        for polled in polls:
            if causes.awaits(polled.asset.id):
                self._follow((), causes.polled(polled))
        for subscription in self.subscriptions:
            for polled in polls:
                subscription.note(polled.asset.id)

    def _said(self, polled: Polled) -> None:
        """Take what the device said, and whether it answered."""
        now = self._clock.monotonic()
        self._news(polled, [*self._answer(polled, now), *self._take(self._reports.batch(polled), now)])

    def _news(self, polled: Polled, changes: list[Change]) -> None:
        """Note what changed with a poll, until all of its moment have passed the stages."""
        if changes:
            self._changes.setdefault(polled.asset.id, []).extend(changes)

    def _shown(self, polled: Polled) -> None:
        """Look at what stands on the device."""
        building = self.building
        if otherwise := building.polled(polled.asset.id, polled.at):
            self._news(polled, self._serve(otherwise, self._clock.monotonic()))
        if not building.begun:
            self._news(polled, self._begin(polled.asset.id, polled.at, self._clock.monotonic()))

    def _followed(self, polled: Polled) -> None:
        """Remember who answered, and what is seen to work by that."""
        if polled.before is not polled.presence:
            self._note(polled)
        self.on_poll(polled)
        self.causes.reached(polled, self._clock.monotonic())

    def _changed_together(self) -> None:
        """Take what changed with all polls of a moment; where that of one fails, that of each by itself."""
        by_device, self._changes = self._changes, {}
        try:
            self.changed([change for changes in by_device.values() for change in changes])
        except Exception:
            bugs = [bug for changes in by_device.values() if (bug := self._bug_in(changes)) is not None]
            if bugs:
                raise bugs[0] from None
            raise

    def _bug_in(self, changes: Sequence[Change]) -> Exception | None:
        try:
            self.changed(changes)
        except Exception as bug:  # noqa: BLE001  one device's bug never stops the others
            return bug
        return None

    def _answer(self, polled: Polled, now: float) -> list[Change]:
        """Take what a device answered; nothing if it did not."""
        changes: list[Change] = []
        collected = polled.collected
        if collected is not None:
            for batch in collected.batches:
                changes += self._take(batch, now)
            if collected.identity is not None:
                self._identify(polled.asset, collected.identity)
                if (exchanged := self.hardware.polled(polled)) is not None:
                    changes += self._take(exchanged, now)
        return changes

    def checked(self, batch: Batch) -> None:
        """Take what was found of a device's own words, as if a poll had brought it."""
        self.all_checked((batch,))

    def all_checked(self, batches: Sequence[Batch]) -> None:
        """Take the same of several devices."""
        self.keep_all(batches)
        for subscription in self.subscriptions:
            for batch in batches:
                subscription.note(batch.layout.asset)

    def keep(self, batch: Batch) -> None:
        """Take what the daemon makes of what it knows; no page waits for it."""
        if changes := self._take(batch, self._clock.monotonic()):
            self.changed(changes)

    def keep_all(self, batches: Sequence[Batch]) -> None:
        """Take what the daemon makes of many devices at once, shortly as long as it changes no alert."""
        left = self.watch.first_loud(batches)
        self._keep_calm(batches[:left])
        for batch in batches[left:]:
            self.keep(batch)

    def _keep_calm(self, batches: Sequence[Batch]) -> None:
        """Take what changes no alert."""
        self.newest.take_all(batches)
        if self._history is not None:
            for batch in batches:
                self._history.append(batch)

    def end(self, batch: Batch) -> None:
        """Write down that points are no more; their lane forgets them with its next batch."""
        if self._history is not None:
            self._history.append(batch)

    def changed(self, changes: Sequence[Change]) -> None:
        """Record changes of alerts with all that must outlive us, and tell the people who must know."""
        self._follow(changes, self.causes.take(changes) if changes else Outcome())
        for change in changes:
            log_alert(self._alert_log, change)

    def _follow(self, changes: Sequence[Change], outcome: Outcome) -> None:
        """Record what happened to alerts and incidents, and ask whom the cause is looked for at."""
        unsaved = self.watch.unsaved(self._clock.now() - self._clock.monotonic())
        if not (changes or outcome or unsaved.memories or unsaved.facts):
            return
        site, topology = self._told.site, self.causes.topology
        work = record(changes, site, self.dispatch, self.newest.batches, outcome, topology)
        facts = (*unsaved.facts, *work.facts)
        memories = (*work.memories, *unsaved.memories, *self.dispatch.unsaved())
        self._books.note(replace(work, facts=facts, memories=memories))
        for effect in outcome.effects:
            self.ask_now(effect.device)

    def act(self, deed: Deed, shelve_most: float, also: tuple[Memory, ...] = ()) -> list[Change]:
        """Do to alerts what a person wishes, and record it; raise MuteRefused when it is not allowed.

        ``also`` must be on disk with it.
        """
        at = self._clock.now()
        deed = nameless(aimed(deed, self.causes.incidents), self.people, at)
        changes = perform(self.watch, deed, at, self._clock.monotonic(), shelve_most)
        fact = deed_fact(deed, at, len(changes))
        self._books.note(Work(facts=(fact,), memories=also, people=self.people.unsaved()))
        self.changed(changes)
        for subscription in self.subscriptions:
            for asset_id in {change.alert.asset for change in changes}:
                subscription.note(asset_id)
        return changes

    def announced(self, window: Window) -> None:
        """Take work that somebody announces; raise WindowRefused for what makes no sense."""
        window = replace(window, by=self.people.known_as(window.by, self._clock.now()))
        facts = (self.maintenance.announce(window),)
        work = Work(facts=facts, memories=self.maintenance.unsaved(), people=self.people.unsaved())
        self._books.note(work)
        self.tick()

    def turned(self, turned: Turned) -> None:
        """Take a maintenance window that was announced, opened, ended or taken back."""
        self.changed(turned.changes)
        told = announced(turned.turn, self._told.site, self._clock.now())
        work = self.dispatch.announce(told) if turned.told else Work()
        memories = (*work.memories, *self.maintenance.unsaved())
        self._books.note(replace(work, facts=(*turned.facts, *work.facts), memories=memories))

    def tick(self) -> None:
        """Let time do what it does: windows, delays, expiries, reminders; called twice a second."""
        self.looked_at = self._clock.monotonic()
        if news := self.maintenance.news():
            self._books.note(Work(facts=news, memories=self.maintenance.unsaved()))
        for turned in self.maintenance.tick():
            self.turned(turned)
        self._look_again()
        self._follow((), Outcome())  # delays that began without anybody being told
        for lines in self._logs():
            lines.tick()
        later = self.dispatch.tick(self._as_now, self.causes.incidents.muted)
        if later.outbox or later.facts or later.memories:
            self._books.note(replace(later, people=self.people.unsaved()))

    def end_logs(self) -> None:
        """Tell what a storm left out of the log: the daemon stops, and nothing more is to come."""
        for lines in self._logs():
            lines.end()

    def _logs(self) -> tuple[StormLog, ...]:
        return self._alert_log, self._reach_log, self.building.log, self.causes.log

    def _as_now(self, notice: Notice, at: float) -> Notice:
        """Return what people would be told now of what they were told once."""
        causes = self.causes
        return as_now(notice, at, causes.incidents, self.newest.batches, self._told.site, causes.topology)

    def _look_again(self) -> None:
        """Ask the devices whose alerts wait for one more look, end what expires."""
        wake_at, now, at = self.watch.wake_at, self._clock.monotonic(), self._clock.now()
        if changes := self._serve([*self.building.tick(at), *self.pairs.tick(at)], now):
            self.changed(changes)
        if self.causes.due:
            self._follow((), self.causes.tick())
        if wake_at is not None and wake_at <= now:
            ask, changes = self.watch.tick(now, at)
            self.changed(changes)
            for asset_id in ask:
                if asset_id in self.building:
                    self.changed(self._serve([self.building.tell(asset_id, at)], now))
                else:
                    self.ask_now(asset_id)

    def _serve(self, batches: Iterable[Batch], now: float) -> list[Change]:
        """Take how services stand."""
        changes: list[Change] = []
        told = [*batches]
        if self.watch.calm(told):
            self._keep_calm(told)
        else:
            for batch in told:
                changes += self._take(batch, now)
        for subscription in self.subscriptions:
            for batch in told:
                subscription.note(batch.layout.asset)
        return changes

    def _take(self, batch: Batch, now: float) -> list[Change]:
        self.newest.take(batch)
        if self._history is not None:
            self._history.append(batch)
        return self.watch.take(batch, now)

    def _identify(self, asset: Asset, identity: Identity) -> None:
        if identity != self.identities.get(asset.id):
            self.identities[asset.id] = identity
            self.identified(asset, identity)

    def _note(self, polled: Polled) -> None:
        """Record and log a reach that changed; nothing is said about a poll like the one before."""
        work = reach_work(polled)
        if work is None:
            return
        self._books.note(work)
        log_reach(self._reach_log, polled)
