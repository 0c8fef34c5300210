"""The rooms of one running daemon, opened in order and closed in reverse by the stack they are given."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Final, cast

import structlog

from dcim import __version__
from dcim.alerts import MEASURED, MUTES, STATES, Deed, MuteRefused, Watch
from dcim.clock import Clock
from dcim.collect import Collector, Remembers
from dcim.daemon.core import Core
from dcim.daemon.people.links import Links
from dcim.daemon.people.maintenance import ROOM as MAINTENANCE
from dcim.daemon.people.maintenance import Maintenance
from dcim.daemon.people.replies import deed_of
from dcim.daemon.plan import Plan
from dcim.daemon.ports.scrapes import Scrapes, open_scrapes
from dcim.daemon.records.books import Books
from dcim.daemon.records.described import describing
from dcim.daemon.records.heart import Heart
from dcim.daemon.records.recordings import Recordings
from dcim.daemon.records.signing import Signing
from dcim.daemon.records.stamping import stamping
from dcim.daemon.records.states import standing_work
from dcim.daemon.sending.channels import Channels
from dcim.daemon.sending.farside import FarSide, open_far_side
from dcim.daemon.sending.outlets import Outlets, limits, open_outlets
from dcim.daemon.services.building import Building
from dcim.daemon.services.causes import Causes
from dcim.daemon.services.losses import ROOM as LOSSES
from dcim.daemon.services.losses import Losses
from dcim.daemon.services.pairs import Pairs
from dcim.daemon.services.promises import Promises
from dcim.daemon.watching.clockwatch import ClockWatch
from dcim.daemon.watching.ears import open_ears
from dcim.daemon.watching.hardware import ROOM as HARDWARE
from dcim.daemon.watching.peers import Peers
from dcim.daemon.watching.trust import Trust
from dcim.evidence.copies import Copies
from dcim.graph import first_switches
from dcim.history import History, NotCommitted
from dcim.incidents.memory import ROOM as INCIDENTS
from dcim.model import Asset, Memory
from dcim.model.fact import Body, Fact, FactKind
from dcim.notify import Postman, Site, alert_of
from dcim.notify.deciding.dispatch import ROOM as TELLING
from dcim.notify.deciding.dispatch import Dispatch
from dcim.notify.deciding.duty import ROOM as DUTY
from dcim.people import People
from dcim.poll import Pace, Poller
from dcim.record import dataclass
from dcim.series import Freshness, Newest
from dcim.settings import DatabaseShape, Settings
from dcim.store import CommitFailed, Store, Work, place
from dcim.words import words

log = structlog.get_logger()

_DAY: Final = 86_400.0
_FLUSH: Final = 5.0


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the daemon is made of."""

    plan: Plan
    clock: Clock
    started_at: float
    store: Store
    history: History | None
    postman: Postman
    books: Books
    heart: Heart
    newest: Newest
    freshness: Freshness
    watch: Watch
    core: Core
    poller: Poller
    channels: Channels
    peers: Peers
    links: Links
    trust: Trust
    signing: Signing
    clocks: ClockWatch
    outlets: Outlets
    scrapes: Scrapes | None
    losses: Losses
    recordings: Recordings


async def open_rooms(plan: Plan, clock: Clock, stack: AsyncExitStack) -> Rooms:
    """Open store, history, channels and collectors, and take over the alerts that were open."""
    settings, started_at = plan.settings, clock.now()
    pace = Pace(settings.polling.slow, settings.polling.static, settings.polling.misses)
    store, signing = _open_ledger(plan, clock, stack)
    history = _open_history(plan, clock, stack)
    far = open_far_side(plan, store, clock, stack)
    books = Books(store, lambda work: far.postman.wake() if work.outbox else None)
    heart = Heart(store, books, settings.heartbeat)
    stack.push_async_callback(books.flush, _FLUSH)
    newest, freshness = Newest(), Freshness(pace)
    building = _building(plan, store, books, newest, freshness, far.site)
    others = (*building.assets, far.channels.asset)
    feeds = partial(first_switches, building.topology)
    watch = Watch(
        plan.rules, (*settings.assets, *others), settings.site.id, pace.lasts, newest.batches, feeds
    )
    core = Core(far.told, watch, books, history, newest, clock)
    stack.callback(core.end_logs)
    core.building = building
    losses = _losses(settings, core, store, books, freshness, clock)
    core.pairs = Pairs(building.topology, settings.assets, newest, freshness)
    core.causes = Causes(settings.site.id, building.services, watch, clock)
    core.maintenance = Maintenance(
        settings.windows, (*settings.assets, *building.assets), building.services.topology, watch, clock
    )
    _know_people(core, store, far, clock)
    peers, trust = Peers(settings.peers, plan.secrets.values, clock), _trust(plan, core, clock)
    clocks = _join(core, far, peers, signing, books, clock)
    books.note(Work(facts=(_config_fact(plan, clock), *describing(plan, store, clock))))
    core.dispatch = _dispatch(plan, far, clock)
    core.dispatch.duty.known_as = lambda name: core.people.known_as(name, clock.now())
    _take_over(plan, core, store, others, clock)
    collectors = _open_collectors(plan, stack)
    _recall(collectors, store, books)
    outlets = open_outlets(plan, history, others, clock, stack)
    outlets.said = core.checked
    recordings = _recordings(plan, collectors, store, far, clock, stack)
    poller = Poller(collectors, (*recordings.sinks, *core.stages), clock, pace, _bug, core.ahead)
    stack.push_async_callback(poller.aclose)
    books.also, poller.after = recordings.written, core.after
    core.ask_now = recordings.asking(poller.ask_now, lambda: core.looked_at)
    now, devices = clock.now, settings.assets
    heart.standing = lambda: standing_work(building.restate(now()), devices, poller.presence, now())
    await open_ears(plan, collectors, core.ears, stack)
    return Rooms(
        plan=plan, clock=clock, started_at=started_at, store=store, history=history, postman=far.postman,
        books=books, heart=heart, newest=newest, freshness=freshness, watch=watch, core=core, poller=poller,
        channels=far.channels, peers=peers, links=far.links, trust=trust, signing=signing, clocks=clocks,
        outlets=outlets, scrapes=open_scrapes(plan, stack), losses=losses, recordings=recordings,
    )  # fmt: skip


