"""A recording made ready: its configuration read, the rules, and a core that knows what was open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from dcim import plugins
from dcim.alerts import MEASURED, MUTES, STATES, Language, RuleSet, Watch, read_rules
from dcim.collect import CollectorPlugin
from dcim.daemon.core import Core, Told
from dcim.daemon.people.maintenance import ROOM as MAINTENANCE
from dcim.daemon.people.maintenance import Maintenance
from dcim.daemon.services.building import Building
from dcim.daemon.services.causes import Causes
from dcim.daemon.services.losses import Losses
from dcim.daemon.services.pairs import Pairs
from dcim.daemon.services.promises import Promises
from dcim.daemon.stormlog import StormLog
from dcim.graph import first_switches
from dcim.history import History
from dcim.incidents.memory import ROOM as INCIDENTS
from dcim.model import Asset, Memory
from dcim.notify import Site, alert_of
from dcim.notify.deciding.dispatch import ROOM as TELLING
from dcim.notify.deciding.dispatch import Dispatch
from dcim.notify.deciding.duty import ROOM as DUTY
from dcim.poll import Pace, Presence, Reach
from dcim.record import dataclass
from dcim.recording.carried import stay_within
from dcim.recording.folder import Recording
from dcim.recording.frame import Damaged
from dcim.redundancy import Within
from dcim.replay.decoder import began, recorded
from dcim.replay.virtual import VirtualClock
from dcim.series import Freshness, Newest
from dcim.settings import Settings, load
from dcim.store import AlertRow, Work
from dcim.words import words


@dataclass(slots=True)
class Books:
    """Stands where a daemon's books are: hands on what would be written."""

    note: Callable[[Work], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a recording is replayed with. ``notes``: profiles that are not those of the recording.

    ``instead``: the rule files that stand for those of the recording; None: they are its own.
    """

    recording: Recording
    settings: Settings
    rules: RuleSet
    collectors: Mapping[str, CollectorPlugin]
    notes: tuple[str, ...] = ()
    instead: tuple[Path, ...] | None = None

    @classmethod
    def of(cls, recording: Recording, rule_files: Sequence[Path] | None = None) -> Scene:
        """Read the configuration of a recording; ``rule_files`` stand for its own rule files.

        Raise ConfigError with every mistake; nothing beside the recording is read for it.
        """
        stay_within(recording.config)
        installed = plugins.collectors()
        settings = load(recording.config, installed, plugins.channel_types())
        mine = settings.alerts.rules if rule_files is None else tuple(rule_files)
        ids = [asset.id for asset in settings.assets]
        rules = read_rules(
            mine,
            ids,
            shipped=settings.alerts.default_rules,
            runbooks=settings.alerts.runbooks,
            limits=settings.redundancy.limits,
        )
        notes = tuple(_others(recording, settings, installed))
        instead = None if rule_files is None else mine
        return cls(recording, settings, rules, installed, notes, instead)

    @property
    def site(self) -> Site:
        """Return the building as its people call it."""
        site = self.settings.site
        return Site(site.id, site.name, site.time_zone, Language(site.language))

    def clock(self) -> VirtualClock:
        """Return a clock at the beginning of the recording. Raise ``Damaged``."""
        recording = self.recording
        first = next(recording.events(), None)
        at, wall = (0.0, recording.begins) if first is None else began(first, recording.begins)
        return VirtualClock(at, wall - at)

    @property
    def assets(self) -> tuple[Asset, ...]:
        """Return the devices that were recorded."""
        return recorded(self.recording, self.settings)

    def core(self, clock: VirtualClock, note: Callable[[Work], None], history: History | None = None) -> Core:
        """Wire a core as the daemon does, with what was open when the recording began."""
        settings, pace, newest = self.settings, self._pace, Newest()
        freshness, books = Freshness(pace), Books(note)

        def told(facts: Sequence[Any]) -> None:
            note(Work(facts=tuple(facts)))

        building = Building(
            settings.wiring, settings.assets, newest, freshness, told, words(self.site.language)
        )
        building.promises = Promises(settings.site.id)
        building.log = StormLog("changes of services", clock.monotonic)
        everything = (*settings.assets, *building.assets)
        feeds = partial(first_switches, building.topology)
        watch = Watch(self.rules, everything, settings.site.id, pace.lasts, newest.batches, feeds)
        channels = self.recording.manifest.tells or tuple(one.name for one in settings.channels)
        core = Core(Told(self.site, channels), watch, books, history, newest, clock)  # type: ignore[arg-type]
        core.building = building
        core.pairs = Pairs(building.topology, settings.assets, newest, freshness)
        core.causes = Causes(settings.site.id, building.services, watch, clock)
        topology = building.services.topology
        core.maintenance = Maintenance(settings.windows, everything, topology, watch, clock)
        tags = {asset.id: asset.tags for asset in settings.assets}
        core.dispatch = Dispatch(
            settings.telling,
            channels,
            self.site,
            clock,
            lambda asset_id: tags.get(asset_id, frozenset()),
            self.recording.manifest.keepers,
        )
        self._take_over(core, everything, clock)
        core.expect(self.assets)
        return core

    def losses(self, core: Core, note: Callable[[Work], None], clock: VirtualClock) -> Losses:
        """Return what tries the loss of every part of a core's building, in this process."""
        freshness = Freshness(self._pace)
        losses = Losses(self.settings, core.building, core.newest, freshness, clock, Within)
        losses.said = core.keep_all
        losses.noted = lambda facts: note(Work(facts=tuple(facts)))
        return losses

    @property
    def _pace(self) -> Pace:
        polling = self.settings.polling
        return Pace(polling.slow, polling.static, polling.misses)

    def presence(self) -> dict[str, Presence]:
        """Return how each device was reached when the recording began."""
        known = frozenset(map(str, Reach))
        with self._making_sense():
            found = self.recording.state().get("devices", {})
            return {
                asset: Presence(Reach(one["reach"]), float(one["since"]))
                for asset, one in found.items()
                if one["reach"] in known
            }

    @contextmanager
    def _making_sense(self) -> Iterator[None]:
        """Raise ``Damaged`` for what was open: a recording may come from anybody."""
        try:
            yield
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            what = f"what was open when it began makes no sense: {error!r}"
            raise Damaged(str(self.recording.tapes[0]), 0, what) from error

    def _take_over(self, core: Core, everything: Iterable[Asset], clock: VirtualClock) -> None:
        """Go on where the daemon stood when the recording began."""
        with self._making_sense():
            self._restore(core, everything, clock)

    def _restore(self, core: Core, everything: Iterable[Asset], clock: VirtualClock) -> None:
        state = self.recording.state()
        rows = [
            AlertRow(str(one["key"]), True, float(one["at"]), one["body"]) for one in state.get("alerts", ())
        ]
        memories = [
            Memory(str(one["room"]), str(one["key"]), one["body"]) for one in state.get("memories", ())
        ]
        by_room: dict[str, list[Memory]] = {}
        for one in memories:
            by_room.setdefault(one.room, []).append(one)
        core.dispatch.recall([*by_room.get(TELLING, ()), *by_room.get(DUTY, ())])
        assets = {asset.id: asset for asset in everything}
        core.causes.restore(by_room.get(INCIDENTS, ()), rows, self.rules, assets)
        kept = [one for room in (STATES, MUTES, MEASURED) for one in by_room.get(room, ())]
        alerts = [alert_of(row) for row in rows]
        core.changed(core.watch.restore(alerts, clock.now(), clock.monotonic(), kept))
        core.maintenance.recall(by_room.get(MAINTENANCE, ()))


def _others(
    recording: Recording, settings: Settings, installed: Mapping[str, CollectorPlugin]
) -> Iterable[str]:
    """Yield which profiles are here in another version than the one that was recorded with."""
    wanted = recording.manifest.profiles
    here: dict[str, str] = {}
    for name in sorted({asset.collector for asset in settings.assets}):
        versions = getattr(installed[name], "versions", None)
        if versions is not None and wanted:
            here |= {f"{name}/{key}": digest for key, digest in versions(settings.profile_dirs).items()}
    for profile, digest in sorted(wanted.items()):
        if profile not in here:
            yield f"profile {profile} is not installed here"
        elif here[profile] != digest:
            yield f"profile {profile} is another version here than when it was recorded"
