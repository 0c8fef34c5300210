"""The sections of blocks that go into a bundle: those that the claims of its reports rest on, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from dcim.rollup.block import Block, hour_start, proven, sections
from dcim.rollup.table import read

Wanted: TypeAlias = "dict[tuple[str, int], set[str]]"
"""Devices by hour and version."""


def wanted(figures: Iterable[Mapping[str, Any]]) -> Wanted:
    """Return what figures of energy reports rest on: the devices of their claims in each of their blocks.

    Demand (``committed``) and tenants, racks and feeds (``parts``) rest on the same blocks.
    """
    found: Wanted = {}
    for one in figures:
        claims = [*one.get("energy", ()), *one.get("committed", ()), one.get("parts", {})]
        assets = {str(point["asset"]) for claim in claims for point in claim.get("points", ())}
        for block in one.get("blocks", ()):
            found.setdefault((str(block["hour"]), int(block["version"])), set()).update(assets)
    return found


def lines(directory: Path, blocks: Iterable[Block], what: Wanted) -> Iterator[str]:
    """Yield the lines of ``rollups.ndjson`` for what is wanted, by hour, version and device.

    ``blocks`` are all versions of those hours that there are; one that is not there is left out. Raise
    ValueError when a file does not hold what the ledger says of it, OSError when it cannot be read.
    """
    for block in sorted(blocks, key=lambda one: (one.hour, one.version)):
        if assets := what.get((block.hour, block.version)):
            rows = read({directory / block.file: hour_start(block.hour)})
            parts = list(sections(block.hour, (row for _, row in rows), block.cuts))
            yield from proven(block, parts, assets)
