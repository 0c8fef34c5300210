"""A day of the simulated data centre: its nodes know what went through them, the readings only what was read."""

from __future__ import annotations

import random

import numpy as np
import pytest

from dcim.energy.amount import Amount, Doubt, total
from dcim.energy.counter import HOUR, Known, Run, between
from dcim.energy.integrated import Held, integrated
from dcim.model import Point
from dcim.rollup.block import Row
from dcim.rollup.names import Names
from dcim.rollup.summary import Readings, summarise
from dcim.simulator.files import plan
from dcim.simulator.plant import Plant

START = 1_795_651_200_000  # 2026-11-26 00:00 UTC
STEP = 30_000
PER_HOUR = HOUR // STEP
EDGES = [START + HOUR * n for n in range(25)]
NODES = (
    "utility-a",
    "genset-1",
    "tgbt-a",
    "tgbt-b",
    "ups-a",
    "ups-b",
    "pdu-s1r1-a",
    "pdu-s2r4-b",
    "ats-s1",
    "offices",
)
Told = list[tuple[int, float, float]]


@pytest.fixture(scope="module")
def lived() -> dict[str, Told]:
    """Time (ms), joules and watts of every node each 30 s; the utility fails for half an hour at 8."""
    plant = Plant(plan(), seed=7, tick=30.0)
    found: dict[str, Told] = {name: [] for name in NODES}
    for step in range(24 * PER_HOUR + 16):
        for feed in ("utility-a", "utility-b"):
            if step == 8 * PER_HOUR:
                plant.lose(feed)
            if step == 8 * PER_HOUR + PER_HOUR // 2:
                plant.restore(feed)
        for name in NODES:
            node = plant.nodes[name]
            found[name].append((START + STEP * step, node.joules, node.watts))
        plant.step(STEP / 1000)
    return found


def rows_of(point: Point, said: list[tuple[int, float]]) -> dict[int, Row]:
    """Roll up what was read of one point, hour by hour."""
    names = Names(np.array([point.id], dtype=np.uint64), (point.asset,), (point.metric,), ("{}",))
    readings = Readings(
        np.full(len(said), point.id, dtype=np.uint64),
        np.array([at for at, _ in said], dtype=np.int64),
        np.array([value for _, value in said], dtype=np.float64),
        np.zeros(len(said), dtype=np.uint8),
    )
    hours = range(EDGES[0], EDGES[-1] + HOUR, HOUR)
    return {hour: row for hour in hours for row in summarise(readings, names, hour)}


def read(told: Told, seed: int, every: int = 2) -> list[tuple[int, float, float]]:
    """Read every minute, with a tenth of the polls lost and nobody there from 2:00 to 3:10."""
    lots = random.Random(seed)
    return [
        each
        for number, each in enumerate(told)
        if number % every == seed % every
        and lots.random() > 0.1
        and not 2 * PER_HOUR <= number < 3 * PER_HOUR + PER_HOUR // 6
    ]


def counted(rows: dict[int, Row], edges: list[int]) -> list[Amount]:
    (limit,) = {row.limit for row in rows.values()}
    runs = [Run(*run) for row in rows.values() for run in row.runs]
    return between(runs, edges, Known(limit or 0, limit or 0))


def truth(told: Told, since: int, until: int) -> float:
    by_time = {at: joules for at, joules, _ in told}
    return by_time[until] - by_time[since]


def test_every_hour_of_every_counter_holds_the_truth_and_the_day_is_exact(lived):
    """Pains: G2, G7."""
    for number, (name, told) in enumerate(lived.items()):
        rows = rows_of(
            Point(name, "pdu_energy_joules_total"),
            [(at, 5e12 + joules) for at, joules, _ in read(told, number)],
        )
        hours, (day,) = counted(rows, EDGES), counted(rows, [EDGES[0], EDGES[-1]])
        for since, until, amount in zip(EDGES, EDGES[1:], hours, strict=False):
            assert amount.least - 1 <= truth(told, since, until) <= amount.most + 1
            if amount.known == HOUR:
                assert amount.best == pytest.approx(truth(told, since, until), rel=1e-2, abs=5e5)
        assert [hour.known < HOUR for hour in hours[2:4]] == [True, True]
        whole = truth(told, EDGES[0], EDGES[-1])
        assert day.least - 1 <= whole <= day.most + 1
        assert day.best == pytest.approx(whole, rel=4e-3, abs=2e5)
        assert day.known >= 24 * HOUR - 15 * STEP


@pytest.mark.parametrize("modulus", [2**32, 10**5 * 3_600_000])
def test_a_counter_that_rolls_over_at_noon_gives_the_same_day(lived, modulus):
    told = lived["tgbt-a"]
    noon = told[12 * PER_HOUR][1]
    said = [(at, (modulus - noon + joules) % modulus) for at, joules, _ in read(told, 3)]
    (day,) = counted(rows_of(Point("tgbt-a", "meter_energy_joules_total"), said), [EDGES[0], EDGES[-1]])
    assert {doubt for doubt, _ in day.doubts} <= {Doubt.UNREAD}
    assert day.best == pytest.approx(truth(told, EDGES[0], EDGES[-1]), rel=1e-4, abs=1e6)


def test_a_counter_that_is_reset_loses_only_the_minute_and_says_so(lived):
    told = lived["ups-a"]
    at_reset = told[14 * PER_HOUR + 1][1]
    said = [
        (at, joules - at_reset if at > told[14 * PER_HOUR + 1][0] else 4e12 + joules)
        for at, joules, _ in read(told, 0)
    ]
    (day,) = counted(rows_of(Point("ups-a", "ups_output_energy_joules_total"), said), [EDGES[0], EDGES[-1]])
    whole = truth(told, EDGES[0], EDGES[-1])
    lost = dict(day.doubts)[Doubt.RESET]
    assert lost <= 4 * 60_000
    assert day.least <= whole <= day.most
    assert day.best < whole
    assert day.best == pytest.approx(whole, rel=2 * lost / (24 * HOUR))


def test_power_integrated_comes_close_and_is_not_called_a_counter(lived):
    for name in ("ups-a", "pdu-s1r1-a", "tgbt-b"):
        told = lived[name]
        rows = rows_of(Point(name, "pdu_power_watts"), [(at, watts) for at, _, watts in read(told, 1, 1)])
        hours = {hour: Held(row.ms, row.min or 0, row.mean or 0, row.max or 0) for hour, row in rows.items()}
        parts = integrated(hours, EDGES, 100_000)
        day = total(parts)
        whole = truth(told, EDGES[0], EDGES[-1])
        assert day.method == "integrated"
        assert day.least <= whole <= day.most
        assert 24 * HOUR - day.known == dict(day.doubts)[Doubt.UNWATCHED]
        assert HOUR < dict(day.doubts)[Doubt.UNWATCHED] < 2 * HOUR
        assert day.best == pytest.approx(whole * day.known / (24 * HOUR), rel=0.02)
