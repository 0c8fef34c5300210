"""An hour of readings as one row a point, held against a slow reading of docs/energy.md."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.history.durable import Disk
from dcim.history.points import Points
from dcim.model import Lane, Layout, Point, state_code
from dcim.rollup.block import HOUR, Row, sections
from dcim.rollup.cuts import Cuts
from dcim.rollup.names import Names
from dcim.rollup.summary import CLOSE, Readings, summarise

START = 1_795_600_800_000
POWER = Point("pdu-1", "pdu_power_watts")
ENERGY = Point("pdu-1", "pdu_energy_joules_total")
CHARGE = Point("plant-1", "device_component_charge_amperehours_total", (("component", "discharged"),))
MODE = Point("pdu-1", "pdu_mode_state", (("odd", 'é"\n'),))


def names_of(*points: Point) -> Names:
    ids = np.array(sorted(point.id for point in points), dtype=np.uint64)
    by_id = {point.id: point for point in points}
    rows = [by_id[each] for each in ids.tolist()]
    return Names(
        ids,
        tuple(row.asset for row in rows),
        tuple(row.metric for row in rows),
        tuple(json.dumps(dict(row.labels), separators=(",", ":")) for row in rows),
    )


def readings(**points: list[tuple[int, float]]) -> Readings:
    known = {"power": POWER, "energy": ENERGY, "mode": MODE, "charge": CHARGE}
    rows = sorted((known[name].id, at, value) for name, said in points.items() for at, value in said)
    return Readings(
        np.array([row[0] for row in rows], dtype=np.uint64),
        np.array([START + row[1] for row in rows], dtype=np.int64),
        np.array([row[2] for row in rows], dtype=np.float64),
        np.array([1 if np.isnan(row[2]) else 0 for row in rows], dtype=np.uint8),
    )


def summary(cuts: int = 1, fine: int = 0, /, **points: list[tuple[int, float]]) -> dict[str, Row]:
    names = names_of(POWER, ENERGY, MODE, CHARGE)
    finer = Cuts(cuts, {"pdu-1": fine}).rows(names) if fine else None
    found = summarise(readings(**points), names, START, cuts, finer)
    return {row.metric: row for row in found}


def test_the_mean_is_weighted_by_the_time_for_which_each_value_held():
    said = [(10_000 * n, 100.0 if n < 90 else 500.0) for n in range(360)]
    row = summary(power=said)["pdu_power_watts"]
    assert (row.n, row.gaps, row.ms) == (360, 0, HOUR)
    assert (row.min, row.mean, row.max, row.last) == (100_000_000, 400_000_000, 500_000_000, 500_000_000)


def test_a_counter_of_charge_keeps_hundredths_of_an_ampere_hour():
    row = summary(charge=[(0, 1234.56), (60_000, 1234.57), (120_000, 1234.57)])[CHARGE.metric]
    assert [(first, last) for _, first, _, last in row.runs] == [(1_234_560_000, 1_234_570_000)]


def test_the_power_of_an_hour_that_is_cut_has_the_mean_of_each_part_and_a_state_has_none():
    """Pains: G7."""
    said = [(10_000 * n, 100.0 if n < 90 else 500.0) for n in range(300)]
    found = summary(4, power=said, mode=[(0, 7.0)])
    row, quarter = found["pdu_power_watts"], HOUR // 4
    lasts = 3_000_000 - 3 * quarter + 20_000  # of the last quarter: the readings, and two beats more
    assert row.parts == (
        (quarter, 100_000_000),
        (quarter, 500_000_000),
        (quarter, 500_000_000),
        (lasts, 500_000_000),
    )
    assert sum(ms for ms, _ in row.parts) == row.ms
    assert sum(ms * mean for ms, mean in row.parts) // row.ms == row.mean
    assert found["pdu_mode_state"].parts == ()
    assert summary(power=said)["pdu_power_watts"].parts == ()
    assert summary(4, power=[(0, 7.0)])["pdu_power_watts"].parts[1:] == ((0, 0),) * 3


def test_one_device_is_cut_finer_than_the_others_and_says_so_in_its_line():
    said = {
        "energy": [(60_000 * n, 1e9 + n) for n in range(60)],
        "power": [(60_000 * n, 5.0) for n in range(60)],
    }
    found = summary(1, 6, **said, mode=[(0, 7.0)])
    assert len(found["pdu_energy_joules_total"].runs) == 6
    assert len(found["pdu_power_watts"].parts) == 6
    assert [found[name].cuts for name in sorted(found)] == [6, 0, 6]
    assert '"gaps":0,"cuts":6,"limit"' in found["pdu_energy_joules_total"].line()
    assert "cuts" not in found["pdu_mode_state"].line()
    assert summary(6, 6, **said)["pdu_energy_joules_total"].cuts == 0


def test_of_a_meter_what_is_taken_is_cut_finer_where_only_its_phases_say_it():
    back = Point("meter", "meter_energy_joules_total", (("direction", "export"),))
    taken = Point("meter", "meter_phase_energy_joules_total", (("direction", "import"), ("phase", "L1")))
    names = names_of(back, taken, ENERGY)
    cuts = Cuts(2, {"meter": 6}).rows(names).tolist()
    assert dict(zip(names.points(), cuts, strict=True)) == {back: 2, taken: 6, ENERGY: 2}


def test_a_value_lasts_three_beats_and_no_longer_and_ends_at_a_gap():
    """Pains: E3, G2."""
    silent = summary(power=[(0, 7.0), (10_000, 7.0), (20_000, 7.0)])["pdu_power_watts"]
    assert silent.ms == 20_000 + 30_000
    ended = summary(power=[(0, 7.0), (10_000, float("nan")), (20_000, 9.0)])["pdu_power_watts"]
    assert (ended.n, ended.gaps, ended.ms, ended.last) == (2, 1, 10_000 + 30_000, 9_000_000)
    lone = summary(power=[(1_000, 7.0)])["pdu_power_watts"]
    assert lone.ms == CLOSE


def test_the_last_value_of_the_hour_before_lasts_into_this_one_but_is_not_counted():
    row = summary(power=[(-20_000, 1.0), (-4_000, 4.0), (6_000, 2.0), (16_000, 2.0)])["pdu_power_watts"]
    assert (row.n, row.ms, row.max) == (2, 6_000 + 10_000 + 30_000, 4_000_000)
    assert "pdu_power_watts" not in summary(power=[(-4_000, 4.0)])


def test_a_state_has_its_last_word_and_no_mean_and_odd_labels_stay_one_line():
    code = state_code("on")
    row = summary(mode=[(0, code), (10_000, code)])["pdu_mode_state"]
    assert (row.min, row.mean, row.max, row.last) == (None, None, None, int(code) * 1_000_000)
    (section,) = sections("2026-11-25T10", [row], 1)
    assert section.text.isascii()
    assert json.loads(section.text.splitlines()[1])["labels"] == {"odd": 'é"\n'}


def test_a_counter_keeps_both_ends_where_readings_stand_apart():
    """Pains: G7."""
    said = [(0, 1e9), (60_000, 1e9 + 6e5), (120_000, 50.0), (180_000, 6e5), (180_000 + CLOSE + 1, 9e5)]
    said += [(600_000, 9e9), (660_000, 9e9 + 1)]
    row = summary(energy=said)["pdu_energy_joules_total"]
    assert row.limit == 1_000_000
    assert row.runs == (
        (START, 10**9, START + 60_000, 10**9 + 600_000),
        (START + 120_000, 50, START + 180_000, 600_000),
        (START + 480_001, 900_000, START + 480_001, 900_000),
        (START + 600_000, 9 * 10**9, START + 660_000, 9 * 10**9 + 1),
    )


def test_a_run_ends_where_a_tariff_may_change():
    said = [(60_000 * n, 1e9 + n) for n in range(60)]
    row = summary(2, energy=said)["pdu_energy_joules_total"]
    assert [(run[0] - START, run[2] - START) for run in row.runs] == [(0, 1_740_000), (1_800_000, 3_540_000)]


def test_a_number_that_does_not_fit_is_a_gap_and_a_point_nobody_named_is_left_out():
    row = summary(power=[(0, 1e300), (10_000, float("inf")), (20_000, 1.0)])["pdu_power_watts"]
    assert (row.n, row.gaps, row.min) == (1, 2, 1_000_000)
    assert list(summarise(readings(power=[(0, 1.0)]), names_of(ENERGY), START)) == []


values = st.one_of(st.just(float("nan")), st.floats(-1e9, 1e9))
times = st.lists(st.integers(-CLOSE - 5_000, HOUR - 1), min_size=1, max_size=30, unique=True)


@settings(max_examples=50)
@given(
    times.flatmap(
        lambda at: st.tuples(st.just(sorted(at)), st.lists(values, min_size=len(at), max_size=len(at)))
    )
)
def test_it_says_what_a_slow_reading_of_the_docs_says(story):
    at, said = story
    row = summary(power=list(zip(at, said, strict=True))).get("pdu_power_watts")
    before = [n for n, each in enumerate(at) if -CLOSE <= each < 0][-1:]
    inside = [n for n, each in enumerate(at) if each >= 0]
    if not inside:
        assert row is None
        return
    kept = [n for n in before if n + 1 == inside[0]] + inside
    near = [
        b - a
        for a, b in zip([at[n] for n in kept], [at[n] for n in kept][1:], strict=False)
        if b - a <= CLOSE
    ]
    hold = min(max(3 * sum(near) // len(near), 15_000), CLOSE) if near else CLOSE
    weighted, ms, numbers = Fraction(0), 0, []
    for place, n in enumerate(kept):
        end = min(at[kept[place + 1]] if place + 1 < len(kept) else HOUR, at[n] + hold, HOUR)
        span = max(0, end - max(at[n], 0))
        if not np.isnan(said[n]):
            whole = int(np.rint(said[n] * 1_000_000))
            weighted, ms = weighted + whole * span, ms + span
            if span or at[n] >= 0:
                numbers.append(whole)
    assert row is not None
    assert row.ms == ms
    assert row.mean == (weighted // ms if ms else None)
    assert (row.min, row.max) == ((min(numbers), max(numbers)) if numbers else (None, None))


def test_names_are_read_as_the_dictionary_writes_them(tmp_path):
    odd = Point('a"\\,"source":b', "pdu_power_watts", (("x", '},"source":é'),))
    points = Points(tmp_path / "points.jsonl", Disk())
    points.register(
        [
            Layout(odd.asset, Lane.FAST, (odd,), (None,), ("1.3",)),
            Layout("pdu-1", Lane.FAST, (ENERGY, MODE), (None, None), ("a", "b")),
        ]
    )
    names = Names.read(tmp_path / "points.jsonl")
    points.close()
    assert sorted(names.ids.tolist()) == sorted((odd.id, ENERGY.id, MODE.id))
    place = int(names.places(np.array([odd.id], dtype=np.uint64))[0])
    assert (names.assets[place], json.loads(names.labels[place])) == (odd.asset, {"x": '},"source":é'})
