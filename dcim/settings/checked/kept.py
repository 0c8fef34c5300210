"""How much of raw answers is kept."""

from __future__ import annotations

from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class RecordingTerms:
    """Seconds and bytes of the ring of the last minutes, and of all that is kept together.

    ``after``: seconds that an incident is recorded on after people were told of it, or after its end.
    """

    enabled: bool = True
    ring: float = 900.0
    ring_bytes: int = 256 << 20
    incidents: bool = True
    after: float = 300.0
    keep: float = 30 * 86400.0
    keep_bytes: int = 2 << 30
