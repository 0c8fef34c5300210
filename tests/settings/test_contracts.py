"""What was promised, in the config file: exactly what is written, and every mistake at its place."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from dcim.contracts import Contract, Counts, Excusable, Penalty
from dcim.settings.sections.contracts import percent

SITE = """\
format: 1
site: { id: cas1 }
devices:
  - { id: pdu-1, kind: pdu, collector: snmp, profile: apc_rpdu2, address: "10.0.0.1:161", rack: r1, tenant: atlas }
  - { id: pdu-2, kind: pdu, collector: snmp, profile: apc_rpdu2, address: "10.0.0.2:161", rack: r2, tenant: rif }
contracts:
"""


def one(config: Any, text: str) -> Contract:
    read, problems = config(f"{SITE}  c1: {{ {text} }}\n")
    assert problems == []
    (contract,) = read.contracts
    assert isinstance(contract, Contract)
    return contract


def test_a_contract_is_exactly_what_is_written(config: Any) -> None:
    """Pains: G3."""
    contract = one(
        config,
        "services: [power/r1, power/r2], at_least: 1, clause: SLA 4.2, target: 99.982, period: quarter,"
        " counts: redundancy, excluded: [scheduled_maintenance, force_majeure], notice: 36h, coverage: 99.5 %,"
        " force_majeure: flood, penalties: [{ below: 99.982 %, credit: 5 % }, { below: 99.9, credit: 12.5 }],"
        " weights: { power/r1: 4.1 }, unit: kW, from: 2026-01-01, until: 2026-12-31",
    )
    assert contract == Contract(
        id="c1",
        services=("power/r1", "power/r2"),
        needs=1,
        clause="SLA 4.2",
        target=Fraction(99982, 100000),
        every="quarter",
        counts=Counts.REDUNDANCY,
        excluded=frozenset(Excusable),
        notice=36 * 3_600_000_000,
        coverage=Fraction(995, 1000),
        causes=("flood",),
        penalties=(
            Penalty(Fraction(99982, 100000), Fraction(1, 20)),
            Penalty(Fraction(999, 1000), Fraction(1, 8)),
        ),
        weights={"power/r1": Fraction(41, 10)},
        unit="kW",
        first=date(2026, 1, 1),
        last=date(2026, 12, 31),
    )


def test_what_is_not_said_is_all_services_every_month_with_a_week_of_notice(config: Any) -> None:
    contract = one(config, "services: power/r1")
    assert (contract.least, contract.every, contract.notice) == (1, "month", 7 * 86_400_000_000)
    assert (contract.coverage, contract.tenant, contract.target) == (Fraction(99, 100), "atlas", None)
    assert one(config, "services: [power/r1, power/r2]").tenant == ""


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("services: [power/r3]", "services[0]", "no service 'power/r3'"),
        ("services: power/r3", "services", "no service 'power/r3'"),
        ("services: [power/r1, power/r1]", "services[1]", "stands twice"),
        ("services: [power/r1], at_least: 2", "at_least", "only 1 services"),
        ("services: power/r1, target: 100.1", "target", "from 0 to 100"),
        ("services: power/r1, target: high", "target", "such as 99.98 %"),
        ("services: power/r1, target: 1/3", "target", "such as 99.98 %"),
        ("services: power/r1, target: 0", "target", "above 0 %"),
        ("services: power/r1, penalties: [{below: 99, credit: 1}]", "penalties", "needs a target"),
        (
            "services: power/r1, target: 99, penalties: [{below: 99.5, credit: 1}]",
            "penalties[0].below",
            "above",
        ),
        (
            "services: power/r1, target: 99, penalties: [{below: 98, credit: 1}, {below: 98, credit: 2}]",
            "penalties[1].below",
            "same share",
        ),
        ("services: power/r1, weights: {power/r2: 1}", "weights.power/r2", "no service of this contract"),
        ("services: power/r1, weights: {power/r1: 0}", "weights.power/r1", "above 0"),
        ("services: power/r1, weights: {power/r1: much}", "weights.power/r1", "expected a number"),
        ("services: power/r1, force_majeure: [flood]", "force_majeure", "does not name force_majeure"),
        ("services: power/r1, from: 2026-02-01, until: 2026-01-01", "until", "before it begins"),
        ("services: power/r1, colour: red", "colour", "unknown key"),
    ],
)
def test_a_mistake_is_told_at_its_place(config: Any, text: str, place: str, what: str) -> None:
    """Pains: J1."""
    read, problems = config(f"{SITE}  c1: {{ {text} }}\n")
    assert read.contracts == ()
    (problem,) = problems
    assert f":7:{problem.split(':')[2]}: contracts.c1.{place}: " in problem
    assert what in problem


def test_a_percentage_is_never_a_float_near_it() -> None:
    assert percent("99.995%") == percent(99.995) == Fraction(99995, 100000)
    assert percent(percent(99.995)) == Fraction(99995, 100000)
    with pytest.raises(ValueError, match="expected a percentage"):
        percent(True)
