"""The profiles on disk, read when they are first needed. A user's profile wins over ours of the same name.

Identification needs the tops of all files, a device the whole of one or two: 130 tops are read in 0.1 s,
130 files in 3 s, so nothing is kept from one run to the next (ADR 0005).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from collectors.snmp.dialect.profile import SnmpProfile
from dcim.collect import Family
from dcim.late import late
from dcim.model import ConfigError, Problem
from dcim.yaml import Document, keys_of, nearest, read_top, read_whole

if TYPE_CHECKING:
    from collectors.snmp.dialect import compiler
else:
    compiler = late("collectors.snmp.dialect.compiler")  # a start that compiles no profile does without

SHIPPED: Final = Path(__file__).parents[1] / "profiles"
FILE: Final = "profile.yaml"
_TOP: Final = frozenset({"profile", "format", "kind", "vendor", "title", "snmp"})
_POINTS: Final = frozenset({"points", "tables", "raised", "traps"})
_LEAST: Final = b"least_interval"


@dataclass(slots=True)
class Library:
    """Profile folders by name. ``problems`` are the mistakes of files that could not be used.

    ``own`` are the user's: nobody has tested them, so they are always checked whole. Ours are tested, and
    of those that no device needs the top of the file alone is ever read.
    """

    folders: dict[str, Path]
    own: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    _documents: dict[str, Document] = field(default_factory=dict)
    _compiled: dict[tuple[str, str, int], SnmpProfile] = field(default_factory=dict)
    _tops: dict[str, Document] = field(default_factory=dict)
    _bound: dict[tuple[str, str], SnmpProfile] = field(default_factory=dict)
    _heads: tuple[SnmpProfile, ...] | None = None
    _broken: set[str] = field(default_factory=set)
    _reading: Lock = field(default_factory=Lock, compare=False)

    @classmethod
    def of(cls, profile_dirs: Sequence[Path] = ()) -> Library:
        """Return the library of our profiles and those in ``profile_dirs``; the first directory wins."""
        own: dict[str, Path] = {}
        for directory in reversed(profile_dirs):
            own |= _folders(directory)
        return cls(dict(sorted((_folders(SHIPPED) | own).items())), frozenset(own))

    def profile(self, name: str, sys_object_id: str = "0.0", unit: int = 1) -> SnmpProfile:
        """Return a profile for a device that calls itself so. Raise ConfigError if it is wrong or unknown."""
        if name not in self.folders:
            what = f"no SNMP profile {name!r}{nearest(name, self.folders)}"
            raise ConfigError((Problem(name, 0, 0, "", what),))
        general = self._compile(name, "0.0", unit)
        return self._compile(name, sys_object_id, unit) if general.relative else general

    def _compile(self, name: str, sys_object_id: str, unit: int) -> SnmpProfile:
        key = (name, sys_object_id, unit)
        if key not in self._compiled:
            extended = partial(self._extended, sys_object_id, unit, (name,))
            self._compiled[key] = self._made(name, compiler.Device(sys_object_id, unit, extended=extended))
        return self._compiled[key]

    def _made(self, name: str, device: compiler.Device) -> SnmpProfile:
        """Return a profile made for a device. Raise ConfigError with all mistakes of its file."""
        if name not in self._documents:
            make = partial(compiler.compile_for, folder=name, device=device)
            self._documents[name] = read_whole(self.folders[name] / FILE, make)
        return compiler.compile_for(self._documents[name], name, device)

    def _extended(
        self, sys_object_id: str, unit: int, behind: tuple[str, ...], name: str, root: str
    ) -> SnmpProfile:
        """Return what a profile extends. Raise ConfigError where that is unknown or comes back to itself."""
        if name not in self.folders or name in behind:
            what = f"no SNMP profile {name!r} to extend{nearest(name, self.folders)}"
            what = f"it extends itself: {' -> '.join((*behind, name))}" if name in behind else what
            raise ConfigError((Problem(str(self.folders[behind[-1]] / FILE), 0, 0, "extends", what),))
        extended = partial(self._extended, sys_object_id, unit, (*behind, name))
        return self._made(name, compiler.Device(sys_object_id, unit, root, extended))

    def all(self) -> Iterator[SnmpProfile]:
        """Yield every profile that can be used; the mistakes of the others are in ``problems``.

        Files of other protocols in a user's directories are left out silently.
        """
        for name in self.folders:
            profile = self._tried(name, self.profile)
            if profile is not None:
                yield profile

    def families(self) -> Iterator[Family]:
        """Yield what a device may name: ours by the names of their folders, read only where they say more.

        The user's that cannot be used are left out; what is wrong with them stands in ``problems``.
        """
        for name, folder in self.folders.items():
            if name in self.own or _LEAST in (folder / FILE).read_bytes():
                head = self._tried(name, self._head)
                if head is not None:
                    yield Family(head.name, head.least_interval)
            else:
                yield Family(name)

    def heads(self, sys_object_id: str = "0.0") -> tuple[SnmpProfile, ...]:
        """Return every profile that can be used for a device that calls itself so, ours without points.

        It is what identification needs.
        """
        with self._reading:
            if self._heads is None:
                tried = (self._tried(name, self._head) for name in self.folders)
                self._heads = tuple(head for head in tried if head is not None)
        return tuple(self._head(head.name, sys_object_id) if head.relative else head for head in self._heads)

    async def heads_beside(self, sys_object_id: str) -> tuple[SnmpProfile, ...]:
        """Return what ``heads`` does; the loop turns while the files are read for the first device."""
        if self._heads is None:
            await asyncio.to_thread(self.heads)
        return self.heads(sys_object_id)

    def above(self) -> tuple[bytes, ...]:
        """Return the numbers below which the models of a family have their trees, each its own."""
        return tuple(sorted({head.above for head in self.heads() if head.above}))

    async def above_beside(self) -> tuple[bytes, ...]:
        """Return what ``above`` does; the loop turns while the files are read for the first device."""
        if self._heads is None:
            await asyncio.to_thread(self.heads)
        return self.above()

    def _head(self, name: str, sys_object_id: str = "0.0") -> SnmpProfile:
        """Return a profile, one of ours without its points, for a device that calls itself so."""
        if name in self.own:
            return self.profile(name, sys_object_id)
        key = (name, sys_object_id)
        if key not in self._bound:
            if name not in self._tops:
                self._tops[name] = read_top(self.folders[name] / FILE, _TOP, _POINTS)
            self._bound[key] = compiler.compile_for(
                self._tops[name], name, compiler.Device(sys_object_id, extended=None)
            )
        return self._bound[key]

    def _tried(self, name: str, make: Callable[[str], SnmpProfile]) -> SnmpProfile | None:
        """Return what is made of a profile, or None for a wrong one, whose mistakes are noted once."""
        if name in self._broken:
            return None
        try:
            return make(name)
        except ConfigError as error:
            self._broken.add(name)
            if self._is_ours(name):
                self.problems.extend(error.problems)
            return None

    def _is_ours(self, name: str) -> bool:
        try:
            keys = keys_of(self.folders[name] / FILE)
        except ConfigError:
            return True  # no YAML: it may be anybody's
        return bool(keys) and "modbus" not in keys


def _folders(directory: Path) -> dict[str, Path]:
    return {path.parent.name: path.parent for path in sorted(directory.glob(f"*/{FILE}"))}
