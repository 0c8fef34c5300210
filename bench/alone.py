"""Programs that measure one thing each, in a process of its own: what they print becomes tables.

python -m bench.PROGRAM ─▶ rows of a table, or JSON objects ─▶ Table, with what was aimed at
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.load import ROOT, Place
from bench.report import Size, Table


@dataclass(frozen=True, slots=True)
class Alone:
    """A program, what it is given in a whole run and in a quick one (None: it is left out there)."""

    title: str
    program: str
    given: tuple[str, ...] = ()
    quick: tuple[str, ...] | None = None
    aims: Mapping[str, str] = field(default_factory=dict)  # of figures in JSON, by their names
    note: str = ""

    def measure(self, _place: Place, size: Size) -> Iterator[Table]:
        """Run it and yield its table."""
        given = self.quick if size.is_quick else self.given
        if given is None:
            return
        program = [sys.executable, "-m", f"bench.{self.program}", *given]
        done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        yield self.table(done.stdout, " ".join(("python -m", *program[2:])))

    def table(self, printed: str, command: str) -> Table:
        """Make a table of what was printed: of its own rows, or a row a figure and a column a JSON object."""
        lines = [line.strip() for line in printed.splitlines() if line.strip()]
        rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if line[0] == "|"]
        found = [json.loads(line) for line in lines if line[0] == "{"]
        said = [line for line in lines if line[0] not in "|{"]
        notes = tuple(note for note in (f"`{command}`", *said, self.note) if note)
        if rows:
            return Table(self.title, tuple(rows[0]), tuple(map(tuple, rows[2:])), notes)
        return Table(self.title, *_across(found, self.aims), notes)


def _across(found: Sequence[dict[str, Any]], aims: Mapping[str, str]) -> tuple[Any, Any]:
    """Return columns and rows of objects that stand beside each other: their first text names them."""
    names = [next((text for text in one.values() if isinstance(text, str)), "measured") for one in found]
    figures = {key for one in found for key, value in one.items() if not isinstance(value, str)}
    columns = ("", *names, *(("aim",) if aims else ()))
    rows = [
        (_words(key), *(_shown(one.get(key)) for one in found), *((aims.get(key, ""),) if aims else ()))
        for key in dict.fromkeys(key for one in found for key in one)
        if key in figures
    ]
    return columns, tuple(rows)


def _words(key: str) -> str:
    return key.replace("_", " ")


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int | float) else str(value)


ALONE: Final[tuple[Alone, ...]] = (
    Alone("History", "history"),
    Alone(
        "What rules cost",
        "rulecost",
        aims={"ms_per_1000_readings_added": "at most 0.3"},
        note="1,000 rules dealt over the kinds of 5,000 devices, about 50 look at each; values wander within "
        "their limits. Processor time of the watch, the best of eight rounds, taken in turns.",
    ),
    Alone(
        "A storm of alerts",
        "storm",
        quick=("one", "50"),
        aims={"durable_s": "5", "last_first_message_s": "10", "blocked_wall_ms": "200"},
        note="20,000 conditions become true in one second: of one cause, and of 5,000 causes apart.",
    ),
    Alone(
        "Facts a second",
        "facts",
        quick=("2000",),
        aims={"facts_a_second": "5,000"},
        note="Into a ledger in SQLite, every group on disk before any of its works is acknowledged.",
    ),
    Alone(
        "Verification",
        "verify",
        quick=("2000",),
        aims={"facts_a_cpu_second": "100,000 a second"},
        note="`verify.py` of an exported bundle, the fastest of three; five million additions of this "
        "interpreter beside it, to compare machines by.",
    ),
    Alone(
        "Figures of uptime",
        "availability",
        note="Of 1,000 services from a million changes, and of their last month: out of that ledger, and out "
        "of one that holds no other month.",
    ),
    Alone(
        "Reports",
        "reports",
        aims={
            "year_cpu_seconds": "10",
            "year_peak_mb": "500",
            "tenant_month_cpu_seconds": "2",
        },
        note="A year's uptime of 1,000 services out of a million changes, and a tenant's month, as PDF.",
    ),
    Alone("Roll-ups", "rollup", quick=("2",), note="One hour of the energy and air of so many points."),
    Alone(
        "What if",
        "flow",
        aims={"all single losses, s": "1", "whole cycle, s": "1", "one loss with its loads, median, ms": "1"},
        note="A whole cycle: from the frame that comes to the child to the frame that goes, every reading of "
        "which is another than before: unpacked, read, flow, losses, headroom, services, packed. `heard`: "
        "what the daemon does with the answer.",
    ),
    Alone(
        "Keeping raw answers",
        "recording",
        quick=("--devices", "20", "--seconds", "20"),
        note="What it adds to a poll of 60 varbinds.",
    ),
    Alone(
        "Replay",
        "replay",
        given=("--hours", "1"),
        aims={"a_day_of_it_wall_s": "120"},
        note="An hour of 500 devices asked every 10 s, what losses would bring computed all along. `cpu` is "
        "of the process that plays, `cpu beside` of those that decode ahead of it; `wall` is time as it "
        "passes on a machine that may have other work.",
    ),
    Alone(
        "Outputs",
        "outputs",
        note="Aim: 50,000 readings a second into InfluxDB. A log is drained into each far side in turn.",
    ),
    Alone(
        "An outage made up for",
        "catchup",
        given=("300", "1800"),
        quick=("2",),
        note="5,000 readings come in every second meanwhile. Aim: a day of it in 15 minutes.",
    ),
    Alone(
        "A scrape of 100,000 series",
        "exposition",
        quick=("--series", "1000"),
        note="A tenth of the batches is new since the scrape before. Aim: 50 ms, no piece over 20.",
    ),
    Alone(
        "The whole at a glance",
        "overview",
        quick=("50",),
        note="What dashboards are told of the whole, brought up to date every few seconds.",
    ),
)
