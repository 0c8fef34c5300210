"""What is taken for true of elements of which nobody says more: intervals with their sources. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dcim.flow.values.interval import WHOLE, Interval
from dcim.flow.values.model import VOLTS, Battery, Engine, Limit
from dcim.graph import NodeKind
from dcim.record import dataclass, field
from dcim.standards.registry import number


@dataclass(frozen=True, slots=True)
class Facts:
    """What somebody declared of one element beside what the topology says; None: nothing.

    ``efficiency``: output by input. ``shares``: by source, which part its cord carries while all are live.
    ``connected``: by source, to which phases of it the own phases are connected. ``demand``: VA that it takes
    at least
    and at most. ``limit`` stands instead of the rating of the topology.
    """

    limit: Limit | None = None
    warn: float | None = None
    trip: float | None = None
    volts: float | None = None
    efficiency: Interval | None = None
    idle: Interval | None = None
    modules: int = 1
    battery: Battery | None = None
    engine: Engine | None = None
    demand: Interval | None = None
    shares: Mapping[str, Interval] = field(default_factory=lambda: MappingProxyType({}))
    connected: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


NO_FACTS: Final = Facts()


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the whole site. Shares are of a rating; ``tolerance`` is that of a reading, relative."""

    warn: float = field(default_factory=lambda: number("continuous_load_share"))
    trip: float = field(default_factory=lambda: number("breaker_trip_share"))
    volts: float = VOLTS
    tolerance: float = field(default_factory=lambda: number("power_reading_tolerance"))
    power_factor: Interval = field(default_factory=lambda: _between("power_factor"))
    ups_efficiency: Interval = field(default_factory=lambda: _between("ups_efficiency"))
    transformer_efficiency: Interval = field(default_factory=lambda: _between("transformer_efficiency"))
    engine: Engine = field(
        default_factory=lambda: Engine(starts=_between("genset_start"), burns=_between("genset_litres_kwh"))
    )
    facts: Mapping[str, Facts] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, name: str) -> Facts:
        """Return what was declared of an element."""
        return self.facts.get(name, NO_FACTS)

    def efficiency(self, kind: NodeKind) -> Interval:
        """Return output by input of a kind of element."""
        if kind in (NodeKind.UPS, NodeKind.DC_PLANT):
            return self.ups_efficiency
        return self.transformer_efficiency if kind is NodeKind.TRANSFORMER else WHOLE


def _between(name: str) -> Interval:
    return Interval(number(f"{name}_low"), number(f"{name}_high"))
