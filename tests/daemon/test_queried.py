"""A running daemon answers queries over what it has read and over itself, and exports it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.long
async def test_what_the_page_of_metrics_says_is_answered_and_exported(
    plan_of: Callable[..., Any], running: Any
) -> None:
    """As Grafana asks: by a form. Pains: E3, I1."""
    async with running(plan_of("ups-a")) as site:

        async def asked(query: str) -> list[dict[str, Any]]:
            answer = await site.web.post("/api/v1/query", data={"query": query})
            assert answer.status_code == 200, answer.text
            return list(answer.json()["data"]["result"])

        async def answered() -> bool:
            return bool(await asked("dcim_ups_output_load_ratio"))

        await site.until(answered)
        (load,) = await asked("dcim_ups_output_load_ratio")
        labels = {"__name__": "dcim_ups_output_load_ratio", "asset": "ups-a", "kind": "ups", "site": "cas1"}
        assert (load["metric"], load["value"][1]) == (labels, "0.42")
        (reach,) = await asked('dcim_device_reach_state{asset="ups-a"} == 1')
        assert reach["metric"]["state"] == "answering"

        async def introduced() -> bool:
            return bool(await asked('dcim_device_info{asset="ups-a",model="U1"}'))

        await site.until(introduced)
        assert float((await asked("dcim_polls_total"))[0]["value"][1]) >= 0
        assert {one["metric"]["outcome"] for one in await asked("dcim_queries_total")} >= {"answered"}
        known = (await site.get("/metadata"))["data"]
        assert known["dcim_polls_total"][0]["type"] == "counter"
        assert known["dcim_ups_output_load_ratio"][0]["type"] == "gauge"
        values = (await site.get("/label/asset/values?match[]=dcim_ups_output_load_ratio"))["data"]
        assert values == ["ups-a"]
        refused = await site.web.get("/api/v1/query", params={"query": "stddev(x)"})
        assert (refused.status_code, refused.json()["errorType"]) == (400, "bad_data")
        file = await site.web.get("/api/v1/history/export")
        assert file.content[:4] == file.content[-4:] == b"PAR1"
