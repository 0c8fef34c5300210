"""Modbus: device families as data, and what asks them. ``plugin`` is what the entry point names.

What asks devices is imported when it is opened: a recording is decoded, and profiles are listed, without.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import BaseModel

from collectors.modbus.asking.options import ModbusOptions, NoCredential
from collectors.modbus.collecting.replay import replay
from collectors.modbus.known import identify
from collectors.modbus.known.library import Library
from collectors.modbus.recordings import recording
from dcim.clock import Clock
from dcim.collect import Collector, Credential, Decoded, Endpoint, Family, ProfileSummary
from dcim.model import Address, ConfigError, Identity, Lane, NotARecording, Problem
from dcim.witness import PlayedCollector, Script
from dcim.yaml import unknown

if TYPE_CHECKING:
    from collectors.modbus.decoding.encode import Encoder

_LANES: Final = tuple(Lane)
"""The fast one first."""


class ModbusPlugin:
    """What the core knows of Modbus."""

    name: str = "modbus"
    options_type: type[BaseModel] = ModbusOptions
    credential_type: type[BaseModel] = NoCredential

    def __init__(self) -> None:
        self._libraries: dict[tuple[Path, ...], Library] = {}

    def open(
        self,
        credentials: Mapping[str, Credential],
        profile_dirs: Sequence[Path] = (),
        tap: Callable[[str], None] | None = None,
    ) -> Collector:
        """Return a collector bound to the running event loop. User profiles in ``profile_dirs`` win."""
        from collectors.modbus.collecting.opening import collector

        del credentials
        return collector(self.library(profile_dirs), tap)

    def played(
        self,
        script: Script,
        clock: Clock,
        credentials: Mapping[str, Mapping[str, Any]],
        profile_dirs: Sequence[Path] = (),
    ) -> PlayedCollector:
        """Return a collector whose units answer from a script; see ``dcim.witness.Replays``."""
        del credentials
        from collectors.modbus.collecting.scripted import ScriptedCollector

        return ScriptedCollector(script, clock, self.library(profile_dirs))

    def decode(self, path: Path, profile_dirs: Sequence[Path] = ()) -> Decoded | None:
        """Decode a ``.regs`` recording, or return None for any other file.

        Raise OSError if it is unreadable, NotARecording if no line of it can be read.
        """
        if path.suffix != recording.SUFFIX:
            return None
        library = self.library(profile_dirs)
        device = recording.read(path)
        if not (device.profile or device.objects or any(device.cells.values())):
            raise NotARecording
        found = identify.matches(library.heads(), device.objects, recording.lookup(device))
        name = device.profile if device.profile in library.names() else ""
        reason = (
            "named in the recording"
            if name
            else found[0].reason
            if found
            else "nothing in it tells the family"
        )
        if device.profile and not name:
            named = unknown("profile", device.profile, library.names())
            reason = f"{reason}; named in the recording: {named}"
        name = name or (found[0].profile if found else "")
        if not name:
            greeting = identify.greeting_of(device.objects)
            return Decoded(None, Identity(), (), reason, greeting, unread=device.unread)
        said = replay(device, library.get(name), path.stem, path.stat().st_mtime, reason)
        return dataclasses.replace(said, unread=device.unread)

    def families(self, profile_dirs: Sequence[Path] = ()) -> Iterable[Family]:
        """Yield the families that may be named; at the end raise ConfigError for those that are wrong."""
        library = self.library(profile_dirs)
        problems: list[Problem] = []
        for name in library.names():
            try:
                yield Family(name if library.is_shipped(name) else library.head(name).name)
            except ConfigError as wrong:
                problems += wrong.problems
        if problems:
            raise ConfigError(tuple(problems))

    def profiles(self, profile_dirs: Sequence[Path] = ()) -> Iterable[ProfileSummary]:
        """Yield the families that can be used; at the end raise ConfigError for those that are wrong."""
        library = self.library(profile_dirs)
        problems: list[Problem] = []
        for name in library.names():
            try:
                yield library.summary(name)
            except ConfigError as wrong:
                problems += wrong.problems
        if problems:
            raise ConfigError(tuple(problems))

    def versions(self, profile_dirs: Sequence[Path] = ()) -> Mapping[str, str]:
        """Return the SHA-256 (hex) of the file of every family by its name. Raise OSError."""
        library = self.library(profile_dirs)
        return {name: sha256(library.file(name).read_bytes()).hexdigest() for name in library.names()}

    def lanes(self, profile: str, profile_dirs: Sequence[Path] = ()) -> Mapping[str, Lane]:
        """Return the slowest lane of every metric of a family."""
        found: dict[str, Lane] = {}
        for value in self.library(profile_dirs).get(profile).values:
            before = found.setdefault(value.value.metric, value.lane)
            found[value.value.metric] = max(before, value.lane, key=_LANES.index)
        return found

    def endpoint(self, address: Address, options: BaseModel) -> Endpoint:
        """Return who answers at an address: one unit on its connection, or the only one."""
        return cast("ModbusOptions", options).endpoint(address)

    def mask(
        self,
        lines: Sequence[str],
        hidden: Sequence[str],
        profile_dirs: Sequence[Path] = (),
        profile: str = "",
    ) -> list[str]:
        """Return a recording with names, serial numbers and addresses replaced by placeholders."""
        del profile_dirs, profile
        from collectors.modbus.recordings import masking

        return masking.mask(lines, hidden)

    def encode(self, name: str, image: str = "") -> Encoder:
        """Return the inverse of a family's decoding, for the simulator. Raise LookupError if unknown."""
        from collectors.modbus.decoding.encode import shipped

        return shipped(name, image, self.library())

    def library(self, profile_dirs: Sequence[Path] = ()) -> Library:
        """Return the families of these folders, whose files are read once."""
        folders = tuple(profile_dirs)
        if folders not in self._libraries:
            self._libraries[folders] = Library(folders)
        return self._libraries[folders]


plugin: Final = ModbusPlugin()
