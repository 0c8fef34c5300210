"""Config files -> Settings, in two passes over whatever could be read: shape, then what refers to what.

    dcim.yaml ──┬─▶ site, web, poll, ...      each section on its own
    included ───┤─▶ credentials, channels,    with the plug-in's own types
                │   outputs
                ├─▶ devices                   over group and defaults, then against the names above
                ├─▶ topology, services        with the places of the devices: one building
                ├─▶ energy, thermal           over parts, tenants and devices
                ├─▶ redundancy, power         what parts declare of the power in them
                ├─▶ reports                   over channels, places and services
                ├─▶ maintenance               over what all of them name
                └─▶ contracts                 what is promised for the services

One mistake hides no other: ten mistakes in one file are ten problems in one run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel

from dcim.collect import CollectorPlugin
from dcim.model import ConfigError, Problem
from dcim.record import replace
from dcim.settings.checked.settings import AlertSettings, Polling, Retention, Settings, Site, TrapSettings
from dcim.settings.checked.stamped import timestamps
from dcim.settings.reading import shapes
from dcim.settings.reading.files import Files, texts
from dcim.settings.reading.layers import Part
from dcim.settings.reading.reader import Reader
from dcim.settings.reading.referring import channels as read_channels
from dcim.settings.reading.referring import credentials as read_credentials
from dcim.settings.reading.referring import outputs as read_outputs
from dcim.settings.sections.building import building
from dcim.settings.sections.contracts import contracts
from dcim.settings.sections.database import database
from dcim.settings.sections.devices import Devices
from dcim.settings.sections.energy import energy, thermal
from dcim.settings.sections.known import Known
from dcim.settings.sections.maintenance import Places, maintenance
from dcim.settings.sections.metrics import metrics
from dcim.settings.sections.peers import peers
from dcim.settings.sections.recordings import recordings
from dcim.settings.sections.redundancy import redundancy
from dcim.settings.sections.reporting import reports
from dcim.settings.sections.telling import telling
from dcim.settings.sections.whom import unmatched

Plugins = Mapping[str, CollectorPlugin]
Channels = Mapping[str, type[BaseModel]]
Outputs = Mapping[str, type[BaseModel]]


def load(path: Path, plugins: Plugins, channels: Channels, outputs: Outputs | None = None) -> Settings:
    """Read a config file and what it includes. Raise one ConfigError with every mistake in them.

    Without ``outputs``, the types of outputs that there are, that section is left alone.
    """
    settings, problems = survey(path, plugins, channels, outputs)
    if problems:
        raise ConfigError(problems)
    return settings


def survey(
    path: Path, plugins: Plugins, channels: Channels, outputs: Outputs | None = None
) -> tuple[Settings, tuple[Problem, ...]]:
    """Return what could be read of a config, and every mistake in it; defaults stand for what could not.

    Raises for nothing that a file holds.
    """
    reader = Reader()
    files = Files.read(reader, path)
    if files is None:
        return Settings(path), reader.problems
    settings = _names(files, _sections(files, Settings(path)))
    credentials = files.named("credentials")
    known = Known(
        plugins=plugins,
        protocols={name: str(part.data.get("protocol")) for name, part in credentials.items()},
        rooms=settings.rooms,
        groups=files.named("groups"),
        defaults=Part(files.main, ("defaults",)) if files.main.has(("defaults",)) else None,
        profile_dirs=settings.profile_dirs,
    )
    devices = Devices(reader, known, settings.site.id)
    devices.templates()
    settings = replace(
        settings,
        files=tuple(Path(document.path) for document in (files.main, *files.parts)),
        credentials=MappingProxyType(
            {one.name: one for one in read_credentials(files, credentials, plugins)}
        ),
        channels=tuple(read_channels(files, channels)),
        outputs=tuple(read_outputs(files, outputs)) if outputs is not None else (),
        database=database(files),
        metrics=metrics(files),
        recordings=recordings(files),
        peers=tuple(peers(files)),
        written=frozenset(_written(files)),
        assets=tuple(asset for document in (files.main, *files.parts) for asset in devices.read(document)),
    )
    if settings.outputs and not settings.retention.enabled:
        what = "outputs are fed from the history, which is not enabled"
        reader.note(files.main.problem(("outputs",), what, key=True))
    return _over_the_building(files, devices, settings), reader.problems


def _over_the_building(files: Files, devices: Devices, settings: Settings) -> Settings:
    """Return the settings with what refers to the devices, and to the parts and services made of them."""
    settings = replace(settings, wiring=building(files, devices, settings.rooms))
    settings = replace(
        settings,
        energy=energy(files, settings.site.time_zone, settings.wiring),
        thermal=thermal(files, settings.assets),
        reports=reports(files, _types(files), settings.assets, settings.wiring),
        redundancy=redundancy(files, devices, settings.wiring),
    )
    places = _places(settings)
    windows = tuple(maintenance(files, settings.site.time_zone, places))
    _routes_fit(files, settings, places)
    promised = tuple(contracts(files, settings.wiring.services))
    return replace(settings, windows=windows, contracts=promised)


def _types(files: Files) -> list[tuple[str, str]]:
    """Return name and type of every channel in the files, also of those that are wrong."""
    told = files.main.at(("notify", "channels")) if files.main.has(("notify", "channels")) else ()
    named = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    return [(str(one.get("name")), str(one.get("type"))) for one in named]


def _written(files: Files) -> Iterator[str]:
    """Yield the ids of all devices, also of those that are wrong."""
    for document in (files.main, *files.parts):
        data = document.at(("devices",)) if document.has(("devices",)) else ()
        for one in data if isinstance(data, list) else ():
            if isinstance(one, dict) and isinstance(one.get("id"), str):
                yield one["id"]


def _places(settings: Settings) -> Places:
    """Return what maintenance can lie over."""
    return Places(
        devices=settings.written,
        services=frozenset(service.id for service in settings.wiring.services),
        rooms=frozenset(settings.rooms) | {asset.room for asset in settings.assets if asset.room},
        tags=frozenset(tag for asset in settings.assets for tag in asset.tags),
    )


def _routes_fit(files: Files, settings: Settings, places: Places) -> None:
    """Note what a route looks for and nothing has: it would never fit, and what it is for go elsewhere."""
    if not settings.written:
        return
    tenants = {asset.tenant for asset in settings.assets} | {node.tenant for node in settings.wiring.nodes}
    known = {
        "rooms": places.rooms,
        "tags": places.tags,
        "services": places.services,
        "tenants": frozenset(tenants - {""}),
    }
    main = files.main
    files.reader.note(*(main.problem(("notify", *loc), what) for loc, what in unmatched(main, known)))


def _sections(files: Files, settings: Settings) -> Settings:
    """Return the settings with every section of the main file that could be read."""
    if site := files.section("site", shapes.SiteShape):
        settings = replace(settings, site=Site(site.id, site.name or site.id, site.time_zone, site.language))
    if web := files.section("web", shapes.WebShape):
        settings = replace(settings, listen=web.listen, hosts=web.hosts)
        settings = replace(settings, url=web.url, links_last=web.links_last, grafana=web.grafana)
    if traps := files.section("traps", shapes.TrapsShape):
        settings = replace(settings, traps=TrapSettings(traps.listen, traps.relays))
    if poll := files.section("poll", shapes.PollShape):
        settings = replace(settings, polling=Polling(poll.slow, poll.static, poll.misses))
    if history := files.section("history", shapes.HistoryShape):
        settings = replace(settings, retention=Retention(history.enabled, history.retention))
    if ledger := files.section("ledger", shapes.LedgerShape):
        folder = Path(files.main.path).parent
        heads_to = tuple(folder / path for path in ledger.heads_to)
        settings = replace(settings, heads_to=heads_to, timestamps=timestamps(ledger.timestamps))
    if alerts := files.section("alerts", shapes.AlertsShape):
        rules = tuple(files.paths(("alerts", "rules"), alerts.rules, "file", Path.is_file))
        said = AlertSettings(alerts.default_rules, rules, alerts.shelve_most, alerts.runbooks or "")
        settings = replace(settings, alerts=said)
    told, people = telling(files, settings.site.time_zone)
    return replace(settings, telling=told, people=people)


def _names(files: Files, settings: Settings) -> Settings:
    """Return the settings with the small values of the top and the rooms of all files."""
    dirs = tuple(files.paths(("profiles",), texts(files.main, "profiles"), "folder", Path.is_dir))
    rooms = {name: part.document.at(part.loc) for name, part in files.named("rooms").items()}
    if files.top is not None:
        state = Path(files.main.path).parent / files.top.state
        checked = files.top.plausibility == "on"
        settings = replace(settings, state=state, heartbeat=files.top.heartbeat, plausibility=checked)
    return replace(
        settings,
        profile_dirs=dirs,
        rooms=MappingProxyType({name: text for name, text in rooms.items() if isinstance(text, str)}),
    )
