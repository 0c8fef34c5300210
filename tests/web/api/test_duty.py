"""On call and maintenance over the API and on the overview. Pains: F7."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from dcim.routing import Override
from dcim.web import DutyView, WindowView
from dcim.windows import Once, Scope, Span, Window

END = "2029-06-01T12:00:00+01:00"
END_AT = datetime(2029, 6, 1, 11, tzinfo=UTC).timestamp()


def work(view: Any, name: str, start: float, *, opened: bool = False) -> WindowView:
    span = Span(view.now() + start, view.now() + start + 3600)
    window = Window(
        name, Scope(devices=frozenset({"ups-a"})), Once(span), f"reason of {name}", "CHG-7", "amina"
    )
    return WindowView(window, span, opened, ("ups-a", "power/r1", "c", "d", "e", "f"))


async def test_who_is_on_call_is_told_and_somebody_stands_in(client: httpx.AsyncClient, view: Any) -> None:
    view.duty = [DutyView("on-call", "amina", "Amina B.", END_AT, (Override("karim", 0.0, END_AT),))]
    (said,) = (await client.get("/api/v1/oncall")).json()
    assert (said["rota"], said["person"], said["name"]) == ("on-call", "amina", "Amina B.")
    assert datetime.fromisoformat(said["until"]).timestamp() == END_AT
    assert said["stand_ins"][0]["person"] == "karim"
    order = {"who": " amina ", "person": "karim", "end": END}
    assert (await client.post("/api/v1/oncall/on-call", json=order)).status_code == 200
    assert view.wishes == [("on-call", Override("karim", view.now(), END_AT), "amina")]


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("/oncall/nobody", {"who": "amina", "person": "karim", "end": END}),
        ("/oncall/on-call", {"who": "", "person": "karim", "end": END}),
        ("/oncall/on-call", {"who": "amina", "person": "karim", "end": "2029-06-01T12:00:00"}),  # whose wall?
        ("/maintenance", {"who": "amina", "id": "a b", "reason": "x", "end": END}),
        ("/maintenance", {"who": "amina", "id": "ab", "reason": "", "end": END}),
        ("/maintenance", {"who": "amina", "id": "ab", "reason": "x", "end": END, "racks": ["r1"]}),
        ("/maintenance/fans/end", {"who": "amina"}),
    ],
)
async def test_what_makes_no_sense_is_refused_with_the_reason(
    client: httpx.AsyncClient, path: str, order: dict[str, Any]
) -> None:
    said = await client.post(f"/api/v1{path}", json=order)
    assert (said.status_code, bool(said.json()["detail"])) == (422, True)


async def test_work_is_announced_and_listed(client: httpx.AsyncClient, view: Any) -> None:
    view.work = [work(view, "fans", -60, opened=True)]
    order = {
        "who": "amina",
        "id": "fans",
        "reason": "new fans",
        "ticket": "CHG-7",
        "end": END,
        "rooms": ["r1"],
    }
    (said,) = (await client.post("/api/v1/maintenance", json=order)).json()
    assert (said["id"], said["open"], said["by"], said["covers"][0]) == ("fans", True, "amina", "ups-a")
    (wish,) = view.wishes
    assert wish == Window(
        "fans", Scope(rooms=frozenset({"r1"})), Once(Span(view.now(), END_AT)), "new fans", "CHG-7", "amina"
    )


async def test_work_is_not_announced_under_what_is_no_name(client: httpx.AsyncClient) -> None:
    order = {"reason": "x", "end": "2026-12-01T04:00:00Z", "devices": ["ups-a"], "who": "karim"}
    for name in ("new crac", "../x", ".x", "", "a" * 64, "a\n"):
        said = await client.post("/api/v1/maintenance", json={**order, "id": name})
        (why,) = said.json()["detail"]
        assert (said.status_code, why["loc"]) == (422, ["body", "id"])
        assert why["msg"].startswith("expected a letter or digit")


async def test_the_overview_says_who_is_on_call_and_what_maintenance_there_is(
    client: httpx.AsyncClient, view: Any
) -> None:
    assert 'id="duty"' not in (await client.get("/?lang=en")).text
    view.duty = [DutyView("on-call", "amina", "Amina <B.>", END_AT)]
    view.work = [
        work(view, "now", -60, opened=True),
        work(view, "soon", 3600),
        work(view, "late", 30 * 86400),
    ]
    page = (await client.get("/?lang=fr")).text
    assert "D’astreinte : Amina &lt;B.&gt; (on-call) jusqu’au 2029-06-01 12:00:00" in page
    assert "Maintenance en cours : reason of now (CHG-7)" in page
    assert "Maintenance prévue : reason of soon (CHG-7)" in page
    assert "reason of late" not in page
    assert "power/r1, c, d, 2 autres" in page
