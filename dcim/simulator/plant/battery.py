"""A string of batteries: constant power out, constant power in up to the knee, then a tapering charge."""

from __future__ import annotations

import math

from dcim.record import dataclass

KNEE = 0.9
"""Share of charge above which the charger tapers, as constant-current, constant-voltage chargers do."""


@dataclass(slots=True)
class Battery:
    """Stored energy in joules. ``charge`` is its share of ``capacity``; powers are watts at the battery."""

    capacity: float
    charger: float
    nominal_volts: float
    charge: float = 1.0

    @property
    def volts(self) -> float:
        """Return the terminal voltage: from 1.75 V to 2.27 V a cell of 2.0 V nominal (lead-acid)."""
        return self.nominal_volts * (1.75 + 0.52 * self.charge) / 2.0

    def runtime(self, watts: float) -> float:
        """Return the seconds until empty at a constant load; infinite without load."""
        return self.charge * self.capacity / watts if watts > 0 else math.inf

    def drain(self, watts: float, dt: float) -> float:
        """Take ``watts`` for ``dt`` seconds, or what is left; return the joules that came out."""
        wanted = watts * dt
        given = min(wanted, self.charge * self.capacity)
        # what a rounding error would leave behind cannot run an inverter
        self.charge = 0.0 if given < wanted else self.charge - given / self.capacity
        return given

    def fill(self, dt: float) -> float:
        """Charge for ``dt`` seconds and return the joules stored; exact for any ``dt``."""
        before = self.charge
        rate = self.charger / self.capacity
        until_knee = max(0.0, (KNEE - self.charge) / rate)
        if dt < until_knee:
            self.charge += rate * dt
        else:
            # above the knee the power is proportional to what is missing
            missing = 1.0 - max(KNEE, self.charge)
            self.charge = 1.0 - missing * math.exp(-rate / (1.0 - KNEE) * (dt - until_knee))
        return (self.charge - before) * self.capacity
