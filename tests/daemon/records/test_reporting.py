"""Reports of a running daemon: made by a child, issued by a fact, refused in words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcim.alerts import Language
from dcim.daemon.records.reporting import Calendar, Reporting
from dcim.model.fact import FactKind
from dcim.notify import Letter, Site
from dcim.notify.posting.settle import letter_of
from dcim.notify.wording.mail import AttachedAltered, compose
from dcim.reports.issue import NotAsIssued, file_of
from dcim.reports.model import Kind, Period
from dcim.reports.schedule import Due
from dcim.reports.wish import Wish
from dcim.settings.checked.reported import Scheduled
from dcim.store import verify
from dcim.web.api.reports import Making, Progress

from ...reports.conftest import SINCE, UNTIL, Ledger  # noqa: TID252
from ...reports.test_make import NOW, told  # noqa: TID252


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    found = Ledger(tmp_path / "state")
    told(found)
    found.clock.at = NOW
    yield found
    found.close()


async def made(reporting: Reporting, wish: Wish) -> tuple[Making, list[str]]:
    asked = reporting.ask(wish, "leila")
    assert asked is not None
    steps: list[str] = []
    running = asyncio.create_task(reporting.run())
    while True:
        found = reporting.making(asked.job)
        assert found is not None
        steps.append(found.step)
        if found.progress not in (Progress.WAITING, Progress.MAKING):
            break
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return found, steps


@pytest.mark.long
async def test_a_child_makes_it_and_the_ledger_keeps_who_asked(ledger: Ledger) -> None:
    reporting = Reporting(ledger.path, ledger.store, ledger.clock)
    found, steps = await made(reporting, Wish(Kind.TESTS, period="2026-10"))
    assert found.progress is Progress.DONE
    assert found.issued is not None
    assert any(step.startswith("writing") for step in steps)
    entry = ledger.store.newest_fact((FactKind.REPORT_ISSUED,))
    assert entry is not None
    (leila,) = ledger.store.people()
    assert (entry.read()["by"], leila.name) == (leila.pseudonym, "leila")
    assert (await reporting.listed(10))[0].by == "leila"
    assert entry.read()["claim"] == found.issued.claim
    assert (await reporting.listed(10))[0].claim == found.issued.claim
    data = await reporting.file(found.issued.claim, "report.fr.pdf")
    assert data is not None
    assert data.startswith(b"%PDF")
    assert await reporting.file(found.issued.claim, "../../dcim.db") is None
    assert await reporting.file("0" * 64, "report.fr.pdf") is None
    assert not (await reporting.listed(10))[0].flaws
    file_of(ledger.path, found.issued.claim, "report.fr.pdf").write_bytes(data + b" ")
    with pytest.raises(NotAsIssued, match="altered"):
        await reporting.file(found.issued.claim, "report.fr.pdf")
    assert (await reporting.listed(10))[0].flaws == {"report.fr.pdf": "altered"}


async def test_what_cannot_be_made_is_refused_in_words_and_nothing_is_issued(ledger: Ledger) -> None:
    reporting = Reporting(ledger.path, ledger.store, ledger.clock)
    found, _ = await made(reporting, Wish(Kind.UPTIME, "tenant:Nobody", period="2026-10"))
    assert found.progress is Progress.REFUSED
    assert "Nobody" in found.why
    assert ledger.store.newest_fact((FactKind.REPORT_ISSUED,)) is None


def test_no_more_wait_than_anybody_can_want(ledger: Ledger) -> None:
    reporting = Reporting(ledger.path, ledger.store, ledger.clock)
    asked = [reporting.ask(Wish(Kind.UPTIME, period="2026-10"), "x") for _ in range(101)]
    assert [one is None for one in asked] == [False] * 100 + [True]


def test_whoever_waits_is_told_how_many_are_before(ledger: Ledger) -> None:
    reporting = Reporting(ledger.path, ledger.store, ledger.clock)
    asked = [reporting.ask(Wish(Kind.UPTIME, period="2026-10"), "x") for _ in range(3)]
    jobs = [one.job for one in asked if one]
    assert [one.ahead for one in asked if one] == [0, 1, 2]
    assert [found.ahead for one in jobs if (found := reporting.making(one))] == [0, 1, 2]


async def test_a_report_that_takes_too_long_is_stopped_and_says_so(ledger: Ledger) -> None:
    reporting = Reporting(ledger.path, ledger.store, ledger.clock, longest=0.001)
    found, _ = await made(reporting, Wish(Kind.TESTS, period="2026-10"))
    assert found.progress is Progress.FAILED
    assert "took longer than 0.001 s and was stopped" in found.why
    assert ledger.store.newest_fact((FactKind.REPORT_ISSUED,)) is None


async def test_no_report_is_made_while_records_wait_for_the_disk(ledger: Ledger) -> None:
    """It would take for known what lacks in it. Pains: G1."""
    reporting = Reporting(ledger.path, ledger.store, ledger.clock)

    async def settled(patience: float) -> bool:
        return patience <= 0

    reporting.settled = settled
    found, _ = await made(reporting, Wish(Kind.TESTS, period="2026-10"))
    assert (found.progress, "records wait for the disk" in found.why) == (Progress.FAILED, True)
    assert ledger.store.newest_fact((FactKind.REPORT_ISSUED,)) is None


@pytest.mark.long
async def test_what_the_schedule_wants_is_mailed_once_and_the_record_holds(ledger: Ledger) -> None:
    """Pains: G4, H2."""
    scheduled = Scheduled("tests", mail=("mail",), language="fr")
    site = Site("cas1", "Casablanca 1", "Africa/Casablanca", Language.FR)
    woken: list[int] = []
    calendar = Calendar((scheduled,), site, lambda: woken.append(1))
    reporting = Reporting(ledger.path, ledger.store, ledger.clock, calendar)
    one = Due(NOW, scheduled, Period(SINCE, UNTIL, "Africa/Casablanca"))
    await reporting.scheduled(one)
    await reporting.scheduled(one)
    (message,) = ledger.store.outbox()
    assert woken == [1]
    letter = letter_of(message)
    assert isinstance(letter, Letter)
    mail = compose(letter, "dcim@example.org", ["a@example.org"], Language.FR)
    assert "Registre des essais" in mail["Subject"]
    english = compose(letter, "dcim@example.org", ["a@example.org"], Language.EN)
    assert english["Subject"] == mail["Subject"]  # as the schedule says, whatever the channel speaks
    (file,) = mail.iter_attachments()
    assert file.get_content_type() == "application/pdf"
    assert file.get_filename() == "cas1-tests.pdf"
    assert file.get_content().startswith(b"%PDF")
    place = Path(letter.notice.attached)
    place.write_bytes(place.read_bytes() + b" ")
    with pytest.raises(AttachedAltered, match=r"report\.fr\.pdf was altered after it was issued"):
        compose(letter, "dcim@example.org", ["a@example.org"], Language.FR)
    ledger.store.close()
    assert not [fault for fault in verify(ledger.path).faults if "message" in fault.what]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (-9, "the process that made the report was ended by signal 9 (out of memory?)"),
        (-15, "the process that made the report was ended by signal 15"),
        (1, "the process that made the report ended with 1: no message"),
    ],
)
async def test_a_child_that_was_ended_says_by_what(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int, said: str
) -> None:
    program = tmp_path / "child"
    end = f"kill {code} $$" if code < 0 else f"exit {code}"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\n{end}\n")
    program.chmod(0o755)
    monkeypatch.setattr("dcim.daemon.records.reporting.sys.executable", str(program))
    found, _ = await made(
        Reporting(ledger.path, ledger.store, ledger.clock), Wish(Kind.TESTS, period="2026-10")
    )
    assert (found.progress, found.why) == (Progress.FAILED, said)


@pytest.mark.long
async def test_a_place_that_cannot_be_written_is_told_in_words_and_nothing_is_left(ledger: Ledger) -> None:
    (ledger.path / "reports").write_text("in the way")
    found, _ = await made(
        Reporting(ledger.path, ledger.store, ledger.clock), Wish(Kind.TESTS, period="2026-10")
    )
    assert found.progress is Progress.FAILED
    assert found.why.startswith("the report could not be written or read: ")
    assert "Errno" not in found.why
