"""What reports say of availability and what the verifier computes by its own code agree to the digit.

A thousand random lives of a site in ``make campaign``: services that fail while nobody watches, clocks that go back,
announced work that ends early, times that people reclassify, several services as one. Pains: G1, G2, G3, G5, G6.
"""

from __future__ import annotations

import dataclasses
import os
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcim.availability import Period, answer, claim, evidence, together
from dcim.contracts import Contract, Counts, Excusable, Penalty
from dcim.evidence.verifier.chain import Fact as Plain
from dcim.evidence.verifier.claims import Claims, different
from dcim.evidence.verifier.energy import Energy
from dcim.evidence.verifier.report import Report
from dcim.ledger import Entry, append, canonical, genesis
from dcim.ledger.canonical import read
from dcim.model.fact import Fact, FactKind
from dcim.record import replace

CAMPAIGN = "DCIM_CAMPAIGN" in os.environ
T0 = 1_764_000_000
HOUR = 3600
SERVICES = ("a", "b", "c")
WORDS = (
    "blind",
    "force_majeure",
    "scheduled_maintenance",
    "planned_corrective",
    "forced_outage",
    "degraded",
    "full",
)

moments = st.integers(-30 * HOUR, 60 * HOUR).map(lambda second: float(T0 + second))
spans = st.tuples(moments, st.floats(0, 20 * HOUR)).map(lambda both: (both[0], both[0] + both[1]))
services = st.sampled_from(SERVICES)
functions = st.sampled_from(("up", "up", "down", "unknown"))
redundancies = st.sampled_from(("full", "reduced", "unknown"))
states = st.fixed_dictionaries({"function": functions, "redundancy": redundancies})


@st.composite
def state_facts(draw: Any) -> Fact:
    at = draw(moments)
    body: dict[str, Any] = {**draw(states), "before": draw(states)}
    if draw(st.booleans()):
        body["held"] = at - draw(st.floats(-10, 30 * HOUR))
    return Fact(FactKind.SERVICE_STATE, at, draw(services), body)


@st.composite
def works(draw: Any) -> Fact:
    (start, end), name = draw(spans), draw(st.sampled_from(("w1", "w2")))
    if draw(st.integers(0, 3)) == 0:
        return Fact(FactKind.MAINTENANCE, draw(moments), name, {"change": "ended"})
    body: dict[str, Any] = {"change": "started", "services": ("a",)}
    if draw(st.integers(0, 4)):
        announced = start - draw(st.floats(-HOUR, 40 * HOUR))
        covered = tuple(sorted(draw(st.sets(services))))
        body |= {"start": start, "end": end, "announced": announced, "covered": covered}
        body["everything"] = draw(st.booleans())
    return Fact(FactKind.MAINTENANCE, draw(moments), name, body)


@st.composite
def reclassified(draw: Any) -> Fact:
    start, end = draw(spans)
    body = {"from": start, "to": end, "was": draw(st.sampled_from(WORDS)), "now": draw(st.sampled_from(WORDS)), "who": "p1", "reason": "r", "cause": draw(st.sampled_from(("", "flood", "war")))}  # fmt: skip
    return Fact(FactKind.RECLASSIFIED, draw(moments), draw(services), body)


@st.composite
def others(draw: Any) -> Fact:
    kind = draw(st.sampled_from((FactKind.HEARTBEAT, FactKind.DAEMON_STARTED, FactKind.BLIND, FactKind.CLOCK_STEPPED)))  # fmt: skip
    start, end = draw(spans)
    bodies: dict[FactKind, dict[str, Any]] = {
        FactKind.HEARTBEAT: {"lasts": 30.0},
        FactKind.DAEMON_STARTED: {"previous": "crash"},
        FactKind.BLIND: {"from": end, "to": start, "reason": "crash"},
        FactKind.CLOCK_STEPPED: {"from": start, "to": end, "offset": end - start},
    }
    subject = draw(st.sampled_from(("cas1", "a"))) if kind is FactKind.BLIND else "cas1"
    if subject == "a" and draw(st.booleans()):
        bodies[FactKind.BLIND]["of"] = "redundancy"
    return Fact(kind, draw(moments), subject, bodies[kind])


