"""Issued reports: kept, versioned, given back as they were."""

from __future__ import annotations

import os
from hashlib import sha256

import pytest

from dcim.evidence.asissued import AsIssued, Flaw
from dcim.model.fact import Fact, FactKind
from dcim.reports.issue import (
    CLAIM,
    Draft,
    NotAsIssued,
    damaged,
    draft,
    file_as_issued,
    file_of,
    issued_of,
    listed,
)
from dcim.reports.model import Kind
from dcim.reports.wish import Wish

from .conftest import DAY, SINCE, UNTIL, Ledger
from .test_make import NOW, told

WISH = Wish(Kind.UPTIME, "service:power/R1", period="2026-10")


def issue(ledger: Ledger, now: int = NOW) -> Draft:
    found = draft(ledger.path, WISH, now, "0.1.0")
    if found.fresh:
        ledger.say(found.issued.fact())
    return found


def test_what_was_issued_is_kept_and_the_ledger_has_its_hashes(ledger: Ledger) -> None:
    """Pains: G4."""
    told(ledger)
    found = issue(ledger).issued
    assert found.number == 1
    assert found.supersedes == ""
    for name, digest in found.files.items():
        assert sha256(file_of(ledger.path, found.claim, name).read_bytes()).hexdigest() == digest
    assert found.files[CLAIM] == found.claim
    assert damaged(ledger.path, found) == []
    assert [issued_of(one).claim for one in ledger.store.facts(0, (FactKind.REPORT_ISSUED,))] == [found.claim]


def test_asked_for_again_it_is_the_same_report(ledger: Ledger) -> None:
    told(ledger)
    first = issue(ledger)
    again = issue(ledger, NOW + DAY)
    assert (again.fresh, again.issued.claim, again.issued.number) == (False, first.issued.claim, 1)
    assert again.issued.files == first.issued.files
    assert len(listed(ledger.store)) == 1


def test_a_reclassification_makes_a_new_version_and_the_old_one_stays(ledger: Ledger) -> None:
    """Pains: G4, G5."""
    told(ledger)
    first = issue(ledger).issued
    minute = SINCE / 1e6 + 60
    body = {
        "from": minute * 1 + 659 * 60, "to": minute + 689 * 60, "was": "forced_outage", "now": "force_majeure",
        "who": "A. Benali", "reason": "séisme", "cause": "earthquake",
    }  # fmt: skip
    ledger.say(Fact(FactKind.RECLASSIFIED, UNTIL / 1e6 + 3 * 86400, "power/R1", body))
    second = issue(ledger, NOW + 2 * DAY).issued
    assert (second.number, second.supersedes) == (2, first.claim)
    assert second.claim != first.claim
    assert damaged(ledger.path, first) == damaged(ledger.path, second) == []
    assert b"A. Benali" in file_of(ledger.path, second.claim, "report.fr.html").read_bytes()
    assert [one.number for one in listed(ledger.store)] == [2, 1]


def test_a_file_that_was_changed_or_lost_is_noticed(ledger: Ledger) -> None:
    """Pains: G4."""
    told(ledger)
    found = issue(ledger).issued
    file_of(ledger.path, found.claim, "report.fr.csv").write_bytes(b"100 %")
    file_of(ledger.path, found.claim, "report.fr.pdf").unlink()
    assert sorted(damaged(ledger.path, found)) == ["report.fr.csv", "report.fr.pdf"]


def test_a_link_is_never_followed_out_of_the_folder_of_a_report(ledger: Ledger) -> None:
    """Pains: G4."""
    told(ledger)
    found = issue(ledger).issued
    place = file_of(ledger.path, found.claim, "report.en.csv")
    elsewhere = ledger.path / "elsewhere"
    place.rename(elsewhere)  # what it held was issued; where it lies now, anybody may change it
    place.symlink_to(elsewhere)
    with pytest.raises(NotAsIssued) as why:
        file_as_issued(ledger.path, found, "report.en.csv")
    assert why.value.flaw is Flaw.ALTERED
    place.unlink()
    os.mkfifo(place)
    assert AsIssued(ledger.path).flaws(found.claim, found.files) == {"report.en.csv": Flaw.ALTERED}
    place.unlink()
    elsewhere.rename(place)
    assert sha256(file_as_issued(ledger.path, found, "report.en.csv")).hexdigest() == found.files[place.name]


def test_a_claim_that_is_made_again_alike_is_the_report_that_was_issued(ledger: Ledger) -> None:
    """Its folder holds the first files: hashes of new ones would be of files that are not there."""
    told(ledger)
    wish = Wish(Kind.CALIBRATION, period="2026-10")
    first = draft(ledger.path, wish, NOW, "0.1.0")
    ledger.say(first.issued.fact())
    file_of(ledger.path, first.issued.claim, CLAIM).unlink()
    again = draft(ledger.path, wish, NOW + DAY, "0.1.0")
    assert not set(damaged(ledger.path, again.issued)) - {CLAIM}


def test_what_was_hashed_once_is_hashed_again_only_when_it_was_touched(ledger: Ledger) -> None:
    told(ledger)
    found = issue(ledger).issued
    looked = AsIssued(ledger.path)
    assert looked.flaws(found.claim, found.files) == {}
    place = file_of(ledger.path, found.claim, "report.en.html")
    stood, data = place.stat(), place.read_bytes()
    place.write_bytes(data.replace(b"0", b"1"))
    os.utime(place, ns=(stood.st_atime_ns, stood.st_mtime_ns))  # who alters it sets the time back
    assert looked.flaws(found.claim, found.files) == {"report.en.html": Flaw.ALTERED}
