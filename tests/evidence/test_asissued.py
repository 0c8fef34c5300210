"""Whether the files of issued reports are those that were issued, as ``dcim ledger verify`` says. Pains: G4, K1."""

from __future__ import annotations

import json
import shutil
from errno import EACCES
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dcim.backup import backup
from dcim.cli.auditing.ledger import ledger
from dcim.evidence.asissued import AsIssued, Flaw, Found, flaw_of
from dcim.model.fact import Fact, FactKind
from dcim.reports.issue import draft
from dcim.reports.model import Kind
from dcim.reports.site import keep, text_of
from dcim.reports.wish import Wish
from dcim.store import Store, Work
from tests.reports.conftest import SINCE, Clock, described
from tests.reports.test_make import NOW


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state directory with one issued report; nobody writes into it."""
    state = tmp_path_factory.mktemp("issued") / "state"
    store = Store.open(state, "cas1", Clock(SINCE), "c0ffee")
    described_as = {"sha256": keep(text_of(described()), state)}
    facts = [
        Fact(FactKind.SITE_DESCRIBED, SINCE / 1e6, "cas1", described_as),
        Fact(FactKind.HEARTBEAT, NOW / 1e6 - 60, "cas1", {"lasts": 30.0}),
    ]
    store.commit_now(Work(facts=tuple(facts)))
    report = draft(state, Wish(Kind.TESTS, period="2026-10"), NOW, "0.1.0").issued
    store.commit_now(Work(facts=(report.fact(),)))
    store.close()
    return state


@pytest.fixture
def folder(issued: Path, tmp_path: Path) -> Path:
    """The folder of the report in a copy of the state directory."""
    shutil.copytree(issued, tmp_path / "state")
    (found,) = (tmp_path / "state" / "reports").iterdir()
    return found


def verified(folder: Path) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(ledger, ["verify", "--state", str(folder.parent.parent), "--json"])
    return done.exit_code, json.loads(done.output)


def flaws(said: dict[str, Any]) -> dict[str, str]:
    return {one["file"]: one["is"] for one in said["files_unlike_issued"]}


def test_all_is_well_with_files_that_nobody_touched(folder: Path) -> None:
    code, said = verified(folder)
    assert (code, flaws(said)) == (0, {})


@pytest.mark.parametrize("name", ["report.en.html", "report.fr.pdf", "claim.json", "report.json"])
def test_a_file_that_was_altered_is_named_and_the_record_does_not_hold(folder: Path, name: str) -> None:
    place = folder / name
    place.write_bytes(place.read_bytes() + b" ")
    code, said = verified(folder)
    assert (code, flaws(said)) == (1, {name: "altered"})
    assert any(fault["kind"] == "report" and name in fault["what"] for fault in said["faults"])


def test_a_claim_that_is_gone_is_a_fault_and_a_copy_that_is_gone_is_told(folder: Path) -> None:
    (folder / "report.fr.csv").unlink()
    code, said = verified(folder)
    assert (code, flaws(said)) == (0, {"report.fr.csv": "missing"})
    (folder / "claim.json").unlink()
    code, said = verified(folder)
    assert (code, flaws(said)) == (1, {"report.fr.csv": "missing", "claim.json": "missing"})


def test_a_whole_report_that_is_gone_is_a_fault(folder: Path) -> None:
    shutil.rmtree(folder)
    code, said = verified(folder.parent / "x")
    assert (code, flaws(said)["claim.json"]) == (1, "missing")


def test_a_link_is_altered_whatever_it_points_at(folder: Path) -> None:
    place = folder / "report.en.csv"
    place.rename(folder.parent.parent / "elsewhere")
    place.symlink_to(folder.parent.parent / "elsewhere")
    code, said = verified(folder)
    assert (code, flaws(said)) == (1, {"report.en.csv": "altered"})


def test_what_cannot_be_read_is_said_to_be_that_and_holds_no_more_than_what_was_altered(issued: Path) -> None:
    """Of a file that its system does not give out nobody knows whether it is the one that was issued."""
    (claim,) = (one.name for one in (issued / "reports").iterdir())
    found = AsIssued(issued).flaws(
        claim, {"x" * 300: "0" * 64, "claim.json/x": "0" * 64, "claim.json": claim}
    )
    assert found == {"x" * 300: Flaw.UNREADABLE, "claim.json/x": Flaw.ALTERED}
    denied = Found(claim, "report.en.pdf", flaw_of(PermissionError(EACCES, "denied")), 7)
    assert (denied.flaw, denied.grave) == (Flaw.UNREADABLE, True)
    assert str(denied).endswith("cannot be read here: whether it is the file that was issued is not known")


def test_what_was_never_issued_is_told_and_is_no_fault(folder: Path) -> None:
    (folder / "note.txt").write_text("mine")
    (folder.parent / "stranger").mkdir()
    code, said = verified(folder)
    assert code == 0
    assert [(one["file"], one["is"]) for one in said["files_unlike_issued"]] == [
        ("note.txt", "extra"),
        ("", "extra"),
    ]
    told_to = CliRunner().invoke(ledger, ["verify", "--state", str(folder.parent.parent)]).output
    assert f"noted: reports/{folder.name}/note.txt is named by no fact" in told_to
    assert "noted: reports/stranger is named by no fact" in told_to


def test_a_backup_names_what_of_the_reports_it_could_not_find_and_follows_no_link(
    folder: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (folder / "claim.json").unlink()
    (folder / "report.en.csv").unlink()
    (folder / "report.en.csv").symlink_to(secret)
    (folder / "report.en.pdf").write_bytes(b"%PDF")
    done = backup(folder.parent.parent, tmp_path / "copy")
    assert {(one.name, str(one.flaw)) for one in done.unlike} == {
        ("claim.json", "missing"), ("report.en.csv", "missing"), ("report.en.pdf", "altered"),
    }  # fmt: skip
    assert not [
        one for one in (tmp_path / "copy").rglob("*") if one.is_file() and one.read_bytes() == b"secret"
    ]
    assert not (tmp_path / "copy" / "dcim.db-wal").exists()
