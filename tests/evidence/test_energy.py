"""A report of energy, exported and computed again: it holds, and every lie in it is found and named."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.energy.boundary import of_rack, of_tenant
from dcim.energy.claim import ratio_claim, sum_claim
from dcim.energy.demand import Committed
from dcim.energy.demand import edges as interval_edges
from dcim.energy.figures import Ratio
from dcim.energy.places import Sources
from dcim.evidence.custody import Custody
from dcim.evidence.drawing import drawing, drawings, keep, version_of
from dcim.evidence.export import Extras, export
from dcim.evidence.inplace import verify_in_place
from dcim.evidence.issued import claims
from dcim.evidence.metered import sections
from dcim.evidence.verifier.chain import Kept
from dcim.evidence.verifier.main import Options, Result, verify
from dcim.evidence.verifier.supplies import parts_of, supplies_of
from dcim.graph import Node, NodeKind, Topology, Wiring
from dcim.ledger.signed import REPORT
from dcim.model import Point
from dcim.model.fact import Fact, FactKind
from dcim.record import replace
from dcim.rollup.account import feeds, supplies, tenants
from dcim.rollup.block import HOUR, Block, Row, file_of, hour_start
from dcim.rollup.block import sections as sections_of
from dcim.rollup.demands import stood
from dcim.rollup.energies import Energies, exchanges_of
from dcim.rollup.shelf import Shelf
from dcim.rollup.table import write
from dcim.rollup.tree import root
from dcim.store import Store, Work
from tests.energy.test_boundary import buildings

from .conftest import HandClock, remanifest, words

START = hour_start("2026-11-25T10")
CUTS = 6  # demand is that of ten minutes
PART = HOUR // CUTS
WATTS = {"mains": 9_000, "pdu-1": 6_000, "pdu-2": 2_000}
COUNTERS = [Point(name, "pdu_energy_joules_total") for name in WATTS]
POWER = Point("fan", "pdu_power_watts")
KINDS = dict.fromkeys([*WATTS, "fan"], NodeKind.PDU)
SUPPLIES = ("pdu-1", "pdu-2", "fan")
BUILDING = Topology(
    Wiring(
        (
            Node("mains", NodeKind.PDU),
            *(Node(name, NodeKind.PDU, fed_by=("mains",), tenant="atlas") for name in SUPPLIES),
            Node("rack/1", NodeKind.RACK, fed_by=SUPPLIES),
        )
    )
)
EXTENT = {"from": (START + HOUR) * 1000, "to": (START + 4 * HOUR) * 1000}
NO_BLOCK = START + 6 * HOUR
Figures = dict[str, Any]


def rows_of(number: int, cuts: int) -> list[Row]:
    """Return what an hour said; pdu-2 is another one from the third hour on."""
    start, part_of = START + number * HOUR, HOUR // cuts
    fan = Row("fan", POWER.metric, "{}", 60, 0, HOUR, 10**9, 2 * 10**9, 3 * 10**9, 2 * 10**9, None, ())
    found = [fan._replace(parts=((PART, 10**9), (PART, 3 * 10**9)) * 3 if cuts == CUTS else ())]
    for name, watts in WATTS.items():
        base = 7 * 10**9 if name == "pdu-2" and number >= 2 else 10**12
        runs = []
        for part in range(cuts):
            ends = [start + part * part_of + 10_000, start + (part + 1) * part_of - 40_000]
            (first, last) = (base + watts * (at - START) // 1000 for at in ends)
            runs.append((ends[0], first, ends[1], last))
        found.append(Row(name, COUNTERS[0].metric, "{}", 60, 0, 0, *[None] * 4, 10**6, tuple(runs)))
    return sorted(found, key=lambda row: row[:3])


@cache
def rolled_up(number: int, cuts: int) -> tuple[str, bytes, str]:
    """Return an hour, its file and the root of its rows: the same for every test."""
    start, rows = START + number * HOUR, rows_of(number, cuts)
    hour = f"2026-11-25T{10 + number}"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        write(rows, path, start)
        return hour, path.read_bytes(), root([one.leaf for one in sections_of(hour, rows, cuts)]).hex()


def block_of(state: Path, number: int, cuts: int, version: int = 1) -> Block:
    hour, data, top = rolled_up(number, cuts)
    path = state / "rollup" / file_of(hour, version)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    start, digest = START + number * HOUR, sha256(data).hexdigest()
    return Block(hour, version, start / 1000, top, digest, file_of(hour, version), cuts, 4, 4, 1)


def figures_of(state: Path, store: Store) -> Figures:
    """Compute a report over the second to the fourth hour."""
    shelf = Shelf(state / "rollup", store.rollups())
    changed = [(entry.subject, entry.at) for entry in store.facts(kinds=(FactKind.HARDWARE_CHANGED,))]
    energies = Energies(shelf, BUILDING, Sources(BUILDING, KINDS, [*COUNTERS, POWER]), exchanges_of(changed))
    edges = [START + HOUR, START + 2 * HOUR, START + 4 * HOUR]
    whole, it = energies.of(["mains"], edges), energies.of(["pdu-1", "pdu-2", "fan"], edges)
    ratio = Ratio.of("iPUE3", whole.amounts[0], it.amounts[0])
    energy = [
        sum_claim("E_DC", "site", edges, whole.used),
        sum_claim("E_IT", "site", edges, it.used),
        ratio_claim(ratio, "E_DC", "E_IT"),
    ]
    contract = Committed("atlas", 10_000, 60 // CUTS, "annexe 2")
    demand = stood(
        energies, ["pdu-1", "pdu-2", "fan"], interval_edges(edges[0], edges[0], edges[2], 10), contract
    )
    found: Figures = {"energy": energy, "committed": [demand.claim()], **shelf.claim()}
    return as_version_1(found)


def as_version_1(figures: Figures) -> Figures:
    """Return figures as reports had them before declarations were computed (``test_declared`` has those)."""
    for claim in (*figures["energy"], *figures["committed"]):
        claim["version"] = 1
        if claim["claim"] == "energy":
            del claim["without"]
        if claim["claim"] == "ratio":
            del claim["inputs"], claim["coverage"]
    return figures


Check = Callable[..., Result]


@pytest.fixture
def issued(tmp_path: Path, clock: HandClock, request: pytest.FixtureRequest):
    """Let a report with these changes be issued and exported; return what the verifier says.

    The parameter, where there is one: in which hour ``energy.committed`` began.
    """
    committed_from = getattr(request, "param", 0)
    state = tmp_path / "state"
    store = Store.open(state, "cas1", clock, "c0ffee")
    pen = Custody(state, store, clock).begin()
    for number in range(6):
        block = block_of(state, number, CUTS if number >= committed_from else 1)
        store.commit_now(Work(facts=(block.fact(),), rollups=(block,)))
    store.commit_now(
        Work(facts=(Fact(FactKind.HARDWARE_CHANGED, (START + 2 * HOUR + 30_000) / 1000, "pdu-2", {}),))
    )

    def check(change: Callable[[Figures], object], *drawn: Topology) -> Result:
        for one in drawn:
            keep(drawing(one), state)
            body = {"sha256": version_of(drawing(one))}
            store.commit_now(Work(facts=(Fact(FactKind.TOPOLOGY, START / 1000, "cas1", body),)))
        figures = json.loads(json.dumps(figures_of(state, store)))
        change(figures)
        period = {"since": EXTENT["from"], "until": EXTENT["to"], "zone": "UTC"}
        document = {
            "format": "dcim claim 1",
            "kind": "energy",
            "scope": "",
            "period": period,
            "until": EXTENT["to"],
            "figures": figures,
        }
        text = json.dumps(document, sort_keys=True, separators=(",", ":"))
        digest = sha256(text.encode()).hexdigest()
        (state / "reports" / digest).mkdir(parents=True)
        (state / "reports" / digest / "claim.json").write_text(text, encoding="utf-8")
        body = {"kind": "energy", "claim": digest, **EXTENT}
        body["head"] = str(store.head())
        subject = f"energy site {EXTENT['from']}/{EXTENT['to']}"
        fact = Fact(FactKind.REPORT_ISSUED, clock.now(), subject, body)
        store.commit_now(Work(facts=(fact,), sign=REPORT))
        said = list(claims(state, store))
        done_at = store.committed.sequence
        done = export(
            tmp_path / "bundle",
            store,
            pen,
            Extras(said, sections(state, store, said), (), drawings(state, store, said, done_at)),
        )
        return verify(str(tmp_path / "bundle"), Options(keys=[pen.public], kept=[Kept(*done.head)]))

    yield check, state
    store.close()


def test_a_true_report_holds_outside_and_in_place(issued):
    """Pains: G7."""
    check, state = issued
    result = check(lambda figures: None)
    assert (words(result), result.code) == (set(), 0)
    assert any("4 " in note for note in result.report.notes)
    assert any("that the meters of an energy figure are all those" in note for note in result.report.notes)
    found = verify_in_place(state)
    assert list(found.report.faults) == []
    assert found.claims == 4
    block = state / "rollup" / "2026-11" / "2026-11-25T12.1.parquet"
    block.write_bytes((state / "rollup" / "2026-11" / "2026-11-25T11.1.parquet").read_bytes())
    assert "2026-11-25T12" in " ".join(map(str, verify_in_place(state).report.faults))


def point(figures: Figures, claim: int, asset: str) -> Figures:
    found: Figures = next(one for one in figures["energy"][claim]["points"] if one["asset"] == asset)
    return found


def demand(figures: Figures) -> Figures:
    found: Figures = figures["committed"][0]
    return found


LIES: dict[str, tuple[Callable[[Figures], object], str]] = {
    "a joule more": (lambda f: f["energy"][0]["sums"][0].update(best=f["energy"][0]["sums"][0]["best"] + 1), "claim_wrong"),
    "a point less": (lambda f: f["energy"][1]["points"].pop(), "claim_wrong"),
    "better coverage": (lambda f: point(f, 1, "pdu-2")["amounts"][1].update(known_us=2 * HOUR * 1000), "claim_wrong"),
    "power too high": (lambda f: point(f, 1, "fan")["amounts"][0].update(most=1), "claim_wrong"),
    "an exchange forgotten": (lambda f: point(f, 1, "pdu-2").update(exchanges=[]), "claim_wrong"),
    "a better figure": (lambda f: f["energy"][2].update(best="1/1"), "claim_wrong"),
    "another limit": (lambda f: point(f, 0, "mains").update(limit=1), "claim_form"),
    "an hour left out": (lambda f: f["blocks"].pop(2), "energy_left_out"),
    "a block that is none": (lambda f: f["blocks"][0].update(root="0" * 64), "energy_block"),
    "a peak that was lower": (lambda f: demand(f)["peak"].update(watts="9000/1"), "claim_wrong"),
    "another hour of the peak": (lambda f: demand(f)["peak"].update(start_ms=START), "claim_wrong"),
    "an overage forgotten": (lambda f: demand(f)["over"].pop(), "claim_wrong"),
    "an overage that was less": (lambda f: demand(f)["over"][0].update(watts="10001/1"), "claim_wrong"),
    "more subscribed": (lambda f: demand(f).update(watts=11_000), "claim_wrong"),
    "less beyond it": (lambda f: demand(f).update(joules=0), "claim_wrong"),
    "all of it measured": (lambda f: demand(f).update(not_measured_whole=0), "claim_wrong"),
    "a supply less": (lambda f: demand(f)["points"].pop(), "claim_wrong"),
    "an exchange unknown to demand": (lambda f: demand(f)["points"][1].update(exchanges=[1]), "claim_wrong"),
    "intervals of an hour": (lambda f: demand(f).update(minutes=60), "claim_wrong"),
    "intervals of no contract": (lambda f: demand(f).update(minutes=1), "claim_form"),
    "no intervals": (lambda f: demand(f).update(edges_ms=[START, START]), "claim_form"),
    "no other period": (lambda f: f["energy"][1]["edges_us"].__setitem__(0, f["energy"][1]["edges_us"][0] + 1000), "claim_label"),
    "the day before it left out": (lambda f: f["energy"][0]["edges_us"].pop(), "claim_label"),
    "of a tenant and not of the site": (lambda f: f["energy"][0].update(scope="tenant:atlas"), "claim_label"),
    "a period that is no length of it": (lambda f: point(f, 1, "pdu-1")["amounts"][0].update(period_us=1), "claim_form"),
    "a point twice": (lambda f: f["energy"][1]["points"].append(f["energy"][1]["points"][0]), "claim_form"),
    "a supply twice": (lambda f: demand(f)["points"].append(demand(f)["points"][0]), "claim_form"),
    "another method, and so exchanges of its own": (lambda f: point(f, 1, "pdu-2").update(method="meter", exchanges=[]), "claim_form"),
    "a name twice": (lambda f: f["energy"].append(f["energy"][0]), "claim_form"),
    "a figure of sums that are not there": (lambda f: f["energy"].append({**f["energy"][2], "name": "PUE1", "upper": "E_X"}), "claim_form"),
    "a claim of another word": (lambda f: f["energy"].append({"claim": "saving", "best": "1/2"}), "claim_form"),
    "a demand of another word": (lambda f: demand(f).update(claim="wish"), "claim_form"),
    "a form of another time": (lambda f: f["energy"][0].update(version=2), "claim_form"),
    "an edge within a millisecond": (lambda f: f["energy"][0]["edges_us"].__setitem__(1, f["energy"][0]["edges_us"][1] + 1), "claim_form"),
    "a sum over a longer time": (lambda f: f["energy"][1]["sums"][0].update(period_us=1), "claim_form"),
    "a tenant twice": (lambda f: f["committed"].append(demand(f)), "claim_form"),
    "a figure twice": (lambda f: f["energy"].append(f["energy"][2]), "claim_form"),
    "figures beside": (lambda f: f.update(saved="1/2"), "claim_form"),
    "an hour without its roll-up": (lambda f: f["unproven_us"].append(START * 1000), "energy_recorded"),
    "an hour that is none": (lambda f: f["unproven_us"].append(NO_BLOCK * 1000 + 1), "claim_form"),
    "an hour not cut": (lambda f: demand(f).update(unproven_ms=[START + 2 * HOUR]), "energy_recorded"),
    "demand of fewer intervals": (lambda f: demand(f).update(edges_ms=[START + HOUR, START + 3 * HOUR]), "claim_label"),
    "no form": (lambda f: f["energy"][0].update(edges_us="x"), "claim_form"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_in_a_report_is_found_and_named(issued, lie):
    """Pains: G5, G6."""
    check, _ = issued
    change, word = LIES[lie]
    result = check(change)
    assert result.code == 1
    assert word in words(result)


def test_hours_without_a_block_are_said_and_not_computed(issued):
    check, _ = issued
    result = check(lambda figures: figures["unproven_us"].append(NO_BLOCK * 1000))
    assert words(result) == set()
    assert any(".json" in note and ("roll-up" in note or "agrégat" in note) for note in result.report.notes)


def test_demand_that_went_beyond_is_what_the_hours_say_and_unknown_where_the_meter_was_exchanged(issued):
    """The fan takes 1 kW and 3 kW in turns: 9 and 11 kW. Pains: G7, I5."""
    check, _ = issued
    seen: list[Figures] = []
    check(lambda figures: seen.append(demand(figures)))
    (one,) = seen
    assert [each["start_ms"] - START for each in one["over"]][:2] == [HOUR + PART, HOUR + 3 * PART]
    assert (one["intervals"], one["not_measured_whole"], len(one["over"])) == (18, 2, 9)
    assert float(Fraction(one["peak"]["watts"])) == pytest.approx(11_000, abs=1)
    before = 1_000 * 600 - 2_000 * 40  # pdu-2 was last read 40 s before another one answered
    assert one["joules"] == pytest.approx(8 * 1000 * 600 + before, abs=100)


def test_demand_of_hours_that_are_not_cut_for_it_is_said_and_not_computed(issued):
    check, _ = issued
    result = check(lambda figures: demand(figures).update(unproven_ms=[NO_BLOCK], joules=1))
    assert words(result) == set()
    assert any("atlas" in note for note in result.report.notes)


def test_that_the_points_of_a_demand_are_all_supplies_of_its_tenant_is_proven_by_the_drawing(issued):
    """Pains: G5, G7."""
    check, _ = issued
    result = check(lambda figures: None, BUILDING)
    assert (words(result), result.code) == (set(), 0)
    assert not any("no drawing of that time" in note for note in result.report.notes)


def test_without_a_drawing_supplies_are_said_to_be_unproven(issued):
    check, _ = issued
    result = check(lambda figures: None)
    assert (words(result), result.code) == (set(), 0)
    assert any("no drawing of that time" in note for note in result.report.notes)


@pytest.mark.parametrize(
    "another",
    [
        (
            Node("pdu-3", NodeKind.PDU, tenant="atlas"),
            Node("rack/2", NodeKind.RACK, fed_by=("pdu-3",)),
        ),  # left out
        (Node("rack/2", NodeKind.RACK, fed_by=("mains",)),),  # nothing of theirs: the drawing still fits
    ],
)
def test_a_supply_that_was_left_out_is_found_by_the_drawing(issued, another):
    check, _ = issued
    drawn = Topology(Wiring((*BUILDING.nodes.values(), *another)))
    result = check(lambda figures: None, drawn)
    assert words(result) == ({"demand_supplies"} if len(another) == 2 else set())


def test_a_drawing_that_was_replaced_before_the_period_proves_nothing_of_it(issued):
    check, _ = issued
    nodes = (*BUILDING.nodes.values(), Node("pdu-3", NodeKind.PDU, tenant="atlas"))
    after = Topology(Wiring((*nodes, Node("rack/2", NodeKind.RACK, fed_by=("pdu-3",)))))
    assert words(check(lambda figures: None, BUILDING, after)) == {"demand_supplies"}


def test_what_is_said_not_to_be_measured_counts_and_what_is_a_stranger_does_not(issued):
    check, _ = issued
    nodes = {name: node for name, node in BUILDING.nodes.items() if name != "rack/1"}
    fourth = Node("pdu-3", NodeKind.PDU, tenant="atlas")
    drawn = Topology(
        Wiring((*nodes.values(), fourth, Node("rack/1", NodeKind.RACK, fed_by=(*SUPPLIES, "pdu-3"))))
    )
    assert words(check(lambda figures: demand(figures)["without"].append("pdu-3"), drawn)) == set()


def test_a_meter_stands_for_the_supply_that_it_reads(issued):
    check, _ = issued
    nodes = {name: node for name, node in BUILDING.nodes.items() if name not in ("fan", "rack/1")}
    moved = (
        Node("strip", NodeKind.PDU, fed_by=("mains",), tenant="atlas"),
        Node("fan", NodeKind.METER, measures="strip"),
        Node("rack/1", NodeKind.RACK, fed_by=("pdu-1", "pdu-2", "strip")),
    )
    result = check(lambda figures: None, Topology(Wiring((*nodes.values(), *moved))))
    assert (words(result), result.code) == (set(), 0)


def redrawn(issued, change: Callable[[str], str], renamed: bool = False) -> set[str]:
    """Return what is found where somebody without the key changed the drawing in a bundle, and its manifest."""
    check, state = issued
    assert check(lambda figures: None, BUILDING).code == 0
    folder = state.parent / "bundle"
    (path,) = (folder / "site").iterdir()
    text = change(path.read_text())
    path.write_text(text)
    if renamed:
        path.rename(path.with_name(f"{sha256(text.encode()).hexdigest()}.ndjson"))
    remanifest(folder)
    return words(verify(str(folder), Options()))


@pytest.mark.parametrize(("old", "new"), [("atlas", "rif"), ('["mains"]', "[]")])
def test_a_drawing_that_was_changed_is_named(issued, old, new):
    """Pains: G5, G7."""
    assert redrawn(issued, lambda text: text.replace(old, new)) == {"drawing_name"}


def test_a_drawing_that_no_fact_names_is_named(issued):
    assert redrawn(issued, lambda text: text.replace("atlas", "rif"), renamed=True) == {"drawing_unrecorded"}


def test_a_supply_that_was_left_out_is_found_also_where_hours_had_no_block_yet(issued):
    """Pains: G5, G7."""
    check, _ = issued

    def change(figures: Figures) -> None:
        figures["unproven_us"].append(NO_BLOCK * 1000)
        demand(figures)["points"].pop()

    assert words(check(change, BUILDING)) == {"demand_supplies"}


@given(buildings(), st.data())
def test_the_auditors_program_finds_the_supplies_that_dcim_reads(built, data):
    whose = st.sampled_from(["", "atlas"])
    nodes = tuple(
        replace(node, tenant=data.draw(whose), feed=data.draw(st.sampled_from(["", "A", "B"])))
        for node in built[0].nodes.values()
    )
    topology = Topology(Wiring(nodes))
    nodes = {one["node"]: one for one in map(json.loads, drawing(topology).split("\n")) if "node" in one}
    for tenant in ("", "atlas"):
        assert supplies_of(nodes, tenant) == set(of_tenant(topology, tenant))
    named = [f"tenant/{one}" for one in tenants(topology)] + [f"feed/{one}" for one in feeds(topology)]
    of_racks = {one: set(of_rack(topology, one)) for one in topology.of_kind(NodeKind.RACK)}
    assert parts_of(nodes) == {one: set(supplies(topology, one)) for one in named} | of_racks


@pytest.mark.parametrize("computed", [False, True])
@pytest.mark.parametrize("issued", [3], indirect=True)
def test_a_true_report_over_the_hour_in_which_committed_began_holds_when_readings_are_gone(issued, computed):
    """Of hours before it the claim keeps what blocks say: it holds even where it is computed. Pains: G7, I5."""
    check, _ = issued
    seen: list[Figures] = []

    def change(figures: Figures) -> None:
        seen.append(json.loads(json.dumps(demand(figures))))
        if computed:
            demand(figures).update(unproven_ms=[])

    result = check(change)
    assert (words(result), result.code) == (set(), 0)
    (one,) = seen
    assert one["unproven_ms"] == [START + number * HOUR for number in range(3)]
    assert (one["intervals"], one["not_measured_whole"]) == (18, 12)
    assert [each["start_ms"] for each in one["over"]] == [START + 3 * HOUR + n * PART for n in (1, 3, 5)]
