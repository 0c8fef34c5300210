"""Devices, layouts and batches for the tests of outputs."""

from array import array
from collections.abc import Callable
from types import MappingProxyType

import pytest
from hypothesis import settings

from dcim.model import (
    Address,
    Asset,
    Batch,
    Gap,
    GapReason,
    Kind,
    Lane,
    Layout,
    Meaning,
    Point,
    canonical,
    state_code,
)

settings.register_profile("dcim", deadline=None)  # no test asserts a duration
settings.load_profile("dcim")

SOURCE = MappingProxyType({state_code(word): Meaning(word) for word in ("normal", "battery", "bypass")})


@pytest.fixture
def asset() -> Callable[..., Asset]:
    def make(name: str = "ups-a", **fields) -> Asset:
        fields = {"site": "cas1", "room": "r1", "rack": "r1-01", "feed": "A", "interval": 10.0} | fields
        return Asset(name, fields.pop("name", "UPS A"), Kind.UPS, "snmp", Address("10.0.0.5", 161), **fields)

    return make


@pytest.fixture
def layout() -> Callable[..., Layout]:
    def make(
        *points: str | tuple[str, dict[str, str]],
        asset: str = "ups-a",
        lane: Lane = Lane.FAST,
        own: bool = False,
    ) -> Layout:
        pairs = [(point, {}) if isinstance(point, str) else point for point in points]
        made = tuple(Point(asset, metric, canonical(labels)) for metric, labels in pairs)
        states = tuple(SOURCE if metric.endswith("_state") else None for metric, _ in pairs)
        return Layout(asset, lane, made, states, ("",) * len(made), own=own)

    return make


@pytest.fixture
def batch() -> Callable[..., Batch]:
    def make(layout: Layout, *values: float | str | None, at: float = 1000.0) -> Batch:
        numbers = array(
            "d",
            [
                float("nan") if each is None else state_code(each) if isinstance(each, str) else each
                for each in values
            ],
        )
        gaps = {slot: Gap(GapReason.ABSENT) for slot, each in enumerate(values) if each is None}
        return Batch(layout, at, numbers, gaps)

    return make