def _open_ledger(plan: Plan, clock: Clock, stack: AsyncExitStack) -> tuple[Store, Signing]:
    """Open the store, and have what it signs copied to where heads go."""
    settings = plan.settings
    _place(settings)
    store = Store.open(settings.state, settings.site.id, clock, about={"version": __version__})
    copies = Copies(settings.heads_to)
    signing = Signing(settings.state, store, copies, clock, stamping(settings, store, clock))
    store.tell_signed(signing.put)
    stack.callback(copies.close)  # after the stop, which is signed too
    stack.push_async_callback(_stop, store)
    return store, signing


def _building(
    plan: Plan, store: Store, books: Books, newest: Newest, freshness: Freshness, site: Site
) -> Building:
    """Return the building with its services, and with what was promised of them before."""
    settings, said = plan.settings, words(site.language)

    def note(facts: Sequence[Fact]) -> None:
        books.note(Work(facts=tuple(facts)))

    building = Building(settings.wiring, settings.assets, newest, freshness, note, said)
    defined, version = store.newest_of_each(FactKind.SERVICE_DEFINED), store.newest_fact((FactKind.TOPOLOGY,))
    building.promises = Promises.of(settings.site.id, defined, version)
    store.looks(building.looked)
    return building


def _recordings(
    plan: Plan,
    collectors: Mapping[str, Collector],
    store: Store,
    far: FarSide,
    clock: Clock,
    stack: AsyncExitStack,
) -> Recordings:
    """Begin to keep raw answers."""
    recordings = Recordings(plan.settings, collectors, plan.collectors, clock)
    recordings.tells = far.told.channels
    keeping = (name for name, channel in far.opened.items() if getattr(channel, "keeps_state", False))
    recordings.keepers = tuple(keeping)
    recordings.open(store)
    stack.push_async_callback(recordings.aclose)
    return recordings


def _losses(
    settings: Settings, core: Core, store: Store, books: Books, freshness: Freshness, clock: Clock
) -> Losses:
    """Return what tries the loss of every part, which says what it finds as the devices do."""
    losses = Losses(settings, core.building, core.newest, freshness, clock)
    losses.said = core.keep_all
    losses.noted = lambda facts: books.note(Work(facts=tuple(facts)))
    losses.kept = lambda memories: books.note(Work(memories=tuple(memories)))
    losses.recall(store.memories(LOSSES))
    return losses


def _know_people(core: Core, store: Store, far: FarSide, clock: Clock) -> None:
    """Take over who is known by which pseudonym, and what was remembered of the hardware."""
    core.people = People(store.people(), words(far.site.language)("people.erased"))
    far.postman.show(core.people.shown)
    core.hardware.recall(store.memories(HARDWARE))


def _trust(plan: Plan, core: Core, clock: Clock) -> Trust:
    trust = Trust(plan.settings, plan.secrets, clock, os.environ)
    trust.said = core.checked
    return trust


def _join(core: Core, far: FarSide, peers: Peers, signing: Signing, books: Books, clock: Clock) -> ClockWatch:
    """Have the rooms that look after the daemon itself say what they see, and be asked when it is time."""
    settings, channels = far.settings, far.channels
    channels.said, channels.noted = core.checked, books.note
    far.postman.on_reply = lambda heard: _answered(core, deed_of(heard), settings.alerts.shelve_most)
    peers.said, peers.noted, signing.said = core.checked, books.note, core.checked
    clocks = ClockWatch(clock)
    clocks.said, clocks.others = core.checked, lambda: peers.ahead
    clocks.noted = lambda body: books.note(
        Work(facts=(Fact(FactKind.CLOCK_OFFSET, clock.now(), settings.site.id, body),))
    )
    if signing.stamping is not None:
        signing.stamping.noted = books.note
    signing.noted = partial(_exported, core, books, settings.site.id, clock)
    channels.also = partial(_look, peers, signing, clocks)
    return clocks


