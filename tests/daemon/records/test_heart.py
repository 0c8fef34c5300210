"""A disk that takes nothing for a while: what was seen meanwhile is in the report, what was lost is blind.

Pains: G1, G2, K4.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dcim.availability import Period, answer, claim
from dcim.availability.figures import Figures
from dcim.daemon.records.books import Books
from dcim.daemon.records.heart import Heart
from dcim.evidence.verifier.chain import Fact as Plain
from dcim.evidence.verifier.claims import Claims
from dcim.evidence.verifier.energy import Energy
from dcim.evidence.verifier.report import Report
from dcim.ledger import canonical
from dcim.model.fact import Fact, FactKind
from dcim.store import Store, StoreFull, Work
from tests.waiting import until_it

NAME = "cooling/hall-1"
BEAT = 10.0


class Clock:
    """Stands still until somebody moves it."""

    wall, steady = 1_764_000_000.0, 1000.0

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady


class Shelf:
    """A real store on a disk that takes nothing while ``full``."""

    def __init__(self, store: Store) -> None:
        self.full = False
        self._store = store

    async def commit(self, work: Work) -> object:
        if self.full:
            raise StoreFull("no space left")
        return await self._store.commit(work)


class Site:
    """One service, and a daemon as far as its records go."""

    def __init__(self, folder: Path, most: int = 1000) -> None:
        self.clock = Clock()
        self.began = self.clock.wall
        self._folder, self._most = folder, most
        self._down: list[tuple[float, float]] = []
        self._stands = "up"
        self.open()
        self.note(Fact(FactKind.SERVICE_DEFINED, self.clock.wall, NAME, {"bound": 1.0}))
        self.states("unknown")

    def open(self) -> None:
        self.store = Store.open(self._folder, "cas1", self.clock)
        self.shelf = Shelf(self.store)
        self.books = Books(self.shelf, lambda _work: None, retry=0.01, most=self._most)  # type: ignore[arg-type]
        self.heart = Heart(self.store, self.books, BEAT)
        self.heart.standing = lambda: Work(facts=(self.said("unknown"),))

    def note(self, *facts: Fact) -> None:
        self.books.note(Work(facts=facts))

    def said(self, before: str) -> Fact:
        body = {"function": self._stands, "redundancy": "full", "before": {"function": before}}
        return Fact(FactKind.SERVICE_STATE, self.clock.wall, NAME, body)  # type: ignore[arg-type]

    def states(self, before: str) -> None:
        self.note(self.said(before))

    def turn(self, stands: str) -> None:
        before, self._stands = self._stands, stands
        self.states(before)

    async def live(self, seconds: int, *, beside: bool = False) -> None:
        """Let time pass, a heartbeat every 10 s; somebody writes ``beside``, or it is written here."""
        for _ in range(seconds):
            self.clock.wall += 1
            self.clock.steady += 1
            if self._stands == "down":
                self._down.append((self.clock.wall - 1, self.clock.wall))
            if (self.clock.wall - self.began) % BEAT == 0:
                self.heart.beat()
            if beside:
                await asyncio.sleep(0.005)
            elif self.books.waiting and not self.shelf.full:
                assert await self.books.flush(5)

    def truth(self) -> Fraction:
        whole = round(self.clock.wall - self.began)
        return Fraction(whole - round(sum(end - start for start, end in self._down)), whole)

    def told(self) -> Figures:
        """Return what is said from the beginning to now; the auditor's program says the same."""
        period = Period(round(self.began * 1e6), round(self.clock.wall * 1e6))
        evidence = self.store.evidence(period)
        assert evidence is not None
        found = answer(evidence, NAME)
        said = json.loads(canonical(claim(found, "UTC")))
        report = Report("en")
        claims = Claims([("c.json", "d", said)], report, Energy(report))
        for one in self.store.entries():
            place = (one.sequence, one.at, one.epoch, one.kind, one.subject)
            claims.take(Plain(*place, one.body.encode(), one.hash), one.site)
        claims.finish("cas1", self.store.committed.chain)
        assert [one for one in report.findings if one[0] != "claim_unissued"] == []
        return found.seen.figures

    def blind(self) -> list[dict[str, Any]]:
        return [one.read() for one in self.store.facts(kinds=(FactKind.BLIND,))]


def fill(ballast: Path) -> None:
    """Write until nothing more fits."""
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(**more: Any) -> Site:
        made.append(Site(tmp_path / "state", **more))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


async def test_an_outage_while_the_disk_is_full_is_in_the_report_with_its_edges(sites: Any) -> None:
    site = sites()
    await site.live(95)
    site.shelf.full = True
    await site.live(20)
    site.turn("down")
    down = site.clock.wall
    await site.live(25)
    site.turn("up")
    await site.live(60)
    site.shelf.full = False
    await site.live(100)
    figures = site.told()
    (outage,) = figures.outages
    assert (outage.begins_until, outage.ends_from) == (round(down * 1e6), round((down + 25) * 1e6))
    assert (figures.failures, figures.coverage, figures.a_min) == (1, 1, site.truth())
    assert site.blind() == []
    beats = [one.time for one in site.store.facts(kinds=(FactKind.HEARTBEAT,))]
    assert beats == [site.began + BEAT * number for number in range(1, 31)]