facts = st.lists(
    st.one_of(state_facts(), state_facts(), state_facts(), others(), works(), reclassified()), min_size=1, max_size=30
)  # fmt: skip
shares = st.sampled_from((None, Fraction(1), Fraction(99, 100), Fraction(1, 2)))
contracts = st.builds(
    Contract,
    id=st.just("k"),
    services=st.sets(services, min_size=1).map(sorted).map(tuple),
    target=shares,
    counts=st.sampled_from(Counts),
    excluded=st.frozensets(st.sampled_from(Excusable)),
    notice=st.sampled_from((0, 3600_000_000, 86_400_000_000)),
    coverage=st.sampled_from((Fraction(0), Fraction(9, 10), Fraction(99, 100))),
    causes=st.sampled_from(((), ("flood",))),
    penalties=st.sampled_from(
        ((), (Penalty(Fraction(9, 10), Fraction(1, 10)), Penalty(Fraction(1, 2), Fraction(1, 2))))
    ),
    weights=st.sampled_from(({}, {"a": Fraction(3), "b": Fraction(1, 2)})),
)


def chained(some: list[Fact], settled: bool) -> list[Entry]:
    head, entries = genesis("cas1", "c0ffee"), []
    end = [Fact(FactKind.HEARTBEAT, float(T0 + 100 * HOUR), "cas1", {"lasts": 30.0})] if settled else []
    for fact in (*some, *end):
        entries.append(append(head, fact, 1))
        head = entries[-1].head
    return entries


