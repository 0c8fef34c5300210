"""How many facts a second the ledger takes: works of one fact from many hands at once, and those of a storm.

python -m bench.facts [facts]      a line of JSON each
  one     works of one fact each, two thousand under way at any time
  ten     works of ten facts each, two hundred under way
  storm   works of 2,000 facts with the rows of their alerts, one after the other, as in a storm

SQLite in WAL, ``synchronous=FULL``: every group is on disk before any of its works is acknowledged.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

from dcim.clock import SystemClock
from dcim.model import Memory
from dcim.model.fact import Fact, FactKind, Json
from dcim.store import AlertRow, Store, Work

FACTS: Final = 20_000
NOON: Final = 1_764_072_000.0
_ROW: Final[dict[str, Json]] = {
    "kind": "raised",
    "rule": "pdu_inlet_lost",
    "severity": "critical",
    "raised_at": NOON,
    "asset": "pdu-123",
    "metric": "pdu_inlet_state",
    "labels": {"source": "a"},
    "value": None,
    "unit": "",
    "state": "lost",
    "acknowledged": "",
    "incident": "a" * 64,
    "because": "power",
    "part": "main",
    "cause": "b" * 64,
    "apart": False,
}
_FACT: Final[dict[str, Json]] = {
    **_ROW,
    "change": "raised",
    "who": "",
    "why": "",
    "limit": "lost",
    "open": True,
    "digest": "c" * 64,
}


def work(number: int, facts: int, *, rows: bool) -> Work:
    """Return a work of so many facts of alerts, with their rows or without."""
    keys = [f"{number:08x}{at:056x}" for at in range(facts)]
    return Work(
        facts=tuple(Fact(FactKind.ALERT, NOON + number, key, dict(_FACT)) for key in keys),
        alerts=tuple(AlertRow(key, True, NOON, dict(_ROW)) for key in keys) if rows else (),
        memories=tuple(Memory("alert", key, dict(_ROW)) for key in keys) if rows else (),
    )


async def written(store: Store, works: Sequence[Work], together: int) -> None:
    """Commit works, so many at once."""
    for at in range(0, len(works), together):
        await asyncio.gather(*(store.commit(one) for one in works[at : at + together]))


async def measure(name: str, facts: int, each: int, together: int) -> dict[str, Any]:
    """Write so many facts in works of ``each``; return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder), "bench", SystemClock())
        works = [work(number, each, rows=name == "storm") for number in range(facts // each)]
        began, used = perf_counter(), process_time()
        await written(store, works, together)
        wall, cpu = perf_counter() - began, process_time() - used
        figures = {
            "works": name,
            "facts": facts,
            "facts_a_second": round(facts / wall),
            "cpu_us_a_fact": round(cpu / facts * 1e6),
            "transactions": store.status.transactions,
        }
        await store.stop("bench")
        return figures


def main() -> None:
    """Measure all three."""
    facts = next((int(word) for word in sys.argv[1:] if word.isdigit()), FACTS)
    for name, each, together in (("one", 1, 2000), ("ten", 10, 200), ("storm", 2000, 1)):
        print(json.dumps(asyncio.run(measure(name, facts, each, together))), flush=True)


if __name__ == "__main__":
    main()
