"""Services on the page and in the API: how they stand, since when, and why."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from dcim.alerts import Language
from dcim.graph import Node, NodeKind, Said, Service, ServiceKind, Services, State, Topology, Wiring
from dcim.model import Point
from dcim.web import ServiceView
from dcim.web.api.services import service_rows
from dcim.web.pages.news import News
from dcim.words import words

NODES = (
    Node("board", NodeKind.SWITCHBOARD),
    Node("ups-a", NodeKind.UPS, fed_by=("board",)),
    Node("fpdu", NodeKind.FLOOR_PDU, fed_by=("ups-a",)),
    Node("pdu", NodeKind.PDU, fed_by=("board",)),
    Node("bare", NodeKind.PDU),
)
SERVICES = (
    Service("power/r1", ServiceKind.POWER, 1, ("ups-a", "pdu"), "r1", "r1"),
    Service("power/r2", ServiceKind.POWER, 1, ("bare",), "r2", "r2"),
    Service("tenant/Café & <Fils>", ServiceKind.TENANT, 2, ("power/r1", "power/r2"), "Café & <Fils>"),
    Service("good", ServiceKind.OTHER, 1, ("ups-a",), "good"),
)


@pytest.fixture
def served(view: Any) -> list[ServiceView]:
    """One service that works without redundancy, one that nobody knows, their tenant, one that is fine."""
    stands = Services(Topology(Wiring(NODES, SERVICES)))
    output = {"L1": State.UP}
    stands.take(
        "ups-a", Said(output, redundancy=State.UP, points=(Point("ups-a", "ups_output_voltage_volts"),))
    )
    stands.take("board", Said({"": State.DOWN}))
    made = [
        ServiceView(one, stands.standing[one.id], 1_790_000_000.0 - 60, stands.parts(one.id))
        for one in SERVICES
    ]
    view.served = made
    return made


async def test_the_api_says_every_part_with_its_reason(
    client: httpx.AsyncClient, served: list[ServiceView]
) -> None:
    """Pains: G4, I1."""
    (first, *_), one = (
        (await client.get("/api/v1/services")).json(),
        (await client.get("/api/v1/services/power/r1")).json(),
    )
    assert first == one
    assert {key: one[key] for key in ("kind", "function", "redundancy", "needs", "since")} == {
        "kind": "power", "function": "up", "redundancy": "reduced", "needs": 1, "since": "2026-09-21T14:12:20Z",
    }  # fmt: skip
    ups, pdu = one["parts"]
    assert (ups["id"], ups["basis"], ups["readings"]) == (
        "ups-a",
        "measured",
        [f"{served[0].parts[0].evidence.points[0].id:016x}"],
    )  # type: ignore[union-attr]
    assert (pdu["function"], pdu["basis"], pdu["why"]) == ("down", "above", "board above it is down")
    assert (await client.get("/api/v1/services/none")).status_code == 404


async def test_the_overview_lists_services_the_worst_first(
    client: httpx.AsyncClient, view: Any, served: list[ServiceView]
) -> None:
    rows = service_rows(view, words(Language.EN))
    assert [(row.id, row.tone) for row in rows] == [
        ("power/r1", "warning"), ("power/r2", "unknown"), ("tenant/Café & <Fils>", "unknown"), ("good", "ok"),
    ]  # fmt: skip
    text = (await client.get("/", params={"lang": "fr"})).text
    assert "pdu\u00a0: board en amont est hors service" in text
    assert "réduite" in text
    assert "<Fils>" not in text
    assert 'href="/services/tenant/Caf%C3%A9%20%26%20%3CFils%3E"' in text


async def test_a_service_has_a_page_and_its_alerts_lead_there(
    client: httpx.AsyncClient, served: list[ServiceView]
) -> None:
    text = (await client.get("/services/power/r1", params={"lang": "en"})).text
    assert "1 of 2 needed" in text
    assert "its own readings say so" in text
    assert 'href="/devices/ups-a"' in text
    led = await client.get("/devices/power%2Fr1", follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (307, "/services/power/r1")
    assert (await client.get("/services/tenant/Caf%C3%A9%20%26%20%3CFils%3E")).status_code == 200
    assert (
        (await client.get("/services/none")).status_code
        == (await client.get("/devices/none")).status_code
        == 404
    )


async def test_a_page_that_is_open_is_told_of_services_only_when_they_change(
    view: Any, served: list[ServiceView]
) -> None:
    told: list[dict[str, Any]] = []
    view.stirring = ("ups-a",)
    async for line in News(view, words(Language.EN)).stream(""):
        told.append(json.loads(line.removeprefix("data: ")))
        if len(told) == 2:
            break
        for subscription in view.subscriptions:
            subscription.note("ups-a")
    assert [row["id"] for row in told[0]["services"]][:2] == ["power/r1", "power/r2"]
    assert "services" not in told[1]
