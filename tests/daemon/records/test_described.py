"""What a site declares of its energy is on record by its hash, and is what reports read of its description."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dcim.clock import SystemClock
from dcim.daemon.plan import Plan
from dcim.daemon.records.described import describing
from dcim.energy.stated import hashes
from dcim.energy.terms import EnergyTerms
from dcim.model.fact import Fact, FactKind
from dcim.reports.plain import whole
from dcim.reports.site import kept
from dcim.store import Store, Work

WATER = {"what": "water", "value": 118.5, "from": "2026-10-01", "to": "2026-10-31", "source": "facture 1"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "state", "cas1", SystemClock())
    yield opened
    opened.close()


def described(plan: Plan, store: Store) -> list[Any]:
    """Start once; return all that is on record of descriptions."""
    store.commit_now(Work(facts=describing(plan, store, SystemClock())))
    return [entry.read() for entry in store.facts(kinds=[FactKind.SITE_DESCRIBED])]


def test_the_hash_of_what_is_declared_is_that_of_what_reports_read(
    plan_of: Callable[..., Plan], store: Store
):
    """Pains: G2, G7."""
    plan = plan_of("ups-a", energy={"declared": [WATER], "operator": {"SDC": 1200, "TIN": 23.4}})
    (fact,) = described(plan, store)
    assert described(plan, store) == [fact]
    site = kept(plan.settings.state, fact["sha256"])
    assert site is not None
    assert hashes(whole(EnergyTerms, site.more["energy"])) == fact["declared"] == hashes(plan.settings.energy)
    other = plan_of("ups-a", energy={"declared": [{**WATER, "value": 118.4}]})
    assert described(other, store)[1]["declared"]["energy"] != fact["declared"]["energy"]


@pytest.mark.parametrize("clock", ["site", "+01:00", "-03:30"])
def test_the_hash_of_the_tariff_is_that_of_what_reports_read(
    plan_of: Callable[..., Plan], store: Store, clock: str
) -> None:
    """Pains: G5, G7."""
    peak = {"name": "pointe", "from": "17:00", "to": "22:00", "days": "mon-fri", "season": "hiver"}
    tariff = {
        "clock": clock,
        "source": "exemple",
        "seasons": {"hiver": {"from": "10-01", "to": "03-31"}},
        "bands": [peak],
        "rest": "pleines",
    }
    assert described(plan_of("ups-a"), store)[0]["declared"]["tariff"] is None
    plan = plan_of("ups-a", energy={"tariffs": {"t": tariff}, "tariff": "t"})
    fact = described(plan, store)[1]
    site = kept(plan.settings.state, fact["sha256"])
    assert site is not None
    assert hashes(whole(EnergyTerms, site.more["energy"])) == fact["declared"]
    later = {**tariff, "bands": [{**peak, "to": "23:00"}]}
    again = described(plan_of("ups-a", energy={"tariffs": {"t": later}, "tariff": "t"}), store)[2]
    assert again["declared"]["tariff"] != fact["declared"]["tariff"] is not None


def test_a_description_from_before_is_told_again_with_its_hashes(
    plan_of: Callable[..., Plan], store: Store
) -> None:
    plan = plan_of("ups-a", energy={"declared": [WATER]})
    (fact,) = describing(plan, store, SystemClock())
    before = {name: value for name, value in fact.body.items() if name != "declared"}
    store.commit_now(Work(facts=(Fact(FactKind.SITE_DESCRIBED, fact.at, "cas1", before),)))
    assert described(plan, store) == [before, fact.body]
    assert described(plan, store) == [before, fact.body]
