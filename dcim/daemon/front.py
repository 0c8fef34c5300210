"""The side of the daemon that is read: page, API, /metrics.

What it stands on takes longer to import than everything that asks devices. So it is imported beside the first
polls, in a thread: the port is open by then, and who comes early waits for a moment.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from dcim.alerts import Language
from dcim.daemon.overview import Overview
from dcim.daemon.own import Own
from dcim.daemon.ports.server import WebServer
from dcim.daemon.queried import Queried
from dcim.daemon.records.archive import Archive
from dcim.daemon.records.configured import Configured
from dcim.daemon.records.profiled import Profiled
from dcim.daemon.records.reclassifying import Reclassifying
from dcim.daemon.records.register import Register
from dcim.daemon.records.reporting import Calendar, Reporting
from dcim.daemon.rooms import Rooms
from dcim.daemon.watching.lateness import Lateness
from dcim.daemon.window.window import Window
from dcim.notify import Site
from dcim.outputs.prometheus import Exposition
from dcim.web import HealthView
from dcim.web.app import build
from dcim.web.entrance.guard import Hosts


async def serve(
    rooms: Rooms, lateness: Lateness, health: Callable[[], HealthView], host: str, wire: socket.socket
) -> None:
    """Serve what a running daemon has to say until cancelled. ``host`` is where it was told to listen."""
    own = Own(rooms, lateness)
    exposition = Exposition(rooms.newest, own.registry, rooms.freshness)
    for asset in (*rooms.plan.settings.assets, *rooms.core.building.assets, rooms.channels.asset):
        exposition.describe(asset)
        if (identity := rooms.core.identities.get(asset.id)) is not None:
            exposition.describe(asset, identity)
    rooms.core.identified = exposition.describe
    settings = rooms.plan.settings
    hosts = Hosts(host, settings.hosts, settings.url)
    reporting = Reporting(settings.state, rooms.store, rooms.clock, _calendar(rooms))
    reporting.settled = rooms.books.settled
    people = rooms.core.people
    said = Reclassifying(rooms.store, rooms.core.building.topology, rooms.clock, people)
    register = Register(people, rooms.books, rooms.clock)
    queried = Queried(rooms, own.registry) if rooms.history is not None else None
    own.queries = queried.counts if queried is not None else None
    view = Window(rooms, exposition, health)
    archive = Archive(rooms.recordings, people, rooms.clock.now, rooms.books.note)
    app = build(view, hosts, rooms.peers.take, reporting, said, register, queried, archive, rooms.losses)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Overview(rooms, lateness).run(), name="what stands on the wall")
        tasks.create_task(_configured(rooms).run(rooms.clock), name="what the configuration changed")
        tasks.create_task(_profiled(rooms).run(rooms.clock), name="versions of profiles")
        if queried is not None:
            tasks.create_task(queried.run(), name="samples of the daemon's own metrics")
        tasks.create_task(reporting.run(), name="reports")
        tasks.create_task(reporting.keep_calendar(), name="calendar of reports")
        if rooms.scrapes is not None:
            tasks.create_task(rooms.scrapes.serve(view), name="metrics port")
        await WebServer(app, wire).serve()


def _configured(rooms: Rooms) -> Configured:
    site, files = rooms.plan.settings.site.id, rooms.plan.digests
    return Configured(site, files, rooms.store, rooms.books, rooms.core.people)


def _profiled(rooms: Rooms) -> Profiled:
    used = {asset.collector for asset in rooms.plan.settings.assets}
    plugins = {name: one for name, one in rooms.plan.collectors.items() if name in used}
    return Profiled(plugins, rooms.plan.settings.profile_dirs, rooms.store, rooms.books)


def _calendar(rooms: Rooms) -> Calendar:
    site = rooms.plan.settings.site
    told = Site(site.id, site.name, site.time_zone, Language(site.language))
    return Calendar(rooms.plan.settings.reports.schedule, told, rooms.postman.wake, rooms.core.people)
