"""Blind time of a statement of availability is explained, all of it. Pains: G2, G3."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dcim.alerts import Language
from dcim.model.fact import Fact, FactKind
from dcim.reports.make import from_directory
from dcim.reports.model import Kind, List, Name, Say, Table
from dcim.reports.render import Form
from dcim.reports.wish import Wish

from .conftest import DAY, SECOND, SINCE, UNTIL, Ledger, stands


def tables(ledger: Ledger, until: int) -> tuple[dict[str, Table], Any]:
    wish = Wish(
        Kind.UPTIME, "service:power/R1", period="2026-10", languages=(Language.EN,), forms=(Form.CSV,)
    )
    made = from_directory(ledger.path, wish, until, "0.1.0")
    return (
        {one.id: one for part in made.document.sections for one in part.blocks if isinstance(one, Table)},
        made.document.claim["figures"]["answers"][0]["seen"]["categories"],  # type: ignore[index,call-overload]
    )


def at(minute: float) -> float:
    return SINCE / 1e6 + 60 * minute


def test_each_reason_has_its_time_and_the_sum_is_all_that_was_blind(ledger: Ledger) -> None:
    unknown = stands("power/R1", 100, "unknown", "unknown")
    body = {**unknown.body, "because": [{"part": "pdu-1a", "function": "unknown", "redundancy": "full", "why": "silent"}]}  # fmt: skip
    ledger.say(
        replace(unknown, body=body),
        stands("power/R1", 130, "up", before="unknown"),
        Fact(FactKind.BLIND, at(260), "cas1", {"from": at(200), "to": at(240), "reason": "stopped"}),
        replace(stands("power/R1", 300, "down", before="up"), body={**stands("power/R1", 300, "down").body, "held": at(299)}),
        stands("power/R1", 310, "up", before="down"),
    )  # fmt: skip
    ledger.watch_until(UNTIL - DAY)
    found, categories = tables(ledger, UNTIL + DAY)
    reasons = {
        row[0].key: row[1].lasts  # type: ignore[union-attr]
        for row in found["blind_reasons"].rows
    }
    assert reasons == {
        "report.blind.tail": DAY,
        "report.blind.undecided": 30 * 60 * SECOND,
        "report.blind.stopped": 40 * 60 * SECOND,
        "report.blind.between": 60 * SECOND,
    }
    assert sum(reasons.values()) == categories["blind"]
    longest = [row[3] for row in found["blind"].rows]
    assert longest[0] == Say("report.blind.tail")
    assert longest[2] == Say("report.blind.undecided_by", (List((Name("PDU-1A"),)),))


def test_where_nothing_was_blind_that_is_said(ledger: Ledger) -> None:
    ledger.watch_until(UNTIL + DAY)
    found, categories = tables(ledger, UNTIL + 2 * DAY)
    assert (categories["blind"], found["blind"].rows, found["blind_reasons"].rows) == (0, (), ())


def test_time_before_the_first_fact_is_that(ledger: Ledger) -> None:
    ledger.watch_until(UNTIL)
    wish = Wish(Kind.UPTIME, "service:power/R1", "", "2026-09-30", "2026-10-01", (Language.EN,), (Form.CSV,))
    made = from_directory(ledger.path, wish, UNTIL, "0.1.0")
    blocks = [one for part in made.document.sections for one in part.blocks if isinstance(one, Table)]
    reasons = next(one for one in blocks if one.id == "blind_reasons").rows
    assert reasons[0][0] == Say("report.blind.before")
