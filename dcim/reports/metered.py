"""The readings behind reports: blocks of hours, what has none yet, what the configuration says of both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from dcim.energy.places import Sources
from dcim.energy.terms import EnergyTerms
from dcim.graph import NodeKind, Topology
from dcim.ledger import Entry
from dcim.model import DcimError
from dcim.model.fact import FactKind
from dcim.reports.matter import Matter
from dcim.reports.plain import whole
from dcim.reports.when import local
from dcim.rollup.account import Days
from dcim.rollup.block import HOUR, hour_name
from dcim.rollup.cuts import Cuts
from dcim.rollup.energies import Energies, exchanges_of
from dcim.rollup.recent import Recent
from dcim.rollup.shelf import Shelf
from dcim.thermal.terms import ThermalTerms

_AROUND = 60 * HOUR


class NoReadings(DcimError):
    """There is no history to compute from; the text says where it was looked for."""


@dataclass
class Metered:
    """What was read of a site in the period of a matter."""

    matter: Matter
    state: Path

    @property
    def topology(self) -> Topology:
        """Return the building."""
        return self.matter.site.topology

    @property
    def energy(self) -> EnergyTerms:
        """Return what the configuration says of energy."""
        held = self.matter.site.more.get("energy")
        return whole(EnergyTerms, held) if held else EnergyTerms()

    @property
    def thermal(self) -> ThermalTerms:
        """Return what the configuration says of the air at inlets."""
        held = self.matter.site.more.get("thermal")
        return whole(ThermalTerms, held) if held else ThermalTerms()

    @cached_property
    def recent(self) -> Recent:
        """Return the readings on the disk. Raises ``NoReadings`` where there is no history."""
        try:
            return Recent(self.state / "history", Cuts.of(self.energy, self.topology))
        except OSError as why:
            msg = f"no history is kept in {self.state}: this report is made from readings"
            raise NoReadings(msg) from why

    @cached_property
    def shelf(self) -> Shelf:
        """Return the blocks of the hours around the period, and what has none yet."""
        first, last = (at // 1000 for at in (self.matter.period.since, self.matter.until))
        blocks = self.matter.record.rollups(hour_name(first - _AROUND), hour_name(last + _AROUND))
        return Shelf(self.state / "rollup", blocks, later=self.recent, cuts=self.energy.cuts)

    @cached_property
    def energies(self) -> Energies:
        """Return what answers for the energy of parts."""
        kinds = {one.id: NodeKind(str(one.kind)) for one in self.matter.site.things.values()}
        changed = self.matter.pages(0, (FactKind.HARDWARE_CHANGED,))
        exchanges = exchanges_of(map(_exchange, changed))
        return Energies(
            self.shelf, self.topology, Sources(self.topology, kinds, self.recent.points()), exchanges
        )

    @property
    def days(self) -> Days:
        """Return the days of the site that the period touches, up to now."""
        zone = ZoneInfo(self.matter.period.zone)
        first = local(self.matter.period.since, zone).date()
        last: date = local(max(self.matter.until - 1, self.matter.period.since), zone).date()
        return Days(first, last + timedelta(days=1), zone)

    @property
    def milliseconds(self) -> tuple[int, int]:
        """Return the period in milliseconds UTC, up to now."""
        return self.matter.period.since // 1000, self.matter.until // 1000


def _exchange(entry: Entry) -> tuple[str, int]:
    return entry.subject, entry.at
