"""Rows in columns say what they say one by one. Pains: I1, I2."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.flow import Flow, Interval
from dcim.record import replace
from dcim.redundancy import Headroom
from dcim.redundancy.engine import Engine
from dcim.redundancy.hits import Hits
from dcim.redundancy.limits import shares
from dcim.redundancy.rows import Points, Rows
from dcim.redundancy.still import Judged, Still
from dcim.redundancy.verdict import Verdicts
from dcim.simulator.files import plan

from .test_hits import look_of
from .told import Told

SHARE = st.sampled_from([0.0, 0.7, 0.8, inf]) | st.floats(0.0, 2.0)
SPAN = st.tuples(SHARE, SHARE).map(lambda pair: Interval(*sorted(pair)))
ROW = st.builds(
    Headroom,
    part=st.sampled_from("pq"),
    phase=st.sampled_from(["", "L1"]),
    unit=st.sampled_from(["A", "VA", "W"]),
    limit=st.sampled_from([16.0, 32.0]),
    warn=st.sampled_from([0.7, 0.8]),
    trip=st.sampled_from([None, 1.0]),
    now=SPAN,
    after=SPAN,
    lost=st.sampled_from(["", "x", "y"]),
)


@given(st.lists(ROW))
def test_columns_are_the_rows_that_went_into_them_also_through_the_pipe(rows: list[Headroom]) -> None:
    columns = Rows.of(rows)
    for one in (columns, pickle.loads(pickle.dumps(columns))):
        assert list(one) == rows
        assert one == tuple(rows)
        assert one[1:] == tuple(rows[1:])
    assert (columns == Rows.of(rows[1:])) is (not rows)


@given(st.lists(st.lists(ROW, unique_by=lambda row: (row.part, row.phase, row.unit)), min_size=1, max_size=3))
def test_of_several_limits_the_worst_share_is_told(looks: list[list[Headroom]]) -> None:
    points = Points(Rows.of(looks[0]).limits)
    for rows in looks:
        columns = Rows.of(rows)
        if not columns.limits.is_of(points.limits):
            points = Points(columns.limits)
        assert points.of(columns) == tuple(_worst(rows))


def _worst(rows: Sequence[Headroom]) -> Iterator[Headroom]:
    found: dict[tuple[str, str], list[Headroom]] = {}
    for one in rows:
        found.setdefault((one.part, one.phase), []).append(one)
    for several in found.values():
        now, after = [one.now for one in several], [one.after for one in several]
        yield replace(
            max(several, key=lambda one: (one.after.hi, one.after.lo)),
            now=Interval(max(one.lo for one in now), max(one.hi for one in now)),
            after=Interval(max(one.lo for one in after), max(one.hi for one in after)),
        )


class OneByOne(Still):
    """Judges every limit of every part by itself, from the outcomes of all losses."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def judged(self, flow: Flow, hits: Hits, before: Sequence[Headroom]) -> Judged:
        judged = super().judged(flow, hits, before)
        mine = tuple(self._rows(flow, {(one.part, one.phase, one.unit): one.lost for one in before}))
        assert judged.headroom == mine
        self.seen += sum(bool(one.lost) for one in mine)
        return judged

    def _rows(self, flow: Flow, stuck: dict[tuple[str, str, str], str]) -> Iterator[Headroom]:
        sweep = flow.sweep()
        worst = {key: (one.share, one.lost) for key, one in sweep.headroom.items()}
        for outcome in sweep.outcomes:
            for trip in outcome.trips:
                key = trip.element, trip.phase, trip.unit
                if key not in worst or _rank(trip.share) > _rank(worst[key][0]):
                    worst[key] = trip.share, outcome.lost[0]
        for name, element in flow.network.elements.items():
            limit = element.limit
            for phase, unit, amount, now in shares(flow, name, flow.load(name)):
                key = name, phase, unit
                after, lost = worst.get(key, (now, ""))
                if after.hi <= now.hi + 0.01:
                    after, lost = now, ""
                elif (
                    stuck.get(key) in flow.network.losable
                    and self._does(flow, key, stuck[key]) >= after.hi - 0.01
                ):
                    lost = stuck[key]
                yield Headroom(name, phase, unit, amount, limit.warn, limit.trip, now, after, lost)

    def _does(self, flow: Flow, key: tuple[str, str, str], lost: str) -> float:
        outcome = flow.lose(lost)
        found = [one.share.hi for one in outcome.trips if (one.element, one.phase, one.unit) == key]
        for stage in outcome.stages:
            if key[0] in stage.loads:
                load = stage.loads[key[0]]
                found += [
                    share.hi for *of, _, share in shares(flow, key[0], load, lost) if tuple(of) == key[1:]
                ]
        return max(found, default=0.0)


def _rank(share: Interval) -> tuple[float, float]:
    return round(share.hi, 6), share.lo


@pytest.mark.parametrize("seed", range(3))
def test_what_each_part_keeps_is_what_is_found_one_by_one(seed: int, tmp_path: Path) -> None:
    """Pains: I1."""
    told, rolled, still = Told(plan("rabat"), tmp_path), random.Random(seed), OneByOne()
    told.plant.advance(60.0)
    book, values = told.messages()
    engine = Engine(told.built, still=still)
    engine.take(book)
    for _ in range(4):
        values = look_of(told, rolled, values)
        assert isinstance(engine.take(values), Verdicts)
    assert still.seen > 20
