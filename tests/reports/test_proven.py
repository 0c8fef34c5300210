"""Redundancy proven minute by minute: what was on record of single losses, without the time nobody watched."""

from __future__ import annotations

import pytest

from dcim.alerts import Language
from dcim.model.fact import Fact, FactKind
from dcim.reports.make import from_directory
from dcim.reports.model import Kind, Length, List, Name, Ratio, Say, Table
from dcim.reports.render import Form
from dcim.reports.wish import Wish

from .conftest import DAY, SECOND, SINCE, UNTIL, Ledger, stands

MINUTE = 60 * SECOND


def said(minute: float, survival: str, by: str = "") -> Fact:
    body = {"survival": survival, "by": by}
    return Fact(FactKind.SINGLE_LOSS, SINCE / 1e6 + 60 * minute, "power/R1", body)


def started(minute: float) -> Fact:
    return Fact(FactKind.DAEMON_STARTED, SINCE / 1e6 + 60 * minute, "cas1", {"previous": "clean"})


def table(ledger: Ledger, language: Language = Language.EN) -> Table | None:
    wish = Wish(Kind.UPTIME, "service:power/R1", period="2026-10", languages=(language,), forms=(Form.CSV,))
    made = from_directory(ledger.path, wish, UNTIL + DAY, "0.1.0")
    blocks = [one for part in made.document.sections for one in part.blocks if isinstance(one, Table)]
    return next((one for one in blocks if one.id == "single_losses"), None)


@pytest.mark.parametrize("language", list(Language))
def test_minutes_are_proven_not_proven_or_unknown_and_add_up(ledger: Ledger, language: Language) -> None:
    """Pains: I10."""
    ledger.say(
        said(10, "survives"),
        said(40, "falls", "ups-a"),
        said(100, "survives"),
        Fact(FactKind.BLIND, SINCE / 1e6 + 60 * 260, "cas1", {"from": SINCE / 1e6 + 60 * 200, "to": SINCE / 1e6 + 60 * 240, "reason": "stopped"}),
    )  # fmt: skip
    ledger.watch_until(UNTIL)
    found = table(ledger, language)
    assert found is not None
    ((service, survives, share, falls, unknown, by),) = found.rows
    assert isinstance(service, Name)
    whole = UNTIL - SINCE
    assert falls == Length(60 * MINUTE)
    assert unknown == Length(50 * MINUTE)
    assert survives == Length(whole - 110 * MINUTE)
    assert isinstance(share, Say)
    assert share.values == (Ratio(whole - 110 * MINUTE, whole, 2), Ratio(whole - 60 * MINUTE, whole, 2))
    assert isinstance(by, List)
    assert "ups" in str(by).lower()


def test_where_losses_were_never_tried_nothing_is_said_of_it(ledger: Ledger) -> None:
    ledger.watch_until(UNTIL)
    assert table(ledger) is None


def test_what_a_daemon_found_is_not_proven_of_the_next_one_that_tries_nothing(ledger: Ledger) -> None:
    """With ``redundancy: { check: "off" }`` the last word of the run before would stand for ever. Pains: I10."""
    ledger.say(said(10, "survives"), started(70), stands("power/R1", 70, "up", before="unknown"))
    ledger.watch_until(UNTIL)
    found = table(ledger)
    assert found is not None
    assert found.rows[0][1] == Length(60 * MINUTE)
    assert found.rows[0][4] == Length(UNTIL - SINCE - 60 * MINUTE)


def test_a_run_before_the_period_that_tried_nothing_proves_nothing_of_it(ledger: Ledger) -> None:
    ledger.say(said(-50, "survives"), started(-40), stands("power/R1", -40, "up", before="unknown"))
    ledger.watch_until(UNTIL)
    found = table(ledger)
    assert found is not None
    assert found.rows[0][1] == Length(0)
