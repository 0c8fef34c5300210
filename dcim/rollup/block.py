"""The block of an hour: its name, its fact, and the sections that its root proves. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from typing import Final, NamedTuple

from dcim.model.fact import Body, Fact, FactKind
from dcim.record import dataclass
from dcim.rollup.tree import leaf, proof, root

FORMAT: Final = 1
HOUR: Final = 3_600_000
"""Milliseconds."""


def hour_name(start: int) -> str:
    """Return how an hour that begins at ``start`` (ms UTC) is called: ``2026-11-25T13``."""
    return datetime.fromtimestamp(start // 1000, UTC).strftime("%Y-%m-%dT%H")


def hour_start(name: str) -> int:
    """Return when an hour begins, ms UTC. Raise ValueError when it is no hour's name."""
    return round(datetime.strptime(name, "%Y-%m-%dT%H").replace(tzinfo=UTC).timestamp()) * 1000


@dataclass(frozen=True, slots=True)
class Block:
    """One version of one hour, as its row and its fact say it. ``file`` is relative to the roll-ups."""

    hour: str
    version: int
    at: float  # when it was made, UTC seconds
    root: str
    sha256: str  # of the file
    file: str
    cuts: int  # runs of counters end so many times an hour
    sections: int
    points: int
    bytes: int

    def fact(self) -> Fact:
        """Return the fact that keeps the root for ever."""
        body: dict[str, str | int] = {
            key: value for key, value in asdict(self).items() if key not in ("hour", "at")
        }
        told: Body = body
        return Fact(FactKind.ROLLUP_CLOSED, self.at, self.hour, told)


def file_of(hour: str, version: int) -> str:
    """Return where a version of an hour stands."""
    return f"{hour[:7]}/{hour}.{version}.parquet"


class Row(NamedTuple):
    """What an hour said of one point, in whole numbers (``docs/energy.md``).

    A counter has ``runs`` (first_at, first, last_at, last) and a ``limit``, everything else ``ms``, ``min``,
    ``mean``, ``max`` and ``last``; of a state only ``ms`` and ``last`` mean anything. ``parts``: power of an
    hour that is cut, for each part of it in order for how long there was a value, and its mean. ``cuts``: how
    often the hour is cut for this point; 0: as often as its block says.
    """

    asset: str
    metric: str
    labels: str  # JSON
    n: int
    gaps: int
    ms: int
    min: int | None
    mean: int | None
    max: int | None
    last: int | None
    limit: int | None
    runs: tuple[tuple[int, int, int, int], ...]
    parts: tuple[tuple[int, int], ...] = ()
    cuts: int = 0

    def line(self) -> str:
        """Return the point's line in its section."""
        head = f'{{"metric":{json.dumps(self.metric)},"labels":{self.labels},"n":{self.n},"gaps":{self.gaps},'
        head += f'"cuts":{self.cuts},' if self.cuts else ""
        if self.limit is not None:
            runs = ",".join(f"[{a},{b},{c},{d}]" for a, b, c, d in self.runs)
            return f'{head}"limit":{self.limit},"runs":[{runs}]}}\n'
        low, mean, high, last = (
            "null" if one is None else one for one in (self.min, self.mean, self.max, self.last)
        )
        parts = ",".join(f"[{ms},{mean}]" for ms, mean in self.parts)
        tail = f',"parts":[{parts}]' if parts else ""
        return f'{head}"ms":{self.ms},"min":{low},"mean":{mean},"max":{high},"last":{last}{tail}}}\n'


@dataclass(frozen=True, slots=True)
class Section:
    """What a block says of one device, as the text that is a leaf of its tree."""

    asset: str
    text: str

    @property
    def leaf(self) -> bytes:
        """Return its hash."""
        return leaf(self.text.encode())


def sections(hour: str, rows: Iterable[Row], cuts: int) -> Iterator[Section]:
    """Return the sections of rows that are sorted by device, metric and labels."""
    for asset, group in groupby(rows, key=lambda row: row.asset):
        head = f'{{"format":{FORMAT},"asset":{json.dumps(asset)},"hour":"{hour}","cuts":{cuts}}}\n'
        yield Section(asset, head + "".join(row.line() for row in group))


def proven(block: Block, parts: Sequence[Section], wanted: Iterable[str]) -> Iterator[str]:
    """Yield lines of ``rollups.ndjson`` for some devices of a block, of which ``parts`` are all sections.

    Without the end of the line.
    Raise ValueError when the sections are not those of the block's root: the file was changed.
    """
    leaves = [part.leaf for part in parts]
    if not leaves or root(leaves).hex() != block.root:
        msg = f"{block.file} does not hold what the ledger says of {block.hour}"
        raise ValueError(msg)
    chosen = frozenset(wanted)
    for index, part in enumerate(parts):
        if part.asset in chosen:
            path = [each.hex() for each in proof(leaves, index)]
            said = {"hour": block.hour, "version": block.version, "root": block.root, "index": index}
            yield json.dumps(
                {**said, "of": len(parts), "proof": path, "section": part.text}, separators=(",", ":")
            )
