"""A diesel generator that starts by itself when a feed it watches is lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dcim.simulator.plant.network import Node

IDLE_BURN = 3.0 / 1000 / 3600
"""Cubic metres of fuel a second without load: about 3 l/h for a set of this size."""
BURN = 0.27 / 1000 / 3.6e6
"""Cubic metres of fuel a joule: 0.27 l/kWh, the usual figure of a diesel of 100 kW at 75 % load."""


class Phase(StrEnum):
    """What the engine is doing."""

    STOPPED = "stopped"
    CRANKING = "cranking"
    RUNNING = "running"
    COOLING_DOWN = "cooling_down"
    FAULT = "fault"


@dataclass(slots=True)
class Genset(Node):
    """One engine with its tank. ``lost`` means that it will not start, or stops. Times are seconds."""

    watches: Sequence[Node] = field(kw_only=True)
    rated: float = 100_000.0  # watts
    tank: float = 0.5  # cubic metres
    fuel: float = 0.5  # cubic metres
    confirm: float = 3.0  # a feed must be lost this long before the engine cranks
    crank: float = 5.0  # one attempt
    attempts: int = 3
    cooldown: float = 30.0
    phase: Phase = Phase.STOPPED
    since: float = 0.0  # seconds in this phase
    missing: float = 0.0  # seconds since a watched feed was lost
    idle: float = 0.0  # seconds without load and without need
    speed: float = 0.0  # rpm
    coolant: float = 40.0  # degC; the block heater keeps it there
    starts: int = 0
    ran: float = 0.0  # seconds
    tried: int = 0
    overload_after: float = 0.0  # seconds that it bears one and a half times its rating; 0: for ever

    def feel(self, now: float, dt: float) -> None:
        """Move the engine on by ``dt`` and give voltage when it is up to speed."""
        needed = any(not feed.live for feed in self.watches)
        self.missing = self.missing + dt if needed else 0.0
        self.idle = self.idle + dt if not needed and self.drawn == 0.0 else 0.0
        self.since += dt
        self._move(needed)
        self._turn(dt)
        self.live = self.phase in (Phase.RUNNING, Phase.COOLING_DOWN) and self.speed > 1450.0
        self.volts = 230.0 if self.live else 0.0
        self.hertz = self.speed / 30.0 if self.live else 0.0

    def _move(self, needed: bool) -> None:
        if self.phase is Phase.STOPPED and self.missing >= self.confirm:
            self.tried = 0
            self._enter(Phase.CRANKING)
        elif self.phase is Phase.CRANKING:
            self._crank()
        elif self.phase is Phase.RUNNING and (self.broken or self.fuel <= 0.0):
            self._enter(Phase.FAULT)
        elif self.phase is Phase.RUNNING and self.idle >= 5.0:
            self._enter(Phase.COOLING_DOWN)
        elif self.phase is Phase.COOLING_DOWN:
            self._cool(needed)
        elif self.phase is Phase.FAULT and not self.broken and self.fuel > 0.0:
            self._enter(Phase.STOPPED)

    def _crank(self) -> None:
        if self.since < self.crank:
            return
        self.tried += 1
        if not self.broken and self.fuel > 0.0:
            self.starts += 1
            self._enter(Phase.RUNNING)
        elif self.tried >= self.attempts:
            self._enter(Phase.FAULT)
        else:
            self.since = 0.0

    def _cool(self, needed: bool) -> None:
        if needed:
            self._enter(Phase.RUNNING)
        elif self.since >= self.cooldown:
            self._enter(Phase.STOPPED)

    def _enter(self, phase: Phase) -> None:
        self.phase, self.since, self.idle = phase, 0.0, 0.0

    def _turn(self, dt: float) -> None:
        """Let speed and coolant approach what the phase asks for."""
        running = self.phase in (Phase.RUNNING, Phase.COOLING_DOWN)
        target = 1500.0 if running else 250.0 if self.phase is Phase.CRANKING else 0.0
        self.speed += (target - self.speed) * -math.expm1(-dt / 1.0)
        warm = 82.0 if running else 40.0
        self.coolant += (warm - self.coolant) * -math.expm1(-dt / 180.0)
        if running:
            self.ran += dt

    def pull(self, dt: float) -> None:
        """Burn fuel for what is delivered."""
        self.drawn = self.watts
        if self.phase in (Phase.RUNNING, Phase.COOLING_DOWN):
            self.fuel = max(0.0, self.fuel - (IDLE_BURN + BURN * self.watts) * dt)

    def _limit(self) -> tuple[float, float]:
        return self.overload_after, self.watts / self.rated

    def word(self) -> str:
        """Return the phase."""
        return self.phase.value
