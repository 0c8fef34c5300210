"""Recordings at work: the last minutes, an incident's window kept by itself, and what people ask for.

collectors ─▶ Recorder ─▶ Ring        every two seconds, in a thread of its own
works on disk ─▶ Mirror (what is open), what people did, incidents that are told of ─▶ keep
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import structlog

from dcim import __version__
from dcim.alerts import MEASURED, MUTES, STATES
from dcim.clock import Clock
from dcim.collect import Collector, CollectorPlugin
from dcim.daemon.people.maintenance import ROOM as MAINTENANCE
from dcim.incidents.memory import ROOM as INCIDENTS
from dcim.model import Asset, DcimError
from dcim.model.fact import FactKind
from dcim.notify.deciding.dispatch import ROOM as TELLING
from dcim.notify.deciding.duty import ROOM as DUTY
from dcim.poll import Polled
from dcim.record import dataclass, replace
from dcim.recording.acts import acts_of
from dcim.recording.carried import carried, texts_of
from dcim.recording.disk import Kept
from dcim.recording.folder import CONFIG, MANIFEST
from dcim.recording.manifest import Manifest
from dcim.recording.mirror import Mirror
from dcim.recording.recorder import Recorder
from dcim.recording.ring import Bounds, Ring, listed
from dcim.settings import Settings
from dcim.store import Store, Work
from dcim.witness import TellsRaw

log = structlog.get_logger()

ROOMS: Final = (TELLING, DUTY, INCIDENTS, STATES, MUTES, MEASURED, MAINTENANCE)
"""The rooms whose memories a recording carries."""

LONGEST: Final = 86_400.0
"""Seconds of one recording that somebody asks for."""

_STEP: Final = 2.0
_TIDY: Final = 30  # steps between two looks at how much is kept
_LONGEST_INCIDENT: Final = 3600.0
"""Seconds after which an incident that goes on is recorded no longer."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class RecordingRefused(DcimError):
    """What somebody wants recorded makes no sense, or nothing is recorded here."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants recorded: from when to when, UTC seconds; of which devices (none: of all); why."""

    name: str
    start: float
    end: float
    devices: tuple[str, ...] = ()
    why: str = ""


