"""A device that is played: what its portrait shows stays, until the next portrait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from collectors.snmp.devices.device import Device
from collectors.snmp.devices.plan import LanePlan
from collectors.snmp.questions.asking import Asking, Sheet
from collectors.snmp.replay.even import Even
from collectors.snmp.replay.pieces import Readings
from dcim.model import Lane


@dataclass(slots=True, eq=False)
class Settled(Device):
    """A device as a portrait shows it: what its answers say about it is in the next portrait."""

    readings: Readings = field(default_factory=lambda: Readings(()))
    even: dict[frozenset[Lane], Even] = field(default_factory=dict)
    """How polls of some lanes are decoded while nothing but usual polls is made of the device."""

    def judge(self, doubtful: bool, now: float) -> None:
        """Leave the tables as they are."""

    async def refresh(self, asking: Asking, names: Sequence[bytes]) -> None:
        """Leave what identifies it: what was asked again then is in the portrait."""
        del asking, names

    async def keys_hold(self, asking: Asking) -> bool:
        """Take the rows for what the portrait says."""
        del asking
        return True

    def note_up_time(self, sheet: Sheet, plan: LanePlan) -> bool:
        """Know of restarts from the recording alone."""
        del sheet, plan
        self.up_time = None
        return False
