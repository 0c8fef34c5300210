"""A small ledger with a key, services, work and a report, and its bundle: made once, copied by whoever breaks it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dcim.availability import Period, answer, claim, evidence
from dcim.evidence.custody import Custody
from dcim.evidence.export import Extras, export
from dcim.evidence.issued import claims
from dcim.evidence.keyfile import Pen
from dcim.evidence.verifier.chain import Kept
from dcim.evidence.verifier.main import Options, Result, verify
from dcim.ledger import Head
from dcim.ledger.signed import HOUR, REPORT, STOP
from dcim.model.fact import Fact, FactKind
from dcim.store import Store, Work
from tests.databases import backend, new_state, on_both, shell, sql, state

__all__ = ["backend", "new_state", "shell", "sql", "state"]

T0 = 1_764_000_000.0
DAY = 86_400.0
FACTS = 300


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that has a ledger on both databases, on PostgreSQL among the long ones."""
    on_both(metafunc, pytest.mark.long)


class HandClock:
    """A clock that stands still until somebody moves it."""

    def __init__(self) -> None:
        self.wall = T0
        self.steady = 1000.0

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def pass_time(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


class Bundle(NamedTuple):
    """An exported folder, and what an auditor kept elsewhere."""

    folder: Path
    key: str
    head: Head
    state: Path

    def check(self, folder: Path | None = None, **more: Any) -> Result:
        kept = Kept(*self.head)
        return verify(str(folder or self.folder), Options(keys=[self.key], kept=[kept], **more))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def begun(state: Path, clock: HandClock):
    """A store with a key."""
    store = Store.open(state, "cas1", clock, "c0ffee")
    pen = Custody(state, store, clock).begin()
    yield store, pen, state
    store.close()


def live(store: Store, clock: HandClock) -> None:
    """Let a site live: heartbeats, a service that fails, work, a stall, an alert."""
    states = ("up", "full"), ("up", "reduced"), ("down", "reduced"), ("up", "full")
    before = {"function": "unknown", "redundancy": "unknown"}
    while store.committed.sequence < FACTS - 5:
        clock.pass_time(900.0)
        number = store.committed.sequence
        function, redundancy = states[number // 3 % 4]
        facts = [Fact(FactKind.HEARTBEAT, clock.now(), "cas1", {"lasts": 900.0})]
        body = {"function": function, "redundancy": redundancy, "before": before, "held": clock.now() - 5.0}
        facts.append(Fact(FactKind.SERVICE_STATE, clock.now(), "power/r01", body))
        before = {"function": function, "redundancy": redundancy}
        facts.append(Fact(FactKind.ALERT, clock.now(), f"ups-{number % 7} on_battery", {"change": "raised", "value": 1 / 7, "note": 'é "x"'}))  # fmt: skip
        store.commit_now(Work(facts=tuple(facts), sign=HOUR if number % 90 < 3 else ""))


def issue(state: Path, store: Store, clock: HandClock) -> None:
    """Issue a report on the service, as ``dcim report`` does."""
    period = Period(round(T0 * 1e6), round((T0 + 20 * 3600) * 1e6))
    said = claim(answer(evidence(list(store.entries()), period), "power/r01"), "UTC")
    span = {"since": period.start, "until": period.end, "zone": "UTC"}
    document = {
        "format": "dcim claim 1", "kind": "uptime", "period": span, "until": period.end,
        "figures": {"answers": [said]},
    }  # fmt: skip
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = sha256(text.encode()).hexdigest()
    (state / "reports" / digest).mkdir(parents=True)
    (state / "reports" / digest / "claim.json").write_text(text, encoding="utf-8")
    body = {"kind": "uptime", "claim": digest, "from": period.start, "to": period.end}
    store.commit_now(
        Work(facts=(Fact(FactKind.REPORT_ISSUED, clock.now(), "uptime site", body),), sign=REPORT)
    )


def bundled(folder: Path, state: Path, store: Store, pen: Pen) -> Bundle:
    done = export(folder, store, pen, Extras(claims=claims(state, store)))
    return Bundle(folder, pen.public, done.head, state)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle of 300 facts that holds; nobody writes into it."""
    root, clock = tmp_path_factory.mktemp("evidence"), HandClock()
    store = Store.open(root / "state", "cas1", clock, "c0ffee")
    try:
        pen = Custody(root / "state", store, clock).begin()
        live(store, clock)
        issue(root / "state", store, clock)
        stop = Fact(FactKind.DAEMON_STOPPED, clock.now(), "cas1", {"why": "asked"})
        beats = FACTS - 1 - store.committed.sequence
        beat = Fact(FactKind.HEARTBEAT, clock.now(), "cas1", {"lasts": 900.0})
        store.commit_now(Work(facts=(*[beat] * beats, stop), sign=STOP))
        return bundled(root / "bundle", root / "state", store, pen)
    finally:
        store.close()


@pytest.fixture
def broken(bundle: Bundle, tmp_path: Path) -> Callable[[], Path]:
    """Copy the bundle for somebody who will change it."""

    def copy() -> Path:
        shutil.copytree(bundle.folder, tmp_path / "broken")
        return tmp_path / "broken"

    return copy


def remanifest(folder: Path, **more: Any) -> None:
    """Write the manifest anew, as whoever changed something would; its signature cannot be made again.

    It says that it was exported without a key, and ``more``.
    """
    path = folder / "MANIFEST.json"
    said = json.loads(path.read_text())
    there = [one for one in folder.rglob("*") if one.is_file() and not one.name.startswith("MANIFEST")]
    said["files"] = {
        one.relative_to(folder).as_posix(): {"bytes": len(data), "sha256": sha256(data).hexdigest()}
        for one in there
        for data in [one.read_bytes()]
    }
    lines = (folder / "facts.ndjson").read_bytes().splitlines()
    last = lines[-1] if lines else b""
    found = re.search(rb'"epoch":(\d+),"sequence":(\d+)', last)
    epoch, sequence = map(int, found.groups()) if found else (0, 0)
    said["head"].update(sequence=sequence, epoch=epoch, hash=sha256(last).hexdigest())
    said.update(more, signed=False)
    path.write_text(json.dumps(said, sort_keys=True, separators=(",", ":")) + "\n")
    (folder / "MANIFEST.sig.json").unlink(missing_ok=True)


def words(result: Result) -> set[str]:
    """Return the kinds of what was found."""
    return {word for word, _ in result.report.findings}
