"""What people do to alerts over the API. Pains: H4."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from dcim.alerts import (
    Change,
    ChangeKind,
    Deed,
    Doing,
    Life,
    Lying,
    Mute,
    MuteKind,
    MuteRefused,
    NoSuchAlert,
    NothingToDo,
    Target,
)

KEY = "a" * 64
ORDER = {"who": "Amina", "note": "on my way", "seconds": 600}


async def test_a_deed_reaches_the_daemon_with_who_and_why(client: httpx.AsyncClient, view: Any) -> None:
    alert = replace(view.open_alerts[0].alert, life=Life.ACKNOWLEDGED)
    view.outcome = [Change(ChangeKind.ACKNOWLEDGED, alert, 1.0)]
    said = await client.post(f"/api/v1/alerts/{KEY}/acknowledge", json=ORDER)
    assert said.json() == {
        "changes": [{"key": KEY, "change": "acknowledged", "life": "acknowledged"}],
        "recorded": True,
        "who": "Amina",
        "proof": "claimed",
    }
    assert view.deeds == [Deed(Doing.ACKNOWLEDGE, Target("", key=KEY), "Amina", "on my way", 600.0)]


async def test_a_device_may_be_meant_or_one_rule_of_it(client: httpx.AsyncClient, view: Any) -> None:
    order = {"who": "Amina", "note": "replaced", "ticket": "CHG-7", "rule": "ups_on_battery"}
    assert (await client.post("/api/v1/devices/ups-a/out-of-service", json=order)).status_code == 200
    target = Target("ups-a", "ups_on_battery")
    assert view.deeds == [Deed(Doing.OUT_OF_SERVICE, target, "Amina", "replaced", None, "CHG-7")]
    assert (await client.post("/api/v1/devices/nobody/shelve", json=order)).status_code == 404


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(NoSuchAlert("no alert"), 404), (NothingToDo("so already"), 409), (MuteRefused("at most 8 h"), 422)],
)
async def test_a_refusal_says_why(
    client: httpx.AsyncClient, view: Any, refusal: MuteRefused, status: int
) -> None:
    view.outcome = refusal
    said = await client.post(f"/api/v1/alerts/{KEY}/shelve", json=ORDER)
    assert (said.status_code, said.json()["detail"]) == (status, str(refusal))


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"who": ""},
        {"who": "x", "seconds": -1},
        {"who": "x", "seconds": "soon"},
        {"who": "x", "more": 1},
        {"who": "x" * 101},
        {"who": "x", "note": "y" * 401},
    ],
)
async def test_an_order_that_cannot_be_read_does_nothing(
    client: httpx.AsyncClient, view: Any, order: dict[str, Any]
) -> None:
    assert (await client.post(f"/api/v1/alerts/{KEY}/acknowledge", json=order)).status_code == 422
    assert view.deeds == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://site"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://site:81"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
async def test_only_our_own_pages_and_programs_do_anything(
    client: httpx.AsyncClient, view: Any, headers: dict[str, str], status: int
) -> None:
    sent = {"Content-Type": "application/json", **headers}
    said = await client.post(f"/api/v1/alerts/{KEY}/acknowledge", content=b'{"who": "Amina"}', headers=sent)
    assert (said.status_code, len(view.deeds)) == (status, int(status == 200))


async def test_what_is_muted_is_told_with_its_end(client: httpx.AsyncClient, view: Any) -> None:
    mute = Mute(MuteKind.SHELVED, "Amina", "known", 1_790_000_600.0)
    view.lying = [Lying(Target("ups-a"), mute)]
    (said,) = (await client.get("/api/v1/mutes")).json()
    assert (said["asset"], said["key"], said["mute"]["by"]) == ("ups-a", "", "Amina")
    assert said["mute"]["until"].startswith("2026-09-21T")


async def test_an_alert_says_where_it_is_in_its_life_and_what_is_muted_does_not_count(
    client: httpx.AsyncClient, view: Any
) -> None:
    shown = view.open_alerts[0]
    shelved = replace(shown.alert, key="b" * 64, mutes=(Mute(MuteKind.SHELVED, "Amina", "known", 1.8e9),))
    returned = replace(shown.alert, key="c" * 64, life=Life.RETURNED, open=False, told=False)
    view.open_alerts = (shown, replace(shown, alert=shelved), replace(shown, alert=returned))
    found = (await client.get("/api/v1/alerts")).json()
    assert [one["life"] for one in found] == ["unacknowledged", "unacknowledged", "returned_unacknowledged"]
    assert [len(one["mutes"]) for one in found] == [0, 1, 0]
    status = (await client.get("/api/v1/status")).json()
    assert [status[name] for name in ("alerts", "alerts_muted", "alerts_returned")] == [1, 1, 1]
    page = (await client.get("/?lang=fr")).text
    assert "Mise de côté (Amina), jusqu’au 2027-01-15" in page
    assert 'data-doing="unshelve"' in page


async def test_what_somebody_looks_after_says_who_and_until_when(
    client: httpx.AsyncClient, view: Any
) -> None:
    shown = view.open_alerts[0]
    mine = {"acknowledged": "Amina", "note": "on my way", "acknowledged_until": 1.8e9}
    view.open_alerts = (replace(shown, alert=replace(shown.alert, life=Life.ACKNOWLEDGED, **mine)),)
    page = (await client.get("/?lang=en")).text
    assert "acknowledged by Amina until 2027-01-15 09:00:00 (on my way)" in page
    assert 'data-doing="acknowledge"' not in page


async def test_a_runbook_is_one_click_away(client: httpx.AsyncClient, view: Any) -> None:
    """Pains: H5."""
    shown = view.open_alerts[0]
    rule = replace(shown.rule, runbook="https://wiki.example.org/ups?a=1&b=2")
    view.open_alerts = (replace(shown, rule=rule),)
    assert (await client.get("/api/v1/alerts")).json()[0]["runbook"] == rule.runbook
    assert 'href="https://wiki.example.org/ups?a=1&amp;b=2"' in (await client.get("/")).text