def computed(entries: list[Entry], said: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the verifier finds wrong with a claim."""
    report = Report("en")
    claims = Claims([("c.json", "d", said)], report, Energy(report))
    for one in entries:
        place = (one.sequence, one.at, one.epoch, one.kind, one.subject)
        claims.take(Plain(*place, one.body.encode(), one.hash), one.site)
    claims.finish("cas1", "c0ffee")
    assert len(claims.claims) == 1
    return [found for found in report.findings if found[0] != "claim_unissued"]


@settings(max_examples=1000 if CAMPAIGN else 60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    some=facts,
    contract=contracts,
    needs=st.integers(0, 3),
    settled=st.booleans(),
    length=st.integers(1, 48 * HOUR),
)
def test_report_and_verifier_agree_whatever_happened(some, contract, needs, settled, length):
    from dataclasses import replace

    contract = replace(contract, needs=min(needs, len(contract.services)))
    entries = chained(some, settled)
    about = evidence(entries, Period(T0 * 1_000_000, (T0 + length) * 1_000_000))
    if len(contract.services) == 1:
        found = answer(about, contract.services[0], contract)
    else:
        found = together(about, "all", contract)
    assert computed(entries, read(canonical(claim(found, "UTC")))) == []


def test_of_many_outages_a_claim_has_what_they_come_to_and_each_of_them_counts():
    """Pains: G1."""
    turns = [
        Fact(
            FactKind.SERVICE_STATE, float(T0 + 60 * number), "a", {"function": function, "redundancy": "full"}
        )
        for number in range(80)
        for function in ("down" if number % 2 else "up",)
    ]
    entries = chained(turns, True)
    about = evidence(entries, Period(T0 * 1_000_000, (T0 + HOUR) * 1_000_000))
    said = read(canonical(claim(answer(about, "a"), "UTC")))
    many = said["seen"]["outages"]
    assert many["count"] == 30
    assert many["lasted"] == {"forced_outage": 30 * 60_000_000}
    assert computed(entries, said) == []
    for changed in ({"count": 29}, {"sha256": "0" * 64}, {"blind": 1}, {"lasted": {}}):
        wrong = {**said, "seen": {**said["seen"], "outages": {**many, **changed}}}
        assert {word for word, _ in computed(entries, wrong)} == {"claim_wrong"}
    moved = [one if number != 20 else one._replace(at=one.at + 1) for number, one in enumerate(entries)]
    assert "claim_wrong" in {word for word, _ in computed(moved, said)}


def test_a_claim_of_the_first_version_lists_every_outage():
    entries = chained(
        [Fact(FactKind.SERVICE_STATE, float(T0), "a", {"function": "down", "redundancy": "full"})], True
    )
    about = evidence(entries, Period(T0 * 1_000_000, (T0 + HOUR) * 1_000_000))
    said = {**read(canonical(claim(answer(about, "a"), "UTC"))), "version": 1}
    assert computed(entries, said) == []
    short = {**said, "seen": {**said["seen"], "outages": []}}
    assert {word for word, _ in computed(entries, short)} == {"claim_wrong"}


def test_what_overtook_the_line_to_the_disk_says_nothing_of_how_services_stood():
    """Pains: G1. A delivery is on disk while what was seen before it still waits: known is up to what is there."""
    told = Fact(FactKind.DELIVERY, float(T0 + 900), "a/rule", {"attempt": 1})
    up = Fact(FactKind.SERVICE_STATE, float(T0), "a", {"function": "up", "redundancy": "full"})
    seen = Fact(FactKind.HEARTBEAT, float(T0 + 300), "cas1", {"lasts": 30.0})
    entries = chained([up, seen, told], False)
    about = evidence(entries, Period(T0 * 1_000_000, (T0 + HOUR) * 1_000_000))
    said = read(canonical(claim(answer(about, "a"), "UTC")))
    assert (said["read_until"], said["known_until"]) == (3, (T0 + 300) * 1_000_000)
    assert said["seen"]["categories"]["full"] == 300_000_000
    assert said["seen"]["categories"]["blind"] == (HOUR - 300) * 1_000_000
    assert computed(entries, said) == []
    assert {word for word, _ in computed(entries, {**said, "known_until": (T0 + 900) * 1_000_000})} == {
        "claim_wrong"
    }
    assert {word for word, _ in computed(entries, {**said, "version": 2})} == {"claim_wrong"}


def test_a_claim_of_the_second_version_was_known_until_its_head():
    told = Fact(FactKind.DELIVERY, float(T0 + HOUR), "a/rule", {"attempt": 1})
    up = Fact(FactKind.SERVICE_STATE, float(T0), "a", {"function": "up", "redundancy": "full"})
    entries = chained([up, told], False)
    about = evidence(entries, Period(T0 * 1_000_000, (T0 + HOUR) * 1_000_000))
    known = dataclasses.replace(about.knowledge, until=(T0 + HOUR) * 1_000_000)
    whole = replace(about, knowledge=known)
    said = {**read(canonical(claim(answer(whole, "a"), "UTC"))), "version": 2}
    assert computed(entries, said) == []
    assert {word for word, _ in computed(entries, {**said, "version": 3})} == {"claim_wrong"}


def test_the_comparison_would_find_one_microsecond():
    said = {"seen": {"categories": {"full": 1}, "outages": [{"begins": [1, 2]}]}}
    other = {"seen": {"categories": {"full": 2}, "outages": [{"begins": [1, 3]}]}}
    assert list(different(said, said, "s")) == []
    assert list(different(said, other, "s")) == [("s: seen: categories: full", 1, 2), ("s: seen: outages 1: begins 2", 2, 3)]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"period": {"from": 5, "to": 5}}, "claim_form"),
        ({"version": 4}, "claim_form"),
        ({"version": True}, "claim_form"),
        ({"contract": {"services": []}}, "claim_form"),
        ({"head": {"epoch": 1, "sequence": 99, "hash": "0" * 64}}, "claim_head"),
        ({"chain": "other"}, "claim_head"),
        ({"read_until": 7}, "claim_wrong"),
    ],
)
def test_a_claim_that_is_none_or_stands_on_nothing_is_named(change, word):
    entries = chained(
        [Fact(FactKind.SERVICE_STATE, float(T0), "a", {"function": "up", "redundancy": "full"})], True
    )
    about = evidence(entries, Period(T0 * 1_000_000, (T0 + HOUR) * 1_000_000))
    said = {**read(canonical(claim(answer(about, "a"), "UTC"))), **change}
    report = Report("en")
    claims = Claims([("c.json", "d", said)], report, Energy(report))
    for one in entries:
        place = (one.sequence, one.at, one.epoch, one.kind, one.subject)
        claims.take(Plain(*place, one.body.encode(), one.hash), one.site)
    claims.finish("cas1", "c0ffee")
    assert word in {kind for kind, _ in report.findings}