def _dispatch(plan: Plan, far: FarSide, clock: Clock) -> Dispatch:
    """Return who hears of what, with nothing told yet."""
    tags = {asset.id: asset.tags for asset in plan.settings.assets}
    keeping = [name for name, channel in far.opened.items() if getattr(channel, "keeps_state", False)]
    return Dispatch(
        plan.settings.telling,
        far.told.channels,
        far.site,
        clock,
        lambda asset_id: tags.get(asset_id, frozenset()),
        keeping,
    )


def _take_over(plan: Plan, core: Core, store: Store, others: Sequence[Asset], clock: Clock) -> None:
    """Go on where the daemon before stood: who was told, incidents, alerts and delays, maintenance."""
    core.dispatch.recall([*store.memories(TELLING), *store.memories(DUTY)])
    rows = store.open_alerts()
    assets = {asset.id: asset for asset in (*plan.settings.assets, *others)}
    core.causes.restore(store.memories(INCIDENTS), rows, plan.rules, assets)
    kept = [memory for room in (STATES, MUTES, MEASURED) for memory in store.memories(room)]
    core.changed(core.watch.restore(map(alert_of, rows), clock.now(), clock.monotonic(), kept))
    core.causes.returned.recall(core.watch.listed, store)
    core.maintenance.recall(store.memories(MAINTENANCE))


def _open_history(plan: Plan, clock: Clock, stack: AsyncExitStack) -> History | None:
    settings = plan.settings
    if not settings.retention.enabled:
        return None
    days = max(1, round(settings.retention.seconds / _DAY))
    history = History.open(settings.state / "history", clock, limits(settings, days))
    stack.push_async_callback(_close, history)
    return history


def _exported(core: Core, books: Books, site: str, clock: Clock, said: Body) -> None:
    """Record that somebody exported the ledger, under the pseudonym of that login."""
    now = clock.now()
    body = {**said, "login": core.people.known_as(str(said["login"]), now)}
    books.note(Work(facts=(Fact(FactKind.LEDGER_EXPORTED, now, site, body),)))


def _look(peers: Peers, signing: Signing, clocks: ClockWatch) -> None:
    """Have the daemon say how other sites and the signing of its ledger are."""
    peers.look()
    clocks.look()
    signing.look()


def _answered(core: Core, deed: Deed, shelve_most: float) -> None:
    """Do what an answer to a message wishes; nothing where it is over by now, or somebody was quicker."""
    try:
        core.act(deed, shelve_most)
    except MuteRefused as why:
        log.info("an answer came too late", who=deed.who, why=str(why))


def _open_collectors(plan: Plan, stack: AsyncExitStack) -> dict[str, Collector]:
    opened: dict[str, Collector] = {}
    for name in sorted({asset.collector for asset in plan.settings.assets}):
        credentials = {key: one for key, one in plan.secrets.credentials.items() if one.protocol == name}
        opened[name] = plan.collectors[name].open(credentials, plan.settings.profile_dirs)
        stack.push_async_callback(opened[name].aclose)
    return opened


def _recall(collectors: Mapping[str, Collector], store: Store, books: Books) -> None:
    """Give back to the collectors what they had to remember, and take what they will have."""
    for name, collector in collectors.items():
        if not isinstance(collector, Remembers):
            continue
        room = f"collector {name}"

        def keep(key: str, body: Body, room: str = room) -> None:
            books.note(Work(memories=(Memory(room, key, body),)))

        kept = {one.key: one.body for one in store.memories(room) if one.body is not None}
        collector.recall(kept, keep)


def _config_fact(plan: Plan, clock: Clock) -> Fact:
    body = {"files": dict(plan.digests), "devices": len(plan.settings.assets)}
    return Fact(FactKind.CONFIG_LOADED, clock.now(), plan.settings.site.id, cast("Any", body))


def _place(settings: Settings) -> None:
    """Say in the state directory which database holds its ledger: commands find it there."""
    it = settings.database.fields if settings.database else None
    if isinstance(it, DatabaseShape):
        place(settings.state, it.url, it.schema_name)
    else:
        place(settings.state, None)


async def _stop(store: Store) -> None:
    try:
        await store.stop("asked to stop")
    except CommitFailed as why:
        log.error("the clean stop is not on record", why=str(why))


async def _close(history: History) -> None:
    try:
        await history.aclose()
    except NotCommitted as why:
        log.error("the last readings are lost", why=str(why))


def _bug(asset: Asset, bug: Exception) -> None:
    log.error("a collector has a bug; this poll failed", device=asset.id, exc_info=bug)
