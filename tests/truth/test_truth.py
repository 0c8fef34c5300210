"""Whether reports tell the truth: a simulated site whose physics knows how every service really stood.

Agents hang, freeze and die with their power, networks split, the daemon is killed and stalls, the clock jumps,
work is announced or not, and faults lie over each other. Two short lives here, a year of them in
``make campaign``; every check of a moment, an outage or a figure is in ``court.py``.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
import structlog

from dcim.availability import Period, claim
from dcim.evidence.export import Extras, export
from dcim.evidence.issued import claims
from dcim.evidence.verifier.chain import Kept
from dcim.evidence.verifier.main import HOLDS, Options, verify
from dcim.ledger.signed import REPORT
from dcim.model.fact import Fact, FactKind, Json
from dcim.store import Work

from .court import Court, Found
from .faults import DAY, HOUR, Act, plan_of
from .life import T0, Daemon, Life
from .site import settings_of
from .truth import MICRO, SERVICES

LIVES: Final = range(73)
DAYS: Final = 5.0
"""Of each life of the campaign; together they are a year."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Say nothing of every service that fails: there are thousands."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@dataclass
class Tried:
    """What came out of one life, all services together; ``claims`` are those of its report."""

    found: list[Found] = field(default_factory=list)
    claims: list[dict[str, Json]] = field(default_factory=list)
    reported: int = 0  # outages in the reports
    polls: int = 0

    @property
    def faults(self) -> list[str]:
        return [fault for one in self.found for fault in one.faults]

    def total(self, what: str) -> Counter[str]:
        return sum((getattr(one, what) for one in self.found), Counter())


def live(folder: Path, seed: int, days: float, acts: list[Act], beats: float = 300.0) -> Tried:
    """Live through a plan, report on it, and try the report: over all of the time, and day by day."""
    life = Life(folder / "state", settings_of(folder), acts, beats, seed)
    try:
        asyncio.run(life.live(days * DAY))
        assert life.daemon is not None
        tried = _tried(life, life.daemon, days)
        _verified(folder, life.daemon, tried)
        return tried
    finally:
        life.close()


def _tried(life: Life, daemon: Daemon, days: float) -> Tried:
    tried = Tried(polls=life.log.polls)
    whole = _period(HOUR, days * DAY - HOUR)
    for service in SERVICES:
        court = Court(life, daemon.store, service, whole)
        tried.found.append(court.try_all())
        tried.reported += len(court.answer.seen.figures.outages)
        tried.claims.append(claim(court.answer, "UTC"))
    day = _period((days - 1) * DAY, days * DAY - HOUR)  # one that begins in the middle of things
    parts = [Court(life, daemon.store, service, day).try_all() for service in SERVICES]
    tried.found[0].faults += [fault for one in parts for fault in one.faults]
    return tried


def _period(start: float, end: float) -> Period:
    return Period(round((T0 + start) * MICRO), round((T0 + end) * MICRO))


def _verified(folder: Path, daemon: Daemon, tried: Tried) -> None:
    """Issue the report, export the ledger, and have the auditor's program compute every claim again."""
    document = {"format": "dcim claim 1", "kind": "uptime", "figures": {"answers": tried.claims}}
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = sha256(text.encode()).hexdigest()
    place = folder / "state" / "reports" / digest
    place.mkdir(parents=True)
    (place / "claim.json").write_text(text, encoding="utf-8")
    body = {"kind": "uptime", "claim": digest}
    fact = Fact(FactKind.REPORT_ISSUED, T0, "uptime site", body)
    daemon.store.commit_now(Work(facts=(fact,), sign=REPORT))
    extras = Extras(claims=claims(folder / "state", daemon.store))
    done = export(folder / "bundle", daemon.store, daemon.pen, extras)
    assert done.claims == 1
    options = Options(keys=[daemon.pen.public], kept=[Kept(*done.head)])
    result = verify(str(folder / "bundle"), options)
    assert result.report.findings == []
    assert result.code == HOLDS


@pytest.mark.parametrize("seed", [2, 11])
@pytest.mark.long
def test_what_is_reported_as_known_is_true_and_what_nobody_could_know_is_blind(
    seed: int, tmp_path: Path, new_state: Callable[[str], Path]
) -> None:
    """Pains: G1, G2, G3, G4, E2, I5."""
    assert new_state("state") == tmp_path / "state"
    tried = live(tmp_path, seed, 1.0, plan_of(seed, 1.0, 24.0))
    assert not tried.faults, "\n".join(tried.faults)
    assert tried.total("outages")["seen"] > 0
    assert tried.total("times")["told"] > 3 * tried.total("times")["blind"]


