"""Rooms and the units that cool them.

A room is one well-mixed volume: its air, racks and walls hold ``capacity`` joules a kelvin, gain the heat of
every powered load in it, lose heat through the walls, and give heat to the running units. A unit cools in
proportion to how far the room is above the bottom of its band; so when one stops, the room warms until the
others carry its share, or without end when they cannot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from dcim.record import dataclass, field
from dcim.simulator.plant.network import Load

AIR = 1.2 * 1005.0
"""Heat that a cubic metre of air carries a kelvin, in joules (1.2 kg/m3, 1005 J/kgK at 20 degC)."""


@dataclass(slots=True)
class Crac:
    """A unit with direct expansion: fan and controller on one supply, compressor on another."""

    name: str
    room: str
    fan: Load
    compressor: Load
    capacity: float = 12_000.0  # watts of heat
    airflow: float = 0.9  # cubic metres a second at full speed
    setpoint: float = 22.0  # degC, the middle of the band
    band: float = 6.0  # kelvin between no cooling and full cooling
    cop: float = 3.2  # watts of heat a watt of compressor
    lag: float = 20.0  # seconds until the compressor follows
    stopped: bool = False
    demand: float = 0.0  # 0 to 1
    cooling: float = 0.0  # watts of heat taken from the room now
    joules: float = 0.0  # electrical energy used
    ran: float = 0.0  # seconds

    @property
    def running(self) -> bool:
        """Say whether the fan turns."""
        return self.fan.powered and not self.stopped

    @property
    def speed(self) -> float:
        """Return the share of full fan speed: half at no demand."""
        return 0.5 + 0.5 * self.demand if self.running else 0.0

    @property
    def drop(self) -> float:
        """Return by how many kelvin the air is colder when it leaves."""
        return self.cooling / (AIR * self.airflow * self.speed) if self.speed else 0.0

    def work(self, room: float, dt: float) -> None:
        """Follow the room's temperature; say what fan and compressor take next."""
        if self.running:
            wanted = min(1.0, max(0.0, (room - self.setpoint) / self.band + 0.5))
            self.demand += (wanted - self.demand) * -math.expm1(-dt / self.lag)
            self.ran += dt
        else:
            self.demand = 0.0
        cools = self.running and self.compressor.powered
        self.cooling = self.capacity * self.demand if cools else 0.0
        self.fan.wanted = 60.0 if not self.running else 60.0 + self.fan.rated * self.speed**3
        self.compressor.wanted = self.cooling / self.cop
        self.joules += (self.fan.watts + self.compressor.watts) * dt

    def word(self) -> str:
        """Return ``running`` or ``stopped``."""
        return "running" if self.running else "stopped"


@dataclass(slots=True)
class Room:
    """One volume of air with what heats and what cools it. Temperatures are degC."""

    name: str
    capacity: float = 400_000.0  # joules a kelvin
    walls: float = 60.0  # watts a kelvin to the outside
    outside: float = 27.0
    dew_point: float = 10.5
    temperature: float = 22.0
    loads: Sequence[Load] = field(default_factory=list)
    units: Sequence[Crac] = field(default_factory=list)
    heat: float = 0.0  # watts from the loads now

    def warm(self, dt: float) -> None:
        """Move the temperature on by ``dt``: exact while heat and cooling are constant."""
        self.heat = sum(load.watts for load in self.loads)
        for unit in self.units:
            unit.work(self.temperature, dt)
        gain = self.heat - sum(unit.cooling for unit in self.units)
        if self.walls <= 0.0:
            self.temperature += gain / self.capacity * dt
            return
        ends = self.outside + gain / self.walls
        self.temperature += (ends - self.temperature) * -math.expm1(-dt * self.walls / self.capacity)

    def exhaust(self) -> float:
        """Return the temperature of the air that comes back to the units, warmed by the racks."""
        flow = sum(unit.airflow * unit.speed for unit in self.units)
        return self.temperature + (min(15.0, self.heat / (AIR * flow)) if flow else 5.0)

    def back(self, unit: Crac) -> float:
        """Return the temperature at a unit's inlet: of the air it draws, or of the room if it draws none."""
        return self.exhaust() if unit.running else self.temperature

    def supply(self, unit: Crac) -> float:
        """Return the temperature at a unit's outlet: of the air it blows, or of the room if it blows none."""
        return self.back(unit) - unit.drop

    def humidity(self, at: float) -> float:
        """Return the relative humidity (0 to 1) at a temperature, for the room's dew point."""
        return min(1.0, _saturation(self.dew_point) / _saturation(at))


def _saturation(celsius: float) -> float:
    """Return the saturation pressure of water, hPa: Magnus formula of WMO-No. 8 (2018), annex 4.B."""
    return 6.112 * math.exp(17.62 * celsius / (243.12 + celsius))
