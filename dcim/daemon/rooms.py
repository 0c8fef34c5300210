"""The rooms of one running daemon, opened in order and closed in reverse by the stack they are given."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, cast

import structlog

from dcim import __version__
from dcim.alerts import MEASURED, MUTES, STATES, Deed, Language, MuteRefused, Watch
from dcim.clock import Clock
from dcim.collect import Collector, Remembers
from dcim.daemon.books import Books
from dcim.daemon.building import Building
from dcim.daemon.causes import Causes
from dcim.daemon.channels import Channels
from dcim.daemon.clockwatch import ClockWatch
from dcim.daemon.core import Core, Told
from dcim.daemon.described import describing
from dcim.daemon.ears import open_ears
from dcim.daemon.hardware import ROOM as HARDWARE
from dcim.daemon.links import ROOM as LINKS
from dcim.daemon.links import Links, Sealing
from dcim.daemon.maintenance import ROOM as MAINTENANCE
from dcim.daemon.maintenance import Maintenance
from dcim.daemon.pairs import Pairs
from dcim.daemon.peers import Peers
from dcim.daemon.plan import Plan
from dcim.daemon.promises import Promises
from dcim.daemon.replies import deed_of
from dcim.daemon.signing import Signing
from dcim.daemon.trust import Trust
from dcim.evidence.copies import Copies
from dcim.graph import first_switches
from dcim.history import History, Limits, NotCommitted
from dcim.incidents.memory import ROOM as INCIDENTS
from dcim.links import key_of
from dcim.model import Asset, DcimError, Memory
from dcim.model.fact import Body, Fact, FactKind
from dcim.notify import Channel, Context, Postman, Site, alert_of
from dcim.notify.dispatch import ROOM as TELLING
from dcim.notify.dispatch import Dispatch
from dcim.notify.duty import ROOM as DUTY
from dcim.people import People
from dcim.poll import Pace, Poller
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


async def open_rooms(plan: Plan, clock: Clock, stack: AsyncExitStack) -> Rooms:
    """Open store, history, channels and collectors, and take over the alerts that were open."""
    settings = plan.settings
    site = Site(
        settings.site.id, settings.site.name, settings.site.time_zone, Language(settings.site.language)
    )
    pace = Pace(settings.polling.slow, settings.polling.static, settings.polling.misses)
    started_at = clock.now()
    _place(settings)
    store = Store.open(settings.state, settings.site.id, clock, about={"version": __version__})
    copies = Copies(settings.heads_to)
    store.tell_signed(copies.put)
    stack.callback(copies.close)  # after the stop, which is signed too
    stack.push_async_callback(_stop, store)
    signing = Signing(settings.state, store, copies, clock)
    history = _open_history(plan, clock, stack)
    links = Links(_sealing(plan), clock)
    links.recall(store.memories(LINKS))
    context = Context(site, plan.secrets.values.__getitem__, clock, _head_of(store))
    opened = _open_channels(plan, context, links)
    postman = Postman(store, opened, clock)
    channels = Channels(site, settings.channels, opened, clock)
    channels.counts = lambda: postman.counts
    stack.push_async_callback(postman.aclose)
    books = Books(store, lambda work: postman.wake() if work.outbox else None)
    stack.push_async_callback(books.flush, _FLUSH)
    newest, freshness = Newest(), Freshness(pace)
    building = Building(
        settings.wiring,
        settings.assets,
        newest,
        freshness,
        lambda facts: books.note(Work(facts=tuple(facts))),
        words(site.language),
    )
    others = (*building.assets, channels.asset)
    watched, feeds = (*settings.assets, *others), partial(first_switches, building.topology)
    watch = Watch(plan.rules, watched, settings.site.id, pace.lasts, newest.batches, feeds)
    told = Told(site, tuple(name for name, channel in opened.items() if getattr(channel, "tells", True)))
    core = Core(told, watch, books, history, newest, clock)
    core.people = People(store.people(), words(site.language)("people.erased"))
    postman.show(core.people.shown)
    core.hardware.recall(store.memories(HARDWARE))
    core.building = building
    core.pairs = Pairs(building.topology, settings.assets, newest, freshness)
    defined, version = store.newest_of_each(FactKind.SERVICE_DEFINED), store.newest_fact((FactKind.TOPOLOGY,))
    building.promises = Promises.of(settings.site.id, defined, version)
    channels.said, channels.noted = core.checked, books.note
    postman.on_reply = lambda heard: _answered(core, deed_of(heard), settings.alerts.shelve_most)
    peers = Peers(settings.peers, plan.secrets.values, clock)
    peers.said, peers.noted, signing.said = core.checked, books.note, core.checked
    clocks = ClockWatch(clock)
    clocks.said, clocks.others = core.checked, lambda: peers.ahead
    clocks.noted = lambda body: books.note(
        Work(facts=(Fact(FactKind.CLOCK_OFFSET, clock.now(), settings.site.id, body),))
    )
    channels.also = partial(_look, peers, signing, clocks)
    channels.ended = lambda: str(store.signed.head) if store.signed else ""
    trust = Trust(settings, plan.secrets, clock, os.environ)
    trust.said = core.checked
    books.note(Work(facts=(_config_fact(plan, clock), *describing(plan, store, clock))))
    core.dispatch = _dispatch(plan, told, opened, clock)
    core.dispatch.duty.known_as = lambda name: core.people.known_as(name, clock.now())
    core.causes = Causes(settings.site.id, building.services, watch, clock)
    core.maintenance = Maintenance(
        settings.windows, (*settings.assets, *building.assets), building.services.topology, watch, clock
    )
    _take_over(plan, core, store, others, clock)
    collectors = _open_collectors(plan, stack)
    _recall(collectors, store, books)
    poller = Poller(collectors, core.polled, clock, pace, _bug)
    stack.push_async_callback(poller.aclose)
    core.ask_now = poller.ask_now
    await open_ears(plan, collectors, core.ears, stack)
    return Rooms(
        plan,
        clock,
        started_at,
        store,
        history,
        postman,
        books,
        newest,
        freshness,
        watch,
        core,
        poller,
        channels,
        peers,
        links,
        trust,
        signing,
    )


def _dispatch(plan: Plan, told: Told, opened: Mapping[str, Channel], clock: Clock) -> Dispatch:
    """Return who hears of what, with nothing told yet."""
    tags = {asset.id: asset.tags for asset in plan.settings.assets}
    keeping = [name for name, channel in opened.items() if getattr(channel, "keeps_state", False)]
    return Dispatch(
        plan.settings.telling,
        told.channels,
        told.site,
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
    alerts = [alert_of(row) for row in rows]
    core.changed(core.watch.restore(alerts, clock.now(), clock.monotonic(), kept))
    core.maintenance.recall(store.memories(MAINTENANCE))


def _open_history(plan: Plan, clock: Clock, stack: AsyncExitStack) -> History | None:
    settings = plan.settings
    if not settings.retention.enabled:
        return None
    days = max(1, round(settings.retention.seconds / _DAY))
    history = History.open(settings.state / "history", clock, Limits(days=days))
    stack.push_async_callback(_close, history)
    return history


class ChannelUnusable(DcimError):
    """A channel cannot be opened; the text names it and says why."""


def _look(peers: Peers, signing: Signing, clocks: ClockWatch) -> None:
    """Have the daemon say how other sites and the signing of its ledger are."""
    peers.look()
    clocks.look()
    signing.look()


def _head_of(store: Store) -> Callable[[], dict[str, Any]]:
    """Return what says where the ledger ends now."""
    return lambda: {**store.committed._asdict(), "signed": store.signed.as_json() if store.signed else None}


def _sealing(plan: Plan) -> Sealing | None:
    """Return how links are made; None where nobody has said under which address people reach the page."""
    settings = plan.settings
    return Sealing(settings.url, settings.links_last, key_of(settings.state)) if settings.url else None


def _answered(core: Core, deed: Deed, shelve_most: float) -> None:
    """Do what an answer to a message wishes; nothing where it is over by now, or somebody was quicker."""
    try:
        core.act(deed, shelve_most)
    except MuteRefused as why:
        log.info("an answer came too late", who=deed.who, why=str(why))


def _open_channels(plan: Plan, context: Context, links: Links) -> Mapping[str, Channel]:
    opened: dict[str, Channel] = {}
    for part in plan.settings.channels:
        mine = replace(context, link=partial(links.of, channel=part.name))
        try:
            opened[part.name] = plan.channels[part.type].open(cast("Any", part.fields), mine)
        except (DcimError, OSError) as why:
            msg = f"channel {part.name!r} ({part.type}): {why}"
            raise ChannelUnusable(msg) from why
    return opened


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
