"""A period read through the indexes says what the whole chain says, however old the ledger and whatever the clock did."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcim.availability import Period, answer, claim, evidence
from dcim.model.fact import Fact, FactKind
from dcim.store import Store, Work

from .conftest import HandClock

SECOND, HOUR, DAY = 1_000_000, 3600.0, 86_400.0
BEGIN = 1_764_000_000.0
NAMES = ("power/r1", "power/r2", "cooling/hall")
STANDS = (("up", "full"), ("up", "reduced"), ("down", "reduced"), ("unknown", "unknown"), ("up", "unknown"))


@pytest.fixture
def store(state: Path, clock: HandClock) -> Iterator[Store]:
    opened = Store.open(state, "cas1", clock, chain_id="c")
    yield opened
    opened.close()


def story(seed: int) -> list[Fact]:
    """Return facts of some 40 days: a daemon that dies, a clock that goes back, work, people who say otherwise."""
    rolled = random.Random(seed)
    now, facts = BEGIN, []
    before = dict.fromkeys(NAMES, ("unknown", "unknown"))
    for _ in range(300):
        now += rolled.random() * 6 * HOUR
        match rolled.randrange(12):
            case 0:
                body = {"from": now - HOUR, "to": now, "reason": "crash"}
                facts += [
                    Fact(FactKind.BLIND, now, "cas1", body),
                    Fact(FactKind.DAEMON_STARTED, now, "cas1", {}),
                ]
                before = dict.fromkeys(NAMES, ("unknown", "unknown"))
            case 1 if rolled.random() < 0.2:
                back = rolled.random() * 3 * DAY
                body = {"from": now, "to": now - back, "offset": -back, "since": now - 30.0}
                now -= back
                facts.append(Fact(FactKind.CLOCK_STEPPED, now, "cas1", body))
            case 2:
                until = now + rolled.random() * 4 * DAY
                said = {"change": "started", "start": now, "end": until, "announced": now - 8 * DAY}
                facts.append(
                    Fact(FactKind.MAINTENANCE, now, "w", {**said, "everything": False, "covered": [NAMES[0]]})
                )
            case 3:
                people = {"from": now - DAY, "to": now, "was": "forced_outage", "now": "planned_corrective"}
                facts.append(
                    Fact(FactKind.RECLASSIFIED, now, NAMES[1], {**people, "who": "A", "reason": "r"})
                )
            case 4 | 5:
                facts.append(Fact(FactKind.HEARTBEAT, now, "cas1", {"lasts": 30.0}))
            case _:
                name = rolled.choice(NAMES)
                function, redundancy = stands = rolled.choice(STANDS)
                was = {"function": before[name][0], "redundancy": before[name][1]}
                body = {"function": function, "redundancy": redundancy, "before": was, "held": now - 40.0}
                facts.append(Fact(FactKind.SERVICE_STATE, now, name, body))
                before[name] = stands
    return facts


@pytest.mark.parametrize("seed", [2, pytest.param(3, marks=pytest.mark.long)])
def test_a_period_through_the_indexes_is_that_of_the_whole_chain(
    store: Store, seed: int, backend: str
) -> None:
    """Pains: G5. The statements are the same for both databases: that the second takes them, few periods show."""
    store.commit_now(Work(facts=tuple(story(seed))))
    whole = list(store.entries())
    rolled = random.Random(seed)
    lasts = max(entry.at for entry in whole) - whole[0].at
    for _ in range(8 if backend == "sqlite" else 2):
        start = whole[0].at + round(rolled.uniform(-0.1, 1.0) * lasts)
        period = Period(start, start + round(rolled.uniform(0.5, 20) * DAY * SECOND))
        kept = whole[: rolled.randrange(len(whole) // 2, len(whole))]
        head = rolled.choice([None, kept[-1].head])
        quick, slow = store.evidence(period, head), evidence(whole if head is None else kept, period)
        assert quick is not None
        assert (quick.read_until, quick.head) == (slow.read_until, slow.head)
        for name in NAMES:
            assert claim(answer(quick, name), "UTC") == claim(answer(slow, name), "UTC")
        many = store.evidence(period, head, every=True)
        assert many is not None
        assert [list(many.statements(name)) for name in NAMES] == [
            list(quick.statements(name)) for name in NAMES
        ]


def test_known_is_until_what_was_seen_and_not_until_a_delivery_that_overtook_it(store: Store) -> None:
    """Pains: G1. While what waited for a full disk is written, deliveries are there before it."""
    up = {"function": "up", "redundancy": "full"}
    some = [
        Fact(FactKind.DAEMON_STARTED, BEGIN, "cas1", {}),
        Fact(FactKind.SERVICE_STATE, BEGIN + 1, "power/r1", up),
        Fact(FactKind.HEARTBEAT, BEGIN + 30, "cas1", {}),
        Fact(FactKind.DELIVERY, BEGIN + HOUR, "power/r1/rule", {"attempt": 1}),
    ]
    store.commit_now(Work(facts=tuple(some)))
    period = Period(round(BEGIN * SECOND), round((BEGIN + HOUR) * SECOND))
    quick, slow = store.evidence(period), evidence(list(store.entries()), period)
    assert quick is not None
    assert quick.knowledge.until == slow.knowledge.until == round((BEGIN + 30) * SECOND)
    assert claim(answer(quick, "power/r1"), "UTC") == claim(answer(slow, "power/r1"), "UTC")


def test_only_the_facts_around_the_period_are_read(store: Store) -> None:
    beats = [Fact(FactKind.HEARTBEAT, BEGIN + number * HOUR, "cas1", {}) for number in range(2000)]
    states = [
        Fact(
            FactKind.SERVICE_STATE,
            BEGIN + number * HOUR,
            "power/r1",
            {"function": "up", "redundancy": "full"},
        )
        for number in range(2000)
    ]
    store.commit_now(Work(facts=tuple(one for pair in zip(states, beats, strict=True) for one in pair)))
    begin = round((BEGIN + 1000 * HOUR) * SECOND)
    found = store.evidence(Period(begin, begin + round(DAY * SECOND)))
    assert found is not None
    said = found.statements("power/r1")
    assert len(said) == pytest.approx(24 + 24, abs=3)  # the day, and that in which facts may still come
    assert said[0].at <= begin


def test_facts_are_had_about_one_subject_and_by_their_sequences(store: Store) -> None:
    store.commit_now(Work(facts=tuple(story(2))))
    whole = list(store.entries())
    kind, name, last = FactKind.SERVICE_STATE, NAMES[0], whole[-20].sequence
    mine = [one for one in whole if (one.kind, one.subject) == (kind, name) and 5 < one.sequence <= last]
    assert list(store.facts_of(kind, name, 5, last)) == mine
    assert len(mine) > 2
    assert store.facts_at([3, 1, 1 << 40]) == {one.sequence: one for one in (whole[0], whole[2])}
    assert store.facts_at([]) == {}
    assert store.facts_at(range(2000)) == {one.sequence: one for one in whole if one.sequence < 2000}


def test_the_newest_fact_about_each_subject_is_had_up_to_a_fact(store: Store) -> None:
    store.commit_now(Work(facts=tuple(story(2))))
    whole = list(store.entries())
    kind, before = FactKind.SERVICE_STATE, whole[-20].sequence
    newest = {one.subject: one for one in whole if one.kind == kind and one.sequence <= before}
    assert len(newest) > 1
    assert list(store.newest_about_each(kind, sorted({*newest, "nobody"}), before)) == [
        newest[name] for name in sorted(newest)
    ]
    assert list(store.newest_about_each(kind, list(newest), 0)) == []


def test_what_services_promised_is_known_as_of_a_fact(store: Store) -> None:
    def told(name: str, body: dict[str, int | bool]) -> Fact:
        return Fact(FactKind.SERVICE_DEFINED, BEGIN, name, body)

    first = store.commit_now(Work(facts=(told("a", {"needs": 1}), told("b", {"needs": 1}))))
    store.commit_now(Work(facts=(told("a", {"needs": 2}), told("b", {"removed": True}))))
    assert store.defined() == {"a": {"needs": 2}}
    assert store.defined(first.last) == {"a": {"needs": 1}, "b": {"needs": 1}}
    assert [one.subject for one in store.newest_of_each(FactKind.SERVICE_DEFINED)] == ["a", "b"]


def test_an_empty_ledger_is_no_evidence(store: Store) -> None:
    found = store.evidence(Period(0, SECOND))
    assert found is not None
    assert answer(found, "power/r1").seen.figures.coverage == 0
