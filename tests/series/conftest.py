"""Layouts and batches for the tests of series."""

from array import array
from collections.abc import Callable

import pytest
from hypothesis import settings

from dcim.model import Batch, Gap, GapReason, Lane, Layout, Meaning, Point, state_code

settings.register_profile("dcim", deadline=None)  # no test asserts a duration
settings.load_profile("dcim")

WORDS = {state_code("online"): Meaning("online"), state_code("battery"): Meaning("battery")}


@pytest.fixture
def layout() -> Callable[..., Layout]:
    def make(
        asset: str = "ups-a",
        metrics: tuple[str, ...] = ("ups_battery_charge_ratio",),
        lane: Lane = Lane.FAST,
        own: bool = False,
    ) -> Layout:
        points = tuple(Point(asset, metric) for metric in metrics)
        states = tuple(WORDS if metric.endswith("_state") else None for metric in metrics)
        return Layout(asset, lane, points, states, ("",) * len(metrics), own=own)

    return make


@pytest.fixture
def batch() -> Callable[..., Batch]:
    def make(layout: Layout, *values: float | None, at: float = 1000.0) -> Batch:
        gaps = {slot: Gap(GapReason.ABSENT) for slot, value in enumerate(values) if value is None}
        numbers = array("d", [float("nan") if value is None else value for value in values])
        return Batch(layout, at, numbers, gaps)

    return make
