"""The SNMP plug-in as the core finds it by the entry point ``dcim.collectors``.

What asks devices is imported when it is opened: a recording is decoded, and profiles are listed, without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import BaseModel

from collectors.snmp.answers import recording
from collectors.snmp.config.credential import SnmpCredential
from collectors.snmp.config.options import SnmpOptions
from collectors.snmp.dialect.library import FILE, Library
from collectors.snmp.dialect.profile import SnmpProfile
from collectors.snmp.identifying.identity import identity_of
from collectors.snmp.recordings.offline import decode_cells, profiles_for
from dcim.clock import Clock
from dcim.collect import Collector, Credential, Decoded, Endpoint, Family, ProfileSummary, host_form
from dcim.model import Address, ConfigError, Lane, NotARecording
from dcim.profile import Outline, outline
from dcim.record import replace
from dcim.witness import PlayedCollector, Script
from dcim.yaml import found

if TYPE_CHECKING:
    from collectors.snmp.recordings.encode import Encoder

SUFFIX: Final = ".snmprec"
_LANES: Final = tuple(Lane)
"""The fast one first."""

_PORT: Final = 161  # RFC 3417, 3.2


class SnmpPlugin:
    """Implements ``dcim.collect.CollectorPlugin``."""

    name: str = "snmp"
    options_type: type[BaseModel] = SnmpOptions
    credential_type: type[BaseModel] = SnmpCredential

    def __init__(self) -> None:
        self._libraries: dict[tuple[Path, ...], Library] = {}

    def open(
        self,
        credentials: Mapping[str, Credential],
        profile_dirs: Sequence[Path] = (),
        tap: Callable[[str], None] | None = None,
    ) -> Collector:
        """Return a collector bound to the running event loop. User profiles in ``profile_dirs`` win."""
        from collectors.snmp.opening import collector

        return collector(credentials, self._library(profile_dirs), tap)

    def played(
        self,
        script: Script,
        clock: Clock,
        credentials: Mapping[str, Mapping[str, Any]],
        profile_dirs: Sequence[Path] = (),
    ) -> PlayedCollector:
        """Return a collector whose devices answer from a script; see ``dcim.witness.Replays``."""
        from collectors.snmp.replay.scripted import ScriptedCollector

        return ScriptedCollector(script, clock, credentials, self._library(profile_dirs))

    def decode(self, path: Path, profile_dirs: Sequence[Path] = ()) -> Decoded | None:
        """Decode a recording, or return None when it is no ``.snmprec`` file.

        Raise NotARecording if no line of it can be read.
        """
        if path.suffix != SUFFIX:
            return None
        text, rest = recording.read_text(path)
        cells = recording.parse(text)
        if not cells.by_oid:
            raise NotARecording
        unread = recording.unread(text, cells, rest)
        return replace(decode_cells(cells, self._library(profile_dirs)), unread=unread)

    def _library(self, profile_dirs: Sequence[Path]) -> Library:
        """Return the library of these directories, read once: thousands of recordings share it."""
        dirs = tuple(profile_dirs)
        if dirs not in self._libraries:
            self._libraries[dirs] = Library.of(dirs)
        return self._libraries[dirs]

    def families(self, profile_dirs: Sequence[Path] = ()) -> Iterable[Family]:
        """Yield the families that may be named; at the end raise ConfigError for those that are wrong."""
        library = self._library(profile_dirs)
        yield from library.families()
        if library.problems:
            raise ConfigError(tuple(library.problems))

    def profiles(self, profile_dirs: Sequence[Path] = ()) -> Iterable[ProfileSummary]:
        """Yield the families that can be used; at the end raise ConfigError for those that are wrong."""
        library = self._library(profile_dirs)
        for head in library.heads():
            yield _summary(head, library.folders)
        if library.problems:
            raise ConfigError(tuple(library.problems))

    def versions(self, profile_dirs: Sequence[Path] = ()) -> Mapping[str, str]:
        """Return the SHA-256 (hex) of the file of every family by its name. Raise OSError."""
        folders = self._library(profile_dirs).folders
        return {name: sha256((folder / FILE).read_bytes()).hexdigest() for name, folder in folders.items()}

    def lanes(self, profile: str, profile_dirs: Sequence[Path] = ()) -> Mapping[str, Lane]:
        """Return the slowest lane of every metric of a family and of what it stands on."""
        found: dict[str, Lane] = {}
        for layer in self._library(profile_dirs).profile(profile).stack():
            for value in layer.values:
                before = found.setdefault(value.value.metric, value.lane)
                found[value.value.metric] = max(before, value.lane, key=_LANES.index)
        return found

    def endpoint(self, address: Address, options: BaseModel) -> Endpoint:
        """Return who answers at an address: one PDU of the chain behind it. No serial line is one."""
        if address.host.startswith("/"):
            msg = f"SNMP has no serial lines, and {found(str(address))} is the path of one"
            raise ValueError(msg)
        line = str(Address(host_form(address.host), address.port or _PORT))
        return Endpoint(line, str(cast("SnmpOptions", options).unit))

    def mask(
        self,
        lines: Sequence[str],
        hidden: Sequence[str],
        profile_dirs: Sequence[Path] = (),
        profile: str = "",
    ) -> list[str]:
        """Return a recording with names, serial numbers and addresses replaced by placeholders."""
        from collectors.snmp.recordings import masking
        from collectors.snmp.recordings.needed import needed

        cells = recording.parse_lines(lines)
        read = profiles_for(cells, self._library(profile_dirs), (profile,) if profile else ())
        hidden = (*hidden, identity_of(read, cells).serial)
        return masking.mask(lines, hidden, needed(read, cells))

    def encode(self, name: str, image: str = "") -> Encoder:
        """Return the inverse of a family's decoding, for the simulator. Raise LookupError if unknown."""
        from collectors.snmp.recordings.encode import shipped

        return shipped(name, image, self._library(()))


def _summary(head: SnmpProfile, folders: Mapping[str, Path]) -> ProfileSummary:
    folder = folders[head.name]
    stack = list(_stack(head.name, folders))
    own = stack[0]
    return ProfileSummary(
        name=head.name,
        protocol="snmp",
        kind=head.kind,
        vendor=head.vendor,
        title=head.title,
        metrics=tuple(sorted({metric for one in stack for metric in one.metrics})),
        images=tuple(sorted(path.name for path in folder.glob(f"*{SUFFIX}"))),
        untested=own.untested,
        least_interval=head.least_interval,
        points=sum(one.points for one in stack),
        confidence=own.confidence,
    )


def _stack(name: str, folders: Mapping[str, Path]) -> Iterator[Outline]:
    """Yield what a profile says, then what it extends; a file that comes back to itself ends it."""
    behind: list[str] = []
    while name in folders and name not in behind:
        behind.append(name)
        found = outline((folders[name] / FILE).read_text(encoding="utf-8", errors="replace"))
        yield found
        name = found.extends
