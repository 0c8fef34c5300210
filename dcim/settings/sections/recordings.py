"""Whether raw answers are kept, and how much of them: the section ``recordings``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dcim.settings.checked.kept import RecordingTerms
from dcim.settings.reading.files import Files
from dcim.settings.values.sizes import Size
from dcim.settings.values.written import Seconds
from dcim.yaml import Section


class RecordingsShape(Section):
    """What of raw answers is kept."""

    enabled: bool = True
    ring: Annotated[Seconds, Field(ge=60, le=86400)] = 900.0
    ring_size: Annotated[Size, Field(ge=1 << 20)] = 256 << 20
    incidents: bool = True
    after: Annotated[Seconds, Field(ge=0, le=86400)] = 300.0
    keep: Annotated[Seconds, Field(ge=3600, le=20 * 366 * 86400)] = 30 * 86400.0
    keep_size: Annotated[Size, Field(ge=1 << 20)] = 2 << 30


def recordings(files: Files) -> RecordingTerms:
    """Return what the main file says, or what holds where it says nothing."""
    shape = files.section("recordings", RecordingsShape)
    if shape is None:
        return RecordingTerms()
    return RecordingTerms(
        shape.enabled,
        shape.ring,
        shape.ring_size,
        shape.incidents,
        shape.after,
        shape.keep,
        shape.keep_size,
    )
