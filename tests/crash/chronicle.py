"""Lives of the daemon that end by kill -9, and what each leaves behind."""

from __future__ import annotations

import random
import re
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from typer.testing import CliRunner

from dcim.cli import build
from dcim.history.closed import living, read_sets
from dcim.history.plan import covered_to
from dcim.history.segment import SegmentFile, scan
from dcim.store import reading

from .conftest import Site, until


@dataclass
class Death:
    """One life that was killed: when (UTC seconds, before and after), and what it had said to be on disk."""

    before: float
    after: float
    acknowledged: int
    shown: int  # alerts on its page


@dataclass
class Chronicle:
    """Lives of the daemon, and what must be true of what they leave."""

    site: Site
    client: httpx.Client
    deaths: list[Death] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    held: int = 0
    promised: int = 0  # readings that lives said to be on disk
    open: set[str] = field(default_factory=set)  # keys of alerts that were on record when it was killed
    kept_open: int = 0

    @property
    def state(self) -> Path:
        return self.site.folder / "state"

    def born(self) -> None:
        self.site.process = self.site.processes.start(
            "dcim", sys.executable, "-m", "dcim.cli", "run", "-c", self.site.folder / "dcim.yaml"
        )

    def lives(self) -> None:
        """Wait until it serves; no alert that was on record may be missing from its page without a clearance."""
        until(self.site.answers, "the daemon serves")
        shown = {alert["key"] for alert in self.client.get("/api/v1/alerts").json()}
        gone = self.open - shown
        if gone:
            with reading(self.state) as books:
                facts = books.facts(kinds=("alert",), limit=1_000_000)
            newest = {fact.subject: fact.read()["change"] for fact in facts}
            assert {newest[key] for key in gone} <= {"cleared"}
        self.kept_open += len(self.open & shown)

    def dies(self, after: float) -> None:
        """Look at what it says to be on disk until the moment comes, kill it, and hold it to its word."""
        end = time.monotonic() + after
        acknowledged = shown = 0
        while time.monotonic() < end:
            text = self.client.get("/metrics").text
            found = re.search(r"^dcim_history_readings_total (\S+)$", text, re.MULTILINE)
            acknowledged = int(float(found.group(1))) if found else 0
            shown = len(self.client.get("/api/v1/alerts").json())
            self.note_head()
            time.sleep(random.uniform(0.0, 0.2))
        self.kill(acknowledged, shown)

    def kill(self, acknowledged: int = 0, shown: int = 0) -> None:
        assert self.site.process is not None
        assert self.site.process.poll() is None, self.site.processes.log("dcim")[-3000:]
        before = time.time()
        self.site.process.send_signal(signal.SIGKILL)
        self.site.process.wait()
        self.deaths.append(Death(before, time.time(), acknowledged, shown))
        self.promised += acknowledged
        held = rows_on_disk(self.state)
        assert held >= self.held + acknowledged
        self.held = held
        if (self.state / "dcim.db").exists():
            self.on_record()

    def on_record(self) -> None:
        """The chain holds from end to end with the heads it gave, whatever the moment."""
        assert ledger("verify", self.state, *(f"--head={head}" for head in self.heads[-3:])).exit_code == 0
        with reading(self.state) as books:
            self.open = {row.key for row in books.open_alerts()}

    def note_head(self) -> None:
        said = ledger("head", self.state)
        if said.exit_code == 0:
            self.heads.append(said.stdout.strip())


def ledger(command: str, state: Path, *more: str) -> Any:
    return CliRunner().invoke(build(["ledger"]), ["ledger", command, "--state", str(state), *more])


def rows_on_disk(state: Path) -> int:
    """Count the readings in whole frames and closed files, without opening the history."""
    if not (state / "history" / "closed").is_dir():
        return 0
    sets = living(read_sets(state / "history" / "closed"))
    files = SegmentFile.all(state / "history" / "segments")
    tail = (entry for file in files if file.number > covered_to(sets) for entry in scan(file.path))
    return sum(each.rows for each in sets) + sum(entry.header.rows for entry in tail)
