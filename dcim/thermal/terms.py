"""Against which envelope a site holds its inlets, and which of its sensors are inlets."""

from __future__ import annotations

from dcim.record import dataclass
from dcim.thermal.envelope import ClassName, Envelope, envelope


@dataclass(frozen=True, slots=True)
class ThermalTerms:
    """The section ``thermal`` of the configuration.

    ``inlets``: devices whose probes stand at inlets of IT equipment, or ``DEVICE/PROBE`` for one probe;
    empty: those of sensors and PDUs in rooms with racks. ``without``: probes of these that stand
    elsewhere. ``altitude`` in meters.
    """

    name: ClassName = "A1"
    altitude: float = 0.0
    polluted: bool = False
    tape: bool = False
    inlets: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def envelope(self) -> Envelope:
        """Return the envelope."""
        return envelope(self.name, altitude=self.altitude, polluted=self.polluted, tape=self.tape)
