"""The account of a site from its blocks: a small building whose true powers are known to the test alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from dcim.energy.amount import JOULES_PER_KWH, Doubt, Method
from dcim.energy.boundary import Category
from dcim.energy.demand import Committed, edges
from dcim.energy.figures import Declared, Quantity
from dcim.energy.places import Sources
from dcim.energy.tariff import Band, Tariff
from dcim.energy.terms import EnergyTerms
from dcim.graph import Topology, Wiring
from dcim.history import HistoryError
from dcim.rollup.account import Days, by_band, eu, meters, site, supplies, tenants
from dcim.rollup.demands import demand_of, stood
from dcim.rollup.energies import Energies, cap_of, exchanges_of
from dcim.rollup.inlets import account_of, inlets
from dcim.rollup.loads import loads
from dcim.rollup.recent import Recent
from dcim.thermal import Zone
from dcim.thermal.terms import ThermalTerms

from .building import (
    BEGIN,
    BUILDING,
    CRAC,
    DAMP,
    DAY,
    ENV,
    HEAT,
    HOUR,
    KINDS,
    TERMS,
    UTC_ZONE,
    N,
    energies_of,
)


def test_a_day_gives_the_energy_that_was_used_its_figures_and_what_they_rest_on(watched):
    """Pains: G2, G7."""
    energies, recent = energies_of(watched)
    found = site(energies, TERMS, DAY)
    assert found.total.whole.best == 150_000 * 86_400
    assert found.total.whole.known == 24 * HOUR
    assert found.it.whole.best == 98_000 * 86_400
    assert found.category is Category.PUE3
    assert [one.nodes for one in found.boundaries] == [("tgbt",), ("pdu-1", "pdu-2")]
    ratios = {one.name: one for one in found.ratios}
    assert ratios["iPUE3"].best == Fraction(150, 98)
    assert ratios["iPUE3"].least < Fraction(150, 98) < ratios["iPUE3"].most
    assert ratios["WUE"].best == Fraction(2400 * JOULES_PER_KWH, 98_000 * 86_400)
    assert ratios["CUE"].best == Fraction(6, 10) * Fraction(150, 98)
    assert ratios["REF"].best is None
    assert found.cooling.whole.method is Method.INTEGRATED
    assert found.cooling.whole.doubts == (
        (Doubt.UNWATCHED, found.cooling.whole.period - found.cooling.whole.known),
    )
    assert 21 * HOUR < found.cooling.whole.known <= 22 * HOUR + 600_000
    assert ratios["CER"].best == Fraction(7, 2)
    claims = found.claims()
    assert [one["name"] for one in claims] == [
        *("E_DC", "E_IT", "E_BG", "E_COOL", "Q_COOL", "EIT"),
        *("iPUE3", "WUE", "CUE", "REF", "ERF", "CER"),
    ]
    assert claims[6]["best"] == "75/49"
    assert claims[0]["points"][0]["labels"] == {"direction": "import"}
    said = energies.shelf.claim()
    assert said["unproven_us"] == []
    assert said["blocks"][0]["hour"] == "2026-11-24T23"
    fields = {one.name: one.value for one in eu(TERMS, found)}
    assert (fields["EDC"], fields["EIT"], fields["SDC"]) == (3600, 2400, 400)
    assert sum(1 for _ in recent.points()) == 8


def test_the_ups_at_which_the_form_of_the_eu_has_it_measured_keeps_an_account_too(watched):
    energies, _ = energies_of(watched)
    assert meters(energies, TERMS) == {
        "meter-a": ("E_DC",),
        "pdu-1": ("E_IT", "tenant/atlas"),
        "pdu-2": ("E_IT", "tenant/rif"),
        "ups-a": ("EIT",),
    }


def test_tenants_and_bands_add_up_to_what_they_used(watched):
    """Pains: G7, I5."""
    energies, _ = energies_of(watched)
    assert tenants(BUILDING) == ["atlas", "rif"]
    atlas = supplies(BUILDING, "tenant/atlas")
    assert energies.of(atlas, DAY.edges()).whole.best == 60_000 * 86_400
    assert supplies(BUILDING, "rack/r2") == ["pdu-2"]
    assert supplies(BUILDING, "feed/A") == ["pdu-1", "pdu-2"]
    with pytest.raises(KeyError):
        supplies(BUILDING, "tent/atlas")
    tariff = Tariff(
        "t", UTC_ZONE, (Band("pointe", 17 * 60, 22 * 60), Band("creuses", 7 * 60, 9 * 60)), "pleines"
    )
    bands = by_band(energies, atlas, DAY.edges(), tariff)
    assert bands["pointe"].best == 60_000 * 5 * 3600
    assert (
        bands["creuses"].known == HOUR - 1000 + (239_000 - HOUR % 240_000) - 238_000
        or bands["creuses"].known < 2 * HOUR
    )
    assert sum(band.period for band in bands.values()) == 24 * HOUR
    hours = energies.of(atlas, DAY.edges(None)[:1] + [BEGIN * 1000 + n * HOUR for n in range(1, 25)])
    assert len(hours.amounts) == 24


def test_demand_of_hours_whose_blocks_are_not_cut_for_it_comes_from_readings_and_is_unproven(watched):
    """Pains: G7, I5."""
    energies, _ = energies_of(watched, later=True, cuts=12)
    start = BEGIN * 1000 + 10 * HOUR
    found = stood(energies, ["pdu-1"], edges(start, start, start + HOUR, 10), Committed("atlas", 50_000))
    assert [round(one.mean) for one in found.overage.over] == [60_000] * 6
    assert (found.overage.intervals, found.overage.unknown) == (6, 0)
    assert found.overage.joules == pytest.approx(10_000 * 3600, abs=6)
    assert found.unproven == (start - HOUR, start, start + HOUR)
    assert energies.shelf.claim()["unproven_us"] == []
    fine = replace(energies, shelf=energies.shelf.finer(4, [CRAC, HEAT]))
    cooling, _ = demand_of(fine, ["crac-1"], edges(start, start, start + HOUR, 15))
    assert [(one.mean, one.whole) for one in cooling] == [(20_000, True)] * 4
    coarse, _ = demand_of(energies, ["pdu-1"], edges(start, start, start + HOUR, 10))
    assert not any(one.whole for one in coarse)


def test_what_has_no_block_yet_is_answered_too_and_said_to_be_unproven(watched):
    energies, _ = energies_of(watched, later=True)
    edges = [(BEGIN + 25 * 3600) * 1000, (BEGIN + 26 * 3600) * 1000]
    found = energies.of(["pdu-2"], edges)
    assert found.whole.best == 38_000 * 3600
    assert energies.shelf.claim()["unproven_us"] != []
    without, _ = energies_of(watched)
    assert without.of(["pdu-2"], edges).whole.known < found.whole.known


def test_parts_that_nothing_measures_are_named_and_give_nothing(watched):
    energies, _ = energies_of(watched)
    found = energies.of(["pdu-1", "rack/r1"], DAY.edges())
    assert found.without == ("rack/r1",)
    none = energies.of(["rack/r1"], DAY.edges())
    assert (none.whole.period, none.whole.method) == (0, Method.NONE)


def test_a_meter_that_was_exchanged_says_since_when(watched):
    """Pains: D9."""
    energies, _ = energies_of(watched)
    energies.exchanges = exchanges_of([("pdu-1", (BEGIN + 8 * 3600 + 60) * 10**6)])
    amount = energies.of(["pdu-1"], DAY.edges()).whole
    assert [doubt for doubt, _ in amount.doubts] == [Doubt.EXCHANGED]
    assert amount.best < 60_000 * 86_400 <= amount.most


def test_a_rating_bounds_what_can_have_gone_through():
    assert cap_of(BUILDING.nodes["ups-a"]) == 300_000
    assert cap_of(BUILDING.nodes["pdu-2"]) == round(1.5 * 63 * 250 * 3)
    assert cap_of(None) == cap_of(BUILDING.nodes["utility"]) == 100_000_000


def test_inlets_and_loads_are_found_by_themselves(watched):
    _, recent = energies_of(watched)
    found = list(inlets(ThermalTerms(), [ENV], BUILDING, recent.points()))
    assert [(one.name, one.humidity) for one in found] == [("env-1/1", DAMP)]
    assert list(inlets(ThermalTerms(without=("env-1/1",)), [ENV], BUILDING, recent.points())) == []
    assert list(inlets(ThermalTerms(inlets=("env-2",)), [ENV], BUILDING, recent.points())) == []
    start = BEGIN * 1000
    ((_, account),) = account_of(recent, ThermalTerms(), found, start, start + 24 * HOUR)
    assert account.spent(Zone.ALLOWABLE) == HOUR
    assert 22 * HOUR < account.known + 2_000 < 22 * HOUR + 600_000
    assert [(one.depth, one.began, one.closed) for one in account.excursions] == [(2.0, True, True)]
    energies, _ = energies_of(watched)
    (load,) = loads(energies.shelf, [CRAC], start, start + 24 * HOUR)
    assert (load.mean, load.peak, load.share(40_000.0)) == (20_000, 20_000, Fraction(1, 2))
    assert Fraction(21, 24) < load.coverage < Fraction(23, 24)
    assert timedelta(milliseconds=load.peak_hour - start) == timedelta(0)


def test_what_the_site_says_of_its_boundaries_and_its_heat_comes_before_the_drawing(watched):
    energies, _ = energies_of(watched)
    heat = Declared(
        Quantity.HEAT_REMOVED, Fraction(960), DAY.first, DAY.first, "compteur d'énergie thermique"
    )
    terms = EnergyTerms(total=("tgbt",), it=("ups-a",), category=Category.PUE1, declared=(heat,))
    found = site(energies, terms, DAY)
    ratios = {one.name: one for one in found.ratios}
    assert ratios["iPUE1"].best == Fraction(3, 2)
    assert ratios["CER"].best == Fraction(960 * JOULES_PER_KWH, found.cooling.whole.best)
    assert eu(terms, found)[2].value == 2400
    bare = Topology(Wiring(tuple(node for node in BUILDING.nodes.values() if node.kind is not N.UPS)))
    loose = Energies(energies.shelf, bare, Sources(bare, KINDS, ()))
    nothing = site(loose, EnergyTerms(), DAY)
    assert (nothing.category, nothing.total.whole.best, nothing.boundaries[1].closed) == (None, 0, False)
    assert {one.best for one in nothing.ratios} == {None}
    assert eu(EnergyTerms(), nothing)[2].value is None


def test_days_have_their_edges_on_the_wall_and_scopes_their_parts():
    casablanca = Days(date(2026, 2, 14), date(2026, 2, 17), ZoneInfo("Africa/Casablanca"))
    edges = casablanca.edges(lambda day: day + timedelta(days=1))
    assert [(b - a) // HOUR for a, b in pairwise(edges)] == [24, 25, 24]
    assert casablanca.edges() == [edges[0], edges[-1]]
    assert supplies(BUILDING, "ups-a") == ["ups-a"]


def test_a_history_that_is_damaged_or_not_there_is_an_error_that_says_where(watched, tmp_path):
    with pytest.raises(OSError, match=r"points\.jsonl"):
        Recent(tmp_path)
    broken = tmp_path / "history"
    shutil.copytree(watched.directory / "history", broken)
    recent = Recent(broken)
    start = BEGIN * 1000
    assert len(recent.readings([], start, start + HOUR)) == 0
    assert list(recent.rows(start, start + HOUR, {"nobody"})) == []
    for path in broken.glob("closed/*/*.parquet"):
        path.write_bytes(b"PAR1")
    with pytest.raises(HistoryError, match="history"):
        recent.readings([CRAC], start, start + HOUR)
