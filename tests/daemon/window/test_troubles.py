"""What pages see of alerts: what is unknown again is not said to be fine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dcim.model import Lane, Layout, Meaning, Point, state_code

RULES = """
format: 1
rules:
  - rule: on_battery
    kinds: [ups]
    metric: ups_output_source_state
    state: battery
    off_delay: 10 min
    severity: critical
    title: { en: On battery, fr: Sur batterie }
    consequence: { en: The load is lost when it is empty., fr: La charge est perdue une fois vide. }
    action: { en: Look for the mains., fr: Cherchez le réseau. }
"""


@pytest.mark.long
async def test_an_alert_that_is_unknown_while_its_off_delay_runs_is_not_said_to_be_fine(
    plan_of: Callable[..., Any], running: Any, fleet: Any
) -> None:
    """It read "unknown (condition gone, over when that lasts)" of a rack whose strip had fallen silent."""
    points = (Point("ups-a", "ups_output_source_state"), Point("ups-a", "ups_output_load_ratio"))
    words = {state_code(word): Meaning(word) for word in ("normal", "battery", "unknown")}
    fleet.layouts["ups-a"] = Layout("ups-a", Lane.FAST, points, (words, None), ("1.1", "1.2"))
    fleet.source["ups-a"] = "battery"
    async with running(plan_of("ups-a", rules=RULES)) as site:

        async def returning(wanted: bool, state: str) -> bool:
            found = await site.get("/alerts")
            return [(one["reading"]["state"], one["returning"]) for one in found] == [(state, wanted)]

        await site.until(lambda: returning(False, "battery"))
        fleet.source["ups-a"] = "normal"
        await site.until(lambda: returning(True, "normal"))
        fleet.source["ups-a"] = "unknown"
        await site.until(lambda: returning(False, "unknown"))
        (seen,) = await site.get("/alerts")
    assert (seen["open"], seen["returning"], seen["reading"]["state"]) == (True, False, "unknown")
