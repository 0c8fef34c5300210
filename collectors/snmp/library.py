"""The profiles on disk, read when they are first needed. A user's profile wins over ours of the same name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from collectors.snmp.compiler import compile_profile
from collectors.snmp.dialect import SnmpProfile
from dcim.model import ConfigError, Problem
from dcim.yaml import Document, nearest, read

SHIPPED: Final = Path(__file__).parent / "profiles"
FILE: Final = "profile.yaml"


@dataclass(slots=True)
class Library:
    """Profile folders by name. ``problems`` are the mistakes of files that could not be used."""

    folders: dict[str, Path]
    problems: list[Problem] = field(default_factory=list)
    _documents: dict[str, Document] = field(default_factory=dict)
    _compiled: dict[tuple[str, str, int], SnmpProfile] = field(default_factory=dict)
    _broken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, profile_dirs: Sequence[Path] = ()) -> Library:
        """Return the library of our profiles and those in ``profile_dirs``; the first directory wins."""
        folders: dict[str, Path] = {}
        for directory in (SHIPPED, *reversed(profile_dirs)):
            folders.update({path.parent.name: path.parent for path in sorted(directory.glob(f"*/{FILE}"))})
        return cls(dict(sorted(folders.items())))

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
            if name not in self._documents:
                self._documents[name] = read(self.folders[name] / FILE)
            self._compiled[key] = compile_profile(self._documents[name], name, sys_object_id, unit)
        return self._compiled[key]

    def all(self) -> Iterator[SnmpProfile]:
        """Yield every profile that can be used; the mistakes of the others are in ``problems``.

        Files of other protocols in a user's directories are left out silently.
        """
        for name in self.folders:
            if name in self._broken:
                continue
            try:
                profile = self.profile(name)
            except ConfigError as error:
                self._broken.add(name)
                if self._is_ours(name):
                    self.problems.extend(error.problems)
            else:
                yield profile

    def _is_ours(self, name: str) -> bool:
        document = self._documents.get(name)
        return document is None or (isinstance(document.data, dict) and "modbus" not in document.data)
