from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from dcim.model import state_code


async def test_status_tells_the_site_and_how_many_devices_answer(client: httpx.AsyncClient) -> None:
    said = (await client.get("/api/v1/status")).json()
    assert said["site"] == "cas1"
    assert said["devices_by_reach"] == {"answering": 1, "unknown": 1, "silent": 1}
    assert said["alerts_by_severity"] == {"critical": 1}
    assert said["now"].endswith("Z")


async def test_a_device_has_its_values_in_base_units_and_its_gaps_with_their_reason(
    client: httpx.AsyncClient,
) -> None:
    """Pains: A4."""
    said = (await client.get("/api/v1/devices/ups-a")).json()
    values = {value["metric"]: value for value in said["values"]}
    assert values["ups_battery_charge_ratio"]["value"] == 0.875
    assert values["ups_battery_charge_ratio"]["unit"] == "ratio"
    assert values["ups_output_source_state"]["state"] == "battery"
    assert values["ups_output_source_state"]["value"] is None
    assert values["ups_battery_runtime_seconds"]["value"] is None
    assert values["ups_battery_runtime_seconds"]["gap"] == "absent"
    assert values["ups_battery_charge_ratio"]["age"] == 4.0


async def test_a_device_that_never_answered_is_there_and_unknown(client: httpx.AsyncClient) -> None:
    """Pains: E3, G1."""
    devices = {one["id"]: one for one in (await client.get("/api/v1/devices")).json()}
    assert devices["pdu<1>"]["reach"] == "unknown"
    assert devices["pdu<1>"]["reach_since"] is None
    assert devices["crac-1"]["why"] == "nothing came back"


async def test_an_alert_whose_point_is_gone_is_told_as_such(client: httpx.AsyncClient, view: Any) -> None:
    """Pains: B1."""
    assert (await client.get("/api/v1/alerts")).json()[0]["observed"] is True
    view.open_alerts = (replace(view.open_alerts[0], reading=None, observed=False),)
    told = (await client.get("/api/v1/alerts")).json()[0]
    assert (told["observed"], told["reading"]) == (False, None)
    assert "no longer read: cannot be judged" in (await client.get("/?lang=en")).text
    assert "plus lu : ne peut être jugé" in (await client.get("/?lang=fr")).text


async def test_alerts_come_in_the_language_asked_for(client: httpx.AsyncClient) -> None:
    french = (await client.get("/api/v1/alerts")).json()[0]
    english = (await client.get("/api/v1/alerts?lang=en")).json()[0]
    assert french["title"] != english["title"]
    assert english["action"]
    assert english["reading"]["state"] == "battery"
    assert (await client.get("/api/v1/alerts?lang=de")).status_code == 422


async def test_history_gives_tracks_and_keeps_gaps(client: httpx.AsyncClient, view: Any, points: Any) -> None:
    view.past = {points[1].id: [(10.0, 0.5), (20.0, None)]}
    said = (await client.get(f"/api/v1/history?point={points[1].id:016x}&step=60")).json()
    assert [sample["value"] for sample in said[0]["samples"]] == [0.5, None]
    (ids, start, end, step) = view.asked[0]
    assert ids == [points[1].id]
    assert end - start == 3600
    assert step == 60


async def test_the_past_of_a_state_is_told_in_words(
    client: httpx.AsyncClient, view: Any, points: Any
) -> None:
    view.past = {points[0].id: [(10.0, state_code("battery")), (20.0, None)]}
    samples = (await client.get(f"/api/v1/history?point={points[0].id:016x}")).json()[0]["samples"]
    assert [(sample["value"], sample["state"]) for sample in samples] == [(None, "battery"), (None, None)]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("point=xyz", 422, "is not a point id"),
        ("point=00000000000000ff", 404, "no point"),
        ("point={p}&start=2026-01-01T00:00:00", 422, "must say its zone"),
        ("point={p}&start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z", 422, "earlier"),
        ("point={p}&step=0", 422, "greater than or equal"),
        ("point={p}&step=inf", 422, "step"),
        ("point={p}&step=1e308", 422, "step"),
        ("point=-1", 422, "is not a point id"),
        ("point=ffffffffffffffffffff", 422, "is not a point id"),
        ("point={p}&end=0001-01-01T00:00:00Z", 422, "between the years"),
        ("point={p}&start=2000-01-01T00:00:00Z&step=1", 422, "longer step"),
        ("", 422, "point"),
    ],
)
async def test_a_wrong_history_question_is_answered_in_words(
    client: httpx.AsyncClient, points: Any, query: str, status: int, words: str
) -> None:
    answer = await client.get(f"/api/v1/history?{query.format(p=f'{points[1].id:016x}')}")
    assert answer.status_code == status
    assert words in answer.text


async def test_an_unknown_device_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/devices/nobody")).status_code == 404


async def test_the_api_describes_itself(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert {"/api/v1/status", "/api/v1/devices", "/api/v1/alerts", "/api/v1/history"} <= set(paths)


async def test_ready_says_why_not(client: httpx.AsyncClient, view: Any) -> None:
    assert (await client.get("/-/ready")).status_code == 200
    view.ready = False
    answer = await client.get("/-/ready")
    assert answer.status_code == 503
    assert "first beat" in answer.text
    assert (await client.get("/-/healthy")).status_code == 200


async def test_every_answer_keeps_strangers_out_of_the_page(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/")).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


async def test_metrics_are_text_of_the_exposition_format(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert answer.text == "dcim_up 1\n"
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
