"""Blind time of a statement of availability is explained, all of it. Pains: G2, G3."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dcim.alerts import Language
from dcim.availability import Account, Category, Evidence, Period, Slice
from dcim.availability.knowledge import FOREVER, Knowledge, Reset
from dcim.availability.slices import Slices
from dcim.availability.statement import Statements
from dcim.ledger import Head
from dcim.model.fact import Fact, FactKind
from dcim.reports.kinds.blind import MOST, Blind, blind
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


cuts = st.tuples(st.integers(1, 3), st.sampled_from((Category.BLIND, Category.FULL)), st.integers(0, 5))


@given(st.lists(cuts, min_size=1, max_size=60), st.frozensets(st.integers(1, 5)))
def test_blind_times_are_explained_together_as_one_by_one(
    told: list[tuple[int, Category, int]], starts: frozenset[int]
) -> None:
    """Pains: G2."""
    slices: list[Slice] = []
    for length, category, sequence in told:
        start = slices[-1].end if slices else 7
        slices.append(Slice(start, start + length, category, True, sequence, 0))
    found: list[Blind] = []
    for one in slices:
        if one.category is Category.BLIND:
            why = "started" if one.sequence in starts else "undecided"
            if not one.sequence:
                why = "before" if one.start == 7 else "between"
            found.append(Blind(one.start, one.end, why, one.sequence))
    sums: dict[str, int] = defaultdict(int)
    for each in found:
        sums[each.reason] += each.end - each.start
    account = Account("s", Period(7, slices[-1].end), Slices.of(slices), Category.FULL)
    knowledge = Knowledge(tuple(Reset(one, 7) for one in sorted(starts)), (), FOREVER)
    longest = sorted(found, key=lambda one: (one.start - one.end, one))[: MOST + 1]
    head = Head("cas1", "c", 1, 9, "0" * 64)
    evidence = Evidence(account.period, head, 9, knowledge, (), lambda _: Statements.of(()), {})
    assert blind(account, evidence) == (sums, longest)