class Recordings:
    """Keeps raw answers of the running daemon."""

    def __init__(
        self,
        settings: Settings,
        collectors: Mapping[str, Collector],
        plugins: Mapping[str, CollectorPlugin],
        clock: Clock,
    ) -> None:
        self.on = settings.recordings.enabled
        self._settings = settings
        self._terms = settings.recordings
        self._clock = clock
        self._collectors = {name: one for name, one in collectors.items() if isinstance(one, TellsRaw)}
        self._recorder = Recorder(self._portrait, clock.monotonic)
        self._mirror = Mirror(ROOMS, self._recorder.known)
        self._plugins = plugins
        self._texts: Mapping[Path, bytes] = {}
        self._config: Mapping[str, bytes] = {}
        self._versions: Mapping[str, str] = {}
        self.tells: tuple[str, ...] = ()
        self.keepers: tuple[str, ...] = ()
        terms = self._terms
        bounds = Bounds(terms.ring, terms.ring_bytes, terms.keep, terms.keep_bytes)
        devices = [asset.id for asset in settings.assets if asset.collector in self._collectors]
        self._devices = frozenset(devices)
        self._ring = Ring(
            settings.state / "recordings", self._recorder, devices, bounds, settings.site.id, self._carried
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recordings")
        self._waiting: list[Callable[[], None]] = []
        self._going: dict[str, str] = {}  # the recording of an incident that stands, by its id
        self._standing: dict[str, float] = {}  # when incidents opened that stood when the daemon began
        self._steps = 0

    def _portrait(self, asset: Asset) -> bytes:
        collector = self._collectors.get(asset.collector)
        return b"" if collector is None else collector.portrait(asset)

    def open(self, store: Store) -> None:
        """Begin; nothing is recorded, and that is told, where the disk does not want to."""
        if not self.on:
            return
        self._mirror.begin(store.open_alerts(), store.memories, store.device_states())
        try:
            self._texts = texts_of(self._settings)
            self._ring.open()
        except OSError as why:
            self._trouble(why)
            self.on = False
            return
        if self._terms.incidents:
            told = (one for one in store.memories(INCIDENTS) if one.body and one.body["told"])
            self._standing = {one.key: float(cast("Any", one.body)["opened_at"]) for one in told}
        for collector in self._collectors.values():
            collector.witness(self._recorder.exchanged)

    def _carried(self) -> Mapping[str, bytes]:
        """Return the configuration as the daemon was started with it, made when it is first wanted."""
        if not self._config:
            self._config = carried(self._settings, self._texts)
        return self._config

    # what comes

    @property
    def sinks(self) -> tuple[Callable[[Polled], None], ...]:
        """Return what takes every poll that is over, before the daemon acts on it."""
        return (self._recorder.polled,) if self.on else ()

    def asking(self, ask: Callable[[str], None], looked_at: Callable[[], float]) -> Callable[[str], None]:
        """Return what asks a device out of its turn so that a recording knows of it."""
        return self._recorder.asking(ask, looked_at) if self.on else ask

    def written(self, work: Work) -> None:
        """Take a work that is on disk."""
        if not self.on:
            return
        self._mirror.take(work)
        for act in acts_of(work):
            self._recorder.acted(act)
        if self._terms.incidents:
            for fact in work.facts:
                if fact.kind is FactKind.INCIDENT:
                    self._incident(fact.subject, str(fact.body["change"]), cast("Any", fact.body), fact.at)

    def _incident(self, name: str, change: str, body: Mapping[str, Any], at: float) -> None:
        """Keep the time around an incident that people are told of."""
        if change == "raised":
            self._around(name, float(body["opened_at"]), "an incident")
        elif change in ("cleared", "merged"):
            self._standing.pop(name, None)
            if mine := self._going.pop(name, ""):
                self._ring.extend(mine, at + self._terms.after)

    def _around(self, incident: str, opened: float, why: str) -> None:
        """Keep what is remembered from before an incident, and what comes until it is over."""
        first = f"incident-{incident[:12]}"
        names = (first if number == 1 else f"{first}-{number}" for number in count(1))
        name = next(one for one in names if one not in self._ring.kept)
        start = max(opened - self._terms.ring, min(self._ring.since, self._clock.now()))
        manifest = self._manifest(Wanted(name, start, opened + _LONGEST_INCIDENT, (), why))
        if self._keep(replace(manifest, incident=incident)):
            self._going[incident] = name

    def _go_on(self) -> None:
        """Keep what comes of the incidents that stood when the daemon began: a restart ends no incident."""
        standing, self._standing = self._standing, {}
        for incident, opened in standing.items():
            if opened + _LONGEST_INCIDENT > self._clock.now():
                self._around(incident, opened, "an incident, since a restart")

    def _manifest(self, wanted: Wanted) -> Manifest:
        self._versions = self._versions or versions_of(self._plugins, self._settings)
        return Manifest(
            wanted.name,
            self._settings.site.id,
            wanted.start,
            wanted.end,
            tuple(sorted(wanted.devices)),
            wanted.why,
            version=__version__,
            profiles=self._versions,
            tells=self.tells,
            keepers=self.keepers,
        )

    def _keep(self, manifest: Manifest) -> bool:
        step = self._ring.keep(manifest)
        if step is not None:
            self._waiting.append(step)
        return step is not None

    # people

    def keep(self, wanted: Wanted) -> Manifest:
        """Keep what somebody wants; raise RecordingRefused for what makes no sense."""
        self._check(wanted)
        if not self._keep(self._manifest(wanted)):
            msg = f"there is a recording {wanted.name!r}, or too many are being made"
            raise RecordingRefused(msg)
        return self._ring.kept[wanted.name].manifest

    def _check(self, wanted: Wanted) -> None:
        if not self.on:
            msg = f"nothing is recorded: {self._ring.trouble or 'recordings are switched off'}"
            raise RecordingRefused(msg)
        if not _NAME.fullmatch(wanted.name):
            msg = "a name has letters a to z, digits and -, at most 63"
            raise RecordingRefused(msg)
        if wrong := self._no_span(wanted):
            zone = self._settings.site.time_zone
            msg = f"{self._said(wanted.start)} to {self._said(wanted.end)} ({zone}): {wrong}"
            raise RecordingRefused(msg)
        if strange := sorted(set(wanted.devices) - self._devices):
            msg = f"no device that can be recorded: {', '.join(strange)}"
            raise RecordingRefused(msg)

    def _no_span(self, wanted: Wanted) -> str:
        """Return why nothing can be kept of a time; empty where something can."""
        now = self._clock.now()
        if not wanted.start < wanted.end:
            return "it ends before it begins"
        if wanted.end - wanted.start > LONGEST:
            return f"it lasts longer than {LONGEST / 3600:g} h"
        if forgotten := self._forgotten(wanted, now):
            return forgotten
        return f"it begins more than {LONGEST / 3600:g} h ahead" if wanted.start > now + LONGEST else ""

    def _forgotten(self, wanted: Wanted, now: float) -> str:
        """Return why nothing is left of a time that is over; empty where something is, or may yet come."""
        if wanted.end < (since := now - self._terms.ring):
            ring = f"{self._terms.ring / 60:g} min"
            return f"the last {ring} are remembered, what came before {self._said(since)} is not"
        if wanted.end < (since := min(self._ring.since, now)):
            return f"nothing is remembered of what came before {self._said(since)}"
        if wanted.end < now and not self._ring.remembers(wanted.start, wanted.end):
            return "nothing that was answered then could be written"
        return ""

    def _said(self, at: float) -> str:
        """Return a moment on the wall of the site."""
        try:
            return f"{datetime.fromtimestamp(at, ZoneInfo(self._settings.site.time_zone)):%Y-%m-%d %H:%M:%S}"
        except (ValueError, OverflowError, OSError):
            return "a time that is none"

    def stop(self, name: str) -> None:
        """End a recording that goes on; raise RecordingRefused where there is none."""
        if name not in self._ring.kept:
            msg = f"no recording {name!r}"
            raise RecordingRefused(msg)
        self._ring.extend(name, self._clock.now())

    def listed(self) -> Sequence[Manifest]:
        """Return what is kept, the newest first."""
        return tuple(listed(self._ring))

    def name_of(self, incident: str) -> str:
        """Return the recording of an incident that can be had, of several the first; empty: there is none."""
        found = [one.name for one in self.listed() if one.incident == incident and one.complete]
        return found[-1] if found else ""

    def files(self, name: str) -> Iterator[tuple[str, Path]]:
        """Yield the files of a recording, with the name of each in it; none where there is none."""
        kept: Kept | None = self._ring.kept.get(name)
        if kept is None:
            return
        yield MANIFEST, kept.folder / MANIFEST
        for file in sorted(kept.manifest.files):
            yield f"{CONFIG}/{file}", kept.folder / CONFIG / file
        for path in sorted(kept.folder.glob("[0-9]*")):
            yield path.name, path

    # the disk

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self.turn()
            await asyncio.sleep(_STEP)

    async def turn(self) -> None:
        """Write what has come since the last time. What the disk refuses is told, and lost."""
        if not self.on:
            return
        self._go_on()
        steps = self._ring.turn(self._clock.now(), self._clock.monotonic())
        steps, self._waiting = [*self._waiting, *steps], []
        self._steps += 1
        try:
            await self._in_thread(lambda: _take(steps))
            if self._steps % _TIDY == 0:
                for name in await self._in_thread(lambda: self._ring.overfull(self._clock.now())):
                    self._waiting.append(self._ring.forget(name))
        except OSError as why:
            self._trouble(why)
            self._ring.stumbled(self._clock.now())
        else:
            self._ring.trouble = ""

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _trouble(self, why: Exception) -> None:
        if not self._ring.trouble:
            log.error("raw answers cannot be kept", why=str(why))
        self._ring.trouble = str(why)

    @property
    def trouble(self) -> str:
        """Return why nothing is written now; empty while all is well."""
        return self._ring.trouble

    async def aclose(self) -> None:
        """Write what waits, finish what goes on, and end."""
        for collector in self._collectors.values():
            collector.witness(None)
        await self.turn()
        if self.on:
            steps = self._ring.close(self._clock.now())
            try:
                await self._in_thread(lambda: _take(steps))
            except OSError as why:
                self._trouble(why)
        self._thread.shutdown()


def _take(steps: Iterable[Callable[[], None]]) -> None:
    """Take every step; one that fails keeps no other from being taken. Raise the first OSError."""
    failed: OSError | None = None
    for step in steps:
        try:
            step()
        except OSError as why:
            failed = failed or why
    if failed is not None:
        raise failed


def versions_of(collectors: Mapping[str, Any], settings: Settings) -> dict[str, str]:
    """Return the SHA-256 of every profile that the configuration names, by collector and name."""
    found: dict[str, str] = {}
    for name in sorted({asset.collector for asset in settings.assets}):
        used = {profile for asset in settings.assets if asset.collector == name for profile in asset.profiles}
        versions = getattr(collectors.get(name), "versions", None)
        if versions is not None and used:
            known = versions(settings.profile_dirs)
            found |= {f"{name}/{one}": known[one] for one in sorted(used) if one in known}
    return found
