"""Figures that rest on declarations: recomputed from roll-ups and from what was declared, and every change is found."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta, timezone
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from random import randrange
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from dcim.alerts import Language
from dcim.energy.demand import Committed
from dcim.energy.figures import Declared, Quantity
from dcim.energy.stated import hashes
from dcim.energy.tariff import Band, Season, Tariff
from dcim.energy.terms import EnergyTerms
from dcim.evidence.custody import Custody
from dcim.evidence.drawing import drawing, drawings, version_of
from dcim.evidence.drawing import keep as keep_drawing
from dcim.evidence.export import Extras, export
from dcim.evidence.issued import claims
from dcim.evidence.keyfile import Pen
from dcim.evidence.metered import sections
from dcim.evidence.verifier import chain as plain_chain
from dcim.evidence.verifier.accounts import account_of
from dcim.evidence.verifier.energy import Energy
from dcim.evidence.verifier.files import Files
from dcim.evidence.verifier.main import Options, Result, verify
from dcim.evidence.verifier.report import Report
from dcim.evidence.verifier.supplies import Drawings
from dcim.graph import Node, NodeKind, Topology, Wiring
from dcim.ledger.signed import REPORT
from dcim.model import Address, Asset, Kind
from dcim.model.fact import Fact, FactKind
from dcim.record import replace
from dcim.reports.make import compose, matter_of
from dcim.reports.model import Kind as ReportKind
from dcim.reports.opened import opened
from dcim.reports.plain import plain
from dcim.reports.site import describe, keep, text_of
from dcim.reports.wish import Wish
from dcim.store import Store, Work
from tests.rollup.building import BEGIN, BUILDING, KINDS, UTC_ZONE, watched_in
from tests.rollup.conftest import Site as Watched

from .conftest import HandClock, words

DAY = date(2026, 11, 25)
Q = Quantity
Figures = dict[str, Any]


def said(quantity: Quantity, value: str, day: date = DAY) -> Declared:
    return Declared(quantity, Fraction(value), day, day, f"preuve {quantity}")


TERMS = EnergyTerms(
    declared=(
        said(Q.WATER, "1.5"),
        said(Q.WATER, "0.9"),
        said(Q.POTABLE_WATER, "0.7"),
        said(Q.EMISSIONS, "0.6"),
        said(Q.EMISSIONS, "0.61", date(2026, 11, 26)),  # of another day
        said(Q.RENEWABLE_GOO, "1000"),
        said(Q.RENEWABLE_SITE, "200"),
        said(Q.REUSED, "300"),
    ),
    operator=MappingProxyType({"SDC": Fraction(400), "TIN": Fraction(47, 2)}),
    committed=(Committed("atlas", 59_999, 60, "annexe 2"),),
    tariffs=MappingProxyType(
        {
            "t": Tariff(
                "t",
                UTC_ZONE,
                (
                    Band("pointe", 17 * 60, 22 * 60, frozenset(range(5)), Season("hiver", (10, 1), (3, 31))),
                    Band("creuses", 22 * 60, 7 * 60),
                ),
                "pleines",
                "exemple",
                "nobody's",
            )
        }
    ),
    tariff="t",
)


class Made(NamedTuple):
    """A state directory with a day of blocks and a description, and what was said at its end."""

    state: Path
    store: Store
    pen: Pen
    clock: HandClock


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A day that was watched, to be copied."""
    return watched_in(tmp_path_factory.mktemp("watched"))


def made_in(
    watched: Watched, state: Path, terms: EnergyTerms, *, kept: bool = True, drawn: Topology | None = BUILDING
) -> Made:
    """Return that day at a site with these terms; ``kept``: the fact has hashes of what is declared.

    ``drawn``: the building of which the ledger has the drawing.
    """
    shutil.copytree(watched.directory, state)
    clock = HandClock()
    clock.wall = BEGIN + 27 * 3600.0
    store = Store.open(state, "cas1", clock, "c0ffee")
    pen = Custody(state, store, clock).begin()
    assets = [Asset(name, name, Kind(str(kind)), "snmp", Address("x")) for name, kind in KINDS.items()]
    about = ("cas1", "cas1", "UTC", Language.EN)
    digest = keep(
        text_of(
            describe(about, {}, assets, Wiring(tuple(BUILDING.nodes.values())), (), {"energy": plain(terms)})
        ),
        state,
    )
    body = {"sha256": digest, **({"declared": hashes(terms)} if kept else {})}
    facts = [Fact(FactKind.SITE_DESCRIBED, BEGIN - 7200.0, "cas1", body)]
    if drawn is not None:
        keep_drawing(drawing(drawn), state)
        about_it = {"sha256": version_of(drawing(drawn))}
        facts.append(Fact(FactKind.TOPOLOGY, BEGIN - 7200.0, "cas1", about_it))
    store.commit_now(Work(facts=tuple(facts)))
    for block in watched.books.blocks:
        store.commit_now(Work(facts=(block.fact(),), rollups=(block,)))
    return Made(state, store, pen, clock)


