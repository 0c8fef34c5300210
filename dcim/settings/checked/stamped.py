"""An authority that says when heads of the ledger were there (RFC 3161): ``ledger: { timestamps: ... }``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from dcim.record import dataclass
from dcim.settings.values.trusted import CaFile
from dcim.settings.values.written import Seconds, base_url
from dcim.yaml import Section


@dataclass(frozen=True, slots=True)
class Timestamps:
    """Whom to ask, how often (seconds), and whom to trust for its TLS (None: what the system trusts)."""

    url: str
    every: float = 86400.0
    ca_file: Path | None = None


def _address(written: str) -> str:
    base_url(written)  # a place and nothing else; a slash at its end is part of it here
    return written


class TimestampsShape(Section):
    """One authority. ``url``: where it takes requests; ``every``: how often the newest head is stamped."""

    url: Annotated[str, AfterValidator(_address)]
    every: Annotated[Seconds, Field(ge=3600, le=31 * 86400)] = 86400.0
    ca_file: CaFile | None = None


def timestamps(shape: TimestampsShape | None) -> Timestamps | None:
    """Return what was written; None where nobody is to be asked."""
    return Timestamps(shape.url, shape.every, shape.ca_file) if shape else None
