"""What is prepared once a layout judges as what goes through all values each time."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.model import Batch, Gap, GapReason, Lane, Layout, Point
from dcim.plausible import EQUATIONS, Plan, judge

_LABELS = [
    (),
    (("phase", "L1"),),
    (("phase", "L2"),),
    (("phase", "L1-b1"),),
    (("outlet", "1"),),
    (("outlet", "1"), ("phase", "L1")),
    (("bank", "1-2"), ("phase", "L1")),
]
_VALUES = st.sampled_from([0.0, 1.0, 230.0, 1200.0, 120.0, -5.0, math.nan]) | st.floats(-1e6, 1e6)


@st.composite
def batches(draw: st.DrawFn) -> list[Batch]:
    """Up to three lanes of one device, of metrics that one or two equations need."""
    equations = draw(st.lists(st.sampled_from(EQUATIONS), min_size=1, max_size=2))
    metrics = sorted({metric for one in equations for formula in one.formulas for metric in formula.metrics})
    made = []
    for lane in draw(st.lists(st.sampled_from(Lane), min_size=1, max_size=3, unique=True)):
        keys = draw(
            st.lists(st.tuples(st.sampled_from(metrics), st.sampled_from(_LABELS)), max_size=14, unique=True)
        )
        values = draw(st.lists(_VALUES, min_size=len(keys), max_size=len(keys)))
        points = tuple(Point("dev", metric, labels) for metric, labels in keys)
        layout = Layout("dev", lane, points, (None,) * len(points), ("",) * len(points))
        gaps = {at: Gap(GapReason.ABSENT) for at, value in enumerate(values) if value != value}
        made.append(Batch(layout, 0.0, array("d", values), gaps))
    return made


@settings(deadline=None, max_examples=300)
@given(batches())
@pytest.mark.long
def test_a_prepared_plan_says_what_a_look_at_all_values_says(said: list[Batch]) -> None:
    plan = Plan.of([batch.layout for batch in said])
    verdicts = judge(said)
    assert plan.holds(said) == [one.holds for one in verdicts]
    assert [key for key, _ in plan.keys] == [(one.check, one.of) for one in verdicts]


def test_devices_of_one_family_share_their_cases() -> None:
    def plan(asset: str) -> Plan:
        points = (Point(asset, "pdu_power_watts"), Point(asset, "pdu_phase_power_watts", (("phase", "L1"),)))
        return Plan.of([Layout(asset, Lane.FAST, points, (None,) * 2, ("",) * 2)])

    assert plan("a").cases
    assert plan("a").cases is plan("b").cases
