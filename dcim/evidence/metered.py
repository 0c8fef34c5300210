"""The sections of roll-ups that the claims of issued reports rest on, for a bundle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from dcim.evidence.export import NotExported
from dcim.rollup.bundle import lines, wanted
from dcim.store import Reads

FOLDER: Final = "rollup"


def sections(directory: Path, reads: Reads, claims: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the lines of ``rollups.ndjson`` for claims (file name and text), by hour and device.

    Raise NotExported when a block is not what the ledger says of it, or cannot be read.
    """
    found = wanted(figures for _, text in claims if (figures := _figures(text)))
    if found:
        hours = sorted(hour for hour, _ in found)
        blocks = reads.rollups(hours[0], hours[-1], every=True)
        try:
            yield from lines(directory / FOLDER, blocks, found)
        except (ValueError, OSError) as why:
            msg = f"a roll-up cannot be shown: {why}"
            raise NotExported(msg) from why


def _figures(text: str) -> Mapping[str, Any] | None:
    """Return the figures of a claim that rests on blocks; None for any other."""
    if '"blocks"' not in text:
        return None
    said = json.loads(text)
    figures = said.get("figures") if isinstance(said, dict) else None
    return figures if isinstance(figures, dict) and "energy" in figures else None
