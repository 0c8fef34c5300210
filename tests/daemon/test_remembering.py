"""What a collector has to remember outlives the daemon: it is asked for nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from dcim.store import verify


@pytest.mark.long
async def test_a_collector_gets_back_what_it_kept_and_nobody_elses(
    plan_of: Callable[..., Any], running: Any, fleet: Any
) -> None:
    plan = plan_of("ups-a")
    given: list[dict[str, Any]] = []

    def recall(kept: Mapping[str, Any], keep: Callable[[str, Any], None]) -> None:
        given.append(dict(kept))
        keep("engine of ups-a", {"engine": "80", "changed": None})
        keep("turns", {"number": len(given)})

    fleet.recall = recall
    for _ in range(2):
        async with running(plan):
            pass
    assert given == [{}, {"engine of ups-a": {"engine": "80", "changed": None}, "turns": {"number": 1}}]
    assert verify(plan.settings.state).holds
