"""Why an alert was told or not: the one thing that decides, by table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dcim.alerts import Language, Mute, MuteKind, Phase, Truth
from dcim.explain import Course, Delivery, Placed, Sight, State, Story, Verdict, verdict

TEXT = dict.fromkeys(Language, "Feed A lost")
MUTED = (Mute(MuteKind.SHELVED, "amina", "known", 2e9),)
ROOT = Placed("i" * 64, TEXT, "itself", "tr-a", told=True, leads=True)
BELOW = Placed("i" * 64, TEXT, "power", "tr-a", told=True, suppresses=True)
TAKEN = Delivery("mail", "raised", 1.0, State.DELIVERED, 2.0)
WAITING = Delivery("sms", "raised", 1.0)
REFUSED = Delivery("mail", "raised", 1.0, State.REFUSED, 2.0)
DIGEST = Course("low", 0, 1, digest=True)

OPEN: list[tuple[dict[str, Any], Verdict]] = [
    ({"deliveries": (TAKEN, WAITING)}, Verdict.TOLD),
    ({"deliveries": (REFUSED, WAITING)}, Verdict.UNDER_WAY),
    ({"deliveries": (REFUSED,)}, Verdict.REFUSED),
    ({"placed": BELOW, "deliveries": (TAKEN,)}, Verdict.WITH_INCIDENT),
    ({"placed": replace(BELOW, told=False)}, Verdict.WAITS),
    ({"placed": replace(BELOW, apart=True), "deliveries": (TAKEN,)}, Verdict.TOLD),
    ({"placed": replace(ROOT, told=False)}, Verdict.WAITS),
    ({"mutes": MUTED, "told": False}, Verdict.MUTED),
    ({"mutes": MUTED, "deliveries": (TAKEN,)}, Verdict.TOLD),
    ({"placed": ROOT, "limited": ("sms",)}, Verdict.WITHHELD),
    ({"placed": ROOT, "courses": (DIGEST,)}, Verdict.DIGEST),
    ({"placed": ROOT}, Verdict.NOBODY),
]
CLOSED: list[tuple[dict[str, Any], Verdict]] = [
    ({}, Verdict.QUIET),
    ({"truth": Truth.UNKNOWN}, Verdict.UNKNOWN),
    ({"truth": None}, Verdict.UNKNOWN),
    ({"phase": Phase.RAISING, "truth": Truth.TRUE}, Verdict.DELAY),
    ({"phase": Phase.RAISING, "mutes": MUTED}, Verdict.DELAY),
    ({"phase": Phase.RAISING, "truth": Truth.TRUE, "instead": TEXT}, Verdict.OUTRANKED),
    ({"instead": TEXT}, Verdict.QUIET),
    ({"off": True, "truth": Truth.TRUE}, Verdict.OFF),
    ({"sight": Sight(observed=False)}, Verdict.NO_POINT),
    ({"raised_at": 1.0}, Verdict.OVER),
    ({"raised_at": 1.0, "deliveries": (TAKEN,)}, Verdict.TOLD),
]


@pytest.mark.parametrize(("more", "expected"), OPEN)
def test_one_thing_decides_whether_an_alert_that_stands_was_told(
    make_raised: Callable[..., Story], more: dict[str, Any], expected: Verdict
) -> None:
    """Pains: H4."""
    assert verdict(make_raised(**more)) is expected


@pytest.mark.parametrize(("more", "expected"), CLOSED)
def test_one_thing_keeps_a_rule_quiet(
    make_quiet: Callable[..., Story], more: dict[str, Any], expected: Verdict
) -> None:
    assert verdict(make_quiet(**more)) is expected
