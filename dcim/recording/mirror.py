"""What is open, as the daemon would find it after a restart now: a recording can begin at any time.

Work ─▶ rows of open alerts, memories of the rooms that replaying needs, the reach of devices ─▶ Chapters
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from dcim.model import Memory
from dcim.recording.chapters import Chapters
from dcim.store import AlertRow, DeviceState, Work

PORTRAIT: Final = "portrait"
ALERT, MEMORY, DEVICE = "alert", "memory", "device"

Name: TypeAlias = tuple[str, ...]
"""What kind of thing, then its own name: an alert's key, a memory's room and key, an asset id."""

Row: TypeAlias = "AlertRow | Memory | DeviceState | bytes"
"""What is known of it; bytes: the portrait of a device."""

Past: TypeAlias = Chapters[Name, Row]


class Mirror:
    """Takes every work that is on disk into ``known``. ``rooms`` are those whose memories count."""

    def __init__(self, rooms: Collection[str], known: Past) -> None:
        self._rooms = frozenset(rooms)
        self._note = known.note

    def begin(
        self,
        alerts: Iterable[AlertRow],
        memories: Callable[[str], Iterable[Memory]],
        devices: Iterable[DeviceState],
    ) -> None:
        """Take what a store holds."""
        kept = tuple(one for room in self._rooms for one in memories(room))
        self.take(Work(alerts=tuple(alerts), memories=kept, devices=tuple(devices)))

    def take(self, work: Work) -> None:
        """Take a work."""
        note = self._note
        for row in work.alerts:
            note((ALERT, row.key), row if row.open else None)
        for key in work.forget_alerts:
            note((ALERT, key), None)
        for memory in work.memories:
            if memory.room in self._rooms:
                note((MEMORY, memory.room, memory.key), memory if memory.body is not None else None)
        for state in work.devices:
            note((DEVICE, state.asset), state)


def state_of(known: Mapping[Name, Row]) -> dict[str, Any]:
    """Return what was open as JSON data, in an order of its own."""
    rows = [row for _, row in sorted(known.items(), key=_name)]
    return {
        "alerts": [
            {"key": row.key, "at": row.at, "body": row.body} for row in rows if isinstance(row, AlertRow)
        ],
        "memories": [
            {"room": row.room, "key": row.key, "body": row.body} for row in rows if isinstance(row, Memory)
        ],
        "devices": {
            row.asset: {"reach": row.state, "since": row.at} for row in rows if isinstance(row, DeviceState)
        },
    }


def portraits_of(known: Mapping[Name, Row]) -> Iterator[tuple[str, bytes]]:
    """Yield the devices whose portrait was known, with it, in the order in which they were drawn first."""
    for name, row in known.items():
        if isinstance(row, bytes):
            yield name[-1], row


def _name(known: tuple[Name, Row]) -> Name:
    return known[0]
