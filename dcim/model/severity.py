"""How bad it is."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How soon somebody must act: the four classes of ISA-18.2 and IEC 62682, the highest first."""

    CRITICAL = "critical"  # at once: load or cooling is being lost, or will be within minutes
    MAJOR = "major"  # within the hour: a safeguard is gone, the next fault costs load
    MINOR = "minor"  # within the shift: a part is failing or a limit is near
    WARNING = "warning"  # on the next working day