@pytest.mark.long
@pytest.mark.one_file
async def test_the_same_on_a_file_system_that_really_has_no_space_left(tmp_path: Path, sites: Any) -> None:
    place = tmp_path / "state"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "dcim-test", str(place)]
    if said := subprocess.run(mount, capture_output=True, text=True).stderr:
        pytest.skip(f"cannot mount a small file system here: {said.strip()}")
    try:
        site = sites()
        await site.live(95)
        ballast = place / "ballast"
        fill(ballast)
        writing = asyncio.create_task(site.books.run())
        for number in range(200):  # what the last pages still take
            site.note(Fact(FactKind.ALERT, site.clock.wall, f"alert-{number}", {"t": "x" * 3000}))
        await site.live(20, beside=True)
        site.turn("down")
        down = site.clock.wall
        await site.live(25, beside=True)
        site.turn("up")
        await site.live(60, beside=True)
        assert "no space left" in site.books.trouble
        assert site.books.waiting > 10
        ballast.unlink()
        await site.live(100, beside=True)
        await until_it(lambda: not site.books.waiting, "all that waited is on record")
        writing.cancel()
        figures = site.told()
        (outage,) = figures.outages
        assert (outage.begins_until, outage.ends_from) == (round(down * 1e6), round((down + 25) * 1e6))
        assert (figures.failures, figures.coverage, figures.a_min) == (1, 1, site.truth())
        assert site.blind() == []
    finally:
        site.store.close()
        subprocess.run(["umount", "--lazy", str(place)], check=True)


async def test_a_stall_and_a_clock_put_back_while_the_disk_is_full_are_told_all_the_same(sites: Any) -> None:
    site = sites()
    await site.live(20)
    site.shelf.full = True
    await site.live(10)
    site.clock.wall += 50
    site.clock.steady += 50
    await site.live(10)
    site.clock.wall -= 3600
    await site.live(10)
    site.shelf.full = False
    await site.live(10)
    kinds = [one.kind for one in site.store.facts(kinds=(FactKind.BLIND, FactKind.CLOCK_STEPPED))]
    assert kinds == ["blind", "clock_stepped"]
    assert [one["reason"] for one in site.blind()] == ["stalled"]


async def test_where_memory_did_not_last_the_time_is_blind_and_how_it_stands_is_said_anew(sites: Any) -> None:
    site = sites(most=6)
    await site.live(95)
    last = site.began + 90
    site.shelf.full = True
    await site.live(40)  # four heartbeats wait
    site.turn("down")
    site.turn("up")
    await site.live(1)
    site.turn("down")  # dropped: and it stays down while the disk is free again
    await site.live(60)
    assert (site.books.losing, site.books.waiting) == (True, 6)
    site.shelf.full = False
    await site.live(100)
    resumed = site.began + 95 + 40 + 1 + 61
    assert site.blind() == [{"from": last + 40, "to": resumed, "reason": "unrecorded"}]
    figures = site.told()
    assert figures.a_min <= site.truth() <= figures.a_max
    (outage,) = [one for one in figures.outages if one.lasted]
    assert outage.goes_on
    since_the_last_beat = 6
    assert figures.a_max - figures.a_min == Fraction(round(resumed - last - 40) + since_the_last_beat, 296)


async def test_announced_work_that_began_where_memory_did_not_last_explains_what_is_lost_after_it(
    sites: Any,
) -> None:
    """Pains: G5. Else an outage that was announced a month ago would be a forced one."""
    site = sites(most=4)
    await site.live(95)
    site.shelf.full = True
    await site.live(60)
    assert site.books.waiting == 4
    site.turn("up")  # dropped
    window = {
        "change": "started",
        "start": site.clock.wall,
        "end": site.clock.wall + 3600,
        "announced": site.clock.wall - 30 * 86_400,
        "everything": True,
        "covered": [],
    }
    site.note(Fact(FactKind.MAINTENANCE, site.clock.wall, "w", window))
    await site.live(5)
    site.shelf.full = False
    await site.live(20)
    site.turn("down")
    await site.live(100)
    lost = site.told().outages
    assert [one.word for each in lost for one, length in each.lasted.items() if length] == [
        "scheduled_maintenance"
    ]


async def test_who_is_killed_before_the_disk_took_what_waited_was_blind_since_then(sites: Any) -> None:
    site = sites()
    await site.live(95)
    site.shelf.full = True
    site.turn("down")
    await site.live(40)
    site.shelf.full = False
    await site.store.commit(Work(facts=(Fact(FactKind.DELIVERY, site.clock.wall, "a message"),)))  # overtakes
    site.store.close()
    site.open()
    await site.live(5)
    (blind, *_) = site.blind()
    assert blind == {"from": site.began + 90, "to": site.began + 135, "reason": "crash"}
    figures = site.told()
    assert figures.a_min <= site.truth() <= figures.a_max


async def test_an_end_with_something_unwritten_is_no_clean_stop(sites: Any) -> None:
    site = sites()
    await site.live(95)
    site.shelf.full = True
    site.turn("down")
    await site.live(3)
    assert not await site.books.flush(0.05)
    site.shelf.full = False  # just now
    await site.store.stop("signal TERM")
    site.open()
    assert [one["reason"] for one in site.blind() if one["from"] == site.began + 90] == ["crash"]
