"""Why it paged or did not, over the API and on the page."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from dcim.alerts import Language
from dcim.explain import Answer, Line, Topic, Unknown

NOON = 1_790_000_000.0
LINES = (
    Line(Topic.CONDITION, "charge <reads> 98 %"),
    Line(Topic.MUTE, "shelved", holds=True),
    Line(Topic.MUTE, "twice"),
)
QUIET = Answer("rule", "ups-a hot", "Hot", NOON, "quiet", "quiet", LINES[:1])
ALERT = Answer("alert", "a" * 64, "UPS A: low", NOON, "muted", "It is muted.", LINES)
DEVICE = Answer("device", "ups-a", "UPS A", NOON, "raised", "One.", (), (ALERT, QUIET))


async def test_the_api_answers_for_a_name_at_a_time_in_a_language(
    client: httpx.AsyncClient, view: Any
) -> None:
    """Pains: H4."""
    view.answer = DEVICE
    said = (await client.get("/api/v1/explain/ups-a?lang=fr&at=2026-01-31T12:00:00Z")).json()
    assert view.asked == [("ups-a", 1_769_860_800.0, Language.FR)]
    assert (said["kind"], said["verdict"], len(said["parts"])) == ("device", "raised", 2)
    assert said["parts"][0]["lines"][1] == {"topic": "mute", "text": "shelved", "holds": True}


@pytest.mark.parametrize("at", ["2026-01-31T12:00:00", "1500-01-31T12:00:00Z"])
async def test_a_time_without_zone_or_sense_is_refused(client: httpx.AsyncClient, at: str) -> None:
    assert (await client.get(f"/api/v1/explain/ups-a?at={at}")).status_code == 422


async def test_what_nobody_knows_is_404_with_names_like_it(client: httpx.AsyncClient, view: Any) -> None:
    view.answer = Unknown("ups<x>", ("ups-a", "ups-b"))
    answer = await client.get("/api/v1/explain/ups<x>?lang=en")
    assert answer.status_code == 404
    assert answer.json()["detail"] == {
        "why": "Nothing is known of “ups<x>”.",
        "nearest": ["ups-a", "ups-b"],
    }
    page = await client.get("/explain/ups<x>?lang=en")
    assert page.status_code == 404
    assert 'href="/explain/ups-b"' in page.text
    assert "ups<x>" not in page.text, "what was asked for is text, not markup"


async def test_the_page_shows_each_line_under_its_topic_and_the_quiet_rules_apart(
    client: httpx.AsyncClient, view: Any
) -> None:
    view.answer = DEVICE
    page = (await client.get("/explain/ups-a?lang=fr")).text
    assert '<a href="/devices/ups-a">UPS A</a>' in page
    assert page.count("<dt>Mises en silence</dt>") == 1, "a topic that goes on is said once"
    assert '<div class="holds"><dt>Mises en silence</dt><dd>shelved</dd></div>' in page
    assert "charge &lt;reads&gt; 98 %" in page
    assert "Règles au repos ici" in page


async def test_alerts_devices_and_services_have_a_link_that_says_why(
    client: httpx.AsyncClient, view: Any
) -> None:
    page = (await client.get("/?lang=fr")).text
    assert f'href="/explain/{view.open_alerts[0].alert.key}">pourquoi\u00a0?</a>' in page
    assert 'href="/explain/pdu%3C1%3E">pourquoi\u00a0?</a>' in page
    assert 'href="/explain/ups-a">why?</a>' in (await client.get("/devices/ups-a?lang=en")).text
