"""Small makers of rules, devices and batches."""

from array import array
from collections.abc import Callable, Mapping
from math import isnan, nan

import pytest
from hypothesis import settings

from dcim.alerts import Delay, Language, Rule, RuleSet, Severity, Watch
from dcim.alerts.condition import Expression, Outside
from dcim.model import (
    Address,
    Asset,
    Batch,
    Gap,
    GapReason,
    Health,
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

LIMIT, HOLD = Outside(high=0.8), Outside(high=0.77)
WORDS = {"normal": Health.OK, "battery": Health.WARNING, "bypass": Health.CRITICAL, "unknown": Health.UNKNOWN}


@pytest.fixture
def make_rule() -> Callable[..., Rule]:
    def make(
        name: str = "load_high",
        raises: Expression = LIMIT,
        holds: Expression = HOLD,
        on: float = 0.0,
        off: float = 0.0,
        **more: object,
    ) -> Rule:
        text = dict.fromkeys(Language, name)
        fields: dict[str, object] = {
            "kinds": frozenset(),
            "metrics": ("ups_output_load_ratio",),
            "severity": Severity.MAJOR,
            "title": text,
            "consequence": text,
            "action": text,
            "on": Delay(on),
            "off": Delay(off),
            **more,
        }
        return Rule(name=name, raises=raises, holds=holds, **fields)

    return make


@pytest.fixture
def make_asset() -> Callable[..., Asset]:
    def make(id: str = "ups-a", kind: Kind = Kind.UPS, **more: object) -> Asset:
        return Asset(id, id.upper(), kind, "snmp", Address("127.0.0.1", 161), **more)

    return make


@pytest.fixture
def make_layout() -> Callable[..., Layout]:
    def make(
        *points: tuple[str, Mapping[str, str]] | str, asset: str = "ups-a", lane: Lane = Lane.FAST
    ) -> Layout:
        named = [(point, {}) if isinstance(point, str) else point for point in points]
        states = {state_code(word): Meaning(word, health) for word, health in WORDS.items()}
        return Layout(
            asset,
            lane,
            tuple(Point(asset, metric, canonical(labels)) for metric, labels in named),
            tuple(states if metric.endswith("_state") else None for metric, _ in named),
            tuple("" for _ in named),
        )

    return make


@pytest.fixture
def batch() -> Callable[..., Batch]:
    """Make a batch from values; words are states, None and a reason are gaps."""

    def make(layout: Layout, *values: float | str | GapReason | None, at: float = 0.0) -> Batch:
        numbers = array("d", [_number(value) for value in values])
        gaps = {
            slot: Gap(value if isinstance(value, GapReason) else GapReason.ABSENT)
            for slot, value in enumerate(values)
            if isnan(numbers[slot])
        }
        return Batch(layout, at, numbers, gaps)

    return make


def _number(value: float | str | GapReason | None) -> float:
    if value is None or isinstance(value, GapReason):
        return nan
    return state_code(value) if isinstance(value, str) else float(value)


@pytest.fixture
def make_watch(make_asset: Callable[..., Asset]) -> Callable[..., Watch]:
    def make(*rules: Rule, assets: tuple[Asset, ...] | None = None) -> Watch:
        known = (make_asset(),) if assets is None else assets
        return Watch(
            RuleSet({rule.name: rule for rule in rules}), known, "cas1", lambda lane, interval: interval
        )

    return make
