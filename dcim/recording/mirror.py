"""What is open, as the daemon would find it after a restart now: a recording can begin at any time.

Work ─▶ rows of open alerts, memories of the rooms that replaying needs, the reach of devices
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from dcim.model import Memory
from dcim.store import AlertRow, DeviceState, Work


class Mirror:
    """Takes every work that is on disk. ``rooms`` are those whose memories count."""

    def __init__(self, rooms: Collection[str]) -> None:
        self._rooms = frozenset(rooms)
        self._alerts: dict[str, AlertRow] = {}
        self._memories: dict[tuple[str, str], Memory] = {}
        self._devices: dict[str, DeviceState] = {}

    def begin(
        self,
        alerts: Iterable[AlertRow],
        memories: Callable[[str], Iterable[Memory]],
        devices: Iterable[DeviceState],
    ) -> None:
        """Take what a store holds."""
        self._alerts = {row.key: row for row in alerts if row.open}
        self._memories = {(one.room, one.key): one for room in self._rooms for one in memories(room)}
        self._devices = {one.asset: one for one in devices}

    def take(self, work: Work) -> None:
        """Take a work."""
        for row in work.alerts:
            if row.open:
                self._alerts[row.key] = row
            else:
                self._alerts.pop(row.key, None)
        for key in work.forget_alerts:
            self._alerts.pop(key, None)
        for memory in work.memories:
            if memory.room not in self._rooms:
                continue
            if memory.body is None:
                self._memories.pop((memory.room, memory.key), None)
            else:
                self._memories[memory.room, memory.key] = memory
        for state in work.devices:
            self._devices[state.asset] = state

    def state(self) -> dict[str, Any]:
        """Return all of it as JSON data, in an order of its own."""
        return {
            "alerts": [
                {"key": row.key, "at": row.at, "body": row.body} for _, row in sorted(self._alerts.items())
            ],
            "memories": [
                {"room": room, "key": key, "body": one.body}
                for (room, key), one in sorted(self._memories.items())
            ],
            "devices": {
                asset: {"reach": one.state, "since": one.at} for asset, one in sorted(self._devices.items())
            },
        }
