"""The protocol-free half of a device profile: what a raw value means. Pure."""

from dcim.profile.compile import Around, compile_value, ratio
from dcim.profile.outline import Outline, outline
from dcim.profile.partial import check_points
from dcim.profile.shapes import FORMAT, PointShape, ProfileHeader, check_name
from dcim.profile.value import Alarm, Alarms, Condition, Quantity, Ratio, Raw, States, Value, alarm_meanings

__all__ = [
    "FORMAT",
    "Alarm",
    "Alarms",
    "Around",
    "Condition",
    "Outline",
    "PointShape",
    "ProfileHeader",
    "Quantity",
    "Ratio",
    "Raw",
    "States",
    "Value",
    "alarm_meanings",
    "check_name",
    "check_points",
    "compile_value",
    "outline",
    "ratio",
]
