"""What the writer takes: a work as rows, made ready before it waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from dcim.ledger.chain import Microseconds, Sealed
from dcim.ledger.signed import Signer
from dcim.record import dataclass

Row: TypeAlias = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A work as rows. ``alerts`` and ``memories`` have None for a row to delete; ``weight``: bytes."""

    facts: tuple[Sealed, ...]
    alerts: Mapping[str, Row | None]
    devices: Mapping[str, Row]
    memories: Mapping[tuple[str, str], Row | None]
    messages: tuple[Row, ...]
    attempts: tuple[Row, ...]
    forget_settled: Microseconds | None
    forget_beats: Microseconds | None
    sign: str
    signer: Signer | None
    weight: int
    rollups: tuple[Row, ...] = ()
    people: tuple[Row, ...] = ()