@pytest.fixture(scope="module")
def made(watched: Watched, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    found = made_in(watched, tmp_path_factory.mktemp("declared") / "state", TERMS)
    yield found
    found.store.close()


def document_of(made: Made, scope: str = "") -> dict[str, Any]:
    """Return the claim of the energy report of that day, as it would be issued."""
    wish = Wish(ReportKind.ENERGY, scope, "", "2026-11-25", "2026-11-26", (), ())
    with opened(made.state) as state:
        matter = matter_of(state, wish, round(made.clock.now() * 1e6))
        claim = compose(matter, "0.1.0", issued=True).claim
    found: dict[str, Any] = json.loads(json.dumps(claim))
    return found


@pytest.fixture(scope="module")
def told(made: Made) -> str:
    """The claim of the whole site, as text, of which each test reads a document of its own."""
    return json.dumps(document_of(made))


def issue_fact(document: dict[str, Any], digest: str, head: object) -> dict[str, Any]:
    extent = {"from": document["period"]["since"], "to": document["until"], "zone": "UTC"}
    return {"kind": "energy", "scope": document["scope"], "claim": digest, "head": str(head), **extent}


def audited(made: Made, folder: Path, document: dict[str, Any]) -> Result:
    """Issue a document as a report, export, and return what an auditor is told."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    digest = sha256(text.encode()).hexdigest()
    (made.state / "reports" / digest).mkdir(parents=True)
    (made.state / "reports" / digest / "claim.json").write_text(text, encoding="utf-8")
    body = issue_fact(document, digest, made.store.head())
    subject = f"energy {document['scope'] or 'site'} {body['from']}/{body['to']}"
    fact = Fact(FactKind.REPORT_ISSUED, made.clock.now(), subject, body)
    made.store.commit_now(Work(facts=(fact,), sign=REPORT))
    every = list(claims(made.state, made.store))
    drawn = drawings(made.state, made.store, every, 10**6)
    export(folder, made.store, made.pen, Extras(every, sections(made.state, made.store, every), (), drawn))
    return verify(str(folder), Options(keys=[made.pen.public]))


@pytest.fixture
def fresh(watched: Watched, tmp_path: Path) -> Iterator[Callable[..., Made]]:
    """Make sites of one's own, which are closed at the end."""
    several: list[Made] = []

    def make(terms: EnergyTerms, *, kept: bool = True, drawn: Topology | None = BUILDING) -> Made:
        state = tmp_path / f"state-{len(several)}"
        several.append(made_in(watched, state, terms, kept=kept, drawn=drawn))
        return several[-1]

    yield make
    for one in several:
        one.store.close()


def figure(document: dict[str, Any], name: str) -> Figures:
    found: Figures = next(one for one in document["figures"]["energy"] if one["name"] == name)
    return found


def field(document: dict[str, Any], name: str) -> Figures:
    found: Figures = next(one for one in document["figures"]["eu"] if one["name"] == name)
    return found


def test_each_figure_of_iso_30134_stands_in_the_claim_with_its_inputs_and_holds(fresh, tmp_path):
    """3,600 kWh went in, 98 kW for a day to IT. Pains: G2, G7."""
    made = fresh(TERMS)
    document = document_of(made)
    it = Fraction(98 * 24)
    assert Fraction(figure(document, "WUE")["best"]) == Fraction(2400) / it
    assert Fraction(figure(document, "CUE")["best"]) == Fraction(6, 10) * 3600 / it
    assert Fraction(figure(document, "REF")["best"]) == Fraction(1200, 3600)
    assert Fraction(figure(document, "ERF")["best"]) == Fraction(300, 3600)
    assert Fraction(figure(document, "CER")["best"]) == Fraction(7, 2)
    assert [one["what"] for one in figure(document, "REF")["inputs"]] == ["renewable_goo", "renewable_site"]
    assert figure(document, "CUE")["inputs"] == [{"what": "emissions", "value": "3/5", "days": 1, "of": 1}]
    assert (figure(document, "CER")["upper"], figure(document, "CER")["inputs"]) == ("Q_COOL", [])
    assert (field(document, "EDC")["value"], field(document, "EIT")["value"]) == ("3600/1", "2400/1")
    assert (field(document, "ERES-TOT")["value"], field(document, "TIN")["value"]) == ("1200/1", "47/2")
    assert document["figures"]["declared"]["lines"][0]["source"] == "preuve water"
    result = audited(made, tmp_path / "bundle", document)
    assert (words(result), result.code) == (set(), 0), result.report.findings
    assert any("that what people declared is true" in note for note in result.report.notes)
    assert not any(
        "not computed again" in note or "held against nothing" in note for note in result.report.notes
    )


@pytest.mark.parametrize("scope", ["", "tenant:atlas"])
def test_what_was_declared_of_heat_or_not_at_all_holds_too_and_so_does_a_tenant(fresh, tmp_path, scope):
    made = fresh(replace(TERMS, declared=(said(Q.HEAT_REMOVED, "960.25"),), operator=MappingProxyType({})))
    document = document_of(made, scope)
    if not scope:
        assert figure(document, "CER")["upper"] == "heat_removed"
        assert figure(document, "WUE")["partial"] == ["undeclared"]
    result = audited(made, tmp_path / "bundle", document)
    assert (words(result), result.code) == (set(), 0), result.report.findings


def test_tenants_racks_feeds_and_bands_stand_in_the_claim_with_their_points(made):
    """150 kW all day, 60 of them atlas; the peak is five hours of it. Pains: G5, G7, I5."""
    figures = document_of(made)["figures"]
    rows = {one["of"]: one["sum"]["best"] for one in figures["parts"]["rows"]}
    atlas, rif = 60_000 * 86_400, 38_000 * 86_400
    assert rows == {
        "tenant/atlas": atlas,
        "tenant/rif": rif,
        "feed/A": atlas + rif,
        "rack/r1": atlas,
        "rack/r2": rif,
    }
    assert [one["asset"] for one in figures["parts"]["points"]] == ["pdu-1", "pdu-2"]
    bands = {one["band"]: one["sum"] for one in figures["bands"]["rows"]}
    assert list(bands) == ["pointe", "creuses", "pleines"]
    assert bands["pointe"]["best"] == 150_000 * 5 * 3600
    assert sum(one["period_us"] for one in bands.values()) == 24 * 3600 * 10**6
    ours = document_of(made, "tenant:rif")["figures"]
    assert "parts" not in ours
    assert {one["band"]: one["sum"]["best"] for one in ours["bands"]["rows"]}["pointe"] == 38_000 * 5 * 3600


@pytest.mark.parametrize(
    ("drawn", "found"),
    [
        (None, set()),
        (Topology(Wiring(tuple(one for one in BUILDING.nodes.values() if one.id != "rack/r2"))), {"parts_drawn"}),
        (Topology(Wiring((*BUILDING.nodes.values(), Node("ups-z", NodeKind.UPS)))), set()),
    ],
)  # fmt: skip
def test_that_no_tenant_rack_or_feed_is_left_out_follows_from_the_drawing_alone(
    fresh, tmp_path, drawn, found
):
    """Pains: G5, G7."""
    made = fresh(TERMS, drawn=drawn)
    result = audited(made, tmp_path / "bundle", document_of(made))
    assert words(result) == found
    assert any("no drawing of that time" in note for note in result.report.notes) is (drawn is None)


def test_a_site_without_a_tariff_has_no_bands_and_one_by_its_wall_says_that_its_clock_is_not_proven(
    fresh, tmp_path
):
    made = fresh(replace(TERMS, tariff=""))
    document = document_of(made)
    assert "bands" not in document["figures"]
    result = audited(made, tmp_path / "none", document)
    assert (words(result), result.code) == (set(), 0), result.report.findings
    (other,) = TERMS.tariffs.values()
    for zone, unproven in ((ZoneInfo("Africa/Casablanca"), True), (timezone(timedelta(hours=-3)), False)):
        made = fresh(replace(TERMS, tariffs={"t": replace(other, zone=zone)}))
        result = audited(made, tmp_path / str(unproven), document_of(made))
        assert (words(result), result.code) == (set(), 0), result.report.findings
        assert any("the clock of Africa/Casablanca" in note for note in result.report.notes) is unproven


def test_a_report_on_a_tenant_shows_no_declaration_and_no_subscription_of_others(made):
    text = json.dumps(document_of(made, "tenant:rif"))
    assert "atlas" not in text
    assert "annexe 2" not in text
    assert "preuve" not in text


def test_where_no_fact_keeps_a_hash_of_what_was_declared_that_is_said(fresh, tmp_path):
    made = fresh(TERMS, kept=False)
    result = audited(made, tmp_path / "bundle", document_of(made))
    assert (words(result), result.code) == (set(), 0)
    assert any("no fact keeps a hash of it" in note for note in result.report.notes)


def less_water(figures: Figures) -> None:
    """A coordinated lie: another declaration, and every figure that follows from it."""
    figures["declared"]["lines"][0]["value"] = "1/2"
    for one in figures["energy"]:
        if one["name"] == "WUE":
            share = Fraction(14, 24)
            one["inputs"][0]["value"] = "7/5"
            for name in ("best", "least", "most"):
                value = Fraction(one[name]) * share
                one[name] = f"{value.numerator}/{value.denominator}"
    next(one for one in figures["eu"] if one["name"] == "WIN")["value"] = "7/5"


def swapped(rows: list[Figures]) -> None:
    """Two tenants change places, with all that is said of them."""
    rows[0]["of"], rows[1]["of"] = rows[1]["of"], rows[0]["of"]


def unmetered(figures: Figures) -> None:
    """A tenant whose meter is said to be none: nothing was used, nobody knows."""
    nothing = {"least": 0, "best": 0, "most": 0, "known_us": 0, "period_us": 0, "doubts": {}}
    figures["parts"]["rows"][0].update(points=[], without=["pdu-1"], sum=nothing)


LIES: dict[str, tuple[Callable[[Figures], object], set[str]]] = {
    "another declaration, with all that follows": (less_water, {"declared_other"}),
    "another source": (lambda f: f["declared"]["lines"][0].update(source="x"), {"declared_other"}),
    "another clause": (lambda f: f["committed"][0].update(clause="annexe 3"), {"subscribed_other"}),
    "more subscribed": (lambda f: f["committed"][0].update(watts=10**6, over=[], joules=0), {"subscribed_other"}),
    "a subscription left out": (lambda f: f.pop("committed"), {"subscribed_left_out"}),
    "a figure left out": (lambda f: f["energy"].pop(), {"claim_form"}),
    "a field left out": (lambda f: f["eu"].pop(), {"claim_form"}),
    "no declarations": (lambda f: f.pop("declared"), {"claim_form"}),
    "no form": (lambda f: f.pop("eu"), {"claim_form"}),
    "a sum left out": (lambda f: f["energy"].pop(3), {"claim_form"}),
    "a tenant left out": (lambda f: f["parts"]["rows"].pop(0), {"parts_drawn"}),
    "a rack that there is not": (lambda f: f["parts"]["rows"][3].update(of="rack/r9"), {"parts_drawn"}),
    "a tenant twice": (lambda f: f["parts"]["rows"].append(f["parts"]["rows"][0]), {"claim_form"}),
    "a tenant with another's meter": (lambda f: swapped(f["parts"]["rows"]), {"parts_drawn"}),
    "a meter said to be none": (unmetered, {"parts_drawn"}),
    "no tenants": (lambda f: f.pop("parts"), {"claim_form"}),
    "energy of a tenant": (lambda f: f["parts"]["rows"][0]["sum"].update(best=1), {"claim_wrong"}),
    "energy of a band": (lambda f: f["bands"]["rows"][0]["sum"].update(best=1), {"claim_wrong"}),
    "a band left out": (lambda f: f["bands"]["rows"].pop(), {"claim_form"}),
    "a band twice": (lambda f: f["bands"]["rows"].append(f["bands"]["rows"][0]), {"claim_form"}),
    "no bands": (lambda f: f.pop("bands"), {"tariff_other"}),
    "other hours that day does not know": (
        lambda f: f["bands"]["tariff"]["bands"][0].update(season=[[10, 2], [3, 31]]), {"tariff_other"}),
    "other hours": (
        lambda f: f["bands"]["tariff"]["bands"][0].update(start=960), {"tariff_other", "claim_wrong"}),
    "another clock": (lambda f: f["bands"].update(clock=[[BEGIN * 1000, 3600]]), {"claim_wrong"}),
    "of mixed versions": (lambda f: f["energy"][0].update(version=1), {"claim_form"}),
    "a true day that is another": (lambda f: f["declared"].update(days=["2026-11-24", "2026-11-26"]), {"claim_form"}),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_what_was_declared_is_found_and_named(fresh, tmp_path, told, lie):
    """Pains: G5, G6."""
    made, (change, found) = fresh(TERMS), LIES[lie]
    document = json.loads(told)
    change(document["figures"])
    result = audited(made, tmp_path / "bundle", document)
    assert (words(result), result.code) == (found, 1)


class Beside(Files):
    """The drawings of a state directory, as a bundle of it would have them."""

    def in_folder(self, folder: str) -> list[str]:
        return sorted(f"{folder}/{one.name}" for one in Path(self.root, folder).glob("*.ndjson"))

    def whole(self, name: str) -> bytes:
        return Path(self.root, name).read_bytes()


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each plain value, and to each empty list and object."""
    inner = (
        list(value.items())
        if isinstance(value, dict)
        else list(enumerate(value))
        if isinstance(value, list)
        else []
    )
    for key, one in inner:
        yield from leaves(one, (*path, key))
    if not inner:
        yield path


def altered(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return "1/1"
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        numbers = re.fullmatch(r"(\d+)/(\d+)", value)
        return f"{int(numbers[1]) * 2 + 1}/{numbers[2]}" if numbers else value + "x"
    return [*value, "x"] if isinstance(value, list) else {"x": 1}


PROVEN_ELSEWHERE = re.compile(
    r"energy \d+ boundary nodes \d+"  # where a whole is measured: hold it against the drawing
    r"|energy \d+ without"  # what nobody measures of it, the same
    r"|(energy \d+|parts) points \d+ cap"  # a rating: it bounds only what was not measured
    r"|committed 0 without"  # supplies that nobody measures: held against the drawing (test_energy)
)


@pytest.mark.parametrize(
    ("of_points", "one_of"),
    [
        pytest.param(False, 4, id="some leaves"),
        pytest.param(False, 1, id="every leaf", marks=pytest.mark.long),
        pytest.param(True, 1, id="every leaf of points and blocks", marks=pytest.mark.long),
    ],
)
def test_every_leaf_of_a_claim_that_is_changed_is_found(made, told, of_points, one_of):
    """But for what only the drawing of the site proves. One of four begins anywhere. Pains: G5, G6, G7."""
    document = json.loads(told)
    facts = [
        plain_chain.Fact(one.sequence, one.at, one.epoch, one.kind, one.subject, one.body.encode(), one.hash)
        for one in made.store.entries()
        if one.kind in ("site_described", "rollup_closed", "topology")
    ]
    lines = [json.loads(one) for one in sections(made.state, made.store, [("claim", told)])]
    head = made.store.head()
    assert head is not None

    def findings(changed: Any) -> int:
        report = Report("en")
        energy = Energy(report, Drawings(Beside(str(made.state), report), report))
        try:
            account = account_of("claim", "digest", changed)
        except (ValueError, KeyError, TypeError, AttributeError):
            return 1
        assert account is not None
        energy.add(account)
        for line in lines:
            energy.section(line["hour"], line["version"], line["section"])
        body = json.dumps({"claim": "digest", "head": str(head)}).encode()
        issued = plain_chain.Fact(10**6, 0, 1, "report_issued", "x", body, "")
        for fact in (*facts, issued):
            energy.take(fact)
        energy.finish()
        return report.count

    assert findings(document) == 0
    missed = []
    every = [one for one in leaves(document["figures"]) if of_points is ("points" in one or "blocks" in one)]
    assert len(every) > 100
    for path in every[randrange(one_of) :: one_of]:
        changed = json.loads(told)
        *way, last = ("figures", *path)
        place = changed
        for key in way:
            place = place[key]
        place[last] = altered(place[last])
        if not findings(changed):
            missed.append(" ".join(map(str, path)))
    assert [one for one in missed if not PROVEN_ELSEWHERE.fullmatch(one)] == []
