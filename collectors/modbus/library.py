"""The device families that are known: shipped ones, and those in the user's own folders, which win."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from collectors.modbus.dialect import compile_profile
from collectors.modbus.family import ModbusProfile, labels_of
from collectors.modbus.recording import SUFFIX
from dcim.collect import ProfileSummary
from dcim.model import ConfigError
from dcim.yaml import nearest, read

SHIPPED: Final = Path(__file__).parent / "profiles"
_FILE: Final = "profile.yaml"
_SECTION: Final = "modbus"


class UnknownProfile(LookupError):
    """No family has this name."""


class Library:
    """Families by name, each file read when it is first needed."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._folders: dict[str, Path] = {}
        self._known: dict[str, ModbusProfile] = {}
        for place in (SHIPPED, *folders):
            for file in sorted(place.glob(f"*/{_FILE}")):
                if place == SHIPPED or _is_ours(file):
                    self._folders[file.parent.name] = file.parent

    def names(self) -> tuple[str, ...]:
        """Return the name of every family, sorted."""
        return tuple(sorted(self._folders))

    def get(self, name: str) -> ModbusProfile:
        """Return a family. Raise ``UnknownProfile``, or ConfigError with every mistake in its file."""
        found = self._known.get(name)
        if found is None:
            folder = self._folders.get(name)
            if folder is None:
                msg = f"no profile {name!r}{nearest(name, self._folders)}"
                raise UnknownProfile(msg)
            found = self._known[name] = compile_profile(read(folder / _FILE), name)
        return found

    def __iter__(self) -> Iterator[ModbusProfile]:
        """Go through every family whose file is right, in the order of names."""
        for name in self.names():
            with contextlib.suppress(ConfigError):  # ``dcim check`` and ``dcim profiles`` say what is wrong
                yield self.get(name)

    def images(self, name: str) -> tuple[Path, ...]:
        """Return the images that stand beside a profile."""
        return tuple(sorted(self._folders[name].glob(f"*{SUFFIX}")))

    def summary(self, name: str) -> ProfileSummary:
        """Return a family as ``dcim profiles`` prints it."""
        profile = self.get(name)
        untested = [
            f"{value.value.metric}{dict(labels_of(value)[0]) or ''}: {value.untested}"
            for value in profile.values
            if value.untested
        ]
        return ProfileSummary(
            name=name,
            protocol=_SECTION,
            kind=profile.kind,
            vendor=profile.vendor,
            title=profile.title,
            metrics=tuple(sorted({value.value.metric for value in profile.values})),
            images=tuple(image.name for image in self.images(name)),
            untested=tuple(untested),
        )


def _is_ours(file: Path) -> bool:
    """Whether a profile in a user's folder speaks Modbus: folders may hold those of every protocol.

    A file that is no YAML may be anybody's: what is wrong with it is said when it is needed.
    """
    try:
        data = read(file).data
    except ConfigError:
        return True
    return isinstance(data, dict) and _SECTION in data
