"""The uptime figures of a year: 1,000 services, 1 million changes, from a ledger on disk.

python -m bench.availability      a line of JSON

The ledger is written here, chained and with all its indexes; then a process of its own reads it, as a report
does, for the year and for its last month, and for that month in a ledger that has no other. Processor time,
and the most memory that process had.
"""

from __future__ import annotations

import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

from dcim.availability import answer, claim, named
from dcim.clock import SystemClock
from dcim.ledger import Entry, Head, append
from dcim.ledger.chain import Sealed
from dcim.model.fact import FactKind
from dcim.store import DATABASE, Store, reading

SERVICES, CHANGES, BEAT = 1000, 1_000_000, 600_000_000
ZONE = ZoneInfo("Africa/Casablanca")
YEAR, MONTH = named("2025", ZONE), named("2025-12", ZONE)
STANDS = (("up", "full"), ("up", "reduced"), ("up", "full"), ("down", "reduced"), ("up", "unknown"))


def told(start: int, end: int, changes: int) -> Iterator[Sealed]:
    """Yield facts in the order of time: a start, heartbeats, and changes of services in turn."""
    rolled = random.Random(5)
    stands = [0] * SERVICES
    yield Sealed(start, FactKind.DAEMON_STARTED, "bench", "{}")
    step, beat = (end - start) // (changes + 1), start
    for number in range(changes):
        at = start + (number + 1) * step
        while beat + BEAT < at:
            beat += BEAT
            yield Sealed(beat, FactKind.HEARTBEAT, "bench", '{"lasts":600.0}')
        service = number % SERVICES
        before, stands[service] = stands[service], rolled.randrange(len(STANDS))
        yield Sealed(at, FactKind.SERVICE_STATE, f"power/r{service:04}", body(before, stands[service], at))
    yield Sealed(end + 2 * 86_400_000_000, FactKind.HEARTBEAT, "bench", '{"lasts":600.0}')


def body(before: int, now: int, at: int) -> str:
    """Return a body as the daemon writes it, with one part that is not as it should be."""
    function, redundancy = STANDS[now]
    was = STANDS[before]
    why = {"function": "down", "part": "pdu-1", "redundancy": "reduced", "why": "no voltage at any phase"}
    said = {
        "because": [why] if redundancy != "full" else [],
        "before": {"function": was[0], "redundancy": was[1]},
        "function": function,
        "held": round(at / 1e6 - 10.0, 6),
        "kind": "power",
        "more": 0,
        "needs": 1,
        "of": 2,
        "redundancy": redundancy,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def write(directory: Path, facts: Iterator[Sealed]) -> int:
    """Write a ledger of these facts and return how many it has."""
    store = Store.open(directory, "bench", SystemClock(), chain_id="bench")
    store.close()
    connection = sqlite3.connect(directory / DATABASE, isolation_level=None)
    connection.execute("BEGIN")
    connection.execute("DELETE FROM facts")
    marks = ",".join("?" * len(Entry._fields))
    names = ",".join(f'"{name}"' for name in Entry._fields)
    head = Head("bench", "bench", 1, 0, "0" * 64)
    count = 0

    def chained() -> Iterator[Entry]:
        nonlocal head, count
        for fact in facts:
            entry = append(head, fact, 1)
            head, count = entry.head, entry.sequence
            yield entry

    connection.executemany(f"INSERT INTO facts ({names}) VALUES ({marks})", chained())
    connection.execute("UPDATE chain SET sequence = ?, hash = ?", (head.sequence, head.hash))
    connection.execute("COMMIT")
    connection.close()
    return count


def read(directory: Path) -> None:
    """Print what it takes to compute the figures of every service, for the year and for its last month."""
    found: dict[str, float] = {}
    with reading(directory) as reads:
        for name, period in (("year", YEAR), ("month", MONTH)):
            began = process_time()
            evidence = reads.evidence(period, every=True)
            assert evidence is not None
            outages = 0
            for one in range(SERVICES):
                said = answer(evidence, f"power/r{one:04}")
                outages += len(claim(said, str(ZONE)) and said.seen.figures.outages)
            found[f"{name}_cpu_seconds"] = round(process_time() - began, 2)
            found[f"{name}_outages"] = outages
    found["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    sys.stdout.write(json.dumps(found))


def measured(directory: Path) -> dict[str, float]:
    """Read a ledger in a process of its own."""
    program = [sys.executable, "-m", "bench.availability", "--read", str(directory)]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Write two ledgers, read both, print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        whole, month = Path(folder, "year"), Path(folder, "month")
        facts = write(whole, told(YEAR.start, YEAR.end, CHANGES))
        share = MONTH.length / YEAR.length
        write(month, told(MONTH.start, MONTH.end, round(CHANGES * share)))
        said = {"facts": facts, **measured(whole)}
        said["month_alone_cpu_seconds"] = measured(month)["month_cpu_seconds"]
    sys.stdout.write(f"{json.dumps(said)}\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read(Path(sys.argv[2]))
    else:
        main()
