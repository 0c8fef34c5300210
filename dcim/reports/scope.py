"""Whose report it is: the words for it, before anything is read. Pure."""

from __future__ import annotations

from typing import Final

from dcim.model import DcimError
from dcim.record import dataclass

AXES: Final = ("tenant", "service", "room", "rack", "device", "incident")


class NothingLike(DcimError):
    """A report was asked for of something that the site does not have; the text says what there is."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose report: the whole site (both empty), or one tenant, service, room, rack, device or incident."""

    axis: str = ""
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Scope:
        """Read ``tenant:NAME`` and the like; empty and ``site`` are the site. Raises ``NothingLike``."""
        if text in ("", "site"):
            return cls()
        axis, colon, name = text.partition(":")
        if not colon or axis not in AXES or not name:
            msg = f"{text!r} is no scope: expected site, or {', '.join(f'{one}:NAME' for one in AXES)}"
            raise NothingLike(msg)
        return cls(axis, name)

    def __str__(self) -> str:
        """Read as it is written."""
        return f"{self.axis}:{self.name}" if self.axis else ""
