"""A claim is about what the fact that issued it says, and answers for all of it. Pains: G6, K1, K5."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dcim.availability import Evidence, Period, all_of, answer, claim, evidence, together
from dcim.contracts import Contract
from dcim.evidence.custody import Custody
from dcim.evidence.verifier.main import HOLDS, WRONG_EXIT, Options, Result, verify
from dcim.ledger.signed import STOP
from dcim.model.fact import Fact, FactKind
from dcim.store import Store, Work

from .conftest import T0, Bundle, HandClock, bundled, words
from .forging import insider

PERIOD = Period(round((T0 + 3600) * 1e6), round((T0 + 7200) * 1e6))
TENANTS = {
    "power/r01": "Atlas",
    "power/r02": "Atlas",
    "power/r03": "Rif",
    "cooling/c": "",
    "tenant/Atlas": "Atlas",
}
DIGEST = "ab" * 32

Change = Callable[[dict[str, Any], dict[str, Any]], object]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, Evidence]:
    """A bundle of a site that has services, two of which fail, without a report; what its facts say."""
    root, clock = tmp_path_factory.mktemp("labels"), HandClock()
    store = Store.open(root / "state", "cas1", clock, "c0ffee")
    try:
        pen = Custody(root / "state", store, clock).begin()
        facts = [Fact(FactKind.SITE_DESCRIBED, clock.now(), "cas1", {"sha256": DIGEST})]
        for name, tenant in TENANTS.items():
            body = {"kind": name.partition("/")[0], "room": "s1", "rack": "", "tenant": tenant, "bound": 16.0}
            facts.append(Fact(FactKind.SERVICE_DEFINED, clock.now(), name, body))
        for number in range(60):
            clock.pass_time(300.0)
            facts.append(Fact(FactKind.HEARTBEAT, clock.now(), "cas1", {"lasts": 300.0}))
            for name in TENANTS:
                down = (name, number) in {("power/r01", 14), ("cooling/c", 18)}
                said = {"function": "down" if down else "up", "redundancy": "full", "held": clock.now()}
                facts.append(Fact(FactKind.SERVICE_STATE, clock.now(), name, said))
        store.commit_now(Work(facts=tuple(facts), sign=STOP))
        found = evidence(list(store.entries()), PERIOD)
        return bundled(root / "bundle", root / "state", store, pen), found
    finally:
        store.close()


@pytest.fixture
def issued(site: tuple[Bundle, Evidence], tmp_path: Path) -> Callable[..., Result]:
    """Issue, as who holds the key, a report with a change of its claim and of its fact; return what is said."""

    def check(
        change: Change = lambda claim, body: None, scope: str = "", contract: Contract | None = None
    ) -> Result:
        tenant = scope.partition(":")[2]
        names = [name for name, whose in TENANTS.items() if not tenant or whose == tenant]
        (bundle, found), whole = site, contract or all_of("cas1", names)
        answers = [
            together(found, whole.name or scope or "cas1", whole),
            *(answer(found, one) for one in names),
        ]
        said: dict[str, Any] = {
            "format": "dcim claim 1", "kind": "uptime", "site": "cas1", "scope": scope, "topology": DIGEST,
            "period": {"since": PERIOD.start, "until": PERIOD.end, "zone": "UTC"}, "until": PERIOD.end,
            "figures": {"answers": [json.loads(json.dumps(claim(one, "UTC"))) for one in answers]},
        }  # fmt: skip
        body = {"kind": "uptime", "scope": scope, "from": PERIOD.start, "to": PERIOD.end, "zone": "UTC"}
        change(said, body)
        shutil.copytree(bundle.folder, tmp_path / "bundle")
        forger = insider(tmp_path / "bundle", bundle)
        (forger.folder / "claims").mkdir(exist_ok=True)
        body["claim"] = forger.claim(said, body.pop("name", ""))
        subject = body.pop("subject", f"uptime {scope or 'site'} {PERIOD.start}/{PERIOD.end}")
        forger.fact("report_issued", subject, body, body.pop("at", None))
        forger.head()
        return verify(str(forger.seal()), Options(keys=[bundle.key]))

    return check


def of(said: dict[str, Any], subject: str) -> dict[str, Any]:
    return next(one for one in said["figures"]["answers"] if one["subject"] == subject)


def swap(said: dict[str, Any], _: Any) -> None:
    one, other = of(said, "power/r01"), of(said, "power/r02")
    one["subject"], other["subject"] = other["subject"], one["subject"]


def bare(said: dict[str, Any], _: Any) -> None:
    """An answer alone says of no scope that it is all of it."""
    one = of(said, "power/r02")
    said.clear()
    said.update(one)


def without_cooling(said: dict[str, Any], _: Any) -> None:
    """Leave an outage out, also of the answer on all services."""
    answers = said["figures"]["answers"]
    said["figures"]["answers"] = [one for one in answers[1:] if one["subject"] != "cooling/c"][:1]


@pytest.mark.parametrize("scope", ["", "tenant:Atlas"])
def test_a_report_on_all_of_its_scope_holds(issued, scope):
    result = issued(scope=scope)
    assert (result.code, result.report.findings) == (HOLDS, [])
    assert not any("answers for every service" in one or "contract" in one for one in result.report.notes)


def test_the_terms_of_a_contract_are_said_not_to_be_proven(issued):
    contract = Contract("k", ("power/r01",), name="Atlas 2026", tenant="Atlas")
    result = issued(scope="tenant:Atlas", contract=contract)
    assert (result.code, result.report.findings) == (HOLDS, [])
    assert any("that the terms of a contract in a claim" in one for one in result.report.notes)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (swap, "claim_label"),
        (without_cooling, "claim_left_out"),
        (lambda said, _: said["figures"]["answers"].remove(of(said, "power/r01")), "claim_label"),
        (lambda said, _: said["figures"].update(answers=[]), "claim_form"),
        (lambda said, _: said.update(figures={"availability": "100 %"}), "claim_form"),
        (lambda said, _: said["figures"].update(availability="100 %"), "claim_form"),
        (lambda said, _: said.update(scope="tenant:Rif"), "claim_label"),
        (lambda said, body: body.update(scope="tenant:Rif", subject=f"uptime tenant:Rif {PERIOD.start}/{PERIOD.end}"), "claim_beyond"),
        (lambda said, body: (said.update(scope="tenant:Rif"), body.update(scope="tenant:Rif")), "issued_subject"),
        (lambda said, _: said.update(site="cas2"), "claim_label"),
        (lambda said, _: said.update(kind="alarms"), "claim_label"),
        (lambda said, _: said["period"].update(since=PERIOD.start + 1), "claim_label"),
        (lambda said, _: said.update(until=PERIOD.end - 1), "claim_label"),
        (lambda said, _: said["period"].update(zone="Africa/Casablanca"), "claim_label"),
        (lambda said, _: said.update(topology="cd" * 32), "claim_label"),
        (lambda said, _: of(said, "power/r01")["period"].update(zone="Mars"), "claim_label"),
        (lambda said, _: of(said, "power/r01")["contract"].update(id="k"), "claim_label"),
        (lambda said, _: of(said, "power/r01")["contract"].update(coverage="1/2"), "claim_label"),
        (lambda said, _: of(said, "power/r01")["contract"].update(notice=604_800_000_001), "claim_label"),
        (lambda said, _: of(said, "cas1").update(subject="power/r02"), "claim_label"),
        (lambda _, body: body.update(name="cd" * 32), "claim_name"),
        (lambda said, _: said.update(availability="100 %"), "claim_form"),
        (lambda said, _: said["period"].update(availability="100 %"), "claim_form"),
        (lambda said, _: said["period"].update(until=PERIOD.end - 1), "claim_form"),
        (lambda said, _: of(said, "power/r01").update(availability="100 %"), "claim_form"),
        (lambda said, _: of(said, "power/r01")["contract"].update(availability="100 %"), "claim_form"),
        (lambda said, _: of(said, "power/r01")["head"].update(availability="100 %"), "claim_form"),
        (lambda said, _: of(said, "power/r01")["seen"]["outages"][0]["evidence"].append(10**6), "claim_wrong"),
        (lambda said, _: of(said, "power/r01")["seen"]["outages"][0]["evidence"].append("see there"), "claim_wrong"),
        (lambda said, _: of(said, "power/r01")["seen"]["outages"][0].update(evidence=[3]), "claim_wrong"),
        (lambda said, _: of(said, "power/r01")["seen"]["outages"][0].update(evidence=[]), "claim_wrong"),
        (lambda said, _: of(said, "power/r01")["seen"]["outages"][0].pop("evidence"), "claim_wrong"),
        (lambda said, _: of(said, "power/r01")["seen"]["outages"][0].update(evidence=[[3]]), "claim_wrong"),
        (lambda said, _: of(said, "cas1")["seen"]["outages"][0].update(evidence=[3]), "claim_wrong"),
        (lambda said, _: of(said, "cas1")["seen"]["outages"][0]["evidence"].append(True), "claim_wrong"),
        (lambda said, _: said.update(format="dcim claim 2"), "claim_form"),
        (lambda said, _: said.pop("format"), "claim_form"),
        (lambda said, _: said.pop("kind"), "claim_form"),
        (lambda said, _: said.update(kind=["uptime"]), "claim_form"),
        (bare, "claim_form"),
        (lambda said, _: said.pop("period"), "claim_label"),
        (lambda said, _: said.pop("until"), "claim_label"),
        (lambda said, _: said["period"].pop("since"), "claim_label"),
        (lambda said, _: said["period"].pop("until"), "claim_label"),
        (lambda said, _: said["period"].pop("zone"), "claim_label"),
    ],
)  # fmt: skip
def test_a_claim_that_is_about_something_else_than_it_says_is_found(issued, change, word):
    result = issued(change)
    assert result.code == WRONG_EXIT
    assert word in words(result), result.report.findings


def longer(said: dict[str, Any], _: Any) -> None:
    """Say of a period that is over that it goes on."""
    said["period"]["until"] = PERIOD.end + 1


def test_that_a_period_goes_on_is_said_not_to_be_proven(issued):
    result = issued(longer)
    assert (result.code, result.report.findings) == (HOLDS, [])
    assert any("is of a period that ends at" in one for one in result.report.notes)


def test_a_period_that_goes_on_is_not_reported_days_later(issued):
    def change(said: dict[str, Any], body: dict[str, Any]) -> None:
        longer(said, body)
        body["at"] = PERIOD.end + 2 * 86_400_000_000

    result = issued(change)
    assert result.code == WRONG_EXIT
    assert words(result) == {"claim_label"}, result.report.findings


def test_of_several_services_it_is_said_which_facts_are_not_proven(issued):
    assert any("an outage of several services together" in one for one in issued().report.notes)


def test_a_service_that_is_left_out_is_named(issued):
    result = issued(without_cooling)
    said = "answers leave out services that facts put into its scope: 4, the first is power/r02"
    assert said in result.report.findings[0][1]


def test_where_facts_do_not_say_what_the_scope_is_it_is_said(bundle):
    result = bundle.check()
    assert result.code == HOLDS
    assert any(
        "answers for every service of its scope: facts do not say" in one for one in result.report.notes
    )
