"""The device families that are known: shipped ones, and those in the user's own folders, which win."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from collectors.modbus.families.family import ModbusHead, ModbusProfile
from collectors.modbus.recordings.recording import SUFFIX
from dcim.collect import ProfileSummary
from dcim.late import late
from dcim.model import ConfigError
from dcim.profile import outline
from dcim.yaml import keys_of, nearest, read_top, read_whole

if TYPE_CHECKING:
    from collectors.modbus.families import dialect
else:
    dialect = late("collectors.modbus.families.dialect")  # a start that compiles no profile does without

SHIPPED: Final = Path(__file__).parents[1] / "profiles"
_FILE: Final = "profile.yaml"
_SECTION: Final = "modbus"
_TOP: Final = frozenset({"profile", "format", "kind", "vendor", "title", _SECTION})
_POINTS: Final = frozenset({"points"})


class UnknownProfile(LookupError):
    """No family has this name."""


class Library:
    """Families by name. Nobody has tested the user's: they are always checked whole.

    Ours are tested, and of those that no device needs the top of the file alone is ever read.
    """

    def __init__(self, folders: Sequence[Path] = (), shipped: Path = SHIPPED) -> None:
        self._folders = _folders(shipped)
        self._own: dict[str, Path] = {}
        self._known: dict[str, ModbusProfile] = {}
        self._tops: dict[str, ModbusHead] = {}
        self._heads: tuple[ModbusHead, ...] | None = None
        for place in reversed(folders):  # the first wins
            self._own |= {name: folder for name, folder in _folders(place).items() if _is_ours(folder)}
        self._folders |= self._own

    def names(self) -> tuple[str, ...]:
        """Return the name of every family, sorted."""
        return tuple(sorted(self._folders))

    def file(self, name: str) -> Path:
        """Return the file of a family."""
        return self._folders[name] / _FILE

    def is_shipped(self, name: str) -> bool:
        """Whether a family is ours: tested, and found by the name of its folder without reading a file."""
        return name not in self._own

    def get(self, name: str) -> ModbusProfile:
        """Return a family. Raise ``UnknownProfile``, or ConfigError with every mistake in its file."""
        found = self._known.get(name)
        if found is None:
            folder = self._folders.get(name)
            if folder is None:
                msg = f"no profile {name!r}{nearest(name, self._folders)}"
                raise UnknownProfile(msg)
            make = partial(dialect.compile_profile, folder=name)
            found = self._known[name] = make(read_whole(folder / _FILE, make))
        return found

    def heads(self) -> tuple[ModbusHead, ...]:
        """Return what identification needs of every family whose file is right, in the order of names."""
        if self._heads is None:
            heads: list[ModbusHead] = []
            for name in self.names():
                with contextlib.suppress(ConfigError):  # ``families`` says what is wrong
                    heads.append(self.head(name))
            self._heads = tuple(heads)
        return self._heads

    async def heads_beside(self) -> tuple[ModbusHead, ...]:
        """Return what ``heads`` does; the loop turns while the files are read for the first device."""
        if self._heads is None:
            await asyncio.to_thread(self.heads)
        return self.heads()

    def head(self, name: str) -> ModbusHead:
        """Return what identification needs of a family. Raise ConfigError if what is read of it is wrong."""
        if name in self._own:
            return self.get(name)
        if name not in self._tops:
            top = read_top(self._folders[name] / _FILE, _TOP, _POINTS)
            self._tops[name] = dialect.compile_head(top, name)
        return self._tops[name]

    def images(self, name: str) -> tuple[Path, ...]:
        """Return the images that stand beside a profile."""
        return tuple(sorted(self._folders[name].glob(f"*{SUFFIX}")))

    def summary(self, name: str) -> ProfileSummary:
        """Return a family as ``dcim profiles`` prints it. Raise ConfigError if its top is wrong."""
        head = self.head(name)
        said = outline((self._folders[name] / _FILE).read_text(encoding="utf-8", errors="replace"))
        return ProfileSummary(
            name=name,
            protocol=_SECTION,
            kind=head.kind,
            vendor=head.vendor,
            title=head.title,
            metrics=said.metrics,
            images=tuple(image.name for image in self.images(name)),
            untested=said.untested,
            points=said.points,
            confidence=said.confidence,
        )


def _folders(place: Path) -> dict[str, Path]:
    return {file.parent.name: file.parent for file in sorted(place.glob(f"*/{_FILE}"))}


def _is_ours(folder: Path) -> bool:
    """Whether a profile in a user's folder speaks Modbus: folders may hold those of every protocol.

    A file that is no YAML may be anybody's: what is wrong with it is said when it is needed.
    """
    try:
        return _SECTION in keys_of(folder / _FILE)
    except ConfigError:
        return True
