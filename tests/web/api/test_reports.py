"""Reports on the page and over the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx
import pytest
from starlette.types import ASGIApp

from dcim.evidence.asissued import Flaw
from dcim.reports.issue import Issued, NotAsIssued
from dcim.reports.model import Kind
from dcim.reports.wish import Wish
from dcim.web import View
from dcim.web.api.reports import Making, Progress, Reporter
from dcim.web.app import build
from dcim.web.entrance.guard import Hosts
from dcim.web.view.acting import Caller

from ..conftest import FakeView, Seen  # noqa: TID252

CLAIM = "ab" * 32
ISSUED = Issued(
    Kind.UPTIME, "tenant:شركة <b>", 1_790_809_200_000_000, 1_793_487_600_000_000, "Africa/Casablanca", 2, CLAIM, "cd" * 32,
    1_793_490_000_000_000, "0.1.0", "cas1 c 1 9 " + "0" * 64,
    {"report.fr.pdf": "1" * 64, "report.en.pdf": "2" * 64, "claim.json": CLAIM}, 12, "leila",
)  # fmt: skip


@dataclass
class FakeReporter:
    asked: list[tuple[Wish, str]] = field(default_factory=list)
    full: bool = False
    readers: list[tuple[str, str, str]] = field(default_factory=list)
    flaws: dict[str, Flaw] = field(default_factory=dict)

    def ask(self, wish: Wish, by: str) -> Making | None:
        self.asked.append((wish, by))
        return None if self.full else Making("j1")

    def making(self, job: str) -> Making | None:
        return Making("j1", Progress.DONE, issued=ISSUED) if job == "j1" else None

    async def listed(self, limit: int) -> Sequence[Issued]:
        return [replace(ISSUED, flaws=self.flaws)][:limit]

    async def was_read(self, claim: str, name: str, reader: Caller) -> None:
        self.readers.append((claim, name, reader.who))

    async def file(self, claim: str, name: str) -> bytes | None:
        if name in self.flaws:
            raise NotAsIssued(name, self.flaws[name])
        return b"%PDF" if (claim, name) == (CLAIM, "report.fr.pdf") else None


@pytest.fixture
def reporter() -> FakeReporter:
    return FakeReporter()


class Asked:
    """The reporter of the test that runs: the application over it is made once."""

    def __init__(self) -> None:
        self.reporter = FakeReporter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reporter, name)


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked()


@pytest.fixture(scope="module")
def made(seen: Seen, asked: Asked) -> ASGIApp:
    return build(cast("View", seen), Hosts("test"), reporter=cast("Reporter", asked))


@pytest.fixture
def client(
    view: FakeView, reporter: FakeReporter, seen: Seen, asked: Asked, made: ASGIApp
) -> httpx.AsyncClient:
    seen.view, asked.reporter = view, reporter
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=made), base_url="http://test")


async def test_a_report_is_asked_for_by_name_and_followed_to_its_files(
    client: httpx.AsyncClient, reporter: FakeReporter
) -> None:
    order = {"kind": "uptime", "period": "2026-08", "scope": "tenant:x", "who": "leila"}
    answer = await client.post("/api/v1/reports", json=order)
    assert (answer.status_code, answer.json()["job"]) == (202, "j1")
    assert reporter.asked == [(Wish(Kind.UPTIME, "tenant:x", "2026-08"), "leila")]
    done = (await client.get("/api/v1/reports/jobs/j1")).json()
    assert done["progress"] == "done"
    assert done["report"]["claim"] == CLAIM
    file = await client.get(f"/api/v1/reports/{CLAIM}/report.fr.pdf")
    assert file.headers["content-type"] == "application/pdf"
    assert "sandbox" in file.headers["content-security-policy"]
    assert reporter.readers == [(CLAIM, "report.fr.pdf", "")]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"kind": "uptime", "period": "soon", "who": "x"}, "no period"),
        ({"kind": "uptime", "period": "2099", "who": "x"}, "not begun"),
        ({"kind": "uptime", "start": "0001-01-01", "end": "9999-12-31", "who": "x"}, "longer than 10 years"),
        ({"kind": "uptime", "scope": "planet:x", "who": "x"}, "no scope"),
        ({"kind": "energy", "scope": "incident:zzz", "who": "x"}, "not of one incident"),
        ({"kind": "uptime", "period": "0001", "who": "x"}, "more than 10 years ago"),
        ({"kind": "uptime", "period": "1969", "who": "x"}, "more than 10 years ago"),
        ({"kind": "uptime", "period": "２０２６-0８", "who": "x"}, "no period"),
        ({"kind": "uptime", "start": "２０２６-08-01", "end": "2026-08-02", "who": "x"}, "no moment"),
        ({"kind": "uptime", "start": "2026-10-02", "end": "2026-10-01", "who": "x"}, "before it begins"),
        ({"kind": "uptime", "period": "2026-10"}, "who you are"),
        ({"kind": "gossip", "period": "2026-10", "who": "x"}, "kind"),
    ],
)
async def test_what_makes_no_sense_is_refused_before_anything_is_made(
    client: httpx.AsyncClient, reporter: FakeReporter, order: dict[str, str], said: str
) -> None:
    answer = await client.post("/api/v1/reports", json=order)
    assert answer.status_code == 422
    assert said in answer.text
    assert reporter.asked == []


async def test_too_many_at_once_are_told_to_come_back(
    client: httpx.AsyncClient, reporter: FakeReporter
) -> None:
    reporter.full = True
    answer = await client.post("/api/v1/reports", json={"kind": "alarms", "period": "2026-08", "who": "x"})
    assert answer.status_code == 503


@pytest.mark.parametrize("path", [f"{CLAIM}/report.en.pdf", f"{CLAIM}/..%2Fdcim.db", "jobs/none"])
async def test_what_was_not_issued_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/api/v1/reports/{path}")).status_code == 404


async def test_the_page_lists_what_was_issued_in_the_readers_language(client: httpx.AsyncClient) -> None:
    text = (await client.get("/reports?lang=fr")).text
    assert "Attestation de disponibilité" in text
    assert "شركة &lt;b&gt;" in text
    assert f"/api/v1/reports/{CLAIM}/report.fr.pdf" in text
    assert "report.en.pdf" not in text
    assert "01/10/2026 00:00:00" in text


@pytest.mark.parametrize(
    ("flaw", "status", "english", "french"),
    [
        (Flaw.ALTERED, 409, "was altered after it was issued", "a été modifié après son émission"),
        (Flaw.MISSING, 410, "its file is gone", "son fichier a disparu"),
        (Flaw.UNREADABLE, 503, "cannot be read and is not given out", "ne peut pas être lu"),
    ],
)
async def test_a_file_that_is_not_as_issued_is_not_given_out_and_both_kinds_of_reader_are_told(
    client: httpx.AsyncClient, reporter: FakeReporter, flaw: Flaw, status: int, english: str, french: str
) -> None:
    """Pains: G4."""
    reporter.flaws["report.fr.pdf"] = flaw
    path = f"/api/v1/reports/{CLAIM}/report.fr.pdf"
    answer = await client.get(path)
    assert (answer.status_code, english in answer.json()["detail"]) == (status, True)
    page = await client.get(path, headers={"accept": "text/html", "accept-language": "fr"})
    assert (page.status_code, french in page.text) == (status, True)
    assert page.headers["content-type"].startswith("text/html")
    assert reporter.readers == []
    (listed,) = (await client.get("/api/v1/reports")).json()
    assert listed["flaws"] == {"report.fr.pdf": str(flaw)}
    assert french in (await client.get("/reports?lang=fr")).text
    assert english in (await client.get("/reports?lang=en")).text
