"""Who acknowledges an incident that is over sees to what of it waits to be seen, or is told that it is over. Pains: H4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.daemon.quick import QUICK

ORDER = {"who": "Amina", "note": "seen to"}


@pytest.mark.long
async def test_an_incident_that_is_over_is_seen_to_and_is_no_stranger(
    plan_of: Callable[..., Any], running: Any, fleet: Any
) -> None:
    fleet.source["ups-a"] = "battery"
    plan = plan_of("ups-a", "ups-b", rules=QUICK)
    async with running(plan) as site:

        async def stand(number: int) -> bool:
            return len([one for one in await site.get("/incidents") if one["told"]]) == number

        await site.until(lambda: stand(1))
        (name,) = [one["id"] for one in await site.get("/incidents")]
        fleet.source["ups-a"] = "normal"
        await site.until(lambda: stand(0))
        fleet.source["ups-b"] = "battery"
        await site.until(lambda: stand(1))
        named = {one["asset"]: one["incident"] for one in await site.get("/alerts")}
        assert named["ups-a"] == name, "its incident is over, and named until somebody has seen it"
    async with running(plan) as site:  # what waits to be seen, and where it belonged, outlives a restart
        path = f"/api/v1/incidents/{name}/acknowledge"
        found = {one["asset"]: one for one in await site.get("/alerts")}
        lives = {asset: one["life"] for asset, one in found.items()}
        assert lives == {"ups-a": "returned_unacknowledged", "ups-b": "unacknowledged"}
        assert found["ups-a"]["incident"] == name
        assert found["ups-b"]["incident"] not in ("", name)
        done = await site.web.post(path, json=ORDER)
        assert [one["change"] for one in done.json()["changes"]] == ["acknowledged"]
        lives = {one["asset"]: one["life"] for one in await site.get("/alerts")}
        assert lives == {"ups-b": "unacknowledged"}, "it saw to its own alert alone"
        again = await site.web.post(path, json=ORDER)
        assert again.status_code == 409
        assert again.json()["detail"].startswith("it is over since 20")
        nobody = await site.web.post(f"/api/v1/incidents/{'0' * 64}/acknowledge", json=ORDER)
        assert nobody.status_code == 404
