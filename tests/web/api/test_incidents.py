"""Incidents over the API and on the page: alerts of one cause under one headline."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx

from dcim.alerts import Change, ChangeKind, Language
from dcim.explain import Answer
from dcim.incidents import Because, Hit, Incident, Member, Place, Reason, Trouble
from dcim.web import IncidentView

NOW = 1_790_000_000.0


def incident(view: Any) -> IncidentView:
    """Make one incident of the open alert and of another one of the same device."""
    first = view.open_alerts[0]
    other = replace(
        first,
        alert=replace(first.alert, key="f" * 64, rule="other", severity=first.alert.severity),
        incident="i1",
        reason=Reason(Because.FOLLOWS, "ups-a", first.alert.key),
    )
    view.open_alerts = (other, replace(first, incident="i1", reason=Reason(Because.ITSELF, "ups-a")))
    members = tuple(
        Member(
            Change(ChangeKind.RAISED, one.alert, one.alert.raised_at, one.rule, one.asset),
            Place("ups-a", "ups-a", Trouble.SOURCE_LOST),
            one.reason,
        )
        for one in reversed(view.open_alerts)
    )
    made = Incident(
        "i1",
        first.alert.raised_at,
        first.alert.severity,
        ("ups-a",),
        members[0],
        members,
        Because.ITSELF,
        told=True,
        number=1,
        hit=Hit(devices=("ups-a",), tenants=("acme",)),
    )
    text = {Language.EN: "Power lost at UPS A", Language.FR: "Alimentation perdue à UPS A"}
    shown = IncidentView(made, text, lambda part: part.upper())
    view.told = [shown]
    return shown


async def test_the_api_lists_incidents_with_root_and_reasons(client: httpx.AsyncClient, view: Any) -> None:
    """I7."""
    incident(view)
    (said,) = (await client.get("/api/v1/incidents?lang=en")).json()
    assert (said["headline"], said["roots"]) == ("Power lost at UPS A", [{"id": "ups-a", "name": "UPS-A"}])
    assert [(one["because"], one["held_back"]) for one in said["alerts"]] == [
        ("itself", False),
        ("follows", True),
    ]
    assert said["root"] == said["alerts"][0]["key"]
    assert said["tenants"] == ["acme"]


async def test_an_alert_names_its_incident(client: httpx.AsyncClient, view: Any) -> None:
    before = (await client.get("/api/v1/alerts")).json()[0]
    assert (before["incident"], before["because"]) == ("", "")
    incident(view)
    assert {one["incident"] for one in (await client.get("/api/v1/alerts")).json()} == {"i1"}


async def test_the_page_puts_alerts_of_one_cause_under_its_headline(
    client: httpx.AsyncClient, view: Any
) -> None:
    assert 'class="incident"' not in (await client.get("/?lang=en")).text
    shown = incident(view)
    page = (await client.get("/?lang=fr")).text
    assert (
        '<li class="incident" data-incident="i1">Alimentation perdue à UPS A <a class="ask" href="/explain/i1">'
        in page
    )
    root, other = page.index(shown.incident.root.key), page.index("f" * 64)
    assert page.index('class="incident"') < root < other, "the root first"


async def test_an_incident_that_nobody_took_has_a_button_on_the_page_and_on_its_own(
    client: httpx.AsyncClient, view: Any
) -> None:
    """Pains: H4."""
    incident(view)
    button = '<button type="button" data-doing="acknowledge">Acknowledge</button>'
    assert button + "</li>" in (await client.get("/?lang=en")).text
    view.answer = Answer("incident", "i1", "UPS A", NOW, "told", "It was told.")
    own = (await client.get("/explain/i1?lang=en")).text
    assert f'<p class="deeds" data-incident="i1">{button}</p>' in own
    assert own.count('<dialog id="deed"') == 1
    view.answer = replace(view.answer, at=NOW - 3600)
    assert "<dialog" not in (await client.get("/explain/i1?lang=en")).text
    view.open_alerts = tuple(
        replace(one, alert=replace(one.alert, acknowledged="Amina")) for one in view.open_alerts
    )
    assert button + "</li>" not in (await client.get("/?lang=en")).text


async def test_where_people_have_tokens_the_page_asks_for_one_and_for_no_name(
    client: httpx.AsyncClient, view: Any
) -> None:
    view.tokens = {"t" * 24: "amina"}
    page = (await client.get("/?lang=fr")).text
    assert 'name="token" type="password" required' in page
    assert "Votre jeton" in page
    assert "Votre nom" not in page