def outage_of(life: Life, service: str, period: Period) -> tuple[list[str], list[tuple[float, float]], int]:
    """Try a service; return the faults, its outages in seconds of the life, and how long it was blind."""
    assert life.daemon is not None
    court = Court(life, life.daemon.store, service, period)
    found = court.try_all()
    seen = [
        (one.begins_until / MICRO - T0, one.ends_from / MICRO - T0)
        for one in court.answer.seen.figures.outages
    ]
    return found.faults, seen, found.times["blind"]


RACK = ("pdu-r2-a", "pdu-r2-b")  # their agents live on
FALLS = [Act(5 * HOUR, "lose", one) for one in RACK] + [Act(5.5 * HOUR, "restore", one) for one in RACK]


@pytest.mark.long
def test_what_happens_while_the_disk_is_full_is_reported_as_it_was(tmp_path: Path) -> None:
    """Pains: G1, G2, K4."""
    acts = sorted([Act(4 * HOUR, "full"), *FALLS, Act(6 * HOUR, "free")], key=lambda act: act.at)
    life = Life(tmp_path / "state", settings_of(tmp_path), acts, 300.0, 1)
    try:
        asyncio.run(life.live(9 * HOUR))
        faults, seen, blind = outage_of(life, "power/R2", _period(HOUR, 8 * HOUR))
        assert faults == []
        (outage,) = seen
        assert outage == (pytest.approx(5 * HOUR, abs=180), pytest.approx(5.5 * HOUR, abs=180))
        assert blind < 400 * MICRO  # the edges: nothing for the two hours of the disk
    finally:
        life.close()


@pytest.mark.long
@pytest.mark.parametrize("ends", ["memory", "kill", "stop"])
def test_what_was_lost_while_the_disk_was_full_is_blind_and_all_else_is_true(
    tmp_path: Path, ends: str
) -> None:
    """Pains: G1, G2, K4."""
    more = [] if ends == "memory" else [Act(6 * HOUR, ends, amount=HOUR)]
    acts = sorted([Act(4 * HOUR, "full"), *FALLS, Act(6.5 * HOUR, "free"), *more], key=lambda act: act.at)
    life = Life(tmp_path / "state", settings_of(tmp_path), acts, 300.0, 1)
    life.most = 10 if ends == "memory" else life.most
    if ends == "memory":
        life.log.stalls.append((4 * HOUR, 6.5 * HOUR))  # a reason to be blind, and no need
    try:
        asyncio.run(life.live(10 * HOUR))
        faults, _, blind = outage_of(life, "power/R2", _period(HOUR, 9 * HOUR))
        assert faults == []
        assert blind > HOUR * MICRO
        assert life.daemon is not None
        reasons = {
            one.read()["reason"] for one in life.daemon.store.facts(kinds=(FactKind.BLIND,), limit=10_000)
        }
        assert ("unrecorded" in reasons) is (ends == "memory")
    finally:
        life.close()


@pytest.mark.long
def test_a_report_that_hides_a_killed_daemon_would_be_found_out(tmp_path: Path) -> None:
    """The court itself is tried: told that nobody was killed, it finds blindness without a reason."""
    acts = [Act(3 * HOUR, "kill", amount=HOUR)]
    life = Life(tmp_path / "state", settings_of(tmp_path), acts, 300.0, 1)
    try:
        asyncio.run(life.live(8 * HOUR))
        assert life.daemon is not None
        period = _period(HOUR, 7 * HOUR)
        honest = Court(life, life.daemon.store, "ups", period).try_all()
        assert (honest.faults, honest.times["blind"] > 3600 * MICRO) == ([], True)
        life.log.dead.clear()
        assert "blind without a reason" in " ".join(
            Court(life, life.daemon.store, "ups", period).try_all().faults
        )
        life.log.dead.append((5 * HOUR, 6 * HOUR))
        assert "nobody watched" in " ".join(Court(life, life.daemon.store, "ups", period).try_all().faults)
        life.log.dead[:] = [(3 * HOUR, 4 * HOUR)]
        life.stage.plant.truth.note(6 * HOUR, "ups-a", "off")
        life.stage.plant.truth.note(6 * HOUR, "ups-b", "off")
        assert "full but LOST" in " ".join(Court(life, life.daemon.store, "ups", period).try_all().faults)
    finally:
        life.close()


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", LIVES)
def test_a_simulated_year_is_reported_as_it_was(
    number: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Lives of five days, each with its own faults. Pains: G1, G2, G3, G4, E2, I5."""
    seed = 1000 + number
    tried = live(tmp_path, seed, DAYS, plan_of(seed, DAYS, 8.0))
    record_property("polls", tried.polls)
    record_property("reported", tried.reported)
    for kind in ("times", "outages"):
        for what, amount in tried.total(kind).items():
            record_property(f"{kind} {what}", amount)
    assert not tried.faults, "\n".join(tried.faults)
