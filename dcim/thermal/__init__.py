"""Heat at the inlets of the equipment: against ASHRAE, by the minute. Pure."""

from dcim.thermal.envelope import Envelope, Limits, Side, Zone, dew_point, envelope
from dcim.thermal.inlet import Excursion, Lived, Swing, lived
from dcim.thermal.series import Air, Series, air

__all__ = [
    "Air",
    "Envelope",
    "Excursion",
    "Limits",
    "Lived",
    "Series",
    "Side",
    "Swing",
    "Zone",
    "air",
    "dew_point",
    "envelope",
    "lived",
]
