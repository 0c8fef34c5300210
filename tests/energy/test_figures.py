"""PUE and its kin: where each is measured, what it may be called, and between what it lies."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from dcim.energy.amount import JOULES_PER_KWH, Amount, Doubt, Method, total
from dcim.energy.boundary import Boundary, Category, best_it, highest_of, it, of_feed, of_rack, of_tenant
from dcim.energy.boundary import total as total_of
from dcim.energy.counter import HOUR
from dcim.energy.eu import Measured, sheet
from dcim.energy.figures import Declared, Quantity, Span, cer, cue, declared, erf, pue, ref, span_of, wue
from dcim.energy.integrated import Held, integrated
from dcim.energy.places import Side, Sources, parse_places
from dcim.graph import Node, NodeKind, Topology, Wiring
from dcim.model import Point

N = NodeKind


def building(*extra: Node) -> Topology:
    nodes = (
        Node("utility", N.UTILITY),
        Node("genset", N.GENSET),
        Node("ats", N.ATS, fed_by=("utility", "genset")),
        Node("tgbt-a", N.SWITCHBOARD, fed_by=("ats",)),
        Node("tgbt-b", N.SWITCHBOARD, fed_by=("ats",)),
        Node("ups-a", N.UPS, fed_by=("tgbt-a",)),
        Node("ups-b", N.UPS, fed_by=("tgbt-b",)),
        Node("fpdu-a", N.FLOOR_PDU, fed_by=("ups-a",)),
        Node("fpdu-b", N.FLOOR_PDU, fed_by=("ups-b",)),
        Node("pdu-1a", N.PDU, fed_by=("fpdu-a",), tenant="atlas", feed="A"),
        Node("pdu-1b", N.PDU, fed_by=("fpdu-b",), tenant="atlas", feed="B"),
        Node("pdu-2a", N.PDU, fed_by=("fpdu-a",), feed="A"),
        Node("rack/r1", N.RACK, fed_by=("pdu-1a", "pdu-1b")),
        Node("rack/r2", N.RACK, fed_by=("pdu-2a",)),
        Node("crac-1", N.CRAC, fed_by=("tgbt-a",)),
        Node("meter-a", N.METER, measures="tgbt-a"),
        *extra,
    )
    return Topology(Wiring(nodes))


def measured(*names: str):
    return lambda name: name in names


def test_the_total_is_measured_where_every_path_passes_once():
    found = total_of(building(), measured("tgbt-a", "tgbt-b", "ups-a", "ups-b", "crac-1"))
    assert found == Boundary(("tgbt-a", "tgbt-b"))
    assert found.closed


def test_a_generator_comes_by_the_switchboards_and_is_not_added_to_them():
    assert total_of(building(), measured("genset", "tgbt-a", "tgbt-b")).nodes == ("tgbt-a", "tgbt-b")


def test_a_load_that_no_meter_sees_leaves_the_boundary_open():
    found = total_of(building(), measured("tgbt-b", "ups-a"))
    assert found.nodes == ("ups-a", "tgbt-b") or set(found.nodes) == {"ups-a", "tgbt-b"}
    assert found.outside == ("crac-1",)
    assert not found.closed
    assert not total_of(building(), measured()).closed


def test_offices_are_left_out_by_measuring_below_what_feeds_them_too():
    topology = building(
        Node("offices", N.SWITCHBOARD, fed_by=("tgbt-a",)), Node("kitchen", N.LOAD, fed_by=("offices",))
    )
    meters = measured("tgbt-a", "tgbt-b", "ups-a", "ups-b", "crac-1", "offices")
    assert total_of(topology, meters).nodes == ("tgbt-a", "tgbt-b")
    found = total_of(topology, meters, ["offices"])
    assert set(found.nodes) == {"tgbt-b", "ups-a", "crac-1"}
    assert found.closed
    assert total_of(topology, measured("tgbt-a", "tgbt-b"), ["offices"]).outside == (
        "rack/r1",
        "rack/r2",
        "crac-1",
    )


def test_it_has_a_category_by_where_it_is_measured():
    topology = building()
    assert it(topology, measured("ups-a", "ups-b"), Category.PUE1) == Boundary(("ups-a", "ups-b"))
    assert it(topology, measured("fpdu-a"), Category.PUE2).outside == ("rack/r1",)
    racks = it(topology, measured("pdu-1a", "pdu-1b", "pdu-2a"), Category.PUE3)
    assert set(racks.nodes) == {"pdu-1a", "pdu-1b", "pdu-2a"}
    assert racks.closed
    best = best_it(topology, measured("ups-a", "ups-b", "pdu-1a", "pdu-1b"))
    assert best is not None
    assert best[0] is Category.PUE1
    assert best_it(topology, measured()) is None


def test_tenant_rack_and_feed_are_their_supplies_each_once():
    """Pains: I3."""
    strip = Node("strip", N.PDU, fed_by=("pdu-1a",), tenant="atlas", feed="A")
    again = Node("rack/r3", N.RACK, fed_by=("strip", "pdu-1a"))
    topology = building(strip, again)
    assert of_tenant(topology, "atlas") == ["pdu-1a", "pdu-1b"]
    assert of_rack(topology, "rack/r1") == ["pdu-1a", "pdu-1b"]
    assert of_rack(topology, "rack/r3") == ["pdu-1a"]
    assert of_feed(topology, "A") == ["pdu-1a", "pdu-2a"]
    assert highest_of(topology, ["rack/r1", "ups-a", "fpdu-b"]) == ["ups-a", "fpdu-b"]


def test_a_meter_comes_before_the_part_itself_and_a_counter_before_power():
    topology = building()
    kinds = {
        "ups-a": N.UPS,
        "meter-a": N.METER,
        "pdu-1a": N.PDU,
        "fpdu-a": N.FLOOR_PDU,
        "tgbt-a": N.SWITCHBOARD,
    }
    phases = [Point("pdu-1a", "pdu_phase_energy_joules_total", (("phase", f"L{n}"),)) for n in (1, 2, 3)]
    points = [
        *phases,
        Point("pdu-1a", "pdu_power_watts"),
        Point("meter-a", "meter_energy_joules_total", (("direction", "export"),)),
        Point("meter-a", "meter_energy_joules_total", (("direction", "import"),)),
        Point("tgbt-a", "meter_power_watts"),
        Point("ups-a", "ups_output_power_watts"),
        Point("ups-a", "ups_input_energy_joules_total"),
    ]
    sources = Sources(topology, kinds, points)
    pdu, meter = sources.of("pdu-1a"), sources.of("tgbt-a")
    assert pdu is not None
    assert (pdu.method, list(pdu.points)) == (Method.COUNTER, phases)
    assert meter is not None
    assert (meter.asset, [str(point) for point in meter.points]) == (
        "meter-a",
        ['meter-a meter_energy_joules_total{direction="import"}'],
    )
    ups_in, ups_out = sources.of("ups-a", (Side.IN, Side.OUT)), sources.of("ups-a", (Side.OUT,))
    assert ups_in is not None
    assert ups_out is not None
    assert (ups_in.side, ups_in.method) == (Side.IN, Method.COUNTER)
    assert (ups_out.side, ups_out.method) == (Side.OUT, Method.INTEGRATED)
    assert sources.of("fpdu-a") is None
    with pytest.raises(ValueError, match="line 1"):
        parse_places("ups\tout\tcounter\tups_output_power_watts\t\tno counter")


def kwh(least: int, best: int, most: int, known: int = 100) -> Amount:
    return Amount(
        least * JOULES_PER_KWH, best * JOULES_PER_KWH, most * JOULES_PER_KWH, known, 100, Method.COUNTER
    )


WHOLE = (Boundary(("a",)), Boundary(("b",)))


@pytest.mark.parametrize(
    ("first", "after", "name"),
    [
        (date(2025, 1, 1), date(2026, 1, 1), "PUE1"),
        (date(2025, 7, 1), date(2026, 7, 1), "PUE1"),
        (date(2024, 2, 29), date(2025, 3, 1), "PUE1"),
        (date(2025, 1, 1), date(2025, 12, 31), "iPUE1"),
        (date(2026, 11, 1), date(2026, 12, 1), "iPUE1"),
    ],
)
def test_only_twelve_months_are_called_pue(first, after, name):
    assert pue(kwh(1, 1, 1), kwh(1, 1, 1), Category.PUE1, span_of(first, after), WHOLE).name == name


def test_a_moment_is_a_ratio_of_powers_and_less_than_one_is_an_error():
    ratio = pue(kwh(89, 90, 91), kwh(99, 100, 101), Category.PUE3, Span.MOMENT, WHOLE)
    assert (ratio.name, ratio.best, ratio.wrong) == ("power ratio", Fraction(9, 10), True)
    assert (ratio.least, ratio.most) == (Fraction(89, 101), Fraction(91, 99))


def test_the_bounds_of_a_figure_are_those_of_its_sides_and_an_open_boundary_is_said():
    """Pains: G2."""
    ratio = pue(
        kwh(140, 150, 160, 90),
        kwh(0, 100, 110),
        Category.PUE2,
        Span.INTERIM,
        (Boundary(("a",), ("x",)), WHOLE[1]),
    )
    assert (ratio.best, ratio.least, ratio.most) == (Fraction(3, 2), Fraction(140, 110), None)
    assert (ratio.coverage, ratio.partial, ratio.wrong) == (Fraction(9, 10), ("total", "coverage"), False)
    assert pue(kwh(1, 1, 1), kwh(0, 0, 0), Category.PUE1, Span.YEAR, WHOLE).best is None


def test_what_was_hardly_measured_is_no_error_and_what_was_not_is_no_figure():
    """Pains: G2."""
    thin = pue(kwh(0, 50, 500, 50), kwh(90, 100, 110), Category.PUE1, Span.INTERIM, WHOLE)
    assert (thin.best, thin.partial, thin.wrong) == (Fraction(1, 2), ("coverage",), False)
    proven = pue(kwh(0, 50, 80, 50), kwh(90, 100, 110), Category.PUE1, Span.INTERIM, WHOLE)
    assert proven.wrong
    nothing = pue(kwh(0, 0, 500, 0), kwh(90, 100, 110), Category.PUE1, Span.INTERIM, WHOLE)
    assert (nothing.best, nothing.wrong, nothing.least) == (None, False, 0)


def test_what_is_declared_counts_for_the_days_it_names_and_no_others():
    month = (date(2026, 11, 1), date(2026, 12, 1))
    lines = [
        Declared(Quantity.WATER, Fraction(30), date(2026, 11, 1), date(2026, 11, 15), "facture 1"),
        Declared(Quantity.WATER, Fraction(99), date(2026, 11, 16), date(2026, 12, 15), "facture 2"),
        Declared(Quantity.EMISSIONS, Fraction(7, 10), date(2026, 11, 1), date(2026, 11, 30), "ADEME"),
        Declared(Quantity.RENEWABLE_GOO, Fraction(50), date(2026, 11, 1), date(2026, 11, 30), "GO 12"),
    ]
    water = declared(Quantity.WATER, lines, *month)
    assert water is not None
    assert (water.value, water.days, water.of, water.whole) == (30, 15, 30, False)
    used = kwh(100, 100, 100)
    figure = wue(water, used)
    assert (figure.best, figure.coverage, figure.partial) == (300, Fraction(1, 2), ("days",))
    factor = declared(Quantity.EMISSIONS, lines, *month)
    assert cue(factor, kwh(150, 150, 150), used).best == Fraction(21, 20)
    green = declared(Quantity.RENEWABLE_GOO, lines, *month)
    assert ref([green, None], kwh(200, 200, 200)).best == Fraction(1, 4)
    assert erf(None, used).partial == ("undeclared",)
    assert wue(None, used).best is None
    assert cue(None, used, used).best is None
    assert ref([None], used).best is None
    assert cer(kwh(300, 300, 300), kwh(100, 100, 100)).best == 3


def test_power_that_was_watched_in_part_is_bounded_by_what_the_device_can():
    hours = {
        0: Held(HOUR, 4_000_000_000, 5_000_000_000, 6_000_000_000),
        HOUR: Held(HOUR // 2, 0, 10**9, 10**9),
    }
    first, second, third = integrated(hours, (0, HOUR, 2 * HOUR, 3 * HOUR), 10_000)
    assert (first.least, first.best, first.most, first.known) == (14_400_000, 18_000_000, 21_600_000, HOUR)
    assert (second.best, second.most) == (1_800_000, 1_800_000 + 18_000_000)
    assert second.doubts == ((Doubt.UNWATCHED, HOUR // 2),)
    assert (third.known, third.most) == (0, 36_000_000)
    assert integrated(hours, (0, HOUR // 2), 10_000)[0].known == 0
    cut = {0: Held(HOUR, 0, 2 * 10**9, 4 * 10**9, ((HOUR // 2, 10**9), (HOUR // 2, 3 * 10**9)))}
    early, late = integrated(cut, (0, HOUR // 2, HOUR), 10_000)
    assert (early.best, late.best, early.known, early.most) == (1_800_000, 5_400_000, HOUR // 2, 7_200_000)
    assert integrated(cut, (0, HOUR), 10_000)[0].best == early.best + late.best
    across = integrated(cut, (HOUR // 4, HOUR), 10_000)[0]
    assert (across.best, across.known, across.most) == (late.best, HOUR // 2, 7_200_000 + 9_000_000)
    mixed = total([first, kwh(1, 1, 1)])
    assert mixed.method is Method.MIXED


def test_the_sheet_of_the_regulation_says_what_is_not_known():
    measured_ = Measured(kwh(1, 2, 3), None, kwh(1, 1, 1, 50))
    water = declared(
        Quantity.WATER,
        [Declared(Quantity.WATER, Fraction(12), date(2026, 1, 1), date(2026, 12, 31), "compteur")],
        date(2026, 1, 1),
        date(2027, 1, 1),
    )
    assert water is not None
    fields = {one.name: one for one in sheet(measured_, {Quantity.WATER: water}, {"SDC": Fraction(1200)})}
    assert (fields["EDC"].value, fields["EDC"].unit, fields["EDC"].how) == (2, "kWh", "counter")
    assert (fields["EIT"].coverage, fields["EDC-BG"].value, fields["EDC-BG"].how) == (
        Fraction(1, 2),
        None,
        "none",
    )
    assert (fields["WIN"].value, fields["SDC"].value, fields["ERES-TOT"].value) == (12, 1200, None)
    assert "2024/1364" in fields["EDC"].cited


def test_a_field_of_which_too_little_was_measured_is_not_told_and_has_bounds() -> None:
    little = Amount(1 * JOULES_PER_KWH, 2 * JOULES_PER_KWH, 9 * JOULES_PER_KWH, 98, 100, Method.COUNTER)
    enough = Amount(1 * JOULES_PER_KWH, 2 * JOULES_PER_KWH, 3 * JOULES_PER_KWH, 99, 100, Method.COUNTER)
    assert (little.told, enough.told, Amount().told) == (False, True, False)
    whole, backup, it_ = sheet(Measured(little, None, enough), {}, {})[:3]
    assert (whole.told, whole.least, whole.most) == (False, Fraction(1), Fraction(9))
    assert (backup.value, backup.least, backup.most) == (None, None, None)
    assert (it_.told, it_.value, it_.least, it_.most) == (True, Fraction(2), Fraction(1), Fraction(3))
