"""A window: what it lies over, when, why, and who says so."""

from __future__ import annotations

from typing import Final, TypeAlias

from dcim.model import Asset
from dcim.record import dataclass, field
from dcim.windows.recurrence import Every, Once

When: TypeAlias = Once | Every

MUTED_BY: Final = "maintenance "
"""What the name of a window stands behind where it says who muted something."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a window lies over: what any of its lists names; ``everything``: the whole site."""

    devices: frozenset[str] = field(default_factory=frozenset)
    services: frozenset[str] = field(default_factory=frozenset)
    rooms: frozenset[str] = field(default_factory=frozenset)
    tags: frozenset[str] = field(default_factory=frozenset)
    everything: bool = False

    def __bool__(self) -> bool:
        """Whether it lies over anything at all."""
        return self.everything or bool(self.devices or self.services or self.rooms or self.tags)

    def covers(self, asset: Asset) -> bool:
        """Whether a device is meant itself; the devices of a service are the topology's to tell."""
        if self.everything or asset.id in self.devices:
            return True
        return asset.room in self.rooms or not self.tags.isdisjoint(asset.tags)


@dataclass(frozen=True, slots=True)
class Window:
    """Announced work. ``by``: who announced it, empty for what stands in the configuration."""

    id: str
    scope: Scope
    when: When
    reason: str
    ticket: str = ""
    by: str = ""
