"""Stories as tests need them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dcim.alerts import Language, Phase, Truth
from dcim.explain import Sight, Story, Teller
from dcim.model import Point, Reading
from dcim.words import words

NOON = 1_764_072_000.0
POINT = Point("ups-a", "ups_battery_charge_ratio")
TITLE = {Language.EN: "UPS battery almost empty", Language.FR: "Batterie presque vide"}


def raised(**more: Any) -> Story:
    """An alert that stands: 15 % where 20 % is the limit."""
    fields: dict[str, Any] = {
        "at": NOON,
        "key": "a" * 64,
        "asset": "ups-a",
        "name": "UPS A",
        "rule": "ups_battery_low",
        "title": TITLE,
        "point": POINT,
        "limit": "below 20 %",
        "sight": Sight(Reading(POINT, NOON - 4, 0.15, None, None, None, ""), lasts=30.0),
        "truth": Truth.TRUE,
        "phase": Phase.RAISED,
        "since": NOON - 60,
        "on_delay": 10.0,
        "raised_at": NOON - 60,
        "life": "unacknowledged",
        "open": True,
        "told": True,
        **more,
    }
    return Story(**fields)


def quiet(**more: Any) -> Story:
    """The same rule while nothing is wrong."""
    sight = Sight(Reading(POINT, NOON - 4, 0.98, None, None, None, ""), lasts=30.0)
    fields: dict[str, Any] = {
        "sight": sight,
        "truth": Truth.FALSE,
        "phase": Phase.NORMAL,
        "raised_at": None,
        "life": "normal",
        "open": False,
        "told": False,
        **more,
    }
    return raised(**fields)


@pytest.fixture
def make_raised() -> Callable[..., Story]:
    return raised


@pytest.fixture
def make_quiet() -> Callable[..., Story]:
    return quiet


@pytest.fixture(params=list(Language))
def teller(request: pytest.FixtureRequest) -> Teller:
    return Teller(words(request.param), ZoneInfo("Africa/Casablanca"))


@pytest.fixture
def english() -> Teller:
    return Teller(words(Language.EN), ZoneInfo("Africa/Casablanca"))
