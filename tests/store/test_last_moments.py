"""An outage that was stated is in every later report, however soon after it the daemon ends.

Pains: G1, G2.
"""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from dcim.availability import Category, Period, answer, claim
from dcim.evidence.verifier.chain import Fact as Plain
from dcim.evidence.verifier.claims import Claims
from dcim.evidence.verifier.energy import Energy
from dcim.evidence.verifier.report import Report
from dcim.ledger import canonical
from dcim.model.fact import Fact, FactKind
from dcim.store import Work

NAME = "cooling/hall-1"
BOUND = 16.0


def says(at: float, function: str, before: str, held: float | None = None) -> Fact:
    body = {"function": function, "redundancy": "full" if function == "up" else "reduced"}
    was = {"function": before, "redundancy": "full" if before == "up" else "reduced"}
    more = {} if held is None else {"held": held}
    return Fact(FactKind.SERVICE_STATE, at, NAME, {**body, "before": was, **more})


def told(store, clock, since):
    """Return what is said of the time from then to now; the auditor's program says the same."""
    period = Period(round(since * 1e6), round(clock.wall * 1e6))
    found = answer(store.evidence(period), NAME)
    said = json.loads(canonical(claim(found, "UTC")))
    report = Report("en")
    claims = Claims([("c.json", "d", said)], report, Energy(report))
    for one in store.entries():
        place = (one.sequence, one.at, one.epoch, one.kind, one.subject)
        claims.take(Plain(*place, one.body.encode(), one.hash), one.site)
    claims.finish("cas1", store.committed.chain)
    assert [one for one in report.findings if one[0] != "claim_unissued"] == []
    return found.seen.figures


async def run(store, clock, *facts):
    """Live for 100 s, then let these become true, 7 s before now."""
    await store.commit(
        Work(
            facts=(
                Fact(FactKind.SERVICE_DEFINED, clock.wall, NAME, {"bound": BOUND}),
                says(clock.wall, "up", "unknown"),
            )
        )
    )
    clock.pass_time(100)
    await store.commit(Work(facts=facts))


@pytest.mark.parametrize("ends", ["stopped", "killed", "killed at once"])
async def test_an_outage_that_was_stated_shortly_before_the_end_stays_and_counts(opened, clock, ends):
    began, store = clock.wall, opened()
    down = clock.wall + 93
    await run(store, clock, says(down, "down", "up", down - 3))
    if ends != "killed at once":
        await store.heartbeat(10.0)
    if ends == "stopped":
        await store.stop("signal INT")
    store.close()
    clock.pass_time(600)
    store = opened()
    clock.pass_time(5)
    await store.commit(Work(facts=(says(clock.wall, "up", "unknown"),)))
    clock.pass_time(60)
    await store.heartbeat(10.0)
    figures = told(store, clock, began)
    (outage,) = figures.outages
    at = round(down * 1e6)
    # 16 s before the end are unseen, but for the statement itself; nobody saw it end until the next run
    first = at - (16_000_000 if ends == "killed at once" else 9_000_000)
    assert (outage.begins_from, outage.begins_until) == (first, at)
    assert (outage.ends_from, outage.ends_until) == (at + 1, at + 612_000_000)
    assert outage.lasted == {Category.FORCED: 1}
    assert len(outage.evidence) == 1
    assert figures.failures == 1
    assert figures.a_contract is not None
    assert figures.a_contract < 1
    truth = Fraction(93 + 60, 765)  # it was down from the statement on until the second run saw it work
    assert figures.a_min <= truth <= figures.a_max


async def test_an_outage_that_began_and_ended_within_the_last_moments_has_both_its_ends(opened, clock):
    began, store = clock.wall, opened()
    down, up = clock.wall + 90, clock.wall + 97
    await run(store, clock, says(down, "down", "up", down - 2), says(up, "up", "down", up - 2))
    await store.heartbeat(10.0)
    store.close()
    clock.pass_time(600)
    store = opened()
    await store.heartbeat(10.0)
    figures = told(store, clock, began)
    (outage,) = figures.outages
    assert (outage.ends_from, outage.ends_until) == (round(down * 1e6) + 1, round(up * 1e6))
    assert (figures.failures, outage.goes_on) == (1, False)


async def test_what_only_stands_as_before_is_as_unseen_as_ever(opened, clock):
    """One that says no more than that something is missing does not say that the rest was looked at then."""
    began, store = clock.wall, opened()
    await run(store, clock, says(clock.wall + 93, "up", "up"))
    await store.heartbeat(10.0)
    store.close()
    clock.pass_time(600)
    store = opened()
    (unseen,) = [one.read() for one in store.facts(kinds=(FactKind.BLIND,)) if one.subject == NAME]
    assert unseen == {"from": began + 100 - BOUND, "to": began + 100, "reason": "unseen"}


async def test_statements_from_before_the_last_moments_are_not_looked_at(opened, clock):
    store = opened()
    old = [says(clock.wall + one, *(("down", "up") if one % 2 else ("up", "down"))) for one in range(900)]
    await store.commit(Work(facts=(Fact(FactKind.SERVICE_DEFINED, clock.wall, NAME, {"bound": 700.0}), *old)))
    clock.pass_time(900)
    await store.heartbeat(10.0)
    store.close()
    store = opened()
    unseen = [one for one in store.facts(kinds=(FactKind.BLIND,)) if one.subject == NAME]
    assert len(unseen) == 700  # a statement each second, over more than one page of them


async def test_a_clean_stop_keeps_what_was_seen_until_the_last_look(opened, clock):
    """Pains: G1, G2."""
    began, store = clock.wall, opened()
    down = clock.wall + 93
    await run(store, clock, says(down, "down", "up", down - 3))
    store.looks(lambda: {NAME: down + 5})
    await store.heartbeat(10.0)
    await store.stop("signal INT")
    clock.pass_time(600)
    store = opened()
    clock.pass_time(5)
    await store.commit(Work(facts=(says(clock.wall, "up", "unknown"),)))
    clock.pass_time(60)
    await store.heartbeat(10.0)
    figures = told(store, clock, began)
    (outage,) = figures.outages
    assert (outage.begins_from, outage.begins_until) == (round((down - 3) * 1e6), round(down * 1e6))
    assert outage.lasted == {Category.FORCED: 5_000_000}
    assert outage.ends_from == round((down + 5) * 1e6)
    truth = Fraction(93 + 60, 765)
    assert figures.a_min <= truth <= figures.a_max
    assert figures.coverage == Fraction(765 - 605 - 3 - 2, 765)  # nobody ran; its edge; after the last look


async def test_a_run_that_lives_for_a_second_hides_nothing_of_the_one_before(opened, clock):
    """As a command has it that writes to the directory of a stopped daemon."""
    began, store = clock.wall, opened()
    down = clock.wall + 93
    await run(store, clock, says(down, "down", "up"))
    store.looks(lambda: {NAME: clock.wall})
    await store.stop("signal INT")
    clock.pass_time(1)
    store = opened()
    clock.pass_time(1)
    await store.stop("a name was erased")
    clock.pass_time(1)
    store = opened()
    await store.heartbeat(10.0)
    (outage,) = told(store, clock, began).outages
    assert outage.lasted == {Category.FORCED: 7_000_000}
